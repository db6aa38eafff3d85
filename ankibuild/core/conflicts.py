"""What Git leaves in a file when two branches changed the same lines."""

import re
from collections.abc import Sequence

from ankibuild.core.problems import Fault

UNMERGED: Fault = (
    "unmerged-file",
    "Git left two versions of these lines here",
    'keep the right lines, and delete those that begin with "<<<<<<<", "=======" and ">>>>>>>"',
)
"""What is wrong with each conflict, and what to do."""

_START, _END = re.compile(r"<{7}(?!\S)"), re.compile(r">{7}(?!\S)")


def find_conflicts(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Return the first and the last line of each conflict, from 0; also of what is left of one.

    No other text has seven of these signs at the left edge and then a space.
    """
    found: list[tuple[int, int]] = []
    start: int | None = None
    for number, line in enumerate(lines):
        if not line.startswith(("<<<<<<<", ">>>>>>>")):
            continue
        if _START.match(line):
            if start is not None:
                found.append((start, start))
            start = number
        elif _END.match(line):
            found.append((number if start is None else start, number))
            start = None
    if start is not None:
        found.append((start, start))
    return found
