"""The bars that ankibuild must not exceed, beside what was measured."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tests.bench.measure import Cost

HELP = "ankibuild --help"
COLD = "ankibuild"
SECOND = "ankibuild, again"
EDITED = "ankibuild, one edit"
CHECK = "ankibuild check"
DIFF = "ankibuild diff"
RAW = "raw script"

Costs = Mapping[tuple[str, int], Mapping[str, Cost]]
"""What each case took, by deck and number of notes."""


class _Bar(NamedTuple):
    deck: str
    notes: int
    case: str
    figure: str
    most: float


_BARS = (
    _Bar("customer", 22, HELP, "wall/raw", 0.5),
    _Bar("customer", 22, COLD, "wall/raw", 1.1),
    _Bar("customer", 22, SECOND, "wall/raw", 1.0),
    _Bar("plain", 10_000, COLD, "wall/raw", 0.5),
    _Bar("mixed", 1_000, COLD, "wall/raw", 1.2),
    _Bar("mixed", 10_000, COLD, "wall/raw", 1.2),
    _Bar("plain", 10_000, EDITED, "wall/raw", 0.25),
    _Bar("mixed", 10_000, EDITED, "wall/raw", 0.25),
    _Bar("mixed", 10_000, CHECK, "wall/raw", 0.2),
    _Bar("mixed", 10_000, DIFF, "wall/raw", 0.2),
    _Bar("mixed", 100_000, COLD, "wall/10,000", 11),
    _Bar("mixed", 100_000, COLD, "MiB", 500),
    _Bar("plain", 10_000, COLD, "size/raw", 0.12),
    _Bar("mixed", 10_000, COLD, "size/raw", 0.12),
)


def tell_bars(costs: Costs) -> Iterator[str]:
    """Return a line for each bar: what was measured, and whether it is met."""
    yield f"{'bar':44} {'figure':>12} {'most':>6} {'now':>8}"
    for bar in _BARS:
        now = _find(bar, costs)
        told = (
            f"{'-':>8}" if now is None else f"{now:8.2f} {'met' if now <= bar.most else 'missed'}"
        )
        what = f"{bar.deck} {bar.notes:,}: {bar.case}"
        yield f"{what:44} {bar.figure:>12} {bar.most:6g} {told}"


def _find(bar: _Bar, costs: Costs) -> float | None:
    """Return the figure of a bar; None if a case of it was not measured."""
    group = costs.get((bar.deck, bar.notes), {})
    smaller = costs.get((bar.deck, 10_000), {})
    try:
        cost = group[bar.case]
        if bar.figure == "MiB":
            return cost.together
        if bar.figure == "size/raw":
            return cost.size / group[RAW].size
        return cost.wall / (smaller[bar.case] if "10,000" in bar.figure else group[RAW]).wall
    except KeyError:
        return None
