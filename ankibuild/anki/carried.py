"""Read a note type that a deck brought along from Anki, as Anki itself keeps it.

``note-types/<name>.json`` holds the record that stands in a legacy collection and in an add-on's
hands: ``id``, ``name``, ``type``, ``flds``, ``tmpls``, ``css`` and more.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from typing import Any

from ankibuild.anki.card_generation import template_fields
from ankibuild.anki.styling import find_addresses
from ankibuild.core.notes import CardTemplate, Kind, NoteType

CARRIED = "carried"
"""What the kind of a carried note type begins with; it stands in the lock, so never change it."""

_CLOZE = 1
_TEXT_FIELDS = 2
_MOST_TEMPLATES = 2
_LARGEST_ID = 2**53 - 1
# What shows, and neither runs nor loads.
_QUIET_TAGS = frozenset(
    "a abbr article aside b big blockquote br button caption center cite code col colgroup dd del"
    " details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img"
    " input ins kbd label li main mark nav ol p pre q rp rt ruby s samp section small span strike"
    " strong style sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr".split()
)
_QUIET_TEX = frozenset(
    "begin documentclass end pagestyle parindent setlength special usepackage".split()
)
_STYLE = re.compile(r"<style\b", re.IGNORECASE)
_ACTIVE = re.compile(
    r"<(?P<tag>[a-z][^\s/<>{}]*)|[\s\"'/](?P<handler>on[a-z]{3,})\s*=(?!=)"
    r"|(?P<address>https?:(?!//www\.w3\.org/)[^\s\"'<>()]{1,80}|(?:java|vb)script:|data:text/html)"
    r"|[=(]\s*[\"']?(?P<bare>//[^\s\"'<>()]{1,80})",
    re.IGNORECASE,
)
# What is no file of the learner's own.
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|@import|\w+\(\)$", re.IGNORECASE)
_TEX = re.compile(r"\\([A-Za-z]+\d*)|(\^\^)")
# Times and sync numbers are a package's own to give.
_PASSING = ("mod", "usn")


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

    Two fields hold text: a question and its answer, or a cloze text and what goes with it. A third
    may switch the second card on. Raises NoteTypeError for any other.
    """
    try:
        record: dict[str, Any] = json.loads(text)
        fields = tuple(
            (str(each["name"]), int(each.get("id") or 0)) for each in _parts(record, "flds")
        )
        templates = tuple(
            CardTemplate(
                name=str(each["name"]),
                id=int(each.get("id") or 0),
                front=str(each["qfmt"]),
                back=str(each["afmt"]),
            )
            for each in _parts(record, "tmpls")
        )
        is_cloze = int(record["type"]) == _CLOZE
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
            roles=_find_roles([field for field, _ in fields], templates, is_cloze=is_cloze),
            carried=carried,
        )
    except NoteTypeError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError):
        raise NoteTypeError("this is no record of a note type as Anki keeps it") from None


def find_active(note_type: NoteType) -> tuple[str, ...]:
    """Return what a carried note type would run or load on a learner's device, as it is written.

    Looked at are the names, the card templates, the style and the heads for LaTeX. What looks like
    code in a comment is named too, since parsers do not agree on where one ends.
    """
    record = json.loads(note_type.carried)
    names = [str(each["name"]) for key in ("flds", "tmpls") for each in record[key]]
    sides = [str(each.get(key) or "") for each in record["tmpls"] for key in _SIDES]
    html = "\n".join((note_type.name, *names, *sides))
    found = {*_find_code(html), *_find_code(unescape(html))}
    for style in (note_type.css, *_STYLE.split(html)[1:]):
        found |= set(filter(_ELSEWHERE.match, find_addresses(style)))
    for head in ("latexPre", "latexPost"):
        for command, sign in _TEX.findall(str(record.get(head) or "")):
            if sign or command not in _QUIET_TEX:
                found.add(f"\\{command}" if command else sign)
    return tuple(sorted(found))


_SIDES = ("qfmt", "afmt", "bqfmt", "bafmt")


def _find_code(html: str) -> Iterator[str]:
    for match in _ACTIVE.finditer(html):
        tag, handler = match["tag"], match["handler"]
        if tag and tag.lower() not in _QUIET_TAGS:
            yield f"<{tag.lower()}>"
        elif not tag:
            yield handler or match["address"] or match["bare"]


def _parts(record: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return sorted(record[key], key=lambda part: int(part["ord"]))


def _find_roles(
    fields: Sequence[str], templates: Sequence[CardTemplate], *, is_cloze: bool
) -> dict[str, str]:
    """Return which field holds which part of a note, going by what the card templates show."""
    sides = [template_fields(side) for each in templates for side in (each.front, each.back)]
    shown = {field for side in sides for field in side.shown}
    asked = {field for side in sides[::2] for field in side.asked}
    switches = [field for field in fields if field in asked - shown]
    texts = [field for field in fields if field not in switches]
    if len(texts) > _TEXT_FIELDS or len(switches) > 1:
        names = ", ".join(f'"{field}"' for field in fields)
        raise NoteTypeError(
            f"it has {len(fields)} fields ({names}), where two texts can be carried"
        )
    if not 1 <= len(templates) <= (1 if is_cloze else _MOST_TEMPLATES):
        raise NoteTypeError(
            f"it has {len(templates)} card templates, where one or two can be carried"
        )
    front = sides[0]
    known = [field for field in (front.clozes if is_cloze else front.shown) if field in texts]
    if not known or len(texts) < (1 if is_cloze else _TEXT_FIELDS):
        raise NoteTypeError("its first card asks for no field of two")
    main = known[0]
    other = next((field for field in texts if field != main), None)
    if not is_cloze:
        roles = {"heading": main, "body": other}
    elif other in front.shown:
        roles = {"heading": other, "body": main}
    else:
        roles = {"body": main, "extra": other}
    if switches:
        roles["reversed"] = switches[0]
    return {role: field for role, field in roles.items() if field}
