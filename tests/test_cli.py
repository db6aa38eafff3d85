"""The command: what it prints, how it ends, and that a failure harms nothing."""

import re
import shlex
from contextlib import chdir
from pathlib import Path

import click
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
    told = trainer.run("--help", COLUMNS="80").stdout
    listed = told.partition("Commands:\n")[2].partition("\n\n")[0].splitlines()
    assert [line.split()[0] for line in listed] == sorted(main.commands)
    assert [line for line in listed if not re.search(r"  [A-Z].*[^.]\.$", line)] == []


@pytest.mark.parametrize("name", ["", *main.commands])
def test_the_help_fits_into_a_window_and_tells_each_option_in_a_sentence(
    trainer: Trainer, name: str
) -> None:
    told = trainer.run(*name.split(), "--help").stdout
    assert max(map(len, told.splitlines())) <= 80
    for option in (main.commands[name] if name else main).params:
        if isinstance(option, click.Option):
            assert any(each.startswith("--") for each in option.opts), option
            assert re.match(r"[A-Z].*\.(  \[default: .*\])?$", option.help or ""), option


@pytest.mark.parametrize("name", main.commands)
def test_the_help_has_examples_that_the_command_takes(tmp_path: Path, name: str) -> None:
    command = main.commands[name]
    (tmp_path / "content").mkdir()
    with chdir(tmp_path), click.Context(command) as context:
        told = command.get_help(context)
        examples = re.findall(r"^ +ankibuild (.*?) +# \S", told, re.MULTILINE)
        assert examples
        for example in examples:
            first, *words = shlex.split(example)
            assert first == name
            for path in (Path(word) for word in words if re.search("[a-z][/.][a-z]", word)):
                path.parent.mkdir(exist_ok=True)
                path.touch() if path.suffix else path.mkdir(exist_ok=True)
            command.make_context(name, words)
