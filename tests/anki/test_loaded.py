"""What note types load is found in their HTML and style, however it is written."""

import json

import pytest

from ankibuild.anki.carried import read_note_type
from ankibuild.anki.loaded import find_loaded
from tests.helpers.note_types import BASIC

FILE = "_a b.png"


@pytest.mark.parametrize(
    ("front", "css"),
    [
        ('<img src="_a b.png">', ""),
        ("<img src='_a%20b.png'>", ""),
        ('<img src="_a&#32;b.png">', ""),
        ("[sound:_a b.png]", ""),
        ("<script>load('_a b.png')</script>", ""),
        ("", ".card { background: url(_a b.png) }"),
        ("", '@import "_a b.png";'),
    ],
)
def test_a_file_that_a_note_type_names_is_found(front: str, css: str) -> None:
    record = json.loads(BASIC)
    record["tmpls"][0]["qfmt"] += front
    record["css"] += css
    note_type = read_note_type("basic", json.dumps(record))
    assert find_loaded([note_type], {FILE: b"", "other.png": b""}) == {FILE}


def test_what_style_sheets_load_in_turn_is_found_once() -> None:
    record = json.loads(BASIC)
    record["css"] += "@import url(_a.css)"
    note_type = read_note_type("basic", json.dumps(record))
    media = {
        "_a.css": b"@import '_b.css'",
        "_b.css": b"@import '_a.css'; url(_c.woff)",
        "_c.woff": b"",
    }
    assert find_loaded([note_type], media) == media.keys()


def test_without_a_carried_note_type_nothing_is_loaded() -> None:
    assert find_loaded([], {"latex-" + "0" * 40 + ".png": b""}) == frozenset()
