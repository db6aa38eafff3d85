"""What was written as text, and hardly meant so."""

import pytest

from ankibuild.dialect.source import parse_file

CONFLICT = "<<<<<<< HEAD\nOld.\n=======\n```\nNew.\n>>>>>>> other\n"
SHOWN = CONFLICT.replace("```\n", "")
DECK = "# Deck\n\n## Question {#question}\n\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (CONFLICT, [(5, "error")]),
        (f"```\n{SHOWN}```\n", [(5 + 1, "warning")]),
        (f"~~~ text\n```\n{SHOWN}```\n~~~\n", [(5 + 2, "warning")]),
        (f"```\n{SHOWN}\n", [(5 + 1, "error")]),
        ("```\n<<<<<<< HEAD\na\n```\n=======\n>>>>>>> x\n", [(5 + 1, "error")]),
        ("<<<<<<< HEAD\n```\na\n```\n=======\n>>>>>>> x\n", [(5, "error")]),
        ("```\n<<<<<<< HEAD\n```\n", []),
        (SHOWN.replace("\n", "\r\n") * 2, [(5, "error"), (10, "error")]),
    ],
)
def test_what_is_not_merged_is_told_once_and_nothing_besides(
    text: str, told: list[tuple[int, str]]
) -> None:
    problems = parse_file("a.md", DECK + text, stem="a").problems
    assert [(each.line, each.severity) for each in problems] == told
    assert {each.rule for each in problems} <= {"unmerged-file"}
