"""Make a package of a deck that learners have from Anki, so that its first release merges.

Notes keep their GUIDs, numbers and note types. What was imported becomes the first version in the
lock, as if ankibuild had released it when the oldest note was last changed: whoever has the deck is
up to date, and a correction is an update like any other.
"""

import itertools
import json
import re
import tempfile
import textwrap
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from html import escape
from pathlib import Path, PurePath
from time import monotonic
from unicodedata import normalize
from urllib.parse import quote

from ankibuild.anki.apkg_reader import ArchiveError, read_archive, read_media
from ankibuild.anki.card_generation import fields_ordinals
from ankibuild.anki.carried import NoteTypeError, carried_name, read_note_type, write_note_type
from ankibuild.anki.database import AnkiCollection, AnkiNote, read_collection
from ankibuild.commands.loading import load
from ankibuild.commands.notes import make_note
from ankibuild.commands.starting import first_text
from ankibuild.core.clozes import reveal_clozes
from ankibuild.core.files import CONFIG, LOCK, MEDIA, NOTE_TYPES, write_files
from ankibuild.core.identity import suggest_note_id
from ankibuild.core.media import FORMS, MediaFile, make_media
from ankibuild.core.names import free_name, short_name, tag_fault, unused_name
from ankibuild.core.notes import NoteType
from ankibuild.core.problems import AnkibuildError, Fragment, Problem, about, has_errors, shown
from ankibuild.core.settings import lone_settings
from ankibuild.core.text import plain_text, without_tags
from ankibuild.core.values import Struct, replace
from ankibuild.dialect.fields import render_block
from ankibuild.dialect.source import parse_file
from ankibuild.importers.cards import Written
from ankibuild.importers.html import (
    clean_html,
    markdown_of,
    media_of,
    plain_text_of,
    with_media,
    without_clozes,
)
from ankibuild.importers.writing import deck_stem
from ankibuild.releases.changes import FIRST_VERSION, advance, compare
from ankibuild.releases.edition import with_content
from ankibuild.releases.lock import Lock, write_lock
from ankibuild.releases.package import Package

LONGEST_WORK = 900
"""Seconds: thirty thousand ordinary notes take ninety."""

_SUMMARY = "As it was imported."
_REMARK = (
    "learners are taken to have just this file; if theirs is older, import with --learners-have "
    "and that file, or what was corrected in between never reaches them"
)
_LONGEST_HEADING = 80
_NOT_IN_A_HEADING = re.compile(r"::|[*_`<>\[\]\\{}#]+")


class _Written(Struct, frozen=True, kw_only=True):
    """A note as Markdown, and what that cannot say of it; ``fields`` are as Anki has them."""

    note: AnkiNote
    original: AnkiNote
    note_id: str
    note_type: NoteType
    fields: Mapping[str, str]
    text: str
    lost: tuple[str, ...]
    unsafe: tuple[str, ...]
    gone: tuple[str, ...]
    dropped: tuple[str, ...]


def adopt(
    path: Path,
    folder: Path,
    *,
    time: int,
    learners_have: Path | None = None,
    dry_run: bool = False,
) -> Written:
    """Write a package into a new folder, from an ``.apkg`` in any format that Anki writes.

    ``time`` is now, in seconds since 1970; the folder must hold nothing yet. Learners have the very
    file, or an older one: what the two say otherwise goes out with the next release. Raises
    AnkibuildError, and writes nothing, when a file is no sound package, or when a note type cannot
    be carried.
    """
    collection, found = _read(path)
    older = _read(learners_have)[0] if learners_have else collection
    media = _place_media(found)
    problems = list(_find_problems(path, collection))
    if learners_have:
        problems += _find_problems(learners_have, older)
    if learners_have and not problems:
        problems += _compare(learners_have, collection, older)
    if problems:
        raise AnkibuildError(tuple(problems))
    note_types = _carry(path, collection)
    written = _write_notes(path, collection.notes, note_types, media)
    title = _common_root([each.note.deck for each in written]) or path.stem
    contents = {CONFIG: _settings_text(folder, title, collection)}
    for each in note_types.values():
        contents[f"{NOTE_TYPES}/{carried_name(each.kind)}.json"] = each.carried
    contents |= _deck_files(written, title, collection.descriptions)
    files = {name: text.encode() for name, text in contents.items()}
    files |= {each.place: each.data for each in media.values()}
    package = _load(files, folder)
    names = {name: each.name for name, each in media.items()}
    lock = _first_lock(package, written, older, names, time)
    looks = {
        kind: replace(each, look="")
        if _look(older, each.id) != _look(collection, each.id)
        else each
        for kind, each in lock.note_types.items()
    }
    files[LOCK] = write_lock(replace(lock, note_types=looks)).encode()
    if not dry_run:
        write_files({folder / name: data for name, data in files.items()})
    return Written(
        form="an Anki package",
        paths=tuple(folder / name for name in sorted(files)),
        decks=tuple((deck.name, len(deck.notes)) for deck in package.decks),
        warnings=tuple(
            sorted((*_find_losses(package, written, folder), *_find_left(path, collection, older)))
        ),
        remark=_REMARK if not learners_have else "",
    )


