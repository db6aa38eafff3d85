"""Make the preview's page: decks, cards, problems, changes in one self-contained HTML file."""

import json
import re
from base64 import b64encode
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from urllib.parse import quote

from ankibuild.anki.rendering import render_card
from ankibuild.commands.diffing import describe_as_text
from ankibuild.core.files import read_own
from ankibuild.core.media import media_type
from ankibuild.core.notes import Note
from ankibuild.core.problems import Problem, shown
from ankibuild.core.text import plain_text, question_of
from ankibuild.core.values import Struct, hash_of
from ankibuild.dialect.source import DeckSource
from ankibuild.preview.reviewer import show_side, show_style
from ankibuild.releases.changes import Changes, compare
from ankibuild.releases.differences import changed_fields, compare_words
from ankibuild.releases.package import Package

Json = object
"""What JSON can hold."""

_WIDEST_EXCERPT = 200
_CHANGED = "changed"
_MOST_SHOWN = 200_000
"""Characters of a note's fields, over all of its cards."""


class View(Struct, frozen=True, kw_only=True):
    """What there is to see: the packages, what is wrong, and the sources as they are now.

    The folders of packages older than their sources, which have errors, are in ``stale``.
    """

    packages: tuple[Package, ...]
    stale: frozenset[Path]
    decks: tuple[DeckSource, ...]
    problems: tuple[Problem, ...]

    @property
    def media(self) -> dict[str, bytes]:
        """Return all files by their names for Anki, which tell the content."""
        return {name: data for each in self.packages for name, data in each.media.items()}


def make_page(data: Mapping[str, Json]) -> str:
    """Return the page in HTML; only its own script runs in it, and nothing is fetched from afar."""
    script = _read("page.js")
    # https://www.w3.org/TR/CSP3/: a script runs only when its hash is the one named here.
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
        "img-src 'self' data:; media-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = {
        "POLICY": policy,
        "TITLE": escape(str(data["title"])),
        "STYLE": _read("page.css"),
        # Nothing in the text can end the element that it stands in.
        "DATA": dump_data(data).replace("<", "\\u003c"),
        "SCRIPT": script,
    }
    return re.sub(r"%([A-Z]+)%", lambda match: parts[match[1]], _read("page.html"))


