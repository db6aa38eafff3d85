"""The dialect, rule by rule: what each form becomes in Anki's fields."""

import re
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ankibuild.core.problems import Fragment
from ankibuild.core.values import replace
from ankibuild.dialect import fields, markdown
from tests.helpers.cases import Case
from tests.helpers.examples import examples
from tests.helpers.forms import forms_in, see_form
from tests.helpers.trainer import Trainer

FORMS = {"code.md", "extra.md", "headings.md", "text.md"}


@pytest.mark.parametrize("form", forms_in(*FORMS), ids=lambda form: form.title)
def test_a_form_becomes_its_fields(trainer: Trainer, form: Case) -> None:
    see_form(trainer, form)


_PIECES = (
    *("a", "b c", " ", "  \n", "\n", "\\(a\\)", "\\a", "$x$", "$", "*a*", "**", "_b_", "_"),
    *("`c`", "`", "&amp;", "&", "<b>", "</b>", "<", ">", "[a](https://example.org)", "![a](b)"),
    *("{{c1::a}}", "{{", "}}", "::", "~~a~~", "~", "https://a.b", "a@b.org", "(c)", "--", "^", "!"),
    *("\u00e9", "\u00a0", "'", '"', "=", "#", "%", "|", "\t"),
)


@settings(max_examples=examples(400), deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=4))
def test_a_text_without_markup_is_written_as_the_parser_would(pieces: list[str]) -> None:
    fragment = Fragment(path="a.md", line=1, column=1, text="".join(pieces))
    found = markdown.render_block(fragment, {})
    with patch.object(markdown, "_MARKUP", re.compile("")):
        assert markdown.render_block(fragment, {}) == found


def test_empty_lines_around_code_are_kept() -> None:
    fragment = Fragment(path="a.md", line=1, column=1, text="```python\n\nx\n\n```")
    html = markdown.render_block(fragment, {}).html
    assert re.sub("<[^>]*>", "", html) == "\nx\n\n"


def test_a_text_longer_than_any_note_is_refused_and_plain_words_are_not() -> None:
    for text in ("*a* <b>", "word\n"):
        long = (text * (markdown.LONGEST_MARKDOWN // len(text) + 2)).strip()
        fragment = Fragment(path="a.md", line=1, column=1, text=long)
        problems = fields.render_block(fragment).problems
        assert [each.rule for each in problems] == (["slow-note"] if "*" in text else [])
    assert fields.render_block(replace(fragment, text="*a* <b>x</b>")).problems == ()
