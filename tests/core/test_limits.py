"""Work on what may come from anyone ends, wherever it hangs."""

import re
import threading
import time
from collections.abc import Callable

import pytest

from ankibuild.core.limits import TookTooLong, at_most
from tests.helpers.system import posix_only


def loop() -> None:
    while True:
        pass


def work_for(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def backtrack() -> None:
    re.match("(a+)+$", "a" * 40 + "b")


@pytest.mark.parametrize(
    "work",
    [
        loop,
        pytest.param(backtrack, marks=posix_only),  # Windows has no alarm that ends a pattern
    ],
)
def test_work_that_does_not_end_is_stopped(work: Callable[[], None]) -> None:
    with pytest.raises(TookTooLong), at_most(0.05):
        work()


def test_work_in_time_goes_on_as_it_was() -> None:
    with at_most(0.02):
        found = 1
    work_for(0.04)
    assert found == 1


@posix_only  # Windows has no alarm by the time of the processor
def test_waiting_is_no_work() -> None:
    with at_most(0.02):
        time.sleep(0.2)
        found = 1
    assert found == 1


def test_the_inner_of_two_bounds_ends_its_own_block_only() -> None:
    with at_most(20):
        with pytest.raises(TookTooLong), at_most(0.02):
            loop()
        found = 1
    assert found == 1


def test_the_outer_of_two_bounds_is_kept_whatever_stands_inside() -> None:
    def work() -> None:
        while True:
            with at_most(20):
                work_for(0.02)

    with pytest.raises(TookTooLong), at_most(0.1):
        work()


def test_another_thread_is_stopped_too() -> None:
    ended: list[str] = []

    def work() -> None:
        try:
            with at_most(0.05):
                loop()
        except TookTooLong:
            ended.append("stopped")
        with at_most(0.05):
            ended.append("in time")

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(10)
    assert ended == ["stopped", "in time"]
