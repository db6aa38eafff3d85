"""Packages made to harm are refused: in bounded time and memory, and nothing is written."""

import io
import json
import re
import stat
import struct
import zipfile
from pathlib import Path

import pytest
import zstandard

from ankibuild.anki import apkg_reader as anki_archive
from ankibuild.anki.apkg_reader import ArchiveError, read_archive, read_media, stored_name
from tests.helpers.authors import add_note, export_deck
from tests.helpers.examples import examples
from tests.helpers.hostile_packages import MOST_MEMORY, SMALL, Members, refusal_of, write_apkg
from tests.helpers.learner import Learner
from tests.helpers.trainer import Trainer


def test_the_sound_package_is_imported(trainer: Trainer, sound: dict[bool, Members]) -> None:
    for legacy, members in sound.items():
        result = trainer.run(
            "import", str(write_apkg(trainer, members)), "--into", f"content/{legacy}"
        )
        assert result.returncode == 0, result.stderr


def test_two_names_that_differ_in_how_an_accent_is_stored_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.apkg"
    for other, code in (("cafe\u0301.png", 1), ("caf\u00e9.png", 0)):
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("collection.anki2", b"x")
            file.writestr("media", json.dumps({"0": "caf\u00e9.png", "1": other}))
            for name in "01":
                file.writestr(name, name)
        if code:
            with pytest.raises(ArchiveError, match="an accent is stored in two ways"):
                read_archive(path)
        else:
            assert read_archive(path).media == {"caf\u00e9.png": "1"}


@pytest.mark.parametrize("legacy", [True, False], ids=["older", "newer"])
def test_the_media_of_a_package_are_read_by_their_names(
    learner: Learner, tmp_path: Path, *, legacy: bool
) -> None:
    media = {"el sol.png": b"some dots", "caf\u00e9.mp3": b"noise" * 9000, "zz.png": b"z"}
    for name, data in media.items():
        learner.collection.media.write_data(name, data)
    shown = '<img src="el sol.png"><img src="zz.png">[sound:caf\u00e9.mp3]'
    add_note(learner, "photo", "Basic", "Spanish", "", (shown, "x"))
    path = export_deck(learner, tmp_path / "x.apkg", legacy=legacy)
    archive = read_archive(path)
    assert archive.media.keys() == media.keys()
    assert read_media(path, archive, frozenset(media)) == media
    wanted = frozenset(["zz.png", "el sol.png", "not there.png"])
    found = read_media(path, archive, wanted)
    assert [*found.items()] == [("el sol.png", b"some dots"), ("zz.png", b"z")]


def test_of_two_collections_the_newer_one_counts(tmp_path: Path) -> None:
    """Beside its own Anki writes an older one that tells people to update."""
    path = tmp_path / "x.apkg"
    newest = zstandard.ZstdCompressor().compress(b"newest")
    members = {
        "collection.anki2": b"oldest",
        "collection.anki21": b"middle",
        "collection.anki21b": newest,
    }
    for count, data in ((1, b"oldest"), (2, b"middle"), (3, b"newest")):
        with zipfile.ZipFile(path, "w") as file:
            for name in list(members)[:count]:
                file.writestr(name, members[name])
            file.writestr("meta", b"\x08\x03")
        archive = read_archive(path)
        assert (archive.database, archive.media, archive.compressed) == (data, {}, count == 3)


def test_names_of_media_are_put_together_and_those_without_a_file_left_out(tmp_path: Path) -> None:
    path = tmp_path / "x.apkg"
    longest = "\u00e9" * 58 + ".png"
    names = {"0": "cafe\u0301.png", "1": longest, "2": "gone.png"}
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("collection.anki2", b"x")
        file.writestr("media", json.dumps(names))
        for member in ("0", "1", "3"):
            file.writestr(member, member)
    archive = read_archive(path)
    assert archive.media == {"caf\u00e9.png": "0", longest: "1"}
    assert len(longest.encode()) == anki_archive.LONGEST_NAME


@pytest.mark.parametrize("name", ["\u00e9" * 58 + ".jpeg", "\x1f", "?", "*.png", "."])
def test_a_name_that_no_media_file_may_have_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.apkg"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("collection.anki2", b"x")
        file.writestr("media", json.dumps({"0": name}))
    with pytest.raises(ArchiveError, match="its list of media has the name"):
        read_archive(path)


