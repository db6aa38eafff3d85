"""The record of what was published: read it, write it. Its format is frozen.

``package.lock`` holds JSON lines: a header, then notes, note types, releases and retired notes, a
record a line, sorted; the last line is a checksum of those before it. ``release`` writes it, the
import of a deck that learners have begins it, ``merge-lock`` makes one of two.

Format 1 is read for ever: it told the versions of releases where format 2 tells their times, and
knew nothing of the numbers of cards.
"""

import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from itertools import pairwise
from typing import Annotated, Any, NoReturn, TypeVar
from uuid import UUID

from ankibuild.core.clozes import LAST_NUMBER
from ankibuild.core.identity import NOTE_ID
from ankibuild.core.installed import how_to_renew
from ankibuild.core.problems import AnkibuildError, about
from ankibuild.core.rules import Rule
from ankibuild.core.settings import Settings
from ankibuild.core.values import (
    NO_ENTRIES,
    DecodeError,
    Decoder,
    Meta,
    Struct,
    asdict,
    convert,
    freeze,
    hash_of,
    json_of,
)

FORMAT = 2
_OLD_FORMAT = 1
_MARKS = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")
_PATTERN = re.compile(r"Expected `str` matching regex '.*'(?= - at|$)")
RESTORE = (
    "restore the last version that was committed: git log -- package.lock lists its versions, and "
    "git checkout COMMIT -- package.lock in this folder restores one"
)
_Record = TypeVar("_Record", bound=Struct)
_Place = TypeVar("_Place", bound=Hashable)

VERSION = r"(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})"
"""A pattern of a version: three numbers (https://semver.org)."""

# What a release can have written; all else would fail somewhere on the way to an edition.
_Id = Annotated[str, Meta(pattern=rf"^{NOTE_ID.pattern}\Z")]
_Kind = Annotated[str, Meta(pattern=r"^(?:front-back|cloze|image-occlusion|carried/.+)\Z")]
_Words = Annotated[str, Meta(pattern=r"^[^\x00-\x1f]+\Z")]
_Tag = Annotated[str, Meta(pattern=r"^[^\s\x00-\x1f]+\Z")]
_Version = Annotated[str, Meta(pattern=rf"^{VERSION}\Z")]
_FileName = Annotated[str, Meta(pattern=r"^[^/\\\x00-\x1f]+\Z")]
_Time = Annotated[int, Meta(gt=0, lt=2**35)]
# Other tools have published notes with times in milliseconds.
_Stamp = Annotated[int, Meta(gt=0, lt=2**53)]
_Number = Annotated[int, Meta(gt=0, lt=2**53)]
_Ordinal = Annotated[int, Meta(ge=0, lt=LAST_NUMBER)]
_ClozeNumber = Annotated[int, Meta(ge=0, lt=2**16)]
_Hidden = Annotated[tuple[str, ...], Meta(min_length=1)]


_KEY = re.compile(r'"key":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"')


class LockedNote(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    rename={"note_id": "note", "kind": "type"},
):
    """A note as it was published; the lock holds it by the names given above.

    ``fields`` are those that are not empty, ``media`` the hashes of its files by their names in the
    package; ``source`` and ``rendered`` are hashes of what the author wrote and of what was made of
    it, and "" where learners may hold something else. ``added`` and ``changed`` are the times of
    releases. ``cards`` are the numbers by ordinal of those cards whose number does not follow from
    the note, or that it has no longer; ``hid`` is what cloze numbers hid that are gone, each with
    the words around it. ``held`` is the modified time that learners have it by, where it is one to
    come: an update needs a later one.
    """

    note_id: _Id
    guid: _Words
    nid: _Number
    kind: _Kind
    deck: _Words
    tags: tuple[_Tag, ...]
    fields: Mapping[str, str]
    media: Mapping[_FileName, str]
    source: str
    rendered: str
    added: _Time
    changed: _Stamp
    cards: Mapping[_Ordinal, _Number] = NO_ENTRIES
    hid: Mapping[_ClozeNumber, tuple[_Hidden, ...]] = NO_ENTRIES
    held: _Stamp | None = None

    def __post_init__(self) -> None:
        freeze(self, "fields", "media", "cards", "hid")


class LockedNoteType(
    Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"kind": "note_type"}
):
    """A note type as it was published: hashes of its schema and its look, and when that changed.

    ``fields`` and ``templates`` are their names and ids in order; an old lock has none. ``asks``
    are the words in braces of each front, by which its cards were made, where that may change.
    ``held`` is as in a note.
    """

    kind: _Kind
    id: _Number
    name: _Words
    schema: str
    look: str
    changed: _Stamp
    fields: tuple[tuple[str, int], ...] = ()
    templates: tuple[tuple[str, int], ...] = ()
    asks: tuple[str, ...] = ()
    held: _Stamp | None = None


