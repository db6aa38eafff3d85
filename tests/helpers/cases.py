"""Read case files: a title, a line with a dot, the input, a dot, the output, a dot."""

from typing import NamedTuple

from tests.helpers.places import CASES


class Case(NamedTuple):
    """One titled case of a case file."""

    title: str
    input: str
    output: str


def read_cases(path: str) -> list[Case]:
    """Return the cases of a file below ``cases/``; a file without a case is a mistake."""
    text = (CASES / path).read_text("utf-8")
    parts = text.split("\n.\n")
    parts[-1] = parts[-1].removesuffix("\n.")
    titles, inputs, outputs = parts[::3], parts[1::3], parts[2::3]
    cases = [
        Case(title.strip(), given.replace("→", "\t"), wanted)
        for title, given, wanted in zip(titles, inputs, outputs, strict=False)
    ]
    assert cases, f"{path} has no case"
    return cases
