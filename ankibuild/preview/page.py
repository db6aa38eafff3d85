"""Make the preview's page: decks, cards, problems, changes in one self-contained HTML file."""

import re
from base64 import b64encode
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from hashlib import sha256
from html import escape
from typing import Any
from urllib.parse import quote

from ankibuild.anki.rendering import render_card
from ankibuild.commands.diffing import describe_as_text
from ankibuild.core.files import read_own
from ankibuild.core.media import media_type
from ankibuild.core.notes import Deck, Kind, Note
from ankibuild.core.problems import Problem, shown
from ankibuild.core.text import plain_text, question_of
from ankibuild.core.values import NO_ENTRIES, hash_of, json_of
from ankibuild.preview.formulas import formula_digest, formula_kit
from ankibuild.preview.reviewer import show_side, show_style
from ankibuild.preview.view import CHANGED, Place, Places, Seen, View
from ankibuild.releases.differences import describe_change
from ankibuild.releases.package import Package

Data = dict[str, Any]
"""An object of JSON."""

_WIDEST_EXCERPT = 200
_SCRIPTS = ("list.js", "masks.js", "math.js", "paper.js", "page.js")
_MOST_KEPT = 20_000
_MOST_PROBLEMS = 100
"""Of one note, and of all that is no note's."""

_CODE = re.compile(r"<(pre|code)\b.*?(?:</\1>|\Z)", re.DOTALL)
_MARK = "\ue000"
_OPENING = re.compile(r"\\(?=[(\[])")
_FORMULA = re.compile(r"\\\\[(\[]")  # as JSON writes it
_OCCLUSION = "image-occlusion"
_MOST_SHOWN = 200_000
"""Characters of a note's fields, over all of its cards."""


def make_page(data: Data) -> str:
    """Return the page in HTML; only its own script runs in it, and nothing is fetched from afar."""
    script = "\n".join(map(_read, _SCRIPTS))
    shown = dump_data(data)
    # https://www.w3.org/TR/CSP3/: a script runs only when its hash is the one named here.
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}' 'sha256-{formula_digest()}'; "
        "style-src 'unsafe-inline'; "
        "img-src 'self' data:; media-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = {
        "POLICY": policy,
        "TITLE": escape(str(data["title"])),
        "STYLE": _read("page.css") + _read("paper.css"),
        "DATA": _within_html(shown),
        "FORMULAS": _show_formulas() if not data["live"] and _FORMULA.search(shown) else "",
        "SCRIPT": script,
    }
    return re.sub(r"%([A-Z]+)%", lambda match: parts[match[1]], _read("page.html"))


def _show_formulas() -> str:
    """Return what formulas are drawn with; a page that a server stands behind asks for it."""
    return f'<script type="application/json" id="formulas">{_within_html(formula_kit())}</script>'


def _within_html(text: str) -> str:
    """Return JSON in which nothing can end the element that it stands in."""
    return text.replace("<", "\\u003c")


def dump_data(data: Data) -> str:
    """Return what the page shows as JSON."""
    return json_of(data)


def make_data(view: View, *, is_live: bool, links: Mapping[str, str] = NO_ENTRIES) -> Data:
    """Return what the page shows; ``is_live`` tells that a server stands behind it.

    With one, the page asks for a note's cards and pictures when it shows them; ``links`` are what
    its links to an editor are made of. Without one, cards come along with their notes, and
    pictures and sounds as data: URIs.
    """
    placed, rest = _place_problems(view)
    packages = [_show_package(each, placed, is_live=is_live) for each in view.packages]
    data: Data = {
        "title": ", ".join(_title(each.package) for each in view.packages) or "Preview",
        "live": is_live,
        "links": dict(links),
        "media": {} if is_live else data_uris(view.media),
        "base": _read("card.css"),
        "styles": {
            f"{shown(package.folder)}/{each.kind}": show_style(each.css, package.media)
            for package in (each.package for each in view.packages)
            for each in package.note_types
        },
        **_show_problems(rest),
        "packages": packages,
    }
    return data | {"version": sha256(dump_data(data).encode()).hexdigest()[:32]}


def leave_out_known(data: Data, known: Mapping[str, Data]) -> Data:
    """Return what the page shows, with the key and the place alone of notes that are known."""

    def show(note: Data) -> Data | list[str]:
        old = known.get(str(note["key"]), {})
        is_same = old.keys() == note.keys() and all(
            old[name] == value for name, value in note.items() if name != "place"
        )
        return [note["key"], note["place"]] if is_same else note

    packages = [
        {
            **package,
            "decks": [
                {**deck, "notes": [show(note) for note in deck["notes"]]}
                for deck in package["decks"]
            ],
        }
        for package in data["packages"]
    ]
    return {**data, "packages": packages}


_Places = dict[str, list[Problem]]


def _place_problems(view: View) -> tuple[_Places, list[Problem]]:
    """Return the problems of each note, by its key, and those of no note; errors come first."""
    if not view.problems:
        return {}, []
    keys = {
        note.heading: each.key_of(note)
        for each in view.packages
        for note in each.package.notes
        if each.state_of(note) != "lost"
    }
    places = Places(
        note for each in view.packages for note in each.package.notes if note.heading in keys
    )
    placed: _Places = defaultdict(list)
    rest: list[Problem] = []
    for problem in sorted(view.problems, key=lambda each: each.severity):
        note = places.note_at(problem)
        (placed[keys[note.heading]] if note else rest).append(problem)
    return placed, rest


