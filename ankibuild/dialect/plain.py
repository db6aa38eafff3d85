"""Speed alone: write plain Markdown at sight, without the parser.

Decks gain whose answers are paragraphs and flat lists with some emphasis, as most are: nothing
here changes a byte of what the parser would write, and a test compares the two on texts of every
kind. Without this module all works as before, only slower.
"""

import re

from ankibuild.core.text import NONCHARACTERS

# What may mean something to the sanitizer or to Anki, or to the parser even in code; the strange
# ones stand apart, for a class of them would take long to compile each time it is used.
_SIGNS = r"\x00-\x1f\x7f-\xa0&<>\[\\\]`{}"
_STRANGE = re.compile("[\ud800-\udfff\ufeff]|" + NONCHARACTERS.pattern)
_WORDS = f"[^{_SIGNS}$*_|~]"
_SPAN = (
    rf"(?<!\w)\*\*(?=\w){_WORDS}++(?<=\w)\*\*(?![\w*])"
    rf"|(?<!\w)\*(?=\w){_WORDS}++(?<=\w)\*(?![\w*])"
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
_MARKED = re.compile(r"\*\*([^*]+)\*\*|\*([^*]+)\*|`([^`]+)`")
_TAGS = ("strong", "em", "code")


def write_plain_block(text: str) -> str | None:
    """Return the HTML of paragraphs and flat lists; None for a text that the parser must read."""
    html = _write_blocks(text)
    return None if html is None or _STRANGE.search(html) else html


def write_plain_line(text: str) -> str | None:
    """Return the HTML of a line; None for one that the parser must read."""
    if text and (not _INLINE.fullmatch(text) or _STRANGE.search(text)):
        return None
    return _mark(text)


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
            parts.append(f"<p>{paragraph}</p>")
        if bullets or numbers:
            items = _ITEM.sub(r"<li>\1</li>", bullets or numbers)
            parts.append(f"<ul>\n{items}\n</ul>" if bullets else f"<ol>\n{items}\n</ol>")
        is_list = bool(bullets or numbers)
    return _mark("\n".join(parts))


def _mark(text: str) -> str:
    return _MARKED.sub(_write_span, text) if "*" in text or "`" in text else text


def _write_span(match: re.Match[str]) -> str:
    tag = _TAGS[(match.lastindex or 1) - 1]
    return f"<{tag}>{match[match.lastindex or 1]}</{tag}>"
