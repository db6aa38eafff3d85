"""Decks that are drawn: note types of any fields and card templates, and notes of any HTML."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import genanki
from anki.collection import DeckIdLimit, ExportAnkiPackageOptions
from anki.consts import MODEL_CLOZE
from hypothesis import assume
from hypothesis import strategies as st

from tests.helpers.learner import Learner

DECK = "Drawn"
MADE = 1_700_000_000
FORMS = ("genanki", "anki21", "anki21b")
"""Who writes a package, and so in what format: genanki ``collection.anki2``, Anki the others."""

PICTURE = b"\x89PNG\r\n\x1a\n and some dots"
SOUND = b"ID3 and some noise"
MEDIA = {"el sol.png": PICTURE, "tone_1.mp3": SOUND}

_NAMES = (
    *("Front", "Back", "Text", "Title", "Extra", "Hint", "Source", "Reversed", "Typed", "Note ID"),
    *(
        "Notice",
        "Spare 4",
        "front",
        "hint?",
        "안녕하세요",
        "Ελληνικά",
        "العربية",
        "日本語",
        "Ünïcödé",
    ),
    *("1. Word", "- item", "*star*", "_under_", "Q & A", "&amp;", "<b>", "C# (sharp)", "ends #"),
    *("---", "`code`", "[link](x)", "what is it?", "back\\slash", "a|b", "$x$", "tab / slash"),
    *("ends \\#", "guid", "deck", "tags", "😀", "a=b", "it's", "A", "+", "> quote", "~~~"),
)
_FILTERS = ("", "", "", "text:", "hint:", "furigana:", "kana:", "kanji:", "type:", "own-add-on:")
_PIECES = (
    *("plain words", "<b>bold</b> and <i>slanted</i>", "<div>one</div><div>two</div>", "a<br>b"),
    *("a&nbsp;b", "x &lt;T&gt; &amp;amp; y", "<ul><li>one</li><li>two</li></ul>", r"\(x^2 + y_1\)"),
    *("<h3>Extra</h3>below", "### Back", "<h3>Front</h3>", r"\### Hint", "<p>### Text</p>", "---"),
    *("<p>---</p>", "# one", "## two {#id}", "1. first", "- item", "*stars* _under_", "`code`"),
    *('<span style="color: red;">red</span>', '<img src="el sol.png">', "[sound:tone_1.mp3]"),
    *("漢字[かんじ]", "<ruby>字<rt>じ</rt></ruby>", "{curly} {#a}", "{{two}}", "$5 and $6", "~~~"),
    *(
        "[link](x) ![](y)",
        "<table><tr><td>a</td><td>b</td></tr></table>",
        "a | b",
        "> quote",
        "مرحبا",
    ),
    *(
        "<pre>a\n  b</pre>",
        "a\nb",
        "\\ * _",
        "<code>x</code>",
        "e\u0301",
        "<sub>2</sub>",
        "&quot;'",
    ),
    *('<a href="https://example.org">site</a>', "<blockquote>said</blockquote>", "<hr>", "😀"),
    *(
        '<font color="#ff0000">old</font>',
        "a::b",
        "}}",
        "<p></p>",
        "<br><br>",
        "http://example.org/_x_",
    ),
)


class DrawnType(NamedTuple):
    """A note type: its name, fields, and the front and back of each card template."""

    name: str
    is_cloze: bool
    fields: tuple[str, ...]
    templates: tuple[tuple[str, str], ...]


class DrawnNote(NamedTuple):
    """A note of a note type by its place; each field that is not empty holds a word of its own."""

    note_type: int
    fields: tuple[str, ...]
    tags: tuple[str, ...]


class DrawnDeck(NamedTuple):
    note_types: tuple[DrawnType, ...]
    notes: tuple[DrawnNote, ...]


def word_of(note: int, field: int | str = "") -> str:
    """Return the beginning of the words that mark a note, or the word that marks a field."""
    return f"Kappa{note}f{field}{'z' if field != '' else ''}"


@st.composite
def note_types(draw: st.DrawFn, number: int) -> DrawnType:
    is_cloze = draw(st.sampled_from([False, False, False, True]))
    names = st.sampled_from(_NAMES)
    fields = draw(st.lists(names, min_size=1, max_size=12, unique_by=lambda name: name.casefold()))
    shown = st.sampled_from(fields)

    def draw_side(least: int, *first: str) -> str:
        parts = list(first)
        for _ in range(draw(st.integers(least, 3))):
            field = draw(shown)
            piece = f"{{{{{draw(st.sampled_from(_FILTERS))}{field}}}}}"
            sign = draw(st.sampled_from(["", "", "#", "^"]))
            if sign:
                gate = draw(shown)
                piece = f"{{{{{sign}{gate}}}}}<i>if</i> {piece}{{{{/{gate}}}}}"
            parts.append(f"<div>{piece}</div>")
        return "\n".join(parts)

    templates = []
    for place in range(1 if is_cloze else draw(st.integers(1, 5))):
        named = f"{{{{{'cloze:' if is_cloze else ''}{draw(shown)}}}}}"
        # Anki takes no second template of the same front.
        gate = draw(st.none() | shown) if place else None
        asked = f"{{{{#{gate}}}}}{named}{{{{/{gate}}}}}" if gate else named
        front = draw_side(0, f"<p>card {place}</p>", asked)
        back = draw_side(1, *(asked,) if is_cloze else ("{{FrontSide}}",))
        templates.append((front, back))
    return DrawnType(f"Drawn {number}", is_cloze, tuple(fields), tuple(templates))


@st.composite
def decks(draw: st.DrawFn) -> DrawnDeck:
    types = tuple(draw(note_types(number)) for number in range(draw(st.integers(1, 2))))
    notes = []
    for number in range(draw(st.integers(1, 4))):
        kind = draw(st.integers(0, len(types) - 1))
        note_type = types[kind]
        fields = []
        for field in range(len(note_type.fields)):
            pieces = draw(st.lists(st.sampled_from(_PIECES), max_size=2))
            place = draw(st.integers(0, len(pieces)))
            text = " ".join([*pieces[:place], word_of(number, field), *pieces[place:]])
            is_filled = bool(pieces) or draw(st.sampled_from([False, True]))
            fields.append(text if is_filled else "")
        if note_type.is_cloze:
            fields = _hide(fields, note_type, number)
        if not any(fields):
            fields[0] = word_of(number, 0)
        tags = draw(st.lists(st.sampled_from(["a", "b::c"]), unique=True))
        notes.append(DrawnNote(kind, tuple(fields), tuple(tags)))
    return DrawnDeck(types, tuple(notes))


def _hide(fields: Sequence[str], note_type: DrawnType, number: int) -> list[str]:
    """Return the fields with clozes in the one that the card asks for."""
    asked = next(
        place
        for place, name in enumerate(note_type.fields)
        if f"{{{{cloze:{name}}}}}" in note_type.templates[0][0]
    )
    text = f"{fields[asked]} {{{{c1::{word_of(number, asked)}::hint}}}} or {{{{c2::two}}}}"
    return [text if place == asked else field for place, field in enumerate(fields)]


def write_drawn(deck: DrawnDeck, path: Path, form: str) -> Path:
    """Write a deck as genanki does, or by an author's Anki beside the path."""
    (_write_by_hand if form == "genanki" else _write_by_anki)(deck, path, form)
    return path


