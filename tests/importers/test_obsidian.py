"""Notes of Obsidian come in with the cards that its plugin Spaced Repetition makes of them."""

import json

import pytest

from tests.helpers.cases import Case, read_cases
from tests.helpers.images import make_png
from tests.helpers.importing import learned_cards, run_import, see_imported
from tests.helpers.learner import Learner
from tests.helpers.trainer import Trainer

SETTINGS = "vault/.obsidian/plugins/obsidian-spaced-repetition/data.json"


@pytest.mark.parametrize("case", read_cases("importing/obsidian.md"), ids=lambda case: case.title)
def test_each_form_is_read(trainer: Trainer, case: Case) -> None:
    see_imported(trainer, case)


def test_the_learner_has_the_cards(trainer: Trainer, learner: Learner) -> None:
    trainer.write("vault/.obsidian/app.json", "{}")
    trainer.write("vault/files/the sun.png", make_png(1))
    trainer.write("vault/notes/demo.md", "#flashcards\nel sol:::![[the sun.png|200]]\nuno::one\n")
    _, warnings = run_import(trainer, "vault/notes/demo.md")
    assert warnings == ""
    cards = learned_cards(trainer, learner)
    assert cards == [("el sol", "\ufffc"), ("el sol", "\ufffc"), ("uno", "one")]


def test_media_outside_of_the_vault_are_not_copied(trainer: Trainer) -> None:
    trainer.write("private.png", make_png(1))
    trainer.write("vault/.obsidian/app.json", "{}")
    trainer.write("vault/demo.md", "#flashcards\na::![[../private.png]] ![](../private.png)\n")
    _, warnings = run_import(trainer, "vault/demo.md")
    assert 'private.png" is outside the folder' in warnings
    assert not (trainer.folder / "content/demo/media").exists()


def test_the_settings_of_the_plugin_are_followed(trainer: Trainer) -> None:
    settings = {
        "flashcardTags": ["#cards", "#more"],
        "singleLineCardSeparator": ";;",
        "multilineCardEndMarker": "+++",
        "convertBoldTextToClozes": True,
        "convertHighlightsToClozes": False,
    }
    trainer.write(SETTINGS, json.dumps({"settings": settings}))
    text = "#cards/a\nq;;a\n\nlong\n?\none\n\ntwo\n+++\n\nthe **word** ==not==\n+++\n"
    trainer.write("vault/demo.md", text)
    output, _ = run_import(trainer, "vault/demo.md")
    assert "cards::a: 3 notes" in output
    (path,) = (trainer.folder / "content/demo").glob("*.md")
    found = path.read_text("utf-8")
    assert "\none\n\ntwo\n" in found
    assert "the {{c1::word}} ==not==" in found


@pytest.mark.parametrize("text", ["{", "[]", '{"settings": {"clozePatterns": 1}}'])
def test_settings_that_cannot_be_read_are_told(trainer: Trainer, text: str) -> None:
    trainer.write(SETTINGS, text)
    trainer.write("vault/demo.md", "#flashcards\nq::a\n")
    _, warnings = run_import(trainer, "vault/demo.md")
    assert "the plugin's settings cannot be read" in warnings


def test_a_pattern_of_ones_own_is_told(trainer: Trainer) -> None:
    trainer.write(SETTINGS, json.dumps({"settings": {"clozePatterns": ["<<answer>>"]}}))
    trainer.write("vault/demo.md", "#flashcards\nq::a\n")
    _, warnings = run_import(trainer, "vault/demo.md")
    assert 'the cloze pattern "<<answer>>" is not read' in warnings


def test_a_schedule_without_a_card_shows_that_settings_are_missing(trainer: Trainer) -> None:
    text = "#flashcards\nq::a\n\nSMB;; a protocol\n<!--SR:!2024-08-16,51,230-->\n"
    trainer.write("demo.md", text)
    result = trainer.run("import", "demo.md")
    assert result.returncode == 1
    assert 'demo.md:5:1: "SMB;; a protocol" has a schedule, but is not a card' in result.told
    assert "obsidian-spaced-repetition/data.json" in result.told
