"""Read the text of a file from anywhere, whatever it was saved as."""

import codecs
import re
from pathlib import Path
from unicodedata import category

from ankibuild.core.files import read_file
from ankibuild.core.problems import AnkibuildError, Problem, about
from ankibuild.core.text import NONCHARACTERS, SPACES, UNSEEN, normal_form

LARGEST_TEXT = 20_000_000
"""Bytes: a hundred thousand cards."""

MARKDOWN = (".md", ".markdown")
"""What the names of Markdown files end in."""

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_LINE_END = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_UNSEEN = re.compile(UNSEEN)


def read_data(path: Path, most: int) -> bytes:
    """Return a file's bytes. Raises AnkibuildError when it cannot be read or is larger."""
    return read_file(path, None, most, "split it, and import the parts")


def read_any_text(path: Path) -> tuple[str, tuple[Problem, ...]]:
    """Return a file's text with plain line ends, and a warning when its encoding is a guess.

    UTF-8, UTF-16 with its mark, and else Windows-1252, which old programs write. Raises
    AnkibuildError when it is no text.
    """
    data = read_data(path, LARGEST_TEXT)
    encoding = next((name for mark, name in _MARKS.items() if data.startswith(mark)), "utf-8")
    warnings = []
    try:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            if encoding != "utf-8":
                raise
            text = data.decode("cp1252")
            message = "this file is not UTF-8, so it was read as Windows-1252"
            cure = "look at its accents and quotes; if they are wrong, save it as UTF-8"
            warnings.append(about(path, "guessed-encoding", message, cure, "warning"))
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        message = "this file is not readable text"
        raise AnkibuildError(
            (about(path, "invalid-encoding", message, "save it as plain text, in UTF-8"),)
        )
    return clean_text(text), tuple(warnings)


def clean_text(text: str) -> str:
    """Return a text with plain line ends, and without characters that nobody can see."""
    text = NONCHARACTERS.sub("", _LINE_END.sub("\n", text))
    return "".join(each for each in text if each in "\n\t" or category(each) != "Cc")


def split_text(text: str) -> tuple[str, ...]:
    """Return the lines of a text that are not empty, with one space for several."""
    lines = normal_form(_UNSEEN.sub("", clean_text(text))).split("\n")
    return tuple(filter(None, (SPACES.sub(" ", line).strip() for line in lines)))
