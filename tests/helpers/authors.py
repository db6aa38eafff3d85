"""Authors of decks that were made in Anki, by hand."""

import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

from anki.collection import DeckIdLimit, ExportAnkiPackageOptions

from tests.helpers.learner import Learner

NOTES = (
    # guid, note type, deck, tags, fields
    ("a{b}c", "Basic", "Spanish", "food", ("el pan", "bread")),
    ("%7B}x", "Basic", "Spanish", "", ("la sal<br>(f)", "<div>salt</div><div>of <b>sea</b></div>")),
    ("#k!=)", "Basic", "Spanish", "", ("What is *C#*?", "a &lt;T&gt; for $5 # 1_000_ &amp;amp;")),
    ("sign.", "Basic", "Spanish", "", ("a list:<ul><li>[x] y</li></ul>", r"\[ z [w] \ x")),
    ("red..", "Basic", "Spanish", "", ("rojo", '<span style="color: red;">red</span>')),
    ("lists", "Basic", "Spanish", "a::b", ("tres", "<ul><li>uno</li><li>dos</li></ul>")),
    ("maths", "Basic", "Spanish", "", ("dos", r"\(1+1\), or \[\frac{2}{1}\]")),
    ("both.", "Basic (and reversed card)", "Spanish::Verbs", "", ("ser", "to be")),
    ("one-w", "Basic (optional reversed card)", "Spanish::Verbs", "", ("ir", "to go", "")),
    ("two-w", "Basic (optional reversed card)", "Spanish::Verbs", "", ("dar", "to give", "y")),
    ("typed", "Basic (type in the answer)", "Spanish::Verbs", "", ("ver", "to see")),
    (
        *("cloze", "Cloze", "Spanish::Verbs", ""),
        ("Yo {{c1::soy::to be}} <i>de</i> {{c2::Lima}}.", "Lima is in Peru."),
    ),
    ("cbare", "Cloze", "Spanish::Verbs", "", ("{{c1::Voy}} a casa.", "")),
    ("empty", "Basic", "Spanish", "", ("nada", "")),
    ("photo", "Basic", "Spanish", "", ('<img src="el sol.png">', "the sun [sound:sol_1.mp3]")),
    ("again", "Basic", "Spanish", "", ("sol", '<ol><li>x <img src="el sol.png"></li></ol>')),
    ("noted", "Cloze", "Spanish", "", ('{{c1::<img src="foto.png" width="90">}} is red', "")),
)


def add_note(
    author: Learner, guid: str, note_type: str, deck: str, tags: str, fields: tuple[str, ...]
) -> None:
    record = author.collection.models.by_name(note_type)
    assert record
    note = author.collection.new_note(record)
    note.guid, note.fields, note.tags = guid, list(fields), tags.split()
    number = author.collection.decks.id(deck)
    assert number
    author.collection.add_note(note, number)


def export_deck(author: Learner, path: Path, *, legacy: bool = True) -> Path:
    """Export all that the author has, as the dialog does."""
    options = ExportAnkiPackageOptions(with_media=True, legacy=legacy)
    number = author.collection.decks.id("Spanish")
    assert number
    author.collection.export_anki_package(
        out_path=str(path), options=options, limit=DeckIdLimit(number)
    )
    return path


def change_rows(path: Path, statement: str) -> None:
    """Change rows of a package as a tool that is not Anki would have written them."""
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    database = path.with_suffix(".db")
    database.write_bytes(members["collection.anki21"])
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(statement)
        connection.commit()
    members["collection.anki21"] = database.read_bytes()
    with zipfile.ZipFile(path, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)


def add_media(path: Path, files: dict[str, bytes]) -> None:
    """Put files into a package as other tools do, whatever shows them."""
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    names = json.loads(members["media"])
    for name, data in files.items():
        if name not in names.values():
            member = str(len(names))
            names[member], members[member] = name, data
    members["media"] = json.dumps(names).encode()
    with zipfile.ZipFile(path, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)


def write_deck(path: Path, lines: list[str], modified: int) -> None:
    """Write a package of notes, one a line, "Basic | front | back", by one author beside them all.

    A note keeps its GUID from one package to the next by its place among the lines.
    """
    with Learner.at(path.parent.parent / "author") as author:
        author.collection.remove_notes(list(author.collection.find_notes("")))
        for number, line in enumerate(lines):
            note_type, *fields = line.split(" | ")
            if not author.collection.models.by_name(note_type):
                more = (f"Field {number}" for number in range(3, len(fields) + 1))
                add_note_type(author, "Basic", note_type, *more)
            add_note(author, f"note-{number}", note_type, "Spanish", "", tuple(fields))
        assert author.collection.db
        author.collection.db.execute("update notes set mod = ?", modified)
        export_deck(author, path)


def add_note_type(author: Learner, like: str, name: str, *fields: str) -> None:
    """Make a note type like another one, with more fields."""
    models = author.collection.models
    known = models.by_name(like)
    assert known
    record = models.copy(known, add=False)
    record["name"] = name
    for each in fields:
        models.add_field(record, models.new_field(each))
    models.add_dict(record)
