"""Run a command in the folder and print what it took as JSON: a small process, for a fair peak.

A child's peak memory begins with that of the process it was forked from, so that must be small.
"""

import json
import os
import sys
import time


def main(command: list[str]) -> None:
    start = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - start
    sys.stderr.write(
        "\n"
        + json.dumps(
            {
                "exit": os.waitstatus_to_exitcode(status),
                "wall": wall,
                "cpu": usage.ru_utime + usage.ru_stime,
                "memory": usage.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1:])
