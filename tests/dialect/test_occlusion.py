"""Image occlusion: Anki's own notes, which its mask editor opens and saves."""

import re
from pathlib import Path

import pytest
from anki.notes import NoteId

from tests.helpers.cases import Case
from tests.helpers.faults import errors_of, see_error
from tests.helpers.forms import forms_in, see_form
from tests.helpers.learner import Learner, Log
from tests.helpers.trainer import Trainer, copy_media

MASKS = """\
display: 32, 17, 36, 16
serial number: 37.5, 58, 25, 9
terminals: 31, 76, 38, 18
"""
DECK = f"""\
# Deck

## Parts of a meter {{#meter source="Handbook"}}

```occlusion
![A meter](media/meter.png)
{MASKS}```

They stand in the basement.
"""
NAME = "demo image-occlusion (ankibuild)"


def write(trainer: Trainer, deck: str = DECK) -> None:
    trainer.write_package(deck)
    copy_media(deck, trainer.folder / "content/demo")


def clozes(text: str) -> list[str]:
    return re.findall(r"image-occlusion:([^}]*)\}", text)


def test_each_mask_is_a_card_of_an_image_occlusion_note(trainer: Trainer, learner: Learner) -> None:
    write(trainer)
    assert learner.import_package(trainer.build(1_700_000_000)) == Log(1, 0, 0, 0)
    note = learner.notes()["meter"]
    note_type = note.note_type()
    assert note_type
    assert note_type["name"] == NAME
    assert (note_type["originalStockKind"], note_type["type"]) == (6, 1)
    assert note_type["flds"][note_type["sortf"]]["name"] == "Header"
    assert [card.ord for card in note.cards()] == [0, 1, 2]
    assert learner.faults() == []
    learner.study()
    assert len(learner.reviews()) == 3


def test_the_note_type_has_the_fields_of_ankis_own(trainer: Trainer, learner: Learner) -> None:
    write(trainer)
    learner.import_package(trainer.build(1_700_000_000))
    collection = learner.collection
    collection._backend.add_image_occlusion_notetype()
    stock, ours = (collection.models.by_name(name) for name in ("Image Occlusion", NAME))
    assert stock
    assert ours
    assert len(stock["flds"]) == 5
    for theirs, mine in zip(stock["flds"], ours["flds"], strict=False):
        assert (mine["name"], mine["ord"], mine["tag"]) == (
            theirs["name"],
            theirs["ord"],
            theirs["tag"],
        )
    assert all(field["tag"] is None for field in ours["flds"][5:])
    for part in ("cloze:Occlusion", "Image", "Header"):
        assert f"{{{{{part}}}}}" in stock["tmpls"][0]["qfmt"]
        assert f"{{{{{part}}}}}" in ours["tmpls"][0]["qfmt"]
    for hook in (
        "image-occlusion-container",
        "image-occlusion-canvas",
        '"err"',
        '"toggle"',
        ".setup()",
    ):
        assert hook in stock["tmpls"][0]["afmt"]
        assert hook in ours["tmpls"][0]["afmt"]


def test_a_card_hides_its_mask_and_shows_it_on_the_back(trainer: Trainer, learner: Learner) -> None:
    write(trainer)
    learner.import_package(trainer.build(1_700_000_000))
    front, back = learner.render("meter", 1)
    shape = 'data-shape="rect" data-left=".375" data-top=".58" data-width=".25" data-height=".09"'
    assert f'<div class="cloze" data-ordinal="2" {shape} data-occludeInactive="1"' in front
    assert front.count('<div class="cloze-inactive"') == 2
    assert f'<div class="cloze-highlight" data-ordinal="2" {shape}' in back
    assert "Parts of a meter" in front
    assert "basement" not in front
    assert "basement" in back
    assert "Handbook" in back
    assert "demo/meter" in back


