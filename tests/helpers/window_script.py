"""Run inside an environment with aqt: a real Anki that does what is asked of it.

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
from typing import Any

ANSWERS = os.fdopen(os.dup(1), "w", encoding="utf-8")
# Anki and Qt print to the standard output too.
os.dup2(2, 1)

import aqt  # noqa: E402
import aqt.profiles  # noqa: E402
from anki.import_export_pb2 import (  # noqa: E402
    ImportAnkiPackageOptions,
    ImportAnkiPackageRequest,
)
from aqt.theme import Theme  # noqa: E402

PATIENCE = 30.0
STILL = 4
# What Anki's page does before a card is shown is in this queue; pictures may come later.
MARK = """\
globalThis.isShown = false;
_queueAction(() => Promise.all([...document.images].map((each) => each.decode().catch(() => {})))
  .then(() => requestAnimationFrame(() => { globalThis.isShown = true; })));
"""


def main(base: str) -> None:
    profiles = aqt.profiles.ProfileManager
    # Nobody is asked for a language or for updates, and no other Anki of this user's is met.
    profiles.setDefaultLang = lambda manager, _: manager.setLang("en")
    profiles.video_driver = lambda _: aqt.profiles.VideoDriver.Software
    aqt.profiles.metaConf["check_for_updates"] = False
    aqt.AnkiApp.KEY = f"anki{os.getpid()}"
    is_there = threading.Event()
    aqt.gui_hooks.deck_browser_did_render.append(lambda _: is_there.set())
    threading.Thread(target=serve, args=(is_there,), daemon=True).start()
    aqt._run([sys.argv[0], "--base", base, "--lang", "en"], exec=False).exec()


def serve(is_there: threading.Event) -> None:
    """Answer requests until there are no more."""
    if is_there.wait(PATIENCE):
        for web in (aqt.mw.web, aqt.mw.bottomWeb):
            # A card that came before the list of decks is shown would be lost.
            evaluate("0", web)
        for line in sys.stdin:
            name, *arguments = json.loads(line)
            try:
                answer = {"found": REQUESTS[name](*arguments)}
            except Exception:
                answer = {"error": traceback.format_exc()}
            print(json.dumps(answer), file=ANSWERS, flush=True)
    os._exit(0)


def import_package(path: str) -> list[int]:
    """Import as the dialog does by default; return Anki's account of it."""
    request = ImportAnkiPackageRequest(package_path=path, options=ImportAnkiPackageOptions())
    log = on_main(lambda: aqt.mw.col.import_anki_package(request)).log
    return [len(log.new), len(log.updated), len(log.duplicate), len(log.conflicting)]


def show(note_id: str, ordinal: int) -> None:
    """Study one card, with all others suspended."""

    def study() -> None:
        col = aqt.mw.col
        (number,) = col.find_cards(f'"Note ID:{note_id}" card:{ordinal + 1}')
        col.sched.suspend_cards(col.find_cards(f"-cid:{number}"))
        col.sched.unsuspend_cards([number])
        col.decks.select(col.get_card(number).did)
        aqt.mw.moveToState("review")

    on_main(study)
    wait_until_shown()


def answer() -> None:
    """Do as the space key does."""
    on_main(aqt.mw.reviewer.onEnterKey)
    wait_for(lambda: aqt.mw.reviewer.state == "answer")
    wait_until_shown()


def resize(width: int, height: int) -> list[int]:
    """Give the window a size; return the size that the card has in it."""
    on_main(lambda: aqt.mw.resize(width, height))
    web = aqt.mw.web
    wait_for(lambda: evaluate("[innerWidth, innerHeight]", web) == [web.width(), web.height()])
    return [web.width(), web.height()]


def use_night(night: bool) -> None:
    on_main(lambda: aqt.mw.set_theme(Theme.DARK if night else Theme.LIGHT))


def grab(path: str) -> None:
    """Write a picture of the window, once it has stood still for a while."""
    seen: list[Any] = []

    def stands_still() -> bool:
        time.sleep(0.1)
        seen.append(on_main(lambda: aqt.mw.grab().toImage()))
        return len(seen) > STILL and all(each == seen[-1] for each in seen[-STILL:])

    wait_for(stands_still)
    if not seen[-1].save(path, "PNG"):
        raise OSError(path)


def evaluate(code: str, web: Any = None) -> Any:
    """Return the value of JavaScript in the page of the card."""
    future: Future[Any] = Future()
    view = web or aqt.mw.web
    aqt.mw.taskman.run_on_main(lambda: view.evalWithCallback(code, future.set_result))
    return future.result(PATIENCE)


def on_main(do: Callable[[], Any]) -> Any:
    """Return what a function returns that runs where the windows are."""
    future: Future[Any] = Future()

    def run() -> None:
        try:
            future.set_result(do())
        except Exception as error:
            future.set_exception(error)

    aqt.mw.taskman.run_on_main(run)
    return future.result(PATIENCE)


def wait_until_shown() -> None:
    evaluate(MARK)
    wait_for(lambda: evaluate("globalThis.isShown"))


def wait_for(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.02)


REQUESTS: dict[str, Callable[..., Any]] = {
    each.__name__: each
    for each in (import_package, show, answer, resize, use_night, grab, evaluate)
}

if __name__ == "__main__":
    main(*sys.argv[1:])
