"""Speed alone: write plain Markdown at sight, without the parser.

Decks gain whose answers are paragraphs and flat lists with some emphasis, as most are: nothing
here changes a byte of what the parser would write, and a test compares the two on texts of every
kind. Without this module all works as before, only slower.
"""

import re
from collections.abc import Sequence

from ankibuild.core.text import NONCHARACTERS

# What may mean something to the sanitizer or to Anki, or to the parser even in code; the strange
# ones stand apart, for a class of them would take long to compile each time it is used.
_SIGNS = r"\x00-\x1f\x7f-\xa0&<>\[\\\]`{}"
_STRANGE = re.compile("[\ud800-\udfff\ufeff]|" + NONCHARACTERS.pattern)
_WORDS = f"[^{_SIGNS}$*_|~]"
_SPAN = (
    rf"(?<!\w)\*\*(?=\w){_WORDS}++(?<=\w)\*\*(?![\w*])"
    rf"|(?<!\w)\*(?=[^\W\d]){_WORDS}++(?<=\w)\*(?![\w*])"
    rf"|`(?!\s)[^{_SIGNS}]++(?<!\s)`(?!`)"
)
_TEXT = rf"(?:{_WORDS}++|{_SPAN})++"
_LINE = rf"(?!\s|[#+-]|\d+[.)]){_TEXT}(?<!\s)"
_INLINE = re.compile(_TEXT)
_BLOCK = re.compile(
    rf"({_LINE}(?:\n{_LINE})*+)?"
    rf"(?:(?:^|\n)(?:(([-+*]) {_LINE}(?:\n\3 {_LINE})*+)"
    rf"|(1([.)]) {_LINE}(?:\n[0-9]{{1,9}}\5 {_LINE})*+)))?"
)
_BLANK = re.compile(r"\n\n+")
_ITEM = re.compile("^[^ ]+ (.*)$", re.MULTILINE)
_NUMBERS = re.compile("^[0-9]+", re.MULTILINE)
_MARKED = re.compile(r"\*\*([^*]+)\*\*|\*([^*]+)\*|`([^`]+)`")
_TAGS = ("strong", "em", "code")
_HEADING = re.compile("#{1,2} ")
FENCES = ("```", "~~~", "$$")
"""What begins a block of code or math, which no heading ends."""
# How a line begins that may have to do with where notes begin and end, or with what is checked of
# blocks: the signs of headings, breaks and quotes, and whatever could nest deeply.
_SPACE = r"[^\S\n]"
_STRUCTURE = (
    rf"{_SPACE}*#|{_SPACE}*-{_SPACE}*-{_SPACE}*-|{_SPACE}{{8}}|(?:{_SPACE}|[*+\-\d.)])*>"
    rf"|{_SPACE}*(?:(?:[*+-]|\d+[.)]){_SPACE}+){{3}}"
)
_STRUCTURED_LINE = re.compile(_STRUCTURE)
# The first condition only saves time.
_STRUCTURED_FILE = re.compile(rf"\n(?![A-Za-z\n])(?!#{{1,2}} |---+(?:\n|$))(?:{_STRUCTURE})")
_Heading = tuple[int, int, str, int | None]


def write_plain_block(text: str) -> str | None:
    """Return the HTML of paragraphs and flat lists; None for a text that the parser must read."""
    html = _write_blocks(text)
    return None if html is None or _STRANGE.search(html) else html


def write_plain_line(text: str) -> str | None:
    """Return the HTML of a line; None for one that the parser must read."""
    if text and (not _INLINE.fullmatch(text) or _STRANGE.search(text)):
        return None
    return _mark(text)


def find_plain_headings(lines: Sequence[str], start: int) -> list[_Heading] | None:
    """Return the headings of a file from a line on, and the first break below each.

    They are level, line, words and line of the break; None for a file that has more than plain
    headings and breaks to tell its structure by.
    """
    text = "\n".join(["", *lines[start:]])
    if any(sign in text for sign in FENCES) or _STRUCTURED_FILE.search(text):
        return None
    found: list[_Heading] = []
    for number, line in enumerate(lines[start:], start):
        if line.startswith("#"):
            marks, words = line.split(" ", 1)
            words = words.strip()
            if words.startswith("#") or words.endswith("#"):
                return None
            found.append((len(marks), number, words, None))
        elif not found and line.strip(" \t"):
            return None
        elif line.startswith("---"):
            # Below a line with a bar it may be part of a table.
            if "|" in lines[number - 1]:
                return None
            if found[-1][3] is None:
                found[-1] = (*found[-1][:3], number)
    return found


def without_answers(lines: Sequence[str]) -> list[str]:
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
        elif answer is not None and (
            _STRUCTURED_LINE.match(line) or any(sign in line for sign in FENCES)
        ):
            answer = None
    return outline


def _write_blocks(text: str) -> str | None:
    parts: list[str] = []
    is_list = False
    for block in _BLANK.split(text) if text else ():
        match = _BLOCK.fullmatch(block)
        # Between two lists a blank line may make one loose list of them.
        if not match or (is_list and not match[1]):
            return None
        paragraph, bullets, _, numbers, _ = match.groups()
        if paragraph:
            lines = paragraph.replace("\n", "<br>\n")
            parts.append(f"<p>{lines}</p>")
        # A list whose numbers would change is warned of.
        if numbers and not _counts(numbers):
            return None
        if bullets or numbers:
            items = _ITEM.sub(r"<li>\1</li>", bullets or numbers)
            parts.append(f"<ul>\n{items}\n</ul>" if bullets else f"<ol>\n{items}\n</ol>")
        is_list = bool(bullets or numbers)
    return _mark("\n".join(parts))


def _counts(numbers: str) -> bool:
    found = [int(each) for each in _NUMBERS.findall(numbers)]
    return found == [*range(1, len(found) + 1)] or len({*found}) == 1


def _mark(text: str) -> str:
    return _MARKED.sub(_write_span, text) if "*" in text or "`" in text else text


def _write_span(match: re.Match[str]) -> str:
    tag = _TAGS[(match.lastindex or 1) - 1]
    return f"<{tag}>{match[match.lastindex or 1]}</{tag}>"
