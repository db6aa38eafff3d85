"""A learner's collection in a real Anki: the only file that speaks to ``anki``."""

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ankibuild.anki.carried import find_roles
from ankibuild.core.notes import CardTemplate
from ankibuild.core.problems import AnkibuildError, about
from ankibuild.core.text import plain_text, question_of
from ankibuild.core.values import Struct

if TYPE_CHECKING:
    from anki.collection import Collection
    from anki.dbproxy import DBProxy
    from anki.notes import NoteId

OWN_DECK = "Learner's own deck"
_OWN_TAG = "learner::own"
_OWN_WORDS = " (my own words)"
_LONGEST_NAME = 60
_OLDEST = [25, 2]
_CLOZE = 1

_NO_ROOM = re.compile(
    "no space left|os error 28|is full|disk i/o error|no usable temporary", re.IGNORECASE
)


class LearnerCard(NamedTuple):
    """Where a card is, and what is known of it."""

    deck: str
    progress: tuple[int, ...]


class LearnerNote(NamedTuple):
    """A note as a collection holds it; ``name`` is what people know it by."""

    nid: "NoteId"
    note_type: int
    name: str
    fields: tuple[str, ...]
    tags: tuple[str, ...]
    modified: int

    def is_like(self, other: "LearnerNote") -> bool:
        """Tell whether both hold the same."""
        return self[1:5] == other[1:5]


class ImportLog(NamedTuple):
    """Anki's own account of an import."""

    new: int
    updated: int
    duplicate: int
    conflicting: int


class State(Struct, frozen=True, kw_only=True):
    """What is in a collection: notes by GUID, cards by GUID and ordinal, and the rest.

    ``doubled`` are GUIDs that several notes share, ``without_cards`` those of notes without any;
    ``schema_time`` changes when Anki can no longer merge with other devices.
    """

    notes: dict[str, LearnerNote]
    cards: dict[tuple[str, int], LearnerCard]
    without_content: frozenset[tuple[str, int]]
    without_cards: frozenset[str]
    doubled: frozenset[str]
    reviews: frozenset[int]
    note_types: frozenset[str]
    media: int
    missing_media: frozenset[str]
    unused_media: frozenset[str]
    schema_time: int


def is_possible() -> bool:
    """Tell whether Anki's own library is installed, in a version that imports as this file does."""
    try:
        numbers = [int(number) for number in version("anki").split(".")[:2]]
    except (PackageNotFoundError, ValueError):
        return False
    return numbers >= _OLDEST and find_spec("anki") is not None


@contextmanager
def open_collection() -> Iterator["Collection"]:
    """Open an empty collection, which is gone afterwards.

    Raises AnkibuildError when the system has no room for it.
    """
    from anki.collection import Collection
    from anki.errors import AnkiException

    try:
        with tempfile.TemporaryDirectory(prefix="ankibuild-") as folder:
            collection = Collection(str(Path(folder) / "collection.anki2"))
            # It is thrown away: whoever pulls the plug loses nothing by it.
            _database(collection).execute("pragma synchronous = off")
            try:
                yield collection
            finally:
                collection.close()
    except (OSError, AnkiException) as error:
        if not _NO_ROOM.search(str(error)):
            raise
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        message = f"a rehearsal has no room in the folder for temporary files ({reason})"
        cure = "make room there, or name another folder in the variable TMPDIR"
        raise AnkibuildError(
            (about(Path(tempfile.gettempdir()), "full-disk", message, cure),)
        ) from None


def import_package(collection: "Collection", path: Path) -> ImportLog:
    """Import a package as Anki's dialog does when its options are left as they are.

    Raises AnkibuildError when Anki does not take it.
    """
    from anki.collection import ImportAnkiPackageOptions, ImportAnkiPackageRequest
    from anki.errors import BackendError

    options = ImportAnkiPackageOptions()
    request = ImportAnkiPackageRequest(package_path=str(path.absolute()), options=options)
    try:
        log = collection.import_anki_package(request).log
    except BackendError as error:
        if _NO_ROOM.search(str(error)):
            raise
        message = f"Anki does not take this package ({str(error).splitlines()[0]})"
        raise AnkibuildError((about(path, "refused-by-anki", message, "build it again"),)) from None
    collection.models._clear_cache()
    return ImportLog(len(log.new), len(log.updated), len(log.duplicate), len(log.conflicting))


