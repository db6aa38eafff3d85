"""Write a package's file for looking at, or the last release again."""

from pathlib import Path

from ankibuild.anki.apkg_writer import package_bytes
from ankibuild.commands.busy import BUSY, PATIENCE, alone_in, clear_away
from ankibuild.commands.remembering import (
    forgotten_files,
    forgotten_release,
    lock_before,
    lost_lock,
)
from ankibuild.core.files import AnyPath, see_no_link, write_files
from ankibuild.core.identity import release_name
from ankibuild.core.notes import Edition
from ankibuild.core.problems import AnkibuildError
from ankibuild.core.values import Struct
from ankibuild.releases.artifacts import add_shared_files, make_artifacts, tidy_folder
from ankibuild.releases.changes import (
    UNRELEASED_VERSION,
    advance,
    compare,
    next_version,
    version_order,
)
from ankibuild.releases.edition import content_hash, make_edition
from ankibuild.releases.manifest import find_publications
from ankibuild.releases.package import Package


class Built(Struct, frozen=True, kw_only=True):
    """A package file that was written: where, and what is inside as (deck, notes, cards).

    ``size`` is in bytes, ``content`` the hash of its content. ``pending`` tells of changes since
    the last release; a build ``is_as_released`` when there are none and the content is the recorded
    one. With changes, the page for feedback may lead to an address that is an ``old_feedback``.
    """

    path: Path
    version: str
    size: int
    decks: tuple[tuple[str, int, int], ...]
    content: str
    pending: bool
    is_as_released: bool
    old_feedback: bool


def build(package: Package, folder: AnyPath, *, time: int) -> Built:
    """Write ``<package id>-<version>.apkg`` into a folder and return what was written.

    With changes since the last release the version ends in ``-dev``, and what changed carries
    ``time``, in seconds since 1970; without any, all files of the last release are written once
    more. The folder is made where there is none.
    Raises AnkibuildError when the file cannot be written, what stood there then stands unharmed;
    when the folder is a link; when it has releases of a package whose lock is gone, or another
    release of the version that is to be written again.
    """
    folder = Path(folder)
    see_no_link(folder)
    lock = package.lock
    clear_away(package.folder)
    forgotten = forgotten_files(lock, folder)
    if not lock.releases and forgotten:
        last = max(forgotten, key=lambda each: version_order(each.version))
        raise AnkibuildError((lost_lock(package.folder, folder, last),))
    changes = compare(package)
    if changes.pending:
        version = f"{next_version(lock, changes)}-dev" if lock.releases else UNRELEASED_VERSION
        lock = advance(package, changes, version, time)
    elif other := [each for each in forgotten if each.version == lock.releases[-1].version]:
        raise AnkibuildError((forgotten_release(package.folder, folder, other[0]),))
    edition = make_edition(package, lock)
    content = content_hash(edition)
    path = folder / f"{release_name(package.settings.id, edition.version)}.apkg"
    with alone_in(folder, patience=PATIENCE, message=BUSY):
        if changes.pending:
            contents = {path: package_bytes(edition)}
        else:
            contents = add_shared_files(
                make_artifacts(
                    package, lock, edition, folder, lock_before(lock, package.folder, folder)
                )
            )
        write_files(contents)
        if not changes.pending:
            tidy_folder(folder, lock.package_id, contents)
    return Built(
        path=path,
        version=edition.version,
        size=len(contents[path]),
        decks=_count_decks(edition),
        content=content,
        pending=changes.pending,
        is_as_released=not changes.pending and content == lock.releases[-1].content,
        old_feedback=changes.pending and _leads_elsewhere(package, folder),
    )


def _leads_elsewhere(package: Package, folder: Path) -> bool:
    """Tell whether the page for feedback in a folder leads to another address than the package's.

    Without a page, or without an address, cards do not link to it.
    """
    feedback = package.settings.feedback
    # Only then what stands in the folder is read, which may be much.
    return feedback != "" and any(
        newest.page and newest.feedback != feedback
        for newest, *_ in find_publications(folder)
        if newest.key == package.lock.key and newest.feedback
    )


def _count_decks(edition: Edition) -> tuple[tuple[str, int, int], ...]:
    """Return the name, notes and cards of each deck that holds notes."""
    return tuple(
        (deck.name, len(deck.notes), sum(len(note.note.ordinals) for note in deck.notes))
        for deck in edition.decks
        if deck.notes
    )
