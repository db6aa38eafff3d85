"""The rules: their names are promises to settings and to programs."""

import re

from ankibuild.core.rules import OF_TASTE, RULES
from tests.helpers.places import CASES, ROOT


def test_names_are_short_in_kebab_case_and_sorted() -> None:
    assert all(re.fullmatch("[a-z]+(-[a-z]+)*", name) for name in RULES)
    assert list(RULES) == sorted(set(RULES))


def test_each_is_used() -> None:
    files = [path for path in (ROOT / "ankibuild").rglob("*.py") if path.name != "rules.py"]
    code = "".join(path.read_text("utf-8") for path in files)
    assert {name for name in RULES if f'"{name}"' not in code} == set()


def test_what_may_be_switched_off_never_gets_less() -> None:
    # Never change: a package.toml names them.
    assert {
        "active-note-type",
        "attributes-as-text",
        "bare-cloze",
        "break-as-text",
        "cloze-on-several-cards",
        "hard-to-type",
        "html-as-text",
        "indented-code",
        "large-media",
        "list-as-text",
        "long-answer",
        "missing-deck-heading",
        "money-as-math",
        "picture-without-words",
        "renumbered-list",
        "repeated-media",
        "repeated-question",
        "sign-as-quote",
        "stars-as-emphasis",
        "table-as-text",
        "unused-media",
    } <= OF_TASTE
    assert set(RULES) >= OF_TASTE


def test_no_name_ever_goes() -> None:
    # Never change a line, only add: settings and programs name them.
    frozen = (CASES / "frozen/rules.txt").read_text("utf-8").split()
    assert len(frozen) > 100
    assert {*frozen} <= {*RULES}
