"""Read one file's text into a deck of notes, still in Markdown."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import quote, unquote

from ankibuild.core.identity import suggest_note_id
from ankibuild.core.names import deck_name_fault, tag_fault
from ankibuild.core.problems import Fragment, Problem, Reporter, piece_of
from ankibuild.core.text import NOT_TEXT, normal_form
from ankibuild.core.values import Struct, hash_of, replace
from ankibuild.dialect.attributes import lost_sign, read_attributes, report_bare_id
from ankibuild.dialect.front_matter import FrontMatter, read_front_matter
from ankibuild.dialect.outline import Outline, Section, find_sections, is_closed
from ankibuild.dialect.slips import ends_with_mark, find_unmerged, in_fences, report_questions

_NOT_PLAIN = re.compile(r"::|[*_`<>\[\]\\]|\{[#.]")
_HEADINGS = ("# ", "## ")
_DIGEST = 16
"""Bytes of the hash of a note's text: no two of them are ever the same by chance."""


class NoteSource(Struct, frozen=True, kw_only=True):
    """A note as its author wrote it: Markdown, not yet HTML.

    ``pinned`` tells whether ``note_id`` stands in the source or is only suggested by the heading.
    ``guid`` is that of a note that Anki had before, ``note_type`` the name of one that the package
    brings along; else they are empty.
    """

    heading: Fragment
    body: Fragment
    extra: Fragment
    note_id: str
    pinned: bool
    reversed: bool
    typed: bool
    hint: str
    source: str
    guid: str
    note_type: str
    tags: tuple[str, ...]


class DeckSource(Struct, frozen=True, kw_only=True):
    """One Markdown file: a deck's name below the package's title, its description, its notes.

    ``heading`` is the first-level heading, or the beginning of a file that has none. ``digests``
    are those of the notes' texts, where they were asked for: "" for a note that must be read anew.
    """

    heading: Fragment
    name: str
    description: Fragment
    order: int | None
    notes: tuple[NoteSource, ...]
    digests: tuple[bytes, ...] = ()


class ReadNote(Struct, frozen=True, array_like=True):
    """What a note's text holds, without what was wrong with it, which is nothing.

    ``body`` and ``extra`` are from a line to before another, counted from that of the heading.
    """

    question: str
    column: int
    note_id: str
    pinned: bool
    reversed: bool
    typed: bool
    hint: str
    source: str
    guid: str
    note_type: str
    tags: tuple[str, ...]
    body: tuple[int, int]
    extra: tuple[int, int]


Known = Mapping[bytes, ReadNote]
"""Notes that need not be read again, by the digests of their texts."""


class ParsedFile(NamedTuple):
    """What one file holds, and what is wrong with it; errors mean the deck is of no use."""

    deck: DeckSource
    problems: tuple[Problem, ...]


def parse_file(path: str, text: str, stem: str, known: "Known | None" = None) -> ParsedFile:
    """Return the deck in a Markdown file's text; ``stem`` names it when no heading does.

    ``known`` are notes that were read before, by the digests of their texts: these are not read
    again. With it, however empty, the deck has digests.
    """
    return _Reader(path, text, stem, known).read()


def as_read(source: NoteSource) -> ReadNote:
    """Return what was read of a note, wherever it stands."""
    return ReadNote(
        source.heading.text,
        source.heading.column,
        source.note_id,
        source.pinned,
        source.reversed,
        source.typed,
        source.hint,
        source.source,
        source.guid,
        source.note_type,
        source.tags,
        *(_lines_of(each, source.heading.line) for each in (source.body, source.extra)),
    )


def _lines_of(fragment: Fragment, first: int) -> tuple[int, int]:
    start = fragment.line - first
    return start, start + (fragment.text.count("\n") + 1 if fragment.text else 0)


