"""Forms of the dialect, and the notes that they become."""

import ankibuild
from ankibuild.core.notes import Note
from tests.helpers.cases import Case, read_cases
from tests.helpers.places import CASES
from tests.helpers.trainer import Trainer, copy_media

ALL = {path.name for path in (CASES / "dialect").iterdir()}


def see_form(trainer: Trainer, form: Case) -> None:
    """See that a form becomes the notes that its case shows."""
    path = trainer.write("deck.md", f"# Deck\n\n{form.input}\n")
    copy_media(form.input, trainer.folder)
    notes = ankibuild.load(path).notes
    assert "\n\n".join(map(show, notes)) == form.output


def forms_in(*files: str) -> list[Case]:
    """Return the forms in files below ``cases/dialect``."""
    return [form for file in sorted(files) for form in read_cases(f"dialect/{file}")]


def show(note: Note) -> str:
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
