"""Third-level headings name the fields of a note."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankibuild.core.problems import Fragment
from ankibuild.dialect.field_headings import SplitBody, escape_headings, split_body

NAMES = ("Word", "Example", "C#")


def split(text: str, *, strict: bool = True) -> SplitBody:
    return split_body(Fragment(path="d.md", line=5, column=1, text=text), NAMES, strict=strict)


def fields(found: SplitBody) -> list[tuple[str, str]]:
    return [(heading.text, text.text) for heading, text in found.fields]


def test_text_before_the_first_heading_is_the_body_and_each_heading_a_field() -> None:
    found = split("One\n\n### Word\n\ntwo\n\n- three\n\n### Example ###\n### C#\nfour")
    assert found.text.text == "One"
    assert fields(found) == [("Word", "two\n\n- three"), ("Example", ""), ("C#", "four")]
    assert [heading.line for heading, _ in found.fields] == [7, 13, 14]
    assert [text.line for _, text in found.fields][::2] == [9, 15]
    assert not found.as_read
    assert not found.problems


@pytest.mark.parametrize(
    "text",
    ["- ### Word", "> ### Word", "```\n### Word\n```", "    ### Word", "#### Word", "###Word"],
)
def test_what_is_no_heading_of_the_note_names_no_field(text: str) -> None:
    found = split(text)
    assert (found.text.text, list(found.fields), list(found.problems)) == (text, [], [])
    assert found.as_read


def test_a_heading_that_names_no_field_is_a_problem_where_there_are_many() -> None:
    (problem,) = split("### Wrod").problems
    assert str(problem) == (
        'd.md:5:1: "Wrod" is not a field of this note type; did you mean "Word"? (for a plain '
        r'heading, write "\###")'
    )
    assert not split("### Wrod", strict=False).problems
    assert split("### Wrod", strict=False).as_read


def test_a_backslash_makes_a_plain_heading_where_a_field_could_be_named() -> None:
    found = split("\\### Word\ntext\n\n\\### Other\n\n```\n\\### Word\n```")
    assert found.text.text == "### Word\ntext\n\n### Other\n\n```\n\\### Word\n```"
    assert not found.as_read
    found = split("\\### Word\n\n\\### Other", strict=False)
    assert found.text.text == "### Word\n\n\\### Other"


@given(
    st.lists(
        st.sampled_from(
            [
                *"ab \n",
                "### ",
                "### Word",
                "\\### Word",
                "\\### b",
                "```\n",
                "- ",
                "> ",
                "\n\n",
                "\\",
            ]
        ),
        max_size=12,
    ).map("".join),
    st.booleans(),
)
def test_what_is_escaped_is_read_back_as_it_was(text: str, strict: bool) -> None:
    plain = split(escape_headings(text, NAMES, strict=strict), strict=strict)
    assert not plain.fields
    assert not plain.problems
    lines = plain.text.text.replace("\\#\\##", "\\###").split("\n")
    assert list(filter(str.strip, lines)) == list(filter(str.strip, text.split("\n")))
