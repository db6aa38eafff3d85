"""Find the cards in plain text, whatever form its author gave it.

A form is taken when it explains the text: pairs of ``Q:`` and ``A:``, a term and its definition
on one line, parts between lines of dashes, blocks between empty lines; else questions and answers
in turn. A text that no form explains is refused.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from ankibuild.core.text import shorten
from ankibuild.core.values import Struct, field
from ankibuild.importers.account import lines_of
from ankibuild.importers.columns import roles_of
from ankibuild.importers.imported import Imported, ImportedCard, ImportedDeck
from ankibuild.importers.passages import write_block, write_line
from ankibuild.importers.reading import split_text

_QUESTION = re.compile(
    r"\s*(?:q|question|front|term)(?:\s*\d+\s*[.:)]|\s*:)\s*(?P<text>.*)", re.IGNORECASE
)
_ANSWER = re.compile(
    r"\s*(?:a|answer|ans|back|definition)(?:\s*\d+\s*[.:)]|\s*:)\s*(?P<text>.*)", re.IGNORECASE
)
_SEPARATORS = (
    ("a tab", re.compile(r"(?<!\s)\s*\t\s*")),
    ("a dash", re.compile(r"(?<!\s)\s+[-\u2013\u2014]\s+")),
    ("a colon", re.compile(r"(?<=[^\s:]):\s+")),
)
# Signs that part a term from its definition wherever they stand in most lines, and such as stand in
# sentences too: these must stand once in every line.
_SIGN = re.compile(
    r"(?<=\S)(?:\s*(?P<sign>(?P<one>[|\xa6\u2016~^\xb7=:/;])(?P=one){0,3}(?![=:>])|[:=<]{0,4}[=-]{1,4}>"
    r"|[\u2190-\u21ff\u27f5-\u27ff]|:=|-{2,}(?!\S)|(?<=\s)-{2,}(?=\s)|[\u2013\u2014,<>\\-])\s*|\s{2,})(?=\S)"
)
_WEAK = frozenset((",", ";", "/", "\\", "<", ">", ":", "-", "\u2013", "\u2014", "\xb7"))
_SPACES = "some spaces"
_RULE = re.compile(r"\s*([-*_=~%#+])\1{2,}\s*|\s*%\s*")
_DASHES = re.compile(r"[\s|:-]+")
_LONGEST_TERM, _LONGEST_LINE = 80, 400
_MOST, _MORE, _SOME = 0.8, 0.6, 0.5
_FEW, _MANY = 3, 10
_ITEM = re.compile(r"\s*(?:[-*+\u2022\u25aa\u25e6\u2023\u2043\u25cf\u25cb\xb7]|\d{1,3}[.)])\s+\S")
_NUMBER = re.compile(r"\s*(\d{1,4})[.)]\s+\S")

# Of JSON, and of what Anki makes cards with.
_OF_PROGRAM = re.compile(
    r'[{}\[\]]{1,9},?|"[^"]*": (?:.*[,{\[]|\d+|true|false|null|".*")|[{\[]\s*["{\[].*[}\]],?'
    r"|</?\w[^<>]*>|(?:<[^<>]*>)*\{\{[#/^]?[^{}:]*\}\}(?:<[^<>]*>)*"
)

ASKING = ("?", "\uff1f", "\u061f")

# What it costs to read a line as something that it does not look like: see _cost.
_SHORT, _LONG = 60, 100
_NEVER = 1000


class _Line(Struct, frozen=True, kw_only=True):
    """A line of the text that is not empty, and its number from 1."""

    number: int
    text: str
    after_gap: bool


class _Draft(Struct, kw_only=True):
    """A card while its lines are gathered."""

    line: int
    question: list[str] = field(default_factory=list)
    answer: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


class UnknownFormError(ValueError):
    """A text of no known form: its line from 1, what is wrong there, and what to do.

    ``options`` are those with which import can read it.
    """

    def __init__(self, line: int, message: str, cure: str, options: str = "") -> None:
        super().__init__(message)
        self.line, self.message, self.cure, self.options = line, message, cure, options


def read_text(text: str) -> Imported:
    """Return the one deck in a plain text, and which form it was taken for.

    Raises UnknownFormError when no form explains its lines.
    """
    lines = _read_lines(text)
    _check_program(lines)
    for form, find in (
        ("questions and answers after Q: and A:", _find_marked),
        ("a term and its definition, separated by {}", _find_terms),
        ("questions and answers with lines of {} between them", _find_ruled),
        ("blocks between empty lines", _find_blocks),
    ):
        found = find(lines)
        if found:
            title, drafts, detail = found
            signs = _signs(lines) if find is _find_marked else ()
            signs += _names(lines) if find is _find_terms else ()
            return _deck(form.format(detail), title, drafts, text, signs)
    title, drafts = _find_turns(lines)
    _check_turns(lines, drafts)
    return _deck("questions and answers in turn", title, drafts, text)


def find_sign(texts: Sequence[str]) -> tuple[str, re.Pattern[str]] | None:
    """Return what separates a term from its definition in most lines, by name and pattern."""
    lines = [_Line(number=n, text=text, after_gap=False) for n, text in enumerate(texts)]
    parting = _best_parting(lines)
    if not parting or parting.share < _MOST or _count_parts(lines, parting) >= _FEW:
        return None
    return parting.name, parting.pattern


def count_marked(lines: Sequence[str]) -> int:
    """Return how many questions there are, when ``Q:`` and ``A:`` begin lines in pairs; else 0."""
    found = _find_marked([_Line(number=n, text=t, after_gap=False) for n, t in enumerate(lines)])
    return len(found[1]) if found else 0


def marked_part(line: str) -> tuple[str, int]:
    """Return "question" or "answer" for a line that begins with ``Q:`` or ``A:``, and its length.

    For any other line, it is ("", 0).
    """
    for kind, mark in (("question", _QUESTION), ("answer", _ANSWER)):
        if match := mark.fullmatch(line):
            return kind, match.start("text")
    return "", 0


def find_turns(texts: Sequence[str]) -> tuple[str, list[tuple[int, list[int], str]]]:
    """Return the title of lines that hold questions and answers in turn, and their places.

    Each is (place of the question, places of the answer, doubt).
    """
    lines = [_Line(number=n, text=text, after_gap=False) for n, text in enumerate(texts)]
    title, drafts = _find_turns(lines)
    starts = [draft.line for draft in drafts]
    return title, [
        (draft.line, list(range(draft.line + 1, end)), "; ".join(draft.doubts))
        for draft, end in zip(drafts, [*starts, len(texts)][1:], strict=True)
    ]


_Found = tuple[str, list[_Draft], str] | None


def _read_lines(text: str) -> list[_Line]:
    lines = []
    gap = False
    for number, line in enumerate(text.split("\n"), 1):
        if split_text(line):
            lines.append(_Line(number=number, text=line.rstrip(), after_gap=gap))
            gap = False
        else:
            gap = True
    return lines


def _check_program(lines: Sequence[_Line]) -> None:
    """Raise UnknownFormError when most lines are data, or a template of Anki."""
    texts = [line.text.strip() for line in lines]
    found = sum(map(bool, map(_OF_PROGRAM.fullmatch, texts)))
    if texts and found >= _MORE * len(texts):
        place = next(place for place, text in enumerate(texts) if _OF_PROGRAM.fullmatch(text))
        raise UnknownFormError(
            lines[place].number,
            f'this text was written for a program, and holds no cards: "{shorten(texts[place])}"',
            "import the file that its program keeps the cards in, or write them as text",
        )


def _signs(lines: Sequence[_Line]) -> tuple[str, ...]:
    """Return the ``Q:`` and ``A:`` of the lines."""
    lengths = ((line.text, marked_part(line.text)[1]) for line in lines)
    return tuple(text[:length] for text, length in lengths if length)


def _names(lines: Sequence[_Line]) -> tuple[str, ...]:
    """Return the line that names the parts of the others, if the first one does."""
    parting = _best_parting(lines)
    first = parting.has_title if parting else 0
    return (lines[first].text,) if parting and roles_of(parting.pairs[first]) else ()


def _deck(
    form: str, title: str, drafts: Sequence[_Draft], text: str, signs: tuple[str, ...] = ()
) -> Imported:
    cards = tuple(
        ImportedCard(
            question=write_line("\n".join(draft.question)),
            answer=write_block("\n".join(draft.answer)),
            line=draft.line,
            doubt="; ".join(draft.doubts),
        )
        for draft in drafts
    )
    # What follows the first line above the cards describes the deck.
    name, _, description = title.partition("\n")
    deck = ImportedDeck(
        name=" ".join(split_text(name)), cards=cards, description=write_block(description)
    )
    return Imported(form=form, decks=(deck,), source=lines_of(text), left_out=signs)


def _find_marked(lines: Sequence[_Line]) -> _Found:
    """Gather what follows ``Q:`` and ``A:``, over several lines."""
    questions = sum(bool(_QUESTION.fullmatch(line.text)) for line in lines)
    answers = sum(bool(_ANSWER.fullmatch(line.text)) for line in lines)
    if not questions or not answers or min(questions, answers) * 2 < max(questions, answers):
        return None
    title: list[str] = []
    drafts: list[_Draft] = []
    target = title
    for line in lines:
        if match := _QUESTION.fullmatch(line.text):
            drafts.append(_Draft(line=line.number))
            target = drafts[-1].question
        elif drafts and (match := _ANSWER.fullmatch(line.text)):
            if drafts[-1].answer:
                drafts[-1].doubts.append("it has two answers")
            target = drafts[-1].answer
        elif line.after_gap and target:
            target.append("")
        target.append(match["text"] if match else line.text)
    return "\n".join(title), drafts, ""


class _Parting(Struct, frozen=True, kw_only=True):
    """How lines are parted by one sign: each line's parts, and whether it is a card."""

    name: str
    pattern: re.Pattern[str]
    pairs: tuple[tuple[str, ...], ...]
    fits: tuple[bool, ...]
    share: float

    @property
    def has_title(self) -> bool:
        return not self.fits[0]


