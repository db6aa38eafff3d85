"""Texts and HTML become Markdown that is read back as the same words."""

import re
from html import unescape

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ankibuild.core.conflicts import find_conflicts
from ankibuild.core.problems import Fragment
from ankibuild.core.text import seen_lines
from ankibuild.dialect.fields import render_block, render_inline
from ankibuild.dialect.source import parse_file
from ankibuild.importers.passages import (
    convert_block,
    write_block,
    write_line,
)
from ankibuild.importers.read_back import is_read_back
from ankibuild.importers.reading import split_text
from tests.helpers.examples import examples

NASTY = st.text(
    st.sampled_from("ab1 \n\t#*_-+>`~=$\\[](){}<>!&;:.|\"'/cx" + "\u00a0\u2028é•"), max_size=40
) | st.sampled_from(
    [
        *("{{c1::x}}", "$x$", "\\(x\\)", "\\[x\\]", "<b>x</b>", "<!-- x -->", "---", "# x"),
        *("{#id .x}", "[sound:x.mp3]", "[$]x[/$]", "![x](media/x.png)", "&amp;"),
        *("```\nx\n```", "| a |\n|---|", "a\n—\nb", "• ab", "\n– ab\n– cd", "\n-ab c\n-de"),
        *("\n1.ab\n2.cd", "a\n2. ab\n3. cd", "\no\tab\no\tcd"),
    ]
)


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(NASTY, min_size=1, max_size=3).map(" ".join))
def test_no_text_becomes_anything_but_itself(text: str) -> None:
    # What looks like a conflict that Git left is refused, and so is a file that has one.
    assume(not find_conflicts(split_text(text)))
    question, answer = write_line(text), write_block(text)
    assert question.lines == split_text(text)
    assert is_read_back(question, render_inline)
    assert is_read_back(answer, render_block)
    bullet = re.compile(r"^([-+*•]|\d+[.)])[ \t]+")
    assert [bullet.sub("", line) for line in answer.lines] == [
        bullet.sub("", line) for line in split_text(text)
    ]
    if question.lines:
        whole = f"# Deck\n\n## {question.markdown} {{#some-id}}\n\n{answer.markdown}\n"
        deck, problems = parse_file("deck.md", whole, stem="deck")
        assert problems == ()
        (note,) = deck.notes
        assert (note.note_id, note.extra.text) == ("some-id", "")
        assert seen_lines(render_inline(note.heading).html) == question.lines
        rendered = render_block(note.body)
        assert (seen_lines(rendered.html), rendered.clozes) == (answer.lines, frozenset())
        rules = {each.rule for each in rendered.problems}
        assert rules.isdisjoint(("list-as-text", "break-as-text"))


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("Line 1 {#id .x}", "Line 1 \\{#id .x}"),
        ("<ul><li>x {#id}</li><li>y</li></ul>", "- x \\{#id}\n- y"),
        ("<p>Wait.</p><p>Is it so?</p><p>It is.</p>", "Wait.\n\nIs it so\\?\n\nIt is."),
        ("<pre><code>a {#id}\n</code></pre>", "```\na {#id}\n```"),
    ],
)
def test_no_line_of_an_answer_looks_like_a_question(html: str, markdown: str) -> None:
    assert convert_block(html).markdown == markdown
    _, problems = parse_file("deck.md", f"# Deck\n\n## Q? {{#q}}\n\n{markdown}\n", stem="deck")
    assert problems == ()


@pytest.mark.parametrize("words", ["{{c1::x}}", r"\{{c1::x}}", r"\\{{c1::x}}"])
def test_a_cloze_that_anki_shows_as_words_stays_words(words: str) -> None:
    text = convert_block(f"a {words} b").markdown
    rendered = render_block(Fragment(path="a.md", line=1, column=1, text=text))
    assert not rendered.clozes
    assert unescape(rendered.html) == f"<p>a {words} b</p>"
