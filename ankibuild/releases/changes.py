"""From the last release to the next: what changed, which lock follows; pure functions."""

import re
from collections.abc import Container, Iterable, Mapping, Set
from itertools import count
from uuid import UUID

from ankibuild.anki.note_types import look_hash, schema_hash
from ankibuild.core.identity import card_number, note_number
from ankibuild.core.languages import ENGLISH
from ankibuild.core.notes import Deck, Kind, Note, rendered_hash
from ankibuild.core.text import plain_text, seen_lines
from ankibuild.core.values import Struct, Value, hash_of, replace
from ankibuild.core.words import Words, words_for
from ankibuild.releases.lock import (
    VERSION,
    Lock,
    LockedNote,
    LockedNoteType,
    Release,
    Retired,
    published_notes,
)
from ankibuild.releases.moves import hidden_words
from ankibuild.releases.package import (
    Package,
    asks_of,
    known_note_types,
    published_note_types,
    published_ordinals,
)

FIRST_VERSION = "1.0.0"
A_DAY = 86_400
MANY = 3
"""Notes that change in no word, from which on a trainer is asked."""

UNRELEASED_VERSION = "0.1.0-dev"


class Changes(Struct, frozen=True, kw_only=True):
    """What learners will get beyond the last release; ids and kinds are sorted.

    ``moved`` notes come to another deck for new learners only, ``rerendered`` ones would be
    written otherwise by today's tools and are left as they are. ``restamped`` ones did not change,
    but are sent to everyone again. ``without_words`` are changed ones of which no learner reads
    anything else than before: only tags or markup changed. ``renamed_decks`` are those of
    ``gone_decks`` whose notes are all in one new deck, each with its name.
    """

    added: tuple[str, ...]
    restored: tuple[str, ...]
    changed: tuple[str, ...]
    without_words: tuple[str, ...]
    restamped: tuple[str, ...]
    moved: tuple[str, ...]
    retired: tuple[str, ...]
    rerendered: tuple[str, ...]
    looks: tuple[Kind, ...]
    gone_decks: tuple[str, ...]
    renamed_decks: tuple[tuple[str, str], ...]
    new_cards: bool
    about: bool
    order: bool
    merged: bool

    @property
    def pending(self) -> bool:
        """Tell whether there is anything to release."""
        return self.size != "none"

    @property
    def size(self) -> str:
        """Return which part of the version goes up: major, minor, patch or none."""
        if self.retired or self.gone_decks:
            return "major"
        if self.added or self.restored or self.new_cards or self.merged:
            return "minor"
        small = (self.changed, self.restamped, self.moved, self.looks, self.about, self.order)
        return "patch" if any(small) else "none"

    @property
    def summary(self) -> str:
        """Return what changed in one line for learners, in English, as the lock holds it."""
        english = words_for(ENGLISH, {})
        renamed = len(self.renamed_decks)
        counted = summarise(
            english,
            new=len(self.added) + len(self.restored),
            changed=len(self.changed) + len(self.restamped),
            retired=len(self.retired),
            renamed=renamed,
            gone=len(self.gone_decks) - renamed,
        )
        # The lock does not tell a style from a link for feedback.
        other = "merged" if self.merged else "look" if self.looks else "same"
        return counted or english.say(f"summary-{other}")


def summarise(
    words: Words,
    *,
    new: int = 0,
    changed: int = 0,
    retired: int = 0,
    renamed: int = 0,
    gone: int = 0,
) -> str:
    """Return in a line how many notes and decks changed; "" for none."""
    notes = {"new": new, "changed": changed, "retired": retired}
    decks = {"renamed": renamed, "gone": gone}
    lines = _say_counts(words, "notes", notes), _say_counts(words, "decks", decks)
    return " ".join(filter(None, lines))


def _say_counts(words: Words, of: str, counts: Mapping[str, int]) -> str:
    said = ""
    for what, number in counts.items():
        if number:
            counted = words.say(f"{of}-{what}", count=number)
            said = words.say("list", before=said, next=counted) if said else counted
    return said and words.say(f"{of}-summary", counts=said)


