"""Cloze deletions: a rule of the parser, so that they never reach into code or past a paragraph."""

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from ankibuild.core.clozes import LAST_NUMBER, OPENING
from ankibuild.core.text import shorten

# While HTML is made these noncharacters stand for the parts of a cloze, so that nothing in the
# text can be taken for one: {{c _OPEN numbers _NUMBERS_END text _HINT hint _CLOSE }}.
_OPEN, _NUMBERS_END, _HINT, _CLOSE = "\ufdd0\ufdd1\ufdd2\ufdd3"
_MARK = re.compile(f"{_OPEN}([\\d,]+){_NUMBERS_END}|{_HINT}|{_CLOSE}")
_CLOZE = re.compile(f"{_OPEN}[^{_OPEN}{_CLOSE}]*{_CLOSE}")

_START = re.compile(OPENING)
_LITERAL_START = re.compile(rf"(?={OPENING})\{{")
_COLONS = re.compile(f"(?<=:):|:(?=[:{_HINT}{_CLOSE}])")
_BRACES = re.compile(f"(?<=}})}}|}}(?=[}}{_HINT}{_CLOSE}])")
# One brace or colon too few, a capital letter, a space, no letter or no number.
_NEAR = re.compile(
    r"(?<!\{)(\{\{\s*(?:c\s*\d+\s*[:;]{1,2}|c[li|]?\s*::|\d+\s*::)|\{\s*c\d+\s*::)([^{}]{1,500})\}{1,2}",
    re.IGNORECASE,
)
_MOST_NESTED = 8
_LITERAL_CURE = r'or "\{{" to show it as it is'


def add_clozes(parser: MarkdownIt) -> None:
    """Teach the parser cloze deletions.

    The rule calls ``env["report"](position, message, cure)``, adds to the set ``env["clozes"]``,
    and keeps its notes of one text in ``env["unclosed"]`` and ``env["hints"]``.
    """
    parser.inline.ruler.before("escape", "cloze", _cloze)
    parser.inline.ruler.before("cloze", "cloze_hint", _cloze_hint)
    parser.add_render_rule("cloze_open", _render_open)
    parser.add_render_rule("cloze_hint", _render_hint)
    parser.add_render_rule("cloze_close", _render_close)


def write_clozes(html: str) -> str:
    """Return the HTML with its clozes as Anki reads them, and nothing else that Anki would.

    This comes last: a sanitizer would turn the escapes back into what they escape.
    """
    html = _LITERAL_START.sub("&#123;", html)
    if _OPEN not in html:
        return html
    html = _BRACES.sub("&#125;", _COLONS.sub("&#58;", html))
    return _MARK.sub(_write_mark, html)


def without_clozes(html: str) -> str:
    """Return HTML that still holds marks without its clozes and what is in them."""
    while html != (html := _CLOZE.sub("", html)):
        pass
    return html


def without_marks(html: str) -> str:
    """Return HTML that still holds marks without them, but with what they surround."""
    return _MARK.sub("", html)


def _write_mark(mark: re.Match[str]) -> str:
    if mark[0] == _HINT:
        return "::"
    return "}}" if mark[0] == _CLOSE else f"{{{{c{mark[1]}::"


