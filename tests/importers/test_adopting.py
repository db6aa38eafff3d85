"""A deck that learners have from Anki becomes Markdown, and its next version merges into theirs."""

import re
import shutil
import zipfile
from pathlib import Path

import pytest
from anki.collection import ExportAnkiPackageOptions

import ankibuild
from ankibuild.importers.adopting import place_media
from ankibuild.releases.lock import read_lock
from tests.helpers.adopting import FOLDER, MEDIA, PNG, adopt, contents, correct, markdown, old_names
from tests.helpers.authors import (
    NOTES,
    add_media,
    add_note,
    add_note_type,
    change_rows,
    export_deck,
)
from tests.helpers.learner import Learner, Log
from tests.helpers.trainer import Trainer

pytestmark = pytest.mark.slow

CARDS = {"both.": 2, "two-w": 2, "cloze": 2}


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


def test_a_deck_that_was_adopted_before_is_adopted_once_more_without_a_loss(
    trainer: Trainer, studied: Learner, deck: Path, tmp_path: Path
) -> None:
    adopt(trainer, deck)
    correct(trainer, "spanish.md", "bread", "bread, a loaf")
    path = trainer.folder / FOLDER / "verbs.md"
    path.write_text(path.read_text("utf-8") + "\n## poder {#poder}\n\nto be able\n", "utf-8")
    trainer.release(studied.now() + 60)
    last = tmp_path / "last.apkg"
    shutil.move(trainer.folder / "dist/spanish-1.1.0.apkg", last)
    shutil.rmtree(trainer.folder / "content")
    arguments = ("--into", "content/again", "--learners-have", str(deck))
    assert trainer.run("import", str(last), *arguments).returncode == 0
    progress, note_types = studied.progress(), {*studied.note_types()}
    trainer.release(studied.now() + 120)
    log = studied.import_package(next(trainer.folder.glob("dist/*.apkg")))
    assert (log.new, log.conflicting) == (1, 0)
    assert studied.notes()["a{b}c"].fields == ["el pan", "<p>bread, a loaf</p>"]
    after = studied.progress()
    assert {card: after[card] for card in progress} == progress
    assert len({*studied.note_types()} - note_types) == 1
    studied.import_package(last)
    assert len(studied.notes()) == len(NOTES) + 1
    # Only the old names of the media are left behind.
    assert studied.faults() == [*MEDIA]


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


def test_decks_that_have_no_common_root_keep_their_names(
    trainer: Trainer, author: Learner, learner: Learner, tmp_path: Path
) -> None:
    for number, name in enumerate(("Default", "Latin::Verbs", "Greek")):
        add_note(author, f"more-{number}", "Basic", name, "", (f"question {number}", "answer"))
    path = tmp_path / "all.apkg"
    options = ExportAnkiPackageOptions(with_media=True, legacy=True)
    author.collection.export_anki_package(out_path=str(path), options=options, limit=None)
    adopt(trainer, path)
    assert '\nroot = ""\n' in (trainer.folder / FOLDER / "package.toml").read_text("utf-8")
    trainer.write(
        f"{FOLDER}/norse.md", '# Norse\n\n## Odin {#odin note-type="basic"}\n\nOne eye.\n'
    )
    assert trainer.run("release").returncode == 0
    with Learner.at(tmp_path / "old") as old:
        old.import_package(path)
        before = old.deck_names()
        for each in (learner, old):
            each.import_package(trainer.folder / "dist/spanish-1.1.0.apkg")
            assert set(each.deck_names()) == {*before, "Norse"}
            assert len(each.notes()) == len(NOTES) + 4


def media(learner: Learner) -> dict[str, bytes]:
    folder = Path(learner.collection.media.dir())
    return {path.name: path.read_bytes() for path in folder.iterdir()}


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
    assert {guid: note.nid for guid, note in notes.items()} == {
        guid: note.id for guid, note in author.notes().items()
    }
    assert notes["a{b}c"].fields == {"Front": "el pan", "Back": "bread"}


def test_a_package_of_our_own_is_adopted_where_its_folder_is_lost(
    trainer: Trainer, learner: Learner
) -> None:
    trainer.write_package("# Old\n\n## Q {#q .reversed}\n\nA.\n\n## C {#c}\n\n{{c1::One}} two.\n")
    path = trainer.build(1_700_000_000)
    learner.import_package(path)
    result = trainer.run("import", str(path), "--into", "content/old")
    assert result.returncode == 0, result.told
    source = trainer.folder / "content/old/demo-old.md"
    source.write_text(source.read_text("utf-8").replace("A.", "B."), "utf-8")
    trainer.release(1_700_000_000 + 60, "content/old")
    log = learner.import_package(next(trainer.folder.glob("dist/*-1.0.1.apkg")))
    assert (log.new, log.updated, log.conflicting) == (0, 1, 0)
    assert learner.fields("q")["Back"] == "B."


