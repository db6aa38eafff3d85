"""Open an ``.apkg`` of unknown origin: its members, never more than a trainer's deck would hold.

Nothing is unpacked under a name that stands in the archive; what is too large, too many or strange
is refused before it is read.
"""

import json
import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from unicodedata import normalize

from ankibuild.anki.messages import read_message, texts_of
from ankibuild.core.files import LARGEST_MEDIA
from ankibuild.core.installed import how_to_install
from ankibuild.core.values import Struct

MOST_MEMBERS = 20_000
LARGEST_LIST = 1_000 * MOST_MEMBERS
LARGEST_COLLECTION = 256_000_000
MOST_MEDIA = 500_000_000
LONGEST_NAME = 120
"""Anki's own limit for the name of a media file, in bytes."""

_NEWEST = 3
_COLLECTIONS = ("collection.anki21b", "collection.anki21", "collection.anki2")
_MEMBER = re.compile(r"[0-9]{1,9}|collection\.[a-z0-9]+|media|meta")
# Source: normalize_nfc_filename in rslib/src/media/files.rs of ankitects/anki.
_DROPPED = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\[\]^]')
_ELSEWHERE = re.compile(r"/|^[.\\]|^[A-Za-z]:|\\\.")
_LARGEST_WINDOW = 1 << 27
_DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(EOFError, OSError, RuntimeError, UnicodeError),
)
# Four bytes can unpack to 128 kB, so what is looked at between two morsels stays below 33 MB.
_MORSEL = 1024


class ArchiveError(ValueError):
    """A file that is no Anki package, or none that is safe to read; the text says why."""


class Archive(Struct, frozen=True, kw_only=True):
    """What an ``.apkg`` holds: its database, and the members of its media files by name."""

    database: bytes
    media: Mapping[str, str]
    compressed: bool


def read_archive(path: Path) -> Archive:
    """Return the database and the list of media of an ``.apkg`` in any format that Anki writes.

    Raises ArchiveError.
    """
    with _opened(path) as file:
        names = {_checked(info).filename for info in _members(file)}
        newest = next((name for name in _COLLECTIONS if name in names), None)
        if newest is None:
            raise ArchiveError("it holds no collection")
        compressed = newest == _COLLECTIONS[0]
        if "meta" in names:
            meta = _read(file, "meta", 1000)
            try:
                version = read_message(meta).get(1, [0])[0]
            except ValueError:
                raise ArchiveError("its format cannot be read") from None
            if isinstance(version, int) and version > _NEWEST:
                raise ArchiveError(f"a newer Anki wrote it (format {version})")
        database = _read(file, newest, LARGEST_COLLECTION, compressed=compressed)
        media = b"" if compressed else b"{}"
        if "media" in names:
            media = _read(file, "media", LARGEST_LIST, compressed=compressed)
        return Archive(
            database=database,
            media=_read_names(media, names, compressed=compressed),
            compressed=compressed,
        )


def read_media(path: Path, archive: Archive, wanted: frozenset[str]) -> dict[str, bytes]:
    """Return the media files of those names that are there, sorted. Raises ArchiveError."""
    found = {}
    left = MOST_MEDIA
    with _opened(path) as file:
        for name in sorted(wanted & archive.media.keys()):
            limit = min(left, LARGEST_MEDIA)
            found[name] = _read(file, archive.media[name], limit, compressed=archive.compressed)
            left -= len(found[name])
    return found


def stored_name(name: str) -> str:
    """Return the name under which Anki stores a media file: without what it allows in none."""
    return normalize("NFC", _DROPPED.sub("", name))


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise ArchiveError("it is no Anki package, or not a whole one") from None


def _members(file: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    members = file.infolist()
    if len(members) > MOST_MEMBERS:
        raise ArchiveError(f"it holds {len(members)} files, more than {MOST_MEMBERS}")
    return members


def _checked(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    if not _MEMBER.fullmatch(info.filename):
        raise ArchiveError(f'it holds "{info.filename}", which has no place in an Anki package')
    if stat.S_ISLNK(info.external_attr >> 16):
        raise ArchiveError(f'it holds a link, "{info.filename}"')
    return info


def _read(file: zipfile.ZipFile, name: str, limit: int, *, compressed: bool = False) -> bytes:
    """Return a member's bytes, never unpacking more than the limit."""
    try:
        with file.open(name) as member:
            data = member.read(limit + 1)
    except _DAMAGED as error:
        raise ArchiveError(f'its file "{name}" cannot be unpacked ({error})') from None
    if compressed and len(data) <= limit:
        data = _decompress(name, data, limit)
    if len(data) > limit:
        raise ArchiveError(f'its file "{name}" is larger than {limit // 1_000_000} MB')
    return data


def _decompress(name: str, data: bytes, limit: int) -> bytes:
    try:
        import zstandard
    except ImportError:
        cure = f"install what reads it: {how_to_install('import')}; or export it from Anki with "
        cure += '"Support older Anki versions"'
        raise ArchiveError(f"it is in Anki's newer format; {cure}") from None
    unpacker = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW).decompressobj()
    unpacked = bytearray()
    try:
        for start in range(0, len(data), _MORSEL):
            unpacked += unpacker.decompress(data[start : start + _MORSEL])
            if unpacker.eof or len(unpacked) > limit:
                return bytes(unpacked)
    except (zstandard.ZstdError, MemoryError) as error:
        raise ArchiveError(f'its file "{name}" cannot be unpacked ({error})') from None
    raise ArchiveError(f'its file "{name}" is cut short')


def _read_names(data: bytes, members: set[str], *, compressed: bool) -> dict[str, str]:
    """Return the member of each media file by its name."""
    try:
        if compressed:
            entries = [read_message(bytes(entry)) for entry in texts_of(read_message(data), 1)]
            named = {str(n): texts_of(entry, 1)[0].decode() for n, entry in enumerate(entries)}
        else:
            named = {str(member): str(name) for member, name in json.loads(data).items()}
    except (ValueError, AttributeError, IndexError, RecursionError):
        raise ArchiveError("its list of media cannot be read") from None
    for name in named.values():
        stored = stored_name(name)
        is_elsewhere = _ELSEWHERE.search(name) or stored.startswith(".")
        if is_elsewhere or not stored or len(stored.encode()) > LONGEST_NAME:
            raise ArchiveError(f'its list of media has the name "{name[:LONGEST_NAME]}"')
    named = {member: _DROPPED.sub("", name) for member, name in named.items()}
    first: dict[str, str] = {}
    for name in named.values():
        if first.setdefault(normalize("NFC", name), name) != name:
            raise ArchiveError(f'two files have the name "{name}": an accent is stored in two ways')
    return {stored_name(name): member for member, name in named.items() if member in members}
