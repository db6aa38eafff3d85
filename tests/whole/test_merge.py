"""Builds merge into a learner's collection: studied in real Anki, nothing is lost."""

from pathlib import Path

import pytest

from tests.helpers.learner import Learner, Log
from tests.helpers.trainer import Trainer

FIRST = """\
# Module 1

## What is a meter? {#meter}

It counts energy.

## What is a tariff? {#tariff}

A list of prices.

## The moon {#moon}

The {{c1::moon}} orbits the {{c2::earth}}.
"""
SECOND = """\
# Module 2

## What is a bill? {#bill}

A demand for money.
"""
START, LATER = 1_700_000_000, 1_700_100_000


@pytest.fixture
def studied(trainer: Trainer, learner: Learner) -> Learner:
    """Return a learner who imported the first build and studied every card of it."""
    trainer.write_package(FIRST, SECOND)
    assert learner.import_package(trainer.build(START)) == Log(4, 0, 0, 0)
    learner.study()
    return learner


def update(trainer: Trainer, learner: Learner, *decks: str) -> Log:
    """Publish edited texts, import them, and see that nothing the learner had is lost."""
    before, reviews, note_types = learner.progress(), learner.reviews(), learner.note_types()
    trainer.write_package(*decks)
    log = learner.import_package(trainer.build(LATER))
    after = learner.progress()
    assert {card: after[card] for card in before} == before
    assert learner.reviews() == reviews
    assert learner.note_types() == note_types
    assert log.conflicting == 0
    assert learner.faults() == []
    return log


def new_cards(learner: Learner) -> dict[tuple[str, int], str]:
    return {card: each.deck for card, each in learner.progress().items() if not each.reps}


def test_an_edited_answer_arrives(trainer: Trainer, studied: Learner) -> None:
    log = update(trainer, studied, FIRST.replace("counts energy", "counts kilowatt-hours"), SECOND)
    assert log == Log(0, 4, 0, 0)
    assert studied.fields("meter")["Back"] == "<p>It counts kilowatt-hours.</p>"
    assert new_cards(studied) == {}


def test_an_edited_question_arrives(trainer: Trainer, studied: Learner) -> None:
    update(trainer, studied, FIRST.replace("What is a meter?", "Define a meter"), SECOND)
    assert studied.fields("meter")["Front"] == "Define a meter"
    assert len(studied.notes()) == 4


def test_reordered_notes_are_the_same_notes(trainer: Trainer, studied: Learner) -> None:
    heading, *notes = FIRST.split("\n## ")
    update(trainer, studied, "\n## ".join([heading, *reversed(notes)]) + "\n", SECOND)
    assert len(studied.notes()) == 4
    assert new_cards(studied) == {}


def test_a_note_moved_to_another_file_is_the_same_note(trainer: Trainer, studied: Learner) -> None:
    note = "## What is a tariff? {#tariff}\n\nA list of prices.\n"
    update(trainer, studied, FIRST.replace(note, ""), f"{SECOND}\n{note}")
    assert len(studied.notes()) == 4
    assert new_cards(studied) == {}


def test_an_added_note_lands_in_its_files_deck(trainer: Trainer, studied: Learner) -> None:
    log = update(trainer, studied, FIRST, SECOND + "\n## What is VAT? {#vat}\n\nA tax.\n")
    assert log == Log(1, 4, 0, 0)
    assert new_cards(studied) == {("vat", 0): "Demo::Module 2"}


def test_reversed_switched_on_adds_the_second_card(trainer: Trainer, studied: Learner) -> None:
    update(trainer, studied, FIRST.replace("{#meter}", "{#meter .reversed}"), SECOND)
    assert new_cards(studied) == {("meter", 1): "Demo::Module 1"}
    front, back = studied.render("meter", 1)
    assert "It counts energy." in front
    assert "What is a meter?" not in front
    assert "What is a meter?" in back


def test_a_gained_cloze_number_adds_a_card(trainer: Trainer, studied: Learner) -> None:
    update(trainer, studied, FIRST.replace("orbits", "{{c3::orbits}}"), SECOND)
    assert new_cards(studied) == {("moon", 2): "Demo::Module 1"}


def test_typed_and_hint_and_source_and_tags_switched_on(trainer: Trainer, studied: Learner) -> None:
    attributes = '{#meter .typed hint="on the wall" source="Handbook" tags="house grid"}'
    update(trainer, studied, FIRST.replace("{#meter}", attributes), SECOND)
    assert "[[type:Back]]" in studied.render("meter")[0]
    assert "on the wall" in studied.render("meter")[0]
    assert "Handbook" in studied.render("meter")[1]
    assert studied.notes()["meter"].tags == ["grid", "house"]
    assert new_cards(studied) == {}


def test_cards_that_the_learner_moved_stay_where_they_are(
    trainer: Trainer, studied: Learner
) -> None:
    studied.move_cards("Mine")
    edited = FIRST.replace("counts energy", "counts kilowatt-hours")
    added = "\n## What is VAT? {#vat}\n\nA tax.\n"
    update(trainer, studied, edited.replace("{#tariff}", "{#tariff .reversed}"), SECOND + added)
    decks = {card: each.deck for card, each in studied.progress().items()}
    assert decks.pop(("vat", 0)) == "Demo::Module 2"
    assert decks.pop(("tariff", 1)) == "Demo::Module 1"
    assert set(decks.values()) == {"Mine"}


def test_renaming_file_and_deck_keeps_identity(trainer: Trainer, studied: Learner) -> None:
    (trainer.folder / "content/demo/2.md").rename(trainer.folder / "content/demo/billing.md")
    (trainer.folder / "content/demo").rename(trainer.folder / "content/renamed")
    before = studied.progress()
    trainer.write("content/renamed/billing.md", SECOND.replace("# Module 2", "# Billing", 1))
    assert studied.import_package(trainer.build(LATER)).new == 0
    assert studied.progress() == before
    assert "Demo::Billing" in studied.deck_names()


def test_an_older_package_downgrades_nothing(
    trainer: Trainer, studied: Learner, tmp_path: Path
) -> None:
    old = trainer.build(START).rename(tmp_path / "old.apkg")
    update(trainer, studied, FIRST.replace("counts energy", "counts kilowatt-hours"), SECOND)
    assert studied.import_package(old) == Log(0, 0, 4, 0)
    assert studied.fields("meter")["Back"] == "<p>It counts kilowatt-hours.</p>"
