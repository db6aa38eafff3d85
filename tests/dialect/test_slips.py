"""What was written as text, and hardly meant so."""

from pathlib import Path

import pytest

from ankibuild.dialect.source import parse_file
from tests.helpers.faults import errors_of, see_error, see_warning, warnings_of
from tests.helpers.trainer import Trainer

CONFLICT = "<<<<<<< HEAD\nOld.\n=======\n```\nNew.\n>>>>>>> other\n"
SHOWN = CONFLICT.replace("```\n", "")
DECK = "# Deck\n\n## Question {#question}\n\n"


@pytest.mark.parametrize("path", errors_of("dialect.slips"), ids=lambda path: path.stem)
def test_a_merge_left_undone_is_reported(trainer: Trainer, path: Path) -> None:
    see_error(trainer, path)


@pytest.mark.parametrize("path", warnings_of("dialect.slips"), ids=lambda path: path.stem)
def test_a_question_left_as_text_is_warned_of(trainer: Trainer, path: Path) -> None:
    see_warning(trainer, path)


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


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("### What is a volt?", "What is a volt?"),
        ("###### What is a volt? ##", "What is a volt? ##"),
        ("### Volt {#volt}", "Volt {#volt}"),
        ("### Volt {.reversed}", "Volt {.reversed}"),
        ("    ## What is a volt?", "What is a volt?"),
        ("> ## What is a volt?", "What is a volt?"),
        ("1. ## What is a volt?", "What is a volt?"),
        ("\u00a0## Volt", "Volt"),
        ("\u200b## Volt", "Volt"),
        ("**What is a volt?**", "What is a volt?"),
        ("**What is a volt**?", "What is a volt?"),
        ("__What is a volt?__  ", "What is a volt?"),
        ("***What is a volt?***\\", "What is a volt?"),
        ("**3. What is a volt?**", "What is a volt?"),
        ("<b>What is a volt?</b>", "What is a volt?"),
        ("**電圧とは？**", "電圧とは？"),
        ("Q: What is a volt?", "What is a volt?"),
        ("**Q:** What is a volt?", "What is a volt?"),
        ("**Question 3: What is a volt?**", "Question 3: What is a volt?"),
        ("- Q1. What is a volt?", "What is a volt?"),
        ("q: volt\nA: a unit", "volt"),
    ],
)
def test_a_line_that_was_meant_as_a_question_is_warned_of(line: str, words: str) -> None:
    for before in (f"{DECK}Answer.\n\n", f"{DECK}Answer.\n\n---\n\n", "# Deck\n\n"):
        text = f"{before}{line}\n"
        problems = parse_file("a.md", text, stem="a").problems
        (problem,) = (each for each in problems if each.rule == "question-as-text")
        assert problem.line == before.count("\n") + 1
        assert f'write "## {words}" at the left edge' in problem.cure
        mended = parse_file("a.md", f"{before}## {words}\n\nX\n", stem="a")
        assert mended.problems == ()
        assert len(mended.deck.notes) == before.count("##") + 1


@pytest.mark.parametrize(
    "text",
    [
        "### What it leaves out\n\nPower.",
        "**Is it?** It depends.",
        "It depends:\n**is it?**",
        "**Is** it, **or not?**",
        "**Important!**",
        r"**Is it\?**",
        "### Is it\\?",
        "- **Is it?**\n- **Was it?**",
        "```\n### Is it?\n\n**Is it?**\n```",
        "<!--\n### Is it?\n\n**Is it?**\n-->",
        "Q: the charge",
        "Queue: is it?",
        "### {x}",
        "#hashtag?",
    ],
)
def test_what_an_answer_may_hold_is_not_warned_of(text: str) -> None:
    assert parse_file("a.md", f"{DECK}{text}\n", stem="a").problems == ()


@pytest.mark.parametrize("line", ["What is a volt?", "“Volt”: what is it?  ", "電圧とは？"])
@pytest.mark.parametrize("before", ["An answer.\n\n", "An answer.\n\n---\n\nMore.\n\n", "- x\n\n"])
@pytest.mark.parametrize("after", ["\nA unit.", "A unit.", "\n- a unit"])
def test_a_paragraph_that_asks_between_answers_is_warned_of(
    line: str, before: str, after: str
) -> None:
    before = f"# Deck\n\n## What is power? {{#power}}\n\n{before}"
    problems = parse_file("a.md", f"{before}{line}\n{after}\n", stem="a").problems
    assert [(each.rule, each.line) for each in problems] == [
        ("question-as-text", before.count("\n") + 1)
    ]
    assert f'write "## {line.strip()}" at the left edge' in problems[0].cure
    assert not parse_file("a.md", f"{before}## {line}\n\n{after}\n", stem="a").problems


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Greeting", "Say hello.\n\nHow can I help?\n\nWait."),
        ("What do you say?", "Ask first:\n\nHow can I help?\n\nWait."),
        ("What do you say?", "How can I help?\n\nWait."),
        ("What do you say?", "Wait.\n\nHow can I help?"),
        ("What do you say?", "Wait.\n\nWho is it?\n\nWhat is it?\n\nThen help."),
        ("What do you say?", "Wait.\nHow can I help?\n\nHelp."),
        ("What do you say?", "Wait.\n\nHow can I help\\?\n\nHelp."),
        ("What do you say?", f"Wait.\n\n{'So ' * 50}what?\n\nHelp."),
        ("What do you say?", "Wait.\n\n```\nx\n\nWhat?\n\ny\n```"),
        ("What do you say?", "Wait.\n\n“How can I help?”\n\nHelp."),
        ("What do you say?", "Wait.\n\n### Then\n\nHow can I help?\n\nHelp."),
    ],
)
def test_a_question_in_what_an_answer_says_is_not_warned_of(question: str, answer: str) -> None:
    text = f"# Deck\n\n## {question} {{#a}}\n\n{answer}\n"
    assert parse_file("a.md", text, stem="a").problems == ()


def test_a_file_of_questions_in_bold_is_told_by_them_alone(trainer: Trainer) -> None:
    trainer.write_package(f"{DECK}Answer.\n", "# Two\n\n**What is a volt?**\n\nA unit.\n")
    said = trainer.run("check").told
    assert said.startswith(
        'content/demo/2.md:3:1: warning: "**What is a volt?**" looks like a ques'
    )
    assert "\n0 errors, 1 warning; next: " in said
