"""``new`` writes a first package, and never over anything."""

import json
import re
from pathlib import Path

from ankibuild.commands.starting import new
from tests.helpers.trainer import Trainer


def test_a_new_package_has_a_fresh_key_and_builds_at_once(trainer: Trainer) -> None:
    for name in ("My Deck", "content/other/"):
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
    result = trainer.run("new", "¿?")
    assert result.returncode == 1
    assert 'no id can be made from "¿?"' in result.stderr
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


def test_git_keeps_the_lock_of_a_new_package_and_leaves_out_drafts(trainer: Trainer) -> None:
    trainer.git("init", "-q")
    excludes = trainer.write("excludes", "*.lock\n")
    trainer.git("config", "core.excludesFile", str(excludes))
    assert ".gitignore written" in trainer.run("new", "demo").stdout
    trainer.write("content/demo/package.lock", "")
    trainer.write("dist/demo-0.1.0-dev.apkg", "")
    trainer.write("dist/demo-1.0.0.apkg", "")
    trainer.git("add", ".")
    kept = trainer.git("ls-files").stdout.split()
    assert "content/demo/package.lock" in kept
    assert "dist/demo-1.0.0.apkg" in kept
    assert "dist/demo-0.1.0-dev.apkg" not in kept


def test_a_list_of_what_git_leaves_out_stays_as_it_is(trainer: Trainer) -> None:
    mine = trainer.write(".gitignore", "mine\n")
    assert ".gitignore" not in trainer.run("new", "demo").stdout
    assert mine.read_text("utf-8") == "mine\n"


def test_a_new_package_elsewhere_writes_nothing_beside_its_folder(tmp_path: Path) -> None:
    new(tmp_path / "decks/demo")
    assert [path.name for path in (tmp_path / "decks").iterdir()] == ["demo"]


def test_git_is_not_needed_for_a_new_package(trainer: Trainer, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = trainer.run("new", "demo", PATH=str(tmp_path / "empty"))
    assert result.returncode == 0, result.stderr
    assert json.loads(trainer.run("check", "--format", "json").stdout)["problems"] == []
