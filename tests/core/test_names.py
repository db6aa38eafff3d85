"""Names: those that pass are kept by a real Anki as they are written; others are mended."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankibuild.core.identity import suggest_note_id
from ankibuild.core.names import (
    LONGEST_ID,
    LONGEST_NAME,
    Names,
    deck_name_fault,
    mend_deck_name,
    mend_tag,
    short_id,
    short_name,
    tag_fault,
    with_room,
)
from tests.helpers.faults import errors_of, see_error
from tests.helpers.learner import Learner
from tests.helpers.trainer import Trainer


@pytest.mark.parametrize("path", errors_of("core.names"), ids=lambda path: path.stem)
def test_a_tag_that_anki_would_change_is_reported(trainer: Trainer, path: Path) -> None:
    see_error(trainer, path)


def test_anki_keeps_the_tags_that_pass_and_no_other(learner: Learner) -> None:
    collection = learner.collection
    tags = (
        *(
            "a",
            "a::b",
            "a:b",
            "Größe",
            "日本",
            "#1",
            "a-b",
            "{x}",
            "50%",
            "x'y",
            "::",
            "a::",
            "a,b",
        ),
        *('"a"', "a\x07b", "", "a b", "a\u3000b", "a::::b"),
    )
    for tag in tags:
        note = collection.newNote()
        note["Front"] = "x"
        note.tags = [tag]
        collection.addNote(note)
        kept = collection.get_note(note.id).tags == [tag]
        assert kept or tag_fault(tag), tag
    assert [tag_fault(tag) for tag in tags[:10]] == [None] * 10
    assert all(map(tag_fault, (*tags[10:], "leech", "Marked")))


@given(st.text(st.sampled_from('ab:", \x07\t')))
def test_what_is_mended_is_kept(name: str) -> None:
    for word in name.split():
        tag = mend_tag(word)
        assert not tag or not tag_fault(tag)
        assert mend_tag(tag) == tag
    deck = mend_deck_name(name)
    assert not deck or not deck_name_fault(deck)
    assert mend_deck_name(deck) == deck


def test_a_name_that_is_taken_gets_the_first_free_number() -> None:
    names = Names(("a-3", "a{b.png", "a{b-2.png"))
    assert [names.take("a") for _ in range(4)] == ["a", "a-2", "a-4", "a-5"]
    assert names.take("a{b", ".png") == "a{b-3.png"
    names.add("b-1")
    assert [names.take_numbered("b", start=1) for _ in range(2)] == ["b-2", "b-3"]
    assert names.take("b") == "b"
    assert "b-2" in names
    assert "b-4" not in names


def test_an_id_ends_with_a_whole_word_and_leaves_room_for_its_number() -> None:
    assert short_id("What is a meter?") == "what-is-a-meter"
    assert short_id("?!") == ""
    words = "What is the difference between a meter and a tariff"
    assert short_id(words) == "what-is-the-difference-between-a-meter"
    assert short_id("a" * 41) == "a" * LONGEST_ID
    assert short_id(f"{'a' * 36} bcd ef") == f"{'a' * 36}-bcd"
    names = Names()
    ids = [names.take_id(suggest_note_id(words)) for _ in range(3)]
    assert ids[1:] == ["what-is-the-difference-between-a-2", "what-is-the-difference-between-a-3"]
    assert with_room(short_id(words)) == "what-is-the-difference-between-a"
    many = {names.take_id("a" * 99) for _ in range(200)}
    assert len(many) == 200
    assert max(map(len, many)) <= LONGEST_ID


def test_a_name_of_a_file_that_learners_have_never_changes() -> None:
    assert short_name("What is a meter?") == "what-is-a-meter"
    assert short_name("Un caf\u00e9 \u65e5\u672c") == "un-caf"
    assert short_name("CO<sub>2</sub>") == "co-sub-2-sub"
    assert short_name("?!") == ""
    words = "word " * 30
    assert len(short_name(words)) <= LONGEST_NAME
    assert not short_name(words).endswith("-")
