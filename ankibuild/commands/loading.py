"""The road from files to checked packages: load them, or list what is wrong."""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path, PurePath
from typing import NamedTuple

from ankibuild.anki.carried import NoteTypeError, carried_name, read_note_type
from ankibuild.anki.loaded import find_loaded
from ankibuild.anki.note_types import FIELDS
from ankibuild.anki.styling import check_style
from ankibuild.anki.type_files import read_type_files
from ankibuild.commands.checks import (
    check_active,
    check_guids,
    check_note_type_ids,
    check_questions,
    check_sources,
)
from ankibuild.commands.making import Recipe, make_notes
from ankibuild.commands.notes import unknown_note_type
from ankibuild.commands.renders import Renders
from ankibuild.core.conflicts import UNMERGED, find_conflicts
from ankibuild.core.files import (
    CONFIG,
    LOCK,
    NOTE_TYPE,
    NOTE_TYPES,
    STYLE,
    AnyPath,
    as_paths,
    find_decks,
    find_note_types,
    find_packages,
    find_type_files,
    find_type_folders,
    is_deck,
    neighbours,
    quoted,
    read_media,
    read_text,
)
from ankibuild.core.media import MediaFile, check_media, make_media
from ankibuild.core.notes import Deck, Note, NoteType
from ankibuild.core.problems import AnkibuildError, Fragment, Problem, about, has_errors, shown
from ankibuild.core.settings import Settings, find_keys, lone_settings, read_settings, read_table
from ankibuild.core.values import Struct, replace
from ankibuild.dialect.fields import render_block
from ankibuild.dialect.source import DeckSource, Known, NoteSource, parse_file, split_lines
from ankibuild.releases.history import last_lock, uncommitted_lock
from ankibuild.releases.lock import Lock, empty_lock, locked_key, published_notes, read_lock
from ankibuild.releases.merging import check_merge
from ankibuild.releases.package import Package

_OF_A_HEADING = ("attributes-as-text", "question-as-text", "unpinned-note")


class PackageSource(Struct, frozen=True, kw_only=True):
    """The files of one package: decks in order, carried note types by name, texts by path.

    ``place`` is its path as messages write it; ``is_folder`` tells it from a lone file. ``media``
    are by their paths below the package's folder, as sources write them; ``style`` is the package's
    own style sheet, if it has one; ``problems`` is what is wrong so far. With an error among them
    the settings may be only a stand-in.
    """

    path: Path
    place: str
    is_folder: bool
    settings: Settings
    decks: tuple[DeckSource, ...]
    note_types: Mapping[str, NoteType]
    lock: Lock
    media: Mapping[str, MediaFile]
    style: str
    texts: Mapping[str, str]
    problems: tuple[Problem, ...]


Progress = Callable[[int, int], None]
"""Is told how many notes are done, and of how many in all."""


def load(path: AnyPath) -> Package:
    """Return the one package at a path: a folder with a ``package.toml``, or a Markdown file.

    A file outside of such a folder is a package of its own, with a provisional identity; one inside
    stands for the folder's. What is no error is in the package's ``warnings``.
    Raises AnkibuildError with everything that is wrong with it, or when several packages are below
    the path: ``load_all`` returns those.
    """
    packages = load_all(path)
    if len(packages) > 1:
        message = f"{len(packages)} packages are here"
        cure = f"name one of them: {', '.join(shown(package.folder) for package in packages)}"
        raise AnkibuildError((about(Path(path), "several-packages", message, cure),))
    return packages[0]


def load_all(
    paths: AnyPath | Iterable[AnyPath], progress: Progress | None = None
) -> tuple[Package, ...]:
    """Return all packages at or right below one path or many, sorted by path.

    ``progress`` is told after each note how many are done, and of how many.
    Raises AnkibuildError with everything that is wrong with any of them.
    """
    packages, problems = read_all(paths, progress)
    if has_errors(problems):
        raise AnkibuildError(problems)
    return packages


def check(
    paths: AnyPath | Iterable[AnyPath], progress: Progress | None = None
) -> tuple[Problem, ...]:
    """Return all that is wrong with the packages at or right below one path or many, by place.

    Errors keep a package from being built, warnings do not; ``progress`` is told after each note
    how many are done, and of how many. What is wrong is returned, never raised.
    """
    return read_all(paths, progress)[1]


def read_all(
    paths: AnyPath | Iterable[AnyPath], progress: Progress | None = None
) -> tuple[tuple[Package, ...], tuple[Problem, ...]]:
    """Return the packages at or right below the paths that have no errors, and all problems."""
    attempts, problems = make_all(paths, progress)
    good = (each for each in attempts if not has_errors(each.made.problems))
    return tuple(package_of(each.source, each.made) for each in good), problems