def dump_data(data: Mapping[str, Json]) -> str:
    """Return what the page shows as JSON."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def make_data(view: View, *, is_live: bool) -> dict[str, Json]:
    """Return what the page shows; ``is_live`` tells that a server stands behind it.

    Without one, pictures and sounds come along as data: URIs.
    """
    placed, rest = _place_problems(view)
    packages = [
        _show_package(package, placed, is_stale=package.folder in view.stale)
        for package in view.packages
    ]
    data: dict[str, Json] = {
        "title": ", ".join(_title(package) for package in view.packages) or "Preview",
        "live": is_live,
        "media": {} if is_live else _data_uris(view.media),
        "base": _read("card.css"),
        "styles": {
            f"{shown(package.folder)}/{each.kind}": show_style(each.css, package.media)
            for package in view.packages
            for each in package.note_types
        },
        "problems": [_show_problem(problem) for problem in rest],
        "packages": packages,
    }
    return data | {"version": hash_of([dump_data(data)])}


_Places = dict[tuple[str, str], list[Problem]]


def _place_problems(view: View) -> tuple[_Places, list[Problem]]:
    """Return the problems of each note, by its file and id, and those of none that is shown."""
    known = {_key(note) for package in view.packages for note in package.notes}
    notes = {deck.heading.path: deck.notes for deck in view.decks}
    lines = {path: [each.heading.line for each in sources] for path, sources in notes.items()}
    placed: _Places = defaultdict(list)
    rest = []
    for problem in view.problems:
        place = bisect_right(lines.get(problem.path, ()), problem.line) - 1
        note_id = notes[problem.path][place].note_id if place >= 0 else ""
        key = (problem.path, note_id)
        if key in known:
            placed[key].append(problem)
        else:
            rest.append(problem)
    return placed, rest


def _title(package: Package) -> str:
    return package.settings.title or package.decks[0].name


def _show_package(package: Package, placed: _Places, *, is_stale: bool) -> Json:
    changes = compare(package)
    marks = _mark(changes) if package.lock.releases else {}
    return {
        "folder": shown(package.folder),
        "title": _title(package),
        "stale": is_stale,
        "changes": describe_as_text(package, changes) if package.lock.releases else "",
        "decks": [
            {
                "name": deck.name,
                "description": plain_text(deck.description),
                "notes": [
                    _show_note(package, note, deck.name, marks.get(note.note_id, ()), placed)
                    for note in deck.notes
                ],
            }
            for deck in package.decks
            if deck.notes
        ],
    }


def _show_note(
    package: Package,
    note: Note,
    deck: str,
    marks: Sequence[str],
    placed: _Places,
) -> Json:
    fields = note.field_map
    return {
        "id": note.note_id,
        "question": question_of(fields, note.note_type.roles) or note.note_id,
        "place": note.heading.place,
        "type": note.note_type.name,
        "tags": list(note.tags),
        "text": plain_text(" ".join(fields.values())),
        "style": f"{shown(package.folder)}/{note.kind}",
        "marks": list(marks),
        "differences": list(_differences(package, note)) if _CHANGED in marks else [],
        "problems": [_show_problem(each) for each in placed.get(_key(note), ())],
        "cards": list(_show_cards(note, deck, package.media)),
    }


def _key(note: Note) -> tuple[str, str]:
    return note.heading.path, note.note_id


def _show_cards(note: Note, deck: str, media: Collection[str]) -> Iterator[Json]:
    """Yield the cards of a note, of a long one with very many cards only the first."""
    length = sum(map(len, note.fields))
    shown = note.ordinals[: max(_MOST_SHOWN // max(length, 1), 1)]
    for ordinal in shown:
        left = len(note.ordinals) - len(shown) if ordinal == shown[-1] else 0
        more = f" (and {left} more, not shown)" if left else ""
        yield _show_card(note, ordinal, deck, media, more)


def _show_card(note: Note, ordinal: int, deck: str, media: Collection[str], more: str) -> Json:
    card = render_card(note, ordinal, deck)
    return {
        "name": f"{card.name}{more}",
        "ordinal": ordinal,
        "front": show_side(card.front, note, ordinal, media, is_back=False),
        "back": show_side(card.back, note, ordinal, media, is_back=True),
    }


def _mark(changes: Changes) -> dict[str, list[str]]:
    """Return what has become of each note since the release, by its id."""
    marks: dict[str, list[str]] = {}
    for mark, ids in (
        ("new", changes.added),
        ("back again", changes.restored),
        (_CHANGED, changes.changed),
        ("moved", changes.moved),
    ):
        for note_id in ids:
            marks.setdefault(note_id, []).append(mark)
    return marks


def _differences(package: Package, note: Note) -> Iterator[Json]:
    """Yield each field that changed since the release, word by word."""
    before = package.lock.notes[note.note_id]
    for name, old, new in changed_fields(before, note):
        yield {"field": name, "words": [list(part) for part in compare_words(old, new)]}
    if before.tags != note.tags:
        words = compare_words(" ".join(before.tags), " ".join(note.tags))
        yield {"field": "Tags", "words": [list(part) for part in words]}


def _show_problem(problem: Problem) -> Json:
    excerpt, column = problem.excerpt_around(_WIDEST_EXCERPT)
    return {
        "place": problem.place,
        "severity": problem.severity,
        "rule": problem.rule,
        "message": problem.message,
        "cure": problem.cure,
        "excerpt": excerpt,
        "column": column,
    }


def _data_uris(media: Mapping[str, bytes]) -> dict[str, Json]:
    return {
        quote(name): f"data:{media_type(name)};base64,{b64encode(data).decode()}"
        for name, data in sorted(media.items())
    }


@cache
def _read(name: str) -> str:
    return read_own(__file__, name)
