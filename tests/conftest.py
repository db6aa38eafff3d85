"""What the tests share: a trainer's folder, and learners with a real Anki."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.learner import Learner
from tests.trainer import Trainer


@pytest.fixture
def trainer(tmp_path: Path) -> Trainer:
    """Return a trainer in an empty folder."""
    return Trainer(tmp_path / "repository")


@pytest.fixture
def learner(tmp_path: Path) -> Iterator[Learner]:
    """Return a learner with an empty collection."""
    with Learner.at(tmp_path / "learner") as learner:
        yield learner
