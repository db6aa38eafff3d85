r"""Read Markdown that was written for another tool that makes cards of headings.

mdanki, md2apkg and markdown-anki-decks agree with us on second-level headings. What they write
otherwise is rewritten: lines of ``%``, links and comments that hold tags, ``\\(`` for math.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, zip_longest
from pathlib import Path

from ankibuild.core.clozes import OPENING
from ankibuild.core.files import quoted
from ankibuild.core.problems import AnkibuildError, Problem, Reporter, about, shown
from ankibuild.core.rules import Rule
from ankibuild.core.text import shorten
from ankibuild.core.values import Struct, replace
from ankibuild.dialect.attributes import read_attributes
from ankibuild.dialect.front_matter import FrontMatter, read_front_matter
from ankibuild.dialect.markdown import parse_blocks
from ankibuild.importers.account import lines_of_markdown
from ankibuild.importers.foreign import PICTURE, MediaBeside, rewrite_line
from ankibuild.importers.imported import Imported, ImportedCard, ImportedDeck, Passage
from ankibuild.importers.pages import (
    Details,
    open_details,
    place_addresses,
    unnest_headings,
    without_ways_back,
)
from ankibuild.importers.passages import keep_block, keep_line

DETAILS = 7
"""The level of a question in a ``<summary>``: below all headings."""

_MOST = 0.8
_MANY = 10

_COMMENT = re.compile(r"<!--\s*md2apkg\s+([a-z-]+)(.*)")
_TAG_LINK = re.compile(r"\[#([^\]\s]{1,200})\]\([^()\s]*\)")
_TAG_LINE = re.compile(rf"(?:{_TAG_LINK.pattern}\s*)+")
_SETTING = re.compile(r"[\w-]+\s*:")
_CLOZE = re.compile(OPENING)


class _Section(Struct, frozen=True, kw_only=True):
    """A heading and the lines below it; lines of code are marked, so that they stay as they are."""

    level: int
    line: int
    heading: str
    lines: tuple[tuple[str, bool], ...]

    @property
    def has_text(self) -> bool:
        return any(text.strip() and not _comment(text.strip()) for text, _ in self.lines)


class _Reading(Struct, frozen=True, kw_only=True):
    """The level at which questions stand, and that of their answers if these have headings too."""

    level: int
    answers: int = 0

    @property
    def form(self) -> str:
        if self.level == DETAILS:
            return "Markdown with a question in each <summary>"
        if self.answers:
            return (
                f"Markdown with questions at {_at(self.level)} and answers at {_at(self.answers)}"
            )
        return f"Markdown with a heading for each card, at {_at(self.level)}"


def read_headings(path: Path, text: str, questions_at: str = "") -> Imported:
    """Return the decks in a Markdown file, with their pictures and sounds.

    ``questions_at`` is the level of the headings that ask, or "details" where a ``<summary>`` does.
    Raises AnkibuildError when it was written for ankibuild already, or when nobody can tell what
    asks in it.
    """
    lines = text.split("\n")
    report = Reporter(shown(path))
    matter = read_front_matter(lines, report)
    if not any(map(_SETTING.match, lines[1 : matter.end])):
        # A page may begin with a line of dashes too.
        matter, report = FrontMatter(), Reporter("")
    places, details = open_details(unnest_headings(lines, matter.end), matter.end)
    places, signs = without_ways_back(place_addresses(places, matter.end))
    sections = list(_read_sections(places, matter.end))
    _check_foreign(path, sections)
    reading = _choose_reading(path, sections, details, questions_at)
    if reading.level == DETAILS:
        sections = list(_read_sections(places, matter.end, details))
    media = MediaBeside(path)
    book = _Book(path, matter, media)
    decks = book.read(_with_answers(sections, reading, book), reading.level)
    return Imported(
        form=reading.form,
        decks=decks,
        source=lines_of_markdown(text, matter.end),
        left_out=(*book.left_out, *signs),
        media=media.copied,
        warnings=(
            *_tell_settings(report.problems),
            *media.outside.values(),
            *book.warnings,
            *_tell_signs(path, signs),
        ),
    )


def _at(level: int) -> str:
    return f"level {level} ({'#' * level})"


def _tell_settings(problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield what is wrong with the front matter, but for the keys of other programs."""
    for problem in problems:
        if problem.rule != "unknown-setting":
            yield replace(problem, severity="warning")


