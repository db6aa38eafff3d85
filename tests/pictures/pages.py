"""Pages in a browser: the story of an update, what a terminal shows, the page for learners."""

import html
from pathlib import Path
from typing import Any

from PIL import Image

from tests.helpers.browser import chromium, set_screen
from tests.helpers.learner import Learner
from tests.helpers.reviewer import reviewing
from tests.helpers.trainer import SETTINGS, Trainer
from tests.pictures.cards import open_card, photograph
from tests.pictures.likeness import read_picture, write_picture

_TIME = 1_750_000_000
_WRONG, _RIGHT = "Power, in **watts**.", "Energy, in **kilowatt-hours**."
_DECK = f"""\
# Meters

## What does a meter count? {{#meter}}

{_WRONG}

## Who reads it? {{#reader}}

Nobody: it sends a reading each day.
"""
_MISTAKES = """\
# Meters

## What does a meter count? {#meter}

Energy, in **kilowatt-hours**.

## Who reads it? {#meter}

Nobody.

## Which unit? {unit}

kWh
"""
_NOTE = '"deck:Demo::Meters" "Note ID:demo/meter"'
_STORY = """\
<style>
body { margin: 0; padding: 20px; background: #e4e7ea; color: #1d2126; font: 17px "Noto Sans";
  display: grid; grid-template-columns: repeat(3, 1fr); gap: 20px; }
section { background: #fdfdfc; border-radius: 8px; padding: 16px; }
h2 { margin: 0 0 12px; font-size: 19px; }
pre { margin: 0; font: 15px/1.6 "Noto Sans Mono"; white-space: pre-wrap; }
del, ins { display: block; text-decoration: none; background: #fbdcda; }
ins { background: #d3f0da; }
img { width: 100%; border: 1px solid #d0d5da; border-radius: 6px; }
p { margin: 10px 0 0; }
</style>
"""
_TERMINAL = """\
<style>
body { margin: 0; padding: 18px; background: #fdfdfc; color: #1d2126; }
pre { margin: 0; font: 15px/1.5 "Noto Sans Mono"; white-space: pre-wrap; }
b { color: #0b57a8; font-weight: normal; }
</style>
"""


def take_story(folder: Path) -> Image.Image:
    """Take Markdown with a corrected answer, and its card before and after the update."""
    trainer = Trainer(folder / "repository")
    trainer.write_package(_DECK)
    trainer.release(_TIME)
    trainer.write_package(_DECK.replace(_WRONG, _RIGHT))
    trainer.release(_TIME + 86400)
    told = []
    with Learner.at(folder / "learner") as learner:
        learner.import_package(trainer.folder / "dist/demo-1.0.0.apkg")
        learner.study()
        learner.collection.sched.set_due_date(learner.collection.find_cards(_NOTE), "12")
        learner.date_back(_TIME)
        for version in ("1.0.0", "1.0.1"):
            log = learner.import_package(trainer.folder / f"dist/demo-{version}.apkg")
            with reviewing(learner, folder) as reviewer:
                card = open_card(reviewer, "meter", width=400)
                write_picture(
                    photograph(reviewer, card, folder, back=True), folder / f"{version}.png"
                )
            known = learner.progress()["meter", 0]
            told.append(f"Answers so far: {known.reps}. Next in {known.interval} days.")
    lines = [
        f"<del>{html.escape(line)}</del><ins>{html.escape(_RIGHT)}</ins>"
        if line == _WRONG
        else html.escape(line)
        for line in _DECK.splitlines()
    ]
    text = "\n".join(lines).replace("</ins>\n", "</ins>")
    body = f"""\
<section><h2>You correct an answer</h2><pre>{text}</pre></section>
<section><h2>Learners have studied it</h2><img src="1.0.0.png"><p>{told[0]}</p></section>
<section><h2>They import the new version</h2><img src="1.0.1.png"><p>{told[1]}<br>
Anki: {log.updated} note updated, {log.duplicate} left alone.</p></section>
"""
    return _take(_STORY + body, folder, 1200)


def take_install(folder: Path) -> Image.Image:
    """Take what the command says of itself."""
    return _take_terminal(Trainer(folder / "repository"), folder, "--help")


def take_first(folder: Path) -> Image.Image:
    """Take what ``release`` says of the first version."""
    trainer = Trainer(folder / "repository")
    trainer.write_package(_DECK)
    return _take_terminal(trainer, folder, "release", "--time", str(_TIME))


def take_check(folder: Path) -> Image.Image:
    """Take what ``check`` tells of three mistakes."""
    trainer = Trainer(folder / "repository")
    trainer.write_package(_MISTAKES)
    return _take_terminal(trainer, folder, "check")


def take_release(folder: Path) -> Image.Image:
    """Take what ``release`` tells of an update."""
    trainer = Trainer(folder / "repository")
    trainer.write_package(_DECK)
    trainer.release(_TIME)
    trainer.write_package(_DECK.replace(_WRONG, _RIGHT))
    return _take_terminal(trainer, folder, "release", "--time", str(_TIME + 86400))


def take_shelf(folder: Path) -> Image.Image:
    """Take the page on which learners find the newest version."""
    trainer = Trainer(folder / "repository")
    for number, text in enumerate((_DECK, _DECK.replace(_WRONG, _RIGHT))):
        trainer.write_package(text, settings=SETTINGS.replace('"Demo"', '"Meter reading"'))
        trainer.release(_TIME + number * 86400)
    return _photograph_page(trainer.folder / "dist/index.html", folder, 760)


def _take_terminal(trainer: Trainer, folder: Path, command: str, *arguments: str) -> Image.Image:
    shown = html.escape(trainer.run(command, *arguments).stdout)
    return _take(
        f"{_TERMINAL}<pre><b>$ ankibuild {command}</b>\n{shown.rstrip()}</pre>", folder, 900
    )


def _take(text: str, folder: Path, width: int) -> Image.Image:
    page = folder / "page.html"
    page.write_text(f"<!doctype html><meta charset=utf-8>{text}", "utf-8")
    return _photograph_page(page, folder, width)


def _photograph_page(page: Path, folder: Path, width: int) -> Image.Image:
    """Take a whole page, as high as it is."""
    with chromium(folder) as driver:
        set_screen(driver, width, 100)
        driver.get(page.as_uri())
        set_screen(driver, width, _height_of(driver))
        driver.save_screenshot(str(folder / "page.png"))
    return read_picture(folder / "page.png")


def _height_of(driver: Any) -> int:
    return int(driver.execute_script("return document.documentElement.scrollHeight"))
