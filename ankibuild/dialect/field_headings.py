"""Find the fields that third-level headings name in the body of a note."""

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ankibuild.core.problems import Fragment, Problem, piece_of, suggestion
from ankibuild.core.text import normal_form, shorten

if TYPE_CHECKING:
    from markdown_it.token import Token

_MARKED = re.compile(r"^ {0,3}\\?###(?!#)", re.MULTILINE)
_PLAIN = re.compile(r"^( {0,3})\\(###(?:\s.*)?)$")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_CLOSING = re.compile(r"\s+#+\s*$")


class SplitBody(NamedTuple):
    """A body up to its first field heading, and the fields that are named, in order.

    Each has the heading's place and the field's name, then what follows. ``as_read`` tells that
    nothing in the body is read otherwise than in a note without fields of its own.
    """

    text: Fragment
    fields: Sequence[tuple[Fragment, Fragment]]
    as_read: bool
    problems: Sequence[Problem]


def split_body(body: Fragment, names: Collection[str], *, strict: bool) -> SplitBody:
    r"""Return the parts of a body in which third-level headings are exactly a field's name.

    With ``strict`` each of them must name one. ``\###`` makes a plain heading, where a heading
    could name a field.
    """
    if not _MARKED.search(body.text):
        return SplitBody(body, (), as_read=True, problems=())
    lines = body.text.split("\n")
    known = _by_words(names)
    starts: list[tuple[int, Fragment]] = []
    problems = []
    as_read = True
    tokens = _parse(lines)
    for line, words in _find_headings(tokens):
        place = Fragment(path=body.path, line=body.line + line, column=1, text=words)
        name = known.get(_words_of(words))
        if name is not None:
            starts.append((line, Fragment(path=place.path, line=place.line, column=1, text=name)))
        elif strict:
            message = f'"{shorten(words)}" is not a field of this note type'
            cure = rf'{suggestion(words, sorted(names))} (for a plain heading, write "\###")'
            problems.append(place.problem("unknown-field", message, cure))
    for line, match in _find_escaped(tokens, lines):
        if strict or _words_of(match[2][3:]) in known:
            lines[line], as_read = f"{match[1]}{match[2]}", False
    ends = [*(line for line, _ in starts), len(lines)]
    fields = [
        (heading, piece_of(body.path, lines, line + 1, end, first=body.line))
        for (line, heading), end in zip(starts, ends[1:], strict=True)
    ]
    text = piece_of(body.path, lines, 0, ends[0], first=body.line)
    return SplitBody(text, fields, as_read and not fields, problems)


def escape_headings(markdown: str, names: Collection[str], *, strict: bool) -> str:
    r"""Return Markdown of a field in which no heading names a field, and no ``\###`` makes one."""
    if not _MARKED.search(markdown):
        return markdown
    lines = markdown.split("\n")
    known = _by_words(names)
    tokens = _parse(lines)
    for line, match in _find_escaped(tokens, lines):
        if strict or _words_of(match[2][3:]) in known:
            lines[line] = lines[line].replace("\\###", "\\#\\##", 1)
    for line, words in _find_headings(tokens):
        if strict or _words_of(words) in known:
            lines[line] = lines[line].replace("###", "\\###", 1)
    return "\n".join(lines)


def _by_words(names: Collection[str]) -> dict[str, str]:
    """Return the names of fields by what stands for each in a heading."""
    return {normal_form(" ".join(name.split())): name for name in names}


def _words_of(heading: str) -> str:
    words = _ESCAPED.sub(r"\1", _CLOSING.sub("", heading))
    return normal_form(" ".join(words.split()))


def _find_headings(tokens: Sequence["Token"]) -> list[tuple[int, str]]:
    """Return the places and words of the third-level headings outside of lists and quotes."""
    return [
        (token.map[0] if token.map else 0, tokens[place + 1].content)
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and token.tag == "h3" and token.level == 0
    ]


def _find_escaped(
    tokens: Sequence["Token"], lines: Sequence[str]
) -> list[tuple[int, re.Match[str]]]:
    return [
        (line, match)
        for token in tokens
        if token.type == "inline" and token.level == 1 and token.map
        for line in range(*token.map)
        if (match := _PLAIN.match(lines[line]))
    ]


def _parse(lines: Sequence[str]) -> Sequence["Token"]:
    from ankibuild.dialect.markdown import parse_blocks

    return parse_blocks("\n".join(lines))
