"""A deck that learners have from Anki becomes Markdown, and its next version merges into theirs."""

import ast
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from anki.collection import ExportAnkiPackageOptions

import ankibuild
from ankibuild.releases.lock import read_lock
from tests.helpers.authors import NOTES, add_note, export_deck
from tests.helpers.learner import Learner, Log
from tests.helpers.trainer import Trainer

Value = TypeVar("Value")
FOLDER = "content/spanish"
PNG = b"\x89PNG\r\n\x1a\n and some dots"
MEDIA = {
    "el sol.png": PNG,
    "foto.png": b"\xff\xd8\xff is really a photo",
    "sol_1.mp3": b"ID3 and some noise",
}
MADE = 1_700_000_000
CARDS = {"both.": 2, "two-w": 2, "cloze": 2}


@pytest.fixture
def author(tmp_path: Path) -> Iterator[Learner]:
    """Return someone who made a deck in Anki by hand."""
    with Learner.at(tmp_path / "author") as author:
        for name, data in MEDIA.items():
            assert author.collection.media.write_data(name, data) == name
        for guid, note_type, deck, tags, fields in NOTES:
            add_note(author, guid, note_type, deck, tags, fields)
        # Made last year, a day apart: what is made within one second cannot be told apart.
        database = author.collection.db
        assert database
        database.execute("update notes set mod = ? + (id % 50) * 86400", MADE)
        yield author


@pytest.fixture
def deck(author: Learner, tmp_path: Path) -> Path:
    """Return the author's deck as a file."""
    return export_deck(author, tmp_path / "spanish.apkg")


@pytest.fixture
def studied(learner: Learner, deck: Path) -> Learner:
    """Return a learner who studies the deck, and has own edits and tags in it."""
    assert learner.import_package(deck) == Log(len(NOTES), 0, 0, 0)
    learner.study()
    learner.edit("both.", "Back", "to be, or not")
    learner.tag("typed", "hard")
    return learner


def adopt(trainer: Trainer, deck: Path, *arguments: str) -> str:
    result = trainer.run("import", str(deck), "--into", FOLDER, *arguments)
    assert result.returncode == 0, result.stderr
    return result.stderr


def contents(learner: Learner) -> dict[str, tuple[list[str], list[str]]]:
    return {guid: (note.fields, note.tags) for guid, note in learner.notes().items()}


def markdown(trainer: Trainer) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in trainer.folder.glob(f"{FOLDER}/*.md")}


@pytest.mark.parametrize("legacy", [True, False], ids=["older", "newer"])
def test_a_correction_reaches_exactly_its_note(
    trainer: Trainer, author: Learner, studied: Learner, tmp_path: Path, *, legacy: bool
) -> None:
    adopt(trainer, export_deck(author, tmp_path / "again.apkg", legacy=legacy))
    before, progress, reviews = contents(studied), studied.progress(), studied.reviews()
    note_types = studied.note_types()
    correct(trainer, "spanish.md", "bread", "bread, a loaf")
    trainer.release(studied.now() + 60)
    log = studied.import_package(trainer.folder / "dist/spanish-1.0.1.apkg")
    assert log == Log(0, 1, len(NOTES) - 1, 0)
    after = contents(studied)
    assert after.pop("a{b}c") == (["el pan", "<p>bread, a loaf</p>"], ["food"])
    assert before.pop("a{b}c") == (["el pan", "bread"], ["food"])
    assert after == before
    assert studied.progress() == progress
    assert studied.reviews() == reviews
    assert studied.note_types() == note_types
    assert studied.faults() == []