def test_media_that_no_card_can_show_are_left_out_and_named(
    trainer: Trainer, author: Learner, learner: Learner, tmp_path: Path
) -> None:
    pictures = '<img src="gone.png">x<img src="https://example.org/y.png"><img src="old.bmp">'
    author.collection.media.write_data("old.bmp", b"BM and some dots")
    add_note(author, "gone.", "Basic", "Spanish", "", ("bad pictures", pictures))
    warnings = adopt(trainer, export_deck(author, tmp_path / "gone.apkg"))
    for name in ("gone.png", "https://example.org/y.png", "old.bmp"):
        assert f'"{name}" is not in the file, or is not something that a card can show' in warnings
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
    assert {deck.name for deck in package.decks} == set(decks)


def test_a_note_that_nobody_edited_has_not_moved_and_asks_nothing_else(
    trainer: Trainer, author: Learner, tmp_path: Path
) -> None:
    add_note_type(author, "Cloze", "Sentences", "Image")
    models = author.collection.models
    record = models.by_name("Sentences")
    assert record
    models.rename_field(record, record["flds"][1], "Notes")
    models.update_dict(record)
    fields = ("J'ai {{c1::de::of}} repos.", "<p><b>Sortir de</b> is to come out of it all</p>", "")
    add_note(author, "repos", "Sentences", "Spanish", "", fields)
    author.collection.media.write_data("a.svg", SVG)
    add_note(author, "drawn", "Basic", "Spanish", "", ('<img src="a.svg">', "a square"))
    adopt(trainer, export_deck(author, tmp_path / "more.apkg"))
    assert "published note" not in trainer.run("check").told
    correct(trainer, "spanish.md", "come out of it all", "leave it")
    correct(trainer, "spanish.md", "a square", "a big square")
    assert "published note" not in trainer.run("check").told


def test_a_note_type_of_three_fields_is_adopted_and_corrected(
    trainer: Trainer, author: Learner, learner: Learner, tmp_path: Path
) -> None:
    add_note_type(author, "Basic", "Vocabulary", "Sentence")
    add_note(author, "vocab", "Vocabulary", "Spanish", "", ("sol", "sun", "Hace <b>sol</b>."))
    path = export_deck(author, tmp_path / "more.apkg")
    learner.import_package(path)
    adopt(trainer, path)
    assert "### Sentence\n\nHace **sol**.\n" in markdown(trainer)["spanish.md"]
    correct(trainer, "spanish.md", "Hace **sol**", "Hay **sol**")
    trainer.release(learner.now() + 60)
    log = learner.import_package(next(trainer.folder.glob("dist/*-1.0.1.apkg")))
    assert (log.new, log.updated, log.conflicting) == (0, 1, 0)
    assert learner.fields("vocab")["Sentence"] == "Hay <strong>sol</strong>."


def test_of_two_notes_with_one_guid_the_one_that_anki_updates_is_adopted(
    trainer: Trainer, author: Learner, learner: Learner, tmp_path: Path
) -> None:
    add_note(author, "twice", "Basic", "Spanish", "", ("uno", "one"))
    add_note(author, "other", "Cloze", "Spanish", "", ("{{c1::dos}}", "two"))
    assert author.collection.db
    author.collection.db.execute("update notes set guid = 'twice' where guid = 'other'")
    author.collection.db.execute("update notes set mod = 1700000000 - (guid != 'twice')")
    path = export_deck(author, tmp_path / "twice.apkg")
    learner.import_package(path)
    said = adopt(trainer, path)
    assert 'the note "uno" is left out: "{{c1::dos}}" has its guid too, "twice"' in said
    correct(trainer, "spanish.md", "{{c1::dos}}", "{{c1::dos}}!")
    trainer.release(learner.now() + 60)
    log = learner.import_package(trainer.folder / "dist/spanish-1.0.1.apkg")
    assert log == Log(0, 1, len(NOTES), 0)
    assert learner.collection.db
    texts = learner.collection.db.list("select flds from notes where guid = 'twice' order by id")
    assert texts == ["uno\x1fone", "<p>{{c1::dos}}!</p>\x1f<p>two</p>"]


