"""The values of a note: its fields stand in the order of its note type."""

import ankibuild
from ankibuild.core.notes import field_values
from tests.helpers.trainer import Trainer


def test_fields_stand_in_the_order_of_the_note_type(trainer: Trainer) -> None:
    path = trainer.write("deck.md", "# Deck\n\n## A {#a}\n\nB\n")
    (note,) = ankibuild.load(path).notes
    assert note.kind == "front-back"
    assert note.field_map["Front"] == "A"
    assert field_values(note.note_type, note.field_map) == note.fields
    swapped = field_values(note.note_type, {"Back": "A", "Front": "B"})
    assert swapped[:3] == ("B", "A", "")
    assert len(swapped) == len(note.note_type.fields)
