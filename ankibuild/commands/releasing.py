"""Publish a version: check, compare, write its files, remember it in the lock."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from ankibuild.commands.busy import BUSY, PATIENCE, alone_in
from ankibuild.commands.loading import load_all
from ankibuild.commands.remembering import find_published
from ankibuild.core.files import (
    LOCK,
    AnyPath,
    as_paths,
    find_packages,
    newest_file,
    quoted,
    read_text,
    see_no_link,
    write_files,
)
from ankibuild.core.identity import release_name
from ankibuild.core.problems import AnkibuildError, Problem, about, shown
from ankibuild.core.values import Struct
from ankibuild.releases.artifacts import add_shared_files, make_artifacts, tidy_folder
from ankibuild.releases.changes import (
    A_DAY,
    MANY,
    Changes,
    advance,
    compare,
    next_version,
    version_numbers,
    version_order,
)
from ankibuild.releases.edition import moment_of, with_content
from ankibuild.releases.history import commit_time, is_lock_ignored, is_shallow, worktree_of
from ankibuild.releases.lock import Lock, read_lock
from ankibuild.releases.manifest import published_versions
from ankibuild.releases.package import Package

BeforeWriting = Callable[[Package, Changes, Mapping[Path, bytes]], object]
"""Is shown a package, what changed, and its files before they are written; may raise."""


_SEVERAL = 5
"""So many versions are named one by one."""


class Released(Struct, frozen=True, kw_only=True):
    """A version that was published, or would be: what changed, and the files it is made of.

    ``time`` is the release's, in seconds since 1970, ``remarks`` are what its maker should know.
    """

    package: Package
    changes: Changes
    version: str
    time: int
    paths: tuple[Path, ...]
    remarks: tuple[Problem, ...]


class _Plan(Struct, frozen=True, kw_only=True):
    """What is to be released of a package, as what, and when."""

    package: Package
    changes: Changes
    version: str
    time: int
    lock: Lock


def release(
    paths: AnyPath | Iterable[AnyPath],
    folder: AnyPath,
    *,
    time: int,
    now: int | None = None,
    version: str = "",
    restamp: tuple[str, ...] = (),
    without_words: bool = False,
    dry_run: bool = False,
    before_writing: BeforeWriting | None = None,
) -> tuple[Released, ...]:
    """Publish every package at or right below one path or many that has something to publish.

    Return what was published, or would be with ``dry_run``. A version's files are written into the
    folder, and then the lock into the package: either all are there, or nothing counts.
    ``time`` is the release's, in seconds since 1970, and later than the last one's; where it is
    ``now``, the clock's, a clock that is a little behind makes it a second later than that.
    ``version`` stands in for the one that follows from the changes; ``restamp`` names notes that
    are sent to everyone again; ``without_words`` allows that most notes change in no word;
    ``before_writing`` is shown each package with its files, and may raise: ``rehearse_release``
    does where a learner would lose something.
    Raises AnkibuildError when something is wrong, when there is nothing to publish, when the folder
    is a link, or when another release of a package is running.
    """
    paths, folder = as_paths(paths), Path(folder)
    see_no_link(folder)
    with ExitStack() as stack:
        for path in find_packages(paths)[0]:
            if path.is_dir() and not dry_run:
                message = "another release of this package is running"
                stack.enter_context(alone_in(path, patience=0, message=message))
        packages = load_all(paths)
        if not packages:
            cure = "name a folder with a package.toml"
            raise AnkibuildError((about(Path(), "missing-package", "no package is named", cure),))
        pending = [(each, compare(each, restamp)) for each in packages]
        pending = [(package, changes) for package, changes in pending if changes.pending]
        problems = list(_find_problems(packages, pending, version, restamp))
        if not pending:
            # As the last release that the lock knows; learners may have a newer one.
            problems = [
                problem
                for each in packages
                if each.lock.releases
                for problem in find_published(each.lock, each.folder, folder).problems
            ] or problems
        plans = []
        for package, changes in pending:
            plan, found = _make_plan(package, changes, folder, time, now, version)
            plans.append(plan)
            problems += [*found, *(() if without_words else _check_words(plan))]
        if problems:
            raise AnkibuildError(tuple(problems))
        # All are tried before one is written: what is said of one holds for all.
        ready = [_prepare(plan, folder, before_writing) for plan in plans]
        return tuple(_publish(each, folder, dry_run=dry_run) for each in ready)


def next_steps(released: Iterable[Released]) -> tuple[str, ...]:
    """Return the commands that commit and tag what was released, and what learners are to get.

    Where there is no repository, one sentence stands for the commands.
    """
    released = tuple(released)
    return (*_keep(released), *dict.fromkeys(map(_hand_out, released)))


def _hand_out(released: Released) -> str:
    package, page = released.paths[0], released.package.settings.page
    return (
        f"publish {quoted(package.parent)} at {page}"
        if page
        else f"send {quoted(package)} to learners"
    )


def _keep(released: tuple[Released, ...]) -> Iterator[str]:
    here = worktree_of(Path())
    groups: dict[str, list[Released]] = {}
    for each in released:
        groups.setdefault(worktree_of(each.package.folder), []).append(each)
    for there, group in groups.items():
        homes = [each.package.folder for each in group]
        if not there:
            for home in homes:
                yield f"keep a copy of {quoted(home / LOCK)}: the next release builds on it"
            continue
        git = "git" if there == here else f"git -C {quoted(homes[0])}"
        if there == here:
            yield f"git add {' '.join(map(quoted, homes))}"
        else:
            yield from (f"git -C {quoted(home)} add ." for home in homes)
        for home in filter(is_lock_ignored, homes):
            yield f"git -C {quoted(home)} add --force {LOCK}"
        title = ", ".join(f"{each.package.settings.id} {each.version}" for each in group)
        yield f'{git} commit -m "Release {title}"'
        for each in group:
            yield f"{git} tag {release_name(each.package.settings.id, each.version)}"


def _find_problems(
    packages: tuple[Package, ...],
    pending: list[tuple[Package, Changes]],
    version: str,
    restamp: tuple[str, ...],
) -> Iterator[Problem]:
    for package, _ in pending:
        if package.settings.provisional:
            cure = "ankibuild new NAME writes a package: move the file into it"
            yield about(
                package.folder,
                "lone-file",
                "a single file has no lasting identity to publish",
                cure,
            )
        for note in package.notes:
            if not note.pinned:
                message = f'the note "{note.note_id}" has no id of its own'
                cure = "run ankibuild pin, so that you can change its wording later"
                yield note.heading.problem("unpinned-note", message, cure)
    if len(pending) > 1 and (version or restamp):
        names = ", ".join(shown(package.folder) for package, _ in pending)
        cure = "name one PATH for --version and --restamp"
        yield about(
            pending[0][0].folder,
            "several-packages",
            f"several packages would be released: {names}",
            cure,
        )
    known = {note_id for package in packages for note_id in package.lock.notes}
    here = {note.note_id for package in packages for note in package.notes}
    for note_id in restamp:
        if note_id not in known:
            message = f'the note "{note_id}" was never published'
            yield about(
                packages[0].folder,
                "unpublished-note",
                message,
                "--restamp takes ids of published notes",
            )
        elif note_id not in here:
            message = f'the note "{note_id}" is retired by this release, and sent to nobody'
            cure = "leave it out of --restamp, or put the note back"
            yield about(packages[0].folder, "restamped-retired-note", message, cure)
    if not pending:
        last_version = packages[0].lock.releases[-1].version
        cure = "edit something first, or --restamp a note that must reach everyone"
        yield about(
            packages[0].folder,
            "nothing-to-release",
            f"nothing changed since version {last_version}",
            cure,
        )


def _make_plan(
    package: Package,
    changes: Changes,
    folder: Path,
    time: int,
    now: int | None,
    version: str,
) -> tuple[_Plan, list[Problem]]:
    """Return what is to be released of a package, and what is wrong with that."""
    problems: list[Problem] = []
    lock = package.lock
    clock = time if now is None else now
    is_given = time != clock
    # What was released in the future was so by a clock that was wrong.
    latest = max((each.time for each in lock.releases if each.time <= clock + A_DAY), default=0)
    if time <= latest:
        if not is_given:
            time = latest + 1
        else:
            last = next(each.version for each in lock.releases if each.time == latest)
            message = f"version {last} was released at {moment_of(latest)}"
            message += f", not before {moment_of(time)}"
            cure = "each release needs a later time than the last, or learners would not get it"
            problems.append(about(package.folder, "time-too-early", message, cure))
    follows = next_version(lock, changes)
    begun = published_versions(folder, lock.key).get(version or follows)
    if begun and begun.time in ({time} if is_given else range(latest + 1, clock + A_DAY)):
        # What did not come to its end is finished as the release that it was, if it is the same.
        planned = advance(package, changes, begun.version, begun.time)
        if with_content(package, planned)[0].releases[-1].content == begun.content:
            time = begun.time
    evidence = find_published(lock, package.folder, folder, time=time, version=version)
    problems += evidence.problems
    while follows in evidence.taken:
        follows = _next(follows)
    if version:
        problems += _check_version(package, version, follows, evidence.taken)
    version = version or follows
    planned = advance(package, changes, version, time)
    plan = _Plan(package=package, changes=changes, version=version, time=time, lock=planned)
    return plan, problems


def _next(version: str) -> str:
    major, minor, patch = version_order(version)
    return f"{major}.{minor}.{patch + 1}"


def _check_version(
    package: Package, version: str, follows: str, taken: Collection[str]
) -> Iterator[Problem]:
    numbers = version_numbers(version)
    releases = package.lock.releases
    last = version_numbers(releases[-1].version) if releases else None
    if numbers is None:
        cure = f"write three numbers with dots, for example {follows}"
        yield about(package.folder, "invalid-version", f'"{version}" is not a version', cure)
    elif last and numbers <= last:
        message = f'version "{version}" does not come after {releases[-1].version}'
        yield about(package.folder, "version-too-low", message, f"take {follows}, or a higher one")
    elif version in taken:
        message = f'version "{version}" was published already'
        yield about(package.folder, "repeated-version", message, f"take {follows}, or a higher one")


def _check_words(plan: _Plan) -> Iterator[Problem]:
    """Yield a problem if most notes go to everyone again for a reason that no learner reads."""
    count, of = len(plan.changes.without_words), len(plan.package.lock.notes)
    if count >= MANY and 2 * count > of:
        message = (
            f"{count} of {of} published notes change only in tags or markup, not in words: "
            "learners would lose their own edits and tags on all of them"
        )
        cure = "look at ankibuild diff; if that is what you want, release with --without-words"
        yield about(plan.package.folder, "change-without-words", message, cure)


class _Ready(NamedTuple):
    """What is to be released, with the files of its own and the lock that follows."""

    plan: _Plan
    lock: Lock
    contents: Mapping[Path, bytes]


def _prepare(plan: _Plan, folder: Path, before_writing: BeforeWriting | None) -> _Ready:
    lock, edition = with_content(plan.package, plan.lock)
    contents = make_artifacts(plan.package, lock, edition, folder, plan.package.lock)
    if before_writing:
        before_writing(plan.package, plan.changes, contents)
    return _Ready(plan, lock, contents)


def _publish(ready: _Ready, folder: Path, *, dry_run: bool) -> Released:
    plan, lock, contents = ready
    path = plan.package.folder / LOCK
    if dry_run:
        files = add_shared_files(contents)
    else:
        with alone_in(folder, patience=PATIENCE, message=BUSY):
            _see_that_lock_is_unchanged(plan.package)
            # The lock comes last: until it is there, nothing was published, and the next run does
            # all of it again.
            files = add_shared_files(contents)
            write_files({**files, path: _lock_in(contents)})
            tidy_folder(folder, lock.package_id, files)
    return Released(
        package=plan.package,
        changes=plan.changes,
        version=plan.version,
        time=plan.time,
        paths=(*files, path),
        remarks=(*_find_remarks(plan, lock), *_find_gaps(plan, folder)),
    )


def _lock_in(contents: Mapping[Path, bytes]) -> bytes:
    """Return the lock among the files of a release, which is the package's too."""
    return next(data for path, data in contents.items() if path.suffix == Path(LOCK).suffix)


