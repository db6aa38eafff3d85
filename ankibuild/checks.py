"""What can be wrong between the notes and decks of one package."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote

from ankibuild.errors import Problem
from ankibuild.identity import note_guid
from ankibuild.model import (
    DeckSource,
    Fragment,
    Kind,
    Lock,
    LockedNoteType,
    Note,
    NoteSource,
    NoteType,
    Settings,
)
from ankibuild.note_types import schema_hash

_KINDS: dict[Kind, str] = {"front-back": "a question with an answer", "cloze": "a cloze"}


def check_sources(decks: Sequence[DeckSource], settings: Settings) -> Iterator[Problem]:
    """Yield what is wrong between the sources of a package."""
    yield from _check_ids((note for deck in decks for note in deck.notes), settings)
    yield from _check_names(decks)
    if not settings.provisional:
        yield from _check_pins(decks)


def check_questions(notes: Iterable[tuple[NoteSource, Note]]) -> Iterator[Problem]:
    """Yield a warning for each question that was asked before."""
    first: dict[str, Fragment] = {}
    for source, note in notes:
        question = note.fields[0].casefold()
        if question in first and note.kind == "front-back":
            place = f"{first[question].path}:{first[question].line}"
            message = f'the question "{source.heading.text}" is already asked at {place}'
            cure = "a learner cannot know which answer is meant: say more in one of them"
            yield source.heading.problem(message, cure, "warning")
        first.setdefault(question, source.heading)


def check_guids(notes: Iterable[tuple[NoteSource, Note]]) -> Iterator[Problem]:
    """Yield a problem for each note that Anki would take for another one."""
    first: dict[str, Fragment] = {}
    for source, note in notes:
        if note.guid in first and source.guid:
            place = f"{first[note.guid].path}:{first[note.guid].line}"
            message = f'the guid "{note.guid}" is already that of the note at {place}'
            cure = "Anki knows a note by it: give a new note an id alone"
            yield source.heading.problem(message, cure)
        first.setdefault(note.guid, source.heading)


def check_note_type_ids(path: str, note_types: Mapping[str, NoteType]) -> Iterator[Problem]:
    """Yield a problem if the last of the carried note types is one that is there already."""
    *before, last = note_types.values()
    if last.id in {each.id for each in before}:
        message = f'the note type "{last.name}" is there twice, with the id {last.id}'
        yield Problem(path=path, message=message, cure="keep one of the files")


def check_published(
    path: str, settings: Settings, lock: Lock, notes: Iterable[tuple[NoteSource, Note]]
) -> Iterator[Problem]:
    """Yield what would break the merge into the collections of those who have the last release.

    ``path`` is that of the ``package.toml``.
    """
    if not lock.releases:
        return

    def about(message: str, cure: str) -> Problem:
        return Problem(path=path, line=1, column=1, message=message, cure=cure)

    for name, now, then in (
        ("key", str(settings.key), str(lock.key)),
        ("id", settings.id, lock.package_id),
    ):
        if now != then:
            message = f'the {name} "{now}" is not the published one'
            yield about(message, f'the first release freezes it: write {name} = "{then}"')
    notes = tuple(notes)
    yield from _check_note_types({note.kind: note.note_type for _, note in notes}, lock, about)
    found = set()
    for source, note in notes:
        found.add(note.note_id)
        published = lock.notes.get(note.note_id)
        retired = lock.retired.get(note.note_id)
        known = published or retired
        if known and known.kind != note.kind:
            message = f'the published note "{note.note_id}" was {_kind(known.kind)}'
            cure = f"Anki would not update it: retire it, and give {_kind(note.kind)} a new id"
            yield source.heading.problem(message, cure)
        elif known and known.guid != note.guid:
            message = f'the published note "{note.note_id}" has another guid'
            cure = "take the guid out"
            if known.guid != str(note_guid(settings.key, note.note_id)):
                cure = f'write guid="{quote(known.guid, safe="")}"'
            yield source.heading.problem(message, f"Anki knows it by that: {cure}")
        elif retired and not note.pinned:
            message = f'the note id "{note.note_id}" is that of a retired note'
            cure = f"write {{#{note.note_id}}} to bring it back, or another id for another note"
            yield source.heading.problem(message, cure)
    for note_id, gone in lock.notes.items():
        if note_id not in found and note_id not in settings.retired:
            message = f'the note "{note_id}", published in {gone.added}, is gone'
            cure = (
                f'put it back with {{#{note_id}}}, or take it out for good: retired = ["{note_id}"]'
            )
            yield about(message, cure)
    for note_id in settings.retired:
        if note_id not in lock.notes and note_id not in lock.retired:
            yield about(f'the retired note "{note_id}" was never published', "take it off the list")


def _kind(kind: Kind) -> str:
    return _KINDS.get(kind) or f'a note with note-type="{kind.rpartition("/")[2]}"'


def _check_note_types(
    note_types: Mapping[Kind, NoteType],
    lock: Lock,
    about: Callable[[str, str], Problem],
) -> Iterator[Problem]:
    for kind, each in sorted(note_types.items()):
        published = lock.note_types.get(kind)
        if each.carried and published and _schema(each) != _published_schema(published):
            message = f'the note type "{published.name}" is not the published one any more'
            cure = "its id, name, fields and card templates are frozen: put its file back"
            yield about(message, cure)


def _schema(note_type: NoteType) -> tuple[int, str, str]:
    return note_type.id, note_type.name, schema_hash(note_type)


def _published_schema(note_type: LockedNoteType) -> tuple[int, str, str]:
    return note_type.id, note_type.name, note_type.schema


def _check_ids(notes: Iterable[NoteSource], settings: Settings) -> Iterator[Problem]:
    first: dict[str, Fragment] = {}
    for note in notes:
        if note.note_id in first:
            place = f"{first[note.note_id].path}:{first[note.note_id].line}"
            message = f'note id "{note.note_id}" is already used at {place}'
            cure = "ids must be unique in a package"
            if not note.pinned:
                cure = "write an id of its own after the heading, or let ankibuild pin do it"
            yield note.heading.problem(message, cure)
        elif note.note_id in settings.retired:
            message = f'note id "{note.note_id}" is listed as retired in package.toml'
            cure = "take it off that list to bring the note back, or choose another id"
            yield note.heading.problem(message, cure)
        if note.note_id:
            first.setdefault(note.note_id, note.heading)


def _check_names(decks: Iterable[DeckSource]) -> Iterator[Problem]:
    first: dict[str, Fragment] = {}
    for deck in decks:
        # Anki compares deck names without regard to case.
        name = deck.name.casefold()
        if name in first:
            place = f"{first[name].path}:{first[name].line}"
            message = f'the deck "{deck.name}" is already made at {place}'
            cure = "one file is one deck: give one of them another heading"
            yield deck.heading.problem(message, cure)
        first.setdefault(name, deck.heading)


def _check_pins(decks: Iterable[DeckSource]) -> Iterator[Problem]:
    for deck in decks:
        loose = [note for note in deck.notes if not note.pinned]
        if loose:
            count = f"{len(loose)} notes have" if len(loose) > 1 else "one note has"
            message = f"{count} no id of its own yet" if len(loose) == 1 else f"{count} no id yet"
            cure = "ankibuild pin writes them, so that a new wording keeps the learners' progress"
            yield loose[0].heading.problem(message, cure, "warning")