def test_the_release_notes_find_what_changed(
    trainer: Trainer, studied: Learner, deck: Path
) -> None:
    adopt(trainer, deck)
    for old, new in (("salt", "salt!"), ("for ", "at "), ("\nred\n", "\nreddish\n")):
        correct(trainer, "spanish.md", old, new)
    assert trainer.run("release").returncode == 0
    notes = (trainer.folder / "dist/spanish-1.0.1.md").read_text("utf-8")
    (search,) = re.findall("^    (.*)$", notes, re.MULTILINE)
    studied.import_package(trainer.folder / "dist/spanish-1.0.1.apkg")
    found = {studied.collection.get_note(n).guid for n in studied.collection.find_notes(search)}
    assert found == {"%7B}x", "#k!=)", "red.."}


def correct(trainer: Trainer, name: str, old: str, new: str) -> None:
    path = trainer.folder / FOLDER / name
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")


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


def test_a_new_learner_gets_the_deck_as_it_was(
    trainer: Trainer, author: Learner, deck: Path, learner: Learner
) -> None:
    adopt(trainer, deck)
    assert trainer.run("build").returncode == 0
    log = learner.import_package(trainer.folder / "dist/spanish-1.0.0.apkg")
    assert log == Log(len(NOTES), 0, 0, 0)
    assert old_names(contents(learner)) == contents(author)
    assert old_names(media(learner)) == MEDIA
    for guid, note in learner.notes().items():
        theirs = author.notes()[guid]
        if guid != "noted":  # Anki writes the hidden picture's name in another way on its card.
            assert old_names(learner.render(guid)) == author.render(guid)
        assert len(note.cards()) == len(theirs.cards()) == CARDS.get(guid, 1)
        assert [learner.collection.decks.name(card.did) for card in note.cards()] == [
            author.collection.decks.name(card.did) for card in theirs.cards()
        ]
    assert learner.faults() == []


def media(learner: Learner) -> dict[str, bytes]:
    folder = Path(learner.collection.media.dir())
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def old_names(value: Value) -> Value:
    """Return a value with the names that media files had before they were ours."""
    text = repr(value)
    for old, ours in (("el sol.png", "el-sol"), ("foto.png", "foto"), ("sol_1.mp3", "sol-1")):
        text = re.sub(rf"\b{ours}-[0-9a-f]{{12}}\.\w+", old, text)
    result: Value = ast.literal_eval(text)
    return result


def test_every_note_reads_back_as_it_was(
    trainer: Trainer, author: Learner, studied: Learner, deck: Path
) -> None:
    """Touch every note, so that learners get what the Markdown says."""
    adopt(trainer, deck)
    for path in trainer.folder.glob(f"{FOLDER}/*.md"):
        text = re.sub(
            r'(note-type="[a-z-]+"[^}\n]*)\}', r'\1 tags="seen"}', path.read_text("utf-8")
        )
        text = re.sub(r'tags="([^"]*)" tags="seen"', r'tags="\1 seen"', text)
        path.write_text(text, "utf-8")
    assert trainer.run("release").returncode == 0
    progress = studied.progress()
    log = studied.import_package(next(trainer.folder.glob("dist/*.apkg")))
    assert log.conflicting == 0
    assert log.new == 0
    assert studied.progress() == progress
    for guid, note in studied.notes().items():
        assert "seen" in note.tags or guid in ("both.", "typed")
        if guid not in ("both.", "typed"):
            # The third field of some is the switch of the second card, which we write as "yes".
            for ours, theirs in zip(note.fields[:2], author.notes()[guid].fields[:2], strict=True):
                assert seen(old_names(ours)) == seen(theirs)
            assert [bool(each) for each in note.fields] == list(
                map(bool, author.notes()[guid].fields)
            )


def seen(html: str) -> str:
    # The word joiner keeps plain text from being read as math.
    return re.sub(r"<[^>]*>|[\s\u2060]", "", html)