def test_ankis_mask_editor_opens_the_note_and_saves_it(trainer: Trainer, learner: Learner) -> None:
    write(trainer)
    learner.import_package(trainer.build(1_700_000_000))
    learner.study()
    backend, note = learner.collection._backend, learner.notes()["meter"]
    opened = backend.get_image_occlusion_note(note_id=note.id).note
    assert opened.image_file_name in learner.media()
    assert opened.image_data == learner.media()[opened.image_file_name]
    assert opened.header == "Parts of a meter"
    assert opened.occlude_inactive
    shapes = {each.ordinal: each.shapes[0] for each in opened.occlusions}
    assert sorted(shapes) == [1, 2, 3]
    assert shapes[1].shape == "rect"
    assert {p.name: p.value for p in shapes[1].properties} == {
        "left": ".32",
        "top": ".17",
        "width": ".36",
        "height": ".16",
        "oi": "1",
    }

    before = note.fields
    _save(learner, note.id, before[0].replace("left=.32", "left=.25"))
    after = learner.notes()["meter"].fields
    assert clozes(after[0])[0].startswith("rect:left=.25:top=.17:")
    assert after[1:] == before[1:]
    more = "{{c4::image-occlusion:rect:left=.1:top=.1:width=.1:height=.1:oi=1}}<br>"
    _save(learner, note.id, after[0] + more)
    assert [card.ord for card in learner.notes()["meter"].cards()] == [0, 1, 2, 3]
    assert len(learner.reviews()) == 3
    assert learner.faults() == []


def test_an_update_moves_a_mask_and_adds_one_and_keeps_the_progress(
    trainer: Trainer, learner: Learner
) -> None:
    write(trainer)
    trainer.release(1_700_000_000)
    learner.import_package(trainer.folder / "dist/demo-1.0.0.apkg")
    learner.study()
    progress = learner.progress()
    moved = MASKS.replace("display: 32", "display: 30").replace(
        "serial number: 37.5, 58, 25, 9\nterminals", "4. disk: 33, 42, 34, 9\n3. terminals"
    )
    write(trainer, DECK.replace(MASKS, moved))
    assert "  changed: meter: Parts of a meter" in trainer.run("diff").stdout
    trainer.release(1_700_000_100)
    package = trainer.folder / "dist/demo-1.1.0.apkg"
    assert learner.import_package(package) == Log(0, 1, 0, 0)
    assert clozes(learner.fields("meter")["Occlusion"])[0].startswith("rect:left=.3:")
    after = learner.progress()
    assert sorted(after) == [("meter", ordinal) for ordinal in range(4)]
    assert {key: after[key] for key in progress} == progress
    # The card of the mask that went stays with the learner until Anki's own search for such cards.
    faults = [fault for fault in learner.faults() if not fault.startswith("meter/1: ")]
    assert faults == [f"empty cards of note {learner.notes()['meter'].id}"]


def test_a_word_leaves_the_other_masks_open(trainer: Trainer, learner: Learner) -> None:
    write(trainer, DECK.replace("```occlusion", "```occlusion hide-one"))
    learner.import_package(trainer.build(1_700_000_000))
    assert "occludeInactive" not in learner.render("meter", 0)[0]
    note = learner.notes()["meter"]
    opened = learner.collection._backend.get_image_occlusion_note(note_id=note.id).note
    assert not opened.occlude_inactive
    assert len(opened.occlusions) == 3


def test_a_published_answer_cannot_become_a_picture_with_masks(trainer: Trainer) -> None:
    trainer.write_package("# Deck\n\n## Parts of a meter {#meter}\n\nA display.\n")
    trainer.release(1_700_000_000)
    write(trainer)
    result = trainer.run("build")
    assert result.returncode == 1
    assert 'the published note "meter" was a question with an answer; Anki would' in result.told
    assert "not update it with a picture with masks: take out its clozes" in result.told


def _save(learner: Learner, number: NoteId, occlusions: str) -> None:
    opened = learner.collection._backend.get_image_occlusion_note(note_id=number).note
    learner.collection._backend.update_image_occlusion_note(
        note_id=number,
        occlusions=occlusions,
        header=opened.header,
        back_extra=opened.back_extra,
        tags=list(opened.tags),
    )


@pytest.mark.parametrize("form", forms_in("occlusion.md"), ids=lambda form: form.title)
def test_masks_become_fields(trainer: Trainer, form: Case) -> None:
    see_form(trainer, form)


@pytest.mark.parametrize("path", errors_of("dialect.occlusion"), ids=lambda path: path.stem)
def test_a_mistake_in_masks_is_reported(trainer: Trainer, path: Path) -> None:
    see_error(trainer, path)
