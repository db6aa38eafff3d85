"""Text as a learner sees it: what one reads of HTML, and what can be read at all."""

import html as standard
import re
from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Literal
from unicodedata import category, combining, normalize

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

BARE_TAGS = frozenset("b br em i kbd mark rp rt ruby s small strong sub sup u".split())
"""HTML that a source may hold."""

OBJECT = "\ufffc"
"""Stands for a picture or a sound among the words that one sees."""

Form = Literal["NFC", "NFKC"]
"""A form of Unicode."""

_TAG = re.compile("<[^>]*>")
_NO_WIDTH = re.compile(UNSEEN)
_HIDDEN = re.compile(r"<!--|<(style|script)\b", re.IGNORECASE)
_ENDS = {
    name: re.compile(end, re.IGNORECASE)
    for name, end in (("", "-->"), ("style", r"</style\s*>"), ("script", r"</script\s*>"))
}
_BLOCK = re.compile(
    r"</?(?:address|article|blockquote|br|dd|div|dl|dt|h[1-6]|hr|li|ol|p|pre|section|table|tbody|td"
    r"|th|thead|tr|ul)\b[^>]*>",
    re.IGNORECASE,
)
_PICTURE = re.compile(rf"<img\b[^>]*+(?:>|\Z)|{SOUND.pattern}", re.IGNORECASE)
_JOINERS = "\u200c\u200d"
_LINE_ENDS = re.compile("[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]+")
_MARKS = re.compile(r"[\\`*_~\[\]<>#&|$]")
_AT_START = re.compile(r"^(?=[-+=])|^\d{1,9}(?=[.)](?: |$))")
_FOUND_LATER = re.compile(
    r"(?<=[@#])(?=\w)|(?<=:)(?=//|[\w+-]+:)|(?<=www)(?=\.)|(?<=GH)(?=-\d)", re.IGNORECASE
)
_PART = "\ufdd0"
_ALT = re.compile(r'\salt="([^"]+)"')
# Python turns no more digits than 4,300 into a number; no character has more than seven.
_ENDLESS_NUMBER = re.compile("&#[0-9]{4000,};?")
# Words of many languages, with their marks; Latin and Chinese ones are passed over at once.
_MAYBE_MARKS = re.compile("[^\x00-\u02ff\u0370-\u0482\u3100-\ua66e\uac00-\ud7ff]{32,}")
# Three vowels of Tibetan are two marks each, and no mark themselves.
_TWO_MARKS = {ord(each): normalize("NFD", each) for each in "\u0f73\u0f75\u0f81"}


def unescape(html: str) -> str:
    """Return a text with the characters that its references stand for."""
    return standard.unescape(_ENDLESS_NUMBER.sub("\ufffd", html))


def normal_form(text: str, form: Form = "NFC") -> str:
    """Return a text in a form of Unicode, in a time that grows with its length alone.

    Python would sort a mark among all that stand on the same letter, one by one.
    """
    if text.isascii():
        return text
    return normalize(form, _MAYBE_MARKS.sub(_sort_marks, text))


def _sort_marks(words: re.Match[str]) -> str:
    groups = groupby(words[0].translate(_TWO_MARKS), lambda each: combining(each) > 0)
    return "".join(
        "".join(sorted(group, key=combining) if is_mark else group) for is_mark, group in groups
    )


def sub_before(
    end: str, pattern: re.Pattern[str], new: str | Callable[[re.Match[str]], str], text: str
) -> str:
    """Replace a pattern that reaches up to an end, before the last such end in a text.

    Behind it each beginning would look through all the rest in vain, thousands of them for minutes.
    """
    head, found, tail = text.rpartition(end)
    return pattern.sub(new, head + found) + tail


def without_tags(html: str) -> str:
    """Return the text of HTML, its lines as they are."""
    return unescape(_NO_WIDTH.sub("", sub_before(">", _TAG, "", html)))


def seen(html: str, show: Callable[[str], str] | None = None) -> str:
    """Return what one sees of HTML, with a new line where a paragraph, an item or a cell begins.

    ``show`` says what stands for the HTML of a picture or a sound; else it is the words for it.
    """
    if "<" in html or "[" in html:
        html = sub_before(">", _BLOCK, "\n", without_hidden(html))
        html = _show(html, show or _words_for)
    return without_tags(html)


def without_hidden(html: str) -> str:
    """Return HTML without its comments, styles and scripts; one that nothing ends is a text."""
    kept: list[str] = []
    place = 0
    endless = set[str]()
    for match in _HIDDEN.finditer(html):
        name = (match[1] or "").lower()
        if match.start() < place or name in endless:
            continue
        if end := _ENDS[name].search(html, match.end()):
            kept.append(html[place : match.start()])
            place = end.end()
        else:
            endless.add(name)
    return "".join((*kept, html[place:]))


def _show(html: str, show: Callable[[str], str]) -> str:
    def shown(match: re.Match[str]) -> str:
        is_unclosed = match[0].startswith("<") and not match[0].endswith(">")
        return SOUND.sub(shown, match[0]) if is_unclosed else show(match[0])

    return _PICTURE.sub(shown, html)


def seen_lines(html: str) -> tuple[str, ...]:
    """Return the lines of HTML that one sees, with a sign for each picture and sound."""
    text = normal_form(seen(SPACES.sub(" ", html), lambda _: OBJECT))
    lines = (SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return tuple(filter(None, lines))


def plain_text(html: str) -> str:
    """Return what one reads of a field, on one line; a picture is read as the words for it."""
    return " ".join(seen(html).split())


def lined_text(html: str) -> str:
    """Return what one reads of a field as ``plain_text`` does, with a stroke between its lines."""
    lines = (" ".join(line.split()) for line in seen(SPACES.sub(" ", html)).split("\n"))
    return " / ".join(filter(None, lines))


_HEADINGS = ("Front", "Title", "Header")


def heading_of(fields: Mapping[str, str], roles: Mapping[str, str]) -> str:
    """Return the heading of a note as plain text; one of a carried note type may have none.

    ``roles`` tell which field holds which part, as those of a note type; without any of them the
    field is found by the names that our own note types give it.
    """
    names = [roles["heading"]] if "heading" in roles else [] if roles else _HEADINGS
    return plain_text(next((fields[name] for name in names if name in fields), ""))


def question_of(fields: Mapping[str, str], roles: Mapping[str, str]) -> str:
    """Return a note's question as plain text: its heading, or a cloze's sentence or a picture.

    Where ``roles`` do not tell, of a note type that is gone, it is the first field.
    """
    parts = ("heading", "picture", "body")
    names = [roles[part] for part in parts if part in roles] or (*_HEADINGS, "Image", "Text")
    found = [fields[name] for name in names if fields.get(name)]
    found = found or [html for html in fields.values() if html][:1]
    return next(filter(None, (plain_text(reveal_clozes(html)) for html in found)), "")


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
