"""A package: everything it publishes, beside the lock that remembers what it published."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from ankibuild.anki.card_generation import fields_ordinals, words_of
from ankibuild.anki.carried import carried_name
from ankibuild.anki.note_types import FIELDS, make_note_type
from ankibuild.core.notes import Deck, Kind, Note, NoteType, field_values
from ankibuild.core.problems import Fragment, Problem
from ankibuild.core.settings import Settings
from ankibuild.core.text import question_of
from ankibuild.core.values import Struct, freeze, replace
from ankibuild.releases.lock import Lock, LockedNote

_NOWHERE = Fragment(path="", line=0, column=0, text="")


class Package(Struct, frozen=True, kw_only=True):
    """Everything that one package publishes, checked and complete; ``warnings`` did not stop it.

    ``note_types`` are those of its notes, ``carried`` all that it brought along; ``media`` are the
    files' contents by their names for Anki.
    """

    folder: Path
    settings: Settings
    decks: tuple[Deck, ...]
    note_types: tuple[NoteType, ...]
    carried: tuple[NoteType, ...]
    media: Mapping[str, bytes]
    lock: Lock
    warnings: tuple[Problem, ...]

    def __post_init__(self) -> None:
        freeze(self, "media")

    @property
    def notes(self) -> tuple[Note, ...]:
        """Return the notes of all decks, in order."""
        return tuple(note for deck in self.decks for note in deck.notes)


def known_note_types(package: Package) -> dict[Kind, NoteType]:
    """Return the note types by kind, those too that no note of the package has any longer."""
    own = {kind: make_note_type(kind, package.settings, "") for kind in FIELDS}
    return own | {each.kind: each for each in (*package.carried, *package.note_types)}


def asks_of(note_type: NoteType) -> tuple[str, ...]:
    """Return by what each front makes its cards, where a package's own files say it."""
    if not carried_name(note_type.kind):
        return ()
    return tuple(words_of(each.front) for each in note_type.templates)


def published_note_types(note_types: Iterable[NoteType], lock: Lock) -> dict[Kind, NoteType]:
    """Return note types by kind, those whose fronts ask for other fields now as they asked then."""
    found = {}
    for each in note_types:
        known = lock.note_types.get(each.kind)
        asks = known.asks if known else ()
        if len(asks) == len(each.templates) and asks != asks_of(each):
            sides = zip(each.templates, asks, strict=True)
            fronts = tuple(
                side if words_of(side.front) == then else replace(side, front=then)
                for side, then in sides
            )
            found[each.kind] = replace(each, templates=fronts)
        else:
            found[each.kind] = each
    return found


def published_question(published: LockedNote, note_types: Mapping[Kind, NoteType]) -> str:
    """Return the question of a published note, as far as its note type is still known."""
    known = note_types.get(published.kind)
    return question_of(published.fields, known.roles if known else {})


def published_note(
    published: LockedNote, note_type: NoteType, heading: Fragment = _NOWHERE, *, pinned: bool = True
) -> Note:
    """Return a note as it was published, at the place of its heading now, if it has one."""
    return Note(
        note_id=published.note_id,
        guid=published.guid,
        note_type=note_type,
        fields=field_values(note_type, published.fields),
        media=published.media,
        tags=published.tags,
        ordinals=published_ordinals(published, note_type),
        source_hash=published.source,
        rendered=published.rendered,
        heading=heading,
        pinned=pinned,
    )


def published_ordinals(note: LockedNote, note_type: NoteType) -> tuple[int, ...]:
    """Return the cards that a note made when it was published."""
    return fields_ordinals(note_type, note.fields, note.tags)
