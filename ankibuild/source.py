"""Read one file's text into a deck of notes, still in Markdown."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple
from unicodedata import normalize
from urllib.parse import quote, unquote

from markdown_it.token import Token

from ankibuild.attributes import read_attributes
from ankibuild.errors import Problem, Severity
from ankibuild.front_matter import read_front_matter
from ankibuild.identity import suggest_note_id
from ankibuild.markdown import MOST_NESTED, NONCHARACTERS, parse_blocks, unclosed_fences
from ankibuild.model import DeckSource, Fragment, NoteSource
from ankibuild.tags import tag_fault

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]|" + NONCHARACTERS.pattern)
_GLUED_HEADING = re.compile(r"(#{2,6})[^\s#]|(#{1,6})[^\S \t\n]")
# What a line may have to do with where notes begin and end, or with what is checked of blocks: the
# signs of headings, breaks, fences and math, quotes, and whatever could nest deeply.
_STRUCTURE = re.compile(
    r"\s*#|\s*-\s*-\s*-|.*(?:```|~~~|\$\$)|\s{8}|[\s*+\-\d.)]*>"
    r"|\s*(?:(?:[*+-]|\d+[.)])\s+){3}"
)
_HEADING = re.compile("#{1,2} ")
_NOT_PLAIN = re.compile(r"::|[*_`<>\[\]\\]|\{[#.]")


class ParsedFile(NamedTuple):
    """What one file holds, and what is wrong with it; errors mean the deck is of no use."""

    deck: DeckSource
    problems: tuple[Problem, ...]


def parse_file(path: str, text: str, *, stem: str) -> ParsedFile:
    """Return the deck in a Markdown file's text; ``stem`` names it when no heading does."""
    return _Reader(path, text, stem).read()


