"""Run inside an environment with aqt: a real Anki, that does what a test asks on its input.

Each line of standard input is a request in JSON, each line of standard output what came of it.
"""

import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

ANSWERS = os.fdopen(os.dup(1), "w", encoding="utf-8")
# Anki and Qt print to the standard output too.
os.dup2(2, 1)

import aqt  # noqa: E402
import aqt.profiles  # noqa: E402
from anki.collection import (  # noqa: E402
    ImportAnkiPackageOptions,
    ImportAnkiPackageRequest,
)
from aqt.theme import Theme  # noqa: E402

STILL = 5
DONE = "_queueAction(() => Promise.all([...document.images].map((each) => each.decode().catch("
DONE += "() => {}))).then(() => { globalThis.isShown = true; })); globalThis.isShown = false;"


def main(base: str) -> None:
    # No question for a language, no look for updates, and no other Anki of this user's is met.
    profiles = aqt.profiles.ProfileManager
    profiles.setDefaultLang = lambda manager, _: manager.setLang("en")
    profiles.video_driver = lambda _: aqt.profiles.VideoDriver.Software
    aqt.profiles.metaConf["check_for_updates"] = False
    aqt.AnkiApp.KEY = f"anki{os.getpid()}"
    app = aqt._run([sys.argv[0], "--base", base, "--lang", "en"], exec=False)
    is_there = threading.Event()
    aqt.gui_hooks.deck_browser_did_render.append(lambda _: is_there.set())
    threading.Thread(target=serve, args=(is_there,), daemon=True).start()
    app.exec()


def serve(is_there: threading.Event) -> None:
    """Answer requests until there are no more."""
    is_there.wait()
    for web in (aqt.mw.web, aqt.mw.bottomWeb):
        # A page that comes before the one below it is there would be lost.
        ask("0", web)
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        try:
            answer = {"found": REQUESTS[name](*arguments)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=ANSWERS, flush=True)
    # There is nothing to save.
    os._exit(0)


def on_main(do: Callable[[], Any]) -> Any:
    """Return what a function returns that runs where the windows are."""
    future: Future[Any] = Future()

    def run() -> None:
        try:
            future.set_result(do())
        except Exception as error:
            future.set_exception(error)

    aqt.mw.taskman.run_on_main(run)
    return future.result(60)


def ask(code: str, web: Any = None) -> Any:
    """Return the value of JavaScript in the page of the card."""
    future: Future[Any] = Future()
    view = web or aqt.mw.reviewer.web
    aqt.mw.taskman.run_on_main(lambda: view.evalWithCallback(code, future.set_result))
    return future.result(60)


def import_package(path: str) -> list[int]:
    request = ImportAnkiPackageRequest(package_path=path, options=ImportAnkiPackageOptions())
    log = on_main(lambda: aqt.mw.col.import_anki_package(request)).log
    return [len(log.new), len(log.updated), len(log.duplicate), len(log.conflicting)]


def show(note_id: str, ordinal: int) -> None:
    """Study one card, as if all others were suspended."""

    def study() -> None:
        col = aqt.mw.col
        (card,) = [
            each
            for number in col.find_cards(f'"Note ID:{note_id}"')
            if (each := col.get_card(number)).ord == ordinal
        ]
        col.sched.suspend_cards(col.find_cards(f"-cid:{card.id}"))
        col.sched.unsuspend_cards([card.id])
        col.decks.select(card.did)
        aqt.mw.moveToState("review")

    on_main(study)
    wait_until_shown()


def answer() -> None:
    """Do as the space key does."""
    on_main(aqt.mw.reviewer.onEnterKey)
    wait_until_shown()


def wait_until_shown() -> None:
    ask(DONE)
    while not ask("globalThis.isShown"):
        pass


def resize(width: int, height: int) -> list[int]:
    """Give the window a size; return the size that the card has in it."""
    on_main(lambda: aqt.mw.resize(width, height))
    return list(ask("[innerWidth, innerHeight]"))


def grab(path: str) -> None:
    """Write a picture of the window, once it has stood still for a while."""
    before, still = None, 0
    while still < STILL:
        time.sleep(0.1)
        now = on_main(lambda: aqt.mw.grab().toImage())
        still = still + 1 if now == before else 0
        before = now
    assert now.save(path, "PNG")


def use_night(night: bool) -> None:
    on_main(lambda: aqt.mw.set_theme(Theme.DARK if night else Theme.LIGHT))


REQUESTS: dict[str, Callable[..., Any]] = {
    each.__name__: each for each in (import_package, show, answer, ask, resize, grab, use_night)
}

if __name__ == "__main__":
    main(*sys.argv[1:])
