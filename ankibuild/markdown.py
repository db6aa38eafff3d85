"""The dialect: which Markdown is understood, to tokens and to the HTML of a field.

CommonMark with tables and strikethrough, without setext headings and without HTML; cloze deletions
are a rule of the parser, so they never reach into code or across a paragraph.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, image
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from ankibuild.errors import Problem
from ankibuild.model import Fragment

NONCHARACTERS = re.compile("[\ufdd0-\ufdef\ufffe\uffff]")
"""Code points that Unicode reserves for a program's own use; the marks below are among them."""

MOST_NESTED = 50
"""How deep lists and quotes may nest; the parser leaves out what stands deeper."""

# While HTML is made these stand for the parts of a cloze, so that nothing in the text can be
# taken for one: {{c _OPEN numbers _NUMBERS_END text _HINT hint _CLOSE }}.
_OPEN, _NUMBERS_END, _HINT, _CLOSE = "\ufdd0\ufdd1\ufdd2\ufdd3"

_CLOZE_START = re.compile(r"\{\{c(\d[\d,]*)::")
_CLOZE_LITERAL = re.compile(r"\{(?=\{c[\d,]+::)")
_COLONS = re.compile(f"(?<=:):|:(?=[:{_HINT}{_CLOSE}])")
_BRACES = re.compile(f"(?<=}})}}|}}(?=[}}{_HINT}{_CLOSE}])")
_MARK = re.compile(f"{_OPEN}([\\d,]+){_NUMBERS_END}|{_HINT}|{_CLOSE}")
_LAST_CLOZE_NUMBER = 500
_NO_TEXT = re.compile("<[^>]*>|&nbsp;|[\\s\u00a0\u200b\u2060\ufeff]|" + f"[{_OPEN}-{_CLOSE}]")
_ESCAPE_CURE = r'to show it as it is, write "\{{"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The HTML of a field, the cloze numbers in it, and what was wrong with its Markdown."""

    html: str
    clozes: frozenset[int]
    problems: tuple[Problem, ...]

    @property
    def is_empty(self) -> bool:
        """Tell whether a learner would see nothing."""
        return not _NO_TEXT.sub("", self.html)


def parse_blocks(text: str) -> Sequence[Token]:
    """Return the block tokens of a text; inline tokens keep their raw content."""
    parser = _parser()
    tokens: list[Token] = []
    parser.block.parse(text, parser, {}, tokens)
    return tokens


def unclosed_fences(tokens: Sequence[Token], lines: Sequence[str]) -> list[int]:
    """Return the places in ``lines`` where a code fence opens that nothing closes."""
    return [start for token in tokens if (start := _unclosed_fence(token, lines)) is not None]


def render_block(source: Fragment) -> Rendered:
    """Return the HTML of whole paragraphs, lists, tables and code."""
    return _render(source, inline=False)


def render_inline(source: Fragment) -> Rendered:
    """Return the HTML of a single line, without a paragraph around it."""
    return _render(source, inline=True)


def write_literal(text: str) -> str:
    """Return the HTML of a text that is no Markdown."""
    return _write_clozes(escape(text))


def _render(source: Fragment, *, inline: bool) -> Rendered:
    parser = _parser()
    problems: list[Problem] = []
    clozes: set[int] = set()
    env: EnvType = {"source": source, "problems": problems, "clozes": clozes}
    if inline:
        html = parser.renderInline(source.text, env)
    else:
        html = parser.render(source.text, env).rstrip("\n")
    return Rendered(html=_write_clozes(html), clozes=frozenset(clozes), problems=tuple(problems))


def _write_clozes(html: str) -> str:
    html = _CLOZE_LITERAL.sub("&#123;", html)
    if _OPEN not in html:
        return html
    html = _BRACES.sub("&#125;", _COLONS.sub("&#58;", html))
    return _MARK.sub(_cloze_mark, html)


def _cloze_mark(mark: re.Match[str]) -> str:
    if mark[0] == _HINT:
        return "::"
    return "}}" if mark[0] == _CLOSE else f"{{{{c{mark[1]}::"


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "xhtmlOut": False, "maxNesting": MOST_NESTED})
    parser.enable(["table", "strikethrough"])
    parser.disable(["lheading", "html_block", "html_inline"])
    parser.core.ruler.at("inline", _parse_inlines)
    parser.inline.ruler.at("image", _picture)
    parser.inline.ruler.before("escape", "cloze", _cloze)
    parser.inline.ruler.before("cloze", "cloze_hint", _cloze_hint)
    parser.add_render_rule("cloze_open", _render_cloze_open)
    parser.add_render_rule("cloze_hint", _render_cloze_hint)
    parser.add_render_rule("cloze_close", _render_cloze_close)
    return parser