def _tell_signs(path: Path, signs: Sequence[str]) -> Iterator[Problem]:
    for sign, times in Counter(map(str.strip, signs)).items():
        message = f'"{shorten(sign)}" leads to a place on the page, and is left out'
        message += f" {times} times"
        cure = "a card has no such place: write where to look in words, if learners need it"
        yield about(path, "lost-words", message, cure, "warning")


def _read_sections(
    places: Sequence[tuple[int, str]], start: int, details: Sequence[Details] = ()
) -> Iterator[_Section]:
    """Yield the sections of a file; below ``details`` headings are part of an answer."""
    lines = [text for _, text in places]
    tokens = parse_blocks("\n" * start + "\n".join(lines[start:]))
    code: set[int] = set()
    breaks: set[int] = set()
    inside = {place for each in details for place in range(each.begin, each.end)}
    headings: list[tuple[int, int, str]] = [(0, start - 1, "")]
    headings += [(DETAILS, each.asked, each.question) for each in details]
    for place, token in enumerate(tokens):
        begin, end = token.map or (0, 0)
        if token.type in ("fence", "code_block"):
            code |= set(range(begin, end))
        elif token.type == "hr" and token.level == 0:
            breaks.add(begin)
        elif token.type == "heading_open" and token.level == 0 and begin not in inside:
            headings.append((int(token.tag[1]), begin, tokens[place + 1].content))
    headings.sort(key=lambda heading: heading[1])
    ends = [line for _, line, _ in headings[1:]] + [len(lines)]
    for (level, line, heading), end in zip(headings, ends, strict=True):
        # Dashes would begin the extra.
        kept = tuple(("***" if n in breaks else lines[n], n in code) for n in range(line + 1, end))
        number = places[line][0] if line >= start else start
        yield _Section(level=level, line=number, heading=heading, lines=kept)


def _choose_reading(
    path: Path, sections: Sequence[_Section], details: Sequence[Details], questions_at: str
) -> _Reading:
    """Return how a file is to be read. Raises AnkibuildError when there are two ways."""
    headings = [section for section in sections if section.level]
    levels = [section.level for section in headings]
    pairs = _find_pairs(levels)
    asked = {each.question.casefold() for each in details}
    if questions_at:
        level = DETAILS if questions_at == "details" else int(questions_at)
        if level not in levels and not (level == DETAILS and details):
            known = [*map(str, sorted({*levels})), *(["details"] if details else [])]
            message = f'there is no question at "{questions_at}" in this file'
            cure = f"give --questions-at one of {', '.join(known)}" if known else "leave it out"
            raise AnkibuildError((about(path, "two-readings", message, cure),))
        return _Reading(level=level, answers=pairs.answers if pairs.level == level else 0)
    usual = pairs if pairs.answers else _Reading(level=_level_of_questions(levels))
    counts = Counter(levels)
    others: list[int] = []
    # One word above them all, such as "Answer", is no question.
    if len(asked) > len(details) / 2 and len(details) > counts[usual.level]:
        if len(details) > 2 * counts[usual.level]:
            return _Reading(level=DETAILS)
        others.append(DETAILS)
    if not usual.answers:
        others += _other_levels(headings, usual.level)
    if others:
        raise AnkibuildError((_two_readings(path, usual.level, others[0], counts, len(details)),))
    return usual


def _find_pairs(levels: Sequence[int]) -> _Reading:
    """Return the levels of questions and answers, if headings of two levels take turns.

    The questions come first, and are below the answers; where they are above, all is as usual.
    """
    counts = Counter(levels)
    used = sorted(counts)
    for answers, asked in pairwise(used):
        turns = sum((asked, answers) == both for both in pairwise(levels))
        most = max(counts[asked], counts[answers])
        if levels.index(asked) < levels.index(answers) and turns > 1 and turns >= _MOST * most:
            return _Reading(level=asked, answers=answers)
    return _Reading(level=0)


def _level_of_questions(levels: Sequence[int]) -> int:
    """Return 2, as in our dialect, or the highest level; one heading above the others is a deck."""
    used = sorted({*levels})
    if 2 in used or not used:  # noqa: PLR2004 (as in our dialect)
        return 2
    return used[1] if len(used) > 1 and levels.count(used[0]) == 1 else used[0]


