"""Note types that a deck brought along from Anki."""

import copy
import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest
from anki.errors import AnkiException

import ankibuild
from ankibuild.anki.carried import (
    NoteTypeError,
    carried_name,
    read_note_type,
    takes_only_fields,
    write_note_type,
)
from tests.helpers.demo import START
from tests.helpers.learner import Learner
from tests.helpers.note_types import LOOK, record, with_templates
from tests.helpers.places import CASES
from tests.helpers.trainer import Trainer

KEY = UUID("0f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e")


@pytest.mark.parametrize("fault", [{"id": float("inf")}, {"css": "\ud800"}])
def test_what_no_anki_writes_is_refused(fault: dict[str, object]) -> None:
    assert read_note_type("a", record({})).name == "A"
    with pytest.raises(NoteTypeError):
        read_note_type("a", record(fault))


ODD: tuple[object, ...] = (None, True, False, -1, 1, 1.5, 7, 70_000, 2**70, "x", [], {})


def is_taken(folder: Path, text: str) -> bool:
    """Tell whether Anki takes a package with a note of a note type, given by its record."""
    trainer = Trainer(folder)
    trainer.write("content/demo/note-types/n.json", text)
    trainer.write_package('# D\n\n## Q {#q guid="x" note-type="n"}\n\nA\n')
    package = ankibuild.load(folder / "content")
    built = ankibuild.build(package, folder / "dist", time=START)
    with Learner.at(folder / "learner") as learner:
        try:
            return learner.import_package(built.path).new == 1
        except AnkiException:
            return False


def without(part: str, key: str) -> dict[str, Any]:
    changed: dict[str, Any] = json.loads(record({}))
    del (changed[part][-1] if part else changed)[key]
    return changed


def test_what_anki_needs_of_a_note_type_is_named_when_it_is_missing(tmp_path: Path) -> None:
    whole: dict[str, Any] = json.loads(record({}))
    assert is_taken(tmp_path / "whole", json.dumps(whole))
    for part, name in (("", "the note type"), ("flds", "field 2"), ("tmpls", "card template 1")):
        for key in whole[part][-1] if part else whole:
            if key not in ("flds", "tmpls"):
                with pytest.raises(NoteTypeError) as raised:
                    read_note_type("a", json.dumps(without(part, key)))
                assert str(raised.value) == f'Anki would refuse it: {name} has no "{key}"'


@pytest.mark.slow
def test_what_passes_of_a_note_type_is_taken_by_anki(tmp_path: Path, learner: Learner) -> None:
    model = learner.collection.models.by_name("Basic")
    assert model
    whole = json.loads(json.dumps(model))
    places = [(part, key) for part in ("flds", "tmpls") for key in whole[part][0]]
    tried = 0
    for part, key in [*places, *(("", key) for key in whole)]:
        for value in ODD:
            changed = copy.deepcopy(whole)
            (changed[part][0] if part else changed)[key] = value
            try:
                read_note_type("a", json.dumps(changed))
            except NoteTypeError:
                continue
            tried += 1
            assert is_taken(tmp_path / str(tried), json.dumps(changed)), (part, key, value)
    assert tried > 100


def test_a_guid_that_is_another_notes_is_refused_wherever_it_stands(trainer: Trainer) -> None:
    trainer.write("content/demo/note-types/n.json", record({}))
    first = f'## Q {{#a guid="{uuid5(KEY, "b")}" note-type="n"}}\n\nA\n'
    second = "## R {#b}\n\nA\n"
    for text in (f"# D\n\n{first}\n{second}", f"# D\n\n{second}\n{first}"):
        trainer.write_package(text)
        assert "is already used by the note at content/demo/1.md:3" in trainer.run("check").told


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


