"""Cloze deletions: what they become, and what is said of those that hide nothing or too much."""

from pathlib import Path

import pytest

from ankibuild.core.problems import Fragment
from ankibuild.core.values import replace
from ankibuild.dialect.fields import render_block
from tests.helpers.cases import Case
from tests.helpers.faults import errors_of, see_error, see_warning, warnings_of
from tests.helpers.forms import forms_in, see_form
from tests.helpers.trainer import Trainer


@pytest.mark.parametrize("form", forms_in("cloze.md"), ids=lambda form: form.title)
def test_clozes_become_those_of_anki(trainer: Trainer, form: Case) -> None:
    see_form(trainer, form)


@pytest.mark.parametrize("path", errors_of("dialect.cloze"), ids=lambda path: path.stem)
def test_a_mistake_in_a_cloze_is_reported(trainer: Trainer, path: Path) -> None:
    see_error(trainer, path)


@pytest.mark.parametrize("path", warnings_of("dialect.cloze"), ids=lambda path: path.stem)
def test_a_cloze_that_learners_stumble_over_is_warned_of(trainer: Trainer, path: Path) -> None:
    see_warning(trainer, path)


def test_clozes_side_by_side_do_not_nest_and_those_within_each_other_do() -> None:
    beside = " ".join(f"{{{{c{n}::a}}}}" for n in range(1, 21))
    within = "a"
    for n in range(1, 10):
        within = f"{{{{c{n}::b {within}}}}}"
    for text, rules in ((beside, []), (within, ["nested-too-deep"])):
        fragment = Fragment(path="a.md", line=1, column=1, text=f"x {text}")
        assert [each.rule for each in render_block(fragment).problems] == rules


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("{{c1:x}}", "{{c1::x}}"),
        ("{{C2::x y::hint}}", "{{c2::x y::hint}}"),
        ("{{3::x}}", "{{c3::x}}"),
        ("{{ c1::x }}", "{{c1::x}}"),
        ("{{c1 ::x}}", "{{c1::x}}"),
        ("{{c::x}}", "{{c1::x}}"),
        ("{{cl::x}}", "{{c1::x}}"),
        ("{{c1;;x}}", "{{c1::x}}"),
        ("{c1::x}", "{{c1::x}}"),
        ("{c1::x}}", "{{c1::x}}"),
        ("{{c1:x}", "{{c1::x}}"),
    ],
)
def test_what_is_almost_a_cloze_is_warned_of_with_what_to_paste(text: str, better: str) -> None:
    fragment = Fragment(path="a.md", line=1, column=1, text=f"y {text} z **{text}**")
    first, second = render_block(fragment).problems
    assert (first.rule, second.rule) == ("cloze-as-text", "cloze-as-text")
    assert first.cure.startswith(f"write {better}, or")
    mended = render_block(replace(fragment, text=f"y {better}"))
    assert (mended.problems, len(mended.clozes)) == ((), 1)


@pytest.mark.parametrize(
    "text",
    [
        r"\{{c1::x}}",
        r"\{{C2::x}}",
        r"\{c1::x}",
        "`{{c1:x}}`",
        "{1: 2}",
        "{{1: 2}}",
        "{c: x}",
        "{{x}}",
    ],
)
def test_braces_that_are_text_are_taken_for_no_cloze(text: str) -> None:
    fragment = Fragment(path="a.md", line=1, column=1, text=f"y {text}")
    assert render_block(fragment).problems == ()
