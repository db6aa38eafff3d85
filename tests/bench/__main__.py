"""Measure ankibuild beside every other generator: the same deck, the tools in turn.

Each tool has an environment of its own below ``.bench_cache/``, made from PyPI on first use.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import click

from tests.bench.measure import Cost, FailedError, median_cost, run
from tests.bench.plot import draw_plot
from tests.bench.tools import ANKIBUILD, BOUND, RAW, TOOLS, Tool, install
from tests.bench.words import PLAIN
from tests.helpers.learner import Learner
from tests.helpers.places import ROOT

_CACHE = ROOT / ".bench_cache"
_REPEATS = {22: 9, 1_000: 5, 10_000: 3, 100_000: 1}
_LARGEST = 100_000
_RELEASED = 10_000
_HELP = "ankibuild --help"
_REBUILD = "ankibuild, one edit"


class Case(NamedTuple):
    """A command to measure: what it is called, where it runs, which package it must write.

    ``notes`` is how many a learner must find in the package.
    """

    name: str
    command: tuple[str, ...]
    folder: Path
    package: Path | None
    notes: int


@click.command()
@click.option("--large", is_flag=True, help="Measure 100,000 notes too: some minutes more.")
@click.option("--cap", default=60, show_default=True, help="Leave a peer out beyond these seconds.")
@click.option("--repeat", type=int, help="Runs of each case, instead of fewer for larger decks.")
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw the wall times as SVG into this file.",
)
def main(*, large: bool, cap: int, repeat: int | None, plot: Path | None) -> None:
    """Measure ankibuild beside every other generator: the same deck, the tools in turn."""
    programs = {}
    for tool in TOOLS:
        click.echo(f"{tool.name}: {' '.join(tool.requirements) or 'Python alone'}", err=True)
        programs[tool.name] = str(install(tool, _CACHE / "environments"))
    walls: dict[str, dict[int, float]] = {}
    for notes, usual in _REPEATS.items():
        if notes == _LARGEST and not large:
            continue
        folder = _CACHE / "decks" / str(notes)
        shutil.rmtree(folder, ignore_errors=True)
        cases = [
            _prepare(tool, notes, folder / tool.name, programs)
            for tool in TOOLS
            if not tool.peer or _forecast(walls.get(tool.name, {}), notes) <= cap
        ]
        cases += _more_cases(notes, folder, programs)
        click.echo(f"\n{notes:,} notes")
        costs = _measure(cases, repeat or usual)
        for name, cost in costs.items():
            walls.setdefault(name, {})[notes] = cost.wall
        _print(costs)
        for case in cases:
            _see_that_it_imports(case, folder / "learner")
    if plot:
        lines = {tool.name: walls[tool.name] for tool in TOOLS if tool.name in walls}
        plot.write_text(draw_plot(lines, emphasis=ANKIBUILD.name), "utf-8")
        click.echo(f"\n{plot} drawn")


def _forecast(walls: Mapping[int, float], notes: int) -> float:
    """Return the seconds that a tool is likely to take: those of the last size, as many times."""
    if not walls:
        return 0 if notes == min(_REPEATS) else float("inf")
    last = max(walls)
    return walls[last] * (notes / last if last > min(_REPEATS) else 1)


def _prepare(tool: Tool, notes: int, folder: Path, programs: Mapping[str, str]) -> Case:
    folder.mkdir(parents=True)
    command = tuple(word.format(bin=programs[tool.name]) for word in tool.command)
    case = Case(tool.name, command, folder, folder / tool.package, notes)
    tool.write(folder, PLAIN, notes)
    if tool is RAW:
        # The lower bound takes its rows from here; and whatever is compiled once is compiled now.
        run(case.command, case.folder, case.package)
    return case


def _more_cases(notes: int, folder: Path, programs: Mapping[str, str]) -> Iterator[Case]:
    ankibuild = f"{programs[ANKIBUILD.name]}/ankibuild"
    if notes == min(_REPEATS):
        yield Case(_HELP, (ankibuild, "--help"), folder, None, 0)
    if notes == _RELEASED:
        released = folder / "released" / "bench"
        released.mkdir(parents=True)
        ANKIBUILD.write(released, PLAIN, notes)
        run((ankibuild, "release", ".", "-o", "../dist"), released)
        deck = released / "Bench.md"
        deck.write_text(deck.read_text("utf-8").replace("customer?", "client?", 1), "utf-8")
        package = folder / "released" / "dist" / "bench-1.0.1-dev.apkg"
        yield Case(_REBUILD, (ankibuild, "build", ".", "-o", "../dist"), released, package, notes)


def _measure(cases: Sequence[Case], repeat: int) -> dict[str, Cost]:
    """Return the medians of each case; the tools take turns, so that all meet the same weather."""
    costs: dict[str, list[Cost]] = {case.name: [] for case in cases}
    failed: set[str] = set()
    for turn in range(repeat + (repeat > 1)):
        for case in cases:
            if case.name not in failed:
                try:
                    cost = run(case.command, case.folder, case.package)
                except FailedError as error:
                    failed.add(case.name)
                    click.echo(f"{case.name} failed:\n{error}", err=True)
                    continue
                # The first turn warms the disk's cache and compiles what is not compiled yet.
                if turn or repeat == 1:
                    costs[case.name].append(cost)
    return {name: median_cost(each) for name, each in costs.items() if name not in failed}


def _print(costs: Mapping[str, Cost]) -> None:
    raw, bound = costs[RAW.name], costs[BOUND.name]
    click.echo(
        f"{'':20} {'wall':>8} {'CPU':>8} {'memory':>8} {'package':>10}"
        f" {'wall/raw':>9} {'wall/bound':>10} {'CPU/raw':>8} {'size/raw':>8}"
    )
    for name, cost in costs.items():
        size = f"{cost.size / 1000:7,.0f} kB" if cost.size else " " * 10
        ratio = f"{cost.size / raw.size:8.3f}" if cost.size else " " * 8
        click.echo(
            f"{name:20} {cost.wall:6.2f} s {cost.cpu:6.2f} s {cost.memory:4.0f} MiB {size}"
            f" {cost.wall / raw.wall:9.2f} {cost.wall / bound.wall:10.1f}"
            f" {cost.cpu / raw.cpu:8.2f} {ratio}"
        )


def _see_that_it_imports(case: Case, folder: Path) -> None:
    """Import a package into a real Anki, so that nobody wins by doing less."""
    if not case.package or not case.package.exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    with Learner.at(folder) as learner:
        log = learner.import_package(case.package)
        cards = learner.collection.card_count()
    if log.new != case.notes or cards != case.notes:
        what = f"{log.new:,} notes and {cards:,} cards"
        raise click.ClickException(f"{case.name}: Anki found {what}, not {case.notes:,} of each")


if __name__ == "__main__":
    main()
