"""The add-on in Anki's window: looks at the page, asks, downloads, imports, shows what came of it.

In the add-on's file this is ``__init__.py``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from anki.collection import Collection, OpChanges
from anki.import_export_pb2 import ImportAnkiPackageOptions, ImportAnkiPackageRequest
from aqt import gui_hooks, mw
from aqt.operations import CollectionOp, QueryOp
from aqt.qt import QAction, QMessageBox, Qt, QTimer, qconnect
from aqt.utils import showText, tooltip, tr

from . import deciding
from .deciding import Due, Offer, TroubleError
from .fetching import fetch

SETTINGS = json.loads(Path(__file__).with_name("settings.json").read_text("utf-8"))
NAME, PAGE, WORDS = SETTINGS["name"], SETTINGS["page"], SETTINGS["words"]
OFTEN = 3_600_000
# Where Anki keeps how a learner imported last, which is how the next import would begin.
PRESETS = "mergeNotetypes updateNotes updateNotetypes withDeckConfigs withScheduling".split()
MOST_SHOWN = 100


class Visit:
    """A profile that is open: one question is put at a time, and none outlives the profile.

    The learner who asked is told of everything, others of news alone.
    """

    current: Visit

    def __init__(self, *, is_busy: bool) -> None:
        self.is_busy = is_busy
        self.is_asked = False
        self.looked = 0.0
        self.box: Any = None

    def look(self, *, is_asked: bool = False) -> None:
        """Look for new versions, unless that is being done."""
        if not self.is_busy:
            self.is_busy, self.is_asked, self.looked = True, is_asked, time.time()
            self._query(lambda _: read_page(), self._weigh, needs_collection=False)

    def _weigh(self, found: list[tuple[Offer, dict[str, int]]]) -> None:
        def find_due(col: Collection) -> list[Any]:
            due = ((*each, weigh(col, *each), recall(col, each[0])) for each in found)
            now = None if self.is_asked else time.time()
            return [each for each in due if deciding.is_wanted(each[0], *each[2:], now)]

        # What needs the collection waits for a synchronisation that is running.
        self._query(find_due, self._ask, needs_collection=True)

    def _ask(self, waiting: list[Any]) -> None:
        if not waiting or Visit.current is not self:
            self.is_busy = False
            if self.is_asked:
                self._show(say("nothing-new"))
            return
        (offer, notes, due, _), *rest = waiting
        self.is_asked = False

        def answer(button: int) -> None:
            if button == 0:
                self._bring(offer, notes, rest)
                return
            later = {"later": int(time.time()) + deciding.DAY}
            remember(mw.col, offer, **(later if button == 1 else {"skip": offer.version}))
            self._ask(rest)

        do, refuse = ("update", "version") if due.is_held else ("install", "deck")
        labels = map(say, (do, "later", f"not-this-{refuse}"))
        self._show(deciding.sentence(WORDS, offer, due), *labels, answer=answer)

    def _bring(self, offer: Offer, notes: dict[str, int], rest: list[Any]) -> None:
        def download(_: Collection) -> bytes:
            data = fetch(PAGE, offer.file, offer.size)
            deciding.see_that_it_was_published(offer, data)
            return data

        def bring(data: bytes) -> None:
            operation = CollectionOp(mw, lambda col: import_package(col, offer, notes, data))
            operation.success(finish).failure(self._fail).run_in_background()

        def finish(done: Any) -> None:
            self.is_asked = False
            if isinstance(done, OpChanges):
                tooltip(say("nothing-new"))
            else:
                show_log(offer, done.log)
            self._ask(rest)

        self.is_asked = True
        tooltip(say("downloading"))
        self._query(download, bring, needs_collection=False)

    def _query(
        self, do: Callable[[Any], Any], then: Callable[[Any], None], *, needs_collection: bool
    ) -> None:
        """Do something beside the window, and go on if the profile is still open then."""

        def go_on(found: Any) -> None:
            if Visit.current is self:
                then(found)

        query = QueryOp(parent=mw, op=do, success=go_on)
        query.failure(self._fail)
        (query if needs_collection else query.without_collection()).run_in_background()

    def _fail(self, error: Exception) -> None:
        """Tell what went wrong: with the page once to all, with the network to who asked."""
        self.is_busy = False
        if Visit.current is not self or not (self.is_asked or isinstance(error, TroubleError)):
            return
        text = str(error) or type(error).__name__
        if isinstance(error, TroubleError):
            text = say(error.key, **error.values)
        elif isinstance(error, OSError):
            text = f"{say('no-answer', page=PAGE)}\n\n{error}"
        is_told = False
        # Only our own words are kept, which the learner's other devices get too.
        if isinstance(error, TroubleError) and mw.col:
            is_told = mw.col.get_config(f"ankibuild {PAGE}") == text
            mw.col.set_config(f"ankibuild {PAGE}", text)
        if self.is_asked or not is_told:
            self._show(text)

    def _show(self, text: str, *labels: str, answer: Callable[[int], None] | None = None) -> None:
        """Show a text beside the window; the second button is pressed by a key or by closing."""
        box = self.box = QMessageBox(mw)
        box.setModal(False)
        box.setWindowTitle(NAME)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(text)
        # A learner who is typing an answer presses nothing.
        box.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
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


def read_page() -> list[tuple[Offer, dict[str, int]]]:
    """Return the newest version of each package on the page, with its notes."""
    listing = fetch(PAGE, deciding.LISTING, deciding.LARGEST_LISTING)
    return [
        (offer, deciding.read_manifest(fetch(PAGE, name, deciding.LARGEST_MANIFEST), offer, PAGE))
        for offer in deciding.read_listing(listing, PAGE)
        for name in [f"{Path(offer.file).stem}.json"]
    ]


def weigh(col: Collection, offer: Offer, notes: dict[str, int]) -> Due | None:
    """Return what an import would bring to a collection, None for nothing."""
    descriptions = (deck.get("desc", "") for deck in col.decks.all())
    described = deciding.described_version(descriptions, PAGE, offer)
    record = recall(col, offer)
    due = deciding.weigh(offer, notes, held_in(col), described, record)
    if notes and not due and "version" not in record:
        remember(col, offer, version=offer.version)
    return due


def import_package(col: Collection, offer: Offer, notes: dict[str, int], data: bytes) -> Any:
    """Import as the dialog does by default, and leave the learner's defaults for it alone.

    All of it is one step to undo. Nothing is done where a synchronisation has brought it meanwhile.
    """
    if not weigh(col, offer, notes):
        return OpChanges()
    presets = {key: col.get_config(key) for key in PRESETS}
    # All is done before the folder goes: on Windows that fails where something reads the file.
    with TemporaryDirectory(prefix="anki-deck-") as folder:
        path = Path(folder) / "update.apkg"
        path.write_bytes(data)
        options = ImportAnkiPackageOptions()
        request = ImportAnkiPackageRequest(package_path=str(path), options=options)
        done = col.import_anki_package(request)
        step = col.undo_status().last_step
        for key, value in presets.items():
            if value is None:
                col.remove_config(key)
            else:
                col.set_config(key, value, undoable=True)
        left = deciding.count_older(notes, held_in(col))
        col.set_config(place_of(offer), {"version": offer.version, "left": left}, undoable=True)
        col.merge_undo_entries(step)
    return done


def held_in(col: Any) -> dict[str, int]:
    """Return the modified times of all notes in a collection by their GUIDs."""
    return dict(col.db.execute("select guid, mod from notes"))


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
    showText(text, mw, run=False, title=title, copyBtn=True, plain_text_edit=True)[0].show()


def place_of(offer: Offer) -> str:
    """Return the name under which the collection keeps what was done with a package."""
    return f"ankibuild {offer.key}"


def recall(col: Collection, offer: Offer) -> dict[str, Any]:
    record = col.get_config(place_of(offer))
    return record if isinstance(record, dict) else {}


def remember(col: Collection, offer: Offer, **values: Any) -> None:
    col.set_config(place_of(offer), {**recall(col, offer), **values})


def say(key: str, **values: str) -> str:
    return deciding.say(WORDS, key, **values)


def open_visit() -> None:
    Visit.current = Visit(is_busy=False)
    Visit.current.look()


def close_visit() -> None:
    box, Visit.current = Visit.current.box, Visit(is_busy=True)
    if box:
        box.close()


def look_daily() -> None:
    if time.time() - Visit.current.looked >= deciding.DAY:
        Visit.current.look()


Visit.current = Visit(is_busy=True)
gui_hooks.profile_did_open.append(open_visit)
gui_hooks.profile_will_close.append(close_visit)
timer = QTimer(mw)
qconnect(timer.timeout, look_daily)
timer.start(OFTEN)
action = QAction(NAME.replace("&", "&&"), mw)
qconnect(action.triggered, lambda: Visit.current.look(is_asked=True))
mw.form.menuTools.addAction(action)
