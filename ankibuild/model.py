"""The frozen values that travel the road, from Markdown text to a package."""

import re
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from ankibuild.errors import Problem, Severity
from ankibuild.values import Struct

UNSEEN = "[\u200b\u2060\ufeff]"
"""A pattern of characters without width: a field of nothing else is empty to a learner."""

NOT_READ = re.compile(f"<[^>]*>|{UNSEEN}")
"""What a learner does not read of a field."""

NONCHARACTERS = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")
"""Code points that Unicode keeps for a program's own use, as cloze.py does."""

NOT_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]|" + NONCHARACTERS.pattern)
"""What no source may hold, as it is or by an escape; none of it can be printed."""

Kind = str
"""The package's own name for a note type: front-back, cloze, image-occlusion or carried/<file>."""


class Fragment(Struct, frozen=True, kw_only=True):
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


class NoteSource(Struct, frozen=True, kw_only=True):
    """A note as its author wrote it: Markdown, not yet HTML.

    ``pinned`` tells whether ``note_id`` stands in the source or is only suggested by the heading.
    ``guid`` and ``note_type`` are those of a note that Anki had before, else empty.
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
    guid: str
    note_type: str
    tags: tuple[str, ...]


class DeckSource(Struct, frozen=True, kw_only=True):
    """One Markdown file: a deck's name below the package's title, its description, its notes.

    ``heading`` is the first-level heading, or the beginning of a file that has none.
    """

    heading: Fragment
    name: str
    description: Fragment
    order: int | None
    notes: tuple[NoteSource, ...]


class Settings(Struct, frozen=True, kw_only=True):
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
    moved: tuple[str, ...]


class LockedNote(
    Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    rename={"note_id": "note", "number": "nid", "kind": "type"},
):
    """A note as it was published; the lock holds it by the names given above.

    ``fields`` are those that are not empty, ``media`` the hashes of its files by their names in the
    package; ``source`` and ``rendered`` are hashes of what the author wrote and of what was made of
    it, and "" where learners may hold something else. ``added`` and ``changed`` are the times of
    releases. ``cards`` are the numbers by ordinal of those cards whose number does not follow from
    the note, or that it has no longer; ``hid`` is what cloze numbers hid that are gone, each with
    the words around it.
    """

    note_id: str
    guid: str
    number: int
    kind: Kind
    deck: str
    tags: tuple[str, ...]
    fields: Mapping[str, str]
    media: Mapping[str, str]
    source: str
    rendered: str
    added: int
    changed: int
    cards: Mapping[int, int] = {}
    hid: Mapping[int, tuple[tuple[str, ...], ...]] = {}


class LockedNoteType(
    Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"kind": "note_type"}
):
    """A note type as it was published: hashes of its schema and its look, and when that changed.

    ``fields`` and ``templates`` are their names and ids in order; an old lock has none.
    """

    kind: Kind
    id: int
    name: str
    schema: str
    look: str
    changed: int
    fields: tuple[tuple[str, int], ...] = ()
    templates: tuple[tuple[str, int], ...] = ()


class Release(Struct, frozen=True, kw_only=True, omit_defaults=True, rename={"version": "release"}):
    """A published version: its time in seconds since 1970, what it changed, in a line, and hashes.

    ``content`` is of everything in the package, ``about`` of the descriptions, ``order`` of the
    order of the notes. ``restamped`` are the ids of notes that were sent to everyone unchanged.
    ``late`` are those of notes that changed and have a later time than the release, since learners
    may hold one from the future. ``counted`` tells of a release whose cards were numbered by
    counting up from its time, as all were before format 2 of the lock.
    """

    version: str
    time: int
    summary: str
    restamped: tuple[str, ...]
    content: str
    about: str
    order: str
    late: tuple[str, ...] = ()
    counted: bool = False


class Retired(Struct, frozen=True, kw_only=True):
    """A note as it was published last, and when it was taken out; its id stays its own."""

    note: LockedNote
    time: int


class Lock(Struct, frozen=True, kw_only=True):
    """What was published, and when: notes and retired notes by id, releases by version.

    ``merged`` tells of a lock of two branches of which no release has come since.
    """

    key: UUID
    package_id: str
    notes: Mapping[str, LockedNote]
    note_types: Mapping[Kind, LockedNoteType]
    releases: tuple[Release, ...]
    retired: Mapping[str, Retired]
    merged: bool = False

    def version_of(self, note: LockedNote) -> str:
        """Return the version in which a published note last changed."""
        for each in reversed(self.releases):
            if each.time == note.changed or note.note_id in each.late:
                return each.version
        return self.releases[-1].version

    def version_at(self, time: int) -> str:
        """Return the version that was released at a time, else the last one."""
        found = (each.version for each in self.releases if each.time == time)
        return next(found, self.releases[-1].version)


class CardTemplate(Struct, frozen=True, kw_only=True):
    """A card template: its frozen name and id (0 for none), the text of its front and back."""

    name: str
    id: int
    front: str
    back: str


class NoteType(Struct, frozen=True, kw_only=True):
    """A note type: frozen names and ids of fields (name, id) and templates, and the look.

    ``roles`` tells which field holds which part of a note: its heading, body, extra, hint, source,
    id, and more; ``carried`` is the JSON of a note type that Anki had before, else empty.
    """

    kind: Kind
    id: int
    name: str
    is_cloze: bool
    fields: tuple[tuple[str, int], ...]
    templates: tuple[CardTemplate, ...]
    css: str
    roles: Mapping[str, str]
    carried: str


class MediaFile(Struct, frozen=True, kw_only=True):
    """A picture, a sound or a video: its path for messages, its name for Anki.

    ``data`` is what is published, ``digest`` the hash of what the author saved. With an error
    among ``problems`` the file is of no use.
    """

    place: str
    name: str
    digest: str
    data: bytes
    problems: tuple[Problem, ...]


class PackageSource(Struct, frozen=True, kw_only=True):
    """The files of one package: decks in order, carried note types by name, texts by path.

    ``media`` are by their paths below the package's folder, as sources write them; ``style`` is the
    package's own style sheet, if it has one; ``problems`` is what is wrong so far. With an error
    among them the settings may be only a stand-in.
    """

    path: Path
    settings: Settings
    decks: tuple[DeckSource, ...]
    note_types: Mapping[str, NoteType]
    lock: Lock
    media: Mapping[str, MediaFile]
    style: str
    texts: Mapping[str, str]
    problems: tuple[Problem, ...]


class Rendered(Struct, frozen=True, kw_only=True):
    """The HTML of a field, what is in it, and what was wrong with its Markdown.

    ``text`` is what a learner would read; ``clozes`` are the numbers in it; ``bare`` tells of a
    field with clozes that nothing stands outside them; ``media`` are the paths of the files in it.
    """

    html: str
    text: str
    clozes: frozenset[int]
    bare: bool
    media: frozenset[str]
    problems: tuple[Problem, ...]


class Note(Struct, frozen=True, kw_only=True):
    """A note as Anki will hold it: HTML fields in the order of its note type.

    ``ordinals`` are the cards it makes: places of card templates, or cloze numbers less one.
    ``media`` are the hashes of the files it shows or plays, by name. ``source_hash`` is of what the
    author wrote, newlines and place aside. ``as_published`` tells of a note that was taken from a
    lock, and so is in nothing other than what is recorded there.
    """

    note_id: str
    guid: str
    note_type: NoteType
    fields: tuple[str, ...]
    media: Mapping[str, str]
    tags: tuple[str, ...]
    ordinals: tuple[int, ...]
    source_hash: str
    heading: Fragment
    pinned: bool
    as_published: bool

    @property
    def kind(self) -> Kind:
        """Return the package's name for its note type."""
        return self.note_type.kind


