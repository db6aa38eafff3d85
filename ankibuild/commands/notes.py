"""Turn a note's source into the note that Anki will hold."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from ankibuild.anki.card_generation import fields_ordinals, makes_cards, template_fields
from ankibuild.anki.carried import takes_only_fields
from ankibuild.anki.note_types import FIELDS, make_note_type
from ankibuild.core.files import NOTE_TYPE, NOTE_TYPES
from ankibuild.core.identity import note_guid
from ankibuild.core.media import MediaFile
from ankibuild.core.notes import Note, NoteType, Rendered, field_values, rendered_hash
from ankibuild.core.problems import Fault, Fragment, Problem, Severity, suggestion
from ankibuild.core.settings import Settings
from ankibuild.core.text import OBJECT, normal_form, plain_text, seen_lines, shorten
from ankibuild.core.values import Struct, Value, hash_of, replace
from ankibuild.dialect.field_headings import split_body
from ankibuild.dialect.fields import RenderedNote, as_field, render_block, render_note
from ankibuild.dialect.source import NoteSource
from ankibuild.releases.lock import LockedNote

_ON = "yes"
_MADE_BY = {
    "front-back": "take its clozes or masks out",
    "cloze": "hide some words of the answer, {{c1::words}}",
    "image-occlusion": "write a block of masks",
}

_SIGNS = re.compile(r"^ {0,3}\\(###(?!#).*)$", re.MULTILINE).findall
_H3 = re.compile("<h3>(.*?)</h3>", re.DOTALL).findall

LONGEST_ANSWER = 500
"""Characters of an answer that one can still recall at once: half a minute to say aloud.

