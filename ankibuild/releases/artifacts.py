"""The files of a release: package, manifest, notes, lock, their sums, and those of its folder."""

import re
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from ankibuild import __version__
from ankibuild.anki.apkg_writer import package_bytes
from ankibuild.core.addresses import FEEDBACK_PAGE
from ankibuild.core.files import read_text
from ankibuild.core.identity import release_name
from ankibuild.core.notes import Edition
from ankibuild.core.problems import AnkibuildError
from ankibuild.core.text import escape_markdown, visible
from ankibuild.core.words import Words, day, words_of
from ankibuild.releases.differences import as_markdown, say_line
from ankibuild.releases.edition import search_for, searches_for
from ankibuild.releases.feedback import make_feedback_page
from ankibuild.releases.listing import LISTING, listing_bytes
from ankibuild.releases.lock import Lock, LockedNote, write_lock
from ankibuild.releases.manifest import (
    Counts,
    Manifest,
    ManifestNote,
    ManifestRelease,
    RetiredNote,
    find_publications,
    manifest_bytes,
    read_manifest,
)
from ankibuild.releases.package import Package, known_note_types, published_question
from ankibuild.releases.packing import pack_addons
from ankibuild.releases.page import PAGE, make_page
from ankibuild.releases.telling import Told, say_summary, tell

SUMS = "SHA256SUMS"
_SUM = re.compile(r"^([0-9a-f]{64})  (.+)$", re.MULTILINE)


def make_artifacts(
    package: Package, lock: Lock, edition: Edition, folder: Path, before: Lock | None
) -> dict[Path, bytes]:
    """Return the content of each file of the last release in the lock.

    They are package, manifest, notes, and the lock once more, for when that of the package is lost.
    ``before`` is the lock that this release began with; without it learners are told no old words.
    """
    stem = release_name(lock.package_id, edition.version)
    data = package_bytes(edition)
    told = tell(package, lock, before)
    return {
        folder / f"{stem}.apkg": data,
        # Before the manifest, which is what tells of a release: its lock is then always there.
        folder / f"{stem}.lock": write_lock(lock).encode(),
        folder / f"{stem}.json": manifest_bytes(_manifest(package, lock, edition, data, told)),
        folder / f"{stem}.md": _release_notes(package, lock, told).encode(),
    }


