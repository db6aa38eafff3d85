"""Try an update in a real Anki before learners do."""

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from ankibuild.anki.apkg_writer import package_bytes
from ankibuild.anki.collection import (
    OWN_DECK,
    ImportLog,
    LearnerNote,
    State,
    edit_and_tag,
    import_package,
    is_possible,
    move_cards,
    open_collection,
    read_notes,
    read_state,
    study,
)
from ankibuild.commands.building import build
from ankibuild.core.files import (
    AnyPath,
    hash_of_file,
    plain_file,
    read_text,
    unreadable,
    write_files,
)
from ankibuild.core.installed import how_to_install
from ankibuild.core.problems import AnkibuildError, about, shown
from ankibuild.core.values import Struct, replace
from ankibuild.releases.changes import Changes, compare
from ankibuild.releases.edition import published_edition
from ankibuild.releases.package import Package

_MOST_NAMED = 5
_SHORT = 12
_OF_LATEX = "latex-"


class Kept(Struct, frozen=True, kw_only=True):
    """How many of something are as they were, and of how many."""

    kept: int
    of: int

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.kept} of {self.of}"


class Rehearsal(Struct, frozen=True, kw_only=True):
    """What a learner who studied every card of the old package has after importing the new one.

    ``old`` is "" for a learner without an old package. ``left_behind`` counts cards with progress
    of notes that the new package has no longer. ``lost`` says in
    words what no update may do, ``remarks`` what a learner should be told.
    """

    old: str
    new: str
    new_notes: int
    updated: int
    left_alone: int
    conflicts: int
    new_cards: int
    without_content: tuple[str, ...]
    progress: Kept
    reviews: Kept
    own_edits: Kept
    own_decks: Kept
    left_behind: int
    media: int
    note_types: tuple[str, ...]
    lost: tuple[str, ...]
    remarks: tuple[str, ...]


class _Play(NamedTuple):
    """What the new package holds, what a learner had and has, and which notes did not change."""

    source: State
    before: State
    after: State
    unchanged: frozenset[str]
    deliberate: frozenset[str]
    log: ImportLog

    def kept(self) -> set[tuple[str, int]]:
        """Return the cards whose progress is what it was."""
        now = self.after.cards
        return {
            key
            for key, card in self.before.cards.items()
            if key in now and now[key].progress == card.progress
        }

    def own_cards(self) -> set[tuple[str, int]]:
        """Return the cards that the learner had moved."""
        return {key for key, card in self.before.cards.items() if card.deck == OWN_DECK}

    def moved(self) -> set[tuple[str, int]]:
        """Return the cards that stayed where the learner had moved them."""
        now = self.after.cards
        return {key for key in self.own_cards() if key in now and now[key].deck == OWN_DECK}

    def edited(self) -> set[str]:
        """Return the notes whose own edits and tags stayed."""
        before, after = self.before.notes, self.after.notes
        return {guid for guid in self.unchanged if after[guid].is_like(before[guid])}


def rehearse(package: Package, *, time: int, original: AnyPath | None = None) -> Rehearsal:
    """Try in a real Anki what a package's sources hold now, after its last release.

    A learner imports the release, studies, edits and moves cards, and imports a build; a package
    that was never released is imported by a new learner. ``time`` is that of the build, in seconds
    since 1970. With ``original``, the file that an import made the package of, the learner has that
    instead of the release.
    Raises AnkibuildError when Anki's library is missing, when it does not take the build, or when
    the original is another file.
    """
    _see_that_anki_is_here(package.folder)
    start = _check_original(package, original)
    time = max([time, *(each.time + 1 for each in package.lock.releases)])
    with tempfile.TemporaryDirectory(prefix="ankibuild-") as folder:
        new = build(package, folder, time=time).path
        return _rehearse_next(package, compare(package), new, start)


def rehearse_files(old: AnyPath | None, new: AnyPath) -> Rehearsal:
    """Try in a real Anki two ``.apkg`` files of any tool, the new one as an update of the old one.

    A learner imports the old one, studies, edits and moves cards, and imports the new one; without
    an old one the learner is new.
    Raises AnkibuildError when Anki's library is missing, or does not take a file.
    """
    before, after = Path(old) if old is not None else None, Path(new)
    for path in filter(None, (before, after)):
        plain_file(path)
    return _rehearse(before, after)


