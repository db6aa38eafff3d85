"""Find the cards in plain text, whatever form its author gave it.

A form is taken when most of the text has it: pairs of ``Q:`` and ``A:``, a term and its definition
on one line, blocks between empty lines; else questions and answers in turn.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from ankibuild.core.text import shorten
from ankibuild.core.values import Struct, field
from ankibuild.importers.account import lines_of
from ankibuild.importers.imported import Imported, ImportedCard, ImportedDeck
from ankibuild.importers.passages import write_block, write_line
from ankibuild.importers.reading import split_text

_QUESTION = re.compile(
    r"\s*(?:q|question|front|term)(?:\s*\d+\s*[.:)]|\s*:)\s*(?P<text>.*)", re.IGNORECASE
)
_ANSWER = re.compile(
    r"\s*(?:a|answer|ans|back|definition)(?:\s*\d+\s*[.:)]|\s*:)\s*(?P<text>.*)", re.IGNORECASE
)
_SEPARATORS = (
    ("a tab", re.compile(r"(?<!\s)\s*\t\s*")),
    ("a dash", re.compile(r"(?<!\s)\s+[-\u2013\u2014]\s+")),
    ("a colon", re.compile(r"(?<=[^\s:]):\s+")),
)
_LONGEST_TERM = 80
_MOST, _MORE = 0.8, 0.6
_ITEM = re.compile(r"\s*(?:[-*+\u2022\u25aa\u25e6\u2023\u2043\u25cf\u25cb\xb7]|\d{1,3}[.)])\s+\S")
_NUMBER = re.compile(r"\s*(\d{1,4})[.)]\s+\S")

# What it costs to read a line as something that it does not look like: see _cost.
_SHORT, _LONG = 60, 100
_NEVER = 1000


class _Line(Struct, frozen=True, kw_only=True):
    """A line of the text that is not empty, and its number from 1."""

    number: int
    text: str
    after_gap: bool


class _Draft(Struct, kw_only=True):
    """A card while its lines are gathered."""

    line: int
    question: list[str] = field(default_factory=list)
    answer: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def read_text(text: str) -> Imported:
    """Return the one deck in a plain text, and which form it was taken for."""
    lines = _read_lines(text)
    for form, find in (
        ("questions and answers after Q: and A:", _find_marked),
        ("a term and its definition, parted by {}", _find_terms),
        ("blocks between empty lines", _find_blocks),
    ):
        found = find(lines)
        if found:
            title, drafts, detail = found
            signs = _signs(lines) if find is _find_marked else ()
            return _deck(form.format(detail), title, drafts, text, signs)
    title, drafts = _find_turns(lines)
    return _deck("questions and answers in turn", title, drafts, text)


def count_marked(lines: Sequence[str]) -> int:
    """Return how many questions there are, when ``Q:`` and ``A:`` begin lines in pairs; else 0."""
    found = _find_marked([_Line(number=n, text=t, after_gap=False) for n, t in enumerate(lines)])
    return len(found[1]) if found else 0


def marked_part(line: str) -> tuple[str, int]:
    """Return "question" or "answer" for a line that begins with ``Q:`` or ``A:``, and its length.

    For any other line, it is ("", 0).
    """
    for kind, mark in (("question", _QUESTION), ("answer", _ANSWER)):
        if match := mark.fullmatch(line):
            return kind, match.start("text")
    return "", 0


def find_turns(texts: Sequence[str]) -> tuple[str, list[tuple[int, list[int], str]]]:
    """Return the title of lines that hold questions and answers in turn, and their places.

    Each is (place of the question, places of the answer, doubt).
    """
    lines = [_Line(number=n, text=text, after_gap=False) for n, text in enumerate(texts)]
    title, drafts = _find_turns(lines)
    starts = [draft.line for draft in drafts]
    return title, [
        (draft.line, list(range(draft.line + 1, end)), "; ".join(draft.doubts))
        for draft, end in zip(drafts, [*starts, len(texts)][1:], strict=True)
    ]


_Found = tuple[str, list[_Draft], str] | None


def _read_lines(text: str) -> list[_Line]:
    lines = []
    gap = False
    for number, line in enumerate(text.split("\n"), 1):
        if split_text(line):
            lines.append(_Line(number=number, text=line.rstrip(), after_gap=gap))
            gap = False
        else:
            gap = True
    return lines


def _signs(lines: Sequence[_Line]) -> tuple[str, ...]:
    """Return the ``Q:`` and ``A:`` of the lines."""
    lengths = ((line.text, marked_part(line.text)[1]) for line in lines)
    return tuple(text[:length] for text, length in lengths if length)


def _deck(
    form: str, title: str, drafts: Sequence[_Draft], text: str, signs: tuple[str, ...] = ()
) -> Imported:
    cards = tuple(
        ImportedCard(
            question=write_line("\n".join(draft.question)),
            answer=write_block("\n".join(draft.answer)),
            line=draft.line,
            doubt="; ".join(draft.doubts),
        )
        for draft in drafts
    )
    name = " ".join(split_text(title))
    return Imported(
        form=form,
        decks=(ImportedDeck(name=name, cards=cards),),
        source=lines_of(text),
        left_out=signs,
    )


def _find_marked(lines: Sequence[_Line]) -> _Found:
    """Gather what follows ``Q:`` and ``A:``, over several lines."""
    questions = sum(bool(_QUESTION.fullmatch(line.text)) for line in lines)
    answers = sum(bool(_ANSWER.fullmatch(line.text)) for line in lines)
    if not questions or not answers or min(questions, answers) * 2 < max(questions, answers):
        return None
    title: list[str] = []
    drafts: list[_Draft] = []
    target = title
    for line in lines:
        if match := _QUESTION.fullmatch(line.text):
            drafts.append(_Draft(line=line.number))
            target = drafts[-1].question
        elif drafts and (match := _ANSWER.fullmatch(line.text)):
            if drafts[-1].answer:
                drafts[-1].doubts.append("it has two answers")
            target = drafts[-1].answer
        elif line.after_gap and target:
            target.append("")
        target.append(match["text"] if match else line.text)
    if len(title) > 1 and drafts:
        drafts[0].doubts.append(f'the lines after "{title[0].strip()}" belong to no card')
    return (title[0] if title else ""), drafts, ""


def _find_terms(lines: Sequence[_Line]) -> _Found:
    """Split each line where a term ends; a line without an end goes on with the one before."""
    for name, separator in _SEPARATORS:
        pairs = [separator.split(line.text.strip(), maxsplit=1) for line in lines]
        fits = [len(pair) > 1 and len(pair[0]) <= _LONGEST_TERM and all(pair) for pair in pairs]
        has_title = bool(fits) and not fits[0]
        rest = fits[1:] if has_title else fits
        if not rest or sum(rest) < _MOST * len(rest) or (len(rest) == 1 and name != "a tab"):
            continue
        drafts: list[_Draft] = []
        for line, pair, fit in list(zip(lines, pairs, fits, strict=True))[has_title:]:
            if not fit and not drafts:
                drafts.append(_Draft(line=line.number, question=[line.text]))
            elif fit:
                draft = _Draft(line=line.number, question=[pair[0]], answer=[pair[1]])
                if separator.search(pair[1]) and name != "a colon":
                    draft.doubts.append(f"{name} stands in its definition too")
                drafts.append(draft)
            else:
                drafts[-1].answer.append(line.text)
                drafts[-1].doubts.append(f'"{line.text.strip()}" may be no part of it')
        return (lines[0].text if has_title else ""), drafts, name
    return None


def _find_blocks(lines: Sequence[_Line]) -> _Found:
    """Take the first line of each block as the question, and the rest as the answer."""
    blocks: list[list[_Line]] = []
    for line in lines:
        if line.after_gap or not blocks:
            blocks.append([])
        blocks[-1].append(line)
    has_title = len(blocks) > 1 and len(blocks[0]) == 1
    rest = blocks[has_title:]
    whole = sum(len(block) > 1 for block in rest)
    # One long block is no card: below a title it holds questions and answers in turn.
    if len(rest) < 2 or whole < _MORE * len(rest):  # noqa: PLR2004 (two blocks make a form)
        return None
    drafts: list[_Draft] = []
    for block in rest:
        texts = [line.text for line in block]
        if len(block) == 1 and drafts:
            drafts[-1].answer += ["", *texts]
            drafts[-1].doubts.append(f'"{texts[0].strip()}" may be a card of its own')
        else:
            drafts.append(_Draft(line=block[0].number, question=texts[:1], answer=texts[1:]))
    return (blocks[0][0].text if has_title else ""), drafts, ""


def _find_turns(lines: Sequence[_Line]) -> tuple[str, list[_Draft]]:
    """Read lines as a title, questions, answers and their further paragraphs: what costs least.

    Pairs cost nothing; each line that does not look like its part costs, and so does an answer of
    more than one line. So one stray paragraph moves no other card.
    """
    numbered = _numbered(lines)
    # The least cost of the lines so far by the part that the last one plays (Title, Question,
    # Answer, Continued), and for each line which part then came before it.
    costs = {"": 0}
    before: list[dict[str, str]] = []
    for place, line in enumerate(lines):
        following: dict[str, int] = {}
        before.append({})
        for last, cost in costs.items():
            for part in _may_follow(last, place):
                total = cost + _cost(part, line, is_number=numbered.get(line.number))
                if total < following.get(part, total + 1):
                    following[part] = total
                    before[place][part] = last
        costs = following
    cost_of_end = {"Q": 6, "T": _NEVER}
    part = min(costs, key=lambda last: costs[last] + cost_of_end.get(last, 0))
    parts = [part]
    parts += [part := links[part] for links in reversed(before[1:])]
    parts.reverse()
    title = lines[0].text if parts[:1] == ["T"] else ""
    return title, list(_drafts(lines, parts, numbered))


def _may_follow(last: str, place: int) -> str:
    if place == 0:
        return "QT"
    return {"T": "Q", "Q": "A", "A": "QC", "C": "QC"}[last]


def _cost(part: str, line: _Line, *, is_number: bool | None) -> int:
    text = line.text.strip()
    asks = text.endswith(("?", "\uff1f", "\u061f"))
    tells = text.endswith((".", "!", ";", ",", "\u3002"))
    if part == "T":
        return 4 if asks or tells or len(text) > _LONG else 0
    if is_number is not None:
        return 0 if is_number == (part == "Q") else 2 if part == "C" else 5
    is_item = bool(_ITEM.match(line.text)) and not asks
    if part == "Q":
        if is_item:
            return 5
        return 0 if asks else 3 if tells else (len(text) > _SHORT) + (len(text) > _LONG)
    if part == "A":
        return 2 if asks else 0
    return 0 if is_item else 5 if asks else 2 if tells or len(text) > _SHORT else 3


def _numbered(lines: Sequence[_Line]) -> dict[int, bool]:
    """Return which lines are questions, when numbers from 1 run through the whole text."""
    numbers = [(line, int(m[1])) for line in lines if (m := _NUMBER.match(line.text))]
    runs = [number for _, number in numbers] == list(range(1, len(numbers) + 1))
    asked = {line.number for line, _ in numbers}
    apart = all(
        not (first.number in asked and second.number in asked) for first, second in pairwise(lines)
    )
    if len(numbers) < 2 or not runs or not apart:  # noqa: PLR2004 (one number is no numbering)
        return {}
    return {line.number: line.number in asked for line in lines}


def _drafts(
    lines: Sequence[_Line], parts: Sequence[str], numbered: Mapping[int, bool]
) -> Iterator[_Draft]:
    draft: _Draft | None = None
    for line, part in zip(lines, parts, strict=False):
        if part == "Q":
            if draft:
                yield draft
            draft = _Draft(line=line.number, question=[line.text])
            if _cost("Q", line, is_number=numbered.get(line.number)) > 1:
                draft.doubts.append("its question reads like an answer")
        elif draft and part in "AC":
            item = bool(_ITEM.match(line.text))
            if draft.answer and not (item and _ITEM.match(draft.answer[-1])):
                draft.answer.append("")
            if part == "C" and not item:
                draft.doubts.append(f'"{shorten(line.text.strip())}" may be a card of its own')
            if part == "A" and _cost("A", line, is_number=None):
                draft.doubts.append("its answer reads like a question")
            draft.answer.append(line.text)
    if draft:
        yield draft
