"""The lower bound: rows that are ready, written with one call a table and deflated.

Usage: bound.py ROWS.json PACKAGE.apkg
"""

import json
import sqlite3
import sys
import zipfile
from pathlib import Path


def main(source: str, target: str) -> None:
    content = json.loads(Path(source).read_text("utf-8"))
    connection = sqlite3.connect(":memory:")
    connection.executescript(content["schema"])
    for table, rows in content["rows"].items():
        if rows:
            places = ",".join("?" * len(rows[0]))
            connection.executemany(f"INSERT INTO {table} VALUES({places})", rows)
    connection.commit()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("collection.anki2", connection.serialize())
        archive.writestr("media", "{}")


if __name__ == "__main__":
    main(*sys.argv[1:])
