"""Turn flashcards in Markdown into versioned Anki packages whose updates keep every progress.

``load`` reads a package and checks it, ``check`` lists what is wrong, ``build`` writes its file,
``pin`` writes ids into headings, ``new`` writes a first package, ``compare`` tells what changed
since the last release, ``rehearse`` tries an update in a real Anki, ``release`` publishes a
version.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ankibuild.commands.building import Built, build
    from ankibuild.commands.loading import check, load, load_all
    from ankibuild.commands.parsing import Parsed, parse
    from ankibuild.commands.pinning import pin
    from ankibuild.commands.rehearsing import (
        Rehearsal,
        rehearse,
        rehearse_package,
        rehearse_release,
    )
    from ankibuild.commands.releasing import Released, release
    from ankibuild.commands.starting import new
    from ankibuild.core.notes import Deck, Note, NoteType
    from ankibuild.core.problems import AnkibuildError, Problem
    from ankibuild.core.settings import Settings
    from ankibuild.releases.changes import Changes, compare
    from ankibuild.releases.package import Package

__version__ = "0.1.0"

__all__ = [
    "AnkibuildError",
    "Built",
    "Changes",
    "Deck",
    "Note",
    "NoteType",
    "Package",
    "Parsed",
    "Problem",
    "Rehearsal",
    "Released",
    "Settings",
    "build",
    "check",
    "compare",
    "load",
    "load_all",
    "new",
    "parse",
    "pin",
    "rehearse",
    "rehearse_package",
    "rehearse_release",
    "release",
]

_HOMES = {
    "AnkibuildError": "core.problems",
    "Built": "commands.building",
    "Changes": "releases.changes",
    "Deck": "core.notes",
    "Note": "core.notes",
    "NoteType": "core.notes",
    "Package": "releases.package",
    "Parsed": "commands.parsing",
    "Problem": "core.problems",
    "Rehearsal": "commands.rehearsing",
    "Released": "commands.releasing",
    "Settings": "core.settings",
    "build": "commands.building",
    "check": "commands.loading",
    "compare": "releases.changes",
    "load": "commands.loading",
    "load_all": "commands.loading",
    "new": "commands.starting",
    "parse": "commands.parsing",
    "pin": "commands.pinning",
    "rehearse": "commands.rehearsing",
    "rehearse_package": "commands.rehearsing",
    "rehearse_release": "commands.rehearsing",
    "release": "commands.releasing",
}


def __getattr__(name: str) -> Any:
    # Loaded on first use: the parser and genanki take longer to start than the command's help.
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"ankibuild.{_HOMES[name]}"), name)
