"""Random lives of a package on two branches, of learners of either, and of many a merge.

Two devices of one account, each with packages of another branch, play no part: where both branches
gave one id to a new note, the learners of each have the number that their branch gave it.
"""

import re
import sqlite3
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import count, cycle
from pathlib import Path
from shutil import copytree, rmtree

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from ankibuild.commands.merging_locks import merge_lock_files
from ankibuild.releases.lock import read_lock
from tests.helpers.lives import (
    COLORS,
    FEW,
    FILES,
    MANY,
    PLACES,
    WAITS,
    WHO,
    WORDS,
    Author,
    Card,
    Draft,
    Lives,
    Witness,
    see_that_faults_can_be_made,
    see_that_lives_find,
)

PICKS = st.lists(st.sampled_from(["ours", "theirs", "a third"]), min_size=1, max_size=7)
ONE = st.sampled_from(["ours", "theirs"])
NOTE = -1
"""Stands for a note itself where others stand for its cards."""


class Branch(Author):
    """A package in a clone of a repository."""

    def __init__(self, folder: Path, new: str) -> None:
        super().__init__(folder, new=new)
        self.lock = self.home / "package.lock"
        # Whether there are releases of two branches here, and none yet that holds both.
        self.met = False
        # The numbers by which learners of the releases here know notes and cards.
        self.numbers: dict[Card, set[int]] = {}

    def write(self) -> bool:
        return super().write() or self.met

    def pull(self, other: "Branch") -> None:
        """Go on with what the other branch has, which has all that is here."""
        rmtree(self.home, ignore_errors=True)
        copytree(other.home, self.home)
        self.files = {file: [*names] for file, names in other.files.items()}
        self.titles, self.color = {**other.titles}, other.color
        self.written = {**other.written}
        self.drafts, self.retired, self.known = {**other.drafts}, {**other.retired}, {**other.known}
        self.releases, self.met = [*other.releases], other.met
        self.numbers = {card: {*numbers} for card, numbers in other.numbers.items()}

    def merge(self, other: "Branch", picks: list[str]) -> None:
        """Take in the other branch; picks say which text of a note stays."""
        told = merge_lock_files(self.lock, other.lock, "package.lock")
        # Both may have put other words into one gap, or into all of a note that both began with.
        known = ("on one branch", "to different notes")
        assert all(any(words in each.message for words in known) for each in told)
        self._merge_releases(other)
        self._merge_texts(other, picks)
        for card, numbers in other.numbers.items():
            self.numbers[card] = self.numbers.get(card, set()) | numbers
        lock = read_lock("package.lock", self.lock.read_text("utf-8"))
        notes = [*lock.notes.values(), *(each.note for each in lock.retired.values())]
        assert all(each.nid in self.numbers[each.note_id, NOTE] for each in notes)
        assert len({each.nid for each in notes}) == len(notes) == len(self.known)

    def _merge_releases(self, other: "Branch") -> None:
        shared = {each.time for each in self.releases if each in other.releases}
        ahead = [
            one
            for one, two in ((self, other), (other, self))
            if any(each not in two.releases for each in one.releases)
        ]
        self.met = len(ahead) > 1 or any(each.met for each in ahead or (self, other))
        if ahead == [other]:
            self.written, self.known = {**other.written}, {**other.known}
        new = [each for each in other.releases if each not in self.releases]
        self.releases = sorted([*self.releases, *new], key=lambda each: each.time)
        if len(ahead) == 1:
            return
        for name, theirs in other.known.items():
            first, last = sorted((self.known.get(name, theirs), theirs), key=lambda each: each[1])
            # What one branch left alone, the other has put right; else learners have two things.
            apart = first[0] != last[0] and first[1] not in shared
            apart = apart or None in (first[0], last[0])
            self.known[name] = (None, last[1]) if apart else last

    def _merge_texts(self, other: "Branch", picks: list[str]) -> None:
        everything = {**other.retired, **self.retired, **other.drafts, **self.drafts}
        drafts = {
            name: draft
            for name, pick in zip(sorted(everything), cycle(picks), strict=False)
            if (draft := _pick(name, pick, *(each for each in (self, other) if each.has(name))))
        }
        self.drafts = drafts or everything
        self.retired = {name: each for name, each in everything.items() if name not in self.drafts}
        self.color = other.color if picks[0] == "theirs" else self.color
        placed = {name for names in self.files.values() for name in names}
        for file, names in other.files.items():
            self.files[file] += [name for name in names if name not in placed]
        for file, names in self.files.items():
            self.files[file] = [name for name in names if name in self.drafts]

    def has(self, name: str) -> bool:
        return name in self.drafts or name in self.retired

    def gave(self) -> None:
        super().gave()
        self.met = False
        # Everything has one number, by which learners know it. Only of an id that was given on
        # both branches, to two notes of other numbers, the one that came first has it its way.
        numbers = dict(_numbers(self.releases[-1].path))
        assert len({*numbers.values()}) == len(numbers)
        twice = {name for (name, _), known in self.numbers.items() if len(known) > 1}
        for card, number in numbers.items():
            known = self.numbers.get(card, {number})
            assert number in known or (card[0] in twice and card[1] != NOTE)
            self.numbers[card] = {number}


