"""What the tests share: a trainer's folder, and learners with a real Anki."""

import os
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import settings

from tests.helpers.authors import NOTES, add_note, export_deck
from tests.helpers.branches import Branches
from tests.helpers.demo import FIRST, START, import_release
from tests.helpers.hostile_packages import Members
from tests.helpers.learner import Learner, Log
from tests.helpers.trainer import Trainer

# What differs is shown, as in a test.
pytest.register_assert_rewrite("tests.helpers.lives")

# Nothing that is written here has to outlast a power cut.
os.fsync = lambda fd: None

# The same code passes or fails the same way everywhere; ANKIBUILD_RANDOM=1 goes looking for more.
settings.register_profile("same", derandomize=not os.environ.get("ANKIBUILD_RANDOM"))
settings.load_profile("same")


@pytest.fixture(autouse=True, scope="session")
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what is made of notes in a folder of these tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANKIBUILD_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let long tests begin first, so that in the end nothing waits for one of them.

    Each worker is given one stretch of the list, and later takes from the end of another's.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    long = [item for item in items if item.get_closest_marker("long")]
    others = iter([item for item in items if not item.get_closest_marker("long")])
    ordered: list[pytest.Item] = []
    for worker in range(workers):
        ordered += long[worker::workers]
        ordered += islice(others, max(len(items) * (worker + 1) // workers - len(ordered), 0))
    items[:] = [*ordered, *others]


@pytest.fixture
def trainer(tmp_path: Path) -> Trainer:
    """Return a trainer in an empty folder."""
    return Trainer(tmp_path / "repository")


@pytest.fixture
def learner(tmp_path: Path) -> Iterator[Learner]:
    """Return a learner with an empty collection."""
    with Learner.at(tmp_path / "learner") as learner:
        yield learner


@pytest.fixture
def published(trainer: Trainer) -> Trainer:
    """Return a trainer who has published version 1.0.0."""
    trainer.write_package(FIRST)
    trainer.release(START)
    return trainer


@pytest.fixture
def studied(published: Trainer, learner: Learner) -> Learner:
    """Return a learner who has imported and studied version 1.0.0."""
    assert import_release(learner, published, "1.0.0") == Log(4, 0, 0, 0)
    learner.study()
    return learner


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Members]:
    """Return the members of a sound package, legacy and not."""
    folder = tmp_path_factory.mktemp("sound")
    with Learner.at(folder / "author") as author:
        add_note(author, *NOTES[0])
        found = {}
        for legacy in (True, False):
            with zipfile.ZipFile(export_deck(author, folder / "x.apkg", legacy=legacy)) as file:
                found[legacy] = {name: file.read(name) for name in file.namelist()}
    return found


@pytest.fixture
def branches(trainer: Trainer, tmp_path: Path) -> Branches:
    """Return a repository with a release, from which branches go off."""
    return Branches(trainer, tmp_path / "packages")
