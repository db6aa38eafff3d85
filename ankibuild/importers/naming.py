"""Choose names that nothing has yet."""

from collections.abc import Container
from itertools import count

from ankibuild.core.files import NOT_DECKS
from ankibuild.core.identity import suggest_note_id

LONGEST_STEM = 60
"""Letters of a note id or a file's name that a heading gives."""


def unused(stem: str, taken: Container[str]) -> str:
    """Return the stem, or the stem with the first number from 2 on that is not taken."""
    return next(
        name for name in (stem if n == 1 else f"{stem}-{n}" for n in count(1)) if name not in taken
    )


def short_id(words: str) -> str:
    """Return the id that words suggest, not too long; "" when they have no letter for one."""
    return suggest_note_id(words)[:LONGEST_STEM].strip("-")


def deck_stem(deck: str, taken: Container[str]) -> str:
    """Return the name of a new deck's file, without its ending."""
    stem = short_id(deck) or "deck"
    return unused(f"{stem}-deck" if f"{stem}.md" in NOT_DECKS else stem, taken)
