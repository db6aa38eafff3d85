"""Turn the HTML of a field into our Markdown; name what Markdown cannot express."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache
from html import escape
from typing import Any
from urllib.parse import quote

import nh3
from bs4 import BeautifulSoup, Tag
from bs4.element import CData, NavigableString, RubyParenthesisString, RubyTextString
from markdownify import MarkdownConverter

from ankibuild.anki.active import QUIET_TAGS
from ankibuild.core.clozes import OPENING_BRACE
from ankibuild.core.files import MEDIA
from ankibuild.core.obeyed import COMMAND, SOUND
from ankibuild.core.text import SPACES, sub_before, unescape, without_hidden, without_tags
from ankibuild.dialect.math import formula_fault

_ESCAPES = {"\ufdd0": "&#58;", "\ufdd1": "&#125;", "\ufdd2": "&#123;"}
_NO_HEADING = re.compile(r"h(?![1-6]$)\d+$")
_BARE = ("kbd", "mark", "rp", "rt", "ruby", "small", "sub", "sup", "u")
_SAID = {
    **dict.fromkeys((*_BARE, "b", "strong", "i", "em", "s", "del", "strike"), frozenset[str]()),
    **dict.fromkeys(("p", "div", "br", "hr", "blockquote", "code", "pre"), frozenset[str]()),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6", "ul", "li"), frozenset[str]()),
    **dict.fromkeys(("table", "thead", "tbody", "tr", "td", "th", "span"), frozenset[str]()),
    "a": frozenset(("href", "title")),
    "img": frozenset(("src", "alt", "width", "height")),
    "ol": frozenset(("start",)),
}
_MATH = re.compile(r"(\\\((?:[^\\]|\\(?![()\[\]]))+\\\)|\\\[(?:[^\\]|\\(?![()\[\]]))+\\\])")
_OTHER_COMMAND = re.compile(rf"(?!\[sound:){COMMAND}\[?[\w$:]+\]*", re.IGNORECASE)
_FORMULAS = re.compile(r"\\[(\[].*", re.DOTALL)
# A browser leaves these out of the text in which MathJax looks for formulas.
_FORMULA_START = re.compile(r"\\(?=(?:<wbr>)*[(\[])")
_SPECIAL = re.compile(r"[\\`*\[$]|(?<!\w)_|_(?!\w)|<(?=[\w/!?])|&(?=#?\w+;)|~(?=~)")
_PICTURE = re.compile(r"<img\b[^>]*+(?:>|\Z)", re.IGNORECASE)
_SOURCE = re.compile(r"""\ssrc\s*=\s*(?:"([^">]*)"|'([^'>]*)'|([^\s"'>]+))""", re.IGNORECASE)
_LINE_START = re.compile(r"^(\s*)([#+>|-]|:(?=-)|\d{1,9}(?=[.)]))", re.MULTILINE)
_LOOSE_AMPERSAND = re.compile(r"&(?!#?\w+;)")
# To browsers it is a comment (https://html.spec.whatwg.org, "bogus comment state").
_MARKED_SECTION = re.compile(r"<!\[[^>]*>?")
_OTHERS = re.compile(r"<(?!img[ \t\n\r\f/>])[^>]*>", re.IGNORECASE)
_TAGS_OF_LINES = re.compile(r"</?(?:br|div|p|li|tr|h[1-6])\b[^>]*>", re.IGNORECASE)
_NUMBER = re.compile("[0-9]{1,9}")
# What a reader sees; the library leaves the signs above others out of a text.
_WORDS = (NavigableString, CData, RubyTextString, RubyParenthesisString)
# Not even HTML takes it for a space.
_LINE_END = "\v"
_NEW_LINE = re.compile("<(?=br|div|p|li|tr|/div|/p|h[1-6])")
_PUNCTUATION = re.compile(r"[\\`*_<>&$~|#+=-]|\{(?!\{c\d|c\d)|(?<=\d)[.)]")
# An even number of backslashes before a brace escapes only themselves.
_CLOZE = re.compile(r"(?<!\\)((?:\\\\)*)" + OPENING_BRACE)
_PLAIN = re.compile(r"[^<>&\\\0\ufdd0-\ufdd2]*")
_EMPTY_LINES = re.compile(r"\n{3,}")
_EMPTY_BLOCK = re.compile(r"<(p|div|h[1-6]|blockquote)\b[^<>]*>\s*</\1>", re.IGNORECASE)
_BLANK_START = re.compile(r"\A[ \n]*\n")
# Source: https://html.spec.whatwg.org/multipage/indices.html#attributes-3.
_RUNNING_ATTRIBUTES = frozenset(
    "action background cite classid codebase data formaction href longdesc manifest ping poster"
    " profile src srcdoc srcset style usemap xlink:href".split()
)
_EMPHASIS = ("b", "del", "em", "i", "s", "strike", "strong")
_DEEP = "its deep nesting"
_MOST_NESTED = 100
_MOST_TORN = 20
_MOST_COLUMNS = 50
# Where another tag's end ends them, a browser begins each of them anew in every later paragraph.
_TORN = frozenset("a b big code em font i nobr s small strike strong tt u".split())


