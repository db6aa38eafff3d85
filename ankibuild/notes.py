"""Turn a note's source into the note that Anki will hold."""

import re
from collections.abc import Mapping
from unicodedata import normalize

from ankibuild.cards import cloze_ordinals, front_back_ordinals
from ankibuild.errors import Problem
from ankibuild.hashes import hash_of
from ankibuild.identity import note_guid
from ankibuild.markdown import Rendered, render_block, render_inline, write_literal
from ankibuild.model import Kind, LockedNote, Note, NoteSource, Settings
from ankibuild.note_types import FIELDS, front_texts

_ON = "yes"
# Without a sign of HTML, math or clozes, rendering gives no warning; what has errors is in no lock.
_SUSPECT = re.compile(r"<|\$|\{\{")

LONGEST_ANSWER = 500
"""Characters of an answer that one can still recall at once: half a minute to say aloud.

The customer's longest answer has 376. Wozniak, "Twenty rules of formulating knowledge", 4: keep
what is to be recalled as small as can be.
"""


def keep_note(source: NoteSource, settings: Settings, published: LockedNote) -> Note | None:
    """Return the note as it was published; None if it changed, or if anything may be wrong with it.

    What today's tools would write otherwise is not found; ``make_note`` does that.
    """
    tags = _all_tags(source, settings)
    source_hash = _source_hash(source, tags)
    if source_hash != published.source or len(source.body.text) > LONGEST_ANSWER:
        return None
    if any(_SUSPECT.search(each.text) for each in (source.heading, source.body, source.extra)):
        return None
    return Note(
        note_id=source.note_id,
        guid=published.guid,
        kind=published.kind,
        fields=field_values(published.kind, published.fields),
        tags=published.tags,
        ordinals=published_ordinals(published),
        source_hash=source_hash,
        heading=source.heading,
        pinned=source.pinned,
    )


def make_note(source: NoteSource, settings: Settings) -> tuple[Note, tuple[Problem, ...]]:
    """Return the note and what is wrong with it; a note with an error is of no use."""
    heading = render_inline(source.heading)
    body = render_block(source.body)
    extra = render_block(source.extra)
    kind: Kind = "cloze" if body.clozes else "front-back"
    fields = {
        "Extra": extra.html,
        "Hint": write_literal(source.hint),
        "Source": write_literal(source.source),
        "Typed": _ON if source.typed else "",
        "Note ID": f"{settings.id}/{source.note_id}",
    }
    if kind == "cloze":
        fields |= {"Text": body.html, "Title": heading.html}
    else:
        reverse = _ON if source.reversed else ""
        fields |= {"Front": heading.html, "Back": body.html, "Reversed": reverse}
    # Anki normalizes what it imports; doing it here keeps our record of a field equal to Anki's.
    fields = {name: normalize("NFC", html) for name, html in fields.items()}
    tags = _all_tags(source, settings)
    note = Note(
        note_id=source.note_id,
        guid=note_guid(settings.key, source.note_id),
        kind=kind,
        fields=field_values(kind, fields),
        tags=tags,
        ordinals=_ordinals(kind, fields, tags),
        source_hash=_source_hash(source, tags),
        heading=source.heading,
        pinned=source.pinned,
    )
    rendered = (*heading.problems, *body.problems, *extra.problems)
    return note, (*rendered, *_find_problems(source, kind, heading, body, extra))


def field_values(kind: Kind, fields: Mapping[str, str]) -> tuple[str, ...]:
    """Return the fields in the order of the note type; those that are not named are empty."""
    return tuple(fields.get(name, "") for name, _ in FIELDS[kind])


def field_map(note: Note) -> dict[str, str]:
    """Return the fields of a note by name."""
    return dict(zip((name for name, _ in FIELDS[note.kind]), note.fields, strict=True))


def published_ordinals(note: LockedNote) -> tuple[int, ...]:
    """Return the cards that a note made when it was published."""
    return _ordinals(note.kind, note.fields, note.tags)


def _all_tags(source: NoteSource, settings: Settings) -> tuple[str, ...]:
    return tuple(sorted({normalize("NFC", tag) for tag in (*settings.tags, *source.tags)}))


def _ordinals(kind: Kind, fields: Mapping[str, str], tags: tuple[str, ...]) -> tuple[int, ...]:
    if kind == "cloze":
        return cloze_ordinals(field_values(kind, fields))
    all_fields = dict.fromkeys((name for name, _ in FIELDS[kind]), "") | dict(fields)
    return front_back_ordinals(front_texts(kind), all_fields, tagged=bool(tags))


def _source_hash(source: NoteSource, tags: tuple[str, ...]) -> str:
    texts = (source.heading.text, source.body.text, source.extra.text, source.hint, source.source)
    return hash_of([*texts, int(source.reversed), int(source.typed), list(tags)])


def _find_problems(
    source: NoteSource, kind: Kind, heading: Rendered, body: Rendered, extra: Rendered
) -> list[Problem]:
    found = []
    if not heading.text and kind == "front-back":
        found.append(source.heading.problem("the question is empty", "write it after the ##"))
    if not body.text:
        cure = "write it below the question"
        if extra.text:
            cure += '; what follows the line "---" is only extra'
        found.append(source.heading.problem("the answer is empty", cure))
    for part, name in ((heading, "heading"), (extra, "extra")):
        if part.clozes:
            fragment = source.heading if part is heading else source.extra
            cure = r'move it into the answer, or write "\{{" to show it as it is'
            found.append(fragment.problem(f"a cloze stands in the {name}", cure))
    if source.reversed and kind == "cloze":
        cure = "take .reversed out, or the clozes"
        found.append(source.heading.problem("a note with clozes has no reverse", cure))
    if len(body.text) > LONGEST_ANSWER and kind == "front-back":
        message = f"the answer has {len(body.text)} characters, too many to recall at once"
        cure = f"ask several questions, or keep it below {LONGEST_ANSWER} and put the rest in extra"
        found.append(source.heading.problem(message, cure, "warning"))
    if body.bare:
        message = "nothing stands around the clozes, so the card shows only what is hidden"
        cure = "write the sentence around them, or a plain answer"
        found.append(source.body.problem(message, cure, "warning"))
    if not source.note_id:
        message = f'no note id can be made from the heading "{source.heading.text}"'
        found.append(source.heading.problem(message, "write one after it: {#some-id}"))
    return found
