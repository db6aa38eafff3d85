"""The languages that are built in: none says less than another."""

import re

import pytest

from ankibuild.anki.note_types import FIELDS
from ankibuild.core.languages import BUILT_IN, direction_of, fill, word_fault, words_in

ENGLISH = words_in("en")


def places(text: str) -> list[str]:
    return sorted(re.findall(r"\{(\w*)\}", text))


def letters(text: str) -> str:
    """Return a text without its places and signs."""
    return re.sub(r"\{\w+\}|[^\w\s]", "", text)


@pytest.mark.parametrize("language", BUILT_IN)
def test_each_language_has_the_same_words_with_the_same_places(language: str) -> None:
    words = words_in(language)
    assert len(words) > 30
    assert [*words] == [*ENGLISH]
    for key, text in words.items():
        assert places(text) == places(ENGLISH[key]), key
        assert not word_fault(key, text)
        assert text == text.strip()
        assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", key)


def test_no_sentence_was_left_in_english() -> None:
    alike = {key for key, text in words_in("de").items() if text == ENGLISH[key]}
    assert {"month-4", "month-9"} <= alike
    assert all(len(letters(ENGLISH[key]).split()) < 2 for key in alike)
    for key, text in words_in("ar").items():
        assert re.search("[\u0600-\u06ff]", text) or not re.search("[a-z]", letters(text)), key


def test_each_field_that_can_change_has_a_name_in_each_language() -> None:
    names = {name for fields in FIELDS.values() for name, _ in fields}
    told = {name for name in names if name != "Note ID" and not name.startswith("Spare ")}
    keys = {f"field-{name.lower().replace(' ', '-')}" for name in told}
    assert keys == {key for key in ENGLISH if key.startswith("field-")}
    assert {ENGLISH[f"field-{each}"] for each in ("reversed", "typed")} == {"reversed", "typed"}


@pytest.mark.parametrize("code", ["de", "de-AT", "DE-Latn-CH"])
def test_a_region_speaks_the_language_of_its_code(code: str) -> None:
    assert words_in(code) is words_in("de")


@pytest.mark.parametrize("code", ["", "fr", "den", "arn"])
def test_a_language_that_is_not_built_in_has_no_words(code: str) -> None:
    assert not words_in(code)


def test_each_place_of_a_word_stands_in_it_once() -> None:
    key, text = next((key, text) for key, text in ENGLISH.items() if places(text) == ["count"])
    fault = word_fault(key, f"{text} {{count}}")
    assert fault
    assert fault[1] == f'"{key}" contains "{{count}}", more than once'


def test_what_is_in_a_value_is_not_filled_again() -> None:
    assert fill("{one} and {two}", {"one": "{two}", "two": 2}) == "{two} and 2"


@pytest.mark.parametrize(
    ("language", "direction"), [("ar-EG", "rtl"), ("ur-Latn", "ltr"), ("de", "ltr"), ("", "auto")]
)
def test_a_language_runs_as_its_script_does(language: str, direction: str) -> None:
    assert direction_of(language) == direction
