"""Turn a note's source into the note that Anki will hold."""

import re
from collections.abc import Iterator, Mapping

from ankibuild.anki.card_generation import fields_ordinals
from ankibuild.anki.note_types import make_note_type
from ankibuild.core.files import NOTE_TYPES
from ankibuild.core.identity import note_guid
from ankibuild.core.media import MediaFile
from ankibuild.core.notes import Note, NoteType, Rendered, field_values
from ankibuild.core.problems import Problem, Severity, suggestion
from ankibuild.core.settings import Settings
from ankibuild.core.text import OBJECT, normal_form, seen_lines, shorten
from ankibuild.core.values import Value, hash_of
from ankibuild.dialect.fields import RenderedNote, render_note
from ankibuild.dialect.source import NoteSource
from ankibuild.releases.lock import LockedNote
from ankibuild.releases.package import published_note

_ON = "yes"

# Without these signs rendering gives no warning.
_NOT_KEPT = re.compile(r"[<>$|\t\\{]|!\[|\]:|```|~~~|\*\d|^ {4}|.\n(?![-+*] |\n)", re.MULTILINE)

LONGEST_ANSWER = 500
"""Characters of an answer that one can still recall at once: half a minute to say aloud.

The customer's longest answer has 376. Wozniak, "Twenty rules of formulating knowledge", 4: keep
what is to be recalled as small as can be.
"""


def keep_note(
    source: NoteSource, settings: Settings, published: LockedNote, note_type: NoteType
) -> Note | None:
    """Return the note as it was published; None if it changed, or if anything may be wrong with it.

    Only notes of the given note type are kept, which has questions and answers. Clozes, media,
    carried note types and answers to be typed are always made anew, and so are paths and
    paragraphs of several lines, which were once read otherwise. What else today's tools would write
    otherwise is not found; ``make_note`` does that.
    """
    if published.kind != note_type.kind or source.guid or source.note_type or source.typed:
        return None
    if published.guid != note_guid(settings.key, source.note_id):
        return None
    if _source_hash(source, _all_tags(source, settings), {}) != published.source:
        return None
    # What has errors is in no lock.
    text = f"{source.heading.text}\n\n{source.body.text}\n\n{source.extra.text}"
    if _NOT_KEPT.search(text) or len(source.body.text) > LONGEST_ANSWER:
        return None
    return published_note(published, note_type, source.heading, pinned=source.pinned)


def make_note(
    source: NoteSource,
    settings: Settings,
    carried: Mapping[str, NoteType],
    media: Mapping[str, MediaFile],
    style: str = "",
) -> tuple[Note, tuple[Problem, ...]]:
    """Return the note and what is wrong with it; a note with an error is of no use.

    ``carried`` are the note types that the package brought along, by name; ``media`` are its
    files by path, ``style`` its own style sheet.
    """
    parts = render_note(source, media)
    occlusion = parts.occlusion
    note_type = carried.get(source.note_type)
    if note_type is None:
        kind = "cloze" if parts.body.clozes else "front-back"
        note_type = make_note_type("image-occlusion" if occlusion else kind, settings, style)
    values = {
        "heading": parts.heading.html,
        "body": parts.body.html,
        "extra": parts.extra.html,
        "hint": parts.hint,
        "source": parts.source,
        "reversed": _ON if source.reversed else "",
        "typed": _ON if source.typed else "",
        "id": f"{settings.id}/{source.note_id}",
    }
    if occlusion:
        values |= {
            "masks": occlusion.masks,
            "picture": occlusion.picture.html,
            "body": "\n".join(filter(None, (parts.body.html, parts.extra.html))),
            "names": occlusion.names,
        }
    # Anki normalizes what it imports; doing it here keeps our record of a field equal to Anki's.
    fields = {name: normal_form(values[role]) for role, name in note_type.roles.items()}
    tags = _all_tags(source, settings)
    digests = {media[path].name: media[path].digest for path in _used_media(parts, note_type)}
    note = Note(
        note_id=source.note_id,
        guid=source.guid or note_guid(settings.key, source.note_id),
        note_type=note_type,
        fields=field_values(note_type, fields),
        media=digests,
        tags=tags,
        ordinals=fields_ordinals(note_type, fields, tags),
        source_hash=_source_hash(source, tags, digests),
        heading=source.heading,
        pinned=source.pinned,
        as_published=False,
    )
    problems = [*parts.problems, *_find_problems(source, note_type, parts)]
    problems += _check_note_type(source, note_type, carried, parts.body, values)
    return note, tuple(problems)


def _used_media(parts: RenderedNote, note_type: NoteType) -> list[str]:
    used = parts.body.media | parts.extra.media
    # What no field shows needs no file: a carried cloze may have no place for a heading.
    if "heading" in note_type.roles:
        used |= parts.heading.media
    return sorted(used | (parts.occlusion.picture.media if parts.occlusion else frozenset()))


def _all_tags(source: NoteSource, settings: Settings) -> tuple[str, ...]:
    return tuple(sorted({normal_form(tag) for tag in (*settings.tags, *source.tags)}))