# A field is asked for twice in a row: what is lost of it, and how it is written.
@lru_cache(maxsize=64)
def markdown_of(html: str) -> tuple[str, tuple[str, ...]]:
    """Return the Markdown of some HTML, and what it cannot say, such as ``<span style>``.

    Clozes stay as they are, math gets our dollar signs, and pictures and sounds are looked for in
    the package's ``media``.
    """
    # The converter would join the words on both sides of a block with nothing in it.
    soup = _parse(_EMPTY_BLOCK.sub("<br>", html))
    lost = {_name(tag) for tag in soup.find_all(name=True) if not _is_said(tag)}
    lost |= {match[0] for match in _OTHER_COMMAND.finditer(soup.get_text())}
    lost |= {_DEEP} if soup.is_flat else set()
    text = _Converter(bullets="-").convert_soup(soup)
    text = "\n".join(line.rstrip() for line in text.split("\n")).strip()
    return _EMPTY_LINES.sub("\n\n", text) if "```" not in text else text, tuple(sorted(lost))


def plain_text_of(html: str, *, math: bool = False) -> str:
    """Return Markdown that shows the words of some HTML, one line for each of its lines.

    With ``math`` formulas stay formulas.
    """
    html = _PICTURE.sub(lambda match: _as_sound(match[0]), html)
    soup = _parse(_NEW_LINE.sub(f"{_LINE_END}<", html))
    texts = re.split(f"[\n{_LINE_END}]", soup.get_text(types=_WORDS))
    lines = filter(None, (" ".join(text.split()) for text in texts))
    return "\n".join(_escape_all(line, math=math) for line in lines)


def without_clozes(markdown: str) -> str:
    """Return Markdown whose clozes are shown as they are written."""
    return _CLOZE.sub(r"\1\\{", markdown)


