"""Tell what changed since the last release: for people, for a pull request, for programs."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
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


_WORD = re.compile(r"<[^<>]*>|&\w+;|\w+|\s+|.", re.DOTALL)
_CONTEXT = 4
_STEPS = 30
_FEWEST_STEPS = 5_000
"""Steps of a comparison, so many for each word: all that two texts of fifty words can need, and
enough for long ones of which a sixth is other."""


def compare_words(old: str, new: str) -> tuple[Part, ...]:
    """Return the words of two fields that are the same, only in the old, only in the new.

    Tags are left out unless nothing else changed. Long runs of same words are shortened. Where
    the texts have too little in common for a comparison in good time, all between the same words
    at both ends counts as other.
    """
    if plain_text(old) != plain_text(new):
        old, new = plain_text(old), plain_text(new)
    parts: list[Part] = []
    for kind, words in groupby(_compare(_WORD.findall(old), _WORD.findall(new)), itemgetter(0)):
        parts.append((kind, "".join(word for _, word in words)))
    return tuple(_shorten(parts))


def _compare(before: Sequence[str], after: Sequence[str]) -> Iterator[Part]:
    """Yield the words of both texts, each run of other ones with the old before the new."""
    start, end = _same_start(before, after), 0
    limit = min(len(before), len(after)) - start
    while end < limit and before[-1 - end] == after[-1 - end]:
        end += 1
    yield from (("same", word) for word in before[:start])
    mine, theirs = before[start : len(before) - end], after[start : len(after) - end]
    place, other = 0, 0
    for x, y in (*_same_pairs(mine, theirs), (len(mine), len(theirs))):
        yield from (("old", word) for word in mine[place:x])
        yield from (("new", word) for word in theirs[other:y])
        yield from (("same", word) for word in mine[x : x + 1])
        place, other = x + 1, y + 1
    yield from (("same", word) for word in before[len(before) - end :])


def _same_start(before: Sequence[str], after: Sequence[str]) -> int:
    pairs = enumerate(zip(before, after, strict=False))
    return next((n for n, (one, two) in pairs if one != two), min(len(before), len(after)))


def _same_pairs(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places of the most words that two texts share in order; none after many steps.

    Source: Myers, An O(ND) difference algorithm and its variations (1986).
    """
    steps = _FEWEST_STEPS + _STEPS * (len(before) + len(after))
    # By diagonal: the furthest place in the old text, and the runs of same words on the way there.
    reached: dict[int, tuple[int, _Runs]] = {1: (0, ())}
    for others in range(len(before) + len(after) + 1):
        for diagonal in range(-others, others + 1, 2):
            place, runs = reached.get(diagonal + 1, (-1, ()))
            if diagonal > -others and reached[diagonal - 1][0] >= place:
                place, runs = reached[diagonal - 1]
                place += 1
            start = place
            while (
                place < len(before)
                and place - diagonal < len(after)
                and before[place] == after[place - diagonal]
            ):
                place += 1
            if start < place:
                runs = (runs, start, place, diagonal)
            if place >= len(before) and place - diagonal >= len(after):
                return _unwind(runs)
            reached[diagonal] = place, runs
            steps -= 1 + place - start
            if steps < 0:
                return []
    return []


_Runs = tuple[()] | tuple["_Runs", int, int, int]
"""The runs before this one, where it begins and ends in the old text, and its diagonal."""


def _unwind(runs: _Runs) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    while runs:
        runs, start, end, diagonal = runs
        pairs += ((place, place - diagonal) for place in range(end - 1, start - 1, -1))
    return pairs[::-1]


def _shorten(parts: list[Part]) -> Iterator[Part]:
    for place, (kind, text) in enumerate(parts):
        words = re.findall(r"\S+\s*|\s+", text)
        if kind == "same" and len(words) > 2 * _CONTEXT:
            start = words[:_CONTEXT] if place else []
            end = words[-_CONTEXT:] if place < len(parts) - 1 else []
            yield kind, f"{''.join(start)}… {''.join(end)}" if end else f"{''.join(start)}…"
        else:
            yield kind, text
