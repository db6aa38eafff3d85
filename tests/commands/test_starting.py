"""``new`` writes a first package, and never over anything."""

import json
import re
from pathlib import Path

from tests.helpers.trainer import Trainer


def test_a_new_package_has_a_fresh_key_and_builds_at_once(trainer: Trainer) -> None:
    for name in ("My Deck", "other"):
        assert trainer.run("new", name).returncode == 0
    text = (trainer.folder / "content/My Deck/package.toml").read_text("utf-8")
    other = (trainer.folder / "content/other/package.toml").read_text("utf-8")
    assert 'id = "my-deck"' in text
    assert 'title = "My Deck"' in text
    keys = {re.findall('key = "(.*)"', each)[0] for each in (text, other)}
    assert len(keys) == 2
    result = trainer.run("build")
    assert result.returncode == 0
    assert result.stderr == ""
    assert "My Deck::First deck: 6 notes, 8 cards" in result.stdout


def test_new_never_overwrites(trainer: Trainer) -> None:
    kept = trainer.write("content/demo/notes.txt", "mine")
    result = trainer.run("new", "demo")
    assert result.returncode == 1
    assert "something is here already" in result.stderr
    assert [path.name for path in kept.parent.iterdir()] == ["notes.txt"]


def test_new_needs_a_name_that_makes_an_id(trainer: Trainer) -> None:
    result = trainer.run("new", "日本")
    assert result.returncode == 1
    assert 'no id can be made from "日本"' in result.stderr
    assert not (trainer.folder / "content").exists()


def test_a_new_package_tells_git_how_its_locks_are_merged(trainer: Trainer) -> None:
    trainer.git("init", "-q")
    assert trainer.run("new", "demo").returncode == 0
    text = (trainer.folder / "content/demo/.gitattributes").read_text("utf-8")
    assert text == "package.lock merge=ankibuild\n"
    driver = trainer.git("config", "merge.ankibuild.driver").stdout
    assert driver == "ankibuild merge-lock --driver %A %B %P\n"
    asked = trainer.git("check-attr", "merge", "content/demo/package.lock").stdout
    assert asked.endswith("merge: ankibuild\n")


def test_git_is_not_needed_for_a_new_package(trainer: Trainer, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = trainer.run("new", "demo", PATH=str(tmp_path / "empty"))
    assert result.returncode == 0, result.stderr
    assert json.loads(trainer.run("check", "--format", "json").stdout)["problems"] == []
