"""What is wrong between notes, decks or packages is said with both places."""

import shutil

import pytest

from tests.helpers.trainer import SETTINGS, Trainer

DECK = "# Deck\n\n## Question {#question}\n\nAnswer.\n"


def test_the_same_id_in_two_files_names_both_places(trainer: Trainer) -> None:
    trainer.write_package(DECK, DECK.replace("Deck", "Deck 2"))
    assert (
        'content/demo/2.md:3:4: note id "question" is already used at content/demo/1.md:3; '
        "delete one of the two, or if they differ write {#question-2} here"
    ) in trainer.run("build").told


def test_the_same_deck_twice_is_an_error(trainer: Trainer) -> None:
    trainer.write_package(DECK, DECK.replace("Deck", "DECK").replace("#question", "#other"))
    assert (
        'the deck "DECK" is already defined at content/demo/1.md:1' in trainer.run("build").stderr
    )


@pytest.mark.parametrize("paths", [[], ["content/copy"]])
def test_a_copied_folder_shares_a_key_and_is_refused(trainer: Trainer, paths: list[str]) -> None:
    trainer.write_package(DECK)
    shutil.copytree(trainer.folder / "content/demo", trainer.folder / "content/copy")
    result = trainer.run("build", *paths)
    assert result.returncode == 1
    assert 'the key "0f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e" is also used by' in result.stderr


def test_a_copied_folder_is_refused_whatever_saved_its_settings(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    shutil.copytree(trainer.folder / "content/demo", trainer.folder / "content/copy")
    trainer.write("content/copy/package.toml", "\ufeff" + SETTINGS)
    assert "is also used by" in trainer.run("check").told
