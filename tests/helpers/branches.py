"""A repository whose package is released on several branches."""

import itertools
import shutil
import subprocess
import sys
from pathlib import Path

from ankibuild.releases.lock import Lock, read_lock
from tests.helpers.demo import DAY, FIRST, START
from tests.helpers.trainer import SETTINGS, Trainer

LOCK = "content/demo/package.lock"
ATTRIBUTES = "content/demo/.gitattributes"
DRIVER = f'"{sys.executable}" -m ankibuild merge-lock --driver %A %B %P'
TARIFF = FIRST.replace("A list of prices", "The list of prices")
VAT = "\n## What is VAT? {#vat}\n\nA tax.\n"
DUTY = "\n## What is a duty? {#duty}\n\nA levy.\n"


class Branches:
    """A repository with a release on ``main``, from which branches go off."""

    def __init__(self, trainer: Trainer, packages: Path) -> None:
        self.trainer, self.packages = trainer, packages
        self.other = trainer
        self.days = itertools.count(1)
        packages.mkdir()
        trainer.write(".gitignore", "dist/\n")
        trainer.git("init", "-q", "-b", "main")
        self.release("main", FIRST)

    def release(self, branch: str, *decks: str, settings: str = SETTINGS) -> Path:
        """Write the decks on a branch, release them from a clean folder, and commit."""
        trainer = self.trainer if branch == "main" else self.other
        shutil.rmtree(trainer.folder / "dist", ignore_errors=True)
        trainer.write_package(*decks, settings=settings)
        trainer.release(START + next(self.days) * DAY)
        trainer.git("add", ".")
        trainer.git("commit", "-qm", f"Release on {branch}")
        (path,) = trainer.folder.glob("dist/*.apkg")
        return Path(shutil.copy(path, self.packages / f"{branch}-{path.name}"))

    def branch(self, name: str = "other") -> None:
        """Let another trainer go on in a clone of the repository, on a branch."""
        self.other = Trainer(self.trainer.folder.parent / f"clone-{name}")
        self.other.git("clone", "-q", str(self.trainer.folder), ".")
        self.other.git("switch", "-qc", name)

    def fetch(self, name: str) -> None:
        self.trainer.git("fetch", "-q", str(self.other.folder), f"{name}:{name}")

    def merge(self, *decks: str, union: bool = False) -> "subprocess.CompletedProcess[str]":
        """Merge ``other`` into ``main``; the texts are those that the trainer makes of both."""
        self.fetch("other")
        if union:
            self.trainer.write(".git/info/attributes", "package.lock merge=union\n")
        result = self.trainer.git("merge", "-q", "--no-commit", "other", check=False)
        self.trainer.write_package(*decks)
        self.trainer.git("add", "content/demo/1.md", "content/demo/package.toml")
        return result

    def lock(self) -> Lock:
        return read_lock(LOCK, (self.trainer.folder / LOCK).read_text("utf-8"))
