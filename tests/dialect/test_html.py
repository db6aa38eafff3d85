"""HTML in Markdown: bare tags pass, all other is seen as text, and nothing runs."""

from pathlib import Path

import pytest

from ankibuild.core.problems import Fragment
from ankibuild.dialect.fields import render_block
from tests.helpers.cases import Case
from tests.helpers.faults import errors_of, see_error, see_warning, warnings_of
from tests.helpers.forms import forms_in, see_form
from tests.helpers.trainer import Trainer


@pytest.mark.parametrize("form", forms_in("html.md"), ids=lambda form: form.title)
def test_html_becomes_its_fields(trainer: Trainer, form: Case) -> None:
    see_form(trainer, form)


@pytest.mark.parametrize("path", errors_of("dialect.html"), ids=lambda path: path.stem)
def test_a_mistake_in_html_is_reported(trainer: Trainer, path: Path) -> None:
    see_error(trainer, path)


@pytest.mark.parametrize("path", warnings_of("dialect.html"), ids=lambda path: path.stem)
def test_html_that_may_be_a_slip_is_warned_of(trainer: Trainer, path: Path) -> None:
    see_warning(trainer, path)


@pytest.mark.parametrize("address", ["HTTPS://example.org", "mailto:a@example.org", "TEL:1234"])
def test_a_link_leads_somewhere_in_capitals_too(address: str) -> None:
    fragment = Fragment(path="a.md", line=1, column=1, text=f"[there]({address})")
    assert render_block(fragment).problems == ()
