"""What random lives are made of: authors of packages, learners with a real Anki, what to expect."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, NamedTuple
from uuid import NAMESPACE_DNS, uuid5

import anki.collection  # noqa: F401 (anki.notes cannot be the first that is imported)
import pytest
from anki.decks import DeckId
from anki.notes import Note as AnkiNote
from anki.notes import NoteId
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

import ankibuild
from ankibuild.releases import history
from tests.helpers.learner import Learner
from tests.helpers.places import ROOT

START = 1_750_000_000
MOST = 12
WORDS = st.sampled_from(["amber", "brook", "cedar", "delta"])
COLORS = st.sampled_from(["red", "green", "blue"])
FILES = st.sampled_from(["1", "2", "3"])
# Anki compares times in whole seconds: much happens in the same one, or in the next.
WAITS = st.sampled_from([0, 0, 1, 3600])
PLACES = st.integers(0, MOST - 1)
WHO = st.integers(0, 5)

Card = tuple[str, int]
"""A card by the Note ID of its note, and its ordinal."""

# A life that fails is enough, whatever its length: to shorten it takes minutes.
FEW = settings(
    phases=[Phase.generate],
    max_examples=5,
    stateful_step_count=40,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
MANY = settings(FEW, max_examples=30, phases=list(Phase), print_blob=True)
# The same lives each time: how long a search takes is then known too.
FOUND = settings(FEW, max_examples=1_000, derandomize=True)
# Hypothesis makes most lives of one run out of earlier ones, so a search is of many short runs.
_RUNS = 300


_ASKED = {
    "front-back": ("Front", "Back"),
    "cloze": ("Title", "Text"),
    "Vocabulary": ("Word", "Meaning"),
    "Gaps": ("Title", "Text"),
}
_BACK = "{{FrontSide}}<hr>{{Example}}{{hint:Hint}}<i>{{Note ID}}</i>"
OWN_TYPES = {
    "vocabulary/note-type.toml": (
        'name = "Vocabulary"\nkind = "front-back"\ntemplates = ["Say", "Read"]\n'
        'fields = ["Word", "Meaning", "Example", "Hint", "Reversed", "Typed", "Note ID"]\n'
    ),
    "vocabulary/say-front.html": "{{Word}}{{#Typed}}{{type:Meaning}}{{/Typed}}",
    "vocabulary/say-back.html": f"{_BACK}{{{{Meaning}}}}",
    "vocabulary/read-front.html": "{{#Reversed}}{{Meaning}}{{/Reversed}}",
    "vocabulary/read-back.html": f"{_BACK}{{{{Word}}}}",
    "gaps/note-type.toml": (
        'name = "Gaps"\nkind = "cloze"\ntemplates = ["Gap"]\n'
        'fields = ["Text", "Title", "Example", "Hint", "Typed", "Note ID"]\n'
    ),
    "gaps/gap-front.html": "{{Title}}{{cloze:Text}}{{#Typed}}{{type:cloze:Text}}{{/Typed}}",
    "gaps/gap-back.html": "{{Title}}{{cloze:Text}}{{Example}}{{hint:Hint}}<i>{{Note ID}}</i>",
}
"""Note types of a package's own, as files below ``note-types``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a trainer wrote of a note; one with ``clozes`` is a cloze note.

    An ``own`` one is of a note type of the package's own.
    """

    question: str
    answer: str
    hint: str = ""
    tags: frozenset[str] = frozenset()
    clozes: int = 0
    reversed: bool = False
    typed: bool = False
    own: bool = False

    @property
    def note_type(self) -> str:
        """Return what stands for the note type in its name in Anki."""
        if self.own:
            return "Gaps" if self.clozes else "Vocabulary"
        return "cloze" if self.clozes else "front-back"

    @property
    def body(self) -> str:
        """Return the answer, which is the same in Markdown and in HTML."""
        clozes = [f"{{{{c{number}::{self.answer}}}}}" for number in range(1, self.clozes + 1)]
        return " ".join([self.answer, *clozes])

    @property
    def fields(self) -> dict[str, str]:
        """Return the fields that are not empty."""
        question, answer = _ASKED[self.note_type]
        fields = {
            question: self.question,
            # One line of a field stands there as it is, as in Anki.
            answer: self.body if self.own else f"<p>{self.body}</p>",
            "Hint": self.hint,
            "Reversed": "yes" * self.reversed,
            "Typed": "yes" * self.typed,
            "Example": f"as in {self.answer}" * self.own,
        }
        return {name: html for name, html in fields.items() if html}

    @property
    def ordinals(self) -> frozenset[int]:
        """Return which cards the note makes."""
        return frozenset(range(self.clozes or 1 + self.reversed))

    def markdown(self, name: str) -> str:
        """Return the note as it stands in a file."""
        attributes = [f"#{name}"]
        attributes += [f'hint="{self.hint}"'] * bool(self.hint)
        attributes += [f'tags="{" ".join(sorted(self.tags))}"'] * bool(self.tags)
        attributes += [".reversed"] * self.reversed + [".typed"] * self.typed
        attributes += [f'note-type="{self.note_type.lower()}"'] * self.own
        example = f"\n### Example\n\nas in {self.answer}\n" * self.own
        return f"\n## {self.question} {{{' '.join(attributes)}}}\n\n{self.body}\n{example}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A release: when, its file; by Note ID its notes, their decks, when each last changed."""

    time: int
    version: str
    path: Path = field(compare=False)
    texts: dict[str, str]
    drafts: dict[str, Draft]
    decks: dict[str, str]
    times: dict[str, int]


