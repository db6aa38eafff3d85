"""``package.toml``: what is said of settings that are missing, mistyped or of no use."""

import re
from pathlib import Path

import pytest

from tests.helpers.demo import START
from tests.helpers.faults import errors_of, see_error
from tests.helpers.trainer import SETTINGS, Trainer


@pytest.mark.parametrize("path", errors_of("core.settings"), ids=lambda path: path.stem)
def test_a_mistake_in_the_settings_is_reported(trainer: Trainer, path: Path) -> None:
    see_error(trainer, path)


def test_a_key_in_capitals_is_the_same_key(trainer: Trainer) -> None:
    trainer.write_package("# A\n\n## B {#b}\n\nC\n")
    before = trainer.build(START).read_bytes()
    capitals = re.sub('(?<=key = ").*(?=")', lambda match: match[0].upper(), SETTINGS)
    assert capitals != SETTINGS
    trainer.write("content/demo/package.toml", capitals)
    assert trainer.build(START).read_bytes() == before
