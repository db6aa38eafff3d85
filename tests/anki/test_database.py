"""An Anki database that may come from anyone is read, or refused in time."""

import sqlite3

import pytest
from anki.collection import ExportAnkiPackageOptions
from anki.decks import DeckId

from ankibuild.anki import database as anki_collection
from tests.helpers.authors import NOTES, add_note
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
        ("DELETE FROM notes", "no note is in this file"),
        ("UPDATE notes SET flds = x'00ff'", "its collection cannot be read"),
        ("UPDATE notes SET flds = 'one field'", "have another number of fields"),
        ("UPDATE notes SET mid = 5", 'the note type "5" of 1 notes is refused'),
        (
            "INSERT INTO notes SELECT id + 1, guid, mid, mod, usn, tags, flds, sfld, csum, flags, "
            "data FROM notes; INSERT INTO cards SELECT id + 1, nid + 1, did, ord, mod, usn, type, "
            "queue, due, ivl, factor, reps, lapses, left, odue, odid, flags, data FROM cards",
            '2 notes of this file have the guid "a{b}c"',
        ),
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
