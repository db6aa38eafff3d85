"""Random lives of a deck and of its learner: whatever happens, nothing is lost."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import anki.collection  # noqa: F401 (anki.notes cannot be the first that is imported)
import pytest
from anki.notes import Note as AnkiNote
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

import ankibuild
from tests.learner import Learner, Progress
from tests.trainer import SETTINGS, Trainer

ROOT = Path(__file__).parents[1]
START = 1_750_000_000
WORDS = st.sampled_from(["amber", "brook", "cedar", "delta"])
COLORS = st.sampled_from(["red", "green", "blue"])
FILES = st.sampled_from(["1", "2", "3"])
# Anki compares times in whole seconds: much happens in the same one, or in the next.
WAITS = st.sampled_from([0, 0, 1, 3600])
PLACES = st.integers(0, 11)

Card = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a trainer wrote of a note; one with ``clozes`` is a cloze note."""

    question: str
    answer: str
    hint: str = ""
    tags: frozenset[str] = frozenset()
    clozes: int = 0
    reversed: bool = False
    typed: bool = False

    @property
    def body(self) -> str:
        """Return the answer, which is the same in Markdown and in HTML."""
        clozes = [f"{{{{c{number}::{self.answer}}}}}" for number in range(1, self.clozes + 1)]
        return " ".join([self.answer, *clozes])

    @property
    def fields(self) -> dict[str, str]:
        """Return the fields that are not empty."""
        question, answer = ("Title", "Text") if self.clozes else ("Front", "Back")
        fields = {
            question: self.question,
            answer: f"<p>{self.body}</p>",
            "Hint": self.hint,
            "Reversed": "yes" * self.reversed,
            "Typed": "yes" * self.typed,
        }
        return {name: html for name, html in fields.items() if html}

    @property
    def ordinals(self) -> set[int]:
        """Return which cards the note makes."""
        return set(range(self.clozes or 1 + self.reversed))

    def markdown(self, name: str) -> str:
        """Return the note as it stands in a file."""
        attributes = [f"#{name}"]
        attributes += [f'hint="{self.hint}"'] * bool(self.hint)
        attributes += [f'tags="{" ".join(sorted(self.tags))}"'] * bool(self.tags)
        attributes += [".reversed"] * self.reversed + [".typed"] * self.typed
        return f"\n## {self.question} {{{' '.join(attributes)}}}\n\n{self.body}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A release: when, its file, its notes, their decks, and when each of them last changed."""

    time: int
    path: Path
    drafts: dict[str, Draft]
    decks: dict[str, str]
    times: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A note as the learner has changed it, and when."""

    fields: dict[str, str]
    tags: set[str]
    time: int


class Life(RuleBasedStateMachine):
    """A trainer, a learner with a real Anki, and what both may expect."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.trainer = Trainer(Path(self.folder.name) / "repository")
        self.learner = Learner(Path(self.folder.name) / "learner")
        self.clock = START
        # The trainer's: the notes of each file in order, decks by file, notes by name.
        self.files: dict[str, list[str]] = {"1": [], "2": [], "3": []}
        self.titles = {"1": "One", "2": "Two", "3": "Three"}
        self.drafts: dict[str, Draft] = {}
        self.retired: dict[str, Draft] = {}
        self.releases: list[Published] = []
        self.written: dict[str, str] = {}
        # The learner's: what was imported, the release whose words each note has, own notes.
        self.imported: list[Published] = []
        self.seen: dict[str, Published] = {}
        self.own: dict[str, Own] = {}

    def teardown(self) -> None:
        try:
            if self.releases:
                self.import_release(back=0)
                newest = self.releases[-1]
                untouched = newest.drafts.keys() - self.own.keys()
                assert all(
                    self.seen[name].drafts[name] == newest.drafts[name] for name in untouched
                )
        finally:
            self.learner.collection.close()
            self.folder.cleanup()

    @initialize()
    def begin(self) -> None:
        for file, clozes in (("1", 0), ("1", 0), ("2", 2)):
            self.add(file=file, question="amber", answer="brook", clozes=clozes)
        self.release(wait=0, restamped=None)
        self.import_release(back=0)
        self.study()

    # What a trainer does.

    @rule(file=FILES, question=WORDS, answer=WORDS, clozes=st.sampled_from([0, 0, 1, 2]))
    def add(self, file: str, question: str, answer: str, clozes: int) -> None:
        known = len(self.drafts) + len(self.retired)
        if known < 12:
            name = f"note-{known}"
            # Facts of their own: words that wander from note to note are refused.
            question, answer = f"ask-{question}-{name}", f"{answer}-{name}"
            self.drafts[name] = Draft(question=question, answer=answer, clozes=clozes)
            self.files[file].append(name)

    @rule(place=PLACES, part=st.sampled_from(["question", "answer", "hint"]), word=WORDS)
    def reword(self, place: int, part: str, word: str) -> None:
        name = self.draft_at(place)
        self.change(place, **{part: f"{'ask-' * (part == 'question')}{word}-{name}"})

    @rule(place=PLACES, tags=st.frozensets(COLORS), typed=st.booleans())
    def retag(self, place: int, tags: frozenset[str], typed: bool) -> None:
        self.change(place, tags=tags, typed=typed)

    @rule(place=PLACES)
    def add_a_card(self, place: int) -> None:
        clozes = self.drafts[self.draft_at(place)].clozes
        self.change(place, **({"clozes": clozes + 1} if clozes else {"reversed": True}))

    @rule(place=PLACES, file=FILES, to=PLACES)
    def move(self, place: int, file: str, to: int) -> None:
        name = self.draft_at(place)
        self.file_of(name).remove(name)
        self.files[file].insert(to, name)

    @rule(file=FILES, title=WORDS)
    def rename_deck(self, file: str, title: str) -> None:
        self.titles[file] = f"{title} {file}"

    @precondition(lambda self: len(self.drafts) > 2)
    @rule(place=PLACES, wait=WAITS)
    def retire(self, place: int, wait: int) -> None:
        name = self.draft_at(place)
        self.file_of(name).remove(name)
        self.retired[name] = self.drafts.pop(name)
        self.release(wait=wait, restamped=None)

    @precondition(lambda self: self.retired)
    @rule(place=PLACES, file=FILES)
    def restore(self, place: int, file: str) -> None:
        name = sorted(self.retired)[place % len(self.retired)]
        self.drafts[name] = self.retired.pop(name)
        self.files[file].append(name)

    @rule(wait=WAITS, restamped=st.none() | PLACES)
    def release(self, wait: int, restamped: int | None) -> None:
        self.clock += wait
        last = self.releases[-1] if self.releases else None
        fresh = set()
        if restamped is not None:
            fresh = {self.draft_at(restamped)} & (last.drafts.keys() if last else set())
        texts = self.texts()
        if texts == self.written and not fresh:
            return
        for path in (self.trainer.folder / "content/demo").glob("*.md"):
            path.unlink()
        for name, text in texts.items():
            self.trainer.write(f"content/demo/{name}", text)
        self.written = texts
        # Release times go up, even within a second.
        self.clock = now = max(self.clock, last.time + 1 if last else START)
        (released,) = ankibuild.release(
            [self.trainer.folder / "content/demo"],
            self.trainer.folder / "dist",
            time=now,
            restamp=tuple(fresh),
        )
        # What a note was when it was published last, perhaps before it was retired.
        known = {
            name: (draft, each.times[name])
            for each in self.releases
            for name, draft in each.drafts.items()
        }
        self.releases.append(
            Published(
                time=now,
                path=next(path for path in released.paths if path.suffix == ".apkg"),
                drafts=dict(self.drafts),
                decks={
                    name: f"Demo::{self.titles[file]}"
                    for file, names in self.files.items()
                    for name in names
                },
                times={
                    name: known[name][1]
                    if name in known and known[name][0] == draft and name not in fresh
                    else now
                    for name, draft in self.drafts.items()
                },
            )
        )

    # What a learner does.

    @rule(back=st.integers(0, 3), wait=WAITS)
    def import_release(self, back: int, wait: int = 0) -> None:
        self.clock += wait
        release = self.releases[-1 - back % len(self.releases)]
        before, reviews = self.learner.progress(), self.learner.reviews()
        with self.learners_clock():
            log = self.learner.import_package(release.path)
        self.imported.append(release)
        for name, changed in release.times.items():
            own, seen = self.own.get(name), self.seen.get(name)
            if changed > max(own.time if own else 0, seen.times[name] if seen else 0):
                self.own.pop(name, None)
                self.seen[name] = release
        assert log.conflicting == 0
        ours = {name for name in self.learner.note_types() if name.startswith("demo ")}
        assert ours == {"demo front-back (ankibuild)", "demo cloze (ankibuild)"}
        assert self.learner.reviews() == reviews
        self.see_notes()
        self.see_cards(release, before)

    @rule()
    def study(self) -> None:
        self.learner.study()

    @rule(place=PLACES, tag=COLORS | st.just("marked"), wait=WAITS)
    def tag(self, place: int, tag: str, wait: int) -> None:
        name, note = self.note_at(place)
        if tag not in note.tags:
            self.clock += wait
            with self.learners_clock():
                self.learner.tag(name, tag)
            self.keep(name)

    @rule(place=PLACES, field=st.sampled_from([1, 2]), word=WORDS, wait=WAITS)
    def edit(self, place: int, field: int, word: str, wait: int) -> None:
        name, note = self.note_at(place)
        field_name = note.keys()[field]
        if note[field_name] != f"my {word}":
            self.clock += wait
            with self.learners_clock():
                self.learner.edit(name, field_name, f"my {word}")
            self.keep(name)

    @rule(place=PLACES, deck=WORDS, flag=st.integers(0, 7), suspend=st.booleans())
    def sort_cards(self, place: int, deck: str, flag: int, suspend: bool) -> None:
        collection = self.learner.collection
        cards = self.note_at(place)[1].card_ids()
        number = collection.decks.id(deck)
        assert number
        collection.set_deck(cards, number)
        collection.set_user_flag_for_cards(flag, cards)
        if suspend:
            collection.sched.suspend_cards(cards)

    @rule(wait=WAITS, restamped=st.none() | PLACES)
    def update(self, wait: int, restamped: int | None) -> None:
        self.release(wait=wait, restamped=restamped)
        self.import_release(back=0)

    # What is seen.

    def see_notes(self) -> None:
        """See that every note is as published, or as the learner changed it later."""
        notes = self.learner.notes()  # which sees that none is there twice
        assert notes.keys() == self.seen.keys()
        for name, note in notes.items():
            draft = self.seen[name].drafts[name]
            own = self.own.get(name)
            expected = own.fields if own else draft.fields | {"Note ID": f"demo/{name}"}
            assert {key: html for key, html in note.items() if html} == expected
            assert set(note.tags) == (own.tags if own else draft.tags)

    def see_cards(self, release: Published, before: dict[Card, Progress]) -> None:
        """See that no card is lost, changed, in a wrong deck, or blank without reason."""
        after = self.learner.progress()
        assert {card: after[card] for card in before} == before
        assert after.keys() == {
            (name, ordinal)
            for each in self.imported
            for name, draft in each.drafts.items()
            for ordinal in draft.ordinals
        }
        for name, ordinal in after.keys() - before.keys():
            assert after[name, ordinal].deck == release.decks[name]
        assert self.learner.blank_cards() <= self.waiting_cards()

    def waiting_cards(self) -> set[Card]:
        """Return the cards that came without their words, since the learner's own note won."""
        return {
            (name, ordinal)
            for each in self.imported
            for name in each.drafts.keys() & self.own.keys()
            for ordinal in each.drafts[name].ordinals - self.seen[name].drafts[name].ordinals
        }

    # What both need.

    def change(self, place: int, **parts: Any) -> None:
        name = self.draft_at(place)
        self.drafts[name] = replace(self.drafts[name], **parts)

    def draft_at(self, place: int) -> str:
        return sorted(self.drafts)[place % len(self.drafts)]

    def file_of(self, name: str) -> list[str]:
        return next(names for names in self.files.values() if name in names)

    def texts(self) -> dict[str, str]:
        """Return the texts of the package's files."""
        known = {name for each in self.releases for name in each.drafts}
        retired = sorted(self.retired.keys() & known)
        files = {
            f"{file}.md": f"# {self.titles[file]}\n"
            + "".join(self.drafts[name].markdown(name) for name in names)
            for file, names in self.files.items()
            if names
        }
        return files | {"package.toml": f"{SETTINGS}retired = {json.dumps(retired)}\n"}

    def note_at(self, place: int) -> tuple[str, AnkiNote]:
        notes = sorted(self.learner.notes().items())
        return notes[place % len(notes)]

    def keep(self, name: str) -> None:
        """Remember a note as the learner's own."""
        note = self.learner.notes()[name]
        fields = {key: html for key, html in note.items() if html}
        self.own[name] = Own(fields=fields, tags=set(note.tags), time=self.clock)

    @contextmanager
    def learners_clock(self) -> Iterator[None]:
        """Let what Anki stamps with the real clock have happened at the time of this life."""
        began = int(time.time())
        yield
        assert self.learner.collection.db
        statement = "update notes set mod = ? where mod >= ?"
        self.learner.collection.db.execute(statement, self.clock, began)


