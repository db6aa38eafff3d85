"""The attributes of a heading: what they become, and what is said of broken ones."""

from pathlib import Path

import pytest

from ankibuild.dialect.source import parse_file
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


@pytest.mark.parametrize(
    ("written", "better"),
    [
        ("{#a hint=“three words”}", '{#a hint="three words"}'),
        ("{#a hint='three words' .typed}", '{#a hint="three words" .typed}'),
        ('{#a hint="three words”}', '{#a hint="three words"}'),
        ("{#a source=„drei Wörter“ tags=«a b»}", '{#a source="drei Wörter" tags="a b"}'),
    ],
)
def test_words_in_other_quotes_are_refused_with_what_to_paste(written: str, better: str) -> None:
    (problem,) = parse_file("a.md", f"# A\n\n## B {written}\n\nC.\n", stem="a").problems
    assert problem.cure == f"write it with straight quotes: {better}"
    assert not parse_file("a.md", f"# A\n\n## B {better}\n\nC.\n", stem="a").problems


@pytest.mark.parametrize(
    "heading", ["What is {x}", "What is {unit}?", r"A \{unit}", "{unit} {#b}", '{#b hint="so” it"}']
)
def test_braces_of_text_are_taken_for_no_id(heading: str) -> None:
    text = f"# A\n\n## B {{#a}}\n\nC.\n\n## {heading}\n\nC.\n"
    assert not parse_file("a.md", text, stem="a").problems
