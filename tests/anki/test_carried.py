"""Note types that a deck brought along from Anki."""

import json
from uuid import UUID, uuid5

import pytest

from ankibuild.anki.carried import NoteTypeError, read_note_type
from tests.helpers.demo import START
from tests.helpers.places import CASES
from tests.helpers.trainer import Trainer

KEY = UUID("0f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e")


def record(changes: dict[str, object], *, is_cloze: bool = False) -> str:
    """Return Anki's record of a note type with two fields."""
    front = "{{cloze:F}}" if is_cloze else "{{F}}"
    template = {"name": "C", "ord": 0, "qfmt": front, "afmt": front + "{{B}}"}
    fields = [{"name": "F", "ord": 0}, {"name": "B", "ord": 1}]
    values = {"id": 1, "name": "A", "type": int(is_cloze), "css": "", "flds": fields}
    return json.dumps(values | {"tmpls": [template]} | changes)


@pytest.mark.parametrize("fault", [{"id": float("inf")}, {"css": "\ud800"}])
def test_what_no_anki_writes_is_refused(fault: dict[str, object]) -> None:
    assert read_note_type("a", record({})).name == "A"
    with pytest.raises(NoteTypeError):
        read_note_type("a", record(fault))


def test_a_guid_that_is_another_notes_is_refused_wherever_it_stands(trainer: Trainer) -> None:
    trainer.write("content/demo/note-types/n.json", record({}))
    first = f'## Q {{#a guid="{uuid5(KEY, "b")}" note-type="n"}}\n\nA\n'
    second = "## R {#b}\n\nA\n"
    for text in (f"# D\n\n{first}\n{second}", f"# D\n\n{second}\n{first}"):
        trainer.write_package(text)
        assert "is already that of the note at content/demo/1.md:3" in trainer.run("check").stderr


def test_a_picture_that_no_field_shows_is_not_part_of_a_note(trainer: Trainer) -> None:
    """A carried cloze note type may have no field for the heading."""
    trainer.write("content/demo/note-types/n.json", record({}, is_cloze=True))
    trainer.write("content/demo/media/meter.svg", (CASES / "media/meter.svg").read_bytes())
    text = '# D\n\n## See ![a dot](media/meter.svg) {#q guid="x" note-type="n"}\n\nIt {{c1::is}}.\n'
    trainer.write_package(text)
    trainer.release(START)
    trainer.write_package(text.replace("![a dot](media/meter.svg) ", ""))
    (trainer.folder / "content/demo/media/meter.svg").unlink()
    result = trainer.run("build")
    assert result.returncode == 0, result.stderr
