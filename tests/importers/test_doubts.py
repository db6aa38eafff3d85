"""Doubts say something: what most cards share is said once, and what is no card is marked."""

from pathlib import Path

from ankibuild.importers.doubts import Doubts
from ankibuild.importers.imported import ImportedCard, ImportedDeck
from ankibuild.importers.passages import keep_block, keep_line


def _doubts(*cards: tuple[str, str]) -> tuple[list[str], list[str]]:
    """Return what is said of each card, and all warnings."""
    made = tuple(
        ImportedCard(question=keep_line(question), answer=keep_block(answer), line=line)
        for line, (question, answer) in enumerate(cards, 1)
    )
    doubts = Doubts([ImportedDeck(name="A", cards=made)])
    return [doubts.of(card) for card in made], [each.message for each in doubts.tell(Path("a.md"))]


def test_what_most_cards_share_is_said_once_of_the_file() -> None:
    said, warnings = _doubts(
        *((f"What {n}?", f"That. [up](#{n})") for n in range(9)), ("What?", "That. <x>")
    )
    assert said[:9] == [""] * 9
    assert said[9] == 'the HTML "<x>" is shown as text'
    assert warnings == [
        '9 of 10 notes, this one first: a card cannot open the link to "#0"',
        '"What?": the HTML "<x>" is shown as text',
    ]


def test_what_few_cards_share_is_said_of_each() -> None:
    said, _ = _doubts(*((f"What {n}?", f"That. [up](#{n})") for n in range(3)))
    assert said == [f'a card cannot open the link to "#{n}"' for n in range(3)]


def test_faults_of_one_kind_are_counted() -> None:
    said, _ = _doubts(("What?", "[a](#a) and [b](#b) and [c](#c)"))
    assert said == ['a card cannot open the link to "#a", and 2 more like it']


def test_what_is_no_card_is_marked() -> None:
    said, _ = _doubts(
        ("Table of Contents", "none"),
        ("⬆ Back to top", "up"),
        ("* * *", "..."),
        ("Where?", "- [a](https://a.a)\n- [b](https://b.b)"),
        ("The body", "\n".join(f"- la palabra {n} - word {n}" for n in range(12))),
        ("≠", "not equal"),
        ("What stands in the index?", "The [one](https://a.a), the [other](https://b.b)."),
        ("→", "![an arrow](media/arrow.png)"),
    )
    assert said[:5] == [
        "it may be part of the page rather than a card",
        "it may be part of the page rather than a card",
        "it has no letters",
        "its answer is nothing but links",
        "its answer is a list of terms with their meanings: each may be a card",
    ]
    assert said[5:] == [""] * 3


def test_a_tag_that_is_left_out_is_named() -> None:
    card = ImportedCard(question=keep_line("a"), answer=keep_block("b"), tags=("x marked", "y"))
    doubts = Doubts([ImportedDeck(name="A", cards=(card,))])
    assert doubts.of(card) == 'the tag "marked" is left out'
