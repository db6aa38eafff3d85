"""Math is what Anki reads as math, and money stays money."""

import os
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from ankibuild.core.problems import Fragment
from ankibuild.dialect.fields import render_block
from ankibuild.dialect.math import LASTING, REACHING, formula_fault
from tests.helpers.browser import needs_chromium
from tests.helpers.cases import Case
from tests.helpers.faults import errors_of, see_error, see_warning, warnings_of
from tests.helpers.forms import forms_in, see_form
from tests.helpers.mathjax import MathJax, mathjax
from tests.helpers.places import ROOT
from tests.helpers.trainer import Trainer

KNOWN = ROOT / "ankibuild/dialect/tex.txt"


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


@pytest.mark.parametrize("text", ["a $ x $ b", "3$x$ b", "a $x$4", "US$5 and A$6"])
def test_dollars_beside_spaces_or_digits_are_no_math(text: str) -> None:
    fragment = Fragment(path="a.md", line=1, column=1, text=text)
    assert render_block(fragment).html == f"<p>{text}</p>"


@pytest.mark.parametrize("sign", ["(", "["])
def test_a_backslash_that_is_meant_does_not_begin_math_in_anki(sign: str) -> None:
    fragment = Fragment(path="a.md", line=1, column=1, text=rf"a \\{sign}b")
    assert render_block(fragment).html == f"<p>a \\\u2060{sign}b</p>"


HOSTILE = (
    "red;position:fixed;background:url(/heard)",
    "url(/heard),style={background:url(/heard)},href=javascript:void(ran=1)",
)
"""What would ask for an address or run, were it taken for a style or an attribute."""


@pytest.fixture(scope="module")
def one_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MathJax]:
    with mathjax(tmp_path_factory.mktemp("mathjax")) as page:
        yield page


@pytest.fixture
def page(one_page: MathJax) -> MathJax:
    one_page.open()
    return one_page


@needs_chromium
@pytest.mark.slow
def test_a_formula_may_use_all_that_ankis_mathjax_knows_but_what_reaches_out_or_lasts(
    page: MathJax,
) -> None:
    """Write the list with ANKIBUILD_REWRITE=1 in the environment."""
    commands, environments = page.known()
    assert (REACHING | LASTING) - commands == {"data"}  # which is MathJax's own later on
    # Two that only chemistry's \ce reads.
    commands = commands - REACHING - LASTING | {"bond", "ca"}
    text = f"{wrapped(commands)}\n\n{wrapped(environments)}\n"
    if os.environ.get("ANKIBUILD_REWRITE"):
        KNOWN.write_text(text, "utf-8")
    assert KNOWN.read_text("utf-8") == text


def wrapped(names: set[str]) -> str:
    return textwrap.fill(" ".join(sorted(names)), 100, break_on_hyphens=False)


@needs_chromium
@pytest.mark.slow
@pytest.mark.long
def test_no_formula_that_passes_reaches_out_in_ankis_own_mathjax(page: MathJax) -> None:
    names = KNOWN.read_text("utf-8").split("\n\n")[0].split()
    style, attributes = HOSTILE
    formulas = [
        form
        for name in names
        for form in (
            f"\\{name}{{{style}}}{{{attributes}}}{{x}}",
            f"\\{name}[{attributes}]{{{style}}}{{x}}",
        )
    ]
    formulas = [each for each in formulas if not formula_fault(each)]
    assert len(formulas) > 2_000
    for start in range(0, len(formulas), 100):
        found = page.typeset("".join(f"<p>\\({each}\\)</p>" for each in formulas[start:][:100]))
        assert found["formulas"] > 50, found
        assert not found["ran"], start
        assert not found["fixed"], start
        assert not [each for each in found["links"] if not each.startswith("#")], start
    assert page.heard == []


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize(
    ("formula", "does"),
    [
        (r"\style{position:fixed}{x}", "fixed"),
        (r"\href{javascript:void(ran=1)}{x}", "ran"),
        (r"\style{background:url(/heard)}{x}", "heard"),
        (r"\bbox[background:url(/heard)]{x}", "heard"),
        (r"\fcolorbox{red;background:url(/heard)}{white}{x}", "heard"),
        (r"\mmlToken{mi}[style='background:url(/heard)']{x}", "heard"),
    ],
)
def test_what_is_refused_does_reach_out_in_ankis_own_mathjax(
    page: MathJax, formula: str, does: str
) -> None:
    found = page.typeset(f"\\({formula}\\)")
    assert found.get(does, page.heard == ["/heard"])
    assert formula_fault(formula)
