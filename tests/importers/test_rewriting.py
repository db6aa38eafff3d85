"""Notes of Anki's become Markdown that a trainer likes to read, with all their words."""

import re
from pathlib import Path

import pytest

import ankibuild
from ankibuild.releases.lock import read_lock
from tests.helpers.adopting import FOLDER, adopt, correct, markdown, old_names
from tests.helpers.authors import add_note, add_note_type, export_deck
from tests.helpers.learner import Learner
from tests.helpers.trainer import Trainer

pytestmark = pytest.mark.slow

PICTURE = '<img src="el sol.png" alt="">'


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


def test_what_could_run_is_made_harmless(trainer: Trainer, author: Learner, tmp_path: Path) -> None:
    add_note(author, "evil.", "Basic", "Spanish", "", ("Q", "<script>alert(1)</script>A"))
    add_note(author, "evil2", "Basic", "Spanish", "", ("R", "<!--><script>alert(1)</script>-->B"))
    warnings = adopt(trainer, export_deck(author, tmp_path / "evil.apkg"))
    assert "made harmless: <script>" in warnings
    lock = (trainer.folder / FOLDER / "package.lock").read_text("utf-8")
    assert "<script" not in lock
    fields = {note.guid: note.fields for note in read_lock("lock", lock).notes.values()}
    assert fields["evil."] == {"Front": "Q", "Back": "A"}


def test_lines_that_look_like_a_list_or_a_break_stay_as_they_are(
    trainer: Trainer, author: Learner, tmp_path: Path
) -> None:
    lines = "Steps:<br>• Listen<br>• Solve<br>—<br>-Wait a bit<br>-Listen"
    add_note(author, "steps", "Basic", "Spanish", "", ("Q", f"{lines}<br>2.Ask<br>3.Tell"))
    adopt(trainer, export_deck(author, tmp_path / "steps.apkg"))
    assert "\n&bull; Listen\n&bull; Solve\n&mdash;\n\\-Wait" in markdown(trainer)["spanish.md"]
    said = trainer.run("check").told
    assert "list-as-text" not in said
    assert "break-as-text" not in said
    assert "0 errors" in said


@pytest.mark.parametrize("switch", ["y", "yes", "", "<br>", "Only in the second term!", PICTURE])
def test_what_stands_in_a_switch_is_kept(
    trainer: Trainer, author: Learner, learner: Learner, tmp_path: Path, switch: str
) -> None:
    """A field that no card shows may hold more than a yes, and a break is no yes to Anki."""
    note_type = "Basic (optional reversed card)"
    add_note(author, "switch", note_type, "Spanish", "", ("uno", "one", switch))
    path = export_deck(author, tmp_path / "switch.apkg")
    learner.import_package(path)
    cards = len(learner.notes()["switch"].cards())
    adopt(trainer, path)
    correct(trainer, "spanish.md", "\none\n", "\nOne\n")
    trainer.release(learner.now() + 60)
    log = learner.import_package(trainer.folder / "dist/spanish-1.0.1.apkg")
    assert (log.new, log.updated, log.conflicting) == (0, 1, 0)
    back, found = learner.notes()["switch"].fields[1:]
    said = {"y": "yes", "<br>": ""}.get(switch, switch)
    assert (back, old_names(found)) == ("<p>One</p>", said)
    assert len(learner.notes()["switch"].cards()) == cards


@pytest.mark.parametrize("name", ["a\\*b", "ends \\#", "ends #", "*a* [b](c)", "- a", "1. a", "+"])
def test_a_field_of_any_name_is_read_back(
    trainer: Trainer, author: Learner, tmp_path: Path, name: str
) -> None:
    add_note_type(author, "Basic", "Odd", name)
    add_note(author, "odd..", "Odd", "Spanish", "", ("uno", "one", "the first"))
    said = adopt(trainer, export_deck(author, tmp_path / "odd.apkg"))
    assert "is left out" not in said
    package = ankibuild.load(trainer.folder / FOLDER)
    (note,) = (each for each in package.notes if each.guid == "odd..")
    assert note.field_map[name] == "the first"