def clean_html(html: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return the HTML of a field with nothing in it that runs or loads, and what is gone.

    First comes what could run or load, then what could not, such as ``<h2 id>``. Formulas that
    reach out of themselves are shown as they are written.
    """
    if _PLAIN.fullmatch(html):
        return html, (), ()
    # A parser would write the colons and braces that are not to end a cloze as themselves.
    soup = _parse(html)
    html = _flatten(html) if soup.is_flat else html
    kept = html
    for mark, written in _ESCAPES.items():
        kept = kept.replace(written, mark)
    cleaned = _cleaner().clean(kept)
    for mark, written in _ESCAPES.items():
        cleaned = cleaned.replace(mark, written)
    same = cleaned == html
    gone = Counter() if same else Counter(_names(soup)) - Counter(_names(_parse(cleaned)))
    # Where a comment ends, and what a loose "<" is, parsers do not agree on.
    is_clean = not gone and not re.search("<(?![A-Za-z/])", html)
    found = list(filter(_could_run, sorted(gone)))
    harmless = [*sorted(gone.keys() - found), *([_DEEP] if soup.is_flat else [])]
    formulas = _FORMULAS.search(without_tags(cleaned))
    if formulas and (fault := formula_fault(formulas[0])):
        # None of the field stays a formula: where each ends is for MathJax to say.
        is_clean, cleaned = False, _FORMULA_START.sub("\\\\\u2060", cleaned)
        found.append(f"its formulas, since {fault[1]}")
    return html if is_clean else cleaned, tuple(found), tuple(harmless)


def _could_run(name: str) -> bool:
    """Tell whether a tag or an attribute, as ``<img onload>``, may run or load something."""
    tag, _, attribute = name.strip("<>").partition(" ")
    if attribute:
        return attribute.startswith("on") or attribute in _RUNNING_ATTRIBUTES
    # Word writes tags with a colon, which mean nothing to a browser.
    return tag not in QUIET_TAGS and ":" not in tag


@cache
def _cleaner() -> nh3.Cleaner:
    attributes = {tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()}
    attributes["*"] = {"class", "style", "dir", "lang", "align", "valign", "width", "height"}
    attributes["font"] = {"color", "face", "size"}
    return nh3.Cleaner(
        tags=nh3.ALLOWED_TAGS | {"font", "big"},
        attributes=attributes,
        link_rel=None,
    )


def _names(soup: BeautifulSoup) -> Iterator[str]:
    for tag in soup.find_all(name=True):
        yield f"<{tag.name}>"
        yield from (f"<{tag.name} {name}>" for name in tag.attrs)


class _DeepError(ValueError):
    """HTML that no card has, and for which the libraries take ever longer."""


class _Tag(Tag):
    """A tag that is looked through once, not for each of its rows and items."""

    _found: dict[str, Any] | None = None

    def find_all(self, *names: Any, **more: Any) -> Any:
        if more or len(names) != 1:
            return super().find_all(*names, **more)
        self._found = self._found or {}
        if (key := str(names[0])) not in self._found:
            self._found[key] = super().find_all(*names)
        return self._found[key]

    def find_previous_siblings(self, *names: Any, **more: Any) -> Any:
        """Return as many as there are: the converter counts them."""
        if more or len(names) != 1 or not isinstance(self.parent, _Tag):
            return super().find_previous_siblings(*names, **more)
        found = self.parent._found = self.parent._found or {}
        key = f"places of {names}"
        if key not in found:
            same = self.parent.find_all(*names, recursive=False)
            found[key] = {id(each): place for place, each in enumerate(same)}
        return range(found[key][id(self)])


class _Soup(BeautifulSoup):
    """A tree of HTML; ``is_flat`` tells that all but words and pictures was taken out of it."""

    is_flat = False
    torn = 0

    def handle_starttag(self, name: str, *more: Any, **most: Any) -> Tag | None:
        if len(self.tagStack) > _MOST_NESTED:
            raise _DeepError
        tag = super().handle_starttag(name, *more, **most)
        if tag is None or not tag.is_empty_element:
            return tag
        # The parser would list each, and look through that list at every tag that ends.
        self.handle_endtag(name)
        return None

    def handle_endtag(self, name: str, *more: Any) -> None:
        opened = self.tagStack[:]
        super().handle_endtag(name, *more)
        self.torn += sum(tag.name in _TORN for tag in opened[len(self.tagStack) + 1 :])
        if self.torn > _MOST_TORN:
            raise _DeepError

    def handle_data(self, data: str) -> None:
        # A new line is a space here, and a break in Markdown. The converter would look from each
        # space to the last for the end of a line.
        super().handle_data(data if self.open_tag_counter["pre"] else SPACES.sub(" ", data))


def _parse(html: str) -> _Soup:
    # Inside a tag, so that a text is never taken for the name of a file; a loose "&" is lost there.
    html = _LOOSE_AMPERSAND.sub("&amp;", _close(_MARKED_SECTION.sub("<!---->", html)))
    try:
        soup = _Soup(f"<div>{html}</div>", "html.parser", element_classes={Tag: _Tag})
    except _DeepError:
        soup = _parse(_flatten(html))
        soup.is_flat = True
        return soup
    small = html.lower()
    for tag in soup.find_all(_NO_HEADING) if "<h" in small else ():
        # The converter would write as many signs as the number says.
        tag.name = "div"
    # Nor can it read all numbers that it takes for some.
    for tag in soup.find_all("ol", start=True) if "<ol" in small else ():
        if not _NUMBER.fullmatch(str(tag["start"])):
            tag["start"] = "1"
    for tag in soup.find_all(("td", "th"), colspan=True) if "colspan" in small else ():
        span = str(tag["colspan"])
        tag["colspan"] = str(min(_MOST_COLUMNS, int(span))) if _NUMBER.fullmatch(span) else "1"
    return soup


def _close(html: str) -> str:
    """Return HTML in which a comment or tag that nothing ends is text.

    For each a parser would look through all that follows.
    """
    ends = html.rfind("-->") + 1
    html = html[:ends] + html[ends:].replace("<!--", "&lt;!--")
    head, end, tail = html.rpartition(">")
    return head + end + tail.replace("<", "&lt;")


def _flatten(html: str) -> str:
    """Return HTML with its words and pictures, and a break where a line begins or ends."""
    html = sub_before(">", _TAGS_OF_LINES, "<br>", without_hidden(html))
    return re.sub("(?:<br>)+", "<br>", sub_before(">", _OTHERS, "", html))


def media_of(html: str) -> frozenset[str]:
    """Return the names of the pictures and sounds in some HTML, addresses on the web too."""
    pictures = (_source(match[0]) for match in _PICTURE.finditer(html))
    return frozenset(map(unescape, (*filter(None, pictures), *SOUND.findall(html))))


def with_media(html: str, names: Mapping[str, str]) -> str:
    """Return the HTML with new names for its pictures and sounds, without those that have none."""

    def show(match: re.Match[str]) -> str:
        old = _source(match[0])
        if old is None:
            return match[0]
        new = names.get(unescape(old))
        return match[0].replace(old, escape(new), 1) if old and new else ""

    def play(match: re.Match[str]) -> str:
        new = names.get(unescape(match[1]))
        return f"[sound:{new}]" if new else ""

    return SOUND.sub(play, _PICTURE.sub(show, html))


def _is_said(tag: Tag) -> bool:
    said = _SAID.get(tag.name)
    return said is not None and all(not value or name in said for name, value in tag.attrs.items())


def _name(tag: Tag) -> str:
    attributes = sorted(tag.attrs.keys() - _SAID.get(tag.name, frozenset()))
    return f"<{' '.join([tag.name, *attributes])}>"


def _inside(tag: str) -> Callable[[Any, Any, str, set[str]], str]:
    """Return what converts a tag, and leaves the hard spaces at its ends outside of the signs.

    The converter would drop them.
    """
    convert = getattr(MarkdownConverter, f"convert_{tag}")

    def convert_inside(self: Any, el: Any, text: str, parent_tags: set[str]) -> str:
        inner = text.strip("\u00a0 ")
        if "\u00a0" not in text or inner == text:
            return str(convert(self, el, text, parent_tags))
        start, _, end = text.partition(inner) if inner else (text, "", "")
        return f"{start}{convert(self, el, inner, parent_tags) if inner else ''}{end}"

    return convert_inside


class _Converter(MarkdownConverter):
    def escape(self, text: str, parent_tags: set[str]) -> str:
        return "".join(
            _write_math(part) if place % 2 else _escape(part, parent_tags)
            for place, part in enumerate(_MATH.split(text))
        )

    def convert_br(self, el: Any, text: str, parent_tags: set[str]) -> str:
        return "<br>" if "_inline" in parent_tags else "\n"

    def convert_b(self, el: Any, text: str, parent_tags: set[str]) -> str:
        return text if "_noformat" in parent_tags else _emphasise(el, text, "**")

    def convert_em(self, el: Any, text: str, parent_tags: set[str]) -> str:
        return text if "_noformat" in parent_tags else _emphasise(el, text, "*")

    convert_i = convert_em
    convert_strong = convert_b

    def convert_hr(self, el: Any, text: str, parent_tags: set[str]) -> str:
        # Dashes would begin the extra.
        return "\n\n***\n\n"

    def convert_hN(self, n: int, el: Any, text: str, parent_tags: set[str]) -> str:  # noqa: N802
        # The first two levels are decks and notes.
        return f"\n\n{'#' * max(n, 3)} {text.strip()}\n\n" if text.strip() else ""

    def convert_pre(self, el: Any, text: str, parent_tags: set[str]) -> str:
        # The converter would look from each space to the last for the end of the text.
        text = _BLANK_START.sub("", text).rstrip(" \n")
        return f"\n\n```\n{text}\n```\n\n" if text else ""

    def convert_img(self, el: Any, text: str, parent_tags: set[str]) -> str:
        alt = re.sub(r"([\[\]\\])", r"\\\1", str(el.attrs.get("alt") or ""))
        width = str(el.attrs.get("width") or "").removesuffix("px")
        size = f'{{width="{width}px"}}' if width.isdecimal() else ""
        return f"![{alt}]({_path(str(el.attrs.get('src') or ''))}){size}"

    convert_a, convert_del = map(_inside, ("a", "del"))
    convert_s = convert_del

    def _keep(self, el: Any, text: str, parent_tags: set[str]) -> str:
        return f"<{el.name}>{text}</{el.name}>" if text else ""

    convert_kbd = convert_mark = convert_rp = convert_rt = convert_ruby = _keep
    convert_small = convert_sub = convert_sup = convert_u = _keep


def _emphasise(el: Any, text: str, sign: str) -> str:
    """Return the Markdown of emphasis, or its tag where signs could not open or close it.

    Beside a letter they do neither when a sign stands inside, as in ``**word!**and``
    (https://spec.commonmark.org/0.31.2/#left-flanking-delimiter-run). Spaces at its ends stand
    outside.
    """
    inside = text.strip()
    if not inside:
        return text
    start, end = text.index(inside), text.index(inside) + len(inside)
    before = text[:start] or _beside(el.previous_sibling)
    after = text[end:] or _beside(el.next_sibling)
    is_glued = (
        (after[:1].isalnum() and not inside[-1].isalnum())
        or (before[-1:].isalnum() and not inside[0].isalnum())
        or any(
            getattr(each, "name", None) in _EMPHASIS
            for each in (el.previous_sibling, el.next_sibling)
        )
    )
    if is_glued and "\n" not in inside:
        return f"{text[:start]}<{el.name}>{inside}</{el.name}>{text[end:]}"
    return f"{text[:start]}{sign}{inside}{sign}{text[end:]}"


def _beside(sibling: Any) -> str:
    return str(sibling.get_text()) if sibling is not None else ""


def _path(name: str) -> str:
    return f"{MEDIA}/{quote(name)}"


def _write_math(math: str) -> str:
    sign = "$" if math.startswith("\\(") else "$$"
    return f"{sign}{math[2:-2].strip()}{sign}"


def _escape(text: str, parent_tags: set[str]) -> str:
    text = _with_sounds(text, _SPECIAL)
    if parent_tags & {"td", "th"}:
        text = text.replace("|", "\\|")
    return _LINE_START.sub(_escape_start, text)


def _escape_all(text: str, *, math: bool) -> str:
    parts = _MATH.split(text) if math else [text]
    # A backslash before "[" would open math again.
    return "".join(
        _write_math(part) if place % 2 else _with_sounds(part, _PUNCTUATION, "&#91;")
        for place, part in enumerate(parts)
    )


def _with_sounds(text: str, special: re.Pattern[str], bracket: str = "[") -> str:
    return "".join(
        f"![]({_path(part)})" if place % 2 else special.sub(r"\\\g<0>", part).replace("[", bracket)
        for place, part in enumerate(SOUND.split(text))
    )


def _source(picture: str) -> str | None:
    """Return the source of a picture as it is written; None for a tag that has none, or no end."""
    match = _SOURCE.search(picture, 0, len(picture) - 1) if picture.endswith(">") else None
    return match and (match[1] or match[2] or match[3] or "")


def _as_sound(picture: str) -> str:
    source = _source(picture)
    return picture if source is None else f"[sound:{source}]"


def _escape_start(match: re.Match[str]) -> str:
    return f"{match[1]}{match[2]}\\" if match[2].isdigit() else f"{match[1]}\\{match[2]}"
