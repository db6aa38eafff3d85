"""A deck that CrowdAnki wrote becomes a package, and learners who have it can go on."""

import json
from pathlib import Path
from typing import Any

import pytest

from ankibuild.importers.crowdanki import find_document, read_crowdanki
from ankibuild.releases.lock import read_lock
from tests.helpers.adopting import FOLDER, adopt, contents, correct, old_names
from tests.helpers.authors import NOTES
from tests.helpers.crowdanki import import_crowdanki, write_crowdanki
from tests.helpers.learner import Learner, Log
from tests.helpers.trainer import Trainer

MODEL: dict[str, Any] = {
    "__type__": "NoteModel",
    "crowdanki_uuid": "6b5b3a40-0000-11e9-8000-000000000001",
    "name": "Basic",
    "type": 0,
    "css": "",
    "flds": [
        {"name": name, "ord": n, "sticky": False, "rtl": False, "font": "Arial", "size": 20}
        for n, name in enumerate(("Front", "Back"))
    ],
    "tmpls": [{"name": "Card 1", "ord": 0, "qfmt": "{{Front}}", "afmt": "{{Back}}", "did": 7}],
}
NOTE = {
    "guid": "abc",
    "note_model_uuid": MODEL["crowdanki_uuid"],
    "fields": ["el pan", "bread"],
    "tags": [],
}
DECK: dict[str, Any] = {
    "__type__": "Deck",
    "crowdanki_uuid": "6b5b3a40-0000-11e9-8000-000000000000",
    "name": "Spanish",
    "desc": "Some *words*.",
    "notes": [NOTE],
    "children": [],
    "note_models": [MODEL],
}


@pytest.fixture
def shared(author: Learner, tmp_path: Path) -> Path:
    """Return the author's deck as CrowdAnki writes it."""
    return write_crowdanki(author, tmp_path / "shared", "Spanish")


def write(trainer: Trainer, document: Any) -> Path:
    return trainer.write("shared/deck.json", json.dumps(document))


def test_a_new_learner_gets_the_deck_as_crowdanki_has_it(
    trainer: Trainer, author: Learner, shared: Path, learner: Learner
) -> None:
    adopt(trainer, shared)
    assert trainer.run("build").returncode == 0
    built = trainer.folder / "dist/spanish-1.0.0.apkg"
    assert learner.import_package(built) == Log(len(NOTES), 0, 0, 0)
    assert old_names(contents(learner)) == contents(author)
    assert {name: each.deck for name, each in learner.progress().items()} == {
        name: each.deck for name, each in author.progress().items()
    }
    assert learner.faults() == []


def test_learners_of_crowdanki_keep_their_progress_once_they_merge_note_types(
    trainer: Trainer, shared: Path, learner: Learner
) -> None:
    import_crowdanki(learner, shared)
    learner.study()
    progress, reviews = learner.progress(), learner.reviews()
    adopt(trainer, shared)
    assert trainer.run("build").returncode == 0
    first = trainer.folder / "dist/spanish-1.0.0.apkg"
    # As the dialog is set, Anki takes nothing: each learner's note types have other ids.
    assert learner.import_package(first) == Log(0, 0, 0, len(NOTES))
    log = learner.import_package(first, merge_notetypes=True)
    assert (log.new, log.updated + log.duplicate, log.conflicting) == (0, len(NOTES), 0)
    assert learner.progress() == progress
    correct(trainer, "spanish.md", "bread", "bread, a loaf")
    trainer.release(learner.now() + 60)
    log = learner.import_package(trainer.folder / "dist/spanish-1.0.1.apkg")
    assert log == Log(0, 1, len(NOTES) - 1, 0)
    assert learner.fields("a{b}c")["Back"] == "<p>bread, a loaf</p>"
    assert learner.progress() == progress
    assert learner.reviews() == reviews


def test_the_same_deck_has_the_same_numbers_each_time(trainer: Trainer, shared: Path) -> None:
    numbers = []
    for folder in ("one", "two"):
        assert trainer.run("import", str(shared), "--into", folder).returncode == 0
        lock = read_lock("", (trainer.folder / folder / "package.lock").read_text("utf-8"))
        numbers.append([(each.nid, each.cards) for each in lock.notes.values()])
    assert numbers[0] == numbers[1]
    cards = [card for _, each in numbers[0] for card in each.values()]
    assert len(set(cards)) == len(cards) > len(NOTES)


def test_numbers_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "deck.json"
    path.write_text(json.dumps(DECK), "utf-8")
    collection = read_crowdanki(path, 1_700_000_000)
    (note,) = collection.notes
    # What learners have hangs on these: never change them.
    assert (note.nid, note.cards, note.note_type) == (
        1498385938890,
        {0: 1497260325322},
        128678895496421,
    )
    assert note.modified == 1_700_000_000


