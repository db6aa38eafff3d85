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
_RUNS = 3


class Flood(NamedTuple):
    """What is repeated, and what stands once before and after it."""

    way: str
    title: str
    before: str
    repeated: str
    after: str

    def text(self, size: int) -> str:
        """Return about so many characters of it."""
        many = max(size // len(self.repeated), 1)
        if NUMBER not in self.repeated:
            return f"{self.before}{self.repeated * many}{self.after}"
        parts = (self.repeated.replace(NUMBER, str(number)) for number in range(many))
        return f"{self.before}{''.join(parts)}{self.after}"


class Cost(NamedTuple):
    """The seconds of CPU time that something took, and how many characters came of it."""

    seconds: float
    size: int


def floods_of(path: Path) -> list[Flood]:
    """Return the floods in a file; its name is the way by which they come in."""
    cases = tomllib.loads(path.read_text("utf-8"))["flood"]
    return [
        Flood(
            path.stem,
            each["title"],
            each.get("before", ""),
            each["repeated"],
            each.get("after", ""),
        )
        for each in cases
    ]


def all_floods(ways: Sequence[str]) -> list[Flood]:
    """Return the floods that come in by some ways."""
    return [flood for way in ways for flood in floods_of(CASES / f"floods/{way}.toml")]


def see_growth(flood: Flood, measure: Callable[[str], int]) -> None:
    """See that time and size grow about as the flood does; ``measure`` returns the size.

    Each size is tried only when the one before it was good, so that a fault ends soon.
    """
    before = Cost(0.0, 0)
    for size in SIZES:
        cost = _cost(flood.text(size), measure, before if size > SIZES[0] else Cost(1.0, 1_000_000))
        limit = _limit(before if size > SIZES[0] else Cost(1.0, 1_000_000))
        assert cost.seconds <= limit.seconds, (flood.way, flood.title, size, before, cost)
        assert cost.size <= limit.size, (flood.way, flood.title, size, before, cost)
        before = cost


def _limit(before: Cost) -> Cost:
    """Return what twice as much may cost; a little more does not matter."""
    return Cost(_FACTOR * before.seconds + 0.05, int(_FACTOR * before.size) + 10_000)


def _cost(text: str, measure: Callable[[str], int], before: Cost) -> Cost:
    """Return the least of some runs; one is enough that is good."""
    found = []
    for _ in range(_RUNS):
        started = time.process_time()
        size = measure(text)
        found.append(Cost(time.process_time() - started, size))
        if found[-1].seconds <= _limit(before).seconds:
            break
    return min(found)