def _find_remarks(plan: _Plan, lock: Lock) -> Iterator[Problem]:
    """Yield what a clock that is or was wrong does to learners."""
    before = plan.package.lock.releases
    latest = max(before, key=lambda each: each.time, default=None)
    if latest and latest.time >= plan.time:
        message = (
            f"version {latest.version} has a time in the future, {moment_of(latest.time)}: the "
            "clock was wrong"
        )
        cure = "until then each import replaces learners' later edits of the notes that it changed"
        if late := lock.releases[-1].late:
            cure += f"; the same goes for {', '.join(late)}, which had to come after it"
        yield about(plan.package.folder, "future-release", message, cure, "warning")
    if is_shallow(plan.package.folder):
        message = (
            "this clone lacks its history, so versions that were released and taken back "
            "cannot be found"
        )
        cure = "run git fetch --unshallow before the next release"
        yield about(plan.package.folder, "shallow-clone", message, cure, "warning")
    newest = max(newest_file(plan.package.folder), commit_time(plan.package.folder))
    if newest and plan.time > newest + A_DAY:
        message = (
            f"the release is dated {moment_of(plan.time)}, but the newest file or commit is from "
            f"{moment_of(newest)}"
        )
        cure = "if the clock is right, all is well; a wrong clock keeps updates from learners"
        yield about(plan.package.folder, "doubtful-clock", message, cure, "warning")


