"""What the preview shows is what Anki shows: compared with the real backend."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from anki.collection import Collection
from anki.decks import DeckId
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

import ankibuild
from ankibuild.anki.rendering import RenderedCard, answer_to_type, render_card
from ankibuild.core.identity import suggest_note_id
from ankibuild.core.notes import CardTemplate, Note, NoteType
from ankibuild.core.problems import Fragment
from ankibuild.releases.package import Package
from tests.helpers.cases import read_cases
from tests.helpers.examples import examples
from tests.helpers.learner import Learner
from tests.helpers.places import CASES, ROOT
from tests.helpers.templates import CLOZE_WORDS, FRONTS, NAMES, VALUES
from tests.helpers.trainer import Trainer, copy_media

NOW = 1_700_000_000


def as_anki(html: str) -> str:
    """Return our side of a card as the backend gives it, aside from the numbers of hints."""
    html = re.sub("hint[0-9a-f]{16}", "hint", html)
    count = iter(range(100))
    return re.sub(r"\[sound:[^]]*\]", lambda _: f"[anki:play:q:{next(count)}]", html)


def assert_renders_alike(package: Package, learner: Learner) -> int:
    """Compare each card of a package that the learner imported; return how many there are."""
    cards = 0
    by_guid = {
        learner.collection.get_note(number).guid: learner.collection.get_note(number)
        for number in learner.collection.find_notes("")
    }
    for deck in package.decks:
        for note in deck.notes:
            theirs = {card.ord: card for card in by_guid[note.guid].cards()}
            assert set(theirs) == set(note.ordinals)
            for ordinal in note.ordinals:
                ours = render_card(note, ordinal, deck.name)
                output = theirs[ordinal].render_output()
                for our_side, side in (
                    (ours.front, output.question_text),
                    (ours.back, output.answer_text.replace("[anki:play:a:", "[anki:play:q:")),
                ):
                    assert as_anki(our_side) == re.sub("hint[0-9a-f]{16}", "hint", side)
                cards += 1
    return cards


def import_text(folder: Path, learner: Learner, stem: str, text: str) -> Package:
    path = folder / f"{stem}.md"
    path.write_text(f"# {stem}\n\n{text}\n", "utf-8")
    copy_media(text, folder)
    package = ankibuild.load(path)
    learner.import_package(ankibuild.build(package, folder, time=NOW).path)
    return package


@pytest.mark.parametrize("name", sorted(path.name for path in (CASES / "dialect").iterdir()))
def test_every_form_of_the_dialect_renders_as_in_anki(
    tmp_path: Path, learner: Learner, name: str
) -> None:
    cards = 0
    for place, case in enumerate(read_cases(f"dialect/{name}")):
        stem = suggest_note_id(f"{name}-{place}")
        cards += assert_renders_alike(import_text(tmp_path, learner, stem, case.input), learner)
    assert cards


def test_the_customers_deck_renders_as_in_anki(tmp_path: Path, learner: Learner) -> None:
    package = ankibuild.load(ROOT / "content/tier-1")
    learner.import_package(ankibuild.build(package, tmp_path, time=NOW).path)
    assert assert_renders_alike(package, learner) > 20


def test_the_first_deck_of_a_new_package_renders_as_in_anki(
    trainer: Trainer, learner: Learner
) -> None:
    trainer.run("new", "my-deck")
    trainer.write(
        "content/my-deck/more.md",
        "# More\n\n## A {#a .reversed .typed hint=three source=Book tags=x}\n\nB **c**\n\n---\n\nd"
        "\n\n## T {#b .typed hint=four}\n\nA {{c1::b {{c2::c}}::h}} {{c3,12::e}} {{c1::$x$}}\n\n"
        "---\n\nextra\n",
    )
    settings_file = trainer.folder / "content/my-deck/package.toml"
    settings_file.write_text(settings_file.read_text("utf-8") + 'feedback = "me@example.org"\n')
    learner.import_package(trainer.build(NOW))
    package = ankibuild.load(trainer.folder / "content/my-deck")
    assert assert_renders_alike(package, learner) > 8


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    collection = Collection(str(tmp_path_factory.mktemp("any") / "collection.anki2"))
    yield collection
    collection.close()


def render_both(
    collection: Collection, fields: dict[str, str], front: str, back: str, *, is_cloze: bool
) -> tuple[tuple[str, str], tuple[str, str]] | None:
    """Return the first card's sides by us and by Anki; None when Anki refuses the template."""
    models = collection.models
    record = models.new("Trial")
    record["type"] = int(is_cloze)
    for name in fields:
        models.add_field(record, models.new_field(name))
    template = models.new_template("Card 1")
    template["qfmt"], template["afmt"] = front, back
    models.add_template(record, template)
    try:
        record = models.get(models.add_dict(record).id)  # type: ignore[arg-type, assignment]
    except Exception:
        return None
    theirs = collection.new_note(record)
    theirs.fields = list(fields.values())
    theirs.tags = ["a", "b"]
    collection.add_note(theirs, DeckId(1))
    card = theirs.cards()[0]
    output = card.render_output()
    models.remove(record["id"])
    note_type = NoteType(
        kind="carried/trial",
        id=1,
        name=record["name"],
        is_cloze=is_cloze,
        fields=tuple((name, 0) for name in fields),
        templates=(CardTemplate(name="Card 1", id=0, front=front, back=back),),
        css="",
        roles={},
        carried="",
    )
    note = Note(
        note_id="a",
        guid="a",
        note_type=note_type,
        fields=tuple(fields.values()),
        media={},
        tags=("a", "b"),
        ordinals=(0,),
        rendered="",
        source_hash="",
        heading=Fragment(path="a", line=1, column=1, text=""),
        pinned=True,
    )
    ours = render_card(note, card.ord, "Default")
    hint = re.compile("hint[0-9a-f]{16}")
    return (hint.sub("hint", ours.front), hint.sub("hint", ours.back)), (
        hint.sub("hint", output.question_text),
        hint.sub("hint", output.answer_text),
    )


