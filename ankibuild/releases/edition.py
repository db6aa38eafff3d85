"""Put a package together with its lock into an edition: every row, its words, its time."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from html import escape
from itertools import count

from ankibuild.core.files import LOCK
from ankibuild.core.identity import release_name
from ankibuild.core.media import digest_of
from ankibuild.core.notes import (
    Edition,
    EditionDeck,
    EditionNote,
    Kind,
    Note,
    NoteType,
    field_values,
)
from ankibuild.core.problems import AnkibuildError, about
from ankibuild.core.values import Value, hash_of, replace
from ankibuild.core.words import day, words_of
from ankibuild.releases.changes import card_numbers, version_numbers
from ankibuild.releases.lock import RESTORE, Lock, LockedNote, published_notes
from ankibuild.releases.package import (
    Package,
    known_note_types,
    published_note,
    published_note_types,
)
from ankibuild.releases.telling import say_summary

_GONE = b"gone"
_ID_FIELD = "Note ID"
# Source: rslib/src/search/parser.rs of ankitects/anki.
_SEARCHES = frozenset(
    "added card cid deck did dupe edited flag has-cd introduced is mid nc nid note preset prop"
    " rated re resched sc tag w".split()
)
_SEARCH_SIGN = re.compile(r'[\\"*_:]')
_LINE_BREAK = re.compile(r"\s*\n\s*")


def make_edition(package: Package, lock: Lock) -> Edition:
    """Return the last release in the lock, which must hold every note of the package.

    Words and times are the lock's; the sources give the order.
    Raises AnkibuildError when no release can have left such a lock.
    """
    release = lock.releases[-1]
    retired = _retired(package, lock) if lock.retired else ""
    description, recorded = _description(package, lock, retired), _recorded(package, lock, retired)
    counter = count(release.time * 1000) if release.counted else None
    decks = [
        EditionDeck(
            name=deck.name,
            description=deck.description,
            recorded=deck.description,
            notes=tuple(_edition_note(note, lock, counter) for note in deck.notes),
        )
        for deck in package.decks
    ]
    root = package.settings.root
    place = next((n for n, deck in enumerate(decks) if deck.name == root), None if root else 0)
    if place is None:
        top = EditionDeck(name=root, description=description, recorded=recorded, notes=())
        decks.insert(0, top)
    else:
        own = decks[place].description
        decks[place] = replace(decks[place], description=description + own, recorded=recorded + own)
    names = {name for deck in decks for each in deck.notes for name in each.note.media}
    _see_that_it_holds(package, decks, names)
    return Edition(
        key=lock.key,
        version=release.version,
        time=release.time,
        decks=tuple(decks),
        note_types=tuple(
            (
                replace(each, name=lock.note_types[each.kind].name),
                lock.note_types[each.kind].changed,
            )
            for each in package.note_types
        ),
        media={name: package.media[name] for name in sorted(names | _loaded(package))},
    )


def published_edition(package: Package) -> Edition:
    """Return the last release as the lock remembers it, whatever the sources hold now.

    The lock has only hashes of looks and media: the looks are today's, but for a front that asked
    for other fields, and what is gone of the media is a stand-in. Cards are counted: no other
    device will meet their numbers.
    """
    lock = package.lock
    release = lock.releases[-1]
    types = published_note_types(known_note_types(package).values(), lock)
    counter = count(release.time * 1000)
    decks: dict[str, list[EditionNote]] = {}
    for each in sorted(lock.notes.values(), key=lambda note: note.nid):
        row = _edition_note(published_note(each, types[each.kind]), lock, counter)
        decks.setdefault(each.deck, []).append(row)
    names = {name for each in lock.notes.values() for name in each.media}
    return Edition(
        key=lock.key,
        version=release.version,
        time=release.time,
        decks=tuple(
            EditionDeck(name=name, description="", recorded="", notes=tuple(notes))
            for name, notes in decks.items()
        ),
        note_types=tuple(
            (
                replace(types[each.kind], name=each.name),
                each.changed,
            )
            for each in lock.note_types.values()
            if each.kind in types
        ),
        media={name: package.media.get(name, _GONE) for name in sorted(names | _loaded(package))},
    )


def content_hash(edition: Edition) -> str:
    """Return the hash of all that an edition puts into a collection, the same on every machine."""
    note_types: list[Value] = [
        [
            *(each.id, each.name, modified, each.css),
            each.fields,
            [[side.name, side.id, side.front, side.back] for side in each.templates],
            *filter(None, (each.carried,)),
        ]
        for each, modified in edition.note_types
    ]
    decks: list[Value] = [
        [deck.name, deck.recorded, [_note_value(note) for note in deck.notes]]
        for deck in edition.decks
    ]
    content: list[Value] = [note_types, decks]
    media = {
        name: digest
        for deck in edition.decks
        for each in deck.notes
        for name, digest in each.note.media.items()
    }
    media |= {name: digest_of(data) for name, data in edition.media.items() if name not in media}
    # Left out when there are none: the hashes of earlier releases stay as they are.
    return hash_of([*content, media] if media else content)


def with_content(package: Package, lock: Lock) -> tuple[Lock, Edition]:
    """Return the lock with the hash of what is in its last release, and that."""
    edition = make_edition(package, lock)
    last = replace(lock.releases[-1], content=content_hash(edition))
    return replace(lock, releases=(*lock.releases[:-1], last)), edition


def search_for(notes: Iterable[LockedNote], lock: Lock, note_types: Mapping[Kind, NoteType]) -> str:
    """Return what finds the notes in Anki's browser, and none of the package's other ones.

    That is their ids, or of a note type without such a field what they ask, with as many fields
    more as it needs. Source: https://docs.ankiweb.net/searching.html.
    """
    return " or ".join(searches_for(notes, lock, note_types))


def searches_for(
    notes: Iterable[LockedNote], lock: Lock, note_types: Mapping[Kind, NoteType]
) -> Iterator[str]:
    """Yield a search for each of the notes, as above."""
    everything = published_notes(lock).values()
    owners: dict[str, dict[str, set[str]]] = {}

    def owners_of(name: str, html: str) -> set[str]:
        if name not in owners:
            found = owners[name] = {}
            for each in everything:
                found.setdefault(each.fields.get(name, ""), set()).add(each.guid)
        return owners[name].get(html, set())

    for note in notes:
        parts: list[str] = []
        others: set[str] | None = None
        for name in _telling_fields(note, note_types):
            mine = owners_of(name, note.fields[name])
            if others is None or not others <= mine:
                parts.append(f'"{_search_sign(name)}:{_search_text(note.fields[name])}"')
                others = mine if others is None else others & mine
            if others <= {note.guid}:
                break
        yield f"({' '.join(parts)})" if len(parts) > 1 else "".join(parts)


def day_of(time: int) -> str:
    """Return the day of a time, in UTC, as YYYY-MM-DD."""
    return datetime.fromtimestamp(time, UTC).date().isoformat()


def moment_of(time: int) -> str:
    """Return a time as people read it, in UTC."""
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _telling_fields(note: LockedNote, note_types: Mapping[Kind, NoteType]) -> list[str]:
    """Return the fields of a note that are not empty, those first that tell it from others."""
    known = note_types.get(note.kind)
    roles = known.roles if known else {}
    first = (roles.get("id", _ID_FIELD), roles.get("heading"), roles.get("body"))
    names = filter(None, (*first, *note.fields))
    return [*dict.fromkeys(name for name in names if name in note.fields)]


def _search_sign(name: str) -> str:
    """Return a field's name as a search has it: the words of Anki's searches name no field."""
    name = name.replace("\\", "\\\\").replace("*", "\\*")
    return f"{name[:-1]}_" if name.lower() in _SEARCHES else name


def _search_text(html: str) -> str:
    return _LINE_BREAK.sub("*", _SEARCH_SIGN.sub(r"\\\g<0>", html))


def _see_that_it_holds(package: Package, decks: Iterable[EditionDeck], media: set[str]) -> None:
    """Raise AnkibuildError when cards share a number, or when files are gone."""
    lost = media - package.media.keys()
    message = f'a note has the file "{min(lost)}", which is not in the package' if lost else ""
    cards = [card for deck in decks for note in deck.notes for card in note.cards]
    if len(set(cards)) < len(cards):
        message = "two cards have the same number"
    if message:
        raise AnkibuildError((about(package.folder / LOCK, "damaged-lock", message, RESTORE),))


def _loaded(package: Package) -> set[str]:
    """Return the names of the files that no note shows: the note types load them."""
    return package.media.keys() - {name for note in package.notes for name in note.media}


def _edition_note(note: Note, lock: Lock, counter: Iterator[int] | None) -> EditionNote:
    published = lock.notes[note.note_id]
    # Of two that say the same one is enough: a hundred thousand more take much memory.
    if not _is_published(note, published):
        note = published_note(published, note.note_type, note.heading)
    modified = published.changed
    if counter:
        made = modified
        cards = tuple(next(counter) for _ in note.ordinals)
    else:
        # A device that synchronises keeps the later one of two cards with one number. As old as its
        # note's number, a card comes before whatever a learner has studied.
        made = min(published.nid // 1000, modified)
        cards = card_numbers(lock.key, published, note.ordinals)
    return EditionNote(note=note, nid=published.nid, cards=cards, modified=modified, made=made)


def _is_published(note: Note, published: LockedNote) -> bool:
    """Tell whether a note is what its record says; what cards it makes follows from the rest."""
    same = (note.guid, note.tags, note.media) == (published.guid, published.tags, published.media)
    return same and note.fields == field_values(note.note_type, published.fields)


def _note_value(note: EditionNote) -> Value:
    inner = note.note
    row: list[Value] = [inner.guid, inner.kind, note.nid, note.modified]
    return [*row, inner.fields, inner.tags, inner.ordinals]


def _description(package: Package, lock: Lock, retired: str) -> str:
    """Return what a learner reads of the whole package, as HTML in its language.

    ``retired`` is what finds the notes that were taken out of it.
    """
    settings, release = package.settings, lock.releases[-1]
    words = words_of(settings)
    version = words.html("version", version=release.version, day=day(words, release.time))
    # What was not released has no place on the page.
    if settings.page and version_numbers(release.version):
        place = release_name(settings.id, release.version)
        version = _link(f"{settings.page}#{place}", version)
    lines = [
        escape(settings.description, quote=False),
        f"{version}. {escape(say_summary(words, release.summary), quote=False)}",
        settings.page
        and words.html(
            "newest-version", page=_link(settings.page, f"<bdi>{escape(settings.page)}</bdi>")
        ),
        words.html("how-to-update"),
        words.html("progress-is-kept"),
        escape(_owners(package), quote=False),
        lock.retired
        and words.html("retired-notes", search=f"<bdi>{escape(retired, quote=False)}</bdi>"),
    ]
    html = "".join(f"<p>{line}</p>" for line in lines if line)
    if not settings.language:
        return html
    return f"<div {words.attributes}>{html}</div>"


def _link(address: str, html: str) -> str:
    return f'<a href="{escape(address)}">{html}</a>'


def _owners(package: Package) -> str:
    settings = package.settings
    return " · ".join(filter(None, (", ".join(settings.authors), settings.license)))


def _retired(package: Package, lock: Lock) -> str:
    """Return what finds the notes that were taken out of the package."""
    notes = (each.note for _, each in sorted(lock.retired.items()))
    return search_for(notes, lock, known_note_types(package))


def _recorded(package: Package, lock: Lock, retired: str) -> str:
    """Return the description that the hash of the content is of.

    Never change it: the hashes of all releases are of these words.
    """
    settings, release = package.settings, lock.releases[-1]
    lines = [
        settings.description,
        f"Version {release.version}, {day_of(release.time)}. {release.summary}",
        "To install or update, open the file in Anki and import it with the options as they are.",
        "An update changes only the cards' texts and adds new cards: your progress is kept.",
        _owners(package),
    ]
    if lock.retired:
        lines.append(f"Retired notes: search for {retired} in the browser, and suspend them.")
    return "".join(f"<p>{escape(line, quote=False)}</p>" for line in lines if line)