The customer's longest answer has 376. Wozniak, "Twenty rules of formulating knowledge", 4: keep
what is to be recalled as small as can be.
"""


class MadeNote(NamedTuple):
    """A note, what is wrong with it, and the paths of the files that its text names.

    A note with an error is of no use.
    """

    note: Note
    problems: tuple[Problem, ...]
    files: frozenset[str]


def make_note(
    source: NoteSource,
    settings: Settings,
    carried: Mapping[str, NoteType],
    media: Mapping[str, MediaFile],
    style: str = "",
    published: LockedNote | None = None,
) -> MadeNote:
    """Return the note that a source makes.

    ``carried`` are the note types that the package brings along, by name; ``media`` are its
    files by path, ``style`` its own style sheet. ``published`` is the note as it was.
    """
    name = source.note_type or settings.note_type
    tags = _all_tags(source, settings)
    note_type = carried.get(name)
    split = _split(source, note_type, media, tags, published)
    parts = render_note(split.source, media, takes_masks=note_type is None)
    if note_type and takes_only_fields(note_type):
        parts = replace(parts, body=as_field(parts.body))
    occlusion = parts.occlusion
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
    problems = [*parts.problems, *split.problems]
    named = [parts.heading, parts.body, parts.extra, *split.fields.values()]
    named += [occlusion.picture] if occlusion else []
    files = frozenset([path for each in named for path in each.media])
    fields, twice = _fill(note_type, values, split.fields)
    problems += [_given_twice(source, split, field) for field in twice]
    if note_type.roles.get("heading") in split.fields:
        # The heading is only the note's name in this file.
        parts = replace(parts, heading=split.fields[note_type.roles["heading"]])
    elif "heading" not in note_type.roles:
        # What no field shows needs no file.
        parts = replace(parts, heading=replace(parts.heading, media=frozenset()))
    parts = replace(parts, body=split.fields.get(note_type.roles.get("body", ""), parts.body))
    used = [parts.heading, parts.body, parts.extra, *split.fields.values()]
    used += [occlusion.picture] if occlusion else []
    paths = sorted({path for each in used for path in each.media})
    digests = {media[path].name: media[path].digest for path in paths}
    values_of_fields = field_values(note_type, fields)
    note = Note(
        note_id=source.note_id,
        guid=source.guid or note_guid(settings.key, source.note_id),
        note_type=note_type,
        fields=values_of_fields,
        media=digests,
        tags=tags,
        ordinals=fields_ordinals(note_type, fields, tags),
        source_hash=_source_hash(source, tags, digests, split=split),
        rendered=rendered_hash(values_of_fields, tags),
        heading=source.heading,
        pinned=source.pinned,
    )
    problems += _find_problems(source, note, parts, split)
    problems += _check_note_type(source, name, note, carried, parts, values, split)
    return MadeNote(note, tuple(problems), files)


class _Split(Struct, frozen=True, kw_only=True):
    """A note whose body is parted at the fields that it names; ``places`` are their headings.

    ``as_read`` tells that nothing in it is read otherwise than in a note of our own.
    """

    source: NoteSource
    fields: Mapping[str, Rendered]
    places: Mapping[str, Fragment]
    as_read: bool
    problems: tuple[Problem, ...]


def _split(
    source: NoteSource,
    note_type: NoteType | None,
    media: Mapping[str, MediaFile],
    tags: tuple[str, ...],
    published: LockedNote | None,
) -> _Split:
    whole = _Split(source=source, fields={}, places={}, as_read=True, problems=())
    if note_type is None:
        return whole
    names = [name for name, _ in note_type.fields]
    strict = takes_only_fields(note_type)
    body = split_body(source.body, names, strict=strict)
    extra = split_body(source.extra, names, strict=strict)
    if body.as_read and not (body.problems or extra.problems or extra.fields):
        return whole
    digests = published.media if published else {}
    if not strict and published:
        # An older ankibuild published it, to which these were headings of the answer, and signs
        # before one were shown. They still are when the note is corrected.
        htmls = published.fields.values()
        headings = {plain_text(words) for html in htmls for words in _H3(html)}
        named = {" ".join(heading.text.split()) for heading, _ in (*body.fields, *extra.fields)}
        signs = {*_SIGNS(source.body.text), *_SIGNS(source.extra.text)}
        signs = {each for each in signs if each.removeprefix("###").strip() in names}
        lines = {line for html in htmls for line in seen_lines(html)} if signs else set()
        is_older = signs <= lines if signs else bool(headings & named)
        if is_older or published.source == _source_hash(source, tags, digests):
            return whole
    rendered: dict[str, Rendered] = {}
    places: dict[str, Fragment] = {}
    problems = [*body.problems, *extra.problems]
    for heading, text in body.fields:
        if heading.text in rendered:
            message = f'the field "{heading.text}" appears twice in this note'
            problems.append(heading.problem("repeated-field", message, "keep one of the two"))
        rendered[heading.text] = as_field(render_block(text, media))
        places[heading.text] = heading
        problems += rendered[heading.text].problems
    for heading, _ in extra.fields:
        message = f'the field "{heading.text}" is below the line of dashes, in the extra'
        problems.append(heading.problem("misplaced-field", message, "move it above that line"))
    return _Split(
        source=replace(source, body=body.text),
        fields=rendered,
        places=places,
        as_read=body.as_read,
        problems=tuple(problems),
    )


def _fill(
    note_type: NoteType, values: Mapping[str, str], given: Mapping[str, Rendered]
) -> tuple[dict[str, str], list[str]]:
    """Return the HTML of each field, and the fields that are filled in two ways."""
    # Anki normalizes what it imports; doing it here keeps our record of a field equal to Anki's.
    fields = {name: normal_form(rendered.html) for name, rendered in given.items()}
    twice = []
    for role, name in note_type.roles.items():
        value = values.get(role, "")
        if role == "heading" and name in given:
            continue
        if value and fields.get(name):
            twice.append(name)
        elif name not in given:
            fields[name] = normal_form(value) or fields.get(name, "")
    return fields, twice


def _given_twice(source: NoteSource, split: _Split, field: str) -> Problem:
    place = split.places.get(field, source.heading)
    message = f'the field "{field}" is filled in two ways'
    cure = "keep its heading, or the text above the headings and in the braces"
    return place.problem("repeated-field", message, cure)


def _all_tags(source: NoteSource, settings: Settings) -> tuple[str, ...]:
    return tuple(sorted({normal_form(tag) for tag in (*settings.tags, *source.tags)}))


def _source_hash(
    source: NoteSource,
    tags: tuple[str, ...],
    media: Mapping[str, str],
    *,
    split: _Split | None = None,
) -> str:
    texts = (source.heading.text, source.body.text, source.extra.text, source.hint, source.source)
    values: list[Value] = [*texts, int(source.reversed), int(source.typed), list(tags)]
    # Left out when there are none: the hashes of published notes stay as they are.
    values += [dict(media)] if media else []
    return hash_of(values if split is None or split.as_read else [*values, "fields"])


def _find_problems(
    source: NoteSource, note: Note, parts: RenderedNote, split: _Split
) -> list[Problem]:
    heading, body, extra = parts.heading, parts.body, parts.extra
    note_type = note.note_type
    found = []
    # What Anki had before may be incomplete, and must be able to stay so.
    severity: Severity = "warning" if note_type.carried else "error"
    if not (heading.text or note_type.is_cloze) or (
        note_type.kind not in FIELDS and not makes_cards(note_type, note.field_map, note.tags)
    ):
        cure = "write it after the ##"
        if heading.text:
            cure = f"no card shows anything of this note: fill {_asked(note_type)}"
        found.append(
            source.heading.problem("empty-question", "the question is empty", cure, severity)
        )
    is_whole = any(each.text for each in split.fields.values()) or "body" not in note_type.roles
    if not body.text and note_type.kind != "image-occlusion" and not is_whole:
        cure = "write it below the question"
        if extra.text:
            cure += '; what follows the line "---" is only extra'
        found.append(source.heading.problem("empty-answer", "the answer is empty", cure, severity))
    if note_type.kind == "image-occlusion":
        if source.typed or source.reversed:
            message = "a picture with masks cannot be typed or reversed"
            found.append(
                source.heading.problem("misplaced-option", message, "take .typed and .reversed out")
            )
        if body.clozes:
            message = "one answer has both masks and clozes"
            found.append(
                source.body.problem(
                    "masks-with-clozes", message, "give the clozes a note of their own"
                )
            )
    for part, name in ((heading, "heading"), (extra, "extra")):
        if part.clozes:
            fragment = source.heading if part is heading else source.extra
            cure = r'move it into the answer, or write "\{{" to show it as it is'
            found.append(
                fragment.problem("misplaced-cloze", f"there is a cloze in the {name}", cure)
            )
    if source.reversed and note_type.kind == "cloze":
        cure = "take .reversed out, or the clozes"
        found.append(
            source.heading.problem(
                "misplaced-option", "a note with clozes cannot be reversed", cure
            )
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
            cure = "keep only what they should type, and move the rest below a line of dashes"
            found.append(source.body.problem("hard-to-type", message, cure, "warning"))
    if body.bare and note_type.kind != "image-occlusion":
        message = "there is no text around the clozes, so the card shows only gaps"
        cure = "write the sentence around them, or a plain answer"
        found.append(source.body.problem("bare-cloze", message, cure, "warning"))
    if not source.note_id:
        message = f'no note id can be made from the heading "{source.heading.text}"'
        cure = "ankibuild pin writes one after it; or write your own, such as {#some-id}"
        found.append(source.heading.problem("missing-note-id", message, cure))
    return found


def unknown_note_type(name: str, carried: Collection[str]) -> Fault:
    """Return what is wrong with a note type that is not among those of the package."""
    message = f'the note type "{name}" is not in this package'
    cure = f"make the folder {NOTE_TYPES}/{name}, with {NOTE_TYPE} in it"
    return "unknown-note-type", message, suggestion(name, sorted(carried)) if carried else cure


def _asked(note_type: NoteType) -> str:
    names = [name for name, _ in note_type.fields]
    shown = [name for side in note_type.templates for name in template_fields(side.front).shown]
    return " or ".join(f'"{name}"' for name in dict.fromkeys(shown) if name in names)


def _check_note_type(
    source: NoteSource,
    name: str,
    note: Note,
    carried: Mapping[str, NoteType],
    parts: RenderedNote,
    values: Mapping[str, str],
    split: _Split,
) -> Iterator[Problem]:
    """Yield what does not go with the note type that a note names."""
    note_type = note.note_type
    if source.guid and not name:
        message = "a note with its own guid needs a note type"
        cure = (
            'name the one that it has in Anki: note-type="…"; Anki would not update it with another'
        )
        yield source.heading.problem("guid-without-note-type", message, cure)
    if name in FIELDS and name not in carried and name != note.kind:
        message = f'this makes a note of the type "{note.kind}", not "{name}"'
        cure = f'write note-type="{note.kind}", or change the note: {_MADE_BY[name]}'
        yield source.heading.problem("unknown-note-type", message, cure)
    elif name and name not in FIELDS and name not in carried:
        yield source.heading.problem(*unknown_note_type(name, carried))
    if note.kind in FIELDS:
        return
    for role in ("extra", "hint", "source", "reversed", "typed"):
        if values[role] and role not in note_type.roles:
            message = f'the note type "{name}" has no field for "{role}"'
            yield source.heading.problem("missing-field", message, "take it out of this note")
    if values["body"] and "body" not in note_type.roles:
        message = f'the note type "{name}" has one field, which the heading fills'
        yield source.body.problem("missing-field", message, "take this text out of the note")
    rendered = {**split.fields, note_type.roles.get("body", ""): parts.body}
    clozes = [field for field, each in rendered.items() if each.clozes]
    if clozes and not note_type.is_cloze:
        message = f'the note type "{name}" makes no cards from clozes'
        place = split.places.get(clozes[0], source.body)
        cure = 'write note-type="cloze" in the heading, or take the clozes out'
        yield place.problem("misplaced-cloze", message, cure)
    elif note_type.is_cloze and not clozes:
        message = f'the note type "{name}" makes cards from clozes, but there are none here'
        # What Anki had before may be incomplete, and must be able to stay so.
        severity: Severity = "warning" if note_type.carried else "error"
        yield source.heading.problem(
            "missing-cloze", message, "hide some words of the answer: {{c1::words}}", severity
        )
    shown = {name for side in note_type.templates for name in template_fields(side.front).clozes}
    for field in clozes if note_type.is_cloze and not note_type.carried else ():
        if field not in shown:
            message = f'no card shows the clozes of the field "{field}"'
            cure = f"move them into {', '.join(sorted(shown))}"
            yield split.places.get(field, source.body).problem("misplaced-cloze", message, cure)
