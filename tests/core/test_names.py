"""Tags: those that pass are kept by a real Anki as they are written."""

from pathlib import Path

import pytest

from ankibuild.core.names import tag_fault
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
