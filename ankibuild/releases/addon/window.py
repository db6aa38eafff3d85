"""The add-on in Anki's window: looks at the page, asks, downloads, shows what came of it.

In the add-on's file this is ``__init__.py``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

from anki.collection import Collection
from aqt import gui_hooks, mw
from aqt.operations import QueryOp, on_op_finished
from aqt.qt import QAction, QMessageBox, Qt, QTimer, qconnect
from aqt.utils import showText, tooltip, tr

from . import deciding, importing
from .deciding import Offer, TroubleError
from .fetching import fetch

SETTINGS = json.loads(Path(__file__).with_name("settings.json").read_text("utf-8"))
NAME, PAGE, WORDS = SETTINGS["name"], SETTINGS["page"], SETTINGS["words"]
OFTEN = 3_600_000
MOST_SHOWN = 100
# Whoever has it may use the collection of the profile that is open: nobody closes it then.
USING = Lock()


class Visit:
    """A profile that is open: one box is shown at a time, and none outlives the profile.

    The learner who asked is told of everything, others of news alone.
    """

    current: Visit

    def __init__(self, *, is_busy: bool = False) -> None:
        self.is_busy = is_busy
        self.is_asked = False
        self.looked = 0.0
        self.box: Any = None

    def look(self, *, is_asked: bool = False) -> None:
        """Look for new versions, unless that is being done; then who asks is told as well."""
        if self.is_busy and self.box:
            if is_asked:
                self.box.activateWindow()
            return
        self.is_asked = self.is_asked or is_asked
        if not self.is_busy:
            self.is_busy, self.looked = True, time.time()
            self._do(self._read_page, self._weigh).without_collection().run_in_background()

    def _read_page(self, _: Collection) -> list[Any]:
        """Return the newest version of each package on the page, with its notes."""
        listing = self._fetch(deciding.LISTING, deciding.LARGEST_LISTING)
        return [
            (offer, deciding.read_manifest(self._fetch(name, deciding.LARGEST_MANIFEST), offer))
            for offer in deciding.read_listing(listing, PAGE)
            for name in [f"{Path(offer.file).stem}.json"]
        ]

    def _weigh(self, found: list[Any]) -> None:
        def weigh(col: Collection) -> list[Any]:
            return [(*each, importing.weigh(col, *each)) for each in found]

        def choose(weighed: list[Any]) -> None:
            now, later = None if self.is_asked else time.time(), kept()
            self._ask(
                [
                    (offer, notes, due)
                    for offer, notes, due in weighed
                    if deciding.is_wanted(due, later.get(offer.key, 0), now)
                ]
            )

        kept().pop("told", None)
        # What needs the collection waits for a synchronisation that is running.
        self._do_inside(weigh, choose).run_in_background()

    def _ask(self, waiting: list[Any]) -> None:
        if not waiting:
            self.is_busy = False
            if self.is_asked:
                self._show(say("nothing-new"))
            return
        (offer, notes, due), *rest = waiting

        def answer(button: int) -> None:
            if button == 0:
                self._bring(offer, notes, rest)
            elif button == 1:
                kept()[offer.key] = int(time.time()) + deciding.DAY
                self._ask(rest)
            else:
                self._do_inside(
                    lambda col: importing.remember(col, offer, skip=offer.version),
                    lambda _: self._ask(rest),
                ).run_in_background()

        do, refuse = ("update", "version") if due.is_held else ("install", "deck")
        labels = map(say, (do, "later", f"not-this-{refuse}"))
        self._show(deciding.sentence(WORDS, offer, due), *labels, answer=answer)

    def _bring(self, offer: Offer, notes: dict[str, int], rest: list[Any]) -> None:
        def download(_: Collection) -> bytes:
            data = self._fetch(offer.file, offer.size)
            deciding.see_that_it_was_published(offer, data)
            return data

        def bring(data: bytes) -> None:
            self._do_inside(
                lambda col: importing.import_package(col, offer, notes, data), finish
            ).with_progress().run_in_background()

        def finish(done: Any) -> None:
            self.is_asked = False
            if done:
                on_op_finished(mw, done, None)
                show_log(offer, done.log)
            else:
                tooltip(say("nothing-new"))
            self._ask(rest)

        self.is_asked = True
        tooltip(say("downloading"))
        self._do(download, bring).without_collection().run_in_background()

    def _fetch(self, name: str, limit: int) -> bytes:
        # Anki does not end before all that is done beside its window has ended.
        return fetch(PAGE, name, limit, lambda: Visit.current is not self)

    def _do_inside(self, do: Callable[[Any], Any], then: Callable[[Any], None]) -> QueryOp[Any]:
        """Do something in the collection, which is not closed before that is done."""

        def do_if_open(col: Collection) -> Any:
            with USING:
                return do(col) if Visit.current is self else None

        return self._do(do_if_open, then)

    def _do(self, do: Callable[[Any], Any], then: Callable[[Any], None]) -> QueryOp[Any]:
        """Do something beside the window, and go on if the profile is still open then."""

        def go_on(found: Any) -> None:
            if Visit.current is self:
                then(found)

        return QueryOp(parent=mw, op=do, success=go_on).failure(self._fail)

    def _fail(self, error: Exception) -> None:
        """Tell what went wrong: with the page once to all, with anything to who asked."""
        if Visit.current is not self:
            return
        self.is_busy = is_news = False
        text = str(error) or type(error).__name__
        if isinstance(error, TroubleError):
            text = say(error.key, **error.values)
            if error.key != "no-answer":
                is_news = kept().get("told") != text
                kept()["told"] = text
        if self.is_asked or is_news:
            self._show(text, details=str(error.__cause__ or ""))

    def _show(
        self,
        text: str,
        *labels: str,
        answer: Callable[[int], None] | None = None,
        details: str = "",
    ) -> None:
        """Show a text beside the window; the second button is pressed by a key or by closing."""
        if self.box:
            self.box.close()
        box = self.box = QMessageBox(mw)
        box.setModal(False)
        box.setWindowTitle(NAME)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(text)
        box.setDetailedText(details)
        # A learner who did not ask may be typing an answer, and presses nothing by that.
        box.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating, not self.is_asked)
        self.is_asked = False
        role = QMessageBox.ButtonRole.ActionRole
        buttons = [box.addButton(label.replace("&", "&&"), role) for label in labels]
        if answer:
            box.setDefaultButton(buttons[1])
            box.setEscapeButton(buttons[1])

        def finish(_: int) -> None:
            self.box = None
            box.deleteLater()
            if answer and Visit.current is self:
                pressed = box.clickedButton()
                answer(buttons.index(pressed) if pressed in buttons else 1)

        qconnect(box.finished, finish)
        box.show()


def show_log(offer: Offer, log: Any) -> None:
    """Show Anki's account of an import in Anki's words, as text."""
    lines = [f"{offer.title} {offer.version}", tr.importing_notes_found_in_file2(log.found_notes)]
    for said, found in (
        (tr.importing_note_added, log.new),
        (tr.importing_note_updated, log.updated),
        (tr.importing_conflicting_notes_skipped2, log.conflicting),
    ):
        if found:
            lines += ["", said(count=len(found))]
            lines += [f"  {each.fields[0][:MOST_SHOWN]}" for each in found[:MOST_SHOWN]]
    lines += ["", tr.importing_note_unchanged(count=len(log.duplicate))]
    text, title = "\n".join(lines), tr.importing_import_log()
    window, _ = showText(text, mw, run=False, title=title, copyBtn=True, plain_text_edit=True)
    # Anki closes such windows with the profile.
    window.silentlyClose = True
    window.show()


def say(key: str, **values: str) -> str:
    return deciding.say(WORDS, key, **values)


def kept() -> dict[str, Any]:
    """Return what is kept of the page on this computer: the last fault, and what comes later.

    It is kept beside the collection, where Anki would forget what it could redo at each change.
    """
    found: dict[str, Any] = mw.pm.profile.setdefault(f"ankibuild {PAGE}", {})
    return found


def enter() -> None:
    Visit.current = Visit()
    Visit.current.look()


def leave(to: Visit) -> None:
    """Let go of a profile that is open, when nothing is being done in its collection."""
    if Visit.current is not CLOSED:
        with USING:
            box, Visit.current = Visit.current.box, to
        if box:
            box.close()


def come_back() -> None:
    if Visit.current is AWAY:
        enter()


def look_daily() -> None:
    if time.time() - Visit.current.looked >= deciding.DAY:
        Visit.current.look()


# Away, another collection comes in place of this one: that of a full synchronisation.
CLOSED, AWAY = Visit(is_busy=True), Visit(is_busy=True)
Visit.current = CLOSED
gui_hooks.profile_did_open.append(enter)
gui_hooks.profile_will_close.append(lambda: leave(CLOSED))
gui_hooks.collection_will_temporarily_close.append(lambda _: leave(AWAY))
gui_hooks.collection_did_temporarily_close.append(lambda _: come_back())
timer = QTimer(mw)
qconnect(timer.timeout, look_daily)
timer.start(OFTEN)
action = QAction(NAME.replace("&", "&&"), mw)
qconnect(action.triggered, lambda: Visit.current.look(is_asked=True))
mw.form.menuTools.addAction(action)