def rehearse_release(
    package: Package,
    changes: Changes,
    contents: Mapping[Path, bytes],
    original: AnyPath | None = None,
) -> Rehearsal:
    """Try the files of a release in a real Anki; the ``before_writing`` of ``release``.

    ``contents`` are the files by their paths. With ``original``, the file that an import made the
    package of, they are tried with a learner who has that, too. Raises AnkibuildError when a
    learner would lose something, when Anki's library is missing, when it does not take the package,
    or when the original is another file.
    """
    start = _check_original(package, original)
    with tempfile.TemporaryDirectory(prefix="ankibuild-") as folder:
        copies = {Path(folder) / path.name: data for path, data in contents.items()}
        write_files(copies)
        new = next(path for path in copies if path.suffix == ".apkg")
        rehearsals = [_rehearse_next(package, changes, new, start)]
        if start and len(package.lock.releases) > 1:
            rehearsals.append(_rehearse_next(package, changes, new, None))
    if lost := [loss for each in rehearsals for loss in each.lost]:
        cure = "nothing was written; ankibuild rehearse says more"
        problems = (
            about(package.folder, "learner-loss", f"a learner would lose {each}", cure)
            for each in dict.fromkeys(lost)
        )
        raise AnkibuildError(tuple(problems))
    return rehearsals[-1]


def _check_original(package: Package, original: AnyPath | None) -> Path | None:
    """Return the file that an import made the package of. Raises AnkibuildError for another one."""
    if original is None:
        return None
    path = Path(original)
    known = next((each.original for each in package.lock.releases), "")
    try:
        if known and hash_of_file(plain_file(path)) == known:
            return path
    except OSError as error:
        raise unreadable(path, error) from None
    message = f"{shown(package.folder)} was not made from this file"
    cure = "name the .apkg that was imported, or the one given with --learners-have"
    if not known:
        message = f"no import recorded which file it used to make {shown(package.folder)}"
        cure = "leave out --original, and try the files: ankibuild rehearse OLD.apkg NEW.apkg"
    raise AnkibuildError((about(path, "other-original", message, cure),))


def _see_that_anki_is_here(path: Path) -> None:
    if not is_possible():
        message = "a rehearsal needs Anki's own library"
        cure = f"install it: {how_to_install('rehearse')}"
        raise AnkibuildError((about(path, "missing-library", message, cure),))


def _rehearse_next(
    package: Package, changes: Changes, new: Path, original: Path | None
) -> Rehearsal:
    lock = package.lock
    if not lock.releases:
        return replace(_rehearse(None, new), new=new.name)
    again = {note_id for note_id in changes.changed if not lock.notes[note_id].source}
    # What carries a time to come replaces learners' edits at each import, as was said when it went
    # out.
    late = {note_id for each in lock.releases for note_id in each.late} & lock.notes.keys()
    deliberate = frozenset(
        lock.notes[n].guid for n in {*changes.retired, *changes.restamped, *again, *late}
    )
    if original:
        # Its words are not written as ours are; what is to arrive is told by the times.
        first = lock.releases[0].time
        sent = {note_id for note_id, note in lock.notes.items() if note.changed > first}
        sent |= {*changes.changed, *changes.restamped}
        guids = frozenset(lock.notes[note_id].guid for note_id in sent)
        return replace(_rehearse(original, new, deliberate, guids), new=new.name)
    name = f"{lock.package_id} {lock.releases[-1].version}"
    old = new.with_name(f"{name} as published.apkg")
    write_files({old: package_bytes(published_edition(package))})
    return replace(_rehearse(old, new, deliberate), old=name, new=new.name)


