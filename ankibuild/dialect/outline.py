"""Find where each deck or note begins in the lines of a file."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from ankibuild.core.problems import Report

if TYPE_CHECKING:
    from markdown_it.token import Token

_GLUED_HEADING = re.compile(r"(#{2,6})[^\s#]|(#{1,6})[^\S \t\n]")
_HEADING = re.compile("#{1,2} ")
_FENCES = ("```", "~~~", "$$")
# How a line begins that may have to do with where notes begin and end, or with what is checked of
# blocks: the signs of headings, breaks and quotes, and whatever could nest deeply.
_SPACE = r"[^\S\n]"
_STRUCTURE = (
    rf"{_SPACE}*#|{_SPACE}*-{_SPACE}*-{_SPACE}*-|{_SPACE}{{8}}|(?:{_SPACE}|[*+\-\d.)])*>"
    rf"|{_SPACE}*(?:(?:[*+-]|\d+[.)]){_SPACE}+){{3}}"
)
_STRUCTURED_LINE = re.compile(_STRUCTURE)
# The first condition only saves time.
_STRUCTURED_FILE = re.compile(rf"\n(?![A-Za-z\n])(?!#{{1,2}} |---+(?:\n|$))(?:{_STRUCTURE})")
_MOST_WORDS = 40


class Section(NamedTuple):
    """A heading and what stands below it; lines count from 0.

    ``level`` is 1 for a deck, 2 for a note; ``words`` are as written; ``break_line`` is that of the
    first line of dashes, if there is one.
    """

    level: int
    line: int
    words: str
    break_line: int | None


class Outline(NamedTuple):
    """The sections of a file in order, and the line of the first thing in it."""

    sections: Sequence[Section]
    first_line: int


def find_sections(lines: Sequence[str], start: int, report: Report) -> Outline:
    """Return the outline of a file from a line on, and report what makes it hard to tell.

    A heading in code, in a list or in a quote is none.
    """
    outline = _find_at_sight(lines, start)
    return _parse(lines, start, report) if outline is None else outline


def _find_at_sight(lines: Sequence[str], start: int) -> Outline | None:
    """Return the outline of a file that has nothing but plain headings and breaks, else None.

    No parser is needed for it; a test compares it with what the parser finds.
    """
    text = "\n".join(["", *lines[start:]])
    if any(sign in text for sign in _FENCES) or _STRUCTURED_FILE.search(text):
        return None
    sections: list[Section] = []
    for number, line in enumerate(lines[start:], start):
        if line.startswith("#"):
            marks, words = line.split(" ", 1)
            words = words.strip()
            if words.startswith("#") or words.endswith("#"):
                return None
            sections.append(Section(len(marks), number, words, None))
        elif not sections and line.strip(" \t"):
            return None
        elif line.startswith("---"):
            # Below a line with a bar it may be part of a table.
            if "|" in lines[number - 1]:
                return None
            if sections[-1].break_line is None:
                sections[-1] = sections[-1]._replace(break_line=number)
    return Outline(sections, sections[0].line if sections else start)


def _parse(lines: Sequence[str], start: int, report: Report) -> Outline:
    from ankibuild.dialect.markdown import MOST_NESTED, parse_blocks, unclosed_fences

    tokens = parse_blocks("\n" * start + "\n".join(_without_answers(lines[start:])))
    for line in unclosed_fences(tokens, lines):
        message = "the code fence that opens here is not closed, so it takes all that follows"
        report(line, 0, "unclosed-fence", message, "close it with a line of the same marks")
    deepest = next((token for token in tokens if token.level >= MOST_NESTED - 1), None)
    if deepest:
        message = f"lists or quotes nest more than {MOST_NESTED // 2} deep here"
        report(_line(deepest), 0, "nested-too-deep", message, "write them flatter")
    for token in tokens:
        if token.type == "inline" and token.level == 1:
            _check_glued_headings(token, lines, report)
    return Outline(list(_find_in(tokens)), _line(tokens[0]) if tokens else start)


def _find_in(tokens: Sequence["Token"]) -> Iterator[Section]:
    headings = [
        place
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0 and token.tag in ("h1", "h2")
    ]
    for place, end in pairwise([*headings, len(tokens)]):
        breaks = (
            _line(token)
            for token in tokens[place:end]
            if token.type == "hr" and token.level == 0 and token.markup.startswith("-")
        )
        level = int(tokens[place].tag[1])
        yield Section(level, _line(tokens[place]), tokens[place + 1].content, next(breaks, None))


def _without_answers(lines: Sequence[str]) -> list[str]:
    """Return the lines, left blank where whole answers have nothing to do with the structure.

    No answer is parsed for it: they are parsed one by one when they are rendered. A heading at the
    beginning of a line ends every block but a fence and math, whose signs are kept.
    """
    outline = list(lines)
    answer: int | None = None
    for place, line in enumerate([*lines, "# "]):
        if _HEADING.match(line):
            if answer is not None:
                outline[answer:place] = [""] * (place - answer)
            answer = place + 1 if line.startswith("## ") else None
        elif answer is not None and (
            _STRUCTURED_LINE.match(line) or any(sign in line for sign in _FENCES)
        ):
            answer = None
    return outline


def _check_glued_headings(inline: "Token", lines: Sequence[str], report: Report) -> None:
    for line, text in enumerate(inline.content.split("\n"), _line(inline)):
        if match := _GLUED_HEADING.match(text):
            marks = match[1] or match[2]
            words = _shorten(text.lstrip("#").strip())
            message = f'"{_shorten(text)}" is no heading: no plain space follows "{marks}"'
            cure = rf'write "{marks} {words}", or "\{marks}" for the marks themselves'
            report(line, max(lines[line].find(marks), 0), "heading-without-space", message, cure)


def _line(token: "Token") -> int:
    return token.map[0] if token.map else 0


def _shorten(text: str) -> str:
    return text if len(text) <= _MOST_WORDS else text[:_MOST_WORDS] + "…"
