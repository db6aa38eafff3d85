"""The record of what was published: read it, write it. Its format is frozen.

``package.lock`` holds JSON lines: a header, then notes, note types, releases and retired notes, a
record a line, sorted; the last line is a checksum of those before it. ``release`` writes it, the
import of a deck that learners have begins it, ``merge-lock`` makes one of two.

Format 1 is read for ever: it told the versions of releases where format 2 tells their times, and
knew nothing of the numbers of cards.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn, TypeVar
from uuid import UUID

from ankibuild.errors import AnkibuildError, Problem
from ankibuild.model import Lock, LockedNote, LockedNoteType, Release, Retired, Settings
from ankibuild.values import (
    DecodeError,
    Decoder,
    Struct,
    asdict,
    convert,
    hash_of,
    json_of,
)

FORMAT = 2
_OLD_FORMAT = 1
_MARKS = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")
_RESTORE = "take the file as it was committed last; docs/releasing.md tells how"
_Record = TypeVar("_Record", bound=Struct)


class _Format(Struct, frozen=True):
    format: int = 0


class _Header(Struct, frozen=True, kw_only=True, omit_defaults=True):
    format: int
    key: UUID
    package: str
    merged: bool = False


class _RetiredNote(
    LockedNote, frozen=True, kw_only=True, rename={"note_id": "retired", "time": "in"}
):
    note_id: str
    time: int


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
    """Return the text of a ``package.lock``."""
    lines = [json_of(record) for record in _records(lock)]
    return "\n".join([*lines, json_of(_Checksum(hash_of("\n".join(lines)))), ""])


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
        cure = f"put the two locks together: ankibuild merge-lock {home}"
        _fail(path, min(marks or halves), "two releases made on two branches meet here", cure)

    def read(number: int, reader: _Reader[_Record]) -> _Record:
        try:
            return reader(lines[number - 1])
        except (DecodeError, RecursionError) as error:
            _fail(path, number, f"this line is no record of a lock ({error})", _RESTORE)

    def pick(kind: str, reader: _Reader[_Record]) -> Iterator[_Record]:
        for number, line in enumerate(lines, 1):
            if line.startswith(f'{{"{kind}":'):
                yield read(number, reader)

    written_by = read(1, Decoder(_Format).decode).format
    if written_by > FORMAT:
        cure = "install a newer ankibuild: pip install --upgrade ankibuild"
        _fail(path, 1, f"a newer ankibuild wrote this file (format {written_by})", cure)
    checksum = read(len(lines), Decoder(_Checksum).decode).checksum
    if written_by < _OLD_FORMAT or checksum != hash_of("\n".join(lines[:-1])):
        _fail(path, len(lines), "this file was edited by hand or is not whole", _RESTORE)
    header = read(1, Decoder(_Header).decode)
    times: dict[str, int] = {}

    def reader_of(record: type[_Record]) -> _Reader[_Record]:
        if written_by == FORMAT:
            return Decoder(record).decode
        return lambda line: convert(_upgrade(line, times), record)

    releases = tuple(pick("release", reader_of(Release)))
    times |= {each.version: each.time for each in releases}
    return Lock(
        key=header.key,
        package_id=header.package,
        notes={each.note_id: each for each in pick("note", reader_of(LockedNote))},
        note_types={each.kind: each for each in pick("note_type", reader_of(LockedNoteType))},
        releases=releases,
        retired={each.note_id: _retired(each) for each in pick("retired", reader_of(_RetiredNote))},
        merged=header.merged,
    )


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


def _fail(path: str, line: int, message: str, cure: str) -> NoReturn:
    raise AnkibuildError((Problem(path=path, line=line, column=1, message=message, cure=cure),))
