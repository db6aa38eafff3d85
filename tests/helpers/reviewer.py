"""Anki's reviewer in a browser: a learner's cards, rendered by Anki itself, in Anki's own page."""

import base64
import functools
import http.server
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from anki.cards import Card
from anki.sound import AV_REF_RE

from tests.helpers.anki_web import android_page, anki_web, body_class, reviewer_page
from tests.helpers.browser import chromium, set_screen
from tests.helpers.learner import Learner

# As aqt's sound.py and reviewer.py put them on the card.
_PLAY = """
<a class="replay-button soundLink" href=# onclick="pycmd('{}'); return false;" draggable="false">
    <svg class="playImage" viewBox="0 0 64 64" version="1.1">
        <circle cx="32" cy="32" r="29" />
        <path d="M56.502,32.301l-37.502,20.101l0.329,-40.804l37.173,20.703Z" />
    </svg>
</a>"""
_BOX = """
<center>
<input type=text id=typeans onkeypress="_typeAnsPress();"
   style="font-family: '{}'; font-size: {}px;">
</center>
"""
_COMPARED = """
<div style="font-family: '{}'; font-size: {}px">{}</div>"""
_BOXED = re.compile(
    r"\n<div style=\"font-family: [^>]*>(<code id=typeans>.*?</code>)</div>", re.DOTALL
)
_TYPE = re.compile(r"\[\[type:(.+?)\]\]")

# What aqt asks of the page; then all is waited for that Anki waits for, until it is painted.
_SHOW = """
const [card, isBack, done] = arguments;
const settled = async () => {
  await new Promise(resolve => _queueAction(resolve));
  await Promise.all([...document.images].map(each => each.complete ||
    new Promise(resolve => each.onload = each.onerror = resolve)));
  for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
};
"""
_LOOK = (
    _SHOW.replace("[card, isBack, done]", "[cards, names, done]")
    + """
(async () => {
  const found = [];
  for (const card of cards) {
    const sides = {front: {}, back: {}};
    _showQuestion(card.question, card.answer, card.body);
    await settled();
    for (const name of names) sides.front[name] = await look[name](false);
    _showAnswer(card.answer, card.body);
    await settled();
    for (const name of names) sides.back[name] = await look[name](true);
    found.push(sides);
  }
  return found;
})().then(done, error => done(String(error.stack ?? error)));
"""
)
# To show a card takes long, so all of these are taken of it at once.
_TOGETHER = (
    *("wide", "cut", "hidden", "faint", "plain", "small"),
    *("tiny", "foreign", "astray", "uneven", "ragged"),
)
_WRITE = """
const [page, done] = arguments;
document.open();
document.write(page);
document.close();
addEventListener("load", () => { location.hash = "answer"; requestAnimationFrame(() => done()); });
"""
_SHOW += """
(async () => {
  if (isBack) _showAnswer(card.answer, card.body);
  else _showQuestion(card.question, card.answer, card.body);
  await settled();
})().then(done);
"""


class Shown(NamedTuple):
    """A card as aqt hands it to the page."""

    name: str
    question: str
    answer: str
    body: str


