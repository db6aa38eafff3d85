"""Packages made to harm are refused: in bounded time and memory, and nothing is written."""

import io
import json
import re
import resource
import sqlite3
import stat
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from ankibuild.anki import apkg_reader as anki_archive
from ankibuild.anki import database as anki_collection
from ankibuild.importers.html import markdown_of
from tests.helpers.authors import NOTES, add_note, export_deck
from tests.helpers.learner import Learner
from tests.helpers.trainer import Trainer

Members = dict[str, bytes]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Members]:
    """Return the members of a sound package, legacy and not."""
    folder = tmp_path_factory.mktemp("sound")
    with Learner.at(folder / "author") as author:
        add_note(author, *NOTES[0])
        found = {}
        for legacy in (True, False):
            with zipfile.ZipFile(export_deck(author, folder / "x.apkg", legacy=legacy)) as file:
                found[legacy] = {name: file.read(name) for name in file.namelist()}
    return found


def write(trainer: Trainer, members: Members) -> Path:
    path = trainer.folder.parent / "hostile.apkg"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def refusal(trainer: Trainer, path: Path) -> str:
    """Import a file, see that it is refused cheaply, and return why."""
    start, memory = time.monotonic(), peak()
    result = trainer.run("import", str(path), "--into", "content/x")
    assert result.returncode == 1, result.stdout
    assert "Traceback" not in result.stderr
    assert not list(trainer.folder.iterdir())
    assert time.monotonic() - start < 20
    assert peak() - memory < 4 * anki_archive.LARGEST_COLLECTION
    return result.stderr


def peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def with_database(members: Members, change: Callable[[sqlite3.Connection], object]) -> Members:
    """Return a package whose older database was changed by hand."""
    connection = sqlite3.connect(":memory:")
    connection.deserialize(members["collection.anki21"])
    change(connection)
    connection.commit()
    data = connection.serialize()
    connection.close()
    return members | {"collection.anki21": data}


def test_the_sound_package_is_imported(trainer: Trainer, sound: dict[bool, Members]) -> None:
    for legacy, members in sound.items():
        result = trainer.run("import", str(write(trainer, members)), "--into", f"content/{legacy}")
        assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no Anki package"),
        (b"PK\x05\x06" + bytes(18), "it holds no collection"),
        (b"PK\x03\x04 and then nothing", "no Anki package"),
        (b"question;answer\n", "no Anki package"),
    ],
)
def test_what_is_no_package_is_refused(trainer: Trainer, data: bytes, words: str) -> None:
    path = trainer.folder.parent / "hostile.apkg"
    path.write_bytes(data)
    assert words in refusal(trainer, path)


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../../evil.md", "C:\\evil", "folder/1", "evil.py"]
)
def test_names_that_lead_elsewhere_are_refused(
    trainer: Trainer, sound: dict[bool, Members], name: str
) -> None:
    words = refusal(trainer, write(trainer, sound[True] | {name: b"x"}))
    assert "has no place in an Anki package" in words


def test_links_are_refused(trainer: Trainer, sound: dict[bool, Members]) -> None:
    path = write(trainer, sound[True])
    with zipfile.ZipFile(path, "a") as file:
        link = zipfile.ZipInfo("7")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")
    assert 'it holds a link, "7"' in refusal(trainer, path)


@pytest.mark.parametrize(
    "name", ["../evil.png", "/evil.png", ".hidden", "a\\b.png", "C:evil.png", "", "x" * 200]
)
def test_media_names_that_lead_elsewhere_are_refused(
    trainer: Trainer, sound: dict[bool, Members], name: str
) -> None:
    members = sound[True] | {"media": json.dumps({"0": name}).encode(), "0": b"x"}
    assert "its list of media has the name" in refusal(trainer, write(trainer, members))


def test_a_bomb_is_not_unpacked(trainer: Trainer, sound: dict[bool, Members]) -> None:
    bomb = bytes(anki_archive.LARGEST_COLLECTION + 2)
    path = write(trainer, sound[True] | {"collection.anki21": bomb})
    assert path.stat().st_size < 1_000_000
    assert "is larger than 256 MB" in refusal(trainer, path)


