"""What one reads of a field, and text that Markdown shows as it is."""

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ankibuild.core.text import escape_markdown, plain_text, question_of, shorten
from tests.helpers.examples import examples


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p>\n<p>two &amp; <b>th</b>ree</p>", "One two & three"),
        ("a<br>b", "a b"),
        ('<img src="x.png" alt="A &quot;meter&quot;" width="9"> x', '[A "meter"] x'),
        ("  ", ""),
    ],
)
def test_a_field_is_read_on_one_line(html: str, text: str) -> None:
    assert plain_text(html) == text


@pytest.mark.parametrize(
    ("fields", "question"),
    [
        ({"Front": "<b>Who</b>?", "Back": "x"}, "Who?"),
        ({"Text": "The {{c1::moon::what}} {{c2,3::x}}", "Title": ""}, "The moon x"),
        ({"Text": "The {{c1::moon}}", "Title": "Sky"}, "Sky"),
        ({"Occlusion": "y", "Image": '<img src="x.png" alt="A meter">', "Header": ""}, "[A meter]"),
        ({"Word": "el pan", "Meaning": "bread"}, "el pan"),
        ({}, ""),
    ],
)
def test_a_note_is_known_by_its_question(fields: dict[str, str], question: str) -> None:
    assert question_of(fields) == question


@settings(max_examples=examples(100), deadline=None)
@given(st.text(st.sampled_from("ab 1.-\\`*_~[]<>#&(){}!|:\"'"), max_size=12))
def test_escaped_text_is_shown_as_it_is(text: str) -> None:
    html = MarkdownIt().enable("strikethrough").render(f"x {escape_markdown(text)} x")
    shown = unescape(re.sub("<[^>]*>", "", html))
    assert shown.split() == f"x {text} x".split()


def test_a_message_names_the_beginning_of_what_is_long() -> None:
    assert shorten("a" * 40) == "a" * 40
    assert shorten("a" * 41) == "a" * 40 + "…"
    assert shorten("abc", 2) == "ab…"
