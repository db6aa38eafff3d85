"""How a card looks in a browser: the measures of ``look.js``, and those of axe-core."""

from functools import cache
from pathlib import Path
from typing import Any

from tests.helpers.wheels import files_of

# A package for Playwright; of it we take the one file that is axe-core itself.
AXE = ("axe-playwright-python", "0.1.8")
AXE_FILE = "axe_playwright_python/axe.min.js"


@cache
def measures() -> str:
    """Return the script that measures, to run in a page that shows cards."""
    return Path(__file__).with_name("look.js").read_text("utf-8")


@cache
def axe() -> str:
    """Return the script of axe-core."""
    return (files_of(*AXE, AXE_FILE) / AXE_FILE).read_text("utf-8")


def barriers(driver: Any) -> list[tuple[str, str]]:
    """Return what axe-core finds on a page: each rule, with the first element that breaks it."""
    driver.execute_script(axe())
    run = "axe.run().then(arguments[0])"
    findings = driver.execute_async_script(run)["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in findings]
