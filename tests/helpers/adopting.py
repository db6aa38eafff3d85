"""Import a deck of Anki's as a trainer does, and look at what is there then."""

import ast
import re
from pathlib import Path
from typing import TypeVar

from tests.helpers.learner import Learner
from tests.helpers.told import in_lines
from tests.helpers.trainer import Trainer

Value = TypeVar("Value")
FOLDER = "content/spanish"
PNG = b"\x89PNG\r\n\x1a\n and some dots"
MEDIA = {
    "el sol.png": PNG,
    "foto.png": b"\xff\xd8\xff is really a photo",
    "sol_1.mp3": b"ID3 and some noise",
}


def adopt(trainer: Trainer, deck: Path, *arguments: str) -> str:
    result = trainer.run("import", str(deck), "--into", FOLDER, *arguments)
    assert result.returncode == 0, result.stderr
    return in_lines(result.stderr)


def contents(learner: Learner) -> dict[str, tuple[list[str], list[str]]]:
    return {guid: (note.fields, note.tags) for guid, note in learner.notes().items()}


def markdown(trainer: Trainer) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in trainer.folder.glob(f"{FOLDER}/*.md")}


def correct(trainer: Trainer, name: str, old: str, new: str) -> None:
    path = trainer.folder / FOLDER / name
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")


def old_names(value: Value) -> Value:
    """Return a value with the names that media files had before they were ours."""
    text = repr(value)
    for old, ours in (("el sol.png", "el-sol"), ("foto.png", "foto"), ("sol_1.mp3", "sol-1")):
        text = re.sub(rf"\b{ours}-[0-9a-f]{{12}}\.\w+", old, text)
    result: Value = ast.literal_eval(text)
    return result
