"""What changed in a note is told by whole words, numbers and cards."""

import pytest

from ankibuild.releases.differences import as_markdown, compare_words
from tests.helpers.demo import FIRST, START
from tests.helpers.trainer import Trainer


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("$0.58", "$0.57"),
        ("$.58", "$.57"),
        ("US$1,000.50", "US$1,000.75"),
        ("CHF1.50", "CHF1.60"),
        ("1.50€", "1.60€"),
        ("\u20ac1.50", "\u20ac1.60"),
        ("10 500", "10 400"),
        ("1\u2019000.5", "1\u2019000.7"),
        ("-5", "-6"),
        ("\u22125", "5"),
        ("12.5%", "12.7%"),
        ("5%", "5"),
        ("1.5kWh", "2.5kWh"),
        ("10:30", "10:45"),
        ("2024-06-15", "2024-06-16"),
        ("1/2", "1/3"),
        ("v1.2.3", "v1.2.4"),
        ("c1", "c2"),
    ],
)
def test_a_number_is_one_word(old: str, new: str) -> None:
    assert compare_words(f"It costs {old}, or less.", f"It costs {new}, or less.") == (
        ("same", "It costs "),
        ("old", old),
        ("new", new),
        ("same", ", or less."),
    )


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("a 5-kW pump", "a 6-kW pump", ["a ", "5", "6", "-kW pump"]),
        ("mid-1990", "mid-1991", ["mid-", "1990", "1991"]),
        ("It is 5.", "It is 6.", ["It is ", "5", "6", "."]),
        ("5, 6", "5, 7", ["5, ", "6", "7"]),
        ("a $x", "a $y", ["a ", "$x", "$y"]),
    ],
)
def test_what_only_stands_beside_a_number_is_no_part_of_it(
    old: str, new: str, parts: list[str]
) -> None:
    assert [text for _, text in compare_words(old, new)] == parts


def test_money_that_changed_is_marked_in_markdown() -> None:
    parts = compare_words("It costs US$0.58.", "It costs US$0.57.")
    assert as_markdown(parts) == r"It costs ~~US\$0.58~~**US\$0.57**."


def test_a_card_that_goes_is_named(trainer: Trainer) -> None:
    text = FIRST.replace("{#fee}", "{#fee .reversed}")
    trainer.write_package(text)
    trainer.release(START)
    trainer.write_package(FIRST.replace("{{c2::earth}}", "earth"))
    assert trainer.run("diff").stdout.splitlines() == [
        "demo: 1.0.0 → 1.0.1",
        "  changed: fee: What is a fee?",
        "      reversed: switched off",
        "      card gone: [-Reverse-]",
        "  changed: moon: The moon",
        "      Text: The {{c1::moon}} orbits the [-{{c2::-]earth[-}}-].",
        "      card gone: [-earth-]",
    ]
