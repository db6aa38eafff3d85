"""What Anki's reviewer adds to a card is added here too."""

import time

import pytest

import ankibuild
from ankibuild.anki.rendering import render_card
from ankibuild.preview.reviewer import show_side, show_style
from tests.helpers.trainer import Trainer

DECK = """\
# Deck

About it.

## First {#first}

One.

## Second {#second .typed hint="think" tags="x"}

Two $a^2$.
"""


def test_what_is_not_in_the_package_is_not_fetched(trainer: Trainer) -> None:
    note = ankibuild.load(trainer.write("deck.md", DECK)).notes[0]
    html = "<img src=https://x.org/y.png alt=y> <video src='z.mp4'></video>"
    shown = show_side(html, note, 0, note.media, is_back=False)
    assert shown == html.replace(" src=", " data-missing=")


def test_boxes_hints_and_formulas_need_no_script(trainer: Trainer) -> None:
    path = trainer.write("deck.md", DECK)
    note = ankibuild.load(path).notes[1]
    card = render_card(note, 0, "Deck")
    front = show_side(card.front, note, 0, note.media, is_back=False)
    assert "<input type=text id=typeans" in front
    assert '<div class="hint" dir="auto" style="display: none">think</div>' in front
    assert "onclick" in card.front
    assert "onclick" not in front
    back = show_side(card.back, note, 0, note.media, is_back=True)
    assert "<code id=typeans>Two \\(a^2\\).</code>" in back
    assert '<div class="answer" dir="auto"><p>Two \\(a^2\\).</p>' in back


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        (r"\(\ce{H2O}\) \[a &lt; b\]", r"\(\ce{H2O}\) \[a &lt; b\]"),
        ("[sound:gone.mp3]", '<span class="missing">gone.mp3 is missing</span>'),
        ("a<script>alert(1)</script>b<SCRIPT src=x>", "ab"),
        ("[[type:Nothing]]", "Type answer: unknown field Nothing"),
        (
            "[anki:tts lang=en_US]hi[/anki:tts]",
            '<span class="speech">🔊</span><span hidden>hi</span>',
        ),
    ],
)
def test_the_reviewer_shows_it_so(trainer: Trainer, html: str, shown: str) -> None:
    note = ankibuild.load(trainer.write("deck.md", DECK)).notes[0]
    assert show_side(html, note, 0, note.media, is_back=False) == shown


def test_masks_lie_on_their_picture(trainer: Trainer) -> None:
    note = ankibuild.load(trainer.write("deck.md", DECK)).notes[0]
    masks = (
        '<div class="cloze" data-ordinal="1" data-shape="rect" data-left=".25" data-top=".5" '
        'data-width=".1" data-height=".2" ></div>'
        '<div class="cloze-inactive" data-ordinal="2" data-shape="rect" data-left=".5" ></div>'
    )
    html = f'<div>{masks}</div><img><canvas id="image-occlusion-canvas"></canvas>'
    place = "left: 25%; top: 50%; width: 10%; height: 20%;"
    mask = f'<div class="mask cloze-mask rect" style="{place}"></div>'
    laid = f'<div id="image-occlusion-canvas">{mask}</div>'
    assert show_side(html, note, 0, note.media, is_back=False).endswith(f"<img>{laid}")


@pytest.mark.parametrize(
    "piece", ["\\(", "<img ", "[sound:", "[[type:", "[anki:tts lang=a]", "{{c1::"]
)
def test_a_flood_on_a_card_ends_in_time(trainer: Trainer, piece: str) -> None:
    note = ankibuild.load(trainer.write("deck.md", DECK)).notes[0]
    started = time.monotonic()
    show_side(piece * 10_000, note, 0, note.media, is_back=True)
    assert time.monotonic() - started < 5


def test_a_style_loads_the_files_of_the_package_from_the_preview() -> None:
    css = "a { b: url(_x y.png) } c { d: url( '_x y.png' ) url(gone.png) }"
    found = 'url("/media/_x%20y.png")'
    assert show_style(css, {"_x y.png"}) == f"a {{ b: {found} }} c {{ d: {found} url(gone.png) }}"
