"""Files that others publish in a wheel, got once and without installing it."""

import subprocess
import sys
import zipfile
from pathlib import Path

from filelock import FileLock

from tests.helpers.ankis import CACHE


def files_of(project: str, version: str, *below: str) -> Path:
    """Return a folder with the files of a wheel that lie below some folders of it."""
    folder = CACHE / f"{project}-{version}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(CACHE / f"{project}-{version}.lock"):
        if not (folder / "complete").exists():
            command = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps")
            subprocess.run([*command, f"{project}=={version}", "-d", str(folder)], check=True)
            (wheel,) = folder.glob("*.whl")
            with zipfile.ZipFile(wheel) as file:
                file.extractall(
                    folder, [each for each in file.namelist() if each.startswith(below)]
                )
            wheel.unlink()
            (folder / "complete").touch()
    return folder