def _read(path: Path) -> tuple[AnkiCollection, Mapping[str, bytes]]:
    """Return what a package holds, and the pictures and sounds of its notes."""
    try:
        archive = read_archive(path)
        collection = read_collection(archive.database)
        fields = (html for note in collection.notes for html in note.fields)
        wanted = frozenset[str]().union(*map(media_of, fields))
        return collection, read_media(path, archive, wanted)
    except ArchiveError as error:
        cure = "export the deck from Anki again: File > Export, Anki Deck Package"
        raise AnkibuildError(
            (about(path, "refused-package", f"this file is refused: {error}", cure),)
        ) from None
    except OSError as error:
        message = f"this file cannot be read ({error.strerror})"
        raise AnkibuildError(
            (about(path, "unreadable", message, "look at its permissions"),)
        ) from None


def _compare(path: Path, collection: AnkiCollection, older: AnkiCollection) -> Iterator[Problem]:
    """Yield which notes that learners have Anki would never update with the newer ones."""
    if max(each.modified for each in older.notes) > max(each.modified for each in collection.notes):
        message = "this file is newer than the one that is imported"
        yield about(
            path,
            "exchanged-files",
            message,
            "are the two exchanged? --learners-have takes the older one",
        )
    now = {note.guid: note for note in collection.notes}
    strangers = sum(
        note.guid in now and _schema(older, note) != _schema(collection, now[note.guid])
        for note in older.notes
    )
    if strangers:
        message = (
            f"{strangers} of its notes have another note type than in the newer file, or one with "
            "other fields: Anki would never update them"
        )
        cure = "import this file alone, and write the corrections into the Markdown"
        yield about(path, "stranded-notes", message, cure)


def _schema(collection: AnkiCollection, note: AnkiNote) -> tuple[object, ...]:
    record = collection.note_types.get(note.note_type, {})
    parts = ([part.get("name") for part in record.get(each, ())] for each in ("flds", "tmpls"))
    return (note.note_type, *map(tuple, parts))


def _look(collection: AnkiCollection, note_type: int) -> tuple[object, ...]:
    record = collection.note_types.get(note_type, {})
    sides = [(each.get("qfmt"), each.get("afmt")) for each in record.get("tmpls", ())]
    return record.get("css"), sides


def _find_left(path: Path, collection: AnkiCollection, older: AnkiCollection) -> Iterator[Problem]:
    here = {note.guid for note in collection.notes}
    left = [plain_text(note.fields[0]) for note in older.notes if note.guid not in here]
    if left:
        named = ", ".join(f'"{text[:_LONGEST_HEADING]}"' for text in left)
        count = f"{len(left)} notes" if len(left) > 1 else "a note"
        message = f"{count} that learners have {'are' if len(left) > 1 else 'is'} not in this file"
        message += f": {named}"
        yield about(
            path, "notes-left-out", message, "they stay with learners as they are", "warning"
        )


def _find_problems(path: Path, collection: AnkiCollection) -> Iterator[Problem]:
    if not collection.notes:
        yield about(path, "no-notes", "no note is in this file", "export a deck that holds notes")
    for guid, times in Counter(note.guid for note in collection.notes).items():
        if times > 1:
            message = f'{times} notes of this file have the guid "{guid}"'
            yield about(
                path,
                "repeated-guid",
                message,
                "in Anki, use Tools > Check Database, and export again",
            )


