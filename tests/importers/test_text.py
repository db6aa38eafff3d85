"""Plain text: each form of it is told apart and read."""

import contextlib
import itertools
import re

import pytest

from ankibuild.importers.text import UnknownFormError, find_sign, read_text
from tests.helpers.cases import Case, read_cases
from tests.helpers.importing import learned_cards, run_import
from tests.helpers.learner import Learner
from tests.helpers.seed import SEED, seed_cards
from tests.helpers.trainer import Trainer

FORMS = read_cases("importing/forms.md")


@pytest.mark.parametrize("case", FORMS, ids=lambda case: case.title)
def test_each_form_of_text_is_told_and_read(trainer: Trainer, learner: Learner, case: Case) -> None:
    form, deck, *lines = case.output.split("\n")
    trainer.write("demo.txt", case.input)
    output, warnings = run_import(trainer, "demo.txt")
    assert output.startswith(f"demo.txt: {form}\n")
    wanted = [tuple(line.partition(" ? ")[0].split(" | ")) for line in lines]
    doubts = [line.partition(" ? ")[2] for line in lines if " ? " in line]
    assert learned_cards(trainer, learner) == wanted
    name = deck.removeprefix("# ")
    assert (name if name == "Demo" else f"Demo::{name}") in learner.deck_names()
    text = next((trainer.folder / "content/demo").glob("*.md")).read_text("utf-8")
    assert re.findall("<!-- review: (.*) -->", text) == doubts
    assert warnings.count("warning:") == len(doubts)
    assert all(doubt in warnings for doubt in doubts)


def test_the_first_deck_is_read_as_its_22_cards(trainer: Trainer, learner: Learner) -> None:
    trainer.write("tier-1-module-1.txt", (SEED / "tier-1-module-1.txt").read_bytes())
    _, warnings = run_import(trainer, "tier-1-module-1.txt")
    title, cards = seed_cards()
    assert learned_cards(trainer, learner) == [
        (" ".join(question.split()), " / ".join(" ".join(each.split()) for each in answer))
        for question, answer in cards
    ]
    assert f"Tier 1 Module 1::{title}" in learner.deck_names()
    warning, rule = warnings.splitlines()
    assert rule == "    [doubtful-import]"
    assert warning.startswith('tier-1-module-1.txt:14:1: warning: "What’s the NEM')
    backs = [note["Back"] for note in learner.notes().values()]
    assert sorted(back.count("<p>") for back in backs) == [1] * 21 + [2]


def test_one_stray_line_moves_no_other_card() -> None:
    title, cards = seed_cards()
    lines = [title]
    for question, answer in cards:
        lines += [question, *answer]
    stray = "By the way, all of these groups can be reached by chat during office hours."
    for place in range(3, len(lines), 2):
        text = "\n".join([*lines[:place], stray, *lines[place:]])
        (deck,) = read_text(text).decks
        found = {" ".join(card.question.lines) for card in deck.cards}
        missing = {" ".join(question.split()) for question, _ in cards} - found
        assert len(missing) <= 1, (place, missing)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (
            "a | b\nc | d\nstray\nother\ne | f",
            3,
            '"|" separates a term from its definition in 3 of 5',
        ),
        ("a | b | c\nd | e | f\ng | h | i", 1, "each line has 3 parts"),
        ("a\n---\nb\nmore\nc\n---\nd", 7, '"d" is alone'),
        ("a\n---", 1, '"a" is alone'),
        ("---\na", 2, '"a" is alone'),
        ("---", 1, '"---" is alone'),
        ("It tells.\nOf much.\nNobody asks.\nIt ends.\nReally.\nYes.", 1, "neither Q: and A:"),
    ],
)
def test_a_text_that_no_form_explains_is_refused_with_its_line(
    text: str, line: int, words: str
) -> None:
    with pytest.raises(UnknownFormError, match=re.escape(words)) as caught:
        read_text(text)
    assert caught.value.line == line
    assert caught.value.cure


