"""The controls of the preview's page: by keys and by mouse, at every width, with many notes."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tests.helpers.browser import (
    Preview,
    box_in_card,
    choose,
    chromium,
    click,
    drag,
    needs_chromium,
    press,
    question,
    set_screen,
    shown_texts,
    sides,
    wait_for,
)
from tests.helpers.look import barriers
from tests.helpers.trainer import SETTINGS, Trainer, copy_media

pytestmark = [pytest.mark.slow, needs_chromium]

MANY = 3_000
MASKS = """\
# Parts

## Parts of a meter {#parts}

```occlusion
![A meter](media/meter.png)
display: 32, 17, 36, 16
number: 37, 58, 25, 9
```
"""
DECK = """\
# Deck

About it.

## Été {#ete tags="season"}

L'été est chaud.

## Table {#table}

| a | b |
|---|---|
| 1 | 2 |

## Broken {#broken}

Fine.
"""
ARABIC = "# العربية\n\n## ما هي فاتورة العميل؟ {#bill}\n\nهذه هي **الفاتورة**.\n"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with chromium(tmp_path_factory.mktemp("browser")) as driver:
        yield driver


@pytest.fixture
def driver(browser: Any) -> Iterator[Any]:
    """Return the browser as at first, on a laptop's screen; nothing may be complained of."""
    set_screen(browser, 1366, 768)
    yield browser
    assert [entry["message"] for entry in browser.get_log("browser")] == []
    browser.get("about:blank")


def open_page(driver: Any, preview: Preview, note: str = "") -> None:
    driver.get(f"{preview.address}{note}")
    wait_for(lambda: question(driver), bool)


def run(driver: Any, script: str) -> Any:
    return driver.execute_script(f"return {script}")


def status(driver: Any) -> str:
    return str(run(driver, "document.getElementById('status').textContent"))


def test_of_thousands_of_notes_few_are_rows_and_a_letter_finds_among_all(
    driver: Any, trainer: Trainer
) -> None:
    from selenium.webdriver.common.keys import Keys

    notes = (f"## Frage {n} {{#n{n}}}\n\nDie Größe {n}.\n\n" for n in range(1, MANY + 1))
    trainer.write_package(f"# Viele\n\n{''.join(notes)}")
    with Preview.of(trainer) as preview:
        open_page(driver, preview)
        rows = "document.querySelectorAll('.row').length"
        assert 0 < run(driver, rows) < 150
        shown = "document.getElementById('shown').value"
        assert run(driver, shown) == f"{MANY} notes"
        position = "document.getElementById('position').textContent"
        assert run(driver, position) == f"1 of {MANY}"
        # Tab comes to one row, and arrow keys lead on, to the very last note.
        stops = (
            "[...document.querySelectorAll('#list *')].filter(each => each.tabIndex >= 0).length"
        )
        assert run(driver, stops) == 1
        run(driver, "document.querySelector('#list [tabindex=\"0\"]').focus()")
        press(driver, Keys.ARROW_DOWN)
        assert question(driver) == "Frage 2"
        press(driver, Keys.END)
        assert question(driver) == f"Frage {MANY}"
        focused = "document.activeElement.textContent"
        assert run(driver, focused) == f"Frage {MANY}"
        assert 0 < run(driver, rows) < 200
        assert run(driver, stops) == 1
        press(driver, Keys.HOME)
        press(driver, Keys.ARROW_UP)
        assert run(driver, "document.activeElement.localName") == "summary"
        press(driver, Keys.ENTER)
        wait_for(
            lambda: run(driver, "document.querySelector('#list details').open"), lambda x: not x
        )
        assert run(driver, stops) == 1
        press(driver, Keys.ENTER)
        wait_for(lambda: run(driver, "document.querySelector('#list details').open"), bool)
        # What is scrolled to is there.
        run(driver, "(document.getElementById('list').scrollTop = 60000)")
        in_view = "document.elementFromPoint(100, 500).closest('[data-key]')?.textContent ?? ''"
        wait_for(lambda: run(driver, in_view), lambda text: str(text).startswith("Frage 12"))
        assert run(driver, rows) < 200
        # Accents count for nothing.
        press(driver, "/")
        press(driver, "grosse 17".replace("ss", "ß").replace("o", "O"))
        found = [n for n in range(1, MANY + 1) if "17" in str(n)]
        assert run(driver, shown) == f"{len(found)} of {MANY} notes"
        press(driver, Keys.ENTER)
        assert question(driver) == "Frage 17"
        click(driver, "#next")
        assert question(driver) == f"Frage {found[1]}"
        assert run(driver, position) == f"2 of {len(found)}"
        click(driver, "#previous")
        click(driver, "#previous")
        assert question(driver) == "Frage 17"
        assert status(driver) == "This is the first note."


