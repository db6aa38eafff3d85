"""Make the bytes of an ``.apkg`` file: the only file that speaks to genanki.

The file is Anki's legacy format, which every Anki, AnkiDroid and AnkiMobile reads: a zip archive
of a SQLite database, a list of media, and the media.
"""

import io
import json
import sqlite3
import zipfile
from collections.abc import Iterator
from itertools import count
from typing import Any

import genanki

from ankibuild.core.identity import deck_id
from ankibuild.core.notes import Edition, NoteType

# Source: proto/anki/notetypes.proto of ankitects/anki, OriginalStockKind, ImageOcclusionField.
_OCCLUSION_KIND = 6
_OCCLUSION_HEADER = 2
_OCCLUSION_FIELDS = 5
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_PAGE_SIZE = 4096
# Beyond this level zlib takes several times as long for a hundredth less.
_DEFLATE_LEVEL = 7
# The deck that every collection has under that name, in capitals or not.
_DEFAULT_DECK = 1
# id, guid, mid, mod, usn; tags, flds, sfld, csum, flags, data
_INSERT_NOTE = "INSERT INTO notes VALUES (?,?,?,?,-1,?,?,?,0,0,'')"
# id, nid, did, ord, mod, usn, type, queue, due, and nothing learned yet
_INSERT_CARD = "INSERT INTO cards VALUES (?,?,?,?,?,-1,0,0,?,0,0,0,0,0,0,0,0,'')"


def package_bytes(edition: Edition) -> bytes:
    """Return the ``.apkg`` of an edition: equal bytes for equal editions.

    New cards are due in the order of the notes.
    """
    models = {each.kind: _NoteType(each, modified) for each, modified in edition.note_types}
    decks = []
    for deck in edition.decks:
        decks.append(_Deck(_number_of(deck.name, edition), deck.name, deck.description))
        for kind in dict.fromkeys(each.note.kind for each in deck.notes):
            decks[-1].add_model(models[kind])
    names = {str(place): name for place, name in enumerate(edition.media)}
    media = {place: edition.media[name] for place, name in names.items()}
    collection = {"collection.anki2": _database(decks, edition)}
    return _zip(collection | {"media": json.dumps(names).encode()} | media)


def _number_of(deck: str, edition: Edition) -> int:
    """Return the id of a deck: a second one called "Default" would come as "Default_"."""
    return _DEFAULT_DECK if deck.casefold() == "default" else deck_id(edition.key, deck)


class _NoteType(genanki.Model):
    def __init__(self, note_type: NoteType, modified: int) -> None:
        super().__init__(
            note_type.id,
            note_type.name,
            [{"name": name, "id": each, "font": "Arial"} for name, each in note_type.fields],
            [
                {"name": each.name, "id": each.id, "qfmt": each.front, "afmt": each.back}
                for each in note_type.templates
            ],
            css=note_type.css,
            model_type=self.CLOZE if note_type.is_cloze else self.FRONT_BACK,
        )
        self.is_occlusion = note_type.kind == "image-occlusion"
        self.modified = modified
        self.carried = json.loads(note_type.carried or "{}")

    # Anki works these out for itself; genanki's own rule fails on templates of filtered fields.
    _req = ()

    def to_json(self, timestamp: float, deck_id: int) -> dict[str, Any]:
        values = super().to_json(self.modified, deck_id)
        if self.is_occlusion:
            # What makes Anki open the note in its mask editor; its browser lists the heading.
            values |= {"originalStockKind": _OCCLUSION_KIND, "sortf": _OCCLUSION_HEADER}
            for tag in range(_OCCLUSION_FIELDS):
                values["flds"][tag]["tag"] = tag
        # What was carried along goes as it came, but for its time.
        return values | self.carried | {"name": self.name, "mod": self.modified}


class _Deck(genanki.Deck):
    def to_json(self) -> dict[str, Any]:
        # genanki's own counts of a day long ago would come off the learner's limits of that day.
        nothing_done = {name: [0, 0] for name in ("lrnToday", "newToday", "revToday", "timeToday")}
        return super().to_json() | nothing_done


def _database(decks: list[_Deck], edition: Edition) -> bytes:
    # In memory SQLite leaves out its own version, which it would write into a file.
    connection = sqlite3.connect(":memory:")
    try:
        # Freed bytes are zeroed and pages have one size, so that equal rows give equal bytes.
        connection.executescript(f"PRAGMA page_size={_PAGE_SIZE}; PRAGMA secure_delete=ON;")
        genanki.Package(decks).write_to_db(connection.cursor(), edition.time, count())
        # An index is a quarter of the file and no help to an import, which reads whole tables.
        indexes = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")
        for (name,) in indexes.fetchall():
            connection.execute(f"DROP INDEX {name}")
        connection.executemany(_INSERT_NOTE, _note_rows(edition))
        connection.executemany(_INSERT_CARD, _card_rows(edition))
        connection.commit()
        return connection.serialize()
    finally:
        connection.close()


def _note_rows(edition: Edition) -> Iterator[tuple[int | str, ...]]:
    for deck in edition.decks:
        for row in deck.notes:
            note = row.note
            tags, fields = f" {' '.join(note.tags)} ", "\x1f".join(note.fields)
            who = (row.nid, note.guid, note.note_type.id, row.modified)
            yield (*who, tags, fields, note.fields[0])


def _card_rows(edition: Edition) -> Iterator[tuple[int, ...]]:
    places = count(1)
    for deck in edition.decks:
        number = _number_of(deck.name, edition)
        for row in deck.notes:
            due = next(places)
            for card, ordinal in zip(row.cards, row.note.ordinals, strict=True):
                yield (card, row.nid, number, ordinal, row.made, due)


def _zip(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, _ZIP_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, data, compresslevel=_DEFLATE_LEVEL)
    return file.getvalue()
