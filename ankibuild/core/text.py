"""Text as a learner sees it: what one reads of HTML, and what can be read at all."""

import re
from collections.abc import Callable, Mapping
from html import unescape
from unicodedata import category, normalize

from ankibuild.core.clozes import reveal_clozes
from ankibuild.core.obeyed import SOUND

UNSEEN = "[\u200b\u2060\ufeff]"
"""A pattern of characters without width: a field of nothing else is empty to a learner."""

NONCHARACTERS = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")
"""Code points that Unicode keeps for a program's own use, as cloze.py does."""

NOT_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]|" + NONCHARACTERS.pattern)
"""What no source may hold, as it is or by an escape; none of it can be printed."""

SPACES = re.compile("[ \t\n\r\f]+")
"""What HTML shows as one space."""

OBJECT = "\ufffc"
"""Stands for a picture or a sound among the words that one sees."""

_NOT_READ = re.compile(f"<[^>]*>|{UNSEEN}")
_HIDDEN = re.compile(r"<!--.*?-->|<(style|script)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_BLOCK = re.compile(
    r"</?(?:address|article|blockquote|br|dd|div|dl|dt|h[1-6]|hr|li|ol|p|pre|section|table|tbody|td"
    r"|th|thead|tr|ul)\b[^>]*>",
    re.IGNORECASE,
)
_PICTURE = re.compile(rf"<img\b[^>]*>|{SOUND.pattern}", re.IGNORECASE)
_JOINERS = "\u200c\u200d"
_LINE_ENDS = re.compile("[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
_MARKS = re.compile(r"[\\`*_~\[\]<>#&|$]")
_AT_START = re.compile(r"^(?=[-+=])|^\d{1,9}(?=[.)](?: |$))")
_FOUND_LATER = re.compile(
    r"(?<=[@#])(?=\w)|(?<=:)(?=//|[\w+-]+:)|(?<=www)(?=\.)|(?<=GH)(?=-\d)", re.IGNORECASE
)
_PART = "\ufdd0"
_ALT = re.compile(r'\salt="([^"]*)"')


def without_tags(html: str) -> str:
    """Return the text of HTML, its lines as they are."""
    return unescape(_NOT_READ.sub("", html))


def seen(html: str, show: Callable[[str], str] | None = None) -> str:
    """Return what one sees of HTML, with a new line where a paragraph, an item or a cell begins.

    ``show`` says what stands for the HTML of a picture or a sound; else it is the words for it.
    """
    if "<" in html or "[" in html:
        html = _BLOCK.sub("\n", _HIDDEN.sub("", html))
        html = _PICTURE.sub(lambda match: (show or _words_for)(match[0]), html)
    return without_tags(html)


def seen_lines(html: str) -> tuple[str, ...]:
    """Return the lines of HTML that one sees, with a sign for each picture and sound."""
    text = normalize("NFC", seen(SPACES.sub(" ", html), lambda _: OBJECT))
    lines = (SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return tuple(filter(None, lines))


def plain_text(html: str) -> str:
    """Return what one reads of a field, on one line; a picture is read as the words for it."""
    return " ".join(seen(html).split())


def question_of(fields: Mapping[str, str]) -> str:
    """Return a note's question as plain text: its heading, or a cloze's sentence or a picture.

    Of a carried note type it is the first field.
    """
    named = (fields.get(name) for name in ("Front", "Title", "Header", "Image"))
    first = fields.get("Text") or next(iter(fields.values()), "")
    return plain_text(next(filter(None, named), reveal_clozes(first)))


def visible(text: str) -> str:
    """Return the text on one line, with a sign in place of all that a terminal would obey.

    That is whatever cannot be seen, such as escape codes and what turns the direction of writing;
    what joins letters, or keeps them apart, is part of words.
    """
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() or each in _JOINERS or category(each) == "Zs" else "\ufffd"
        for each in text
    )


def escape_markdown(text: str) -> str:
    """Return Markdown on one line that shows the text as it is, and in which GitHub finds nothing.

    What GitHub would look for only after Markdown, people and issues to tell, addresses, signs for
    pictures, is parted by a space without width.
    """
    text = _FOUND_LATER.sub(_PART, visible(_LINE_ENDS.sub(" ", text)).strip())
    text = _AT_START.sub(r"\g<0>\\", _MARKS.sub(r"\\\g<0>", text))
    return text.replace(_PART, "&#8203;")


def shorten(text: str, most: int = 40) -> str:
    """Return a text that a message names, cut off after so many characters."""
    return text if len(text) <= most else f"{text[:most]}…"


def _words_for(html: str) -> str:
    if not html.startswith("<"):
        return html
    words = _ALT.search(html)
    return f"[{words[1]}]" if words else ""