class Attempt(NamedTuple):
    """A package's source, what was made of it, and what of that may serve again."""

    source: PackageSource
    made: "Made"
    renders: Renders


def make_all(
    paths: AnyPath | Iterable[AnyPath],
    progress: Progress | None = None,
    before: Iterable[Attempt] = (),
) -> tuple[tuple[Attempt, ...], tuple[Problem, ...]]:
    """Return what was made of each package at or right below the paths, and all problems.

    What was made ``before`` in this process serves again where nothing is changed.
    """
    folders, missing = find_packages(as_paths(paths))
    problems = [*missing, *_shared_identity(folders)]
    known = {each.source.path: each.renders.for_next_run() for each in before}
    kept = [known.get(folder) or Renders(folder) for folder in folders]
    sources = [read_sources(*each) for each in zip(folders, kept, strict=True)]
    total = sum(len(deck.notes) for source in sources for deck in source.decks)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, total)

    headings = find_headings(sources)
    attempts = []
    for source, renders in zip(sources, kept, strict=True):
        made = make_decks(source, headings, renders, step)
        renders.write()
        problems += made.problems
        attempts.append(Attempt(source, made, renders))
    return tuple(attempts), tuple(sorted(set(problems)))


def package_of(source: PackageSource, made: "Made") -> Package:
    """Return the package that was made of a source."""
    return Package(
        folder=source.path,
        settings=source.settings,
        decks=made.decks,
        note_types=made.note_types,
        carried=tuple(source.note_types.values()),
        media=made.media,
        lock=source.lock,
        warnings=made.problems,
    )


def _shared_identity(folders: Sequence[Path]) -> Iterator[Problem]:
    """Compare key and id of all packages and of their neighbours, which a copied folder shares.

    Of two packages with one id each would write the other's files.
    """
    owners: dict[tuple[str, str], Path] = {}
    for path in neighbours(folders):
        try:
            table = read_table(read_text(path, path.parent).removeprefix("\ufeff"))
        except (AnkibuildError, ValueError):
            continue
        key, name = (str(table.get(each, "")).strip().lower() for each in ("key", "id"))
        if key and (owner := owners.setdefault(("key", key), path)) != path:
            message = f'the key "{key}" is also used by {shown(owner)}'
            cure = (
                "a copied folder needs its own key and id: change its id, delete its key and "
                f"its {LOCK}, and run ankibuild check, which shows a new key"
            )
            yield about(path, "repeated-key", message, cure)
        elif name and (owner := owners.setdefault(("id", name), path)) != path:
            message = f'the id "{name}" is also used by {shown(owner)}'
            cure = "change the id of the one that learners do not have yet"
            yield about(path, "repeated-package-id", message, cure)


def read_sources(path: Path, renders: Renders | None = None) -> PackageSource:
    """Return the files of one package; those that cannot be read are among its problems.

    What ``renders`` knows of notes is not read again.
    """
    known = renders.known if renders else None
    return _Folder(path, known).read() if path.is_dir() else _read_lone(path, known)


def _read_lone(path: Path, known: Known | None) -> PackageSource:
    media, problems = read_media(path.parent)
    text = None
    try:
        text = read_text(path)
    except AnkibuildError as error:
        problems += error.problems
    source = lone_source(shown(path), text, media, known)
    return replace(source, problems=(*problems, *source.problems))


def lone_source(
    path: str,
    text: str | None,
    media: Mapping[str, bytes | Problem],
    known: Known | None = None,
) -> PackageSource:
    """Return the source of a package that is one Markdown text, if there is one, and media.

    The identity hangs on the path's last part. ``media`` are by the paths that the text has for
    them, below the folder of the file; ``known`` are notes that need not be read again.
    """
    pure = PurePath(path)
    settings = lone_settings(pure)
    parsed = None if text is None else parse_file(path, text, pure.stem or settings.id, known)
    return PackageSource(
        path=Path(path),
        place=path,
        is_folder=False,
        settings=settings,
        decks=(parsed.deck,) if parsed else (),
        note_types={},
        lock=empty_lock(settings),
        media=_place_media(pure.parent, media),
        style="",
        texts={path: text or ""},
        problems=parsed.problems if parsed else (),
    )


def _place_media(folder: PurePath, contents: Mapping[str, bytes | Problem]) -> dict[str, MediaFile]:
    return {each: make_media(each, shown(folder / each), data) for each, data in contents.items()}


