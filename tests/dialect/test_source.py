"""What leaves answers unread while notes are looked for changes nothing that is found."""

from pathlib import Path

import pytest

from ankibuild.dialect import source
from tests.helpers.faults import errors_of, see_error
from tests.helpers.trainer import Trainer


def test_a_heading_is_no_head_of_a_table() -> None:
    note = "## Either | or {#x}\n| --- | --- |\n| a | b |\n\n---\n\nMore.\n"
    for text in (note, f"{note}\n## Code {{#y}}\n\n```\n# code\n```\n"):
        first, *_ = source.parse_file("a.md", f"# Deck\n\n{text}", stem="a").deck.notes
        assert first.note_id == "x"
        assert first.extra.text == "More."


@pytest.mark.parametrize("path", errors_of("dialect.source"), ids=lambda path: path.stem)
def test_a_mistake_in_the_order_of_a_file_is_reported(trainer: Trainer, path: Path) -> None:
    see_error(trainer, path)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("---\norder: 1\n---\n\nStray.\n\n# Deck\n", [("misplaced-text", 5, 1)]),
        ("---\norder: 1\n---\n\n#\n", [("empty-deck-heading", 5, 1)]),
        ("# Deck\n\n# Other\n", [("second-deck-heading", 3, 1)]),
        ("\n\n## A {#a}\n\nB\n", [("missing-deck-heading", 1, 1)]),
        ("---\ndeck: Moves\n---\n\n## A {#a}\n\nB\n", []),
        ('# D\n\n## A {#a guid="x/y" note-type="n"}\n\nB\n', [("invalid-guid", 3, 6)]),
    ],
)
def test_a_problem_of_a_file_has_its_place(text: str, places: list[tuple[str, int, int]]) -> None:
    problems = source.parse_file("a.md", text, stem="a").problems
    assert [(each.rule, each.line, each.column) for each in problems] == places
    assert all("x%2Fy" in each.cure for each in problems if each.rule == "invalid-guid")


def test_the_parts_of_a_file_begin_and_end_at_their_words() -> None:
    text = "---\norder: 1\n---\n#  Deck\n\n## A {#a}\nB\n  \n---\nC\n  \n"
    deck = source.parse_file("a.md", text, stem="a").deck
    (note,) = deck.notes
    assert (deck.heading.line, deck.heading.column, deck.heading.text) == (4, 4, "Deck")
    assert (note.body.text, note.extra.text) == ("B", "C")
    assert (note.body.line, note.extra.line) == (7, 10)
