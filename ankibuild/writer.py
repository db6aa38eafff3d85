"""Write a package's file."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from ankibuild.files import write_file
from ankibuild.model import Built, Deck, Package
from ankibuild.package import package_bytes

DEV_VERSION = "0.1.0-dev"


def build(package: Package, folder: Path, *, time: int) -> Built:
    """Write ``<package id>-<version>.apkg`` into the folder and return what was written.

    ``time`` is the build's, in seconds since 1970. Raises AnkibuildError when the file cannot be
    written; what stood there then stands unharmed.
    """
    version = DEV_VERSION
    path = folder / f"{package.settings.id}-{version}.apkg"
    decks = _describe(package, version, time)
    data = package_bytes(package.settings.key, decks, package.note_types, time)
    write_file(path, data)
    return Built(
        path=path,
        version=version,
        size=len(data),
        decks=tuple(
            (deck.name, len(deck.notes), sum(len(note.ordinals) for note in deck.notes))
            for deck in package.decks
        ),
    )


def _describe(package: Package, version: str, time: int) -> tuple[Deck, ...]:
    """Return the decks with the package's own description on the one that learners see first."""
    text = _description(package, version, time)
    if package.settings.title:
        return (Deck(name=package.settings.title, description=text, notes=()), *package.decks)
    first, *rest = package.decks
    return (replace(first, description=text + first.description), *rest)


def _description(package: Package, version: str, time: int) -> str:
    settings = package.settings
    day = datetime.fromtimestamp(time, UTC).date().isoformat()
    lines: Sequence[str] = (
        settings.description,
        f"Version {version}, {day}.",
        "To install or update, open the file in Anki and import it with the options as they are.",
        "An update changes only the cards' texts and adds new cards: your progress is kept.",
        " · ".join(filter(None, (", ".join(settings.authors), settings.license))),
    )
    return "".join(f"<p>{escape(line, quote=False)}</p>" for line in lines if line)
