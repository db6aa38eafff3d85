"""Find where each deck or note begins in the lines of a file."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import name

from ankibuild.core.problems import Reporter
from ankibuild.core.text import shorten
from ankibuild.dialect.plain import find_plain_headings, without_answers
from ankibuild.dialect.slips import FENCES, MASKS

if TYPE_CHECKING:
    from markdown_it.token import Token

_GLUED_HEADING = re.compile(r"(#{2,6})[^\s#]|(#{1,6})[^\S \t\n]")


class Section(NamedTuple):
    """A heading and what stands below it; lines count from 0.

    ``level`` is 1 for a deck, 2 for a note; ``words`` are as written; ``break_line`` is that of the
    first line of dashes, if there is one.
    """

    level: int
    line: int
    words: str
    break_line: int | None

    def moved(self, lines: int) -> "Section":
        """Return it so many lines further down."""
        break_line = None if self.break_line is None else self.break_line + lines
        return self._replace(line=self.line + lines, break_line=break_line)


class Outline(NamedTuple):
    """The sections of a file in order, and the line of the first thing in it or of its end."""

    sections: Sequence[Section]
    first_line: int


def find_sections(lines: Sequence[str], start: int, report: Reporter) -> Outline:
    """Return the outline of a file from a line on, and report what makes it hard to tell.

    A heading in code, in a list or in a quote is none.
    """
    structure = [""] * start + without_answers(lines[start:])
    plain = find_plain_headings(structure)
    if plain is None:
        return _parse(structure, lines, report)
    sections = [Section(*each) for each in plain]
    return Outline(sections, sections[0].line if sections else len(lines))


def is_closed(lines: Sequence[str]) -> bool:
    """Tell whether a heading at the left edge is one behind these lines, whatever follows it.

    Code and math reach beyond it until something closes them.
    """
    if not any(sign in line for line in lines for sign in FENCES):
        return True
    if find_plain_headings(without_answers(lines)) is not None:
        return True
    from ankibuild.dialect.markdown import parse_blocks

    # The first of the two lines ends what math is open: it reaches beyond the others then.
    tokens = parse_blocks("\n".join([*lines, "$$", "## "]))
    is_math = any(t.type.startswith("math") and t.map and t.map[1] > len(lines) for t in tokens)
    last = tokens[-3:]
    return not is_math and last[0].type == "heading_open" and _line(last[0]) == len(lines) + 1


def _parse(structure: Sequence[str], lines: Sequence[str], report: Reporter) -> Outline:
    from ankibuild.dialect.markdown import MOST_NESTED, parse_blocks, unclosed_fences
    from ankibuild.dialect.occlusion import first_beyond

    tokens = parse_blocks("\n".join(structure))
    unclosed = unclosed_fences(tokens, lines)
    for line in unclosed:
        message = "the code fence that opens here is not closed, so everything below it is code"
        report(line, 0, "unclosed-fence", message, "close it with a line of the same marks")
    for token in tokens:
        if token.type == "fence" and token.info.split()[:1] == [MASKS]:
            beyond = first_beyond(token.content.split("\n"))
            if beyond is not None and _line(token) not in unclosed:
                message = "the block of masks that opens here is not closed"
                cure = f'write "{token.markup}" on a line of its own below its last mask'
                report(_line(token), 0, "unclosed-fence", message, cure)
    is_deep = False
    for token in tokens:
        if token.level == 0:
            is_deep = False
        elif token.level >= MOST_NESTED - 1 and not is_deep:
            is_deep = True
            message = f"lists or quotes are nested more than {MOST_NESTED // 2} deep here"
            report(_line(token), 0, "nested-too-deep", message, "use fewer levels")
    for token in tokens:
        if token.type == "inline" and token.level == 1:
            _check_glued_headings(token, lines, report)
    return Outline(list(_find_in(tokens)), _line(tokens[0]) if tokens else len(lines))


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


def _check_glued_headings(inline: "Token", lines: Sequence[str], report: Reporter) -> None:
    for line, text in enumerate(inline.content.split("\n"), _line(inline)):
        if match := _GLUED_HEADING.match(text):
            marks = match[1] or match[2]
            words = shorten(text.lstrip("#").strip())
            after = text[len(marks)]
            what = f"a {name(after, 'strange space').lower()}" if after.isspace() else "no space"
            message = f'"{shorten(text)}" is not a heading: {what} follows "{marks}"'
            verb = "type a plain space there:" if after.isspace() else "write"
            cure = rf'{verb} "{marks} {words}", or "\{marks}" for the marks themselves'
            report(line, max(lines[line].find(marks), 0), "heading-without-space", message, cure)


def _line(token: "Token") -> int:
    return token.map[0] if token.map else 0
