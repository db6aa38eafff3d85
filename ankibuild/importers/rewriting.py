"""Write the notes that Anki has as Markdown that is read back with all their words and cards."""

import re
import textwrap
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from urllib.parse import quote

from ankibuild.anki.carried import carried_name
from ankibuild.anki.database import LONGEST_NOTE, AnkiNote
from ankibuild.core.clozes import reveal_clozes
from ankibuild.core.files import MEDIA
from ankibuild.core.media import MediaFile
from ankibuild.core.names import Names, short_id, tag_fault
from ankibuild.core.notes import NoteType
from ankibuild.core.problems import Problem, about
from ankibuild.core.text import normal_form, plain_text, shorten
from ankibuild.core.values import Struct, replace
from ankibuild.importers.html import (
    clean_html,
    markdown_of,
    media_of,
    plain_text_of,
    with_media,
    without_clozes,
)
from ankibuild.importers.read_back import find_fault, is_description

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
        here = with_media(normal_form(html), {each: each for each in media})
        fields[name], found, harmless = clean_html(here)
        unsafe += found
        lost |= set(harmless)
    places = {name: each.place.removeprefix(f"{MEDIA}/") for name, each in media.items()}
    parts = {role: with_media(fields[name], places) for role, name in note_type.roles.items()}
    question = parts.get("heading") or reveal_clozes(parts["body"])
    words = plain_text(question)
    note_id = ids.take_id(short_id(words) or "note")
    tags = [tag for tag in note.tags if not tag_fault(tag)]
    attributes = [f"#{note_id}", f'guid="{quote(note.guid, safe="")}"']
    attributes += [f'note-type="{carried_name(note_type.kind)}"']
    attributes += [".reversed"] if parts.get("reversed", "").strip() else []
    attributes += [f'tags="{" ".join(sorted(tags))}"'] if tags else []
    for role in ("heading", "body", "extra"):
        lost |= set(markdown_of(parts.get(role, ""))[1])
    reasons: list[str] = []
    for write_heading, write in ((_rich, _rich), (_plain, _rich), (_plain, _plain), (_bare, _bare)):
        heading = write_heading(parts["heading"]) if "heading" in parts else _shorten(words)
        body, extra = write(parts["body"]), write(parts.get("extra", ""))
        if not note_type.is_cloze:
            heading, body, extra = map(without_clozes, (heading, body, extra))
        lines = [f"## {_one_line(heading)} {{{' '.join(attributes)}}}", body]
        lines += ["---", extra] if extra else []
        text = "\n\n".join(filter(None, lines)) + "\n"
        fault = "it would be too long"
        if len(text) <= _LONGEST:
            fault = find_fault(text, fields, note_type, media)
        if not fault:
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
        reasons.append(fault)
        lost.add("its formulas" if write is _plain else "lists or emphasis in it")
    raise _UnwritableError(reasons[-1])


def _rich(html: str) -> str:
    return markdown_of(html)[0]


def _plain(html: str) -> str:
    return plain_text_of(html, math=True)


def _bare(html: str) -> str:
    return plain_text_of(html)


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
    return next(filter(is_description, (_rich(html), _plain(html))), "")
