"""Tell what changed since the last release: for people, for a pull request, for programs."""

import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from typing import Literal

from ankibuild.core.media import plain_names
from ankibuild.core.notes import Note
from ankibuild.core.text import escape_markdown, plain_text, question_of
from ankibuild.releases.changes import MANY, Changes, next_version
from ankibuild.releases.package import Package

_SWITCHES = ("Reversed", "Typed")
_LONGEST_COMMENT = 60_000
Part = tuple[Literal["ours", "same", "old", "new"], str]
"""Words of our own, or of the author: such as are the same, only in the old, or only in the new."""

Line = tuple[Part, ...]


def plain_style(kind: str, text: str) -> str:
    """Show words as wdiff does."""
    if kind in ("ours", "same"):
        return text
    return f"[-{text}-]" if kind == "old" else f"{{+{text}+}}"


def describe(package: Package, changes: Changes, *, version: str = "") -> Iterator[Line]:
    """Yield the changes as indented lines; ``version`` is what they are released as, if known."""
    yield _headline(package, changes, version)
    for word, name, details in _entries(package, changes):
        yield ("ours", f"  {word}: "), *name
        for detail in details:
            yield ("ours", "      "), *detail


def describe_as_text(package: Package, changes: Changes) -> str:
    """Return the changes as indented lines of plain text."""
    lines = describe(package, changes)
    return "\n".join("".join(plain_style(*part) for part in line) for line in lines)


def describe_as_markdown(changes: Iterable[tuple[Package, Changes]]) -> str:
    """Return several packages' changes as Markdown, for a pull request's comment.

    It is cut at 60,000 characters: GitHub takes no longer comment than 65,536.
    """
    lines: list[str] = []
    for each in changes:
        lines += [*([""] if lines else []), *_markdown_lines(*each)]
    length = 0
    for number, line in enumerate(lines):
        length += len(line) + 1
        if length > _LONGEST_COMMENT:
            return "\n".join([*lines[:number], "", "… and more: `ankibuild diff` lists all."])
    return "\n".join(lines)


def _markdown_lines(package: Package, changes: Changes) -> Iterator[str]:
    yield f"### {_as_markdown(_headline(package, changes))}"
    yield ""
    for word, name, details in _entries(package, changes):
        yield f"- **{word}**: {_as_markdown(name)}"
        yield from (f"  - {_as_markdown(detail)}" for detail in details)


def _as_markdown(line: Line) -> str:
    return "".join(_markdown_style(*part) for part in line)


def describe_as_json(package: Package, changes: Changes) -> dict[str, object]:
    """Return the changes as values that JSON can hold; ``format`` tells their shape."""
    notes = {note.note_id: note for note in package.notes}
    return {
        "format": 1,
        "package": package.settings.id,
        "version": package.lock.releases[-1].version if package.lock.releases else None,
        "next": next_version(package.lock, changes) if changes.pending else None,
        "added": list(changes.added),
        "restored": list(changes.restored),
        "changed": [
            {
                "id": note_id,
                "fields": {
                    name: {"old": old, "new": new}
                    for name, old, new in changed_fields(package, notes[note_id])
                },
                "tags": {
                    "old": list(package.lock.notes[note_id].tags),
                    "new": list(notes[note_id].tags),
                },
                "media": dict(_changed_media(package, notes[note_id])),
            }
            for note_id in changes.changed
        ],
        "moved": list(changes.moved),
        "retired": list(changes.retired),
        "rerendered": list(changes.rerendered),
        "looks": list(changes.looks),
        "gone_decks": list(changes.gone_decks),
        "about": changes.about,
        "order": changes.order,
        "merged": changes.merged,
    }


def _headline(package: Package, changes: Changes, version: str = "") -> Line:
    name: Part = ("same", package.settings.id)
    releases = package.lock.releases
    if not changes.pending:
        last = releases[-1].version
        return name, ("ours", " "), ("same", last), ("ours", ": nothing to release")
    last = releases[-1].version if releases else "not released yet"
    now = version or next_version(package.lock, changes)
    return name, ("ours", ": "), ("same", last), ("ours", " → "), ("same", now)


