"""Which tests run which lines: each is run once, with an eye on the modules of one room."""

import sys
import threading
import time
from collections.abc import Generator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

Lines = dict[str, set[int]]


class Touching:
    """A plugin of pytest that notes the lines that each test runs, and for how long."""

    def __init__(self, paths: set[str]) -> None:
        self.lines: dict[str, Lines] = {}
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()
        self._paths = paths
        self._now: Lines = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        self._now = self.lines[item.nodeid] = {path: set() for path in self._paths}
        _forget()
        start = time.process_time()
        threading.settrace(self._enter)
        sys.settrace(self._enter)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            threading.settrace(None)
            self.seconds[item.nodeid] = time.process_time() - start

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed or report.skipped:
            self.failed.add(report.nodeid)

    def _enter(self, frame: FrameType, event: str, _: Any) -> Any:
        path = frame.f_code.co_filename
        if path not in self._paths:
            return None
        add = self._now[path].add

        def note(frame: FrameType, event: str, _: Any) -> Any:
            if event == "line":
                add(frame.f_lineno)
            return note

        return note


def touching(touched: dict[str, Lines], path: Path, lines: range) -> set[str]:
    """Return the tests that run one of the lines."""
    return {test for test, found in touched.items() if found[str(path)].intersection(lines)}


def _forget() -> None:
    """Empty all caches of ours, or a line would seem to be run by one test alone."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] == "ankibuild":
            for each in list(vars(module).values()):
                clear = getattr(each, "cache_clear", None)
                if callable(clear):
                    clear()
