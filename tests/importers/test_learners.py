"""The lock begins with what learners have, so that an update brings what they have not."""

import re
from pathlib import Path

import pytest

import ankibuild
from tests.helpers.adopting import FOLDER, adopt, contents, correct
from tests.helpers.authors import NOTES, add_note, export_deck
from tests.helpers.demo import with_checksum
from tests.helpers.learner import Learner, Log
from tests.helpers.trainer import Trainer

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("legacy", [True, False], ids=["older", "newer"])
def test_without_an_edit_nothing_changes(
    trainer: Trainer,
    author: Learner,
    studied: Learner,
    tmp_path: Path,
    *,
    legacy: bool,
) -> None:
    adopt(trainer, export_deck(author, tmp_path / "again.apkg", legacy=legacy))
    assert trainer.run("diff").stdout == "spanish 1.0.0: nothing to release\n"
    before, progress, note_types = contents(studied), studied.progress(), studied.note_types()
    built = trainer.run("build", "--locked")
    assert "as released" in built.stdout, built.stderr
    log = studied.import_package(trainer.folder / "dist/spanish-1.0.0.apkg")
    assert log == Log(0, 0, len(NOTES), 0)
    assert (contents(studied), studied.progress()) == (before, progress)
    assert studied.note_types() == note_types


def test_cards_keep_the_numbers_that_learners_have_them_by(
    trainer: Trainer, author: Learner, deck: Path, tmp_path: Path
) -> None:
    adopt(trainer, deck)
    text = (trainer.folder / f"{FOLDER}/spanish.md").read_text("utf-8")
    (trainer.folder / f"{FOLDER}/spanish.md").write_text(text.replace("bread", "loaf"), "utf-8")
    assert trainer.run("release").returncode == 0
    package = next(trainer.folder.glob("dist/*.apkg"))
    with Learner.at(tmp_path / "new") as newcomer:
        newcomer.import_package(package)
        assert rows(newcomer) == rows(author)


def rows(learner: Learner) -> set[tuple[int, int, int]]:
    assert learner.collection.db
    return {(n, c, o) for n, c, o in learner.collection.db.all("select nid, id, ord from cards")}


def test_corrections_made_since_the_file_that_learners_have_arrive(
    trainer: Trainer, author: Learner, studied: Learner, deck: Path, tmp_path: Path
) -> None:
    """The trainers' own deck went on: a word put right, a note added, one deleted, a new style."""
    author.edit("a{b}c", "Back", "loaf")
    author.tag("#k!=)", "it")
    add_note(author, "new..", "Basic", "Spanish", "", ("la luna", "the moon"))
    author.collection.remove_notes([author.notes()["empty"].id])
    author.restyle("Basic", ".card { color: navy }")
    studied.tag("lists", "mine")
    newer = export_deck(author, tmp_path / "newer.apkg")
    said = adopt(trainer, newer, "--learners-have", str(deck))
    assert 'a note that learners have is not in this file: "nada"' in said
    lock = next(trainer.folder.glob("content/*/package.lock")).read_text("utf-8")
    assert '"summary":"As it was imported."' in lock
    diff = trainer.run("diff").stdout
    assert "Back: [-bread-]{+loaf+}" in diff
    assert "tags: {+it+}" in diff
    assert "new: la-luna: la luna" in diff
    assert diff.count("changed:") == 2
    assert "look: templates or style of basic notes" in diff
    progress = studied.progress()
    # All of this happens in a second, and Anki compares seconds.
    trainer.release(studied.now() + 60)
    package = next(trainer.folder.glob("dist/*.apkg"))
    assert studied.import_package(package) == Log(1, 2, 14, 0)
    assert studied.notes()["a{b}c"]["Back"] == "<p>loaf</p>"
    assert studied.notes()["#k!=)"].tags == ["it"]
    assert studied.notes()["lists"].tags == ["a::b", "mine"]
    note_type = studied.notes()["lists"].note_type()
    assert note_type
    assert "navy" in note_type["css"]
    assert "empty" in studied.notes()
    after = studied.progress()
    assert {card: after[card] for card in progress} == progress
    assert trainer.run("diff").stdout.startswith("spanish 1.1.0: nothing to release")


