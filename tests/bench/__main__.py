"""Measure ankibuild beside every other generator: the same decks, the tools in turn.

Each tool has an environment of its own below ``.bench_cache/``, made from PyPI on first use.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from tests.bench.bars import COLD, tell_bars
from tests.bench.cases import Case, prepare_ankibuild, prepare_tool
from tests.bench.measure import Cost, FailedError, median_cost
from tests.bench.plot import draw_plot
from tests.bench.tools import ANKIBUILD, BOUND, RAW, TOOLS, Tool, install
from tests.bench.words import MIXED, PLAIN, TIER_1, Deck
from tests.helpers.learner import Learner
from tests.helpers.places import ROOT

_CACHE = ROOT / ".bench_cache"
_CUSTOMERS, _LARGEST = 22, 100_000
_SIZES = (_CUSTOMERS, 1_000, 10_000)
_DECKS = {"mixed": [MIXED], "plain": [PLAIN], "both": [MIXED, PLAIN]}


@click.command()
@click.option("--large", is_flag=True, help="Measure 100,000 notes too: some minutes more.")
@click.option("--deck", type=click.Choice(tuple(_DECKS)), default="both", show_default=True)
@click.option(
    "--size",
    "sizes",
    type=click.IntRange(min=16),
    multiple=True,
    help="Measure this many notes alone; 22 are the customer's own. May be given again.",
)
@click.option("--only", type=click.Choice([COLD]), help="Leave all but it and the raw script out.")
@click.option("--cap", default=60, show_default=True, help="Leave a peer out beyond these seconds.")
@click.option("--repeat", type=int, help="Runs of each case, instead of fewer for larger decks.")
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Draw the wall times of the mixed deck as SVG into this file.",
)
def main(
    *,
    large: bool,
    deck: str,
    sizes: Sequence[int],
    only: str | None,
    cap: int,
    repeat: int | None,
    plot: Path | None,
) -> None:
    """Measure ankibuild beside every other generator: the same decks, the tools in turn."""
    tools = [tool for tool in TOOLS if not only or tool in (RAW, ANKIBUILD)]
    programs = {}
    for tool in tools:
        click.echo(f"{tool.name}: {' '.join(tool.requirements) or 'Python alone'}", err=True)
        programs[tool.name] = str(install(tool, _CACHE / "environments"))
    costs: dict[tuple[str, int], dict[str, Cost]] = {}
    for size in sorted({*(sizes or _SIZES), *([_LARGEST] if large else [])}):
        for each in [TIER_1] if size == _CUSTOMERS else _DECKS[deck]:
            able = [
                tool
                for tool in tools
                if (tool.mixed or each is not MIXED)
                and (not tool.peer or _forecast(costs, each, tool, size) <= cap)
            ]
            cases = _prepare(each, size, able, programs)
            click.echo(f"\n{each.name}, {size:,} notes")
            costs[each.name, size] = found = _measure(cases, repeat or _usual(size))
            _print(found)
            learner = _CACHE / "decks" / "learner"
            for case in {case.package: case for case in cases if case.package}.values():
                _see_that_it_imports(case, learner)
    click.echo("\n" + "\n".join(tell_bars(costs)))
    if plot:
        mixed = {size: found for (name, size), found in costs.items() if name == MIXED.name}
        lines = {
            tool.name: {
                size: found[tool.name].wall for size, found in mixed.items() if tool.name in found
            }
            for tool in tools
        }
        drawn = {name: line for name, line in lines.items() if line}
        plot.write_text(draw_plot(drawn, emphasis=ANKIBUILD.name), "utf-8")
        click.echo(f"\n{plot} drawn")


def _usual(size: int) -> int:
    """Return how often a case is measured."""
    return next((n for most, n in ((100, 9), (1_000, 5), (10_000, 3)) if size <= most), 1)


def _forecast(
    costs: Mapping[tuple[str, int], Mapping[str, Cost]], deck: Deck, tool: Tool, size: int
) -> float:
    """Return the seconds that a tool is likely to take: those of the last size, as many times."""
    measured = {notes: found for (name, notes), found in costs.items() if name == deck.name}
    if not measured:
        return 0
    last = max(measured)
    found = measured[last].get(tool.name)
    return found.wall * size / last if found else float("inf")


def _prepare(
    deck: Deck, size: int, tools: Sequence[Tool], programs: Mapping[str, str]
) -> list[Case]:
    folder = _CACHE / "decks" / deck.name / str(size)
    shutil.rmtree(folder, ignore_errors=True)
    notes = deck.write(size)

    def prepare() -> Iterator[Case]:
        for tool in tools:
            if tool is ANKIBUILD:
                daily = size < _LARGEST
                yield from prepare_ankibuild(
                    deck, notes, folder / tool.name, programs[tool.name], daily=daily
                )
            else:
                yield prepare_tool(tool, notes, folder / tool.name, programs[tool.name])

    return list(prepare())


def _measure(cases: Sequence[Case], repeat: int) -> dict[str, Cost]:
    """Return the medians of each case; the tools take turns, so that all meet the same weather."""
    costs: dict[str, list[Cost]] = {case.name: [] for case in cases}
    failed: set[str] = set()
    for turn in range(repeat + (repeat > 1)):
        for case in cases:
            if case.name not in failed:
                try:
                    cost = case.run()
                except FailedError as error:
                    failed.add(case.name)
                    click.echo(f"{case.name} failed:\n{error}", err=True)
                    continue
                # The first turn warms the disk's cache and compiles what is not compiled yet.
                if turn or repeat == 1:
                    costs[case.name].append(cost)
    return {name: median_cost(each) for name, each in costs.items() if name not in failed}


def _print(costs: Mapping[str, Cost]) -> None:
    raw, bound = costs[RAW.name], costs.get(BOUND.name)
    click.echo(
        f"{'':20} {'wall':>8} {'CPU':>8} {'memory':>8} {'in all':>8} {'package':>10}"
        f" {'wall/raw':>8} {'CPU/raw':>8} {'wall/bound':>10} {'size/raw':>8}"
    )
    for name, cost in costs.items():
        size = f"{cost.size / 1000:7,.0f} kB" if cost.size else ""
        share = f"{cost.size / raw.size:.3f}" if cost.size else ""
        above = f"{cost.wall / bound.wall:.1f}" if bound else ""
        click.echo(
            f"{name:20} {cost.wall:6.2f} s {cost.cpu:6.2f} s {cost.memory:4.0f} MiB"
            f" {cost.together:4.0f} MiB {size:>10} {cost.wall / raw.wall:8.2f}"
            f" {cost.cpu / raw.cpu:8.2f} {above:>10} {share:>8}"
        )


def _see_that_it_imports(case: Case, folder: Path) -> None:
    """Import a package into a real Anki, so that nobody wins by doing less."""
    if not case.package or not case.package.exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    with Learner.at(folder) as learner:
        log = learner.import_package(case.package)
        cards = learner.collection.card_count()
    if (log.new, cards) != (case.notes, case.cards):
        raise click.ClickException(
            f"{case.name}: Anki found {log.new:,} notes and {cards:,} cards,"
            f" not {case.notes:,} and {case.cards:,}"
        )


if __name__ == "__main__":
    main()
