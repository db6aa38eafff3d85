"""Math: ``$…$`` and ``$$…$$``, written as Anki's MathJax reads it.

MathJax obeys more than formulas: links, styles, addresses, definitions. ``tex.txt`` holds what a
formula may use, the commands and then the environments: all that Anki's MathJax knows, but the two
lists below. A test makes it of MathJax's own tables.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.dollarmath.index import math_block_dollar

from ankibuild.core.clozes import OPENING_BRACE
from ankibuild.core.files import read_own
from ankibuild.core.problems import Fault, InlineReport, suggestion

REACHING = frozenset("bbox class cssId data fcolorbox href mmlToken require style unicode".split())
"""Commands that load, link, or cover what is not the formula's own."""

LASTING = frozenset(
    "DeclareMathOperator DeclarePairedDelimiter DeclarePairedDelimiterX DeclarePairedDelimiterXPP"
    " DeclarePairedDelimiters DeclarePairedDelimitersX DeclarePairedDelimitersXPP Newextarrow"
    " def definecolor let mathtoolsset newcommand newenvironment newtagform renewcommand"
    " renewenvironment renewtagform usetagform".split()
)
"""Commands that change the formulas of the cards that come after, whoever made those."""

_DOLLARS = math_block_dollar(False, None, True)  # noqa: FBT003 (as dollarmath_plugin calls it)
_COMMAND = re.compile(r"\\(begin|end)\s*\{([^{}]*)\}|\\([A-Za-z]+)")
_CLOZE = re.compile(OPENING_BRACE)
_MONEY = re.compile(r"\d[\d,.]*\s(?![=+*/<>^_-])[^\\]*(?:[A-Za-z]{3}|[A-Za-z]{2}\s+[A-Za-z\d])")


def add_math(parser: MarkdownIt) -> None:
    """Teach the parser math; money in ordinary sentences stays text."""
    dollarmath_plugin(
        parser, allow_space=False, allow_digits=False, allow_labels=False, double_inline=True
    )
    parser.block.ruler.at("math_block", _math_block)
    parser.inline.ruler.before("escape", "backslash_math", _backslash_math)
    parser.add_render_rule("math_inline", _render_inline_math)
    parser.add_render_rule("math_inline_double", _render_block_math)
    parser.add_render_rule("math_block", _render_block_math)


def check_math(math: str, position: int, report: InlineReport) -> None:
    """Report a cloze in math, what looks like money, and what no formula may use."""
    if fault := formula_fault(math):
        report(position, *fault)
    if _CLOZE.search(math):
        message = f'there is a cloze inside the math "{math.strip()}"'
        report(position, "cloze-in-math", message, "put the cloze around the formula: {{c1::$…$}}")
    if "\\" not in math and _MONEY.match(math):
        message = f'"${math}$" is read as math'
        report(
            position,
            "money-as-math",
            message,
            r'if it is money, write "\$" for each dollar sign',
            "warning",
        )


def formula_fault(math: str) -> Fault | None:
    """Return what a formula may not use, or None for a good one.

    Source: the tables of MathJax 3.2.2 as Anki 2.1.54 to 26.09 load it.
    """
    commands, environments = _known()
    for _, environment, command in _COMMAND.findall(math):
        if command in LASTING:
            message = f'"\\{command}" would change the formulas of other cards too'
            return "unsafe-math", message, "write out what it stands for"
        if command in REACHING:
            message = f'"\\{command}" would let a formula do more than be read'
            cure = r"remove it; for colour there is \color, for a frame \boxed"
            return "unsafe-math", message, cure
        if command and command not in commands:
            message = f'"\\{command}" is no command for a formula in Anki'
            return "unknown-math", message, _near(command, commands)
        if not command and environment not in environments:
            message = f'"{environment}" is not an environment for formulas in Anki'
            return "unknown-math", message, _near(environment, environments)
    return None


@cache
def _known() -> tuple[frozenset[str], frozenset[str]]:
    commands, environments = read_own(__file__, "tex.txt").split("\n\n")
    return frozenset(commands.split()), frozenset(environments.split())


def _near(name: str, known: frozenset[str]) -> str:
    near = suggestion(name, sorted(known))
    return near if near.startswith("did") else r"spell it as LaTeX does, or write words as \text{…}"


def _math_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """Find a block of math, where any line can close it: else each would look to the end."""
    ends: list[int] | None = state.env.get("math_ends")
    if ends is None:
        spans = zip(state.bMarks, state.eMarks, strict=True) if "$$" in state.src else ()
        ends = [at for at, (a, b) in enumerate(spans) if state.src[a:b].rstrip().endswith("$$")]
        state.env["math_ends"] = ends
    place = bisect_left(ends, start)
    return place < len(ends) and ends[place] < end and _DOLLARS(state, start, end, silent)


def _backslash_math(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (as above)
    for opening, closing, cure in (("\\(", "\\)", "$…$"), ("\\[", "\\]", "$$…$$")):
        if silent or opening in state.env["told"] or not state.src.startswith(opening, state.pos):
            continue
        # Once in a text is enough, and keeps a flood of them linear.
        state.env["told"].add(opening)
        if state.src.find(closing, state.pos) > 0:
            message = f'"{opening}" is not how math is written here'
            state.env["report"](state.pos, "backslash-math", message, f'write "{cure}" around it')
    return False


def _render_inline_math(
    _: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return f"\\({_math(tokens[index].content)}\\)"


def _render_block_math(
    _: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    html = f"\\[{_math(tokens[index].content)}\\]"
    return f"<p>{html}</p>\n" if tokens[index].block else html


def _math(math: str) -> str:
    # Two braces would end a cloze around the formula; with a space between them TeX reads the same.
    return escape(re.sub(r"\}(?=\})", "} ", math.strip()), quote=False)
