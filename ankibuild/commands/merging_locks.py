"""Merge the locks of two branches, in a package's folder or as Git's merge driver."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from uuid import UUID

from ankibuild.core.files import CONFIG, LOCK, read_text, write_file
from ankibuild.core.problems import AnkibuildError, Problem, about, shown
from ankibuild.core.settings import read_table
from ankibuild.releases.branches import merge_locks
from ankibuild.releases.history import lock_at, meeting_locks, recorded_releases
from ankibuild.releases.lock import Lock, read_lock, write_lock
from ankibuild.releases.manifest import Trace, published_versions

_Moment = tuple[str, int]
"""Which release it is: its version and its time."""


def merge_lock(folder: Path, output: Path) -> tuple[Problem, ...] | None:
    """Write one lock of all that meet in a package's folder, or that its lock has forgotten.

    Git has those of a merge under way, and of commits that released what the lock there does not
    know; ``output`` has one beside each release that was written there.
    Returns what learners should be told, or None where nothing was to be done.
    Raises AnkibuildError when nothing of all that can be read, or when Git does not have all.
    """
    path = folder / LOCK
    text = read_text(path, folder) if path.exists() else ""
    now = _try_to_read(path, text)
    meeting = [each for each in (_try_to_read(path, t) for t in meeting_locks(folder)) if each]
    locks = [*([now] if now else []), *meeting]
    key = locks[0].key if locks else _key_of(text) if text else _key_of_settings(folder)
    known = {(each.version, each.time) for lock in locks for each in lock.releases}
    named = _named_releases(text)
    for moment, text_of in _wanted(folder, output, key, named - known) if key else ():
        lock = _try_to_read(path, text_of()) if moment not in known else None
        if lock and moment in {(each.version, each.time) for each in lock.releases}:
            locks.append(lock)
            known |= {(each.version, each.time) for each in lock.releases}
    if not locks and not text:
        return None
    if not locks or named - known:
        versions = ", ".join(sorted(version for version, _ in named - known))
        message = (
            f"this lock contains version {versions}, whose commit is not in this clone"
            if versions
            else "this file contains no readable lock"
        )
        cure = "fetch the branch that released it with git fetch --all, and try again"
        raise AnkibuildError((about(path, "unreadable-lock", message, cure),))
    merged, warnings = locks[0], list[Problem]()
    for lock in locks[1:]:
        merged, more = _merge(path, merged, lock)
        warnings += more
    if merged == now:
        return None
    write_file(path, write_lock(merged).encode())
    return tuple(dict.fromkeys(warnings))


def _wanted(
    folder: Path, output: Path, key: UUID, named: set[_Moment]
) -> Iterator[tuple[_Moment, Callable[[], str]]]:
    """Yield the releases that this branch had, newest first, then what else is named of all.

    Each comes with what gets its lock. Last come those whose files alone are left: what Git has on
    another branch waits for that one.
    """
    recorded = recorded_releases(folder, key, "--all", "--reflog") if named else ()
    named_ones = (each for each in reversed(recorded) if (each.version, each.time) in named)
    for each in (*reversed(recorded_releases(folder, key)), *named_ones):
        yield (each.version, each.time), partial(lock_at, folder, each.commit)
    in_git = {(each.version, each.time) for each in recorded_releases(folder, key, "--all")}
    files = published_versions(output, key).values()
    for file in sorted(files, key=lambda each: each.time, reverse=True):
        moment = file.version, file.time
        if (moment in named or moment not in in_git) and file.lock.exists():
            yield moment, partial(_text_beside, file)


def _text_beside(manifest: Trace) -> str:
    """Return the text of the lock of a release; what is there and is none would be asked for again.

    Raises AnkibuildError when it is damaged, or that of another release.
    """
    path = manifest.lock
    text = ""
    with suppress(AnkibuildError):
        text = read_text(path, path.parent)
    lock = _try_to_read(path, text)
    if lock and any(each.time == manifest.time for each in lock.releases):
        return text
    message = f"this is not the lock of version {manifest.version}, or is incomplete"
    cure = "delete this copy; ankibuild release then tells how to go on without it"
    raise AnkibuildError((about(path, "unreadable-lock", message, cure),))


def _try_to_read(path: Path, text: str) -> Lock | None:
    try:
        return read_lock(shown(path), text) if text else None
    except AnkibuildError:
        return None


def _key_of(text: str) -> UUID | None:
    match = re.search(r'"key":"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"', text)
    return UUID(match[1]) if match else None


def _key_of_settings(folder: Path) -> UUID | None:
    with suppress(AnkibuildError, ValueError):
        return UUID(str(read_table(read_text(folder / CONFIG, folder)).get("key")))
    return None


def _named_releases(text: str) -> set[tuple[str, int]]:
    """Return version and time of the releases in the text of a lock, whatever became of it."""
    found = re.findall(r'^\{"release":"([\d.]+)","time":(\d{1,12}),', text, re.MULTILINE)
    return {(version, int(time)) for version, time in found}


def merge_lock_files(ours: Path, theirs: Path, name: str) -> tuple[Problem, ...]:
    """Write into our file one lock of it and theirs, as Git asks of a merge driver.

    ``name`` is the path of the lock in the repository, for messages. Returns what learners should
    be told. Raises AnkibuildError when one of the two cannot be read.
    """
    locks = [read_lock(name, read_text(path)) for path in (ours, theirs)]
    lock, warnings = _merge(Path(name), *locks)
    write_file(ours, write_lock(lock).encode())
    return warnings


def _merge(path: Path, ours: Lock, theirs: Lock) -> tuple[Lock, tuple[Problem, ...]]:
    if (ours.key, ours.package_id) != (theirs.key, theirs.package_id):
        message = (
            f'these locks belong to two packages, "{ours.package_id}" and "{theirs.package_id}"'
        )
        cure = "give each package a folder of its own"
        raise AnkibuildError((about(path, "locks-of-two-packages", message, cure),))
    lock, apart = merge_locks(ours, theirs)
    return lock, tuple(about(path, "branch-conflict", *each, "warning") for each in apart)
