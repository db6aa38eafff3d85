"""What Git remembers of a package: locks that were there, versions that were tagged.

Where there is no Git or no repository, nothing is remembered.
"""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ankibuild.files import LOCK

MERGE_DRIVER = "ankibuild"
_PATIENCE = 60
_RELEASE = re.compile(r'\+(\{"release":.*\})')


def conflicting_sides(folder: Path) -> tuple[str, str] | None:
    """Return the two locks that meet in a package's folder, as text; None where none do.

    They are those of a merge that is not finished, else of the last one that touched the lock.
    """
    stages = {line.split()[2] for line in _lines(folder, "ls-files", "-u", "--", LOCK)}
    if {"2", "3"} <= stages:
        return _both(folder, ":2:", ":3:")
    if _lines(folder, "rev-parse", "-q", "--verify", "MERGE_HEAD"):
        return _both(folder, "HEAD:", "MERGE_HEAD:")
    merges = _lines(folder, "log", "-1", "--merges", "--full-history", "--format=%H", "--", LOCK)
    return _both(folder, f"{merges[0]}^1:", f"{merges[0]}^2:") if merges else None


def set_merge_driver(folder: Path) -> None:
    """Tell this clone how two locks are merged, which ``.gitattributes`` can only ask for.

    Source: https://git-scm.com/docs/gitattributes, "Defining a custom merge driver".
    """
    name = f"merge.{MERGE_DRIVER}"
    _git(folder, "config", f"{name}.name", "two locks of a package become one")
    _git(folder, "config", f"{name}.driver", "ankibuild merge-lock --driver %A %B %P")


def last_lock(folder: Path) -> tuple[str, str]:
    """Return the newest commit that holds a package's lock, and its text; "" for none.

    It is one of this branch, or of a tag's.
    """
    for commit in _lines(folder, "log", "--format=%h", "-20", "HEAD", "--tags", "--", LOCK):
        text = _git(folder, "show", f"{commit}:./{LOCK}")
        if text:
            return commit, text
    return "", ""


class Recorded(NamedTuple):
    """A release that a commit wrote into the lock; ``time`` is in seconds since 1970."""

    version: str
    time: int
    commit: str


def recorded_releases(folder: Path, *, everywhere: bool = False) -> tuple[Recorded, ...]:
    """Return the releases in all locks that a package has had, oldest first.

    They are those of this branch and what was merged into it, or of all that this clone knows.
    """
    return tuple(_recorded(folder, *(("--all",) if everywhere else ())))


def tagged_versions(folder: Path, package_id: str) -> frozenset[str]:
    """Return the versions that a tag names: ``tier-1-1.0.0``, ``tier-1-v1.0.0``."""
    tags = _lines(folder, "tag", "--list", f"{package_id}*")
    form = re.compile(rf"{re.escape(package_id)}[-/@]?v?(\d+\.\d+\.\d+)")
    return frozenset(match[1] for match in map(form.fullmatch, tags) if match)


def commit_time(folder: Path) -> int:
    """Return when the newest commit of a folder was made, in seconds since 1970; 0 for never."""
    times = _lines(folder, "log", "-1", "--format=%ct", "--", ".")
    return int(times[0]) if times else 0


def _recorded(folder: Path, *where: str) -> Iterator[Recorded]:
    commit = ""
    asked = ("log", *where, "--reverse", "--format=commit %h", "-p", "-m", "-U0", "--", LOCK)
    for line in _lines(folder, *asked):
        if line.startswith("commit "):
            commit = line.removeprefix("commit ")
        elif match := _RELEASE.fullmatch(line):
            with suppress(ValueError, LookupError):
                record: Mapping[str, object] = json.loads(match[1])
                yield Recorded(str(record["release"]), int(str(record["time"])), commit)


def _both(folder: Path, one: str, other: str) -> tuple[str, str] | None:
    sides = [_git(folder, "show", f"{each}./{LOCK}") for each in (one, other)]
    return (sides[0], sides[1]) if sides[0] is not None and sides[1] is not None else None


def _lines(folder: Path, *arguments: str) -> list[str]:
    return (_git(folder, *arguments) or "").splitlines()


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what Git answers; None where it has none, or is not there."""
    try:
        result = subprocess.run(  # noqa: S603 (fixed words, and paths after "--")
            ["git", "-c", "core.quotepath=off", *arguments],  # noqa: S607
            cwd=folder,
            capture_output=True,
            timeout=_PATIENCE,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return result.stdout.decode("utf-8", "replace")
