"""What a release changed, as its learners are told; the release notes and the page show it."""

from collections.abc import Iterable, Iterator
from typing import Literal

from ankibuild.core.values import Struct
from ankibuild.releases.changes import find_gone_decks
from ankibuild.releases.differences import Line, describe_change
from ankibuild.releases.lock import Lock
from ankibuild.releases.package import Package, known_note_types, published_note, published_question

HEADINGS = {
    "new": "New",
    "changed": "Changed",
    "again": "Sent to everyone again",
    "deck": "Decks",
    "retired": "Retired",
}
"""The headings of what learners are told, in order."""


class Told(Struct, frozen=True, kw_only=True):
    """One thing that a release changed: a note by its id and its question, or a deck by its name.

    ``details`` are the old and new words, and what else a learner should know of it.
    """

    kind: Literal["new", "changed", "again", "deck", "retired"]
    note: str
    name: str
    details: tuple[Line, ...] = ()


def tell(package: Package, lock: Lock, before: Lock | None) -> tuple[Told, ...]:
    """Return what the last release in a lock changed; nothing of a first one, which is all new.

    ``before`` is the lock that it began with; without it, old words and decks are not known.
    """
    release = lock.releases[-1]
    if len(lock.releases) == 1:
        return ()
    new = {note_id for note_id, note in lock.notes.items() if note.added == release.time}
    here = {note_id for note_id, note in lock.notes.items() if note.changed == release.time}
    again = {*release.restamped}
    changed = {*here, *release.late} - new - again
    types = known_note_types(package)

    def told(kind: Literal["new", "changed", "again"], note_id: str) -> Told:
        now = lock.notes[note_id]
        old = before.notes.get(note_id) if before and kind == "changed" else None
        details: Iterable[Line] = ()
        if old:
            details = describe_change(old, published_note(now, types[now.kind]), markup=False)
        name = published_question(now, types) or note_id
        return Told(kind=kind, note=note_id, name=name, details=tuple(details))

    return (
        *(told("new", note_id) for note_id in sorted(new)),
        *(told("changed", note_id) for note_id in sorted(changed)),
        *(told("again", note_id) for note_id in sorted(again)),
        *(_tell_decks(package, before) if before else ()),
        *(
            Told(kind="retired", note=note_id, name=published_question(each.note, types) or note_id)
            for note_id, each in sorted(lock.retired.items())
            if each.time == release.time
        ),
    )


def _tell_decks(package: Package, before: Lock) -> Iterator[Told]:
    for old, new in find_gone_decks(package, before).items():
        name, detail = old, "You keep it, with the cards that you have in it."
        if new:
            name = f"{old} → {new}"
            detail = "The cards that you have stay in the old deck; new ones come to the new one."
        yield Told(kind="deck", note="", name=name, details=((("ours", detail),),))
