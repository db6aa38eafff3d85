"""What Git remembers of a package: locks that were there, versions that were tagged.

Where there is no Git or no repository, nothing is remembered.
"""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple
from uuid import UUID

from ankibuild.core.files import CONFIG, LOCK

MERGE_DRIVER = "ankibuild"
_PATIENCE = 60
_HEADS = ("HEAD", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REBASE_HEAD")
_AS_TEXT = "--topo-order --reverse -p -m -U0 --text --no-color --no-ext-diff --no-textconv".split()
"""What shows every change, parents first, whatever a user or ``.gitattributes`` has set."""

_SETTINGS = (
    *("-c", "core.quotepath=off"),
    # What looks like a repository may have come as files of a package, with settings that name
    # programs. Those of the repository around it are its owner's, who uses Git there every day.
    *("-c", "safe.bareRepository=explicit"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "log.showSignature=false"),
)
_RELEASE = re.compile(r'\+(\{"release":.*\})')


def meeting_locks(folder: Path) -> tuple[str, ...]:
    """Return the texts of the locks that meet in a merge, rebase or cherry-pick under way."""
    found = [_git(folder, "show", f":{stage}:./{LOCK}") for stage in (2, 3)]
    if None in found:
        heads = _heads(folder)
        if len(heads) > 1:
            found = [_git(folder, "show", f"{head}:./{LOCK}") for head in heads]
    return tuple(text for text in found if text)


def set_merge_driver(folder: Path) -> None:
    """Tell this clone how two locks are merged, which ``.gitattributes`` can only ask for.

    Source: https://git-scm.com/docs/gitattributes, "Defining a custom merge driver".
    """
    name = f"merge.{MERGE_DRIVER}"
    _git(folder, "config", f"{name}.name", "two locks of a package become one")
    _git(folder, "config", f"{name}.driver", "ankibuild merge-lock --driver %A %B %P")


def last_locks(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the last commits that changed a package's lock and hold one, with its text."""
    for commit in _lines(folder, "log", "--format=%h", "-20", "--", LOCK):
        text = _git(folder, "show", f"{commit}:./{LOCK}")
        if text:
            yield commit, text


def last_lock(folder: Path) -> tuple[str, str]:
    """Return the newest commit that holds a package's lock, and its text; "" for none."""
    return next(last_locks(folder), ("", ""))


def uncommitted_lock(folder: Path, text: str) -> Literal["changed", "ignored", "new"] | None:
    """Return how Git misses the lock of this text in a folder whose ``package.toml`` it keeps.

    What is to be committed next is kept. Nothing is asked that lets Git read the files: it runs
    programs for that, which the settings of a repository name.
    """
    kept = _git(folder, "show", f":./{LOCK}")
    if kept is not None:
        same = kept.replace("\r\n", "\n") == text.replace("\r\n", "\n")
        return None if same else "changed"
    # Those that meet in a merge are kept, and yet none is the one.
    if _lines(folder, "ls-files", "--", CONFIG, LOCK) != [CONFIG]:
        return None
    return "ignored" if is_lock_ignored(folder) else "new"


def is_lock_ignored(folder: Path) -> bool:
    """Tell whether Git passes over a package's lock when the folder is added."""
    return _git(folder, "check-ignore", "-q", "--", LOCK) is not None


def worktree_of(folder: Path) -> str:
    """Return the top folder of the repository that a folder is in; "" for none."""
    return "".join(_lines(folder, "rev-parse", "--show-toplevel"))


class Recorded(NamedTuple):
    """A release that a commit wrote into the lock; ``time`` is in seconds since 1970."""

    version: str
    time: int
    commit: str


def recorded_releases(folder: Path, key: UUID, *where: str) -> tuple[Recorded, ...]:
    """Return the releases in all locks that the package of a key has had in a folder.

    They are those of this branch and of what was merged into it or is being merged; with "--all" of
    all branches, with "--reflog" of what this clone had checked out, with a branch's name of that
    one, too. Those of a commit come after those of its parents.
    """
    return tuple(_recorded(folder, key, *_heads(folder), *where))


def upstream_of(folder: Path) -> str:
    """Return the branch of another repository that this one follows, as fetched last; "" for none.

    It is the one that was set, else that of the same name at "origin".
    """
    if named := _lines(folder, "rev-parse", "--abbrev-ref", "@{upstream}"):
        return named[0]
    branch = "".join(_lines(folder, "symbolic-ref", "-q", "--short", "HEAD"))
    name = f"origin/{branch}"
    return name if branch and _lines(folder, "rev-parse", "-q", "--verify", name) else ""


def is_shallow(folder: Path) -> bool:
    """Tell whether a clone was made without its history."""
    return _lines(folder, "rev-parse", "--is-shallow-repository") == ["true"]


def lock_at(folder: Path, commit: str) -> str:
    """Return the text of a package's lock in a commit; "" where it has none."""
    return _git(folder, "show", f"{commit}:./{LOCK}") or ""


def tagged_versions(folder: Path, package_id: str) -> dict[str, str]:
    """Return the versions that tags name, ``tier-1-1.0.0`` or ``tier-1-v1.0.0``, with the tags."""
    tags = _lines(folder, "tag", "--list", f"{package_id}*")
    form = re.compile(rf"{re.escape(package_id)}[-/@]?v?(\d+\.\d+\.\d+)")
    return {match[1]: match[0] for match in map(form.fullmatch, tags) if match}


def commit_time(folder: Path) -> int:
    """Return when the newest commit of a folder was made, in seconds since 1970; 0 for never."""
    times = _lines(folder, "log", "-1", "--format=%ct", "--", ".")
    return int(times[0]) if times else 0


def _heads(folder: Path) -> list[str]:
    return [each for each in _HEADS if _lines(folder, "rev-parse", "-q", "--verify", each)]


def _recorded(folder: Path, key: UUID, *where: str) -> Iterator[Recorded]:
    commit = ""
    is_ours = False
    asked = ("log", *where, *_AS_TEXT, "--format=commit %h", "--", LOCK)
    for line in _lines(folder, *asked) if where else ():
        if line.startswith("commit "):
            commit = line.removeprefix("commit ")
        elif line.startswith('+{"format":'):
            # A folder may have held another package once.
            is_ours = f'"key":"{key}"' in line
        elif is_ours and (match := _RELEASE.fullmatch(line)):
            with suppress(ValueError, LookupError):
                record: Mapping[str, object] = json.loads(match[1])
                yield Recorded(str(record["release"]), int(str(record["time"])), commit)


def _lines(folder: Path, *arguments: str) -> list[str]:
    return (_git(folder, *arguments) or "").splitlines()


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what Git answers; None where it has none, or is not there."""
    try:
        result = subprocess.run(  # noqa: S603 (fixed words, and paths after "--")
            ["git", *_SETTINGS, *arguments],  # noqa: S607
            cwd=folder,
            capture_output=True,
            timeout=_PATIENCE,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return result.stdout.decode("utf-8", "replace")
