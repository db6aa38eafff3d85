"""What can be wrong between the notes and decks of one package."""

from collections.abc import Iterable, Iterator, Sequence

from ankibuild.errors import Problem
from ankibuild.model import DeckSource, Fragment, Kind, Lock, Note, NoteSource, Settings

_KINDS: dict[Kind, str] = {
    "front-back": "a question with an answer",
    "cloze": "a cloze",
    "image-occlusion": "a picture with masks",
}


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
    found = set()
    for source, note in notes:
        found.add(note.note_id)
        published = lock.notes.get(note.note_id)
        retired = lock.retired.get(note.note_id)
        known = published or retired
        if known and known.kind != note.kind:
            message = f'the published note "{note.note_id}" was {_KINDS[known.kind]}'
            cure = f"Anki would not update it: retire it, and give {_KINDS[note.kind]} a new id"
            yield source.heading.problem(message, cure)
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
