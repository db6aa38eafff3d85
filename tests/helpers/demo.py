"""The package ``demo``: its words, the times of its releases, and what is left of them."""

import json
import subprocess
import sys
from pathlib import Path

from ankibuild.core.values import hash_of
from ankibuild.releases.lock import Lock, read_lock
from tests.helpers.learner import Learner, Log
from tests.helpers.told import in_lines
from tests.helpers.trainer import SETTINGS, Trainer

START = 1_750_000_000

DAY = 86_400

FIRST = """\
# Module 1

## What is a meter? {#meter}

It counts energy.

## What is a tariff? {#tariff}

A list of prices.

## What is a fee? {#fee}

A price for a service.

## The moon {#moon}

The {{c1::moon}} orbits the {{c2::earth}}.
"""

EDITED = FIRST.replace("counts energy", "counts kilowatt-hours")


def import_release(learner: Learner, trainer: Trainer, version: str) -> Log:
    return learner.import_package(trainer.folder / f"dist/demo-{version}.apkg")


def forge_lock(lock: Path, edit: object) -> None:
    """Rewrite a lock's lines with a good checksum, as an older tool could have written it."""
    lines = lock.read_text("utf-8").split("\n")
    edited = [*(edit(line) for line in lines[:-2]), *lines[-2:]]  # type: ignore[operator]
    lock.write_text(with_checksum("\n".join(edited)), "utf-8")


def with_checksum(text: str) -> str:
    """Return a lock's text whose last line is the checksum of those before it."""
    lines = text.split("\n")[:-2]
    checksum = json.dumps({"checksum": hash_of("\n".join(lines))}, separators=(",", ":"))
    return "\n".join([*lines, checksum, ""])


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


LOCK = "content/demo/package.lock"


OTHER = SETTINGS.replace("demo", "other").replace("Demo", "Other").replace("0f0c", "1f0c")


def lock_of(trainer: Trainer) -> Lock:
    return read_lock(LOCK, (trainer.folder / LOCK).read_text("utf-8"))


def refused(trainer: Trainer, *arguments: str) -> str:
    """Return what a release says that is refused and leaves everything as it was."""
    before = {p: p.read_bytes() for p in trainer.folder.rglob("*") if p.is_file()}
    result = trainer.run("release", *arguments)
    assert result.returncode == 1
    assert {p: p.read_bytes() for p in trainer.folder.rglob("*") if p.is_file()} == before
    return in_lines(result.stderr)


def start(trainer: Trainer, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "ankibuild", *arguments],
        cwd=trainer.folder,
        env=trainer.environment(**environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
