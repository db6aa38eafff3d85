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
    ("text", "line", "mended"),
    [
        ("• a", 1, "- a"),
        ("•a\n\n•\tb", 1, "- a\n- b"),
        ("First:\n▪ a\no\tb\n▪ c", 2, "First:\n- a\n- b\n- c"),
        ("\uf0b7\ta", 1, "- a"),
        ("· a\n· b", 1, "- a\n- b"),
        ("– a b\n– c\n\n– d", 1, "- a b\n- c\n- d"),
        ("–\tHi!\n–\t5", 1, "- Hi!\n- 5"),
        ("–Ask\n–Tell", 1, "- Ask\n- Tell"),
        ("-Ask\n-Tell", 1, "- Ask\n- Tell"),
        ("*ask first\n*tell", 1, "* ask first\n* tell"),
        ("- a\n  • b", 2, "- a\n  - b"),
        ("> • a", 1, "> - a"),
        ("1.Ask\n2.Tell", 1, "1. Ask\n2. Tell"),
        ("Then:\n2)Ask\n3)Tell", 2, "Then:\n\n2) Ask\n3) Tell"),
        ("Then:\n2. Ask\n3. Tell", 2, "Then:\n\n2. Ask\n3. Tell"),
    ],
)
def test_what_was_meant_as_a_list_is_told_once_with_what_makes_one(
    text: str, line: int, mended: str
) -> None:
    (problem,) = render_block(Fragment(path="a.md", line=1, column=1, text=text)).problems
    assert (problem.rule, problem.line) == ("list-as-text", line)
    item = mended.replace("\n\n", "\n").split("\n")[line - 1].strip("> ")
    assert f'"{item}"' in problem.cure or "leave an empty line above it" in problem.cure
    assert ("empty line" in problem.cure) == ("\n\n" in mended)
    rendered = render_block(Fragment(path="a.md", line=1, column=1, text=mended))
    assert rendered.problems == ()
    assert "<li>" in rendered.html


@pytest.mark.parametrize(
    "text",
    ["a\n—\nb", "a\n\n—\n\nb", "- a\n\n——\n\nb", "a\n--\nb", "a\n– – –\nb", "a\n\n—\n\n> b"],
)
def test_a_line_of_dashes_between_others_was_meant_as_a_break(text: str) -> None:
    (problem,) = render_block(Fragment(path="a.md", line=1, column=1, text=text)).problems
    assert problem.rule == "break-as-text"
    lines = text.split("\n")
    lines[problem.line - 1] = "---"
    rendered = render_block(Fragment(path="a.md", line=1, column=1, text="\n".join(lines)))
    assert (rendered.problems, rendered.html.count("<hr>")) == ((), 1)


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
        "— Bonjour, ça va ?\n— Oui, merci.",
        "– Dzień dobry!\n– Dzień dobry, słucham.\n\n– Poproszę kawę.",
        "— Спасибо.\n— Не за что.",
        "«Know thyself.»\n— Socrates",
        "one — two\n— three",
        "-er\n-est\n-ing",
        "-DgroupID=a b \\\n-DartifactID=c d",
        "-5 volts\n-3 volts\n\n– 5 °C\n– 3 °C\n\n− 2 A\n− 3 A",
        "3.5 kg\n4.5 kg\n\n1.x\n2.x",
        "In\n2019. It was so.",
        "*Only on weekdays\n\n*one* word\n*two* words",
        "```\n• a\n• b\n—\nc\n```\n\n| – | • |\n|---|---|\n| — | a |",
        "$$\n-ab + c\n-de + f\n$$",
        "—\n\nNothing.",
        "Nothing:\n\n—",
        "Plural:\n—\nGender: f",
        "### Plural\n\n—\n\n### Gender\n\nf",
        "a · b\n· c",
        "\\-ab c\n\\-de\n\n&bull; a\n\n2\\. c",
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
