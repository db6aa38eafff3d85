"""Excel workbooks: sheets are decks, cells are what Excel shows, and what is hostile is refused."""

from collections.abc import Callable

import pytest

from tests.helpers.hostile_packages import refusal_of
from tests.helpers.importing import learned_cards, learned_decks, run_import
from tests.helpers.learner import Learner
from tests.helpers.told import in_lines
from tests.helpers.trainer import Trainer
from tests.helpers.workbooks import Raw, Rows, make_workbook

MOST_MEMORY = 300_000_000
DATE = Raw('<c r="@" s="1"><v>45292</v></c>')
FORMULA = Raw('<c r="@"><f>1+1</f></c>')


def test_sheets_are_decks_and_their_columns_are_those_of_a_table(
    trainer: Trainer, learner: Learner
) -> None:
    sheets: dict[str, Rows] = {
        "Units": [("Frage", "Antwort", "Tags"), ("kWh", "kilowatt hour", "a b"), ("*MW*", "x < y")],
        "Food": [("el pan", "bread"), ("la sal", "salt")],
    }
    trainer.write("demo.xlsx", make_workbook(sheets))
    output, warnings = run_import(trainer, "demo.xlsx")
    assert "an Excel workbook with the columns question, answer, tags" in output
    assert warnings == ""
    assert learned_decks(trainer, learner) == {
        "Demo::Units": [("kWh", "kilowatt hour"), ("*MW*", "x < y")],
        "Demo::Food": [("el pan", "bread"), ("la sal", "salt")],
    }
    assert sorted(learner.notes()["kwh"].tags) == ["a", "b"]


def test_cells_are_what_excel_shows(trainer: Trainer, learner: Learner) -> None:
    rows: Rows = [("a", 3.0), ("b", 0.1 + 0.2), ("c", True), ("d", DATE), (5, "e"), ("f", "x\ny")]
    trainer.write("demo.xlsx", make_workbook({"Sheet1": rows}))
    run_import(trainer, "demo.xlsx")
    assert learned_cards(trainer, learner) == [
        ("a", "3"),
        ("b", "0.3"),
        ("c", "TRUE"),
        ("d", "2024-01-01"),
        ("5", "e"),
        ("f", "x / y"),
    ]
    assert [each for each in learner.deck_names() if "Sheet" in each] == []


def test_what_stands_above_the_names_of_the_columns_describes_the_deck(
    trainer: Trainer, learner: Learner
) -> None:
    rows: Rows = [
        ("My words",),
        (),
        (None, "Term", "Definition"),
        (None, "a", "b"),
        (None, "c", "d"),
    ]
    trainer.write("demo.xlsx", make_workbook({"Sheet1": rows}))
    run_import(trainer, "demo.xlsx")
    assert "My words" in (trainer.folder / "content/demo/demo.md").read_text("utf-8")
    assert learned_cards(trainer, learner) == [("a", "b"), ("c", "d")]


def test_what_is_left_out_is_named(trainer: Trainer) -> None:
    sheets: dict[str, Rows] = {
        "Words": [("a", "b"), ("c", "d"), ("sum", FORMULA)],
        "Nothing": [],
        "Secret": [("e", "f")],
    }
    more = {"xl/media/image1.png": b"", "xl/comments1.xml": b"<comments/>"}
    book = make_workbook(sheets, hidden=["Secret"], merged="A1:A2", more=more)
    trainer.write("demo.xlsx", book)
    _, warnings = run_import(trainer, "demo.xlsx")
    for words in (
        'the sheet "Nothing" is empty',
        'the sheet "Secret" was left out: it is hidden',
        'cells of the sheet "Words" are merged, in row 1 first',
        "1 formulas have no value",
        "1 pictures of the workbook were left out",
        "comments on cells were left out",
    ):
        assert words in warnings


def test_columns_that_are_not_known_are_told_with_their_sheet(
    trainer: Trainer, learner: Learner
) -> None:
    trainer.write("demo.xlsx", make_workbook({"Words": [(1, "a", "b"), (2, "c", "d")]}))
    result = trainer.run("import", "demo.xlsx")
    assert result.returncode == 1
    assert 'no first row that names them: "1", "a", "b" (sheet "Words")' in result.told
    run_import(trainer, "demo.xlsx", "--columns", "-,answer,question")
    assert learned_cards(trainer, learner) == [("b", "a"), ("d", "c")]
    trainer.write("gap.xlsx", make_workbook({"Words": [("", "uno", "", "dos", "tres")] * 2}))
    assert "--columns question,answer,extra;" in trainer.run("import", "gap.xlsx").stderr
    result = trainer.run("import", "gap.xlsx", "--columns", "question,answer,extra", "--dry-run")
    assert "the question is empty" not in result.stderr
    trainer.write("one.xlsx", make_workbook({"Words": [("a", "b")], "Read me": [("x",), ("y",)]}))
    result = trainer.run("import", "one.xlsx")
    assert 'the sheet "Read me" has only one column' in result.told


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a cell far away": (
        lambda: make_workbook({"A": [("a", "b"), (Raw('<c r="XFD1048576"><v>1</v></c>'), "c")]}),
        "too far away",
    ),
    "a bomb": (
        lambda: make_workbook({"A": [("a", "b")]}, more={"xl/x.xml": b" " * 150_000_000}),
        "too large",
    ),
    "many tags": (
        lambda: make_workbook({"A": [("a", "b")]}, more={"xl/x.xml": b"<x/>" * 5_000_000}),
        "too large",
    ),
    "entities": (
        lambda: make_workbook({"A": [("a", "b")]}, more={"xl/x.xml": b"<!DOCTYPE x>"}),
        "declares entities",
    ),
    "no workbook": (lambda: b"hello", "no .xlsx"),
    "half a file": (lambda: make_workbook({"A": [("a", "b")]})[:900], "damaged"),
    "no sheets": (
        lambda: make_workbook({}, more={"xl/workbook.xml": b"hello"}),
        "damaged",
    ),
    "no XML": (
        lambda: make_workbook({"A": [(Raw("<c"),)]}),
        "damaged",
    ),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_workbooks_are_refused_in_bounded_time_and_memory(
    trainer: Trainer, name: str
) -> None:
    make, message = HOSTILE[name]
    path = trainer.folder.parent / "demo.xlsx"
    path.write_bytes(make())
    said = in_lines(refusal_of(trainer, path, MOST_MEMORY))
    assert said.startswith(f"{path}: this file is refused: ")
    assert message in said
