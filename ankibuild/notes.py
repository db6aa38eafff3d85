"""Turn a note's source into the note that Anki will hold."""

from unicodedata import normalize

from ankibuild.cards import cloze_ordinals, front_back_ordinals
from ankibuild.errors import Problem
from ankibuild.identity import note_guid
from ankibuild.markdown import Rendered, render_block, render_inline, write_literal
from ankibuild.model import Fragment, Kind, Note, NoteSource, Settings
from ankibuild.note_types import FIELDS, front_texts

_ON = "yes"


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
    fields = {name: normalize("NFC", fields.get(name, "")) for name, _ in FIELDS[kind]}
    tags = tuple(sorted({normalize("NFC", tag) for tag in (*settings.tags, *source.tags)}))
    note = Note(
        note_id=source.note_id,
        guid=note_guid(settings.key, source.note_id),
        kind=kind,
        fields=tuple(fields.values()),
        tags=tags,
        ordinals=cloze_ordinals(tuple(fields.values()))
        if kind == "cloze"
        else front_back_ordinals(front_texts(kind), fields, tagged=bool(tags)),
        pinned=source.pinned,
        path=source.heading.path,
        line=source.heading.line,
    )
    rendered = (*heading.problems, *body.problems, *extra.problems)
    return note, (*rendered, *_find_problems(source, kind, heading, body, extra))


def _find_problems(
    source: NoteSource, kind: Kind, heading: Rendered, body: Rendered, extra: Rendered
) -> list[Problem]:
    found = []
    if heading.is_empty and kind == "front-back":
        found.append(_problem(source.heading, "the question is empty", "write it after the ##"))
    if body.is_empty:
        cure = "write it below the question"
        if not extra.is_empty:
            cure += '; what follows the line "---" is only extra'
        found.append(_problem(source.heading, "the answer is empty", cure))
    for part, name in ((heading, "heading"), (extra, "extra")):
        if part.clozes:
            fragment = source.heading if part is heading else source.extra
            cure = r'move it into the answer, or write "\{{" to show it as it is'
            found.append(_problem(fragment, f"a cloze stands in the {name}", cure))
    if source.reversed and kind == "cloze":
        cure = "take .reversed out, or the clozes"
        found.append(_problem(source.heading, "a note with clozes has no reverse", cure))
    if not source.note_id:
        message = f'no note id can be made from the heading "{source.heading.text}"'
        found.append(_problem(source.heading, message, "write one after it: {#some-id}"))
    return found


def _problem(place: Fragment, message: str, cure: str) -> Problem:
    return Problem(
        path=place.path, line=place.line, column=place.column, message=message, cure=cure
    )
