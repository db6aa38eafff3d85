"""What the add-on reads and decides, without Anki: the list on a page, versions, what is due."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from html import unescape
from typing import Any, NamedTuple
from urllib.parse import urljoin

LISTING = "index.json"
LARGEST_LISTING, LARGEST_MANIFEST, LARGEST_PACKAGE = 10_000_000, 50_000_000, 500_000_000
DAY = 86_400
_FORMAT = 1
_MOST_PACKAGES = 100
_LONGEST = 200
_JUNK = (ArithmeticError, ValueError, TypeError, LookupError, AttributeError, RecursionError)
_KEY = re.compile(r"[0-9a-f-]{36}")
_VERSION = re.compile(r"[0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.apkg")
# With these a title could look like more than one line, or turn what comes after it round.
_UNSEEN = re.compile("[\x00-\x20\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")


class TroubleError(Exception):
    """What keeps the add-on from its work: the key of a text, and what fills its places."""

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(key, values)
        self.key, self.values = key, values


class Offer(NamedTuple):
    """The newest version of a package, as the list on a page has it."""

    page: str
    key: str
    package: str
    title: str
    version: str
    file: str
    size: int
    sha256: str


class Due(NamedTuple):
    """What an import would bring; ``have`` is the version before it, "" where none is known.

    It is refused where the learner wants no such version, or has taken the deck out.
    """

    have: str
    is_held: bool
    is_refused: bool
    new: int
    changed: int


def follow(page: str, here: str, location: str) -> str:
    """Return where a redirect leads; the text must begin as the page's does, up to its path.

    Raises TroubleError where it leads to another site, or away from https.
    """
    site = re.match("https://[^/]+/", page)
    try:
        target = urljoin(here, location)
    except ValueError:
        site, target = None, location
    if not site or not target.startswith(site[0]):
        raise TroubleError("page-elsewhere", page=page, site=target)
    return target


def read_listing(data: bytes, page: str) -> list[Offer]:
    """Return the newest version of each package in a list; raise TroubleError if it is none."""
    try:
        listing = json.loads(data)
        if listing["format"] > _FORMAT:
            raise TroubleError("newer-list", page=page)
        packages = listing["packages"][:_MOST_PACKAGES]
        return [_newest(each, page) for each in packages if each["versions"]]
    except _JUNK:
        raise TroubleError("not-a-list", page=page) from None


def read_manifest(data: bytes, offer: Offer) -> dict[str, int]:
    """Return the GUIDs of a version's notes, with their modified times; 0 for an unknown one."""
    try:
        manifest = json.loads(data)
        if (manifest["key"], manifest["version"]) != (offer.key, offer.version):
            raise ValueError
        return {str(each["guid"]): int(each.get("modified", 0)) for each in manifest["notes"]}
    except _JUNK:
        raise TroubleError("not-a-list", page=offer.page) from None


def see_that_it_was_published(offer: Offer, data: bytes) -> None:
    """Raise TroubleError if a file is not the package of a version."""
    if sha256(data).hexdigest() != offer.sha256:
        raise TroubleError("other-file")


def described_version(descriptions: Iterable[str], offer: Offer) -> str:
    """Return the version that decks' descriptions link to; an import by hand writes it too."""
    link = re.escape(f"{offer.page}#{offer.package}-")
    place = re.compile(rf"{link}({_VERSION.pattern})(?![0-9.])")
    found = (version for text in descriptions for version in place.findall(unescape(text)))
    return max(found, key=order, default="")


def count_older(notes: Mapping[str, int], held: Mapping[str, int]) -> int:
    """Return how many notes Anki would update: those that a package has with a later time."""
    return sum(held[guid] < notes[guid] for guid in notes.keys() & held.keys())


def weigh(
    offer: Offer,
    notes: Mapping[str, int],
    held: Mapping[str, int],
    described: str,
    record: Mapping[str, Any],
) -> Due | None:
    """Return what an import would bring, None for nothing.

    What the collection holds counts for more than what was recorded: notes that are older than the
    package's are due whatever version is said to be there, but for those that Anki left as they
    were at the last import.
    """
    present = notes.keys() & held.keys()
    new, changed = len(notes) - len(present), count_older(notes, held)
    if not present:
        is_refused = "version" in record or "skip" in record
        return Due("", is_held=False, is_refused=is_refused, new=new, changed=0) if notes else None
    have = max(described, record.get("version", ""), key=order)
    if have and order(have) >= order(offer.version):
        have, is_due = "", changed > record.get("left", 0)
    else:
        is_due = have != "" or new + changed > 0
    is_refused = record.get("skip") == offer.version
    due = Due(have, is_held=True, is_refused=is_refused, new=new, changed=changed)
    return due if is_due else None


def is_wanted(due: Due | None, later: float, now: float | None) -> bool:
    """Tell whether to ask at a time, None if the learner wants to know; not before it is later."""
    if due is None or now is None:
        return due is not None
    return not (due.is_refused or now < later <= now + DAY)


def order(version: str) -> tuple[int, ...]:
    """Return what versions are sorted by; what is none comes before all others."""
    return tuple(map(int, version.split("."))) if _VERSION.fullmatch(version) else ()


def sentence(words: Mapping[str, str], offer: Offer, due: Due) -> str:
    """Return what a learner reads of a version that is there."""
    key = "update-there" if due.have else "version-there" if due.is_held else "deck-there"
    counts = ""
    for what, count in (("notes-new", due.new), ("notes-changed", due.changed)):
        if count:
            said = say(words, what, count=f"{count}")
            counts = say(words, "list", before=counts, next=said) if counts else said
    there = say(words, key, title=offer.title, version=offer.version, have=due.have)
    said = say(words, "notes-summary", counts=counts) if counts else say(words, "only-the-look")
    return f"{there}\n\n{said}"


def say(words: Mapping[str, str], key: str, **values: str) -> str:
    """Return a text with a value at each place; what is in a value is not filled again."""
    return re.sub(r"\{(\w+)\}", lambda place: _plain(values[place[1]]), words[key])


def _plain(text: str) -> str:
    return _UNSEEN.sub(" ", text)[:_LONGEST]


def _newest(package: dict[str, Any], page: str) -> Offer:
    newest = max(package["versions"], key=lambda each: order(each["version"]))
    key, version, file, size = package["key"], *map(newest.get, ("version", "file", "size"))
    forms = (_KEY, key), (_VERSION, version), (_FILE, file)
    if not all(form.fullmatch(text) for form, text in forms) or size < 0:
        raise ValueError
    package_id, title, checksum = map(str, (package["id"], package["title"], newest["sha256"]))
    size = int(min(size, LARGEST_PACKAGE))
    return Offer(page, key, package_id, title, version, file, size, checksum)
