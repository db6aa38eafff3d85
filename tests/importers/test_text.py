"""Plain text: each form of it is told apart and read."""

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
        ("a | b\nc | d\nstray\nother\ne | f", 3, '"|" parts a term from its definition in 3 of 5'),
        ("a | b | c\nd | e | f\ng | h | i", 1, "each line has 3 parts"),
        ("a\n---\nb\nmore\nc\n---\nd", 7, '"d" stands alone'),
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
    assert ["nothing in this text tells" in card.doubt for card in deck.cards].count(True) == 1
    (deck,) = read_text("\n".join(f"What is {word}?\n{word}" for word in words)).decks
    assert not any(card.doubt for card in deck.cards)


def test_what_stands_above_the_cards_describes_the_deck() -> None:
    for cards in ("a | b\n" * 20, "Q: a\nA: b\n" * 3):
        (deck,) = read_text(f"My deck\n# for new staff\nand others\n{cards}").decks
        assert deck.name == "My deck"
        assert deck.description.lines == ("# for new staff", "and others")
        assert {(card.question.lines, card.doubt) for card in deck.cards} == {(("a",), "")}
