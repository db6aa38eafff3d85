"""Sources become notes: what is wrong with them, and which headings name fields."""

import shutil

import pytest

import ankibuild
from tests.helpers.places import CASES
from tests.helpers.trainer import Trainer


@pytest.mark.parametrize(("length", "is_long"), [(500, False), (501, True)])
@pytest.mark.parametrize("start", ["", "**A** "], ids=["plain", "markup"])
def test_an_answer_of_more_than_500_characters_is_warned_of(
    trainer: Trainer, start: str, length: int, *, is_long: bool
) -> None:
    words = "a" * (length - len(start.replace("*", "")))
    trainer.write_package(f"# A\n\n## B {{#b}}\n\n{start}{words}\n")
    said = f"the answer has {length} characters" in trainer.run("check").told
    assert said == is_long


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ('title = "Headings"', 'title = "Headings"\ntags = ["all"]'),
        ("answer.", "answer, or more."),
        ("first.", "at first."),
        ("c2::more", "c2::much more"),
    ],
)
def test_headings_that_were_published_as_such_stay_headings(
    trainer: Trainer, old: str, new: str
) -> None:
    """In a note type of two fields a heading is its field's only where it was not published."""
    home = trainer.folder / "content/headings"
    shutil.copytree(CASES / "released/headings", home)
    before = {note.note_id: note.field_map for note in ankibuild.load(home).notes}
    assert trainer.run("diff").stdout == "headings 1.0.0: nothing to release\n"
    for name in ("package.toml", "headings.md"):
        text = (home / name).read_text("utf-8")
        (home / name).write_text(text.replace(old, new) if old else text, "utf-8")
    after = {note.note_id: note.field_map for note in ankibuild.load(home).notes}
    assert repr(after) == (repr(before).replace(old, new) if old else repr(before))


def test_headings_of_a_converted_note_type_stay_headings_too(trainer: Trainer) -> None:
    shutil.copytree(CASES / "released/headings", trainer.folder / "content/headings")
    result = trainer.run("convert")
    assert result.returncode == 0, result.told
    assert trainer.run("diff").stdout == "headings 1.0.0: nothing to release\n"
