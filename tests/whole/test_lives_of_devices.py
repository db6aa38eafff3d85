"""Random lives of an account: devices that import, study and synchronise in any order.

What no package can prevent in Anki plays no part in what these lives claim. A deck gets another
number on each device that imports before it synchronises, so decks are there twice. Of two rows of
a card the one that was changed later wins: who studies a card on one device and suspends it on
another, without a sync in between, has only the latter; the reviews of both are there. Of a card
that nobody touched its deck and its place among the new ones may differ. A flag changes a card, but
not its time, so two devices may keep two flags.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from tests.helpers.devices import Account
from tests.helpers.lives import (
    FEW,
    MANY,
    PLACES,
    WAITS,
    WHO,
    WORDS,
    Author,
    Card,
    Lives,
    Memory,
    Witness,
    see_that_faults_can_be_made,
    see_that_lives_find,
)


class Household(Lives):
    """An author of two packages, and two or three devices of one account."""

    flags: ClassVar = (0,)
    address: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.account = Account(self.address)
        self.server = Memory()

    @initialize(devices=st.integers(2, 3), late=st.booleans(), place=PLACES)
    def begin(self, devices: int, late: bool, place: int) -> None:
        # Their notes have the same ids, and so much as the same words.
        self.authors = [Author(self.folder / "repository", name) for name in ("demo", "more")]
        for author in self.authors:
            for file, clozes in (("1", 0), ("2", 2)):
                author.add(file=file, question="amber", answer="brook", clozes=clozes)
        self.learners = [Witness(self.folder / f"{number}") for number in range(devices)]
        self.account.add(*(each.learner for each in self.learners))
        self.release(*self.authors)
        for who in range(2):
            self.import_and_study(device=0, who=who, back=0, start=0)
        if late:
            # Random acts seldom do it: what one device has studied comes corrected to another, to
            # which the packages come in another order.
            self.correct(who=0, place=place, word="cedar", wait=0)
            for who in (1, 0):
                self.import_release(device=1, who=who, back=0)
            self.sync_all(0)

    def tick(self, wait: int) -> int:
        # What two devices do to one row in the same second, each keeps for itself.
        return super().tick(wait + 1)

    @rule(who=WHO, together=st.booleans(), wait=WAITS)
    def publish(self, who: int, together: bool, wait: int) -> None:
        self.tick(wait)
        self.release(*(self.authors if together else [self.author(who)]))

    # The last device never imports: AnkiDroid, say, on which its owner only studies.
    @rule(device=st.integers(0, 1), who=WHO, back=st.integers(0, 3))
    def import_release(self, device: int, who: int, back: int) -> None:
        releases = self.author(who).releases
        self.learners[device].import_release(releases[-1 - back % len(releases)])

    @rule(device=st.integers(0, 1), who=WHO, back=st.integers(0, 3), start=st.integers(0, 3))
    def import_and_study(self, device: int, who: int, back: int, start: int) -> None:
        self.import_release(device, who, back)
        self.learners[device].study(self.tick(0), start)

    @rule(who=WHO, place=PLACES, word=WORDS, wait=WAITS)
    def correct(self, who: int, place: int, word: str, wait: int) -> None:
        self.author(who).reword(place, "answer", word)
        self.publish(who, together=False, wait=wait)

    @rule(who=WHO, whole=st.sampled_from([False, False, False, True]))
    def sync(self, who: int, whole: bool) -> None:
        if whole:
            self.sync_all(who)
            return
        device = self.learner(who)
        self.account.sync(device.learner)
        self.server.join(device.memory)
        device.memory.join(self.server)
        device.see()

    def sync_all(self, first: int) -> None:
        for who in range(2 * len(self.learners)):
            self.sync(first + who, whole=False)
        self.see_that_all_are_equal()

    @rule(who=WHO)
    def check(self, who: int) -> None:
        self.learner(who).see_no_fault()

    def end(self) -> None:
        self.sync_all(0)
        for author in self.authors:
            for device in self.learners[:2]:
                device.import_release(author.releases[-1])
        self.sync_all(1)
        self.account.settle()
        self.see_that_all_are_equal()
        for device in self.learners:
            for author in self.authors:
                device.see_newest(author.releases[-1])
            device.see_no_fault()
        for device in self.learners:
            self.account.sync(device.learner)

    def see_that_all_are_equal(self) -> None:
        for one, other in combinations(self.learners, 2):
            assert one.memory == other.memory
            assert _numbers(one) == _numbers(other)


def _numbers(device: Witness) -> list[tuple[str | Card, int]]:
    """Return what synchronising goes by: the numbers of all notes and cards."""
    notes = [(name, row.number) for name, row in device.notes().items()]
    return sorted([*notes, *((card, row.number) for card, row in device.cards().items())], key=str)


@contextmanager
def households(folder: Path) -> Iterator[type[Household]]:
    """Yield households that live one after the other, with one server."""
    with Account.at(folder / "server") as account:

        class Home(Household):
            address = account.address

        yield Home


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
    "cards have the time of their note": (
        "releases/edition.py",
        "made = min(published.nid // 1000, modified)",
        "made = modified",
    ),
    "notes of two packages have the same GUIDs": (
        "commands/notes.py",
        "source.guid or note_guid(settings.key, source.note_id)",
        "note_guid(type(settings.key)(int=0), source.note_id)",
    ),
}
"""Faults that lives must find: a module, what stands in it, and what is put in its place."""

LIVES = """\
from pathlib import Path
from tests.helpers.lives import search
from tests.whole.test_lives_of_devices import households
with households(Path("lives")) as home:
    search(home)
"""


def test_the_faults_that_lives_must_find_can_still_be_made() -> None:
    see_that_faults_can_be_made(BROKEN.values())


@pytest.mark.slow
def test_a_few_households_lose_nothing(tmp_path: Path) -> None:
    with households(tmp_path) as home:
        run_state_machine_as_test(home, settings=settings(FEW, max_examples=2))


@pytest.mark.slow
@pytest.mark.long
def test_many_households_lose_nothing(tmp_path: Path) -> None:
    with households(tmp_path) as home:
        run_state_machine_as_test(home, settings=settings(MANY, max_examples=10))


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("fault", BROKEN)
def test_households_find_a_broken_ankibuild(tmp_path: Path, fault: str) -> None:
    see_that_lives_find(BROKEN[fault], LIVES, tmp_path)
