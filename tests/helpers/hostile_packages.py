"""Packages made to harm, and how they are refused."""

import sqlite3
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from ankibuild.anki import apkg_reader as anki_archive
from tests.helpers.system import peak_memory
from tests.helpers.trainer import Trainer

Members = dict[str, bytes]
MOST_MEMORY = 4 * anki_archive.LARGEST_COLLECTION
SMALL = 16_000_000
"""A limit for a collection, beyond which a bomb is made soon."""


def write_apkg(trainer: Trainer, members: Members) -> Path:
    path = trainer.folder.parent / "hostile.apkg"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def refusal_of(trainer: Trainer, path: Path, most_memory: int = MOST_MEMORY) -> str:
    """Import a file, see that it is refused cheaply, and return why."""
    start, memory = time.monotonic(), peak_memory()
    result = trainer.run("import", str(path), "--into", "content/x")
    assert result.returncode == 1, result.stdout
    assert "Traceback" not in result.stderr
    assert not list(trainer.folder.iterdir())
    assert time.monotonic() - start < 20
    assert peak_memory() - memory < most_memory
    return result.stderr


def with_database(members: Members, change: Callable[[sqlite3.Connection], object]) -> Members:
    """Return a package whose older database was changed by hand."""
    connection = sqlite3.connect(":memory:")
    connection.deserialize(members["collection.anki21"])
    change(connection)
    connection.commit()
    data = connection.serialize()
    connection.close()
    return members | {"collection.anki21": data}
