"""Write the notes that Anki has as Markdown that is read back with all their words and cards."""

import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from ankibuild.anki.card_generation import is_empty
from ankibuild.anki.carried import carried_name, switches_of, takes_only_fields
from ankibuild.anki.database import LONGEST_NOTE, AnkiNote
from ankibuild.core.clozes import reveal_clozes
from ankibuild.core.files import MEDIA
from ankibuild.core.media import MediaFile
from ankibuild.core.names import Names, short_id, tag_fault
from ankibuild.core.notes import NoteType
from ankibuild.core.problems import Problem, about
from ankibuild.core.text import NOT_TEXT, normal_form, plain_text, shorten
from ankibuild.core.values import Struct, replace
from ankibuild.dialect.field_headings import escape_headings
from ankibuild.dialect.slips import escape_slips
from ankibuild.importers.html import (
    clean_html,
    markdown_of,
    media_of,
    plain_text_of,
    with_media,
    without_clozes,
)
from ankibuild.importers.read_back import Fault, find_fault, is_description, is_flag

_LONGEST = 2 * LONGEST_NOTE
"""Characters of Markdown; lists in lists have far more than the HTML that they are made of."""

_LONGEST_HEADING = 80
_TWICE_ESCAPED = re.compile(r"&(?:amp;)+(?=#\d+;)")
_LONGEST_QUESTION = 1000


class AdoptedNote(Struct, frozen=True, kw_only=True):
    """A note as Markdown, and what that cannot say of it; ``fields`` are as Anki has them.

    ``original`` is what the file holds, ``note`` the same with the tags that Anki keeps; ``lost``
    is in no Markdown, ``unsafe`` is not for learners, ``gone`` are media and ``dropped`` tags.
    """

    note: AnkiNote
    original: AnkiNote
    note_id: str
    note_type: NoteType
    fields: Mapping[str, str]
    text: str
    lost: tuple[str, ...]
    unsafe: tuple[str, ...]
    gone: tuple[str, ...]
    dropped: tuple[str, ...]


def write_notes(
    path: Path,
    notes: Iterable[AnkiNote],
    note_types: Mapping[int, NoteType],
    media: Mapping[str, MediaFile],
) -> tuple[list[AdoptedNote], list[Problem]]:
    """Return the notes of the file at ``path``, and a warning for each that cannot be written.

    ``note_types`` are by number, ``media`` by old name.
    """
    written: list[AdoptedNote] = []
    ids = Names()
    problems = []
    for note in notes:
        note_type = note_types[note.note_type]
        try:
            written.append(_write_note(note, note_type, media, ids))
        except _UnwritableError as error:
            message = f'the note "{name_of(note)}" is left out, since no Markdown shows it: {error}'
            cure = "learners who have it keep it; to publish it too, change it in Anki, and import"
            cure += " the deck again"
            problems.append(about(path, "unwritable-note", message, cure, "warning"))
    return written, problems


def name_of(note: AnkiNote) -> str:
    """Return what a trainer knows a note by: its first words, or else its GUID."""
    texts = filter(None, map(plain_text, note.fields))
    return shorten(next(texts, note.guid))


class _UnwritableError(ValueError):
    """A note that no Markdown shows; the text says why."""