class Author:
    """A package in a repository: what is written of it, and what was published."""

    def __init__(self, folder: Path, package: str = "demo", new: str = "note") -> None:
        self.package = package
        self.home, self.dist = folder / "content" / package, folder / "dist"
        self.names = (f"{new}-{number}" for number in count())
        # The notes of each file in order, decks by file, notes by their ids.
        self.files: dict[str, list[str]] = {"1": [], "2": [], "3": []}
        self.titles = {"1": "One", "2": "Two", "3": "Three"}
        self.color = ""
        self.drafts: dict[str, Draft] = {}
        self.retired: dict[str, Draft] = {}
        self.releases: list[Published] = []
        # What learners have been given last of each note, and when; None stands for two things.
        self.known: dict[str, tuple[Draft | None, int]] = {}
        self.written: dict[str, str] = {}

    def add(
        self,
        file: str,
        question: str,
        answer: str,
        clozes: int = 0,
        name: str = "",
        *,
        own: bool = False,
    ) -> None:
        """Write a new note, unless there are many already."""
        if len(self.drafts) + len(self.retired) < MOST:
            name = name or next(self.names)
            # Facts of their own: words that wander from note to note are refused.
            question, answer = f"ask-{question}-{name}", f"{answer}-{name}"
            self.drafts[name] = Draft(question=question, answer=answer, clozes=clozes, own=own)
            self.files[file].append(name)

    def change(self, place: int, **parts: Any) -> None:
        name = self.name_at(place)
        self.drafts[name] = replace(self.drafts[name], **parts)

    def reword(self, place: int, part: str, word: str) -> None:
        name = self.name_at(place)
        self.change(place, **{part: f"{'ask-' * (part == 'question')}{word}-{name}"})

    def name_at(self, place: int) -> str:
        return sorted(self.drafts)[place % len(self.drafts)]

    def file_of(self, name: str) -> list[str]:
        return next(names for names in self.files.values() if name in names)

    def published(self) -> frozenset[str]:
        """Return the ids of the notes that are in the newest release."""
        newest = self.releases[-1].drafts if self.releases else {}
        return frozenset(name for name in self.drafts if f"{self.package}/{name}" in newest)

    def texts(self) -> dict[str, str]:
        """Return the texts of the package's files."""
        files = {
            f"{file}.md": f"# {self.titles[file]}\n"
            + "".join(self.drafts[name].markdown(name) for name in names)
            for file, names in self.files.items()
            if names
        }
        values = {
            "id": self.package,
            "key": str(uuid5(NAMESPACE_DNS, self.package)),
            "title": self.package.title(),
            "retired": sorted(self.retired.keys() & self.known.keys()),
        }
        lines = [f"{name} = {json.dumps(value)}\n" for name, value in values.items()]
        color = f".card {{ color: {self.color}; }}\n" if self.color else ""
        style = {"style.css": color} if color else {}
        own = {"vocabulary/style.css": color, "gaps/style.css": color} | OWN_TYPES
        files |= {f"note-types/{name}": text for name, text in own.items()}
        return files | style | {"package.toml": "".join(lines)}

    def write(self) -> bool:
        """Write the package's files, and tell whether they are others than were released."""
        texts = self.texts()
        self.home.mkdir(parents=True, exist_ok=True)
        for path in (*self.home.glob("*.md"), *self.home.glob("*.css")):
            path.unlink()
        for name, text in texts.items():
            path = self.home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return texts != self.written

    def gave(self) -> None:
        """Take note that a release was made."""
        self.written = self.texts()


