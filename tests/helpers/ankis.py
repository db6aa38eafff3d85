"""Every Anki that learners run: each in a virtual environment of its own, made once."""

import json
import os
import shutil
import subprocess
import sys
import venv
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

from filelock import FileLock
from packaging.version import Version

from tests.helpers.devices import sync_server
from tests.helpers.places import ROOT

VERSIONS = ("2.1.54", "2.1.66", "23.10.1", "24.11", "25.2.7", "25.9.5", "26.9.3")
NEWEST = VERSIONS[-1]
CACHE = ROOT / ".anki_cache" / f"{sys.version_info[0]}.{sys.version_info[1]}"
SCRIPT = Path(__file__).with_name("ankis_script.py")


def live(version: str, folder: Path, lives: dict[str, Any]) -> dict[str, Any]:
    """Let learners live in that Anki, each with a collection below the folder; see the script."""
    folder.mkdir(parents=True)
    # One server for every version, like AnkiWeb, and in it an account for each life.
    with sync_server(folder / "server", *lives) as address:
        result = subprocess.run(
            [python_with(version), "-W", "ignore", str(SCRIPT), str(folder), address],
            input=json.dumps(lives),
            env=os.environ | {"PYTHONUTF8": "1"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
    assert result.returncode == 0, f"Anki {version}: {result.stderr}"
    found = json.loads(result.stdout.splitlines()[-1])
    assert Version(found["version"]) == Version(version)
    visits: dict[str, Any] = found["lives"]
    return visits


def python_with(version: str) -> str:
    """Return a Python that has this Anki, and make its environment if it is not there yet."""
    if Version(installed_version("anki")) == Version(version):
        return sys.executable
    return _python_of(version, f"anki=={version}")


def python_with_window(version: str) -> str:
    """Return a Python that has this Anki with its window, and Qt."""
    return _python_of(f"window-{version}", f"aqt[qt6]=={version}")


def _python_of(name: str, requirement: str) -> str:
    folder = CACHE / name
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    # Written last: an environment without it is one whose making was interrupted.
    complete = folder / "complete"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(CACHE / f"{name}.lock"):
        if not complete.exists():
            shutil.rmtree(folder, ignore_errors=True)
            # To give it a pip of its own takes longer than all the rest.
            venv.create(folder)
            install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
            # Most of it is never loaded.
            install += ["--disable-pip-version-check", "--no-compile"]
            subprocess.run([*install, requirement], capture_output=True, check=True)
            complete.touch()
    return str(python)
