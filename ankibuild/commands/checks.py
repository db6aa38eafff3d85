"""What can be wrong between the notes of one package, or between its decks."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from ankibuild.anki.active import find_active
from ankibuild.anki.card_generation import template_fields
from ankibuild.anki.note_types import FIELDS
from ankibuild.core.names import Names, short_id
from ankibuild.core.notes import Note, NoteType
from ankibuild.core.problems import Fragment, Problem, about
from ankibuild.core.settings import Settings
from ankibuild.core.text import heading_of, shorten
from ankibuild.dialect.fields import render_inline
from ankibuild.dialect.source import DeckSource, NoteSource
from ankibuild.releases.lock import Lock

_MOST_NAMED = 8


def check_sources(
    decks: Sequence[DeckSource],
    settings: Settings,
    lock: Lock,
    carried: Mapping[str, NoteType],
    found: Iterable[Problem],
) -> Iterator[Problem]:
    """Yield what is wrong between the sources of a package; its lock knows the published ids.

    ``carried`` are the note types that the package brings along, by name; ``found`` is what is
    wrong with the sources themselves.
    """
    notes = [note for deck in decks for note in deck.notes]
    yield from _check_ids(notes, settings, lock, carried)
    yield from _check_names(decks)
    if not settings.provisional:
        slips = (each for each in found if each.rule == "attributes-as-text")
        told = {(each.path, each.line) for each in slips if each.rule not in settings.ignore}
        yield from _check_pins(decks, told)


def check_questions(notes: Iterable[tuple[NoteSource, Note]]) -> Iterator[Problem]:
    """Yield a warning for each question that was asked before."""
    first: dict[tuple[str, ...], NoteSource] = {}
    for source, note in notes:
        question = _asked(note)
        # Two notes of one id are found already.
        if question in first and first[question].note_id != note.note_id:
            place = first[question].heading.place
            message = f'the question "{source.heading.text}" is already asked at {place}'
            cure = (
                "learners cannot tell which answer is meant: make one of the questions more "
                "specific"
            )
            yield source.heading.problem("repeated-question", message, cure, "warning")
        if question:
            first.setdefault(question, source)


def _asked(note: Note) -> tuple[str, ...]:
    """Return what tells the question of a note from others; nothing where many may be alike.

    A note type of the package's own shows with it what else stands on the front of its first card.
    """
    note_type = note.note_type
    if note.kind == "front-back":
        return (note.fields[0].casefold(),)
    if note.kind in FIELDS or note_type.carried or note_type.is_cloze or 0 not in note.ordinals:
        return ()
    shown = template_fields(note_type.templates[0].front).shown
    return (note.kind, *(note.field_map.get(name, "").casefold() for name in shown))


def check_guids(notes: Iterable[tuple[NoteSource, Note]]) -> Iterator[Problem]:
    """Yield a problem for each note that Anki would take for another one."""
    first: dict[str, NoteSource] = {}
    for source, note in notes:
        other = first.setdefault(note.guid, source)
        # Two notes of one id are found already.
        if other.note_id != source.note_id:
            place = other.heading.place
            message = f'the guid "{note.guid}" is already used by the note at {place}'
            cure = "Anki recognises a note by its guid: give a new note only an id"
            yield source.heading.problem("repeated-guid", message, cure)


def check_note_type_ids(
    places: Mapping[str, str], note_types: Mapping[str, NoteType]
) -> Iterator[Problem]:
    """Yield a problem for each carried note type that is one there already; places are by name."""
    seen: set[int] = set()
    for name, each in note_types.items():
        if each.id in seen:
            message = f'the note type "{each.name}" appears twice, with the id {each.id}'
            yield about(places[name], "repeated-note-type", message, "keep one of the two")
        seen.add(each.id)


def check_active(path: str, note_type: NoteType) -> Iterator[Problem]:
    """Yield a warning if a note type would run or load something on a learner's device."""
    if found := find_active(note_type):
        named = ", ".join(map(shorten, found[:_MOST_NAMED]))
        more = f", and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
        message = (
            f'the note type "{note_type.name}" runs or loads something on learners\' devices: '
            f"{named}{more}"
        )
        cure = "look at its card templates and style: they are published under your name"
        yield about(path, "active-note-type", message, cure, "warning")


def _check_ids(
    notes: Sequence[NoteSource], settings: Settings, lock: Lock, carried: Mapping[str, NoteType]
) -> Iterator[Problem]:
    """Yield what is wrong with the ids of notes."""
    first: dict[str, NoteSource] = {}
    here = {note.note_id for note in notes}
    if len(here) == len(notes) and here.isdisjoint(settings.retired):
        return
    roles = {each.kind: each.roles for each in carried.values()}
    published = {
        note_id: heading_of(note.fields, roles.get(note.kind, {}))
        for note_id, note in lock.notes.items()
    }
    ids = Names({*here, *settings.retired, *lock.notes, *lock.retired})
    lost = {words: each for each, words in published.items() if words and each not in here}
    for note in notes:
        if note.note_id in first:
            one, other = _published_first(first[note.note_id], note, published)
            first[note.note_id] = one
            message = f'note id "{note.note_id}" is already used at {one.heading.place}'
            cure = f"write {{#{ids.take_id(short_id(other.heading.text) or other.note_id)}}} here"
            if not other.pinned:
                cure = "write an id of its own after the heading, or let ankibuild pin do it"
            elif known := lost.get(_words_of(other)):
                cure = f"write {{#{known}}} here, the published id of this question"
            elif one.heading.text == other.heading.text:
                cure = f"delete one of the two, or if they differ {cure}"
            yield other.heading.problem("repeated-note-id", message, cure)
        elif note.note_id in settings.retired:
            message = f'note id "{note.note_id}" is listed as retired in package.toml'
            cure = "remove it from that list to bring the note back, or choose another id"
            yield note.heading.problem("retired-note-id", message, cure)
        if note.note_id:
            first.setdefault(note.note_id, note)


def _published_first(
    one: NoteSource, other: NoteSource, published: Mapping[str, str]
) -> tuple[NoteSource, NoteSource]:
    """Return two notes of one id, first the one whose heading was published with it."""
    known = published.get(one.note_id)
    if known and _words_of(one) != known == _words_of(other):
        return other, one
    return one, other


def _words_of(note: NoteSource) -> str:
    return render_inline(note.heading).text


def _check_names(decks: Iterable[DeckSource]) -> Iterator[Problem]:
    first: dict[str, Fragment] = {}
    for deck in decks:
        # Anki compares deck names without regard to case.
        name = deck.name.casefold()
        if name in first:
            place = first[name].place
            message = f'the deck "{deck.name}" is already defined at {place}'
            cure = "each file is one deck: give one of them a different heading"
            yield deck.heading.problem("repeated-deck", message, cure)
        first.setdefault(name, deck.heading)


def _check_pins(decks: Iterable[DeckSource], told: Container[tuple[str, int]]) -> Iterator[Problem]:
    """Yield a warning for each deck with notes that have no id, and of which nothing is told."""
    for deck in decks:
        loose = [note.heading for note in deck.notes if not note.pinned]
        loose = [each for each in loose if (each.path, each.line) not in told]
        if loose:
            count = f"{len(loose)} notes have" if len(loose) > 1 else "one note has"
            message = f"{count} no id of its own yet" if len(loose) == 1 else f"{count} no id yet"
            what = "it" if len(loose) == 1 else "them"
            cure = (
                f"ankibuild pin writes {what}, so that learners keep their progress when the "
                "wording changes"
            )
            yield loose[0].problem("unpinned-note", message, cure, "warning")