def publish(*authors: Author, time: int, restamped: frozenset[str] = frozenset()) -> None:
    """Release together what changed in packages of one repository.

    A note has the time of the release in which it last changed, or was restamped.
    """
    pending = [author for author in authors if author.write() or restamped]
    if not pending:
        return
    with pytest.MonkeyPatch.context() as patch:
        # There is no repository, and Git would say so a dozen times in each release.
        patch.setattr(history, "_git", lambda *_: None)
        released = ankibuild.release(
            [author.home for author in pending],
            pending[0].dist,
            time=time,
            restamp=tuple(restamped),
            without_words=True,
        )
    for author, each in zip(pending, released, strict=True):
        assert each.package.settings.id == author.package
        for name, draft in author.drafts.items():
            old, changed = author.known.get(name, (None, 0))
            same = old == draft and name not in restamped
            author.known[name] = (draft, changed if same else each.time)
        ids = {name: f"{author.package}/{name}" for name in author.drafts}
        title = author.package.title()
        author.releases.append(
            Published(
                time=each.time,
                version=each.version,
                texts=author.texts(),
                path=next(path for path in each.paths if path.suffix == ".apkg"),
                drafts={ids[name]: draft for name, draft in author.drafts.items()},
                decks={
                    ids[name]: f"{title}::{author.titles[file]}"
                    for file, names in author.files.items()
                    for name in names
                },
                times={ids[name]: author.known[name][1] for name in author.drafts},
            )
        )
        author.gave()


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A note in a collection: its time, what it says; the cards it asks for.

    ``own`` tells of one that the learner has changed.
    """

    time: int
    fields: dict[str, str]
    tags: frozenset[str]
    number: int = field(default=0, compare=False)
    ordinals: frozenset[int] = field(default=frozenset(), compare=False)
    own: bool = field(default=False, compare=False)


class CardRow(NamedTuple):
    """All that Anki knows of a card."""

    time: int
    number: int
    deck: int
    state: tuple[object, ...]


# Not what Anki itself puts right now and then: when a card was answered last.
_STATE = "type, queue, due, ivl, factor, reps, lapses, left, odue, odid, flags"


@dataclass(slots=True)
class Memory:
    """All that must be in a collection, by Note ID; of cards, those that the learner changed."""

    notes: dict[str, Row] = field(default_factory=dict)
    cards: set[Card] = field(default_factory=set)
    touched: dict[Card, CardRow] = field(default_factory=dict)
    reviews: set[int] = field(default_factory=set)

    @property
    def waiting(self) -> set[Card]:
        """Return the cards that came without their words, since the learner's own note won."""
        return {card for card in self.cards if card[1] not in self.notes[card[0]].ordinals}

    def take(self, release: Published) -> None:
        """Import a release: Anki takes the words of a note that it has if they are later."""
        for name, draft in release.drafts.items():
            changed = release.times[name]
            if name not in self.notes or changed > self.notes[name].time:
                self.notes[name] = Row(
                    time=changed,
                    fields=draft.fields | {"Note ID": name},
                    tags=draft.tags,
                    ordinals=draft.ordinals,
                )
            self.cards.update((name, ordinal) for ordinal in draft.ordinals)

    def join(self, other: "Memory") -> None:
        """Synchronise: everything stays, of two rows the one with the later time."""
        for name, row in other.notes.items():
            if name not in self.notes or row.time > self.notes[name].time:
                self.notes[name] = row
        for card, known in other.touched.items():
            self.touched[card] = max(known, self.touched.get(card, known))
        self.cards |= other.cards
        self.reviews |= other.reviews

    def see_newest(self, release: Published) -> None:
        """See that every note says what a release does, the newest, own later edits aside."""
        for name, draft in release.drafts.items():
            row = self.notes[name]
            if not (row.own and row.time >= release.times[name]):
                assert row.fields == draft.fields | {"Note ID": name}
                assert row.tags == draft.tags


