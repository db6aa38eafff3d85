"""Names: what Anki keeps of tags and deck names, and the first name that is still free."""

import re
from collections.abc import Container
from itertools import count

from ankibuild.core.problems import Fault

_RESERVED = ("leech", "marked")


def tag_fault(tag: str) -> Fault | None:
    """Return what Anki would not keep of a tag, or None for a good one."""
    if re.search(r"\s", tag) or not tag:
        cure = "join its words with a hyphen, or write two tags"
        return "invalid-tag", f'the tag "{tag}" holds a space', cure
    if tag.casefold() in _RESERVED:
        return "invalid-tag", f'the tag "{tag}" is Anki\'s own', "choose another word"
    if re.search(r'[",\x00-\x1f]', tag) or "" in tag.split("::"):
        cure = 'use words joined with "-" or "::"'
        return "invalid-tag", f'the tag "{tag}" would be changed by Anki', cure
    return None


def deck_name_fault(name: str) -> Fault | None:
    """Return what Anki would change in a deck's full name, or None for a good one."""
    if all(part and part == part.strip().strip(":") for part in name.split("::")):
        return None
    cure = 'write words around each "::", without spaces'
    return "invalid-deck-name", f'Anki would change the deck name "{name}"', cure


def free_name(form: str, taken: Container[str], start: int = 2) -> str:
    """Return the first name that is not taken, of a form that has a place for a number.

    The form is one of ``str.format``, such as ``bill-{}``; the numbers count up from ``start``.
    """
    return next(name for name in map(form.format, count(start)) if name not in taken)