@pytest.mark.parametrize("fields", [["a"], ["a", "b", "c"], []])
def test_a_note_with_another_number_of_fields_has_the_cards_of_its_note_type(
    tmp_path: Path, fields: list[str]
) -> None:
    path = tmp_path / "deck.json"
    path.write_text(json.dumps(DECK | {"notes": [NOTE | {"fields": fields}]}), "utf-8")
    (note,) = read_crowdanki(path, 1_700_000_000).notes
    assert (list(note.fields), len(note.cards)) == (fields, 1)


def test_one_uuid_for_two_note_types_makes_two_ids(tmp_path: Path) -> None:
    path = tmp_path / "deck.json"
    other = MODEL | {"flds": [MODEL["flds"][0], MODEL["flds"][1] | {"name": "Answer"}]}
    found: list[int] = []
    for model in (MODEL, other):
        path.write_text(json.dumps(DECK | {"note_models": [model]}), "utf-8")
        found += read_crowdanki(path, 1_700_000_000).note_types
    assert len(set(found)) == 2


def test_the_folder_stands_for_its_deck(trainer: Trainer) -> None:
    path = write(trainer, DECK)
    assert find_document(path.parent) == path
    result = trainer.run("import", "shared")
    assert result.returncode == 0, result.stderr
    assert "shared: a deck of CrowdAnki\n  Spanish: 1 note\n" in result.stdout
    assert '"Merge notetypes"' in result.stdout
    text = (trainer.folder / "content/shared/spanish.md").read_text("utf-8")
    assert "Some \\*words\\*." in text
    path.rename(path.with_name("shared.json"))
    assert find_document(path.parent) == path.with_name("shared.json")


def test_a_description_in_markdown_stays_markdown(trainer: Trainer) -> None:
    write(trainer, DECK | {"md": True})
    adopt(trainer, trainer.folder / "shared/deck.json")
    assert "Some *words*." in (trainer.folder / f"{FOLDER}/spanish.md").read_text("utf-8")


def test_media_are_taken_from_the_folder_beside_it_and_from_nowhere_else(
    trainer: Trainer, tmp_path: Path
) -> None:
    fields = ["a", '<img src="secret.png"><img src="..\\deck.json"><img src="sun.png">']
    write(trainer, DECK | {"notes": [NOTE | {"fields": fields}]})
    (tmp_path / "secret.png").write_bytes(b"\x89PNG\r\n\x1a\n secret")
    trainer.write("shared/media/sun.png", b"\x89PNG\r\n\x1a\n and some dots")
    (trainer.folder / "shared/media/secret.png").symlink_to(tmp_path / "secret.png")
    told = adopt(trainer, trainer.folder / "shared/deck.json")
    found = [path.name for path in (trainer.folder / FOLDER / "media").iterdir()]
    assert found == ["sun.png"]
    assert '"secret.png" is not in the file' in told


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ([], "it is not a CrowdAnki deck"),
        ({"a": 1}, "it is not a CrowdAnki deck"),
        (DECK | {"notes": {}}, "it is not a CrowdAnki deck"),
        (DECK | {"notes": [NOTE | {"guid": ""}]}, 'a note of "Spanish" has no guid'),
        (DECK | {"notes": [NOTE | {"fields": ["a", 1]}]}, "contains something that is not text"),
        (DECK | {"note_models": []}, 'a note of "Spanish" has a note type that is not in it'),
        (DECK | {"notes": [NOTE | {"fields": ["a", "b" * 200_000]}]}, "is too long for a card"),
        (DECK | {"notes": [NOTE | {"fields": ["a", "\ud800"]}]}, "it is not a CrowdAnki deck"),
    ],
)
def test_what_is_no_deck_is_refused(trainer: Trainer, document: Any, reason: str) -> None:
    write(trainer, document)
    result = trainer.run("import", "shared/deck.json")
    assert result.returncode == 1
    assert reason in result.told
    assert "Traceback" not in result.stderr
    assert not (trainer.folder / "content").exists()


def test_a_flood_of_brackets_is_refused(trainer: Trainer) -> None:
    trainer.write("shared/deck.json", "[" * 200_000)
    assert "it is not a CrowdAnki deck" in trainer.run("import", "shared").told


def test_a_folder_without_a_deck_is_refused(trainer: Trainer) -> None:
    trainer.write("vault/note.md", "# A\n\n## B\n\nC\n")
    result = trainer.run("import", "vault")
    assert "vault: this folder holds no deck.json" in result.told