def compare(package: Package, restamp: tuple[str, ...] = ()) -> Changes:
    """Return what changed in a package since its last release; everything, if there is none.

    ``restamp`` are ids of published notes that are to be sent to everyone again. Nothing is read or
    written: what the package holds is compared with its lock.
    """
    lock = package.lock
    notes = {note.note_id: note for note in package.notes}
    decks = {note.note_id: deck.name for deck in package.decks for note in deck.notes}
    published = {note_id: lock.notes[note_id] for note_id in notes if note_id in lock.notes}
    changed = {note_id for note_id, old in published.items() if _is_changed(notes[note_id], old)}
    last = lock.releases[-1] if lock.releases else None
    gone_decks = find_gone_decks(package, lock)
    types = published_note_types(package.note_types, lock)
    return Changes(
        added=_sorted(notes.keys() - lock.notes.keys() - lock.retired.keys()),
        restored=_sorted(notes.keys() & lock.retired.keys()),
        changed=_sorted(changed),
        without_words=_sorted(n for n in changed if _says_the_same(notes[n], published[n])),
        restamped=_sorted(set(restamp) & published.keys() - changed),
        moved=_sorted(n for n, old in published.items() if old.deck != decks[n]),
        retired=_sorted(lock.notes.keys() - notes.keys()),
        rerendered=_sorted(
            note_id
            for note_id, old in published.items()
            if note_id not in changed and _is_other(notes[note_id], old)
        ),
        looks=tuple(
            each.kind
            for each in package.note_types
            if each.kind in lock.note_types and lock.note_types[each.kind].look != look_hash(each)
        ),
        gone_decks=tuple(gone_decks),
        renamed_decks=tuple((old, new) for old, new in gone_decks.items() if new),
        new_cards=any(
            set(note.ordinals) - set(published_ordinals(published[note.note_id], types[note.kind]))
            for note in package.notes
            if note.note_id in changed
            or (types[note.kind] is not note.note_type and note.note_id in published)
        ),
        about=last is not None and last.about != _about_hash(package),
        order=last is not None and last.order != _order_hash(package),
        merged=lock.merged,
    )


def find_gone_decks(package: Package, lock: Lock) -> dict[str, str]:
    """Return the published decks that a package has no longer, sorted, each with its new name.

    That is "" unless all of its notes that are left are in one deck, which is a new one.
    """
    before = {note_id: old.deck for note_id, old in lock.notes.items()}
    now = {note.note_id: deck.name for deck in package.decks for note in deck.notes}
    return compare_decks(before, now, {deck.name for deck in package.decks})


def compare_decks(
    before: Mapping[str, str], now: Mapping[str, str], names: Set[str]
) -> dict[str, str]:
    """Return the decks that are gone, sorted, each with its new name or "", as above.

    The decks of notes are given by the notes' ids; ``names`` are all of those that are there now.
    """
    known = set(before.values())
    went: dict[str, set[str]] = {old: set() for old in sorted(known - names)}
    for note_id, new in now.items() if went else ():
        if (old := before.get(note_id)) in went:
            went[old].add(new)
    return {
        old: new.pop() if len(new) == 1 and not new & known else "" for old, new in went.items()
    }


def next_version(lock: Lock, changes: Changes) -> str:
    """Return the version that follows the last release."""
    if not lock.releases:
        return FIRST_VERSION
    major, minor, patch = version_order(lock.releases[-1].version)
    if changes.size == "major":
        return f"{major + 1}.0.0"
    if changes.size == "minor":
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}"


def version_numbers(version: str) -> tuple[int, int, int] | None:
    """Return the three numbers of a version (https://semver.org), or None for anything else."""
    match = re.fullmatch(VERSION, version)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def version_order(version: str) -> tuple[int, int, int]:
    """Return what sorts versions; one that is none comes first."""
    return version_numbers(version) or (0, 0, 0)