@pytest.mark.parametrize("late", [1_700_000_000_000, 2**31 + 5, 2**52], ids=str)
def test_corrections_arrive_at_notes_that_were_changed_in_the_future(
    trainer: Trainer, author: Learner, learner: Learner, tmp_path: Path, late: int
) -> None:
    """Some tools write modified times in milliseconds."""
    assert author.collection.db
    author.collection.db.execute("update notes set mod = ? + id % 50", late)
    author.collection.db.execute("update notetypes set mtime_secs = ?", late)
    deck = export_deck(author, tmp_path / "late.apkg")
    learner.import_package(deck)
    learner.edit("both.", "Back", "to be, or not")
    said = adopt(trainer, deck)
    assert f"warning: {len(NOTES)} notes were changed in the future" in said
    before = contents(learner)
    trainer.has_anki = True
    for number, loaf in ((1, "loaf"), (2, "big loaf")):
        text = (trainer.folder / f"{FOLDER}/spanish.md").read_text("utf-8")
        text = text.replace("bread" if number == 1 else "loaf", loaf)
        (trainer.folder / f"{FOLDER}/spanish.md").write_text(text, "utf-8")
        trainer.release(learner.now() + 60 * number)
        package = trainer.folder / f"dist/spanish-1.0.{number}.apkg"
        assert learner.import_package(package) == Log(0, 1, len(NOTES) - 1, 0)
        before["a{b}c"] = (["el pan", f"<p>{loaf}</p>"], ["food"])
        assert contents(learner) == before
    with Learner.at(tmp_path / "late") as other:
        other.import_package(deck)
        assert other.import_package(package).updated == 1
        assert other.fields("a{b}c")["Back"] == "<p>big loaf</p>"


def test_what_a_learner_edited_before_the_import_stays_in_a_deck_of_the_future(
    author: Learner, learner: Learner, tmp_path: Path
) -> None:
    assert author.collection.db
    author.collection.db.execute("update notes set mod = 1700000000000")
    deck = export_deck(author, tmp_path / "late.apkg")
    learner.import_package(deck)
    learner.edit("both.", "Back", "to be, or not")
    before, now = contents(learner), learner.now() + 3600
    ankibuild.import_deck(deck, tmp_path / "late", time=now)
    built = ankibuild.build(ankibuild.load(tmp_path / "late"), tmp_path / "dist", time=now)
    assert learner.import_package(built.path) == Log(0, 0, len(NOTES), 0)
    assert contents(learner) == before


def test_a_release_is_tried_with_a_learner_who_has_the_original(
    trainer: Trainer, author: Learner, deck: Path, tmp_path: Path
) -> None:
    adopt(trainer, deck)
    path = trainer.folder / f"{FOLDER}/spanish.md"
    path.write_text(path.read_text("utf-8").replace("bread", "loaf"), "utf-8")
    trainer.has_anki = True
    result = trainer.run("rehearse", "--original", str(deck))
    assert f"nothing is lost: {deck} → spanish-" in result.stdout, result.stderr
    assert re.search(r"^  updated +1$", result.stdout, re.MULTILINE)
    assert re.search(rf"own edits and tags kept +{len(NOTES) - 1} of", result.stdout)
    trainer.release(author.now() + 60, "--original", str(deck))
    path.write_text(path.read_text("utf-8").replace("salt", "salt!"), "utf-8")
    trainer.release(author.now() + 120, "--original", str(deck))
    add_note(author, "more.", "Basic", "Spanish", "", ("other", "file"))
    other = export_deck(author, tmp_path / "other.apkg")
    result = trainer.run("rehearse", "--original", str(other))
    assert result.returncode == 1
    assert f"{FOLDER} was not made from this file" in result.told


