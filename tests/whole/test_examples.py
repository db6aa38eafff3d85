"""All the examples of which the fast tests try a few."""

import os
import subprocess
import sys

import pytest

from tests.helpers.examples import MANY
from tests.helpers.places import ROOT


@pytest.mark.slow
@pytest.mark.long
def test_whatever_is_drawn_holds_for_many_examples_too() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "hypothesis and not slow"],
        cwd=ROOT,
        env=os.environ | {MANY: "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert result.returncode == 0, result.stdout[-5000:] + result.stderr
