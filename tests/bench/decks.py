"""The same deck in the syntax of each tool."""

import json
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

_TOML = """\
id = "bench"
key = "0f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e"
title = "Bench"
"""
_NOTES_OF_A_FILE = 10_000
_ITEMS = ("The first thing to know about it", "What follows from that", "What it is not")


def question(number: int) -> str:
    """Return the question of a note: a line with emphasis."""
    return f"What does *term {number}* mean to a customer?"


def answer(number: int) -> str:
    """Return the answer of a note: a bold word, a list of three items, inline code."""
    return f"{_start(number)}\n\n" + "".join(f"- {item}\n" for item in _ITEMS) + f"\n{_end(number)}"


def _start(number: int) -> str:
    return f"Term {number} is what a **customer** asks for, in the words of the handbook."


def _end(number: int) -> str:
    return f"Look it up with `handbook --term {number}` before you reply."


def write_headings(folder: Path, notes: int) -> None:
    """Write ``deck.md``: a first-level heading for the deck, a second-level one for each note."""
    cards = (f"## {question(n)}\n\n{answer(n)}\n\n" for n in range(notes))
    _write(folder / "deck.md", "# Bench\n\n", cards)


def write_ankibuild(folder: Path, notes: int) -> None:
    """Write a package whose notes have ids; a file holds no more than ankibuild reads."""
    (folder / "package.toml").write_text(_TOML, "utf-8")
    for start in range(0, notes, _NOTES_OF_A_FILE):
        numbers = range(start, min(start + _NOTES_OF_A_FILE, notes))
        cards = (f"## {question(n)} {{#term-{n}}}\n\n{answer(n)}\n\n" for n in numbers)
        name = f"Bench {start}" if start else "Bench"
        _write(folder / f"{name}.md", f"# {name}\n\n", cards)


def write_ankdown(folder: Path, notes: int) -> None:
    """Write ``cards/bench/deck.md``: ``%`` between the sides, a line of dashes between notes."""
    cards = (f"{question(n)}\n\n%\n\n{answer(n)}\n\n" for n in range(notes))
    path = folder / "cards" / "bench" / "deck.md"
    path.parent.mkdir(parents=True)
    path.write_text("---\n\n".join(cards), "utf-8")


def write_ankcompiler(folder: Path, notes: int) -> None:
    """Write ``deck.md``: a note between lines of dashes, ``:::`` between its sides, then its id."""
    cards = (
        f"---\n\n{question(n)}\n\n:::\n\n{answer(n)}\n\n---\n\n[^uid]: {n:010}\n\n"
        for n in range(notes)
    )
    _write(folder / "deck.md", "---\ndeck: bench\n---\n\n", cards)


def write_ankivalenz(folder: Path, notes: int) -> None:
    """Write ``Bench.md``: a list item a note, its answer on one line, for it can hold no list."""
    config = {"deck_name": "bench", "deck_id": 1234567890}
    (folder / "ankivalenz.json").write_text(json.dumps(config), "utf-8")
    cards = (
        f"- {question(n)} ?:: {_start(n)}<br>{'<br>'.join(_ITEMS)}<br>{_end(n)}\n"
        for n in range(notes)
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


def _write(path: Path, start: str, cards: Iterator[str]) -> None:
    path.write_text(start + "".join(cards), "utf-8")
