"""Names: what Anki keeps of tags and deck names, short names, and the first one that is free."""

import re
from collections.abc import Container
from itertools import count

from ankibuild.core.identity import suggest_note_id
from ankibuild.core.obeyed import disarm_name, find_obeyed
from ankibuild.core.problems import Fault

LONGEST_NAME = 60
"""Characters of a name that words give; never change: learners' media are named so."""

_RESERVED = ("leech", "marked")
_NOT_IN_A_TAG = re.compile(r'[",\x00-\x1f]+')


def tag_fault(tag: str) -> Fault | None:
    """Return what Anki would not keep of a tag, or None for a good one."""
    if re.search(r"\s", tag) or not tag:
        cure = "join its words with a hyphen, or write two tags"
        return "invalid-tag", f'the tag "{tag}" holds a space', cure
    if tag.casefold() in _RESERVED:
        return "invalid-tag", f'the tag "{tag}" is Anki\'s own', "choose another word"
    if _NOT_IN_A_TAG.search(tag) or "" in tag.split("::"):
        cure = 'use words joined with "-" or "::"'
        return "invalid-tag", f'the tag "{tag}" would be changed by Anki', cure
    if found := find_obeyed(tag):
        message = f'the tag "{tag}" holds "{found}", which a card could obey'
        return "invalid-tag", message, f'write it without "{found}"'
    return None


def deck_name_fault(name: str) -> Fault | None:
    """Return what Anki would change in a deck's full name, or None for a good one."""
    if not all(part and part == part.strip().strip(":") for part in name.split("::")):
        cure = 'write words around each "::", without spaces'
        return "invalid-deck-name", f'Anki would change the deck name "{name}"', cure
    if found := find_obeyed(name):
        message = f'the deck name "{name}" holds "{found}", which a card could obey'
        return "invalid-deck-name", message, f'write it without "{found}"'
    return None


def mend_tag(word: str) -> str:
    """Return what is nearest to a word and kept by Anki as a tag, or "" when nothing is."""
    tag = "::".join(filter(None, disarm_name(_NOT_IN_A_TAG.sub("-", word)).split("::")))
    return "" if tag_fault(tag) else tag


def mend_deck_name(name: str) -> str:
    """Return what is nearest to a deck's full name and kept by Anki, or "" when nothing is."""
    parts = (" ".join(part.split()).strip(": ") for part in name.split("::"))
    return disarm_name("::".join(filter(None, parts)).replace('"', "'"))


def short_name(words: str) -> str:
    """Return the note id that words suggest, not too long; "" when they have no letter for one."""
    return suggest_note_id(words)[:LONGEST_NAME].strip("-")


def unused_name(stem: str, taken: Container[str], ending: str = "") -> str:
    """Return the stem and the ending if nothing is named so, else the first free number between."""
    name = f"{stem}{ending}"
    return free_name(f"{stem}-{{}}{ending}", taken) if name in taken else name


def free_name(form: str, taken: Container[str], start: int = 2) -> str:
    """Return the first name that is not taken, of a form whose ``{}`` is the place of a number.

    The numbers count up from ``start``.
    """
    names = (form.replace("{}", str(number)) for number in count(start))
    return next(name for name in names if name not in taken)