def _entries(package: Package, changes: Changes) -> Iterator[tuple[str, Line, list[Line]]]:
    notes = {note.note_id: note for note in package.notes}
    decks = {note.note_id: deck.name for deck in package.decks for note in deck.notes}
    lock = package.lock
    if not lock.releases:
        for each in package.decks:
            yield "new", (("same", each.name), ("ours", f", {len(each.notes)} notes")), []
        return
    for word, ids in (("new", changes.added), ("back again", changes.restored)):
        for note_id in ids:
            yield word, _name(notes[note_id]), []
    for note_id in changes.changed:
        yield "changed", _name(notes[note_id]), list(_details(package, notes[note_id]))
    if len(changes.without_words) >= MANY:
        count = f"{len(changes.without_words)} of {len(lock.notes)} published notes"
        detail = "learners lose their own edits and tags of these, as of every changed note"
        yield "only tags or markup", _ours(count), [_ours(detail)]
    for note_id in changes.moved:
        detail = "; existing cards stay where they are"
        move: Line = (
            ("same", lock.notes[note_id].deck),
            ("ours", " → "),
            ("same", decks[note_id]),
            ("ours", detail),
        )
        yield "moved", _name(notes[note_id]), [move]
    for note_id in changes.retired:
        question = question_of(lock.notes[note_id].fields)
        detail = "learners keep it with its progress, which no other note takes over"
        yield "retired", (("same", note_id), ("ours", ": "), ("same", question)), [_ours(detail)]
    for deck in changes.gone_decks:
        detail = "learners keep it, with the cards that they have in it"
        yield "deck gone", (("same", deck),), [_ours(detail)]
    for kind in changes.looks:
        name: Line = (("ours", "templates or style of "), ("same", kind), ("ours", " notes"))
        yield "look", name, []
    if changes.merged:
        yield "merged", _ours("what was released on two branches goes out together"), []
    if changes.about:
        yield "descriptions", _ours("of the decks"), []
    if changes.order and not (changes.added or changes.restored or changes.retired):
        yield "order", _ours("in which new cards come"), []
    for note_id in changes.rerendered:
        detail = "today's tools write other HTML; the published one stays"
        yield "re-rendered", _name(notes[note_id]), [_ours(detail)]


def _ours(text: str) -> Line:
    return (("ours", text),)


def _name(note: Note) -> Line:
    return ("same", note.note_id), ("ours", ": "), ("same", question_of(note.field_map))


def _details(package: Package, note: Note) -> Iterator[Line]:
    for name, old, new in changed_fields(package, note):
        if name in _SWITCHES:
            yield _ours(f"{name.lower()}: switched {'on' if new else 'off'}")
        elif plain_names(old) == plain_names(new):
            continue
        elif not plain_text(old) or not plain_text(new):
            kind: Literal["new", "old"] = "new" if new else "old"
            yield ("same", name), ("ours", ": "), (kind, plain_text(new or old))
        else:
            yield ("same", name), ("ours", ": "), *compare_words(old, new)
    for name, change in _changed_media(package, note):
        yield ("ours", "media: "), ("same", name), ("ours", f" {change}")
    before, after = set(package.lock.notes[note.note_id].tags), set(note.tags)
    if gone := before - after:
        yield ("ours", "tags: "), ("old", " ".join(sorted(gone)))
    if come := after - before:
        yield ("ours", "tags: "), ("new", " ".join(sorted(come)))


def _changed_media(package: Package, note: Note) -> Iterator[tuple[str, str]]:
    """Yield the files that are new, changed or gone, by the names that authors know."""
    before, after = (
        {plain_names(name): digest for name, digest in media.items()}
        for media in (package.lock.notes[note.note_id].media, note.media)
    )
    for name in sorted(before.keys() | after.keys()):
        if name not in before or name not in after:
            yield name, "gone" if name in before else "new"
        elif before[name] != after[name]:
            yield name, "changed"


def changed_fields(package: Package, note: Note) -> Iterator[tuple[str, str, str]]:
    """Yield the fields of a published note that changed: name, old and new HTML."""
    before = package.lock.notes[note.note_id].fields
    for name, new in note.field_map.items():
        old = before.get(name, "")
        if old != new:
            yield name, old, new


def _markdown_style(kind: str, text: str) -> str:
    if kind == "ours":
        return text
    mark = {"same": "", "old": "~~", "new": "**"}[kind]
    core = text.strip()
    # A mark counts only right beside a word.
    return text.replace(core, f"{mark}{escape_markdown(core)}{mark}") if core else text


_WORD = re.compile(r"<[^>]*>|&\w+;|\w+|\s+|.", re.DOTALL)


_CONTEXT = 4


def compare_words(old: str, new: str) -> tuple[Part, ...]:
    """Return the words of two fields that are the same, only in the old, only in the new.

    Tags are left out unless nothing else changed. Long runs of same words are shortened.
    """
    if plain_text(old) != plain_text(new):
        old, new = plain_text(old), plain_text(new)
    before, after = _WORD.findall(old), _WORD.findall(new)
    parts: list[Part] = []
    for what, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            parts.append(("same", "".join(before[i:j])))
            continue
        if i < j:
            parts.append(("old", "".join(before[i:j])))
        if k < m:
            parts.append(("new", "".join(after[k:m])))
    return tuple(_shorten(parts))


def _shorten(parts: list[Part]) -> Iterator[Part]:
    for place, (kind, text) in enumerate(parts):
        words = re.findall(r"\S+\s*|\s+", text)
        if kind == "same" and len(words) > 2 * _CONTEXT:
            start = words[:_CONTEXT] if place else []
            end = words[-_CONTEXT:] if place < len(parts) - 1 else []
            yield kind, f"{''.join(start)}… {''.join(end)}" if end else f"{''.join(start)}…"
        else:
            yield kind, text
