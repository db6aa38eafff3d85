"""Render both sides of a card as Anki does, up to what its reviewer adds.

Source: rslib/src/template.rs, template_filters.rs and cloze.rs of ankitects/anki.
"""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

from ankibuild.anki.card_generation import (
    TemplateError,
    is_empty,
    makes_card,
    split_condition,
    split_template,
)
from ankibuild.core.clozes import Cloze, cloze_numbers, parse_clozes
from ankibuild.core.notes import Note
from ankibuild.core.text import unescape
from ankibuild.core.values import Struct, hash_of

_TAG = re.compile(
    r"<!--.*?-->|<style.*?>.*?</style>|<script.*?>.*?</script>|<.*?>", re.DOTALL | re.IGNORECASE
)
_MATH = re.compile(r"(\\[(\[])(.*?)(\\[])])", re.DOTALL)
# Lengths are bounded, so that a long text without a space or a bracket ends in time.
_FURIGANA = re.compile(r" ?([^ >][^ >\[]{0,100}+)\[(.[^\]\n]{0,100}+)\]")
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9\u0100-\U0010ffff]")
_ESCAPING, _MOST_NAMED = 3, 10_000_000
_OCCLUSION = "image-occlusion:"
_PROPERTY = re.compile(r":([^=]+)=((?:[^\\:]|\\[\\:])+)")
_PROPERTIES = {
    **{name: f"data-{name}" for name in ("left", "top", "angle", "fill", "width", "height")},
    **{name: f"data-{name}" for name in ("rx", "ry", "points", "text", "scale")},
    "oi": "data-occludeInactive",
    "fs": "data-font-size",
}
_NOT_ZERO = ("width", "height", "rx", "ry", "scale")
_SHAPES = ("rect", "ellipse", "polygon", "text")
_HELP = "https://docs.ankiweb.net/templates/errors.html"


class RenderedCard(NamedTuple):
    """Both sides of a card in HTML, with ``[[type:…]]`` and ``[sound:…]`` still in them."""

    name: str
    front: str
    back: str


def render_card(note: Note, ordinal: int, deck: str) -> RenderedCard:
    """Return the two sides of a note's card; ``deck`` is the full name of the note's deck.

    What Anki says of a card without content, and of a template that it cannot read, stands in
    their place.
    """
    note_type = note.note_type
    template = note_type.templates[0 if note_type.is_cloze else ordinal]
    fields = {
        "Tags": " ".join(note.tags),
        "Type": note_type.name,
        "Deck": deck,
        "Subdeck": deck.rpartition("::")[2],
        "CardFlag": "flag0",
        "Card": template.name,
        # The number that a learner's own collection gives it.
        "CardID": "0",
        f"c{ordinal + 1}": "1",
    } | note.field_map
    name = f"{template.name} {ordinal + 1}" if note_type.is_cloze else template.name
    present = {each for each, html in fields.items() if not is_empty(html)}
    try:
        front = _Side(fields, present, ordinal + 1, None).render(template.front)
        if note_type.is_cloze:
            numbers = {number for html in fields.values() for number in cloze_numbers(html)}
            fault = "" if ordinal + 1 in numbers else _missing_cloze(ordinal + 1)
        else:
            fault = "" if makes_card(template.front, frozenset(present)) else _BLANK_FRONT
        if fault:
            return RenderedCard(name, front + fault, fault)
        back = _Side(fields, present, ordinal + 1, front).render(template.back)
    except TemplateError as error:
        message = f"A template has a problem:<br>{escape(str(error))}"
        return RenderedCard(name, message, message)
    return RenderedCard(name, front, back)


def answer_to_type(html: str, number: int, *, is_cloze: bool) -> str:
    """Return the HTML that a learner is asked to type: a field, or the clozes of one number."""
    if not is_cloze:
        return html
    found = [each for part in parse_clozes(html) for each in _answers(part, number)]
    return found[0] if len(set(found)) == 1 else ", ".join(found)


