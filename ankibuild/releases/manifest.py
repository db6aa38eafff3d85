"""The manifest of a release: what programs and the page know of it without opening a package."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal, NamedTuple
from uuid import UUID

from ankibuild.core.addresses import FOLDER
from ankibuild.core.files import read_text
from ankibuild.core.identity import NOTE_ID, release_name
from ankibuild.core.problems import AnkibuildError, Problem, about
from ankibuild.core.values import (
    NO_ENTRIES,
    DecodeError,
    Decoder,
    Meta,
    Struct,
    freeze,
    indented_json_of,
)
from ankibuild.releases.changes import version_numbers, version_order
from ankibuild.releases.lock import VERSION
from ankibuild.releases.telling import Told

_NAME = re.compile(rf"{NOTE_ID.pattern}-\d+\.\d+\.\d+\.json")
_Id = Annotated[str, Meta(pattern=rf"^{NOTE_ID.pattern}\Z")]
_Version = Annotated[str, Meta(pattern=rf"^{VERSION}\Z")]
_Time = Annotated[int, Meta(gt=0, lt=2**32)]
_Size = Annotated[int, Meta(ge=0, lt=2**40)]
_Count = Annotated[int, Meta(ge=0, lt=2**32)]
_Sum = Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?\Z")]
_Page = Annotated[str, Meta(pattern=rf"^({FOLDER.pattern})?\Z")]


class Counts(Struct, frozen=True, kw_only=True):
    """How many decks with notes, notes and cards a release has."""

    decks: _Count = 0
    notes: _Count = 0
    cards: _Count = 0


class ManifestNote(Struct, frozen=True, kw_only=True, rename={"note_id": "id"}):
    """A note of a release; ``changed`` is the version in which it changed last.

    ``modified`` is the time by which Anki tells whether a learner has it so.
    """

    note_id: str
    guid: str
    source: str
    rendered: str
    changed: str
    question: str = ""
    deck: str = ""
    modified: int = 0


class ManifestRelease(Struct, frozen=True, kw_only=True):
    """A release that the lock records, this one or an earlier one."""

    version: _Version
    time: _Time


class RetiredNote(Struct, frozen=True, kw_only=True, rename={"note_id": "id"}):
    """A note that was taken out, in this release or before, and the search that finds it."""

    note_id: str
    question: str
    search: str


class Manifest(Struct, frozen=True, kw_only=True):
    """What a release says of itself; ``time`` in seconds since 1970, ``size`` in bytes.

    ``sha256`` is that of the package. ``words`` are the package's own. ``changes`` are what the
    release tells learners, their words whole. What has a default is not in manifests of old.
    """

    format: Literal[1]
    package: _Id
    key: UUID
    title: str
    version: _Version
    time: _Time
    summary: str
    size: _Size
    content: str
    tool: str = ""
    sha256: _Sum = ""
    description: str = ""
    authors: tuple[str, ...] = ()
    license: str = ""
    language: str = ""
    words: Mapping[str, str] = NO_ENTRIES
    page: _Page = ""
    feedback: str = ""
    counts: Counts = Counts()
    decks: tuple[str, ...] = ()
    changes: tuple[Told, ...] = ()
    notes: tuple[ManifestNote, ...] = ()
    retired: tuple[RetiredNote, ...] = ()
    releases: tuple[ManifestRelease, ...] = ()

    def __post_init__(self) -> None:
        freeze(self, "words")

    @property
    def file(self) -> str:
        """Return the name of the package's file."""
        return f"{release_name(self.package, self.version)}.apkg"


class _Head(Struct, frozen=True):
    key: str
    version: str
    time: int
    content: str


_READER = Decoder(Manifest)
_HEAD_READER = Decoder(_Head)


class Publication(NamedTuple):
    """A package in a folder: its newest release, and earlier ones that are known, newest first.

    ``files`` are the names of the packages that are there.
    """

    newest: Manifest
    earlier: tuple[Manifest, ...]
    files: frozenset[str]


class Trace(NamedTuple):
    """What shows that a release was made: version, time in seconds since 1970, a hash, a file."""

    version: str
    time: int
    content: str
    path: Path

    @property
    def lock(self) -> Path:
        """Return where the lock of the release is, which older releases do not have."""
        return self.path.with_suffix(".lock")


def manifest_bytes(manifest: Manifest) -> bytes:
    """Return the content of a manifest's file."""
    return f"{indented_json_of(manifest)}\n".encode()


def read_manifest(data: bytes | str) -> Manifest:
    """Return what the content of a manifest's file says.

    Raises DecodeError or RecursionError where no release of ours has written it.
    """
    return _READER.decode(data)


def find_publications(folder: Path, coming: Manifest | None = None) -> tuple[Publication, ...]:
    """Return the packages in a folder by id, with the release whose files are to come.

    The newest release is the highest version whose package is there.
    """
    known = {(each.package, each.version): each for _, each in _find(folder) if each}
    if coming:
        known[coming.package, coming.version] = coming
    files = {each.file for each in known.values() if (folder / each.file).is_file()}
    files |= {coming.file} if coming else set()
    ordered = sorted(known.values(), key=lambda each: version_order(each.version), reverse=True)
    newest: dict[str, Manifest] = {}
    earlier: dict[str, list[Manifest]] = {}
    for each in ordered:
        if each.package not in newest:
            if each.file in files:
                newest[each.package] = each
        elif each.key == newest[each.package].key:
            earlier.setdefault(each.package, []).append(each)
    return tuple(
        Publication(each, tuple(older), frozenset(files & {old.file for old in (each, *older)}))
        for package_id, each in sorted(newest.items())
        for older in [earlier.get(package_id, [])]
    )


def check_manifests(folder: Path) -> tuple[Problem, ...]:
    """Return a warning for each manifest that the page cannot use."""
    cure = "ankibuild build writes the files of a release again; or delete it"
    message = (
        "this manifest cannot be read, or its package is gone: the download page leaves it out"
    )
    used = {
        each.file for found in find_publications(folder) for each in (found.newest, *found.earlier)
    }
    return tuple(
        about(path, "unreadable-manifest", message, cure, "warning")
        for path, found in _find(folder)
        if found is None or found.file not in used
    )


def published_versions(folder: Path, key: UUID) -> dict[str, Trace]:
    """Return the versions of a package whose manifests are in a folder."""
    found: dict[str, Trace] = {}
    for path, text in _texts(folder):
        # Not all of it: what a newer version of ankibuild wrote shows a release, too.
        with suppress(DecodeError, RecursionError):
            each = _HEAD_READER.decode(text)
            if each.key == str(key) and version_numbers(each.version):
                found[each.version] = Trace(each.version, each.time, each.content, path)
    return found


def _find(folder: Path) -> Iterator[tuple[Path, Manifest | None]]:
    for path, text in _texts(folder):
        found = None
        with suppress(DecodeError, RecursionError):
            found = read_manifest(text)
        is_its_own = found and path.stem == release_name(found.package, found.version)
        yield path, found if is_its_own else None


def _texts(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield what is named as manifests are, with its text; "" where there is none to read."""
    for path in sorted(folder.glob("*.json")):
        if _NAME.fullmatch(path.name):
            text = ""
            with suppress(AnkibuildError):
                text = read_text(path, folder).removeprefix("\ufeff")
            yield path, text
