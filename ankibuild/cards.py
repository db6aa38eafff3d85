"""Which cards a note makes: Anki's own rule, for any card template and any fields.

Source: rslib/src/template.rs, cloze.rs and notetype/cardgen.rs of ankitects/anki.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

_EMPTY = re.compile(r"(?:[\t\n\v\f\r ]|</?(?:br|div) ?/?>)*", re.IGNORECASE)
_COMMENT = "<!--(?:.*?)-->"
_HANDLEBAR = re.compile(r"\{\{(.*?)\}\}|" + _COMMENT, re.DOTALL)
_OLD_HANDLEBAR = re.compile("<%(.*?)%>|" + _COMMENT, re.DOTALL)
_OLD_SYNTAX = "{{=<% %>=}}"
_CLOZE = re.compile(r"\{\{c([0-9,]+)::|\}\}")
_MOST_NESTED_CLOZES = 10
_LAST_CLOZE_ORDINAL = 499
_LARGEST_CLOZE_NUMBER = 65535
_SPECIAL = ("Card", "CardFlag", "CardID", "Deck", "Subdeck", "Type")


class TemplateError(ValueError):
    """A card template whose conditions do not open and close in pairs; Anki makes no card of it."""


def front_back_ordinals(
    fronts: tuple[str, ...], fields: Mapping[str, str], *, tagged: bool
) -> tuple[int, ...]:
    """Return the places of the templates that make a card, or (0,) when none does.

    ``fronts`` are the front texts of the card templates, ``fields`` the HTML by field name,
    ``tagged`` tells whether the note has a tag.
    """
    present = {name for name, html in fields.items() if html and not is_empty(html)}
    special = (*_SPECIAL, "Tags") if tagged else _SPECIAL
    present.update(name for name in special if name not in fields)
    shown = frozenset(present)
    ordinals = tuple(place for place, front in enumerate(fronts) if _makes_card(front, shown))
    return ordinals or (0,)


def cloze_ordinals(fields: tuple[str, ...]) -> tuple[int, ...]:
    """Return the card ordinals of a cloze note (its cloze numbers less one), or (0,) for none."""
    numbers = {number for html in fields for number in _cloze_numbers(html)}
    ordinals = {min(number - 1, _LAST_CLOZE_ORDINAL) for number in numbers}
    return tuple(sorted(ordinals)) or (0,)


def is_empty(html: str) -> bool:
    """Tell whether Anki takes a field for empty: only white space, ``<br>`` and ``<div>``."""
    return _EMPTY.fullmatch(html) is not None


@dataclass(slots=True)
class _Condition:
    name: str
    shows: bool


# The notes of a package fill few different sets of fields.
@lru_cache(maxsize=1024)
def _makes_card(front: str, present: frozenset[str]) -> bool:
    try:
        return any(field in present for field in _shown_fields(front, present))
    except TemplateError:
        return False


def _shown_fields(front: str, present: frozenset[str]) -> set[str]:
    shown: set[str] = set()
    conditions: list[_Condition] = []
    for word in _handlebars(front):
        sign, name = (word[0], word[1:].lstrip()) if len(word) > 1 else ("", word)
        if sign in ("#", "^"):
            conditions.append(_Condition(name, (name in present) is (sign == "#")))
        elif sign == "/":
            if not conditions or conditions.pop().name != name:
                raise TemplateError(front)
        elif all(condition.shows for condition in conditions):
            shown.add(word.rpartition(":")[2])
    if conditions:
        raise TemplateError(front)
    return shown


def _handlebars(front: str) -> Iterator[str]:
    pattern = _HANDLEBAR
    if front.lstrip().startswith(_OLD_SYNTAX):
        pattern, front = _OLD_HANDLEBAR, front.lstrip().removeprefix(_OLD_SYNTAX)
    for match in pattern.finditer(front):
        if match[1] is not None:
            yield match[1].lstrip("{").strip()


def _cloze_numbers(html: str) -> set[int]:
    closed: set[int] = set()
    open_clozes: list[set[int]] = []
    for match in _CLOZE.finditer(html):
        if match[0] == "}}":
            if open_clozes:
                numbers = open_clozes.pop()
                outer = open_clozes[-1] if open_clozes else closed
                outer |= numbers
        elif len(open_clozes) < _MOST_NESTED_CLOZES:
            numbers = {int(digits) for digits in match[1].split(",") if _is_number(digits)}
            if numbers:
                open_clozes.append(numbers)
    return closed - {0}


def _is_number(digits: str) -> bool:
    return digits.isdigit() and int(digits) <= _LARGEST_CLOZE_NUMBER
