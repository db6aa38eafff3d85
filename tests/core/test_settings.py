"""``package.toml``: what is said of settings that are missing, mistyped or of no use."""

from pathlib import Path

import pytest

from tests.helpers.faults import errors_of, see_error
from tests.helpers.trainer import Trainer


@pytest.mark.parametrize("path", errors_of("core.settings"), ids=lambda path: path.stem)
def test_a_mistake_in_the_settings_is_reported(trainer: Trainer, path: Path) -> None:
    see_error(trainer, path)