def test_what_would_not_reach_who_has_the_original_is_told(
    trainer: Trainer, author: Learner, tmp_path: Path
) -> None:
    """A lock that says that its notes are older than they are: what ankibuild alone believes."""
    assert author.collection.db
    author.collection.db.execute("update notes set mod = 1700000000000")
    deck = export_deck(author, tmp_path / "late.apkg")
    adopt(trainer, deck)
    lock = trainer.folder / FOLDER / "package.lock"
    text = lock.read_text("utf-8").replace(',"held":1700000000000', "")
    lock.write_text(with_checksum(text), "utf-8")
    path = trainer.folder / f"{FOLDER}/spanish.md"
    path.write_text(path.read_text("utf-8").replace("bread", "loaf"), "utf-8")
    trainer.has_anki = True
    assert "nothing is lost" in trainer.run("rehearse").stdout
    result = trainer.run("rehearse", "--original", str(deck))
    assert "lost: changes that do not arrive: 1 (el pan)" in result.stdout


def test_an_import_says_what_learners_are_taken_to_have(trainer: Trainer, deck: Path) -> None:
    shown = trainer.run("import", str(deck), "--dry-run", "--into", FOLDER).stdout
    assert "learners are assumed to have exactly this file; if theirs is older" in shown
    result = trainer.run("import", "package.csv", "--learners-have", str(deck))
    assert result.returncode == 2
    trainer.write("a.csv", "Front,Back\na,b\n")
    result = trainer.run("import", "a.csv", "--learners-have", str(deck))
    assert result.returncode == 1
    assert "only an .apkg can come after one that learners have" in result.stderr


def test_an_older_file_with_other_fields_is_refused(
    trainer: Trainer, author: Learner, deck: Path, tmp_path: Path
) -> None:
    record = author.collection.models.by_name("Basic")
    assert record
    author.collection.models.rename_field(record, record["flds"][1], "Answer")
    author.collection.models.update_dict(record)
    newer = export_deck(author, tmp_path / "newer.apkg")
    result = trainer.run("import", str(newer), "--learners-have", str(deck), "--into", FOLDER)
    assert result.returncode == 1
    assert "have a different note type in the newer file, or one with different fields" in (
        result.stderr
    )
    assert not (trainer.folder / FOLDER).exists()


def test_a_look_that_a_learner_changed_before_any_note_is_kept(
    trainer: Trainer, author: Learner, learner: Learner, tmp_path: Path
) -> None:
    assert author.collection.db
    author.collection.db.execute("update notetypes set mtime_secs = 1600000000")
    path = export_deck(author, tmp_path / "old.apkg")
    learner.import_package(path)
    note_type = learner.notes()["a{b}c"].note_type()
    assert note_type
    learner.restyle(note_type["name"], ".card { color: pink }")
    learner.date_back(1_650_000_000)
    adopt(trainer, path)
    assert trainer.run("build").returncode == 0
    learner.import_package(trainer.folder / "dist/spanish-1.0.0.apkg")
    assert learner.style(note_type["name"]) == ".card { color: pink }"


def test_a_field_that_a_learner_added_hinders_until_note_types_are_merged(
    trainer: Trainer, studied: Learner, deck: Path
) -> None:
    models = studied.collection.models
    record = studied.notes()["a{b}c"].note_type()
    assert record
    models.add_field(record, models.new_field("My field"))
    models.update_dict(record)
    progress = studied.progress()
    adopt(trainer, deck)
    correct(trainer, "spanish.md", "bread", "loaf")
    trainer.release(studied.now() + 60)
    path = trainer.folder / "dist/spanish-1.0.1.apkg"
    assert studied.import_package(path).conflicting > 0
    assert studied.fields("a{b}c")["Back"] == "bread"
    assert studied.import_package(path, merge_notetypes=True).conflicting == 0
    assert studied.fields("a{b}c") == {"Front": "el pan", "Back": "<p>loaf</p>", "My field": ""}
    assert studied.progress() == progress
