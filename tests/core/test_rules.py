"""The rules: their names are promises to settings and to programs."""

import re

from ankibuild.core.rules import OF_TASTE, RULES


def test_names_are_short_in_kebab_case_and_sorted() -> None:
    assert all(re.fullmatch("[a-z]+(-[a-z]+)*", name) for name in RULES)
    assert list(RULES) == sorted(set(RULES))


def test_what_may_be_switched_off_never_gets_less() -> None:
    # Never change: a package.toml names them.
    assert {
        "bare-cloze",
        "cloze-on-several-cards",
        "heavy-media",
        "long-answer",
        "money-as-math",
        "no-deck-heading",
        "picture-without-words",
        "repeated-media",
        "repeated-question",
        "shown-attributes",
        "shown-html",
        "unused-media",
    } <= OF_TASTE
    assert set(RULES) >= OF_TASTE
