"""The tools that are compared: what to install, what to write, what to run."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.bench import decks
from tests.bench.words import Note
from tests.helpers.places import ROOT

_HERE = Path(__file__).parent


class Tool(NamedTuple):
    """A tool: its requirements, its deck, and its command, which writes ``package``.

    ``write`` returns how many cards a learner must find. In the command ``{bin}`` stands for the
    folder of its environment's programs. ``peer`` tells that it may be left out at sizes where it
    is too slow, ``mixed`` that its package holds all forms of the mixed deck, to be read.
    """

    name: str
    requirements: tuple[str, ...]
    write: Callable[[Path, Sequence[Note]], int]
    command: tuple[str, ...]
    package: str
    peer: bool
    mixed: bool = True


RAW = Tool(
    "raw script",
    ("genanki", "markdown-it-py"),
    decks.write_headings,
    ("{bin}/python", str(_HERE / "raw.py"), "deck.md", "out.apkg"),
    "out.apkg",
    peer=False,
)
BOUND = Tool(
    "lower bound",
    (),
    decks.write_rows,
    ("{bin}/python", str(_HERE / "bound.py"), "rows.json", "out.apkg"),
    "out.apkg",
    peer=False,
)
ANKIBUILD = Tool(
    "ankibuild",
    ("--editable", str(ROOT)),
    decks.write_ankibuild,
    ("{bin}/ankibuild", "build", ".", "-o", "../dist"),
    "../dist/bench-0.1.0-dev.apkg",
    peer=False,
)
TOOLS = (
    RAW,
    BOUND,
    ANKIBUILD,
    Tool(
        "ankdown",
        ("ankdown",),
        decks.write_ankdown,
        ("{bin}/ankdown", "-r", "cards", "-p", "out.apkg"),
        "out.apkg",
        peer=True,
        mixed=False,  # a table stays rows of "|", and two "_" in a formula become emphasis
    ),
    Tool(
        "ankcompiler",
        ("ankcompiler",),
        decks.write_ankcompiler,
        ("{bin}/ankc", "build", "--all"),
        "bench.apkg",
        peer=True,
    ),
    Tool(
        "markdown-anki-decks",
        ("markdown-anki-decks", "click<8.1"),
        decks.write_headings,
        ("{bin}/mdankideck", ".", "."),
        "deck.apkg",
        peer=True,
    ),
    Tool(
        "ankivalenz",
        ("ankivalenz",),
        decks.write_ankivalenz,
        ("{bin}/ankivalenz", "run", "."),
        "bench.apkg",
        peer=True,
        mixed=False,  # an answer is one line: no table, code block, quote, list or display math
    ),
)


def install(tool: Tool, cache: Path) -> Path:
    """Return the folder of the programs of a tool's environment, which is made on first use."""
    environment = cache / tool.name.replace(" ", "-")
    programs = environment / ("Scripts" if sys.platform == "win32" else "bin")
    done = environment / "installed.txt"
    wanted = "\n".join(tool.requirements)
    if tool is ANKIBUILD:
        wanted += (ROOT / "pyproject.toml").read_text("utf-8")
    if not done.exists() or done.read_text("utf-8") != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", environment], check=True)
        if tool.requirements:
            pip = (str(programs / "python"), "-m", "pip", "install", "--quiet")
            subprocess.run([*pip, *tool.requirements], check=True)
        done.write_text(wanted, "utf-8")
    return programs
