"""What a release changed, as its learners are told; the release notes and the page show it."""

import re
from collections.abc import Iterable, Iterator
from typing import Literal, get_args

from ankibuild.core.languages import ENGLISH
from ankibuild.core.values import Struct
from ankibuild.core.words import Words, words_for, words_of
from ankibuild.releases.changes import find_gone_decks, summarise
from ankibuild.releases.differences import Line, describe_change
from ankibuild.releases.lock import Lock, published_notes
from ankibuild.releases.package import Package, known_note_types, published_note, published_question

Kind = Literal["new", "changed", "again", "deck", "retired"]

KINDS: tuple[Kind, ...] = get_args(Kind)
"""What learners are told of, in order."""

_SENTENCES = ("summary-imported", "summary-merged", "summary-same", "summary-look")
_COUNTS = {
    "new": "notes-new",
    "changed": "notes-changed",
    "retired": "notes-retired",
    "renamed": "decks-renamed",
    "gone": "decks-gone",
}


class Told(Struct, frozen=True, kw_only=True):
    """One thing that a release changed: a note by its id and its question, or a deck by its name.

    ``details`` are the old and new words, and what else a learner should know of it; those of a
    note that is new are of one that was retired and came back.
    """

    kind: Kind
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
    published = published_notes(before) if before else {}
    words = words_of(package.settings)

    def told(kind: Literal["new", "changed", "again"], note_id: str) -> Told:
        now = lock.notes[note_id]
        details: Iterable[Line] = ()
        if kind != "again" and (old := published.get(note_id)):
            details = describe_change(old, published_note(now, types[now.kind]), words=words)
        name = published_question(now, types) or note_id
        return Told(kind=kind, note=note_id, name=name, details=tuple(details))

    return (
        *(told("new", note_id) for note_id in sorted(new)),
        *(told("changed", note_id) for note_id in sorted(changed)),
        *(told("again", note_id) for note_id in sorted(again)),
        *(tell_decks(find_gone_decks(package, before), words) if before else ()),
        *(
            Told(kind="retired", note=note_id, name=published_question(each.note, types) or note_id)
            for note_id, each in sorted(lock.retired.items())
            if each.time == release.time
        ),
    )


def tell_decks(gone: dict[str, str], words: Words) -> Iterator[Told]:
    """Yield what learners are told of decks that are gone, each with its new name or ""."""
    for old, new in gone.items():
        name = words.say("old-and-new", old=old, new=new) if new else old
        key = "deck-renamed" if new else "deck-gone"
        yield Told(kind="deck", note="", name=name, details=((("ours", words.say(key)),),))


def say_summary(words: Words, summary: str) -> str:
    """Return the summary of a release, which the lock holds in English, in a package's words.

    What an import or an older version of ankibuild wrote stays as it is.
    """
    english = words_for(ENGLISH, {})
    for key in _SENTENCES:
        if summary == english.say(key):
            return words.say(key)
    counts = {
        what: int(found[1])
        for what, key in _COUNTS.items()
        if (found := re.search(english.say(key, count=r"\b(\d{1,9})"), summary))
    }
    return summarise(words, **counts) if summarise(english, **counts) == summary else summary
