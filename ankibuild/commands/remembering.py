"""What remembers a release beside the lock: the files of releases, Git's commits and tags."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ankibuild.core.files import LOCK, quoted, read_text
from ankibuild.core.identity import release_name
from ankibuild.core.problems import AnkibuildError, Problem, about, shown
from ankibuild.core.values import replace
from ankibuild.releases.changes import version_order
from ankibuild.releases.history import (
    Recorded,
    last_locks,
    recorded_releases,
    tagged_versions,
    upstream_of,
)
from ankibuild.releases.lock import Lock, read_lock
from ankibuild.releases.manifest import Trace, published_versions


class Evidence(NamedTuple):
    """The versions that were ever published, and what is wrong if the lock does not know one."""

    taken: frozenset[str]
    problems: tuple[Problem, ...]


def find_published(
    lock: Lock, home: Path, folder: Path, *, time: int = 0, version: str = ""
) -> Evidence:
    """Return which versions of the package at ``home`` were published, whatever its lock knows.

    ``folder`` has the files of releases; those of ``time`` belong to the release that is made now.
    A ``version`` above all others is a way on without a lock that is lost for good.
    """
    known = {(each.version, each.time) for each in lock.releases}
    files = [each for each in published_versions(folder, lock.key).values() if each.time != time]
    tags = tagged_versions(home, lock.package_id)
    of_branch = recorded_releases(home, lock.key)
    elsewhere = recorded_releases(home, lock.key, "--all")
    in_git = {_moment(each) for each in (*of_branch, *elsewhere)}
    explained = {version for version, _ in known | in_git}
    taken = {*explained, *tags, *(each.version for each in files)}
    forgotten = [each for each in files if _moment(each) not in known | in_git]
    lost = {each: f"the tag {tag}" for each, tag in tags.items() if each not in explained}
    lost |= {each.version: shown(each.path) for each in forgotten}
    problems = (
        *_find_taken_back(home, [each for each in of_branch if _moment(each) not in known]),
        *_find_restorable(home, folder, [each for each in forgotten if each.lock.exists()]),
        *_find_unmerged(lock, home, known, elsewhere),
        *_find_lost(lock, home, lost, version),
    )
    # The first is the way back that keeps most.
    return Evidence(frozenset(taken), problems[:1])


def lock_before(lock: Lock, home: Path, folder: Path) -> Lock | None:
    """Return the lock that the last release began with, if its folder of files or Git has it."""
    *before, last = lock.releases
    for text in _older_locks(lock, home, folder) if before else ():
        if f'"release":"{last.version}"' not in text:
            with suppress(AnkibuildError):
                found = read_lock(LOCK, text)
                if found.key == lock.key and [*found.releases] == before:
                    return found
    return None


def _older_locks(lock: Lock, home: Path, folder: Path) -> Iterator[str]:
    with suppress(AnkibuildError):
        name = f"{release_name(lock.package_id, lock.releases[-2].version)}.lock"
        yield read_text(folder / name, folder)
    yield from (text for _, text in last_locks(home))


def forgotten_files(lock: Lock, folder: Path) -> list[Trace]:
    """Return what a folder has of releases that a lock does not know."""
    known = {(each.version, each.time) for each in lock.releases}
    files = published_versions(folder, lock.key).values()
    return [each for each in files if _moment(each) not in known]


def warn_of_forgotten(lock: Lock, home: Path, folder: Path) -> tuple[Problem, ...]:
    """Return as a warning what a release would be refused for that has the same folder."""
    if not forgotten_files(lock, folder):
        return ()
    problems = find_published(lock, home, folder).problems
    return tuple(replace(each, severity="warning") for each in problems)


def lost_lock(home: Path, folder: Path, manifest: Trace) -> Problem:
    """Return what is wrong where there is no lock, and a folder has files of a release."""
    message = f"this file is gone, though {shown(manifest.path)} shows a release"
    if manifest.lock.exists():
        cure = f"it remembers what learners have: {_put_back(home, folder, manifest)}"
    else:
        cure = (
            "it remembers what learners have: get it from the computer or the commit that made the "
            "release"
        )
    return about(home / LOCK, "lost-lock", message, cure)


def forgotten_release(home: Path, folder: Path, manifest: Trace) -> Problem:
    """Return what is wrong where a lock does not know a release whose files are in a folder."""
    found = f"({shown(manifest.path)})"
    if manifest.lock.exists():
        return _lost(home, manifest.version, found, _put_back(home, folder, manifest))
    return _lost_for_good(home, manifest.version, found)


def _put_back(home: Path, folder: Path, manifest: Trace) -> str:
    return (
        f"put it back: ankibuild merge-lock {quoted(home)} -o {quoted(folder)}; if nobody ever got "
        f"that version, delete {shown(manifest.path)}"
    )


def _moment(release: Recorded | Trace) -> tuple[str, int]:
    return release.version, release.time


def _find_taken_back(home: Path, lost: list[Recorded]) -> Iterator[Problem]:
    if lost:
        last = max(lost, key=lambda each: (version_order(each.version), each.time))
        cure = (
            f"put it back: ankibuild merge-lock {quoted(home)}; then release, and what you took "
            "back goes out as the next version"
        )
        yield _lost(home, last.version, f"(commit {last.commit})", cure)


def _find_restorable(home: Path, folder: Path, forgotten: list[Trace]) -> Iterator[Problem]:
    if forgotten:
        last = max(forgotten, key=lambda each: version_order(each.version))
        yield forgotten_release(home, folder, last)


def _find_unmerged(
    lock: Lock, home: Path, known: set[tuple[str, int]], elsewhere: tuple[Recorded, ...]
) -> Iterator[Problem]:
    upstream = upstream_of(home) if elsewhere else ""
    followed = recorded_releases(home, lock.key, upstream) if upstream else ()
    unmerged = [each for each in followed if _moment(each) not in known]
    if unmerged:
        last = max(unmerged, key=lambda each: version_order(each.version))
        message = f"version {last.version} was published on {upstream}, which this branch follows"
        cure = (
            f"learners have it: commit your work, then git -C {quoted(home)} merge {upstream}; if "
            f"the two locks meet then, ankibuild merge-lock {quoted(home)}"
        )
        yield about(home / LOCK, "unmerged-release", message, cure)
    elif elsewhere and not known:
        there = max(elsewhere, key=lambda each: version_order(each.version))
        message = f"version {there.version} was published on another branch"
        cure = (
            "learners have it: merge that branch first, or take its lock with "
            f"git -C {quoted(home)} checkout {there.commit} -- {LOCK}; if nobody ever got it, "
            "delete that branch"
        )
        yield about(home / LOCK, "unmerged-release", message, cure)


def _find_lost(lock: Lock, home: Path, lost: dict[str, str], version: str) -> Iterator[Problem]:
    last = max((version_order(each.version) for each in lock.releases), default=(0, 0, 0))
    highest = max(lost, key=version_order, default="")
    # Whoever went on without it once is not asked again.
    if highest and last <= version_order(highest) >= version_order(version):
        yield _lost_for_good(home, highest, f"({lost[highest]})")


def _lost_for_good(home: Path, version: str, found: str) -> Problem:
    major, minor, patch = version_order(version)
    cure = (
        f"get {quoted(home / LOCK)} from the computer or the commit that made it; if it is lost "
        "for good, learners get every note again, over their own edits and tags, with ankibuild "
        f"release {quoted(home)} --version {major}.{minor}.{patch + 1}"
    )
    return _lost(home, version, found, cure)


def _lost(home: Path, version: str, found: str, cure: str) -> Problem:
    message = f"version {version} was published {found}, but this lock does not have it"
    return about(home / LOCK, "lost-release", message, cure)