def split_lines(text: str) -> list[str]:
    """Return a file's lines, without a byte order mark, Windows line endings read as plain."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")


class _Reader:
    """One file being read; lines and columns count from 0 until they are reported."""

    def __init__(self, path: str, text: str, stem: str, known: "Known | None") -> None:
        self.path = path
        self.stem = stem
        self.lines = split_lines(text)
        self.report = Reporter(path)
        self.known = known
        # By the lines that they begin at: the pieces' ends and digests, and which are known.
        self.pieces: dict[int, tuple[int, bytes]] = {}
        self.found: dict[int, ReadNote] = {}

    def read(self) -> ParsedFile:
        if find_unmerged(self.lines, self.report):
            return self._nothing()
        self._check_characters()
        matter = read_front_matter(self.lines, self.report)
        outline = self._find_sections(matter)
        decks = [section for section in outline.sections if section.level == 1]
        notes = [section for section in outline.sections if section.level > 1]
        name, line, column = self._read_deck_heading(outline, decks, notes, matter.deck)
        description_start = line + 1 if decks else matter.end
        description_end = notes[0].line if notes else len(self.lines)
        deck = DeckSource(
            heading=Fragment(path=self.path, line=line + 1, column=column + 1, text=name),
            name=normal_form(" ".join((matter.deck or name).split())),
            description=self._fragment(description_start, description_end),
            order=matter.order,
            notes=tuple(self._read_notes(outline.sections, matter)),
        )
        self._check_text(deck)
        if deck.name and (fault := deck_name_fault(deck.name)):
            self.report(line, column, *fault)
        if self.known is not None:
            deck = replace(deck, digests=tuple(self._digests_of(outline.sections)))
        return ParsedFile(deck, tuple(self.report.problems))

    def _find_sections(self, matter: FrontMatter) -> Outline:
        """Return the outline; what is known is not read for it.

        A heading at the left edge begins a piece of the file, wherever nothing is open before it.
        """
        lines, start = self.lines, matter.end
        if self.known is None:
            return find_sections(lines, start, self.report)
        seed = hash_of([list(matter.tags), matter.note_type]).encode()
        starts = [n for n, line in enumerate(lines) if line[:1] == "#" and n >= start]
        in_code = in_fences(lines)
        starts = [n for n in starts if lines[n].startswith(_HEADINGS) and not in_code[n]]
        for first, end in pairwise([*starts, len(lines)]):
            # A note is the same at the end of its file.
            text = "\n".join(lines[first:end]).rstrip("\n").encode("utf-8", "surrogatepass")
            digest = blake2b(text, digest_size=_DIGEST, key=seed).digest()
            self.pieces[first] = end, digest
            if digest in self.known:
                self.found[first] = self.known[digest]
        unread, place = [], start
        for first in [*self.found, len(lines)]:
            if any(line.strip(" \t") for line in lines[place:first]):
                unread.append((place, first))
            place = self.pieces.get(first, (first, b""))[0]
        if not all(end == len(lines) or is_closed(lines[first:end]) for first, end in unread):
            self.found = {}
            return find_sections(lines, start, self.report)
        sections = [Section(2, first, "", None) for first in self.found]
        beginnings = list(self.found)
        for first, end in unread:
            outline = find_sections(lines[first:end], 0, self.report.at(first, 0))
            sections += [each.moved(first) for each in outline.sections]
            beginnings.append(first + outline.first_line)
        return Outline(sorted(sections, key=lambda each: each.line), min(beginnings, default=start))

    def _digests_of(self, sections: Sequence[Section]) -> Iterator[bytes]:
        """Yield the digest of each note's text; none where it must be read anew.

        That is where anything is wrong with it, where it hangs on what follows, or where an open
        fence above it kept it from being looked at.
        """
        wrong = {each.line - 1 for each in self.report.problems}
        unclosed = min(self._unclosed(), default=len(self.lines) + 1)
        ends = [*(each.line for each in sections[1:]), len(self.lines)]
        for section, end in zip(sections, ends, strict=False):
            if section.level == 1:
                continue
            piece_end, digest = self.pieces.get(section.line, (0, b""))
            is_whole = end == piece_end and wrong.isdisjoint(range(section.line, end))
            is_whole = is_whole and section.line < unclosed
            is_known = section.line in self.found
            yield digest if is_known or (is_whole and self._is_alone(section.line, end)) else b""

    def _is_alone(self, start: int, end: int) -> bool:
        """Tell whether a note is the same whatever follows it.

        A heading behind it shows that its code is closed, but not its math, which looks beyond.
        """
        lines = self.lines[start:end]
        is_last = end == len(self.lines)
        return not (is_last or any("$$" in line for line in lines)) or is_closed(lines)

    def _nothing(self) -> ParsedFile:
        """Return an empty deck, named so that no other deck can be called like it."""
        empty = self._fragment(0, 0)
        deck = DeckSource(heading=empty, name=self.path, description=empty, order=None, notes=())
        return ParsedFile(deck, tuple(self.report.problems))

    def _check_characters(self) -> None:
        # None of them can be printed, so that most texts need no closer look.
        if "".join(self.lines).isprintable():
            return
        for number, line in enumerate(self.lines):
            if line.isprintable():
                continue
            for match in NOT_TEXT.finditer(line):
                message = f'there is an invisible character here, "U+{ord(match[0]):04X}"'
                self.report(number, match.start(), "invisible-character", message, "delete it")
            # What follows must not trip over them; nothing is published while they are there.
            self.lines[number] = NOT_TEXT.sub("\ufffd", line)

    def _read_deck_heading(
        self, outline: Outline, decks: Sequence[Section], notes: Sequence[Section], named: str
    ) -> tuple[str, int, int]:
        """Return the name of the deck and its place; the file's own name when it has no heading.

        ``named`` is the name that the front matter gives it, or "".
        """
        for section in decks[1:]:
            message = f'"{section.words}" is a second deck heading in one file'
            cure = 'one file is one deck: begin a new file, or write "##" to make it a note'
            self.report(section.line, 0, "second-deck-heading", message, cure)
        if not decks:
            if notes and not named:
                message = f'no heading names the deck, so it is called "{self.stem}"'
                self.report(
                    0,
                    0,
                    "missing-deck-heading",
                    message,
                    'write "# Name of the deck" at the top',
                    "warning",
                )
            return self.stem, 0, 0
        name, line = decks[0].words, decks[0].line
        if outline.first_line < line:
            what = "the first note" if notes and notes[0].line < line else "text"
            message = f"{what} comes before the deck's heading"
            cure = "move it below the heading, or delete it"
            self.report(outline.first_line, 0, "misplaced-text", message, cure)
        column = max(self.lines[line].find(name), 0)
        if not name:
            self.report(
                line,
                column,
                "empty-deck-heading",
                "the deck's heading is empty",
                "write the deck's name",
            )
        elif match := _NOT_PLAIN.search(name):
            message = f'the deck\'s heading "{name}" contains "{match[0]}"'
            cure = "a deck's name is plain text"
            if match[0] == "::":
                cure = 'for a subdeck, write "deck: A::B" in the front matter'
            self.report(line, column + match.start(), "invalid-deck-heading", message, cure)
        return name, line, column

    def _check_text(self, deck: DeckSource) -> None:
        notes = list(deck.notes)
        unclosed = self._unclosed()
        if unclosed:
            # It explains what looks like text behind it.
            lines = [note.heading.line for note in notes]
            del notes[max(bisect_right(lines, min(unclosed)) - 1, 0) :]
        if any(note.pinned for note in notes):
            for note in notes:
                place = note.heading.line - 1, note.heading.column - 1
                if not note.pinned:
                    report_bare_id(note.heading.text, self.report.at(*place))
        told = {each.line for each in self.report.problems}
        if not unclosed or notes:
            report_questions(deck.description, "the deck's description", told, self.report)
        for note in notes:
            if note.heading.line - 1 in self.found:
                continue
            where = f"the answer to line {note.heading.line}"
            asks = ends_with_mark(note.heading.text)
            report_questions(note.body, where, told, self.report, asks=asks)
            report_questions(note.extra, where, told, self.report, asks=asks)

    def _unclosed(self) -> list[int]:
        """Return the lines, from 1, of the code fences that nothing closes."""
        return [each.line for each in self.report.problems if each.rule == "unclosed-fence"]

    def _read_notes(self, sections: Sequence[Section], matter: FrontMatter) -> Iterator[NoteSource]:
        ends = [*(section.line for section in sections[1:]), len(self.lines)]
        for section, end in zip(sections, ends, strict=False):
            if known := self.found.get(section.line):
                yield self._place(known, section.line)
            elif section.level > 1:
                yield self._read_note(section, end, matter)

    def _place(self, known: ReadNote, line: int) -> NoteSource:
        first, column, question = line + 1, known.column, known.question
        return NoteSource(
            heading=Fragment(path=self.path, line=first, column=column, text=question),
            body=self._piece(line, known.body),
            extra=self._piece(line, known.extra),
            note_id=known.note_id,
            pinned=known.pinned,
            reversed=known.reversed,
            typed=known.typed,
            hint=known.hint,
            source=known.source,
            guid=known.guid,
            note_type=known.note_type,
            tags=known.tags,
        )

    def _read_note(self, section: Section, last_line: int, matter: FrontMatter) -> NoteSource:
        line, content = section.line, section.words
        column = max(self.lines[line].find(content), 0)

        if sign := lost_sign(self.lines[line], section.level):
            self.report(line, *sign, "warning")
        report = self.report.at(line, column)
        attributes = read_attributes(content, report)
        question = content[: attributes.start].rstrip()
        own_tags = attributes.texts.get("tags", "").split()
        for fault in filter(None, map(tag_fault, own_tags)):
            report(0, attributes.start, *fault)
        written = attributes.texts.get("guid", "")
        guid = unquote(written)
        if guid and quote(guid, safe="") != written:
            message = f'the guid "{written}" is not percent-encoded'
            report(
                0,
                attributes.start,
                "invalid-guid",
                message,
                f'write guid="{quote(written, safe="")}"',
            )
        body_end, extra_start = (
            (last_line, last_line)
            if section.break_line is None
            else (section.break_line, section.break_line + 1)
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
            note_type=attributes.texts.get("note-type", matter.note_type),
            tags=tuple(sorted({*matter.tags, *own_tags})),
        )

    def _piece(self, line: int, lines: tuple[int, int]) -> Fragment:
        start, end = line + lines[0], line + lines[1]
        text = "\n".join(self.lines[start:end])
        return Fragment(path=self.path, line=start + 1, column=1, text=text)

    def _fragment(self, start: int, end: int) -> Fragment:
        return piece_of(self.path, self.lines, start, end)
