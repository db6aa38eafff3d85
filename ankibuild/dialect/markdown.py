"""The dialect: which Markdown is understood, from text to the safe HTML of a field.

CommonMark with tables, strikethrough, task lists, ``$`` math, clozes and a few bare HTML tags;
without setext headings and HTML blocks. docs/dialect.md shows each rule.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from typing import Protocol

import nh3
from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import heading
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, html_inline, image
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.dollarmath import dollarmath_plugin

from ankibuild.core.clozes import OPENING_BRACE
from ankibuild.core.media import MediaFile, find_media, media_kind
from ankibuild.core.notes import Rendered
from ankibuild.core.problems import Fragment, Problem, Severity, about
from ankibuild.core.rules import Rule
from ankibuild.core.text import OBJECT, without_tags
from ankibuild.core.values import replace
from ankibuild.dialect.cloze import add_clozes, without_clozes, without_marks, write_clozes

MASKS = "occlusion"
"""The word after the fence of a block of masks."""

MOST_NESTED = 50
"""How deep lists and quotes may nest; the parser leaves out what stands deeper."""

_BARE_TAGS = frozenset("b br em i kbd mark rp rt ruby s small strong sub sup u".split())
_TAGS = _BARE_TAGS | frozenset(
    "a blockquote code h1 h2 h3 h4 h5 h6 hr img li ol p pre span ul".split()
    + "table tbody td th thead tr".split()
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "code": {"class"},
    "img": {"alt", "src", "title", "width"},
    "ol": {"start"},
    "span": {"class"},
    "td": {"style"},
    "th": {"style"},
}
_LINK_SCHEMES = ("http", "https", "mailto", "tel")
# What a rule of the parser answers to; without any of it, a text is one token.
_MARKUP = re.compile(r"[\n$&*<\[\\_`{~]")
_TAG = re.compile("<(/?)([A-Za-z][A-Za-z0-9-]*)")
_BARE_TAG = re.compile(r"</?[A-Za-z]+\s*/?>")
_TASK = re.compile(r"\[([ xX])\][ \t]+")
# While HTML is made these noncharacters, as in cloze.py, stand around the name of a sound.
_SOUND, _SOUND_END = "\ufdd4\ufdd5"
_SOUND_MARK = re.compile(f"{_SOUND}([^{_SOUND_END}]*){_SOUND_END}")
_PICTURE_OR_SOUND = re.compile(f"<img [^>]*>|{_SOUND_MARK.pattern}")
_AFTER_PICTURE = re.compile(r"\{(?=[#.]|[\w-]+=)[^{}]*\}")
_REFUSED_PICTURE = re.compile(r"!\[[^\]\n]*\]\(<?((?:file|data|javascript|vbscript):[^\s)>]*)")
_WIDTH = re.compile(r"""\{width=(["']?)(?:([1-9]\d?|100)%|([1-9]\d{0,3})px)\1\}""")
# What Anki obeys in a field, wherever it stands: sound, speech, and LaTeX by its older signs.
_COMMAND = re.compile(r"\[(?=sound:|anki:|latex\]|\$\$?\])", re.IGNORECASE)
_CLOZE = re.compile(OPENING_BRACE)
_MONEY = re.compile(r"\d[\d,.]*\s+[^\\]*[A-Za-z]{3}")


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
    return _write(escape(_without_math(text)))


def _render(
    source: Fragment, media: Mapping[str, MediaFile], *, inline: bool, takes_masks: bool
) -> Rendered:
    parser = _parser()
    env: EnvType = {
        "source": source,
        "problems": list[Problem](),
        "clozes": set[int](),
        "media": media,
        "used": set[str](),
        "masks": None if takes_masks else (),
    }
    html = parser.renderInline(source.text, env) if inline else parser.render(source.text, env)
    html = _sanitizer().clean(html.rstrip("\n"))
    return Rendered(
        html=_write(html),
        text=_visible(without_marks(html)),
        clozes=frozenset(env["clozes"]),
        bare=bool(env["clozes"]) and not _visible(without_clozes(html)),
        media=frozenset(env["used"]),
        masks=env["masks"] or (),
        problems=tuple(env["problems"]),
    )


def _write(html: str) -> str:
    return _SOUND_MARK.sub(r"[sound:\1]", write_clozes(_COMMAND.sub("&#91;", html)))


def _visible(html: str) -> str:
    return without_tags(_PICTURE_OR_SOUND.sub(OBJECT, html)).strip()


@cache
def _sanitizer() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        url_schemes=set(_LINK_SCHEMES),
        filter_style_properties={"text-align"},
        link_rel=None,
    )


@cache
def _parser() -> MarkdownIt:
    options = {"html": True, "xhtmlOut": False, "maxNesting": MOST_NESTED, "highlight": _highlight}
    parser = MarkdownIt("commonmark", options)
    parser.enable(["table", "strikethrough"])
    parser.disable(["lheading", "html_block"])
    # A heading is one whatever follows, or a note could be taken for the head of a table.
    parser.block.ruler.before("table", "heading_first", heading, {"alt": []})
    dollarmath_plugin(
        parser, allow_space=False, allow_digits=False, allow_labels=False, double_inline=True
    )
    add_clozes(parser)
    parser.core.ruler.at("inline", _parse_inlines)
    parser.inline.ruler.at("html_inline", _html)
    parser.inline.ruler.at("image", _picture)
    parser.inline.ruler.before("escape", "backslash_math", _backslash_math)
    parser.add_render_rule("text", _render_text)
    parser.add_render_rule("sound", _render_sound)
    parser.add_render_rule("masks", _render_nothing)
    parser.add_render_rule("math_inline", _render_inline_math)
    parser.add_render_rule("math_inline_double", _render_block_math)
    parser.add_render_rule("math_block", _render_block_math)
    return parser


def _highlight(code: str, language: str, _: str) -> str:
    """Return code with the classes of Pygments, or "" for a language that it does not know."""
    if not language:
        return ""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return ""
    return str(highlight(code, lexer, HtmlFormatter(nowrap=True)))


def _parse_inlines(state: StateCore) -> None:
    parser, env = state.md, state.env
    for place, token in enumerate(state.tokens):
        if token.type == "inline":
            task = _is_task(state.tokens, place) and _TASK.match(token.content)
            if task:
                token.content = token.content[task.end() :]
            if token.content and not task and not _MARKUP.search(token.content):
                token.children = [Token("text", "", 0, content=token.content)]
                continue
            env.update(unclosed={}, hints=set(), depth=0, shown=[], told=set())
            env["report"] = _reporter(env, token)
            token.children = []
            parser.inline.parse(token.content, parser, env, token.children)
            _check_children(token.content, token.children, env["report"])
            if task:
                box = Token("text", "", 0, content="☐ " if task[1] == " " else "☑ ")
                token.children.insert(0, box)
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
            message = "a block of masks cannot stand here"
            cure = "write one at the left edge of an answer, above the line of dashes"
            _reporter(env, token)(0, "misplaced-masks", message, cure)
        elif token.type == "math_block":
            _check_math(token.content, 0, _reporter(env, token))


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


def _is_seen(token: Token) -> bool:
    return bool(token.content) if token.type == "html_inline" else token.type != "softbreak"


def _hide(paragraph: Sequence[Token]) -> None:
    """Leave out a paragraph that is nothing but comments."""
    for token in paragraph:
        token.hidden = token.type != "inline"
        token.children = []


def _is_task(tokens: Sequence[Token], place: int) -> bool:
    return place > 1 and tokens[place - 2].type == "list_item_open"


class _Report(Protocol):
    """Takes note of a problem at a position of an inline token's content."""

    def __call__(
        self, position: int, rule: Rule, message: str, cure: str, severity: Severity = "error", /
    ) -> None:
        """Take note of it."""


def _reporter(env: EnvType, inline: Token) -> _Report:
    """Return what takes note of a problem at a position of an inline token's content.

    The parser strips indentation and list markers from that content, so the column is found by
    looking for the content's line in the source's.
    """
    source: Fragment = env["source"]

    def report(
        position: int, rule: Rule, message: str, cure: str, severity: Severity = "error", /
    ) -> None:
        content = inline.content
        line = (inline.map[0] if inline.map else 0) + content.count("\n", 0, position)
        line_start = content.rfind("\n", 0, position) + 1
        text = content[line_start:].partition("\n")[0].strip()
        original = source.text.split("\n")[line]
        offset = max(original.find(text), 0) + max(position - line_start, 0)
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


def _html(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (markdown-it calls it so)
    """Let bare allowed tags pass, comments vanish, and show everything else as it is."""
    start, report = state.pos, state.env["report"]
    if not html_inline(state, silent):
        if not silent and state.src.startswith("<!--", start):
            cure = 'write "-->" before the next empty line, or "\\<!--" to show it as it is'
            report(
                start,
                "unclosed-comment",
                'the comment that "<!--" opens is not closed in its paragraph',
                cure,
            )
        return False
    if silent:
        return True
    token = state.tokens[-1]
    shown: list[str] = state.env["shown"]
    match = _TAG.match(token.content)
    end, name = (match[1], match[2].lower()) if match else ("", "")
    if token.content.startswith("<!--"):
        token.content = ""
    elif end and name in shown:
        # The end of a tag that is shown as text is shown as text.
        shown.remove(name)
        token.type = "text"
    elif name in _BARE_TAGS and _BARE_TAG.fullmatch(token.content):
        token.content = f"<{end}{name}>"
        token.meta["position"] = start
    else:
        shown.append(name)
        cure = r'write Markdown instead, or "\<" if it is meant to be seen'
        if name in _BARE_TAGS:
            cure = f"a tag passes without attributes: <{name}>"
        report(start, "shown-html", f'the HTML "{token.content}" is shown as text', cure, "warning")
        token.type = "text"
    return True


def _picture(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (markdown-it calls it so)
    start, env = state.pos, state.env
    # What stands for the picture is plain text: nothing in it is a cloze or a mistake.
    state.env = {**env, "clozes": set(), "used": set(), "unclosed": {}, "hints": set()}
    state.env["report"] = _ignore
    found = image(state, silent)
    state.env = env
    if not found:
        # The parser takes no such address, and would show all of it as text.
        refused = None if silent else _REFUSED_PICTURE.match(state.src, start)
        fault = find_media(refused[1], env["media"]) if refused else ""
        if isinstance(fault, tuple):
            env["report"](start, *fault)
        return False
    end = state.pos
    size = _AFTER_PICTURE.match(state.src, end)
    if size:
        state.pos = size.end()
    if silent:
        return True
    token, report = state.tokens[-1], env["report"]
    path = find_media(str(token.attrs["src"]), env["media"])
    if not isinstance(path, str):
        report(start, *path)
        return True
    env["used"].add(path)
    width = _WIDTH.fullmatch(size[0]) if size else None
    if size and (not width or media_kind(path) != "picture"):
        message = f'"{size[0]}" cannot follow a {media_kind(path)}'
        cure = 'a picture takes {width="50%"} or {width="300px"}, nothing else; '
        report(end, "picture-width", message, cure + r'write "\{" for a plain brace')
    if media_kind(path) != "picture":
        token.type, token.content = "sound", env["media"][path].name
        return True
    if not token.content.strip():
        cure = f"say what it shows: ![a meter in a basement]({token.attrs['src']})"
        report(
            start,
            "picture-without-words",
            f'the picture "{path}" has no words for those who cannot see it',
            cure,
            "warning",
        )
    token.children = [Token("text", "", 0, content=unescapeAll(token.content))]
    token.attrs["src"] = env["media"][path].name
    if width:
        token.attrs["width"] = f"{width[2]}%" if width[2] else width[3]
    return True


def _ignore(*_: object) -> None:
    """Report nothing."""


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


def _check_children(content: str, children: Sequence[Token], report: _Report) -> None:
    position = 0
    open_tags: list[Token] = []
    for token in children:
        if token.type == "text" and "$$" in token.content:
            position = max(content.find("$$", position), 0)
            message = 'the math that "$$" opens is not closed'
            report(
                position,
                "unclosed-math",
                message,
                r'write "$$" after it, or "\$\$" for the signs themselves',
            )
        elif token.type in ("math_inline", "math_inline_double"):
            position = max(content.find(token.content, position), 0)
            _check_math(token.content, position, report)
        elif token.type == "link_open":
            _check_link(str(token.attrGet("href") or ""), content, report)
        elif token.type == "html_inline" and token.content not in ("", "<br>", "</br>"):
            is_end = token.content.startswith("</")
            if not is_end:
                open_tags.append(token)
            elif open_tags and open_tags[-1].content == token.content.replace("/", ""):
                open_tags.pop()
            else:
                _unbalanced(token, report)
        elif token.nesting == 1:
            open_tags.append(token)
        elif token.nesting == -1:
            while open_tags and open_tags[-1].type == "html_inline":
                _unbalanced(open_tags.pop(), report)
            if open_tags:
                open_tags.pop()
    for token in open_tags:
        _unbalanced(token, report)


def _unbalanced(token: Token, report: _Report) -> None:
    tag = token.content
    is_end = tag.startswith("</")
    partner = tag.replace("</", "<") if is_end else tag.replace("<", "</")
    message = f'the HTML tag "{tag}" has no "{partner}" in the same piece of text'
    cure = f'write "{partner}" {"before" if is_end else "after"} it, inside the same emphasis'
    report(token.meta["position"], "unbalanced-html", message, cure)


def _check_math(math: str, position: int, report: _Report) -> None:
    if _CLOZE.search(math):
        message = f'a cloze stands inside the math "{math.strip()}"'
        report(position, "cloze-in-math", message, "put the cloze around the formula: {{c1::$…$}}")
    if _MONEY.match(math):
        message = f'"${math}$" is read as math'
        report(
            position,
            "money-as-math",
            message,
            r'if it is money, write "\$" for each dollar sign',
            "warning",
        )


def _check_link(address: str, content: str, report: _Report) -> None:
    scheme = re.match("([a-z][a-z0-9+.-]*):", address, re.IGNORECASE)
    if not scheme or scheme[1].lower() not in _LINK_SCHEMES:
        message = f'the link to "{address}" leads nowhere from a card'
        cure = "write a whole address that begins with https:// or mailto:"
        report(max(content.find(address), 0), "link-address", message, cure)


def _render_text(
    _: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return escape(_without_math(tokens[index].content))


def _render_sound(
    _: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return f"{_SOUND}{tokens[index].content}{_SOUND_END}"


def _without_math(text: str) -> str:
    """Keep plain text from being read as math: a word joiner parts the signs that begin it."""
    return text.replace("\\(", "\\\u2060(").replace("\\[", "\\\u2060[")


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


def _unclosed_fence(token: Token, lines: Sequence[str]) -> int | None:
    if token.type != "fence" or not token.map:
        return None
    start, end = token.map
    closing = f"[\\s>]*{re.escape(token.markup[0])}{{{len(token.markup)},}}\\s*"
    closed = end - 1 > start and re.fullmatch(closing, lines[end - 1])
    return None if closed else start
