"""The frozen values that travel the road, from Markdown text to a package."""

from collections.abc import Mapping
from uuid import UUID

from ankibuild.core.problems import Fragment, Problem
from ankibuild.core.values import Struct, freeze, hash_of

Kind = str
"""The package's own name for a note type: front-back, cloze, image-occlusion or carried/<file>."""


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

    def __post_init__(self) -> None:
        freeze(self, "roles")


class Rendered(Struct, frozen=True, kw_only=True):
    """The HTML of a field, what is in it, and what was wrong with its Markdown.

    ``text`` is what a learner would read; ``clozes`` are the numbers in it; ``bare`` tells of a
    field with clozes that nothing stands outside them; ``media`` are the paths of the files in it;
    ``masks`` are the lines of a block of masks, which is not part of the HTML.
    """

    html: str
    text: str
    clozes: frozenset[int] = frozenset()
    bare: bool = False
    media: frozenset[str] = frozenset()
    masks: tuple[Fragment, ...] = ()
    problems: tuple[Problem, ...] = ()


class Note(Struct, frozen=True, kw_only=True):
    """A note as Anki will hold it: HTML fields in the order of its note type.

    ``ordinals`` are the cards it makes: places of card templates, or cloze numbers less one.
    ``media`` are the hashes of the files it shows or plays, by name. ``source_hash`` is of what the
    author wrote, newlines and place aside, ``rendered`` the hash of its fields and tags.
    """

    note_id: str
    guid: str
    note_type: NoteType
    fields: tuple[str, ...]
    media: Mapping[str, str]
    tags: tuple[str, ...]
    ordinals: tuple[int, ...]
    source_hash: str
    rendered: str
    heading: Fragment
    pinned: bool

    def __post_init__(self) -> None:
        freeze(self, "media")

    @property
    def kind(self) -> Kind:
        """Return the package's name for its note type."""
        return self.note_type.kind

    @property
    def field_map(self) -> dict[str, str]:
        """Return its fields by name."""
        names = [name for name, _ in self.note_type.fields]
        return dict(zip(names, self.fields, strict=True))


class Deck(Struct, frozen=True, kw_only=True):
    """A deck: its full name with ``::``, a description in HTML, its notes in source order."""

    name: str
    description: str
    notes: tuple[Note, ...]


class EditionNote(Struct, frozen=True, kw_only=True):
    """A note with Anki's numbers for it and its cards.

    ``modified`` is its time, ``made`` that of its cards, in seconds since 1970.
    """

    note: Note
    nid: int
    cards: tuple[int, ...]
    modified: int
    made: int


class EditionDeck(Struct, frozen=True, kw_only=True):
    """A deck of an edition: its full name, a description in HTML, its notes in source order.

    ``recorded`` is the description as it goes into the hash of the content, which neither the
    language of a package nor its page changes.
    """

    name: str
    description: str
    recorded: str
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

    def __post_init__(self) -> None:
        freeze(self, "media")


def field_values(note_type: NoteType, fields: Mapping[str, str]) -> tuple[str, ...]:
    """Return the fields in the order of the note type; those that are not named are empty."""
    return tuple([fields.get(name, "") for name, _ in note_type.fields])


def rendered_hash(fields: tuple[str, ...], tags: tuple[str, ...]) -> str:
    """Return the hash of what Anki is given of a note; never change it: locks hold it."""
    return hash_of([fields, tags])
