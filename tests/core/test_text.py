"""What one reads of a field, and text that Markdown shows as it is."""

import re
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ankibuild.core.text import (
    escape_markdown,
    lined_text,
    plain_text,
    question_of,
    shorten,
    visible,
)
from tests.helpers.examples import examples

GITHUB = MarkdownIt("gfm-like", {"linkify": False}).disable("linkify")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p>\n<p>two &amp; <b>th</b>ree</p>", "One / two & three"),
        ("a<br>b", "a / b"),
        ("<ul>\n<li>a\nb</li>\n<li></li>\n<li>c</li>\n</ul>", "a b / c"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a / b"),
        ('<img src="x.png" alt="A &quot;meter&quot;" width="9"> x', '[A "meter"] x'),
        ("  ", ""),
    ],
)
def test_a_field_is_read_on_one_line_with_its_lines_kept_apart_or_not(html: str, text: str) -> None:
    assert lined_text(html) == text
    assert plain_text(html) == text.replace(" /", "")


@pytest.mark.parametrize(
    ("fields", "roles", "question"),
    [
        ({"Front": "<b>Who</b>?", "Back": "x"}, "", "Who?"),
        ({"Text": "The {{c1::moon::what}} {{c2,3::x}}", "Title": ""}, "", "The moon x"),
        ({"Text": "The {{c1::moon}}", "Title": "Sky"}, "", "Sky"),
        (
            {"Occlusion": "y", "Image": '<img src="x.png" alt="A meter">', "Header": ""},
            "heading Header picture Image",
            "[A meter]",
        ),
        ({"Word": "el pan", "Meaning": "bread"}, "", "el pan"),
        ({"Topic": "food", "Word": "el pan", "Title": "x"}, "heading Word body Topic", "el pan"),
        ({"Topic": "food", "Word": '<img src="x.png">'}, "heading Word body Topic", "food"),
        ({"No": "7", "Say": "the {{c1::moon}}"}, "body Say", "the moon"),
        ({"No": "7", "Say": ""}, "body Say", "7"),
        ({}, "", ""),
    ],
)
def test_a_note_is_known_by_its_question(fields: dict[str, str], roles: str, question: str) -> None:
    words = roles.split()
    assert question_of(fields, dict(zip(words[::2], words[1::2], strict=True))) == question


@settings(max_examples=examples(100), deadline=None)
@given(st.text(st.sampled_from("ab 1.-+=@\\`*_~[]<>#&(){}!|:/\"'\n"), max_size=12))
def test_escaped_text_is_shown_as_it_is(text: str) -> None:
    for before, words in (("x ", "x"), ("- ", ""), ("- **x**: ", "x:"), ("# x ", "x"), ("", "")):
        html = GITHUB.render(f"{before}{escape_markdown(text)}")
        shown = unescape(re.sub("<[^>]*>", "", html)).replace("\u200b", "")
        assert shown.split() == f"{words} {text}".split(), html


@pytest.mark.parametrize(
    "text",
    [
        *("@media", "a @user-name", "someone@example.org", "#12", "org/repo#12", "GH-12", "gh-7"),
        *("https://example.org", "HTTP://x", "www.example.org", ":tada:", "ftp://x", ":+1:"),
        *("<!-- x -->", "[x](https://x)", "![x](x)", "<img src=x>", "| a | b |", "```", "$x$"),
        *("a\n# b", "a\r\n\r\n- b", "a\u2028b", "# a", "- a", "+ a", "1. a", "12) a", "===", "---"),
        *("    a", "> a", "[ ] a", "[^1]", "&lt;", "\u202ea", "\x1b[31m", "*a*", "~~a~~"),
    ],
)
def test_github_finds_nothing_in_escaped_text(text: str) -> None:
    markdown = escape_markdown(text)
    assert "\n" not in markdown
    html = GITHUB.render(f"- {markdown}")
    assert re.fullmatch(r"<ul>\n<li>[^<]*</li>\n</ul>\n", html), html
    # What GitHub looks for in the text that Markdown has made.
    shown = unescape(html)
    found = r"@\w|#\d|\bGH-\d|[a-z]://|www\.\w|:[\w+-]+:|[\u202a-\u202e\x1b]"
    assert not re.search(found, shown, re.IGNORECASE), shown


def test_what_cannot_be_seen_is_made_visible() -> None:
    assert visible("a\x1b[31m\u202e\n\r\x9b\u200b\ud800b") == "a\ufffd[31m" + "\ufffd" * 6 + "b"
    assert visible("é 質 👩\u200d🔬 \u00a0") == "é 質 👩\u200d🔬 \u00a0"


def test_a_message_names_the_beginning_of_what_is_long() -> None:
    assert shorten("a" * 40) == "a" * 40
    assert shorten("a" * 41) == "a" * 40 + "…"
    assert shorten("abc", 2) == "ab…"
