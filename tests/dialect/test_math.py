"""Math is what Anki reads as math, and money stays money."""

from pathlib import Path

import pytest

from ankibuild.core.problems import Fragment
from ankibuild.dialect.fields import render_block
from tests.helpers.cases import Case
from tests.helpers.faults import errors_of, see_error, see_warning, warnings_of
from tests.helpers.forms import forms_in, see_form
from tests.helpers.trainer import Trainer


@pytest.mark.parametrize("form", forms_in("math.md"), ids=lambda form: form.title)
def test_math_becomes_its_fields(trainer: Trainer, form: Case) -> None:
    see_form(trainer, form)


@pytest.mark.parametrize("path", errors_of("dialect.math"), ids=lambda path: path.stem)
def test_a_mistake_in_math_is_reported(trainer: Trainer, path: Path) -> None:
    see_error(trainer, path)


@pytest.mark.parametrize("path", warnings_of("dialect.math"), ids=lambda path: path.stem)
def test_math_that_may_be_a_slip_is_warned_of(trainer: Trainer, path: Path) -> None:
    see_warning(trainer, path)


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (r"\(x\) and \(y\)", ["backslash-math"]),
        (r"\[x\]", ["backslash-math"]),
        (r"\(x\) and \[y\]", ["backslash-math", "backslash-math"]),
        (r"a smile :\( and an array\[0", []),
    ],
)
def test_math_with_backslashes_is_told_once_of_each_form(text: str, rules: list[str]) -> None:
    fragment = Fragment(path="a.md", line=1, column=1, text=text)
    assert [each.rule for each in render_block(fragment).problems] == rules


def test_what_follows_math_in_parentheses_is_text() -> None:
    fragment = Fragment(path="a.md", line=1, column=1, text="$$x$$ (in metres)")
    assert render_block(fragment).text.endswith("(in metres)")
