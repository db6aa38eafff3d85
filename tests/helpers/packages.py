"""What is inside of a package."""

import sqlite3
import zipfile
from pathlib import Path


def open_database(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.deserialize(zipfile.ZipFile(path).read("collection.anki2"))
    return connection
