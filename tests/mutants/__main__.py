"""See which bugs a room's own tests see: ``python -m tests.mutants ROOM --count 300 --seed 1``.

All bugs of one line that could be in the room are counted up, and some are drawn. Each is put in
alone, in a process of its own, and those tests of the room run that run its line, until one fails.
What lives is printed. ``--at WORDS`` tries only those drawn whose line here holds the words.

A test that starts the command in a process of its own sees no bug.
"""

import argparse
import ast
import io
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType
from typing import Any, NamedTuple

import click
import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.helpers.examples import MANY
from tests.helpers.places import ROOT
from tests.mutants.changes import Change, find_changes
from tests.mutants.touching import Touching, touching

# What a bug may cost: more than this of tests that run its line are left out, the slowest.
_LONGEST = 30.0
_MEMORY = 8 << 30
_OPTIONS = (
    *("-q", "--tb=no", "-o", "addopts=", "-m", "not slow", "-p", "no:cacheprovider"),
    *("-W", "ignore:Module already imported", "--hypothesis-profile", "mutants"),
)


class Mutant(NamedTuple):
    """A bug: the module that it is in, and which of that module's bugs it is."""

    path: Path
    number: int
    change: Change

    def __str__(self) -> str:
        line = getattr(self.change.old, "lineno", self.change.statement.lineno)
        return f"{self.path.relative_to(ROOT / 'ankibuild')}:{line}: {self.change}"


class _Loader(SourceFileLoader):
    """Loads the module with the bug in it."""

    def __init__(self, name: str, mutant: Mutant) -> None:
        super().__init__(name, str(mutant.path))
        self._mutant = mutant

    def get_code(self, _: str) -> CodeType:
        tree = ast.parse(self._mutant.path.read_text("utf-8"))
        find_changes(tree)[self._mutant.number].apply()
        return compile(tree, str(self._mutant.path), "exec")


class _Finder:
    """Finds the module with the bug instead of the sound one."""

    def __init__(self, mutant: Mutant) -> None:
        parts = mutant.path.relative_to(ROOT).with_suffix("").parts
        self._name = ".".join(parts)
        self._mutant = mutant

    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        if name != self._name:
            return None
        loader = _Loader(name, self._mutant)
        return spec_from_file_location(name, self._mutant.path, loader=loader)


class _Chosen:
    """A plugin of pytest that runs some tests alone, in a given order, and tells which failed."""

    def __init__(self, tests: list[str], told: Path) -> None:
        self._places = {test: place for place, test in enumerate(tests)}
        self._told = told

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._told.write_text(report.nodeid, "utf-8")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        chosen = [each for each in items if each.nodeid in self._places]
        items[:] = sorted(chosen, key=lambda each: self._places[each.nodeid])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("room")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--at", default="")
    options = parser.parse_args()
    paths = sorted((ROOT / "ankibuild" / options.room).glob("*.py"))
    mutants = [
        Mutant(path, index, change)
        for path in paths
        for index, change in enumerate(find_changes(ast.parse(path.read_text("utf-8"))))
    ]
    os.environ[MANY] = "1"
    drawn = random.Random(options.seed).sample(mutants, min(options.count, len(mutants)))
    drawn = sorted(each for each in drawn if options.at in str(each))
    _preload()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        touched, seconds = _record(options.room, paths, Path(folder))
        click.echo(f"{len(seconds)} tests recorded in {time.monotonic() - start:.0f} s")
        counts: Counter[str] = Counter()
        for mutant, fate in _try_all(drawn, options.jobs, touched, seconds, Path(folder)):
            counts[fate] += 1
            if fate not in ("killed", "too slow"):
                click.echo(f"{fate}: {mutant}")
    told = ", ".join(f"{count} {fate}" for fate, count in sorted(counts.items()))
    click.echo(f"{len(drawn)} of {len(mutants)} in {time.monotonic() - start:.0f} s: {told}")


def _preload() -> None:
    """Load what all tests need once, and forget what is ours: each process loads it anew."""
    # A test that fails need not be made shorter, and no example is timed here.
    settings.register_profile(
        "mutants",
        derandomize=True,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=tuple(HealthCheck),
    )
    keep = set(sys.modules)
    with redirect_stdout(io.StringIO()):
        pytest.main([*_OPTIONS, "--collect-only", "tests"])
    for name in set(sys.modules) - keep:
        if name.split(".")[0] in ("ankibuild", "tests", "conftest"):
            del sys.modules[name]


