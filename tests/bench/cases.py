"""What is measured: each tool's command, and ankibuild's through a day's work."""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import NamedTuple

from ankibuild.commands.renders import CACHE_FOLDER
from tests.bench import decks
from tests.bench.bars import CHECK, COLD, DIFF, EDITED, HELP, SECOND
from tests.bench.measure import Cost, run
from tests.bench.tools import ANKIBUILD, RAW, Tool
from tests.bench.words import CUSTOMER, TIER_1, Deck, Note


class Case(NamedTuple):
    """A command to measure: what it is called, where it runs, which package it must write.

    ``notes`` and ``cards`` are how many a learner must find in the package. ``env`` and ``before``
    are those of ``run``.
    """

    name: str
    command: Sequence[str]
    folder: Path
    package: Path | None = None
    notes: int = 0
    cards: int = 0
    env: Mapping[str, str] | None = None
    before: Callable[[], None] | None = None

    def run(self) -> Cost:
        return run(self.command, self.folder, self.package, env=self.env, before=self.before)


def prepare_tool(tool: Tool, notes: Sequence[Note], folder: Path, programs: str) -> Case:
    """Write the notes for a tool; return its case."""
    folder.mkdir(parents=True)
    command = [word.format(bin=programs) for word in tool.command]
    package = folder / tool.package
    cards = tool.write(folder, notes)
    remove = partial(package.unlink, missing_ok=True)
    case = Case(tool.name, command, folder, package, len(notes), cards, before=remove)
    if tool is RAW:
        # The lower bound takes its rows from here; and whatever is compiled once is compiled now.
        case.run()
    return case


def prepare_ankibuild(
    deck: Deck, notes: Sequence[Note], folder: Path, programs: str, *, daily: bool
) -> Iterator[Case]:
    """Write the notes for ankibuild; return the cold build, and with ``daily`` what comes after.

    A cold build finds nothing stored, and stores. What comes after is done to a deck that was
    released, built and edited.
    """
    program = f"{programs}/ankibuild"
    caches = folder / "empty", folder / "kept"
    empty, kept = ({CACHE_FOLDER: str(each)} for each in caches)
    cold = prepare_tool(ANKIBUILD, notes, folder / "cold/bench", programs)
    cold = cold._replace(
        name=COLD, env=empty, before=partial(_empty, caches[0], folder / "cold/dist")
    )
    if deck is TIER_1:
        # The customer's own package, released as it is, in place of the one just written.
        shutil.rmtree(cold.folder)
        shutil.copytree(CUSTOMER, cold.folder)
        cold._replace(package=None).run()
        cold = cold._replace(package=next((folder / "cold/dist").glob("*.apkg")))
    yield cold
    if deck is TIER_1:
        second = cold._replace(name=SECOND, env=kept, before=None)
        second.run()
        yield second
        yield Case(HELP, [program, "--help"], folder)
    elif daily:
        released = prepare_tool(ANKIBUILD, notes, folder / "daily/bench", programs)
        run([program, "release", ".", "-o", "../dist"], released.folder, env=kept)
        package = folder / "daily/dist/bench-1.0.1-dev.apkg"
        edit = _edit(released.folder / "Bench.md", len(notes), package)
        edited = released._replace(name=EDITED, package=package, env=kept, before=edit)
        edited.run()
        yield edited._replace(name=SECOND, before=None)
        yield edited
        for name, command in ((CHECK, "check"), (DIFF, "diff")):
            case = Case(name, [program, command, "."], released.folder, env=kept)
            case.run()
            yield case


def _empty(*folders: Path) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _edit(path: Path, notes: int, package: Path) -> Callable[[], None]:
    """Return what writes a new first word into the answer of a note, another one each time.

    The package of the edit before is removed.
    """
    # In the middle of the file, and of a form that begins with a word.
    heading = rf"({{#term-{min(notes, decks.NOTES_OF_A_FILE) // 16 * 8 + 7}}}\n\n)\S+"
    turns = count(1)

    def edit() -> None:
        package.unlink(missing_ok=True)
        text = path.read_text("utf-8")
        edited, found = re.subn(heading, rf"\g<1>Edit{next(turns)}", text, count=1)
        assert found
        path.write_text(edited, "utf-8")

    return edit