def test_the_markdown_is_pleasant(trainer: Trainer, deck: Path) -> None:
    warnings = adopt(trainer, deck)
    files = markdown(trainer)
    assert sorted(files) == ["spanish.md", "verbs.md"]
    assert (
        '## el pan {#el-pan guid="a%7Bb%7Dc" note-type="basic" tags="food"}\n\nbread\n'
        in files["spanish.md"]
    )
    assert files["verbs.md"].startswith("# Verbs\n\n")
    assert (
        "Yo {{c1::soy::to be}} *de* {{c2::Lima}}.\n\n---\n\nLima is in Peru.\n" in files["verbs.md"]
    )
    assert "- uno\n- dos\n" in files["spanish.md"]
    assert "$1+1$" in files["spanish.md"]
    assert "<span style>" in warnings


def test_notes_of_both_kinds_can_be_added(trainer: Trainer, studied: Learner, deck: Path) -> None:
    adopt(trainer, deck)
    path = trainer.folder / FOLDER / "verbs.md"
    more = '\n## oír {#oir note-type="basic"}\n\nto hear\n\n## poder {#poder}\n\nto be able\n'
    path.write_text(path.read_text("utf-8") + more, "utf-8")
    assert trainer.run("release").returncode == 0
    log = studied.import_package(trainer.folder / "dist/spanish-1.1.0.apkg")
    assert log == Log(2, 0, len(NOTES), 0)
    decks = {each.deck for each in studied.progress().values()}
    assert decks == {"Spanish", "Spanish::Verbs"}
    assert studied.faults() == []


def test_reversed_switches_the_second_card_on(
    trainer: Trainer, studied: Learner, deck: Path
) -> None:
    adopt(trainer, deck)
    correct(trainer, "verbs.md", "## ir {#ir ", "## ir {#ir .reversed ")
    assert trainer.run("release").returncode == 0
    studied.import_package(trainer.folder / "dist/spanish-1.1.0.apkg")
    assert ("one-w", 1) in studied.progress()


def test_a_package_of_the_first_format_is_read(
    trainer: Trainer, author: Learner, deck: Path, tmp_path: Path
) -> None:
    """Anki before 2.1 and most other tools write ``collection.anki2`` alone, in the same schema."""
    old = tmp_path / "old.apkg"
    with zipfile.ZipFile(deck) as file, zipfile.ZipFile(old, "w") as first:
        first.writestr("collection.anki2", file.read("collection.anki21"))
        for name in ("media", "0", "1", "2"):
            first.writestr(name, file.read(name))
    adopt(trainer, old)
    published = read_lock("", (trainer.folder / FOLDER / "package.lock").read_text("utf-8"))
    notes = {note.guid: note for note in published.notes.values()}
    assert {guid: note.number for guid, note in notes.items()} == {
        guid: note.id for guid, note in author.notes().items()
    }
    assert notes["a{b}c"].fields == {"Front": "el pan", "Back": "bread"}


def test_our_own_packages_are_refused_by_name(trainer: Trainer) -> None:
    trainer.write_package("# Old\n\n## Q {#q}\n\nA.\n")
    path = trainer.build(1_700_000_000)
    result = trainer.run("import", str(path), "--into", "content/old")
    assert result.returncode == 1
    assert 'the note type "demo front-back (ankibuild)" of 1 notes is refused' in result.stderr
    assert not (trainer.folder / "content/old").exists()


def test_media_that_no_card_can_show_are_left_out_and_named(
    trainer: Trainer, author: Learner, learner: Learner, tmp_path: Path
) -> None:
    pictures = '<img src="gone.png">x<img src="https://example.org/y.png"><img src="old.bmp">'
    author.collection.media.write_data("old.bmp", b"BM and some dots")
    add_note(author, "gone.", "Basic", "Spanish", "", ("bad pictures", pictures))
    warnings = adopt(trainer, export_deck(author, tmp_path / "gone.apkg"))
    for name in ("gone.png", "https://example.org/y.png", "old.bmp"):
        assert f'"{name}" is not in the file, or is nothing that a card can show' in warnings
    assert trainer.run("build").returncode == 0
    learner.import_package(trainer.folder / "dist/spanish-1.0.0.apkg")
    assert learner.fields("gone.")["Back"] == "x"
    assert learner.faults() == []