class _Folder:
    """A package's folder being read: its texts by path, and what is wrong with them."""

    def __init__(self, path: Path, known: Known | None) -> None:
        self.path = path
        self.known = known
        self.texts: dict[str, str] = {}
        self.problems: list[Problem] = []

    def read(self) -> PackageSource:
        settings = self._read_settings()
        decks = self._read_decks()
        lock = self._read_lock(settings)
        note_types = self._read_note_types(settings, lock)
        style = self._read_style()
        media = self._read_media()
        return PackageSource(
            path=self.path,
            place=shown(self.path),
            is_folder=True,
            settings=settings,
            decks=decks,
            note_types=note_types,
            lock=lock,
            media=media,
            style=style,
            texts=self.texts,
            # A link to another folder is met by decks and by media.
            problems=tuple(dict.fromkeys(self.problems)),
        )

    def _text(self, file: Path) -> str | None:
        try:
            text = self.texts[shown(file)] = read_text(file, self.path)
        except AnkibuildError as error:
            self.problems += error.problems
            return None
        # A lock has its own way to be merged, and in a deck the code fences count.
        if file.name == LOCK or is_deck(file):
            return text
        conflicts = find_conflicts(split_lines(text))
        for start, _ in conflicts:
            self.problems.append(about(file, *UNMERGED, line=start + 1, column=1))
        return None if conflicts else text

    def _read_settings(self) -> Settings:
        settings = lone_settings(self.path)
        file = self.path / CONFIG
        text = self._text(file)
        if text is not None:
            settings, found = read_settings(shown(file), text, settings, self._published_key())
            self.problems += found
        return settings

    def _published_key(self) -> str:
        with suppress(AnkibuildError, FileNotFoundError):
            return locked_key(read_text(self.path / LOCK, self.path))
        return ""

    def _read_decks(self) -> tuple[DeckSource, ...]:
        paths, unread = find_decks(self.path)
        self.problems += unread
        decks = []
        for file in paths:
            text = self._text(file)
            if text is not None:
                deck, found = parse_file(shown(file), text, file.stem, self.known)
                self.problems += found
                decks.append(deck)
        decks.sort(key=lambda deck: (deck.order is None, deck.order or 0, deck.heading.path))
        return tuple(decks)

    def _read_note_types(self, settings: Settings, lock: Lock) -> dict[str, NoteType]:
        note_types: dict[str, NoteType] = {}
        places: dict[str, str] = {}
        for file in find_note_types(self.path):
            text = self._text(file)
            if text is None:
                continue
            try:
                note_types[file.stem] = read_note_type(file.stem, text)
                places[file.stem] = shown(file)
                message = "this is the older form of a note type"
                cure = f"ankibuild convert {quoted(self.path)} writes it as files that you can edit"
                self.problems.append(about(file, "old-note-type", message, cure, "warning"))
            except NoteTypeError as error:
                cure = "restore Anki's own record of the note type"
                self.problems.append(about(file, "invalid-note-type", str(error), cure))
        for home in find_type_folders(self.path):
            texts = {file.name: self._text(file) for file in find_type_files(home)}
            read = {name: text for name, text in texts.items() if text is not None}
            if home.name in note_types:
                message = f'the note type "{home.name}" is here twice, in a folder and in a file'
                cure = f"delete {home.name}.json, which is its older form"
                self.problems.append(about(home, "repeated-note-type", message, cure))
            elif len(read) == len(texts):
                found, problems = read_type_files(home.name, shown(home), read, settings)
                self.problems += problems
                if found:
                    note_types[home.name], places[home.name] = found, shown(home / NOTE_TYPE)
        self.problems += self._check_note_types(lock, note_types, places)
        named = settings.note_type
        if named and named not in (*FIELDS, *note_types) and not has_errors(self.problems):
            # Said once for all the notes that it goes for.
            self.problems.append(about(self.path / CONFIG, *unknown_note_type(named, note_types)))
        return note_types

    def _read_style(self) -> str:
        file = self.path / STYLE
        if not os.path.lexists(file):
            return ""
        style = "\n".join(split_lines(self._text(file) or ""))
        self.problems += check_style(shown(file), style)
        return style

    def _read_media(self) -> dict[str, MediaFile]:
        contents, unread = read_media(self.path)
        self.problems += unread
        return _place_media(self.path, contents)

    def _read_lock(self, settings: Settings) -> Lock:
        file = self.path / LOCK
        if file.is_symlink():
            message = "this is a link, which a release would replace with a file"
            cure = "put the file itself here: each package keeps its own record"
            self.problems.append(about(file, "linked-lock", message, cure))
            return empty_lock(settings)
        if not file.exists():
            self._look_for_lost_lock(file, settings)
            return empty_lock(settings)
        text = self._text(file)
        try:
            lock = empty_lock(settings) if text is None else read_lock(shown(file), text)
        except AnkibuildError as error:
            self.problems += error.problems
            return empty_lock(settings)
        if text is not None and (missed := uncommitted_lock(self.path, text)):
            version = lock.releases[-1].version
            message = f"Git does not have this file with version {version} yet"
            if missed == "ignored":
                message = "Git ignores this file"
            home = quoted(self.path)
            force = " --force" if missed == "ignored" else ""
            cure = (
                "commit it, or another computer may release that version again, over learners' own "
                f"edits and tags: git -C {home} add{force} {LOCK}, then git -C {home} commit -m "
                f'"Release {lock.package_id} {version}"'
            )
            self.problems.append(about(file, "uncommitted-lock", message, cure, "warning"))
        return lock

    def _look_for_lost_lock(self, file: Path, settings: Settings) -> None:
        """Take note of a lock that is gone: without it learners would be given strangers."""
        commit, text = last_lock(self.path)
        is_own = f'"key":"{settings.key}"' in text.partition("\n")[0]
        # Settings with a mistake may have lost the key, and only the lock knows it.
        if commit and (is_own or settings.provisional):
            message = f"this file is gone; Git has it in commit {commit}"
            cure = (
                "it remembers what learners have: get it back with "
                f"git -C {quoted(self.path)} checkout {commit} -- {LOCK}"
            )
            self.problems.append(about(file, "lost-lock", message, cure))
        if (commit and is_own) or settings.provisional:
            return
        for other in sorted(self.path.absolute().parent.glob(f"*/{LOCK}")):
            if (other.parent / CONFIG).exists():
                # It is that package's own.
                continue
            with suppress(AnkibuildError):
                if f'"key":"{settings.key}"' in read_text(other, other.parent).partition("\n")[0]:
                    message = f"this file is gone; it is now at {shown(other)}"
                    cure = "it remembers what learners have: move it here"
                    self.problems.append(about(file, "lost-lock", message, cure))

    def _check_note_types(
        self, lock: Lock, note_types: Mapping[str, NoteType], places: Mapping[str, str]
    ) -> Iterator[Problem]:
        for name, each in note_types.items():
            yield from check_active(places[name], each)
            if name in FIELDS and each.kind not in lock.note_types:
                message = f'"{name}" is the name of one of ankibuild\'s own note types'
                cure = "give this one another name, here and in the notes"
                yield about(places[name], "reserved-note-type", message, cure)
        yield from check_note_type_ids(places, note_types)
        for kind in sorted({note.kind for note in lock.notes.values()}):
            name = carried_name(kind)
            home = self.path / NOTE_TYPES / name
            is_here = (home / NOTE_TYPE).exists() or home.with_name(f"{name}.json").exists()
            if name and name not in note_types and not is_here:
                cure = "restore it: published notes use this note type"
                yield about(home, "lost-note-type", "this note type is gone", cure)


