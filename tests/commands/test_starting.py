"""``new`` writes a first package, and never over anything."""

import re

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