def _find_gaps(plan: _Plan, folder: Path) -> Iterator[Problem]:
    """Yield the earlier releases that the page tells nothing of, since their manifests are gone."""
    lock = plan.package.lock
    there = {(each.version, each.time) for each in published_versions(folder, lock.key).values()}
    # What began with an import was published without ankibuild, and never had one.
    ours = [each for each in lock.releases if not each.original]
    gone = [each.version for each in ours if (each.version, each.time) not in there]
    if gone:
        versions = ", ".join(gone) if len(gone) <= _SEVERAL else f"{gone[0]} to {gone[-1]}"
        manifests = "the manifest of" if len(gone) == 1 else "the manifests of"
        message = (
            f"{manifests} {lock.package_id} {versions} {'is' if len(gone) == 1 else 'are'} "
            "missing here, so the page does not say what changed since"
        )
        cure = (
            "bring the files of earlier releases back from where you published them, then run "
            f"ankibuild build {quoted(plan.package.folder)} -o {quoted(folder)}, which writes the "
            "page again; the workflow for GitHub does this automatically"
        )
        yield about(folder, "missing-manifest", message, cure, "warning")


def _see_that_lock_is_unchanged(package: Package) -> None:
    path = package.folder / LOCK
    try:
        lock = read_lock(shown(path), read_text(path, package.folder)) if path.exists() else None
        unchanged = lock == (package.lock if package.lock.releases else None)
    except AnkibuildError:
        unchanged = False
    if not unchanged:
        message = "this file changed while the release was being made"
        raise AnkibuildError((about(path, "changed-lock", message, "run the release again"),))
