"""Make a package of a deck that learners have from Anki, so that its first release merges.

Notes keep their GUIDs, numbers and note types. What was imported becomes the first version in the
lock, as if ankibuild had released it when the oldest note was last changed: whoever has the deck is
up to date, and a correction is an update like any other.
"""

import itertools
import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from ankibuild.anki.active import find_running
from ankibuild.anki.apkg_reader import ArchiveError, read_archive, read_media, stored_name
from ankibuild.anki.card_generation import fields_ordinals, makes_cards
from ankibuild.anki.carried import (
    NoteTypeError,
    carried_name,
    read_note_type,
    switches_of,
    write_note_type,
)
from ankibuild.anki.database import AnkiCollection, AnkiNote, fit_fields, read_collection
from ankibuild.anki.loaded import find_loaded
from ankibuild.anki.note_types import FIELDS
from ankibuild.anki.type_files import write_type_files
from ankibuild.commands.loading import load
from ankibuild.commands.starting import first_text
from ankibuild.core.files import (
    CONFIG,
    LOCK,
    MEDIA,
    NOTE_TYPES,
    hash_of_file,
    plain_file,
    unreadable,
    write_files,
)
from ankibuild.core.identity import suggest_note_id
from ankibuild.core.media import FORMS, MediaFile, make_media
from ankibuild.core.names import Names, deck_name_fault
from ankibuild.core.notes import Note, NoteType
from ankibuild.core.obeyed import disarm_name
from ankibuild.core.problems import AnkibuildError, Problem, about, has_errors, shown
from ankibuild.core.text import normal_form, plain_text, question_of, shorten
from ankibuild.core.values import replace
from ankibuild.importers.account import check_words, lines_of_html
from ankibuild.importers.crowdanki import (
    NEXT_STEP,
    find_document,
    names_beside,
    read_crowdanki,
    read_media_beside,
)
from ankibuild.importers.html import media_of
from ankibuild.importers.imported import MOST_SHOWN, Line, Written
from ankibuild.importers.learners import check_older, find_left, first_lock
from ankibuild.importers.rewriting import (
    AdoptedNote,
    name_of,
    once_escaped,
    write_description,
    write_notes,
)
from ankibuild.importers.writing import deck_stem, write_deck_head
from ankibuild.releases.lock import write_lock
from ankibuild.releases.package import Package

_MOST_CLEANINGS = 5
_REMARK = (
    "learners are assumed to have exactly this file; if theirs is older, import with "
    "--learners-have and that file, or corrections made in between never reach them"
)


def adopt(
    path: Path,
    folder: Path,
    *,
    time: int,
    learners_have: Path | None = None,
    keep_scripts: bool = False,
    dry_run: bool = False,
) -> Written:
    """Write a package into a new folder, from an ``.apkg`` or a deck that CrowdAnki wrote.

    ``time`` is now, in seconds since 1970; the folder must hold nothing yet. Learners have the very
    file, or an older one: what the two say otherwise goes out with the next release. Raises
    AnkibuildError, and writes nothing, when a file is no sound package, when a note type cannot
    be carried, or when one runs scripts and they are not kept with ``keep_scripts``.
    """
    is_crowdanki = find_document(path) is not None
    found = _read(path, time)
    collection, renamed = _rename_decks(path, found.collection)
    collection, left_out = _leave_out(path, collection)
    collection, fitted = _fit_notes(path, collection)
    older = collection
    if learners_have:
        older = _without_doubles(_read(learners_have, time).collection)[0]
        older, _ = _fit_notes(learners_have, older)
    media = place_media(found.shown, found.loaded)
    media |= {each: media[name] for each, name in found.spelled.items() if name in media}
    loaded = {f"{MEDIA}/{name}": data for name, data in found.loaded.items()}
    problems = list(_find_problems(path, collection))
    if learners_have:
        problems += _find_problems(learners_have, older)
    if learners_have and not problems:
        problems += check_older(learners_have, collection, older)
    if problems:
        raise AnkibuildError(tuple(problems))
    note_types = _carry(path, collection)
    if not keep_scripts and (running := tuple(_find_running(path, note_types.values()))):
        raise AnkibuildError(running)
    written, unwritable = write_notes(path, collection.notes, note_types, media)
    if not written:
        raise AnkibuildError(tuple(replace(each, severity="error") for each in unwritable))
    root = _common_root([each.note.deck for each in written])
    contents = {CONFIG: _settings_text(folder, root, path.stem, collection)}
    for each in note_types.values():
        for name, text in write_type_files(json.loads(each.carried)).items():
            contents[f"{NOTE_TYPES}/{carried_name(each.kind)}/{name}"] = text
    contents |= _deck_files(written, root, collection.descriptions)
    files = {name: text.encode() for name, text in contents.items()}
    files |= {each.place: each.data for each in media.values()} | loaded
    package = _load(files, folder)
    untold = tuple(_find_untold(path, collection, package))
    check_words(path, _words_of(collection, written), _told(package, untold))
    original = hash_of_file(plain_file(learners_have or path))
    lock = first_lock(package, written, collection, older, media, time, original)
    files[LOCK] = write_lock(lock).encode()
    if not dry_run:
        write_files({folder / name: data for name, data in files.items()})
    return Written(
        form="a deck of CrowdAnki" if is_crowdanki else "an Anki package",
        paths=tuple(folder / name for name in sorted(files)),
        decks=tuple((deck.name, len(deck.notes)) for deck in package.decks),
        warnings=tuple(
            sorted(
                (
                    *renamed,
                    *left_out,
                    *fitted,
                    *untold,
                    *unwritable,
                    *_find_late(path, older, time),
                    *_find_unshown(path, found),
                    *_find_active(package, folder),
                    *_find_losses(package, written, folder),
                    *find_left(path, collection, older),
                )
            )
        ),
        cards=tuple(map(_shown, package.notes[:MOST_SHOWN])),
        remark=NEXT_STEP if is_crowdanki else _REMARK if not learners_have else "",
    )


