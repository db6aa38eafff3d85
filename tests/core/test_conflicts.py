"""What Git leaves of two branches that changed the same lines."""

import pytest

from ankibuild.core.conflicts import find_conflicts

WHOLE = "<<<<<<< HEAD\na\n||||||| 3f2\nb\n=======\nc\n>>>>>>> other"


@pytest.mark.parametrize(
    ("text", "places"),
    [
        (WHOLE, [(0, 6)]),
        (f"x\n{WHOLE}\nx\n{WHOLE}", [(1, 7), (9, 15)]),
        (f"<<<<<<< HEAD\na\n{WHOLE}", [(0, 0), (2, 8)]),
        ("x\n>>>>>>> other", [(1, 1)]),
        ("x\n<<<<<<<", [(1, 1)]),
        ("<<<<<< x\n <<<<<<< x\n<<<<<<<x\n>>>>>>>> x\nx\n=======\n", []),
    ],
)
def test_each_conflict_is_found_once_and_what_is_left_of_one(
    text: str, places: list[tuple[int, int]]
) -> None:
    assert find_conflicts(text.split("\n")) == places