def test_each_of_many_notes_and_files_that_are_left_out_is_named(
    trainer: Trainer, author: Learner, tmp_path: Path
) -> None:
    for number in range(9):
        add_note(
            author, f"gone-{number}", "Basic", "Spanish", "", (f"gone{number}", "[sound:x.mp3]")
        )
        sound = f"[sound:lost{number}.mp3]"
        add_note(author, f"lost-{number}", "Basic", "Spanish", "", (f"lost {number}", sound))
    path = export_deck(author, tmp_path / "whole.apkg")
    numbers = ",".join(str(author.notes()[f"gone-{number}"].id) for number in range(9))
    change_rows(path, f"delete from cards where nid in ({numbers})")
    said = adopt(trainer, path)
    for number in range(9):
        assert f'the note "gone{number}" is left out: it has no card' in said
        assert f'"lost{number}.mp3" is not in the file' in said


def test_a_note_with_another_number_of_fields_is_mended_as_anki_does_and_named(
    trainer: Trainer, author: Learner, learner: Learner, tmp_path: Path
) -> None:
    path = export_deck(author, tmp_path / "whole.apkg")
    for guid, fields in (("a{b}c", ("el pan",)), ("both.", ("ser", "to be", "is", "was"))):
        joined = "||char(31)||".join(f"'{each}'" for each in fields)
        change_rows(path, f"update notes set flds = {joined} where guid = '{guid}'")
    said = adopt(trainer, path, "--learners-have", str(path))
    assert '"el pan" has a different number of fields than its note type: 1, not 2' in said
    assert '"ser" has a different number of fields than its note type: 4, not 2' in said
    assert trainer.run("build").returncode == 0
    learner.import_package(trainer.folder / "dist/spanish-1.0.0.apkg")
    assert learner.notes()["a{b}c"].fields == ["el pan", ""]
    assert learner.notes()["both."].fields == ["ser", "to be; is; was"]
    assert len(learner.notes()) == len(NOTES)


def test_a_front_of_which_a_missing_file_was_all_is_said_to_stay_blank(
    trainer: Trainer, author: Learner, tmp_path: Path
) -> None:
    gone = '<img src="gone.png">'
    reversed_ = "Basic (and reversed card)"
    add_note(author, "blank", "Basic", "Spanish", "", (gone, "one"))
    add_note(author, "words", "Basic", "Spanish", "", (f"two {gone}", "two"))
    add_note(author, "other", reversed_, "Spanish", "", ("three", gone.replace("gone", "lost")))
    told = adopt(trainer, export_deck(author, tmp_path / "whole.apkg"))
    lines = [line for line in told.splitlines() if "is not in the file" in line]
    assert ["stays blank" in line for line in lines] == [True, False, True]


def test_a_note_without_a_card_is_named(trainer: Trainer, author: Learner, tmp_path: Path) -> None:
    path = export_deck(author, tmp_path / "whole.apkg")
    number = author.notes()["a{b}c"].id
    change_rows(path, f"delete from cards where nid = {number}")
    assert 'the note "el pan" is left out: it has no card' in adopt(trainer, path)
    assert "el pan" not in markdown(trainer)["spanish.md"]


SVG = b"""<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" onload="pwn()"><script>pwn()</script><text>sun</text></svg>
"""


def test_any_svg_reaches_who_is_new_and_stays_in_later_releases(
    trainer: Trainer, author: Learner, learner: Learner, tmp_path: Path
) -> None:
    author.collection.media.write_data("sun.svg", SVG)
    add_note(author, "drawn", "Basic", "Spanish", "", ("el sol", '<img src="sun.svg">'))
    adopt(trainer, export_deck(author, tmp_path / "svg.apkg"))
    correct(trainer, "spanish.md", "bread", "loaf")
    trainer.has_anki = True
    trainer.release(learner.now() + 60)
    learner.import_package(trainer.folder / "dist/spanish-1.0.1.apkg")
    assert learner.faults() == []
    assert [b"pwn" in data for name, data in learner.media().items() if "sun" in name] == [False]


TEX = "latex-26eeb5258ca5099acf8fe96b2a1049c48c89a5e6.png"


