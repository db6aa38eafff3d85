"""Who a note is, whatever its words: ids, GUIDs, the numbers that Anki knows rows by.

Every function here but ``suggest_note_id`` is a promise to learners. Never change what one returns:
a learner's progress hangs on it.
"""

import re
from functools import cache
from hashlib import sha256
from html import unescape
from uuid import UUID, uuid5

from ankibuild.core.text import BARE_TAGS, normal_form

NOTE_ID = re.compile(r"[a-z0-9][a-z0-9-]*")
"""What a note id or package id may be; never change."""

LANES = 2**12
WINDOW = 2**31
"""Milliseconds over which the numbers of notes added together are spread, 25 days; never change."""

_MARKUP = re.compile(
    rf"`[^`]*`|\$[^$]+\$|</?(?:(?P<line>br)|{'|'.join(sorted(BARE_TAGS))})\s*/?>", re.IGNORECASE
)
# How a formula is set; the names of its signs, such as "lambda", say what it is about.
_LAYOUT = re.compile(
    r"\\(?:[dtc]?frac|[dt]?binom|sqrt|text[a-z]*|math[a-z]*|operatorname|boldsymbol|displaystyle|left"
    r"|right|middle|[Bb]igg?[lrm]?|begin|end|(?:over|under)[a-z]*|wide[a-z]*|stack[a-z]*|limits|q?quad"
    r"|hat|vec|bar|tilde|d?dot|boxed|color|phantom|label|tag|mbox|rm|bf|it)(?![A-Za-z])"
)
_OTHER_SCRIPT = re.compile(r"[^\x00-\x7f]+")
_PROVISIONAL = UUID("6f3a5c1e-0d7b-4e53-9d0e-2b8f5a4c7d19")


def suggest_note_id(heading: str) -> str:
    """Return the provisional note id of a heading, or "" when it has no letter or digit to use.

    HTML and the layout of formulas go, apostrophes are dropped, every script is written in Latin
    letters; after NFKC and case folding every other run of characters that are not ASCII letters or
    digits becomes one hyphen.
    """
    return _join_words(unescape(_MARKUP.sub(_read_markup, heading))) or _join_words(heading)


def note_guid(key: UUID, note_id: str) -> str:
    """Return the GUID of a note: a version 5 UUID (RFC 9562) of its id, named by the package."""
    return str(uuid5(key, note_id))


def release_name(package_id: str, version: str) -> str:
    """Return the name of a release: of its files, its tag and its place on the page.

    Never change it: the descriptions of learners' decks link to that place.
    """
    return f"{package_id}-{version}"


def note_type_id(key: UUID, kind: str) -> int:
    """Return the id of a package's note type: 48 bits, which Anki and JavaScript hold exactly."""
    return _number(key, f"note type/{kind}")


def part_id(key: UUID, kind: str, part: str) -> int:
    """Return the id of a field or card template of a note type of a package's own."""
    return _number(key, f"note type/{kind}/{part}")


def deck_id(key: UUID, name: str) -> int:
    """Return the id a deck has inside the package file; Anki itself goes by the name."""
    return _number(key, f"deck/{name}")


def note_number(key: UUID, guid: str, time: int, attempt: int = 0) -> int:
    """Return Anki's number for a note that a release at this time added.

    Synchronising goes by numbers, so no two packages may share one and no release may change one.
    Anki shows a number as the moment of creation, in milliseconds since 1970, and replaces one that
    lies in the future. So a package has one lane of 4,096, and in it a number falls into one of
    half a million places in the 25 days before the release. ``attempt`` counts up while a number is
    another note's.
    """
    return _spread(key, f"note/{guid}", time * 1000, attempt)


def card_number(key: UUID, guid: str, number: int, ordinal: int, attempt: int = 0) -> int:
    """Return Anki's number for a card, in the 25 days before its note's number."""
    return _spread(key, f"card/{guid}/{ordinal}", number, attempt)


def provisional_key(name: str) -> UUID:
    """Return the stand-in key of a lone Markdown file, which no release may carry."""
    return uuid5(_PROVISIONAL, name)


def _join_words(words: str) -> str:
    words = re.sub("['\u2018\u2019]", "", words)
    folded = normal_form(words, "NFKC").casefold()
    return re.sub("[^a-z0-9]+", "-", _OTHER_SCRIPT.sub(_in_latin, folded)).strip("-")


def _read_markup(match: re.Match[str]) -> str:
    """Return what is about something in code, in a formula or in a tag."""
    text = match[0]
    if text.startswith("$"):
        return re.sub(r"[_^]\{?", "", _LAYOUT.sub(" ", text))
    return text if text.startswith("`") else " " if match["line"] else ""


def _in_latin(match: re.Match[str]) -> str:
    from anyascii import anyascii

    latin = re.sub("['`]", "", anyascii(match[0]))
    # What has no small letters begins each syllable with a capital.
    return re.sub("(?<=[a-z])(?=[A-Z])", "-", latin).lower()


def _number(key: UUID, name: str) -> int:
    return int.from_bytes(uuid5(key, name).bytes[:6])


@cache
def _lane(key: UUID) -> int:
    return int.from_bytes(sha256(key.bytes).digest()[:8]) % LANES


def _spread(key: UUID, name: str, latest: int, attempt: int) -> int:
    """Return a number in the package's lane, within a window that ends with the latest one.

    The window is twice as wide after every eight attempts, so that there is always room.
    """
    window = WINDOW << min(attempt // 8, 8)
    latest = max(latest, window)
    lane = _lane(key)
    text = f"{name}/{attempt}".encode()
    slot = int.from_bytes(sha256(key.bytes + text).digest()[:8]) % (window // LANES)
    return latest - (latest - lane) % LANES - slot * LANES
