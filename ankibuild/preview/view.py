"""What there is to see: each note as it is now, or as it last was while it has an error."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from ankibuild.commands.loading import Attempt, make_all, package_of
from ankibuild.core.files import CONFIG
from ankibuild.core.notes import Deck, Note
from ankibuild.core.problems import Fragment, Problem, has_errors, shown
from ankibuild.core.values import NO_ENTRIES, Struct, replace
from ankibuild.releases.changes import Changes, compare
from ankibuild.releases.package import Package, known_note_types, published_note

State = Literal["now", "old", "lost", "released", "none"]
"""A note is shown as it is now, as it last was, as it was before something above it in its file
hid it, as it was last released, or not at all."""

CHANGED = "changed"
"""The mark of a note that says something else than when it was published."""

_HIDES_NOTES = ("invalid-encoding", "unclosed-fence", "unmerged-file", "unreadable-file")


class Seen(Struct, frozen=True, kw_only=True):
    """A package as it is shown; ``states`` are those of notes that are not as now, by heading.

    ``repeated`` are ids that more than one note has; ``changes`` are those since the last release,
    if there was one, ``marks`` what became of each note, by its id. ``is_sound`` tells that no
    error keeps the package from being built.
    """

    package: Package
    states: Mapping[Fragment, State] = NO_ENTRIES
    repeated: frozenset[str] = frozenset()
    changes: Changes | None
    marks: Mapping[str, Sequence[str]]
    is_sound: bool

    def state_of(self, note: Note) -> State:
        """Return how a note is shown."""
        return self.states.get(note.heading, "now")

    def key_of(self, note: Note) -> str:
        """Return what tells a note from all others that are shown."""
        place = f"+{note.heading.place}" if note.note_id in self.repeated else ""
        return f"{shown(self.package.folder)}/{note.note_id}{place}"


class View(Struct, frozen=True, kw_only=True):
    """All packages that are shown, and all that is wrong.

    ``media`` are all files by their names for Anki, which tell the content; ``attempts`` are for
    the next look.
    """

    packages: tuple[Seen, ...]
    problems: tuple[Problem, ...]
    media: Mapping[str, bytes]
    attempts: tuple[Attempt, ...]


class Place(NamedTuple):
    """A note, with its deck and package."""

    seen: Seen
    deck: str
    note: Note


class Places:
    """Where notes stand in their files."""

    def __init__(self, notes: Iterable[Note]) -> None:
        """Take notes in their order."""
        self._notes: dict[str, list[Note]] = defaultdict(list)
        for note in notes:
            self._notes[note.heading.path].append(note)

    def note_at(self, problem: Problem) -> Note | None:
        """Return the note that a problem stands in, if it stands in one."""
        notes = self._notes.get(problem.path, [])
        place = bisect_right(notes, problem.line, key=lambda note: note.heading.line) - 1
        return notes[place] if place >= 0 else None


def read_view(paths: Iterable[Path], before: View | None = None) -> View:
    """Return what there is to see now; a note with an error is shown as it was ``before``."""
    attempts, problems = make_all(tuple(paths), None, before.attempts if before else ())
    last = {each.package.folder: each for each in before.packages} if before else {}
    packages = [_see(each, last.get(each.source.path)) for each in attempts]
    media = {name: data for each in packages for name, data in each.package.media.items()}
    return View(packages=tuple(packages), problems=problems, media=media, attempts=attempts)


def find_notes(view: View) -> dict[str, Place]:
    """Return all notes that are shown, by their keys."""
    return {
        seen.key_of(note): Place(seen, deck.name, note)
        for seen in view.packages
        for deck in seen.package.decks
        for note in deck.notes
    }


def _see(attempt: Attempt, before: Seen | None) -> Seen:
    source, made, _ = attempt
    package = package_of(source, made)
    if not has_errors(made.problems):
        return _compared(Seen(package=package, changes=None, marks={}, is_sound=True))
    errors = [each for each in source.problems if each.severity == "error"]
    places = Places(package.notes)
    broken = made.broken | {note.heading for note in map(places.note_at, errors) if note}
    ids = Counter(note.note_id for note in package.notes)
    good = _last_good(before)
    states: dict[Fragment, State] = {}
    decks: dict[str, list[Note]] = {}
    for deck in made.decks:
        notes = decks.setdefault(deck.name, [])
        for note in deck.notes:
            if note.heading not in broken:
                notes.append(note)
                continue
            last = good.get(note.note_id) or _last_released(note, package)
            # Of two notes with one id nobody knows whose last state it is.
            if not last or ids[note.note_id] > 1:
                last = _Good(deck.name, note, "none")
            states[note.heading] = last.state
            notes.append(replace(last.note, heading=note.heading))
    here = {note.heading for note in package.notes}
    hidden = {each.path for each in errors if each.rule in _HIDES_NOTES}
    for note_id, (name, note, _) in good.items():
        if note.heading.path in hidden and note_id not in ids and note.heading not in here:
            states[note.heading] = "lost"
            decks.setdefault(name, []).append(note)
    seen = Seen(
        package=_with(package, decks, before),
        states=states,
        repeated=frozenset(note_id for note_id, count in ids.items() if count > 1),
        changes=None,
        marks={},
        is_sound=False,
    )
    # Where settings have an error, what is made by others would all be new or changed.
    return seen if any(each.path.endswith(f"/{CONFIG}") for each in errors) else _compared(seen)


class _Good(NamedTuple):
    deck: str
    note: Note
    state: State


def _last_good(before: Seen | None) -> dict[str, _Good]:
    """Return the notes that were shown, by their ids, each with how it is shown from now on."""
    found = {}
    for deck in before.package.decks if before else ():
        for note in deck.notes:
            state = before.state_of(note) if before else "none"
            if state != "none":
                state = "released" if state == "released" else "old"
                found[note.note_id] = _Good(deck.name, note, state)
    return found


def _last_released(note: Note, package: Package) -> _Good | None:
    locked = package.lock.notes.get(note.note_id)
    note_type = known_note_types(package).get(locked.kind) if locked else None
    if not locked or not note_type:
        return None
    return _Good(locked.deck, published_note(locked, note_type), "released")


def _with(package: Package, decks: Mapping[str, list[Note]], before: Seen | None) -> Package:
    """Return a package with other decks, and with what their notes need of the one before."""
    descriptions = {deck.name: deck.description for deck in package.decks}
    found = tuple(
        Deck(name=name, description=descriptions.get(name, ""), notes=tuple(notes))
        for name, notes in decks.items()
    )
    types = {note.kind: note.note_type for deck in found for note in deck.notes}
    types |= {each.kind: each for each in package.note_types}
    media = before.package.media if before else {}
    used = {name for deck in found for note in deck.notes for name in note.media}
    return replace(
        package,
        decks=found,
        note_types=tuple(types.values()),
        media={name: media[name] for name in used & media.keys()} | dict(package.media),
    )


def _compared(seen: Seen) -> Seen:
    """Compare the notes that are as now with the last release, if there was one."""
    package, locked = seen.package, seen.package.lock.notes
    if not package.lock.releases:
        return seen

    def is_alike(note: Note) -> bool:
        old = locked.get(note.note_id)
        return seen.state_of(note) == "now" and (old is None or old.kind == note.kind)

    if not seen.is_sound:
        decks = (replace(deck, notes=tuple(filter(is_alike, deck.notes))) for deck in package.decks)
        package = replace(package, decks=tuple(decks))
    changes = compare(package)
    return replace(seen, changes=changes, marks=_mark(changes))


def _mark(changes: Changes) -> dict[str, list[str]]:
    """Return what has become of each note since the release, by its id."""
    marks: dict[str, list[str]] = {}
    for mark, ids in (
        ("new", changes.added),
        ("back again", changes.restored),
        (CHANGED, changes.changed),
        ("moved", changes.moved),
    ):
        for note_id in ids:
            marks.setdefault(note_id, []).append(mark)
    return marks