class Release(Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"version": "release"}):
    """A published version: its time in seconds since 1970, what it changed, in a line, and hashes.

    ``content`` is of everything in the package, ``about`` of the descriptions, ``order`` of the
    order of the notes. ``restamped`` are the ids of notes that were sent to everyone unchanged.
    ``late`` are those of notes that changed and have a later time than the release, since learners
    may hold one from the future. ``counted`` tells of a release whose cards were numbered by
    counting up from its time, as all were before format 2 of the lock. ``original`` is the SHA-256
    of the file that learners had before an import made the first release of it.
    """

    version: _Version
    time: _Time
    summary: str
    restamped: tuple[_Id, ...]
    content: str
    about: str
    order: str
    late: tuple[_Id, ...] = ()
    counted: bool = False
    original: str = ""


class Retired(Struct, frozen=True, kw_only=True):
    """A note as it was published last, and when it was taken out; its id stays its own."""

    note: LockedNote
    time: int


class Lock(Struct, frozen=True, kw_only=True):
    """What was published, and when: notes and retired notes by id, releases by version.

    ``merged`` tells of a lock of two branches of which no release has come since.
    """

    key: UUID
    package_id: str
    notes: Mapping[str, LockedNote]
    note_types: Mapping[str, LockedNoteType]
    releases: tuple[Release, ...]
    retired: Mapping[str, Retired]
    merged: bool = False

    def __post_init__(self) -> None:
        freeze(self, "notes", "note_types", "retired")

    def version_of(self, note: LockedNote) -> str:
        """Return the version in which a published note last changed."""
        for each in reversed(self.releases):
            if each.time == note.changed or note.note_id in each.late:
                return each.version
        return self.releases[-1].version

    def version_at(self, time: int) -> str:
        """Return the version that was released at a time, else the last one."""
        found = (each.version for each in self.releases if each.time == time)
        return next(found, self.releases[-1].version)


def published_notes(lock: Lock) -> dict[str, LockedNote]:
    """Return all notes that learners may have, the retired ones too, by id."""
    return {**{note_id: each.note for note_id, each in lock.retired.items()}, **lock.notes}


class _Format(Struct, frozen=True):
    format: int = 0


class _Header(Struct, frozen=True, kw_only=True, omit_defaults=True):
    format: int
    key: UUID
    package: _Id
    merged: bool = False


class _RetiredNote(
    LockedNote, frozen=True, kw_only=True, rename={"note_id": "retired", "time": "in"}
):
    note_id: _Id
    time: _Time


class _Checksum(Struct, frozen=True):
    checksum: str = ""


_Reader = Callable[[str], _Record]


def empty_lock(settings: Settings) -> Lock:
    """Return the lock of a package that was never released."""
    return Lock(
        key=settings.key,
        package_id=settings.id,
        notes={},
        note_types={},
        releases=(),
        retired={},
    )


def write_lock(lock: Lock) -> str:
    """Return the text of a ``package.lock``.

    Raises AnkibuildError when it would not be read again: what is published must be remembered.
    """
    lines = [json_of(record) for record in _records(lock)]
    text = "\n".join([*lines, json_of(_Checksum(hash_of("\n".join(lines)))), ""])
    read_lock("package.lock", text)
    return text


def locked_key(text: str) -> str:
    """Return the key in the first line of a lock, even of one that cannot be read; "" for none."""
    found = _KEY.search(text.partition("\n")[0])
    return found[1] if found else ""


def read_lock(path: str, text: str) -> Lock:
    """Return the lock in the text of a ``package.lock``.

    Raises AnkibuildError when it is damaged, was edited by hand, or comes from a newer ankibuild.
    """
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    halves = [n for n, line in enumerate(lines, 1) if line.startswith('{"checksum":')]
    marks = [n for n, line in enumerate(lines, 1) if line.startswith(_MARKS)]
    if marks or len(halves) > 1:
        home = path.removesuffix("/package.lock")
        home = f'"{home}"' if " " in home else home
        cure = f"merge the two locks: ankibuild merge-lock {home}"
        _fail(
            path,
            min(marks or halves),
            "unmerged-lock",
            "two releases made on two branches meet here",
            cure,
        )

    def read(number: int, reader: _Reader[_Record]) -> _Record:
        try:
            return reader(lines[number - 1])
        # Python makes no number of thousands of digits.
        except (DecodeError, RecursionError, ValueError) as error:
            _damaged(path, number, _PATTERN.sub("Not as a release writes it", str(error)))

    def pick(kind: str, reader: _Reader[_Record]) -> dict[int, _Record]:
        start = f'{{"{kind}":'
        found = (number for number, line in enumerate(lines, 1) if line.startswith(start))
        return {number: read(number, reader) for number in found}

    written_by = read(1, Decoder(_Format).decode).format
    if written_by > FORMAT:
        cure = f"install a newer ankibuild: {how_to_renew()}"
        _fail(
            path, 1, "newer-lock", f"a newer ankibuild wrote this file (format {written_by})", cure
        )
    checksum = read(len(lines), Decoder(_Checksum).decode).checksum
    if written_by < _OLD_FORMAT or checksum != hash_of("\n".join(lines[:-1])):
        _fail(
            path,
            len(lines),
            "damaged-lock",
            "this file was edited by hand or is incomplete",
            RESTORE,
        )
    header = read(1, Decoder(_Header).decode)
    times: dict[str, int] = {}

    def reader_of(record: type[_Record]) -> _Reader[_Record]:
        if written_by == FORMAT:
            return Decoder(record).decode
        return lambda line: convert(_upgrade(line, times), record)

    releases = pick("release", reader_of(Release))
    times |= {each.version: each.time for each in releases.values()}
    notes = pick("note", reader_of(LockedNote))
    note_types = pick("note_type", reader_of(LockedNoteType))
    retired = pick("retired", reader_of(_RetiredNote))
    for number, fault in _find_faults(notes, note_types, releases, retired, len(lines)):
        _damaged(path, number, fault)
    return Lock(
        key=header.key,
        package_id=header.package,
        notes={each.note_id: each for each in notes.values()},
        note_types={each.kind: each for each in note_types.values()},
        releases=tuple(releases.values()),
        retired={each.note_id: _retired(each) for each in retired.values()},
        merged=header.merged,
    )


