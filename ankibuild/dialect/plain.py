"""Speed alone: write plain Markdown at sight, without the parser.

Decks gain whose answers are paragraphs and flat lists with some emphasis, as most are: nothing
here changes a byte of what the parser would write, and a test compares the two on texts of every
kind. Without this module all works as before, only slower.
"""

import re
from collections.abc import Sequence

from ankibuild.core.text import NONCHARACTERS
from ankibuild.dialect.slips import BULLETS, DASHES, FENCES, MASKS

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
# A lone ampersand is one; others are for the parser.
_TEXT = rf"(?:{_WORDS}++|&(?![#\w]+;)|{_SPAN})++"
_LINE = rf"(?!\s|[#+{BULLETS}{DASHES}-]|\d+[.)]){_TEXT}(?<!\s)"
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
# How a line begins that may have to do with where notes begin and end, or with what is checked of
# blocks: the signs of headings and breaks, and whatever could nest deeply.
_SPACE = r"[^\S\n]"
_STRUCTURED_LINE = re.compile(
    rf"{_SPACE}*#|{_SPACE}*-{_SPACE}*-{_SPACE}*-|{_SPACE}{{8}}|{_SPACE}*>{_SPACE}{{5}}"
    rf"|(?:{_SPACE}*(?:>|(?:[*+-]|\d+[.)]){_SPACE})){{3}}"
)
_BREAK = re.compile("---+")
_CODE = re.compile(r"(`{3,}|~{3,})[\w+-]*")
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


def find_plain_headings(lines: Sequence[str]) -> list[_Heading] | None:
    """Return the headings in lines without answers, and the first break below each.

    They are level, line, words and line of the break; None if anything else is left there.
    """
    found: list[_Heading] = []
    for number, line in enumerate(lines):
        if _HEADING.match(line):
            marks, words = line.split(" ", 1)
            words = words.strip()
            if words.startswith("#") or words.endswith("#"):
                return None
            found.append((len(marks), number, words, None))
        elif line.strip(" \t"):
            if not found or not _BREAK.fullmatch(line):
                return None
            if found[-1][3] is None:
                found[-1] = (*found[-1][:3], number)
    return found


def without_answers(lines: Sequence[str]) -> list[str]:
    """Return the lines, left blank where whole answers have nothing to do with the structure.

    No answer is parsed for it: they are parsed one by one when they are rendered. A heading at the
    beginning of a line ends every block but a fence and math: these are passed over where they
    begin and end as plainly as most do, and kept where they do not.
    """
    outline = list(lines)
    answer: int | None = None
    breaks: list[int] = []
    is_sure, end = True, 0
    for place, line in enumerate([*lines, "# "]):
        if place < end:
            continue
        if _HEADING.match(line):
            if answer is not None:
                outline[answer:place] = [""] * (place - answer)
                for each in breaks:
                    outline[each] = lines[each]
            answer, breaks = place + 1, []
        elif any(sign in line for sign in FENCES):
            end = _end_of_block(lines, place) if is_sure else 0
            if not end:
                # What opens here may reach beyond any heading.
                answer, is_sure = None, False
        elif answer is not None and _STRUCTURED_LINE.match(line):
            # Below a line with a bar it may be part of a table.
            if _BREAK.fullmatch(line) and "|" not in lines[place - 1]:
                breaks.append(place)
            else:
                answer = None
    return outline


def _end_of_block(lines: Sequence[str], start: int) -> int:
    """Return the line behind the code or math that plainly begins at a line and ends; else 0."""
    first = lines[start]
    if first == "$$" and (start == 0 or not lines[start - 1] or _HEADING.match(lines[start - 1])):
        ends = (line.strip().endswith(first) for line in lines[start + 1 :])
    elif (match := _CODE.fullmatch(first)) and not first.endswith(MASKS):
        closing = re.compile(rf" {{0,3}}{match[1]}{match[1][0]}*[ \t]*")
        ends = (bool(closing.fullmatch(line)) for line in lines[start + 1 :])
    else:
        return 0
    return next((place for place, is_end in enumerate(ends, start + 2) if is_end), 0)


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
    text = text.replace("&", "&amp;")
    return _MARKED.sub(_write_span, text) if "*" in text or "`" in text else text


def _write_span(match: re.Match[str]) -> str:
    tag = _TAGS[(match.lastindex or 1) - 1]
    return f"<{tag}>{match[match.lastindex or 1]}</{tag}>"
