"""Find lines that are hardly meant as text: a question without its ``##``, a merge left undone."""

import re
from collections.abc import Collection, Iterator, Sequence

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
# Without any of these no line is one of those above: that passes over most texts at once.
_MAYBE = re.compile(
    r"^[^\w#\n]*+(?:\d+[.)][^\w#\n]*+)?(?:#|q(?:uestion)?[ \t]*\d*[ \t]*[:.)])"
    r"|^ {0,3}(?:\*\*|__|<)|\{#[^{}\n]+\}[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
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
            cure += "; or put a space before each, to show them"
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


def report_questions(text: Fragment, where: str, told: Collection[int], report: Reporter) -> None:
    """Warn of each line that was probably meant as a question; ``where`` says what has it now.

    Of the lines ``told``, from 1, something else is said already.
    A heading below the second level is one if it ends with a question mark or with attributes.
    """
    if not _MAYBE.search(text.text):
        return
    written = text.text.split("\n")
    for number, words in _find_questions(text.text):
        if text.line + number in told:
            continue
        line = written[number].strip()
        message = f'"{shorten(line)}" looks like a question, but is part of {where}'
        cure = f'write "## {shorten(words, _LONGEST_CURE)}" at the left edge for a card of its own'
        cure += r', or "\?" for a plain question mark' if re.search(_MARK, words) else ""
        place = text.line - 1 + number, max(written[number].find(line), 0)
        report(*place, "question-as-text", message, cure, "warning")


def _find_questions(text: str) -> Iterator[tuple[int, str]]:
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
            if is_whole and re.search(_MARK + "$", words):
                yield number, _NUMBER.sub("", words, count=1)
        elif match := _ASKED.match(line):
            words = match[1].strip(" \t*_")
            if has_answers or re.search(_MARK + "$", words):
                yield number, words