@settings(max_examples=examples(250), deadline=None, suppress_health_check=list(HealthCheck))
@given(front=FRONTS, back=FRONTS, values=st.tuples(*[st.sampled_from((*VALUES, "a<b>&amp;"))] * 3))
@example(
    front="{{One}}", back="{{FrontSide}} {{text:Two}}{{hint:Three}}", values=("x", "<b>&lt;", "h")
)
@example(
    front="{{furigana:One}}{{kana:One}}{{kanji:One}}", back="{{x:hint:Two}}", values=("a b[c]",) * 3
)
@example(
    front="{{One}}", back="{{#c1}}1{{/c1}}{{^c2}}2{{/c2}}{{type:nc:Two}}", values=("x", "y", "")
)
@example(front="{{text:One}}{{text:Two}}", back="", values=("\u00a0", "\u00a0&amp;", ""))
@example(front="{{=<% %>=}}<%#One%><%Two%><%/One%>", back="", values=("x", "y", ""))
def test_any_template_renders_as_in_anki(
    collection: Collection, front: str, back: str, values: tuple[str, str, str]
) -> None:
    assume("tts" not in front + back and "CardID" not in front + back)
    fields = dict(zip(NAMES, values, strict=True))
    both = render_both(collection, fields, front, back, is_cloze=False)
    assume(both is not None)
    assert both
    assert both[0] == both[1]


@settings(max_examples=examples(250), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    text=st.lists(st.sampled_from((*CLOZE_WORDS, r"\(", r"\)", "<i>")), max_size=12).map("".join)
)
@example(text="{{c1::" * 12 + "}}" * 12)
@example(text="{{c1::a {{c2::b::h}} c::g}} {{c1,3::é '&\" %}}")
@example(text="{{c1::image-occlusion:rect:left=.2:top=.3:width=.2:height=0:oi=1}}")
@example(text=r"{{c2::image-occlusion:text:left=.2:text=a\:b:scale=1:fs=2}} {{c1::x}}")
@example(text="{{c0::image-occlusion:polygon:points=1,2 3,4 x:fill=#fff}} {{c1::x}}")
def test_any_cloze_renders_as_in_anki(collection: Collection, text: str) -> None:
    back = "{{cloze:One}}|{{cloze-only:One}}|{{type:cloze:One}}{{FrontSide}}"
    fields = {"One": text, "Two": "x"}
    both = render_both(collection, fields, "{{cloze:One}} {{cloze-only:One}}", back, is_cloze=True)
    assert both
    assert both[0] == both[1]


def rendered(front: str, text: str, ordinal: int = 0, *, is_cloze: bool = False) -> RenderedCard:
    """Return a card of one field, ``A``, with a template of its own."""
    template = CardTemplate(name="Card", id=0, front=front, back="{{FrontSide}}")
    note_type = NoteType(
        kind="own",
        id=1,
        name="own",
        is_cloze=is_cloze,
        fields=(("A", 0),),
        templates=(template,),
        css="",
        roles={},
        carried="",
    )
    note = Note(
        note_id="n",
        guid="g",
        note_type=note_type,
        fields=(text,),
        media={},
        tags=(),
        ordinals=(ordinal,),
        rendered="",
        source_hash="",
        heading=Fragment(path="", line=1, column=1, text=""),
        pinned=True,
    )
    return render_card(note, ordinal, "Deck")


def test_a_cloze_card_is_known_by_its_number() -> None:
    text = "{{c1::a}} {{c2::b}}"
    assert rendered("{{cloze:A}}", text, 1, is_cloze=True).name == "Card 2"
    assert rendered("{{A}}", "a").name == "Card"


@pytest.mark.parametrize(
    ("front", "text", "shown"),
    [
        ("{{tts en_US:A}}", "a", "[anki:tts lang=en_US]a[/anki:tts]"),
        ("{{furigana:A}}", "x&nbsp;y[z]", "x<ruby><rb>y</rb><rt>z</rt></ruby>"),
        ("{{kana:A}}", "x y[sound:z.mp3]", "x y[sound:z.mp3]"),
        ("{{A}}{{text:}}", "a", "a"),
    ],
)
def test_filters_write_what_anki_writes(front: str, text: str, shown: str) -> None:
    assert rendered(front, text).front == shown


def test_a_condition_that_is_not_closed_is_told() -> None:
    assert "Missing &#x27;{{/A}}&#x27;" in rendered("{{A}}{{#A}}", "a").front


@pytest.mark.parametrize(
    ("html", "number", "is_cloze", "wanted"),
    [
        ("a <b>b</b>", 1, False, "a <b>b</b>"),
        ("{{c1::a}} {{c2::b}} {{c1::c}}", 1, True, "a, c"),
        ("{{c1::a}} {{c2::b}} {{c1::a}}", 1, True, "a"),
        ("{{c1::a}} {{c2::b}}", 2, True, "b"),
    ],
)
def test_what_is_to_be_typed_is_the_field_or_the_clozes_of_the_card(
    html: str, number: int, *, is_cloze: bool, wanted: str
) -> None:
    assert answer_to_type(html, number, is_cloze=is_cloze) == wanted
