"""From Markdown text to notes: no disk, no package, nothing that was published."""

import os
from collections.abc import Mapping
from pathlib import PurePath

from ankibuild.commands.loading import PackageSource, find_headings, lone_source, make_decks
from ankibuild.core.files import AnyPath
from ankibuild.core.notes import Deck, Note
from ankibuild.core.problems import Problem, shown
from ankibuild.core.values import NO_ENTRIES, Struct, freeze
from ankibuild.dialect.source import NoteSource


class Parsed(Struct, frozen=True, kw_only=True):
    """What a Markdown text holds: its deck, and what is wrong with it, sorted by place.

    The deck has only the notes without an error. ``media`` are the contents of the files that are
    used, by their names in the notes' HTML.
    """

    deck: Deck
    media: Mapping[str, bytes]
    problems: tuple[Problem, ...]

    def __post_init__(self) -> None:
        freeze(self, "media")

    @property
    def notes(self) -> tuple[Note, ...]:
        """Return the notes of the deck, in order."""
        return self.deck.notes


def parse(text: str, *, path: AnyPath = "", media: Mapping[str, bytes] = NO_ENTRIES) -> Parsed:
    """Return the notes in a Markdown text, and what is wrong with it; no file is looked at.

    The notes are those of a lone file: fields in HTML, and ids and GUIDs that are provisional, as
    the GUIDs hang on the path's last part. ``path`` is the file's for messages; it need not exist.
    ``media`` are files' contents by the paths that the text has for them, such as
    ``media/meter.png``; a file that is not among them is an error.
    A note with an error is left out, and the error is among the problems; with any error at all,
    ``build`` would refuse such a file. What is wrong is returned, never raised.
    """
    place = shown(PurePath(path)) if os.fspath(path) else ""
    source = lone_source(place, text, media)
    made = make_decks(source, find_headings([source]))
    wrong = [each for each in made.problems if each.severity == "error"]
    (deck_source,), (deck,) = source.decks, made.decks
    sound = tuple(
        note
        for note_source, note in zip(deck_source.notes, deck.notes, strict=True)
        if not any(_is_of(problem, note_source, note, source) for problem in wrong)
    )
    return Parsed(
        deck=Deck(name=deck.name, description=deck.description, notes=sound),
        media=made.media,
        problems=made.problems,
    )


def _is_of(problem: Problem, source: NoteSource, note: Note, package: PackageSource) -> bool:
    """Tell whether a problem stands in the lines of a note, or is one of a file that it shows."""
    if problem.path == package.place:
        heading = source.heading
        written = (heading, *(each for each in (source.body, source.extra) if each.text))
        last = max(each.line + each.text.count("\n") for each in written)
        return heading.line <= problem.line <= last
    return any(
        file.place == problem.path and file.name in note.media for file in package.media.values()
    )
