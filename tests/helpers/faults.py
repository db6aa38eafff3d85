"""Faulty files, each with what is to be said of it beside it, by the module that finds the fault.

Whoever adds a file to ``cases/invalid`` or ``cases/warnings`` need not come here: a file that no
beginning of a name below gives to another module is tried where packages are loaded.
"""

import os
import re
from pathlib import Path

from tests.helpers.places import CASES
from tests.helpers.trainer import SETTINGS, Trainer, copy_media

GOOD_DECK = "# Deck\n\n## Question {#question}\n\nAnswer.\n"
LOADING = "commands.loading"
FINDERS = {
    "attribute": "dialect.attributes",
    "option-": "dialect.attributes",
    "note-id-": "dialect.attributes",
    "cloze-": "dialect.cloze",
    "front-matter-": "dialect.front_matter",
    "html-": "dialect.html",
    "link-": "dialect.html",
    "math-": "dialect.math",
    "occlusion-": "dialect.occlusion",
    "fence-": "dialect.outline",
    "heading-with": "dialect.outline",
    "nested-": "dialect.outline",
    "deck-heading-": "dialect.source",
    "no-note": "dialect.source",
    "note-before-": "dialect.source",
    "second-deck-": "dialect.source",
    "text-before-": "dialect.source",
    "question-as": "dialect.slips",
    "unmerged": "dialect.slips",
    "picture-": "dialect.pictures",
    "sound-": "dialect.pictures",
    "tag-": "core.names",
    "paste-": "dialect.doubts",
}


def finder_of(path: Path) -> str:
    """Return the module that is to find what is wrong with a file."""
    if path.suffix == ".toml":
        return "core.settings"
    found = (module for start, module in FINDERS.items() if path.name.startswith(start))
    return next(found, LOADING)


def errors_of(module: str) -> list[Path]:
    """Return the files with a mistake that a module finds."""
    return _files_of(module, "invalid")


def warnings_of(module: str) -> list[Path]:
    """Return the files with something that learners stumble over, and that a module finds."""
    return _files_of(module, "warnings")


def see_error(trainer: Trainer, path: Path) -> None:
    """See that a mistake is reported with its place and cure, and nothing is written."""
    _write(trainer, path)
    result = trainer.run("build")
    _see_golden(path, re.sub("[0-9a-f]{8}-[0-9a-f-]{27}", "KEY", result.stderr))
    assert result.returncode == 1
    assert result.stdout == ""
    assert not list(trainer.folder.glob("dist/*"))
    assert not (trainer.folder / "ran").exists()


def see_warning(trainer: Trainer, path: Path) -> None:
    """See that something is warned of, and stops nobody who is not strict."""
    _write(trainer, path)
    result = trainer.run("check")
    assert result.returncode == 0
    *lines, count = result.stdout.splitlines(keepends=True)
    _see_golden(path, "".join(lines))
    assert count.startswith("0 errors, ")
    assert trainer.run("check", "--strict").returncode == 1
    assert trainer.run("build").stderr == "".join(lines)


def _files_of(module: str, folder: str) -> list[Path]:
    paths = (path for path in (CASES / folder).iterdir() if path.suffix != ".txt")
    found = sorted(path for path in paths if finder_of(path) == module)
    assert found, f"{folder} has no case for {module}"
    return found


def _write(trainer: Trainer, path: Path) -> None:
    is_settings = path.suffix == ".toml"
    trainer.write_package(settings=path.read_text("utf-8") if is_settings else SETTINGS)
    trainer.write("content/demo/1.md", GOOD_DECK if is_settings else path.read_bytes())
    copy_media(path.read_text("utf-8", errors="replace"), trainer.folder / "content/demo")


def _see_golden(path: Path, said: str) -> None:
    golden = path.with_suffix(".txt")
    if os.environ.get("ANKIBUILD_REWRITE"):
        golden.write_text(said, "utf-8", newline="\n")
    else:
        assert said == golden.read_text("utf-8")