def test_no_error_hides_the_other_notes_and_a_broken_save_is_not_called_an_update(
    driver: Any, trainer: Trainer
) -> None:
    trainer.write_package(DECK)
    with Preview.of(trainer) as preview:
        open_page(driver, preview)
        trainer.write_package(DECK.replace("chaud", "froid").replace("Fine.", "{{c1::x"))
        wait_for(lambda: status(driver), lambda words: words.startswith("What was saved has"))
        assert status(driver) == "What was saved has an error: Broken Go to it"
        wait_for(lambda: "1 note has an error: Broken" in text_of(driver), bool)
        click(driver, "#status button")
        assert question(driver).startswith("Broken")
        assert "its cards are shown as they were before" in text_of(driver)
        # A save of another note, while the error is still there.
        press(driver, " ")
        click(driver, "#follow")
        text = DECK.replace("chaud", "froid et gris").replace("Fine.", "{{c1::x")
        trainer.write_package(text)
        wait_for(lambda: question(driver), lambda words: words == "Été")
        assert status(driver) == "Updated. Other notes still have errors."
        # Now the page goes where something is saved.
        trainer.write_package(DECK.replace("chaud", "froid et gris"))
        wait_for(lambda: question(driver), lambda words: words == "Broken")
        assert status(driver) == "Updated: Broken"
        assert "error" not in text_of(driver)


def text_of(driver: Any) -> str:
    return str(run(driver, "document.getElementById('main').innerText"))


def test_a_link_leads_to_the_note_by_the_id_on_its_card(driver: Any, trainer: Trainer) -> None:
    trainer.write_package(DECK + "\n## Last {#last}\n\nX.\n")
    with Preview.of(trainer) as preview:
        open_page(driver, preview, "#demo/table")
        assert question(driver) == "Table"
        assert run(driver, "location.hash") == "#demo/table"
        driver.execute_script("location.hash = '#demo/ete'")
        wait_for(lambda: question(driver), lambda words: words == "Été")
        place = "document.querySelector('.meta a').href"
        folder = trainer.folder.as_posix().lstrip("/")
        assert run(driver, place) == f"vscode://file/{folder}/content/demo/1.md:5:1"
        # The browser's own print command waits for nothing, and has all cards.
        assert run(driver, "notes.every(note => note.cards)") is False
        driver.print_page()
        assert run(driver, "notes.every(note => note.cards.length > 0)") is True
        click(driver, ".meta button")
        wait_for(lambda: status(driver), lambda words: words == "Link copied")
        driver.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite"]})
        read = "navigator.clipboard.readText().then(arguments[0], arguments[0])"
        assert driver.execute_async_script(read) == f"{preview.address}#demo/ete"


def test_a_card_is_as_wide_as_its_screen_and_scaled_where_there_is_less_room(
    driver: Any, trainer: Trainer
) -> None:
    trainer.write_package(DECK)
    widths = (
        "[...document.querySelectorAll('#note iframe')].map(each => "
        "[each.contentWindow.innerWidth, each.getBoundingClientRect().width,"
        " each.parentElement.clientWidth, each.getBoundingClientRect().top])"
    )
    with Preview.of(trainer) as preview:
        open_page(driver, preview, "#demo/table")
        click(driver, "#always")
        for window, screen, least in (
            (1366, "desk", 998),
            (1920, "desk", 998),
            (1366, "tablet", 766),
            (1366, "phone", 378),
            (320, "desk", 200),
        ):
            set_screen(driver, window, 768)
            choose(driver, "width", screen)
            found = wait_for(lambda: run(driver, widths), partial(are_wide, least))
            for inner, outer, room, _ in found:
                assert inner <= max(least, outer) + 1, (window, screen)
                assert outer <= room + 1, (window, screen)
        set_screen(driver, 1366, 768)
        for arrangement, is_same in (("beside", True), ("above", False)):
            choose(driver, "sides", arrangement)
            (*_, first), (*_, second) = wait_for(lambda: run(driver, widths), lambda x: len(x) == 2)
            assert (abs(first - second) < 1) is is_same
        choose(driver, "light", "both")
        classes = (
            "[...document.querySelectorAll('#note iframe')]"
            ".map(each => each.contentDocument.body.className)"
        )
        found = wait_for(lambda: run(driver, classes), lambda x: len(x) == 4 and all(x))
        assert ["nightMode" in each for each in found] == [False, False, True, True]


def are_wide(least: int, frames: list[list[float]]) -> bool:
    return len(frames) == 2 and all(inner >= least for inner, *_ in frames)


def box_at_rest(driver: Any) -> list[float]:
    """Return where the picture of the first side stands, or nothing while frames are laid out."""
    first = box_in_card(driver, 0, "img")
    driver.execute_async_script("setTimeout(arguments[0], 100)")
    return first if first == box_in_card(driver, 0, "img") else []


