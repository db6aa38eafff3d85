"""Each form of the dialect on a card, as the real Anki shows it."""

import html
import re
from collections.abc import Iterator
from pathlib import Path, PurePath

import pytest
from anki.decks import DeckId

import ankibuild
from ankibuild.anki.note_types import FIELDS, TEMPLATES, make_note_type
from ankibuild.core.settings import lone_settings
from ankibuild.core.values import replace
from tests.helpers.cases import read_cases
from tests.helpers.learner import Learner
from tests.helpers.places import CASES
from tests.helpers.trainer import Trainer, copy_media

CASE_FILES = sorted(path.name for path in (CASES / "dialect").iterdir())


def import_text(folder: Path, learner: Learner, stem: str, text: str) -> None:
    """Import a lone file, whose name is its identity."""
    path = folder / f"{stem}.md"
    path.write_text(f"# {stem}\n\n{text}\n", "utf-8")
    copy_media(text, folder)
    built = ankibuild.build(ankibuild.load(path), folder, time=1_700_000_000)
    assert learner.import_package(built.path).conflicting == 0


def visible(side: str) -> str:
    """Return what a learner reads on a side, white space folded."""
    unseen = r"<(style|script)>.*?</\1>|<div class=.foot.>.*?</div>"
    side = re.sub(unseen, "", side, flags=re.DOTALL)
    side = re.sub(r"\[(sound|anki:play):[^]]*\]", "♪", side)
    return " ".join(html.unescape(re.sub("<[^>]*>", "", side)).split())


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Learner]:
    """Return a learner who imported every case of the case files."""
    folder = tmp_path_factory.mktemp("dialect")
    with Learner.at(folder / "learner") as learner:
        for name in CASE_FILES:
            for place, case in enumerate(read_cases(f"dialect/{name}")):
                stem = f"{name.removesuffix('.md')}-{place}"
                import_text(folder, learner, stem, case.input)
        yield learner


def test_every_form_renders_without_a_fault(reader: Learner) -> None:
    assert reader.collection.note_count() > 40
    assert reader.faults() == []


def test_every_form_makes_the_cards_that_the_editor_would_make(reader: Learner) -> None:
    collection = reader.collection
    for number in collection.find_notes(""):
        ours = collection.get_note(number)
        note_type = ours.note_type()
        assert note_type
        typed_in = collection.new_note(note_type)
        typed_in.fields, typed_in.tags = list(ours.fields), list(ours.tags)
        collection.add_note(typed_in, DeckId(1))
        theirs = sorted(card.ord for card in typed_in.cards())
        collection.remove_notes([typed_in.id])
        assert sorted(card.ord for card in ours.cards()) == theirs, ours["Note ID"]


def test_every_cloze_is_hidden_on_its_front_and_shown_on_its_back(reader: Learner) -> None:
    found = 0
    for number in reader.collection.find_notes("Text:_*"):
        for card in reader.collection.get_note(number).cards():
            output = card.render_output()
            hidden = re.findall(r'<span class="cloze" data-cloze="([^"]*)"', output.question_text)
            assert hidden, output.question_text
            for text in hidden:
                shown = visible(html.unescape(text))
                assert shown in visible(output.answer_text)
            found += 1
    assert found > 15


@pytest.mark.parametrize(
    ("text", "ordinal", "front", "back"),
    [
        ("The {{c1::moon}} and {{c2::sun}}.", 0, "The [...] and sun.", "The moon and sun."),
        ("The {{c1::moon::what?}}.", 0, "The [what?].", "The moon."),
        ("A {{c1::b {{c2::c}}::h}}.", 0, "A [h].", "A b c."),
        ("A {{c1::b {{c2::c}}::h}}.", 1, "A b [...].", "A b c."),
        ("A {{c1::`a::b}}`}} c.", 0, "A [...] c.", "A a::b}} c."),
        (r"A {{c1::$\frac{a}{b_{c}}$}} d.", 0, "A [...] d.", r"A \(\frac{a}{b_{c} }\) d."),
        (r"A {{c1::x\:\:y::h}} d.", 0, "A [h] d.", "A x::y d."),
        ("A {{c1::b}} and `{{c2::c}}`.", 0, "A [...] and {{c2::c}}.", "A b and {{c2::c}}."),
        (r"A {{c1::b}} and \{{c2::c}}.", 0, "A [...] and {{c2::c}}.", "A b and {{c2::c}}."),
        ("A {{c1,2::b}} c.", 1, "A [...] c.", "A b c."),
        ("- {{c1::a}}\n- {{c1::b}} c", 0, "[...] [...] c", "a b c"),
        ("A {{c1::[b](https://x.org/a::b}})}} c.", 0, "A [...] c.", "A b c."),
    ],
)
def test_a_cloze_looks_like_this(
    tmp_path: Path, learner: Learner, text: str, ordinal: int, front: str, back: str
) -> None:
    import_text(tmp_path, learner, "cloze", f"## {{#a}}\n\n{text}")
    question, answer = learner.render("a", ordinal)
    assert (visible(question), visible(answer)) == (front, back)
    assert learner.faults() == []


