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
from ankibuild.core.text import escape_markdown, question_of, visible
from ankibuild.releases.edition import day_of, search_for
from ankibuild.releases.lock import Lock, LockedNote, write_lock
from ankibuild.releases.package import Package
from ankibuild.releases.page import PAGE, make_page

SUMS = "SHA256SUMS"
_SUM = re.compile(r"^([0-9a-f]{64})  (.+)$", re.MULTILINE)


def make_artifacts(
    package: Package, lock: Lock, edition: Edition, folder: Path
) -> dict[Path, bytes]:
    """Return the content of each file of the last release in the lock.

    They are package, manifest, notes, and the lock once more, for when that of the package is lost.
    """
    stem = f"{lock.package_id}-{edition.version}"
    data = package_bytes(edition)
    manifest = _manifest(package, lock, edition, len(data))
    return {
        folder / f"{stem}.apkg": data,
        # Before the manifest, which is what tells of a release: its lock is then always there.
        folder / f"{stem}.lock": write_lock(lock).encode(),
        folder / f"{stem}.json": f"{json.dumps(manifest, ensure_ascii=False, indent=1)}\n".encode(),
        folder / f"{stem}.md": _release_notes(package, lock).encode(),
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


def _release_notes(package: Package, lock: Lock) -> str:
    """Return the release notes of the last release in the lock, in Markdown, for learners."""
    release = lock.releases[-1]
    title = package.settings.title
    lines = [
        f"# {escape_markdown(f'{title} {release.version}')}",
        f"{day_of(release.time)}. {escape_markdown(release.summary)}",
    ]
    restamped = set(release.restamped)
    notes = lock.notes
    new = [note_id for note_id, note in notes.items() if note.added == release.time]
    here = {note_id for note_id, note in notes.items() if note.changed == release.time}
    here.update(release.late)
    changed = sorted(here - set(new) - restamped)
    retired = sorted(n for n, each in lock.retired.items() if each.time == release.time)
    if len(lock.releases) == 1:
        lines += ["## What is inside", f"{len(notes)} notes in these decks:"]
        lines.append(_bullets(deck.name for deck in package.decks))
    else:
        for heading, ids in (
            ("New", sorted(new)),
            ("Changed", changed),
            ("Sent to everyone again", sorted(restamped)),
        ):
            if ids:
                lines += [f"## {heading}", _bullets(question_of(notes[n].fields) for n in ids)]
    if changed or restamped:
        lines.append("To see these notes, search for this in Anki's browser:")
        lines.append(_search(lock.notes[n] for n in sorted({*changed, *restamped})))
    if restamped:
        lines.append(
            "What was sent again replaces your own edits and tags on those notes, even newer ones."
        )
    if retired:
        lines += [
            "## Retired",
            "These notes are out of date and no longer part of the deck. To stop seeing them, "
            "search for this in Anki's browser, select all, and suspend them:",
            _search(lock.retired[n].note for n in retired),
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


def _bullets(texts: Iterable[str]) -> str:
    return "\n".join(f"- {escape_markdown(text)}" for text in texts)


def _search(notes: Iterable[LockedNote]) -> str:
    """Return a block of what finds the notes; "_" finds a sign that would not stay in its line."""
    return "    " + visible(search_for(notes)).replace("\ufffd", "_")


def _manifest(package: Package, lock: Lock, edition: Edition, size: int) -> dict[str, Any]:
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