def _carry(path: Path, collection: AnkiCollection) -> dict[int, NoteType]:
    """Return the note types of the notes by Anki's id. Raises AnkibuildError for all others."""
    carried: dict[int, NoteType] = {}
    problems = []
    for number, notes in sorted(Counter(note.note_type for note in collection.notes).items()):
        record = collection.note_types.get(number, {"name": number})
        stem = suggest_note_id(str(record.get("name"))) or "note-type"
        try:
            name = unused_name(stem, {carried_name(each.kind) for each in carried.values()})
            carried[number] = read_note_type(name, write_note_type(record))
            wrong = sum(
                len(note.fields) != len(carried[number].fields)
                for note in collection.notes
                if note.note_type == number
            )
            if wrong:
                raise NoteTypeError(f"{wrong} of its notes have another number of fields")
        except NoteTypeError as error:
            message = f'the note type "{record.get("name")}" of {notes} notes is refused: {error}'
            cure = "export decks without it, or change these notes in Anki to Basic or Cloze"
            problems.append(about(path, "refused-note-type", message, cure))
    if problems:
        raise AnkibuildError(tuple(problems))
    return carried


def _place_media(found: Mapping[str, bytes]) -> dict[str, MediaFile]:
    """Return the files by their old names, each at a path that tells what it is.

    Many a picture in Anki has the ending of another form; those that no card can show are left out.
    """
    media: dict[str, MediaFile] = {}
    taken: set[str] = set()
    for name, data in found.items():
        stem, _, form = name.rpartition(".")
        for ending in (form.lower(), *FORMS):
            place = f"{MEDIA}/{stem}.{ending}"
            if place.casefold() in taken:
                place = free_name(f"{MEDIA}/{stem}-{{}}.{ending}".casefold(), taken)
            file = make_media(place, place, data)
            if not has_errors(file.problems):
                media[name] = file
                taken.add(place.casefold())
                break
    return media


def _write_notes(
    path: Path,
    notes: Iterable[AnkiNote],
    note_types: Mapping[int, NoteType],
    media: Mapping[str, MediaFile],
) -> list[_Written]:
    written: dict[str, _Written] = {}
    problems = []
    end = monotonic() + LONGEST_WORK
    for note in notes:
        if monotonic() > end:
            message = f"this file is refused: reading its notes takes over {LONGEST_WORK} seconds"
            raise AnkibuildError((about(path, "slow-package", message, "export a smaller deck"),))
        note_type = note_types[note.note_type]
        try:
            each = _write_note(note, note_type, media, written)
            written[each.note_id] = each
        except _UnwritableError as error:
            message = f'the note with the guid "{note.guid}" cannot be written: {error}'
            cure = "change it in Anki, or leave it out, and export again"
            problems.append(about(path, "unwritable-note", message, cure))
    if problems:
        raise AnkibuildError(tuple(problems))
    return list(written.values())


class _UnwritableError(ValueError):
    """A note that no Markdown shows; the text says why."""


def _write_note(
    note: AnkiNote,
    note_type: NoteType,
    media: Mapping[str, MediaFile],
    taken: Container[str],
) -> _Written:
    """Return a note in the richest Markdown that is read back with all its words and cards."""
    fields: dict[str, str] = {}
    unsafe: list[str] = []
    used = media_of("".join(note.fields))
    for (name, _), html in zip(note_type.fields, note.fields, strict=True):
        here = with_media(normalize("NFC", html), {each: each for each in used & media.keys()})
        fields[name], found = clean_html(here)
        unsafe += found
    places = {name: each.place.removeprefix(f"{MEDIA}/") for name, each in media.items()}
    parts = {role: with_media(fields[name], places) for role, name in note_type.roles.items()}
    question = parts.get("heading") or reveal_clozes(parts["body"])
    words = plain_text(question)
    note_id = unused_name(short_name(words) or "note", taken)
    tags = [tag for tag in note.tags if not tag_fault(tag)]
    attributes = [f"#{note_id}", f'guid="{quote(note.guid, safe="")}"']
    attributes += [f'note-type="{carried_name(note_type.kind)}"']
    attributes += [".reversed"] if parts.get("reversed", "").strip() else []
    attributes += [f'tags="{" ".join(sorted(tags))}"'] if tags else []
    lost = {
        each
        for role in ("heading", "body", "extra")
        for each in markdown_of(parts.get(role, ""))[1]
    }
    reasons: list[str] = []
    for write_heading, write in ((_rich, _rich), (_plain, _rich), (_plain, _plain), (_bare, _bare)):
        heading = write_heading(parts["heading"]) if "heading" in parts else _shorten(words)
        body, extra = write(parts["body"]), write(parts.get("extra", ""))
        if not note_type.is_cloze:
            heading, body, extra = map(without_clozes, (heading, body, extra))
        lines = [f"## {_one_line(heading)} {{{' '.join(attributes)}}}", body]
        lines += ["---", extra] if extra else []
        text = "\n\n".join(filter(None, lines)) + "\n"
        fault = _find_fault(text, fields, note_type, media)
        if not fault:
            return _Written(
                note=replace(note, tags=tuple(tags)),
                original=note,
                note_id=note_id,
                note_type=note_type,
                fields={name: html for name, html in fields.items() if html},
                text=text,
                lost=tuple(sorted(lost)),
                unsafe=tuple(sorted(set(unsafe))),
                gone=tuple(sorted(used - media.keys())),
                dropped=tuple(sorted(set(note.tags) - set(tags))),
            )
        reasons.append(fault)
        lost.add("lists or emphasis in it")
    raise _UnwritableError(reasons[-1])


