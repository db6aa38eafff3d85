"""Decks for hashcards come in with the cards that hashcards makes of them."""

from html import unescape

import pytest

from tests.helpers.cases import Case, read_cases
from tests.helpers.images import make_png
from tests.helpers.importing import run_import, see_imported
from tests.helpers.learner import Learner
from tests.helpers.trainer import Trainer


@pytest.mark.parametrize("case", read_cases("importing/hashcards.md"), ids=lambda case: case.title)
def test_each_form_is_read(trainer: Trainer, case: Case) -> None:
    see_imported(trainer, case)


def test_the_learner_has_the_cards(trainer: Trainer, learner: Learner) -> None:
    text = "Q: Which root?\n\n![](@/art/my%20root.png)\n\nA: $x$\n"
    text += "\nC: The [C++ std::vector] is [{1}].\n"
    trainer.write("cards/art/my root.png", make_png(1))
    trainer.write("cards/hashcards.db", "")
    trainer.write("cards/deep/demo.md", text)
    output, warnings = run_import(trainer, "cards/deep/demo.md")
    assert "cards/deep/demo.md: a deck for hashcards\n" in output
    assert warnings == ""
    learner.import_package(trainer.build(1_700_000_000))
    assert learner.faults() == []
    first, last = learner.notes()
    assert "<img" in learner.fields(first)["Front"]
    assert learner.fields(first)["Back"] == r"<p>\(x\)</p>"
    assert 'The <span class="cloze"' in learner.render(last)[0]
    assert "C++ std::vector" in unescape(learner.render(last)[1])
    assert "{1}" in unescape(learner.render(last, 1)[1])


def test_pictures_from_outside_of_the_collection_are_named(trainer: Trainer) -> None:
    trainer.write("private.png", make_png(1))
    trainer.write("cards/demo.md", "Q: a ![](../private.png)\nA: b\n")
    _, warnings = run_import(trainer, "cards/demo.md")
    assert '"../private.png" is outside the folder' in warnings
    assert not (trainer.folder / "content/demo/media").exists()


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("C: [x]\nA: b\n", 2, '"b": this answer has no question'),
        ("Q: a\nA: b\nA: c\n", 3, '"c": this answer has no question'),
        ("Q: a\n---\n", 1, '"a": this question has no answer'),
        ("Q: a\nQ: b\nA: c\n", 1, '"a": this question has no answer'),
        ("Q: a\nA: b\n\nC: none\n", 4, '"none": this text has no [deletion]'),
    ],
)
def test_a_sign_that_is_missing_is_told_with_its_line(
    trainer: Trainer, text: str, line: int, reason: str
) -> None:
    trainer.write("demo.md", text)
    result = trainer.run("import", "demo.md", "--as", "hashcards")
    assert result.returncode == 1
    assert f"demo.md:{line}:1: {reason}" in result.told
    assert not (trainer.folder / "content").exists()