class Witness:
    """A learner, and the memory of all that must be in the learner's collection."""

    def __init__(self, folder: Path) -> None:
        self.learner = Learner(folder)
        self.memory = Memory()

    def import_release(self, release: Published) -> set[Card]:
        """Import a package, and return the cards that are new."""
        before = self.cards()
        log = self.learner.import_package(release.path)
        assert log.conflicting == 0
        self.memory.take(release)
        after = self.see()
        assert {card: after[card] for card in before} == before
        return after.keys() - before.keys()

    def study(self, clock: int, start: int = 0, step: int = 1) -> None:
        """Answer every card as Good, or some of them."""
        cards = sorted(self.cards().items())[start::step]
        with self.at(clock):
            self.learner.study([row.number for _, row in cards])

    def tag(self, clock: int, place: int, tag: str) -> None:
        with self.at(clock):
            self.learner.collection.tags.bulk_add([self.note_at(place).id], tag)

    def edit(self, clock: int, place: int, field: int, word: str) -> None:
        note = self.note_at(place)
        note.fields[field] = f"my {word}"
        with self.at(clock):
            self.learner.collection.update_note(note)

    def sort_cards(self, clock: int, place: int, deck: str, flag: int, suspend: bool) -> None:
        collection = self.learner.collection
        cards = self.note_at(place).card_ids()
        number = collection.decks.id(deck)
        assert number
        with self.at(clock):
            collection.set_deck(cards, number)
            collection.set_user_flag_for_cards(flag, cards)
            if suspend:
                collection.sched.suspend_cards(cards)

    def note_at(self, place: int) -> AnkiNote:
        notes = sorted(self.notes().items())
        return self.learner.collection.get_note(NoteId(notes[place % len(notes)][1].number))

    @contextmanager
    def at(self, clock: int) -> Iterator[None]:
        """Let what Anki stamps with the real clock have happened at a time of this life.

        Releases are of last year here: what is later than all of them would never be replaced. What
        the learner did is kept in mind, for it must stay until something later comes.
        """
        database = self.learner.collection.db
        assert database
        before, began = self.cards(), int(time.time())
        yield
        for table in ("notes", "cards"):
            database.execute(f"update {table} set mod = ? where mod >= ?", clock, began)
        memory, reviews = self.memory, {*self.learner.reviews()}
        for name, row in self.notes().items():
            if row != memory.notes[name] and row.time == clock:
                memory.notes[name] = replace(row, ordinals=memory.notes[name].ordinals, own=True)
        memory.touched |= {card: row for card, row in self.cards().items() if row != before[card]}
        assert memory.reviews <= reviews
        memory.reviews = reviews
        self.see()

    def see(self) -> dict[Card, CardRow]:
        """See that all is there, nothing twice and nothing changed; return the cards."""
        cards = self.cards()
        assert self.notes() == self.memory.notes
        assert cards.keys() == self.memory.cards
        assert {card: cards[card] for card in self.memory.touched} == self.memory.touched
        assert {*self.learner.reviews()} == self.memory.reviews
        return cards

    def see_newest(self, release: Published) -> None:
        """See that notes and note types are as in the newest release, own later edits aside."""
        self.memory.see_newest(release)
        for name, draft in release.drafts.items():
            package = name.partition("/")[0]
            style = self.learner.style(f"{package} {draft.note_type} (ankibuild)")
            assert release.texts.get("style.css", "").strip() in style

    def see_no_fault(self) -> None:
        """See that Anki's own checks find nothing, in a copy.

        Now and then Anki puts something of its own right, and then asks for a full sync.
        """
        self.see_blank_cards()
        assert self.learner.collection.db
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "collection.anki2")
            self.learner.collection.db.execute("vacuum into ?", str(path))
            with Learner.at(path.parent) as copy:
                assert copy.check_database() == ""

    def see_blank_cards(self) -> None:
        """See that no card is blank but those that wait for their words."""
        assert self.learner.blank_cards() == {
            (name.partition("/")[2], ordinal) for name, ordinal in self.memory.waiting
        }

    def deck_of(self, card: Card) -> str:
        collection = self.learner.collection
        return collection.decks.name(DeckId(self.cards()[card].deck))

    def notes(self) -> dict[str, Row]:
        """Return the notes that are there, by Note ID."""
        collection = self.learner.collection
        notes = [collection.get_note(number) for number in collection.find_notes("")]
        assert len(notes) == len({note.guid for note in notes}), "a note is there twice"
        assert len(notes) == len({note["Note ID"] for note in notes}), "a note is there twice"
        return {
            note["Note ID"]: Row(
                time=note.mod,
                fields={name: html for name, html in note.items() if html},
                tags=frozenset(note.tags),
                number=note.id,
            )
            for note in notes
        }

    def cards(self) -> dict[Card, CardRow]:
        """Return the cards that are there."""
        assert self.learner.collection.db
        names = {row.number: name for name, row in self.notes().items()}
        rows = self.learner.collection.db.all(f"select nid, ord, mod, id, did, {_STATE} from cards")
        cards = {
            (names[note], ordinal): CardRow(modified, number, deck, tuple(state))
            for note, ordinal, modified, number, deck, *state in rows
        }
        assert len(cards) == len(rows), "a card is there twice"
        return cards


