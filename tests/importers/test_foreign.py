"""What Markdown for several tools has in common is carried over without a loss."""

import pytest

from ankibuild.importers.foreign import split_question, write_cloze
from ankibuild.importers.passages import keep_block, keep_line


@pytest.mark.parametrize(
    ("markdown", "lines", "rest"),
    [
        ("What?", ("What?",), ""),
        ("Two\nlines\n\nand a paragraph", ("Two", "lines", "and a paragraph"), ""),
        ("Which?\n- one\n- two", ("Which?", "- one", "- two"), ""),
        ("Solve\n$$\nx =\n1\n$$", ("Solve", r"\[x = 1\]"), ""),
        ("See\n\n```\ncode\n```\nend", ("See",), "```\ncode\n```\nend"),
        ("See\n\n| a |\n| - |\n| b |", ("See",), "| a |\n| - |\n| b |"),
    ],
)
def test_a_question_takes_as_many_lines_as_one_can_hold(
    markdown: str, lines: tuple[str, ...], rest: str
) -> None:
    asked, answer, doubt = split_question(markdown, "the answer")
    assert answer == (f"{rest}\n\n***\n\nthe answer" if rest else "the answer")
    assert doubt == ("a part of the question is on the back" if rest else "")
    passage = keep_line(asked)
    assert (passage.lines, passage.faults) == (lines, ())


@pytest.mark.parametrize(
    "words", ["std::vector", "`a::b}`", "$x_{i}$", "{a}", "a}} b", "{{c2::x}}", "a: b", "x$^{2}$"]
)
def test_no_words_end_a_cloze_or_begin_its_hint(words: str) -> None:
    passage = keep_block(write_cloze(1, words, "hint"))
    plain = keep_block(words.replace("{{", r"\{{"))
    assert passage.faults == ()
    assert passage.lines == tuple(f"{{{{c1::{each}::hint}}}}" for each in plain.lines)