def _record(
    room: str, paths: list[Path], folder: Path
) -> tuple[dict[str, dict[str, set[int]]], dict[str, float]]:
    """Return the lines that each test of a room runs, and its seconds of the processor."""
    result = folder / "touched.json"
    process = os.fork()
    if not process:
        plugin = Touching({str(path) for path in paths})
        _run_tests([f"tests/{room}"], plugin, folder, folder / "record.txt")
        sound = plugin.seconds.keys() - plugin.failed
        lines = {
            test: {path: sorted(each) for path, each in plugin.lines[test].items()}
            for test in sorted(sound)
        }
        result.write_text(json.dumps([lines, plugin.seconds, sorted(plugin.failed)]), "utf-8")
        os._exit(0)
    os.waitpid(process, 0)
    found, seconds, failed = json.loads(result.read_text("utf-8"))
    if failed:
        click.echo("\n  ".join(["left out, since they fail or are skipped here:", *failed]))
    touched = {
        test: {path: set(each) for path, each in lines.items()} for test, lines in found.items()
    }
    return touched, {test: seconds[test] for test in touched}


def _try_all(
    mutants: list[Mutant],
    jobs: int,
    touched: dict[str, dict[str, set[int]]],
    seconds: dict[str, float],
    folder: Path,
) -> Iterator[tuple[Mutant, str]]:
    """Yield each bug with what became of it."""
    running: dict[int, tuple[Mutant, float]] = {}
    waiting = list(reversed(mutants))
    sharp: Counter[str] = Counter()
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            tests = _choose(mutant, touched, seconds, sharp)
            if not tests:
                yield mutant, "run by no test"
                continue
            process = os.fork()
            if not process:
                _try(mutant, tests, folder / str(os.getpid()))
            end = time.monotonic() + 30 + 10 * sum(seconds[each] for each in tests)
            running[process] = mutant, end
        time.sleep(0.02)
        for process, (mutant, end) in list(running.items()):
            found, status = os.waitpid(process, os.WNOHANG)
            if not found and time.monotonic() > end:
                os.killpg(process, signal.SIGKILL)
                os.waitpid(process, 0)
                fate = "too slow"
            elif found:
                fate = "alive" if os.waitstatus_to_exitcode(status) == 0 else "killed"
            else:
                continue
            del running[process]
            failed = folder / str(process) / "failed"
            sharp.update([failed.read_text("utf-8")] if failed.exists() else [])
            shutil.rmtree(folder / str(process), ignore_errors=True)
            yield mutant, fate


def _choose(
    mutant: Mutant,
    touched: dict[str, dict[str, set[int]]],
    seconds: dict[str, float],
    sharp: Counter[str],
) -> list[str]:
    """Return the tests that run a bug's line: the quickest first, and those that saw many bugs.

    What stands outside of a function is used by all that the module does.
    """
    change = mutant.change
    first = getattr(change.old, "lineno", change.statement.lineno)
    last = getattr(change.old, "end_lineno", change.statement.lineno)
    if change.in_function:
        found = touching(touched, mutant.path, range(first, last + 1))
        found = found or touching(
            touched, mutant.path, range(change.statement.lineno, change.statement.lineno + 1)
        )
    else:
        found = touching(touched, mutant.path, range(1_000_000)) or set(touched)
    chosen: list[str] = []
    spent = 0.0
    for test in sorted(found, key=lambda each: (seconds[each] / (1 + 4 * sharp[each]), each)):
        spent += seconds[test]
        if chosen and spent > _LONGEST:
            break
        chosen.append(test)
    return chosen


def _try(mutant: Mutant, tests: list[str], folder: Path) -> None:
    """Run tests on a bug, and end the process with what pytest says."""
    os.setpgid(0, 0)
    folder.mkdir()
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    finder: Any = _Finder(mutant)
    sys.meta_path.insert(0, finder)
    files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
    os._exit(
        int(_run_tests(files, _Chosen(tests, folder / "failed"), folder, folder / "output.txt"))
    )


def _run_tests(files: list[str], plugin: object, folder: Path, output: Path) -> int:
    with output.open("w") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    options = [*_OPTIONS, *([] if isinstance(plugin, Touching) else ["-x"])]
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(folder)
    # Nothing here outlives the run: waiting for the disk would be half of the time.
    os.fsync = lambda fd: None
    return pytest.main([*options, *files], plugins=[plugin])


if __name__ == "__main__":
    main()
