"""Every mistake gets its line and its cure: one faulty file each, the message beside it."""

import re
from pathlib import Path

import pytest

from tests.trainer import CASES, SETTINGS, Trainer

FAULTY = sorted(path for path in (CASES / "invalid").iterdir() if path.suffix != ".txt")
GOOD_DECK = "# Deck\n\n## Question {#question}\n\nAnswer.\n"


def report(trainer: Trainer, path: Path) -> str:
    """Return all that the command prints when it meets a faulty file; keys drawn are made equal."""
    is_settings = path.suffix == ".toml"
    trainer.write_package(settings=path.read_text("utf-8") if is_settings else SETTINGS)
    trainer.write("content/demo/1.md", GOOD_DECK if is_settings else path.read_bytes())
    result = trainer.run("build")
    assert result.returncode == 1
    assert result.stdout == ""
    return re.sub("[0-9a-f]{8}-[0-9a-f-]{27}", "KEY", result.stderr)


def test_there_are_faulty_files() -> None:
    assert len(FAULTY) > 50


@pytest.mark.parametrize("path", FAULTY, ids=lambda path: path.stem)
def test_a_mistake_is_reported_with_its_place_and_cure(trainer: Trainer, path: Path) -> None:
    assert report(trainer, path) == path.with_suffix(".txt").read_text("utf-8")
    assert not list(trainer.folder.glob("dist/*"))
    assert not (trainer.folder / "ran").exists()
