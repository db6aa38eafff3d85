"""Plain Markdown is written at sight, to the very HTML that the parser makes of it."""

import re
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ankibuild import load
from ankibuild.core.notes import Rendered
from ankibuild.core.problems import Fragment
from ankibuild.dialect import fields, markdown, outline, plain, source
from tests.helpers.examples import examples
from tests.helpers.places import CASES, ROOT

_CONTENT = ROOT / "content"
_CASES = sorted(CASES.rglob("*.md"))
_PLAIN = (
    *("a", "Word ", "\u00fcber ", "9", ". ", ", ", " (", ") ", "\u201e", "\u2013", "\u20ac", "'"),
    *('"', "&", " & "),
    *("*", "**", "`", "*a*", "**b c** ", "`d  e`", "- ", "- item\n", "1. ", "2) ", "1. one\n"),
    *("\n", "\n\n", "\n\n\n", "  "),
)
_STRANGE = (
    *("#", "##", "---", "+", "* ", ":", "|", "&amp;", "<", ">", "<b>", "[", "]", "{", "}"),
    *("$", "&amp", "#38;", ";"),
    *("_", "~", "\\", "\t", "``", "\u00a0", "\u3000", "\u2028", "\ufeff", "\u200b", "e\u0301"),
    *("\u00bd", "\u0661. ", "\ufdd0", "\uffff", "{{c1::x}}", "[sound:x]", "!", "=", "%", "\ufffc"),
)
_TEXTS = st.lists(st.sampled_from(_PLAIN), max_size=12) | st.lists(
    st.sampled_from((*_PLAIN, *_STRANGE)), max_size=12
)


def fragment(text: str) -> Fragment:
    """Return a text as if it stood in a file."""
    return Fragment(path="a.md", line=1, column=1, text=text)


def block(text: str) -> tuple[Rendered, Rendered]:
    """Return the paragraphs as they are written, and as the parser writes them."""
    return fields.render_block(fragment(text)), markdown.render_block(fragment(text), {})


def inline(text: str) -> tuple[Rendered, Rendered]:
    """Return the line as it is written, and as the parser writes it."""
    return fields.render_inline(fragment(text)), markdown.render_inline(fragment(text), {})


@settings(max_examples=examples(800), deadline=None)
@given(_TEXTS)
def test_what_is_written_at_sight_is_what_the_parser_writes(pieces: list[str]) -> None:
    text = "".join(pieces)
    for found, expected in (block(text), inline(text.replace("\n", " "))):
        assert found == expected


@pytest.mark.parametrize("path", _CASES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_parts_of_every_example_are_written_as_the_parser_writes_them(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
    for paragraph in (text, *re.split(r"\n\n+|\n \.\n", text)):
        found, expected = block(paragraph)
        assert found == expected
    for line in text.split("\n"):
        found, expected = inline(line)
        assert found == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "One *two* **three four**, `five_six`.",
        "Two\nlines & more",
        "One:\n- two\n- three\n\nFour",
        "1. one\n2. two",
    ],
)
def test_the_parser_is_spared_where_a_text_is_plain(text: str) -> None:
    with patch.object(markdown, "render_block") as parse:
        fields.render_block(fragment(text))
    assert not parse.called


def test_most_of_the_bundled_deck_is_written_at_sight() -> None:
    with patch.object(markdown, "render_block", wraps=markdown.render_block) as parse:
        notes = load(_CONTENT / "tier-1").notes
    assert parse.call_count < len(notes)


