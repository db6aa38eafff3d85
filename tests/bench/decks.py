"""Notes in the syntax of each tool."""

import json
import re
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path

from tests.bench.words import Note

_TOML = """\
id = "bench"
key = "0f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e"
title = "Bench"
"""
NOTES_OF_A_FILE = 10_000
_CLOZE = re.compile(r"\{\{c\d::(.+?)(?:::.+?)?\}\}")
_MATH = re.compile(r"\$([^$\n]+)\$")
_DISPLAY = re.compile(r"\$\$\n(.+)\n\$\$")


def write_headings(folder: Path, notes: Sequence[Note]) -> int:
    """Write ``deck.md``: plain Markdown, a second-level heading a note; return the cards.

    Clozes are plain words, and math has the brackets of Anki, with a backslash for the parser.
    """
    cards = (f"## {each.question}\n\n{_write_common(each.answer)}\n\n" for each in notes)
    _write(folder / "deck.md", "# Bench\n\n", cards)
    return len(notes)


def _write_common(answer: str) -> str:
    answer = _DISPLAY.sub(r"\\\\[\1\\\\]", _CLOZE.sub(r"\1", answer))
    return _MATH.sub(r"\\\\(\1\\\\)", answer)


def write_ankibuild(folder: Path, notes: Sequence[Note]) -> int:
    """Write a package whose notes have ids; a file holds no more than ankibuild reads."""
    (folder / "package.toml").write_text(_TOML, "utf-8")
    cards = (
        f"## {each.question} {{#term-{number}{' .reversed' if each.reversed else ''}}}\n\n"
        f"{each.answer}\n\n"
        for number, each in enumerate(notes)
    )
    for start in range(0, len(notes), NOTES_OF_A_FILE):
        name = f"Bench {start}" if start else "Bench"
        _write(folder / f"{name}.md", f"# {name}\n\n", islice(cards, NOTES_OF_A_FILE))
    return _count_cards(notes)


def _count_cards(notes: Iterable[Note]) -> int:
    return sum(1 + (each.reversed or "{{c2::" in each.answer) for each in notes)


def write_ankdown(folder: Path, notes: Sequence[Note]) -> int:
    """Write ``cards/bench/deck.md``: ``%`` between the sides, a line of dashes between notes."""
    path = folder / "cards" / "bench" / "deck.md"
    path.parent.mkdir(parents=True)
    _write(path, "", (f"{each.question}\n\n%\n\n{each.answer}\n\n---\n\n" for each in notes))
    return len(notes)


def write_ankcompiler(folder: Path, notes: Sequence[Note]) -> int:
    """Write ``deck.md``: a note between lines of dashes, ``:::`` between its sides, then its id."""
    cards = []
    for number, each in enumerate(notes):
        between = "" if "{{c1::" in each.answer else "\n\n:::"
        kind = "\n[^type]: reversed" if each.reversed else ""
        # Dashes would end the note.
        answer = each.answer.replace("\n---\n", "\n***\n")
        cards.append(
            f"---\n\n{each.question}{between}\n\n{answer}\n\n---\n\n[^uid]: {number:010}{kind}\n\n"
        )
    _write(folder / "deck.md", "---\ndeck: bench\n---\n\n", cards)
    return _count_cards(notes)


def write_ankivalenz(folder: Path, notes: Sequence[Note]) -> int:
    """Write ``Bench.md``: a list item a note, its answer on one line, for it can hold no list."""
    config = {"deck_name": "bench", "deck_id": 1234567890}
    (folder / "ankivalenz.json").write_text(json.dumps(config), "utf-8")
    lines = (
        [line.removeprefix("- ") for line in each.answer.splitlines() if line] for each in notes
    )
    cards = (
        f"- {each.question} ?:: {'<br>'.join(answer)}\n"
        for each, answer in zip(notes, lines, strict=True)
    )
    _write(folder / "Bench.md", "# Bench\n\n", cards)
    return len(notes)


def write_rows(folder: Path, notes: Sequence[Note]) -> int:
    """Write the schema and the rows of the raw script's package as JSON, for the lower bound."""
    package = folder.parent / "raw script" / "out.apkg"
    with tempfile.TemporaryDirectory() as place:
        with zipfile.ZipFile(package) as archive:
            database = archive.extract("collection.anki2", place)
        connection = sqlite3.connect(database)
        named = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        schema = {name: sql for name, sql in named if not name.startswith("sqlite_")}
        tables = [name for name, sql in schema.items() if sql.startswith("CREATE TABLE")]
        rows = {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
        connection.close()
    content = {"schema": ";\n".join(schema.values()), "rows": rows}
    (folder / "rows.json").write_text(json.dumps(content), "utf-8")
    return len(notes)


def _write(path: Path, start: str, cards: Iterable[str]) -> None:
    path.write_text(start + "".join(cards), "utf-8")
