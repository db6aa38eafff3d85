"""What is wrong with a card template is what Anki itself would refuse."""

import pytest
from anki.errors import CardTypeError

from ankibuild.anki.template_rules import find_template_faults
from ankibuild.core.notes import CardTemplate
from tests.helpers.learner import Learner

FIELDS = ("Word", "Other")
SIDES = (
    "{{Word}}",
    "{{Wort}}",
    "{{#Word}}{{Other}}",
    "{{Word}}{{/Word}}",
    "{{#Wort}}{{Word}}{{/Wort}}",
    "{{^Tags}}{{Word}}{{/Tags}}",
    "{{furigana:tts en_US:Word}}",
    "<!-- {{Wort}} --> {{Other}}",
    "words alone",
    "{{Tags}}",
    "{{#Word}}{{^Other}}{{Word}}{{/Word}}{{/Other}}",
    "",
)

SHOWING_NOTHING = (
    ("{{#Word}}x{{/Word}}", "{{Word}}"),
    ("{{Word}}", "{{Word"),
    ("{{Other}} {{cloze:Word}}", "{{Word}}"),
    ("{{type:cloze:Word}}", "{{Word}}"),
    ("{{}}", "{{Word}}"),
)


def is_taken(learner: Learner, fronts: list[str], back: str, *, is_cloze: bool) -> bool:
    models = learner.collection.models
    model = models.new("Trial")
    model["type"] = int(is_cloze)
    for name in FIELDS:
        models.add_field(model, models.new_field(name))
    for number, front in enumerate(fronts):
        template = models.new_template(str(number))
        template["qfmt"], template["afmt"] = front, back
        models.add_template(model, template)
    try:
        models.add_dict(model)
    except CardTypeError:
        return False
    return True


@pytest.mark.parametrize("is_cloze", [False, True], ids=["front-back", "cloze"])
@pytest.mark.parametrize("side", SIDES)
def test_a_side_is_refused_as_by_anki(learner: Learner, side: str, *, is_cloze: bool) -> None:
    good = "{{cloze:Word}}" if is_cloze else "{{Other}} {{Word}}"
    for front, back in ((side, good), (good, side)):
        template = CardTemplate(name="1", id=0, front=front, back=back)
        faults = list(find_template_faults([template], FIELDS, is_cloze=is_cloze))
        assert bool(faults) != is_taken(learner, [front], back, is_cloze=is_cloze), faults


@pytest.mark.parametrize(("front", "back"), SHOWING_NOTHING)
def test_what_anki_takes_and_shows_nothing_of_is_told(
    learner: Learner, front: str, back: str
) -> None:
    template = CardTemplate(name="1", id=0, front=front, back=back)
    assert list(find_template_faults([template], FIELDS, is_cloze=False))
    assert is_taken(learner, [front], back, is_cloze=False)


def test_two_cards_with_one_front_are_refused_as_by_anki(learner: Learner) -> None:
    for fronts in (["{{Word}}", "{{Word}}"], ["{{Word}}", "{{Other}}"]):
        templates = [CardTemplate(name=each, id=0, front=each, back="") for each in fronts]
        faults = list(find_template_faults(templates, FIELDS, is_cloze=False))
        assert bool(faults) != is_taken(learner, fronts, "", is_cloze=False)


def test_a_fault_names_its_side_and_its_cure() -> None:
    templates = [
        CardTemplate(name="A", id=0, front="{{Word}}", back="{{Wort}}"),
        CardTemplate(name="B", id=0, front="{{Word}}", back=""),
    ]
    assert list(find_template_faults(templates, FIELDS, is_cloze=False)) == [
        (0, "back", 'the note type has no field "Wort"', 'did you mean "Word"?'),
        (1, "front", 'it is the same as that of "A"', "each card needs a front of its own"),
    ]
