"""Cards are made by Anki's own rule: compared with the real backend."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import genanki
import pytest
from anki.collection import Collection, ImportAnkiPackageRequest
from anki.decks import DeckId
from anki.models import NotetypeDict, NotetypeId
from anki.notes import Note
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from ankibuild.anki.card_generation import (
    TemplateFields,
    cloze_ordinals,
    front_back_ordinals,
    template_fields,
)
from tests.helpers.examples import examples
from tests.helpers.templates import CLOZE_WORDS, FRONTS, NAMES, VALUES


@pytest.fixture(scope="module")
def collection() -> Iterator[Collection]:
    with tempfile.TemporaryDirectory() as folder:
        collection = Collection(str(Path(folder) / "collection.anki2"))
        yield collection
        collection.close()


@settings(
    max_examples=examples(400),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(
    fronts=st.lists(FRONTS, min_size=1, max_size=4, unique=True),
    values=st.tuples(*[st.sampled_from(VALUES)] * 3),
    tagged=st.booleans(),
)
@example(fronts=["{{#}}{{Two}}", "{{/}}{{One}}"], values=("x", "", ""), tagged=False)
@example(
    fronts=["\n {{=<% %>=}}<%Two%>", "{{=<% %>=}} <%{One%>{{Two}}"],
    values=("x", "", ""),
    tagged=False,
)
@example(fronts=["{{text:One}}"], values=("x", "", ""), tagged=False)
@example(
    fronts=["{{=<% %>=}}<%#One%><%Two%><%/One%>", "{{One}}"], values=("x", "", ""), tagged=True
)
@example(
    fronts=["{{=<% %>=}}<!-- <%One%> --><%Two%>", "{{Two}}"], values=("x", "", "y"), tagged=True
)
@example(fronts=["{{=<% %>=}}<!-- <%One%> -->", "{{Two}}"], values=("x", "", ""), tagged=True)
@example(fronts=["{{#One}}{{#Two}}{{Three}}{{/Two}}{{/One}}"], values=("x", "", "x"), tagged=True)
@example(
    fronts=[
        f"{{{{{name}}}}}"
        for name in (
            "One",
            "Card",
            "CardFlag",
            "CardID",
            "Deck",
            "Subdeck",
            "Type",
            "Tags",
            "FrontSide",
        )
    ],
    values=("", "", ""),
    tagged=True,
)
def test_templates_make_the_cards_that_anki_makes(
    collection: Collection, fronts: list[str], values: tuple[str, str, str], tagged: bool
) -> None:
    ours = front_back_ordinals(
        tuple(fronts), NAMES, dict(zip(NAMES, values, strict=True)), tagged=tagged
    )
    theirs = _front_back_cards(collection, fronts, values, tagged=tagged)
    assume(theirs is not None)
    assert ours == theirs


@settings(
    max_examples=examples(400),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(fields=st.tuples(*[st.lists(st.sampled_from(CLOZE_WORDS), max_size=12).map("".join)] * 2))
@example(fields=("{{c1::" * 12 + "}}" * 12, ""))
@example(fields=("{{c2::a {{c1::b}} c", ""))
@example(fields=("".join(f"{{{{c{n}::" for n in range(1, 13)) + "}}" * 12, ""))
@example(fields=("{{c65535::x}}", ""))
@example(fields=("{{c65536::x}}", ""))
def test_clozes_make_the_cards_that_anki_makes(
    collection: Collection, fields: tuple[str, str]
) -> None:
    note = collection.new_note(_note_type(collection, "Cloze"))
    note.fields = list(fields)
    assert cloze_ordinals(fields) == _cards(collection, note)


def test_a_template_whose_conditions_do_not_close_makes_no_card_as_in_anki(
    collection: Collection, tmp_path: Path
) -> None:
    """Anki itself refuses such a template, but takes it from another's package."""
    fronts = ("{{#One}}{{Two}}", "{{Two}}", "{{#One}}{{Two}}{{/Two}}")
    templates = [{"name": front, "qfmt": front, "afmt": "back"} for front in fronts]
    model = genanki.Model(123, "Broken", [{"name": name} for name in NAMES], templates)
    model._req = [(1, "any", [1])]
    deck = genanki.Deck(9, "Broken")
    deck.add_note(genanki.Note(model, ["1", "2", "3"]))
    genanki.Package(deck).write_to_file(tmp_path / "broken.apkg")
    request = ImportAnkiPackageRequest(package_path=str(tmp_path / "broken.apkg"))
    collection.import_anki_package(request)
    theirs = _cards(collection, collection.new_note(_note_type(collection, "Broken")))
    assert theirs == (0,)  # A note without any card gets the first one.
    note = collection.new_note(_note_type(collection, "Broken"))
    note.fields = ["1", "2", "3"]
    theirs = _cards(collection, note)
    fields = dict(zip(NAMES, note.fields, strict=True))
    assert front_back_ordinals(fronts, NAMES, fields, tagged=False) == theirs == (1,)


def test_the_fields_of_a_template_are_those_it_shows_and_asks_for() -> None:
    side = "{{#A}}{{B}}{{/A}}{{^C}}{{type:D}}{{cloze:E}}{{type:cloze:F}}{{hint:G}}{{/C}}"
    assert template_fields(side) == TemplateFields(
        shown=("B", "E", "G"), always=(), clozes=("E", "F"), asked=("A",), typed=("D", "F")
    )
    assert template_fields("{{^A}}{{B}}{{/A}}{{C}}{{type:D}}").always == ("C",)


def _front_back_cards(
    collection: Collection, fronts: list[str], values: tuple[str, str, str], *, tagged: bool
) -> tuple[int, ...] | None:
    models = collection.models
    note_type = models.new("Trial")
    for name in NAMES:
        models.add_field(note_type, models.new_field(name))
    for number, front in enumerate(fronts):
        template = models.new_template(f"Card {number}")
        template["qfmt"], template["afmt"] = front, "back"
        models.add_template(note_type, template)
    try:
        number = NotetypeId(models.add_dict(note_type).id)
    except Exception:
        return None
    stored = models.get(number)
    assert stored
    note = collection.new_note(stored)
    note.fields = list(values)
    note.tags = ["tag"] if tagged else []
    cards = _cards(collection, note)
    models.remove(number)
    return cards


def _cards(collection: Collection, note: Note) -> tuple[int, ...]:
    collection.add_note(note, DeckId(1))
    return tuple(sorted(card.ord for card in note.cards()))


def _note_type(collection: Collection, name: str) -> NotetypeDict:
    found = collection.models.by_name(name)
    assert found
    return found