def study(collection: "Collection") -> None:
    """Answer every card once as Good."""
    from anki.scheduler.v3 import CardAnswer, Scheduler

    scheduler = collection.sched
    assert isinstance(scheduler, Scheduler)  # noqa: S101 (the only one that Anki still has)
    for number in collection.find_cards(""):
        card = collection.get_card(number)
        card.start_timer()
        states = collection._backend.get_scheduling_states(number)
        scheduler.answer_card(
            scheduler.build_answer(card=card, states=states, rating=CardAnswer.GOOD)
        )


def edit_and_tag(collection: "Collection", notes: Sequence[LearnerNote]) -> None:
    """Edit and tag notes as a learner does.

    It happens in the very second of the notes' last change: the earliest that a learner can be.
    """
    edited = [collection.get_note(note.nid) for note in notes]
    for note in edited:
        note.fields[0] += _OWN_WORDS
    collection.update_notes(edited)
    collection.tags.bulk_add([note.nid for note in notes], _OWN_TAG)
    times = [(note.modified, note.nid) for note in notes]
    _database(collection).executemany("update notes set mod = ? where id = ?", times)


def move_cards(collection: "Collection") -> None:
    """Move every third card to a deck of the learner's own."""
    deck = collection.decks.id(OWN_DECK)
    assert deck  # noqa: S101 (it was made)
    collection.set_deck(collection.find_cards("")[::3], deck)


def read_state(collection: "Collection") -> State:
    """Return what is in a collection."""
    database = _database(collection)
    decks = {each.id: each.name for each in collection.decks.all_names_and_ids()}
    rows = database.all(
        "select c.id, n.guid, c.ord, c.did, c.type, c.queue, c.due, c.ivl, c.factor, c.reps, "
        "c.lapses from cards c join notes n on n.id = c.nid"
    )
    empty = {number for each in collection.get_empty_cards().notes for number in each.card_ids}
    media = collection.media.check()
    counts = collection.models.all_use_counts()
    return State(
        notes=read_notes(collection),
        cards={
            (guid, place): LearnerCard(decks[deck], tuple(rest))
            for _, guid, place, deck, *rest in rows
        },
        without_content=frozenset((guid, place) for card, guid, place, *_ in rows if card in empty),
        without_cards=frozenset(
            database.list("select guid from notes where id not in (select nid from cards)")
        ),
        doubled=frozenset(database.list("select guid from notes group by guid having count() > 1")),
        reviews=frozenset(database.list("select id from revlog")),
        note_types=frozenset(each.name for each in counts if each.use_count),
        media=sum(each.is_file() for each in Path(collection.media.dir()).iterdir()),
        missing_media=frozenset(media.missing),
        unused_media=frozenset(media.unused),
        schema_time=database.scalar("select scm from col"),
    )


def read_notes(collection: "Collection") -> dict[str, LearnerNote]:
    """Return the notes by GUID; a ``Note ID`` names one, or else what it asks."""
    names: dict[int, list[str]] = {}
    roles: dict[int, dict[str, str]] = {}
    for each in collection.models.all():
        names[each["id"]] = [field["name"] for field in each["flds"]]
        templates = [
            CardTemplate(name=side["name"], id=0, front=side["qfmt"], back=side["afmt"])
            for side in each["tmpls"]
        ]
        is_cloze = each["type"] == _CLOZE
        roles[each["id"]] = find_roles(names[each["id"]], templates, is_cloze=is_cloze)
    found = {}
    for number, guid, note_type, text, tags, modified in _database(collection).all(
        "select id, guid, mid, flds, tags, mod from notes order by id"
    ):
        fields = tuple(text.split("\x1f"))
        by_name = dict(zip(names[note_type], fields, strict=False))
        name = plain_text(by_name.get("Note ID", "")) or question_of(by_name, roles[note_type])
        name = name.removesuffix(_OWN_WORDS)[:_LONGEST_NAME] or guid
        found[guid] = LearnerNote(number, note_type, name, fields, tuple(tags.split()), modified)
    return found


def _database(collection: "Collection") -> "DBProxy":
    database = collection.db
    assert database  # noqa: S101 (it is open)
    return database