class Reviewer:
    """A window in which a learner reviews, by day or by night, of any size."""

    def __init__(self, driver: Any, address: str, learner: Learner) -> None:
        self.driver = driver
        self._address = address
        self._learner = learner
        self._night = False
        self._scripts: tuple[str, ...] = ()
        self._size = (0, 0)
        self._found: dict[tuple[object, ...], dict[str, Any]] = {}

    def open(self, *, width: int, height: int, night: bool = False, scripts: Iterable[str]) -> None:
        """Open the page in a window of a size, with scripts beside Anki's own."""
        self._night = night
        self._scripts = tuple(scripts)
        self.resize(width, height)
        self._load("night" if night else "day")

    def resize(self, width: int, height: int) -> None:
        self._size = (width, height)
        set_screen(self.driver, width, height)

    def cards(self, *names: str, typed: str = "") -> list[Shown]:
        """Return the cards of some notes, or of all; what the learner types is the same in each."""
        notes = self._learner.notes()
        return [
            self._shown(f"{name}/{card.ord}", card, typed)
            for name in names or sorted(notes)
            for card in notes[name].cards()
        ]

    def look(self, name: str, cards: Iterable[Shown]) -> dict[str, list[Any]]:
        """Return what a measure finds on the front and on the back of each card.

        A card that was measured in such a window before is not shown again.
        """
        names = _TOGETHER if name in _TOGETHER else (name,)
        known = {card: (*self._size, self._night, self._scripts, names, card) for card in cards}
        new = [card for card, place in known.items() if place not in self._found]
        values = [card._asdict() for card in new]
        measured = self.driver.execute_async_script(_LOOK, values, names)
        assert isinstance(measured, list), measured
        self._found |= {known[card]: sides for card, sides in zip(new, measured, strict=True)}
        return {
            f"{card.name} {side}": found[name]
            for card, place in known.items()
            for side, found in self._found[place].items()
            if found[name]
        }

    def show(self, card: Shown, *, back: bool = False) -> None:
        """Show the front of a card; for the back, that after the front."""
        for is_back in (False, True)[: 1 + back]:
            self.driver.execute_async_script(_SHOW, card._asdict(), is_back)

    def show_on_android(self, card: Shown) -> None:
        """Show the back of a card as AnkiDroid does, which has no MathJax here."""
        self._load("empty")
        answer = _BOXED.sub(r"\1", card.answer)
        ordinal = int(card.name.rpartition("/")[2])
        page = android_page(answer, ordinal, night=self._night)
        self.driver.execute_async_script(_WRITE, page)
        self._run_scripts()

    def run(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(f"return {script}", *arguments)

    def photograph(self, path: Path) -> None:
        """Write what the window shows."""
        taken = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
        path.write_bytes(base64.b64decode(taken["data"]))

    def _load(self, page: str) -> None:
        self.driver.get(f"{self._address}{page}")
        self._run_scripts()

    def _run_scripts(self) -> None:
        for script in self._scripts:
            self.driver.execute_script(script)

    def _shown(self, name: str, card: Card, typed: str) -> Shown:
        question = self._with_box(card, self._with_players(card.question()))
        answer = self._with_comparison(card, self._with_players(card.answer()), typed)
        body = f"card card{card.ord + 1} {body_class(night=self._night)}"
        return Shown(name, question, answer, body)

    def _with_players(self, html: str) -> str:
        html = self._learner.collection.media.escape_media_filenames(html)
        return AV_REF_RE.sub(lambda match: _PLAY.format(match[1]), html)

    def _with_box(self, card: Card, html: str) -> str:
        def show(match: re.Match[str]) -> str:
            expected, font, size = self._expected(card, match[1])
            return _BOX.format(font, size) if expected else ""

        return _TYPE.sub(show, html)

    def _with_comparison(self, card: Card, html: str, typed: str) -> str:
        def show(match: re.Match[str]) -> str:
            expected, font, size = self._expected(card, match[1])
            if not expected:
                return ""
            compared = self._learner.collection.compare_answer(expected, typed)
            return _COMPARED.format(font, size, compared)

        return _TYPE.sub(show, html)

    def _expected(self, card: Card, named: str) -> tuple[str, str, int]:
        """Return what is to be typed, and the font and the size that the field has in Anki."""
        kind, _, name = named.rpartition(":")
        (field,) = (each for each in card.note_type()["flds"] if each["name"] == name)
        expected = card.note()[name]
        if kind == "cloze":
            expected = self._learner.collection.extract_cloze_for_typing(expected, card.ord + 1)
        return expected, field["font"], field["size"]


@contextmanager
def reviewing(learner: Learner, folder: Path) -> Iterator[Reviewer]:
    """Serve a learner's media and Anki's own files to a browser."""
    handler = functools.partial(
        _Handler, media=Path(learner.collection.media.dir()), directory=str(anki_web())
    )
    with (
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server,
        chromium(folder) as driver,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        driver.set_script_timeout(120)
        # Without a screen no window has the focus, and nothing in it is drawn as focused.
        driver.execute_cdp_cmd("Emulation.setFocusEmulationEnabled", {"enabled": True})
        yield Reviewer(driver, f"http://127.0.0.1:{server.server_port}/", learner)
        server.shutdown()


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Anki's files below ``/_anki/``, the page by day and by night, and a learner's media."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *args: Any, media: Path, **kwargs: Any) -> None:
        self._media = media
        super().__init__(*args, **kwargs)

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path in ("/day", "/night"):
            self._send_page(reviewer_page(night=path == "/night").encode())
        elif path == "/empty":
            self._send_page(b"<!doctype html>")
        elif path == "/favicon.ico":
            self.send_error(404)
        else:
            # A connection is kept, and so is what was set for its last answer.
            if path.startswith("/_anki/"):
                self.path, self.directory = path.removeprefix("/_anki"), str(anki_web())
            else:
                self.directory = str(self._media)
            super().do_GET()

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "max-age=3600")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (as above it)
        """Say nothing."""

    def _send_page(self, page: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)