_BLANK_FRONT = (
    f"<div>The front of this card is blank.<br><a href='{_HELP}#front-of-card-is-blank'>"
    "More information</a></div>"
)


def _missing_cloze(number: int) -> str:
    return (
        f"<div>No cloze \u2068{number}\u2069 found on card.\n"
        "Please either add a cloze deletion, or use the Empty Cards tool.<br>"
        f"<a href='{_HELP}#no-cloze-filter-on-cloze-note-type'>More information</a></div>"
    )


class _Side(Struct, frozen=True):
    """What one side shows: the fields, those not empty, the cloze number, the front for a back."""

    fields: Mapping[str, str]
    present: set[str]
    number: int
    front: str | None

    def render(self, side: str) -> str:
        shown: list[str] = []
        conditions: list[tuple[str, bool]] = []
        hiding = 0
        for text, word in split_template(side):
            sign, name = split_condition(word or "")
            if sign == "/":
                if not conditions or conditions[-1][0] != name:
                    raise TemplateError(f"Found '{{{{/{name}}}}}', which closes nothing")
                hiding -= not conditions.pop()[1]
            elif sign:
                conditions.append((name, self._holds(name) is (sign == "#")))
                hiding += not conditions[-1][1]
            else:
                html = text if word is None else self._replace(word)
                if not hiding:
                    shown.append(html)
        if conditions:
            raise TemplateError(f"Missing '{{{{/{conditions[-1][0]}}}}}'")
        return "".join(shown)

    def _holds(self, name: str) -> bool:
        if name not in self.fields and not re.fullmatch(r"c\d+", name):
            raise TemplateError(f"there is no field called '{name}'")
        return name in self.present

    def _replace(self, word: str) -> str:
        *filters, name = word.split(":")
        if name == "FrontSide":
            return self.front or ""
        if not name and filters:
            return ""
        if name not in self.fields:
            raise TemplateError(f"Found '{{{{{word}}}}}', but there is no field called '{name}'")
        if filters[:1] == ["type"]:
            kind = filters[1] if filters[1:] in (["cloze"], ["nc"]) else ""
            return f"[[{':'.join(filter(None, ('type', kind, name)))}]]"
        html = self.fields[name]
        for each in reversed(filters):
            filtered = self._filter(each, html, name)
            if filtered is None:
                # One of an add-on's own, which gets the rest; without the add-on nothing happens.
                break
            html = filtered
        return html

    def _filter(self, name: str, html: str, field_name: str) -> str | None:
        match name:
            case "":
                return html
            case "text":
                return _strip(html)
            case "hint":
                return _hint(html, field_name)
            case "cloze":
                return _reveal_clozes(html, self.number, question=self.front is None)
            case "cloze-only":
                return _only_clozes(html, self.number, question=self.front is None)
            case "furigana":
                return _furigana(html, r"<ruby><rb>\1</rb><rt>\2</rt></ruby>")
            case "kanji":
                return _furigana(html, r"\1")
            case "kana":
                return _furigana(html, r"\2")
        if name.startswith("tts "):
            return f"[anki:tts lang={name.removeprefix('tts ')}]{html}[/anki:tts]"
        return None


def _strip(html: str) -> str:
    text = _TAG.sub("", html)
    # Anki writes plain spaces for hard ones only where it met an entity.
    return unescape(text).replace("\u00a0", " ") if "&" in text else text


def _hint(html: str, field_name: str) -> str:
    if not html.strip():
        return html
    # Anki's own number is another hash; it only has to be unlike others on the card.
    number = hash_of([html, field_name])[:16]
    return (
        f'\n<a class=hint href="#"\nonclick="this.style.display=\'none\';\n'
        f"document.getElementById('hint{number}').style.display='block';\n"
        f'return false;" draggable=false>\n{field_name}</a>\n'
        f'<div id="hint{number}" class=hint style="display: none">{html}</div>\n'
    )


