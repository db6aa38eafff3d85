"""What the add-on does in a collection, with the real Anki and without its window."""

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest

from ankibuild.releases.addon import deciding, importing
from ankibuild.releases.addon.deciding import Due, Offer
from tests.helpers.demo import DAY, EDITED, START
from tests.helpers.learner import Learner
from tests.helpers.trainer import SETTINGS, Trainer

PAGE = "https://decks.example.org/"
OTHER = "https://other.example.org/"
PRESETS = {"mergeNotetypes": True, "updateNotes": "Never", "withScheduling": True}


@pytest.fixture
def update(published: Trainer) -> tuple[Offer, dict[str, int], bytes]:
    """Return version 1.1.0: as the list has it, its notes, and its file."""
    published.write_package(
        f"{EDITED}\n## What is a bill? {{#bill}}\n\nA sum.\n", settings=SETTINGS
    )
    published.release(START + DAY)
    dist = published.folder / "dist"
    (offer,) = deciding.read_listing((dist / "index.json").read_bytes(), PAGE)
    notes = deciding.read_manifest((dist / "demo-1.1.0.json").read_bytes(), offer)
    return offer, notes, (dist / offer.file).read_bytes()


def presets(learner: Learner) -> list[Any]:
    col = learner.collection
    return [str(col._backend.get_import_anki_package_presets()), *map(col.get_config, PRESETS)]


def records(learner: Learner) -> dict[str, Any]:
    config = learner.collection.all_config()
    return {key: value for key, value in config.items() if key.startswith("ankibuild ")}


@pytest.mark.parametrize("own", [{}, PRESETS])
def test_an_import_is_one_step_to_undo_and_leaves_the_options_of_the_learner(
    studied: Learner, update: tuple[Offer, dict[str, int], bytes], own: dict[str, Any]
) -> None:
    offer, notes, data = update
    col = studied.collection
    studied.date_back(START)
    for key, value in own.items():
        col.set_config(key, value)
    before = presets(studied)
    assert importing.weigh(col, offer, notes) == Due("", True, False, 1, 1)
    log = importing.import_package(col, offer, notes, data).log
    assert (len(log.new), len(log.updated)) == (1, 1)
    assert presets(studied) == before
    place = f"ankibuild {PAGE} {offer.key}"
    assert records(studied) == {place: {"version": "1.1.0", "left": 0}}
    assert col.undo().operation == "Import"
    assert presets(studied) == before
    assert records(studied) == {}
    assert len(studied.notes()) == 4
    assert len(studied.reviews()) == 5


def test_the_options_are_put_back_when_the_file_cannot_be_removed(
    studied: Learner,
    update: tuple[Offer, dict[str, int], bytes],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """As on Windows, where something looks into each new file."""
    offer, notes, data = update
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    studied.date_back(START)
    for key, value in PRESETS.items():
        studied.collection.set_config(key, value)
    before = presets(studied)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("used by another program")

    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", refuse)
        patch.setattr(os, "rmdir", refuse)
        done = importing.import_package(studied.collection, offer, notes, data)
    assert len(done.log.new) == 1
    assert [*tmp_path.glob("anki-deck-*/*")]
    assert presets(studied) == before
    assert records(studied) != {}


def test_a_file_that_is_no_package_changes_nothing_and_does_not_stay(
    studied: Learner,
    update: tuple[Offer, dict[str, int], bytes],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    offer, notes, _ = update
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = presets(studied)
    with pytest.raises(Exception, match="invalid Zip archive"):
        importing.import_package(studied.collection, offer, notes, b"junk")
    assert not [*tmp_path.glob("anki-deck-*")]
    assert (presets(studied), records(studied)) == (before, {})


def test_what_came_another_way_is_not_imported_again(
    studied: Learner, update: tuple[Offer, dict[str, int], bytes], published: Trainer
) -> None:
    offer, notes, data = update
    studied.date_back(START)
    studied.import_package(published.folder / "dist" / offer.file)
    assert importing.import_package(studied.collection, offer, notes, data) is None


def test_looking_takes_nothing_from_what_can_be_done_again(
    studied: Learner, update: tuple[Offer, dict[str, int], bytes], published: Trainer
) -> None:
    """Whatever is written into a collection, Anki forgets what was undone."""
    offer, notes, _ = update
    col = studied.collection
    studied.import_package(published.folder / "dist" / offer.file)
    studied.edit("fee", "Extra", "mine")
    col.undo()
    assert importing.weigh(col, offer, notes) is None
    assert col.undo_status().redo == "Update Note"
    assert records(studied) == {}
    col.redo()
    assert importing.weigh(col, offer, notes) is None
    assert col.undo_status().undo == "Update Note"
    assert [*records(studied).values()] == [{"version": "1.1.0"}]


def test_publishers_whose_packages_have_one_key_share_no_record(
    learner: Learner, update: tuple[Offer, dict[str, int], bytes]
) -> None:
    offer, notes, _ = update
    col = learner.collection
    importing.remember(col, offer, skip="1.1.0")
    importing.remember(col, offer._replace(page=OTHER), version="1.0.0")
    places = [f"ankibuild {each} {offer.key}" for each in (PAGE, OTHER)]
    assert records(learner) == dict(
        zip(places, ({"skip": "1.1.0"}, {"version": "1.0.0"}), strict=True)
    )
    due = importing.weigh(col, offer._replace(page=f"{PAGE}b/"), notes)
    assert due
    assert not due.is_refused