def _words_of(collection: AnkiCollection, written: Iterable[AdoptedNote]) -> list[Line]:
    """Return the words of the notes that are adopted, and of all descriptions.

    A word in a field that only switches a card on is seen by nobody.
    """
    texts = [once_escaped(html) for html in collection.descriptions.values()]
    for each in written:
        fields = dict(zip([n for n, _ in each.note_type.fields], each.original.fields, strict=True))
        switches = switches_of(list(fields), each.note_type.templates)
        texts += (html for name, html in fields.items() if name not in switches)
    return [(0, words) for html in texts for _, words in lines_of_html(html)]


def _told(package: Package, untold: Iterable[Problem]) -> Iterator[str]:
    """Yield the words that the package has, and those that are named as left out."""
    texts = [html for note in package.notes for html in note.fields]
    texts += [package.settings.description, *(deck.description for deck in package.decks)]
    yield from (words for html in texts for _, words in lines_of_html(html))
    yield from (each.message for each in untold)


def _find_untold(path: Path, collection: AnkiCollection, package: Package) -> Iterator[Problem]:
    """Yield a warning for each description of a deck that has no place in the package."""
    told = {deck.name for deck in package.decks if deck.description}
    told |= {package.settings.root} if package.settings.description else set()
    for name, html in sorted(collection.descriptions.items()):
        words = plain_text(once_escaped(html))
        if words and name not in told:
            message = f'the description of the deck "{name}" is left out: "{words}"'
            cure = "learners keep it; write it into another deck's description to publish it"
            yield about(path, "lost-words", message, cure, "warning")


def _shown(note: Note) -> tuple[str, str]:
    """Return a note's question, and what its other fields say."""
    question = question_of(note.field_map, note.note_type.roles)
    others = filter(None, map(plain_text, note.fields))
    return question, " / ".join(text for text in others if text != question)


_ReadMedia = Callable[[frozenset[str]], dict[str, bytes]]
"""Returns the media files of those names that are there."""


class _Read(NamedTuple):
    """What a package holds, the files that are to be carried, and the names of the others.

    Files are shown by notes, some of them as they are ``spelled`` in an address, or loaded by note
    types.
    """

    collection: AnkiCollection
    shown: Mapping[str, bytes]
    spelled: Mapping[str, str]
    loaded: Mapping[str, bytes]
    others: frozenset[str]


