"""Floods: one thing again and again, and how what it costs grows with its length."""

import gc
import math
import time
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from ankibuild.commands.renders import no_cache
from tests.helpers.places import CASES

SIZES = (10_000, 40_000)
NUMBER = "@n@"
"""Stands in a flood where each repetition has a number of its own."""

_FACTOR, _SLACK = 2.6, 0.1
_FIRST = 2.0
_MOST_FROM_ONE, _MOST_AT_LEAST = 250, 3_000_000
"""Characters that may come of one: a name in a problem with its cure, a mask on both sides."""

_RUNS = 6


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
    that a fault ends soon. A machine is fast and slow by turns, so what grows too much is measured
    again together with what it is compared with.
    """

    def cost_of(size: int) -> Cost:
        prepare(size)
        # What is known of a smaller size, or of the run before, would cost nothing.
        with no_cache():
            # What other tests left behind would be looked through for garbage, again and again.
            gc.freeze()
            try:
                started = time.process_time()
                result = measure(size)
                return Cost(time.process_time() - started, result)
            finally:
                gc.unfreeze()

    before: Cost | None = None
    for index, size in enumerate(sizes):
        cost, growth = cost_of(size), size / sizes[max(index - 1, 0)]
        for _ in range(_RUNS):
            if cost.seconds <= _limit(before, growth):
                break
            before = before and cost_of(sizes[index - 1])
            cost = min(cost, cost_of(size))
        assert cost.seconds <= _limit(before, growth), (what, size, before, cost)
        most = max(_MOST_FROM_ONE * size, _MOST_AT_LEAST)
        assert cost.size <= most, (what, size, before, cost)
        before = cost


def _limit(before: Cost | None, growth: float) -> float:
    """Return how many seconds so many times as much may take; a little more does not matter."""
    return _FACTOR ** math.log2(growth) * before.seconds + _SLACK if before else _FIRST
