"""HTML: which bare tags pass, and the second fence through which the whole field goes."""

import re
from collections import Counter
from functools import cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, html_inline
from markdown_it.token import Token

from ankibuild.core.problems import InlineReport
from ankibuild.core.text import BARE_TAGS

_TAGS = BARE_TAGS | frozenset(
    "a blockquote code h1 h2 h3 h4 h5 h6 hr img li ol p pre span ul".split()
    + "table tbody td th thead tr".split()
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "code": {"class"},
    "img": {"alt", "src", "title", "width"},
    "li": {"class"},
    "ol": {"start"},
    "span": {"class"},
    "td": {"style"},
    "th": {"style"},
}
_LINK_SCHEMES = ("http", "https", "mailto", "tel")
_TAG = re.compile("<(/?)([A-Za-z][A-Za-z0-9-]*)")
_BARE_TAG = re.compile(r"</?[A-Za-z]+\s*/?>")


def add_html(parser: MarkdownIt) -> None:
    """Let bare allowed tags pass, comments vanish, and all other HTML be shown as text."""
    parser.inline.ruler.at("html_inline", _html)


def sanitize(html: str) -> str:
    """Return HTML with nothing in it that a card may not hold."""
    return _sanitizer().clean(html)


def check_link(address: str, position: int, report: InlineReport) -> None:
    """Report a link that leads nowhere from a card."""
    scheme = re.match("([a-z][a-z0-9+.-]*):", address, re.IGNORECASE)
    if not scheme or scheme[1].lower() not in _LINK_SCHEMES:
        message = f'a card cannot open the link to "{address}"'
        cure = "write a full address that begins with https:// or mailto:"
        report(position, "dead-link", message, cure)


def report_unbalanced(token: Token, report: InlineReport) -> None:
    """Report a tag that is not opened or not closed."""
    tag = token.content
    is_end = tag.startswith("</")
    partner = tag.replace("</", "<") if is_end else tag.replace("<", "</")
    message = f'the HTML tag "{tag}" has no "{partner}" in the same piece of text'
    cure = f'write "{partner}" {"before" if is_end else "after"} it, inside the same emphasis'
    report(token.meta["position"], "unbalanced-html", message, cure)


@cache
def _sanitizer() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        url_schemes=set(_LINK_SCHEMES),
        filter_style_properties={"text-align"},
        link_rel=None,
    )


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
    shown: Counter[str] = state.env["shown"]
    match = _TAG.match(token.content)
    end, name = (match[1], match[2].lower()) if match else ("", "")
    if token.content.startswith("<!--"):
        token.content = ""
    elif end and shown[name]:
        # The end of a tag that is shown as text is shown as text.
        shown[name] -= 1
        token.type = "text"
    elif name in BARE_TAGS and _BARE_TAG.fullmatch(token.content):
        token.content = f"<{end}{name}>"
        token.meta["position"] = start
    else:
        shown[name] += 1
        cure = r'write Markdown instead, or "\<" to show it'
        if name in BARE_TAGS:
            cure = f"write the tag without attributes: <{name}>"
        report(
            start, "html-as-text", f'the HTML "{token.content}" is shown as text', cure, "warning"
        )
        token.type = "text"
    return True
