"""What Markdown for other tools has in common: files beside it, math, long questions."""

import re
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, unquote

from ankibuild.core.files import LARGEST_MEDIA
from ankibuild.core.media import FORMS
from ankibuild.core.names import Names, short_name
from ankibuild.core.obeyed import SOUND
from ankibuild.core.problems import Problem, about
from ankibuild.core.text import shorten, sub_before
from ankibuild.dialect.markdown import parse_blocks
from ankibuild.importers.reading import read_data

# The words of one that is none are passed over with it, or each "![" in them would be tried.
PICTURE = re.compile(r"!\[((?:[^\]\\]|\\.)*+)(?:\]\(([^()\s]+)(?:\s+\"[^\"]*\")?\))?")
"""A picture in Markdown; its words, and where it is if it is one."""
_MATH = (
    (re.compile(r"\\\\\((.+?)\\\\\)"), "\\\\)", "$"),
    (re.compile(r"\\\\\[(.+?)\\\\\]"), "\\\\]", "$$"),
)
_ATOMS = re.compile(r"`[^`\n]+`|\$\$.+?\$\$|\$[^$\n]+\$", re.DOTALL)
_DISPLAY = re.compile(r"^[ \t]*\$\$(.+?)\$\$[ \t]*$", re.DOTALL | re.MULTILINE)
_Item = TypeVar("_Item")
_OF_SEVERAL_LINES = ("fence", "code_block", "table_open", "html_block", "heading_open")


class MediaBeside:
    """The pictures and sounds beside a file: which were copied, and which lie outside."""

    def __init__(self, path: Path, home: Path | None = None) -> None:
        """Begin with none of those that the file names; all must lie in its folder, or in home."""
        self.copied: dict[str, bytes] = {}
        self.outside: dict[str, Problem] = {}
        self._path = path
        self._home = (home or path.parent).resolve()
        self._places: dict[Path, str] = {}
        self._names = Names()

    def place(self, written: str, words: str, address: str, folder: Path | None = None) -> str:
        """Return a picture or sound with its place in our package, if its file is found here.

        ``address`` is where it lies, from the ``folder`` or else from that of the file.
        """
        target = (folder or self._path.parent) / unquote(address)
        if ":" in address or target.suffix.lower().removeprefix(".") not in FORMS:
            return written
        file = _find(target)
        if not file:
            return written
        if not file.is_relative_to(self._home):
            message = f'"{address}" is outside the folder of this file, so it is not copied'
            cure = "if learners may have it, copy it into the folder yourself, and name it there"
            self.outside[address] = about(self._path, "outside-media", message, cure, "warning")
            return written
        if file not in self._places:
            self._places[file] = self._copy(target, read_data(file, LARGEST_MEDIA))
        return f"![{words}](media/{self._places[file]})"

    def _copy(self, target: Path, data: bytes) -> str:
        stem, suffix = short_name(target.stem) or "media", target.suffix.lower()
        if self.copied.get(f"{stem}{suffix}") == data:
            return f"{stem}{suffix}"
        name = self._names.take(stem, suffix)
        self.copied[name] = data
        return name


def rewrite_line(line: str, media: MediaBeside) -> str:
    """Return a line with our signs for math, and pictures and sounds where our package has them."""
    for pattern, end, sign in _MATH:
        line = sub_before(end, pattern, partial(_write_math, sign), line)
    line = PICTURE.sub(
        lambda match: media.place(match[0], match[1], match[2]) if match[2] else match[0], line
    )
    return SOUND.sub(lambda match: media.place(f"![](media/{quote(match[1])})", "", match[1]), line)


def heading_of(line: str) -> tuple[int, str] | None:
    """Return the level and the words of a heading, or None if a line is none."""
    match = re.match(r"(#{1,6})[ \t]+(?=[^ \t])(.*)", line)
    if not match:
        return None
    words = match[2].rstrip()
    closed = words.rstrip("#")
    return len(match[1]), closed.rstrip() if closed.endswith((" ", "\t")) else words


def below(above: Sequence[tuple[int, _Item]], level: int, item: _Item) -> list[tuple[int, _Item]]:
    """Return the headings, each after its level, that a new one stands below, and it."""
    return [*takewhile(lambda each: each[0] < level, above), (level, item)]


def split_question(markdown: str, answer: str) -> tuple[str, str, str]:
    """Return as much of a question as one line can hold, the answer, and a doubt if some is left.

    Its lines are parted by breaks. Lists become lines that begin with their signs; code, tables and
    headings, and what follows them, stand before the answer.
    """
    markdown = _DISPLAY.sub(lambda match: f"$${' '.join(match[1].split())}$$", markdown.strip())
    lines = markdown.split("\n")
    tokens = parse_blocks(markdown)
    end = min(
        (each.map[0] for each in tokens if each.map and each.type in _OF_SEVERAL_LINES),
        default=len(lines),
    )
    asked = "<br>".join(line.strip() for line in lines[:end] if line.strip())
    rest = "\n".join(lines[end:]).strip()
    if not rest:
        return asked, answer, ""
    return asked, f"{rest}\n\n***\n\n{answer}", "a part of the question is on the back"


def write_cloze(number: int, words: str, hint: str = "") -> str:
    """Return words as a cloze of our dialect, in which colons and braces mean themselves."""
    inner, last = "", 0
    for atom in _ATOMS.finditer(words):
        inner += _escape(words[last : atom.start()]) + atom[0]
        last = atom.end()
    inner += _escape(words[last:])
    return f"{{{{c{number}::{inner}{f'::{_escape(hint)}' if hint else ''}}}}}"


def _escape(words: str) -> str:
    return re.sub(r"(?<!\\)[{}]", r"\\\g<0>", words).replace("::", r"\:\:")


def mark_left_out(path: Path, runs: Iterable[tuple[int, str]]) -> tuple[Problem, ...]:
    """Return a warning for each run of lines, by its first line, that is on no card."""
    cure = "it is left out: if it belongs on a card, write it there"
    return tuple(
        about(
            path,
            "lost-words",
            f'"{shorten(words)}" is on no card',
            cure,
            "warning",
            line=line,
            column=1,
        )
        for line, words in runs
    )


def _write_math(sign: str, match: re.Match[str]) -> str:
    return f"{sign}{match[1].strip() or ' '}{sign}"


def _find(target: Path) -> Path | None:
    """Return the file itself, wherever links lead; None if there is none."""
    try:
        return target.resolve() if target.is_file() else None
    except (OSError, ValueError):  # Its name is too long for a file, or holds what none can.
        return None
