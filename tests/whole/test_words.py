"""No word is lost: each word of a source is on a card, or a problem stands at its line.

Nor does one change in silence: a sign is seen as it was typed, and a new line stays one.
"""

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ankibuild
from ankibuild.anki.rendering import render_card
from ankibuild.core.problems import has_errors
from ankibuild.core.text import seen_lines, unescape
from tests.helpers.examples import examples
from tests.helpers.lives import see_that_faults_can_be_made, see_that_lives_find
from tests.helpers.places import CASES

MEDIA = {
    f"media/{name}": (CASES / "media" / name).read_bytes() for name in ("meter.png", "greeting.mp3")
}
Body = list[tuple[str, str]]
"""Pieces of a text, each with what ends it."""

# In each piece W becomes a word, and V one in code or math, where a line need not stay one.
TEXTS = (
    *("W W", "W\nW", "W  \nW", "W\\\nW", "W<br>\nW", "*W\nW* W", "[W\nW](https://W.org) W"),
    *("**W** *W* ~~W~~", "W <b>W</b> <sub>W</sub>", "<div>W</div>", '<a href="W">W</a>'),
    *("<W> W", "&W; W", "W &amp; W", "`V` W", "W <!-- review -->\nW", "<https://W.org> W"),
    *('[W](https://W.org "W")', "[W][W]", "[W] W", "[^W] W", "[[W]] W", "W@W.org"),
    *("![W](media/meter.png)", '![W](media/meter.png){width="50%"} W', "![](media/greeting.mp3) W"),
    *("{{c1::W}} W", "{{c1::W::W}} W", "{{c1::W\nW}} W", "{{W}}", "{c1::W}", r"\{{c1::W}} W"),
    *("{#W} W", "W {.W}", "$V = 2$ W", "W $V$", "$$\nV\n$$"),
)
LISTS = (
    *("- W\n- W", "1. W\n2. W", "2. W\n3. W", "* W\nW", "- [ ] W\n- [x] W", "1) W\n\n   - W"),
    *("\u2022 W\n\u2022 W", "\u2013 W\n\u2013 W", "a) W\nb) W", "W:\n2. W\n3. W", "W:\n\u2022 W"),
)
PASTES = (
    *("| W | W |\n|---|---|\n| W | W |", "| W |\n|---|\n| W | W |", "| W | W |\n| W | W |"),
    *("| W | W |\n|---|\n| W | W |", "W | W\n--- | ---\nW | W | W", "W\tW\nW\tW", "W\n\nW\tW"),
    *("    V V", "\tV", "> W\n> W", "> - W\n> - W", "```\nV\n```", "```python V\nV\n```"),
    *(
        "### W",
        "### W #",
        "#### W ####\nW",
        "W\n===\nW",
        "W\n***\nW",
        "[W]: https://W.org",
        "[W]: W",
    ),
)
SIGNS = (
    *(r"C:\W\_W", r"\\W\W\_W", r"%TEMP%\W\~W", "C:\\W\\", "Dial *82* W", "Dial *21*5550100# W"),
    *(
        "> 50 kg W",
        "W > 5 < W",
        "2*3*4 W",
        "A $5 to B$ W",
        "a $5 W and $6 W",
        "W\n50 % & W",
        "W_W_W",
    ),
    *("### W or #", "W | W", "W # W", "#1 W"),
)
HEADINGS = (
    *("W", "W W", "*W* W", "W #", "W ##", "W {#W}", "W {#W} ##", "W {.reversed}", 'W {hint="W"}'),
    *(
        'W {source="W" tags="W"}',
        r"W \{#W}",
        "W {W}",
        "`V` W",
        r"C:\W\_W",
        "W *82*",
        "[W](https://W.org)",
    ),
    *("", "W <i>W</i>", "![W](media/meter.png) W", "W $5 to W$ W"),
)
BLOCKS = st.sampled_from(TEXTS) | st.sampled_from((*LISTS, *PASTES)) | st.sampled_from(SIGNS)
BODIES = st.lists(st.tuples(BLOCKS, st.sampled_from(("\n", "\n\n"))), min_size=1, max_size=3)
NOTES = st.lists(st.tuples(st.sampled_from(HEADINGS), BODIES), min_size=1, max_size=2)


