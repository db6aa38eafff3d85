"""The record of what was published: read it, write it. Its format is frozen.

``package.lock`` holds JSON lines: a header, then notes, note types, releases and retired notes, a
record a line, sorted; the last line is a checksum of those before it. Only ``release`` writes it,
and the import of a deck that learners have begins it.
"""

import json
from collections.abc import Iterator
from typing import Any, NoReturn
from uuid import UUID

from ankibuild.errors import AnkibuildError, Problem
from ankibuild.model import Lock, LockedNote, LockedNoteType, Release, Retired, Settings
from ankibuild.values import hash_of

FORMAT = 1
_RESTORE = "take the file as it was committed last; docs/releasing.md tells how"


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
    lines = [_line(record) for record in _records(lock)]
    return "\n".join([*lines, _line({"checksum": hash_of("\n".join(lines))}), ""])


def read_lock(path: str, text: str) -> Lock:
    """Return the lock in the text of a ``package.lock``.

    Raises AnkibuildError when it is damaged, was edited by hand, or comes from a newer ankibuild.
    """
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    for number, line in enumerate(lines, 1):
        if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
            cure = "take one side's file whole, then release again; docs/releasing.md tells how"
            _fail(path, number, "two releases made on two branches meet here", cure)
    records = [_record(path, number, line) for number, line in enumerate(lines, 1)]
    header, *_, end = records
    written_by = header.get("format")
    if isinstance(written_by, int) and written_by > FORMAT:
        cure = "install a newer ankibuild: pip install --upgrade ankibuild"
        _fail(path, 1, f"a newer ankibuild wrote this file (format {written_by})", cure)
    if written_by != FORMAT or end.get("checksum") != hash_of("\n".join(lines[:-1])):
        _fail(path, len(lines), "this file was edited by hand or is not whole", _RESTORE)
    try:
        return _make_lock(header, records[1:-1])
    except (KeyError, TypeError, ValueError) as error:
        _fail(path, 1, f"a record of this file cannot be read ({error})", _RESTORE)


def _records(lock: Lock) -> Iterator[dict[str, Any]]:
    yield {"format": FORMAT, "key": str(lock.key), "package": lock.package_id}
    for _, note in sorted(lock.notes.items()):
        yield {"note": note.note_id, **_note_record(note)}
    for _, each in sorted(lock.note_types.items()):
        yield {
            "note_type": each.kind,
            "id": each.id,
            "name": each.name,
            "schema": each.schema,
            "look": each.look,
            "changed": each.changed,
        }
    for release in lock.releases:
        yield {
            "release": release.version,
            "time": release.time,
            "summary": release.summary,
            "restamped": list(release.restamped),
            "content": release.content,
            "about": release.about,
            "order": release.order,
        }
    for _, retired in sorted(lock.retired.items()):
        note = retired.note
        yield {"retired": note.note_id, **_note_record(note), "in": retired.version}


def _note_record(note: LockedNote) -> dict[str, Any]:
    return {
        "guid": note.guid,
        "nid": note.number,
        "type": note.kind,
        "deck": note.deck,
        "tags": list(note.tags),
        "fields": dict(note.fields),
        "media": dict(sorted(note.media.items())),
        "source": note.source,
        "rendered": note.rendered,
        "added": note.added,
        "changed": note.changed,
    }


def _make_lock(header: dict[str, Any], records: list[dict[str, Any]]) -> Lock:
    def pick(kind: str) -> list[dict[str, Any]]:
        return [record for record in records if kind in record]

    return Lock(
        key=UUID(header["key"]),
        package_id=header["package"],
        notes={each["note"]: _make_note(each["note"], each) for each in pick("note")},
        note_types={
            each["note_type"]: LockedNoteType(
                kind=each["note_type"],
                id=each["id"],
                name=each["name"],
                schema=each["schema"],
                look=each["look"],
                changed=each["changed"],
            )
            for each in pick("note_type")
        },
        releases=tuple(
            Release(
                version=each["release"],
                time=each["time"],
                summary=each["summary"],
                restamped=tuple(each["restamped"]),
                content=each["content"],
                about=each["about"],
                order=each["order"],
            )
            for each in pick("release")
        ),
        retired={
            each["retired"]: Retired(note=_make_note(each["retired"], each), version=each["in"])
            for each in pick("retired")
        },
    )


def _make_note(note_id: str, record: dict[str, Any]) -> LockedNote:
    return LockedNote(
        note_id=note_id,
        guid=record["guid"],
        number=record["nid"],
        kind=record["type"],
        deck=record["deck"],
        tags=tuple(record["tags"]),
        fields=record["fields"],
        media=record["media"],
        source=record["source"],
        rendered=record["rendered"],
        added=record["added"],
        changed=record["changed"],
    )


def _record(path: str, number: int, line: str) -> dict[str, Any]:
    try:
        record: dict[str, Any] | None = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        _fail(path, number, "this line is no record of a lock", _RESTORE)
    return record


def _line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _fail(path: str, line: int, message: str, cure: str) -> NoReturn:
    raise AnkibuildError((Problem(path=path, line=line, column=1, message=message, cure=cure),))