def _pick(name: str, pick: str, one: Branch, other: Branch | None = None) -> Draft | None:
    """Return what becomes of a note in a merge; a card that one branch added stays."""
    if other is None:
        return one.drafts.get(name)
    found = [each.drafts.get(name) for each in (one, other)]
    draft = {"ours": found[0], "theirs": found[1], "a third": found[0] or found[1]}[pick]
    if draft and pick == "a third":
        draft = replace(draft, answer=f"third-{name}")
    everything = [(each.drafts | each.retired)[name] for each in (one, other)]
    return draft and replace(
        draft,
        clozes=max(each.clozes for each in everything),
        reversed=any(each.reversed for each in everything),
    )


def _numbers(path: Path) -> Iterator[tuple[Card, int]]:
    connection = sqlite3.connect(":memory:")
    connection.deserialize(zipfile.ZipFile(path).read("collection.anki2"))
    for note, fields, ordinal, card in connection.execute(
        "select nid, flds, ord, c.id from cards c join notes n on n.id = nid"
    ):
        found = re.search("\x1fdemo/([^\x1f]+)", fields)
        assert found
        yield (found[1], NOTE), note
        yield (found[1], ordinal), card
    connection.close()


class Fork(Lives):
    """Two trainers on two branches, a learner of each, and one who changes over again and again."""

    @initialize(
        scene=st.sampled_from(["", "apart", "alike", "again", "behind"]),
        place=PLACES,
        luck=st.booleans(),
    )
    def begin(self, scene: str, place: int, luck: bool) -> None:
        ours, theirs = (Branch(self.folder / each, each) for each in ("ours", "theirs"))
        self.branches = [ours, theirs]
        self.authors = [ours, theirs]
        self.both = (f"both-{number}" for number in count())
        for file, clozes in (("1", 0), ("1", 0), ("2", 2), ("3", 0)):
            ours.add(file=file, question="amber", answer="brook", clozes=clozes)
        self.release(ours)
        theirs.pull(ours)
        self.learners = [Witness(self.folder / f"learner-{number}") for number in range(3)]
        for who in range(3):
            self.import_release(who, side=0, back=0, wait=0)
        # Random acts seldom do any of these.
        words = "cedar", "delta"
        if scene == "apart":
            self.meet_apart(who=place, file="1", word="cedar", later=luck)
        elif scene == "alike":
            self.correct_the_same(place, words, ("red", "blue"), later=False, wait=1)
            for who in range(2):
                self.import_release(who, side=0, back=0, wait=0)
            self.merge(who=0, picks=["ours" if luck else "theirs"], pulls=True, wait=1)
        elif scene == "again":
            self.meet_again(0, place, words, picks=("theirs", "theirs"), pulls=luck)
        elif scene == "behind":
            self.fall_behind(who=place, place=place, words=words, pick="ours")
        self.come_together()

    @rule(who=WHO, wait=WAITS)
    def publish(self, who: int, wait: int) -> None:
        self.tick(wait)
        self.release(self.author(who))

    # Some trainers publish at midnight: both in the same second.
    @rule(
        place=PLACES,
        words=st.tuples(WORDS, WORDS),
        colors=st.none() | st.tuples(COLORS, COLORS),
        later=st.booleans(),
        wait=WAITS,
    )
    def correct_the_same(
        self,
        place: int,
        words: tuple[str, str],
        colors: tuple[str, str] | None,
        later: bool,
        wait: int,
    ) -> None:
        ours, theirs = self.branches
        names = sorted(ours.drafts.keys() & theirs.drafts.keys())
        self.tick(1)
        if colors:
            ours.color, theirs.color = colors
        for branch, word in zip(self.branches, words, strict=True):
            if names:
                name = names[place % len(names)]
                branch.drafts[name] = replace(branch.drafts[name], answer=f"{word}-{name}")
            self.release(branch)
            self.tick(wait * later)

    @rule(file=FILES, words=st.tuples(WORDS, WORDS), cloze=st.booleans())
    def add_the_same(self, file: str, words: tuple[str, str], cloze: bool) -> None:
        name = next(self.both)
        for branch, word in zip(self.branches, words, strict=True):
            branch.add(file, question=word, answer=word, clozes=int(cloze), name=name)

    @rule(who=WHO, side=WHO, back=st.sampled_from([0, 0, 1, 2]), wait=WAITS)
    def import_release(self, who: int, side: int, back: int, wait: int) -> None:
        self.tick(wait)
        # The first two learners are true to their branch.
        who %= len(self.learners)
        releases = self.author(who if who < 2 else side).releases
        self.learners[who].import_release(releases[-1 - back % len(releases)])

    @rule(who=WHO, picks=PICKS, pulls=st.booleans(), wait=st.none() | WAITS)
    def merge(self, who: int, picks: list[str], pulls: bool, wait: int | None) -> None:
        ours, theirs = self.branches[who % 2], self.branches[1 - who % 2]
        ours.merge(theirs, picks)
        if wait is not None:
            self.publish(who, wait)
        if pulls:
            theirs.pull(ours)

    @rule(who=WHO, file=FILES, word=WORDS, later=st.booleans())
    def meet_apart(self, who: int, file: str, word: str, later: bool) -> None:
        """Let the branches meet when neither did anything to what the other did."""
        self.tick(1)
        for branch in self.branches:
            branch.add(file=file, question=word, answer=word)
            self.release(branch)
            self.tick(int(later))
        self.merge(who, ["ours"], pulls=True, wait=1)

    # With no word but what one of them has.
    @rule(
        who=WHO,
        place=PLACES,
        words=st.tuples(WORDS, WORDS),
        picks=st.tuples(ONE, ONE),
        pulls=st.booleans(),
    )
    def meet_again(
        self, who: int, place: int, words: tuple[str, str], picks: tuple[str, str], pulls: bool
    ) -> None:
        """Let the branches meet twice before what both changed goes out again."""
        self.correct_the_same(place, words, None, later=True, wait=1)
        self.merge(who, [picks[0]], pulls=False, wait=None)
        theirs = self.author(who + 1)
        theirs.reword(place + 1, "answer", words[0])
        self.release(theirs)
        self.merge(who, [picks[1]], pulls=pulls, wait=1)

    @rule(who=WHO, place=PLACES, words=st.tuples(WORDS, WORDS), pick=ONE)
    def fall_behind(self, who: int, place: int, words: tuple[str, str], pick: str) -> None:
        """Let one branch publish what both have, and then take in the other, which did not."""
        self.correct_the_same(place, words, None, later=True, wait=1)
        self.merge(who, [pick], pulls=True, wait=None)
        self.publish(who, wait=1)
        self.merge(who, ["ours"], pulls=False, wait=None)
        self.author(who).reword(place + 1, "answer", words[0])
        self.publish(who, wait=1)

    def come_together(self) -> None:
        self.merge(who=0, picks=["theirs", "ours"], pulls=True, wait=1)
        for learner in self.learners:
            learner.import_release(self.authors[0].releases[-1])
            learner.see_newest(self.authors[0].releases[-1])

    def end(self) -> None:
        self.come_together()
        for learner in self.learners:
            learner.see_no_fault()


