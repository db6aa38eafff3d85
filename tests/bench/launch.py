"""Run a command in the folder and print what it took as JSON: a small process, for a fair peak.

A child's peak memory begins with that of the process it was forked from, so that must be small.
"""

import json
import os
import re
import sys
import time
from pathlib import Path
from threading import Event, Thread

_EVERY = 0.05
_PROC = Path("/proc")


def main(command: list[str]) -> None:
    start = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ)
    peaks: dict[str, float] = {}
    ended = Event()
    watch = Thread(target=_watch, args=(str(child), peaks, ended))
    watch.start()
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - start
    ended.set()
    watch.join()
    memory = usage.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    sys.stderr.write(
        "\n"
        + json.dumps(
            {
                "exit": os.waitstatus_to_exitcode(status),
                "wall": wall,
                "cpu": usage.ru_utime + usage.ru_stime,
                "memory": memory,
                "together": max(memory, sum(peaks.values())),
            }
        )
    )


def _watch(process: str, peaks: dict[str, float], ended: Event) -> None:
    """Note the peak of a process and of each that it started, as Linux tells them.

    A process that is met once is passed over: until it runs a program of its own, a child has the
    memory of its parent.
    """
    met: set[str] = set()
    while not ended.wait(_EVERY):
        family = [process]
        for each in family:
            try:
                for thread in (_PROC / each / "task").iterdir():
                    family += (thread / "children").read_text().split()
                if found := re.search(r"VmHWM:\s*(\d+)", (_PROC / each / "status").read_text()):
                    if each in met:
                        peaks[each] = int(found[1]) / 1024
                    met.add(each)
            except OSError:
                continue  # it has ended


if __name__ == "__main__":
    main(sys.argv[1:])
