"""The front matter of a file: what it says, and that nothing in it runs."""

from pathlib import Path

import pytest

from ankibuild.dialect import source
from tests.helpers.faults import errors_of, see_error
from tests.helpers.trainer import Trainer


@pytest.mark.parametrize("path", errors_of("dialect.front_matter"), ids=lambda path: path.stem)
def test_a_mistake_in_front_matter_is_reported(trainer: Trainer, path: Path) -> None:
    see_error(trainer, path)


@pytest.mark.parametrize("value", ["|\n  Words", ">\n  Words", "'Words\n\n  '"])
def test_a_deck_may_be_named_on_a_line_of_its_own(value: str) -> None:
    text = f"---\ndeck: {value}\n---\n\n# Deck\n\n## A {{#a}}\n\nB\n"
    deck, problems = source.parse_file("a.md", text, stem="a")
    assert (deck.name, problems) == ("Words", ())


@pytest.mark.parametrize(
    ("text", "name", "rules"),
    [
        ("# Words\n\n## A {#a}\n\nB\n", "Words", []),
        ("---\ntags: [x]\n---\n# Words\n\n## A {#a}\n\nB\n", "Words", []),
        ("---\ntags: [x]\n---\n\n# Words\n", "Words", []),
        ("---\ntags: [x]\n\n# Words\n", "Words", ["unclosed-front-matter"]),
        (
            "---\ntags: [x]\n\n# Words\n\n## A {#a}\n\nB\n\n---\n\nC\n",
            "Words",
            ["unclosed-front-matter"],
        ),
    ],
)
def test_front_matter_ends_where_it_is_closed(text: str, name: str, rules: list[str]) -> None:
    deck, problems = source.parse_file("a.md", text, stem="a")
    assert (deck.name, [each.rule for each in problems]) == (name, rules)