def _title(package: Package) -> str:
    names = (package.settings.title, *(deck.name for deck in package.decks))
    return next(filter(None, names), package.settings.id)


def _show_package(seen: Seen, placed: Mapping[str, list[Problem]], *, is_live: bool) -> Data:
    package = seen.package

    def show(note: Note, deck: str, made_of: Mapping[Kind, str]) -> Data:
        key = seen.key_of(note)
        data = {
            **_show_note(seen, note, placed.get(key, ())),
            # What else its cards are made of, so that a page knows when to ask for them again.
            "made": f"{note.rendered} {made_of[note.kind]}",
        }
        return data if is_live else data | show_details(Place(seen, deck, note))

    def show_deck(deck: Deck) -> Data:
        made_of = {
            each.kind: hash_of([deck.name, [[t.name, t.front, t.back] for t in each.templates]])
            for each in {note.kind: note.note_type for note in deck.notes}.values()
        }
        return {
            "name": deck.name,
            "description": plain_text(deck.description),
            "notes": [show(note, deck.name, made_of) for note in deck.notes],
        }

    changes = seen.changes
    return {
        "folder": shown(package.folder),
        "id": package.settings.id,
        "title": _title(package),
        # With errors it would tell of notes as retired that are only not found.
        "changes": describe_as_text(package, changes) if changes and seen.is_sound else "",
        "decks": [show_deck(deck) for deck in package.decks if deck.notes],
    }


def _show_note(seen: Seen, note: Note, problems: Sequence[Problem]) -> Data:
    roles = note.note_type.roles
    names = tuple([name for name, _ in note.note_type.fields])
    question, text = _words_of(note.fields, names, tuple(roles.items()))
    return {
        "key": seen.key_of(note),
        "id": note.note_id,
        "state": seen.state_of(note),
        "question": question or note.heading.text or note.note_id,
        "place": note.heading.place,
        "type": note.note_type.name,
        "tags": list(note.tags),
        "text": text,
        "style": f"{shown(seen.package.folder)}/{note.kind}",
        "marks": list(seen.marks.get(note.note_id, ())),
        **_show_problems(problems),
    }


def _mark_code(html: str) -> str:
    """Return a field whose code does not read as a formula once it is plain text."""
    return _CODE.sub(lambda match: _OPENING.sub(f"\\\\{_MARK}", match[0]), html)


@lru_cache(maxsize=_MOST_KEPT)
def _words_of(
    fields: tuple[str, ...], names: tuple[str, ...], roles: tuple[tuple[str, str], ...]
) -> tuple[str, str]:
    """Return the question of a note, and all of its words; most notes are as they were before."""
    question = question_of(dict(zip(names, map(_mark_code, fields), strict=True)), dict(roles))
    # A word joiner, which is not seen either.
    return question.replace(_MARK, "\u2060"), plain_text(" ".join(fields))


def show_details(place: Place) -> Data:
    """Return the cards of a note, and what changed in it."""
    seen, deck, note = place
    package = seen.package
    is_shown = seen.state_of(note) != "none"
    is_changed = CHANGED in seen.marks.get(note.note_id, ())
    return {
        "differences": list(_differences(package, note)) if is_changed else [],
        "cards": list(_show_cards(note, deck, package.media)) if is_shown else [],
    }


def _show_cards(note: Note, deck: str, media: Collection[str]) -> Iterator[Data]:
    """Yield the cards of a note, of a long one with very many cards only the first."""
    length = sum(map(len, note.fields))
    shown = note.ordinals[: max(_MOST_SHOWN // max(length, 1), 1)]
    for ordinal in shown:
        left = len(note.ordinals) - len(shown) if ordinal == shown[-1] else 0
        more = f" (and {left} more, not shown)" if left else ""
        yield _show_card(note, ordinal, deck, media, more)


def _show_card(note: Note, ordinal: int, deck: str, media: Collection[str], more: str) -> Data:
    card = render_card(note, ordinal, deck)
    name = _masks_of(note).get(ordinal, card.name)
    return {
        "name": f"{name}{more}",
        "ordinal": ordinal,
        "front": show_side(card.front, note, ordinal, media, is_back=False),
        "back": show_side(card.back, note, ordinal, media, is_back=True),
    }


def _masks_of(note: Note) -> dict[int, str]:
    """Return the names of the masks on a note's picture, by the cards that ask for them."""
    if note.kind != _OCCLUSION:
        return {}
    names = note.field_map[note.note_type.roles["names"]].split("<br>")
    found = [plain_text(each).partition(". ") for each in names]
    return {int(number) - 1: name for number, _, name in found if number.isdecimal()}


def _differences(package: Package, note: Note) -> Iterator[list[list[str]]]:
    """Yield a line for all that changed in a note since the release, with the words of both."""
    for line in describe_change(package.lock.notes[note.note_id], note, is_whole=True):
        yield [list(part) for part in line]


def _show_problems(problems: Sequence[Problem]) -> Data:
    return {
        "problems": [_show_problem(each) for each in problems[:_MOST_PROBLEMS]],
        "unshown": len(problems[_MOST_PROBLEMS:]),
    }


def _show_problem(problem: Problem) -> Data:
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


def data_uris(media: Mapping[str, bytes]) -> Data:
    """Return files as addresses that hold them, by their names as addresses name them."""
    return {
        quote(name): f"data:{media_type(name)};base64,{b64encode(data).decode()}"
        for name, data in sorted(media.items())
    }


@cache
def _read(name: str) -> str:
    return read_own(__file__, name)