def _other_levels(headings: Sequence[_Section], level: int) -> Iterator[int]:
    """Yield the level at which questions could stand as well.

    That is the next below, where many headings of it stand below a heading, above all below one
    without a text of its own; or one above, where most have a text and nothing below that asks.
    """
    asked = [each for each in headings if each.level == level]
    deeper = min((each.level for each in headings if each.level > level), default=0)
    below = [each for each in headings if each.level == deeper and each.has_text]
    titled = [each for each in asked if each.has_text]
    names = {each.heading.casefold() for each in below}
    are_chapters = len(titled) * 2 < len(asked) <= len(below) / 2
    if (are_chapters or len(below) > _MANY * len(asked)) and len(names) * 2 > len(below):
        yield deeper
    higher = max((each.level for each in headings if each.level < level), default=0)
    alone = [
        one
        for one, following in zip_longest(headings, headings[1:])
        if one.level == higher and one.has_text and (not following or following.level <= higher)
    ]
    if len(alone) > len(asked):
        yield higher


def _two_readings(
    path: Path, one: int, other: int, counts: Mapping[int, int], details: int
) -> Problem:
    said = [
        f"{details} in a <summary>" if level == DETAILS else f"{counts[level]} at {_at(level)}"
        for level in (one, other)
    ]
    ways = ["details" if level == DETAILS else str(level) for level in (one, other)]
    message = f"its questions may be the {said[0]} or the {said[1]}"
    commands = [f"ankibuild import {quoted(path)} --questions-at {way}" for way in ways]
    return about(path, "two-readings", message, f"choose: {commands[0]}, or {commands[1]}")


def _check_foreign(path: Path, sections: Sequence[_Section]) -> None:
    for section in sections:
        if read_attributes(section.heading, Reporter("")).note_id:
            message = (
                f'the heading "{section.heading}" has an id, so this file is written for '
                "ankibuild already"
            )
            cure = "put the file into a package's folder: ankibuild new makes one"
            problem = about(path, "already-a-deck", message, cure, line=section.line, column=1)
            raise AnkibuildError((problem,))


def _with_answers(
    sections: Sequence[_Section], reading: _Reading, book: "_Book"
) -> Iterator[_Section]:
    """Yield the sections, with those that answer a question as lines below it."""
    asked: _Section | None = None
    lines: list[tuple[str, bool]] = []
    for section in sections:
        if asked and (section.level > reading.level or section.level == reading.answers):
            if any(_is_ignored(*each) for each in section.lines):
                book.leave_out(section)
                continue
            if section.level == reading.answers:
                # What stands above is part of the question.
                lines.append(("%", False))
            lines.append((f"{'#' * max(3, section.level)} {section.heading}", False))
            lines += section.lines
            continue
        if asked:
            yield replace(asked, lines=tuple(lines))
        asked = section if section.level == reading.level else None
        lines = list(section.lines)
        if not asked:
            yield section
    if asked:
        yield replace(asked, lines=tuple(lines))