class Lives(RuleBasedStateMachine):
    """What authors and learners do, in any order; there are one or more of either."""

    flags: ClassVar = tuple(range(8))

    def __init__(self) -> None:
        super().__init__()
        self.clock = START
        self.folder = Path(tempfile.mkdtemp())
        self.authors: list[Author] = []
        self.learners: list[Witness] = []

    def teardown(self) -> None:
        """Come to an end, at which all must be well."""
        try:
            if self.learners:
                self.end()
        finally:
            for each in self.learners:
                each.learner.collection.close()
            shutil.rmtree(self.folder)

    def end(self) -> None:
        """Bring everything to rest."""

    def tick(self, wait: int) -> int:
        """Let time go by, and return what the clock says."""
        self.clock += wait
        return self.clock

    def author(self, who: int) -> Author:
        return self.authors[who % len(self.authors)]

    def learner(self, who: int) -> Witness:
        return self.learners[who % len(self.learners)]

    def release(self, *authors: Author, restamped: frozenset[str] = frozenset()) -> None:
        """Release what changed; the times of releases go up, even within a second."""
        last = max((each.time for author in authors for each in author.releases), default=0)
        self.clock = max(self.clock, last + 1)
        publish(*authors, time=self.clock, restamped=restamped)

    # What a trainer does.

    @rule(
        who=WHO,
        file=FILES,
        question=WORDS,
        answer=WORDS,
        clozes=st.sampled_from([0, 0, 1, 2]),
        own=st.sampled_from([False, False, True]),
    )
    def add(
        self, who: int, file: str, question: str, answer: str, clozes: int, *, own: bool
    ) -> None:
        self.author(who).add(file, question, answer, clozes, own=own)

    @rule(who=WHO, place=PLACES, part=st.sampled_from(["question", "answer", "hint"]), word=WORDS)
    def reword(self, who: int, place: int, part: str, word: str) -> None:
        self.author(who).reword(place, part, word)

    @rule(who=WHO, place=PLACES, tags=st.frozensets(COLORS), typed=st.booleans())
    def retag(self, who: int, place: int, tags: frozenset[str], typed: bool) -> None:
        self.author(who).change(place, tags=tags, typed=typed)

    @rule(who=WHO, place=PLACES)
    def add_a_card(self, who: int, place: int) -> None:
        author = self.author(who)
        clozes = author.drafts[author.name_at(place)].clozes
        author.change(place, **({"clozes": clozes + 1} if clozes else {"reversed": True}))

    @rule(who=WHO, place=PLACES, file=FILES, to=PLACES)
    def move(self, who: int, place: int, file: str, to: int) -> None:
        author = self.author(who)
        name = author.name_at(place)
        author.file_of(name).remove(name)
        author.files[file].insert(to, name)

    @rule(who=WHO, file=FILES, title=WORDS)
    def rename_deck(self, who: int, file: str, title: str) -> None:
        self.author(who).titles[file] = f"{title} {file}"

    @rule(who=WHO, color=COLORS)
    def restyle(self, who: int, color: str) -> None:
        self.author(who).color = color

    @rule(who=WHO, place=PLACES, wait=WAITS)
    def retire(self, who: int, place: int, wait: int) -> None:
        author = self.author(who)
        if len(author.drafts) > 2:
            name = author.name_at(place)
            author.file_of(name).remove(name)
            author.retired[name] = author.drafts.pop(name)
            self.tick(wait)
            self.release(author)

    @rule(who=WHO, place=PLACES, file=FILES)
    def restore(self, who: int, place: int, file: str) -> None:
        author = self.author(who)
        if author.retired:
            name = sorted(author.retired)[place % len(author.retired)]
            author.drafts[name] = author.retired.pop(name)
            author.files[file].append(name)

    # What a learner does.

    @rule(who=WHO, start=st.integers(0, 3), step=st.integers(1, 3), wait=WAITS)
    def study(self, who: int, start: int, step: int, wait: int) -> None:
        self.learner(who).study(self.tick(wait), start, step)

    @rule(who=WHO, place=PLACES, tag=COLORS | st.just("marked"), wait=WAITS)
    def tag(self, who: int, place: int, tag: str, wait: int) -> None:
        if self.learner(who).memory.notes:
            self.learner(who).tag(self.tick(wait), place, tag)

    @rule(who=WHO, place=PLACES, field=st.sampled_from([1, 2]), word=WORDS, wait=WAITS)
    def edit(self, who: int, place: int, field: int, word: str, wait: int) -> None:
        if self.learner(who).memory.notes:
            self.learner(who).edit(self.tick(wait), place, field, word)

    @rule(who=WHO, place=PLACES, deck=WORDS, flag=PLACES, suspend=st.booleans())
    def sort_cards(self, who: int, place: int, deck: str, flag: int, suspend: bool) -> None:
        if self.learner(who).memory.notes:
            flag = self.flags[flag % len(self.flags)]
            self.learner(who).sort_cards(self.tick(0), place, deck, flag, suspend)