def test_every_small_text_with_rules_is_read_or_refused() -> None:
    for size in range(1, 6):
        for lines in itertools.product(("a", "b - c", "---", ""), repeat=size):
            with contextlib.suppress(UnknownFormError):
                read_text("\n".join(lines))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("more", ["", "\tTags"])
def test_a_header_row_is_no_card(
    trainer: Trainer, learner: Learner, encoding: str, more: str
) -> None:
    text = f"Term\tDefinition{more}\nkWh\tkilowatt hour{more}\nMW\tmegawatt{more}\n"
    trainer.write("demo.txt", text.encode(encoding))
    run_import(trainer, "demo.txt")
    assert learned_cards(trainer, learner) == [("kWh", "kilowatt hour"), ("MW", "megawatt")]


def test_what_parts_a_term_is_found_once_for_all_lines() -> None:
    found = find_sign(["a = b", "c = d", "e = f"])
    assert found is not None
    assert found[0] == '"="'
    assert find_sign(["a = b", "c", "d"]) is None
    assert find_sign(["a | b | c", "d | e | f"]) is None


def test_lines_in_turn_that_nothing_tells_apart_are_doubted_once() -> None:
    words = "casa perro gato libro mesa silla agua vino pan sal sol luna mar rio pez ave".split()
    (deck,) = read_text("\n".join([*words, *words])).decks
    assert ["in turn" in card.doubt for card in deck.cards].count(True) == 1
    (deck,) = read_text("pan\nbread\nsal\nsalt\n").decks
    assert ["in turn" in card.doubt for card in deck.cards] == [True, False]
    (deck,) = read_text("My words\npan\nbread\nsal\nsalt\nsol\n").decks
    assert "in turn" in deck.cards[0].doubt
    (deck,) = read_text("\n".join(f"What is {word}?\n{word}" for word in words)).decks
    assert not any(card.doubt for card in deck.cards)


@pytest.mark.parametrize(
    "line",
    [
        '29\tstomach\t胃\t"<img src=""E8.png"" />"\tbrains, moon',
        '4vcm;<span class="tone4">da</span>;large',
        "el pan|bread|food",
    ],
)
def test_a_text_in_columns_is_refused_as_a_table_with_a_command(
    trainer: Trainer, line: str
) -> None:
    trainer.write("demo.txt", f"{line}\n" * 5)
    result = trainer.run("import", "demo.txt")
    assert result.returncode == 1
    assert "unnamed-columns" in result.told
    assert "ankibuild import demo.txt --columns question,answer,extra" in result.stderr


def test_lines_of_signs_above_terms_are_no_cards() -> None:
    text = "# Java\n# Format: Front\tBack\n\n# Basics\na\tb\nc\td\n\n# == More ==\ne\tf\n"
    for variant in (text, text.replace("\tBack", "[TAB]Back")):
        imported = read_text(variant)
        assert imported.form == "a term and its definition, separated by a tab"
        (deck,) = imported.decks
        assert [card.question.lines[0] for card in deck.cards] == list("ace")
        assert not any(card.doubt for card in deck.cards)
        assert deck.description.lines[1:] == ("# Basics", "# == More ==")


@pytest.mark.parametrize(
    "text",
    [
        '{"avere": {"io": "ho"}}',
        '"note_models": [\n{\n"name": "a",\n\n"css": ".card {}",\n"ord": 3\n}\n]\n',
        "<hr id=answer>\n\n{{FrontSide}}\n{{#Note}}\n{{Note}}\n{{/Note}}\n",
    ],
)
def test_what_was_written_for_a_program_is_no_deck(trainer: Trainer, text: str) -> None:
    trainer.write("demo.txt", text)
    result = trainer.run("import", "demo.txt")
    assert result.returncode == 1
    assert "was written for a program, and holds no cards" in result.told


def test_what_stands_above_the_cards_describes_the_deck() -> None:
    for cards in ("a | b\n" * 20, "Q: a\nA: b\n" * 3):
        (deck,) = read_text(f"My deck\n# for new staff\nand others\n{cards}").decks
        assert deck.name == "My deck"
        assert deck.description.lines == ("# for new staff", "and others")
        assert {(card.question.lines, card.doubt) for card in deck.cards} == {(("a",), "")}
