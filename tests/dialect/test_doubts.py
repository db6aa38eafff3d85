"""What Markdown reads otherwise than was meant is warned of, and nothing else is."""

from pathlib import Path

import pytest

from ankibuild.core.problems import Fragment
from ankibuild.dialect.fields import render_block
from tests.helpers.faults import see_warning, warnings_of
from tests.helpers.trainer import Trainer


@pytest.mark.parametrize("path", warnings_of("dialect.doubts"), ids=lambda path: path.stem)
def test_a_paste_is_warned_of_with_what_to_write(trainer: Trainer, path: Path) -> None:
    see_warning(trainer, path)


@pytest.mark.parametrize(
    "text",
    [
        "**82** of *1945*, *not* 82, 5 * 3 * 2, `*82*`, \\*82\\*, <em>82</em>, *x*2",
        "|x| = 3\n|y| = 2",
        "on | off\n\nand | or",
        "\\| a |\n\\| b |",
        "| a | b |\n|---|---|\n| 1 |\n| 2 | `x \\| y` |\n| 3 | 4 |  |",
        "> | a |\n> |---|\n> | 1 |\n\n- | a |\n  |---|\n  | 1 |",
        "one\ttab\nno tab",
        "```python\ncode\n```",
        "> They said so.\n> 5 times.",
        "1. one\n1. two\n\n- x\n\n4) four\n5) five\n   1. in\n   2. it",
        "[one], [two][x], ![](media/x.mp3)\n\n[one]: https://one.org\n[X]: https://x.org 'Title'",
        "### Closed ###\n\n### C#\n\n### Press \\#",
        "$5 kg$, $5 ab + c$, $0 = SBR$, $0.23 mmHg \\approx 0$",
        "| even x = 1\n| otherwise = 2",
        "$\\{x | x > 0\\}$\n$\\{x | x < 0\\}$",
    ],
)
def test_what_is_meant_so_is_not_warned_of(text: str) -> None:
    rendered = render_block(Fragment(path="a.md", line=1, column=1, text=text))
    assert [each for each in rendered.problems if each.rule != "missing-media"] == []


def test_a_doubt_is_told_at_its_line_in_a_quote_and_in_a_list() -> None:
    for mark in ("> ", "- "):
        rest = mark.replace("-", " ")
        text = f"One\n\n{mark}| a |\n{rest}|---|\n{rest}| 1 | 2 |\n"
        rendered = render_block(Fragment(path="a.md", line=11, column=1, text=text))
        assert [(each.line, each.column, each.rule) for each in rendered.problems] == [
            (15, 9, "lost-cells")
        ]