def release_order(release: Release) -> tuple[tuple[int, ...], int, str]:
    """Return what sorts releases, those of two branches among them."""
    return tuple(map(int, release.version.split("."))), release.time, json_of(release)


def _find_faults(
    notes: Mapping[int, LockedNote],
    note_types: Mapping[int, LockedNoteType],
    releases: Mapping[int, Release],
    retired: Mapping[int, _RetiredNote],
    end: int,
) -> Iterator[tuple[int, str]]:
    """Yield the lines that no release can have written beside the others, and why; to the last."""
    strange = {*range(2, end)} - {*notes, *note_types, *releases, *retired}
    yield from ((number, "its kind is not known") for number in sorted(strange))
    if not releases:
        yield end, "there is no release before it"
    yield from _find_disorder({n: each.note_id for n, each in notes.items()})
    yield from _find_disorder({n: each.kind for n, each in note_types.items()})
    yield from _find_disorder({n: release_order(each) for n, each in releases.items()})
    yield from _find_disorder({n: each.note_id for n, each in retired.items()})
    published: dict[int, LockedNote] = {**notes, **retired}
    for name in ("note_id", "guid", "nid"):
        yield from _find_twins({n: getattr(each, name) for n, each in published.items()}, name)
    yield from _find_twins({n: each.id for n, each in note_types.items()}, "id")
    cards = {(n, ordinal): card for n, e in published.items() for ordinal, card in e.cards.items()}
    yield from ((n, fault) for (n, _), fault in _find_twins(cards, "card"))
    kinds = {each.kind for each in note_types.values()}
    decks = {each.deck: number for number, each in reversed(published.items())}
    for name, number in decks.items():
        # Not all that a deck may not be called today: older versions did publish such names.
        if not all(part and part == part.strip().strip(":") for part in name.split("::")):
            yield number, f'Anki would change the deck name "{name}"'
    for number, note in published.items():
        if number in notes and note.kind not in kinds:
            yield number, f'no record of the note type "{note.kind}" follows'
        # It parts the fields in a package.
        if any("\x1f" in html for html in note.fields.values()):
            yield number, "a field holds an invisible character"


def _find_disorder(keys: Mapping[int, Any]) -> Iterator[tuple[int, str]]:
    for (_, one), (number, other) in pairwise(keys.items()):
        if not one < other:
            yield number, "it does not come after the one before it"


def _find_twins(values: Mapping[_Place, object], name: str) -> Iterator[tuple[_Place, str]]:
    if len(set(values.values())) == len(values):
        return
    seen: set[object] = set()
    for place, value in values.items():
        if value in seen:
            yield place, f'its {name} "{value}" is another one\'s'
        seen.add(value)


def _upgrade(line: str, times: Mapping[str, int]) -> Any:
    """Return the values of a record of format 1, as format 2 has them."""
    record = Decoder(dict[str, Any]).decode(line)
    for name in {"added", "changed", "in"} & record.keys():
        if str(record[name]) not in times:
            raise DecodeError(f'no release is "{record[name]}"')
        record[name] = times[str(record[name])]
    return {**record, "counted": True} if "release" in record else record


def _records(lock: Lock) -> Iterator[Struct]:
    yield _Header(format=FORMAT, key=lock.key, package=lock.package_id, merged=lock.merged)
    for _, note in sorted(lock.notes.items()):
        yield note
    for _, note_type in sorted(lock.note_types.items()):
        yield note_type
    yield from lock.releases
    for _, retired in sorted(lock.retired.items()):
        yield _RetiredNote(**asdict(retired.note), time=retired.time)


def _retired(record: _RetiredNote) -> Retired:
    values = asdict(record)
    time = values.pop("time")
    return Retired(note=LockedNote(**values), time=time)


def _damaged(path: str, line: int, fault: str) -> NoReturn:
    _fail(path, line, "damaged-lock", f"this line is not a record of a lock ({fault})", RESTORE)


def _fail(path: str, line: int, rule: Rule, message: str, cure: str) -> NoReturn:
    raise AnkibuildError((about(path, rule, message, cure, line=line, column=1),))