_ANSWERS = (
    *("An answer.", "with a [link] and `code`", "", "    indented", "\tafter a tab", "  two"),
    *("---", "- - -", " -- -", "***", "-", "===", "- item", "  - nested", "   10) ten", "+ plus"),
    *("```", "```", "```python", "````", "``` ", "   ```", "\t```", "    ```", "```occlusion"),
    *("$$", "$$ ", "x $$\u00a0", "$$$", "$$ x", "# in code", "## in code", "a: 1, 1, 9, 9"),
    *("~~~", "~~~ python", "  ```", "- ```", "> ~~~", "$$", "$$ x $$", "- $$", "x = 1 $$"),
    *("> quote", "- > quote", "> ## quoted", "- ## in a list", "| a | b |", "|---|---|"),
    *("[link]: https://example.org", '[two]: https://example.org "', '"', "<!-- comment", "-->"),
    *("+ " * 30 + "x", "1. " * 30 + "x", "- " * 30 + "x", ">" * 60 + " x", "- " + ">" * 60),
    *("> > two", "> - 1. x", "> ---", ">---", ">     code", "1) > x", "> > > deep"),
    "\n".join(f"> {' ' * n}- x" for n in range(0, 60, 2)),
    "\n".join(f"{' ' * n}- x" for n in range(0, 60, 2)),
    "\n".join(f"{' ' * n}> - x" for n in range(0, 9, 2)),
    *(" ## Indented", "### Deeper", "##Glued", "##\u00a0x", "#", " # Deck"),
)


_NOTES = st.tuples(
    st.sampled_from(
        ("## Question", "## Another {#id}", "## Either | or", "##", "##\tTab", "# Deck", "# ", "")
    ),
    st.lists(st.sampled_from(_ANSWERS), max_size=6),
)


@settings(max_examples=examples(400), deadline=None)
@given(st.lists(_NOTES, max_size=5))
def test_the_outline_of_a_file_is_that_of_the_whole(notes: list[tuple[str, list[str]]]) -> None:
    text = "\n".join(line for heading, answer in notes for line in (heading, *answer))
    found = source.parse_file("a.md", text, stem="a")
    with patch.object(outline, "find_plain_headings", lambda *_: None):
        assert source.parse_file("a.md", text, stem="a") == found
        with patch.object(outline, "without_answers", list):
            assert source.parse_file("a.md", text, stem="a") == found


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [
        ("# Deck\n\n## A\n\nAn *answer*.\n\n- one\n---\nextra\n", True),
        ("About it.\n\n# Deck\n", False),
        ("# Deck\n\n## A\n\n```\n## no heading\n```\n", True),
        ("# Deck\n\n## A\n\n~~~ c\n# no\n~~~\n", False),
        ("# Deck\n\n## A\n\n```occlusion\na: 1, 1, 9, 9\n```\n", False),
        ("# Deck\n\n## A\n\n$$\n## no heading\n$$\n", True),
        ("# Deck\n\n## A\n\n```\n## no heading\n", False),
        ("# Deck\n\n## A\n\n| a |\n---\n| b |\n", False),
        ("# Deck\n\n## A ##\n\nAn answer.\n", False),
    ],
)
def test_the_parser_is_spared_where_the_outline_is_plain(text: str, *, is_plain: bool) -> None:
    with patch.object(markdown, "parse_blocks", wraps=markdown.parse_blocks) as parse:
        source.parse_file("a.md", text, stem="a")
    assert parse.called is not is_plain


def test_the_parser_is_spared_for_a_plain_line() -> None:
    with patch.object(markdown, "render_inline") as parse:
        assert fields.render_inline(fragment("What is *it*?")).html == "What is <em>it</em>?"
    assert not parse.called


def test_answers_without_structure_are_left_out_of_what_is_parsed() -> None:
    lines = ["## A", "> one", "---", "more", "## B", "| a |", "---"]
    assert plain.without_answers(lines) == ["## A", "", "---", "", "## B", "| a |", "---"]
    lines = ["# Deck", "about", "## A", "```", "# two", "```", "## B", "- - -", "three"]
    found = plain.without_answers(lines)
    assert found == ["# Deck", "", "## A", "", "", "", "## B", "- - -", "three"]
    assert plain.without_answers(["## A", "last"]) == ["## A", ""]


def test_a_heading_whose_words_begin_with_the_sign_is_left_to_the_parser() -> None:
    assert plain.find_plain_headings(["# Deck", "", "## #1 of all"]) is None
    assert plain.find_plain_headings(["# Deck", "", "## One"]) == [
        (1, 0, "Deck", None),
        (2, 2, "One", None),
    ]
