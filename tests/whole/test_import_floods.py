"""What is imported or compared takes time in proportion to its length, whatever stands in it."""

from pathlib import Path
from typing import Any

import pytest

from ankibuild.anki.carried import read_note_type
from ankibuild.anki.database import AnkiNote
from ankibuild.core.problems import AnkibuildError
from ankibuild.importers.importing import import_deck
from ankibuild.importers.rewriting import write_notes
from ankibuild.releases.differences import compare_words
from tests.helpers.floods import SIZES, Flood, all_floods, see_growth
from tests.helpers.note_types import BASIC

pytestmark = pytest.mark.slow

FILES = {
    ".txt": "%s",
    ".md": "# D\n\n## Q\n\n%s\n",
    ".csv": 'question,answer\nq,"%s"\n',
}
"""Where a flood stands in a file, by how the file's name ends."""


def name_of(flood: Flood) -> str:
    return flood.title


def import_text(path: Path, text: str) -> int:
    path.write_text(text, "utf-8")
    try:
        written = import_deck(path, path.parent / "package", time=1, dry_run=True)
    except AnkibuildError as error:
        return len(str(error))
    return sum(len(str(each)) for each in written.warnings)


@pytest.mark.parametrize("ending", FILES)
@pytest.mark.parametrize("flood", all_floods(["imports"]), ids=name_of)
def test_a_file_costs_what_its_length_says(tmp_path: Path, flood: Flood, ending: str) -> None:
    texts = {size: flood.text(size) for size in SIZES}
    if ending == ".csv":
        texts = {size: text.replace('"', '""') for size, text in texts.items()}
    see_growth(
        (flood.title, ending),
        lambda size: import_text(
            tmp_path / f"flood{ending}", FILES[ending].replace("%s", texts[size])
        ),
    )


@pytest.mark.parametrize("flood", all_floods(["imports"]), ids=name_of)
def test_a_note_of_anki_costs_what_its_length_says(tmp_path: Path, flood: Flood) -> None:
    note_types: Any = {1: read_note_type("basic", BASIC)}
    common: Any = {"nid": 1, "cards": {0: 1}, "guid": "g", "note_type": 1, "modified": 1}

    def measure(size: int) -> int:
        fields = ("question", flood.text(size))
        note = AnkiNote(**common, tags=(), fields=fields, deck="D")
        written, left_out = write_notes(tmp_path / "a.apkg", [note], note_types, {})
        return sum(len(each.text) for each in written) + len(str(left_out))

    see_growth(flood.title, measure)


@pytest.mark.parametrize("flood", all_floods(["imports"]), ids=name_of)
def test_a_comparison_costs_what_its_length_says(flood: Flood) -> None:
    def measure(size: int) -> int:
        old = flood.text(size)
        parts = compare_words(old, old.replace("b", "b c").replace("a", "d a"))
        return sum(len(text) for _, text in parts)

    see_growth(flood.title, measure)
