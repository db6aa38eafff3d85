"""The files of a release: package, manifest, notes, lock, their sums, the download page."""

import json
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from ankibuild import __version__
from ankibuild.anki.apkg_writer import package_bytes
from ankibuild.core.files import read_text
from ankibuild.core.notes import Edition
from ankibuild.core.problems import AnkibuildError
from ankibuild.core.text import escape_markdown, visible
from ankibuild.core.values import to_builtins
from ankibuild.releases.differences import as_markdown
from ankibuild.releases.edition import day_of, search_for
from ankibuild.releases.lock import Lock, LockedNote, write_lock
from ankibuild.releases.package import Package, known_note_types
from ankibuild.releases.page import PAGE, make_page
from ankibuild.releases.telling import HEADINGS, Told, tell

SUMS = "SHA256SUMS"
_SUM = re.compile(r"^([0-9a-f]{64})  (.+)$", re.MULTILINE)


def make_artifacts(
    package: Package, lock: Lock, edition: Edition, folder: Path, before: Lock | None
) -> dict[Path, bytes]:
    """Return the content of each file of the last release in the lock.

    They are package, manifest, notes, and the lock once more, for when that of the package is lost.
    ``before`` is the lock that this release began with; without it learners are told no old words.
    """
    stem = f"{lock.package_id}-{edition.version}"
    data = package_bytes(edition)
    told = tell(package, lock, before)
    manifest = _manifest(package, lock, edition, len(data), told)
    return {
        folder / f"{stem}.apkg": data,
        # Before the manifest, which is what tells of a release: its lock is then always there.
        folder / f"{stem}.lock": write_lock(lock).encode(),
        folder / f"{stem}.json": f"{json.dumps(manifest, ensure_ascii=False, indent=1)}\n".encode(),
        folder / f"{stem}.md": _release_notes(package, lock, told).encode(),
    }


def add_shared_files(contents: Mapping[Path, bytes]) -> dict[Path, bytes]:
    """Return the files of a release with those that it shares with others in the folder.

    The sums of other files that stand in the folder are kept, and the other packages in it stand
    on the download page. That page changes with every package, so it has no sum, and comes last.
    Nobody else may write there meanwhile.
    """
    (folder,) = {path.parent for path in contents}
    sums = _read_sums(folder / SUMS)
    sums |= {path.name: sha256(data).hexdigest() for path, data in contents.items()}
    lines = (f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
    manifest = next(json.loads(data) for path, data in contents.items() if path.suffix == ".json")
    page = make_page(folder, manifest)
    return {**contents, folder / SUMS: "".join(lines).encode(), folder / PAGE: page.encode()}


def _release_notes(package: Package, lock: Lock, told: tuple[Told, ...]) -> str:
    """Return the release notes of the last release in the lock, in Markdown, for learners."""
    release = lock.releases[-1]
    title = package.settings.title
    lines = [
        f"# {escape_markdown(f'{title} {release.version}')}",
        f"{day_of(release.time)}. {escape_markdown(release.summary)}",
    ]
    if len(lock.releases) == 1:
        lines += ["## What is inside", f"{len(lock.notes)} notes in these decks:"]
        lines.append("\n".join(f"- {escape_markdown(deck.name)}" for deck in package.decks))
    lines += [*_section("new", told), *_section("changed", told), *_section("again", told)]
    if sent := {each.note for each in told if each.kind in ("changed", "again")}:
        lines.append("To see these notes, search for this in Anki's browser:")
        lines.append(
            _search(package, lock, (lock.notes[n] for n in sorted(sent & lock.notes.keys())))
        )
    if release.restamped:
        lines.append(
            "What was sent again replaces your own edits and tags on those notes, even newer ones."
        )
    lines += _section("deck", told)
    retired = sorted(n for n, each in lock.retired.items() if each.time == release.time)
    if retired:
        lines += [
            *_section("retired", told),
            "These notes are out of date and no longer part of the deck. To stop seeing them, "
            "search for this in Anki's browser, select all, and suspend them:",
            _search(package, lock, (lock.retired[n].note for n in retired)),
        ]
    lines += [
        "## How to import",
        f"Open `{lock.package_id}-{release.version}.apkg` in Anki: with *File > Import* on a "
        "computer, by tapping the file on a phone. Leave the options as they are, and import.",
        "Your progress is kept. Notes that did not change are left alone, with your own edits and "
        "tags; on changed notes your edits and tags are replaced, unless yours are newer.",
        "Suspend a card that you do not want to see instead of deleting its note: what is deleted "
        "comes back with the next import. If a card has lost its content, *Tools > Empty Cards* on "
        "a computer removes it.",
    ]
    return "\n\n".join(lines) + "\n"


def _section(kind: str, told: Iterable[Told]) -> list[str]:
    """Return the heading of what is told of a kind, and its list; nothing where there is none."""
    lines: list[str] = []
    for each in told:
        if each.kind == kind:
            lines.append(f"- {escape_markdown(each.name)}")
            lines += (f"  - {as_markdown(detail)}" for detail in each.details)
    return [f"## {HEADINGS[kind]}", "\n".join(lines)] if lines else []


def _search(package: Package, lock: Lock, notes: Iterable[LockedNote]) -> str:
    """Return a block of what finds the notes; "_" finds a sign that would not stay in its line."""
    search = search_for(notes, lock, known_note_types(package))
    return "    " + visible(search).replace("\ufffd", "_")


def _manifest(
    package: Package, lock: Lock, edition: Edition, size: int, told: tuple[Told, ...]
) -> dict[str, Any]:
    release = lock.releases[-1]
    notes = [note for deck in edition.decks for note in deck.notes]
    return {
        "format": 1,
        "package": lock.package_id,
        "key": str(lock.key),
        "title": package.settings.title,
        "version": release.version,
        "time": release.time,
        "summary": release.summary,
        "size": size,
        "tool": f"ankibuild {__version__}",
        "content": release.content,
        "counts": {
            "decks": sum(bool(deck.notes) for deck in edition.decks),
            "notes": len(notes),
            "cards": sum(len(note.note.ordinals) for note in notes),
        },
        "changes": to_builtins(told),
        "notes": [
            {
                "id": note_id,
                "guid": note.guid,
                "source": note.source,
                "rendered": note.rendered,
                "changed": lock.version_of(note),
            }
            for note_id, note in sorted(lock.notes.items())
        ],
    }


def _read_sums(path: Path) -> dict[str, str]:
    try:
        text = read_text(path, path.parent)
    except AnkibuildError:
        return {}
    present = {each.name for each in path.parent.iterdir()}
    return {name: digest for digest, name in _SUM.findall(text) if name in present}