def _rehearse(
    old: Path | None,
    new: Path,
    deliberate: frozenset[str] = frozenset(),
    sent: frozenset[str] | None = None,
) -> Rehearsal:
    """Rehearse two packages; ``deliberate`` are GUIDs of notes that were retired or sent again.

    ``sent`` are those of notes that are to arrive; else they are those that differ.
    """
    _see_that_anki_is_here(new)
    with open_collection() as fresh, open_collection() as learner:
        import_package(fresh, new)
        source = read_state(fresh)
        if old:
            import_package(learner, old)
            study(learner)
        notes = read_notes(learner)
        both = notes.keys() & source.notes.keys()
        if sent is None:
            sent = frozenset(guid for guid in both if not notes[guid].is_like(source.notes[guid]))
        unchanged = both - sent - deliberate
        edit_and_tag(learner, [notes[guid] for guid in sorted(unchanged)])
        move_cards(learner)
        before = read_state(learner)
        log = import_package(learner, new)
        play = _Play(source, before, read_state(learner), frozenset(unchanged), deliberate, log)
    lost = [*_losses(play), *_faults(play), *_manifest_faults(new, source.notes)]
    return _rehearsal(play, shown(old) if old else "", shown(new), tuple(filter(None, lost)))


def describe_rehearsal(rehearsal: Rehearsal) -> list[str]:
    """Return a rehearsal as lines of text: the verdict, what is lost, and what is not zero."""
    counts: tuple[tuple[str, int | Kept, str], ...] = (
        ("new notes", rehearsal.new_notes, ""),
        ("updated", rehearsal.updated, ""),
        ("left alone", rehearsal.left_alone, ""),
        ("conflicts", rehearsal.conflicts, ""),
        ("new cards", rehearsal.new_cards, ""),
        ("cards without content", len(rehearsal.without_content), ""),
        ("progress kept", rehearsal.progress, " cards"),
        ("  on notes that left", rehearsal.left_behind, " of these"),
        ("reviews kept", rehearsal.reviews, ""),
        ("own edits and tags kept", rehearsal.own_edits, " unchanged notes"),
        ("own decks kept", rehearsal.own_decks, " moved cards"),
        ("media files", rehearsal.media, ""),
    )
    verdict = "something is lost" if rehearsal.lost else "nothing is lost"
    lines = [f"{verdict}: {rehearsal.old or 'a new learner'} → {rehearsal.new}"]
    lines += [f"  lost: {loss}" for loss in rehearsal.lost]
    lines += [
        f"  {name:<24} {value}{unit}"
        for name, value, unit in counts
        if (value.of if isinstance(value, Kept) else value)
    ]
    lines.append(f"  {'note types':<24} {', '.join(rehearsal.note_types)}")
    lines += [f"  without content: {name}" for name in rehearsal.without_content]
    lines += [f"  remark: {remark}" for remark in rehearsal.remarks]
    return lines


def describe_in_short(rehearsal: Rehearsal) -> str:
    """Return in one line with which learner a release was tried, when nothing was lost."""
    notes = rehearsal.new_notes + rehearsal.updated + rehearsal.left_alone
    held = f"{notes:,} note{'s' * (notes != 1)}"
    if not rehearsal.old:
        held += f", {rehearsal.new_cards:,} card{'s' * (rehearsal.new_cards != 1)}"
        return f"tried in Anki with a new learner: {held}"
    kept = f"progress on {rehearsal.progress} cards kept"
    return f"tried in Anki with a learner who has {rehearsal.old}: {held}, {kept}"


def _rehearsal(play: _Play, old: str, new: str, lost: tuple[str, ...]) -> Rehearsal:
    before, after = play.before, play.after
    gone = before.notes.keys() - play.source.notes.keys()
    repeated = _repeated(before.notes, play.source.notes)
    remarks = (
        _list(
            "progress left behind on a retired note while a new one repeats it",
            (before.notes[guid].name for guid in repeated if guid in play.deliberate),
        ),
        _list("gone from the package, and kept by learners", (before.notes[g].name for g in gone)),
        _list("media that no card uses", after.unused_media),
    )
    empty = (f"{after.notes[guid].name}, card {n + 1}" for guid, n in after.without_content)
    return Rehearsal(
        old=old,
        new=new,
        new_notes=play.log.new,
        updated=play.log.updated,
        left_alone=play.log.duplicate,
        conflicts=play.log.conflicting,
        new_cards=len(after.cards.keys() - before.cards.keys()),
        without_content=tuple(sorted(empty)),
        progress=Kept(kept=len(play.kept()), of=len(before.cards)),
        reviews=Kept(kept=len(before.reviews & after.reviews), of=len(before.reviews)),
        own_edits=Kept(kept=len(play.edited()), of=len(play.unchanged)),
        own_decks=Kept(kept=len(play.moved()), of=len(play.own_cards())),
        left_behind=sum(guid in gone for guid, _ in before.cards),
        media=after.media,
        note_types=tuple(sorted(after.note_types)),
        lost=lost,
        remarks=tuple(filter(None, remarks)),
    )


