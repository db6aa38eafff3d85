"""A case of a problem as a text: files (``==> path``), commands (``$ …``), what is said (``<==``).

A case begins in a folder that holds the package ``content/demo`` with one note. A package of Anki
is written as its notes, one a line (``Basic | front | back``), a Word document as its paragraphs.
"""

import re
import shlex
import sys
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from subprocess import CompletedProcess
from typing import NamedTuple

import docx
from docx.oxml import parse_xml

from tests.helpers.authors import write_deck
from tests.helpers.demo import DAY, START
from tests.helpers.faults import GOOD_DECK
from tests.helpers.shell import run_shell
from tests.helpers.situations import situation
from tests.helpers.trainer import Trainer, copy_media

MASKS = (
    (rf'"?{re.escape(sys.executable)}"?', "PYTHON"),
    (r"(?<=newer ankibuild: ).*$", "HOW"),
    # Never those of the packages that cases write: they end alike.
    (r"[0-9a-f]{8}-[0-9a-f-]{18}-(?!5d1f2b3c4d5e)[0-9a-f]{12}", "KEY"),
    (r"\b(commit|checkout) [0-9a-f]{7,40}\b", r"\1 COMMIT"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "TIME"),
    (
        r"(cannot be (?:read|written|used)|temporary files|take this package) \([^)\n]*\)",
        r"\1 (REASON)",
    ),
    (r"\b(with the id) \d{13}\b", r"\1 NUMBER"),
    (r"^\S*?(?=: error: a rehearsal has no room)", "FOLDER"),
)
FORMULA = (
    '<m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math">'
    "<m:r><m:t>{}</m:t></m:r></m:oMath>"
)


class ProblemCase(NamedTuple):
    """One case: where it stands, what is done, and what the last command says of problems."""

    path: Path
    steps: str
    said: str


def read_problem_case(path: Path) -> ProblemCase:
    """Return the case of a file."""
    steps, _, said = path.read_text("utf-8").partition("<==\n")
    return ProblemCase(path, steps, said)


def play(trainer: Trainer, steps: str) -> str:
    """Do what a case says, and return what the last command of ankibuild says of problems."""
    trainer.write_package(GOOD_DECK)
    said, days = "", count(1)
    with ExitStack() as stack:
        for step in re.split(r"^(?===> |\$ |Given: )", steps, flags=re.MULTILINE):
            first, _, rest = step.partition("\n")
            kind, _, words = first.partition(" ")
            if kind == "==>":
                _write(trainer, words, rest.strip("\n") + "\n", next(days))
            elif kind == "Given:":
                stack.enter_context(situation(trainer, words))
            elif kind == "$":
                said = _run(trainer, shlex.split(words)) or said
    for pattern, mask in MASKS:
        said = re.sub(pattern, mask, said, flags=re.MULTILINE)
    return said.replace(str(trainer.folder), "FOLDER")


def _write(trainer: Trainer, path: str, text: str, day: int) -> None:
    target = trainer.write(path, text)
    if path.endswith(".apkg") and " | " in text:
        write_deck(target, text.splitlines(), START + day * DAY)
    elif path.endswith(".docx") and text.startswith("# "):
        document = docx.Document()
        for line in text.splitlines():
            if line.startswith("# "):
                document.add_heading(line[2:], 1)
            elif line.startswith("$"):
                document.add_paragraph()._p.append(parse_xml(FORMULA.format(line.strip("$"))))
            else:
                document.add_paragraph(line)
        document.save(str(target))
    elif path.startswith("content/demo/"):
        copy_media(text, trainer.folder / "content/demo")


def _run(trainer: Trainer, words: list[str]) -> str:
    """Run a command: ankibuild, Git, or one of a few that every shell has."""
    name, *arguments = words
    if name == "ankibuild":
        result: CompletedProcess[str] = trainer.run(*arguments)
        return result.stdout if arguments[0] == "check" else result.stderr
    if name == "git":
        trainer.git(*arguments, check=arguments[0] not in ("merge", "pull"))
        return ""
    run_shell(trainer.folder, name, *arguments)
    return ""