def test_what_note_types_load_is_carried_under_its_own_name(
    trainer: Trainer, author: Learner, learner: Learner, tmp_path: Path
) -> None:
    """A font, a picture, a style sheet that loads another font, and a picture made of LaTeX."""
    files = {
        "_sans.woff2": b"wOF2 a font",
        "_logo 1.png": PNG + b"logo",
        "_more.css": b"@font-face { src: url('_serif.ttf') }",
        "_serif.ttf": b"another font",
        "_unused.js": b"nothing",
        TEX: PNG + b"tex",
    }
    note_type = author.collection.models.by_name("Basic")
    assert note_type
    note_type["css"] += "@import url(_more.css); @font-face { src: url(_sans.woff2) }"
    note_type["tmpls"][0]["afmt"] += '<img src="_logo 1.png">'
    author.collection.models.update_dict(note_type)
    for name, data in files.items():
        author.collection.media.write_data(name, data)
    add_note(author, "latex", "Basic", "Spanish", "", ("tex", "[latex]$x$[/latex]"))
    path = tmp_path / "files.apkg"
    export_deck(author, path)
    add_media(path, files)
    said = adopt(trainer, path)
    assert 'a file is left out, since no card shows it: "_unused.js"' in said
    assert "unused-media" not in trainer.run("check").stdout
    correct(trainer, "spanish.md", "bread", "loaf")
    trainer.has_anki = True
    trainer.release(learner.now() + 60)
    learner.import_package(trainer.folder / "dist/spanish-1.0.1.apkg")
    assert learner.faults() == []
    del files["_unused.js"]
    assert files.items() <= learner.media().items()


def test_a_note_with_latex_can_be_released_without_its_picture(
    trainer: Trainer, author: Learner, learner: Learner, tmp_path: Path
) -> None:
    add_note(author, "latex", "Basic", "Spanish", "", ("tex", "[latex]$x$[/latex]"))
    adopt(trainer, export_deck(author, tmp_path / "latex.apkg"))
    correct(trainer, "spanish.md", "bread", "loaf")
    trainer.has_anki = True
    trainer.release(learner.now() + 60)


def test_a_picture_with_percent_signs_in_its_address_is_carried(
    trainer: Trainer, author: Learner, learner: Learner, tmp_path: Path
) -> None:
    author.collection.media.write_data("el sol 2.png", PNG + b"2")
    add_note(author, "spelt", "Basic", "Spanish", "", ("s", '<img src="el%20sol%202.png">'))
    path = export_deck(author, tmp_path / "spelt.apkg")
    add_media(path, {"el sol 2.png": PNG + b"2"})
    said = adopt(trainer, path)
    assert "left out" not in said
    assert trainer.run("build").returncode == 0
    learner.import_package(trainer.folder / "dist/spanish-1.0.0.apkg")
    assert PNG + b"2" in learner.media().values()
    assert learner.faults() == []


def test_a_lost_formula_is_named_as_one(trainer: Trainer, author: Learner, tmp_path: Path) -> None:
    add_note(author, "maths2", "Basic", "Spanish", "", ("tres", r"\(a$b\)<ul><li>x</li></ul>"))
    said = adopt(trainer, export_deck(author, tmp_path / "x.apkg"))
    assert "its formulas" in said


def test_signs_in_a_description_that_were_escaped_twice_are_shown_as_they_are(
    trainer: Trainer, author: Learner, tmp_path: Path
) -> None:
    deck = author.collection.decks.by_name("Spanish::Verbs")
    assert deck
    deck["desc"] = "To be&amp;#44; to go&#44; and more"
    author.collection.decks.save(deck)
    adopt(trainer, export_deck(author, tmp_path / "x.apkg"))
    assert "To be, to go, and more" in markdown(trainer)["verbs.md"]


def test_import_never_overwrites(trainer: Trainer, deck: Path) -> None:
    trainer.write(f"{FOLDER}/mine.md", "# Mine\n")
    result = trainer.run("import", str(deck), "--into", FOLDER)
    assert result.returncode == 1
    assert "something is already here; import never overwrites" in result.told
    assert [path.name for path in (trainer.folder / FOLDER).iterdir()] == ["mine.md"]


def test_a_dry_run_writes_nothing(trainer: Trainer, deck: Path) -> None:
    result = trainer.run("import", str(deck), "--dry-run")
    assert result.returncode == 0, result.stderr
    assert "content/spanish/spanish.md would be written" in result.stdout
    assert not list(trainer.folder.iterdir())


def test_the_guid_and_note_type_of_a_published_note_stay(trainer: Trainer, deck: Path) -> None:
    adopt(trainer, deck)
    correct(trainer, "spanish.md", 'guid="a%7Bb%7Dc" ', "")
    result = trainer.run("build")
    assert result.returncode == 1
    assert 'write guid="a%7Bb%7Dc": Anki recognises the note by it' in result.told
    shutil.rmtree(trainer.folder / FOLDER / "note-types/anki-cloze")
    result = trainer.run("build")
    assert "note-types/anki-cloze: this note type is gone" in result.told


