"""A bound in seconds around work on what may come from anyone: the second fence, never the first.

The first are bounds in bytes, and work that grows no faster than what comes in.
"""

import ctypes
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


class TookTooLong(BaseException):
    """The time of some work is over; like KeyboardInterrupt, it is no error of that work."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise TookTooLong within the block once it has worked for so many seconds.

    The main thread is stopped anywhere, even in a pattern that backtracks, and its seconds are
    those of the processor: neither a busy machine nor one that sleeps stops anything. Other
    threads, and all of Windows, are stopped by the clock, at the next line of Python. Blocks may
    nest.
    """
    is_main = threading.current_thread() is threading.main_thread()
    with _alarm(seconds) if is_main and hasattr(signal, "setitimer") else _timer(seconds):
        yield


def _stop(*_: object) -> NoReturn:
    raise TookTooLong


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    began = time.process_time()
    handler = signal.signal(signal.SIGPROF, _stop)
    left, _ = signal.getitimer(signal.ITIMER_PROF)
    signal.setitimer(signal.ITIMER_PROF, min(seconds, left or seconds))
    try:
        yield
    finally:
        # The time of the block around goes on; what is over by now ends at once.
        rest = max(left - (time.process_time() - began), 0.001) if left else 0
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, handler)
        signal.setitimer(signal.ITIMER_PROF, rest)


@contextmanager
def _timer(seconds: float) -> Iterator[None]:
    thread = ctypes.c_ulong(threading.get_ident())
    lock = threading.Lock()
    is_done = False

    def stop() -> None:
        with lock:
            if not is_done:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(TookTooLong))

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        with lock:
            is_done = True
        timer.cancel()