def _source_hash(source: NoteSource, tags: tuple[str, ...], media: Mapping[str, str]) -> str:
    texts = (source.heading.text, source.body.text, source.extra.text, source.hint, source.source)
    values: list[Value] = [*texts, int(source.reversed), int(source.typed), list(tags)]
    # Left out when there are none: the hashes of published notes stay as they are.
    return hash_of([*values, media] if media else values)


def _find_problems(source: NoteSource, note_type: NoteType, parts: RenderedNote) -> list[Problem]:
    heading, body, extra = parts.heading, parts.body, parts.extra
    found = []
    # What Anki had before may be incomplete, and must be able to stay so.
    severity: Severity = "warning" if note_type.carried else "error"
    if not heading.text and not note_type.is_cloze:
        cure = "write it after the ##"
        found.append(
            source.heading.problem("empty-question", "the question is empty", cure, severity)
        )
    if not body.text and note_type.kind != "image-occlusion":
        cure = "write it below the question"
        if extra.text:
            cure += '; what follows the line "---" is only extra'
        found.append(source.heading.problem("empty-answer", "the answer is empty", cure, severity))
    if note_type.kind == "image-occlusion":
        if source.typed or source.reversed:
            message = "a picture with masks is neither typed nor reversed"
            found.append(
                source.heading.problem("misplaced-option", message, "take .typed and .reversed out")
            )
        if body.clozes:
            message = "masks and clozes stand in one answer"
            found.append(
                source.body.problem(
                    "masks-with-clozes", message, "give the clozes a note of their own"
                )
            )
    for part, name in ((heading, "heading"), (extra, "extra")):
        if part.clozes:
            fragment = source.heading if part is heading else source.extra
            cure = r'move it into the answer, or write "\{{" to show it as it is'
            found.append(fragment.problem("misplaced-cloze", f"a cloze stands in the {name}", cure))
    if source.reversed and note_type.kind == "cloze":
        cure = "take .reversed out, or the clozes"
        found.append(
            source.heading.problem("misplaced-option", "a note with clozes has no reverse", cure)
        )
    length = len(" ".join(body.text.split()))
    if length > LONGEST_ANSWER and not note_type.is_cloze:
        message = f"the answer has {length} characters, too many to recall at once"
        cure = f"ask several questions, or keep it below {LONGEST_ANSWER} and put the rest in extra"
        found.append(source.heading.problem("long-answer", message, cure, "warning"))
    if source.typed and note_type.kind == "front-back":
        lines = seen_lines(body.html)
        if len(lines) > 1 or any(OBJECT in line for line in lines):
            # As Anki compares it: the lines joined, pictures and sounds left out.
            words = shorten(" ".join(" ".join(lines).replace(OBJECT, "").split()))
            message = f'learners must type "{words}" in one line'
            cure = "leave what is to be typed, and move the rest below a line of dashes"
            found.append(source.body.problem("hard-to-type", message, cure, "warning"))
    if body.bare and note_type.kind != "image-occlusion":
        message = "nothing stands around the clozes, so the card shows only what is hidden"
        cure = "write the sentence around them, or a plain answer"
        found.append(source.body.problem("bare-cloze", message, cure, "warning"))
    if not source.note_id:
        message = f'no note id can be made from the heading "{source.heading.text}"'
        found.append(
            source.heading.problem("missing-note-id", message, "write one after it: {#some-id}")
        )
    return found


def _check_note_type(
    source: NoteSource,
    note_type: NoteType,
    carried: Mapping[str, NoteType],
    body: Rendered,
    values: Mapping[str, str],
) -> Iterator[Problem]:
    """Yield what does not go with a note type that was carried along."""
    name = source.note_type
    if source.guid and not name:
        message = "a note with a guid of its own has no note type"
        cure = 'name the one that it has in Anki: note-type="…"; Anki never updates it with another'
        yield source.heading.problem("guid-without-note-type", message, cure)
    if name and name not in carried:
        message = f'the note type "{name}" is not in this package'
        cure = f"put Anki's record of it into {NOTE_TYPES}/{name}.json"
        yield source.heading.problem(
            "unknown-note-type", message, suggestion(name, sorted(carried)) if carried else cure
        )
    if not note_type.carried:
        return
    for role in ("extra", "hint", "source", "reversed", "typed"):
        if values[role] and role not in note_type.roles:
            message = f'the note type "{name}" has no field for "{role}"'
            yield source.heading.problem("missing-field", message, "take it out of this note")
    if body.clozes and not note_type.is_cloze:
        message = f'the note type "{name}" makes no cards of clozes'
        yield source.body.problem(
            "misplaced-cloze", message, "take them out, or name a cloze note type"
        )
    elif note_type.is_cloze and not body.clozes:
        message = f'the note type "{name}" makes cards of clozes, and here is none'
        yield source.heading.problem(
            "missing-cloze", message, "hide some words of the answer: {{c1::words}}"
        )
