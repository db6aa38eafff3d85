"""Turn flashcards in Markdown into versioned Anki packages whose updates keep every progress.

``parse`` makes notes of a text, and needs no disk. ``load`` and ``load_all`` read packages and
check them, ``check`` lists what is wrong, ``build`` writes a package's file. ``new`` writes a first
package, ``import_deck`` makes one of another file, ``pin`` writes ids into headings, ``convert``
note types into files, ``export_preview`` a page of the cards. ``compare`` tells what changed since
the last release, ``rehearse`` and ``rehearse_files`` try an update in a real Anki, and ``release``
publishes a version, with ``rehearse_release`` only if no learner would lose anything.

A path is a string or any other path; a time is in seconds since 1970; values are frozen. The one
error that is raised is ``AnkibuildError``.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ankibuild.commands.building import Built, build
    from ankibuild.commands.converting import convert
    from ankibuild.commands.loading import Progress, check, load, load_all
    from ankibuild.commands.parsing import Parsed, parse
    from ankibuild.commands.pinning import pin
    from ankibuild.commands.rehearsing import (
        Kept,
        Rehearsal,
        rehearse,
        rehearse_files,
        rehearse_release,
    )
    from ankibuild.commands.releasing import BeforeWriting, Released, release
    from ankibuild.commands.starting import new
    from ankibuild.core.notes import CardTemplate, Deck, Note, NoteType
    from ankibuild.core.problems import AnkibuildError, Fragment, Problem, Severity
    from ankibuild.core.rules import Rule
    from ankibuild.core.settings import Settings
    from ankibuild.importers.imported import Written
    from ankibuild.importers.importing import import_deck
    from ankibuild.importers.table import TableOptions
    from ankibuild.preview.serving import export_preview
    from ankibuild.releases.changes import Changes, compare
    from ankibuild.releases.lock import Lock, LockedNote, LockedNoteType, Release, Retired
    from ankibuild.releases.package import Package

__version__ = "0.2.0"

__all__ = [
    "AnkibuildError",
    "BeforeWriting",
    "Built",
    "CardTemplate",
    "Changes",
    "Deck",
    "Fragment",
    "Kept",
    "Lock",
    "LockedNote",
    "LockedNoteType",
    "Note",
    "NoteType",
    "Package",
    "Parsed",
    "Problem",
    "Progress",
    "Rehearsal",
    "Release",
    "Released",
    "Retired",
    "Rule",
    "Settings",
    "Severity",
    "TableOptions",
    "Written",
    "__version__",
    "build",
    "check",
    "compare",
    "convert",
    "export_preview",
    "import_deck",
    "load",
    "load_all",
    "new",
    "parse",
    "pin",
    "rehearse",
    "rehearse_files",
    "rehearse_release",
    "release",
]

_HOMES = {
    "commands.building": ("Built", "build"),
    "commands.converting": ("convert",),
    "commands.loading": ("Progress", "check", "load", "load_all"),
    "commands.parsing": ("Parsed", "parse"),
    "commands.pinning": ("pin",),
    "commands.rehearsing": ("Kept", "Rehearsal", "rehearse", "rehearse_files", "rehearse_release"),
    "commands.releasing": ("BeforeWriting", "Released", "release"),
    "commands.starting": ("new",),
    "core.notes": ("CardTemplate", "Deck", "Note", "NoteType"),
    "core.problems": ("AnkibuildError", "Fragment", "Problem", "Severity"),
    "core.rules": ("Rule",),
    "core.settings": ("Settings",),
    "importers.imported": ("Written",),
    "importers.importing": ("import_deck",),
    "importers.table": ("TableOptions",),
    "preview.serving": ("export_preview",),
    "releases.changes": ("Changes", "compare"),
    "releases.lock": ("Lock", "LockedNote", "LockedNoteType", "Release", "Retired"),
    "releases.package": ("Package",),
}


def __dir__() -> list[str]:
    return __all__


if not TYPE_CHECKING:
    # A type checker must not see this: to it, any name would be a name of ours.
    def __getattr__(name):  # noqa: ANN001, ANN202
        # Loaded on first use: the parser and genanki take longer to start than the command's help.
        home = next((home for home, names in _HOMES.items() if name in names), None)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{home}"), name)