def _furigana(html: str, form: str) -> str:
    def write(match: re.Match[str]) -> str:
        return match[0] if match[2].startswith("sound:") else match.expand(form)

    return _FURIGANA.sub(write, html.replace("&nbsp;", " "))


def _reveal_clozes(html: str, number: int, *, question: bool) -> str:
    parts = parse_clozes(html)
    # Each cloze around another repeats it in an attribute, escaped once more.
    names = len(html) * _ESCAPING ** max(map(_depth, parts), default=0) <= _MOST_NAMED
    revealed = [_reveal(part, number, question=question, names=names) for part in parts]
    if not any(is_active for _, is_active in revealed):
        return ""
    text = "".join(text for text, _ in revealed)
    return _MATH.sub(lambda match: f"{match[1]}{_TAG.sub('', match[2])}{match[3]}", text)


def _depth(part: str | Cloze) -> int:
    return 0 if isinstance(part, str) else 1 + max(map(_depth, part.parts), default=0)


def _reveal(part: str | Cloze, number: int, *, question: bool, names: bool) -> tuple[str, bool]:
    """Return the HTML of a part, and whether a cloze of the number is in it.

    ``names`` tells whether a question carries what it hides in an attribute, as in Anki.
    """
    if isinstance(part, str):
        return part, False
    is_active = number in part.numbers
    numbers = ",".join(map(str, part.numbers))
    first = part.parts[0] if part.parts else None
    if isinstance(first, str) and first.startswith(_OCCLUSION):
        shape = first.removeprefix(_OCCLUSION)
        return _mask(shape, part.numbers, is_active=is_active, question=question)
    inner = [_reveal(each, number, question=question, names=names) for each in part.parts]
    text = "".join(text for text, _ in inner)
    found = is_active or any(is_active for _, is_active in inner)
    if not is_active:
        return f'<span class="cloze-inactive" data-ordinal="{numbers}">{text}</span>', found
    if question:
        hidden = f'data-cloze="{_attribute(text) if names else ""}" data-ordinal="{numbers}"'
        return f'<span class="cloze" {hidden}>[{part.hint}]</span>', found
    return f'<span class="cloze" data-ordinal="{numbers}">{text}</span>', found


def _mask(
    text: str, numbers: Sequence[int], *, is_active: bool, question: bool
) -> tuple[str, bool]:
    state = "" if (question and is_active) or 0 in numbers else "-inactive"
    if is_active and state:
        state = "-highlight"
    data = f'class="cloze{state}" data-ordinal="{",".join(map(str, numbers))}"'
    return f"<div {data} {_mask_data(text)}></div>", is_active


def _mask_data(text: str) -> str:
    shape, mark, _ = text.partition(":")
    if not mark:
        return ""
    data = f'data-shape="{shape}" ' if shape in _SHAPES else ""
    place = len(shape)
    while match := _PROPERTY.match(text, place):
        place = match.end()
        name, value = match[1], re.sub(r"\\([\\:])", r"\1", match[2])
        if name in _PROPERTIES and not (name in _NOT_ZERO and value == "0"):
            if name == "points":
                value = " ".join(pair for pair in value.split(" ") if "," in pair)
            value = _attribute(value) if name == "text" else value
            data += f'{_PROPERTIES[name]}="{value}" '
    return data


def _attribute(text: str) -> str:
    named = {'"': "&quot;", "&": "&amp;", "<": "&lt;", ">": "&gt;"}
    return _NOT_PLAIN.sub(lambda match: named.get(match[0], f"&#x{ord(match[0]):02X};"), text)


def _only_clozes(html: str, number: int, *, question: bool) -> str:
    parts = parse_clozes(html)
    return ", ".join(each for part in parts for each in _answers(part, number, hints_only=question))


def _answers(part: str | Cloze, number: int, *, hints_only: bool = False) -> list[str]:
    if isinstance(part, str):
        return []
    own = [part.hint if hints_only else part.text] if number in part.numbers else []
    inner = (_answers(each, number, hints_only=hints_only) for each in part.parts)
    return [*own, *(answer for answers in inner for answer in answers)]
