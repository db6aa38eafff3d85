"""The road from files to checked packages: every mistake gets its line and its cure."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.helpers.faults import FINDERS, errors_of, see_error, see_warning, warnings_of
from tests.helpers.places import ROOT
from tests.helpers.trainer import Trainer

DECK = "# Deck\n\n## Question {#question}\n\nAnswer.\n"


@pytest.mark.parametrize("path", errors_of("commands.loading"), ids=lambda path: path.stem)
def test_a_mistake_is_reported_with_its_place_and_cure(trainer: Trainer, path: Path) -> None:
    see_error(trainer, path)


@pytest.mark.parametrize("path", warnings_of("commands.loading"), ids=lambda path: path.stem)
def test_what_learners_stumble_over_is_a_warning(trainer: Trainer, path: Path) -> None:
    see_warning(trainer, path)


@pytest.mark.parametrize("module", sorted({*FINDERS.values(), "core.settings"}))
def test_the_files_that_another_module_is_to_find_faulty_are_tried_there(module: str) -> None:
    assert find_spec(f"ankibuild.{module}")
    room, _, name = module.partition(".")
    text = (ROOT / f"tests/{room}/test_{name}.py").read_text("utf-8")
    assert f'errors_of("{module}")' in text


def test_problems_of_all_files_are_shown_at_once_and_sorted(trainer: Trainer) -> None:
    trainer.write_package("# B\n\n## One {#b}\n", "# A\n\n## Two {#a}\n\n## Three {#c}\n")
    lines = trainer.run("build").stderr.splitlines()
    assert [line.split(": ")[0] for line in lines[::3]] == [
        "content/demo/1.md:3:4",
        "content/demo/2.md:3:4",
        "content/demo/2.md:5:4",
    ]


def test_a_deck_without_a_heading_is_named_after_its_file_with_a_warning(trainer: Trainer) -> None:
    trainer.write_package("## Question {#question}\n\nAnswer.\n")
    result = trainer.run("build")
    assert result.returncode == 0
    assert "content/demo/1.md:1:1: warning: no heading names the deck" in result.stderr
    assert "Demo::1: 1 note" in result.stdout
