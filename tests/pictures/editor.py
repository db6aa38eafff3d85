"""VS Code as trainers have it, in a browser: code-server serves the very same editor."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

from tests.helpers.browser import chromium, set_screen, wait_for
from tests.pictures.previews import stand_still

_WIDTH, _HEIGHT = 1000, 700
_SETTINGS = {
    "editor.cursorBlinking": "solid",
    "editor.minimap.enabled": False,
    "editor.wordWrap": "on",
    "terminal.integrated.profiles.linux": {
        "bash": {"path": "bash", "args": ["--norc", "--noprofile"], "env": {"PS1": "$ "}}
    },
    "window.commandCenter": False,
    "workbench.colorTheme": "Default Light Modern",
    "workbench.layoutControl.enabled": False,
    "workbench.startupEditor": "none",
}
_FOLDER = "return document.querySelector('.explorer-folders-view') !== null"
_TERMINAL = "return document.querySelector('.xterm.focus') !== null"
_OPENED = "return document.querySelector('.tab.active .label-name')?.innerText"


def is_there() -> bool:
    return shutil.which("code-server") is not None


def take_editor(folder: Path) -> Image.Image:
    """Take an empty folder in the editor, with the terminal below."""
    with _editing(folder) as driver:
        return _settle(driver, folder)


def take_new(folder: Path) -> Image.Image:
    """Take the first deck of a new package, with what ``new`` printed below."""
    with _editing(folder) as driver:
        _type(driver, "ankibuild new my-deck\n")
        written = folder / "decks/content/my-deck/first-deck.md"
        wait_for(lambda: (folder / "decks/.vscode/tasks.json").exists() and written.exists(), bool)
        _settle(driver, folder)
        # In the terminal, the keys that open a file would be told of in a box of their own.
        driver.execute_script("document.querySelector('.editor-group-container').focus()")
        _type(driver, "p", with_control=True)
        _type(driver, written.name)
        _settle(driver, folder)
        _type(driver, "\n")
        wait_for(lambda: driver.execute_script(_OPENED), lambda name: name == written.name)
        return _settle(driver, folder)


@contextmanager
def _editing(folder: Path) -> Iterator[Any]:
    """Open a new folder in the editor, and its terminal."""
    decks = folder / "decks"
    decks.mkdir()
    (folder / "data/User").mkdir(parents=True)
    (folder / "data/User/settings.json").write_text(json.dumps(_SETTINGS), "utf-8")
    command = ["code-server", "--auth", "none", "--bind-addr", "127.0.0.1:0"]
    command += ["--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"]
    command += [f"--user-data-dir={folder / 'data'}", f"--config={folder / 'config.yaml'}"]
    command += [f"--extensions-dir={folder / 'extensions'}"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    server = subprocess.Popen(
        command, env=os.environ | {"PATH": path}, stdout=subprocess.PIPE, text=True, cwd=folder
    )
    try:
        assert server.stdout
        found = (re.search(r"listening on (http\S+)", line) for line in server.stdout)
        address = next(match[1] for match in found if match)
        with chromium(folder) as driver:
            set_screen(driver, _WIDTH, _HEIGHT)
            driver.get(f"{address}?folder={decks}")
            wait_for(lambda: driver.execute_script(_FOLDER), bool)
            _settle(driver, folder)
            _type(driver, "`", with_control=True)
            wait_for(lambda: driver.execute_script(_TERMINAL), bool)
            _settle(driver, folder)
            yield driver
    finally:
        server.terminate()
        server.communicate()


def _settle(driver: Any, folder: Path) -> Image.Image:
    """Return what the window shows, once nothing has moved for a while."""
    return stand_still(driver, folder / "editor.png", pause=2000)


def _type(driver: Any, text: str, *, with_control: bool = False) -> None:
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    keys = ActionChains(driver)
    if with_control:
        keys.key_down(Keys.CONTROL).send_keys(text).key_up(Keys.CONTROL).perform()
    else:
        keys.send_keys(text).perform()
