"""What learners have of a deck that is imported: the lock begins with it."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ankibuild.anki.database import AnkiCollection, AnkiNote
from ankibuild.core.languages import ENGLISH, words_in
from ankibuild.core.media import MediaFile
from ankibuild.core.problems import Problem, about
from ankibuild.core.text import normal_form
from ankibuild.core.values import replace
from ankibuild.importers.html import clean_html, with_media
from ankibuild.importers.rewriting import AdoptedNote, name_of
from ankibuild.releases.changes import FIRST_VERSION, advance, compare
from ankibuild.releases.edition import with_content
from ankibuild.releases.lock import Lock
from ankibuild.releases.package import Package


def check_older(path: Path, collection: AnkiCollection, older: AnkiCollection) -> Iterator[Problem]:
    """Yield which notes that learners have Anki would never update with the newer ones."""
    if max(each.modified for each in older.notes) > max(each.modified for each in collection.notes):
        message = "this file is newer than the one that is imported"
        yield about(
            path,
            "swapped-files",
            message,
            "have the two been swapped? --learners-have takes the older one",
        )
    now = {note.guid: note for note in collection.notes}
    strangers = sum(
        note.guid in now and _schema(older, note) != _schema(collection, now[note.guid])
        for note in older.notes
    )
    if strangers:
        message = (
            f"{strangers} of its notes have a different note type in the newer file, or one "
            "with different fields: Anki would never update them"
        )
        cure = "import this file alone, and write the corrections into the Markdown"
        yield about(path, "stranded-notes", message, cure)


def find_left(path: Path, collection: AnkiCollection, older: AnkiCollection) -> Iterator[Problem]:
    """Yield a warning if notes that learners have are not in the file that is imported."""
    here = {note.guid for note in collection.notes}
    left = [name_of(note) for note in older.notes if note.guid not in here]
    if left:
        named = ", ".join(f'"{text}"' for text in left)
        count = f"{len(left)} notes" if len(left) > 1 else "a note"
        message = f"{count} that learners have {'are' if len(left) > 1 else 'is'} not in this file"
        message += f": {named}"
        yield about(
            path, "notes-left-out", message, "they stay with learners as they are", "warning"
        )


def first_lock(
    package: Package,
    written: Iterable[AdoptedNote],
    collection: AnkiCollection,
    older: AnkiCollection,
    media: Mapping[str, MediaFile],
    now: int,
    original: str,
) -> Lock:
    """Return the lock of a first version that holds the notes as learners have them.

    Its time is before every note's own, and that of a note type no later than its own, so that
    nobody who has the deck is sent anything. New learners get the media under our names; ``media``
    are by the old ones. ``original`` is the hash of the file that learners have.
    """
    names = {name: each.name for name, each in media.items()}
    imported = {each.note_id: each for each in written}
    had = {note.guid: note for note in older.notes}
    # The number of a note with a time to come tells when it was made; nobody changed it before.
    began = (each.modified if each.modified <= now else each.nid // 1000 for each in older.notes)
    time = max(1, min(now, *began))
    lock = advance(package, compare(package), FIRST_VERSION, time)
    notes = {}
    for note_id, note in lock.notes.items():
        if note.guid not in had:
            continue
        each, theirs = imported[note_id], had[note.guid]
        held = theirs.modified if theirs.modified > now else None
        notes[note_id] = replace(note, nid=theirs.nid, cards=theirs.cards, held=held)
        fields = each.fields
        if (theirs.fields, set(theirs.tags)) != (each.original.fields, set(each.original.tags)):
            # What learners have is in no source: it equals no hash, and goes out anew.
            pairs = zip(each.note_type.fields, theirs.fields, strict=True)
            fields = {name: clean_html(normal_form(html))[0] for (name, _), html in pairs}
            fields = {name: html for name, html in fields.items() if html}
            notes[note_id] = replace(
                notes[note_id], tags=tuple(sorted(theirs.tags)), source="", rendered=""
            )
        fields = {name: with_media(html, names) for name, html in fields.items()}
        notes[note_id] = replace(notes[note_id], fields=fields)
    # Of a look that learners have otherwise no hash is known either.
    looks = {}
    for kind, note_type in lock.note_types.items():
        is_same = _look(older, note_type.id) == _look(collection, note_type.id)
        modified = int(older.note_types.get(note_type.id, {}).get("mod") or 0)
        looks[kind] = replace(
            note_type,
            look=note_type.look if is_same else "",
            # Whoever changed the look since has another one, which no note's time may replace.
            changed=max(1, min(modified, time)),
            held=modified if modified > now else None,
        )
    summary = words_in(ENGLISH)["summary-imported"]
    first = replace(lock.releases[0], summary=summary, original=original)
    lock = replace(lock, notes=notes, note_types=looks, releases=(first,))
    if notes.keys() != {note.note_id for note in package.notes}:
        # What learners have is no edition of what is here.
        return lock
    return with_content(package, lock)[0]


def _schema(collection: AnkiCollection, note: AnkiNote) -> tuple[object, ...]:
    record = collection.note_types.get(note.note_type, {})
    parts = ([part.get("name") for part in record.get(each, ())] for each in ("flds", "tmpls"))
    return (note.note_type, *map(tuple, parts))


def _look(collection: AnkiCollection, note_type: int) -> tuple[object, ...]:
    record = collection.note_types.get(note_type, {})
    sides = [(each.get("qfmt"), each.get("afmt")) for each in record.get("tmpls", ())]
    return record.get("css"), sides