class Deck(Struct, frozen=True, kw_only=True):
    """A deck: its full name with ``::``, a description in HTML, its notes in source order."""

    name: str
    description: str
    notes: tuple[Note, ...]


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

    @property
    def notes(self) -> tuple[Note, ...]:
        """Return the notes of all decks, in order."""
        return tuple(note for deck in self.decks for note in deck.notes)


class EditionNote(Struct, frozen=True, kw_only=True):
    """A note with Anki's numbers for it and its cards.

    ``modified`` is its time, ``made`` that of its cards, in seconds since 1970.
    """

    note: Note
    number: int
    cards: tuple[int, ...]
    modified: int
    made: int


class EditionDeck(Struct, frozen=True, kw_only=True):
    """A deck of an edition: its full name, a description in HTML, its notes in source order."""

    name: str
    description: str
    notes: tuple[EditionNote, ...]


class Edition(Struct, frozen=True, kw_only=True):
    """One version of a package, complete with all its times: what an ``.apkg`` holds.

    ``media`` are the files' contents by name, sorted.
    """

    key: UUID
    version: str
    time: int
    decks: tuple[EditionDeck, ...]
    note_types: tuple[tuple[NoteType, int], ...]
    media: Mapping[str, bytes]


class Built(Struct, frozen=True, kw_only=True):
    """A package file that was written: where, and what is inside as (deck, notes, cards).

    ``content`` is the hash of its content, ``pending`` tells of changes since the last release,
    which ``is_as_released`` when there are none and the content is the recorded one.
    """

    path: Path
    version: str
    size: int
    decks: tuple[tuple[str, int, int], ...]
    content: str
    pending: bool
    is_as_released: bool