def test_the_first_deck_of_a_new_package_renders(trainer: Trainer, learner: Learner) -> None:
    trainer.run("new", "my-deck")
    result = trainer.run("check", "--strict")
    assert result.returncode == 0, result.stderr
    learner.import_package(trainer.build(1_700_000_000))
    assert learner.faults() == []
    assert "[[type:Back]]" in learner.render("type-it")[0]
    assert "☑ a task that is done" in visible(learner.render("what-else")[1])
    assert r"\(E = P \cdot t\)" in visible(learner.render("what-else")[1])
    assert 'alt="A traffic light' in learner.render("picture")[1]
    assert "[anki:play:a:0]" in learner.render("sound")[1]
    assert all('data-ordinal="' in learner.render("masks", ordinal)[0] for ordinal in range(3))


@pytest.mark.parametrize(
    ("kind", "roles"),
    [
        ("front-back", "heading=Front body=Back extra=Extra reversed=Reversed"),
        ("cloze", "heading=Title body=Text extra=Extra"),
        ("image-occlusion", "masks=Occlusion picture=Image heading=Header names=Comments"),
    ],
)
def test_each_part_of_a_note_has_its_field(kind: str, roles: str) -> None:
    note_type = make_note_type(kind, lone_settings(PurePath("a.md")), "")
    wanted = dict(each.split("=") for each in roles.split())
    common = {"hint": "Hint", "source": "Source", "id": "Note ID"}
    typed = {} if kind == "image-occlusion" else {"typed": "Typed"}
    body = {"body": "Back Extra"} if kind == "image-occlusion" else {}
    assert dict(note_type.roles) == wanted | common | typed | body


def test_fields_and_templates_never_change() -> None:
    fields: dict[str, str] = {
        "front-back": "Front 1489855720081559, Back 3108521297910304, Extra 5113468122928206, "
        "Hint 5285403586943411, Source 1960335902142224, Notice 2253460813359235, "
        "Reversed 5381379364489461, Typed 5856718473870276, Note ID 4763173351457150, "
        "Spare 1 8744838199436085, Spare 2 3352956452873428, Spare 3 2135409660280776, "
        "Spare 4 7238428930385581",
        "cloze": "Text 7033906084106306, Title 2180213229932475, Extra 6163616237696849, "
        "Hint 5023476286372145, Source 8672066071813758, Notice 6232501736816288, "
        "Typed 8084823408221199, Note ID 3405776955256872, Spare 1 6372441572042558, "
        "Spare 2 3894321667336831, Spare 3 8812693199806908, Spare 4 8373841872440229",
        "image-occlusion": "Occlusion 7290451370541724, Image 653052862872205, "
        "Header 5051824105805231, "
        "Back Extra 8236870337270406, Comments 3035033246692665, Hint 5709480874421291, "
        "Source 661240838548106, Notice 4118999167423693, Note ID 1229910672102163, "
        "Spare 1 820688740704711, Spare 2 996379758618535, Spare 3 4040808754960373, "
        "Spare 4 8767670167751558",
    }
    templates: dict[str, str] = {
        "front-back": "Forward 1432691502714666, Reverse 7079947265294482, Spare 4150944918533142",
        "cloze": "Cloze 3334634346322279",
        "image-occlusion": "Occlusion 7469084099756226",
    }
    assert {kind: _shown(each) for kind, each in FIELDS.items()} == fields
    assert {kind: _shown(each) for kind, each in TEMPLATES.items()} == templates


def _shown(named: tuple[tuple[str, int], ...]) -> str:
    return ", ".join(f"{name} {number}" for name, number in named)


def test_a_style_and_a_language_are_written_only_if_there_are_any() -> None:
    settings = lone_settings(PurePath("a.md"))
    plain = make_note_type("cloze", settings, "")
    assert "/* a */" not in plain.css
    assert make_note_type("cloze", settings, "b {}").css == f"{plain.css}\n/* a */\nb {{}}"
    spanish = make_note_type("cloze", replace(settings, language="es"), "")
    assert '<div class="note" dir="ltr" lang="es">' in spanish.templates[0].front
    assert '<div class="note" dir="auto">' in plain.templates[0].front


def test_the_link_for_feedback_says_what_it_is_for() -> None:
    settings = replace(lone_settings(PurePath("a.md")), feedback="https://example.org")
    link = '<a href="https://example.org">Report a mistake</a>'
    assert link in make_note_type("cloze", settings, "").templates[0].back
