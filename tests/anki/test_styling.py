"""The look of the cards: readable by day and by night, and a package's own where it has one."""

import re
from importlib.resources import files
from itertools import product

import pytest

from ankibuild.anki.styling import check_style
from tests.helpers.learner import Learner, Log
from tests.helpers.trainer import SETTINGS, Trainer

STYLE = files("ankibuild").joinpath("anki", "templates", "style.css").read_text("utf-8")
INKS = ("ink", "quiet", "accent", "string", "number")
GROUNDS = ("paper", "shade", "notice")
READABLE = 4.5
"""The contrast of WCAG 2.2, level AA, for text of any size."""

DECK = "# Deck\n\n## A {#a}\n\nB\n\n## {#c}\n\n{{c1::D}} e\n"
OWN = ".card { --accent: #8a1c5b; --measure: 40em }\n"
NAME = "demo front-back (ankibuild)"


def variables(style: str, selector: str) -> dict[str, str]:
    """Return the variables that the rules of a selector set, the last ones winning."""
    found: dict[str, str] = {}
    for block in re.findall(rf"^{re.escape(selector)} {{(.*?)}}", style, re.MULTILINE | re.DOTALL):
        found |= re.findall(r"--([\w-]+): *([^;}]+)", block)
    return {name: value.strip() for name, value in found.items()}


BY_DAY = variables(STYLE, ".card")
BY_NIGHT = variables(
    STYLE, ".nightMode.card, .night_mode.card, .nightMode .card, .night_mode .card"
)


def luminance(colour: str) -> float:
    """Return the relative luminance of #rrggbb: https://www.w3.org/TR/WCAG22/."""
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


@pytest.mark.parametrize("time", ["day", "night"])
@pytest.mark.parametrize(("ink", "ground"), list(product(INKS, GROUNDS)))
def test_every_ink_is_readable_on_every_ground(time: str, ink: str, ground: str) -> None:
    colours = BY_DAY if time == "day" else BY_DAY | BY_NIGHT
    assert contrast(colours[ink], colours[ground]) >= READABLE


@pytest.mark.parametrize("time", ["day", "night"])
@pytest.mark.parametrize("ground", ["good", "bad", "missed"])
def test_what_is_compared_is_readable(time: str, ground: str) -> None:
    colours = BY_DAY if time == "day" else BY_DAY | BY_NIGHT
    assert contrast(colours["ink"], colours[ground]) >= READABLE


def test_masks_are_told_apart_by_day_and_by_night() -> None:
    for colours in (BY_DAY, BY_DAY | BY_NIGHT):
        assert contrast(colours["mask"], colours["mask-asked"]) >= 2.5
        # WCAG 2.2, 1.4.11: what is not text has a contrast of three to what is beside it.
        assert contrast(colours["mask"], colours["mask-edge"]) >= 3
        assert contrast(colours["mask-asked"], colours["mask-edge"]) >= 3


def test_every_colour_of_the_day_has_one_of_the_night_and_is_the_only_place_of_it() -> None:
    by_day = {name for name, value in BY_DAY.items() if value.startswith("#")}
    assert by_day == BY_NIGHT.keys()
    assert set(INKS) | set(GROUNDS) < by_day
    for name, value in re.findall(r"[;{\s](color|background|border\S*): ([^;]+);", STYLE):
        literal = re.search("#[0-9a-f]{3,8}", value)
        assert literal is None or literal[0] == "#fff", f"{name}: {value}"
    assert set(re.findall(r"var\(--([\w-]+)\)", STYLE)) <= BY_DAY.keys()


def test_night_phone_and_still_screens_are_thought_of() -> None:
    for part in (".nightMode", ".night_mode", "max-width: 30em", "prefers-reduced-motion"):
        assert part in STYLE
    # Anki's own "body.nightMode" sets a ground that a plain ".card" would lose to.
    night = STYLE[STYLE.index(".nightMode.card") :].partition("}")[0]
    assert "background: var(--paper)" in night


@pytest.mark.parametrize(
    ("language", "direction"),
    [
        *((language, "rtl") for language in ("ar", "ar-EG", "fa", "he", "ur", "yi", "az-Arab")),
        *((language, "ltr") for language in ("en", "de-AT", "zh-Hant-TW", "ur-Latn", "arn")),
        ("", "auto"),
    ],
)
def test_a_card_runs_as_its_language_does(
    trainer: Trainer, learner: Learner, language: str, direction: str
) -> None:
    trainer.write_package(DECK, settings=f'{SETTINGS}language = "{language}"\n')
    learner.import_package(trainer.build(1_700_000_000))
    for side in (*learner.render("a"), *learner.render("c")):
        assert side.startswith(f'<div class="note" dir="{direction}"')
        assert (f' lang="{language}"' in side) is bool(language)