def _rich(html: str) -> str:
    return markdown_of(html)[0]


def _plain(html: str) -> str:
    return plain_text_of(html, math=True)


def _bare(html: str) -> str:
    return plain_text_of(html)


def _one_line(markdown: str) -> str:
    return re.sub(r"(?:\\)?\n+", "<br>", markdown)


def _shorten(words: str) -> str:
    words = textwrap.shorten(words, _LONGEST_HEADING, placeholder=" …")
    return plain_text_of(escape(words))


def _find_fault(
    text: str,
    fields: Mapping[str, str],
    note_type: NoteType,
    media: Mapping[str, MediaFile],
) -> str:
    """Return why a note's Markdown is not read back as it was, or "" when it is."""
    parsed = parse_file("", f"# Deck\n\n{text}", stem="deck")
    if has_errors(parsed.problems):
        return next(each.message for each in parsed.problems if each.severity == "error")
    if len(parsed.deck.notes) != 1:
        return "it would become several notes"
    settings = lone_settings(PurePath("deck.md"))
    made, problems = make_note(
        parsed.deck.notes[0],
        settings,
        {carried_name(note_type.kind): note_type},
        {each.place: each for each in media.values()},
    )
    if has_errors(problems):
        return next(each.message for each in problems if each.severity == "error")
    if made.ordinals != fields_ordinals(note_type, fields, made.tags):
        return "it would make other cards"
    names = {name: each.name for name, each in media.items()}
    texts = {name for role, name in note_type.roles.items() if role != "reversed"}
    for name, html in made.field_map.items():
        if name in texts and _seen(html) != _seen(with_media(fields[name], names)):
            return f'the words of its field "{name}" would change'
    return ""


def _seen(html: str) -> tuple[str, frozenset[str]]:
    """Return what one sees and hears of a field: its letters, pictures and sounds."""
    return "".join(without_tags(html).split()), media_of(html)


def _common_root(decks: Iterable[str]) -> str:
    parts = [deck.split("::") for deck in decks]
    same = itertools.takewhile(lambda each: len(set(each)) == 1, zip(*parts, strict=False))
    return "::".join(each[0] for each in same)


def _settings_text(folder: Path, title: str, collection: AnkiCollection) -> str:
    text = first_text(CONFIG, folder, title)
    decks = {note.deck for note in collection.notes}
    description = plain_text(collection.descriptions.get(title, "")) if title not in decks else ""
    line = f"description = {json.dumps(description, ensure_ascii=False)}"
    return (
        re.sub("^# description = .*$", lambda _: line, text, flags=re.MULTILINE)
        if description
        else text
    )


def _deck_files(
    written: Iterable[_Written], title: str, descriptions: Mapping[str, str]
) -> dict[str, str]:
    """Return the text of each deck's file, by the file's name."""
    decks: dict[str, list[_Written]] = {}
    for each in written:
        decks.setdefault(each.note.deck, []).append(each)
    files: dict[str, str] = {}
    for deck, notes in sorted(decks.items()):
        name = deck.removeprefix(f"{title}::")
        stem = deck_stem(name, {each.removesuffix(".md") for each in files})
        heading = " ".join(_NOT_IN_A_HEADING.sub(" ", name.rpartition("::")[2]).split()) or "Deck"
        parts = (
            [] if heading == name else [f"---\ndeck: {json.dumps(name, ensure_ascii=False)}\n---"]
        )
        parts += [f"# {heading}", *_description(descriptions.get(deck, ""))]
        parts += [each.text.rstrip("\n") for each in notes]
        files[f"{stem}.md"] = "\n\n".join(parts) + "\n"
    return files


