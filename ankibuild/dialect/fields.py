"""Write the HTML of a field: plain Markdown at sight, all other by the parser.

Most answers are paragraphs and flat lists with some emphasis. Their HTML is the very same that the
parser would make, without loading it; a test compares the two on texts of every kind.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from ankibuild.core.media import MediaFile
from ankibuild.core.problems import Fragment
from ankibuild.core.text import NONCHARACTERS, NOT_READ, Rendered

_NO_MEDIA: Mapping[str, MediaFile] = MappingProxyType({})
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


def render_block(source: Fragment, media: Mapping[str, MediaFile] = _NO_MEDIA) -> Rendered:
    """Return the HTML of whole paragraphs, lists, tables and code."""
    html = _write_blocks(source.text)
    if html is not None and not _STRANGE.search(html):
        return _plain(html)
    from ankibuild.dialect import markdown

    return markdown.render_block(source, media)


def render_inline(source: Fragment, media: Mapping[str, MediaFile] = _NO_MEDIA) -> Rendered:
    """Return the HTML of a single line, without a paragraph around it."""
    text = source.text
    if not text or (_INLINE.fullmatch(text) and not _STRANGE.search(text)):
        return _plain(_mark(text))
    from ankibuild.dialect import markdown

    return markdown.render_inline(source, media)


def write_literal(text: str) -> str:
    """Return the HTML of a text that is no Markdown."""
    if not text:
        return ""
    from ankibuild.dialect import markdown

    return markdown.write_literal(text)


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


def _plain(html: str) -> Rendered:
    return Rendered(
        html=html,
        text=NOT_READ.sub("", html).strip(),
        clozes=frozenset(),
        bare=False,
        media=frozenset(),
        problems=(),
    )
