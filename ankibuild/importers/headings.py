r"""Read Markdown that was written for another tool that makes cards of headings.

mdanki, md2apkg and markdown-anki-decks agree with us on second-level headings. What they write
otherwise is rewritten: lines of ``%``, links and comments that hold tags, ``\\(`` for math.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from ankibuild.core.clozes import OPENING
from ankibuild.core.problems import AnkibuildError, Reporter, about
from ankibuild.core.values import Struct, replace
from ankibuild.dialect.attributes import read_attributes
from ankibuild.dialect.front_matter import FrontMatter, read_front_matter
from ankibuild.dialect.markdown import parse_blocks
from ankibuild.importers.foreign import MediaBeside, rewrite_line
from ankibuild.importers.imported import Imported, ImportedCard, ImportedDeck, Passage
from ankibuild.importers.passages import keep_block, keep_line

_COMMENT = re.compile(r"<!--\s*md2apkg\s+([a-z-]+)(.*)")
_TAG_LINK = re.compile(r"\[#([^\]\s]{1,200})\]\([^()\s]*\)")
_TAG_LINE = re.compile(rf"(?:{_TAG_LINK.pattern}\s*)+")
_CLOZE = re.compile(OPENING)


class _Section(Struct, frozen=True, kw_only=True):
    """A heading and the lines below it; lines of code are marked, so that they stay as they are."""

    level: int
    line: int
    heading: str
    lines: tuple[tuple[str, bool], ...]


def read_headings(path: Path, text: str) -> Imported:
    """Return the decks in a Markdown file, with their pictures and sounds.

    Raises AnkibuildError when it was written for ankibuild already.
    """
    lines = text.split("\n")
    matter = read_front_matter(lines, Reporter(""))
    sections = list(_read_sections(lines, matter.end))
    _check_foreign(path, sections)
    level = _level_of_questions([section.level for section in sections])
    media = MediaBeside(path)
    decks = tuple(_read_decks(sections, level, matter, media))
    return Imported(
        form="Markdown with a heading for each card",
        decks=decks,
        media=media.copied,
        warnings=tuple(media.outside.values()),
    )


def _level_of_questions(levels: Sequence[int]) -> int:
    """Return 2, as in our dialect, or the highest level; one heading above the others is a deck."""
    used = sorted({level for level in levels if level})
    if 2 in used or not used:  # noqa: PLR2004 (as in our dialect)
        return 2
    return used[1] if len(used) > 1 and levels.count(used[0]) == 1 else used[0]


def _read_sections(lines: Sequence[str], start: int) -> Iterator[_Section]:
    tokens = parse_blocks("\n" * start + "\n".join(lines[start:]))
    code: set[int] = set()
    breaks: set[int] = set()
    headings: list[tuple[int, int, str]] = [(0, start - 1, "")]
    for place, token in enumerate(tokens):
        begin, end = token.map or (0, 0)
        if token.type in ("fence", "code_block"):
            code |= set(range(begin, end))
        elif token.type == "hr" and token.level == 0:
            breaks.add(begin)
        elif token.type == "heading_open" and token.level == 0:
            headings.append((int(token.tag[1]), begin, tokens[place + 1].content))
    ends = [line for _, line, _ in headings[1:]] + [len(lines)]
    for (level, line, heading), end in zip(headings, ends, strict=True):
        # Dashes would begin the extra.
        kept = tuple(("***" if n in breaks else lines[n], n in code) for n in range(line + 1, end))
        yield _Section(level=level, line=line + 1, heading=heading, lines=kept)


def _check_foreign(path: Path, sections: Sequence[_Section]) -> None:
    for section in sections:
        if read_attributes(section.heading, Reporter("")).note_id:
            message = f'the heading "{section.heading}" has an id, so this file is ours already'
            cure = "put the file into a package's folder: ankibuild new makes one"
            problem = about(path, "already-a-deck", message, cure, line=section.line, column=1)
            raise AnkibuildError((problem,))


def _read_decks(
    sections: Sequence[_Section],
    level: int,
    matter: FrontMatter,
    media: MediaBeside,
) -> Iterator[ImportedDeck]:
    """Yield a deck for each heading above the level of the questions."""
    above: list[_Section] = []
    joined: list[_Section] = []
    is_full = False
    for section in _with_lower(sections, level):
        if section.level == level:
            joined.append(section)
        else:
            if joined or is_full:
                yield _deck(above, joined, matter, media)
                above, joined = [], []
            above.append(section)
            is_full = any(text.strip() for text, _ in section.lines)
    yield _deck(above, joined, matter, media)


def _with_lower(sections: Sequence[_Section], level: int) -> Iterator[_Section]:
    """Yield the sections, with those below the level of the questions as lines of the answers."""
    asked: _Section | None = None
    lines: list[tuple[str, bool]] = []
    for section in sections:
        if asked and section.level > level:
            lines.append((f"{'#' * max(3, section.level)} {section.heading}", False))
            lines += section.lines
            continue
        if asked:
            yield replace(asked, lines=tuple(lines))
        asked = section if section.level == level else None
        lines = list(section.lines)
        if not asked:
            yield section
    if asked:
        yield replace(asked, lines=tuple(lines))


def _deck(
    above: Sequence[_Section],
    sections: Sequence[_Section],
    matter: FrontMatter,
    media: MediaBeside,
) -> ImportedDeck:
    names = [section.heading for section in above if section.heading]
    description = "\n".join(text for each in above for text, _ in each.lines).strip()
    cards = (_card(section, matter, media) for section in sections)
    return ImportedDeck(
        name=matter.deck or (names[-1] if names else ""),
        cards=tuple(card for card in cards if card),
        description=keep_block(description),
    )


def _card(section: _Section, matter: FrontMatter, media: MediaBeside) -> ImportedCard | None:
    front: list[str] = []
    body: list[str] = []
    tags = list(matter.tags)
    for text, is_code in section.lines:
        comment = None if is_code else _comment(text.strip())
        if comment and comment[1] == "ignore-card":
            return None
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
        doubt = "what stood above the % is on the back"
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
