"""What changed between two texts, word by word."""

import re
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from html import unescape
from typing import Literal

Part = tuple[Literal["same", "old", "new"], str]

_WORD = re.compile(r"<[^>]*>|&\w+;|\w+|\s+|.", re.DOTALL)
_PICTURE = re.compile('<img (?:[^>]* )?alt="([^"]*)"[^>]*>')
_CLOZE = re.compile(r"\{\{c[\d,]+::|\}\}")
_CONTEXT = 4


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


def compare_words(old: str, new: str) -> tuple[Part, ...]:
    """Return the words of two fields that are the same, only in the old, only in the new.

    Tags are left out unless nothing else changed. Long runs of same words are shortened.
    """
    if plain_text(old) != plain_text(new):
        old, new = plain_text(old), plain_text(new)
    before, after = _WORD.findall(old), _WORD.findall(new)
    parts: list[Part] = []
    for what, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            parts.append(("same", "".join(before[i:j])))
            continue
        if i < j:
            parts.append(("old", "".join(before[i:j])))
        if k < m:
            parts.append(("new", "".join(after[k:m])))
    return tuple(_shorten(parts))


def _shorten(parts: list[Part]) -> Iterator[Part]:
    for place, (kind, text) in enumerate(parts):
        words = re.findall(r"\S+\s*|\s+", text)
        if kind == "same" and len(words) > 2 * _CONTEXT:
            start = words[:_CONTEXT] if place else []
            end = words[-_CONTEXT:] if place < len(parts) - 1 else []
            yield kind, f"{''.join(start)}… {''.join(end)}" if end else f"{''.join(start)}…"
        else:
            yield kind, text
