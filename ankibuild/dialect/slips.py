"""Find what no trainer means to publish as text: what Git could not merge."""

import re
from collections.abc import Sequence

from ankibuild.core.conflicts import UNMERGED, find_conflicts
from ankibuild.core.problems import Reporter

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")


def find_unmerged(lines: Sequence[str], report: Reporter) -> bool:
    """Report what Git could not merge; tell whether the text is of no use before somebody has.

    A whole conflict in a code fence may be what the card is about, and is only warned of.
    """
    conflicts = find_conflicts(lines)
    in_fence = in_fences(lines) if conflicts else ()
    is_unmerged = False
    for start, end in conflicts:
        if not all(in_fence[start : end + 1]):
            report(start, 0, *UNMERGED)
            is_unmerged = True
        elif start < end:
            rule, message, cure = UNMERGED
            cure += "; or put a space before each, to show them"
            report(start, 0, rule, message, cure, "warning")
    return is_unmerged


def in_fences(lines: Sequence[str]) -> list[bool]:
    """Tell of each line whether it belongs to a code fence at the left edge that is closed."""
    found = [False] * len(lines)
    opened: tuple[int, str] | None = None
    for number, line in enumerate(lines):
        if not (match := _FENCE.match(line)):
            continue
        marks, rest = match.groups()
        if opened is None:
            if "`" not in rest or marks[0] == "~":
                opened = number, marks
        elif marks.startswith(opened[1]) and not rest.strip():
            found[opened[0] : number + 1] = [True] * (number + 1 - opened[0])
            opened = None
    return found