def split_lines(text: str) -> list[str]:
    """Return a file's lines, without a byte order mark, Windows line endings read as plain."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")


class _Reader:
    """One file being read; lines and columns count from 0 until they are reported."""

    def __init__(self, path: str, text: str, stem: str) -> None:
        self.path = path
        self.stem = stem
        self.lines = split_lines(text)
        self.problems: list[Problem] = []

    def read(self) -> ParsedFile:
        self._check_characters()
        matter = read_front_matter(self.lines, self._report)
        tokens = self._parse(matter.end)
        headings = [
            place
            for place, token in enumerate(tokens)
            if token.type == "heading_open" and token.level == 0 and token.tag in ("h1", "h2")
        ]
        decks = [place for place in headings if tokens[place].tag == "h1"]
        notes = [place for place in headings if tokens[place].tag == "h2"]
        name, line, column = self._read_deck_heading(tokens, decks, notes)
        description_start = line + 1 if decks else matter.end
        description_end = _line(tokens[notes[0]]) if notes else len(self.lines)
        deck = DeckSource(
            heading=Fragment(path=self.path, line=line + 1, column=column + 1, text=name),
            name=normalize("NFC", " ".join((matter.deck or name).split())),
            description=self._fragment(description_start, description_end),
            order=matter.order,
            notes=tuple(self._read_notes(tokens, headings, matter.tags)),
        )
        self._check_deck_name(deck.name, line, column)
        return ParsedFile(deck, tuple(self.problems))

    def _report(
        self, line: int, column: int, message: str, cure: str, severity: Severity = "error", /
    ) -> None:
        self.problems.append(
            Problem(
                path=self.path,
                line=line + 1,
                column=column + 1,
                message=message,
                cure=cure,
                severity=severity,
            )
        )

    def _check_characters(self) -> None:
        for number, line in enumerate(self.lines):
            for match in _CONTROL.finditer(line):
                message = f'the invisible character "U+{ord(match[0]):04X}" stands here'
                self._report(number, match.start(), message, "delete it")
            # What follows must not trip over them; nothing is published while they are there.
            self.lines[number] = _CONTROL.sub("\ufffd", line)

    def _parse(self, start: int) -> Sequence[Token]:
        tokens = parse_blocks("\n" * start + "\n".join(_outline(self.lines[start:])))
        for line in unclosed_fences(tokens, self.lines):
            message = "the code fence that opens here is not closed, so it takes all that follows"
            self._report(line, 0, message, "close it with a line of the same marks")
        deepest = next((token for token in tokens if token.level >= MOST_NESTED - 1), None)
        if deepest:
            message = f"lists or quotes nest more than {MOST_NESTED // 2} deep here"
            self._report(_line(deepest), 0, message, "write them flatter")
        for token in tokens:
            if token.type == "inline" and token.level == 1:
                self._check_glued_headings(token)
        return tokens

    def _check_glued_headings(self, inline: Token) -> None:
        for line, text in enumerate(inline.content.split("\n"), _line(inline)):
            if match := _GLUED_HEADING.match(text):
                marks = match[1] or match[2]
                words = _shorten(text.lstrip("#").strip())
                message = f'"{_shorten(text)}" is no heading: no plain space follows "{marks}"'
                cure = rf'write "{marks} {words}", or "\{marks}" for the marks themselves'
                self._report(line, max(self.lines[line].find(marks), 0), message, cure)

    def _read_deck_heading(
        self, tokens: Sequence[Token], decks: list[int], notes: list[int]
    ) -> tuple[str, int, int]:
        """Return the name of the deck and its place; the file's own name when it has no heading."""
        for place in decks[1:]:
            message = f'a second deck heading, "{tokens[place + 1].content}", stands in one file'
            cure = 'one file is one deck: begin a new file, or write "##" for a note'
            self._report(_line(tokens[place]), 0, message, cure)
        if not decks:
            if notes:
                message = f'no heading names the deck, so it is called "{self.stem}"'
                self._report(0, 0, message, 'write "# Name of the deck" at the top', "warning")
            return self.stem, 0, 0
        line = _line(tokens[decks[0]])
        if decks[0] > 0:
            what = "the first note" if notes and notes[0] < decks[0] else "text"
            message = f"{what} stands before the deck's heading"
            self._report(_line(tokens[0]), 0, message, "move it below the heading, or delete it")
        name = tokens[decks[0] + 1].content
        column = max(self.lines[line].find(name), 0)
        if not name:
            self._report(line, column, "the deck's heading is empty", "write the deck's name")
        elif match := _NOT_PLAIN.search(name):
            message = f'the deck\'s heading "{name}" holds "{match[0]}"'
            cure = "a deck's name is plain text"
            if match[0] == "::":
                cure = 'for a subdeck, write "deck: A::B" in the front matter'
            self._report(line, column + match.start(), message, cure)
        return name, line, column

    def _check_deck_name(self, name: str, line: int, column: int) -> None:
        parts = name.split("::")
        if any(not part or part != part.strip().strip(":") for part in parts) and name:
            message = f'Anki would change the deck name "{name}"'
            self._report(line, column, message, 'write words around each "::", without spaces')

    def _read_notes(
        self, tokens: Sequence[Token], headings: list[int], tags: tuple[str, ...]
    ) -> Iterator[NoteSource]:
        for place, end in pairwise([*headings, len(tokens)]):
            if tokens[place].tag == "h2":
                breaks = (
                    _line(token)
                    for token in tokens[place:end]
                    if token.type == "hr" and token.level == 0 and token.markup.startswith("-")
                )
                last_line = _line(tokens[end]) if end < len(tokens) else len(self.lines)
                yield self._read_note(tokens[place + 1], next(breaks, None), last_line, tags)

    def _read_note(
        self, inline: Token, extra_break: int | None, last_line: int, tags: tuple[str, ...]
    ) -> NoteSource:
        line = _line(inline)
        content = inline.content
        column = max(self.lines[line].find(content), 0)

        def report(
            _: int, offset: int, message: str, cure: str, severity: Severity = "error", /
        ) -> None:
            self._report(line, column + offset, message, cure, severity)

        attributes = read_attributes(content, report)
        question = content[: attributes.start].rstrip()
        own_tags = attributes.texts.get("tags", "").split()
        for fault in filter(None, map(tag_fault, own_tags)):
            report(0, attributes.start, *fault)
        written = attributes.texts.get("guid", "")
        guid = unquote(written)
        if quote(guid, safe="") != written:
            message = f'the guid "{written}" is not percent-encoded'
            report(0, attributes.start, message, f'write guid="{quote(written, safe="")}"')
        body_end, extra_start = (
            (last_line, last_line) if extra_break is None else (extra_break, extra_break + 1)
        )
        return NoteSource(
            heading=Fragment(path=self.path, line=line + 1, column=column + 1, text=question),
            body=self._fragment(line + 1, body_end),
            extra=self._fragment(extra_start, last_line),
            note_id=attributes.note_id or suggest_note_id(question),
            pinned=bool(attributes.note_id),
            reversed="reversed" in attributes.options,
            typed="typed" in attributes.options,
            hint=attributes.texts.get("hint", ""),
            source=attributes.texts.get("source", ""),
            guid=guid,
            note_type=attributes.texts.get("note-type", ""),
            tags=tuple(sorted({*tags, *own_tags})),
        )

    def _fragment(self, start: int, end: int) -> Fragment:
        """Return the lines from ``start`` to before ``end``, without blank ones around them."""
        while start < end and not self.lines[start].strip():
            start += 1
        while start < end and not self.lines[end - 1].strip():
            end -= 1
        text = "\n".join(self.lines[start:end])
        return Fragment(path=self.path, line=start + 1, column=1, text=text)


def _outline(lines: Sequence[str]) -> list[str]:
    """Return the lines, left blank where whole answers have nothing to do with the structure.

    No answer is parsed for it: they are parsed one by one when they are rendered. A heading at the
    beginning of a line ends every block but a fence and math, whose signs are kept.
    """
    outline = list(lines)
    answer: int | None = None
    for place, line in enumerate([*lines, "# "]):
        if _HEADING.match(line):
            if answer is not None:
                outline[answer:place] = [""] * (place - answer)
            answer = place + 1 if line.startswith("## ") else None
        elif answer is not None and _STRUCTURE.match(line):
            answer = None
    return outline


def _line(token: Token) -> int:
    return token.map[0] if token.map else 0


def _shorten(text: str) -> str:
    most = 40
    return text if len(text) <= most else text[:most] + "…"
