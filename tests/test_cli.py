"""The command: what it prints, how it ends, and that a failure harms nothing."""

import pytest

from ankibuild.cli import main
from tests.helpers.trainer import Trainer

DECK = "# Deck\n\n## Question {#question}\n\nAnswer.\n"


@pytest.mark.parametrize(
    ("arguments", "epoch"),
    [
        (["build", "nowhere"], "0"),
        (["build", "--unknown"], "0"),
        (["build"], "0"),
        (["build", "1.md"], "yesterday"),
        (["build", "1.md"], "-1"),
        (["build", "1.md"], str(2**32)),
    ],
)
def test_wrong_usage_ends_with_2(trainer: Trainer, arguments: list[str], epoch: str) -> None:
    trainer.write("1.md", DECK)
    result = trainer.run(*arguments, SOURCE_DATE_EPOCH=epoch)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


def test_the_last_second_that_fits_into_32_bits_can_be_built_at(trainer: Trainer) -> None:
    trainer.write("1.md", DECK)
    assert trainer.run("build", "1.md", SOURCE_DATE_EPOCH=str(2**32 - 1)).returncode == 0


def test_the_list_of_commands_cuts_no_sentence(trainer: Trainer) -> None:
    listed = trainer.run("--help").stdout.partition("Commands:\n")[2].splitlines()
    assert len(listed) == len(main.commands)
    assert [line for line in listed if not line.endswith(".") or line.endswith("...")] == []