# A life that fails is enough, whatever its length: to shorten it takes minutes.
FEW = settings(
    phases=[Phase.generate],
    max_examples=15,
    stateful_step_count=40,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
MANY = settings(FEW, max_examples=400, phases=list(Phase), print_blob=True)
FOUND = settings(FEW, max_examples=400)

BROKEN = {
    "all notes have the time of the last release": (
        "edition.py",
        "modified = published.changed",
        "modified = lock.releases[-1].time",
    ),
    "times are a second late": (
        "edition.py",
        "modified = published.changed",
        "modified = published.changed + 1",
    ),
    "corrected notes keep their time": (
        "changes.py",
        "if old is None or _is_changed(note, old) or",
        "if old is None or",
    ),
    "restored notes keep their first time": (
        "changes.py",
        "notes[note.note_id] = locked",
        "notes[note.note_id] = replace(locked, changed=lock.releases[0].time)"
        " if note.note_id in lock.retired else locked",
    ),
    "GUIDs follow the wording": (
        "notes.py",
        "source.guid or note_guid(settings.key, source.note_id)",
        "note_guid(settings.key, source.note_id + heading.html)",
    ),
    "GUIDs follow the file": (
        "notes.py",
        "source.guid or note_guid(settings.key, source.note_id)",
        "note_guid(settings.key, source.note_id + source.heading.path)",
    ),
    "note types have a new id once a note is retired": (
        "note_types.py",
        "id=note_type_id(settings.key, kind)",
        "id=note_type_id(settings.key, kind) + len(settings.retired)",
    ),
    "only first cards are written": (
        "package.py",
        "in zip(row.cards, row.note.ordinals, strict=True):",
        "in [*zip(row.cards, row.note.ordinals, strict=True)][:1]:",
    ),
}
"""Faults that lives must find: a module, what stands in it, and what is put in its place."""


def test_a_few_lives() -> None:
    run_state_machine_as_test(Life, settings=FEW)


@pytest.mark.slow
def test_many_lives() -> None:
    run_state_machine_as_test(Life, settings=MANY)


@pytest.mark.slow
@pytest.mark.parametrize("fault", BROKEN)
def test_lives_find_a_broken_ankibuild(tmp_path: Path, fault: str) -> None:
    module, old, new = BROKEN[fault]
    shutil.copytree(ROOT / "ankibuild", tmp_path / "ankibuild")
    text = (tmp_path / "ankibuild" / module).read_text("utf-8")
    assert text.count(old) == 1
    (tmp_path / "ankibuild" / module).write_text(text.replace(old, new), "utf-8")
    code = (
        "from tests import test_lives as t; t.run_state_machine_as_test(t.Life, settings=t.FOUND)"
    )
    result = subprocess.run(
        # Without -P the folder it runs in, with the ankibuild that is whole, would come first.
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    # A learner loses something, unless ankibuild itself refuses to publish it.
    assert re.search("AssertionError|AnkibuildError", result.stderr)
