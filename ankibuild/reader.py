"""Read packages from disk, and find everything that is wrong with them."""

import os
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from ankibuild.config import lone_settings, read_settings
from ankibuild.errors import AnkibuildError, Problem
from ankibuild.markdown import render_block
from ankibuild.model import Deck, DeckSource, Note, Package, Settings
from ankibuild.note_types import make_note_type
from ankibuild.notes import make_note
from ankibuild.source import parse_file, split_lines

CONFIG = "package.toml"
_NOT_DECKS = ("readme.md", "changelog.md")

Progress = Callable[[int, int], None]
"""Is told how many notes are done, and of how many in all."""


def load(path: Path) -> Package:
    """Return the package in a folder with a ``package.toml``, or that of a lone Markdown file.

    Raises AnkibuildError with everything that is wrong with it.
    """
    return load_all((path,))[0]


def load_all(paths: Iterable[Path], progress: Progress | None = None) -> tuple[Package, ...]:
    """Return all packages at or right below the paths, sorted by path.

    Raises AnkibuildError with everything that is wrong with any of them.
    """
    packages, problems = _read(paths, progress)
    errors = tuple(problem for problem in problems if problem.severity == "error")
    if errors:
        raise AnkibuildError(tuple(problems))
    return packages


def check(paths: Iterable[Path], progress: Progress | None = None) -> tuple[Problem, ...]:
    """Return everything wrong with the packages at or right below the paths, sorted by place."""
    return _read(paths, progress)[1]


def _read(
    paths: Iterable[Path], progress: Progress | None
) -> tuple[tuple[Package, ...], tuple[Problem, ...]]:
    folders, missing = _find_packages(paths)
    problems = [*missing, *_shared_keys(folders)]
    readers = [_Reader(folder) for folder in folders]
    total = sum(len(deck.notes) for reader in readers for deck in reader.decks)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress:
            progress(done, total)

    packages = []
    for reader in readers:
        package = reader.make_package(step)
        problems += reader.problems
        if package:
            packages.append(package)
    return tuple(packages), tuple(sorted(set(problems)))


def _find_packages(paths: Iterable[Path]) -> tuple[list[Path], list[Problem]]:
    found: set[Path] = set()
    problems = []
    for path in paths:
        if path.is_file():
            found.add(path)
            if (path.parent / CONFIG).exists():
                message = f"this file belongs to the package {_shown(path.parent)}"
                problems.append(_about(path, message, "name the folder instead of the file"))
        elif (path / CONFIG).exists():
            found.add(path)
        else:
            inside = {each.parent for each in path.glob(f"*/{CONFIG}")}
            for folder in [path, *sorted(each for each in path.glob("*/") if each.is_dir())]:
                if folder not in inside and any(map(_is_deck, folder.glob("*"))):
                    cure = f"write a {CONFIG} with id, key and title, or build one file alone"
                    problems.append(_about(folder, f"this folder has no {CONFIG}", cure))
            if not inside and not problems:
                cure = f"a package is a folder with a {CONFIG} and Markdown files"
                problems.append(_about(path, "no package is here", cure))
            found |= inside
    return sorted(found), problems


def _shared_keys(folders: Sequence[Path]) -> list[Problem]:
    """Compare the keys of all packages and of their neighbours, which a copied folder shares."""
    owners: dict[str, Path] = {}
    problems = []
    near = {path for folder in folders for path in folder.absolute().parent.glob(f"*/{CONFIG}")}
    named = [folder / CONFIG for folder in folders if folder.is_dir()]
    absolute = {path.absolute() for path in named}
    for path in [*named, *sorted(near - absolute)]:
        try:
            key = str(tomllib.loads(path.read_text("utf-8")).get("key", "")).lower()
        except (OSError, ValueError, RecursionError):
            continue
        if key and key in owners:
            message = f'the key "{key}" is also that of {_shown(owners[key])}'
            cure = (
                "a copied folder needs a key and an id of its own: delete the key here, and build"
            )
            problems.append(_about(path, message, cure))
        owners.setdefault(key, path)
    return problems


