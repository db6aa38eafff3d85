"""A learner's collection in a real Anki: what a rehearsal does in it, and what it sees."""

from pathlib import Path

import pytest
from anki.decks import DeckId
from anki.notes import NoteId

from ankibuild.anki.collection import (
    OWN_DECK,
    edit_and_tag,
    import_package,
    is_possible,
    move_cards,
    open_collection,
    read_notes,
    read_state,
    study,
)
from ankibuild.core.problems import AnkibuildError
from tests.helpers.demo import START
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


@pytest.mark.parametrize(
    ("installed", "possible"),
    [
        *((each, True) for each in ("25.2", "25.2.7", "26.1")),
        *((each, False) for each in ("25.1.9", "24.11", "2.1.66", "unknown")),
    ],
)
def test_a_rehearsal_needs_an_anki_that_imports_as_it_does_now(
    monkeypatch: pytest.MonkeyPatch, installed: str, *, possible: bool
) -> None:
    monkeypatch.setattr("ankibuild.anki.collection.version", lambda name: installed)
    assert is_possible() is possible


def test_what_is_wrong_in_a_collection_is_seen(published: Trainer) -> None:
    with open_collection() as collection:
        import_package(collection, published.folder / "dist/demo-1.0.0.apkg")
        sound = read_state(collection)
        guids = {note.name.removeprefix("demo/"): guid for guid, note in sound.notes.items()}
        numbers = {guid: note.nid for guid, note in sound.notes.items()}
        moon = collection.get_note(numbers[guids["moon"]])
        moon["Text"] = 'The {{c1::moon}} and <img src="gone.png">'
        collection.update_note(moon)
        collection.media.write_data("unused.png", b"x")
        assert collection.db
        collection.db.execute("delete from cards where nid = ?", numbers[guids["fee"]])
        doubled = ("update notes set guid = ? where id = ?", guids["meter"])
        collection.db.execute(*doubled, numbers[guids["tariff"]])
        collection.mod_schema(check=False)
        seen = read_state(collection)
    assert set(guids) == {"fee", "meter", "moon", "tariff"}
    assert sound.cards.keys() == {
        *((guids[each], 0) for each in guids),
        (guids["moon"], 1),
    }
    assert {card.deck for card in sound.cards.values()} == {"Demo::Module 1"}
    assert sound.note_types == {"demo front-back (ankibuild)", "demo cloze (ankibuild)"}
    assert (sound.media, seen.media) == (0, 1)
    assert not sound.missing_media | sound.unused_media
    assert seen.without_content == {(guids["moon"], 1)}
    assert seen.without_cards == {guids["fee"]}
    assert seen.doubled == {guids["meter"]}
    assert seen.missing_media == {"gone.png"}
    assert seen.unused_media == {"unused.png"}
    assert seen.schema_time > sound.schema_time


def test_a_learners_own_words_and_tag_come_in_the_second_of_the_last_change(
    published: Trainer,
) -> None:
    with open_collection() as collection:
        import_package(collection, published.folder / "dist/demo-1.0.0.apkg")
        before = read_notes(collection)
        guid = next(guid for guid, note in before.items() if note.name == "demo/fee")
        edit_and_tag(collection, [before[guid]])
        after = read_notes(collection)
    note = after[guid]
    assert note.fields == ("What is a fee? (my own words)", *before[guid].fields[1:])
    assert note.tags == ("learner::own",)
    assert (note.modified, note.name) == (before[guid].modified, "demo/fee")
    assert note.modified == START
    assert not note.is_like(before[guid])
    assert note.is_like(note._replace(nid=NoteId(1), modified=1))
    assert {**after, guid: before[guid]} == before


@pytest.mark.parametrize(
    ("field", "answer", "name"),
    [
        ("<b>el</b> pan (my own words)", "x", "el pan"),
        ("w" * 70, "x", "w" * 60),
        ("<hr>", "x", "x"),
        ("<hr>", "<hr>", "my-guid"),
    ],
)
def test_a_note_of_another_making_is_known_by_what_it_asks(
    field: str, answer: str, name: str
) -> None:
    with open_collection() as collection:
        record = collection.models.by_name("Basic")
        assert record
        note = collection.new_note(record)
        note.guid, note.fields = "my-guid", [field, answer]
        collection.add_note(note, DeckId(1))
        assert read_notes(collection)["my-guid"].name == name


def test_what_anki_does_not_take_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.apkg"
    path.write_bytes(b"no package")
    with open_collection() as collection, pytest.raises(AnkibuildError) as raised:
        import_package(collection, path)
    assert "x.apkg: Anki does not take this package (" in str(raised.value)


@pytest.mark.parametrize(
    "words", ["[Errno 28] No space left on device", "database or disk is full"]
)
def test_a_full_disk_is_told_as_such_and_any_other_fault_is_not(words: str) -> None:
    with pytest.raises(AnkibuildError) as raised, open_collection():
        raise OSError(words)
    assert f"has no room in the folder for temporary files ({words})" in str(raised.value)
    with pytest.raises(OSError, match="something else"), open_collection():
        raise OSError("something else")


def test_an_empty_collection_is_gone_afterwards() -> None:
    with open_collection() as collection:
        folder = Path(collection.path).parent
        assert folder.name.startswith("ankibuild-")
        assert not read_state(collection).notes
    assert not folder.exists()
