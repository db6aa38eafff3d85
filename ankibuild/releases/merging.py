"""What would go wrong when learners of the last release import the next one."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from typing import NamedTuple
from urllib.parse import quote

from ankibuild.anki.carried import carried_name
from ankibuild.anki.note_types import schema_hash
from ankibuild.core.files import NOTE_TYPE, NOTE_TYPES
from ankibuild.core.identity import note_guid
from ankibuild.core.notes import Deck, Kind, Note, NoteType
from ankibuild.core.problems import Fragment, Problem, about, has_errors
from ankibuild.core.rules import Rule
from ankibuild.core.settings import Settings
from ankibuild.core.text import heading_of, shorten
from ankibuild.dialect.source import DeckSource, NoteSource, parse_file, split_lines
from ankibuild.releases.lock import Lock, LockedNote, published_notes
from ankibuild.releases.moves import (
    CLEARLY,
    SAME,
    Fact,
    Facts,
    Likeness,
    as_hidden,
    by_number,
    fact_of,
    find_hidden,
    is_alike,
    moved_clozes,
    other_clozes,
)
from ankibuild.releases.package import published_note_types, published_ordinals

_KINDS: dict[Kind, str] = {
    "front-back": "a question with an answer",
    "cloze": "a cloze",
    "image-occlusion": "a picture with masks",
}
_LEARNED = "a learner's history stays with the"


_SHORT = 2
"""Words: a question or an answer of fewer may be another's by chance."""

_MOST_LISTED = 20
"""Ids in one message; each of the notes has such a message."""

_MOST_ASKING = 200
"""Notes of one and the same question that a note is compared with."""

_MOST_ADDED = 100
"""Clozes with new numbers that one note is looked through for."""

# An id as it may stand where no note is made of it: not closed, in other brackets.
_ID = re.compile(
    r"""(?:(?<!\{)\{\s*(?:#|id=["']?)?|(?<=\s)(?:[(\[]#|#(?=[^{}]*\}\s*$)))([a-z0-9][a-z0-9-]*)["']?"""
)
_MARKS = re.compile(r"[\s>*+\\-]*(?:\d+[.)]\s+)?\\?#*\s*")

_PERCENT = 100

_Move = tuple[Rule, Fragment, str, str]
"""The rule, where it is seen, what has moved, and the cure."""


class _Made(NamedTuple):
    """A note beside its source, and its deck beside that."""

    source: NoteSource
    note: Note
    deck: Deck
    deck_source: DeckSource


def check_merge(
    at: Callable[[str], Fragment],
    settings: Settings,
    lock: Lock,
    decks: Sequence[tuple[DeckSource, Deck]],
    note_types: Sequence[NoteType],
    elsewhere: Mapping[str, Fragment],
    texts: Mapping[str, str],
) -> Iterator[Problem]:
    """Yield what would break the merge into learners' collections, or surprise them.

    ``at`` tells where a key of the ``package.toml`` stands; ``elsewhere`` has headings by id, other
    packages' notes among them; ``texts`` are those of the decks by path. A package that was never
    released merges with anything.
    """
    if not lock.releases:
        return
    made = [
        _Made(source, note, deck, deck_source)
        for deck_source, deck in decks
        for source, note in zip(deck_source.notes, deck.notes, strict=True)
    ]
    identity = list(_check_identity(at, settings, lock, note_types))
    yield from identity
    if identity:
        # Every note would be another one, and nothing else could be told.
        return
    moves = _Moves(settings, lock, made)
    found = [problem for each in made for problem in _check_note(each, lock, moves)]
    yield from found
    if not has_errors(found):
        yield from _check_gone(at, settings, lock, moves, elsewhere, texts)
    yield from _check_overrides(at, settings, lock, moves)
    yield from _check_fronts(at("").path, lock, made, note_types)
    yield from _check_decks(made, lock)