def _losses(play: _Play) -> Iterator[str]:
    """Yield what this learner loses by the import, or misses after it; "" for nothing."""
    before, after, source = play.before, play.after, play.source
    changed = (before.notes.keys() & source.notes.keys()) - play.unchanged

    def names(guids: Iterable[str]) -> list[str]:
        return [before.notes[guid].name for guid in guids]

    yield _list("progress of cards", names(guid for guid, _ in before.cards.keys() - play.kept()))
    missing = len(before.reviews - after.reviews)
    yield f"reviews: {missing}" if missing else ""
    lost_edits = play.unchanged - play.edited()
    yield _list("own edits and tags on notes that did not change", names(lost_edits))
    moved_back = play.own_cards() - play.moved()
    yield _list("the learner's own deck of cards", names(guid for guid, _ in moved_back))
    late = (guid for guid in changed if after.notes[guid].fields != source.notes[guid].fields)
    yield _list("changes that do not arrive", names(late))
    repeated = (g for g in _repeated(before.notes, source.notes) if g not in play.deliberate)
    yield _list("progress left behind on an old note while a new one repeats it", names(repeated))
    conflicts = play.log.conflicting
    yield f"updates of notes in conflict, with a second note type: {conflicts}" if conflicts else ""
    if before.notes and before.schema_time != after.schema_time:
        yield "reviews on other devices that are not synchronised yet: Anki asks for a full sync"


def _repeated(
    before: Mapping[str, LearnerNote], source: Mapping[str, LearnerNote]
) -> Iterator[str]:
    """Yield the GUIDs of notes that left and whose words came again as another note."""
    texts = {
        (note.note_type, place, text)
        for guid, note in source.items()
        if guid not in before
        for place, text in enumerate(note.fields)
        if len(text) > _SHORT
    }
    for guid in before.keys() - source.keys():
        note = before[guid]
        if any((note.note_type, place, text) in texts for place, text in enumerate(note.fields)):
            yield guid


def _faults(play: _Play) -> Iterator[str]:
    """Yield what is wrong with the new package itself; "" for nothing."""
    source = play.source
    without_cards = (source.notes[guid].name for guid in source.without_cards)
    yield _list("notes that Anki makes no card of", without_cards)
    yield _list("notes that share a GUID", (source.notes[guid].name for guid in source.doubled))
    # Anki itself makes a picture of LaTeX, where that is installed.
    missing = (name for name in source.missing_media if not name.startswith(_OF_LATEX))
    yield _list("missing media", missing)


def _manifest_faults(path: Path, source: Mapping[str, LearnerNote]) -> Iterator[str]:
    try:
        manifest = json.loads(read_text(path.with_suffix(".json")))
        listed = {each["guid"]: each["id"] for each in manifest["notes"]}
    except (AnkibuildError, ValueError, RecursionError, KeyError, TypeError):
        return
    differing = [listed[guid] for guid in listed.keys() - source.keys()]
    differing += [source[guid].name for guid in source.keys() - listed.keys()]
    yield _list("notes that differ between package and manifest", differing)


def _list(what: str, names: Iterable[str]) -> str:
    """Return what happened to how many, and the names of some; "" for none."""
    found = sorted(set(names))
    more = ", …" if len(found) > _MOST_NAMED else ""
    return f"{what}: {len(found)} ({', '.join(found[:_MOST_NAMED])}{more})" if found else ""
