"""What the tests share: a trainer's folder, and learners with a real Anki."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.helpers.learner import Learner
from tests.helpers.trainer import Trainer

# What differs is shown, as in a test.
pytest.register_assert_rewrite("tests.helpers.lives")

# The same code passes or fails the same way everywhere; ANKIBUILD_RANDOM=1 goes looking for more.
settings.register_profile("same", derandomize=not os.environ.get("ANKIBUILD_RANDOM"))
settings.load_profile("same")


@pytest.fixture
def trainer(tmp_path: Path) -> Trainer:
    """Return a trainer in an empty folder."""
    return Trainer(tmp_path / "repository")


@pytest.fixture
def learner(tmp_path: Path) -> Iterator[Learner]:
    """Return a learner with an empty collection."""
    with Learner.at(tmp_path / "learner") as learner:
        yield learner
