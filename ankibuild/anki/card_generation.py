"""Which cards a note makes: Anki's own rule, for any card template, for any fields.

Source: rslib/src/template.rs, cloze.rs and notetype/cardgen.rs of ankitects/anki.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from ankibuild.core.clozes import LAST_NUMBER, cloze_numbers
from ankibuild.core.notes import NoteType, field_values
from ankibuild.core.values import Struct

_EMPTY = re.compile(r"(?:[\t\n\v\f\r ]|</?(?:br|div) ?/?>)*", re.IGNORECASE)
_PAIRS = {"{{": "}}", "<!--": "-->"}
_OLD_PAIRS = {"<%": "%>", "<!--": "-->"}
_OLD_SYNTAX = "{{=<% %>=}}"
SPECIAL = ("Card", "CardFlag", "CardID", "Deck", "Subdeck", "Type")
"""What a card template shows that is no field; besides, ``Tags``, and the back ``FrontSide``."""


class TemplateError(ValueError):
    """A card template whose conditions do not open and close in pairs; Anki makes no card of it."""


def fields_ordinals(
    note_type: NoteType, fields: Mapping[str, str], tags: tuple[str, ...]
) -> tuple[int, ...]:
    """Return the cards that the fields make in a note type; those that are not named are empty."""
    if note_type.is_cloze:
        return cloze_ordinals(field_values(note_type, fields))
    fronts = tuple([each.front for each in note_type.templates])
    names = tuple([name for name, _ in note_type.fields])
    return front_back_ordinals(fronts, names, fields, tagged=bool(tags))


def makes_cards(note_type: NoteType, fields: Mapping[str, str], tags: tuple[str, ...]) -> bool:
    """Tell whether a note makes a card that shows something; without one Anki makes an empty one.

    A note with clozes shows its sentence in any case.
    """
    fronts = tuple([each.front for each in note_type.templates])
    names = tuple([name for name, _ in note_type.fields])
    return note_type.is_cloze or bool(_ordinals(fronts, names, fields, tagged=bool(tags)))


def front_back_ordinals(
    fronts: tuple[str, ...], names: tuple[str, ...], fields: Mapping[str, str], *, tagged: bool
) -> tuple[int, ...]:
    """Return the places of the templates that make a card, or (0,) when none does.

    ``fronts`` are the front texts of the card templates, ``names`` those of all fields, ``fields``
    the HTML by field name, where what is missing is empty; ``tagged`` tells whether the note has a
    tag.
    """
    return _ordinals(fronts, names, fields, tagged=tagged) or (0,)


def _ordinals(
    fronts: tuple[str, ...], names: tuple[str, ...], fields: Mapping[str, str], *, tagged: bool
) -> tuple[int, ...]:
    present = frozenset([name for name, html in fields.items() if html and not is_empty(html)])
    return _present_ordinals(fronts, names, present, tagged=tagged)


# The notes of a package fill few different sets of fields.
@lru_cache(maxsize=1024)
def _present_ordinals(
    fronts: tuple[str, ...], names: tuple[str, ...], present: frozenset[str], *, tagged: bool
) -> tuple[int, ...]:
    special = (*SPECIAL, "Tags") if tagged else SPECIAL
    shown = present.union(name for name in special if name not in names)
    return tuple(place for place, front in enumerate(fronts) if makes_card(front, shown))


def cloze_ordinals(fields: tuple[str, ...]) -> tuple[int, ...]:
    """Return the card ordinals of a cloze note (its cloze numbers less one), or (0,) for none."""
    numbers = {number for html in fields for number in cloze_numbers(html)}
    ordinals = {min(number, LAST_NUMBER) - 1 for number in numbers}
    return tuple(sorted(ordinals)) or (0,)


def is_empty(html: str) -> bool:
    """Tell whether Anki takes a field for empty: only white space, ``<br>`` and ``<div>``."""
    return _EMPTY.fullmatch(html) is not None


class TemplateFields(NamedTuple):
    """The fields in one side of a card template, in order.

    Those that are ``shown``, ``always`` or under a condition, shown as ``clozes``, ``asked`` to be
    there by a condition, and ``typed`` in, of which the back shows what is right.
    """

    shown: tuple[str, ...]
    always: tuple[str, ...]
    clozes: tuple[str, ...]
    asked: tuple[str, ...]
    typed: tuple[str, ...]


# The note types of a package have few sides.
@lru_cache(maxsize=1024)
def template_fields(side: str) -> TemplateFields:
    """Return the fields in one side of a card template; what is typed in is not shown."""
    shown: list[tuple[list[str], int]] = []
    asked: list[str] = []
    depth = 0
    for _, word in split_template(side):
        sign, name = split_condition(word or "")
        if sign in ("#", "^"):
            depth += 1
            asked += [name] if sign == "#" else []
        elif sign == "/":
            depth -= 1
        elif word:
            shown.append((word.split(":"), depth))
    seen = [each for each in shown if "type" not in each[0][:-1]]
    return TemplateFields(
        shown=tuple(parts[-1] for parts, _ in seen),
        always=tuple(parts[-1] for parts, at in seen if not at),
        clozes=tuple(parts[-1] for parts, _ in shown if "cloze" in parts[:-1]),
        asked=tuple(asked),
        typed=tuple(parts[-1] for parts, _ in shown if "type" in parts[:-1]),
    )


def makes_card(front: str, present: frozenset[str]) -> bool:
    """Tell whether the front of a card template shows any of the fields that are not empty."""
    try:
        return any(field in present for field in _shown_fields(front, present))
    except TemplateError:
        return False


def words_of(side: str) -> str:
    """Return one side of a card template without its text: it makes the same cards."""
    words = (word for _, word in split_template(side) if word is not None)
    return "".join(f"{{{{{word}}}}}" for word in words)


def split_template(side: str) -> Iterator[tuple[str, str | None]]:
    """Yield the pieces of one side of a card template: text as it is, or the words in braces.

    A comment is text, whatever stands in it.
    """
    pairs = dict(_PAIRS)
    if side.lstrip().startswith(_OLD_SYNTAX):
        pairs, side = dict(_OLD_PAIRS), side.lstrip().removeprefix(_OLD_SYNTAX)
    end = place = 0
    while pairs and (match := re.compile("|".join(pairs)).search(side, place)):
        start, opening = match.start(), match[0]
        stop = side.find(pairs[opening], match.end())
        if stop < 0:
            # Nor does anything close a later one.
            del pairs[opening]
            continue
        place = stop + len(pairs[opening])
        if opening != "<!--":
            yield side[end:start], None
            yield side[start:place], side[match.end() : stop].lstrip("{").strip()
            end = place
    yield side[end:], None


def split_condition(word: str) -> tuple[str, str]:
    """Return the sign of a condition (``#``, ``^`` or ``/``) and its name; no sign for a field."""
    is_condition = len(word) > 1 and word[0] in "#^/"
    return (word[0], word[1:].lstrip()) if is_condition else ("", word)


class _Condition(Struct):
    name: str
    shows: bool


def _shown_fields(front: str, present: Collection[str]) -> set[str]:
    shown: set[str] = set()
    conditions: list[_Condition] = []
    hiding = 0
    for _, word in split_template(front):
        if word is None:
            continue
        sign, name = split_condition(word)
        if sign in ("#", "^"):
            conditions.append(_Condition(name, (name in present) is (sign == "#")))
            hiding += not conditions[-1].shows
        elif sign == "/":
            if not conditions or conditions[-1].name != name:
                raise TemplateError(front)
            hiding -= not conditions.pop().shows
        elif not hiding:
            shown.add(word.rpartition(":")[2])
    if conditions:
        raise TemplateError(front)
    return shown
