"""Run inside an environment with aqt: a learner with the add-on, for whom its buttons are pressed.

Requests and answers are those of ``window_script``, and more.
"""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# First: it takes the standard output, on which Anki prints too.
import window_script as window  # type: ignore[import-not-found]  # isort: skip
import ankis_script  # type: ignore[import-not-found]
import aqt
from anki.import_export_pb2 import ImportAnkiPackageOptions
from aqt.addons import AddonManager
from aqt.errors import ErrorHandler
from aqt.qt import QMessageBox, QPlainTextEdit, Qt, QTextBrowser, QTimer

FAULTS: list[str] = []
GATE = threading.Event()
STARTED = threading.Event()
PRESETS = {"mergeNotetypes": True, "updateNotes": "Never", "withScheduling": True}


Do = Callable[..., Any]


def main(base: str, *addons: str) -> None:
    load = AddonManager.loadAddons

    def install_and_load(manager: Any) -> None:
        """Do as a double click on the files does, before the start of Anki that it asks for."""
        for each in addons:
            result = manager.install(each)
            assert result.__class__.__name__ == "InstallOk", result
        load(manager)

    write = ErrorHandler.write

    def keep(handler: Any, text: str) -> None:
        FAULTS.append(text)
        write(handler, text)

    AddonManager.loadAddons = install_and_load
    ErrorHandler.write = keep
    window.main(base)


def request(do: Do) -> Do:
    """Let the test ask for something by its name."""
    window.REQUESTS[do.__name__] = do
    return do


def in_window(do: Do) -> Do:
    """Let the test ask for something that is done where the windows are."""
    window.REQUESTS[do.__name__] = lambda *arguments: window.on_main(lambda: do(*arguments))
    return do


def addon() -> Any:
    """Return the module of the first add-on."""
    start = f"{Path(sys.argv[2]).stem}-"
    names = (name for name in sys.modules if name.startswith(start) and "." not in name)
    return sys.modules[next(names)]


def visit() -> Any:
    """Return what the add-on knows of the profile that is open."""
    return addon().Visit.current


@in_window
def lines() -> list[str]:
    """Return the add-ons' lines in the menu."""
    texts = (each.text() for each in aqt.mw.form.menuTools.actions())
    return [each for each in texts if each.startswith("Deck updates")]


@in_window
def boxes() -> list[Any]:
    """Return the text of each box in sight, with its buttons."""
    return [[each.text(), [b.text() for b in each.buttons()]] for each in _boxes()]


def _boxes() -> list[Any]:
    widgets = aqt.mw.app.topLevelWidgets()
    return [each for each in widgets if isinstance(each, QMessageBox) and each.isVisible()]


@in_window
def manners() -> Any:
    """Tell of the box in sight whether all else waits for it, and whether keys go to it."""
    (box,) = _boxes()
    return [box.isModal(), not box.testAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)]


@request
def faults() -> str:
    """Return what Anki would show as a fault of its own or of an add-on."""
    return "".join(FAULTS)


@in_window
def press(label: str) -> None:
    """Press a button of the box in sight, or close the box."""
    (box,) = _boxes()
    if label:
        next(each for each in box.buttons() if each.text() == label).click()
    else:
        box.close()


@in_window
def texts() -> list[str]:
    """Return the other texts in sight, and close their windows."""
    shown = [each for kind in (QPlainTextEdit, QTextBrowser) for each in _all(kind)]
    found = [each.toPlainText() for each in shown]
    for each in shown:
        each.window().close()
    return found


def _all(kind: Any) -> list[Any]:
    windows = [each for each in aqt.mw.app.topLevelWidgets() if each is not aqt.mw]
    return [e for each in windows for e in each.findChildren(kind) if e.isVisible()]


@in_window
def ask() -> None:
    """Choose the add-on's line in the menu."""
    addon().action.trigger()


@in_window
def look() -> None:
    """Let the add-on look unbidden."""
    visit().look()


@in_window
def look_and_ask() -> None:
    """Choose the line in the menu while the add-on looks unbidden."""
    visit().look()
    addon().action.trigger()


@request
def let_imports_wait() -> None:
    """Let each import take a while."""
    importing = addon().importing
    bring = importing.import_package

    def import_slowly(*arguments: Any) -> Any:
        STARTED.set()
        time.sleep(0.5)
        return bring(*arguments)

    importing.import_package = import_slowly


@request
def await_import() -> None:
    """Wait until an import is being done, from the last time that this was waited for."""
    STARTED.wait(window.PATIENCE)
    STARTED.clear()


@request
def await_progress() -> None:
    """Wait until an import has begun, or waits for the collection."""
    window.wait_for(lambda: bool(window.on_main(aqt.mw.progress.busy)))


@in_window
def use_collection() -> None:
    """Let something else use the collection for a long time, as a synchronisation does."""
    GATE.clear()
    aqt.mw.taskman.run_in_background(GATE.wait)


@request
def end_use() -> None:
    """End what uses the collection, and wait until what has waited for it is done."""
    GATE.set()
    window.wait_for(lambda: window.on_main(lambda: not aqt.mw._background_op_count))


