"""Every mistake gets its line and its cure: one faulty file each, the message beside it."""

import re
from pathlib import Path

import pytest

from tests.helpers.places import CASES
from tests.helpers.trainer import SETTINGS, Trainer, copy_media

ERRORS = sorted(path for path in (CASES / "invalid").iterdir() if path.suffix != ".txt")
WARNINGS = sorted((CASES / "warnings").glob("*.md"))
GOOD_DECK = "# Deck\n\n## Question {#question}\n\nAnswer.\n"


def write(trainer: Trainer, path: Path) -> None:
    """Write a package with the faulty file."""
    is_settings = path.suffix == ".toml"
    trainer.write_package(settings=path.read_text("utf-8") if is_settings else SETTINGS)
    trainer.write("content/demo/1.md", GOOD_DECK if is_settings else path.read_bytes())
    copy_media(path.read_text("utf-8", errors="replace"), trainer.folder / "content/demo")


def expected(path: Path) -> str:
    return path.with_suffix(".txt").read_text("utf-8")


def drawn_keys_equal(text: str) -> str:
    return re.sub("[0-9a-f]{8}-[0-9a-f-]{27}", "KEY", text)


def test_there_are_faulty_files() -> None:
    assert len(ERRORS) > 70
    assert len(WARNINGS) > 7


@pytest.mark.parametrize("path", ERRORS, ids=lambda path: path.stem)
def test_a_mistake_is_reported_with_its_place_and_cure(trainer: Trainer, path: Path) -> None:
    write(trainer, path)
    result = trainer.run("build")
    assert drawn_keys_equal(result.stderr) == expected(path)
    assert result.returncode == 1
    assert result.stdout == ""
    assert not list(trainer.folder.glob("dist/*"))
    assert not (trainer.folder / "ran").exists()


@pytest.mark.parametrize("path", WARNINGS, ids=lambda path: path.stem)
def test_what_learners_stumble_over_is_a_warning(trainer: Trainer, path: Path) -> None:
    write(trainer, path)
    result = trainer.run("check")
    assert result.returncode == 0
    *lines, count = result.stderr.splitlines(keepends=True)
    assert "".join(lines) == expected(path)
    assert count.startswith("0 errors, ")
    assert trainer.run("check", "--strict").returncode == 1
    assert trainer.run("build").stderr == expected(path)


DECK = "# Deck\n\n## Question {#question}\n\nAnswer.\n"


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