class _Reader:
    """Reads one package: a folder, or a lone file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.lines: dict[str, list[str]] = {}
        self.settings: Settings | None
        if path.is_dir():
            self.settings = self._read_config(path / CONFIG)
            files = self._find_decks(path)
        else:
            self.settings = lone_settings(path)
            files = [path]
        self.decks = self._read_decks(files)

    def make_package(self, step: Callable[[], None]) -> Package | None:
        """Return the package, calling ``step`` after each note, or None if something is wrong."""
        settings = self.settings or lone_settings(self.path)
        self._check_ids(settings)
        decks = [self._make_deck(deck, settings, step) for deck in self.decks]
        if not any(deck.notes for deck in self.decks) and not self.problems:
            cure = "write a second-level heading and an answer below it: ## Question"
            self.problems.append(_about(self.path, "no note is here", cure))
        self._check_deck_names(settings)
        self._add_excerpts()
        if not self.settings or any(each.severity == "error" for each in self.problems):
            return None
        kinds = sorted({note.kind for deck in decks for note in deck.notes}, reverse=True)
        return Package(
            folder=self.path,
            settings=settings,
            decks=tuple(decks),
            note_types=tuple(make_note_type(kind, settings) for kind in kinds),
            warnings=tuple(sorted(self.problems)),
        )

    def _read_text(self, path: Path) -> str | None:
        try:
            data = path.read_bytes()
            text = data.decode("utf-8")
        except OSError as error:
            message = f"this file cannot be read ({error.strerror})"
            self.problems.append(_about(path, message, "look at its name and permissions"))
            return None
        except UnicodeDecodeError as error:
            self.problems.append(_not_utf8(path, data, error.start))
            return None
        self.lines[_shown(path)] = split_lines(text)
        return text

    def _read_config(self, path: Path) -> Settings | None:
        text = self._read_text(path)
        if text is None:
            return None
        settings, problems = read_settings(_shown(path), text)
        self.problems += problems
        return settings

    def _find_decks(self, folder: Path) -> list[Path]:
        def report(error: OSError) -> None:
            message = f"this folder cannot be read ({error.strerror})"
            self.problems.append(_about(Path(error.filename), message, "look at its permissions"))

        found = []
        for parent, folders, names in os.walk(folder, onerror=report):
            folders[:] = [name for name in folders if not name.startswith(".")]
            inside = Path(parent)
            if inside != folder and CONFIG in names:
                cure = "move it out: a package holds no other package"
                self.problems.append(_about(inside / CONFIG, "a package inside a package", cure))
            found += [inside / name for name in names if _is_deck(inside / name)]
        return sorted(found)

    def _read_decks(self, files: Iterable[Path]) -> list[DeckSource]:
        decks = []
        for path in files:
            text = self._read_text(path)
            if text is None:
                continue
            deck, problems = parse_file(_shown(path), text, stem=path.stem)
            self.problems += problems
            decks.append(deck)
        return sorted(decks, key=lambda deck: (deck.order is None, deck.order or 0, deck.path))

    def _make_deck(self, source: DeckSource, settings: Settings, step: Callable[[], None]) -> Deck:
        description = render_block(source.description)
        self.problems += description.problems
        notes: list[Note] = []
        for note_source in source.notes:
            note, problems = make_note(note_source, settings)
            self.problems += problems
            notes.append(note)
            step()
        return Deck(
            name=_full_name(settings, source), description=description.html, notes=tuple(notes)
        )

    def _check_ids(self, settings: Settings) -> None:
        first: dict[str, Problem] = {}
        for note in (note for deck in self.decks for note in deck.notes):
            place, note_id = note.heading, note.note_id
            cure = "ids must be unique in a package"
            if not note.pinned:
                cure = "write an id of its own after the heading: {#some-id}"
            problem = Problem(
                path=place.path,
                line=place.line,
                column=place.column,
                message=f'note id "{note_id}" is already used',
                cure=cure,
            )
            if note_id in first:
                where = f"{first[note_id].path}:{first[note_id].line}"
                self.problems.append(replace(problem, message=f"{problem.message} at {where}"))
            elif note_id in settings.retired:
                message = f'note id "{note_id}" is listed as retired in {CONFIG}'
                cure = "take it off that list to bring the note back, or choose another id"
                self.problems.append(replace(problem, message=message, cure=cure))
            if note_id:
                first.setdefault(note_id, problem)

    def _check_deck_names(self, settings: Settings) -> None:
        first: dict[str, DeckSource] = {}
        for deck in self.decks:
            # Anki compares deck names without regard to case.
            name = _full_name(settings, deck).casefold()
            if name in first:
                place = f"{first[name].path}:{first[name].line}"
                self.problems.append(
                    Problem(
                        path=deck.path,
                        line=deck.line,
                        column=deck.column,
                        message=f'the deck "{deck.name}" is already made at {place}',
                        cure="one file is one deck: give one of them another heading",
                    )
                )
            first.setdefault(name, deck)

    def _add_excerpts(self) -> None:
        for place, problem in enumerate(self.problems):
            lines = self.lines.get(problem.path, [])
            if 0 < problem.line <= len(lines):
                self.problems[place] = replace(problem, excerpt=lines[problem.line - 1])


def _full_name(settings: Settings, deck: DeckSource) -> str:
    return f"{settings.title}::{deck.name}" if settings.title else deck.name


def _is_deck(path: Path) -> bool:
    return (
        path.suffix.lower() == ".md"
        and not path.name.startswith(".")
        and path.name.lower() not in _NOT_DECKS
    )


def _not_utf8(path: Path, data: bytes, position: int) -> Problem:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _about(path, "this file is saved as UTF-16", "save it as UTF-8")
    line_start = data.rfind(b"\n", 0, position) + 1
    return Problem(
        path=_shown(path),
        line=data.count(b"\n", 0, position) + 1,
        column=len(data[line_start:position].decode("utf-8")) + 1,
        message=f'the byte "0x{data[position]:02X}" is not UTF-8',
        cure="save the file as UTF-8",
    )


def _about(path: Path, message: str, cure: str) -> Problem:
    return Problem(path=_shown(path), message=message, cure=cure)


def _shown(path: Path) -> str:
    return path.as_posix()
