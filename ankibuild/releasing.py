"""Publish a version: check, compare, write its files, remember it in the lock."""

import getpass
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ankibuild.artifacts import make_artifacts
from ankibuild.changes import Changes, advance, compare, next_version, version_numbers
from ankibuild.edition import content_hash, make_edition
from ankibuild.errors import AnkibuildError, Problem
from ankibuild.files import LOCK, about, find_packages, read_text, shown, write_files
from ankibuild.lock import read_lock, write_lock
from ankibuild.model import Lock, Package
from ankibuild.reader import load_all
from ankibuild.values import Struct, hash_of, replace

BeforeWriting = Callable[[Package, Changes, Mapping[Path, bytes]], None]
"""Is shown a package, what changed, and its files before they are written; may raise."""


class Released(Struct, frozen=True, kw_only=True):
    """A version that was published, or would be: what changed, and the files it is made of."""

    package: Package
    changes: Changes
    version: str
    paths: tuple[Path, ...]


def release(
    paths: Iterable[Path],
    folder: Path,
    *,
    time: int,
    version: str = "",
    restamp: tuple[str, ...] = (),
    dry_run: bool = False,
    before_writing: BeforeWriting | None = None,
) -> tuple[Released, ...]:
    """Publish every package at or right below the paths that has something to publish.

    ``time`` is the release's, in seconds since 1970, and later than the last one's; ``version``
    stands in for the one that follows from the changes; ``restamp`` names notes that are sent to
    everyone again; ``before_writing`` is shown each package with its files, and may raise. Either
    all files of a package are written and then its lock, or nothing counts.
    Raises AnkibuildError when something is wrong, when there is nothing to publish, or when
    another release of a package is running.
    """
    paths = tuple(paths)
    with ExitStack() as stack:
        for path in find_packages(paths)[0]:
            stack.enter_context(_alone(path))
        packages = load_all(paths)
        plans = [(package, compare(package, restamp)) for package in packages]
        pending = [(package, changes) for package, changes in plans if changes.pending]
        problems = list(_find_problems(packages, pending, time, version, restamp))
        if problems:
            raise AnkibuildError(tuple(problems))
        return tuple(
            _publish(
                package,
                changes,
                folder,
                time,
                version,
                before_writing=before_writing,
                dry_run=dry_run,
            )
            for package, changes in pending
        )


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold off other releases of a package; the system lets go even when this run is killed."""
    user = ""
    with suppress(OSError, KeyError):
        user = getpass.getuser()
    name = f"ankibuild-{hash_of([user, str(path.resolve())])}.lock"
    try:
        with FileLock(Path(tempfile.gettempdir()) / name, timeout=0):
            yield
    except Timeout:
        message = "another release of this package is running"
        raise AnkibuildError((about(path, message, "wait for it to end"),)) from None


def _find_problems(
    packages: tuple[Package, ...],
    pending: list[tuple[Package, Changes]],
    time: int,
    version: str,
    restamp: tuple[str, ...],
) -> Iterator[Problem]:
    for package, changes in pending:
        lock = package.lock
        if package.settings.provisional:
            cure = "give it a folder with a package.toml: ankibuild new NAME writes one"
            yield about(package.folder, "a lone file has no identity to publish", cure)
        loose = [note for note in package.notes if not note.pinned]
        for note in loose:
            message = f'the note "{note.note_id}" has no id of its own'
            cure = "run ankibuild pin, so that no wording is part of a published identity"
            yield note.heading.problem(message, cure)
        if lock.releases and time <= lock.releases[-1].time:
            last = lock.releases[-1]
            message = f"version {last.version} was released at {last.time}, not before {time}"
            cure = "release times go up, or learners would not get the update: take a later one"
            yield about(package.folder, message, cure)
        if version:
            yield from _check_version(package, version, next_version(lock, changes))
    if len(pending) > 1 and (version or restamp):
        names = ", ".join(shown(package.folder) for package, _ in pending)
        cure = "name one PATH for --version and --restamp"
        yield about(pending[0][0].folder, f"several packages would be released: {names}", cure)
    known = {note_id for package in packages for note_id in package.lock.notes}
    for note_id in restamp:
        if note_id not in known:
            message = f'the note "{note_id}" was never published'
            yield about(packages[0].folder, message, "restamp takes ids of published notes")
    if not pending:
        last_version = packages[0].lock.releases[-1].version
        cure = "edit something first, or --restamp a note that must reach everyone"
        yield about(packages[0].folder, f"nothing changed since version {last_version}", cure)


def _check_version(package: Package, version: str, follows: str) -> Iterator[Problem]:
    numbers = version_numbers(version)
    releases = package.lock.releases
    last = version_numbers(releases[-1].version) if releases else None
    if numbers is None:
        cure = f"write three numbers with dots, for example {follows}"
        yield about(package.folder, f'"{version}" is not a version', cure)
    elif last and numbers <= last:
        message = f'version "{version}" does not come after {releases[-1].version}'
        yield about(package.folder, message, f"take {follows}, or a higher one")


def _publish(
    package: Package,
    changes: Changes,
    folder: Path,
    time: int,
    version: str,
    before_writing: BeforeWriting | None,
    *,
    dry_run: bool,
) -> Released:
    version = version or next_version(package.lock, changes)
    lock = _with_content(package, advance(package, changes, version, time))
    contents = make_artifacts(package, lock, make_edition(package, lock), folder)
    paths = (*contents, package.folder / LOCK)
    if before_writing:
        before_writing(package, changes, contents)
    if not dry_run:
        _see_that_lock_is_unchanged(package)
        # The lock comes last: until it is there, nothing was published, and the next run does all
        # of it again.
        write_files(contents | {package.folder / LOCK: write_lock(lock).encode()})
    return Released(package=package, changes=changes, version=version, paths=paths)


def _with_content(package: Package, lock: Lock) -> Lock:
    *before, last = lock.releases
    content = content_hash(make_edition(package, lock))
    return replace(lock, releases=(*before, replace(last, content=content)))


def _see_that_lock_is_unchanged(package: Package) -> None:
    path = package.folder / LOCK
    try:
        lock = read_lock(shown(path), read_text(path)) if path.exists() else None
        unchanged = lock == (package.lock if package.lock.releases else None)
    except AnkibuildError:
        unchanged = False
    if not unchanged:
        message = "this file changed while the release was made"
        raise AnkibuildError((about(path, message, "run the release again"),))
