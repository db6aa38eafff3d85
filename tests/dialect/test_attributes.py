"""The attributes of a heading: what they become, and what is said of broken ones."""

from pathlib import Path

import pytest

from ankibuild.dialect.source import parse_file
from tests.helpers.cases import Case
from tests.helpers.demo import START
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
    assert problem.cure == f"write straight double quotes: ## B {better}"
    assert not parse_file("a.md", f"# A\n\n## B {better}\n\nC.\n", stem="a").problems


@pytest.mark.parametrize(
    ("written", "better"),
    [
        ("{#Warm Transfer}", "{#warm-transfer}"),
        ("{#Warm}", "{#warm}"),
        ("{# warm}", "{#warm}"),
        ("{#warm reversed}", "{#warm .reversed}"),
        ("{#warm, .reversed; .typed}", "{#warm .reversed .typed}"),
        ('{#warm hint: "a \\"b\\" c"}', '{#warm hint="a \\"b\\" c"}'),
        ("{#warm hint = some words .typed}", '{#warm hint="some words" .typed}'),
        ("{#warm tags=a b}", '{#warm tags="a b"}'),
        ("{hint: “some words”}", '{hint="some words"}'),
        ("{Source: Wiki, page 3}", '{source="Wiki, page 3"}'),
        ("{id: Warm Transfer, reversed}", "{#warm-transfer .reversed}"),
        ("(#warm)", "{#warm}"),
    ],
)
def test_what_was_probably_meant_is_ready_to_paste(written: str, better: str) -> None:
    (problem,) = parse_file("a.md", f"# A\n\n## B {written}\n\nC.\n", stem="a").problems
    assert f"write {better}" in problem.cure
    assert not parse_file("a.md", f"# A\n\n## B {better}\n\nC.\n", stem="a").problems


@pytest.mark.parametrize("written", ['{#warm hint="a}', "{#warm hint=}", "{#!!! ?}", "{hint me}"])
def test_what_cannot_be_guessed_is_told_by_an_example(written: str) -> None:
    (problem,) = parse_file("a.md", f"# A\n\n## B {written}\n\nC.\n", stem="a").problems
    assert "as {#note-id .reversed" in problem.cure


def test_broken_attributes_are_the_only_thing_told_of_a_note_that_is_published(
    trainer: Trainer,
) -> None:
    trainer.write_package('# A\n\n## B {#bill hint="two words"}\n\nC.\n')
    trainer.release(START)
    for written in ("{#bill hint=“two words”}", "{#bill two words}", '{#bill hint: "two words"}'):
        trainer.write("content/demo/1.md", f"# A\n\n## B {written}\n\nC.\n")
        said = trainer.run("check").told
        assert "[invalid-attributes]" in said
        assert "1 error, 0 warnings" in said


@pytest.mark.parametrize(
    "heading", ["What is {x}", "What is {unit}?", r"A \{unit}", "{unit} {#b}", '{#b hint="so” it"}']
)
def test_braces_of_text_are_taken_for_no_id(heading: str) -> None:
    text = f"# A\n\n## B {{#a}}\n\nC.\n\n## {heading}\n\nC.\n"
    assert not parse_file("a.md", text, stem="a").problems
