"""Read a deck that was written for hashcards: ``Q:`` and ``A:``, or ``C:`` with ``[deletions]``.

https://github.com/eudoxia0/hashcards
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ankibuild.core.problems import AnkibuildError, Reporter, about, shown
from ankibuild.core.text import shorten, sub_before
from ankibuild.core.values import Struct
from ankibuild.dialect.front_matter import read_front_matter
from ankibuild.importers.account import lines_of_markdown
from ankibuild.importers.foreign import (
    MediaBeside,
    below,
    heading_of,
    mark_left_out,
    rewrite_line,
    split_question,
    write_cloze,
)
from ankibuild.importers.imported import Imported, ImportedCard, ImportedDeck, Passage
from ankibuild.importers.passages import keep_block, keep_line

FORM = "a deck for hashcards"

_SIGN = re.compile("[QAC]:")
_SEPARATOR = "---"
# What shows where a collection begins, from which paths with "@/" lead.
_ROOT_FILES = ("hashcards.db", "macros.tex")
_ROOTED = re.compile(r"(!\[[^\[\]\n]*+\]\()@/([^()\n]+)\)")
_SPACED = re.compile(r"(!\[[^\[\]\n]*+\]\()([^()\n<>\"]+)\)")
_INLINE = re.compile(r"(?<!\\)\\\((.+?)\\\)")
_DISPLAY = re.compile(r"(?<!\\)\\\[(.+?)\\\]", re.DOTALL)
# As the program reads it, byte by byte: an escape, a picture, a deletion, a bracket of none.
_MARK = re.compile(r"\\([\[\]])|(!\[[^\[\]]*+\])|\[((?:\\[\[\]]|[^\[\]])*+)\]|[\[\]]")


class _Card(Struct, kw_only=True):
    """The texts of a card by their signs, the line of its first one, the headings above it."""

    line: int
    texts: dict[str, list[str]]
    chapters: tuple[str, ...]


def count_cards(text: str) -> int:
    """Return how many cards a file seems to hold: questions with an answer, texts with deletions.

    None of them counts when a question has no answer, or an answer no question.
    """
    signs = [(line[0], line) for line in text.split("\n") if _SIGN.match(line)]
    pairs = "".join(sign for sign, _ in signs if sign != "C")
    if pairs != "QA" * (len(pairs) // 2):
        return 0
    clozes = sum(sign == "C" for sign, _ in signs) if "[" in text and "]" in text else 0
    return len(pairs) // 2 + clozes


def read_hashcards(path: Path, text: str) -> Imported:
    """Return the deck in the text of a Markdown file, with its pictures and sounds.

    What stands between two cards is a warning. Raises AnkibuildError at a question without an
    answer, an answer without a question, and a text without deletions.
    """
    lines = text.split("\n")
    name, tags, start = _read_front_matter(path, lines)
    title, above, cards, left = _split(path, lines, start)
    root = _find_root(path)
    media = MediaBeside(path, root)
    made = [_make_card(path, card, tags, media, root) for card in cards]
    # Two that say the same are one to hashcards.
    unique = {(card.question.markdown, card.answer.markdown): card for card in reversed(made)}
    description = "\n".join(rewrite_line(line, media) for line in above).strip()
    return Imported(
        form=FORM,
        decks=(
            ImportedDeck(
                name=name or title,
                cards=tuple(reversed(unique.values())),
                description=keep_block(description),
            ),
        ),
        source=lines_of_markdown(text, start),
        left_out=(
            *(sign for card in cards for sign in card.texts),
            *(words for _, words in left),
            *_words_of_doubles(made, unique.values()),
        ),
        media=media.copied,
        warnings=(*mark_left_out(path, left), *media.outside.values()),
    )


def _words_of_doubles(
    made: Sequence[ImportedCard], unique: Iterable[ImportedCard]
) -> Iterator[str]:
    kept = {id(card) for card in unique}
    for card in made:
        if id(card) not in kept:
            yield from (*card.question.lines, *card.answer.lines)


def _read_front_matter(path: Path, lines: Sequence[str]) -> tuple[str, tuple[str, ...], int]:
    """Return the deck's name, tags, and the place of the first line after the front matter."""
    if lines[0].strip() != _SEPARATOR:
        return "", (), 0
    end = next((n for n in range(1, len(lines)) if lines[n].strip() == _SEPARATOR), 0)
    try:
        name = tomllib.loads("\n".join(lines[1:end])).get("name", "")
        return (name if isinstance(name, str) else ""), (), end + 1 if end else 0
    except (tomllib.TOMLDecodeError, RecursionError):
        report = Reporter(shown(path))
        matter = read_front_matter(lines, report)
        if broken := [each for each in report.problems if each.rule == "invalid-front-matter"]:
            raise AnkibuildError(tuple(broken)) from None
        return matter.deck, matter.tags, matter.end


