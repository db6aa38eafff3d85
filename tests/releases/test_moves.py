"""Where a fact ends and another one begins: cases on both sides of each bound."""

import pytest

from ankibuild.releases.moves import Fact, Facts, Likeness, fact_of, find_hidden
from tests.helpers.cases import Case, read_cases
from tests.helpers.demo import DAY, START
from tests.helpers.places import CASES
from tests.helpers.trainer import SETTINGS, Trainer

# A word is weighed by how few published notes have it: one more note, with no word of theirs.
MORE = "\n\n## Else? {#else}\n\nOther\n"
FACTS = read_cases("likeness.md")


@pytest.mark.parametrize("case", FACTS, ids=[case.title for case in FACTS])
def test_what_is_said_of_a_published_note_and_its_new_words(trainer: Trainer, case: Case) -> None:
    before, _, after = case.input.partition("\n=====\n")
    trainer.write_package(f"# A\n\n{before}{MORE}")
    trainer.release(START)
    settings, _, notes = after.partition("##")
    trainer.write_package(f"# A\n\n##{notes}{MORE}", settings=SETTINGS + settings)
    stderr = trainer.run("check").told
    said = [line.split(": ", 1)[1] for line in stderr.splitlines() if line.startswith("content/")]
    wanted = [] if case.output == "nothing" else case.output.splitlines()
    assert len(said) == len(wanted), said
    for line, start in zip(said, wanted, strict=True):
        assert line.startswith(start)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("{{c2::the old red mill}}", ""),
        (
            "{{c2::the barn}}",
            'warning: in the published note "sun" c2 hid "the old grey mill" and now '
            'hides "the barn"',
        ),
        (
            "{{c2::the new red mill}}",
            'warning: in the published note "sun" c2 hid "the old grey mill" and now '
            'hides "the new red mill"',
        ),
        (
            "{{c3::the old red mill}}",
            '"the old red mill" of the published note "sun" was c2 and is now c3',
        ),
        ("{{c3::the new red mill}}", ""),
        ("{{c1::the old red mill}}", ""),
    ],
)
def test_a_number_that_comes_back_hides_what_it_hid_one_word_of_four_aside(
    trainer: Trainer, words: str, said: str
) -> None:
    sentence = "# A\n\n## The sun {{#sun}}\n\nEach day {{{{c1::the sun}}}} rises over {}.\n"
    mill = "{{c2::the old grey mill}} and {{c2::the barn}}"
    for day, before in enumerate((mill, "a mill", "some hills")):
        trainer.write_package(sentence.format(before))
        trainer.release(START + day * DAY)
    trainer.write_package(sentence.format(words))
    stderr = trainer.run("check").told
    found = [line.split(": ", 1)[1] for line in stderr.splitlines() if line.startswith("content/")]
    assert len(found) == bool(said), found
    assert "".join(found).startswith(said)


def test_a_picture_without_words_is_known_by_its_name(trainer: Trainer) -> None:
    """The same picture is the same answer, whatever is asked of it."""
    data = (CASES / "media/meter.png").read_bytes()
    for name in ("meter", "other"):
        trainer.write(f"content/demo/media/{name}.png", data + name.encode())
    text = "# A\n\n## Which crew repairs poles? {#a}\n\n![](media/meter.png)\n"
    trainer.write_package(text)
    trainer.release(START)
    text = text.replace("Which crew repairs poles?", "How soon do we paint a wall?")
    trainer.write_package(text)
    assert "asks something else" not in trainer.run("check").told
    trainer.write_package(text.replace("meter", "other"))
    assert "asks something else" in trainer.run("check").told


@pytest.mark.parametrize(
    ("fields", "question", "answer"),
    [
        ({"Front": "What <b>IS</b> it?", "Back": "<p>A &amp; B</p>"}, "what is it?", "a & b"),
        ({"Front": "Q", "Back": "A {{c1::b::hint}}", "Extra": "E"}, "q", "a b"),
        ({"Title": "Moon", "Text": "The {{c1::moon}} shines."}, "moon the moon shines.", ""),
        ({"Text": "The {{c1::moon}} shines."}, "the moon shines. the moon shines.", ""),
        (
            {
                "Occlusion": "{{c1::x}}",
                "Image": '<img src="m.png">',
                "Header": "See",
                "Comments": "1. a",
            },
            "see m.png 1. a",
            "",
        ),
        ({"Front": "See", "Back": '<img alt="a dot" src="m.png">'}, "see", "m.png [a dot]"),
        ({"Spanish": "El sol", "English": "The sun", "Note": "Hot"}, "el sol", "the sun hot"),
        ({"Spanish": "El {{c1::sol}}", "English": ""}, "el sol", ""),
        ({}, "", ""),
    ],
)
def test_what_a_note_asks_and_answers_is_read_from_its_fields(
    fields: dict[str, str], question: str, answer: str
) -> None:
    assert fact_of("front-back", fields, {}) == Fact(question, answer)


