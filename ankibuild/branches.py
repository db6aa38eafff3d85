"""Make one lock of two whose packages were released on two branches.

Learners of either branch must end with what the next release publishes. So the history of both
stays, and what the two published otherwise of one note goes out with the next release, whatever the
sources say by then.
"""

from collections.abc import Mapping
from itertools import count
from pathlib import Path

from ankibuild.changes import version_numbers
from ankibuild.errors import AnkibuildError, Problem
from ankibuild.files import LOCK, about, read_text, shown, write_file
from ankibuild.history import conflicting_sides
from ankibuild.identity import note_number
from ankibuild.lock import read_lock, write_lock
from ankibuild.model import Lock, LockedNote, LockedNoteType, Release, Retired
from ankibuild.moves import hidden_words
from ankibuild.values import json_of, replace

_UNKNOWN = ""
"""Stands for a hash where learners of two branches hold different things: it equals no other."""


def merge_lock(folder: Path) -> tuple[Problem, ...] | None:
    """Write one lock of the two that meet in a package's folder, as Git has them.

    Returns what learners should be told, or None where nothing was to be done.
    Raises AnkibuildError when no two locks meet there, or when one of them cannot be read.
    """
    path = folder / LOCK
    sides = conflicting_sides(folder)
    if sides is None:
        cure = "name the folder of a package whose branches Git is merging, or has merged"
        raise AnkibuildError((about(path, "Git knows of no two locks that meet here", cure),))
    ours, theirs = (read_lock(shown(path), side) for side in sides)
    lock, warnings = _merge(path, ours, theirs)
    try:
        # What was released since then stays.
        now = read_lock(shown(path), read_text(path))
        lock, more = _merge(path, now, lock)
        if lock == now:
            return None
        warnings = (*warnings, *more)
    except AnkibuildError:
        pass
    write_file(path, write_lock(lock).encode())
    return warnings


def merge_lock_files(ours: Path, theirs: Path, name: str) -> tuple[Problem, ...]:
    """Write into our file one lock of it and theirs, as Git asks of a merge driver.

    ``name`` is the path of the lock in the repository, for messages. Returns what learners should
    be told. Raises AnkibuildError when one of the two cannot be read.
    """
    locks = [read_lock(name, read_text(path)) for path in (ours, theirs)]
    lock, warnings = _merge(Path(name), *locks)
    write_file(ours, write_lock(lock).encode())
    return warnings


def _merge(path: Path, *both: Lock) -> tuple[Lock, tuple[Problem, ...]]:
    ours, theirs = both
    if (ours.key, ours.package_id) != (theirs.key, theirs.package_id):
        message = f'these are locks of two packages, "{ours.package_id}" and "{theirs.package_id}"'
        cure = "give each package a folder of its own"
        raise AnkibuildError((about(path, message, cure),))
    lock, apart = merge_locks(ours, theirs)
    cure = "learners of one branch keep theirs as it is: give the other note an id of its own"
    return lock, tuple(
        about(
            path, f'both branches gave the id "{note_id}" to notes of another kind', cure, "warning"
        )
        for note_id in apart
    )


def merge_locks(ours: Lock, theirs: Lock) -> tuple[Lock, tuple[str, ...]]:
    """Return one lock of two of the same package, and the ids of notes that cannot be one.

    The order of the two plays no part. Those ids were given on both branches, each to a note that
    Anki cannot turn into the other; learners of one branch will keep theirs as it is.
    """
    ahead = [side for side, other in ((ours, theirs), (theirs, ours)) if _is_ahead(side, other)]
    if len(ahead) == 1:
        # It was made of all that the other has, and may have put it right since.
        return ahead[0], ()
    releases = sorted(
        {json_of(each): each for each in (*ours.releases, *theirs.releases)}.values(), key=_order
    )
    shared = {each.time for each in ours.releases if each in theirs.releases}
    apart: list[str] = []
    notes: dict[str, LockedNote] = {}
    retired: dict[str, Retired] = {}
    for note_id in sorted({*_ids(ours), *_ids(theirs)}):
        sides = [side for side in (ours, theirs) if note_id in _ids(side)]
        records = [_published(side, note_id) for side in sides]
        note = records[0] if len(records) == 1 else _merge_notes(records, shared)
        if len({(each.guid, each.kind) for each in records}) > 1:
            apart.append(note_id)
        gone = [side.retired[note_id].time for side in sides if note_id in side.retired]
        live = [side.notes[note_id] for side in sides if note_id in side.notes]
        # Whoever edited a note that the other branch retired did not mean to take it out.
        if gone and all(each.changed in shared for each in live):
            retired[note_id] = Retired(note=note, time=max(gone))
        else:
            notes[note_id] = note
    kinds = sorted({*ours.note_types, *theirs.note_types})
    note_types = {
        kind: _merge_looks(
            [s.note_types[kind] for s in (ours, theirs) if kind in s.note_types], shared
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


def _is_ahead(side: Lock, other: Lock) -> bool:
    return any(each not in other.releases for each in side.releases)


def _order(release: Release) -> tuple[tuple[int, int, int], int, str]:
    return version_numbers(release.version) or (0, 0, 0), release.time, json_of(release)


def _ids(lock: Lock) -> set[str]:
    return {*lock.notes, *lock.retired}


def _published(lock: Lock, note_id: str) -> LockedNote:
    return lock.notes[note_id] if note_id in lock.notes else lock.retired[note_id].note


def _merge_notes(both: list[LockedNote], shared: set[int]) -> LockedNote:
    """Return what is known of a note that both branches have."""
    first, last = sorted(both, key=_age)
    older = min(both, key=lambda each: (each.added, each.number, json_of(each)))
    if (first.guid, first.kind) != (last.guid, last.kind):
        return older
    # A branch that left the note alone has what both had, which the other has put right.
    apart = _words(first) != _words(last) and first.changed not in shared
    if apart or _UNKNOWN in (first.rendered, last.rendered):
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
    apart = first.look != last.look and first.changed not in shared
    if apart or _UNKNOWN in (first.look, last.look):
        return replace(last, look=_UNKNOWN)
    return last


def _with_own_numbers(lock: Lock) -> Lock:
    """Return the lock with another number for a note whose number an older one has, too."""
    everything: Mapping[str, LockedNote] = {
        **{note_id: each.note for note_id, each in lock.retired.items()},
        **lock.notes,
    }
    notes, retired, taken = dict(lock.notes), dict(lock.retired), set[int]()
    for note_id, note in sorted(everything.items(), key=lambda each: (each[1].added, each[1].guid)):
        if note.number in taken:
            found = (note_number(lock.key, note.guid, note.added, each) for each in count())
            number = next(each for each in found if each not in taken)
            if note_id in notes:
                notes[note_id] = replace(note, number=number)
            else:
                retired[note_id] = replace(retired[note_id], note=replace(note, number=number))
            taken.add(number)
        taken.add(note.number)
    return replace(lock, notes=notes, retired=retired)