def _find_terms(lines: Sequence[_Line]) -> _Found:
    """Split each line where a term ends; a line without an end goes on with the one before.

    Where tabs part terms, lines that begin with "#" are no cards, as in Anki: they describe.
    """
    above = [line for line in lines if line.text.startswith("#")]
    others = [line for line in lines if not line.text.startswith("#")]
    if above and sum("\t" in line.text for line in others) >= max(_MOST * len(others), 2):
        title, found, name = _find_terms(others) or ("", [], "")
        return "\n".join([*(line.text for line in above), *title.split("\n")]), found, name
    parting = _best_parting(lines)
    if not parting or parting.share < _MOST:
        return None
    _check_parts(lines, parting)
    drafts: list[_Draft] = []
    before = [lines[0].text] if parting.has_title else []
    for line, pair, fit in list(zip(lines, parting.pairs, parting.fits, strict=True))[
        parting.has_title :
    ]:
        if fit and (_DASHES.fullmatch(line.text) or (not drafts and roles_of(pair))):
            continue
        if not fit and not drafts:
            before.append(line.text)
        elif fit:
            draft = _Draft(line=line.number, question=[pair[0]], answer=[pair[1]])
            if parting.pattern.search(pair[1]) and parting.name != "a colon":
                draft.doubts.append(f"{parting.name} is in its definition too")
            drafts.append(draft)
        else:
            drafts[-1].answer.append(line.text)
            drafts[-1].doubts.append(f'"{line.text.strip()}" may not be part of it')
    return "\n".join(before), drafts, parting.name


