"""The dialect: which Markdown is understood, from text to the safe HTML of a field.

CommonMark with tables, strikethrough, task lists, ``$`` math, clozes and a few bare HTML tags;
without setext headings and HTML blocks. docs/dialect.md shows each rule.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from html import escape
from itertools import accumulate
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import heading
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from ankibuild.core.limits import TookTooLong, at_most
from ankibuild.core.media import MediaFile
from ankibuild.core.notes import Rendered
from ankibuild.core.obeyed import disarm_html, disarm_math
from ankibuild.core.problems import Fragment, InlineReport, Problem, Severity, about
from ankibuild.core.rules import Rule
from ankibuild.core.text import without_tags
from ankibuild.core.values import replace
from ankibuild.dialect.cloze import add_clozes, without_clozes, without_marks, write_clozes
from ankibuild.dialect.doubts import (
    check_blocks,
    check_definitions,
    check_emphasis,
    check_paragraph,
)
from ankibuild.dialect.highlighting import highlight
from ankibuild.dialect.html import add_html, check_link, report_unbalanced, sanitize
from ankibuild.dialect.math import add_math, check_math
from ankibuild.dialect.paths import add_paths
from ankibuild.dialect.pictures import add_pictures, show_objects, write_sounds
from ankibuild.dialect.slips import MASKS

MOST_NESTED = 50
"""How deep lists and quotes may nest; the parser leaves out what stands deeper."""

LONGEST_MARKDOWN = 200_000
"""Characters of a text of a note; a page of a book has two thousand."""

LONGEST_RENDERING = 30
"""Seconds for a text of a note; a page of tables and code takes a tenth of one."""

# What a rule of the parser answers to; without any of it, a text is one token.
_MARKUP = re.compile(r"[\n$&*<\[\\_`{~]")
_BREAKS = ("softbreak", "hardbreak")
_TASK = re.compile(r"\[([ xX])\][ \t]+")


def parse_blocks(text: str) -> Sequence[Token]:
    """Return the block tokens of a text; inline tokens keep their raw content."""
    parser = _parser()
    tokens: list[Token] = []
    parser.block.parse(text, parser, {}, tokens)
    return tokens


def unclosed_fences(tokens: Sequence[Token], lines: Sequence[str]) -> list[int]:
    """Return the places in ``lines`` where a code fence opens that nothing closes."""
    return [start for token in tokens if (start := _unclosed_fence(token, lines)) is not None]


def render_block(
    source: Fragment, media: Mapping[str, MediaFile], *, takes_masks: bool = False
) -> Rendered:
    """Return the HTML of whole paragraphs, lists, tables and code."""
    return _render(source, media, inline=False, takes_masks=takes_masks)


def render_inline(source: Fragment, media: Mapping[str, MediaFile]) -> Rendered:
    """Return the HTML of a single line, without a paragraph around it."""
    return _render(source, media, inline=True, takes_masks=False)


def write_literal(text: str) -> str:
    """Return the HTML of a text that is no Markdown."""
    return _write(escape(disarm_math(text)))


def _render(
    source: Fragment, media: Mapping[str, MediaFile], *, inline: bool, takes_masks: bool
) -> Rendered:
    if len(source.text) > LONGEST_MARKDOWN:
        message = f"this text has {len(source.text):,} characters, too many to read in time"
        return _refused(source, message)
    parser = _parser()
    env: EnvType = {
        "source": source,
        "problems": list[Problem](),
        "clozes": set[int](),
        "media": media,
        "used": set[str](),
        "masks": None if takes_masks else (),
        "lines": (),
    }
    try:
        with at_most(LONGEST_RENDERING):
            html = (parser.renderInline if inline else parser.render)(source.text, env)
            html = sanitize(html.rstrip("\n"))
    except TookTooLong:
        return _refused(source, f"this text takes more than {LONGEST_RENDERING} seconds to read")
    return Rendered(
        html=_write(html),
        text=_visible(without_marks(html)),
        clozes=frozenset(env["clozes"]),
        bare=bool(env["clozes"]) and not _visible(without_clozes(html)),
        media=frozenset(env["used"]),
        masks=env["masks"] or (),
        problems=tuple(env["problems"]),
    )


def _refused(source: Fragment, message: str) -> Rendered:
    problem = source.problem("slow-note", message, "split it into several notes")
    return Rendered(html="", text=source.text, problems=(problem,))


def _write(html: str) -> str:
    return write_sounds(write_clozes(disarm_html(html)))


def _visible(html: str) -> str:
    return without_tags(show_objects(html)).strip()


@cache
def _parser() -> MarkdownIt:
    options = {
        "html": True,
        "xhtmlOut": False,
        # As in a chat: who presses Enter means a new line.
        "breaks": True,
        "maxNesting": MOST_NESTED,
        "store_labels": True,
        "highlight": _highlight,
    }
    parser = MarkdownIt("commonmark", options)
    parser.enable(["table", "strikethrough"])
    parser.disable(["lheading", "html_block"])
    # A heading is one whatever follows, or a note could be taken for the head of a table.
    ends = ["paragraph", "reference", "blockquote"]
    parser.block.ruler.before("table", "heading_first", heading, {"alt": ends})
    parser.disable("heading")
    add_math(parser)
    add_clozes(parser)
    add_paths(parser)
    add_pictures(parser)
    add_html(parser)
    parser.core.ruler.at("inline", _parse_inlines)
    parser.add_render_rule("text", _render_text)
    parser.add_render_rule("masks", _render_nothing)
    return parser


def _highlight(code: str, language: str, _: str) -> str:
    return highlight(code, language)


def _parse_inlines(state: StateCore) -> None:
    parser, env = state.md, state.env
    labels = set[str]()
    for place, token in enumerate(state.tokens):
        if token.type == "inline":
            task = _is_task(state.tokens, place) and _TASK.match(token.content)
            if task:
                token.content = token.content[task.end() :]
            if token.content and not task and not _MARKUP.search(token.content):
                token.children = [Token("text", "", 0, content=token.content)]
                continue
            env.update(unclosed={}, hints=set(), paths={}, depth=0, shown=Counter(), told=set())
            env["report"] = _reporter(env, token)
            token.children = []
            parser.inline.parse(token.content, parser, env, token.children)
            _check_children(token.content, token.children, env["report"])
            check_emphasis(token.content, token.children, env["report"])
            if place and state.tokens[place - 1].type == "paragraph_open":
                check_paragraph(token.content, env["report"])
            labels |= {str(each.meta["label"]) for each in token.children if "label" in each.meta}
            token.children = _without_empty_lines(token.children)
            if task:
                box = Token("text", "", 0, content="☐ " if task[1] == " " else "☑ ")
                token.children.insert(0, box)
                state.tokens[place - 2].attrSet("class", "task")
            elif (
                token.children
                and not any(map(_is_seen, token.children))
                # Without a cell the others of its row would move.
                and state.tokens[place - 1].type not in ("th_open", "td_open")
            ):
                _hide(state.tokens[place - 1 : place + 2])
        elif token.type == "fence" and token.info.split()[:1] == [MASKS]:
            if env["masks"] is None and token.level == 0 and token.map:
                env["masks"] = _take_masks(token, env["source"])
                continue
            message = "a block of masks cannot be here"
            cure = "write one at the left edge of an answer, above the line of dashes"
            _reporter(env, token)(0, "misplaced-masks", message, cure)
        elif token.type == "math_block":
            check_math(token.content, 0, _reporter(env, token))
    _check_blocks(state, frozenset(labels))


def _check_blocks(state: StateCore, labels: frozenset[str]) -> None:
    def at(line: int, text: str) -> InlineReport:
        return _reporter(env, Token("inline", "", 0, content=text, map=[line, line + 1]))

    env = state.env
    env["lines"] = lines = env["lines"] or env["source"].text.split("\n")
    check_blocks(state.tokens, lines, at)
    repeated = env.get("duplicate_refs", ())
    check_definitions(env.get("references", {}), repeated, labels, lines, at)


def _take_masks(fence: Token, source: Fragment) -> tuple[Fragment, ...]:
    """Return the lines of a block of masks, and leave it out of the HTML."""
    start, end = fence.map or (0, 0)
    lines = source.text.split("\n")[start : max(end - 1, start + 1)]
    fence.type = "masks"
    return tuple(
        replace(source, line=source.line + start + number, text=line)
        for number, line in enumerate(lines)
    )


def _render_nothing(*_: object) -> str:
    return ""


def _without_empty_lines(children: Iterable[Token]) -> list[Token]:
    """Return tokens without the breaks of lines that hold only comments, and of those after a tag.

    The tag is ``<br>``; in the place of each such break stays the new line that it is in the text.
    """
    kept: list[Token] = []
    is_seen = False
    last_break: int | None = None
    for token in children:
        if token.type in _BREAKS:
            if is_seen and last_break is None:
                last_break = len(kept)
                kept.append(token)
            else:
                kept.append(Token("text", "", 0, content="\n"))
            is_seen = False
        else:
            kept.append(token)
            if _is_seen(token):
                is_seen, last_break = token.content != "<br>", None
    if last_break is not None:
        kept[last_break] = Token("text", "", 0, content="\n")
    return kept


def _is_seen(token: Token) -> bool:
    return bool(token.content) if token.type == "html_inline" else token.type not in _BREAKS


def _hide(paragraph: Sequence[Token]) -> None:
    """Leave out a paragraph that is nothing but comments."""
    for token in paragraph:
        token.hidden = token.type != "inline"
        token.children = []


def _is_task(tokens: Sequence[Token], place: int) -> bool:
    return place > 1 and tokens[place - 2].type == "list_item_open"


def _reporter(env: EnvType, inline: Token) -> InlineReport:
    """Return what takes note of a problem at a position of an inline token's content.

    The parser strips indentation and list markers from that content, so the column is found by
    looking for the content's line in the source's.
    """
    source: Fragment = env["source"]
    starts: list[int] = []
    offsets: dict[int, int] = {}

    def report(
        position: int, rule: Rule, message: str, cure: str, severity: Severity = "error", /
    ) -> None:
        content = inline.content
        # What is the same for thousands of problems is looked for once.
        env["lines"] = lines = env["lines"] or source.text.split("\n")
        if not starts:
            starts.extend(accumulate((len(each) + 1 for each in content.split("\n")), initial=0))
        number = bisect_right(starts, position, hi=len(starts) - 1) - 1
        line = (inline.map[0] if inline.map else 0) + number
        if line not in offsets:
            text = content[starts[number] : starts[number + 1] - 1].rstrip()
            offsets[line] = max(lines[line].find(text), 0)
        offset = offsets[line] + position - starts[number]
        env["problems"].append(
            about(
                source.path,
                rule,
                message,
                cure,
                severity,
                line=source.line + line,
                column=offset + (source.column if line == 0 else 1),
            )
        )

    return report


def _check_children(content: str, children: Sequence[Token], report: InlineReport) -> None:
    position = 0
    open_tags: list[Token] = []
    written: dict[str, str] = {}
    elsewhere: set[str] = set()
    for token in children:
        if token.type == "text" and "$$" in token.content:
            position = max(content.find("$$", position), position)
            message = 'the math that "$$" opens is not closed'
            report(
                position,
                "unclosed-math",
                message,
                r'write "$$" after it, or "\$\$" for the signs themselves',
            )
        elif token.type in ("math_inline", "math_inline_double"):
            position = max(content.find(token.content, position), position)
            check_math(token.content, position, report)
        elif token.type == "link_open":
            href = str(token.attrGet("href") or "")
            if href not in written:
                # The parser writes letters of most languages as numbers.
                written[href] = href if href in content else unquote(href)
            # What a definition says stands elsewhere, and is not looked for again and again.
            found = -1 if href in elsewhere else content.find(written[href], position)
            if found < 0:
                elsewhere.add(href)
            position = max(found, position)
            check_link(written[href], position, report)
        elif token.type == "html_inline" and token.content not in ("", "<br>", "</br>"):
            is_end = token.content.startswith("</")
            if not is_end:
                open_tags.append(token)
            elif open_tags and open_tags[-1].content == token.content.replace("/", ""):
                open_tags.pop()
            else:
                report_unbalanced(token, report)
        elif token.nesting == 1:
            open_tags.append(token)
        elif token.nesting == -1:
            while open_tags and open_tags[-1].type == "html_inline":
                report_unbalanced(open_tags.pop(), report)
            if open_tags:
                open_tags.pop()
    for token in open_tags:
        report_unbalanced(token, report)


def _render_text(
    _: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return escape(disarm_math(tokens[index].content))


def _unclosed_fence(token: Token, lines: Sequence[str]) -> int | None:
    if token.type != "fence" or not token.map:
        return None
    start, end = token.map
    closing = f"[\\s>]*{re.escape(token.markup[0])}{{{len(token.markup)},}}\\s*"
    closed = end - 1 > start and re.fullmatch(closing, lines[end - 1])
    return None if closed else start
