"""A trainer at a terminal: writes files, runs the real command."""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import chdir
from pathlib import Path

import pytest
from click.testing import CliRunner

from ankibuild.cli import main
from ankibuild.releases import history
from tests.helpers.places import CASES
from tests.helpers.told import in_lines

SETTINGS = """\
id = "demo"
key = "0f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e"
title = "Demo"
"""


class Result(subprocess.CompletedProcess[str]):
    """How a command ended, and what it printed."""

    @property
    def told(self) -> str:
        """Return all that was printed, with each problem in one line, as the library says it."""
        return in_lines(self.stdout + self.stderr)


class Trainer:
    """A folder, and what was done in it; no Anki is installed unless ``has_anki`` is set."""

    def __init__(self, folder: Path) -> None:
        self.has_anki = False
        self.folder = folder
        self.folder.mkdir(parents=True)

    def write(self, path: str, text: str | bytes) -> Path:
        """Write a file below the folder, byte for byte."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
        return target

    def write_package(self, *decks: str, settings: str = SETTINGS) -> None:
        """Write the package ``content/demo`` with the texts as 1.md, 2.md …."""
        self.write("content/demo/package.toml", settings)
        for number, text in enumerate(decks, 1):
            self.write(f"content/demo/{number}.md", text)

    def run(self, *arguments: str, prefix: tuple[str, ...] = (), **environment: str) -> Result:
        """Run the command in the folder: in this process, which is faster, where that is the same.

        With a prefix or another environment it gets a process of its own.
        """
        if not prefix and environment.keys() <= {"SOURCE_DATE_EPOCH", "TMPDIR"}:
            return self._run_here(arguments, environment)
        ended = subprocess.run(
            [*prefix, sys.executable, "-m", "ankibuild", *arguments],
            cwd=self.folder,
            env=self.environment(**environment),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        return Result(arguments, ended.returncode, ended.stdout, ended.stderr)

    def _run_here(self, arguments: tuple[str, ...], environment: dict[str, str]) -> Result:
        runner = CliRunner(catch_exceptions=False)
        with chdir(self.folder), pytest.MonkeyPatch.context() as patch:
            if not self.has_anki:
                patch.setitem(sys.modules, "anki", None)
            if not any((each / ".git").exists() for each in (self.folder, *self.folder.parents)):
                # Git would say each time that it knows nothing: a third of all that tests do.
                patch.setattr(history, "_git", lambda *_: None)
            if "TMPDIR" in environment:
                # Looked up once, and kept here.
                patch.setattr(tempfile, "tempdir", None)
            result = runner.invoke(main, arguments, env=environment, prog_name="ankibuild")
        return Result(arguments, result.exit_code, result.stdout, result.stderr)

    def git(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run Git in the folder, as nobody in particular."""
        identity = (
            ("user.name", "T"),
            ("user.email", "t@example.org"),
            ("commit.gpgsign", "false"),
        )
        options = [word for name, value in identity for word in ("-c", f"{name}={value}")]
        return subprocess.run(
            ["git", *options, *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=check,
        )

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment of a command."""
        without_anki = "" if self.has_anki else str(CASES / "without-anki")
        paths = (more.get("PYTHONPATH", os.environ.get("PYTHONPATH", "")), without_anki)
        more["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        return os.environ | {"PYTHONUTF8": "1"} | more

    def build(self, time: int, *arguments: str) -> Path:
        """Build at a time and return the one package that is then in ``dist``."""
        result = self.run("build", *arguments, SOURCE_DATE_EPOCH=str(time))
        assert result.returncode == 0, result.stderr
        (path,) = self.folder.glob("dist/*.apkg")
        return path

    def release(self, time: int, *arguments: str) -> None:
        """Publish at a time."""
        result = self.run("release", "--time", str(time), *arguments)
        assert result.returncode == 0, result.stderr


def copy_media(text: str, folder: Path) -> None:
    """Copy the example pictures and sounds that a text names to below the folder."""
    for file in (CASES / "media").iterdir():
        if f"media/{file.name}" in text:
            (folder / "media").mkdir(exist_ok=True)
            shutil.copy(file, folder / "media")
