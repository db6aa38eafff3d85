"""What the add-on makes of a page, and of what a learner has."""

import hashlib
import json
from typing import Any

import pytest

from ankibuild.core.languages import words_in
from ankibuild.releases.addon import deciding
from ankibuild.releases.addon.deciding import Due, Offer, TroubleError

PAGE = "https://decks.example.org/a/"
KEY = "0f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e"
OFFER = Offer(PAGE, KEY, "demo", "Demo", "1.1.0", "demo-1.1.0.apkg", 9, "f" * 64)
NOTES = {"a": 100, "b": 200, "c": 200}
WORDS = words_in("en")
NOW = 1_800_000_000.0


def version(number: str, **values: object) -> dict[str, object]:
    file = f"demo-{number}.apkg"
    return {"version": number, "file": file, "size": 9, "sha256": "f" * 64, **values}


def listing(*versions: dict[str, object], **values: object) -> bytes:
    key = values.pop("key", KEY)
    package = {"id": "demo", "key": key, "title": "Demo", "versions": versions}
    return json.dumps({"format": 1, "packages": [package], **values}).encode()


def trouble(do: Any, *arguments: object) -> str:
    with pytest.raises(TroubleError) as caught:
        do(*arguments)
    assert deciding.say(WORDS, caught.value.key, **caught.value.values)
    return caught.value.key


def test_the_newest_version_is_the_highest_wherever_it_stands() -> None:
    data = listing(version("1.0.9"), version("1.1.0"), version("1.0.10"))
    assert deciding.read_listing(data, PAGE) == [OFFER]
    assert deciding.read_listing(listing(), PAGE) == []
    assert deciding.read_listing(listing(version("1.1.0"), later="unknown"), PAGE) == [OFFER]


def test_a_list_of_a_newer_format_is_told_from_what_is_no_list() -> None:
    assert trouble(deciding.read_listing, listing(format=2), PAGE) == "newer-list"
    assert trouble(deciding.read_listing, b'{"format": 3}', PAGE) == "newer-list"


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"<html>", b"[]", b"1", b"\xff", b"[" * 100_000, b'{"format": "1"}'),
        *(b'{"format": 1}', b'{"format": 1, "packages": [1]}', b'{"format": 1, "packages": {}}'),
        listing(version("1.1")),
        listing(version("1.1.0\n")),
        listing(version("\u0661.1.0")),
        listing(version("1.1.0", size="9")),
        listing(version("1.1.0", size=-1)),
        *(listing(version("1.1.0", size=float(size))) for size in ("nan", "-inf")),
        listing(version("1.1.0", file=None)),
        *(listing(version("1.1.0"), key=key) for key in (None, "", "a" * 1000, KEY.upper())),
        *(
            listing(version("1.1.0", file=file))
            for file in ("../a.apkg", "/a.apkg", "a/b.apkg", "//x.org/a.apkg", ".apkg", "a.apkg?x")
        ),
        *(
            listing(version("1.1.0", file=file))
            for file in ("https://x.org/a.apkg", "a.apkg\n", "a b.apkg", "a.zip", "a\\b.apkg", "")
        ),
    ],
)
def test_what_is_no_list_is_refused(data: bytes) -> None:
    assert trouble(deciding.read_listing, data, PAGE) == "not-a-list"


def test_no_list_makes_the_add_on_ask_for_thousands_of_files_or_for_more_than_its_bounds() -> None:
    package = json.loads(listing(version("1.1.0", size=10**15)))["packages"][0]
    data = json.dumps({"format": 1, "packages": [package] * 1000}).encode()
    offers = deciding.read_listing(data, PAGE)
    assert len(offers) == 100
    assert offers[0].size == deciding.LARGEST_PACKAGE


def test_the_notes_of_a_version_are_read_of_its_own_manifest_alone() -> None:
    manifest = {
        "key": KEY,
        "version": "1.1.0",
        "notes": [{"guid": "a", "modified": 100}, {"guid": "old"}],
    }
    data = json.dumps(manifest).encode()
    assert deciding.read_manifest(data, OFFER) == {"a": 100, "old": 0}
    later = [{"guid": "a", "modified": float("inf")}]
    for change in (
        *({"version": "1.0.0"}, {"key": KEY[::-1]}),
        *({"notes": None}, {"notes": [1]}, {"notes": later}),
    ):
        data = json.dumps(manifest | change).encode()
        assert trouble(deciding.read_manifest, data, OFFER) == "not-a-list"


def test_only_the_file_that_was_published_is_taken() -> None:
    offer = OFFER._replace(sha256=hashlib.sha256(b"deck").hexdigest())
    deciding.see_that_it_was_published(offer, b"deck")
    assert trouble(deciding.see_that_it_was_published, offer, b"desk") == "other-file"


@pytest.mark.parametrize("location", ["b.json", "/b.json", f"{PAGE}b.json", "?x", "../../b.json"])
def test_a_redirect_within_the_site_is_followed(location: str) -> None:
    assert deciding.follow(PAGE, f"{PAGE}index.json", location).startswith(
        "https://decks.example.org/"
    )


