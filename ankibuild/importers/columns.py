"""Know what the columns of a table hold: by the names in its first row, in many languages."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from ankibuild.importers.reading import split_text

ROLES = ("question", "answer", "extra", "hint", "source", "tags", "deck")
NOT_IMPORTED = "-"
"""Stands for a column that is left out."""

_BY_ROLE = {
    "question": """
        question, questions, q, front, fronts, front side, term, terms, prompt, word, words, text,
        expression, vocabulary, frage, fragen, vorderseite, begriff, begriffe, vokabel, vokabeln,
        pregunta, preguntas, anverso, término, término, términos, palabra, palabras, recto, terme,
        termes, mot, mots, domanda, domande, fronte, termine, termini, parola, pergunta, perguntas,
        frente, termo, termos, vraag, vragen, voorkant, begrip, begrippen, pytanie, pytania, przód,
        pojęcie, fråga, frågor, framsida, spørgsmål, spørsmål, forside, kysymys, otázka, otázky,
        kérdés, kérdések, întrebare, întrebări, soru, sorular, вопрос, вопросы, термин, термины,
        слово, питання, запитання, ερώτηση, ερωτήσεις, سؤال, السؤال, الأسئلة, שאלה, प्रश्न,
        問題, 质问, 问题, 正面, 单词, 單字, 質問, 表, 単語, 질문, 문제, 앞면, 단어, câu hỏi""",
    "answer": """
        answer, answers, a, back, backs, back side, definition, definitions, meaning, meanings,
        translation, translations, response, responses, antwort, antworten, rückseite, bedeutung,
        übersetzung, definitionen, respuesta, respuestas, reverso, definición, definiciones,
        significado, traducción, réponse, réponses, verso, définition, définitions, traduction,
        risposta, risposte, retro, definizione, definizioni, significato, traduzione, resposta,
        respostas, definição, definições, tradução, antwoord, antwoorden, achterkant, betekenis,
        odpowiedź, odpowiedzi, tył, definicja, svar, baksida, bagside, bakside, vastaus, odpověď,
        odpovědi, odpoveď, válasz, válaszok, răspuns, răspunsuri, cevap, cevaplar, ответ,
        ответы, определение, определения, перевод, відповідь, відповіді, απάντηση, απαντήσεις,
        جواب, الجواب, إجابة, الإجابة, תשובה, उत्तर, 答案, 背面, 释义, 解釋, 答え, 裏, 意味, 解答,
        답, 정답, 대답, 뒷면, 뜻, 의미, câu trả lời, trả lời""",
    "extra": "extra, back extra, note, notes, comment, comments, explanation, explanations,"
    " remarks, erklärung, anmerkung, anmerkungen, notas, explicación, remarque, remarques",
    "hint": "hint, hints, hinweis, pista, indice",
    "source": "source, sources, reference, references, quelle, fuente",
    "tags": "tags, tag, category, categories, schlagworte, etiquetas, étiquettes",
    "deck": "deck, decks, stapel, mazo, paquet",
}
_NAMES = {
    " ".join(name.split()).casefold(): role
    for role, names in _BY_ROLE.items()
    for name in names.split(",")
}
# A row of two of these names what its columns hold, the first that which is asked.
_LANGUAGES = frozenset(
    """
    arabic bulgarian cantonese catalan chinese croatian czech danish dutch english esperanto
    estonian finnish french german greek hebrew hindi hungarian icelandic indonesian irish italian
    japanese korean latin latvian lithuanian malay mandarin norwegian persian polish portuguese
    romanian russian sanskrit serbian slovak spanish swahili swedish tagalog thai turkish ukrainian
    urdu vietnamese welsh deutsch englisch französisch spanisch italienisch latein lateinisch
    russisch español inglés alemán francés italiano français anglais allemand espagnol latin
    inglese tedesco spagnolo francese português inglês nederlands engels duits frans polski
    angielski niemiecki русский английский немецкий العربية الإنجليزية 中文 英文 日本語 英語 한국어
    영어
    """.split()
)
_NUMBERED = re.compile(
    r"(?:column|col|field|side|spalte|feld|seite|columna|campo|colonne|champ|unnamed:?)"
    r"[ _.]?(?:[a-z]|\d{1,2})"
)
_SIGNS = re.compile(r"[*_:\s]+$|^[*_\s]+|\(s\)$")
_LONGEST_NAME = 30
_SENTENCE = re.compile(r"[.!?;,\u3002\uff1f]|\d")


def roles_of(cells: Sequence[str]) -> tuple[str, ...]:
    """Return what each column holds by its name in a header row, or () when it is no such row."""
    names = [_SIGNS.sub("", " ".join(split_text(cell)).casefold()) for cell in cells]
    roles = tuple(_NAMES.get(name, NOT_IMPORTED) for name in names)
    if not {"question", "answer"} & set(roles):
        plain = iter(("question", "answer"))
        roles = tuple(
            next(plain, NOT_IMPORTED) if _is_plain_name(name) else role
            for name, role in zip(names, roles, strict=True)
        )
        if sum(map(_is_plain_name, names)) != 2:  # noqa: PLR2004 (a question and an answer)
            return ()
    return roles if {"question", "answer"} <= set(roles) and _is_single(roles) else ()


def may_name_columns(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether a first row, whose names are not known, looks unlike the rows below it."""
    if len(rows) < 4:  # noqa: PLR2004 (fewer rows tell nothing)
        return False
    first, rest = rows[0], rows[1:]
    if any(not cell.strip() or len(cell) > _LONGEST_NAME for cell in first):
        return False
    if any(map(_SENTENCE.search, first)):
        return False
    if any(_NAMES.get(" ".join(split_text(cell)).casefold()) for cell in first):
        return True
    return any(_differs(cell, list(column)) for cell, column in _columns(first, rest))


def _columns(
    first: Sequence[str], rest: Sequence[Sequence[str]]
) -> Iterator[tuple[str, Iterator[str]]]:
    for place, cell in enumerate(first):
        yield cell, islice((row[place] for row in rest if len(row) > place and row[place]), 100)


def _differs(cell: str, below: Sequence[str]) -> bool:
    """Tell whether a cell has what hardly any below it has: a capital, or few characters."""
    if not below:
        return False
    few = len(below) / 10
    if cell[:1].isupper() and sum(each[:1].isupper() for each in below) <= few:
        return True
    if cell.isascii() and sum(map(str.isascii, below)) <= few:
        return True
    return sum(len(each) < 2 * len(cell) for each in below) <= few


def _is_plain_name(name: str) -> bool:
    words = re.split(r"[\s/()-]+", name)
    return bool(_NUMBERED.fullmatch(name)) or any(
        each in _LANGUAGES
        for each in (name, words[0] if len(words) <= 2 else "")  # noqa: PLR2004 (as in "german word")
    )


def _is_single(roles: Sequence[str]) -> bool:
    counts = Counter(role for role in roles if role not in (NOT_IMPORTED, "extra", "tags"))
    return all(count == 1 for count in counts.values())