def test_a_bomb_in_the_newer_format_is_not_unpacked(
    trainer: Trainer, sound: dict[bool, Members]
) -> None:
    """A frame of zeros that would unpack to four gigabytes, and says nothing of its size."""
    compressor = zstandard.ZstdCompressor(write_content_size=False)
    block = bytes(1 << 20)
    out = io.BytesIO()
    with compressor.stream_writer(out, closefd=False) as stream:
        for _ in range(4096):
            stream.write(block)
    path = write(trainer, sound[False] | {"collection.anki21b": out.getvalue()})
    assert path.stat().st_size < 1_000_000
    assert "is larger than 256 MB" in refusal(trainer, path)


def test_a_member_that_lies_about_its_size_is_refused(
    trainer: Trainer, sound: dict[bool, Members]
) -> None:
    path = write(trainer, sound[True] | {"collection.anki21": bytes(5_000_000)})
    data = bytearray(path.read_bytes())
    while (place := data.find(struct.pack("<I", 5_000_000))) >= 0:
        data[place : place + 4] = struct.pack("<I", 1000)
    path.write_bytes(data)
    assert "this file is refused" in refusal(trainer, path)


def test_too_many_members_are_refused(trainer: Trainer, sound: dict[bool, Members]) -> None:
    many = {str(number): b"" for number in range(anki_archive.MOST_MEMBERS + 1)}
    assert "more than 20000" in refusal(trainer, write(trainer, sound[True] | many))


def test_a_newer_format_than_any_known_is_refused(
    trainer: Trainer, sound: dict[bool, Members]
) -> None:
    path = write(trainer, sound[False] | {"meta": b"\x08\x04"})
    assert "a newer Anki wrote it (format 4)" in refusal(trainer, path)