def _read(path: Path, time: int) -> _Read:
    if find_document(path):
        deck = read_crowdanki(path, time)
        return _find_files(deck, names_beside(path), partial(read_media_beside, path))
    real = plain_file(path)
    try:
        archive = read_archive(real)
        collection = read_collection(archive.database)
        names = frozenset(archive.media)
        return _find_files(collection, names, partial(read_media, real, archive))
    except ArchiveError as error:
        cure = "export the deck from Anki again: File > Export, Anki Deck Package"
        raise AnkibuildError(
            (about(path, "refused-package", f"this file is refused: {error}", cure),)
        ) from None
    except OSError as error:
        raise unreadable(path, error) from None


def _find_files(collection: AnkiCollection, names: frozenset[str], read: _ReadMedia) -> _Read:
    """Return a collection with those of the media of these names that it needs."""
    fields = (normal_form(html) for note in collection.notes for html in note.fields)
    wanted = frozenset[str]().union(*map(media_of, fields))
    # A browser reads an address with percent signs, too.
    spelled = {name: unquote(name) for name in wanted if name not in names}
    # What Anki allows in no name was dropped when the file was stored.
    spelled = {
        name: plain if plain in names else stored_name(plain) for name, plain in spelled.items()
    }
    shown = read(wanted.union(spelled.values()))
    loaded = _read_loaded(collection, names, read)
    others = names - shown.keys() - loaded.keys()
    return _Read(collection, shown, spelled, loaded, others)


def _read_loaded(
    collection: AnkiCollection, names: frozenset[str], read: _ReadMedia
) -> dict[str, bytes]:
    """Return the files that the note types of the notes load."""
    used = {note.note_type for note in collection.notes}
    note_types = []
    for number in used & collection.note_types.keys():
        # One that cannot be carried is told of later.
        with suppress(NoteTypeError):
            note_types.append(
                read_note_type("loaded", write_note_type(collection.note_types[number]))
            )
    styles = frozenset(name for name in names if name.lower().endswith(".css"))
    contents = dict.fromkeys(names, b"") | read(styles)
    return read(find_loaded(note_types, contents))


def _rename_decks(
    path: Path, collection: AnkiCollection
) -> tuple[AnkiCollection, tuple[Problem, ...]]:
    """Return the notes in decks of whose names nothing is obeyed, and which were named anew."""
    names = {note.deck: disarm_name(note.deck) for note in collection.notes}
    renamed = tuple(
        about(path, *fault, "warning")
        for old, new in sorted(names.items())
        if old != new and (fault := deck_name_fault(old))
    )
    notes = tuple(replace(note, deck=names[note.deck]) for note in collection.notes)
    texts = {disarm_name(name): text for name, text in collection.descriptions.items()}
    return replace(collection, notes=notes, descriptions=texts), renamed


def _find_problems(path: Path, collection: AnkiCollection) -> Iterator[Problem]:
    if not collection.notes:
        yield about(
            path,
            "missing-notes",
            "there are no notes in this file",
            "export a deck that holds notes",
        )


def _without_doubles(collection: AnkiCollection) -> tuple[AnkiCollection, tuple[AnkiNote, ...]]:
    """Return the notes that Anki updates, of several with one GUID the last, and the others."""
    last = {note.guid: note for note in collection.notes}
    others = tuple(note for note in collection.notes if last[note.guid] is not note)
    return replace(collection, notes=tuple(last.values())), others


def _leave_out(
    path: Path, collection: AnkiCollection
) -> tuple[AnkiCollection, tuple[Problem, ...]]:
    """Return the notes that can be published, and a warning for each other one."""
    kept, others = _without_doubles(collection)
    last = {note.guid: note for note in kept.notes}
    problems = []
    for note in others:
        message = f'the note "{name_of(note)}" is left out: '
        message += f'"{name_of(last[note.guid])}" has its guid too, "{note.guid}"'
        cure = "learners keep both, and Anki updates only the other one; to publish this one too, "
        cure += "write it as a new note"
        problems.append(about(path, "repeated-guid", message, cure, "warning"))
    for html in collection.without_cards:
        message = f'the note "{shorten(plain_text(html))}" is left out: it has no card'
        cure = "to publish it, fill in the field that its card asks for, in Anki, and import again"
        problems.append(about(path, "notes-left-out", message, cure, "warning"))
    return kept, tuple(problems)