def add_shared_files(contents: Mapping[Path, bytes]) -> dict[Path, bytes]:
    """Return the files of a release with those that it shares with others in the folder.

    The sums of other files that stand in the folder are kept, and the other packages in it stand
    on the pages and in the listing. These change with every package, so they have no sum,
    and come last; the add-on is a program, and has one. Nobody else may write there meanwhile.
    """
    (folder,) = {path.parent for path in contents}
    coming = next(read_manifest(data) for path, data in contents.items() if path.suffix == ".json")
    publications = find_publications(folder, coming)
    addons = {folder / name: data for name, data in pack_addons(publications).items()}
    contents = {**contents, **addons}
    sums = _read_sums(folder / SUMS)
    sums |= {path.name: sha256(data).hexdigest() for path, data in contents.items()}
    lines = (f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
    feedback = make_feedback_page(publications)
    return {
        **contents,
        folder / SUMS: "".join(lines).encode(),
        folder / LISTING: listing_bytes(folder, publications),
        **({folder / FEEDBACK_PAGE: feedback.encode()} if feedback else {}),
        folder / PAGE: make_page(publications).encode(),
    }


def tidy_folder(folder: Path, package_id: str, written: Collection[Path]) -> None:
    """Take out of a folder what the files that were written do away with.

    That are the packages of a package that were only to look at, and the page for feedback when
    the last address is gone. What the system does not let go stays: the release is made.
    """
    form = re.compile(rf"{re.escape(package_id)}-\d+\.\d+\.\d+-dev\.apkg")
    old = [path for path in sorted(folder.glob("*-dev.apkg")) if form.fullmatch(path.name)]
    for path in sorted({*old, folder / FEEDBACK_PAGE} - {*written}):
        with suppress(OSError):
            if path.is_file():
                path.unlink()


def _release_notes(package: Package, lock: Lock, told: tuple[Told, ...]) -> str:
    """Return the release notes of the last release in the lock, in Markdown, for learners."""
    release = lock.releases[-1]
    words = words_of(package.settings)
    say = words.say
    summary = say_summary(words, release.summary)
    lines = [
        f"# {escape_markdown(f'{package.settings.title} {release.version}')}",
        f"{day(words, release.time)}. {escape_markdown(summary)}",
    ]
    if len(lock.releases) == 1:
        lines += [f"## {say('what-is-inside')}", say("notes-in-decks", count=len(lock.notes))]
        lines.append("\n".join(f"- {escape_markdown(deck.name)}" for deck in package.decks))
    for kind in ("new", "changed", "again"):
        lines += _section(kind, told, words)
    if sent := {each.note for each in told if each.kind in ("changed", "again")}:
        lines.append(say("see-changed"))
        lines.append(
            _search(package, lock, (lock.notes[n] for n in sorted(sent & lock.notes.keys())))
        )
    if release.restamped:
        lines.append(say("again-replaces"))
    lines += _section("deck", told, words)
    retired = sorted(n for n, each in lock.retired.items() if each.time == release.time)
    if retired:
        lines += [
            *_section("retired", told, words),
            say("suspend-retired"),
            _search(package, lock, (lock.retired[n].note for n in retired)),
        ]
    lines += [
        f"## {say('how-to-import')}",
        say("open-file", file=f"`{release_name(lock.package_id, release.version)}.apkg`"),
        f"{say('leave-options')} {say('your-edits')}",
        f"{say('suspend-instead')} {say('empty-cards')}",
    ]
    return "\n\n".join(lines) + "\n"


def _section(kind: str, told: Iterable[Told], words: Words) -> list[str]:
    """Return the heading of what is told of a kind, and its list; nothing where there is none."""
    lines: list[str] = []
    for each in told:
        if each.kind == kind:
            lines.append(f"- {escape_markdown(each.name)}")
            shown = each.details if kind != "new" else ()
            lines += (f"  - {as_markdown(say_line(words, detail))}" for detail in shown)
    return [f"## {words.say(f'heading-{kind}')}", "\n".join(lines)] if lines else []


def _search(package: Package, lock: Lock, notes: Iterable[LockedNote]) -> str:
    """Return a block of what finds the notes; "_" finds a sign that would not stay in its line."""
    search = search_for(notes, lock, known_note_types(package))
    return "    " + visible(search).replace("\ufffd", "_")


def _manifest(
    package: Package, lock: Lock, edition: Edition, data: bytes, told: tuple[Told, ...]
) -> Manifest:
    release, settings = lock.releases[-1], package.settings
    types = known_note_types(package)
    notes = [note for deck in edition.decks for note in deck.notes]
    retired = [each.note for _, each in sorted(lock.retired.items())]
    return Manifest(
        format=1,
        package=lock.package_id,
        key=lock.key,
        title=settings.title,
        version=release.version,
        time=release.time,
        summary=release.summary,
        size=len(data),
        content=release.content,
        tool=f"ankibuild {__version__}",
        sha256=sha256(data).hexdigest(),
        description=settings.description,
        authors=settings.authors,
        license=settings.license,
        language=settings.language,
        words=dict(settings.words),
        page=settings.page,
        feedback=settings.feedback,
        counts=Counts(
            decks=sum(bool(deck.notes) for deck in edition.decks),
            notes=len(notes),
            cards=sum(len(note.note.ordinals) for note in notes),
        ),
        decks=tuple(deck.name for deck in package.decks),
        changes=told,
        notes=tuple(
            ManifestNote(
                note_id=note_id,
                guid=note.guid,
                source=note.source,
                rendered=note.rendered,
                changed=lock.version_of(note),
                question=published_question(note, types) or note_id,
                deck=note.deck,
                modified=note.changed,
            )
            for note_id, note in sorted(lock.notes.items())
        ),
        retired=tuple(
            RetiredNote(
                note_id=each.note_id,
                question=published_question(each, types) or each.note_id,
                search=search,
            )
            for each, search in zip(retired, searches_for(retired, lock, types), strict=True)
        ),
        releases=tuple(
            ManifestRelease(version=each.version, time=each.time) for each in lock.releases
        ),
    )


def _read_sums(path: Path) -> dict[str, str]:
    try:
        text = read_text(path, path.parent)
    except AnkibuildError:
        return {}
    present = {each.name for each in path.parent.iterdir()}
    return {name: digest for digest, name in _SUM.findall(text) if name in present}