def _description(html: str) -> Iterator[str]:
    """Yield a deck's description as Markdown, if there is one that can be read back."""
    for text in (_rich(html), _plain(html)):
        fragment = Fragment(path="", line=1, column=1, text=text)
        parsed = parse_file("", f"# Deck\n\n{text}\n", stem="deck")
        if text and not has_errors((*parsed.problems, *render_block(fragment).problems)):
            yield text
            return


def _load(files: Mapping[str, bytes], folder: Path) -> Package:
    """Read the package before it is written, as any command will."""
    with tempfile.TemporaryDirectory() as temporary:
        stage = Path(temporary) / folder.name
        write_files({stage / name: data for name, data in files.items()})
        try:
            return load(stage)
        except AnkibuildError as error:
            problems = (
                replace(each, path=_moved(each.path, stage, folder)) for each in error.problems
            )
            raise AnkibuildError(tuple(problems)) from None


def _moved(path: str, stage: Path, folder: Path) -> str:
    return path.replace(shown(stage), shown(folder), 1)


def _first_lock(
    package: Package,
    written: Iterable[_Written],
    older: AnkiCollection,
    names: Mapping[str, str],
    now: int,
) -> Lock:
    """Return the lock of a first version that holds the notes as learners have them.

    Its time is before every note's own, so that nobody who has the deck is sent anything. New
    learners get the media under our names, which ``names`` gives by the old ones.
    """
    imported = {each.note_id: each for each in written}
    had = {note.guid: note for note in older.notes}
    time = max(1, min(now, *(note.modified for note in older.notes)))
    lock = advance(package, compare(package), FIRST_VERSION, time)
    notes = {}
    for note_id, note in lock.notes.items():
        if note.guid not in had:
            continue
        each, theirs = imported[note_id], had[note.guid]
        notes[note_id] = replace(note, number=theirs.number, cards=theirs.cards)
        fields = each.fields
        if (theirs.fields, set(theirs.tags)) != (each.original.fields, set(each.original.tags)):
            # What learners have is in no source: it equals no hash, and goes out anew.
            pairs = zip(each.note_type.fields, theirs.fields, strict=True)
            fields = {name: clean_html(normalize("NFC", html))[0] for (name, _), html in pairs}
            fields = {name: html for name, html in fields.items() if html}
            notes[note_id] = replace(
                notes[note_id], tags=tuple(sorted(theirs.tags)), source="", rendered=""
            )
        fields = {name: with_media(html, names) for name, html in fields.items()}
        notes[note_id] = replace(notes[note_id], fields=fields)
    first = replace(lock.releases[0], summary=_SUMMARY)
    lock = replace(lock, notes=notes, releases=(first,))
    if notes.keys() != {note.note_id for note in package.notes}:
        # What learners have is no edition of what is here.
        return lock
    return with_content(package, lock)[0]


def _find_losses(package: Package, written: Iterable[_Written], folder: Path) -> Iterator[Problem]:
    places = {note.note_id: note.heading for note in package.notes}
    for each in written:
        place = places[each.note_id]
        path = shown(folder / Path(place.path).relative_to(package.folder))

        at = {"line": place.line, "column": 1}
        if each.lost:
            message = f"Markdown cannot say all of this note: {', '.join(each.lost)}"
            cure = "it stays as it was published until you edit the note"
            yield about(path, "unsayable", message, cure, "warning", **at)
        if each.unsafe:
            message = f"what could run on a learner's device is taken out: {', '.join(each.unsafe)}"
            cure = "learners who have it keep it until you edit the note"
            yield about(path, "unsafe-html", message, cure, "warning", **at)
        for name in each.gone:
            message = f'"{name}" is not in the file, or is nothing that a card can show'
            yield about(path, "missing-media", message, "it is left out", "warning", **at)
        for tag in each.dropped:
            message = f'Anki has its own use for the tag "{tag}", or spells it otherwise'
            yield about(path, "tag-name", message, "it is left out", "warning", **at)