BROKEN = {
    "cards are counted from the time of the release": (
        "releases/edition.py",
        "counter = count(release.time * 1000) if release.counted else None",
        "counter = count(release.time * 1000)",
    ),
    "notes are counted from the time of the release that adds them": (
        "releases/changes.py",
        "numbers[note.note_id] = free_number(package.lock.key, note.guid, time, taken)",
        "numbers[note.note_id] = time * 1000 + len(numbers)",
    ),
    "notes are counted from the time of each release": (
        "releases/edition.py",
        "nid=published.nid",
        "nid=lock.releases[-1].time * 1000 + [*lock.notes].index(note.note_id)",
    ),
    "one side's lock is kept whole": (
        "commands/merging_locks.py",
        "lock, apart = merge_locks(ours, theirs)",
        "lock, apart = ours, ()",
    ),
    "what both branches changed is forgotten": (
        "releases/branches.py",
        "last = replace(last, source=_UNKNOWN, rendered=_UNKNOWN)",
        "pass",
    ),
    "the later record is kept, although the other's words are published": (
        "releases/branches.py",
        "last = replace(last, source=_UNKNOWN, rendered=_UNKNOWN)",
        "last = replace(last, source=first.source, rendered=first.rendered)",
    ),
    "what both branches changed of a look is forgotten": (
        "releases/branches.py",
        "return replace(last, look=_UNKNOWN)",
        "pass",
    ),
    "what one branch left alone goes out again": (
        "releases/branches.py",
        "(_words(first) != _words(last) and first.changed not in shared)",
        "_words(first) != _words(last)",
    ),
    "the earlier record is kept": (
        "releases/branches.py",
        "first, last = sorted(both, key=_age)",
        "last, first = sorted(both, key=_age)",
    ),
    "a merged note has the number of the branch that changed it last": (
        "releases/branches.py",
        "        nid=older.nid,\n",
        "        nid=last.nid + first.changed,\n",
    ),
    "what was retired is forgotten": (
        "releases/branches.py",
        "known = [published_notes(side) for side in sides]",
        "known = [dict(side.notes) for side in sides]",
    ),
    "what both branches changed is forgotten when they meet again": (
        "releases/branches.py",
        "is_open = _UNKNOWN in {first.source, last.source}",
        "is_open = False",
    ),
    "a branch that is behind counts as much as one that is ahead": (
        "releases/branches.py",
        "if len(ahead) == 1:",
        "if False:",
    ),
    "nothing is to be released after a merge": (
        "releases/branches.py",
        "merged=bool(ahead) or ours.merged or theirs.merged",
        "merged=False",
    ),
}
"""Faults that lives must find: a module, what stands in it, and what is put in its place."""

LIVES = """\
from tests.helpers.lives import search
from tests.whole.test_lives_of_branches import Fork
search(Fork)
"""


def test_the_faults_that_lives_must_find_can_still_be_made() -> None:
    see_that_faults_can_be_made(BROKEN.values())


def test_a_few_forks_lose_nothing() -> None:
    run_state_machine_as_test(Fork, settings=settings(FEW, max_examples=3))


@pytest.mark.slow
@pytest.mark.long
def test_many_forks_lose_nothing() -> None:
    run_state_machine_as_test(Fork, settings=settings(MANY, max_examples=10))


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("fault", BROKEN)
def test_forks_find_a_broken_ankibuild(tmp_path: Path, fault: str) -> None:
    see_that_lives_find(BROKEN[fault], LIVES, tmp_path)
