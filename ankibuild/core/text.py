"""What changed between two texts, word by word."""

import re
from collections.abc import Mapping
from html import unescape

from ankibuild.core.problems import Problem
from ankibuild.core.values import Struct

UNSEEN = "[\u200b\u2060\ufeff]"
"""A pattern of characters without width: a field of nothing else is empty to a learner."""


NOT_READ = re.compile(f"<[^>]*>|{UNSEEN}")
"""What a learner does not read of a field."""


NONCHARACTERS = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")
"""Code points that Unicode keeps for a program's own use, as cloze.py does."""


NOT_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]|" + NONCHARACTERS.pattern)
"""What no source may hold, as it is or by an escape; none of it can be printed."""


class Rendered(Struct, frozen=True, kw_only=True):
    """The HTML of a field, what is in it, and what was wrong with its Markdown.

    ``text`` is what a learner would read; ``clozes`` are the numbers in it; ``bare`` tells of a
    field with clozes that nothing stands outside them; ``media`` are the paths of the files in it.
    """

    html: str
    text: str
    clozes: frozenset[int]
    bare: bool
    media: frozenset[str]
    problems: tuple[Problem, ...]


_PICTURE = re.compile('<img (?:[^>]* )?alt="([^"]*)"[^>]*>')
_CLOZE = re.compile(r"\{\{c[\d,]+::|\}\}")


def plain_text(html: str) -> str:
    """Return what one reads of a field, on one line; a picture is read as the words for it."""
    text = _PICTURE.sub(r"[\1]", html).replace("<br>", " ")
    return " ".join(unescape(re.sub("<[^>]*>", "", text)).split())


def question_of(fields: Mapping[str, str]) -> str:
    """Return a note's question as plain text: its heading, or a cloze's sentence or a picture.

    Of a carried note type it is the first field.
    """
    named = (fields.get(name) for name in ("Front", "Title", "Header", "Image"))
    first = fields.get("Text") or next(iter(fields.values()), "")
    return plain_text(next(filter(None, named), _CLOZE.sub("", first)))


def escape_markdown(text: str) -> str:
    """Return Markdown that shows the text as it is."""
    return "".join(f"\\{each}" if each in "\\`*_~[]<>#&" else each for each in text)
