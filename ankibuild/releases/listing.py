"""The list of the packages in a folder, for programs. Its format is frozen."""

import json
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

from ankibuild.core.files import read_file
from ankibuild.releases.manifest import Manifest, Publication

LISTING = "index.json"
_FORMAT = 1


def listing_bytes(folder: Path, publications: Iterable[Publication]) -> bytes:
    """Return the content of the list: never change what it says, only add to it.

    A file stands beside the list, wherever that is published.
    Raises AnkibuildError when a package of an older version of ankibuild cannot be read.
    Source: docs/json.md.
    """
    packages = [
        {
            "id": newest.package,
            "key": str(newest.key),
            "title": newest.title,
            "versions": [
                {
                    "version": each.version,
                    "time": each.time,
                    "file": each.file,
                    "size": each.size,
                    "sha256": each.sha256 or _sum_of(folder, each),
                    "summary": each.summary,
                    "content": each.content,
                }
                for each in (newest, *earlier)
                if each.file in files
            ],
        }
        for newest, earlier, files in publications
    ]
    listing = {"format": _FORMAT, "packages": packages}
    return f"{json.dumps(listing, ensure_ascii=False, indent=1)}\n".encode()


def _sum_of(folder: Path, manifest: Manifest) -> str:
    """Return the sum of a package whose manifest is of an older version of ankibuild."""
    return sha256(read_file(folder / manifest.file)).hexdigest()