def _fit_notes(
    path: Path, collection: AnkiCollection
) -> tuple[AnkiCollection, tuple[Problem, ...]]:
    """Return the notes with as many fields as their note types, and a warning for each mended."""
    notes = []
    problems = []
    for note in collection.notes:
        fields = collection.note_types.get(note.note_type, {}).get("flds")
        if not isinstance(fields, list) or not fields or len(fields) == len(note.fields):
            notes.append(note)
            continue
        notes.append(replace(note, fields=fit_fields(note.fields, len(fields))))
        message = (
            f'the note "{name_of(note)}" has a different number of fields than its note type: '
        )
        message += f"{len(note.fields)}, not {len(fields)}"
        done = "empty ones are added" if len(note.fields) < len(fields) else "the last are joined"
        cure = f"{done}, as Anki's Tools > Check Database does; read the note"
        problems.append(about(path, "doubtful-import", message, cure, "warning"))
    return replace(collection, notes=tuple(notes)), tuple(problems)


def _find_late(path: Path, older: AnkiCollection, now: int) -> Iterator[Problem]:
    """Yield a warning if learners hold notes with a time to come, which other tools write."""
    if late := sum(note.modified > now for note in older.notes):
        notes = f"{late} notes were" if late > 1 else "a note was"
        message = f"{notes} changed in the future, according to this file"
        cure = "corrections reach learners all the same; but their own edits of a corrected note "
        cure += "are replaced by each later import"
        yield about(path, "future-notes", message, cure, "warning")


def _carry(path: Path, collection: AnkiCollection) -> dict[int, NoteType]:
    """Return the note types of the notes by Anki's id. Raises AnkibuildError for all others."""
    carried: dict[int, NoteType] = {}
    problems = []
    names = Names()
    for number, count in sorted(Counter(note.note_type for note in collection.notes).items()):
        record = collection.note_types.get(number, {"name": number})
        stem = suggest_note_id(str(record.get("name"))) or "note-type"
        stem = f"anki-{stem}" if stem in FIELDS else stem
        try:
            carried[number] = read_note_type(names.take(stem), write_note_type(record))
        except NoteTypeError as error:
            name, notes = record.get("name"), f"{count} note{'s' * (count > 1)}"
            message = f'the note type "{name}" of {notes} is refused: {error}'
            cure = "in Anki, use Tools > Check Database, and export again"
            problems.append(about(path, "refused-note-type", message, cure))
    if problems:
        raise AnkibuildError(tuple(problems))
    return carried


def _find_running(path: Path, note_types: Iterable[NoteType]) -> Iterator[Problem]:
    for each in note_types:
        if found := find_running(each):
            message = f'the note type "{each.name}" runs on learners\' devices: {", ".join(found)}'
            cure = "read its card templates in Anki; if you vouch for what they do, import with "
            cure += "--keep-scripts; otherwise delete it there, and export again"
            yield about(path, "script-in-note-type", message, cure)


def place_media(found: Mapping[str, bytes], loaded: Iterable[str] = ()) -> dict[str, MediaFile]:
    """Return the files by their old names, each at a path that tells what it is.

    Many a picture in Anki has the ending of another form; those that no card can show are left out.
    The names of what is ``loaded`` by note types are not given to others.
    """
    media: dict[str, MediaFile] = {}
    taken = Names()
    for name in loaded:
        taken.add(f"{MEDIA}/{name}".casefold())
    for name, data in found.items():
        stem, _, form = " ".join(name.split()).rpartition(".")
        for ending in (form.lower(), *FORMS):
            place = f"{MEDIA}/{stem}.{ending}"
            file = _make_cleaned(place, data)
            if has_errors(file.problems):
                continue
            if place.casefold() in taken:
                place = taken.take_numbered(f"{MEDIA}/{stem}".casefold(), f".{ending}")
                file = _make_cleaned(place, data)
            taken.add(place.casefold())
            media[name] = file
            break
    return media


def _make_cleaned(place: str, data: bytes) -> MediaFile:
    """Return a file that stays as it is when it is written and read again.

    Its name tells its content, so an SVG must be cleaned before it is named.
    """
    file = make_media(place, place, data)
    for _ in range(_MOST_CLEANINGS):
        if file.data == data or has_errors(file.problems):
            return file
        data = file.data
        file = make_media(place, place, data)
    message = "this file is not a complete SVG"
    problem = about(place, "invalid-media", message, "save it again as plain SVG")
    return replace(file, problems=(problem,))