@pytest.mark.parametrize("legacy", [True, False], ids=["older", "newer"])
def test_what_is_just_within_a_limit_is_read_and_one_byte_more_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, legacy: bool
) -> None:
    path = tmp_path / "x.apkg"
    name = "collection.anki21" if legacy else "collection.anki21b"
    for size in (1000, 1001):
        data = b"x" * size
        with zipfile.ZipFile(path, "w") as file:
            file.writestr(name, data if legacy else zstandard.compress(data))
        monkeypatch.setattr(anki_archive, "LARGEST_COLLECTION", 1100)
        assert read_archive(path).database == data
        monkeypatch.setattr(anki_archive, "LARGEST_COLLECTION", 1000)
        if size == 1000:
            assert read_archive(path).database == data
        else:
            with pytest.raises(ArchiveError, match=f'its file "{name}" is larger than 0 MB'):
                read_archive(path)


def test_media_that_are_too_large_together_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.apkg"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("collection.anki2", b"x")
        file.writestr("media", json.dumps({"0": "a.png", "1": "b.png"}))
        file.writestr("0", bytes(600))
        file.writestr("1", bytes(400))
    archive = read_archive(path)
    both = frozenset(["a.png", "b.png"])
    monkeypatch.setattr(anki_archive, "MOST_MEDIA", 1000)
    assert [*read_media(path, archive, both)] == ["a.png", "b.png"]
    monkeypatch.setattr(anki_archive, "MOST_MEDIA", 999)
    with pytest.raises(ArchiveError, match='its file "1" is larger than'):
        read_media(path, archive, both)
    monkeypatch.setattr(anki_archive, "LARGEST_MEDIA", 599)
    with pytest.raises(ArchiveError, match='its file "0" is larger than'):
        read_media(path, archive, both)
    assert [*read_media(path, archive, frozenset(["b.png"]))] == ["b.png"]


def test_a_package_with_as_many_members_as_allowed_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.apkg"
    with zipfile.ZipFile(path, "w") as file:
        for name in ("collection.anki2", "0", "123456789"):
            file.writestr(name, b"x")
    monkeypatch.setattr(anki_archive, "MOST_MEMBERS", 3)
    assert read_archive(path).database == b"x"
    monkeypatch.setattr(anki_archive, "MOST_MEMBERS", 2)
    with pytest.raises(ArchiveError, match="it holds 3 files, more than 2"):
        read_archive(path)


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
    assert words in refusal_of(trainer, path)


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../../evil.md", "C:\\evil", "folder/1", "evil.py"]
)
def test_names_that_lead_elsewhere_are_refused(
    trainer: Trainer, sound: dict[bool, Members], name: str
) -> None:
    words = refusal_of(trainer, write_apkg(trainer, sound[True] | {name: b"x"}))
    assert "has no place in an Anki package" in words


def test_links_are_refused(trainer: Trainer, sound: dict[bool, Members]) -> None:
    path = write_apkg(trainer, sound[True])
    with zipfile.ZipFile(path, "a") as file:
        link = zipfile.ZipInfo("7")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")
    assert 'it holds a link, "7"' in refusal_of(trainer, path)


@pytest.mark.parametrize(
    "name",
    [
        *("../evil.png", "/evil.png", "a/b.png", "..\\evil.png", "a\\..\\evil.png", "\\evil.png"),
        *(".hidden", "C:evil.png", "", "x" * 200),
    ],
)
def test_media_names_that_lead_elsewhere_are_refused(
    trainer: Trainer, sound: dict[bool, Members], name: str
) -> None:
    members = sound[True] | {"media": json.dumps({"0": name}).encode(), "0": b"x"}
    assert "its list of media has the name" in refusal_of(trainer, write_apkg(trainer, members))


def test_a_media_file_is_found_under_the_name_that_anki_gives_it(
    trainer: Trainer, learner: Learner, tmp_path: Path
) -> None:
    odd = 'so\\l? [1]:\x07<a>"*|^.mp3'
    with Learner.at(tmp_path / "author") as author:
        author.collection.media.write_data("sol.mp3", b"ID3 and some noise")
        add_note(
            author,
            "odd",
            "Basic",
            "Spanish",
            "",
            ("[sound:so\\l?.mp3]", f"[sound:{stored_name(odd)}][sound:sol.mp3]"),
        )
        path = export_deck(author, tmp_path / "odd.apkg")
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    listed = json.loads(members["media"])
    named = {key: "so\\l?.mp3" if name == "sol.mp3" else name for key, name in listed.items()}
    members["media"] = json.dumps(named | {"9": odd}).encode()
    path = write_apkg(trainer, members | {"9": b"ID3"})
    learner.import_package(path)
    folder = Path(learner.collection.media.dir())
    assert {"sol.mp3", stored_name(odd)} == {each.name for each in folder.iterdir()}
    result = trainer.run("import", str(path), "--into", "content/odd")
    assert result.returncode == 0
    assert (trainer.folder / "content/odd/media/sol.mp3").read_bytes() == b"ID3 and some noise"
    assert "sol.mp3" in (trainer.folder / "content/odd/spanish.md").read_text("utf-8")


