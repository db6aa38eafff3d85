"""Measure the preview of 5,000 mixed notes in Chromium, and 2,000 of them on paper.

Usage: python -m tests.bench.preview
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import click

from tests.bench.decks import write_ankibuild
from tests.bench.words import MIXED
from tests.helpers.browser import Preview, chromium, wait_for
from tests.helpers.trainer import Trainer

_NOTES = 5_000
_ON_PAPER = 2_000
_TIMES = 7
_BROKEN = "## Broken {#broken}\n\n{{c1::x\n"
_SEARCH = """
const input = document.getElementById("search");
const started = performance.now();
input.value = arguments[0];
input.dispatchEvent(new Event("input"));
document.getElementById("list").getBoundingClientRect();
return performance.now() - started;
"""


def _measure(folder: Path) -> dict[str, str]:
    trainer = Trainer(folder / "repository")
    home = trainer.folder / "content/bench"
    home.mkdir(parents=True)
    write_ankibuild(home, MIXED.write(_NOTES))
    source = home / "Bench.md"
    text = source.read_text("utf-8")
    started = time.perf_counter()
    found = {}
    with Preview.of(trainer) as preview, chromium(folder) as driver:
        found["started, notes made for the first time"] = _seconds(time.perf_counter() - started)
        page = preview.get("/").body
        found["page"] = f"{len(page) / 1e6:.1f} MB"
        paints = [_paint(driver, preview.address) for _ in range(_TIMES)]
        found["first paint"] = _seconds(median(paints))
        for name, rest in (("save seen", ""), ("save seen, another note has an error", _BROKEN)):
            found[name] = _seconds(median(_save(driver, source, text + rest)))
        letters = ["", *("customer metered account"[:end] for end in range(1, 25))]
        searches = [driver.execute_script(_SEARCH, each) for each in letters]
        found["search letter"] = f"{median(searches):.0f} ms, at most {max(searches):.0f} ms"
        found["rows in the page"] = str(
            driver.execute_script("return document.querySelectorAll('.row').length")
        )
        driver.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
        heap = driver.execute_cdp_cmd("Runtime.getHeapUsage", {})["usedSize"]
        found["memory of the page"] = f"{heap / 1e6:.0f} MB"
        status = Path(f"/proc/{preview.process.pid}/status").read_text("utf-8")
        resident = next(line.split()[1] for line in status.splitlines() if "VmRSS" in line)
        found["memory of the command"] = f"{int(resident) / 1000:.0f} MB"
    return found


def _print(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the seconds from the command to print to the whole PDF, and the size of the export."""
    trainer = Trainer(folder / "repository")
    home = trainer.folder / "content/bench"
    home.mkdir(parents=True)
    write_ankibuild(home, MIXED.write(_ON_PAPER))
    trainer.run("preview", "content/bench", "--export", "cards.html")
    page = trainer.folder / "cards.html"
    yield "export", f"{page.stat().st_size / 1e6:.1f} MB"
    with chromium(folder) as driver:
        driver.get(page.as_uri())
        started = time.perf_counter()
        driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
        yield "export on paper", _seconds(time.perf_counter() - started)


def _save(driver: Any, source: Path, text: str) -> Iterator[float]:
    """Yield the seconds from each save of another question to the page that shows it."""
    question = "return document.getElementById('question').innerText"
    place = text.index("## ") + len("## ")
    for _ in range(_TIMES + 1):
        words = f"Save {time.time_ns()} "
        source.write_text(f"{text[:place]}{words}{text[place:]}", "utf-8")
        started = time.perf_counter()
        while not driver.execute_script(question).startswith(words):
            time.sleep(0.005)
        yield time.perf_counter() - started


def _paint(driver: Any, address: str) -> float:
    driver.get("about:blank")
    driver.get(address)
    look = (
        "return performance.getEntriesByType('paint')"
        ".find(each => each.name === 'first-contentful-paint')?.startTime ?? 0"
    )
    return float(wait_for(lambda: driver.execute_script(look), bool)) / 1000


def _seconds(value: float) -> str:
    return f"{value:.2f} s"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        for name, value in _measure(Path(place)).items():
            click.echo(f"{name}: {value}")
        for name, value in _print(Path(place) / "paper"):
            click.echo(f"{name}: {value}")
