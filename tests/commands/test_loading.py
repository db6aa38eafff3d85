"""The road from files to checked packages: every mistake gets its line and its cure."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from ankibuild.core import settings
from ankibuild.core.rules import OF_TASTE
from tests.helpers.browser import data_of
from tests.helpers.demo import START, snapshot
from tests.helpers.faults import FINDERS, GOOD_DECK, errors_of, see_error, see_warning, warnings_of
from tests.helpers.places import ROOT
from tests.helpers.told import CLEAN, find_told
from tests.helpers.trainer import SETTINGS, Trainer

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
    assert f'errors_of("{module}")' in text or f'warnings_of("{module}")' in text


def test_problems_of_all_files_are_shown_at_once_and_sorted(trainer: Trainer) -> None:
    trainer.write_package("# B\n\n## One {#b}\n", "# A\n\n## Two {#a}\n\n## Three {#c}\n")
    told = find_told(trainer.run("build").stderr)
    assert [each.place for each in told] == [
        "content/demo/1.md:3:4: ",
        "content/demo/2.md:3:4: ",
        "content/demo/2.md:5:4: ",
    ]


def test_a_deck_without_a_heading_is_named_after_its_file_with_a_warning(trainer: Trainer) -> None:
    trainer.write_package("## Question {#question}\n\nAnswer.\n")
    result = trainer.run("build")
    assert result.returncode == 0
    assert "content/demo/1.md:1:1: warning: no heading names the deck" in result.stderr
    assert "Demo::1: 1 note" in result.stdout


# What a package may ignore.

LONG = DECK.replace("Answer", "Word " * 200)
IGNORES = SETTINGS + 'ignore = ["long-answer"]\n'


def test_a_warning_that_is_ignored_is_told_by_no_command(trainer: Trainer) -> None:
    trainer.write_package(LONG)
    assert "[long-answer]" in trainer.run("check").told
    trainer.write_package(LONG, settings=IGNORES)
    assert trainer.run("check", "--strict").told.startswith(CLEAN)
    assert json.loads(trainer.run("check", "--format", "json").stdout)["problems"] == []
    assert trainer.run("check", "--format", "github").stdout == ""
    assert trainer.run("build").stderr == ""
    assert trainer.run("preview", "--export", "page.html").stderr == ""
    assert "too many to recall" not in str(
        data_of((trainer.folder / "page.html").read_text("utf-8"))
    )
    assert "long-answer" not in trainer.run("release").told


def test_only_the_rule_that_is_named_is_ignored(trainer: Trainer) -> None:
    text = f"{LONG}\n## Question {{#again}}\n\nAnother.\n\n## Empty {{#empty}}\n"
    trainer.write_package(text, settings=IGNORES)
    found = json.loads(trainer.run("check", "--format", "json").stdout)["problems"]
    assert [problem["rule"] for problem in found] == ["repeated-question", "empty-answer"]


def test_an_error_is_told_even_if_its_rule_is_ignored(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "OF_TASTE", OF_TASTE | {"empty-answer"})
    trainer.write_package(
        "# Deck\n\n## Empty {#empty}\n", settings=SETTINGS + 'ignore = ["empty-answer"]\n'
    )
    result = trainer.run("build")
    assert result.returncode == 1
    assert "[empty-answer]" in result.stderr


def test_what_is_ignored_changes_no_byte_of_what_is_built_and_released(trainer: Trainer) -> None:
    written = []
    for name, text in (("told", SETTINGS), ("ignored", IGNORES)):
        other = Trainer(trainer.folder / name)
        other.write_package(LONG, settings=text)
        other.build(START)
        other.release(START)
        (other.folder / "content/demo/package.toml").unlink()
        written.append(
            {
                path.removeprefix(f"{other.folder}"): data
                for path, data in snapshot(other.folder).items()
            }
        )
    assert len(written[0]) > 3
    assert written[0] == written[1]


@pytest.mark.parametrize("name", ["package.toml", "style.css", "1.md", "note-types/own.json"])
def test_what_git_could_not_merge_is_told_once_in_every_file(trainer: Trainer, name: str) -> None:
    trainer.write_package(GOOD_DECK, "# Two\n\n## Other {#other}\n\nAnswer.\n")
    file = trainer.folder / "content/demo" / name
    text = file.read_text("utf-8") if file.exists() else ""
    for start in ("", "\ufeff"):
        conflict = f"{start}<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> other\n"
        trainer.write(f"content/demo/{name}", conflict)
        result = trainer.run("check")
        assert result.told.startswith(
            f"content/demo/{name}:1:1: Git left two versions of these lines"
        )
        assert "[unmerged-file]\n1 error, 0 warnings; next: " in result.told


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "this file is empty"),
        ("\ufeff\n", "this file is empty"),
        ("# Two\n\nOnly words.\n", "there are no notes in this file"),
        ("- Only words\n", "there are no notes in this file"),
    ],
)
def test_a_file_without_notes_beside_a_good_one_is_named(
    trainer: Trainer, text: str, message: str
) -> None:
    trainer.write_package(GOOD_DECK, text)
    said = trainer.run("check").told
    assert said.startswith(f"content/demo/2.md: warning: {message}; write a second-level heading")
    assert "\n0 errors, 1 warning; next: " in said
