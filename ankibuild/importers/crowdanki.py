"""Read a deck that CrowdAnki wrote: one JSON document, and a folder of media beside it.

It has the notes' GUIDs, but no numbers and no times: every Anki that CrowdAnki imports it into
gives its own. Ours follow from the GUIDs, so that the same deck has the same ones each time.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from ankibuild.anki.apkg_reader import MOST_MEDIA, MOST_MEMBERS
from ankibuild.anki.card_generation import fields_ordinals
from ankibuild.anki.carried import NoteTypeError, read_note_type, write_note_type
from ankibuild.anki.database import LONGEST_NOTE, MOST_NOTES, AnkiCollection, AnkiNote, fit_fields
from ankibuild.core.files import LARGEST_MEDIA, MEDIA
from ankibuild.core.identity import card_number, note_number, note_type_id
from ankibuild.core.notes import NoteType
from ankibuild.core.problems import AnkibuildError, Fragment, about
from ankibuild.core.text import NONCHARACTERS, normal_form
from ankibuild.core.values import replace
from ankibuild.dialect.fields import render_block
from ankibuild.importers.reading import read_data

NEXT_STEP = (
    'learners who have it from CrowdAnki switch on "Merge notetypes" in the import dialog, the '
    "first time that they import an .apkg of it; otherwise Anki updates none of their notes"
)

LARGEST_DOCUMENT = 50_000_000
_DOCUMENT = "deck.json"
_EPOCH = 1_500_000_000
"""The day before which the notes of such decks were made, whenever they are adopted: July 2017.

Never change: the numbers of notes hang on it.
"""


class _StrangeError(ValueError):
    """A document that CrowdAnki does not write; the text says why."""


def find_document(path: Path) -> Path | None:
    """Return the deck in a folder, as CrowdAnki looks for it, or the file itself; else None."""
    if not path.is_dir():
        return path if path.suffix.lower() == ".json" else None
    places = (path / _DOCUMENT, path / f"{path.resolve().name}.json")
    return next((each for each in places if each.is_file()), None)


def read_crowdanki(path: Path, time: int) -> AnkiCollection:
    """Return what the document holds, with the notes as if all were changed at this time.

    CrowdAnki stamps notes with the time of each learner's import and lets the file win; with the
    time of ours, the words of the file win once more. Raises AnkibuildError when it is no deck.
    """
    try:
        document = json.loads(read_data(path, LARGEST_DOCUMENT))
        json.dumps(document, ensure_ascii=False).encode()  # Half a character would fail later.
        return _read_document(document, time)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        reason = str(error) if isinstance(error, _StrangeError) else "it is not a CrowdAnki deck"
        cure = "import the deck.json that CrowdAnki wrote, or export an .apkg from Anki"
        problem = about(path, "refused-package", f"this file is refused: {reason}", cure)
        raise AnkibuildError((problem,)) from None


def names_beside(path: Path) -> frozenset[str]:
    """Return the names of the files in the folder for media beside the document."""
    return frozenset(_files_beside(path))


def read_media_beside(path: Path, wanted: frozenset[str]) -> dict[str, bytes]:
    """Return the files of those names in the folder for media beside the document, sorted.

    Raises AnkibuildError when they are too large.
    """
    found: dict[str, bytes] = {}
    left = MOST_MEDIA
    for name, file in _files_beside(path).items():
        if name in wanted:
            found[name] = read_data(file, min(left, LARGEST_MEDIA))
            left -= len(found[name])
    return found


def _files_beside(path: Path) -> dict[str, Path]:
    folder = path.parent / MEDIA
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    # A link could lead anywhere.
    plain = (each for each in files if each.is_file() and not each.is_symlink())
    return {normal_form(each.name): each for each in islice(plain, MOST_MEMBERS)}


def _read_document(document: dict[str, Any], time: int) -> AnkiCollection:
    if document.get("__type__") != "Deck" or not isinstance(document["notes"], list):
        raise _StrangeError("it is not a CrowdAnki deck")
    decks = list(_flatten(document, ""))
    records: dict[str, dict[str, Any]] = {}
    for _, deck in decks:
        for model in deck.get("note_models", ()):
            records.setdefault(str(model["crowdanki_uuid"]), _record_of(model))
    note_types = {uuid: _note_type(record) for uuid, record in records.items()}
    key = _uuid(str(document["crowdanki_uuid"]))
    numbers: set[int] = set()
    notes: list[AnkiNote] = []
    for name, deck in decks:
        for note in deck["notes"]:
            uuid = str(note["note_model_uuid"])
            if uuid not in records:
                raise _StrangeError(f'a note of "{name}" has a note type that is not in it')
            if len(notes) == MOST_NOTES:
                raise _StrangeError(f"it holds more than {MOST_NOTES} notes")
            made = _read_note(note, name, records[uuid], time)
            notes.append(_number(made, note_types[uuid], key, numbers))
    return AnkiCollection(
        notes=tuple(notes),
        note_types={record["id"]: record for record in records.values()},
        descriptions={name: _description(deck) for name, deck in decks},
    )


def _flatten(deck: dict[str, Any], above: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a deck and those below it, with full names."""
    name = f"{above}::{deck['name']}" if above else str(deck["name"])
    yield name, deck
    for child in deck.get("children", ()):
        yield from _flatten(child, name)