def test_a_carried_note_type_keeps_its_fields(trainer: Trainer, deck: Path) -> None:
    adopt(trainer, deck)
    correct(trainer, "note-types/basic/note-type.toml", '"Back"', '"Answer"')
    result = trainer.run("build")
    assert result.returncode == 1
    assert 'the fields or card templates of "Basic" are not the published ones' in result.stderr
    assert "put back note-types/basic, with the fields Front, Back" in result.stderr


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
    correct(trainer, "note-types/basic/style.css", ".card {", ".mine {} .card {")
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


def test_no_picture_takes_the_place_of_another() -> None:
    pictures = {name: PNG + name.encode() for name in ("a.png", "a-2.png", "A.png")}
    places = {each.place.casefold(): each.data for each in place_media(pictures).values()}
    assert sorted(places.values()) == sorted(pictures.values())


def test_what_anki_would_obey_is_named_at_import_and_text_for_new_learners(
    trainer: Trainer, author: Learner, learner: Learner, tmp_path: Path
) -> None:
    formula = r"\({0}{{x}}\) and \(\frac{{1}}{{2}}\)"
    hostile = {
        "link": formula.format(r"\href{javascript:pwn()}"),
        "split": r"\<wbr>(\style{background:url(//e.org)}{x}\)",
        "entity": "&#92;(\\def\\frac{}\\)",
        "good": formula.format(r"\sqrt"),
        "typed": "[[type:Back]]",
    }
    for name, back in hostile.items():
        deck = "Spanish::<b onclick=x>" if name == "link" else "Spanish"
        add_note(author, f"{name}.", "Basic", deck, "<i>x[[type:Back]]", (f"hostile {name}", back))
    path = export_deck(author, tmp_path / "hostile.apkg")
    studied = Learner(tmp_path / "studied")
    studied.import_package(path)
    before = contents(studied)
    warnings = adopt(trainer, path)
    for said in (
        'the deck name "Spanish::<b onclick=x>" contains "<b", which a card could act on',
        'its formulas, since "\\href" would let a formula do more than be read',
        'its formulas, since "\\style" would let',
        'its formulas, since "\\def" would change the formulas of other cards too',
        "Markdown cannot express all of this note: [[type:Back]]",
        'the tag "<i>x[[type:Back]]"',
    ):
        assert said in warnings
    assert warnings.count("its formulas") == 3
    assert trainer.run("check").returncode == 0
    assert trainer.run("build").returncode == 0
    (built,) = trainer.folder.glob("dist/*.apkg")
    # Who has the deck is sent nothing; who is new gets the words, and nothing that runs.
    assert studied.import_package(built).updated == 0
    assert contents(studied) == before
    learner.import_package(built)
    shown = {name: learner.fields(f"{name}.")["Back"] for name in hostile}
    assert shown["good"] == hostile["good"]
    assert shown["link"] == hostile["link"].replace("\\(", "\\\u2060(")
    assert shown["split"] == hostile["split"].replace("\\<", "\\\u2060<")
    assert shown["entity"] == "\\\u2060(\\def\\frac{}\\)"
    assert learner.collection.decks.id_for_name("Spanish::<\u2060b onclick=x>")
    correct(trainer, "spanish.md", "## hostile typed", "## so hostile typed")
    trainer.release(studied.now() + 60)
    learner.import_package(trainer.folder / "dist/spanish-1.0.1.apkg")
    assert learner.fields("typed.")["Back"] == "<p>&#91;[type:Back]]</p>"
    studied.collection.close()


def test_what_a_note_type_would_run_is_named_at_import(
    trainer: Trainer, author: Learner, tmp_path: Path
) -> None:
    note_type = author.collection.models.by_name("Basic")
    assert note_type
    note_type["tmpls"][0]["afmt"] += "<script>pwn()</script>"
    author.collection.models.update_dict(note_type)
    add_note(author, "code.", "Basic", "Spanish", "", ("code", "x"))
    path = export_deck(author, tmp_path / "code.apkg")
    result = trainer.run("import", str(path), "--into", FOLDER)
    assert result.returncode == 1
    assert 'the note type "Basic" runs on learners\' devices: <script>' in result.told
    assert not (trainer.folder / FOLDER).exists()
    warnings = adopt(trainer, path, "--keep-scripts")
    assert f"{FOLDER}/note-types/basic/note-type.toml: warning: the note type" in warnings
    assert "runs or loads something on learners' devices: <script>; look" in warnings


def test_the_first_notes_are_shown(trainer: Trainer, deck: Path) -> None:
    result = trainer.run("import", str(deck), "--into", "content/x", "--dry-run")
    shown = [line for line in result.stdout.splitlines() if line.startswith('  "')]
    assert len(shown) == 10
    assert len({*shown}) == 10
