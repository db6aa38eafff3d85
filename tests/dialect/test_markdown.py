"""The dialect, rule by rule: what each form becomes in Anki's fields."""

from pathlib import Path

import pytest

import ankibuild
from ankibuild.core.notes import Note
from tests.helpers.cases import Case, read_cases
from tests.helpers.places import CASES
from tests.helpers.trainer import Trainer, copy_media

FILES = sorted(path.name for path in (CASES / "dialect").iterdir())
PARAMETERS = [
    pytest.param(case, id=f"{name.removesuffix('.md')}: {case.title}")
    for name in FILES
    for case in read_cases(f"dialect/{name}")
]


def shown(note: Note) -> str:
    """Return a note as the case files write it; "?" follows an id that is only suggested."""
    words = [note.kind, note.note_id + ("" if note.pinned else "?"), *(f"#{t}" for t in note.tags)]
    if note.kind != "front-back":
        words.append(f"[{' '.join(map(str, note.ordinals))}]")
    lines = [" ".join(words)]
    lines += [
        f"{name}: {html}"
        for (name, _), html in zip(note.note_type.fields, note.fields, strict=True)
        if html and name != "Note ID"
    ]
    return "\n".join(lines)


@pytest.mark.parametrize("case", PARAMETERS)
def test_a_form_becomes_its_fields(trainer: Trainer, case: Case) -> None:
    path: Path = trainer.write("deck.md", f"# Deck\n\n{case.input}\n")
    copy_media(case.input, trainer.folder)
    notes = ankibuild.load(path).notes
    assert "\n\n".join(map(shown, notes)) == case.output
