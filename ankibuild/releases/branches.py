"""Make one lock of two whose packages were released on two branches.

Learners of either branch must end with what the next release publishes. So the history of both
stays, and what the two published otherwise of one note goes out with the next release, whatever the
sources say by then.
"""

from collections.abc import Iterator

from ankibuild.core.values import json_of, replace
from ankibuild.releases.changes import free_number
from ankibuild.releases.lock import (
    Lock,
    LockedNote,
    LockedNoteType,
    Retired,
    published_notes,
    release_order,
)
from ankibuild.releases.moves import Likeness, differing_clozes, fact_of, find_hidden, hidden_words

_UNKNOWN = ""
"""Stands for a hash where learners of two branches hold different things: it equals no other."""


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
        {json_of(each): each for each in (*ours.releases, *theirs.releases)}.values(),
        key=release_order,
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
    facts = [fact_of(each.kind, each.fields, {}) for each in (one, other)]
    if not {one.added, other.added} & shared and Likeness(lambda: facts).is_other(*facts):
        yield f'both branches gave the id "{note_id}" to different notes', cure
        return
    hidden = sorted((find_hidden(each.kind, each.fields) for each in (one, other)), key=str)
    for number, words, others in differing_clozes(*hidden):
        message = f'c{number} of the note "{note_id}" hides "{words}" on one branch, "{others}" on '
        message += "the other"
        yield message, "if these are two facts, give one of them a number that was never used"


def _is_ahead(side: Lock, other: Lock) -> bool:
    return any(each not in other.releases for each in side.releases)


def _merge_notes(both: list[LockedNote], shared: set[int]) -> LockedNote:
    """Return what is known of a note that both branches have."""
    first, last = sorted(both, key=_age)
    older = min(both, key=lambda each: (each.added, each.nid, json_of(each)))
    if (first.guid, first.kind) != (last.guid, last.kind):
        return older
    # A branch that left the note alone has what both had, which the other has put right; but what
    # was to go out again and did not yet, still is.
    is_open = _UNKNOWN in {first.source, last.source}
    if is_open or (_words(first) != _words(last) and first.changed not in shared):
        last = replace(last, source=_UNKNOWN, rendered=_UNKNOWN)
    elif not shared and all(each.added == each.changed for each in both):
        # A first release was made twice: who had the note first is sent nothing.
        last = replace(last, changed=first.changed)
    here = hidden_words(last.kind, last.fields)
    hid = {**first.hid, **hidden_words(first.kind, first.fields), **last.hid}
    return replace(
        last,
        nid=older.nid,
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
        if note.nid in taken:
            number = free_number(lock.key, note.guid, note.added, taken)
            if note_id in notes:
                notes[note_id] = replace(note, nid=number)
            else:
                retired[note_id] = replace(retired[note_id], note=replace(note, nid=number))
            taken.add(number)
        taken.add(note.nid)
    return replace(lock, notes=notes, retired=retired)