def search(machine: type[Lives]) -> None:
    """Let lives be lived until one fails, the same ones each time."""
    for number in range(_RUNS):
        run_state_machine_as_test(seed(number)(machine), settings=settings(FOUND, max_examples=3))


Fault = tuple[str, str, str]
"""A module, what stands in it, and what is put in its place."""


def see_that_faults_can_be_made(faults: Iterable[Fault]) -> None:
    """See that what the faults replace stands in ankibuild, once."""
    for module, old, _ in faults:
        assert (ROOT / "ankibuild" / module).read_text("utf-8").count(old) == 1, (module, old)


def see_that_lives_find(fault: Fault, lives: str, folder: Path) -> None:
    """See that a test of lives fails with a copy of ankibuild in which something is broken.

    ``lives`` is code that runs the test.
    """
    module, old, new = fault
    shutil.copytree(ROOT / "ankibuild", folder / "ankibuild")
    text = (folder / "ankibuild" / module).read_text("utf-8")
    assert text.count(old) == 1
    (folder / "ankibuild" / module).write_text(text.replace(old, new), "utf-8")
    result = subprocess.run(
        # Without -P the folder it runs in, with the ankibuild that is whole, would come first.
        [sys.executable, "-P", "-c", lives],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    # A learner loses something, unless ankibuild itself refuses to publish it.
    assert re.search("AssertionError|AnkibuildError", result.stderr), result.stderr
