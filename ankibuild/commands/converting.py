"""Write the note types of an older form as files that a designer edits."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from ankibuild.anki.carried import NoteTypeError, read_note_type
from ankibuild.anki.type_files import read_type_files, write_type_files
from ankibuild.core.files import (
    AnyPath,
    as_paths,
    find_note_types,
    find_packages,
    read_text,
    write_files,
)
from ankibuild.core.problems import AnkibuildError, about, shown
from ankibuild.core.settings import lone_settings


def convert(paths: AnyPath | Iterable[AnyPath]) -> tuple[Path, ...]:
    """Write each ``note-types/<name>.json`` at or right below the paths as a folder of files.

    Return the folders that were written. Schema, look and content of the note types stay as they
    are. Raises AnkibuildError, and writes nothing, when one cannot be read or would become another.
    """
    folders, problems = find_packages(as_paths(paths))
    files: dict[Path, bytes] = {}
    older: list[Path] = []
    for folder in folders:
        for path in find_note_types(folder):
            try:
                files |= dict(_as_files(path, read_text(path, folder)))
                older.append(path)
            except AnkibuildError as error:
                problems += error.problems
    if problems:
        raise AnkibuildError(tuple(problems))
    write_files(files)
    for path in older:
        path.unlink()
    return tuple(path.with_suffix("") for path in older)


def _as_files(path: Path, text: str) -> Iterator[tuple[Path, bytes]]:
    home = path.with_suffix("")
    if home.exists():
        cure = f"delete the one that is out of date, {home.name} or {path.name}"
        raise _refused(path, f'a folder "{home.name}" is there too', cure)
    try:
        before = read_note_type(path.stem, text)
        files = write_type_files(json.loads(before.carried))
    except NoteTypeError as error:
        raise _refused(path, str(error), "restore Anki's own record of the note type") from None
    after, _ = read_type_files(path.stem, shown(home), files, lone_settings(path))
    if after != before:
        cure = "leave this file as it is: it still works"
        raise _refused(path, "files cannot hold exactly this note type", cure)
    for name, written in files.items():
        yield home / name, written.encode()


def _refused(path: Path, message: str, cure: str) -> AnkibuildError:
    return AnkibuildError((about(path, "invalid-note-type", message, cure),))