def _check_identity(
    at: Callable[[str], Fragment], settings: Settings, lock: Lock, note_types: Sequence[NoteType]
) -> Iterator[Problem]:
    for name, now, then in (
        ("key", str(settings.key), str(lock.key)),
        ("id", settings.id, lock.package_id),
    ):
        if now != then:
            message = f'the {name} "{now}" is not the published one'
            cure = f'the first release freezes it: write {name} = "{then}"'
            yield at(name).problem("frozen-identity", message, cure)
    if str(settings.key) != str(lock.key) or settings.id != lock.package_id:
        # Note types are named and numbered by them.
        return
    for each in note_types:
        published = lock.note_types.get(each.kind)
        if published and (published.id, published.schema) != (each.id, schema_hash(each)):
            message = (
                f'the fields or card templates of "{published.name}" are not the published ones'
            )
            cure = "use the version of ankibuild that made the release"
            if name := carried_name(each.kind):
                cure = f"put back {NOTE_TYPES}/{name}"
                if published.fields:
                    parts = ("fields", published.fields), ("card templates", published.templates)
                    known = (f"{word} {', '.join(n for n, _ in names)}" for word, names in parts)
                    cure += f", with the {' and the '.join(known)}"
                cure += (
                    ", in this order; for other fields, make a note type with another name and "
                    "use it in new notes"
                )
            cure = f"Anki would update none of its notes: {cure}"
            yield at("").problem("frozen-note-type", message, cure)


def _check_fronts(
    path: str, lock: Lock, made: Sequence[_Made], note_types: Sequence[NoteType]
) -> Iterator[Problem]:
    """Yield a warning for each front that makes no card any longer of notes that have one."""
    then = published_note_types(note_types, lock)
    for each in note_types:
        if then[each.kind] is each or each.is_cloze:
            continue
        lost: dict[int, list[Note]] = {}
        for note in (one.note for one in made if one.note.kind == each.kind):
            if old := lock.notes.get(note.note_id):
                was, now = (published_ordinals(old, one) for one in (then[each.kind], each))
                for ordinal in sorted({*was} - {*now, *note.ordinals}):
                    lost.setdefault(ordinal, []).append(note)
        for ordinal, notes in sorted(lost.items()):
            count = f"{len(notes)} published note{'s' * (len(notes) > 1)}"
            message = f'the front of "{each.templates[ordinal].name}" no longer makes a card for '
            message += (
                f'{count}, "{notes[0].note_id}" among them'
                if len(notes) > 1
                else (f'the published note "{notes[0].note_id}"')
            )
            cure = (
                "learners keep these cards, without content, until they use Tools > Empty Cards: "
                "let the front show a field that is filled in these notes, or tell them"
            )
            home = f"{path.rpartition('/')[0]}/{NOTE_TYPES}/{carried_name(each.kind)}/{NOTE_TYPE}"
            yield about(home, "removed-card", message, cure, "warning")


def _check_gone(
    at: Callable[[str], Fragment],
    settings: Settings,
    lock: Lock,
    moves: "_Moves",
    elsewhere: Mapping[str, Fragment],
    texts: Mapping[str, str],
) -> Iterator[Problem]:
    versions = {each.time: each.version for each in reversed(lock.releases)}
    away = [n for n in lock.notes if n not in moves.here and n not in moves.taken_out]
    standing = _find_ids(texts) if away else {}
    for note_id in away:
        gone = lock.notes[note_id]
        version = versions.get(gone.added, lock.releases[-1].version)
        message = f'the note "{note_id}", published in {version}, is gone'
        words = shorten(heading_of(gone.fields, moves.roles.get(gone.kind, {})))
        named = f'"{words}" with {{#{note_id}}}' if words else f"the note with {{#{note_id}}}"
        retire = f'retired = ["{note_id}"]'
        if settings.retired:
            retire = f'add "{note_id}" to retired = [...]'
        cure = f"put back {named}, or retire it: {retire} in package.toml"
        if note_id in standing:
            line = standing[note_id]
            message += ", though its id is here"
            yield line.problem("removed-note", message, _cure_of(line, note_id, words or note_id))
            continue
        if note_id in elsewhere:
            place = elsewhere[note_id].place
            message += f"; a note with its id is at {place}, in another package"
            cure = (
                "progress cannot move between packages: put the note back here, or retire it here, "
                f"{retire}, and let learners start over with the other one"
            )
        elif heir := moves.heir_of(note_id):
            message += f'; its words are here with the id "{heir.note.note_id}"'
            cure = f"write {{#{note_id}}} here, and learners keep their progress"
            yield heir.source.heading.problem("removed-note", message, cure)
            continue
        yield at("retired").problem("removed-note", message, cure)
    for note_id in settings.retired:
        if note_id not in lock.notes and note_id not in lock.retired:
            message = f'the retired note "{note_id}" was never published'
            yield at("retired").problem("unpublished-note", message, "remove it from the list")


