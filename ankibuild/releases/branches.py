"""Make one lock of two whose packages were released on two branches.

Learners of either branch must end with what the next release publishes. So the history of both
stays, and what the two published otherwise of one note goes out with the next release, whatever the
sources say by then.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from ankibuild.core.files import LOCK, read_text, write_file
from ankibuild.core.problems import AnkibuildError, Problem, about, shown
from ankibuild.core.values import json_of, replace
from ankibuild.releases.changes import free_number, version_order
from ankibuild.releases.history import Recorded, lock_at, meeting_locks, recorded_releases
from ankibuild.releases.lock import (
    Lock,
    LockedNote,
    LockedNoteType,
    Release,
    Retired,
    published_notes,
    read_lock,
    write_lock,
)
from ankibuild.releases.moves import Likeness, differing_clozes, fact_of, find_hidden, hidden_words

_UNKNOWN = ""
"""Stands for a hash where learners of two branches hold different things: it equals no other."""


def merge_lock(folder: Path) -> tuple[Problem, ...] | None:
    """Write one lock of all that meet in a package's folder, or that its lock has forgotten.

    Git has them: those of a merge under way, and those of commits that released what the lock there
    does not know. Returns what learners should be told, or None where nothing was to be done.
    Raises AnkibuildError when nothing of all that can be read, or when Git does not have all.
    """
    path = folder / LOCK
    text = read_text(path) if path.exists() else ""
    now = _try_to_read(path, text)
    meeting = [each for each in (_try_to_read(path, t) for t in meeting_locks(folder)) if each]
    locks = [*([now] if now else []), *meeting]
    key = locks[0].key if locks else _key_of(text)
    known = {(each.version, each.time) for lock in locks for each in lock.releases}
    named = _named_releases(text)
    for recorded in _wanted(folder, key, named - known) if key else ():
        lock = _try_to_read(path, lock_at(folder, recorded.commit))
        if (recorded.version, recorded.time) not in known and lock:
            locks.append(lock)
            known |= {(each.version, each.time) for each in lock.releases}
    if not locks and not text:
        return None
    if not locks or named - known:
        versions = ", ".join(sorted(version for version, _ in named - known))
        message = (
            f"version {versions} stands in this lock, and its commit is not in this clone"
            if versions
            else "nothing in this file can be read as a lock"
        )
        cure = "fetch the branch that released it, git fetch --all, and try again"
        raise AnkibuildError((about(path, "unreadable-lock", message, cure),))
    merged, warnings = locks[0], list[Problem]()
    for lock in locks[1:]:
        merged, more = _merge(path, merged, lock)
        warnings += more
    if merged == now:
        return None
    write_file(path, write_lock(merged).encode())
    return tuple(dict.fromkeys(warnings))


def _wanted(folder: Path, key: UUID, named: set[tuple[str, int]]) -> Iterator[Recorded]:
    """Yield the releases that this branch had, newest first, then what else is named of all."""
    yield from reversed(recorded_releases(folder, key))
    for each in reversed(recorded_releases(folder, key, "--all", "--reflog") if named else ()):
        if (each.version, each.time) in named:
            yield each


def _try_to_read(path: Path, text: str) -> Lock | None:
    try:
        return read_lock(shown(path), text) if text else None
    except AnkibuildError:
        return None


def _key_of(text: str) -> UUID | None:
    match = re.search(r'"key":"([0-9a-f-]{36})"', text)
    return UUID(match[1]) if match else None


def _named_releases(text: str) -> set[tuple[str, int]]:
    """Return version and time of the releases in the text of a lock, whatever became of it."""
    found = re.findall(r'^\{"release":"([\d.]+)","time":(\d+),', text, re.MULTILINE)
    return {(version, int(time)) for version, time in found}


def merge_lock_files(ours: Path, theirs: Path, name: str) -> tuple[Problem, ...]:
    """Write into our file one lock of it and theirs, as Git asks of a merge driver.

    ``name`` is the path of the lock in the repository, for messages. Returns what learners should
    be told. Raises AnkibuildError when one of the two cannot be read.
    """
    locks = [read_lock(name, read_text(path)) for path in (ours, theirs)]
    lock, warnings = _merge(Path(name), *locks)
    write_file(ours, write_lock(lock).encode())
    return warnings


def _merge(path: Path, ours: Lock, theirs: Lock) -> tuple[Lock, tuple[Problem, ...]]:
    if (ours.key, ours.package_id) != (theirs.key, theirs.package_id):
        message = f'these are locks of two packages, "{ours.package_id}" and "{theirs.package_id}"'
        cure = "give each package a folder of its own"
        raise AnkibuildError((about(path, "locks-of-two-packages", message, cure),))
    lock, apart = merge_locks(ours, theirs)
    return lock, tuple(about(path, "branch-conflict", *each, "warning") for each in apart)


def merge_locks(ours: Lock, theirs: Lock) -> tuple[Lock, tuple[tuple[str, str], ...]]:
    """Return one lock of two of the same package, and what was given twice on two branches.

    The order of the two plays no part. What was given twice is an id or a cloze number, told with a
    cure: learners of one branch know something else by it.
    """
    ahead = [side for side, other in ((ours, theirs), (theirs, ours)) if _is_ahead(side, other)]
    if len(ahead) == 1:
        # It was made of all that the other has, and may have put it right since.
        return ahead[0], ()
    releases = sorted(
        {json_of(each): each for each in (*ours.releases, *theirs.releases)}.values(), key=_order
    )
    shared = {each.time for each in ours.releases if each in theirs.releases}
    apart: list[tuple[str, str]] = []
    notes: dict[str, LockedNote] = {}
    retired: dict[str, Retired] = {}
    sides = ours, theirs
    known = [published_notes(side) for side in sides]
    for note_id in sorted({*known[0], *known[1]}):
        records = [each[note_id] for each in known if note_id in each]
        note = records[0] if len(records) == 1 else _merge_notes(records, shared)
        if len(records) > 1:
            apart += _find_given_twice(note_id, records[0], records[1], shared)
        gone = [side.retired[note_id].time for side in sides if note_id in side.retired]
        live = [side.notes[note_id] for side in sides if note_id in side.notes]
        # Whoever edited a note that the other branch retired did not mean to take it out.
        if gone and all(_is_left_alone(each, records, shared) for each in live):
            retired[note_id] = Retired(note=note, time=max(gone))
        else:
            notes[note_id] = note
    kinds = sorted({*ours.note_types, *theirs.note_types})
    note_types = {
        kind: _merge_looks(
            [side.note_types[kind] for side in (ours, theirs) if kind in side.note_types], shared
        )
        for kind in kinds
    }
    lock = replace(
        ours,
        notes=notes,
        note_types=note_types,
        releases=tuple(releases),
        retired=retired,
        # No release holds what both have, unless they have the same ones.
        merged=bool(ahead) or ours.merged or theirs.merged,
    )
    return _with_own_numbers(lock), tuple(apart)


def _is_left_alone(note: LockedNote, both: list[LockedNote], shared: set[int]) -> bool:
    """Tell whether a branch did nothing to a note since both had it."""
    same = all((each.changed, _words(each)) == (note.changed, _words(note)) for each in both)
    return note.changed in shared or (same and len(both) > 1)


def _find_given_twice(
    note_id: str, one: LockedNote, other: LockedNote, shared: set[int]
) -> Iterator[tuple[str, str]]:
    """Yield what two branches gave to two facts, an id that both added or a cloze number."""
    cure = "learners of one branch have the other note under it: give one of the two a new id"
    if {one.changed, other.changed} & shared:
        return
    if (one.guid, one.kind) != (other.guid, other.kind):
        yield f'both branches gave the id "{note_id}" to notes of different kinds', cure
        return
    facts = fact_of(one.fields), fact_of(other.fields)
    if not {one.added, other.added} & shared and Likeness(lambda: facts).is_other(*facts):
        yield f'both branches gave the id "{note_id}" to different notes', cure
        return
    hidden = sorted((find_hidden(each.kind, each.fields) for each in (one, other)), key=str)
    for number, words, others in differing_clozes(*hidden):
        message = f'c{number} of the note "{note_id}" hides "{words}" on one branch, "{others}" on '
        message += "the other"
        yield message, "if these are two facts, give what one branch added a number never used"


def _is_ahead(side: Lock, other: Lock) -> bool:
    return any(each not in other.releases for each in side.releases)


def _order(release: Release) -> tuple[tuple[int, int, int], int, str]:
    return version_order(release.version), release.time, json_of(release)


def _merge_notes(both: list[LockedNote], shared: set[int]) -> LockedNote:
    """Return what is known of a note that both branches have."""
    first, last = sorted(both, key=_age)
    older = min(both, key=lambda each: (each.added, each.number, json_of(each)))
    if (first.guid, first.kind) != (last.guid, last.kind):
        return older
    # A branch that left the note alone has what both had, which the other has put right; but what
    # was to go out again and did not yet, still is.
    is_open = _UNKNOWN in {first.source, last.source}
    if is_open or (_words(first) != _words(last) and first.changed not in shared):
        last = replace(last, source=_UNKNOWN, rendered=_UNKNOWN)
    here = hidden_words(last.kind, last.fields)
    hid = {**first.hid, **hidden_words(first.kind, first.fields), **last.hid}
    return replace(
        last,
        number=older.number,
        added=older.added,
        cards=dict(sorted({**last.cards, **older.cards}.items())),
        hid={n: texts for n, texts in sorted(hid.items()) if n not in here},
    )


def _age(record: LockedNote | LockedNoteType) -> tuple[int, str]:
    return record.changed, json_of(record)


def _words(note: LockedNote) -> tuple[object, ...]:
    return note.fields, note.tags, note.media


def _merge_looks(records: list[LockedNoteType], shared: set[int]) -> LockedNoteType:
    first, last = min(records, key=_age), max(records, key=_age)
    is_open = _UNKNOWN in {first.look, last.look}
    if is_open or (first.look != last.look and first.changed not in shared):
        return replace(last, look=_UNKNOWN)
    return last


def _with_own_numbers(lock: Lock) -> Lock:
    """Return the lock with another number for a note whose number an older one has, too."""
    everything = published_notes(lock)
    notes, retired, taken = dict(lock.notes), dict(lock.retired), set[int]()
    for note_id, note in sorted(everything.items(), key=lambda each: (each[1].added, each[1].guid)):
        if note.number in taken:
            number = free_number(lock.key, note.guid, note.added, taken)
            if note_id in notes:
                notes[note_id] = replace(note, number=number)
            else:
                retired[note_id] = replace(retired[note_id], note=replace(note, number=number))
            taken.add(number)
        taken.add(note.number)
    return replace(lock, notes=notes, retired=retired)
