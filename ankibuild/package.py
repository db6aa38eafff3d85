"""Write notes into an ``.apkg`` file: the only file that speaks to genanki.

The file is Anki's legacy format, which every Anki, AnkiDroid and AnkiMobile reads: a zip archive
of a SQLite database, a list of media, and the media.
"""

import functools
import io
import json
import sqlite3
import sys
import zipfile
from collections.abc import Iterator
from itertools import count
from types import ModuleType
from typing import Any

from ankibuild.identity import deck_id
from ankibuild.model import Edition, EditionNote, NoteType

# A third of our start would be what genanki loads and never uses here: YAML, which note types can
# be written in, and asyncio, by way of a package for cached properties like Python's own.
_STAND_INS: dict[str, ModuleType] = {"cached_property": functools, "yaml": ModuleType("yaml")}
_MISSING = {name: module for name, module in _STAND_INS.items() if name not in sys.modules}
sys.modules.update(_MISSING)
import genanki  # noqa: E402

for _name in _MISSING:
    del sys.modules[_name]

# Source: proto/anki/notetypes.proto of ankitects/anki, OriginalStockKind, ImageOcclusionField.
_OCCLUSION_KIND = 6
_OCCLUSION_HEADER = 2
_OCCLUSION_FIELDS = 5
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
_PAGE_SIZE = 4096
# Beyond this level zlib takes several times as long for a hundredth less.
_DEFLATE_LEVEL = 7
_SQLITE_VERSION = slice(96, 100)


def package_bytes(edition: Edition) -> bytes:
    """Return the ``.apkg`` of an edition: equal bytes for equal editions.

    New cards are due in the order of the notes.
    """
    models = {each.kind: _NoteType(each, modified) for each, modified in edition.note_types}
    positions = count(1)
    decks = []
    for deck in edition.decks:
        rows = (_Note(note, models[note.note.kind], next(positions)) for note in deck.notes)
        anki_deck = _Deck(deck_id(edition.key, deck.name), deck.name, deck.description, rows)
        for kind in dict.fromkeys(note.note.kind for note in deck.notes):
            anki_deck.add_model(models[kind])
        decks.append(anki_deck)
    names = {str(number): name for number, name in enumerate(edition.media)}
    media = {number: edition.media[name] for number, name in names.items()}
    collection = {"collection.anki2": _database(decks, edition.time)}
    return _zip(collection | {"media": json.dumps(names).encode()} | media)


class _NoteType(genanki.Model):
    def __init__(self, note_type: NoteType, modified: int) -> None:
        super().__init__(
            note_type.id,
            note_type.name,
            [{"name": name, "id": field_id} for name, field_id in note_type.fields],
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
    def __init__(self, number: int, name: str, description: str, rows: Iterator["_Note"]) -> None:
        super().__init__(number, name, description)
        self.rows = rows

    def write_to_db(self, cursor: sqlite3.Cursor, timestamp: float, id_gen: Iterator[int]) -> None:
        super().write_to_db(cursor, timestamp, id_gen)
        # One by one: a hundred thousand of genanki's notes would take more memory than their rows.
        for note in self.rows:
            note.write_to_db(cursor, timestamp, self.deck_id, id_gen)

    def to_json(self) -> dict[str, Any]:
        # genanki's own counts of a day long ago would come off the learner's limits of that day.
        nothing_done = {name: [0, 0] for name in ("lrnToday", "newToday", "revToday", "timeToday")}
        return super().to_json() | nothing_done


class _Note(genanki.Note):
    def __init__(self, note: EditionNote, note_type: _NoteType, position: int) -> None:
        super().__init__(
            note_type,
            list(note.note.fields),
            tags=note.note.tags,
            guid=note.note.guid,
            due=position,
        )
        self.number = note.number
        self.modified = note.modified
        self.ordinals = note.note.ordinals

    def write_to_db(
        self, cursor: sqlite3.Cursor, timestamp: float, deck_id: int, id_gen: Iterator[int]
    ) -> None:
        # id, guid, mid, mod, usn; tags, flds, sfld, csum, flags, data
        row = (self.number, self.guid, self.model.model_id, self.modified, -1)
        text = (self._format_tags(), self._format_fields(), self.sort_field, 0, 0, "")
        cursor.execute("INSERT INTO notes VALUES(?,?,?,?,?,?,?,?,?,?,?)", row + text)
        for ordinal in self.ordinals:
            card = genanki.Card(ordinal)
            card.write_to_db(cursor, self.modified, deck_id, self.number, id_gen, self.due)


def _database(decks: list[_Deck], time: int) -> bytes:
    connection = sqlite3.connect(":memory:")
    try:
        # Freed bytes are zeroed and pages have one size, so that equal rows give equal bytes.
        connection.executescript(f"PRAGMA page_size={_PAGE_SIZE}; PRAGMA secure_delete=ON;")
        genanki.Package(decks).write_to_db(connection.cursor(), time, count(time * 1000))
        connection.commit()
        # Tables one after the other, not page by page in turn, deflate to a fifth less.
        connection.execute("VACUUM")
        serialized = connection.serialize()
    finally:
        connection.close()
    # Without the version of SQLite that wrote the file, which no reader needs.
    view = memoryview(serialized)
    return b"".join((view[: _SQLITE_VERSION.start], bytes(4), view[_SQLITE_VERSION.stop :]))


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