@pytest.mark.parametrize(
    ("decks", "title", "files"),
    [
        (("One",), "One", {"one.md": "# One\n"}),
        (("A::B::C", "A::B::D"), "A::B", {"c.md": "# C\n", "d.md": "# D\n"}),
        (("A", "A::B"), "A", {"a.md": "# A\n", "b.md": "# B\n"}),
        (("A::B", "A::C::D"), "A", {"b.md": "# B\n", "c-d.md": '---\ndeck: "C::D"\n---\n\n# D\n'}),
        (("A::*x* [y]",), "A::*x* [y]", {"a-x-y.md": '---\ndeck: "A::*x* [y]"\n---\n\n# x y\n'}),
        (("A::Readme", "A::B"), "A", {"readme-deck.md": "# Readme\n", "b.md": "# B\n"}),
        (("One", "Two"), "decks", {"one.md": "# One\n", "two.md": "# Two\n"}),
    ],
)
def test_decks_become_files(
    trainer: Trainer,
    learner: Learner,
    tmp_path: Path,
    decks: tuple[str, ...],
    title: str,
    files: dict[str, str],
) -> None:
    for number, deck in enumerate(decks):
        add_note(learner, f"guid{number}", "Basic", deck, "", (f"Question {number}", "Answer"))
    path = tmp_path / "decks.apkg"
    learner.collection.export_anki_package(
        out_path=str(path), options=ExportAnkiPackageOptions(legacy=True), limit=None
    )
    adopt(trainer, path)
    found = markdown(trainer)
    assert found.keys() == files.keys()
    for name, start in files.items():
        assert found[name].startswith(start)
    package = ankibuild.load(trainer.folder / FOLDER)
    assert package.settings.title == title
    names = {deck.name for deck in package.decks}
    assert names == ({f"{title}::{deck}" for deck in decks} if title == "decks" else set(decks))


def test_other_note_types_are_refused_by_name(
    trainer: Trainer, author: Learner, tmp_path: Path
) -> None:
    record = author.collection.models.by_name("Basic")
    assert record
    models = author.collection.models
    copied = models.copy(record)
    copied["name"] = "Vocabulary"
    models.add_field(copied, models.new_field("Sentence"))
    models.update_dict(copied)
    add_note(author, "vocab", "Vocabulary", "Spanish", "", ("sol", "sun", "Hace sol."))
    path = export_deck(author, tmp_path / "more.apkg")
    result = trainer.run("import", str(path), "--into", FOLDER)
    assert result.returncode == 1
    assert (
        'the note type "Vocabulary" of 1 notes is refused: it has 3 fields ("Front", "Back", '
        '"Sentence")' in result.stderr
    )
    assert not list(trainer.folder.iterdir())


def test_import_never_overwrites(trainer: Trainer, deck: Path) -> None:
    trainer.write(f"{FOLDER}/mine.md", "# Mine\n")
    result = trainer.run("import", str(deck), "--into", FOLDER)
    assert result.returncode == 1
    assert "something is here already; import never overwrites" in result.stderr
    assert [path.name for path in (trainer.folder / FOLDER).iterdir()] == ["mine.md"]


def test_a_dry_run_writes_nothing(trainer: Trainer, deck: Path) -> None:
    result = trainer.run("import", str(deck), "--dry-run")
    assert result.returncode == 0, result.stderr
    assert "content/spanish/spanish.md would be written" in result.stdout
    assert not list(trainer.folder.iterdir())


def test_what_could_run_is_taken_out(trainer: Trainer, author: Learner, tmp_path: Path) -> None:
    add_note(author, "evil.", "Basic", "Spanish", "", ("Q", "<script>alert(1)</script>A"))
    add_note(author, "evil2", "Basic", "Spanish", "", ("R", "<!--><script>alert(1)</script>-->B"))
    warnings = adopt(trainer, export_deck(author, tmp_path / "evil.apkg"))
    assert "taken out: <script>" in warnings
    lock = (trainer.folder / FOLDER / "package.lock").read_text("utf-8")
    assert "<script" not in lock
    fields = {note.guid: note.fields for note in read_lock("lock", lock).notes.values()}
    assert fields["evil."] == {"Front": "Q", "Back": "A"}