@pytest.mark.parametrize(
    ("is_cloze", "fronts", "fields", "roles"),
    [
        (False, ["{{F}}"], "F B", {"heading": "F", "body": "B"}),
        (False, ["{{B}}"], "F B", {"heading": "B", "body": "F"}),
        (False, ["{{F}}", "{{B}}"], "F B", {"heading": "F", "body": "B"}),
        (
            False,
            ["{{F}}", "{{#R}}{{B}}{{/R}}"],
            "R F B",
            {"heading": "F", "body": "B", "reversed": "R"},
        ),
        (False, ["{{F}}{{type:B}}"], "F B", {"heading": "F", "body": "B"}),
        (False, ["{{#B}}{{F}}{{B}}{{/B}}"], "F B", {"heading": "F", "body": "B"}),
        (False, ["{{F}}{{#B}}{{type:B}}{{/B}}"], "F B", {"heading": "F", "body": "B"}),
        (True, ["{{cloze:F}}"], "F B", {"body": "F", "extra": "B"}),
        (True, ["{{B}} {{cloze:F}}"], "F B", {"heading": "B", "body": "F"}),
        (True, ["{{cloze:B}}"], "F B", {"body": "B", "extra": "F"}),
        (True, ["{{cloze:F}}"], "F", {"body": "F"}),
        (False, ["{{F}}"], "F B E", {"heading": "F", "body": "B"}),
        (False, ["{{#E}}{{E}}{{/E}}{{B}}"], "F B E", {"heading": "B", "body": "F"}),
        (False, ["{{F}}", "{{B}}", "{{E}}"], "F B E", {"heading": "F", "body": "B"}),
        (False, ["a picture"], "F B", {"heading": "F", "body": "B"}),
        (False, ["{{F}}"], "F", {"heading": "F"}),
        (
            False,
            ["{{F}}", "{{#Reversed}}{{B}}{{/Reversed}}", "{{#S}}{{B}}{{/S}}"],
            "F B Extra Hint Source Reversed Typed S",
            {
                "heading": "F",
                "body": "B",
                "extra": "Extra",
                "hint": "Hint",
                "source": "Source",
                "reversed": "Reversed",
                "typed": "Typed",
            },
        ),
        (True, ["{{cloze:F}}"], "F B E", {"body": "F"}),
        (True, ["{{B}}{{cloze:F}}"], "F B E", {"heading": "B", "body": "F"}),
    ],
)
def test_what_the_cards_ask_tells_which_field_is_the_question(
    is_cloze: bool, fronts: list[str], fields: str, roles: dict[str, str]
) -> None:
    text = record(with_templates(*fronts, fields=fields), is_cloze=is_cloze)
    note_type = read_note_type("a", text)
    assert note_type.roles == roles
    assert [each.front for each in note_type.templates] == fronts
    assert [name for name, _ in note_type.fields] == fields.split()
    assert note_type.is_cloze == is_cloze


@pytest.mark.parametrize(
    ("fronts", "fields", "fault"),
    [([], "F B", "it has no card templates"), (["{{F}}"], "", "it has no fields")],
)
def test_a_note_type_without_fields_or_cards_is_refused(
    fronts: list[str], fields: str, fault: str
) -> None:
    with pytest.raises(NoteTypeError, match=fault):
        read_note_type("a", record(with_templates(*fronts, fields=fields)))


@pytest.mark.parametrize(
    ("fields", "fronts", "strict"),
    [
        ("F B", ["{{F}}"], False),
        ("F B R", ["{{F}}", "{{#R}}{{B}}{{/R}}"], False),
        ("F B E", ["{{F}}"], True),
        ("F", ["{{F}}"], False),
    ],
)
def test_three_texts_are_told_apart_by_headings(
    fields: str, fronts: list[str], strict: bool
) -> None:
    note_type = read_note_type("a", record(with_templates(*fronts, fields=fields)))
    assert takes_only_fields(note_type) == strict


def test_a_note_type_is_read_whole_and_its_file_holds_all_but_passing_times() -> None:
    made: dict[str, object] = {
        "css": ".card {}",
        "mod": 5,
        "usn": -1,
        "did": None,
        "name": "Ä",
        "id": 7,
    }
    text = record(with_templates("{{F}}") | made)
    note_type = read_note_type("basic", text)
    assert (note_type.kind, note_type.id, note_type.name) == ("carried/basic", 7, "Ä")
    assert (note_type.css, note_type.is_cloze) == (".card {}", False)
    (template,) = note_type.templates
    assert (template.name, template.id) == ("C0", 0)
    assert (template.front, template.back) == ("{{F}}", "{{F}} back")
    kept = {key: value for key, value in json.loads(text).items() if key not in ("mod", "usn")}
    assert json.loads(note_type.carried) == kept
    assert note_type.carried == write_note_type(json.loads(text))
    assert note_type.carried.startswith('{\n "css": ".card {}",\n "did": null,\n "flds": [')
    assert '"name": "Ä"' in note_type.carried
    assert note_type.carried.endswith("}\n")


def test_ids_of_fields_and_templates_are_kept_where_anki_gave_some() -> None:
    parts: dict[str, object] = {
        "flds": [
            {"name": "F", "ord": 0, "id": 11} | LOOK,
            {"name": "B", "ord": 1, "id": None} | LOOK,
        ],
        "tmpls": [{"name": "C", "ord": 0, "qfmt": "{{F}}", "afmt": "", "id": 12}],
    }
    note_type = read_note_type("a", record(parts))
    assert note_type.fields == (("F", 11), ("B", 0))
    assert note_type.templates[0].id == 12


@pytest.mark.parametrize("text", ["", "[]", "{}", "7", "[" * 100_000, '{"flds": 5}'])
def test_what_is_no_record_of_a_note_type_is_refused(text: str) -> None:
    with pytest.raises(NoteTypeError, match="this is no record of a note type"):
        read_note_type("a", text)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("carried/basic", "basic"), ("cloze", ""), ("front-back", ""), ("carried/a/b", "a/b")],
)
def test_the_file_of_a_carried_note_type_has_its_name(kind: str, name: str) -> None:
    assert carried_name(kind) == name