def test_a_bomb_is_not_unpacked(
    trainer: Trainer, sound: dict[bool, Members], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anki_archive, "LARGEST_COLLECTION", SMALL)
    bomb = bytes(SMALL + 2)
    path = write_apkg(trainer, sound[True] | {"collection.anki21": bomb})
    assert path.stat().st_size < 100_000
    assert "is larger than 16 MB" in refusal_of(trainer, path)


def test_a_bomb_in_the_newer_format_is_not_unpacked(
    trainer: Trainer, sound: dict[bool, Members]
) -> None:
    """A frame of zeros that unpacks to more than may be held, and says nothing of its size."""
    compressor = zstandard.ZstdCompressor(write_content_size=False)
    block = bytes(1 << 20)
    out = io.BytesIO()
    with compressor.stream_writer(out, closefd=False) as stream:
        for _ in range(MOST_MEMORY // len(block) + 100):
            stream.write(block)
    path = write_apkg(trainer, sound[False] | {"collection.anki21b": out.getvalue()})
    assert path.stat().st_size < 1_000_000
    assert "is larger than 256 MB" in refusal_of(trainer, path)


def test_a_member_that_lies_about_its_size_is_refused(
    trainer: Trainer, sound: dict[bool, Members]
) -> None:
    path = write_apkg(trainer, sound[True] | {"collection.anki21": bytes(5_000_000)})
    data = bytearray(path.read_bytes())
    while (place := data.find(struct.pack("<I", 5_000_000))) >= 0:
        data[place : place + 4] = struct.pack("<I", 1000)
    path.write_bytes(data)
    assert "this file is refused" in refusal_of(trainer, path)


def test_too_many_members_are_refused(trainer: Trainer, sound: dict[bool, Members]) -> None:
    many = {str(number): b"" for number in range(anki_archive.MOST_MEMBERS + 1)}
    assert "more than 20000" in refusal_of(trainer, write_apkg(trainer, sound[True] | many))


def test_a_newer_format_than_any_known_is_refused(
    trainer: Trainer, sound: dict[bool, Members]
) -> None:
    path = write_apkg(trainer, sound[False] | {"meta": b"\x08\x04"})
    assert "a newer Anki wrote it (format 4)" in refusal_of(trainer, path)


@pytest.mark.parametrize("legacy", [True, False], ids=["older", "newer"])
def test_damaged_members_are_refused(
    trainer: Trainer, sound: dict[bool, Members], *, legacy: bool
) -> None:
    name = "collection.anki21" if legacy else "collection.anki21b"
    data = sound[legacy][name]
    for broken in (b"", data[:100], data[: len(data) // 2], bytes(len(data)), data[::-1]):
        words = refusal_of(trainer, write_apkg(trainer, sound[legacy] | {name: broken}))
        assert "this file is refused" in words
    for broken in (b"\xff", b"[]", b"{" * 100_000, b'{"0": 1', data[:50]):
        words = refusal_of(trainer, write_apkg(trainer, sound[legacy] | {"media": broken}))
        assert re.search("its list of media cannot be read|cannot be unpacked|cut short", words)


def test_every_flipped_byte_is_refused_or_imported(
    trainer: Trainer, sound: dict[bool, Members]
) -> None:
    """Whatever is damaged: never a traceback, never a half-written folder."""
    data = sound[True]["collection.anki21"]
    for place in range(0, len(data), len(data) // examples(150)):
        broken = bytearray(data)
        broken[place] ^= 0xFF
        path = write_apkg(trainer, sound[True] | {"collection.anki21": bytes(broken)})
        result = trainer.run("import", str(path), "--dry-run")
        assert result.returncode in (0, 1)
        assert "Traceback" not in result.stderr
        assert not list(trainer.folder.iterdir())


def test_a_member_whose_own_name_cannot_be_read_is_refused(
    trainer: Trainer, sound: dict[bool, Members]
) -> None:
    path = write_apkg(trainer, sound[True])
    broken = bytearray(path.read_bytes())
    start = broken.index(b"collection.anki21") - 30
    # https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT: bit 11 says that it is UTF-8.
    broken[start + 7] |= 0x08
    broken[start + 30] = 0xF4
    path.write_bytes(broken)
    assert 'its file "collection.anki21" cannot be unpacked' in refusal_of(trainer, path)


def test_a_format_that_is_no_number_is_refused(
    trainer: Trainer, sound: dict[bool, Members]
) -> None:
    path = write_apkg(trainer, sound[False] | {"meta": b"\xff"})
    assert "its format cannot be read" in refusal_of(trainer, path)
