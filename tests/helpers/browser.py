"""A reviewer at a browser: the running preview, and a headless Chromium that looks at it."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeVar

import pytest

from tests.helpers.fonts import fonts_environment
from tests.helpers.trainer import Trainer

PACKAGES = ("chromium", "chromium-driver")
_PROGRAMS = (Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver"))


def is_there() -> bool:
    """Tell whether Debian's Chromium is installed, with what drives it."""
    return all(each.exists() for each in _PROGRAMS)


needs_chromium = pytest.mark.skipif(
    not is_there(), reason=f"Chromium is not installed: apt-get install {' '.join(PACKAGES)}"
)
PATIENCE = 20.0
T = TypeVar("T")


class Answer(NamedTuple):
    """What a server answered."""

    status: int
    kind: str
    body: bytes


class Preview:
    """The command ``preview`` at work; ``address`` is where it listens."""

    def __init__(self, process: subprocess.Popen[str], address: str, said: str) -> None:
        self.process = process
        self.address = address
        self.said = said
        self.port = int(address.rstrip("/").rpartition(":")[2])

    @classmethod
    @contextmanager
    def of(cls, trainer: Trainer, *arguments: str) -> Iterator[Self]:
        """Run it on a free port until the block ends."""
        command = [sys.executable, "-m", "ankibuild", "preview", "--port", "0", *arguments]
        process = subprocess.Popen(
            command,
            cwd=trainer.folder,
            env=trainer.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        try:
            assert process.stdout
            said = ""
            for line in process.stdout:
                said += line
                if found := re.match(r"http://127\.0\.0\.1:\d+/", line):
                    break
            else:
                raise AssertionError(said)
            yield cls(process, found[0], said)
        finally:
            process.kill()
            process.communicate()

    def interrupt(self) -> tuple[int, str]:
        """Press Ctrl-C; return the exit code and what was said since the address."""
        self.process.send_signal(signal.SIGINT)
        rest, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, rest

    def get(self, path: str, **headers: str) -> "Answer":
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with closing(connection):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers["Content-Type"], answer.read())

    @contextmanager
    def events(self) -> Iterator[Iterator[str]]:
        """Listen for versions, as they come."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with closing(connection):
            connection.request("GET", "/events")
            with connection.getresponse() as answer:
                assert answer.headers["Content-Type"] == "text/event-stream"
                lines = (line.decode().strip() for line in iter(answer.readline, b""))
                yield (line[6:] for line in lines if line.startswith("data: "))

    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.get("/data").body)
        return found

    def all_data(self) -> dict[str, Any]:
        """Return what the page shows, with all cards at their notes, as an export has them."""
        data, cards = self.data(), json.loads(self.get("/cards").body)
        for note in notes_of(data).values():
            note.update(cards.get(note["key"], {}))
        return data

    def notes(self) -> dict[str, dict[str, Any]]:
        return notes_of(self.all_data())

    def wait_until(self, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return what is shown once the condition holds of it."""
        return wait_for(self.all_data, holds)


def notes_of(data: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the notes that a page shows, by id."""
    decks = [deck for package in data["packages"] for deck in package["decks"]]
    return {note["id"]: note for deck in decks for note in deck["notes"]}


def data_of(page: str) -> dict[str, Any]:
    """Return what a page carries along."""
    (text,) = re.findall('<script type="application/json" id="data">(.*?)</script>', page)
    found: dict[str, Any] = json.loads(text)
    return found


def wait_for(look: Callable[[], T], holds: Callable[[T], object]) -> T:
    """Look again and again until the condition holds."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if holds(found := look()):
            return found
        time.sleep(0.05)
    raise AssertionError(f"not in {PATIENCE} seconds: {look()}")


def set_screen(
    driver: Any, width: int, height: int, *, scale: int = 1, is_phone: bool = False
) -> None:
    """Give the browser a screen of just this size, in pixels of a page."""
    screen = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": is_phone}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)


def shown_texts(driver: Any, selector: str) -> list[str]:
    """Return the texts of the elements that one sees."""
    found = driver.find_elements("css selector", selector)
    return [each.text for each in found if each.is_displayed()]


@contextmanager
def chromium(folder: Path, *, width: int = 1280, height: int = 900) -> Iterator[Any]:
    """Start Debian's Chromium with an empty profile, and log what it asks for and says."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    browser, driver_of_it = map(str, _PROGRAMS)
    options.binary_location = browser
    for argument in (
        *("headless=new", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run"),
        *("disable-background-networking", "disable-component-update", "disable-sync"),
        f"user-data-dir={folder / 'profile'}",
        f"window-size={width},{height}",
    ):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(driver_of_it, env=os.environ | fonts_environment())
    driver = webdriver.Chrome(options, service)
    try:
        yield driver
    finally:
        driver.quit()


def question(driver: Any) -> str:
    text: str = driver.execute_script("return document.getElementById('question')?.innerText ?? ''")
    return text.strip()


def sides(driver: Any) -> list[str]:
    """Return what is read in each frame of the note."""
    found: list[str] = driver.execute_script(
        "return [...document.querySelectorAll('#note iframe')]"
        ".map(each => each.contentDocument?.body?.innerText ?? '')"
    )
    return found


def press(driver: Any, key: str) -> None:
    from selenium.webdriver import ActionChains

    ActionChains(driver).send_keys(key).perform()


def click(driver: Any, selector: str) -> None:
    from selenium.webdriver.common.by import By

    driver.find_element(By.CSS_SELECTOR, selector).click()


def choose(driver: Any, name: str, value: str) -> None:
    """Choose in one of the page's switches, and leave it."""
    driver.execute_script(
        "const [name, value] = arguments; const select = document.getElementById(name);"
        "select.value = value; select.dispatchEvent(new Event('change'))",
        name,
        value,
    )


def box_in_card(driver: Any, place: int, selector: str) -> list[float]:
    """Return where something on a card stands in the window, whose frame may be scaled."""
    found: list[float] = driver.execute_script(
        "const frame = document.querySelectorAll('#note iframe')[arguments[0]];"
        "const inside = frame.contentDocument.querySelector(arguments[1]);"
        "frame.scrollIntoView({ block: 'center' });"
        "const [outer, inner] = [frame, inside].map(each => each.getBoundingClientRect());"
        "const scale = outer.width / frame.offsetWidth;"
        "return [outer.x + (frame.clientLeft + inner.x) * scale,"
        " outer.y + (frame.clientTop + inner.y) * scale,"
        " inner.width * scale, inner.height * scale]",
        place,
        selector,
    )
    return found


def drag(driver: Any, *places: tuple[float, float]) -> None:
    """Press the mouse at the first place of the window, and let it go at the last."""
    kinds = ["mousePressed", *["mouseMoved"] * (len(places) - 1), "mouseReleased"]
    for kind, (x, y) in zip(kinds, (*places, places[-1]), strict=True):
        event = {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}
        driver.execute_cdp_cmd("Input.dispatchMouseEvent", event)