def _split(
    path: Path, lines: Sequence[str], start: int
) -> tuple[str, list[str], list[_Card], list[tuple[int, str]]]:
    """Return the heading of the first level above the first card, the lines there, the cards.

    The last are the lines between cards, with their numbers from 1.
    """
    title = ""
    left: list[tuple[int, str]] = []
    above: list[str] = []
    cards: list[_Card] = []
    card: _Card | None = None
    chapters: list[tuple[int, str]] = []
    found = find_chapters(lines[start:])
    for number, line in enumerate(lines[start:], start + 1):
        sign = line[0] if _SIGN.match(line) else ""
        words = line[2:].strip() if sign else line
        heading = heading_of(line)
        if heading and not cards and not title and heading[0] == 1:
            title = heading[1]
        elif number - start - 1 in found and heading:
            _see_that_it_is_whole(path, card)
            card = None
            chapters = below(chapters, *heading)
        elif line.strip() == _SEPARATOR:
            _see_that_it_is_whole(path, card)
            card = None
        elif sign == "A":
            if not card or list(card.texts) != ["Q"]:
                raise _fault(path, number, words, "this answer has no question")
            card.texts["A"] = [words]
        elif sign:
            _see_that_it_is_whole(path, card)
            names = tuple(name for _, name in chapters)
            card = _Card(line=number, texts={sign: [words]}, chapters=names)
            cards.append(card)
        elif card:
            list(card.texts.values())[-1].append(words)
        elif cards and words.strip():
            left.append((number, words.strip()))
        elif not cards:
            above.append(f"**{heading[1]}**" if heading else words)
    _see_that_it_is_whole(path, card)
    return title, above, cards, left


def find_chapters(lines: Sequence[str]) -> set[int]:
    """Return the places of headings that stand right above a card, or above another of these.

    The program takes them for the end of the answer before, which nobody means.
    """
    found: set[int] = set()
    is_above = False
    for place in range(len(lines) - 1, -1, -1):
        line = lines[place].strip()
        if heading_of(lines[place]) and is_above:
            found.add(place)
        elif line and line != _SEPARATOR:
            is_above = bool(_SIGN.match(lines[place]) and line[0] != "A")
    return found


def _see_that_it_is_whole(path: Path, card: _Card | None) -> None:
    if card and list(card.texts) == ["Q"]:
        raise _fault(path, card.line, card.texts["Q"][0], "this question has no answer")


def _fault(path: Path, line: int, words: str, reason: str) -> AnkibuildError:
    cure = 'begin a question with "Q:", its answer with "A:", a text with deletions with "C:"'
    message = f'"{shorten(words.strip())}": {reason}'
    return AnkibuildError((about(path, "lost-words", message, cure, line=line, column=1),))


def _find_root(path: Path) -> Path:
    """Return the folder of the collection, as far as files tell; else that of the file."""
    folders = path.resolve().parents
    marked = (each for each in folders if any((each / name).is_file() for name in _ROOT_FILES))
    return next(marked, folders[0])


def _make_card(
    path: Path, card: _Card, tags: tuple[str, ...], media: MediaBeside, root: Path
) -> ImportedCard:
    texts = {sign: "\n".join(lines).strip() for sign, lines in card.texts.items()}
    texts = {sign: _rewrite(sign, text, media, root) for sign, text in texts.items()}
    source = " > ".join(" ".join(keep_line(each).lines) for each in card.chapters)
    if "C" in texts:
        clozes = "".join(_write_clozes(texts["C"]))
        if clozes.count("{{c") == 0:
            raise _fault(path, card.line, card.texts["C"][0], "this text has no [deletion]")
        return ImportedCard(
            question=Passage(),
            answer=keep_block(clozes),
            source=source,
            tags=tags,
            line=card.line,
        )
    question, answer, doubt = split_question(texts["Q"], texts["A"])
    return ImportedCard(
        question=keep_line(question),
        answer=keep_block(answer),
        source=source,
        tags=tags,
        line=card.line,
        doubt=doubt,
    )


def _rewrite(sign: str, text: str, media: MediaBeside, root: Path) -> str:
    text = sub_before("\\)", _INLINE, lambda match: f"${match[1].strip()}$", text)
    if sign != "C":  # There a backslash keeps a bracket from being a deletion.
        text = sub_before("\\]", _DISPLAY, lambda match: f"\n$${match[1].strip()}$$\n", text)
    text = _SPACED.sub(lambda match: f"{match[1]}{match[2].strip().replace(' ', '%20')})", text)
    text = _ROOTED.sub(
        lambda match: media.place(match[0], match[1][2:-2], match[2], folder=root), text
    )
    return "\n".join(rewrite_line(line, media) for line in text.split("\n"))


def _write_clozes(text: str) -> Iterator[str]:
    """Yield the text with a cloze for each deletion; brackets that are none stay."""
    number, end = 0, 0
    for mark in _MARK.finditer(text):
        yield text[end : mark.start()]
        end = mark.end()
        if mark[3] and mark[3].strip():
            number += 1
            yield write_cloze(number, re.sub(r"\\([\[\]])", r"\1", mark[3]))
        else:
            yield mark[1] or mark[0]
    yield text[end:]
