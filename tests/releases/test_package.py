"""A package beside its lock: a published note is the note that was published."""

from pathlib import Path

import ankibuild
from ankibuild.core.values import replace
from ankibuild.releases.package import known_note_types, published_note
from tests.helpers.demo import EDITED
from tests.helpers.trainer import Trainer


def load(trainer: Trainer) -> ankibuild.Package:
    return ankibuild.load(trainer.folder / Path("content/demo"))


def test_a_published_note_is_what_a_learner_has_whatever_became_of_its_text(
    published: Trainer,
) -> None:
    before = {note.note_id: note for note in load(published).notes}
    published.write_package(EDITED)
    package = load(published)
    note_types = known_note_types(package)
    for note in package.notes:
        locked = package.lock.notes[note.note_id]
        known = published_note(locked, note_types[note.kind], note.heading)
        assert known == replace(before[note.note_id], heading=note.heading)
    assert len(before) == len(package.notes) == 4


def test_all_note_types_of_ours_are_known_those_too_that_no_note_has(published: Trainer) -> None:
    package = load(published)
    assert {each.kind for each in package.note_types} == {"front-back", "cloze"}
    assert set(known_note_types(package)) == {"front-back", "cloze", "image-occlusion"}