@pytest.mark.parametrize(
    "location",
    [
        *("http://decks.example.org/a/", "https://decks.example.org:444/", "//evil.example/"),
        *("https://decks.example.org.evil.example/", "https://decks.example.org@evil.example/"),
        *("https://evil.example\\@decks.example.org/", "https://decks.example.org\\@evil.example/"),
        *("ftp://decks.example.org/", "file:///etc/passwd", "data:,x"),
        # What is no address.
        *("//[", "https://[", "https://decks.example.org]/", "//\u2100/"),
    ],
)
def test_a_redirect_to_another_site_is_refused(location: str) -> None:
    assert trouble(deciding.follow, PAGE, f"{PAGE}index.json", location) == "page-elsewhere"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'<a href="{PAGE}#demo-1.0.2">Version 1.0.2</a>', "1.0.2"),
        (f'<a href="{PAGE}#demo-1.0.2">x</a> <a href="{PAGE}#demo-1.0.10">x</a>', "1.0.10"),
        ("", ""),
        ("Version 1.0.2", ""),
        (f"{PAGE}#demo-two-1.0.2", ""),
        (f"{PAGE}#demo-1.0.2.3", ""),
        ("https://other.example.org/#demo-9.0.0", ""),
    ],
)
def test_a_deck_tells_its_version_by_the_link_to_the_page(text: str, expected: str) -> None:
    assert deciding.described_version(["<p>Mine</p>", text], OFFER) == expected


def test_an_address_with_signs_of_html_is_found_in_a_description() -> None:
    text = '<a href="https://decks.example.org/a&amp;b/#demo-1.0.2">'
    offer = OFFER._replace(page="https://decks.example.org/a&b/")
    assert deciding.described_version([text], offer) == "1.0.2"


@pytest.mark.parametrize(
    ("held", "described", "record", "expected"),
    [
        # An update as always, and nothing new.
        ({"a": 100, "b": 150}, "1.0.0", {}, Due("1.0.0", True, False, 1, 1)),
        ({"a": 100, "b": 200, "c": 200}, "1.1.0", {}, None),
        # What a learner edited since is left alone, what they deleted is no reason to ask.
        ({"a": 999, "b": 999}, "1.1.0", {}, None),
        # Where the description tells nothing, the record does; without both, the notes.
        ({"a": 100, "b": 200, "c": 200}, "", {"version": "1.0.0"}, Due("1.0.0", True, False, 0, 0)),
        ({"a": 100, "b": 200, "c": 200}, "", {"version": "1.1.0"}, None),
        ({"a": 100, "b": 200, "c": 200}, "", {}, None),
        ({"a": 100, "b": 200}, "", {}, Due("", True, False, 1, 0)),
        ({"a": 99, "b": 200, "c": 200}, "", {}, Due("", True, False, 0, 1)),
        # The newest is said to be there, and is not.
        ({"a": 100, "b": 150, "c": 200}, "1.1.0", {"version": "1.1.0"}, Due("", True, False, 0, 1)),
        # Anki would not update it the last time: the learner changed the note type.
        ({"a": 100, "b": 150, "c": 200}, "1.1.0", {"version": "1.1.0", "left": 1}, None),
        # A page went back to an older version.
        ({"a": 100, "b": 200, "c": 200}, "2.0.0", {}, None),
        # Not there, or never was.
        ({}, "1.0.0", {}, Due("", False, False, 3, 0)),
        ({"other": 5}, "", {}, Due("", False, False, 3, 0)),
        # Refused: this version, another, or the deck, which may have been taken out too.
        ({"a": 99}, "1.0.0", {"skip": "1.1.0"}, Due("1.0.0", True, True, 2, 1)),
        ({"a": 99}, "1.0.0", {"skip": "1.0.5"}, Due("1.0.0", True, False, 2, 1)),
        ({}, "", {"skip": "1.0.0"}, Due("", False, True, 3, 0)),
        ({"other": 5}, "", {"version": "1.0.0"}, Due("", False, True, 3, 0)),
    ],
)
def test_what_the_collection_holds_decides_what_is_due(
    held: dict[str, int], described: str, record: dict[str, Any], expected: Due | None
) -> None:
    assert deciding.weigh(OFFER, NOTES, held, described, record) == expected


def test_a_package_without_notes_is_never_due() -> None:
    assert deciding.weigh(OFFER, {}, {"a": 1}, "", {}) is None


@pytest.mark.parametrize(
    ("is_refused", "later", "expected"),
    [
        (False, 0, True),
        (True, 0, False),
        (False, NOW + 1, False),
        (False, NOW, True),
        # Of a clock that was wrong.
        (False, NOW + 10 * deciding.DAY, True),
    ],
)
def test_a_learner_is_asked_again_only_when_it_is_time(
    is_refused: bool, later: float, expected: bool
) -> None:
    due = Due("", True, is_refused, 1, 1)
    assert deciding.is_wanted(due, later, NOW) is expected
    assert deciding.is_wanted(due, later, None)
    assert not deciding.is_wanted(None, later, None)


@pytest.mark.parametrize(
    ("due", "expected"),
    [
        (
            Due("1.0.2", True, False, 1, 2),
            "1.1.0 is available (you have 1.0.2).\n\nNotes: 1 new, 2 changed.",
        ),
        (Due("", True, False, 0, 2), "1.1.0 is available.\n\nNotes: 2 changed."),
        (
            Due("", False, False, 3, 0),
            "1.1.0 is available. You do not have this deck yet.\n\nNotes: 3 new.",
        ),
        (
            Due("1.0.2", True, False, 0, 0),
            "1.1.0 is available (you have 1.0.2).\n\nNo note, only the look",
        ),
    ],
)
def test_a_learner_reads_what_an_import_brings(due: Due, expected: str) -> None:
    assert deciding.sentence(WORDS, OFFER, due).startswith(f"Demo: {expected}")


def test_a_title_stays_in_its_place() -> None:
    title = "A\nB\u202e{version}\x00" + "x" * 1000
    text = deciding.sentence(WORDS, OFFER._replace(title=title), Due("", True, False, 0, 1))
    assert text.startswith("A B {version} xxx")
    assert len(text) < 300
    assert text.endswith("x: 1.1.0 is available.\n\nNotes: 1 changed.")
