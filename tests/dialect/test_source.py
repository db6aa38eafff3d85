"""What leaves answers unread while notes are looked for changes nothing that is found."""

from pathlib import Path

import pytest

from ankibuild.dialect import source
from tests.helpers.faults import errors_of, see_error
from tests.helpers.trainer import Trainer


def test_a_heading_is_no_head_of_a_table() -> None:
    note = "## Either | or {#x}\n| --- | --- |\n| a | b |\n\n---\n\nMore.\n"
    for text in (note, f"{note}\n## Code {{#y}}\n\n```\n# code\n```\n"):
        first, *_ = source.parse_file("a.md", f"# Deck\n\n{text}", stem="a").deck.notes
        assert first.note_id == "x"
        assert first.extra.text == "More."


@pytest.mark.parametrize("path", errors_of("dialect.source"), ids=lambda path: path.stem)
def test_a_mistake_in_the_order_of_a_file_is_reported(trainer: Trainer, path: Path) -> None:
    see_error(trainer, path)
