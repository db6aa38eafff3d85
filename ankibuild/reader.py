"""The road from files to checked packages: load them, or list what is wrong."""

import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ankibuild.carried import NoteTypeError, carried_name, read_note_type
from ankibuild.checks import check_guids, check_note_type_ids, check_questions, check_sources
from ankibuild.config import lone_settings, read_settings
from ankibuild.errors import AnkibuildError, Problem, has_errors
from ankibuild.fields import render_block
from ankibuild.files import (
    CONFIG,
    LOCK,
    NOTE_TYPES,
    STYLE,
    about,
    find_decks,
    find_packages,
    neighbours,
    read_media,
    read_text,
    shown,
)
from ankibuild.lock import empty_lock, read_lock
from ankibuild.media import check_media, make_media
from ankibuild.merging import check_merge
from ankibuild.model import Deck, Fragment, Note, NoteSource, NoteType, Package, PackageSource
from ankibuild.note_types import make_note_type
from ankibuild.notes import keep_note, make_note
from ankibuild.source import parse_file, split_lines
from ankibuild.styling import check_style
from ankibuild.values import replace

Progress = Callable[[int, int], None]
"""Is told how many notes are done, and of how many in all."""


def load(path: Path) -> Package:
    """Return the package in a folder with a ``package.toml``, or that of a lone Markdown file.

    Raises AnkibuildError with everything that is wrong with it.
    """
    return load_all((path,))[0]


def load_all(
    paths: Iterable[Path], progress: Progress | None = None, *, keep_published: bool = False
) -> tuple[Package, ...]:
    """Return all packages at or right below the paths, sorted by path.

    With ``keep_published`` a note whose source did not change since the last release is taken from
    the lock: that is quicker, and does not tell which ones today's tools would write otherwise.
    Raises AnkibuildError with everything that is wrong with any of them.
    """
    packages, problems = read_all(paths, progress, keep_published=keep_published)
    if has_errors(problems):
        raise AnkibuildError(problems)
    return packages


def check(paths: Iterable[Path], progress: Progress | None = None) -> tuple[Problem, ...]:
    """Return everything wrong with the packages at or right below the paths, sorted by place."""
    return read_all(paths, progress)[1]


def read_all(
    paths: Iterable[Path], progress: Progress | None = None, *, keep_published: bool = False
) -> tuple[tuple[Package, ...], tuple[Problem, ...]]:
    """Return the packages at or right below the paths that have no errors, and all problems."""
    folders, missing = find_packages(paths)
    problems = [*missing, *_shared_keys(folders)]
    sources = [read_sources(folder) for folder in folders]
    total = sum(len(deck.notes) for source in sources for deck in source.decks)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, total)

    headings = {
        note.note_id: note.heading
        for source in sources
        for deck in source.decks
        for note in deck.notes
    }
    packages = []
    for source in sources:
        package, found = _make_package(source, headings, step, keep_published=keep_published)
        problems += found
        if package:
            packages.append(package)
    return tuple(packages), tuple(sorted(set(problems)))


def _shared_keys(folders: Sequence[Path]) -> Iterator[Problem]:
    """Compare the keys of all packages and of their neighbours, which a copied folder shares."""
    owners: dict[str, Path] = {}
    for path in neighbours(folders):
        try:
            key = str(tomllib.loads(path.read_text("utf-8")).get("key", "")).lower()
        except (OSError, ValueError, RecursionError):
            continue
        if key and key in owners:
            message = f'the key "{key}" is also that of {shown(owners[key])}'
            cure = (
                "a copied folder needs a key and an id of its own: delete the key here, and build"
            )
            yield about(path, message, cure)
        owners.setdefault(key, path)


