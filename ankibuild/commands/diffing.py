"""Tell what changed since the last release: for people, for a pull request, for programs."""

from collections.abc import Iterable, Iterator

from ankibuild.anki.carried import carried_name
from ankibuild.core.notes import Note
from ankibuild.core.text import lined_text, plain_text, question_of
from ankibuild.releases.changes import MANY, Changes, next_version
from ankibuild.releases.differences import (
    Line,
    Part,
    as_markdown,
    changed_fields,
    changed_media,
    describe_change,
)
from ankibuild.releases.package import Package, known_note_types, published_question

_LONGEST_COMMENT = 60_000
_WITHOUT_WORDS = ("Note ID", "Reversed", "Typed")


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
    yield f"### {as_markdown(_headline(package, changes))}"
    yield ""
    for word, name, details in _entries(package, changes):
        yield f"- **{word}**: {as_markdown(name)}"
        yield from (f"  - {as_markdown(detail)}" for detail in details)


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
                    for name, old, new in changed_fields(
                        package.lock.notes[note_id], notes[note_id]
                    )
                },
                "tags": {
                    "old": list(package.lock.notes[note_id].tags),
                    "new": list(notes[note_id].tags),
                },
                "media": dict(
                    changed_media(package.lock.notes[note_id].media, notes[note_id].media)
                ),
            }
            for note_id in changes.changed
        ],
        "moved": list(changes.moved),
        "retired": list(changes.retired),
        "rerendered": list(changes.rerendered),
        "looks": list(changes.looks),
        "gone_decks": list(changes.gone_decks),
        "renamed_decks": dict(changes.renamed_decks),
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
    lock, types = package.lock, known_note_types(package)
    if not lock.releases:
        for each in package.decks:
            held = f", {len(each.notes)} note{'s' * (len(each.notes) != 1)}"
            yield "new", (("same", each.name), ("ours", held)), []
        return
    for word, ids in (("new", changes.added), ("back again", changes.restored)):
        for note_id in ids:
            yield word, _name(notes[note_id]), list(_answer(notes[note_id]))
    for note_id in changes.changed:
        yield (
            "changed",
            _name(notes[note_id]),
            list(describe_change(lock.notes[note_id], notes[note_id])),
        )
    if len(changes.without_words) >= MANY:
        count = f"{len(changes.without_words)} of {len(lock.notes)} published notes"
        detail = "learners lose their own edits and tags of these, as of every changed note"
        yield "only tags or markup", _ours(count), [_ours(detail)]
    renamed = dict(changes.renamed_decks)
    for old, new in renamed.items():
        detail = "; cards that learners have stay in the old deck"
        line: Line = (("same", old), ("ours", " → "), ("same", new), ("ours", detail))
        yield "deck renamed", line, []
    for note_id in changes.moved:
        if renamed.get(lock.notes[note_id].deck) == decks[note_id]:
            continue
        detail = "; existing cards stay where they are"
        move: Line = (
            ("same", lock.notes[note_id].deck),
            ("ours", " → "),
            ("same", decks[note_id]),
            ("ours", detail),
        )
        yield "moved", _name(notes[note_id]), [move]
    for note_id in changes.retired:
        question = published_question(lock.notes[note_id], types)
        detail = "learners keep it with its progress, which does not pass to another note"
        yield "retired", (("same", note_id), ("ours", ": "), ("same", question)), [_ours(detail)]
    for deck in changes.gone_decks:
        if deck in renamed:
            continue
        detail = "learners keep it, with the cards in it"
        yield "deck gone", (("same", deck),), [_ours(detail)]
    for kind in changes.looks:
        known = carried_name(kind) or kind
        name: Line = (("ours", "templates or style of "), ("same", known), ("ours", " notes"))
        yield "look", name, []
    if changes.merged:
        yield "merged", _ours("what was released on two branches goes out together"), []
    if changes.about:
        yield "descriptions", _ours("of the decks"), []
    if changes.order and not (changes.added or changes.restored or changes.retired):
        yield "order", _ours("in which new cards come"), []
    for note_id in changes.rerendered:
        detail = "newer libraries write different HTML; the published HTML stays"
        yield "re-rendered", _name(notes[note_id]), [_ours(detail)]


def _ours(text: str) -> Line:
    return (("ours", text),)


def _name(note: Note) -> Line:
    return ("same", note.note_id), ("ours", ": "), ("same", _question(note))


def _question(note: Note) -> str:
    return question_of(note.field_map, note.note_type.roles)


def _answer(note: Note) -> Iterator[Line]:
    """Yield what a new note says besides its question."""
    roles, question = note.note_type.roles, _question(note)
    silent = {*_WITHOUT_WORDS, *(roles.get(role) for role in ("id", "masks", "reversed", "typed"))}
    for name, html in note.field_map.items():
        text = plain_text(html)
        if text and text != question and name not in silent:
            yield ("same", name), ("ours", ": "), ("same", lined_text(html))