def _find_unshown(path: Path, found: _Read) -> Iterator[Problem]:
    """Yield a warning that names the files of a package that are not carried."""
    if names := sorted(found.others):
        files, them = (f"{len(names)} files are", "them") if len(names) > 1 else ("a file is", "it")
        message = f"{files} left out, since no card shows {them}: "
        message += ", ".join(f'"{name}"' for name in names)
        cure = "to publish one, show it in a field with <img> or [sound:], and import again"
        yield about(path, "media-left-out", message, cure, "warning")


def _common_root(decks: Iterable[str]) -> str:
    parts = [deck.split("::") for deck in decks]
    same = itertools.takewhile(lambda each: len(set(each)) == 1, zip(*parts, strict=False))
    return "::".join(each[0] for each in same)


def _settings_text(folder: Path, root: str, title: str, collection: AnkiCollection) -> str:
    """Return a ``package.toml``; the title is taken where no deck holds all others."""
    text = first_text(CONFIG, folder, root or title)
    if not root:
        return _set_line(text, "root", "")
    decks = {note.deck for note in collection.notes}
    html = once_escaped(collection.descriptions.get(root, ""))
    description = plain_text(html) if root not in decks else ""
    return _set_line(text, "description", description) if description else text


def _set_line(text: str, key: str, value: str) -> str:
    line = f"{key} = {json.dumps(value, ensure_ascii=False)}"
    return re.sub(f"^# {key} = .*$", lambda _: line, text, flags=re.MULTILINE)


def _deck_files(
    written: Iterable[AdoptedNote], root: str, descriptions: Mapping[str, str]
) -> dict[str, str]:
    """Return the text of each deck's file, by the file's name."""
    decks: dict[str, list[AdoptedNote]] = {}
    for each in written:
        decks.setdefault(each.note.deck, []).append(each)
    files: dict[str, str] = {}
    stems = Names()
    for deck, notes in sorted(decks.items()):
        name = deck.removeprefix(f"{root}::")
        stem = deck_stem(name, stems)
        description = write_description(descriptions.get(deck, ""))
        parts = [write_deck_head(name), description, *(each.text.rstrip("\n") for each in notes)]
        files[f"{stem}.md"] = "\n\n".join(filter(None, parts)) + "\n"
    return files


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


def _find_active(package: Package, folder: Path) -> Iterator[Problem]:
    for each in package.warnings:
        if each.rule == "active-note-type":
            path = folder / Path(each.path).relative_to(package.folder)
            yield replace(each, path=shown(path))


def _find_losses(
    package: Package, written: Iterable[AdoptedNote], folder: Path
) -> Iterator[Problem]:
    places = {note.note_id: note.heading for note in package.notes}
    for each in written:
        place = places[each.note_id]
        path = shown(folder / Path(place.path).relative_to(package.folder))

        at = {"line": place.line, "column": 1}
        if each.lost:
            message = f"Markdown cannot express all of this note: {', '.join(each.lost)}"
            cure = "it stays as it was published until you edit the note"
            yield about(path, "beyond-markdown", message, cure, "warning", **at)
        if each.unsafe:
            message = (
                f"what could run on a learner's device is made harmless: {', '.join(each.unsafe)}"
            )
            cure = "learners who have it keep it until you edit the note"
            yield about(path, "unsafe-html", message, cure, "warning", **at)
        left_out = "it is left out"
        if each.gone and _has_blank_front(each):
            left_out += ", and the front of a card stays blank for new learners: put the file into "
            left_out += f"{MEDIA}/ and show it here, or write a question"
        for name in each.gone:
            message = f'"{name}" is not in the file, or is not something that a card can show'
            yield about(path, "missing-media", message, left_out, "warning", **at)
        for tag in each.dropped:
            message = f'Anki has its own use for the tag "{tag}", or spells it differently'
            yield about(path, "invalid-tag", message, "it is left out", "warning", **at)


def _has_blank_front(each: AdoptedNote) -> bool:
    """Tell whether the front of a card that learners have shows nothing of a note any longer."""
    told = (each.note_type, each.fields, each.note.tags)
    return not makes_cards(*told) or not {*each.note.cards} <= {*fields_ordinals(*told)}
