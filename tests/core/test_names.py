"""Names: those that pass are kept by a real Anki as they are written; others are mended."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankibuild.core.names import (
    LONGEST_NAME,
    Names,
    deck_name_fault,
    mend_deck_name,
    mend_tag,
    short_name,
    tag_fault,
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


def test_an_id_is_no_longer_than_a_heading_can_bear() -> None:
    assert short_name("What is a meter?") == "what-is-a-meter"
    assert short_name("?!") == ""
    words = "word " * 30
    assert len(short_name(words)) <= LONGEST_NAME
    assert not short_name(words).endswith("-")