def advance(package: Package, changes: Changes, version: str, time: int) -> Lock:
    """Return the lock after a release of the package; its ``content`` is not known yet.

    Whatever did not change keeps its published fields and its modified time. What did gets the
    release's time, or a later one where learners may hold one that is not before it: a release of
    the future was made by a clock that was wrong.
    """
    lock = package.lock
    published = {
        note_id: replace(note, cards={}) if _is_of_the_future(note, time) else note
        for note_id, note in published_notes(lock).items()
    }
    numbers = _new_numbers(package, published, time)
    notes: dict[str, LockedNote] = {}
    for deck in package.decks:
        for note in deck.notes:
            old = published.get(note.note_id)
            added = old.added if old and note.note_id in lock.notes else time
            if old is None or _is_changed(note, old) or note.note_id in changes.restamped:
                number = numbers.get(note.note_id) or published[note.note_id].nid
                changed = _later(old, time) if old else time
                locked = _lock_note(note, deck, number, added, changed)
                if old:
                    cards, hid = _cards_before(lock.key, note, old), _hidden_before(note, old)
                    locked = replace(locked, cards=cards, hid=hid)
            else:
                number = numbers.get(note.note_id, old.nid)
                locked = replace(
                    old, deck=deck.name, source=note.source_hash, added=added, nid=number
                )
            notes[note.note_id] = locked
    notes = _with_cards(package, changes, notes, published)
    release = Release(
        version=version,
        time=time,
        summary=changes.summary,
        restamped=changes.restamped,
        content="",
        about=_about_hash(package),
        order=_order_hash(package),
        late=_sorted(
            note_id
            for note_id, note in notes.items()
            if note.changed > time and note.changed != published[note_id].changed
        ),
    )
    gone = {note_id: each for note_id, each in lock.retired.items() if note_id not in notes}
    for note_id in changes.retired:
        gone[note_id] = Retired(note=lock.notes[note_id], time=time)
    return replace(
        lock,
        notes=notes,
        note_types={**lock.note_types, **_lock_note_types(package, time)},
        releases=(*lock.releases, release),
        retired=gone,
        merged=False,
    )


def _is_changed(note: Note, old: LockedNote) -> bool:
    """Tell whether an author's edit made other HTML, or newer tools other words or lines.

    What newer tools write otherwise is no change where it reads the same.
    """
    return _is_other(note, old) and (note.source_hash != old.source or _reads_otherwise(note, old))


def _reads_otherwise(note: Note, old: LockedNote) -> bool:
    before = [old.fields.get(name, "") for name, _ in note.note_type.fields]
    # An adopted note keeps the words that it has in Anki, whose lines may be others.
    is_ours = rendered_hash(tuple(before), old.tags) == old.rendered
    return is_ours and list(map(seen_lines, before)) != list(map(seen_lines, note.fields))


def _says_the_same(note: Note, old: LockedNote) -> bool:
    # Where two branches published something else, learners of one read other words.
    if not old.source or dict(note.media) != dict(old.media):
        return False
    now = {name: html for name, html in note.field_map.items() if html}
    if note.note_type.carried:
        # Its markup is another with the first edit, as the import said.
        return now == dict(old.fields)
    return _words(now) == _words(old.fields)


