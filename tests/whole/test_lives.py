"""Random lives of a deck and of its learner: whatever happens, nothing is lost."""

from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from tests.helpers.lives import (
    FEW,
    MANY,
    PLACES,
    WAITS,
    Author,
    Lives,
    Witness,
    see_that_faults_can_be_made,
    see_that_lives_find,
)


class Life(Lives):
    """A trainer, a learner with a real Anki, and what both may expect."""

    @initialize()
    def begin(self) -> None:
        self.authors = [Author(self.folder / "repository")]
        self.learners = [Witness(self.folder / "learner")]
        for file, clozes, own in (
            *(("1", 0, False), ("1", 0, True)),
            *(("2", 2, False), ("2", 2, True)),
        ):
            self.authors[0].add(file=file, question="amber", answer="brook", clozes=clozes, own=own)
        self.release(*self.authors)
        self.import_release(back=0)
        self.learners[0].study(self.clock)

    def end(self) -> None:
        self.import_release(back=0)
        self.learners[0].see_newest(self.authors[0].releases[-1])
        self.learners[0].see_no_fault()

    @rule(wait=WAITS, restamped=st.none() | PLACES)
    def publish(self, wait: int, restamped: int | None) -> None:
        author = self.authors[0]
        fresh = frozenset() if restamped is None else {author.name_at(restamped)}
        self.tick(wait)
        self.release(author, restamped=author.published() & fresh)

    @rule(back=st.integers(0, 3), wait=WAITS)
    def import_release(self, back: int, wait: int = 0) -> None:
        self.tick(wait)
        releases, learner = self.authors[0].releases, self.learners[0]
        release = releases[-1 - back % len(releases)]
        new = learner.import_release(release)
        ours = {name for name in learner.learner.note_types() if name.startswith("demo ")}
        kinds = ("front-back", "cloze", "Vocabulary", "Gaps")
        assert ours == {f"demo {kind} (ankibuild)" for kind in kinds}
        decks = {card: learner.deck_of(card) for card in new}
        assert decks == {card: release.decks[card[0]] for card in new}
        learner.see_blank_cards()

    @rule(wait=WAITS, restamped=st.none() | PLACES)
    def update(self, wait: int, restamped: int | None) -> None:
        self.publish(wait=wait, restamped=restamped)
        self.import_release(back=0)


BROKEN = {
    "all notes have the time of the last release": (
        "releases/edition.py",
        "modified = published.changed",
        "modified = lock.releases[-1].time",
    ),
    "times are a second late": (
        "releases/edition.py",
        "modified = published.changed",
        "modified = published.changed + 1",
    ),
    "corrected notes keep their time": (
        "releases/changes.py",
        "if old is None or _is_changed(note, old) or",
        "if old is None or",
    ),
    "restored notes keep their first time": (
        "releases/changes.py",
        "notes[note.note_id] = locked",
        "notes[note.note_id] = replace(locked, changed=lock.releases[0].time)"
        " if note.note_id in lock.retired else locked",
    ),
    "GUIDs follow the wording": (
        "commands/notes.py",
        "source.guid or note_guid(settings.key, source.note_id)",
        "note_guid(settings.key, source.note_id + parts.heading.html)",
    ),
    "GUIDs follow the file": (
        "commands/notes.py",
        "source.guid or note_guid(settings.key, source.note_id)",
        "note_guid(settings.key, source.note_id + source.heading.path)",
    ),
    "note types have a new id once a note is retired": (
        "anki/note_types.py",
        "id=note_type_id(settings.key, kind)",
        "id=note_type_id(settings.key, kind) + len(settings.retired)",
    ),
    "ids of a package's own note types follow their look": (
        "anki/type_files.py",
        "id=note_type_id(settings.key, kind),",
        "id=note_type_id(settings.key, kind) + len(css),",
    ),
    "only first cards are written": (
        "anki/apkg_writer.py",
        "in zip(row.cards, row.note.ordinals, strict=True):",
        "in [*zip(row.cards, row.note.ordinals, strict=True)][:1]:",
    ),
}
"""Faults that lives must find: a module, what stands in it, and what is put in its place."""


LIVES = """\
from tests.helpers.lives import search
from tests.whole.test_lives import Life
search(Life)
"""


def test_the_faults_that_lives_must_find_can_still_be_made() -> None:
    see_that_faults_can_be_made(BROKEN.values())


def test_a_few_lives() -> None:
    run_state_machine_as_test(Life, settings=FEW)


@pytest.mark.slow
@pytest.mark.long
def test_many_lives() -> None:
    run_state_machine_as_test(Life, settings=MANY)


@pytest.mark.slow
@pytest.mark.parametrize("fault", BROKEN)
def test_lives_find_a_broken_ankibuild(tmp_path: Path, fault: str) -> None:
    see_that_lives_find(BROKEN[fault], LIVES, tmp_path)