def _write_by_hand(deck: DrawnDeck, path: Path, _: str) -> None:
    models = [
        genanki.Model(
            1_607_392_319 + number,
            each.name,
            fields=[{"name": name} for name in each.fields],
            templates=[
                {"name": f"Card {place}", "qfmt": front, "afmt": back}
                for place, (front, back) in enumerate(each.templates, 1)
            ],
            css=".card { color: green; }",
            model_type=genanki.Model.CLOZE if each.is_cloze else genanki.Model.FRONT_BACK,
        )
        for number, each in enumerate(deck.note_types)
    ]
    made = genanki.Deck(2_059_400_110, DECK)
    for number, note in enumerate(deck.notes):
        made.add_note(
            genanki.Note(
                models[note.note_type], note.fields, guid=f"drawn-{number}", tags=note.tags
            )
        )
    files = []
    for name, data in MEDIA.items():
        file = path.with_name(name)
        file.write_bytes(data)
        files.append(str(file))
    try:
        genanki.Package(made, files).write_to_file(path, timestamp=MADE)
    except Exception as error:
        # It gives up on some conditions.
        assume("Could not compute required fields" not in str(error))
        raise


def _write_by_anki(deck: DrawnDeck, path: Path, form: str) -> None:
    with Learner.at(path.parent / "author") as author:
        models = author.collection.models
        for name, data in MEDIA.items():
            author.collection.media.write_data(name, data)
        records = []
        for each in deck.note_types:
            record = models.new(each.name)
            record["type"] = MODEL_CLOZE if each.is_cloze else 0
            for name in each.fields:
                models.add_field(record, models.new_field(name))
            for place, (front, back) in enumerate(each.templates, 1):
                template = models.new_template(f"Card {place}")
                template["qfmt"], template["afmt"] = front, back
                models.add_template(record, template)
            models.add_dict(record)
            found = models.by_name(each.name)
            assert found
            records.append(found)
        home = author.collection.decks.id(DECK)
        assert home
        for number, note in enumerate(deck.notes):
            made = author.collection.new_note(records[note.note_type])
            made.guid, made.fields, made.tags = (
                f"drawn-{number}",
                list(note.fields),
                list(note.tags),
            )
            author.collection.add_note(made, home)
        assert author.collection.db
        author.collection.db.execute("update notes set mod = ? + (id % 50) * 86400", MADE)
        author.collection.db.execute("update notetypes set mtime_secs = ?", MADE)
        author.collection.export_anki_package(
            out_path=str(path),
            options=ExportAnkiPackageOptions(with_media=True, legacy=form == "anki21"),
            limit=DeckIdLimit(home),
        )