def _parse_inlines(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "inline":
            state.env.update(inline=token, unclosed={}, hints=set())
            token.children = []
            state.md.inline.parse(token.content, state.md, state.env, token.children)


def _cloze(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (markdown-it calls it so)
    match = _CLOZE_START.match(state.src, state.pos, state.posMax)
    if not match:
        return False
    start, text_start, limit = state.pos, match.end(), state.posMax
    hints, end = _find_cloze_end(state, start, text_start)
    if end is None:
        if not silent:
            message = f'the cloze "{match[0]}" is not closed in its paragraph, item or cell'
            _report(state, start, message, f'write "}}}}" after it, or {_ESCAPE_CURE}')
        return False
    if not silent:
        numbers = _cloze_numbers(state, start, match[1])
        text_end = hints[0] if hints else end
        if not state.src[text_start:text_end].strip():
            message = f'the cloze "{state.src[start : end + 2]}" hides nothing'
            _report(state, start, message, "write the hidden words after the two colons")
        if len(hints) > 1:
            message = f'the cloze "{match[0]}" has a second "::"'
            _report(
                state,
                hints[1],
                message,
                r'only one hint can follow the answer; to show colons, write "\:\:"',
            )
        state.env["clozes"] |= numbers
        state.env["hints"] |= {(state.src, hint) for hint in hints[:1]}
        state.push("cloze_open", "", 1).info = ",".join(map(str, sorted(numbers)))
        state.pos, state.posMax = text_start, end
        state.md.inline.tokenize(state)
        state.push("cloze_close", "", -1)
    state.pos, state.posMax = end + 2, limit
    return True


def _find_cloze_end(
    state: StateInline, start: int, text_start: int
) -> tuple[list[int], int | None]:
    # A search that ran to the end without finding "}}" would fail from every later start as well:
    # remembering that keeps ten thousand openings linear.
    unclosed: dict[tuple[str, int], int] = state.env["unclosed"]
    limit = state.posMax
    hints: list[int] = []
    if start < unclosed.get((state.src, limit), limit):
        state.pos = text_start
        while state.pos < limit:
            if state.src.startswith("}}", state.pos):
                end, state.pos = state.pos, start
                return hints, end
            if state.src.startswith("::", state.pos):
                hints.append(state.pos)
                state.pos += 2
            else:
                state.md.inline.skipToken(state)
        unclosed[state.src, limit] = start
    state.pos = start
    return hints, None


def _cloze_numbers(state: StateInline, start: int, digits: str) -> set[int]:
    numbers = {int(each[:9]) for each in digits.split(",") if each}
    for number in sorted(numbers):
        if not 1 <= number <= _LAST_CLOZE_NUMBER:
            message = f'the cloze number "c{number}" makes no card'
            _report(state, start, message, f"number clozes from c1 to c{_LAST_CLOZE_NUMBER}")
    return numbers


def _cloze_hint(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (markdown-it calls it so)
    if silent or (state.src, state.pos) not in state.env["hints"]:
        return False
    state.push("cloze_hint", "", 0)
    state.pos += 2
    return True


def _picture(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (markdown-it calls it so)
    start = state.pos
    found = image(state, silent)
    if found and not silent:
        _report(state, start, "pictures cannot be published yet", "remove this one for now")
    return found


def _render_cloze_open(
    _: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return f"{_OPEN}{tokens[index].info}{_NUMBERS_END}"


def _render_cloze_hint(*_: Any) -> str:
    return _HINT


def _render_cloze_close(*_: Any) -> str:
    return _CLOSE


def _report(state: StateInline, position: int, message: str, cure: str) -> None:
    inline: Token = state.env["inline"]
    source: Fragment = state.env["source"]
    state.env["problems"].append(
        place_in(source, inline.map[0] if inline.map else 0, state.src, position, message, cure)
    )


def place_in(
    source: Fragment, line: int, content: str, position: int, message: str, cure: str
) -> Problem:
    """Return a problem at a position of an inline token's content that begins on ``line``.

    The parser strips indentation and list markers from that content, so the column is found by
    looking for the content's line in the source's.
    """
    line += content.count("\n", 0, position)
    line_start = content.rfind("\n", 0, position) + 1
    text = content[line_start:].partition("\n")[0].strip()
    original = source.text.split("\n")[line]
    offset = max(original.find(text), 0) + max(position - line_start, 0)
    if line == 0:
        offset += source.column - 1
    return Problem(
        path=source.path, line=source.line + line, column=offset + 1, message=message, cure=cure
    )


def _unclosed_fence(token: Token, lines: Sequence[str]) -> int | None:
    if token.type != "fence" or not token.map:
        return None
    start, end = token.map
    closing = f"[\\s>]*{re.escape(token.markup[0])}{{{len(token.markup)},}}\\s*"
    closed = end - 1 > start and re.fullmatch(closing, lines[end - 1])
    return None if closed else start
