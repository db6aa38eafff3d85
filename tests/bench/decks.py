"""A deck in the syntax of each tool."""

import json
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from tests.bench.words import Deck, Syntax

_TOML = """\
id = "bench"
key = "0f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e"
title = "Bench"
"""
_NOTES_OF_A_FILE = 10_000
_ANKIBUILD = Syntax("${}$", "$$\n{}\n$$", "{{{{c{number}::{words}}}}}", "---")
# A backslash before a bracket is one that Markdown takes for itself; clozes are plain words.
_COMMON = Syntax(r"\\({}\\)", r"\\[{}\\]", "{words}", "***")


def write_headings(folder: Path, deck: Deck, notes: int) -> None:
    """Write ``deck.md``: a first-level heading for the deck, a second-level one for each note."""
    cards = (f"## {each.question}\n\n{each.answer}\n\n" for each in deck.notes(notes, _COMMON))
    _write(folder / "deck.md", "# Bench\n\n", cards)


def write_ankibuild(folder: Path, deck: Deck, notes: int) -> None:
    """Write a package whose notes have ids; a file holds no more than ankibuild reads."""
    (folder / "package.toml").write_text(_TOML, "utf-8")
    cards = (
        f"## {each.question} {{#term-{number}{each.attributes}}}\n\n{each.answer}\n\n"
        for number, each in enumerate(deck.notes(notes, _ANKIBUILD))
    )
    for start in range(0, notes, _NOTES_OF_A_FILE):
        name = f"Bench {start}" if start else "Bench"
        _write(folder / f"{name}.md", f"# {name}\n\n", islice(cards, _NOTES_OF_A_FILE))


def write_ankdown(folder: Path, deck: Deck, notes: int) -> None:
    """Write ``cards/bench/deck.md``: ``%`` between the sides, a line of dashes between notes."""
    cards = (f"{each.question}\n\n%\n\n{each.answer}\n\n" for each in deck.notes(notes, _COMMON))
    path = folder / "cards" / "bench" / "deck.md"
    path.parent.mkdir(parents=True)
    path.write_text("---\n\n".join(cards), "utf-8")


def write_ankcompiler(folder: Path, deck: Deck, notes: int) -> None:
    """Write ``deck.md``: a note between lines of dashes, ``:::`` between its sides, then its id."""
    cards = (
        f"---\n\n{each.question}\n\n:::\n\n{each.answer}\n\n---\n\n[^uid]: {number:010}\n\n"
        for number, each in enumerate(deck.notes(notes, _COMMON))
    )
    _write(folder / "deck.md", "---\ndeck: bench\n---\n\n", cards)


def write_ankivalenz(folder: Path, deck: Deck, notes: int) -> None:
    """Write ``Bench.md``: a list item a note, its answer on one line, for it can hold no list."""
    config = {"deck_name": "bench", "deck_id": 1234567890}
    (folder / "ankivalenz.json").write_text(json.dumps(config), "utf-8")
    cards = (
        f"- {each.question} ?:: "
        f"{'<br>'.join(line.removeprefix('- ') for line in each.answer.splitlines() if line)}\n"
        for each in deck.notes(notes, _COMMON)
    )
    _write(folder / "Bench.md", "# Bench\n\n", cards)


def write_rows(package: Path, target: Path) -> None:
    """Write the schema and the rows of a package as JSON, for the lower bound."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(package) as archive:
            database = archive.extract("collection.anki2", folder)
        connection = sqlite3.connect(database)
        named = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        schema = {name: sql for name, sql in named if not name.startswith("sqlite_")}
        tables = [name for name, sql in schema.items() if sql.startswith("CREATE TABLE")]
        rows = {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
        connection.close()
    content = {"schema": ";\n".join(schema.values()), "rows": rows}
    target.write_text(json.dumps(content), "utf-8")


def _write(path: Path, start: str, cards: Iterable[str]) -> None:
    path.write_text(start + "".join(cards), "utf-8")
