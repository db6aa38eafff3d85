"""Floods: one thing again and again, and how what it costs grows with its length."""

import time
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.helpers.places import CASES

SIZES = (5_000, 10_000, 20_000, 40_000)
NUMBER = "@n@"
"""Stands in a flood where each repetition has a number of its own."""

_FACTOR = 2.6
_FIRST = 2.0
_MOST_FROM_ONE, _MOST_AT_LEAST = 200, 3_000_000
"""Characters that may come of one: a name in a problem with its cure, a mask on both sides."""

_RUNS = 3


class Flood(NamedTuple):
    """What is repeated, and what stands once before and after it.

    What is ``closing`` follows as often; a ``step`` stands behind one, behind two, and so on.
    """

    way: str
    title: str
    repeated: str
    before: str = ""
    after: str = ""
    closing: str = ""
    step: str = ""

    def text(self, size: int) -> str:
        """Return about so many characters of it."""
        many = max(size // len(self.repeated + self.closing), 1)
        if self.step:
            many = max(int((2 * size / len(self.repeated)) ** 0.5), 1)
            parts = [f"{self.repeated * number}{self.step}" for number in range(1, many)]
        elif NUMBER in self.repeated:
            parts = [self.repeated.replace(NUMBER, str(number)) for number in range(many)]
        else:
            parts = [self.repeated * many]
        closing = self.closing * many
        return f"{self.before}{''.join(parts)}{closing}{self.after}"


class Cost(NamedTuple):
    """The seconds of CPU time that something took, and how many characters came of it."""

    seconds: float
    size: int


def floods_of(path: Path) -> list[Flood]:
    """Return the floods in a file; its name is the way by which they come in."""
    cases = tomllib.loads(path.read_text("utf-8"))["flood"]
    return [Flood(way=path.stem, **each) for each in cases]


def all_floods(ways: Sequence[str]) -> list[Flood]:
    """Return the floods that come in by some ways."""
    return [flood for way in ways for flood in floods_of(CASES / f"floods/{way}.toml")]


def see_growth(
    what: object,
    measure: Callable[[int], int],
    sizes: Sequence[int] = SIZES,
    prepare: Callable[[int], object] = lambda size: None,
) -> None:
    """See that the time grows about as the size does, and what comes of it is in proportion.

    ``measure`` does the work for a size, and returns how many characters came of it; ``prepare`` is
    called before it and costs nothing. Each size is tried only when the one before it was good, so
    that a fault ends soon.
    """
    before: Cost | None = None
    for size in sizes:
        # A little more than in proportion does not matter.
        limit = _FACTOR * before.seconds + 0.05 if before else _FIRST
        cost = _cost(size, measure, prepare, limit)
        assert cost.seconds <= limit, (what, size, before, cost)
        most = max(_MOST_FROM_ONE * size, _MOST_AT_LEAST)
        assert cost.size <= most, (what, size, before, cost)
        before = cost


def _cost(
    size: int, measure: Callable[[int], int], prepare: Callable[[int], object], limit: float
) -> Cost:
    """Return the least of some runs; one is enough that is good."""
    found = []
    for _ in range(_RUNS):
        prepare(size)
        started = time.process_time()
        result = measure(size)
        found.append(Cost(time.process_time() - started, result))
        if found[-1].seconds <= limit:
            break
    return min(found)
