r"""Read Markdown that was written for another tool that makes cards of headings.

mdanki, md2apkg and markdown-anki-decks agree with us on second-level headings. What they write
otherwise is rewritten: lines of ``%``, links and comments that hold tags, ``\\(`` for math.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote, unquote

from ankibuild.core.clozes import OPENING
from ankibuild.core.files import LARGEST_MEDIA
from ankibuild.core.media import FORMS
from ankibuild.core.names import short_name, unused_name
from ankibuild.core.obeyed import SOUND
from ankibuild.core.problems import AnkibuildError, Reporter, about
from ankibuild.core.values import Struct
from ankibuild.dialect.attributes import read_attributes
from ankibuild.dialect.front_matter import FrontMatter, read_front_matter
from ankibuild.dialect.markdown import parse_blocks
from ankibuild.importers.imported import Imported, ImportedCard, ImportedDeck, Passage
from ankibuild.importers.passages import keep_block, keep_line
from ankibuild.importers.reading import read_data

_COMMENT = re.compile(r"<!--\s*md2apkg\s+([a-z-]+)\s*(.*?)\s*-->")
_TAG_LINK = re.compile(r"\[#([^\]\s]+)\]\([^()\s]*\)")
_TAG_LINE = re.compile(rf"(?:{_TAG_LINK.pattern}\s*)+")
_PICTURE = re.compile(r"!\[((?:[^\]\\]|\\.)*)\]\(([^()\s]+)(?:\s+\"[^\"]*\")?\)")
_CLOZE = re.compile(OPENING)
_MATH = (
    (re.compile(r"\\\\\(\s*(.+?)\s*\\\\\)"), "$"),
    (re.compile(r"\\\\\[\s*(.+?)\s*\\\\\]"), "$$"),
)


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
    media: dict[str, bytes] = {}
    decks = tuple(_read_decks(path, sections, level, matter, media))
    return Imported(form="Markdown with a heading for each card", decks=decks, media=media)


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
    path: Path,
    sections: Sequence[_Section],
    level: int,
    matter: FrontMatter,
    media: dict[str, bytes],
) -> Iterator[ImportedDeck]:
    """Yield a deck for each heading above the level of the questions."""
    above: list[_Section] = []
    joined: list[_Section] = []
    for section in sections:
        if section.level > level and joined:
            marks = "#" * min(6, max(3, section.level))
            lines = (*joined[-1].lines, (f"{marks} {section.heading}", False), *section.lines)
            last = joined[-1]
            joined[-1] = _Section(
                level=last.level, line=last.line, heading=last.heading, lines=lines
            )
        elif section.level == level:
            joined.append(section)
        else:
            if joined or any(text.strip() for each in above for text, _ in each.lines):
                yield _deck(path, above, joined, matter, media)
                above, joined = [], []
            above.append(section)
    yield _deck(path, above, joined, matter, media)


def _deck(
    path: Path,
    above: Sequence[_Section],
    sections: Sequence[_Section],
    matter: FrontMatter,
    media: dict[str, bytes],
) -> ImportedDeck:
    names = [section.heading for section in above if section.heading]
    description = "\n".join(text for each in above for text, _ in each.lines).strip()
    cards = (_card(path, section, matter, media) for section in sections)
    return ImportedDeck(
        name=matter.deck or (names[-1] if names else ""),
        cards=tuple(card for card in cards if card),
        description=keep_block(description),
    )


def _card(
    path: Path, section: _Section, matter: FrontMatter, media: dict[str, bytes]
) -> ImportedCard | None:
    front: list[str] = []
    body: list[str] = []
    tags = list(matter.tags)
    for text, is_code in section.lines:
        comment = None if is_code else _COMMENT.fullmatch(text.strip())
        if comment and comment[1] == "ignore-card":
            return None
        if comment and comment[1] == "tags":
            tags += comment[2].split()
        elif not is_code and (text.strip() == "%" or (comment and comment[1] == "split")):
            front, body = [*front, *body], []
        elif not is_code and _TAG_LINE.fullmatch(text.strip()):
            tags += _TAG_LINK.findall(text)
        elif not comment:
            body.append(text if is_code else _rewrite(path, text, media))
    question = _rewrite(path, section.heading, media)
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


_PLAIN = ("paragraph_open", "inline", "paragraph_close")


def _rewrite(path: Path, line: str, media: dict[str, bytes]) -> str:
    for pattern, sign in _MATH:
        line = pattern.sub(rf"{sign}\1{sign}", line)
    line = _PICTURE.sub(lambda match: _media(path, match[0], match[1], match[2], media), line)
    return SOUND.sub(
        lambda match: _media(path, f"![](media/{quote(match[1])})", "", match[1], media), line
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # Its name is too long for a file.
        return False


def _media(path: Path, written: str, words: str, address: str, media: dict[str, bytes]) -> str:
    """Return a picture or sound with its place in our package, if its file is found here."""
    target = path.parent / unquote(address)
    suffix = target.suffix.lower()
    if ":" in address or suffix.removeprefix(".") not in FORMS or not _is_file(target):
        return written
    data = read_data(target, LARGEST_MEDIA)
    others = {name for name, known in media.items() if known != data}
    name = unused_name(short_name(target.stem) or "media", others, suffix)
    media[name] = data
    return f"![{words}](media/{name})"
