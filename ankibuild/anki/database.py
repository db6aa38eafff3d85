"""Read an Anki database that may come from anyone: its notes, note types, decks.

The database is opened for reading alone, from a file of its own; a schema that Anki would not make
(a view, a trigger, a virtual table, a column that is reckoned) is refused, and work is stopped when
it takes too long or yields more than the file can hold.
"""

import json
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from ankibuild.anki.apkg_reader import ArchiveError
from ankibuild.anki.messages import deck_description, note_type_record
from ankibuild.core.values import Struct

MOST_NOTES = 100_000
LONGEST_TIME = 60
"""Seconds that the database's own work may take; a hundred thousand notes take a few."""

LONGEST_NOTE = 200_000
"""Characters of all its fields together: a hundred printed pages."""

_LONGEST_VALUE = 50_000_000
_STEPS = 10_000
_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION}
_SEPARATOR = "\x1f"


class AnkiNote(Struct, frozen=True, kw_only=True):
    """A note as Anki keeps it: numbers, its modified time in seconds, HTML fields in order.

    ``nid`` and ``cards`` are its number and those of its cards by ordinal.
    """

    nid: int
    cards: Mapping[int, int]
    guid: str
    note_type: int
    modified: int
    tags: tuple[str, ...]
    fields: tuple[str, ...]
    deck: str


class AnkiCollection(Struct, frozen=True, kw_only=True):
    """The notes in the order of their making, note types by id, descriptions of decks by name.

    ``without_cards`` are the first fields of notes that have no card, and so are in no deck.
    """

    notes: tuple[AnkiNote, ...]
    note_types: Mapping[int, Mapping[str, Any]]
    descriptions: Mapping[str, str]
    without_cards: tuple[str, ...] = ()


def read_collection(database: bytes) -> AnkiCollection:
    """Return what an Anki database holds, of any schema that Anki exports.

    Raises ArchiveError when it is damaged, too large, or strange.
    """
    try:
        with _opened(database) as connection:
            tables = _check_schema(connection)
            newer = "notetypes" in tables
            rows = _Rows(connection, len(database))
            decks = dict(_newer_decks(rows) if newer else _older_decks(rows))
            note_types = dict(_newer_types(rows) if newer else _older_types(rows))
            names = {number: name for number, (name, _) in decks.items()}
            without_cards: list[str] = []
            notes = tuple(_read_notes(rows, names, without_cards))
    except (
        *(sqlite3.Error, LookupError, TypeError, ValueError, AttributeError, RecursionError),
        *(OverflowError, MemoryError),
    ) as error:
        if isinstance(error, ArchiveError):
            raise
        raise ArchiveError(f"its collection cannot be read ({error})") from None
    return AnkiCollection(
        notes=notes,
        note_types=note_types,
        descriptions=dict(decks.values()),
        without_cards=tuple(without_cards),
    )


@contextmanager
def _opened(database: bytes) -> Iterator[sqlite3.Connection]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "collection"
        path.write_bytes(database)
        uri = f"{path.as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            end = time.monotonic() + LONGEST_TIME
            connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
            connection.execute("PRAGMA trusted_schema=OFF")
            connection.execute("PRAGMA query_only=ON")
            connection.execute("PRAGMA cell_size_check=ON")
            # Anki's own order of names, which its newer schema mentions and no query here needs.
            connection.create_collation("unicase", lambda one, other: (one > other) - (one < other))
            connection.set_authorizer(_authorize)
            yield connection


def _authorize(action: int, name: str | None, *_: str | None) -> int:
    is_look = action == sqlite3.SQLITE_PRAGMA and name == "table_xinfo"
    return sqlite3.SQLITE_OK if action in _ALLOWED or is_look else sqlite3.SQLITE_DENY


