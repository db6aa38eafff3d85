"""Find lines that are hardly meant as text: a question without its ``##``, a merge left undone."""

import re
from collections.abc import Collection, Iterator, Sequence
from html.entities import codepoint2name
from itertools import groupby
from typing import NamedTuple

from ankibuild.core.conflicts import UNMERGED, find_conflicts
from ankibuild.core.problems import Fragment, Reporter
from ankibuild.core.text import shorten, sub_before

FENCES = ("```", "~~~", "$$")
"""What begins a block of code or math, which no heading ends."""

MASKS = "occlusion"
"""The word after the fence of a block of masks."""

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_COMMENT = re.compile("<!--.*?-->", re.DOTALL)
_MARK = r"(?<!\\)[?\uff1f\u061f]"
_UNSEEN = r"[^\S \t\n]|[\u200b\u2060\ufeff]"
_HEADING = re.compile(rf"((?:[ \t>*+-]|\d+[.)][ \t]|{_UNSEEN})*+)#{{1,6}}(?:[ \t]|{_UNSEEN})(.*)")
_WITH_ID = re.compile(r"[ \t>*+-]*+(\S.*[ \t]\{#[a-z0-9][\w-]*(?:[ \t][^{}]*)?\})$")
_ODD_START = re.compile(_UNSEEN)
_END_OF_HEADING = re.compile(rf"{_MARK}(?:[ \t]+#+)?$|(?:^|\s)\{{[#.][\w-][^{{}}]*\}}$")
_BOLD = re.compile(rf" {{0,3}}(?:(\*{{2,3}}|_{{2,3}})|<(b|strong)>)(.+)(?:\1|</\2>)({_MARK})?\\?$")
_Q_AND_A = r"[ \t]*(?:[-*+][ \t]+)?(?:\*\*|__)?(?:{})[ \t]*\d*[ \t]*[:.)]"
_ASKED = re.compile(_Q_AND_A.format("Q|Question") + r"(?:\*\*|__)?(?=\s|\w)(.+)", re.IGNORECASE)
_ANSWERED = re.compile("^" + _Q_AND_A.format("A|Answer"), re.IGNORECASE | re.MULTILINE)
_NUMBER = re.compile(r"\d+[.)]\s+")
# How lines begin that were meant as a list: with a bullet, as Word pastes it from fonts of signs
# too; with what may be one, if the next line has it too; with a sign that no space follows.
BULLETS = "\u2022\u2023\u2043\u25aa\u25cf\u25e6\uf000-\uf0ff"
"""Signs that are always those of a list."""

DASHES = "\u00b7\u2219\u25a0\u25a1\u25cb\u2013\u2014\u2015"
"""Signs that are those of a list where lines in a row begin with them."""

