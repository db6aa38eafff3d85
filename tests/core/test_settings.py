"""``package.toml``: what is said of settings that are missing, mistyped or of no use."""

import re
from pathlib import Path

import pytest

from tests.helpers.demo import START
from tests.helpers.faults import errors_of, see_error
from tests.helpers.learner import Learner
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


@pytest.mark.parametrize(
    ("line", "decks"),
    [
        ("", {"Demo", "Demo::A"}),
        ('root = ""', {"A"}),
        ('root = "All of it"', {"All of it", "All of it::A"}),
        ('root = "A"', {"A"}),
        ('root = "A::B"', {"A", "A::B", "A::B::A"}),
    ],
)
def test_decks_lie_in_the_root_or_in_the_title_where_none_is_named(
    trainer: Trainer, learner: Learner, line: str, decks: set[str]
) -> None:
    trainer.write_package("# A\n\n## B {#b}\n\nC\n", settings=f"{SETTINGS}{line}\n")
    learner.import_package(trainer.build(START))
    assert set(learner.deck_names()) == {"Default", *decks}


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("x = " + "9" * 5000, "a number has too many digits"),
        ("x" + ".x" * 20_000 + " = 1", "a name has too many parts"),
        ('"a b"' + ' . "a b"' * 20_000 + " = 1", "a name has too many parts"),
        ("x = {x" + ".x" * 20_000 + " = 1}", "a name has too many parts"),
        ("x = " + "[" * 5000, "its lists are nested too deeply"),
    ],
    ids=["digits", "parts", "quoted-parts", "parts-in-a-table", "lists"],
)
def test_what_would_take_the_reader_long_or_end_it_is_a_mistake(
    trainer: Trainer, line: str, fault: str
) -> None:
    trainer.write_package(settings=f"{SETTINGS}{line}\n")
    result = trainer.run("check")
    assert f"this is not TOML ({fault})" in result.told
    assert result.returncode == 1


def test_a_description_with_many_dots_is_a_description(trainer: Trainer) -> None:
    text = "A word. " * 100 + "A dot" + " . . ." * 30 + " www.example.org/a.b.c.d" * 20
    trainer.write_package("# D\n\n## Q {#a}\n\nA\n", settings=f'{SETTINGS}description = "{text}"\n')
    assert trainer.run("check").returncode == 0


def test_each_of_many_unknown_keys_is_told_at_its_line(trainer: Trainer) -> None:
    keys = "".join(f"{key} = 1\n" for key in ("colour", '"two words"', "'kind'", "[table]\nx"))
    trainer.write_package(settings=f"{SETTINGS}{keys}")
    report = trainer.run("check").told
    for line, key in enumerate(("colour", "two words", "kind", "table"), 4):
        assert f'package.toml:{line}:1: unknown key "{key}"' in report
