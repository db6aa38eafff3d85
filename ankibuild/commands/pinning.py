"""Write ids into headings, so that no wording is part of a note's identity any more."""

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path

from ankibuild.commands.loading import PackageSource, read_sources
from ankibuild.core.files import AnyPath, as_paths, find_packages, write_file
from ankibuild.core.names import LONGEST_ID, Names, short_id, with_room
from ankibuild.core.problems import AnkibuildError, Problem, has_errors
from ankibuild.core.values import replace
from ankibuild.dialect.source import DeckSource, NoteSource, parse_file


def pin(paths: AnyPath | Iterable[AnyPath]) -> tuple[tuple[Path, int], ...]:
    """Write the provisional id of each note at or right below one path or many into its heading.

    Return each file that was written, with the number of ids. Not one other byte changes, and no
    GUID of a build made before. Headings that repeat, or of which no id can be made, get a unique
    id. Raises AnkibuildError, and writes nothing, when a file of a package cannot be read without
    an error, or when a heading that has no id ends in what was probably meant as one.
    """
    folders, problems = find_packages(as_paths(paths))
    sources = [read_sources(folder) for folder in folders]
    problems += [problem for source in sources for problem in _graver(source)]
    if has_errors(problems):
        raise AnkibuildError(tuple(problems))
    pinned = [file for source in sources for file in _pin_package(source)]
    for path, text, _ in pinned:
        # A link stays one: what it leads to lies in the package, or it could not have been read.
        write_file(path.resolve(), text.encode())
    return tuple((path, count) for path, _, count in pinned)


def _graver(source: PackageSource) -> Iterator[Problem]:
    """Yield the problems of a source; what was probably meant as an id is an error.

    With a second id behind it nothing would warn of it any more, and learners would read it.
    """
    notes = [note for deck in source.decks for note in deck.notes if not note.pinned]
    loose = {(note.heading.path, note.heading.line) for note in notes}
    for each in source.problems:
        is_slip = each.rule == "attributes-as-text" and each.rule not in source.settings.ignore
        is_slip = is_slip and (each.path, each.line) in loose
        yield replace(each, severity="error") if is_slip else each


def _pin_package(source: PackageSource) -> Iterator[tuple[Path, str, int]]:
    new_ids = _choose_ids(source)
    for deck in source.decks:
        loose = [note for note in deck.notes if not note.pinned]
        if loose:
            path = deck.heading.path
            text = source.texts[path]
            pinned = _insert(
                text, [(note, new_ids[note.heading.path, note.heading.line]) for note in loose]
            )
            _verify(deck, pinned, new_ids)
            yield Path(path), pinned, len(loose)


def _choose_ids(source: PackageSource) -> dict[tuple[str, int], str]:
    """Return the new id of each loose note, by path and line.

    An id that a build could have used stays with the first note that suggests it; then come the
    long ones, which are cut, and then the others get numbers.
    """
    notes = [(deck, note) for deck in source.decks for note in deck.notes]
    taken = Names(note.note_id for _, note in notes if note.pinned)
    for retired in (*source.settings.retired, *source.lock.retired):
        taken.add(retired)
    chosen: dict[tuple[str, int], str] = {}
    waiting = []
    for deck, note in notes:
        if note.pinned:
            continue
        if note.note_id and note.note_id not in taken and len(note.note_id) <= LONGEST_ID:
            taken.add(note.note_id)
            chosen[note.heading.path, note.heading.line] = note.note_id
        else:
            waiting.append((deck, note))
    for deck, note in waiting:
        if note.note_id:
            note_id = taken.take_id(note.note_id)
        else:
            note_id = taken.take_numbered(with_room(short_id(deck.name)) or "note", start=1)
        chosen[note.heading.path, note.heading.line] = note_id
    return chosen


def _insert(text: str, ids: list[tuple[NoteSource, str]]) -> str:
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    lines = text.removeprefix(mark).split("\n")
    for note, note_id in ids:
        heading = note.heading
        line = lines[heading.line - 1]
        end = heading.column - 1 + len(heading.text)
        before, after = line[:end], line[end:]
        if after.lstrip().startswith("{"):
            opening = after.index("{") + 1
            line = f"{before}{after[:opening]}#{note_id} {after[opening:]}"
        else:
            if not heading.text:
                end = line.index("##") + 2
            line = f"{line[:end]} {{#{note_id}}}{line[end:]}"
        lines[heading.line - 1] = line
    return mark + "\n".join(lines)


def _verify(deck: DeckSource, text: str, new_ids: dict[tuple[str, int], str]) -> None:
    """Read the result before it is written: the same notes, and every id as it was chosen."""
    path = deck.heading.path
    again, _ = parse_file(path, text, stem=Path(path).stem)
    for old, new in zip_longest(deck.notes, again.notes):
        chosen = old and new_ids.get((path, old.heading.line), old.note_id)
        if not (
            old
            and new
            and old.heading.text == new.heading.text
            and replace(old, heading=new.heading, note_id=chosen, pinned=True) == new
        ):
            cure = "write {#some-id} after it by hand"
            problem = (old or new).heading.problem(
                "unpinnable-note", "no id can be written here", cure
            )
            raise AnkibuildError((problem,))
