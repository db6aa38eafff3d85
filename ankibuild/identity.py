"""Who a note is, whatever its words: note ids, GUIDs, ids of note types, ids of decks.

Every function here is a promise to learners. Never change what one returns: a learner's progress
hangs on it.
"""

import re
import unicodedata
from uuid import UUID, uuid5

NOTE_ID = re.compile(r"[a-z0-9][a-z0-9-]*")
"""What a note id or package id may be; never change."""

_PROVISIONAL = UUID("6f3a5c1e-0d7b-4e53-9d0e-2b8f5a4c7d19")


def suggest_note_id(heading: str) -> str:
    """Return the provisional note id of a heading, or "" when it has no letter or digit to use.

    Apostrophes are dropped; after NFKC and case folding every other run of characters that are
    not ASCII letters or digits becomes one hyphen.
    """
    plain = re.sub("['\u2018\u2019]", "", heading)
    folded = unicodedata.normalize("NFKC", plain).casefold()
    return re.sub("[^a-z0-9]+", "-", folded).strip("-")


def note_guid(key: UUID, note_id: str) -> str:
    """Return the GUID of a note: a version 5 UUID (RFC 9562) of its id, named by the package."""
    return str(uuid5(key, note_id))


def note_type_id(key: UUID, kind: str) -> int:
    """Return the id of a package's note type: 48 bits, which Anki and JavaScript hold exactly."""
    return _number(key, f"note type/{kind}")


def deck_id(key: UUID, name: str) -> int:
    """Return the id a deck has inside the package file; Anki itself goes by the name."""
    return _number(key, f"deck/{name}")


def provisional_key(name: str) -> UUID:
    """Return the stand-in key of a lone Markdown file, which no release may carry."""
    return uuid5(_PROVISIONAL, name)


def _number(key: UUID, name: str) -> int:
    return int.from_bytes(uuid5(key, name).bytes[:6])
