"""Where the tests find the repository and their cases."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests/cases"
