"""Read a note type that a deck brought along from Anki, as Anki itself keeps it.

``note-types/<name>.json`` holds the record that stands in a legacy collection and in an add-on's
hands: ``id``, ``name``, ``type``, ``flds``, ``tmpls``, ``css`` and more.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ankibuild.anki.card_generation import template_fields
from ankibuild.core.notes import CardTemplate, Kind, NoteType

CARRIED = "carried"
"""What the kind of a carried note type begins with; it stands in the lock, so never change it."""

_CLOZE = 1
TEXT_FIELDS = 2
"""As many need no headings for their fields: a question and its answer."""

_NAMED = ("extra", "hint", "source", "reversed", "typed")
_LARGEST_ID = 2**53 - 1
# Source: rslib/src/notetype/schema11.rs of ankitects/anki. What does not stand here may be missing,
# and Anki passes over what it does not know.
_NOT_NEEDED = ("sortf", "latexPre", "latexPost", "originalStockKind", "bqfmt", "bafmt")
# Times and sync numbers are a package's own to give.
_PASSING = ("mod", "usn")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object, most: int = 2**16) -> bool:
    return type(value) is int and 0 <= value < most


def _is_switch(value: object) -> bool:
    return type(value) in (bool, int) and value in (0, 1)


_RECORD: Mapping[str, Callable[[Any], bool]] = {
    "id": lambda value: _is_number(value, 2**63),
    "name": _is_text,
    "type": lambda value: _is_number(value, 2),
    "css": _is_text,
    "sortf": _is_number,
    "latexPre": _is_text,
    "latexPost": _is_text,
    "originalStockKind": lambda value: _is_number(value, 2**31),
}
_FIELD: Mapping[str, Callable[[Any], bool]] = {
    "name": _is_text,
    "ord": _is_number,
    "sticky": _is_switch,
    "rtl": _is_switch,
    "font": _is_text,
    "size": _is_number,
}
_TEMPLATE: Mapping[str, Callable[[Any], bool]] = {
    "name": _is_text,
    "ord": _is_number,
    "qfmt": _is_text,
    "afmt": _is_text,
    "bqfmt": _is_text,
    "bafmt": _is_text,
}


def carried_name(kind: Kind) -> str:
    """Return the name of a carried note type's file by its kind, or "" for one of our own."""
    family, _, name = kind.partition("/")
    return name if family == CARRIED else ""


class NoteTypeError(ValueError):
    """A note type that cannot be carried along; the text says why."""


def write_note_type(record: Mapping[str, Any]) -> str:
    """Return the text of a note type's file."""
    lasting = {key: value for key, value in record.items() if key not in _PASSING}
    return json.dumps(lasting, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def read_note_type(name: str, text: str) -> NoteType:
    """Return the note type in the text of its file, which is called by the name.

    Raises NoteTypeError for what Anki would not take.
    """
    with reading_record():
        record: dict[str, Any] = json.loads(text)
        _see_that_anki_takes(record)
        fields = tuple(
            (str(each["name"]), int(each.get("id") or 0)) for each in parts_of(record, "flds")
        )
        templates = tuple(
            CardTemplate(
                name=str(each["name"]),
                id=int(each.get("id") or 0),
                front=str(each["qfmt"]),
                back=str(each["afmt"]),
            )
            for each in parts_of(record, "tmpls")
        )
        is_cloze = int(record["type"]) == _CLOZE
        if not fields or not templates:
            raise NoteTypeError(f"it has no {'card templates' if fields else 'fields'}")
        if not 0 < int(record["id"]) <= _LARGEST_ID:
            raise NoteTypeError(f"its id {str(record['id'])[:40]} is none that Anki gives")
        carried = write_note_type(record)
        carried.encode()  # Half a character would fail when it is published.
        return NoteType(
            kind=f"{CARRIED}/{name}",
            id=int(record["id"]),
            name=str(record["name"]),
            is_cloze=is_cloze,
            fields=fields,
            templates=templates,
            css=str(record["css"]),
            roles=find_roles([field for field, _ in fields], templates, is_cloze=is_cloze),
            carried=carried,
        )


@contextmanager
def reading_record() -> Iterator[None]:
    """Raise NoteTypeError for whatever goes wrong with a record that Anki did not write."""
    try:
        yield
    except NoteTypeError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError):
        raise NoteTypeError("this is no record of a note type as Anki keeps it") from None


def _see_that_anki_takes(record: dict[str, Any]) -> None:
    parts = [("the note type", record, _RECORD)]
    for name, key, forms in (("field", "flds", _FIELD), ("card template", "tmpls", _TEMPLATE)):
        parts += [(f"{name} {n}", part, forms) for n, part in enumerate(record[key], 1)]
    for name, part, forms in parts:
        for key, form in forms.items():
            if key not in part and key not in _NOT_NEEDED:
                raise NoteTypeError(f'Anki would refuse it: {name} has no "{key}"')
            if key in part and not form(part[key]):
                raise NoteTypeError(f'Anki would refuse the "{key}" of {name}')


def parts_of(record: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """Return the fields ("flds") or card templates ("tmpls") of a record in order."""
    return sorted(record[key], key=lambda part: int(part["ord"]))


def takes_only_fields(note_type: NoteType) -> bool:
    """Tell whether each third-level heading in a note must name a field: it has three or more."""
    names = [name for name, _ in note_type.fields]
    return len(names) - len(switches_of(names, note_type.templates)) > TEXT_FIELDS


def switches_of(fields: Sequence[str], templates: Iterable[CardTemplate]) -> tuple[str, ...]:
    """Return the fields that no card shows, and which only switch a card or a part of one on."""
    sides = [template_fields(side) for each in templates for side in (each.front, each.back)]
    shown = {field for side in sides for field in (*side.shown, *side.typed)}
    asked = {field for side in sides[::2] for field in side.asked}
    return tuple(field for field in fields if field in asked - shown)


def find_roles(
    fields: Sequence[str], templates: Sequence[CardTemplate], *, is_cloze: bool
) -> dict[str, str]:
    """Return which field holds which part of a note, going by what the card templates show.

    The heading is the field that the first card asks for, the body the second text field, or the
    text with clozes; what an attribute fills is found by its name.
    """
    switches = switches_of(fields, templates)
    texts = [field for field in fields if field not in switches] or list(fields)
    front = template_fields(templates[0].front)
    asked = [*front.always, *front.shown] if len(texts) > TEXT_FIELDS else front.shown
    known = [field for field in (front.clozes if is_cloze else asked) if field in texts]
    main = next(iter(known), texts[0])
    other = next((field for field in texts if field != main), None)
    if not is_cloze:
        roles: dict[str, str | None] = {"heading": main, "body": other}
    elif other in front.shown:
        roles = {"heading": other, "body": main}
    else:
        roles = {"body": main, "extra": other if len(texts) == TEXT_FIELDS else None}
    if len(texts) <= TEXT_FIELDS and len(switches) == 1:
        roles["reversed"] = switches[0]
    found = {role: field for role, field in roles.items() if field}
    for field in fields:
        if field.casefold() in _NAMED:
            found.setdefault(field.casefold(), field)
    return found
