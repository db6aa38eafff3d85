"""What would go wrong when learners of the last release import the next one."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple
from urllib.parse import quote

from ankibuild.carried import carried_name
from ankibuild.errors import Problem
from ankibuild.files import NOTE_TYPES
from ankibuild.identity import note_guid
from ankibuild.model import (
    Deck,
    DeckSource,
    Fragment,
    Kind,
    Lock,
    LockedNote,
    Note,
    NoteSource,
    NoteType,
    Settings,
)
from ankibuild.note_types import schema_hash
from ankibuild.notes import field_map, published_ordinals
from ankibuild.words import plain_text

_KINDS: dict[Kind, str] = {
    "front-back": "a question with an answer",
    "cloze": "a cloze",
    "image-occlusion": "a picture with masks",
}
_CLOZE = re.compile(r"\{\{c([\d,]+)::|::[^{}]*(?=\}\})|\}\}")
_ALIKE = 0.6


class _Made(NamedTuple):
    """A note beside its source, and its deck beside that."""

    source: NoteSource
    note: Note
    deck: Deck
    deck_source: DeckSource


def check_merge(
    path: str,
    settings: Settings,
    lock: Lock,
    decks: Sequence[tuple[DeckSource, Deck]],
    note_types: Sequence[NoteType],
    elsewhere: Mapping[str, Fragment],
) -> Iterator[Problem]:
    """Yield what would break the merge into learners' collections, or surprise them.

    ``path`` is that of the ``package.toml``; ``elsewhere`` has headings by id, other packages'
    notes among them. A package that was never released merges with anything.
    """
    if not lock.releases:
        return
    made = [
        _Made(source, note, deck, deck_source)
        for deck_source, deck in decks
        for source, note in zip(deck_source.notes, deck.notes, strict=True)
    ]
    yield from _check_identity(path, settings, lock, note_types)
    yield from _check_gone(path, settings, lock, {each.note.note_id for each in made}, elsewhere)
    for each in made:
        yield from _check_note(each, lock)
    yield from _check_decks(made, lock)


def _check_identity(
    path: str, settings: Settings, lock: Lock, note_types: Sequence[NoteType]
) -> Iterator[Problem]:
    for name, now, then in (
        ("key", str(settings.key), str(lock.key)),
        ("id", settings.id, lock.package_id),
    ):
        if now != then:
            message = f'the {name} "{now}" is not the published one'
            yield _about(path, message, f'the first release freezes it: write {name} = "{then}"')
    for each in note_types:
        published = lock.note_types.get(each.kind)
        if published and (published.id, published.schema) != (each.id, schema_hash(each)):
            message = (
                f'the fields or card templates of "{published.name}" are not the published ones'
            )
            cure = "use the ankibuild that made the release"
            if each.carried:
                cure = f"put back {NOTE_TYPES}/{carried_name(each.kind)}.json"
            yield _about(path, message, f"Anki would update none of its notes: {cure}")


def _check_gone(
    path: str,
    settings: Settings,
    lock: Lock,
    here: set[str],
    elsewhere: Mapping[str, Fragment],
) -> Iterator[Problem]:
    for note_id, gone in lock.notes.items():
        if note_id in here or note_id in settings.retired:
            continue
        message = f'the note "{note_id}", published in {gone.added}, is gone'
        cure = f'put it back with {{#{note_id}}}, or take it out for good: retired = ["{note_id}"]'
        if note_id in elsewhere:
            place = f"{elsewhere[note_id].path}:{elsewhere[note_id].line}"
            message += f"; one with its id stands at {place}, in another package"
            cure = (
                "progress cannot move between packages: put the note back here, or retire it here, "
                f'retired = ["{note_id}"], and let learners begin anew with the other one'
            )
        yield _about(path, message, cure)
    for note_id in settings.retired:
        if note_id not in lock.notes and note_id not in lock.retired:
            message = f'the retired note "{note_id}" was never published'
            yield _about(path, message, "take it off the list")


def _check_note(made: _Made, lock: Lock) -> Iterator[Problem]:
    source, note = made.source, made.note
    if note.as_published:
        return
    retired = lock.retired.get(note.note_id)
    published = lock.notes.get(note.note_id) or (retired and retired.note)
    if not published:
        return
    if published.kind != note.kind:
        message = f'the published note "{note.note_id}" was {_kind(published.kind)}'
        cure = f"Anki would not update it: retire it, and give {_kind(note.kind)} a new id"
        yield source.heading.problem(message, cure)
        return
    if published.guid != note.guid:
        message = f'the published note "{note.note_id}" had the guid "{published.guid}"'
        cure = "take the guid out of the heading"
        if published.guid != note_guid(lock.key, note.note_id):
            cure = f'write guid="{quote(published.guid, safe="")}"'
        yield source.heading.problem(message, f"{cure}: Anki knows the note by it")
    if retired and not note.pinned:
        message = f'the note id "{note.note_id}" is that of a retired note'
        cure = f"write {{#{note.note_id}}} to bring it back, or another id for another note"
        yield source.heading.problem(message, cure)
    moves = list(_moved_clozes(published, note))
    for old, new, words in moves:
        message = f'"{words}" of the published note "{note.note_id}" was c{old} and is now c{new}'
        cure = (
            f"a learner's history stays with the number: keep c{old} for it, and give a new cloze "
            "a number that was never used"
        )
        yield source.body.problem(message, cure)
    if not moves:
        for ordinal in sorted(
            set(published_ordinals(published, note.note_type)) - set(note.ordinals)
        ):
            name = _card_name(note.note_type, ordinal)
            message = f'the card "{name}" of the published note "{note.note_id}" is gone'
            cure = (
                "learners keep it, without content, until they use Tools > Empty Cards: bring it "
                "back, or tell them"
            )
            yield source.heading.problem(message, cure, "warning")


def _kind(kind: Kind) -> str:
    return _KINDS.get(kind) or f'a note with note-type="{carried_name(kind)}"'


def _card_name(note_type: NoteType, ordinal: int) -> str:
    return f"c{ordinal + 1}" if note_type.is_cloze else note_type.templates[ordinal].name


def _moved_clozes(published: LockedNote, note: Note) -> Iterator[tuple[int, int, str]]:
    """Yield the old number, the new one and the words of clozes that were renumbered."""
    if not note.note_type.is_cloze:
        return
    before = _answers(note.kind, published.fields)
    after = _answers(note.kind, field_map(note))
    for number, texts in before.items():
        for text in texts:
            if not _is_among(text, after.get(number, ())):
                for other, others in after.items():
                    if _is_among(text, others) and not _is_among(text, before.get(other, ())):
                        yield number, other, text
                        break


def _answers(kind: Kind, fields: Mapping[str, str]) -> dict[int, list[str]]:
    """Return what each card asks for: the words of its clozes, or the name of its mask."""
    if kind != "image-occlusion":
        return _hidden("".join(fields.values()))
    found: dict[int, list[str]] = {}
    for line in fields.get("Comments", "").split("<br>"):
        number, _, name = line.partition(". ")
        if number.isdecimal():
            found.setdefault(int(number), []).append(plain_text(name))
    return found


def _hidden(html: str) -> dict[int, list[str]]:
    """Return what each cloze number hides, as plain text without hints."""
    found: dict[int, list[str]] = {}
    opened: list[tuple[str, int]] = []
    for match in _CLOZE.finditer(html):
        if match[1]:
            opened.append((match[1], match.end()))
        elif match[0] == "}}" and opened:
            numbers, start = opened.pop()
            text = plain_text(_CLOZE.sub("", html[start : match.end()]))
            for number in numbers.split(","):
                found.setdefault(int(number or 0), []).append(text)
    return found


def _is_among(text: str, texts: Sequence[str]) -> bool:
    return any(_is_alike(text, each) for each in texts)


def _is_alike(one: str, other: str) -> bool:
    """Tell whether two answers are the same for a learner, a word or two aside."""
    if one == other:
        return True
    words, others = (re.findall(r"\w+|[^\w\s]+", text.casefold()) for text in (one, other))
    return SequenceMatcher(None, words, others, autojunk=False).ratio() > _ALIKE


def _check_decks(made: Sequence[_Made], lock: Lock) -> Iterator[Problem]:
    names = {each.deck.name for each in made}
    renamed: set[str] = set()
    for each in made:
        published = lock.notes.get(each.note.note_id)
        if not published or published.deck == each.deck.name:
            continue
        old, new = published.deck, each.deck.name
        if old in names:
            message = f'the published note "{each.note.note_id}" moved to "{new}"'
            cure = f'cards that learners have stay in "{old}"; only new learners get them here'
            yield each.source.heading.problem(message, cure, "warning")
        elif old not in renamed:
            renamed.add(old)
            message = f'the deck "{old}" is now called "{new}"'
            cure = "cards that learners have stay in the old one; new ones come to the new one"
            yield each.deck_source.heading.problem(message, cure, "warning")


def _about(path: str, message: str, cure: str) -> Problem:
    return Problem(path=path, line=1, column=1, message=message, cure=cure)