@pytest.mark.parametrize(
    ("fields", "roles", "question", "answer"),
    [
        (
            {"Topic": "food", "Word": "el pan", "Back": "bread", "Key": "demo/1", "On": "yes"},
            {"heading": "Word", "body": "Back", "id": "Key", "reversed": "On"},
            "el pan",
            "food bread",
        ),
        (
            {"No": "7", "Say": "the {{c1::moon}}", "More": "shines"},
            {"body": "Say"},
            "the moon",
            "7 shines",
        ),
        (
            {"Title": "Sky", "Say": "the {{c1::moon}}", "No": "7"},
            {"heading": "Title", "body": "Say"},
            "sky the moon 7",
            "",
        ),
        (
            {"Say": "the {{c1::moon}}", "More": "shines", "Image": "", "Back": "so"},
            {"body": "Say"},
            "the moon",
            "shines so",
        ),
        (
            {"Front": '<img src="a.svg" alt="">', "Back": "b"},
            {"heading": "Front", "body": "Back"},
            "b",
            "a.svg",
        ),
        (
            {"Front": '<img src="a.svg">', "Back": "<p>b</p>"},
            {"heading": "Front", "body": "Back"},
            "b",
            "a.svg",
        ),
    ],
)
def test_what_a_note_of_any_note_type_asks_is_in_its_heading_whatever_fields_are_called(
    fields: dict[str, str], roles: dict[str, str], question: str, answer: str
) -> None:
    assert fact_of("carried/own", fields, roles) == Fact(question, answer)


def test_a_fact_without_an_answer_is_compared_by_its_question_alone() -> None:
    one, other = Fact("the red mill", "on the hill"), Fact("the red mill", "")
    likeness = Likeness(lambda: (one, other))
    assert likeness.of(one, other) == likeness.of(other, one) == 1.0
    assert likeness.of(other, Fact("", "on the hill")) == 0.0


def test_the_most_alike_of_many_is_found_by_its_rarest_words() -> None:
    common = "all of these words are in each of them and tell nothing at last"
    facts = {f"n{number:02}": Fact(f"{common} rare{number}", "") for number in range(60)}
    index = Facts(facts, Likeness(facts.values))
    for number in range(60):
        asked = Fact(f"{common} rare{number} indeed", "")
        assert index.most_alike(asked)[0] == f"n{number:02}"
        other, score = index.most_alike(asked, but=f"n{number:02}")
        assert other != f"n{number:02}"
        assert 0 < score < index.most_alike(asked)[1] < 1
    assert Facts({}, Likeness(facts.values)).most_alike(Fact("rare", "")) == ("", 0.0)


@pytest.mark.parametrize(
    ("kind", "fields", "hidden"),
    [
        (
            "image-occlusion",
            {"Comments": "1. a <b>b</b><br>12. c. d<br>a word. x<br>", "Header": "{{c3::x}}"},
            [(1, "a b", ()), (12, "c. d", ())],
        ),
        ("image-occlusion", {}, []),
        (
            "cloze",
            {"Text": "The {{c1::full <i>moon</i>::what?}} moves {{c2,3::all water}}."},
            [
                (1, "full moon", ("<the", ">moves", ">all", ">water.")),
                (2, "all water", ("<the", "<full", "<moon", "<moves", ">.")),
                (3, "all water", ("<the", "<full", "<moon", "<moves", ">.")),
            ],
        ),
        (
            "cloze",
            {"Text": "A {{c2::b {{c1::c}} d}}<br>e", "Extra": '{{c4::<img src="x.png">}} f'},
            [
                (2, "b c d", ("<a",)),
                (1, "c", ("<a", "<b", ">d")),
                (4, "[x.png]", (">f",)),
            ],
        ),
        (
            "cloze",
            {"Text": "{{c1::alone}}<br>One two<br>three"},
            [(1, "alone", (">one", ">two", ">three"))],
        ),
        ("cloze", {"Text": "{{c1::[sound:a.mp3]}} hoots"}, [(1, "[sound:a.mp3]", (">hoots",))]),
        ("cloze", {"Text": '{{c1::<img alt="a dot" src="x.png">}}'}, [(1, "[a dot]", ())]),
        ("cloze", {"Text": "a {{c1::not closed"}, []),
        ("front-back", {"Front": "No }} cloze", "Back": "here"}, []),
    ],
)
def test_what_clozes_and_masks_hide_is_known_with_the_words_around(
    kind: str, fields: dict[str, str], hidden: list[tuple[int, str, tuple[str, ...]]]
) -> None:
    assert [tuple(each) for each in find_hidden(kind, fields)] == hidden
