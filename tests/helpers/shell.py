"""The few commands of a shell that a case may run, the same on every system."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.helpers.places import CASES
from tests.helpers.system import make_link


def run_shell(folder: Path, name: str, *arguments: str) -> None:
    """Run a command in a folder; a file that is not there is copied from ``cases``."""
    *options, last = arguments
    target = folder / last
    if name == "rm":
        (shutil.rmtree if target.is_dir() else os.unlink)(target)
    elif name in ("cp", "mv"):
        source = folder / options[-1]
        source = source if source.exists() else CASES / options[-1]
        target.parent.mkdir(parents=True, exist_ok=True)
        act = shutil.move if name == "mv" else shutil.copytree if source.is_dir() else shutil.copy
        act(source, target)
        if target.name not in (path.name for path in target.parent.iterdir()):
            pytest.skip("this disk takes small and large letters for the same")
    elif name == "sed":
        _, old, new, _ = options[-1].split(options[-1][1])
        text = target.read_text("utf-8")
        assert old in text
        target.write_text(text.replace(old, new.replace("\\n", "\n")), "utf-8", newline="\n")
    elif name == "ln":
        make_link(target, options[-1])
    elif name == "echo":
        with target.open("a", encoding="utf-8", newline="\n") as file:
            file.write(options[0] + "\n")
    elif name == "truncate":
        os.truncate(target, int(options[-1].rstrip("M")) * 1_000_000)
    elif name == "iconv":
        target.write_bytes(target.read_text("utf-8").encode(options[-1]))
    elif name == "mkfifo":
        if os.name != "posix":
            pytest.skip("this system has no such files")
        target.parent.mkdir()
        os.mkfifo(target)
    elif name == "touch":
        moment = datetime.fromisoformat(options[-1]).replace(tzinfo=UTC).timestamp()
        for path in target.iterdir():
            os.utime(path, (moment, moment))
    else:
        raise AssertionError(f"no case may run {name}")
