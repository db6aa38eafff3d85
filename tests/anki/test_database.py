"""An Anki database that may come from anyone is read, or refused in time."""

import json
import sqlite3
from pathlib import Path

import pytest
from anki.collection import ExportAnkiPackageOptions
from anki.decks import DeckId
from anki.models import NotetypeId
from anki.notes import NoteId

from ankibuild.anki import database as anki_collection
from ankibuild.anki.apkg_reader import ArchiveError, read_archive
from ankibuild.anki.database import AnkiNote, fit_fields, read_collection
from tests.helpers.authors import NOTES, add_note, export_deck
from tests.helpers.hostile_packages import Members, refusal_of, with_database, write_apkg
from tests.helpers.importing import run_import
from tests.helpers.learner import Learner
from tests.helpers.trainer import Trainer


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (
            "DROP TABLE notes; CREATE VIEW notes AS SELECT 1 AS id, 'g' AS guid, 1 AS mid, "
            "1 AS mod, '' AS tags, randomblob(100000000) AS flds",
            'the view "notes", which Anki never makes',
        ),
        (
            "CREATE TRIGGER t AFTER UPDATE ON notes BEGIN DELETE FROM notes; END",
            'the trigger "t", which Anki never makes',
        ),
        (
            "CREATE VIRTUAL TABLE v USING fts5(x)",
            'the table "v", which Anki never makes',
        ),
        ("DROP TABLE cards", "its collection cannot be read (no such table: cards)"),
        ("UPDATE col SET models = '[' ", "its collection cannot be read"),
        ("UPDATE col SET models = printf('%.*c', 200000, '[')", "its collection cannot be read"),
        ("UPDATE col SET decks = '{}'", "its collection cannot be read"),
        ("DELETE FROM col", "its collection cannot be read"),
        ("DELETE FROM notes", "there are no notes in this file"),
        ("UPDATE notes SET flds = x'00ff'", "its collection cannot be read"),
        ("UPDATE notes SET mid = 5", 'the note type "5" of 1 note is refused'),
        (
            "UPDATE notes SET flds = replace(hex(zeroblob(30000000)), '00', 'x') || char(31)",
            "a note of it has 30000001 characters",
        ),
    ],
)
def test_a_strange_database_is_refused(
    trainer: Trainer, sound: dict[bool, Members], statements: str, words: str
) -> None:
    members = with_database(sound[True], lambda each: each.executescript(statements))
    assert words in refusal_of(trainer, write_apkg(trainer, members))


@pytest.mark.parametrize("fields", [["a"], ["a", "b"], ["a", "b", "c", "d"], [""]])
def test_fields_are_as_many_as_check_database_makes(learner: Learner, fields: list[str]) -> None:
    add_note(learner, "strange", "Basic", "Spanish", "", ("a", "b"))
    database = learner.collection.db
    assert database
    database.execute("update notes set flds = ?", "\x1f".join(fields))
    learner.collection.fix_integrity()
    assert tuple(learner.notes()["strange"].fields) == fit_fields(fields, 2)


def test_a_database_that_works_too_long_is_stopped(
    trainer: Trainer, sound: dict[bool, Members], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(connection: sqlite3.Connection) -> None:
        connection.executescript(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200000) "
            "INSERT INTO cards SELECT 5000 + i, i, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '' "
            "FROM n"
        )

    monkeypatch.setattr(anki_collection, "LONGEST_TIME", 0)
    path = write_apkg(trainer, with_database(sound[True], fill))
    assert "its collection cannot be read (interrupted)" in refusal_of(trainer, path)


def test_a_note_studied_in_a_filtered_deck_comes_to_its_own_deck(
    trainer: Trainer, learner: Learner
) -> None:
    add_note(learner, *NOTES[0])
    filtered = learner.collection.sched.get_or_create_filtered_deck(DeckId(0))
    filtered.name = "Cram"
    filtered.config.search_terms[0].search = "deck:Spanish"
    learner.collection.sched.add_or_update_filtered_deck(filtered)
    assert {each.deck for each in learner.progress().values()} == {"Cram"}
    # The whole collection, with the schedule: what an author sends who wants to keep nothing back.
    path = trainer.folder / "all.apkg"
    learner.collection.export_anki_package(
        out_path=str(path),
        options=ExportAnkiPackageOptions(with_scheduling=True, with_deck_configs=True),
        limit=None,
    )
    output, _ = run_import(trainer, "all.apkg", "--into", "content/spanish")
    assert "  Spanish: 1 note\n" in output
    assert "Cram" not in output


