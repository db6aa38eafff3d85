"""Names: what Anki keeps of tags and deck names, short names, and the first one that is free."""

import re
from collections.abc import Iterable

from ankibuild.core.identity import suggest_note_id
from ankibuild.core.obeyed import disarm_name, find_obeyed
from ankibuild.core.problems import Fault
from ankibuild.core.text import normal_form

LONGEST_NAME = 60
"""Characters of a name that words give; never change: learners' media are named so."""

LONGEST_ID = 40
"""Characters of a note id that words give."""

_ROOM = 6
"""Characters of it that are kept for a number."""

_RESERVED = ("leech", "marked")
_NOT_IN_A_TAG = re.compile(r'[",\x00-\x1f]+')


def tag_fault(tag: str) -> Fault | None:
    """Return what Anki would not keep of a tag, or None for a good one."""
    if re.search(r"\s", tag) or not tag:
        cure = "join its words with a hyphen, or write two tags"
        return "invalid-tag", f'the tag "{tag}" contains a space', cure
    if tag.casefold() in _RESERVED:
        return "invalid-tag", f'the tag "{tag}" is Anki\'s own', "choose another word"
    if "," in tag:
        cure = 'write a space instead of the comma, as in tags="one two"'
        return "invalid-tag", f'the tag "{tag}" contains a comma', cure
    if _NOT_IN_A_TAG.search(tag) or "" in tag.split("::"):
        cure = 'use words joined with "-" or "::"'
        return "invalid-tag", f'the tag "{tag}" would be changed by Anki', cure
    if found := find_obeyed(tag):
        message = f'the tag "{tag}" contains "{found}", which a card could act on'
        return "invalid-tag", message, f'write it without "{found}"'
    return None


def deck_name_fault(name: str) -> Fault | None:
    """Return what Anki would change in a deck's full name, or None for a good one."""
    if not all(part and part == part.strip().strip(":") for part in name.split("::")):
        cure = 'write words around each "::", without spaces'
        return "invalid-deck-name", f'Anki would change the deck name "{name}"', cure
    if found := find_obeyed(name):
        message = f'the deck name "{name}" contains "{found}", which a card could act on'
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
    """Return the name of a file that words suggest, not too long; "" when they have no letter."""
    folded = normal_form(re.sub("['\u2018\u2019]", "", words), "NFKC").casefold()
    return re.sub("[^a-z0-9]+", "-", folded).strip("-")[:LONGEST_NAME].strip("-")


def short_id(words: str) -> str:
    """Return the note id that words suggest, cut at a word; "" when they have no letter for one."""
    return _cut(suggest_note_id(words), LONGEST_ID)


def with_room(note_id: str) -> str:
    """Return a note id cut so that a number has room behind it."""
    return _cut(note_id, LONGEST_ID - _ROOM)


def _cut(note_id: str, most: int) -> str:
    if len(note_id) <= most:
        return note_id
    return note_id[: most + 1].rpartition("-")[0] or note_id[:most]


class Names:
    """Names that are taken; each name that is asked for is one of them from then on.

    A number that was taken is not tried again, so that thousands of names alike stay cheap.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        """Begin with names that are taken."""
        self._taken = set(taken)
        self._next: dict[tuple[str, str, int], int] = {}

    def __contains__(self, name: str) -> bool:
        """Tell whether a name is taken."""
        return name in self._taken

    def add(self, name: str) -> None:
        """Take a name that may be taken already."""
        self._taken.add(name)

    def take(self, stem: str, ending: str = "") -> str:
        """Return the stem and the ending if nothing is named so, else as ``take_numbered`` does."""
        name = f"{stem}{ending}"
        if name in self._taken:
            return self.take_numbered(stem, ending)
        self._taken.add(name)
        return name

    def take_id(self, note_id: str) -> str:
        """Return an id that is not too long, cut at a word, with a number if it is taken."""
        short = _cut(note_id, LONGEST_ID)
        if short not in self._taken:
            self._taken.add(short)
            return short
        return self.take_numbered(with_room(note_id))

    def take_numbered(self, stem: str, ending: str = "", *, start: int = 2) -> str:
        """Return the stem and the ending with the first free number between them."""
        number = self._next.get((stem, ending, start), start)
        while (name := f"{stem}-{number}{ending}") in self._taken:
            number += 1
        self._next[stem, ending, start] = number + 1
        self._taken.add(name)
        return name