def find_headings(sources: Iterable[PackageSource]) -> dict[str, Fragment]:
    """Return the headings of all notes by their ids."""
    return {
        note.note_id: note.heading
        for source in sources
        for deck in source.decks
        for note in deck.notes
    }


class Made(NamedTuple):
    """What was made of a package's source; a note with an error is of no use.

    ``broken`` are the headings of notes that an error kept from being made. ``media`` are the
    contents of the files in use, by their names for Anki: those that note types load have the names
    that they have in their folder.
    """

    decks: tuple[Deck, ...]
    broken: frozenset[Fragment]
    note_types: tuple[NoteType, ...]
    media: Mapping[str, bytes]
    problems: tuple[Problem, ...]


def make_decks(
    source: PackageSource,
    headings: Mapping[str, Fragment],
    renders: Renders | None = None,
    step: Callable[[], None] = lambda: None,
) -> Made:
    """Return the decks of a source, and all that is wrong, sorted; the disk is not looked at.

    ``headings`` are those of every note that is at hand, by id; ``step`` is called after each note.
    What ``renders`` has of a note is not made again, and what else may serve again goes there.
    """
    settings = source.settings
    recipe = Recipe(
        settings, source.note_types, source.media, source.style, published_notes(source.lock)
    )
    making = make_notes(source.decks, recipe, renders)
    problems = [
        *source.problems,
        *check_sources(source.decks, settings, source.lock, source.note_types, source.problems),
    ]
    decks: list[Deck] = []
    made: list[tuple[NoteSource, Note]] = []
    broken: set[Fragment] = set()
    used: set[str] = set()
    with closing(making):
        for deck in source.decks:
            description = render_block(deck.description, source.media)
            problems += description.problems
            if description.media:
                message = "the description of the deck contains a picture or sound"
                cure = "Anki delivers media only with notes: move it into a note"
                problems.append(deck.description.problem("media-in-description", message, cure))
            used |= {source.media[each].name for each in description.media}
            notes = []
            for note, found in islice(making, len(deck.notes)):
                problems += found
                if has_errors(found):
                    broken.add(note.heading)
                used |= note.media.keys()
                notes.append(note)
                step()
            made += zip(deck.notes, notes, strict=True)
            # A deck called like the one above all others is that deck, not one below it.
            below = settings.root and deck.name != settings.root
            name = f"{settings.root}::{deck.name}" if below else deck.name
            decks.append(Deck(name=name, description=description.html, notes=tuple(notes)))
    problems += [*check_guids(made), *check_questions(made)]
    by_kind = {note.kind: note.note_type for _, note in made}
    note_types = tuple(each for _, each in sorted(by_kind.items(), reverse=True))
    # Other files may use what lies beside a lone one; a note with a mistake may be the user.
    complete = source.is_folder and not has_errors(problems)
    loaded = _find_loaded(source)
    problems += check_media(source.media, used, loaded.values(), complete=complete)
    # What a mistake explains is not said again as something that is gone or has moved.
    if not has_errors(problems):
        pairs = list(zip(source.decks, decks, strict=True))
        path = f"{source.place}/{CONFIG}"
        at = find_keys(path, source.texts.get(path, ""))
        texts = {deck.heading.path: source.texts[deck.heading.path] for deck in source.decks}
        problems += check_merge(at, settings, source.lock, pairs, note_types, headings, texts)
    if made and source.is_folder:
        problems += _find_empty_decks(source, problems)
    if not made and not has_errors(problems):
        cure = "write a second-level heading and an answer below it: ## Question"
        problems.append(about(source.place, "missing-notes", "there are no notes here", cure))
    return Made(
        decks=tuple(decks),
        broken=frozenset(broken),
        note_types=note_types,
        media={
            **{file.name: file.data for file in source.media.values() if file.name in used},
            # They know each other by these names.
            **{name: source.media[path].data for name, path in loaded.items()},
        },
        problems=tuple(
            sorted(
                each
                for each in _with_excerpts(_unexplained(problems), source.texts)
                if each.severity == "error" or each.rule not in settings.ignore
            )
        ),
    )