_WORD = r"(?=[^\W\d_]{2,}(?![\w=]))"
_ITEM = re.compile(
    rf"(?P<bullet>[{BULLETS}])[ \t]*(?=\S)|(?P<tabbed>[^\w\s|]|[o§])[ ]*\t[ \t]*"
    rf"|(?P<dash>[{DASHES}])[ ]+(?![ \d])|(?P<glued>[-\u2013]|\*(?!.*\*)){_WORD}"
    rf"|(?P<number>\d{{1,9}})(?P<point>[.)])(?:[ \t]+|{_WORD})"
)
_BREAK = re.compile("(?!-$)[-\u2013\u2014\u2015][-\u2013\u2014\u2015 \t]*")
_SPOKEN = re.compile(r"[?!\u2026]$")
_SENTENCE = re.compile(r"[.?!\u2026][\"'\u201d\u00bb\u2019)]?$")
# Without any of these no line is one of those above: that passes over most texts at once.
_MAYBE = re.compile(
    r"^[^\w#\n]*+(?:\d+[.)][^\w#\n]*+)?(?:#|q(?:uestion)?[ \t]*\d*[ \t]*[:.)])"
    r"|^ {0,3}(?:\*\*|__|<)|\{#[^{}\n]+\}[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_LAST_MARK = re.compile(rf"{_MARK}(?=[ \t]*$)")
# A paragraph of one short line that asks.
_ASKING = re.compile(rf"^(?:[^\W\d_]|[\"\u201c\u00bf]).{{,150}}{_MARK}[ \t]*$", re.MULTILINE)
_LONGEST_CURE = 300


def find_unmerged(lines: Sequence[str], report: Reporter) -> bool:
    """Report what Git could not merge; tell whether the text is of no use before somebody has.

    A whole conflict in a code fence may be what the card is about, and is only warned of.
    """
    conflicts = find_conflicts(lines)
    in_fence = in_fences(lines) if conflicts else ()
    is_unmerged = False
    for start, end in conflicts:
        if not all(in_fence[start : end + 1]):
            report(start, 0, *UNMERGED)
            is_unmerged = True
        elif start < end:
            rule, message, cure = UNMERGED
            cure += "; to show them on a card, put a space before each"
            report(start, 0, rule, message, cure, "warning")
    return is_unmerged


def in_fences(lines: Sequence[str]) -> list[bool]:
    """Tell of each line whether it belongs to a code fence at the left edge that is closed."""
    found = [False] * len(lines)
    opened: tuple[int, str] | None = None
    for number, line in enumerate(lines):
        # Most lines hold no marks of a fence, and that is found at once.
        if not (("```" in line or "~~~" in line) and (match := _FENCE.match(line))):
            continue
        marks, rest = match.groups()
        if opened is None:
            if "`" not in rest or marks[0] == "~":
                opened = number, marks
        elif marks.startswith(opened[1]) and not rest.strip():
            found[opened[0] : number + 1] = [True] * (number + 1 - opened[0])
            opened = None
    return found


class ListAsText(NamedTuple):
    """Lines, from one to before another, that were probably meant as a list.

    ``sign`` is how the first begins, ``words`` what follows; ``meant`` is how an item begins, or ""
    where the line is one already, but for the paragraph that it stands in.
    """

    start: int
    end: int
    sign: str
    meant: str
    words: str


def find_lists(lines: Sequence[str]) -> Iterator[ListAsText]:
    """Yield what was probably meant as lists in the lines of paragraphs, where none is a list.

    A single line is one only below a bullet; dashes in a row may also begin what people say.
    """
    matches = [(number, _ITEM.match(line)) for number, line in enumerate(lines) if line]
    for has_sign, group in groupby(matches, lambda each: bool(each[1])):
        run = [(place, number, match) for place, (number, match) in enumerate(group) if match]
        for _, same in groupby(run if has_sign else (), _kind_of):
            items = list(same)
            _, start, match = items[0]
            if not match["bullet"] and not _is_list(match, [lines[each[1]] for each in items]):
                continue
            sign, words = match[0].strip(), lines[start][match.end() :].strip()
            is_number, is_glued = match["number"], match.end() == len(sign)
            meant = sign if is_number or sign == "*" else "-"
            meant = "" if is_number and not is_glued else meant
            yield ListAsText(start, run[-1][1] + 1, sign, meant, words)
            break


def is_break(line: str) -> bool:
    """Tell whether a line was probably meant as one of three hyphens."""
    return bool(_BREAK.fullmatch(line))


def escape_slips(text: str) -> str:
    """Return Markdown in which no line of text is taken for a list, a break or a question.

    With code or math in it, it stays as it is: there nothing is escaped.
    """
    if any(sign in text for sign in FENCES):
        return text
    lines = text.split("\n")
    stripped = [line.strip() for line in lines]
    meant = {n for found in find_lists(stripped) for n in range(found.start, found.end)}
    for number, line in enumerate(stripped):
        match = _ITEM.match(line) if number in meant else None
        sign = match[0].strip() if match else line if is_break(line) and text != line else ""
        # Lines that are numbered and have a space are the list that they look like.
        if sign and not (match and match["number"] and match.end() > len(sign)):
            lines[number] = lines[number].replace(sign, escape_sign(sign), 1)
        elif _is_asked(stripped, number):
            lines[number] = _LAST_MARK.sub(r"\\\g<0>", lines[number])
    return "\n".join(lines)


def escape_sign(sign: str) -> str:
    """Return what shows the beginning of a line as it is."""
    if sign[0].isdigit():
        return f"{sign[:-1]}\\{sign[-1]}"
    name = codepoint2name.get(ord(sign[0]), f"#{ord(sign[0])}")
    is_punctuation = sign.isascii() and not sign[0].isalpha()
    return f"\\{sign}" if is_punctuation else f"&{name};{sign[1:]}"


def _kind_of(item: tuple[int, int, re.Match[str]]) -> tuple[str, str | int]:
    """Return what items of one list have in common: their sign, or how they count."""
    place, _, match = item
    if match["number"]:
        return match["point"], int(match["number"]) - place
    return match.lastgroup or "", "" if match["tabbed"] else match[0].strip()


def _is_list(first: re.Match[str], lines: Sequence[str]) -> bool:
    if len(lines) == 1:
        return False
    # Endings of words and options of a command are written with a hyphen, too.
    if first["glued"] and not any(" " in line or line[1].isupper() for line in lines):
        return False
    is_dash = first["dash"] or first["glued"] == "\u2013"
    is_said = any(map(_SPOKEN.search, lines)) or all(map(_SENTENCE.search, lines))
    return not (is_dash and is_said)


def report_questions(
    text: Fragment, where: str, told: Collection[int], report: Reporter, *, asks: bool = False
) -> None:
    """Warn of each line that was probably meant as a question; ``where`` says what has it now.

    Of the lines ``told``, from 1, something else is said already; ``asks`` tells that the note's
    own question ends with a question mark.
    A heading below the second level is one if it ends with a question mark or with attributes.
    """
    if not (_MAYBE.search(text.text) or (asks and _ASKING.search(text.text))):
        return
    written = text.text.split("\n")
    for number, words in _find_questions(text.text, asks=asks):
        if text.line + number in told:
            continue
        line = written[number].strip()
        message = f'"{shorten(line)}" looks like a question, but is part of {where}'
        cure = f'write "## {shorten(words, _LONGEST_CURE)}" at the left edge for a card of its own'
        cure += r', or "\?" for a plain question mark' if re.search(_MARK, words) else ""
        place = text.line - 1 + number, max(written[number].find(line), 0)
        report(*place, "question-as-text", message, cure, "warning")


def ends_with_mark(question: str) -> bool:
    """Tell whether a question ends with a question mark."""
    return bool(re.search(_MARK + "$", question))


def _find_questions(text: str, *, asks: bool) -> Iterator[tuple[int, str]]:
    """Yield the place of each line that looks like a question, and its words."""
    lines = sub_before("-->", _COMMENT, lambda match: "\n" * match[0].count("\n"), text).split("\n")
    fences = in_fences(lines)
    has_answers = bool(_ANSWERED.search(text))
    for number, line in enumerate(map(str.rstrip, lines)):
        if fences[number]:
            continue
        if match := _HEADING.match(line):
            words = match[2].strip()
            if words and (_END_OF_HEADING.search(words) or _ODD_START.search(match[1])):
                yield number, words
        elif match := _WITH_ID.match(line):
            yield number, match[1]
        elif (match := _BOLD.match(line)) and (number == 0 or not lines[number - 1].strip()):
            words = (match[3] + (match[4] or "")).strip()
            is_whole = not match[1] or match[1] not in match[3]
            if is_whole and ends_with_mark(words):
                yield number, _NUMBER.sub("", words, count=1)
        elif match := _ASKED.match(line):
            words = match[1].strip(" \t*_")
            if has_answers or ends_with_mark(words):
                yield number, words
        elif asks and _is_asked(lines, number):
            yield number, line


def _is_asked(lines: Sequence[str], number: int) -> bool:
    """Tell whether a line is a paragraph that asks, with an answer above it and one below it.

    Below a colon, or among others that ask, it is part of what the answer says.
    """
    if not _ASKING.match(lines[number]) or not number or lines[number - 1].strip():
        return False
    before = next((lines[n].rstrip() for n in range(number - 1, -1, -1) if lines[n].strip()), "")
    after = next((lines[n].rstrip() for n in range(number + 1, len(lines)) if lines[n].strip()), "")
    is_part = before.startswith("#") or before.endswith(":") or after.startswith("#")
    return bool(before and after) and not (
        is_part or ends_with_mark(before) or ends_with_mark(after)
    )