def _cloze(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (markdown-it calls it so)
    match = _START.match(state.src, state.pos, state.posMax)
    if not match or not _numbers(match):
        if not silent:
            _report_near(state)
        return False
    start, text_start, limit = state.pos, match.end(), state.posMax
    hints, end = _find_end(state, start, text_start)
    if end is None:
        # Those behind the first may be closed, and are looked at again when it is.
        if not silent and state.env["unclosed"].get((state.src, limit)) == start:
            message = f'the cloze "{match[0]}" is not closed in its paragraph, item or cell'
            state.env["report"](
                start, "unclosed-cloze", message, f'write "}}}}" after it, {_LITERAL_CURE}'
            )
        return False
    if not silent:
        _check(state, match, hints, end)
        state.env["hints"] |= {(state.src, hint) for hint in hints[:1]}
        numbers = _numbers(match)
        state.env["clozes"] |= numbers
        state.push("cloze_open", "", 1).info = ",".join(map(str, sorted(numbers)))
        state.env["depth"] = state.env.get("depth", 0) + 1
        state.pos, state.posMax = text_start, end
        state.md.inline.tokenize(state)
        state.env["depth"] -= 1
        state.push("cloze_close", "", -1)
    state.pos, state.posMax = end + 2, limit
    return True


def _report_near(state: StateInline) -> None:
    """Warn of what was probably meant as a cloze; the number 1 stands in for one left out."""
    if match := _NEAR.match(state.src, state.pos, state.posMax):
        number = re.search(r"\d+", match[1])
        better = f"{{{{c{number[0] if number else 1}::{match[2].strip()}}}}}"
        message = f'"{shorten(match[0])}" looks like a cloze, but is shown as text'
        cure = f"write {better}, {_LITERAL_CURE}"
        state.env["report"](state.pos, "cloze-as-text", message, cure, "warning")


def _find_end(state: StateInline, start: int, text_start: int) -> tuple[list[int], int | None]:
    """Return where the hints and the end of a cloze stand; code, math and links are passed over."""
    # A search that ran to the end without finding "}}" would fail from every later start as well:
    # remembering that keeps ten thousand openings linear.
    unclosed: dict[tuple[str, int], int] = state.env["unclosed"]
    limit = state.posMax
    hints: list[int] = []
    end = None
    if start < unclosed.get((state.src, limit), limit):
        state.pos = text_start
        while state.pos < limit and not state.src.startswith("}}", state.pos):
            if state.src.startswith("::", state.pos):
                hints.append(state.pos)
                state.pos += 2
            else:
                state.md.inline.skipToken(state)
        if state.pos < limit:
            end = state.pos
        else:
            unclosed[state.src, limit] = start
    state.pos = start
    return hints, end


def _check(state: StateInline, match: re.Match[str], hints: list[int], end: int) -> None:
    report = state.env["report"]
    start, text_start = match.span()
    numbers = _numbers(match)
    for number in sorted(numbers):
        if not 1 <= number <= LAST_NUMBER:
            message = f'the cloze number "c{number}" makes no card'
            report(
                start, "invalid-cloze-number", message, f"number clozes from c1 to c{LAST_NUMBER}"
            )
    if len(numbers) > 1:
        message = f'"{match[0]}" is one cloze on several cards'
        cure = "Anki before 26.05 makes no card of it: make sure that learners have a newer one"
        report(start, "cloze-on-several-cards", message, cure, "warning")
    if not state.src[text_start : hints[0] if hints else end].strip():
        message = f'the cloze "{state.src[start : end + 2]}" hides nothing'
        report(start, "empty-cloze", message, "write the hidden words after the two colons")
    if len(hints) > 1:
        message = f'the cloze "{match[0]}" has a second "::"'
        cure = r'only one hint can follow the answer; to show colons, write "\:\:"'
        report(hints[1], "second-hint", message, cure)
    if hints and _START.search(state.src, hints[0], end):
        message = f'the hint of the cloze "{match[0]}" contains another cloze'
        report(
            hints[0],
            "cloze-in-hint",
            message,
            "a hint is plain text: move the cloze before the hint",
        )
    if state.env.get("depth", 0) >= _MOST_NESTED:
        message = f"clozes are nested more than {_MOST_NESTED} deep"
        report(
            start, "nested-too-deep", message, "Anki reads no more: write them one after another"
        )


def _numbers(match: re.Match[str]) -> set[int]:
    return {int(each[:9]) for each in match[0][3:-2].split(",") if each}


def _cloze_hint(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (markdown-it calls it so)
    if silent or (state.src, state.pos) not in state.env["hints"]:
        return False
    state.push("cloze_hint", "", 0)
    state.pos += 2
    return True


def _render_open(
    _: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return f"{_OPEN}{tokens[index].info}{_NUMBERS_END}"


def _render_hint(*_: Any) -> str:
    return _HINT


def _render_close(*_: Any) -> str:
    return _CLOSE