@pytest.mark.parametrize("legacy", [True, False], ids=["older", "newer"])
def test_damaged_members_are_refused(
    trainer: Trainer, sound: dict[bool, Members], *, legacy: bool
) -> None:
    name = "collection.anki21" if legacy else "collection.anki21b"
    data = sound[legacy][name]
    for broken in (b"", data[:100], data[: len(data) // 2], bytes(len(data)), data[::-1]):
        words = refusal(trainer, write(trainer, sound[legacy] | {name: broken}))
        assert "this file is refused" in words
    for broken in (b"\xff", b"[]", b"{" * 100_000, b'{"0": 1', data[:50]):
        words = refusal(trainer, write(trainer, sound[legacy] | {"media": broken}))
        assert re.search("its list of media cannot be read|cannot be unpacked|cut short", words)


def test_every_flipped_byte_is_refused_or_imported(
    trainer: Trainer, sound: dict[bool, Members]
) -> None:
    """Whatever is damaged: never a traceback, never a half-written folder."""
    data = sound[True]["collection.anki21"]
    for place in range(0, len(data), len(data) // 150):
        broken = bytearray(data)
        broken[place] ^= 0xFF
        path = write(trainer, sound[True] | {"collection.anki21": bytes(broken)})
        result = trainer.run("import", str(path), "--dry-run")
        assert result.returncode in (0, 1)
        assert "Traceback" not in result.stderr
        assert not list(trainer.folder.iterdir())


def test_a_member_whose_own_name_cannot_be_read_is_refused(
    trainer: Trainer, sound: dict[bool, Members]
) -> None:
    path = write(trainer, sound[True])
    broken = bytearray(path.read_bytes())
    start = broken.index(b"collection.anki21") - 30
    # https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT: bit 11 says that it is UTF-8.
    broken[start + 7] |= 0x08
    broken[start + 30] = 0xF4
    path.write_bytes(broken)
    assert 'its file "collection.anki21" cannot be unpacked' in refusal(trainer, path)


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (
            "DROP TABLE notes; CREATE VIEW notes AS SELECT 1 AS id, 'g' AS guid, 1 AS mid, "
            "1 AS mod, '' AS tags, randomblob(100000000) AS flds",
            'the view "notes", which Anki never makes',
        ),
        (
            "CREATE TRIGGER t AFTER UPDATE ON notes BEGIN DELETE FROM notes; END",
            'the trigger "t", which Anki never makes',
        ),
        (
            "CREATE VIRTUAL TABLE v USING fts5(x)",
            'the table "v", which Anki never makes',
        ),
        ("DROP TABLE cards", "its collection cannot be read (no such table: cards)"),
        ("UPDATE col SET models = '[' ", "its collection cannot be read"),
        ("UPDATE col SET models = printf('%.*c', 200000, '[')", "its collection cannot be read"),
        ("UPDATE col SET decks = '{}'", "its collection cannot be read"),
        ("DELETE FROM col", "its collection cannot be read"),
        ("DELETE FROM notes", "no note is in this file"),
        ("UPDATE notes SET flds = x'00ff'", "its collection cannot be read"),
        ("UPDATE notes SET flds = 'one field'", "have another number of fields"),
        ("UPDATE notes SET mid = 5", 'the note type "5" of 1 notes is refused'),
        (
            "INSERT INTO notes SELECT id + 1, guid, mid, mod, usn, tags, flds, sfld, csum, flags, "
            "data FROM notes; INSERT INTO cards SELECT id + 1, nid + 1, did, ord, mod, usn, type, "
            "queue, due, ivl, factor, reps, lapses, left, odue, odid, flags, data FROM cards",
            '2 notes of this file have the guid "a{b}c"',
        ),
        (
            "UPDATE notes SET flds = replace(hex(zeroblob(30000000)), '00', 'x') || char(31)",
            "a note of it has 30000001 characters",
        ),
    ],
)
def test_a_strange_database_is_refused(
    trainer: Trainer, sound: dict[bool, Members], statements: str, words: str
) -> None:
    members = with_database(sound[True], lambda each: each.executescript(statements))
    assert words in refusal(trainer, write(trainer, members))


def test_a_database_that_works_too_long_is_stopped(
    trainer: Trainer, sound: dict[bool, Members], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(connection: sqlite3.Connection) -> None:
        connection.executescript(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200000) "
            "INSERT INTO cards SELECT 5000 + i, i, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '' "
            "FROM n"
        )

    monkeypatch.setattr(anki_collection, "LONGEST_TIME", 0)
    path = write(trainer, with_database(sound[True], fill))
    assert "its collection cannot be read (interrupted)" in refusal(trainer, path)


def test_deeply_nested_html_is_imported_as_plain_words(
    trainer: Trainer, sound: dict[bool, Members]
) -> None:
    html = "<div>" * 2500 + "deep" + "</div>" * 2500
    members = with_database(
        sound[True],
        lambda each: each.execute("UPDATE notes SET flds = 'Q' || char(31) || ?", (html,)),
    )
    result = trainer.run("import", str(write(trainer, members)), "--into", "content/x")
    assert result.returncode in (0, 1)
    assert "Traceback" not in result.stderr


def test_headings_that_html_does_not_know_are_plain_words() -> None:
    assert markdown_of(f"<h{'9' * 5000}>Words</h{'9' * 5000}>")[0] == "Words"
    assert markdown_of("<h0>a</h0><h7>b</h7><h2>c</h2>")[0].split() == ["a", "b", "###", "c"]


def test_a_declaration_that_no_html_has_is_not_seen_as_in_a_browser() -> None:
    for html in ("a <![What is this?]>b", "a <![if !mso]>b<![endif]>", "a <![x", "a <!y>b"):
        text, _ = markdown_of(html)
        assert text == ("a b" if html.endswith(">") or "b" in html else "a")


def test_a_format_that_is_no_number_is_refused(
    trainer: Trainer, sound: dict[bool, Members]
) -> None:
    path = write(trainer, sound[False] | {"meta": b"\xff"})
    assert "its format cannot be read" in refusal(trainer, path)
