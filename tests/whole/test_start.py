"""A new computer: every command of README and docs/start.md, in the order of the pages."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.git import git
from tests.helpers.learner import Learner
from tests.helpers.places import ROOT
from tests.helpers.system import posix_only

ADDRESS = "https://github.com/your-organisation/ankibuild"
# How to get at packages is the machine's own affair, on any computer.
PASSED_ON = re.compile("(PIP|UV|SSL|HTTPS?)_|https?_proxy|no_proxy", re.IGNORECASE)


class Newcomer:
    """Somebody with a home folder in which there is nothing, who types what a page shows."""

    def __init__(self, folder: Path) -> None:
        self.place = self.home = folder / "home"
        programs = self.home / ".local/bin"
        programs.mkdir(parents=True)
        kept = {name: value for name, value in os.environ.items() if PASSED_ON.match(name)}
        path = f"{programs}:{Path(sys.base_prefix) / 'bin'}:/usr/bin:/bin"
        self.environment = kept | {"HOME": str(self.home), "PATH": path, "LANG": "C.UTF-8"}
        # Stands in for GitHub and for uv's own installer.
        self.clone = folder / "ankibuild"
        git(folder, "clone", "--quiet", str(ROOT), "ankibuild")
        self.archive = folder / "main.zip"
        git(self.clone, "archive", "--prefix=ankibuild-main/", "-o", str(self.archive), "HEAD")
        self.run(f"python3 -m venv {folder}/uv && {folder}/uv/bin/pip install --quiet uv")
        (programs / "uv").symlink_to(folder / "uv/bin/uv")

    def run(self, line: str) -> str:
        line = line.replace(f"{ADDRESS}/archive/main.zip", self.archive.as_uri())
        line = line.replace(ADDRESS, str(self.clone))
        if line.startswith("cd "):
            self.place /= line.removeprefix("cd ")
            return ""
        if line.startswith("ankibuild preview"):
            # Serves until it is stopped.
            line = f"timeout --signal INT 4 {line} --port 0 || test $? = 124"
        result = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", line],
            cwd=self.place,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, f"{line}\n{result.stdout}{result.stderr}"
        return result.stdout


def commands_of(page: Path) -> list[str]:
    """Return the lines that the page shows for Linux, without what CI or uv is to run."""
    text = page.read_text("utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    lines = [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if "pytest" not in line and "astral.sh" not in line]


@pytest.mark.slow
@posix_only
def test_a_newcomer_types_each_command_and_learners_keep_their_progress(tmp_path: Path) -> None:
    newcomer = Newcomer(tmp_path)
    with Learner.at(tmp_path / "learner") as learner:
        first, *lines = commands_of(newcomer.clone / "README.md")
        newcomer.place = newcomer.clone
        newcomer.run(first)
        (built,) = (newcomer.clone / "dist").glob("*.apkg")
        assert learner.import_package(built).new > 20
        newcomer.place = newcomer.home
        for line in lines:
            if line == "ankibuild diff":
                (deck,) = (newcomer.place / "content/tier-1").glob("*1.md")
                text = deck.read_text("utf-8")
                deck.write_text(f"{text}\n## What is new? {{#new}}\n\nThis.\n", "utf-8")
            newcomer.run(line)
        assert newcomer.place == newcomer.home / "ankibuild"
        study_and_update(learner, newcomer.place, "tier-1", new=1)
        walk_start(newcomer, learner)


def walk_start(newcomer: Newcomer, learner: Learner) -> None:
    """Follow the page for beginners, with its examples in the deck, and edit one as it says."""
    page = newcomer.clone / "docs/start.md"
    newcomer.place = newcomer.home / "decks"
    newcomer.place.mkdir()
    shutil.rmtree(newcomer.home / "ankibuild")
    examples = re.findall(
        r"^```markdown\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    assert len(examples) > 2
    deck = newcomer.place / "content/my-deck/first-deck.md"
    for line in commands_of(page):
        if line == "ankibuild check":
            text = "\n".join([deck.read_text("utf-8"), *examples]).replace(" {#forms}", "")
            deck.write_text(text, "utf-8")
        if line == "ankibuild diff":
            text = deck.read_text("utf-8")
            assert "{#where-do-forms-go}" in text
            deck.write_text(text.replace("Ask for a receipt.", "Keep the receipt."), "utf-8")
            learner.import_package(newcomer.place / "dist/my-deck-1.0.0.apkg")
        newcomer.run(line)
    study_and_update(learner, newcomer.place, "my-deck", updated=1)
    assert "Keep the receipt." in learner.fields("where-do-forms-go")["Back"]


def study_and_update(
    learner: Learner, place: Path, package: str, *, new: int = 0, updated: int = 0
) -> None:
    """Study all there is, import the package's newest release, and compare."""
    learner.study()
    before = learner.progress()
    released = max((place / "dist").glob(f"{package}-*.apkg"))
    log = learner.import_package(released)
    assert (log.new, log.updated, log.conflicting) == (new, updated, 0)
    after = learner.progress()
    assert {key: after[key] for key in before} == before
    assert learner.faults() == []