class _Rows:
    """The rows of a database, as long as they are no more than it can hold.

    Rows may share their bytes, and a value may stand in the schema for all rows: a small file would
    yield without end.
    """

    def __init__(self, connection: sqlite3.Connection, size: int) -> None:
        """Take a connection to a database of so many bytes."""
        self._connection, self._left = connection, size

    def read(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Yield what a query finds. Raises ArchiveError."""
        for row in self._connection.execute(query):
            # Each value takes a byte at least, and a character too.
            self._left -= sum(len(each) if isinstance(each, str | bytes) else 1 for each in row)
            if self._left < 0:
                raise ArchiveError("its collection yields more than it can hold")
            yield row

    def read_one(self, query: str) -> Any:
        """Return the only value that a query finds. Raises ArchiveError."""
        for (value,) in self.read(query):
            return value
        raise ArchiveError("its collection cannot be read (it is empty)")


def _check_schema(connection: sqlite3.Connection) -> set[str]:
    tables = set()
    for kind, name, statement in connection.execute("SELECT type, name, sql FROM sqlite_master"):
        words = str(statement or "").upper().split()
        if kind not in ("table", "index") or "VIRTUAL" in words[:2]:
            raise ArchiveError(f'its collection holds the {kind} "{name}", which Anki never makes')
        if kind == "table":
            tables.add(str(name))
    for name in tables:
        quoted = name.replace('"', '""')
        columns = connection.execute(f'PRAGMA table_xinfo("{quoted}")').fetchall()
        for _, column, *_, hidden in columns:
            if hidden:
                message = f'its collection holds the column "{column}", which Anki never makes'
                raise ArchiveError(message)
    return tables


def _older_decks(rows: _Rows) -> Iterator[tuple[int, tuple[str, str]]]:
    text = rows.read_one("SELECT decks FROM col")
    for number, deck in json.loads(text).items():
        yield int(number), (str(deck["name"]), str(deck.get("desc") or ""))


def _newer_decks(rows: _Rows) -> Iterator[tuple[int, tuple[str, str]]]:
    for number, name, kind in rows.read("SELECT id, name, kind FROM decks"):
        yield number, (name.replace(_SEPARATOR, "::"), deck_description(kind))


def _older_types(rows: _Rows) -> Iterator[tuple[int, dict[str, Any]]]:
    text = rows.read_one("SELECT models FROM col")
    for number, record in json.loads(text).items():
        templates = [template | {"did": None} for template in record["tmpls"]]
        yield int(number), {**record, "id": int(number), "tmpls": templates}


def _newer_types(rows: _Rows) -> Iterator[tuple[int, dict[str, Any]]]:
    parts: dict[str, dict[int, list[tuple[int, str, bytes]]]] = {"fields": {}, "templates": {}}
    for table, found in parts.items():
        # The name of the table is one of the two above.
        query = f"SELECT ntid, ord, name, config FROM {table} ORDER BY ntid, ord"  # noqa: S608
        for owner, *part in rows.read(query):
            found.setdefault(owner, []).append((part[0], part[1], part[2]))
    for number, name, config in rows.read("SELECT id, name, config FROM notetypes"):
        fields, templates = parts["fields"].get(number, []), parts["templates"].get(number, [])
        yield number, note_type_record(number, name, config, fields, templates)


def fit_fields(fields: Sequence[str], count: int) -> tuple[str, ...]:
    """Return as many fields as a note type has, as Anki's Check Database makes them."""
    last = "; ".join(fields[count - 1 :])
    return (*fields[: count - 1], last, *[""] * (count - len(fields)))[:count]


def _read_notes(
    rows: _Rows, decks: Mapping[int, str], without_cards: list[str]
) -> Iterator[AnkiNote]:
    """Yield the notes that have a card, and put the first fields of all others into a list."""
    homes: dict[int, str] = {}
    cards: dict[int, dict[int, int]] = {}
    for note, deck, home, ordinal, number in rows.read(
        "SELECT nid, did, odid, ord, id FROM cards ORDER BY nid, ord"
    ):
        # A card in a filtered deck knows its own deck as the original one. Of a deck that is not
        # there Anki makes the first.
        homes.setdefault(note, decks.get(home) or decks.get(deck) or decks[1])
        cards.setdefault(note, {})[int(ordinal)] = int(number)
    found = rows.read("SELECT id, guid, mid, mod, tags, flds FROM notes ORDER BY id")
    for count, (number, guid, note_type, modified, tags, fields) in enumerate(found):
        if count == MOST_NOTES:
            raise ArchiveError(f"it holds more than {MOST_NOTES} notes")
        if len(fields) > LONGEST_NOTE:
            raise ArchiveError(f"a note of it has {len(fields)} characters, too many for a card")
        if number in homes:
            yield AnkiNote(
                nid=int(number),
                cards=cards[number],
                guid=str(guid),
                note_type=int(note_type),
                modified=int(modified),
                tags=tuple(tags.split()),
                fields=tuple(fields.split(_SEPARATOR)),
                deck=homes[number],
            )
        else:
            without_cards.append(fields.partition(_SEPARATOR)[0])
