"""The download page of a company: true to what Anki does, and fit to be read on every screen."""

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from ankibuild.core.text import plain_text
from tests.helpers.browser import chromium, needs_chromium, set_screen, shown_texts
from tests.helpers.demo import DAY, START
from tests.helpers.learner import Learner, Log
from tests.helpers.look import barriers
from tests.helpers.shelf import SAMPLES, VERSIONS, publish, read_news
from tests.helpers.trainer import SETTINGS, Trainer

pytestmark = pytest.mark.slow

PHONE, DESK = 390, 1280


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with five packages of ten versions."""
    trainer = Trainer(tmp_path_factory.mktemp("shelf") / "repository")
    for number, sample in enumerate(SAMPLES):
        publish(trainer, sample, START + number)
    return trainer.folder / "dist"


@pytest.fixture(scope="module")
def arabic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one package, which is Arabic, in ten versions."""
    trainer = Trainer(tmp_path_factory.mktemp("arabic") / "repository")
    publish(trainer, SAMPLES[2])
    return trainer.folder / "dist"


@pytest.mark.parametrize("version", VERSIONS[:-1])
def test_the_page_says_just_what_an_import_of_the_newest_brings(
    shelf: Path, learner: Learner, version: str
) -> None:
    shown = read_news(shelf / "index.html", f"tier-1-{version}")
    learner.import_package(shelf / f"tier-1-{version}.apkg")
    before = {name: learner.fields(name) for name in learner.notes()}
    log = learner.import_package(shelf / f"tier-1-{VERSIONS[-1]}.apkg")
    after = {name: learner.fields(name) for name in learner.notes()}
    updated = len(shown.changed) + len(shown.again)
    left_alone = 5 - len(shown.new) - updated
    assert log == Log(len(shown.new), updated, left_alone, 0)
    assert shown.new == sorted(after[name]["Front"] for name in after.keys() - before.keys())
    words = {
        after[name]["Front"]: {
            field: (plain_text(old), plain_text(after[name][field]))
            for field, old in fields.items()
            if old != after[name][field]
        }
        for name, fields in before.items()
        if fields != after[name]
    }
    assert shown.words == words
    assert {*words} <= {*shown.changed}
    found = learner.collection.find_notes(shown.search) if shown.search else ()
    assert shown.retired == sorted(learner.collection.get_note(n)["Front"] for n in found)


def test_a_note_that_came_and_went_is_nothing_to_who_never_had_it(shelf: Path) -> None:
    assert read_news(shelf / "index.html", "tier-1-1.0.2").retired == []
    assert read_news(shelf / "index.html", "tier-1-1.1.0").retired == ["What does rule five say?"]


def test_a_renamed_deck_is_told_to_those_who_have_it(shelf: Path) -> None:
    renamed = "Tier 1: billing::Meters → Tier 1: billing::Meters and tariffs"
    decks = [read_news(shelf / "index.html", f"tier-1-{each}").deck for each in VERSIONS[:-1]]
    assert decks == [*(7 * [[renamed]]), [], []]


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder as ``python -m http.server`` does; yield its address."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (as above it)
            """Say nothing."""

    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/index.html"
        server.shutdown()


def look(driver: Any, *, width: int, night: bool) -> None:
    """Give the browser a screen, and the preference for day or night."""
    set_screen(driver, width, 844, is_phone=width == PHONE)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if night else "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})


@needs_chromium
@pytest.mark.slow
def test_the_page_is_fit_for_every_screen_by_day_and_by_night(
    shelf: Path, arabic: Path, tmp_path: Path
) -> None:
    with served(shelf) as address, chromium(tmp_path) as driver:
        pages = {
            address: ("#tier-1-1.1.1", "#fawatir-3.1.0", "#abrechnung-1.0.0", ""),
            (shelf / "index.html").as_uri(): ("#tier-1-1.0.0",),
            (arabic / "index.html").as_uri(): ("#fawatir-1.1.1", ""),
        }
        looks = product(pages, (PHONE, DESK), (False, True))
        for page, width, night in looks:
            look(driver, width=width, night=night)
            for anchor in pages[page]:
                driver.get("about:blank")
                driver.get(page + anchor)
                measure = "return document.documentElement.scrollWidth"
                assert driver.execute_script(measure) <= width, (page, anchor)
                assert barriers(driver) == []
        assert not [each for each in driver.get_log("browser") if "favicon" not in each["message"]]


@needs_chromium
@pytest.mark.slow
def test_a_link_in_a_description_opens_what_changed_since_that_version(
    shelf: Path, arabic: Path, tmp_path: Path
) -> None:
    with served(shelf) as address, chromium(tmp_path) as driver:
        driver.get(address)
        assert shown_texts(driver, ".since > div") == []
        driver.get(f"{address}#tier-1-3.0.1")
        (news,) = shown_texts(driver, ".since > div")
        assert news.startswith(
            "Here is what an import of 3.1.0 changes. Notes: 1 new, 1 changed.\n"
        )
        driver.find_element("css selector", "section[id='tier-1-1.0.0'] h4 a").click()
        (news,) = shown_texts(driver, ".since > div")
        assert "This old version: tier-1-1.0.0.apkg" in news
        assert shown_texts(driver, ".newest") == []
        driver.get(f"{address}#tier-1-3.1.0")
        (newest,) = shown_texts(driver, ".newest")
        assert newest == "If this is your version, you have the newest."
        assert driver.execute_script("return document.dir") == "ltr"
        driver.get((arabic / "index.html").as_uri())
        assert driver.execute_script("return document.dir") == "rtl"
        places = [
            driver.find_element("css selector", each).rect["x"] for each in ("h2 bdi", ".get")
        ]
        assert min(places) > DESK / 3


@needs_chromium
@pytest.mark.slow
def test_in_arabic_the_old_stands_before_the_new(trainer: Trainer, tmp_path: Path) -> None:
    settings = f'{SETTINGS}language = "ar"\n'
    text = "# {}\n\n## كم السعر؟ {{#price}}\n\nالسعر {} فقط.\n"
    trainer.write_package(text.format("Old", "١٢٣"), settings=settings)
    trainer.release(START)
    trainer.write_package(text.format("New", "٤٥٦"), settings=settings)
    trainer.release(START + DAY)
    with chromium(tmp_path) as driver:
        driver.get(f"{(trainer.folder / 'dist/index.html').as_uri()}#demo-1.0.0")
        old, new = (driver.find_element("css selector", each).rect for each in ("del", "ins"))
        # Read from the right: what comes first ends further on the right.
        assert old["x"] >= new["x"] + new["width"]
        names = driver.execute_script(
            """const text = document.querySelector("bdi[dir=rtl]").firstChild;
            return ["Old", "New", "←"].map(each => {
                const range = document.createRange();
                const start = text.data.indexOf(each);
                range.setStart(text, start);
                range.setEnd(text, start + each.length);
                return range.getBoundingClientRect().x;
            });"""
        )
        assert names[0] > names[2] > names[1]
