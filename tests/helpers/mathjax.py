"""Anki's own MathJax in a browser: what it knows, and what a formula makes it do."""

import functools
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.helpers.anki_web import anki_web
from tests.helpers.browser import chromium

PAGE = """<!doctype html><meta charset="utf-8"><div id="qa"></div>
<script src="/_anki/js/mathjax.js"></script>
<script src="/_anki/js/vendor/mathjax/tex-chtml-full.js"></script>
<script>addEventListener("DOMContentLoaded", () => { window.ran = 0; });</script>
"""
_TABLES = """
const done = arguments[0];
MathJax.startup.promise.then(() => {
  const handlers = MathJax.startup.document.inputJax[0].parseOptions.handlers;
  done(Object.fromEntries(["macro", "delimiter", "environment"].map(kind => [kind,
    [...handlers.get(kind)._configuration].flatMap(({item}) => [...(item.map?.keys() ?? [])])])));
});
"""
_TYPESET = """
const [html, done] = arguments;
const box = document.getElementById("qa");
window.ran = 0;
box.innerHTML = html;
MathJax.startup.document.reset();
MathJax.typesetPromise([box]).then(() => {
  for (const each of box.querySelectorAll("*"))
    each.dispatchEvent(new MouseEvent("click", {bubbles: true, cancelable: true}));
  setTimeout(() => done({
    formulas: box.querySelectorAll("mjx-container").length,
    errors: [...box.querySelectorAll("mjx-merror")].map(each => each.textContent),
    links: [...box.querySelectorAll("a, [href]")].map(each => each.getAttribute("href")),
    // All that has a place of its own has it from a style of its own: there is no other.
    fixed: [...box.querySelectorAll("[style]")].filter(
      each => getComputedStyle(each).position === "fixed").length,
    ran: window.ran,
  }), 20);
}, error => done({formulas: -1, errors: [String(error)], links: [], fixed: 0, ran: 0}));
"""
_DRAWN = """
const [html, done] = arguments;
const box = document.getElementById("qa");
box.innerHTML = html;
MathJax.startup.document.reset();
MathJax.typesetPromise([box]).then(
  () => done([...box.querySelectorAll("mjx-math")].map(each => each.outerHTML)));
"""


class MathJax:
    """A page with MathJax as the newest Anki sets it up, at an address that hears who asks."""

    def __init__(self, driver: Any, address: str, heard: list[str]) -> None:
        self._driver, self._address = driver, address
        self.heard = heard

    def open(self) -> None:
        """Show the page anew, as if nobody had asked for anything."""
        self._driver.get(self._address)
        self.heard.clear()

    def known(self) -> tuple[set[str], set[str]]:
        """Return the names of all commands that are made of letters, and of all environments."""
        tables = self._driver.execute_async_script(_TABLES)
        names = {name for name in tables["delimiter"] if name.startswith("\\")}
        names = {name.removeprefix("\\") for name in names | set(tables["macro"])}
        commands = {name for name in names if name.isascii() and name.isalpha()}
        return commands, set(tables["environment"])

    def typeset(self, html: str) -> dict[str, Any]:
        """Show HTML as a card would, click on all of it, and return what came of it."""
        found: dict[str, Any] = self._driver.execute_async_script(_TYPESET, html)
        return found

    def drawn(self, html: str) -> list[str]:
        """Show HTML as a card would, and return the HTML that each formula became."""
        found: list[str] = self._driver.execute_async_script(_DRAWN, html)
        return found


@contextmanager
def mathjax(folder: Path) -> Iterator[MathJax]:
    """Serve Anki's files to a browser; whatever else the page asks for is heard."""
    heard: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/":
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(PAGE.encode())
            elif self.path.startswith("/_anki/"):
                self.path = self.path.removeprefix("/_anki")
                super().do_GET()
            elif self.path != "/favicon.ico":
                heard.append(self.path)
                self.send_error(404)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (as above it)
            """Say nothing."""

    handler = functools.partial(Handler, directory=str(anki_web()))
    with (
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server,
        chromium(folder) as driver,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        driver.set_script_timeout(30)
        page = MathJax(driver, f"http://127.0.0.1:{server.server_port}/", heard)
        page.open()
        yield page
        server.shutdown()
