"""What is typed after a command is read once, and a slip is said with what would be right."""

import time
from contextlib import chdir
from pathlib import Path

import click
import pytest

from ankibuild.arguments import (
    VSCODE,
    build_time,
    column_roles,
    editor_address,
    or_content,
    release_time,
    unescape,
)
from tests.helpers.trainer import SETTINGS, Trainer

NOW = 1_750_000_000


def test_without_a_path_all_packages_are_meant(tmp_path: Path) -> None:
    with chdir(tmp_path):
        with pytest.raises(click.UsageError, match="that contains it, or make one: ankibuild new"):
            or_content(())
        Path("content").mkdir()
        assert or_content(()) == (Path("content"),)
        Path("content/demo").mkdir()
        assert or_content((Path("content"), Path("content/demo")))
        with (
            chdir("content/demo"),
            pytest.raises(click.UsageError, match=r"type first: cd \.\./\.\.$"),
        ):
            or_content(())


def test_a_path_that_is_not_there_is_told_with_the_one_that_is_meant(trainer: Trainer) -> None:
    trainer.write_package("# Deck\n\n## A {#a}\n\nB\n")
    trainer.write("my decks/content/one/package.toml", SETTINGS)
    trainer.write("my decks/dist/one-1.0.0.md", "# one 1.0.0\n")
    for command in ("check", "preview", "build", "diff", "pin", "release", "merge-lock"):
        for typed, meant in ("demo", "content/demo"), ("content/dmo", "content/demo"):
            result = trainer.run(command, typed)
            assert result.returncode == 2
            assert f'there is no "{typed}" here: did you mean {meant}?\n' in result.stderr
    assert "here: look at the spelling\n" in trainer.run("check", "quite else").stderr
    said = trainer.run("check", "my decks").stdout
    assert '    help: did you mean "my decks/content"?\n1 error, 0 warnings\n' in said
    (trainer.folder / "content").rename(trainer.folder / "gone")
    assert 'type first: cd "my decks"\n' in trainer.run("check").stderr


def test_a_build_takes_its_time_from_the_environment_or_the_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for given in ("0", "1750000000", str(2**32 - 1)):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", given)
        assert build_time() == int(given)
    for given in ("-1", "1.5", "now", "٣", str(2**32)):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", given)
        with pytest.raises(click.UsageError, match="give whole seconds since 1970"):
            build_time()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "")
    assert 0 <= time.time() - build_time() < 60


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        (None, NOW),
        ("1749999999", NOW - 1),
        ("2025-06-15T15:06:40", NOW),
        ("2025-06-15T17:06:40+02:00", NOW),
        ("2025-06-15", 1_749_945_600),
        (str(NOW + 86_400), NOW + 86_400),
    ],
)
def test_the_time_of_a_release_is_read(given: str | None, seconds: int) -> None:
    assert release_time(given, NOW) == seconds


@pytest.mark.parametrize("given", ["0", "yesterday", "1969-12-31", str(NOW + 86_401), "9" * 30])
def test_a_time_that_no_release_can_have_is_refused(given: str) -> None:
    with pytest.raises(click.UsageError, match=given):
        release_time(given, NOW)


@pytest.mark.parametrize("given", ["", VSCODE, "idea://open?file={path}&line={line}", "x-e:{path}"])
def test_an_editor_is_an_address_with_a_place_in_it(given: str) -> None:
    assert editor_address(given) == given


@pytest.mark.parametrize(
    "given",
    [
        *(f"{scheme}:{{path}}" for scheme in ("javascript", "JavaScript", "data", "vbscript")),
        *(f"{scheme}://x/{{path}}" for scheme in ("http", "https", "file", "blob")),
        *("{path}", "//x/{path}", "vscode://file/", " vscode:{path}", "\tjavascript:{path}", ":"),
    ],
)
def test_an_address_that_could_do_more_than_open_an_editor_is_refused(given: str) -> None:
    with pytest.raises(click.UsageError, match="--editor is"):
        editor_address(given)


def test_columns_are_named_by_what_they_hold() -> None:
    assert column_roles("") == ()
    assert column_roles("Question, answer,-,tags") == ("question", "answer", "-", "tags")
    with pytest.raises(click.UsageError, match='names "place": use question, answer'):
        column_roles("question,answer,place")
    for names in ("question", "question,answer,answer"):
        with pytest.raises(click.UsageError, match="one question and one answer"):
            column_roles(names)


def test_tabs_and_line_ends_can_be_typed() -> None:
    assert unescape(r" - \t\n") == " - \t\n"