@in_window
def close_for_full_sync() -> None:
    """Close the collection as for a full synchronisation."""
    aqt.gui_hooks.collection_will_temporarily_close(aqt.mw.col)
    aqt.mw.col.close_for_full_sync()
    aqt.mw.col._backend.close_collection(downgrade_to_schema11=False)


@in_window
def reopen() -> None:
    """Open the collection as after a full synchronisation."""
    aqt.mw.reopen(after_full_sync=False)


@in_window
def begin_to_close_profile() -> None:
    aqt.gui_hooks.profile_will_close()


@in_window
def pass_a_day() -> None:
    """Let the last look be a day ago, and an hour pass."""
    visit().looked -= 86_400
    for timer in aqt.mw.findChildren(QTimer):
        if timer.interval() == 3_600_000:
            timer.timeout.emit()


@request
def await_box() -> Any:
    window.wait_for(lambda: window.on_main(boxes))
    return window.on_main(boxes)[0]


@request
def await_rest() -> None:
    """Wait until the add-on has nothing to do."""
    window.wait_for(lambda: window.on_main(lambda: not visit().is_busy))


@request
def await_rest_or_box() -> None:
    """Wait until the add-on has nothing to do, or waits for an answer."""
    window.wait_for(lambda: window.on_main(lambda: bool(boxes()) or not visit().is_busy))


@in_window
def state() -> Any:
    """Return all that the learner has."""
    aqt.mw.col.models._clear_cache()
    return ankis_script.look(aqt.mw.col)


@in_window
def presets() -> Any:
    col = aqt.mw.col
    return [str(col._backend.get_import_anki_package_presets()), *map(col.get_config, PRESETS)]


@in_window
def set_presets() -> None:
    for key, value in PRESETS.items():
        aqt.mw.col.set_config(key, value)


@in_window
def study() -> None:
    ankis_script.study(aqt.mw.col)


@in_window
def edit(name: str, field: str, text: str) -> None:
    (number,) = aqt.mw.col.find_notes(f'"Note ID:*/{name}"')
    note = aqt.mw.col.get_note(number)
    note[field] = text
    aqt.mw.col.update_note(note)
    aqt.mw.col.tags.bulk_add([number], "mine")


@in_window
def add_field() -> None:
    """Add a field to every note type of the package, after which Anki updates none of its notes."""
    for note_type in aqt.mw.col.models.all():
        if note_type["name"].endswith("(ankibuild)"):
            models = aqt.mw.col.models
            models.add_field(note_type, models.new_field("Mine"))
            models.update_dict(note_type)


@in_window
def kept() -> Any:
    """Return what the add-on keeps beside the collection."""
    return addon().kept()


@in_window
def forget_later() -> None:
    """Let the day be over for which something was put off."""
    found = addon().kept()
    found.update({key: 1 for key, value in found.items() if isinstance(value, int)})


@in_window
def date_back(moment: int) -> None:
    """Let all that was imported and edited have happened at a time long ago, as releases do."""
    aqt.mw.col.db.execute("update notes set mod = ? where mod > ?", moment, moment)


@in_window
def undo() -> str:
    """Undo the last step; return its name."""
    return str(aqt.mw.col.undo().operation)


@in_window
def redoable() -> str:
    """Return the name of the step that can be done again."""
    return str(aqt.mw.col.undo_status().redo)


@in_window
def import_by_hand(path: str) -> None:
    window_import = window.ImportAnkiPackageRequest(
        package_path=path, options=ImportAnkiPackageOptions()
    )
    aqt.mw.col.import_anki_package(window_import)


@in_window
def remove_all() -> None:
    aqt.mw.col.remove_notes(aqt.mw.col.find_notes(""))
    aqt.mw.col.decks.remove([each.id for each in aqt.mw.col.decks.all_names_and_ids()])


@in_window
def close_profile() -> None:
    aqt.mw.unloadProfile(lambda: None)


@request
def open_profile(name: str) -> None:
    """Open a profile; a new one is empty."""

    def load() -> None:
        if name not in aqt.mw.pm.profiles():
            aqt.mw.pm.create(name)
        aqt.mw.pm.load(name)
        aqt.mw.loadProfile()

    window.on_main(load)
    window.wait_for(lambda: window.on_main(lambda: aqt.mw.state == "deckBrowser"))


@in_window
def join(address: str) -> None:
    """Make this the first device of an account."""
    col = aqt.mw.col
    auth = _log_in(address)
    col.close_for_full_sync()
    col.full_upload_or_download(auth=auth, server_usn=None, upload=True)
    col.reopen(after_full_sync=True)


@in_window
def sync(address: str) -> None:
    aqt.mw.col.sync_collection(_log_in(address), sync_media=False)


def _log_in(address: str) -> Any:
    auth = aqt.mw.col.sync_login("learner", "learner", address)
    auth.endpoint = address
    return auth


if __name__ == "__main__":
    main(*sys.argv[1:])
