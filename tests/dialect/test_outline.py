"""Where notes begin and end: what leaves answers unread while it looks finds the same."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ankibuild.dialect import source
from tests.helpers.faults import errors_of, see_error
from tests.helpers.trainer import Trainer


@pytest.mark.parametrize("path", errors_of("dialect.outline"), ids=lambda path: path.stem)
def test_what_hides_where_notes_begin_is_reported(trainer: Trainer, path: Path) -> None:
    see_error(trainer, path)


@pytest.mark.parametrize("indentation", [lambda depth: "  " * depth, lambda depth: "\t" * depth])
def test_what_nests_too_deeply_line_by_line_is_found(indentation: Callable[[int], str]) -> None:
    lines = [f"{indentation(depth)}- x" for depth in range(30)]
    found = source.parse_file("a.md", "\n".join(["# A", "## B", *lines]), stem="a")
    assert "deep" in found.problems[0].message


def test_the_cure_of_a_heading_without_a_space_has_its_words() -> None:
    (problem,) = source.parse_file("a.md", "# Deck\n\n##Xenon\n", stem="a").problems
    assert problem.cure.startswith('write "## Xenon"')
