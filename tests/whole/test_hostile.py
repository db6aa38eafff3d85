"""Hostile sources run nothing, and never end in a traceback."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ankibuild
from ankibuild.core.problems import Fragment
from ankibuild.dialect.fields import render_block
from tests.helpers.examples import examples
from tests.helpers.hostile import RUNNING
from tests.helpers.learner import Learner

HEAD = "# Deck\n\n## Question {#a}\n\n"


DANGEROUS = re.compile(
    r"<(?!/?(?:a|b|blockquote|br|code|em|h[1-6]|hr|i|kbd|li|mark|ol|p|pre|rp|rt|ruby|s|small|span"
    r"|strong|sub|sup|table|tbody|td|th|thead|tr|u|ul)[\s>])"
    r"|<[^>]*\son\w+=|<[^>]*\s(?:href|src)=.?\s*(?!https?:|mailto:|tel:)\w+:",
    re.IGNORECASE,
)


@pytest.mark.parametrize("text", RUNNING)
def test_nothing_in_a_source_runs(text: str) -> None:
    for body in (text, f"- {text}", f"**{text}**"):
        rendered = render_block(Fragment(path="x", line=1, column=1, text=body), {})
        assert not DANGEROUS.search(rendered.html), rendered.html


def test_the_search_for_danger_finds_danger() -> None:
    for html in (
        "<script>",
        "<b onclick=x>",
        '<a href="javascript:x">',
        "<svg/onload=x>",
        "<div>",
        "<a\nhref='data:x'>",
    ):
        assert DANGEROUS.search(html), html


PIECES = st.sampled_from(
    (
        *("# A\n", "## B\n", "## C {#c}\n", "---\n", "\n", "\n\n", "text", " ", "*", "**", "`"),
        "```\n",
        *("{{c1::", "{{c2::", "}}", "::", "\\", "$", "$$", "<b>", "</b>", "<!--", "-->", "[", "]"),
        "(",
        *(")", "> ", "- ", "- [x] ", "|", "|-|\n", "&amp;", "\u00a0", "\u200f", "\ufeff", "\r\n"),
        "\t",
        *("{#x}", "{.reversed}", 'hint="x"', "tags: [x]\n", "\x00", "\ufdd0", "\ud7ff", "😀"),
        "<x y>",
        *("[sound:x]", "\\(", "\\[", "\\)", "{", "}", ":", "https://a.b", "![x](y)", "[x]: y\n"),
    )
)
TEXTS = st.one_of(
    st.lists(PIECES, max_size=40).map("".join),
    st.text(max_size=60),
    st.lists(PIECES, max_size=20).map(lambda pieces: f"{HEAD}{''.join(pieces)}\n"),
)


@settings(max_examples=examples(500), deadline=None, suppress_health_check=list(HealthCheck))
@given(text=TEXTS)
def test_any_text_gives_notes_or_problems(tmp_path_factory: object, text: str) -> None:
    path = Path(tmp_path_factory.mktemp("any")) / "deck.md"  # type: ignore[attr-defined]
    path.write_bytes(text.encode())
    problems = ankibuild.check([path])
    if any(problem.severity == "error" for problem in problems):
        lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
        for problem in problems:
            assert problem.message
            assert problem.cure
            assert 0 <= problem.line <= len(lines)
            if problem.line:
                assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
    else:
        assert ankibuild.load(path).notes


@settings(max_examples=examples(50), deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=st.lists(TEXTS, min_size=8, max_size=8))
def test_what_check_passes_anki_imports_and_renders(
    tmp_path_factory: object, texts: list[str]
) -> None:
    folder = Path(tmp_path_factory.mktemp("pass"))  # type: ignore[attr-defined]
    with Learner.at(folder / "learner") as learner:
        for number, text in enumerate(texts):
            path = folder / f"deck-{number}.md"
            path.write_bytes(text.encode())
            try:
                package = ankibuild.load(path)
            except ankibuild.AnkibuildError:
                continue
            built = ankibuild.build(package, folder, time=1_700_000_000)
            log = learner.import_package(built.path)
            assert log.new == len(package.notes)
        assert learner.faults() == []