def _best_parting(lines: Sequence[_Line]) -> _Parting | None:
    """Return what parts most lines, if anything does; of two that part as many, the plainer."""
    partings = [_part(lines, name, pattern) for name, pattern in (*_SEPARATORS, *_signs_in(lines))]
    found = [each for each in partings if each.share]
    return max(found, key=lambda each: min(each.share, _MOST), default=None)


def _part(lines: Sequence[_Line], name: str, pattern: re.Pattern[str]) -> _Parting:
    pairs = tuple(tuple(pattern.split(line.text.strip(" |"), maxsplit=1)) for line in lines)
    longest = _LONGEST_TERM if name in ("a dash", "a colon") else _LONGEST_LINE
    fits = tuple(len(pair) > 1 and len(pair[0]) <= longest and all(pair) for pair in pairs)
    rest = fits[1:] if fits and not fits[0] else fits
    alone = len(rest) == 1 and name != "a tab"
    share = 0.0 if alone or not rest else sum(rest) / len(rest)
    return _Parting(name=name, pattern=pattern, pairs=pairs, fits=fits, share=share)


def _signs_in(lines: Sequence[_Line]) -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield the signs, other than the usual ones, that may part a term from its definition."""
    found = [Counter(m["sign"] or _SPACES for m in _SIGN.finditer(each.text)) for each in lines]
    counts = Counter(sign for each in found for sign in each)
    for sign, count in counts.most_common():
        is_weak = sign in _WEAK
        once = sum(each[sign] == 1 for each in found[1:]) == len(lines) - 1 and len(lines) > _FEW
        if count < _SOME * len(lines) or (is_weak and not once):
            continue
        if sign == _SPACES:
            yield sign, re.compile(r"(?<=\S)\s{2,}(?=\S)")
        else:
            yield f'"{sign}"', re.compile(rf"(?<=\S)\s*{re.escape(sign)}\s*(?=\S)")


def _count_parts(lines: Sequence[_Line], parting: _Parting) -> int:
    """Return how many parts most lines have."""
    if parting.name in ("a dash", "a colon"):
        return 2
    fitting = [line for line, fit in zip(lines, parting.fits, strict=True) if fit]
    widths = Counter(len(parting.pattern.split(line.text.strip(" |"))) for line in fitting)
    width, count = widths.most_common(1)[0]
    return width if count >= _MOST * len(fitting) else 2


def _check_parts(lines: Sequence[_Line], parting: _Parting) -> None:
    """Raise UnknownFormError when the lines are rows of a table of three columns or more."""
    width = _count_parts(lines, parting)
    if width < _FEW:
        return
    between = {"a tab": r'"\t"', _SPACES: '"  "'}.get(parting.name, parting.name)
    columns = ",".join(("question", "answer", *["extra"] * (width - 2)))
    raise UnknownFormError(
        lines[parting.has_title].number,
        f"each line has {width} parts with {parting.name} between them, and not two",
        "say what each holds",
        f"--between {between} --columns {columns}",
    )


def _find_ruled(lines: Sequence[_Line]) -> _Found:
    """Read what lines of dashes part: a question from its answer, or one card from the next."""
    rules = [place for place, line in enumerate(lines) if _RULE.fullmatch(line.text)]
    if not rules:
        return None
    sign = f'"{lines[rules[0]].text.strip()}"'
    edges = [-1, *rules, len(lines)]
    parts = [lines[start + 1 : end] for start, end in pairwise(edges)]
    if not parts[-1] and len(parts) > 1:
        parts.pop()
    blocks: list[list[_Line]] = []
    for line in lines:
        if line.after_gap or not blocks:
            blocks.append([])
        blocks[-1].append(line)
    ruled = [[bool(_RULE.fullmatch(line.text)) for line in block] for block in blocks]
    title: Sequence[_Line] = ()
    if len(blocks) > 1 and len(blocks[0]) == 1 and not ruled[0][0]:
        title, blocks, ruled = blocks[0], blocks[1:], ruled[1:]
    drafts: list[_Draft] = []
    is_apart = len(blocks) > 1 or len(parts[0]) == 1
    if is_apart and all(sum(each) == 1 and not each[0] and not each[-1] for each in ruled):
        for block, each in zip(blocks, ruled, strict=True):
            drafts.append(_draft(block[: each.index(True)], block[each.index(True) + 1 :]))
    elif (
        len(parts) > 1
        and len(parts[0]) == len(parts[-1]) == 1
        and all(len(each) == 2 for each in parts[1:-1])  # noqa: PLR2004 (an answer, and the next question)
    ):
        flat = [line for part in parts for line in part]
        title = ()
        drafts = [_draft([a], [b]) for a, b in zip(flat[::2], flat[1::2], strict=True)]
    else:
        parts = [part for part in parts if part]
        title = parts.pop(0) if parts and len(parts[0]) == 1 else ()
        if not parts or any(len(part) == 1 for part in parts):
            line = next((p[0] for p in [*parts, title] if len(p) == 1), lines[rules[0]])
            raise UnknownFormError(
                line.number,
                f'lines of {sign} divide this text, but "{shorten(line.text.strip())}" is alone',
                f"write {sign} only between two cards, and each card's question in its first line",
            )
        drafts = [_draft(part[:1], part[1:]) for part in parts]
    return (title[0].text if title else ""), drafts, sign


def _draft(question: Sequence[_Line], answer: Sequence[_Line]) -> _Draft:
    texts = [each for line in answer for each in ([""] * line.after_gap + [line.text])]
    return _Draft(line=question[0].number, question=[each.text for each in question], answer=texts)


def _find_blocks(lines: Sequence[_Line]) -> _Found:
    """Take the first line of each block as the question, and the rest as the answer."""
    blocks: list[list[_Line]] = []
    for line in lines:
        if line.after_gap or not blocks:
            blocks.append([])
        blocks[-1].append(line)
    has_title = len(blocks) > 1 and len(blocks[0]) == 1
    rest = blocks[has_title:]
    whole = sum(len(block) > 1 for block in rest)
    # One long block is no card: below a title it holds questions and answers in turn.
    if len(rest) < 2 or whole < _MORE * len(rest):  # noqa: PLR2004 (two blocks make a form)
        return None
    drafts: list[_Draft] = []
    for block in rest:
        texts = [line.text for line in block]
        if len(block) == 1 and drafts:
            drafts[-1].answer += ["", *texts]
            drafts[-1].doubts.append(f'"{texts[0].strip()}" may be a card of its own')
        else:
            drafts.append(_Draft(line=block[0].number, question=texts[:1], answer=texts[1:]))
    return (blocks[0][0].text if has_title else ""), drafts, ""


def _check_turns(lines: Sequence[_Line], drafts: Sequence[_Draft]) -> None:
    """Raise UnknownFormError when lines in turn explain a text no better than another form."""
    asking = sum(each.question[0].rstrip().endswith(ASKING) for each in drafts)
    parting = _best_parting(lines)
    if parting and parting.share >= _SOME and asking < _SOME * len(drafts) and len(lines) > _FEW:
        odd = next(
            line
            for line, fit in list(zip(lines, parting.fits, strict=True))[parting.has_title :]
            if not fit
        )
        raise UnknownFormError(
            odd.number,
            f"{parting.name} separates a term from its definition in {sum(parting.fits)} of"
            f' {len(lines)} lines, but not in "{shorten(odd.text.strip())}"',
            "write each card in one line in the same way, or each question and each answer"
            " in a line that begins with Q: or A:",
        )
    # What a few cards look like may be chance, but for signs that ask and for numbers.
    is_sure = asking >= _MOST * len(drafts) or any(_numbered(lines).values())
    if not is_sure and (len(drafts) < _MANY or not _tell_apart(drafts)):
        drafts[0].doubts.append(
            "lines were taken for questions and answers in turn: see whether the first cards are"
            " right, and else begin each with Q: and A:"
        )
    wrong = [each for each in drafts if any("reads like" in doubt for doubt in each.doubts)]
    if len(drafts) >= _FEW and len(wrong) * _FEW > len(drafts):
        raise UnknownFormError(
            wrong[0].line,
            "this text is neither Q: and A:, nor a term and its definition on each line, nor blocks"
            " between empty lines, nor questions and answers in turn, which"
            f' "{shorten(wrong[0].question[0].strip())}" does not fit',
            "begin each question with Q: and each answer with A:",
        )


def _tell_apart(drafts: Sequence[_Draft]) -> bool:
    """Tell whether questions look unlike answers: in their ends, script, capitals, or length."""
    texts = [(each.question[0].strip(), " ".join(each.answer).strip()) for each in drafts]
    looks: tuple[Callable[[str], bool], ...] = (
        lambda text: text.endswith(ASKING),
        lambda text: text.endswith((".", "\u3002")),
        lambda text: bool(_NUMBER.match(text)),
        lambda text: bool(_ITEM.match(text)),
        lambda text: text[:1].isupper(),
        str.isascii,
        lambda text: len(text.split()) > 2,  # noqa: PLR2004 (a phrase)
        lambda text: len(text) > _SHORT,
    )
    shares = (
        (sum(look(each[0]) for each in texts), sum(look(each[1]) for each in texts))
        for look in looks
    )
    return any(abs(first - second) * 4 > len(texts) for first, second in shares)


def _find_turns(lines: Sequence[_Line]) -> tuple[str, list[_Draft]]:
    """Read lines as a title, questions, answers and their further paragraphs: what costs least.

    Pairs cost nothing; each line that does not look like its part costs, and so does an answer of
    more than one line. So one stray paragraph moves no other card.
    """
    numbered = _numbered(lines)
    # The least cost of the lines so far by the part that the last one plays (Title, Question,
    # Answer, Continued), and for each line which part then came before it.
    costs = {"": 0}
    before: list[dict[str, str]] = []
    for place, line in enumerate(lines):
        following: dict[str, int] = {}
        before.append({})
        for last, cost in costs.items():
            for part in _may_follow(last, place):
                total = cost + _cost(part, line, is_number=numbered.get(line.number))
                if total < following.get(part, total + 1):
                    following[part] = total
                    before[place][part] = last
        costs = following
    cost_of_end = {"Q": 6, "T": _NEVER}
    part = min(costs, key=lambda last: costs[last] + cost_of_end.get(last, 0))
    parts = [part]
    parts += [part := links[part] for links in reversed(before[1:])]
    parts.reverse()
    title = lines[0].text if parts[:1] == ["T"] else ""
    return title, list(_drafts(lines, parts, numbered))


def _may_follow(last: str, place: int) -> str:
    if place == 0:
        return "QT"
    return {"T": "Q", "Q": "A", "A": "QC", "C": "QC"}[last]


def _cost(part: str, line: _Line, *, is_number: bool | None) -> int:
    text = line.text.strip()
    asks = text.endswith(ASKING)
    tells = text.endswith((".", "!", ";", ",", "\u3002"))
    if part == "T":
        return 4 if asks or tells or len(text) > _LONG else 0
    if is_number is not None:
        return 0 if is_number == (part == "Q") else 2 if part == "C" else 5
    is_item = bool(_ITEM.match(line.text)) and not asks
    if part == "Q":
        if is_item:
            return 5
        return 0 if asks else 3 if tells else (len(text) > _SHORT) + (len(text) > _LONG)
    if part == "A":
        return 2 if asks else 0
    return 0 if is_item else 5 if asks else 2 if tells or len(text) > _SHORT else 3


def _numbered(lines: Sequence[_Line]) -> dict[int, bool]:
    """Return which lines are questions, when numbers from 1 run through the whole text."""
    numbers = [(line, int(m[1])) for line in lines if (m := _NUMBER.match(line.text))]
    runs = [number for _, number in numbers] == list(range(1, len(numbers) + 1))
    asked = {line.number for line, _ in numbers}
    apart = all(
        not (first.number in asked and second.number in asked) for first, second in pairwise(lines)
    )
    if len(numbers) < 2 or not runs or not apart:  # noqa: PLR2004 (one number is no numbering)
        return {}
    return {line.number: line.number in asked for line in lines}


def _drafts(
    lines: Sequence[_Line], parts: Sequence[str], numbered: Mapping[int, bool]
) -> Iterator[_Draft]:
    draft: _Draft | None = None
    for line, part in zip(lines, parts, strict=False):
        if part == "Q":
            if draft:
                yield draft
            draft = _Draft(line=line.number, question=[line.text])
            if _cost("Q", line, is_number=numbered.get(line.number)) > 1:
                draft.doubts.append("its question reads like an answer")
        elif draft and part in "AC":
            item = bool(_ITEM.match(line.text))
            if draft.answer and not (item and _ITEM.match(draft.answer[-1])):
                draft.answer.append("")
            if part == "C" and not item:
                draft.doubts.append(f'"{shorten(line.text.strip())}" may be a card of its own')
            if part == "A" and _cost("A", line, is_number=None):
                draft.doubts.append("its answer reads like a question")
            draft.answer.append(line.text)
    if draft:
        yield draft