def read_sources(path: Path) -> PackageSource:
    """Return the files of one package; those that cannot be read are among its problems."""
    problems: list[Problem] = []
    texts: dict[str, str] = {}

    def read(file: Path) -> str | None:
        try:
            texts[shown(file)] = read_text(file)
        except AnkibuildError as error:
            problems.extend(error.problems)
        return texts.get(shown(file))

    settings, paths = lone_settings(path), [path]
    if path.is_dir():
        paths, found = find_decks(path)
        problems += found
        text = read(path / CONFIG)
        if text is not None:
            settings, found_settings = read_settings(shown(path / CONFIG), text, settings)
            problems += found_settings
    decks = []
    for file in paths:
        text = read(file)
        if text is not None:
            deck, found_deck = parse_file(shown(file), text, stem=file.stem)
            problems += found_deck
            decks.append(deck)
    note_types: dict[str, NoteType] = {}
    for file in sorted((path / NOTE_TYPES).glob("*.json")) if path.is_dir() else ():
        text = read(file)
        try:
            if text is not None:
                note_types[file.stem] = read_note_type(file.stem, text)
                problems += check_note_type_ids(shown(file), note_types)
        except NoteTypeError as error:
            problems.append(about(file, str(error), "put back Anki's own record of the note type"))
    style = ""
    if path.is_dir() and (path / STYLE).exists():
        text = read(path / STYLE)
        style = "\n".join(split_lines(text or ""))
        problems += check_style(shown(path / STYLE), style)
    folder = path if path.is_dir() else path.parent
    contents, unread = read_media(folder)
    problems += unread
    media = {each: make_media(each, shown(folder / each), data) for each, data in contents.items()}
    lock = empty_lock(settings)
    if path.is_dir() and (path / LOCK).exists():
        text = read(path / LOCK)
        try:
            lock = read_lock(shown(path / LOCK), text or "") if text is not None else lock
        except AnkibuildError as error:
            problems += error.problems
    for kind in sorted({note.kind for note in lock.notes.values()}):
        name = carried_name(kind)
        file = path / NOTE_TYPES / f"{name}.json"
        if name and name not in note_types and not file.exists():
            cure = "put it back: published notes are of this note type"
            problems.append(about(file, "this file is gone", cure))
    decks.sort(key=lambda deck: (deck.order is None, deck.order or 0, deck.heading.path))
    return PackageSource(
        path=path,
        settings=settings,
        decks=tuple(decks),
        note_types=note_types,
        lock=lock,
        media=media,
        style=style,
        texts=texts,
        problems=tuple(problems),
    )


def _make_package(
    source: PackageSource,
    headings: Mapping[str, Fragment],
    step: Callable[[], None],
    *,
    keep_published: bool,
) -> tuple[Package | None, list[Problem]]:
    settings = source.settings
    published = source.lock.notes if keep_published else {}
    front_back = make_note_type("front-back", settings, source.style)
    problems = [*source.problems, *check_sources(source.decks, settings)]
    decks: list[Deck] = []
    made: list[tuple[NoteSource, Note]] = []
    used: set[str] = set()
    for deck in source.decks:
        description = render_block(deck.description, source.media)
        problems += description.problems
        if description.media:
            message = "a picture or sound stands in the description of the deck"
            cure = "Anki brings it only with a note: move it into one"
            problems.append(deck.description.problem(message, cure))
        used |= {source.media[each].name for each in description.media}
        notes = []
        for note_source in deck.notes:
            locked = published.get(note_source.note_id)
            note = keep_note(note_source, settings, locked, front_back) if locked else None
            if note is None:
                note, found = make_note(
                    note_source, settings, source.note_types, source.media, source.style
                )
                problems += found
            used |= note.media.keys()
            notes.append(note)
            step()
        made += zip(deck.notes, notes, strict=True)
        # A deck called like the package is the package's own deck, not one below it.
        below = settings.title and deck.name != settings.title
        name = f"{settings.title}::{deck.name}" if below else deck.name
        decks.append(Deck(name=name, description=description.html, notes=tuple(notes)))
    problems += [*check_guids(made), *check_questions(made)]
    by_kind = {note.kind: note.note_type for _, note in made}
    note_types = tuple(each for _, each in sorted(by_kind.items(), reverse=True))
    # Other files may use what lies beside a lone one; a note with a mistake may be the user.
    complete = source.path.is_dir() and not has_errors(problems)
    problems += check_media(source.media, used, complete=complete)
    if not has_errors(source.problems):
        pairs = list(zip(source.decks, decks, strict=True))
        path = shown(source.path / CONFIG)
        problems += check_merge(path, settings, source.lock, pairs, note_types, headings)
    if not made and not has_errors(problems):
        cure = "write a second-level heading and an answer below it: ## Question"
        problems.append(about(source.path, "no note is here", cure))
    problems = _with_excerpts(problems, source.texts)
    if has_errors(problems):
        return None, problems
    package = Package(
        folder=source.path,
        settings=settings,
        decks=tuple(decks),
        note_types=note_types,
        carried=tuple(source.note_types.values()),
        media={file.name: file.data for file in source.media.values() if file.name in used},
        lock=source.lock,
        warnings=tuple(sorted(problems)),
    )
    return package, problems


def _with_excerpts(problems: Collection[Problem], texts: Mapping[str, str]) -> list[Problem]:
    wanted = {problem.path for problem in problems}
    lines = {path: split_lines(text) for path, text in texts.items() if path in wanted}
    return [
        replace(problem, excerpt=lines[problem.path][problem.line - 1])
        if 0 < problem.line <= len(lines.get(problem.path, ()))
        else problem
        for problem in problems
    ]