def test_a_mask_that_is_drawn_is_a_line_to_paste(driver: Any, trainer: Trainer) -> None:
    trainer.write_package(MASKS)
    copy_media(MASKS, trainer.folder / "content/demo")
    with Preview.of(trainer) as preview:
        open_page(driver, preview)
        loaded = "document.querySelector('#note iframe').contentDocument.images[0]?.naturalWidth"
        wait_for(lambda: run(driver, loaded), bool)
        headings = "[...document.querySelectorAll('#note h2')].map(each => each.textContent)"
        wait_for(lambda: run(driver, headings), lambda found: found == ["display", "number"])
        set_screen(driver, 1366, 1600)
        x, y, width, height = wait_for(lambda: box_at_rest(driver), bool)

        def at(left: float, top: float) -> tuple[float, float]:
            return x + left * width, y + top * height

        # From below on the right to above on the left, over a mask that is there.
        drag(driver, at(0.6, 0.3), at(0.5, 0.25), at(0.4, 0.2))
        line = "document.getElementById('mask-line').value"
        first = str(wait_for(lambda: run(driver, line), bool))
        name, _, numbers = first.partition(": ")
        assert name == "name"
        assert [float(each) for each in numbers.split(", ")] == pytest.approx(
            [40, 20, 20, 10], abs=0.3
        )
        # Beyond the edges of the picture, and of the card.
        drag(driver, at(0.9, 0.9), at(0.95, 0.95), (x + width + 40, y + height + 40))
        second = str(wait_for(lambda: run(driver, line), lambda text: text != first))
        press(driver, "corner")
        assert run(driver, line) == second.replace("name", "corner")
        lines = f"{first}\n{run(driver, line)}\n"
        trainer.write_package(MASKS.replace("25, 9\n", f"25, 9\n{lines}"))
        result = trainer.run("check", "content")
        assert result.returncode == 0, result.told
        names = ["display", "number", "name", "corner"]
        wait_for(lambda: run(driver, headings), lambda found: found == names)
        # A click is no mask.
        driver.execute_script("document.getElementById('mask').hidden = true")
        drag(driver, at(0.5, 0.5))
        assert run(driver, "document.getElementById('mask').hidden") is True


def test_in_no_state_has_the_page_a_barrier_or_is_wider_than_its_window(
    driver: Any, trainer: Trainer
) -> None:
    trainer.write_package(DECK, MASKS, ARABIC)
    copy_media(MASKS, trainer.folder / "content/demo")
    trainer.release(1_700_000_000)
    trainer.write_package(
        DECK.replace("chaud", "froid").replace("Fine.", "{{c1::x") + "\n## New {#new}\n\nX.\n",
        MASKS,
        ARABIC,
        settings=SETTINGS + 'description = "About"\nunknown = 1\n',
    )
    wide = "document.documentElement.scrollWidth <= innerWidth"
    clipped = (
        "[...document.querySelectorAll('#bar *, #steps *, #note header *')]"
        ".filter(each => each.getBoundingClientRect().right > innerWidth + 1)"
        ".map(each => each.outerHTML)"
    )
    with Preview.of(trainer) as preview:
        open_page(driver, preview)
        click(driver, "#always")
        states = [
            (1366, 768, "#demo/ete", "day"),
            (1366, 768, "#demo/broken", "night"),
            (1920, 1080, "#demo/bill", "both"),
            (768, 1024, "#demo/parts", "day"),
            # As on a laptop at 200 % and 400 %.
            (640, 360, "#demo/new", "night"),
            (320, 180, "#demo/ete", "day"),
            (320, 568, "#demo/broken", "both"),
            (320, 568, "#demo/bill", "night"),
        ]
        for width, height, note, light in states:
            set_screen(driver, width, height)
            choose(driver, "light", light)
            driver.execute_script("location.hash = arguments[0]", note)
            at_note = f"current().link === '{note[1:]}' && current().cards.length > 0"
            wait_for(partial(run, driver, at_note), bool)
            wait_for(lambda: len(sides(driver)), bool)
            state = (width, height, note, light)
            assert barriers(driver) == [], state
            assert run(driver, wide), state
            assert run(driver, clipped) == [], state
        names = (
            "[...document.querySelectorAll('#bar input, #bar select')]"
            ".filter(each => !each.labels[0]?.textContent || !each.labels[0].checkVisibility())"
            ".map(each => each.id)"
        )
        assert run(driver, names) == []
        # With nothing found, and with nothing there.
        driver.execute_script(
            "const search = document.getElementById('search'); search.value = 'nowhere';"
            "search.dispatchEvent(new Event('input'))"
        )
        assert shown_texts(driver, "#list") == ["No notes match."]
        assert barriers(driver) == []
