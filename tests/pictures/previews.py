"""The real preview in a browser, of a package that was edited since its release."""

from pathlib import Path
from typing import Any

from PIL import Image

from tests.helpers.browser import Preview, choose, chromium, set_screen, wait_for
from tests.helpers.trainer import SETTINGS, Trainer, copy_media
from tests.pictures.cards import METER
from tests.pictures.likeness import read_picture

_WIDTH, _HEIGHT = 1200, 760
_BILLING = """\
# Billing & moves

## What is C&I? {#c-and-i}

Commercial and industrial.

## Billing a move {#billing-a-move}

{{c1::Transfer closing bill}} bills the {{c2::unpaid closing bill}} at the new location.

## When does service start? {#start}

On the day of the move.
"""
_METERS = f"""\
# Meters

## Parts of a meter {{#parts hint="from top to bottom"}}

{METER}
## What does a meter count? {{#meter}}

Energy, in **kilowatt-hours**.
"""
_SHOWN = """
const frames = [...document.querySelectorAll("#note iframe")];
return document.getElementById("question")?.innerText.startsWith("Parts")
  && frames.length > 1 && frames.every((each) => each.contentDocument?.readyState === "complete"
  && [...each.contentDocument.images].every((image) => image.complete));
"""


def take_preview(folder: Path) -> Image.Image:
    """Take a note with masks: front beside back, and what changed in it."""
    trainer = Trainer(folder / "repository")
    trainer.write_package(_BILLING, _METERS, settings=SETTINGS.replace('"Demo"', '"Meter reading"'))
    copy_media(_METERS, trainer.folder / "content/demo")
    trainer.release(1_750_000_000)
    trainer.write_package(
        _BILLING.replace("Commercial and", "Commercial or"),
        _METERS.replace("serial number:", "the serial number:"),
        settings=SETTINGS.replace('"Demo"', '"Meter reading"'),
    )
    with Preview.of(trainer) as preview, chromium(folder) as driver:
        set_screen(driver, _WIDTH, _HEIGHT)
        driver.get(preview.address)
        for selector in ("[data-key='content/demo/parts']", "#always"):
            _click(driver, selector)
        choose(driver, "sides", "beside")
        wait_for(lambda: driver.execute_script(_SHOWN), bool)
        return stand_still(driver, folder / "preview.png")


def _click(driver: Any, selector: str) -> None:
    from selenium.webdriver.common.by import By

    wait_for(lambda: driver.find_elements(By.CSS_SELECTOR, selector), bool)[0].click()


def stand_still(driver: Any, path: Path, *, pause: int = 200) -> Image.Image:
    """Return what the window shows, once it is the same twice, some milliseconds apart."""

    def take() -> tuple[Image.Image, Image.Image]:
        found = []
        for _ in range(2):
            driver.execute_async_script("setTimeout(arguments[1], arguments[0])", pause)
            driver.save_screenshot(str(path))
            found.append(read_picture(path))
        return found[0], found[1]

    return wait_for(take, lambda found: found[0] == found[1])[0]
