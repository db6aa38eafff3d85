"""The parts of a note become HTML in one go."""

import re

from ankibuild.core.problems import Fragment
from ankibuild.dialect.fields import render_block, render_note
from ankibuild.dialect.source import parse_file

NOTE = """\
# Deck

## *What* is it? {#what hint="a <b> thing" source="p. 3"}

A {{c1::meter}}.

---

More.
"""


def test_all_parts_of_a_note_are_written() -> None:
    (source,) = parse_file("a.md", NOTE, stem="a").deck.notes
    parts = render_note(source, {})
    assert parts.heading.html == "<em>What</em> is it?"
    assert (parts.body.html, parts.body.clozes) == ("<p>A {{c1::meter}}.</p>", frozenset({1}))
    assert parts.extra.html == "<p>More.</p>"
    assert (parts.hint, parts.source) == ("a &lt;b&gt; thing", "p. 3")
    assert (parts.occlusion, parts.problems) == (None, ())


def test_a_cell_without_anything_to_see_keeps_its_place() -> None:
    text = "| a | b | c |\n|---|---|---|\n| 1 | <!-- todo --> | 3 |"
    source = Fragment(path="a.md", line=1, column=1, text=text)
    assert re.findall("<td>(.*)</td>", render_block(source).html) == ["1", "", "3"]