def _find_loaded(source: PackageSource) -> dict[str, str]:
    """Return the paths of the files that the note types load, by the names that these have."""
    paths = {PurePath(path).name: path for path in source.media if path.count("/") == 1}
    contents = {name: source.media[path].data for name, path in paths.items()}
    found = find_loaded(source.note_types.values(), contents)
    return {name: paths[name] for name in sorted(found)}


def _find_empty_decks(source: PackageSource, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield a warning for each file without a note, unless a problem in it tells why."""
    told = {
        each.path
        for each in problems
        if each.severity == "error" or each.rule == "question-as-text"
    }
    for deck in source.decks:
        path = deck.heading.path
        if not deck.notes and path not in told:
            is_blank = not source.texts[path].strip("\ufeff \t\r\n")
            message = "this file is empty" if is_blank else "there are no notes in this file"
            cure = "write a second-level heading and an answer below it: ## Question"
            cure += "; or move it out of the package's folder"
            yield about(path, "missing-notes", message, cure, "warning")


def _unexplained(problems: Collection[Problem]) -> list[Problem]:
    """Return the problems without those that a note or note type which is gone explains.

    To pin the heading of such a note would give it another id than the published one.
    """
    gone = {(each.path, each.line) for each in problems if each.rule == "removed-note"}
    # The settings, or the very files of a note type, tell of it for all notes.
    is_told = any(
        each.path.endswith(f"/{CONFIG}")
        if each.rule == "unknown-note-type"
        else each.severity == "error" and f"/{NOTE_TYPES}/" in each.path
        for each in problems
    )
    return [
        each
        for each in problems
        if (each.rule not in _OF_A_HEADING or (each.path, each.line) not in gone)
        and not (
            is_told and each.rule == "unknown-note-type" and not each.path.endswith(f"/{CONFIG}")
        )
    ]


def _with_excerpts(problems: Collection[Problem], texts: Mapping[str, str]) -> list[Problem]:
    wanted = {problem.path for problem in problems}
    lines = {path: split_lines(text) for path, text in texts.items() if path in wanted}
    return [
        replace(problem, excerpt=lines[problem.path][problem.line - 1])
        if 0 < problem.line <= len(lines.get(problem.path, ()))
        else problem
        for problem in problems
    ]
