"""Keep what was made of notes in the user's cache folder, for the next run.

Nothing hangs on it: what is lost, damaged or of another version is made anew, and what cannot be
written is not kept.
"""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from functools import cache
from hashlib import sha256
from pathlib import Path

from ankibuild.core.files import read_file, write_file
from ankibuild.core.notes import Kind
from ankibuild.core.problems import AnkibuildError, Problem
from ankibuild.core.values import DecodeError, Packer, Struct, Unpacker
from ankibuild.dialect.source import ReadNote

NO_CACHE, CACHE_FOLDER = "ANKIBUILD_NO_CACHE", "ANKIBUILD_CACHE_DIR"
"""The environment variables that switch this off, whatever the value, and that name the folder."""

_LARGEST = 100_000_000
_MOST_FILES, _MOST_BYTES = 100, 500_000_000
_ENDING = ".renders"
_SUM = sha256().digest_size


class Render(Struct, frozen=True, array_like=True):
    """What was made of a note's source; the lines of problems count from that of its heading.

    ``files`` are the name and the digest of each file that its text names, by path; ``published``
    is the hash of the published note that it was compared with, if it was.
    """

    kind: Kind
    guid: str
    fields: tuple[str, ...]
    media: Mapping[str, str]
    tags: tuple[str, ...]
    ordinals: tuple[int, ...]
    source_hash: str
    rendered: str
    problems: tuple[Problem, ...]
    files: Mapping[str, tuple[str, str]]
    published: str


class Kept(Struct, frozen=True, array_like=True):
    """A note as it was read, and what was made of it."""

    read: ReadNote
    render: Render


class _File(Struct, frozen=True, array_like=True):
    made_by: str
    package: bytes
    context: str
    notes: dict[bytes, Kept]


_PACKER = Packer(enc_hook=dict)
_UNPACKER = Unpacker(_File)
_LIST_UNPACKER = Unpacker(list[Render])
_is_off = False


@contextmanager
def no_cache() -> Iterator[None]:
    """Neither take nor keep anything within the block."""
    global _is_off  # noqa: PLW0603 (a setting of the whole run, for all of its threads)
    before, _is_off = _is_off, True
    try:
        yield
    finally:
        _is_off = before


def pack(renders: Sequence[Render]) -> bytes:
    """Return renders as bytes, for another process."""
    return _PACKER.encode(renders)


def unpack(data: bytes) -> list[Render]:
    """Return what was packed."""
    return _LIST_UNPACKER.decode(data)


class Renders:
    """What was made of a package's notes the last time, and what of it is of use now."""

    def __init__(self, package: Path) -> None:
        """Read what is kept of the package at a path."""
        self.is_on = not _is_off and NO_CACHE not in os.environ
        self._package = package.absolute()
        self._old = _read(self._package) if self.is_on else None
        self._new: dict[bytes, Kept] = {}
        self._context = ""
        self._is_new = False

    @property
    def known(self) -> dict[bytes, ReadNote] | None:
        """Return notes as they were read, by the digests of their texts; None if switched off."""
        if not self.is_on:
            return None
        return {each: kept.read for each, kept in self._old.notes.items()} if self._old else {}

    def for_next_run(self) -> "Renders":
        """Return what there is for the next run in this process; the disk is not looked at."""
        other = copy(self)
        if self._new:
            package = os.fsencode(self._package)
            other._old = _File(_made_by(), package, self._context, self._new)
        other._new, other._is_new = {}, False
        return other

    def found_in(self, context: str) -> Mapping[bytes, Kept]:
        """Return what was made in a context, by the digests of texts; it is that of this run."""
        self._context = context
        return self._old.notes if self._old and self._old.context == context else {}

    def keep(self, digest: bytes, kept: Kept, *, is_new: bool) -> None:
        """Keep what was made of a text with a digest for the next run."""
        if self.is_on:
            self._new[digest] = kept
            self._is_new |= is_new

    def write(self) -> None:
        """Write what is to be kept, if anything of it is new."""
        if not self._is_new:
            return
        file = _File(_made_by(), os.fsencode(self._package), self._context, self._new)
        data = _PACKER.encode(file)
        if len(data) <= _LARGEST:
            path = _path_of(self._package)
            with suppress(AnkibuildError, OSError):
                write_file(path, sha256(data).digest() + data)
                _clear_away(path.parent)


def _read(package: Path) -> _File | None:
    try:
        data = read_file(_path_of(package), None, _LARGEST + _SUM)
        if sha256(memoryview(data)[_SUM:]).digest() != data[:_SUM]:
            return None
        file = _UNPACKER.decode(memoryview(data)[_SUM:])
    except (AnkibuildError, OSError, DecodeError):
        return None
    is_ours = (file.made_by, file.package) == (_made_by(), os.fsencode(package))
    return file if is_ours else None


def _path_of(package: Path) -> Path:
    name = f"{sha256(os.fsencode(package)).hexdigest()[:32]}{_ENDING}"
    if own := os.environ.get(CACHE_FOLDER):
        return Path(own) / name
    from platformdirs import user_cache_path

    return user_cache_path("ankibuild", appauthor=False) / name


def _clear_away(folder: Path) -> None:
    """Remove the oldest files that are more than is kept in all."""
    files = sorted(
        ((each.stat(), each) for each in folder.glob(f"*{_ENDING}")),
        key=lambda each: (-each[0].st_mtime, each[1].name),
    )
    size = 0
    for number, (status, path) in enumerate(files):
        size += status.st_size
        if number and (number >= _MOST_FILES or size > _MOST_BYTES):
            path.unlink(missing_ok=True)


@cache
def _made_by() -> str:
    """Return the hash of all that decides what is made of a text: our code, Python, libraries.

    Of libraries it is the name of each one that is installed, with its version.
    """
    found = sha256(sys.version.encode())
    own = Path(__file__).parents[1]
    for path in sorted(own.rglob("*")):
        if path.suffix != ".pyc" and path.is_file():
            found.update(str(path.relative_to(own)).encode())
            found.update(sha256(path.read_bytes()).digest())
    # In this order: of two versions of a library the first one is used.
    for folder in sys.path:
        with suppress(OSError):
            names = os.listdir(folder or ".")  # noqa: PTH208 (names are all it takes)
            installed = sorted(each for each in names if each.endswith((".dist-info", ".egg-info")))
            found.update("\n".join([*installed, ""]).encode("utf-8", "surrogateescape"))
    return found.hexdigest()
