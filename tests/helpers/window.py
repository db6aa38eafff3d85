"""A learner at a real Anki: its window, with cards to review, on a profile of its own."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pytest

from tests.helpers.ankis import NEWEST, python_with_window
from tests.helpers.fonts import fonts_environment
from tests.helpers.learner import Log

SCRIPT = Path(__file__).with_name("window_script.py")
# What Qt needs beside a browser of the same kind.
PACKAGES = (
    *("libegl1", "libgl1", "libnss3", "libpcsclite1", "libxcomposite1", "libxdamage1"),
    *("libxkbcommon0", "libxkbfile1", "libxrandr2", "libxtst6"),
)


class NoWindowError(Exception):
    """Anki's window cannot be had here; the text says why."""


class Window:
    """Anki's main window, which nobody sees; notes are named by their ``Note ID``."""

    def __init__(self, process: "subprocess.Popen[str]", errors: Path) -> None:
        self._process = process
        self._errors = errors

    @classmethod
    @contextmanager
    def of(
        cls,
        folder: Path,
        version: str = NEWEST,
        script: Path = SCRIPT,
        *arguments: str,
        **variables: str,
    ) -> Iterator[Self]:
        """Start Anki with an empty profile below a folder, as a script does.

        Raises NoWindowError where it, or a library that Qt needs, is missing.
        """
        python = find_python(version)
        folder.mkdir(parents=True, exist_ok=True)
        errors = folder / "errors.txt"
        environment = fonts_environment() | {
            "HOME": str(folder),
            "PYTHONUTF8": "1",
            "QT_QPA_PLATFORM": "offscreen",
            # Root may not use it, nor may all containers; the cards are our own.
            "QTWEBENGINE_DISABLE_SANDBOX": "1",
            "QTWEBENGINE_CHROMIUM_FLAGS": "--disable-gpu --no-sandbox",
            **variables,
        }
        with (
            errors.open("w") as log,
            subprocess.Popen(
                [python, "-W", "ignore", str(script), str(folder / "base"), *arguments],
                env=os.environ | environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
            ) as process,
        ):
            try:
                yield cls(process, errors)
            finally:
                process.kill()

    def import_package(self, path: Path) -> Log:
        """Import with the dialog's defaults."""
        return Log(*self.ask("import_package", str(path)))

    def show(self, note_id: str, ordinal: int = 0) -> None:
        """Let a card come up for review, its front in sight."""
        self.ask("show", note_id, ordinal)

    def answer(self) -> None:
        """Show the back of the card, as the space key does."""
        self.ask("answer")

    def resize(self, width: int, height: int) -> tuple[int, int]:
        """Give the window a size; return the size that the card has in it."""
        card_width, card_height = self.ask("resize", width, height)
        return card_width, card_height

    def use_night(self, *, night: bool) -> None:
        self.ask("use_night", night)

    def grab(self, picture: Path) -> None:
        """Write a picture of the window."""
        self.ask("grab", str(picture))

    def evaluate(self, code: str) -> Any:
        """Return the value of JavaScript in the page of the card."""
        return self.ask("evaluate", code)

    def ask(self, *request: object) -> Any:
        """Return the answer of the script to a request."""
        process = self._process
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        assert line, f"Anki ended: {self._errors.read_text('utf-8', 'replace')}"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["found"]


def find_python(version: str = NEWEST) -> str:
    """Return a Python with which this Anki's window opens."""
    if not Path("/usr/bin/apt-get").exists():
        raise NoWindowError("Anki's window is tried on Debian and its like")
    try:
        python = python_with_window(version)
    except subprocess.CalledProcessError as error:
        raise NoWindowError(f"aqt cannot be installed: {error.stderr.decode()}") from error
    loads = subprocess.run(
        [python, "-W", "ignore", "-c", "import aqt.qt"],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    if "cannot open shared object file" in loads.stderr:
        missing = loads.stderr.strip().splitlines()[-1]
        raise NoWindowError(f"{missing}; apt-get install {' '.join(PACKAGES)}")
    return python


@contextmanager
def open_window(folder: Path) -> Iterator[Window]:
    """Start Anki for a test, which is skipped where it cannot be had."""
    try:
        find_python()
    except NoWindowError as error:
        pytest.skip(str(error))
    with Window.of(folder) as window:
        yield window
