"""Clozes in a field, as Anki reads them: ``{{c1::words::hint}}``.

Source: rslib/src/cloze.rs of ankitects/anki.
"""

import re
from collections.abc import Iterator

from ankibuild.core.values import Struct, field

OPENING = r"\{\{c[\d,]+::"
"""A pattern of what opens a cloze."""

OPENING_BRACE = r"\{(?=\{c\d)"
"""A pattern of the brace that must be escaped, so that no cloze begins there."""

LAST_NUMBER = 500
"""The highest cloze number that makes a card of its own."""

MOST_NESTED = 10
_LARGEST_NUMBER = 65535
_DIGITS = 6
_MARK = re.compile(rf"{OPENING}|\}}\}}")


class Cloze(Struct):
    """A cloze that is closed: its numbers, the text and the clozes in it, its hint."""

    numbers: tuple[int, ...]
    parts: list["str | Cloze"] = field(default_factory=list)
    hint: str = "..."

    @property
    def text(self) -> str:
        """Return the words in it and in all clozes in it."""
        return "".join(each if isinstance(each, str) else each.text for each in self.parts)


def split_clozes(html: str) -> Iterator[str | tuple[int, ...]]:
    """Yield the pieces of a field: the numbers of a cloze that opens, ``}}``, or text."""
    end = 0
    for match in _MARK.finditer(html):
        digits = match[0][3:-2].split(",")
        found = {int(each.lstrip("0")[:_DIGITS] or 0) for each in digits if each.isascii() and each}
        numbers = {number for number in found if number <= _LARGEST_NUMBER}
        if not numbers and match[0] != "}}":
            continue
        if end < match.start():
            yield html[end : match.start()]
        yield tuple(sorted(numbers)) or "}}"
        end = match.end()
    if end < len(html):
        yield html[end:]


def parse_clozes(html: str) -> list[str | Cloze]:
    """Return the text and the clozes of a field; what an unclosed cloze swallows is left out."""
    top: list[str | Cloze] = []
    opened: list[Cloze] = []
    for piece in split_clozes(html):
        if isinstance(piece, tuple):
            if len(opened) < MOST_NESTED:
                opened.append(Cloze(piece))
        elif piece == "}}" and opened:
            cloze = opened.pop()
            (opened[-1].parts if opened else top).append(cloze)
        elif opened:
            text, mark, hint = split_hint(piece)
            opened[-1].hint = hint if mark else opened[-1].hint
            opened[-1].parts.append(text)
        else:
            top.append(piece)
    return top


def split_hint(piece: str) -> tuple[str, str, str]:
    """Return a piece of text in a cloze, ``::`` if there is one, and the hint behind it."""
    return (piece, "", "") if piece.startswith("image-occlusion:") else piece.partition("::")


def cloze_numbers(html: str) -> set[int]:
    """Return the numbers of the clozes in a field that close, and so make cards."""
    found: set[int] = set()
    clozes = [each for each in parse_clozes(html) if isinstance(each, Cloze)]
    while clozes:
        cloze = clozes.pop()
        found.update(cloze.numbers)
        clozes += (each for each in cloze.parts if isinstance(each, Cloze))
    return found - {0}


def reveal_clozes(html: str) -> str:
    """Return a field with the words of its clozes, closed or not, and without their hints."""
    parts: list[str] = []
    depth = 0
    for piece in split_clozes(html):
        if isinstance(piece, tuple):
            depth += 1
        elif piece == "}}" and depth:
            depth -= 1
        else:
            parts.append(split_hint(piece)[0] if depth else piece)
    return "".join(parts)
