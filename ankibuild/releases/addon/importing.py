"""What the add-on does in a learner's collection: weighs a version against it, and imports."""

from __future__ import annotations

from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

from anki.collection import Collection
from anki.import_export_pb2 import ImportAnkiPackageOptions, ImportAnkiPackageRequest

from . import deciding
from .deciding import Due, Offer

# Where Anki keeps how a learner imported last, which is how the next import would begin.
_PRESETS = "mergeNotetypes updateNotes updateNotetypes withDeckConfigs withScheduling".split()


def weigh(col: Collection, offer: Offer, notes: dict[str, int]) -> Due | None:
    """Return what an import would bring to a collection, None for nothing."""
    descriptions = (deck.get("desc", "") for deck in col.decks.all())
    described = deciding.described_version(descriptions, offer)
    record = col.get_config(_place_of(offer), {})
    due = deciding.weigh(offer, notes, _held_in(col), described, record)
    # At whatever is written Anki forgets what it could redo. This can wait for another day.
    if notes and not due and "version" not in record and not col.undo_status().redo:
        remember(col, offer, version=offer.version)
    return due


def import_package(col: Collection, offer: Offer, notes: dict[str, int], data: bytes) -> Any:
    """Import as the dialog does by default, and leave the learner's defaults for it alone.

    All of it is one step to undo. Returns Anki's account, and None, with nothing done, where the
    version came another way meanwhile.
    """
    if not weigh(col, offer, notes):
        return None
    presets = {key: col.get_config(key) for key in _PRESETS}
    folder = mkdtemp(prefix="anki-deck-")
    try:
        path = Path(folder, "update.apkg")
        path.write_bytes(data)
        options = ImportAnkiPackageOptions()
        request = ImportAnkiPackageRequest(package_path=str(path), options=options)
        done = col.import_anki_package(request)
    finally:
        # On Windows that fails where something reads the file.
        rmtree(folder, ignore_errors=True)
    step = col.undo_status().last_step
    for key, value in presets.items():
        if value is None:
            col.remove_config(key)
        else:
            col.set_config(key, value, undoable=True)
    left = deciding.count_older(notes, _held_in(col))
    col.set_config(_place_of(offer), {"version": offer.version, "left": left}, undoable=True)
    col.merge_undo_entries(step)
    return done


def remember(col: Collection, offer: Offer, **values: str) -> None:
    """Add to what was done with a package, which the collection keeps for all devices."""
    col.set_config(_place_of(offer), {**col.get_config(_place_of(offer), {}), **values})


def _place_of(offer: Offer) -> str:
    # Another publisher's package may have the same key, if one began as a copy of the other.
    return f"ankibuild {offer.page} {offer.key}"


def _held_in(col: Any) -> dict[str, int]:
    """Return the modified times of all notes in a collection by their GUIDs."""
    return dict(col.db.execute("select guid, mod from notes"))
