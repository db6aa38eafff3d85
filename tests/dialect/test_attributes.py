"""The attributes of a heading: what they become, and what is said of broken ones."""

from pathlib import Path

import pytest

from tests.helpers.cases import Case
from tests.helpers.faults import errors_of, see_error, see_warning, warnings_of
from tests.helpers.forms import forms_in, see_form
from tests.helpers.trainer import Trainer


@pytest.mark.parametrize("form", forms_in("attributes.md"), ids=lambda form: form.title)
def test_attributes_become_parts_of_the_note(trainer: Trainer, form: Case) -> None:
    see_form(trainer, form)


@pytest.mark.parametrize("path", errors_of("dialect.attributes"), ids=lambda path: path.stem)
def test_a_mistake_in_attributes_is_reported(trainer: Trainer, path: Path) -> None:
    see_error(trainer, path)


@pytest.mark.parametrize("path", warnings_of("dialect.attributes"), ids=lambda path: path.stem)
def test_what_may_have_been_meant_as_attributes_is_warned_of(trainer: Trainer, path: Path) -> None:
    see_warning(trainer, path)
