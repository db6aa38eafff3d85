"""Run a command, and say what it took."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

_LAUNCH = (sys.executable, "-I", "-S", str(Path(__file__).with_name("launch.py")))


class Cost(NamedTuple):
    """Seconds by the clock and of all processors, peak memory in MiB, package size in bytes.

    Of several processes ``memory`` is that of the largest, and ``together`` the sum of their peaks,
    where Linux tells it: no less than they ever held at once, for they share some of it.
    """

    wall: float
    cpu: float
    memory: float
    together: float
    size: int


class FailedError(Exception):
    """A command that did not do its work; holds the end of what it said."""


def run(
    command: Sequence[str],
    folder: Path,
    package: Path | None = None,
    *,
    env: Mapping[str, str] | None = None,
    before: Callable[[], None] | None = None,
) -> Cost:
    """Return what a command took; ``package`` is the file that must be there then.

    ``env`` is added to the environment, and ``before`` is called first, unmeasured. Raises
    FailedError.
    """
    if before:
        before()
    done = subprocess.run(
        [*_LAUNCH, *command],
        cwd=folder,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=True,
    )
    said, _, figures = done.stderr.rpartition("\n")
    took = json.loads(figures)
    if took["exit"] or (package and not package.exists()):
        raise FailedError(said[-2000:])
    size = package.stat().st_size if package else 0
    return Cost(took["wall"], took["cpu"], took["memory"], took["together"], size)


def median_cost(costs: Sequence[Cost]) -> Cost:
    """Return the median of each figure."""
    return Cost(
        median(cost.wall for cost in costs),
        median(cost.cpu for cost in costs),
        median(cost.memory for cost in costs),
        median(cost.together for cost in costs),
        round(median(cost.size for cost in costs)),
    )