class _Book:
    """The decks of a file, of which each begins below a heading above the questions."""

    def __init__(self, path: Path, matter: FrontMatter, media: MediaBeside) -> None:
        """Begin without a card."""
        self.left_out: list[str] = []
        self.warnings: list[Problem] = []
        self._path, self._matter, self._media = path, matter, media
        self._decks: list[ImportedDeck] = []
        self._above: list[_Section] = []
        self._untold: list[_Section] = []
        self._described: list[str] = []

    def read(self, sections: Iterable[_Section], level: int) -> tuple[ImportedDeck, ...]:
        """Return the decks of sections whose questions stand at a level."""
        cards: list[ImportedCard] = []
        for section in sections:
            if section.level == level and any(_is_ignored(*each) for each in section.lines):
                self.leave_out(section)
                continue
            if section.level == level:
                self._described += map(_text_of, self._untold)
                self._untold = []
                cards.append(_card(section, self._matter, self._media))
                continue
            if section.level > level:
                self._above[-1] = self._untold[-1] = _join(self._above[-1], section)
                continue
            self._add(cards)
            cards = []
            self._close(section.level)
            self._above.append(section)
            self._untold.append(section)
        self._add(cards)
        self._close(1)
        return tuple(self._decks)

    def leave_out(self, section: _Section) -> None:
        """Take note of what its author wants on no card."""
        self.left_out += [section.heading, *(text for text, _ in section.lines)]
        message = f'"{shorten(section.heading)}" is left out, as its ignore-card comment says'
        cure = "if learners are to have it, delete the comment, and import the file again"
        self.warnings.append(self._about("notes-left-out", message, cure, section))

    def _add(self, cards: Sequence[ImportedCard]) -> None:
        if cards:
            deck = ImportedDeck(name=self._name(), cards=tuple(cards), description=self._describe())
            self._decks.append(deck)

    def _name(self) -> str:
        headings = (each.heading for each in self._above if each.level)
        texts = (PICTURE.sub(lambda match: match[1], heading) for heading in headings)
        names = (" ".join(keep_line(text).lines) for text in texts)
        return self._matter.deck or "::".join(name.replace("::", " ") for name in names)

    def _describe(self) -> Passage:
        text, self._described = "\n\n".join(filter(None, self._described)), []
        return keep_block(text)

    def _close(self, level: int) -> None:
        """End the chapters that a heading of this level ends, and find a place for their texts."""
        while self._above and self._above[-1].level >= level:
            chapter = self._above[-1]
            if self._untold and self._untold[-1] is chapter:
                self._untold.pop()
                self._place(chapter)
            self._above.pop()

    def _place(self, chapter: _Section) -> None:
        """Find a place for a chapter in which nothing asks."""
        name = shorten(chapter.heading)
        if not chapter.has_text:
            message = f'there is nothing below "{name}", so it is left out'
            cure = "write it into a card by hand, if learners need it"
            self.left_out.append(chapter.heading)
            self.warnings.append(self._about("lost-words", message, cure, chapter))
        elif not self._decks:
            message = f'there is no question below "{name}", so it describes the first deck'
            cure = "if it is a card, write a heading above its question, and import the file again"
            self._described += [f"**{chapter.heading}**", _text_of(chapter)]
            self.warnings.append(self._about("doubtful-import", message, cure, chapter))
        else:
            card = _card(chapter, self._matter, self._media)
            doubt = "there is no question below it, so all of it is one card"
            card = replace(card, doubt="; ".join(filter(None, (card.doubt, doubt))))
            self._decks.append(ImportedDeck(name=self._name(), cards=(card,)))

    def _about(self, rule: Rule, message: str, cure: str, section: _Section) -> Problem:
        place = {"line": section.line, "column": 1}
        return about(self._path, rule, message, cure, "warning", **place)


def _join(section: _Section, lower: _Section) -> _Section:
    """Return a section with one below it, which no question has, as lines of it."""
    heading = (f"{'#' * max(3, lower.level)} {lower.heading}", False)
    return replace(section, lines=(*section.lines, heading, *lower.lines))


def _text_of(section: _Section) -> str:
    return "\n".join(text for text, _ in section.lines).strip()


def _is_ignored(text: str, is_code: bool) -> bool:  # noqa: FBT001 (as lines are kept)
    comment = None if is_code else _comment(text.strip())
    return bool(comment and comment[1] == "ignore-card")


def _card(section: _Section, matter: FrontMatter, media: MediaBeside) -> ImportedCard:
    front: list[str] = []
    body: list[str] = []
    tags = list(matter.tags)
    for text, is_code in section.lines:
        comment = None if is_code else _comment(text.strip())
        if comment and comment[1] == "tags":
            tags += comment[2].split()
        elif not is_code and (text.strip() == "%" or (comment and comment[1] == "split")):
            front, body = [*front, *body], []
        elif not is_code and _TAG_LINE.fullmatch(text.strip()):
            tags += _TAG_LINK.findall(text)
        elif not comment:
            body.append(text if is_code else rewrite_line(text, media))
    question = rewrite_line(section.heading, media)
    answer = "\n".join(body).strip()
    before = "\n".join(front).strip()
    doubt = ""
    if before and all(token.type in _PLAIN for token in parse_blocks(before)):
        question = "<br>".join([question, *(line for line in before.split("\n") if line.strip())])
    elif before:
        answer = f"{before}\n\n***\n\n{answer}"
        doubt = "what was between the question and its answer is on the back"
    if _CLOZE.search(question):
        return ImportedCard(
            question=Passage(),
            answer=keep_block(question),
            extra=keep_block(answer),
            tags=tuple(tags),
            line=section.line,
        )
    return ImportedCard(
        question=keep_line(question),
        answer=keep_block(answer),
        tags=tuple(tags),
        line=section.line,
        doubt=doubt,
    )


def _comment(text: str) -> re.Match[str] | None:
    return _COMMENT.fullmatch(text.removesuffix("-->")) if text.endswith("-->") else None


_PLAIN = ("paragraph_open", "inline", "paragraph_close")