def test_the_guid_and_note_type_of_a_published_note_stay(trainer: Trainer, deck: Path) -> None:
    adopt(trainer, deck)
    correct(trainer, "spanish.md", 'guid="a%7Bb%7Dc" ', "")
    result = trainer.run("build")
    assert result.returncode == 1
    assert 'write guid="a%7Bb%7Dc": Anki knows the note by it' in result.stderr
    (trainer.folder / FOLDER / "note-types/cloze.json").unlink()
    result = trainer.run("build")
    assert "note-types/cloze.json: this file is gone" in result.stderr


def test_a_carried_note_type_keeps_its_fields(trainer: Trainer, deck: Path) -> None:
    adopt(trainer, deck)
    correct(trainer, "note-types/basic.json", '"name": "Back"', '"name": "Answer"')
    result = trainer.run("build")
    assert result.returncode == 1
    assert 'the fields or card templates of "Basic" are not the published ones' in result.stderr
    assert "put back note-types/basic.json" in result.stderr


def test_the_last_note_of_a_carried_note_type_can_be_taken_out(
    trainer: Trainer, studied: Learner, deck: Path
) -> None:
    adopt(trainer, deck)
    path = trainer.folder / FOLDER / "verbs.md"
    text = path.read_text("utf-8")
    (name,) = re.findall(r"## ver \{#(\S+) ", text)
    text = re.sub(r"## ver \{[^#]*#.*?(?=\n## |\Z)", "", text, flags=re.DOTALL)
    path.write_text(text, "utf-8")
    settings = trainer.folder / FOLDER / "package.toml"
    settings.write_text(f"{settings.read_text('utf-8')}retired = ['{name}']\n", "utf-8")
    trainer.has_anki = True
    result = trainer.run("rehearse")
    assert "nothing is lost" in result.stdout, result.stderr
    trainer.release(studied.now() + 60)
    progress = studied.progress()
    log = studied.import_package(trainer.folder / "dist/spanish-2.0.0.apkg")
    assert log == Log(0, 0, len(NOTES) - 1, 0)
    assert studied.progress() == progress


def test_a_new_look_of_a_carried_note_type_reaches_learners(
    trainer: Trainer, studied: Learner, deck: Path
) -> None:
    adopt(trainer, deck)
    correct(trainer, "note-types/basic.json", '"css": ".card {', '"css": ".mine {} .card {')
    # Anki gave the note type a new name, and so a new time, when it was imported just now.
    trainer.release(studied.now() + 60)
    assert studied.import_package(trainer.folder / "dist/spanish-1.0.1.apkg") == Log(
        0, 0, len(NOTES), 0
    )
    assert css(studied, "a{b}c").startswith(".mine {}")
    assert not css(studied, "cloze").startswith(".mine {}")


def css(learner: Learner, guid: str) -> str:
    note_type = learner.notes()[guid].note_type()
    assert note_type
    return str(note_type["css"])


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
    diff = trainer.run("diff").stdout
    assert "Back: [-bread-]{+loaf+}" in diff
    assert "tags: {+it+}" in diff
    assert "new: la-luna: la luna" in diff
    assert diff.count("changed:") == 2
    assert "look: templates or style of carried/basic notes" in diff
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


def test_an_import_says_what_learners_are_taken_to_have(trainer: Trainer, deck: Path) -> None:
    shown = trainer.run("import", str(deck), "--dry-run", "--into", FOLDER).stdout
    assert "learners are taken to have just this file; if theirs is older" in shown
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
    assert "have another note type than in the newer file, or one with other fields" in (
        result.stderr
    )
    assert not (trainer.folder / FOLDER).exists()
