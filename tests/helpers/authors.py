"""Authors of decks that were made in Anki, by hand."""

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
