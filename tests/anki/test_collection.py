"""A learner's collection in a real Anki: what a rehearsal does in it, and what it sees."""

import pytest

from ankibuild.anki.collection import (
    OWN_DECK,
    edit_and_tag,
    import_package,
    move_cards,
    open_collection,
    read_state,
    study,
)
from tests.helpers.trainer import Trainer


def test_what_a_learner_does_is_seen(published: Trainer) -> None:
    with open_collection() as collection:
        log = import_package(collection, published.folder / "dist/demo-1.0.0.apkg")
        assert (log.new, log.updated, log.duplicate, log.conflicting) == (4, 0, 0, 0)
        new = read_state(collection)
        study(collection)
        edit_and_tag(collection, [note for note in new.notes.values() if "meter" in note.name])
        move_cards(collection)
        seen = read_state(collection)
    assert (len(new.notes), len(new.cards), len(new.reviews)) == (4, 5, 0)
    assert len(seen.reviews) == 5
    assert [
        seen.notes[each].name for each in seen.notes if seen.notes[each] != new.notes[each]
    ] == ["demo/meter"]
    assert all(seen.cards[each].progress != new.cards[each].progress for each in new.cards)
    assert [card.deck for card in seen.cards.values()].count(OWN_DECK) == 2
    faults = (seen.without_content, seen.without_cards, seen.doubled, seen.missing_media)
    assert not any(faults)
    assert seen.schema_time == new.schema_time


def test_an_older_anki_is_as_good_as_none(
    published: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ankibuild.anki.collection.version", lambda name: "24.11")
    assert "needs Anki's own library" in published.run("rehearse").stderr