def _record_of(model: Mapping[str, Any]) -> dict[str, Any]:
    """Return a note type with an id: of two that share a UUID and differ each has its own."""
    names = [[str(part["name"]) for part in model[key]] for key in ("flds", "tmpls")]
    kind = json.dumps([model["type"], *names], ensure_ascii=False)
    number = note_type_id(_uuid(str(model["crowdanki_uuid"])), f"crowdanki/{kind}")
    templates = [template | {"did": None} for template in model["tmpls"]]
    kept = {key: value for key, value in model.items() if key != "__type__"}
    return kept | {"id": number, "tmpls": templates}


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid5(NAMESPACE_OID, text)


def _note_type(record: Mapping[str, Any]) -> NoteType | None:
    try:
        return read_note_type("note-type", write_note_type(record))
    except NoteTypeError:
        return None  # Whoever adopts the deck says why.


def _read_note(
    note: Mapping[str, Any], deck: str, record: Mapping[str, Any], time: int
) -> AnkiNote:
    guid, fields, tags = note["guid"], note["fields"], note["tags"]
    if not isinstance(guid, str) or not guid:
        raise _StrangeError(f'a note of "{deck}" has no guid')
    if not all(isinstance(each, str) for each in (*fields, *tags)):
        raise _StrangeError(f'the note with the guid "{guid}" contains something that is not text')
    if sum(map(len, fields)) > LONGEST_NOTE:
        raise _StrangeError(f'the note with the guid "{guid}" is too long for a card')
    return AnkiNote(
        nid=0,
        cards={},
        guid=guid,
        note_type=record["id"],
        modified=time,
        tags=tuple(" ".join(tags).split()),
        fields=tuple(NONCHARACTERS.sub("", each).replace("\x1f", "") for each in fields),
        deck=deck,
    )


def _number(note: AnkiNote, note_type: NoteType | None, key: UUID, numbers: set[int]) -> AnkiNote:
    """Return the note with its number and those of the cards that Anki makes of its fields."""

    def take(number: Callable[[int], int]) -> int:
        free = next(each for attempt in count() if (each := number(attempt)) not in numbers)
        numbers.add(free)
        return free

    names = dict(note_type.fields) if note_type else {}
    fields = dict(zip(names, fit_fields(note.fields, len(names)), strict=True))
    ordinals = fields_ordinals(note_type, fields, note.tags) if note_type else (0,)
    nid = take(partial(note_number, key, note.guid, _EPOCH))
    cards = {each: take(partial(card_number, key, note.guid, nid, each)) for each in ordinals}
    return replace(note, nid=nid, cards=cards)


def _description(deck: Mapping[str, Any]) -> str:
    text = str(deck.get("desc") or "")
    if not deck.get("md"):
        return text
    return render_block(Fragment(path="", line=1, column=1, text=text)).html
