"""Where notes begin and end: what leaves answers unread while it looks finds the same."""

from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ankibuild.dialect import markdown, outline, source
from tests.helpers.faults import errors_of, see_error
from tests.helpers.trainer import Trainer


@pytest.mark.parametrize("path", errors_of("dialect.outline"), ids=lambda path: path.stem)
def test_what_hides_where_notes_begin_is_reported(trainer: Trainer, path: Path) -> None:
    see_error(trainer, path)


_ANSWERS = (
    *("An answer.", "with a [link] and `code`", "", "    indented", "\tafter a tab", "  two"),
    *("---", "- - -", " -- -", "***", "-", "===", "- item", "  - nested", "   10) ten", "+ plus"),
    *("```", "~~~ python", "  ```", "- ```", "> ~~~", "$$", "$$ x $$", "- $$", "x = 1 $$"),
    *("> quote", "- > quote", "> ## quoted", "- ## in a list", "| a | b |", "|---|---|"),
    *("[link]: https://example.org", '[two]: https://example.org "', '"', "<!-- comment", "-->"),
    *("+ " * 30 + "x", "1. " * 30 + "x", "- " * 30 + "x", ">" * 60 + " x", "- " + ">" * 60),
    *(" ## Indented", "### Deeper", "##Glued", "##\u00a0x", "#", " # Deck"),
)


_NOTES = st.tuples(
    st.sampled_from(
        ("## Question", "## Another {#id}", "## Either | or", "##", "##\tTab", "# Deck")
    ),
    st.lists(st.sampled_from(_ANSWERS), max_size=4),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(_NOTES, max_size=5))
def test_the_outline_of_a_file_is_that_of_the_whole(notes: list[tuple[str, list[str]]]) -> None:
    text = "\n".join(line for heading, answer in notes for line in (heading, *answer))
    found = source.parse_file("a.md", text, stem="a")
    with patch.object(outline, "_find_at_sight", lambda *_: None):
        assert source.parse_file("a.md", text, stem="a") == found
        with patch.object(outline, "_without_answers", list):
            assert source.parse_file("a.md", text, stem="a") == found


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [
        ("# Deck\n\n## A\n\nAn *answer*.\n\n- one\n---\nextra\n", True),
        ("About it.\n\n# Deck\n", False),
        ("# Deck\n\n## A\n\n```\n## no heading\n```\n", False),
        ("# Deck\n\n## A\n\n| a |\n---\n| b |\n", False),
        ("# Deck\n\n## A ##\n\nAn answer.\n", False),
    ],
)
def test_the_parser_is_spared_where_the_outline_is_plain(text: str, *, is_plain: bool) -> None:
    with patch.object(markdown, "parse_blocks", wraps=markdown.parse_blocks) as parse:
        source.parse_file("a.md", text, stem="a")
    assert parse.called is not is_plain


@pytest.mark.parametrize("indentation", [lambda depth: "  " * depth, lambda depth: "\t" * depth])
def test_what_nests_too_deeply_line_by_line_is_found(indentation: Callable[[int], str]) -> None:
    lines = [f"{indentation(depth)}- x" for depth in range(30)]
    found = source.parse_file("a.md", "\n".join(["# A", "## B", *lines]), stem="a")
    assert "deep" in found.problems[0].message