def test_a_packages_own_style_comes_last_on_each_of_its_cards(
    trainer: Trainer, learner: Learner
) -> None:
    trainer.write_package(DECK)
    trainer.write("content/demo/style.css", "\ufeff" + OWN.replace("\n", "\r\n"))
    learner.import_package(trainer.build(1_700_000_000))
    for note_type in (NAME, "demo cloze (ankibuild)"):
        assert learner.style(note_type) == f"{STYLE}\n/* demo */\n{OWN}"
    assert variables(learner.style(NAME), ".card")["accent"] == "#8a1c5b"
    assert learner.faults() == []


def test_a_new_style_is_a_change_of_the_look_alone(trainer: Trainer, learner: Learner) -> None:
    trainer.write_package(DECK)
    trainer.release(1_700_000_000)
    learner.import_package(trainer.folder / "dist/demo-1.0.0.apkg")
    learner.study()
    progress = learner.progress()
    trainer.write("content/demo/style.css", OWN)
    assert trainer.run("diff").stdout.splitlines() == [
        "demo: 1.0.0 → 1.0.1",
        "  look: templates or style of front-back notes",
        "  look: templates or style of cloze notes",
    ]
    trainer.release(1_700_000_100)
    notes = (trainer.folder / "dist/demo-1.0.1.md").read_text("utf-8")
    assert "No note changed, only the look or a link of the cards." in notes
    page = (trainer.folder / "dist/index.html").read_text("utf-8")
    assert "No note, only the look or a link of the cards" in page
    assert learner.import_package(trainer.folder / "dist/demo-1.0.1.apkg") == Log(0, 0, 2, 0)
    assert OWN in learner.style(NAME)
    assert learner.progress() == progress


def test_a_learners_style_survives_a_release_that_changes_no_look(
    trainer: Trainer, learner: Learner
) -> None:
    trainer.write_package(DECK)
    trainer.write("content/demo/style.css", OWN)
    trainer.release(1_700_000_000)
    learner.import_package(trainer.folder / "dist/demo-1.0.0.apkg")
    mine = learner.style(NAME) + ".card { --size: 2rem }"
    learner.restyle(NAME, mine)
    trainer.write("content/demo/1.md", DECK.replace("B", "New"))
    trainer.release(learner.now() + 60)
    assert learner.import_package(trainer.folder / "dist/demo-1.0.1.apkg") == Log(0, 1, 1, 0)
    assert learner.fields("a")["Back"] == "<p>New</p>"
    assert learner.style(NAME) == mine


@pytest.mark.parametrize(
    ("style", "message"),
    [
        ('@import "x.css";', '1:1: "@import" fetches another file; cards work offline: paste'),
        ("@media print { @im\\70ort url(x.css) }", '1:16: "@import" fetches another file'),
        (
            ".card {\n  background: url(paper.png) }",
            '2:15: "paper.png" is another file; a style brings no files',
        ),
        ("@font-face { src: url('https://x.org/a.woff2') }", '1:19: "https://x.org/a.woff2" is'),
        (".a { background: image-set('a.png' 1x) }", '1:18: "a.png" is another file'),
        (
            """a { background: image-set("data:,x" 2x, "http://e.org/x" 1x) }""",
            '1:17: "http://e.org/x" is another file',
        ),
        (
            """a { --u: "//e.org"; background: -webkit-image-set(var(--u) 1x) }""",
            '1:33: "var()" may stand for another file',
        ),
        ("""a { --u: image\\2d set("//e.org" 1x) }""", '1:10: "//e.org" is another file'),
        ("a { b: url(data:,x) u\\72l(x.css) }", '1:21: "x.css" is another file'),
        ("a { color: red }\n/* </Style> */", '2:4: "</Style" would end the style of the card'),
        (".card { color: red } }", "1:22: this is not CSS ("),
        (".card", "1:2: this is not CSS ("),
    ],
)
def test_a_style_that_would_not_work_is_an_error(
    trainer: Trainer, style: str, message: str
) -> None:
    trainer.write_package(DECK)
    trainer.write("content/demo/style.css", style)
    result = trainer.run("build")
    assert result.returncode == 1
    assert f"content/demo/style.css:{message}" in result.told
    assert not list(trainer.folder.glob("dist/*"))


def test_a_style_may_hold_what_it_shows(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    data = "url(data:image/gif;base64,R0lGODlhAQABAAAAACw=)"
    trainer.write("content/demo/style.css", f".card {{ background: {data}; fill: url(#a) }}\n")
    assert trainer.run("build").returncode == 0
    trainer.write("content/demo/style.css", b"\xff")
    assert "style.css:1:1: the byte" in trainer.run("build").told


@pytest.mark.parametrize(
    ("style", "rules"),
    [
        ("@namespace url(https://example.org);", ["file-in-style"]),
        ('a { background: url(" data:image/png;base64,") }', []),
    ],
)
def test_files_are_found_wherever_a_style_names_them(style: str, rules: list[str]) -> None:
    assert [each.rule for each in check_style("style.css", style)] == rules
