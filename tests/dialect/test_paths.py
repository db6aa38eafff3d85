"""Paths are shown as they are written, backslashes and all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ankibuild.core.problems import Fragment
from ankibuild.core.text import without_tags
from ankibuild.dialect.fields import render_block
from tests.helpers.cases import Case
from tests.helpers.examples import examples
from tests.helpers.forms import forms_in, see_form
from tests.helpers.trainer import Trainer

# Without dollar signs: two in one path may make a formula.
_NAMES = st.text("aZ9_*~#!%&@()-.,", min_size=1, max_size=5).filter(
    lambda name: any(map(str.isalnum, name))
)


@pytest.mark.parametrize("form", forms_in("paths.md"), ids=lambda form: form.title)
def test_paths_are_shown_as_they_are(trainer: Trainer, form: Case) -> None:
    see_form(trainer, form)


@settings(max_examples=examples(300), deadline=None)
@given(st.sampled_from(("C:", r"\\server", "%TEMP%")), st.lists(_NAMES, min_size=1, max_size=3))
def test_no_backslash_of_a_path_is_lost(start: str, names: list[str]) -> None:
    path = "\\".join((start, "new", *names))
    rendered = render_block(Fragment(path="a.md", line=1, column=1, text=f"See {path} there."))
    if not rendered.problems:
        assert without_tags(rendered.html).count("\\") == path.count("\\")