def _find_ids(texts: Mapping[str, str]) -> dict[str, Fragment]:
    """Return the first line in which each id stands in any form; it begins at the id's bracket."""
    found: dict[str, Fragment] = {}
    for path, text in texts.items():
        for number, line in enumerate(split_lines(text), 1):
            for match in _ID.finditer(line):
                place = Fragment(path=path, line=number, column=match.start() + 1, text=line)
                found.setdefault(match[1], place)
    return found


def _cure_of(line: Fragment, note_id: str, words: str) -> str:
    """Return how a line becomes again the heading of the note whose id it holds."""
    before, found = line.text[: line.column - 1], _ID.match(line.text, line.column - 1)
    rest = line.text[found.end() if found else len(before) :].rstrip().rstrip(")]}").strip()
    question = before[match.end() :] if (match := _MARKS.match(before)) else before
    heading = f"## {question.strip()} {{#{note_id}{f' {rest}' if rest else ''}}}"
    deck, faults = parse_file("", f"# Deck\n\n{heading}\n", stem="deck")
    if faults or [each.note_id for each in deck.notes] != [note_id]:
        heading = f"## {words} {{#{note_id}}}"
    elif heading == line.text.rstrip():
        return (
            "only a heading outside of code, comments and lists makes a note: move it out of them"
        )
    return f'write "{heading}", and learners keep their progress'


def _check_note(made: _Made, lock: Lock, moves: "_Moves") -> Iterator[Problem]:
    source, note = made.source, made.note
    published = moves.learned.get(note.note_id)
    if not published:
        yield from moves.check_new(made)
        return
    retired = lock.retired.get(note.note_id)
    if not retired and _is_as_it_was(note, published):
        return
    if published.kind != note.kind:
        message = f'the published note "{note.note_id}" was {_kind(published.kind)}'
        cure = (
            f"Anki would not update it with {_kind(note.kind)}: {_put_back(published, note)}; if "
            "it is another note, give it an id of its own"
        )
        yield source.heading.problem("changed-note-type", message, cure)
        return
    if published.guid != note.guid:
        message = f'the published note "{note.note_id}" had the guid "{published.guid}"'
        cure = "take the guid out of the heading"
        if published.guid != note_guid(lock.key, note.note_id):
            cure = f'write guid="{quote(published.guid, safe="")}"'
        yield source.heading.problem(
            "changed-guid", message, f"{cure}: Anki recognises the note by it"
        )
    if retired and not note.pinned:
        message = f'the note id "{note.note_id}" belongs to a retired note'
        cure = f"write {{#{note.note_id}}} to bring it back, or another id for another note"
        yield source.heading.problem("retired-note-id", message, cure)
    moved = list(moves.check(made, published))
    yield from moved
    gone = set(published_ordinals(published, note.note_type)) - set(note.ordinals)
    for ordinal in sorted(gone) if not has_errors(moved) else ():
        name = _card_name(note.note_type, ordinal)
        back = "bring it back"
        if note.kind == "image-occlusion":
            name, mask = _published_mask(published, ordinal + 1)
            back = f'write "{mask}" again'
        message = f'the card "{name}" of the published note "{note.note_id}" is gone'
        cure = (
            "learners keep it, without content, until they use Tools > Empty Cards: "
            f"{back}, or tell them"
        )
        yield source.heading.problem("removed-card", message, cure, "warning")


def _is_as_it_was(note: Note, published: LockedNote) -> bool:
    """Tell whether a note of ours is what its record says; learners may have others as Anki did."""
    return not note.note_type.carried and (
        (note.kind, note.guid, note.source_hash, note.rendered)
        == (published.kind, published.guid, published.source, published.rendered)
    )


def _kind(kind: Kind) -> str:
    return _KINDS.get(kind) or f'a note with note-type="{carried_name(kind)}"'


def _numbered_mask(body: Fragment, name: str, number: int) -> str:
    """Return the line of a mask with the number that it had."""
    form = re.compile(rf"(?m)^\s*(?:\d{{1,9}}\.\s+)?{re.escape(name)}\s*:([^:\n]*)$")
    match = form.search(body.text)
    return f"{number}. {name}:{match[1].rstrip() if match else ' left, top, width, height'}"


def _published_mask(published: LockedNote, number: int) -> tuple[str, str]:
    """Return the name of a published mask, and its line."""
    name = next(
        (n.text for n in find_hidden(published.kind, published.fields) if n.number == number),
        f"c{number}",
    )
    match = re.search(
        rf"\{{\{{c{number}::image-occlusion:rect:([^}}]*)", published.fields.get("Occlusion", "")
    )
    sides = dict(re.findall(r"(left|top|width|height)=([\d.]+)", match[1])) if match else {}
    written = (f"{float(sides.get(n, 0)) * _PERCENT:g}" for n in ("left", "top", "width", "height"))
    return name, f"{number}. {name}: {', '.join(written)}"