@pytest.mark.parametrize("legacy", [True, False], ids=["older", "newer"])
def test_a_collection_is_read_as_anki_has_it(
    learner: Learner, tmp_path: Path, *, legacy: bool
) -> None:
    for guid, note_type, deck, tags, fields in NOTES:
        if "img" not in "".join(fields):
            add_note(learner, guid, note_type, deck, tags, fields)
    collection = learner.collection
    for name in ("Spanish", "Spanish::Verbs"):
        known_deck = collection.decks.by_name(name)
        assert known_deck
        known_deck["desc"] = f"About {name} & more"
        collection.decks.save(known_deck)
    archive = read_archive(export_deck(learner, tmp_path / "x.apkg", legacy=legacy))
    assert archive.compressed is not legacy
    found = read_collection(archive.database)
    assert [each.nid for each in found.notes] == sorted(collection.find_notes(""))
    for each in found.notes:
        known = collection.get_note(NoteId(each.nid))
        cards = known.cards()
        assert each == AnkiNote(
            nid=known.id,
            cards={card.ord: card.id for card in cards},
            guid=known.guid,
            note_type=known.mid,
            modified=known.mod,
            tags=tuple(known.tags),
            fields=tuple(known.fields),
            deck=collection.decks.name(cards[0].did),
        )
    for number, record in found.note_types.items():
        model = collection.models.get(NotetypeId(number))
        assert model
        assert (record["id"], record["name"], record["css"]) == (
            number,
            model["name"],
            model["css"],
        )
        for part, names in (("flds", ("name", "ord", "id")), ("tmpls", ("name", "ord", "qfmt"))):
            assert [[each[name] for name in names] for each in record[part]] == [
                [each[name] for name in names] for each in model[part]
            ]
        assert {each["did"] for each in record["tmpls"]} == {None}
    assert {each.note_type for each in found.notes} <= found.note_types.keys()
    assert {name: text for name, text in found.descriptions.items() if name != "Default"} == {
        name: f"About {name} & more" for name in ("Spanish", "Spanish::Verbs")
    }


def test_a_note_without_a_card_is_left_out_and_one_of_two_decks_is_in_that_of_its_first_card(
    sound: dict[bool, Members],
) -> None:
    def change(connection: sqlite3.Connection) -> None:
        (decks,) = connection.execute("SELECT decks FROM col").fetchone()
        more = json.loads(decks) | {"7": {"name": "Other"}}
        connection.execute("UPDATE col SET decks = ?", (json.dumps(more),))
        columns = "usn, type, queue, due, ivl, factor, reps, lapses, left, odue, odid, flags, data"
        row = f"SELECT id - 1, nid, 7, 1, mod, {columns} FROM cards"
        connection.execute(f"INSERT INTO cards {row}")
        note = "mid, mod, usn, tags, flds, sfld, csum, flags, data FROM notes"
        connection.execute(f"INSERT INTO notes SELECT id + 1, 'alone', {note}")

    members = with_database(sound[True], change)
    (note,) = read_collection(members["collection.anki21"]).notes
    assert (note.guid, note.deck, [*note.cards]) == (NOTES[0][0], "Spanish", [0, 1])
    assert note.cards[1] == note.cards[0] - 1


@pytest.mark.parametrize(
    ("name", "limit", "words"),
    [
        ("MOST_NOTES", 3, "it holds more than 3 notes"),
        ("LONGEST_NOTE", 8, "a note of it has 9 characters, too many for a card"),
    ],
)
def test_what_is_just_within_a_limit_is_read_and_one_more_is_refused(
    sound: dict[bool, Members], monkeypatch: pytest.MonkeyPatch, name: str, limit: int, words: str
) -> None:
    def change(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE notes SET flds = 'abcd' || char(31) || 'efg'")
        for count in (1, 2):
            note = "mid, mod, usn, tags, flds, sfld, csum, flags, data FROM notes LIMIT 1"
            connection.execute(f"INSERT INTO notes SELECT id + {count}, guid || {count}, {note}")
            card = "did, ord, mod, usn, type, queue, due, ivl, factor, reps, lapses, left, odue, "
            card += "odid, flags, data FROM cards LIMIT 1"
            connection.execute(f"INSERT INTO cards SELECT id + {count}, nid + {count}, {card}")

    data = with_database(sound[True], change)["collection.anki21"]
    monkeypatch.setattr(anki_collection, name, limit)
    assert len(read_collection(data).notes) == 3

    def more(connection: sqlite3.Connection) -> None:
        change(connection)
        connection.execute("UPDATE notes SET flds = flds || 'h'")
        note = "mid, mod, usn, tags, flds, sfld, csum, flags, data FROM notes LIMIT 1"
        connection.execute(f"INSERT INTO notes SELECT id + 3, guid || 3, {note}")

    data = with_database(sound[True], more)["collection.anki21"]
    with pytest.raises(ArchiveError, match=words):
        read_collection(data)


def test_a_deck_that_cards_of_a_template_went_to_is_its_authors_own_affair(
    sound: dict[bool, Members],
) -> None:
    def change(connection: sqlite3.Connection) -> None:
        (text,) = connection.execute("SELECT models FROM col").fetchone()
        models = json.loads(text)
        for model in models.values():
            for template in model["tmpls"]:
                template["did"] = 1_600_000_000_000
        connection.execute("UPDATE col SET models = ?", (json.dumps(models),))

    data = with_database(sound[True], change)["collection.anki21"]
    (record,) = read_collection(data).note_types.values()
    assert [each["did"] for each in record["tmpls"]] == [None]
