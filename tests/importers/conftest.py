"""A deck that was made in Anki by hand, and a learner of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.adopting import MEDIA
from tests.helpers.authors import NOTES, add_note, export_deck
from tests.helpers.learner import Learner, Log

MADE = 1_700_000_000


@pytest.fixture
def author(tmp_path: Path) -> Iterator[Learner]:
    """Return someone who made a deck in Anki by hand."""
    with Learner.at(tmp_path / "author") as author:
        for name, data in MEDIA.items():
            assert author.collection.media.write_data(name, data) == name
        for guid, note_type, deck, tags, fields in NOTES:
            add_note(author, guid, note_type, deck, tags, fields)
        # Made last year, a day apart: what is made within one second cannot be told apart.
        database = author.collection.db
        assert database
        database.execute("update notes set mod = ? + (id % 50) * 86400", MADE)
        yield author


@pytest.fixture
def deck(author: Learner, tmp_path: Path) -> Path:
    """Return the author's deck as a file."""
    return export_deck(author, tmp_path / "spanish.apkg")


@pytest.fixture
def studied(learner: Learner, deck: Path) -> Learner:
    """Return a learner who studies the deck, and has own edits and tags in it."""
    assert learner.import_package(deck) == Log(len(NOTES), 0, 0, 0)
    learner.study()
    learner.edit("both.", "Back", "to be, or not")
    learner.tag("typed", "hard")
    return learner