@settings(
    max_examples=examples(600),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(BODIES, NOTES)
def test_no_word_of_a_source_is_lost(about: Body, notes: list[tuple[str, Body]]) -> None:
    see_every_word(about, notes)


def see_every_word(about: Body, notes: list[tuple[str, Body]]) -> None:
    """See that the words, lines and signs of a source are on cards, or in its problems."""
    text, signs = write_source(about, notes)
    parsed = ankibuild.parse(text, media=MEDIA)
    if has_errors(parsed.problems):
        # Nothing is published, and a trainer is told why.
        return
    lines = text.split("\n")
    told = "\n".join(lines[each.line - 1] for each in parsed.problems)
    # The lines of a quote, a list or a table are told of at one of them.
    near = "\n".join(
        line for each in parsed.problems for line in lines[max(each.line - 2, 0) : each.line + 1]
    )
    fields = [parsed.deck.description, *(html for note in parsed.notes for html in note.fields)]
    sides = [parsed.deck.name, parsed.deck.description]
    for note in parsed.notes:
        cards = (render_card(note, ordinal, "Deck") for ordinal in note.ordinals)
        sides += [
            note.note_id,
            *note.tags,
            *(side for card in cards for side in (card.front, card.back)),
        ]
    seen = unescape("\n".join(sides))
    for line, words in enumerate(map(_words, lines), 1):
        for word in words:
            assert word in seen or word in told, f"{word} of line {line} is lost:\n{text}"
    places = {word: line for line, text in enumerate(lines) for word in _words(text)}
    for shown in (line for html in fields for line in seen_lines(html)):
        found = [word for word in _words(shown) if word.startswith("w") and word not in near]
        assert len({places[word] for word in found}) < 2, f"{shown} was more than a line:\n{text}"
    as_seen = "\n".join(line for html in fields for line in seen_lines(html))
    for sign in signs:
        if not any(word in near for word in _words(sign)):
            assert sign in as_seen, f"{sign} is not seen:\n{text}"


def write_source(about: Body, notes: list[tuple[str, Body]]) -> tuple[str, list[str]]:
    """Return a file's text, and the lines of it whose signs must be seen."""
    numbers, signs = count(), list[str]()

    def fill(piece: str) -> str:
        filled = re.sub("[WV]", lambda sign: f"{sign[0].lower()}{next(numbers):03}", piece)
        if piece in SIGNS:
            signs.extend(line.removeprefix("### ") for line in filled.split("\n"))
        return filled

    def body(pieces: Body) -> Iterator[str]:
        for piece, end in pieces:
            yield fill(piece) + end

    parts = [fill("# W\n\n"), *body(about)]
    for heading, pieces in notes:
        parts += ["\n\n## ", fill(heading), "\n\n", *body(pieces)]
    return "".join(parts), signs


def _words(text: str) -> list[str]:
    return re.findall(r"[wv]\d{3}", text)


BROKEN = {
    "a paragraph is one line": ("dialect/markdown.py", '"breaks": True', '"breaks": False'),
    "a plain paragraph is one line": (
        "dialect/plain.py",
        'paragraph.replace("\\n", "<br>\\n")',
        "paragraph",
    ),
    "paths lose their backslashes": ("dialect/markdown.py", "    add_paths(parser)\n", ""),
    "cells are lost": ("dialect/doubts.py", "if any(lost):", "if False:"),
    "definitions vanish": ("dialect/doubts.py", "if label not in used", "if False"),
    "words beside a fence vanish": ("dialect/doubts.py", "maxsplit=1)) > 1", "maxsplit=1)) > 9"),
    "stars vanish": ("dialect/doubts.py", 'before.markup != "*"', "True"),
    "signs become quotes": (
        "dialect/doubts.py",
        "if match := _COMPARED.match(lines[number])",
        "if match := None",
    ),
    "signs end a heading": ("dialect/attributes.py", "_LAST_SIGNS.search(line)", "None"),
    "money becomes math": ("dialect/math.py", "_MONEY.match(math)", "False"),
}
"""Faults that words must find: a module, what stands in it, and what is put in its place."""

WORDS = (
    "from hypothesis import given; from tests.helpers.lives import FOUND;"
    "from tests.whole.test_words import BODIES, NOTES, see_every_word;"
    "FOUND(given(BODIES, NOTES)(see_every_word))()"
)


def test_the_faults_that_words_must_find_can_still_be_made() -> None:
    see_that_faults_can_be_made(BROKEN.values())


@pytest.mark.slow
@pytest.mark.parametrize("fault", BROKEN)
def test_words_find_a_broken_ankibuild(tmp_path: Path, fault: str) -> None:
    see_that_lives_find(BROKEN[fault], WORDS, tmp_path)
