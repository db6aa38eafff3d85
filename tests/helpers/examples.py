"""How many examples Hypothesis tries: a few while one works, all of them in the slow tests."""

import os

MANY = "ANKIBUILD_MANY"


def examples(many: int) -> int:
    """Return so many where all are asked for, and else a fifth."""
    return many if os.environ.get(MANY) else max(many // 5, 20)