def _words(fields: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the words of each field, those for pictures too, and its lines."""
    return {name: (plain_text(html), *seen_lines(html)) for name, html in fields.items()}


def _is_other(note: Note, old: LockedNote) -> bool:
    return note.rendered != old.rendered


def _lock_note(note: Note, deck: Deck, number: int, added: int, changed: int) -> LockedNote:
    return LockedNote(
        note_id=note.note_id,
        guid=note.guid,
        nid=number,
        kind=note.kind,
        deck=deck.name,
        tags=note.tags,
        fields={name: html for name, html in note.field_map.items() if html},
        media=dict(sorted(note.media.items())),
        source=note.source_hash,
        rendered=note.rendered,
        added=added,
        changed=changed,
    )


def _lock_note_types(package: Package, time: int) -> dict[Kind, LockedNoteType]:
    locked: dict[Kind, LockedNoteType] = {}
    for each in package.note_types:
        old = package.lock.note_types.get(each.kind)
        look = look_hash(each)
        is_same = old is not None and old.look == look
        locked[each.kind] = LockedNoteType(
            kind=each.kind,
            id=each.id,
            name=old.name if old else each.name,
            schema=schema_hash(each),
            look=look,
            changed=time if old is None else old.changed if is_same else _later(old, time),
            fields=each.fields,
            templates=tuple((side.name, side.id) for side in each.templates),
            asks=asks_of(each),
            held=old.held if old and is_same else None,
        )
    return locked


def _later(old: LockedNote | LockedNoteType, time: int) -> int:
    """Return the time of a release, or the first that comes after all that learners may hold."""
    return max(time, old.changed + 1, (old.held or 0) + 1)


def free_number(key: UUID, guid: str, time: int, taken: Container[int]) -> int:
    """Return Anki's number for a note that a release at this time added, and that no other has."""
    found = (note_number(key, guid, time, attempt) for attempt in count())
    return next(number for number in found if number not in taken)


def _new_numbers(
    package: Package, published: Mapping[str, LockedNote], time: int
) -> dict[str, int]:
    """Return Anki's numbers for the notes that were never published, by id.

    A number that lies in the future Anki gave to nobody: its notes get others, too. Of two that
    would have the same one, that with the later GUID gets another.
    """
    taken = {each.nid for each in published.values()}
    numbers: dict[str, int] = {}
    new = [
        note
        for note in package.notes
        if note.note_id not in published or _is_of_the_future(published[note.note_id], time)
    ]
    for note in sorted(new, key=lambda each: each.guid):
        numbers[note.note_id] = free_number(package.lock.key, note.guid, time, taken)
        taken.add(numbers[note.note_id])
    return numbers


def _cards_before(key: UUID, note: Note, old: LockedNote) -> dict[int, int]:
    """Return the numbers of old cards that do not follow from the note, or that it has no longer.

    What cloze numbers are gone is told by what they hid.
    """
    if note.note_type.is_cloze:
        return dict(old.cards)
    gone = sorted(set(published_ordinals(old, note.note_type)) - set(note.ordinals))
    numbers = zip(gone, card_numbers(key, old, tuple(gone)), strict=True)
    return dict(sorted({**old.cards, **dict(numbers)}.items()))


def _hidden_before(note: Note, old: LockedNote) -> dict[int, tuple[tuple[str, ...], ...]]:
    """Return what the cloze numbers hid that a note has no longer."""
    if not note.note_type.is_cloze:
        return {}
    hid = {**old.hid, **hidden_words(old.kind, old.fields)}
    return {n: texts for n, texts in sorted(hid.items()) if n - 1 not in note.ordinals}


def _is_of_the_future(note: LockedNote, time: int) -> bool:
    """Tell whether Anki replaces a note's number, as it does with one later than tomorrow's."""
    return note.added > time and note.nid > (time + A_DAY) * 1000


def _with_cards(
    package: Package,
    changes: Changes,
    notes: dict[str, LockedNote],
    published: Mapping[str, LockedNote],
) -> dict[str, LockedNote]:
    """Return the notes with the numbers of those of their cards that would have another's number.

    Cards that were published keep theirs, those of older notes before those of newer ones.
    """
    key = package.lock.key
    types = published_note_types(known_note_types(package).values(), package.lock)
    # Cards of old, which were counted, and those of two branches were not looked at together yet.
    is_new = package.lock.merged or any(each.counted for each in package.lock.releases[-1:])
    is_new = is_new or bool(changes.added or changes.restored or changes.new_cards)
    if not is_new and all(notes[n].nid == old.nid for n, old in published.items() if n in notes):
        return notes
    ordinals = {note.note_id: note.ordinals for note in package.notes}
    cards: list[tuple[bool, int, str, int, str]] = []
    for note_id, note in {**published, **notes}.items():
        known: set[int] = set()
        if old := published.get(note_id):
            known = {*old.cards, *(number - 1 for number in old.hid)}
            known.update(published_ordinals(old, types[old.kind]) if old.kind in types else ())
        cards += [
            (ordinal not in known, note.added, note.guid, ordinal, note_id)
            for ordinal in known.union(ordinals.get(note_id, ()))
        ]
    taken: set[int] = set()
    for *_, ordinal, note_id in sorted(cards):
        note = notes.get(note_id) or published[note_id]
        (number,) = card_numbers(key, note, (ordinal,))
        for attempt in count(1):
            if number not in taken or note_id not in notes:
                break
            number = card_number(key, note.guid, note.nid, ordinal, attempt)
            own = dict(sorted({**note.cards, ordinal: number}.items()))
            notes[note_id] = note = replace(note, cards=own)
        taken.add(number)
    return notes


def card_numbers(key: UUID, note: LockedNote, ordinals: tuple[int, ...]) -> tuple[int, ...]:
    """Return Anki's numbers for cards of a published note."""
    return tuple(
        note.cards.get(ordinal) or card_number(key, note.guid, note.nid, ordinal)
        for ordinal in ordinals
    )


def _about_hash(package: Package) -> str:
    """Return the hash of what the decks' descriptions tell, versions aside."""
    settings = package.settings
    decks: list[Value] = [[deck.name, deck.description] for deck in package.decks]
    return hash_of([settings.description, list(settings.authors), settings.license, decks])


def _order_hash(package: Package) -> str:
    """Return the hash of the order in which new cards come."""
    return hash_of([note.note_id for note in package.notes])


def _sorted(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(ids))
