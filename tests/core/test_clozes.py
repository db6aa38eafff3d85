"""Clozes are read as Anki reads them."""

import pytest

from ankibuild.core.clozes import cloze_numbers, reveal_clozes, split_clozes


def test_a_field_is_split_at_what_opens_and_closes_a_cloze() -> None:
    assert [*split_clozes("a {{c1::b::c}} }} {{c2,3::d}}{{c::e}}")] == [
        *("a ", (1,), "b::c", "}}", " ", "}}", " ", (2, 3), "d", "}}", "{{c::e", "}}"),
    ]


@pytest.mark.parametrize(
    ("html", "numbers"),
    [
        ("{{c1::a}} {{c3::b {{c2::c}}}}", {1, 2, 3}),
        ("{{c1::a {{c2::b}}", set()),
        ("{{c0::a}} {{c65536::b}} {{c65535::d}} {{c\u0661::e}}", {65535}),
        ("{{c" + "9" * 5000 + "::a}} {{c" + "0" * 5000 + "1::b}}", {1}),
    ],
)
def test_clozes_that_close_count(html: str, numbers: set[int]) -> None:
    assert cloze_numbers(html) == numbers


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("The {{c1::moon::a body}} shines", "The moon shines"),
        ("{{c1::a {{c2::b::x}} c::y}}", "a b c"),
        ("{{c1::never closed::hint", "never closed"),
        ("a}} b::c", "a}} b::c"),
        ("{{c1::image-occlusion:rect:left=.1}}", "image-occlusion:rect:left=.1"),
    ],
)
def test_what_clozes_hide_is_shown_without_the_hints(html: str, words: str) -> None:
    assert reveal_clozes(html) == words
