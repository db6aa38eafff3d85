"""The frozen values that travel the road, from Markdown text to a package."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from uuid import UUID

from ankibuild.errors import Problem, Severity

Kind = Literal["front-back", "cloze"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """A piece of a file's text, and where it begins (line and column from 1)."""

    path: str
    line: int
    column: int
    text: str

    def problem(self, message: str, cure: str, severity: Severity = "error") -> Problem:
        """Return a problem at the beginning of this piece."""
        return Problem(
            path=self.path,
            line=self.line,
            column=self.column,
            message=message,
            cure=cure,
            severity=severity,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSource:
    """A note as its author wrote it: Markdown, not yet HTML.

    ``pinned`` tells whether ``note_id`` stands in the source or is only suggested by the heading.
    """

    heading: Fragment
    body: Fragment
    extra: Fragment
    note_id: str
    pinned: bool
    reversed: bool
    typed: bool
    hint: str
    source: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeckSource:
    """One Markdown file: a deck's name below the package's title, its description, its notes.

    ``heading`` is the first-level heading, or the beginning of a file that has none.
    """

    heading: Fragment
    name: str
    description: Fragment
    order: int | None
    notes: tuple[NoteSource, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What ``package.toml`` says.

    ``key`` is the package's identity for good; a lone Markdown file has a provisional one, and no
    ``title``.
    """

    id: str
    key: UUID
    provisional: bool
    title: str
    description: str
    authors: tuple[str, ...]
    license: str
    tags: tuple[str, ...]
    feedback: str
    language: str
    retired: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageSource:
    """The files of one package: decks in order, the files' texts by path, what is wrong so far.

    With an error among ``problems`` the settings may be only a stand-in.
    """

    path: Path
    settings: Settings
    decks: tuple[DeckSource, ...]
    texts: Mapping[str, str]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note as Anki will hold it: HTML fields in the order of its note type.

    ``ordinals`` are the cards it makes: places of card templates, or cloze numbers less one.
    """

    note_id: str
    guid: str
    kind: Kind
    fields: tuple[str, ...]
    tags: tuple[str, ...]
    ordinals: tuple[int, ...]
    pinned: bool
    path: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deck:
    """A deck: its full name with ``::``, a description in HTML, its notes in source order."""

    name: str
    description: str
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardTemplate:
    """A card template: its frozen name and id, the text of its front and back."""

    name: str
    id: int
    front: str
    back: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteType:
    """A note type: frozen names and ids of fields (name, id) and templates, and the look."""

    kind: Kind
    id: int
    name: str
    fields: tuple[tuple[str, int], ...]
    templates: tuple[CardTemplate, ...]
    css: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """Everything that one package publishes, checked and complete; ``warnings`` did not stop it."""

    folder: Path
    settings: Settings
    decks: tuple[Deck, ...]
    note_types: tuple[NoteType, ...]
    warnings: tuple[Problem, ...]

    @property
    def notes(self) -> tuple[Note, ...]:
        """Return the notes of all decks, in order."""
        return tuple(note for deck in self.decks for note in deck.notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A package file that was written: where, and what is inside as (deck, notes, cards)."""

    path: Path
    version: str
    size: int
    decks: tuple[tuple[str, int, int], ...]