def _write_note(
    note: AnkiNote,
    note_type: NoteType,
    media: Mapping[str, MediaFile],
    ids: Names,
) -> AdoptedNote:
    """Return a note in the richest Markdown that is read back with all its words and cards."""
    fields: dict[str, str] = {}
    unsafe: list[str] = []
    lost: set[str] = set()
    used = media_of(normal_form("".join(note.fields)))
    # All files of a deck, looked through for each of its notes, would take hours.
    media = {name: media[name] for name in used if name in media}
    for (name, _), html in zip(note_type.fields, note.fields, strict=True):
        here = with_media(normal_form(NOT_TEXT.sub("", html)), {each: each for each in media})
        fields[name], found, harmless = clean_html(here)
        unsafe += found
        lost |= set(harmless)
    places = {name: each.place.removeprefix(f"{MEDIA}/") for name, each in media.items()}
    shown = {name: with_media(html, places) for name, html in fields.items()}
    roles = {role: name for role, name in note_type.roles.items() if role in _WRITTEN}
    switches = switches_of(list(fields), note_type.templates)
    reversed_by = note_type.roles.get("reversed")
    asked = (shown.get(roles.get(role, ""), "") for role in _WRITTEN)
    texts = (plain_text(reveal_clozes(html)) for html in (*asked, *shown.values()))
    words = next(filter(None, texts), "")
    note_id = ids.take_id(short_id(words) or "note")
    tags = [tag for tag in note.tags if not tag_fault(tag)]
    attributes = [f"#{note_id}", f'guid="{quote(note.guid, safe="")}"']
    attributes += [f'note-type="{carried_name(note_type.kind)}"']
    others = [name for name in fields if name not in roles.values()]
    if reversed_by in switches and reversed_by in others and is_flag(shown[reversed_by]):
        others.remove(reversed_by)
        attributes += [] if is_empty(shown[reversed_by]) else [".reversed"]
    attributes += [f'tags="{" ".join(sorted(tags))}"'] if tags else []
    for name in shown:
        lost |= set(markdown_of(shown[name])[1]) if name != reversed_by else set()
    strict = takes_only_fields(note_type)
    written = _Written(note_type, strict, shown, roles, others, " ".join(attributes), words)
    # Each field is as rich as it can be: one that is read back otherwise is written plainer.
    ways = dict.fromkeys(shown, 0)
    while True:
        text = written.as_markdown({name: _WAYS[way] for name, way in ways.items()})
        fault = find_fault(text, fields, note_type, media) if len(text) <= _LONGEST else _TOO_LONG
        if fault is None:
            return AdoptedNote(
                note=replace(note, tags=tuple(tags)),
                original=note,
                note_id=note_id,
                note_type=note_type,
                fields={name: html for name, html in fields.items() if html},
                text=text,
                lost=tuple(sorted(lost)),
                unsafe=tuple(sorted(set(unsafe))),
                gone=tuple(sorted(used - media.keys())),
                dropped=tuple(sorted(set(note.tags) - set(tags))),
            )
        plainer = [fault.field] if fault.field in ways else list(ways)
        plainer = [name for name in plainer if ways[name] < len(_WAYS) - 1]
        if not plainer:
            raise _UnwritableError(fault.message)
        for name in plainer:
            ways[name] += 1
            is_bare = _WAYS[ways[name]] is _bare
            lost.add("its formulas" if is_bare else "lists or emphasis in it")


_WRITTEN = ("heading", "body")
_Way = Callable[[str], str]


class _Written(NamedTuple):
    """What a note is written from: HTML by field, the fields of its heading and body, and others.

    ``words`` name it where its heading is no field; ``strict`` tells that each ``###`` is a field.
    """

    note_type: NoteType
    strict: bool
    fields: Mapping[str, str]
    roles: Mapping[str, str]
    others: Sequence[str]
    attributes: str
    words: str

    def as_markdown(self, ways: Mapping[str, _Way]) -> str:
        """Return the note, each field written in the way that is given for it."""
        texts = {name: self._text(html, ways[name]) for name, html in self.fields.items()}
        named = {name: texts[name] for name in self.others}
        heading = _shorten(self.words)
        if asked := self.roles.get("heading"):
            # What needs lines of its own stands below a heading, which then only names the note.
            if "\n" in texts[asked] and ways[asked] is _rich:
                named = {asked: texts[asked], **named}
            else:
                heading = _one_line(texts[asked])
        extra = ""
        lines = [f"## {heading} {{{self.attributes}}}", texts.get(self.roles.get("body", ""), "")]
        if not self.strict and (field := self.note_type.roles.get("extra")):
            extra = named.pop(field, "")
        for name, text in named.items():
            if text or name == asked:
                lines += [f"### {_heading_of(name)}", text]
        lines += ["---", extra] if extra else []
        lines[1:] = map(escape_slips, lines[1:])
        return "\n\n".join(filter(None, lines)) + "\n"

    def _text(self, html: str, write: _Way) -> str:
        text = write(html)
        if not self.note_type.is_cloze:
            text = without_clozes(text)
        return escape_headings(text, self.fields, strict=self.strict)


def _heading_of(name: str) -> str:
    """Return a field's name as it stands in its heading; signs at its end would close that."""
    words = re.sub(r"\\(?=[!-/:-@\[-`{-~])", r"\\\\", " ".join(name.split()))
    return re.sub(r"(?:(?<=\s)|^)(?=#+$)", r"\\", words)


def _rich(html: str) -> str:
    return markdown_of(html)[0]


def _plain(html: str) -> str:
    return plain_text_of(html, math=True)


def _bare(html: str) -> str:
    return plain_text_of(html)


_WAYS = (_rich, _plain, _bare)
_TOO_LONG = Fault("it would be too long", "")


def _one_line(markdown: str) -> str:
    return re.sub(r"\n+", "<br>", markdown)


def _shorten(words: str) -> str:
    words = textwrap.shorten(words[:_LONGEST_QUESTION], _LONGEST_HEADING, placeholder=" …")
    return plain_text_of(escape(words))


def once_escaped(html: str) -> str:
    """Return a description without the signs that were escaped twice, such as ``&amp;#44;``."""
    return _TWICE_ESCAPED.sub("&", html)


def write_description(html: str) -> str:
    """Return a deck's description as Markdown; "" when there is none that can be read back."""
    html = once_escaped(html)
    ways = (escape_slips(_rich(html)), escape_slips(_plain(html)))
    return next(filter(is_description, ways), "")
