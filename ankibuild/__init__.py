"""Turn flashcards in Markdown into versioned Anki packages whose updates keep every progress.

``load`` reads a package and checks it, ``check`` lists what is wrong, ``build`` writes its file,
``pin`` writes ids into headings, ``new`` writes a first package, ``compare`` tells what changed
since the last release, ``rehearse`` tries an update in a real Anki, ``release`` publishes a
version.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ankibuild.changes import Changes, compare
    from ankibuild.errors import AnkibuildError, Problem
    from ankibuild.model import Built, Deck, Note, NoteType, Package, Settings
    from ankibuild.pinning import pin
    from ankibuild.reader import check, load, load_all
    from ankibuild.rehearsal import Rehearsal, rehearse, rehearse_package, rehearse_release
    from ankibuild.releasing import Released, release
    from ankibuild.starter import new
    from ankibuild.writer import build

__version__ = "0.1.0"

__all__ = [
    "AnkibuildError",
    "Built",
    "Changes",
    "Deck",
    "Note",
    "NoteType",
    "Package",
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
    "pin",
    "rehearse",
    "rehearse_package",
    "rehearse_release",
    "release",
]

_HOMES = {
    "AnkibuildError": "errors",
    "Changes": "changes",
    "Problem": "errors",
    "Rehearsal": "rehearsal",
    "Released": "releasing",
    "build": "writer",
    "check": "reader",
    "compare": "changes",
    "load": "reader",
    "load_all": "reader",
    "new": "starter",
    "pin": "pinning",
    "rehearse": "rehearsal",
    "rehearse_package": "rehearsal",
    "rehearse_release": "rehearsal",
    "release": "releasing",
}


def __getattr__(name: str) -> Any:
    # Loaded on first use: the parser and genanki take longer to start than the command's help.
    if name not in __all__:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"ankibuild.{_HOMES.get(name, 'model')}"), name)
