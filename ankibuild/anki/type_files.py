"""The folder of a note type, as files that a designer edits.

``note-types/<name>/`` holds ``note-type.toml`` with its name, kind, fields and card templates,
``<card template>-front.html`` and ``-back.html`` for each of these, and ``style.css``. One that
Anki had before has the rest of what Anki keeps in ``anki.json``.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ankibuild.anki.carried import (
    CARRIED,
    NoteTypeError,
    find_roles,
    parts_of,
    read_note_type,
    reading_record,
    write_note_type,
)
from ankibuild.anki.styling import check_style
from ankibuild.anki.template_rules import NO_FIELDS, find_template_faults
from ankibuild.core.files import NOTE_TYPE
from ankibuild.core.identity import note_type_id, part_id, suggest_note_id
from ankibuild.core.names import Names
from ankibuild.core.notes import CardTemplate, NoteType
from ankibuild.core.problems import Problem, about, has_errors, suggestion
from ankibuild.core.settings import Settings, read_table
from ankibuild.core.values import Struct

LOOK = "style.css"
ANKI = "anki.json"

_KINDS = ("front-back", "cloze")
_KEYS = ("name", "kind", "fields", "templates")
_FORM = 'name = "Vocabulary", kind = "front-back", fields = ["Word", …], templates = ["Forward", …]'
_ID = "note id"
_LONGEST_STEM = 60
# Source: rslib/src/notetype/fields.rs and templates.rs of ankitects/anki.
_NOT_IN_A_NAME = {
    "fields": re.compile(r'[:{}"\x00-\x1f\x7f]|^[#^/]+|\s(?=\s)'),
    "templates": re.compile(r'["\x00-\x1f\x7f]|\s(?=\s)'),
}
_SIDES = (("front", "qfmt"), ("back", "afmt"))


def write_type_files(record: Mapping[str, Any]) -> dict[str, str]:
    """Return the files of a note type that Anki had before, by name, from Anki's record of it."""
    rest: dict[str, Any] = json.loads(write_note_type(record))
    fields = [part.pop("name") for part in parts_of(rest, "flds")]
    templates = parts_of(rest, "tmpls")
    names = [part.pop("name") for part in templates]
    files = {}
    for part, stem in zip(templates, _stems(names), strict=True):
        for side, key in _SIDES:
            files[f"{stem}-{side}.html"] = _as_file(part, key)
    files[LOOK] = _as_file(rest, "css")
    kind = _KINDS[int(rest.pop("type"))]
    lines = [f"name = {_toml(rest.pop('name'))}", f"kind = {_toml(kind)}"]
    lines += [_toml_list("fields", fields), _toml_list("templates", names)]
    files[NOTE_TYPE] = "\n".join(lines) + "\n"
    files[ANKI] = json.dumps(rest, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    return files


def read_type_files(
    name: str, place: str, texts: Mapping[str, str], settings: Settings
) -> tuple[NoteType | None, list[Problem]]:
    """Return the note type in a folder's files, by name, and what is wrong; None with an error.

    ``place`` is the folder as messages write it. A note type of the package's own has ids that
    follow from the package's key and from the names of its parts.
    """
    table, problems = _read_toml(
        f"{place}/{NOTE_TYPE}", texts.get(NOTE_TYPE), is_own=ANKI not in texts
    )
    if table is None:
        return None, problems
    sides: list[tuple[str, str]] = []
    known = {NOTE_TYPE, LOOK, ANKI}
    for stem in _stems(table.templates):
        pair = (f"{stem}-front.html", f"{stem}-back.html")
        known.update(pair)
        for file in pair:
            if file not in texts:
                cure = f"write it, or take the card template out of {NOTE_TYPE}"
                problems.append(
                    about(f"{place}/{file}", "invalid-note-type", "this file is missing", cure)
                )
        sides.append((_text_of(texts, pair[0]), _text_of(texts, pair[1])))
    for file in sorted(texts.keys() - known):
        message = "this file belongs to no card template"
        cure = f"name it after one in {NOTE_TYPE}, or move it out"
        problems.append(about(f"{place}/{file}", "unread-file", message, cure, "warning"))
    if has_errors(problems):
        return None, problems
    try:
        if ANKI in texts:
            return _read_adopted(name, table, sides, texts), problems
    except NoteTypeError as error:
        cure = f"put back {ANKI} as the import wrote it, with the fields and card templates"
        problems.append(about(f"{place}/{ANKI}", "invalid-note-type", str(error), cure))
        return None, problems
    note_type = _make_own(name, table, sides, _text_of(texts, LOOK), settings)
    # What it loads is told of all note types in the same way.
    style = check_style(f"{place}/{LOOK}", note_type.css)
    problems += (each for each in style if each.rule != "file-in-style")
    names = [field for field, _ in note_type.fields]
    stems = _stems(table.templates)
    faults = find_template_faults(note_type.templates, names, is_cloze=note_type.is_cloze)
    for number, side, message, cure in faults:
        path = f"{place}/{stems[number]}-{side}.html"
        problems.append(about(path, "invalid-template", message, cure))
    return (None if has_errors(problems) else note_type), problems


class _Table(Struct, frozen=True, kw_only=True):
    name: str
    is_cloze: bool
    fields: tuple[str, ...]
    templates: tuple[str, ...]


def _read_toml(path: str, text: str | None, *, is_own: bool) -> tuple[_Table | None, list[Problem]]:
    if text is None:
        return None, [about(path, "invalid-note-type", "this file is missing", f"write: {_FORM}")]
    try:
        table = read_table(text)
    except ValueError as error:
        return None, [about(path, "invalid-toml", f"this is not TOML ({error})", f"write: {_FORM}")]
    faults = list(_find_table_faults(table))
    if not faults and is_own:
        # What Anki had already is as Anki takes it.
        faults = list(_find_name_faults(table))
    problems = [about(path, "invalid-note-type", message, cure) for message, cure in faults]
    if problems:
        return None, problems
    return _Table(
        name=table["name"],
        is_cloze=table["kind"] == "cloze",
        fields=tuple(table["fields"]),
        templates=tuple(table["templates"]),
    ), []


def _find_table_faults(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in table:
        if key not in _KEYS:
            yield f'unknown key "{key}"', suggestion(key, _KEYS)
    name = table.get("name")
    if not isinstance(name, str) or not name.strip():
        yield '"name" is missing or no text', 'write: name = "Vocabulary"'
    if table.get("kind") not in _KINDS:
        yield f'"kind" is "{table.get("kind", "")}"', 'write: kind = "front-back", or "cloze"'
    for key in ("fields", "templates"):
        names = table.get(key)
        if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
            yield f'"{key}" is no list of names', f'write: {key} = ["First", "Second"]'


def _find_name_faults(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("fields", "templates"):
        seen = Names()
        for each in table[key]:
            kept = _NOT_IN_A_NAME[key].sub("", each).strip()
            if kept != each or not kept:
                yield f'Anki would change the name "{each}" in "{key}"', f'write "{kept or "Word"}"'
            elif each in NO_FIELDS:
                yield f'"{each}" is a word of Anki\'s own', "give it another name"
            elif each.casefold() in seen:
                yield f'"{each}" stands twice in "{key}"', "give one of them another name"
            seen.add(each.casefold())
    if table["kind"] == "cloze" and len(table["templates"]) > 1:
        yield "a note type with clozes has one card template", "keep one"


def _read_adopted(
    name: str, table: _Table, sides: Sequence[tuple[str, str]], texts: Mapping[str, str]
) -> NoteType:
    with reading_record():
        record: dict[str, Any] = json.loads(texts[ANKI])
        fields, templates = parts_of(record, "flds"), parts_of(record, "tmpls")
        for found, named, word in (
            (fields, table.fields, "fields"),
            (templates, table.templates, "card templates"),
        ):
            if len(found) != len(named):
                raise NoteTypeError(
                    f"it is of {len(found)} {word}, and {NOTE_TYPE} names {len(named)}"
                )
        for part, each in zip(fields, table.fields, strict=True):
            part["name"] = each
        for part, each, pair in zip(templates, table.templates, sides, strict=True):
            part["name"] = each
            for (_, key), text in zip(_SIDES, pair, strict=True):
                part[key] = _exact(part.get(key), text)
        record["css"] = _exact(record.get("css"), _text_of(texts, LOOK))
    record |= {"name": table.name, "type": int(table.is_cloze)}
    return read_note_type(name, json.dumps(record))


def _make_own(
    name: str, table: _Table, sides: Sequence[tuple[str, str]], css: str, settings: Settings
) -> NoteType:
    kind = f"{CARRIED}/{name}"
    templates = tuple(
        CardTemplate(
            name=each, id=part_id(settings.key, kind, f"template/{each}"), front=front, back=back
        )
        for each, (front, back) in zip(table.templates, sides, strict=True)
    )
    roles = find_roles(table.fields, templates, is_cloze=table.is_cloze)
    named = {field.casefold(): field for field in table.fields}
    if _ID in named:
        roles |= {"id": named[_ID]}
    return NoteType(
        kind=kind,
        id=note_type_id(settings.key, kind),
        name=f"{settings.id} {table.name} (ankibuild)",
        is_cloze=table.is_cloze,
        fields=tuple((each, part_id(settings.key, kind, f"field/{each}")) for each in table.fields),
        templates=templates,
        css=css,
        roles=roles,
        carried="",
    )


def _stems(templates: Sequence[str]) -> list[str]:
    """Return what the files of each card template are called, up to the side."""
    taken = Names()
    stems = (suggest_note_id(name)[:_LONGEST_STEM].rstrip("-") for name in templates)
    return [taken.take(stem or "card") for stem in stems]


def _as_file(part: dict[str, Any], key: str) -> str:
    """Return a text as a file; what a file would not give back stays in Anki's record too."""
    text = str(part[key])
    file = f"{text}\n"
    if _text_of({key: file}, key) == text:
        del part[key]
    return file


def _text_of(texts: Mapping[str, str], name: str) -> str:
    text = texts.get(name, "").removeprefix("\ufeff").replace("\r\n", "\n")
    return text.removesuffix("\n")


def _exact(kept: object, text: str) -> str:
    """Return what Anki had, when the text is it but for its line ends."""
    if isinstance(kept, str) and _text_of({"": f"{kept}\n"}, "") == text:
        return kept
    return text


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _toml_list(key: str, names: Sequence[str]) -> str:
    lines = [f"  {_toml(name)}," for name in names]
    return "\n".join([f"{key} = [", *lines, "]"])