def _put_back(published: LockedNote, note: Note) -> str:
    """Return what makes a note what it was."""
    if carried_name(note.kind) and not carried_name(published.kind):
        # It may be named for a whole file or package.
        return f'write note-type="{published.kind}" in the heading'
    if published.kind == "cloze":
        hidden = find_hidden(published.kind, published.fields)[:_MOST_LISTED]
        clozes = (f"{{{{c{each.number}::{each.text}}}}}" for each in hidden)
        return f"hide again {', '.join(clozes)}"
    if published.kind == "image-occlusion":
        return "put back its block, from ```occlusion to the ``` below the masks"
    if published.kind == "front-back":
        return "take out its clozes or its block of masks"
    return f'write note-type="{carried_name(published.kind)}" in the heading'


def _card_name(note_type: NoteType, ordinal: int) -> str:
    return f"c{ordinal + 1}" if note_type.is_cloze else note_type.templates[ordinal].name


class _Moves:
    """The notes that are no longer what they were, and where their words have gone.

    What has moved has left its place: only notes that were edited or that are gone are compared.
    """

    def __init__(self, settings: Settings, lock: Lock, made: Sequence[_Made]) -> None:
        self.taken_out = frozenset(settings.retired)
        self.meant = frozenset(settings.moved)
        self.learned = published_notes(lock)
        self.retired = lock.retired.keys()
        self.here = {each.note.note_id: each for each in made}
        self.roles = {each.note.kind: each.note.note_type.roles for each in made}
        self.allowed: set[str] = set()
        self.edited = {n for n, each in self.here.items() if self._is_edited(each.note)}
        away = self.edited | (self.learned.keys() - self.here.keys())
        new = self.here.keys() - self.learned.keys()
        self.then = {n: self._fact_then(self.learned[n]) for n in away}
        self.now = {n: _fact_now(self.here[n].note) for n in self.edited | new}
        left = {n: fact for n, fact in self.then.items() if self.now.get(n) != fact}
        self.likeness = Likeness(lambda: map(self._fact_then, self.learned.values()))
        self.was = Facts(left, self.likeness)
        self.came = Facts(self.now, self.likeness)
        self.new = Facts({n: self.now[n] for n in new}, self.likeness)

    def _fact_then(self, published: LockedNote) -> Fact:
        return fact_of(published.kind, published.fields, self.roles.get(published.kind, {}))

    def _is_edited(self, note: Note) -> bool:
        published = self.learned.get(note.note_id)
        if published is None or published.source == note.source_hash:
            return False
        fields = {name: html for name, html in note.field_map.items() if html}
        return fields != dict(published.fields)

    def heir_of(self, note_id: str) -> _Made | None:
        """Return the new note that says what a note said that is gone, if there is one."""
        heir = self.here.get(self.new.same(self.then[note_id]))
        return heir if heir and heir.note.kind == self.learned[note_id].kind else None

    def check_new(self, made: _Made) -> Iterator[Problem]:
        """Yield a warning if a new note repeats a retired one, whose progress it could have."""
        old = self.was.same(self.now[made.note.note_id])
        if not old or old in self.here or self.learned[old].kind != made.note.kind:
            return
        if old not in self.taken_out and old not in self.retired:
            return
        message = f'the new note "{made.note.note_id}" repeats the retired note "{old}"'
        cure = (
            f"learners would start over with it: write {{#{old}}} here and remove it from the "
            "list of retired notes, and they keep their progress"
        )
        yield made.source.heading.problem("repeated-retired-note", message, cure, "warning")

    def check(self, made: _Made, published: LockedNote) -> Iterator[Problem]:
        """Yield in what a published note is no longer the fact that it was.

        What has moved is an error, unless ``package.toml`` says that it is meant; what has become
        another question is a warning.
        """
        note_id = made.note.note_id
        if note_id not in self.edited:
            return
        found = self._all_found[note_id]
        if found and note_id in self.meant:
            self.allowed.add(note_id)
            return
        allow = f"if you mean it, {self._allowance(note_id)} in package.toml until the next release"
        for rule, fragment, message, cure in found:
            yield fragment.problem(rule, message, f"{cure}; {allow}")
        if not found and note_id not in self.meant:
            yield from self._find_other(made, published)

    def _allowance(self, note_id: str) -> str:
        """Return what allows all that has moved, or of many the one note."""
        if len(self._moved) > _MOST_LISTED:
            return f'add "{note_id}" to moved = [...]'
        return f"write moved = [{', '.join(self._moved)}]"

    @cached_property
    def _moved(self) -> tuple[str, ...]:
        return tuple(f'"{n}"' for n, moves in self._all_found.items() if moves)

    @cached_property
    def _all_found(self) -> dict[str, tuple[_Move, ...]]:
        """Return what has moved, by the ids of the notes that were edited."""
        return {
            n: self._find_move(self.here[n])
            or tuple(self._find_moved_clozes(self.here[n], self.learned[n]))
            for n in sorted(self.edited)
        }

    def _find_move(self, made: _Made) -> tuple[_Move, ...]:
        note_id = made.note.note_id
        before, after = self.then[note_id], self.now[note_id]
        other = self._counterpart(note_id, before, after, self.was, self.then)
        # Whoever takes a note out may give its words to its twin.
        if other and other not in self.taken_out:
            message = f'the published note "{note_id}" now asks what "{other}" asked'
            message += f" ({_place(self.here[other])})" if other in self.here else ""
            cure = f"{_LEARNED} id: write {{#{other}}} for this question"
            return (("moved-note", made.source.heading, message, cure),)
        other = self._counterpart(note_id, after, before, self.came, self.now)
        if other:
            place = _place(self.here[other])
            message = f'what the published note "{note_id}" asked is now at {place}'
            cure = f"{_LEARNED} id: write {{#{note_id}}} there, and another id here"
            return (("moved-note", made.source.heading, message, cure),)
        if self._is_turned(before, after):
            message = f'question and answer of the published note "{note_id}" have swapped places'
            cure = f"{_LEARNED} question: put them back; .reversed asks both ways"
            return (("moved-note", made.source.heading, message, cure),)
        other = self._answer_of(note_id, before, after)
        if other:
            message = f'the published note "{note_id}" now has the answer that "{other}" had'
            message += f" ({_place(self.here[other])})"
            cure = f"{_LEARNED} question: put each answer back below its own"
            return (("moved-note", made.source.heading, message, cure),)
        return ()

    def _counterpart(
        self,
        note_id: str,
        mine: Fact,
        looked_for: Fact,
        among: Facts,
        facts: Mapping[str, Fact],
    ) -> str:
        """Return another note that has what is looked for, and had it not before; "" for none."""
        if mine.question == looked_for.question:
            # A question that several notes ask tells them apart by its answer alone.
            asking = among.asking(looked_for)[:_MOST_ASKING]
            same = (each for each in asking if facts[each] == looked_for)
            moved = (n for n in same if n != note_id and not self._stays(n, looked_for))
            return next(moved, "") if mine.answer else ""
        is_short = len(looked_for.question.split()) < _SHORT
        questions = Fact(mine.question, ""), Fact(looked_for.question, "")
        is_reworded = self.likeness.of(*questions) >= SAME
        for other in among.asking(looked_for)[:_MOST_ASKING]:
            found = facts[other]
            is_chance = found != looked_for and (is_short or is_reworded)
            twins = mine.answer == looked_for.answer == found.answer != ""
            stays = self._stays(other, looked_for) and not self._is_exchanged(note_id, other)
            if other == note_id or is_chance or twins or stays:
                continue
            return other
        other, score = among.most_alike(looked_for, but=note_id)
        if score < SAME or score < self.likeness.of(mine, looked_for) + CLEARLY:
            return ""
        return "" if self._stays(other, looked_for) else other

    def _is_turned(self, before: Fact, after: Fact) -> bool:
        """Tell whether question and answer have swapped places."""
        if not all(before) or before.question == after.question or before.answer == after.answer:
            return False
        turned = self.likeness.of(before, Fact(after.answer, after.question))
        return turned >= SAME and turned >= self.likeness.of(before, after) + CLEARLY

    def _stays(self, note_id: str, fact: Fact) -> bool:
        """Tell whether a note has a fact before and after, so that it came from nowhere else."""
        facts = (self.then.get(note_id), self.now.get(note_id))
        return all(each and self.likeness.of(each, fact) >= SAME for each in facts)

    def _is_exchanged(self, one: str, other: str) -> bool:
        """Tell whether each of two notes has now, to the letter, what the other one had."""
        return (self.then.get(one), self.then.get(other)) == (
            self.now.get(other),
            self.now.get(one),
        )

    def _answer_of(self, note_id: str, before: Fact, after: Fact) -> str:
        """Return the note whose answer this one has, where answers went round; "" for none."""
        if before.question != after.question or before.answer == after.answer:
            return ""
        if len(after.answer.split()) < _SHORT or not self.came.answering(before):
            return ""
        others = self.was.answering(after)
        return others[0] if len(others) == 1 and others[0] in self.edited else ""

    def _find_moved_clozes(self, made: _Made, published: LockedNote) -> Iterator[_Move]:
        if not made.note.note_type.is_cloze:
            return
        note_id, number_of = made.note.note_id, dict[tuple[str, int], int]()
        after = find_hidden(made.note.kind, made.note.field_map)
        before = find_hidden(published.kind, published.fields)
        for move in moved_clozes(before, after):
            number_of[move.text, move.old] = move.new
        fresh = {each.number for each in after} - {each.number for each in before}
        added = [each for each in after if each.number in fresh]
        for old in as_hidden(published.hid) if len(added) <= _MOST_ADDED else ():
            for each in added:
                if each.number != old.number and is_alike(each, old):
                    number_of[each.text, old.number] = each.number
        is_masks = published.kind == "image-occlusion"
        for (text, was), new in number_of.items():
            if is_masks:
                message = f'the mask "{text}" of the published note "{note_id}" was number {was}'
                message += f" and is now {new}"
                cure = f'{_LEARNED} number: write "{_numbered_mask(made.source.body, text, was)}"'
                yield "moved-cloze", made.source.body, message, cure
                continue
            message = f'"{text}" of the published note "{note_id}" was c{was} and is now c{new}'
            cure = (
                f"{_LEARNED} number: keep c{was} for it, and give a new cloze a number that was "
                "never used"
            )
            yield "moved-cloze", made.source.body, message, cure

    def _find_other(self, made: _Made, published: LockedNote) -> Iterator[Problem]:
        note_id = made.note.note_id
        before, after = self.then[note_id], self.now[note_id]
        if self.likeness.is_other(before, after):
            message = f'the published note "{note_id}" now asks something else'
            cure = (
                "learners will see it with their progress on the old question: if it is a "
                "different question, give it its own id and put the old one "
                f"back with {{#{note_id}}}"
            )
            yield made.source.heading.problem("replaced-question", message, cure, "warning")
            return
        if not made.note.note_type.is_cloze:
            return
        clozes = find_hidden(made.note.kind, made.note.field_map)
        found = [*other_clozes(find_hidden(published.kind, published.fields), clozes)]
        hiding = by_number(clozes)
        for number, olds in groupby(as_hidden(published.hid), key=lambda each: each.number):
            once, news = list(olds)[:_MOST_ADDED], hiding.get(number, ())
            if news and not any(is_alike(new, old) for new in news for old in once):
                found.append((number, once[0].text, news[0].text))
        if found:
            told = ", ".join(f'c{n} hid "{old}" and now hides "{new}"' for n, old, new in found)
            message = f'in the published note "{note_id}" {told}'
            cure = (
                "learners keep that card's progress: give the new words a number that was "
                "never used"
            )
            yield made.source.body.problem("replaced-cloze", message, cure, "warning")


def _fact_now(note: Note) -> Fact:
    return fact_of(note.kind, note.field_map, note.note_type.roles)


def _check_overrides(
    at: Callable[[str], Fragment], settings: Settings, lock: Lock, moves: _Moves
) -> Iterator[Problem]:
    for note_id in settings.moved:
        if note_id not in moves.learned:
            message = f'the moved note "{note_id}" was never published'
            yield at("moved").problem("unpublished-note", message, "remove it from the list")
        elif note_id not in moves.allowed:
            message = f'the note "{note_id}" has not moved since {lock.releases[-1].version}'
            cure = "remove it from the list of moved notes, so that slips are found again"
            yield at("moved").problem("unmoved-note", message, cure, "warning")


def _place(made: _Made) -> str:
    return made.source.heading.place


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
            yield each.source.heading.problem("changed-deck", message, cure, "warning")
        elif old not in renamed:
            renamed.add(old)
            message = f'the deck "{old}" is now called "{new}"'
            cure = "cards that learners have stay in the old deck; new cards go into the new one"
            yield each.deck_source.heading.problem("renamed-deck", message, cure, "warning")
