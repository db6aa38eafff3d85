"""What Anki obeys in a field wherever it stands, and how it is kept from that.

Sounds, speech, the box for a typed answer, LaTeX by its older signs and math: a text may hold their
signs and mean none of it. Names of decks and tags stand on cards as they are, so they may hold no
HTML either. Clozes have a module of their own.
"""

import re

SOUND = re.compile(r"\[sound:([^\[\]]+)\]")
"""What plays a file, by the name in it."""

COMMAND = r"\[(?=sound:|anki:|latex\]|\$\$?\]|\[type:)"
"""A pattern of the bracket that begins a command of Anki's."""

_MATH = r"\\(?=[(\[])"
_NAME = rf"<(?=[A-Za-z/!?])|\{{(?=\{{)|{COMMAND}|{_MATH}"
_IN_HTML = re.compile(COMMAND, re.IGNORECASE)
_IN_TEXT = re.compile(_MATH)
_IN_NAME = re.compile(_NAME, re.IGNORECASE)
_FOUND = re.compile(rf"(?:{_NAME})\S[\w:$\]]*", re.IGNORECASE)


def disarm_html(html: str) -> str:
    """Return HTML whose commands are shown as they are written; math stays math."""
    return _IN_HTML.sub("&#91;", html)


def disarm_math(text: str) -> str:
    """Return a text that is not read as math: a word joiner parts the signs that begin it."""
    return _IN_TEXT.sub("\\\\\u2060", text)


def disarm_name(text: str) -> str:
    """Return a name that looks the same, and of which nothing is obeyed on a card."""
    return _IN_NAME.sub("\\g<0>\u2060", text)


def find_obeyed(text: str) -> str:
    """Return how the first thing begins that would be obeyed in a name; "" when there is none."""
    found = _FOUND.search(text)
    return found[0] if found else ""
