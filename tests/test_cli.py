"""The command: what it prints, how it ends, and that a failure harms nothing."""

import contextlib
import os
import pty
import shutil
import subprocess
import sys

import pytest

from tests.helpers.trainer import SETTINGS, Trainer, without_privileges

DECK = "# Deck\n\n## Question {#question}\n\nAnswer.\n"


def test_build_says_what_is_inside_and_where(trainer: Trainer) -> None:
    trainer.write_package(DECK, "# More\n\n## A {.reversed}\n\nB\n\n## C\n\n{{c1::D}} {{c2::E}}\n")
    result = trainer.run("build")
    assert result.returncode == 0
    first, *rest = result.stdout.splitlines()
    assert first.startswith("dist/demo-0.1.0-dev.apkg (")
    assert rest == [
        "  Demo::Deck: 1 note, 1 card",
        "  Demo::More: 2 notes, 4 cards",
    ]
    assert "content/demo/2.md:3:4: warning: 2 notes have no id yet" in result.stderr


def test_a_failed_build_writes_nothing_and_leaves_the_last_package(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    package = trainer.build(1_700_000_000)
    before = package.read_bytes()
    trainer.write_package(DECK + "\n## Empty {#empty}\n")
    trainer.write(
        "content/good/package.toml", SETTINGS.replace("0f0c", "1f0c").replace("demo", "g")
    )
    trainer.write("content/good/1.md", DECK)
    result = trainer.run("build")
    assert result.returncode == 1
    assert "content/demo/1.md:7:4: the answer is empty" in result.stderr
    assert [*(trainer.folder / "dist").iterdir()] == [package]
    assert package.read_bytes() == before


def test_problems_of_all_files_are_shown_at_once_and_sorted(trainer: Trainer) -> None:
    trainer.write_package("# B\n\n## One {#b}\n", "# A\n\n## Two {#a}\n\n## Three {#c}\n")
    lines = trainer.run("build").stderr.splitlines()
    assert [line.split(": ")[0] for line in lines[::3]] == [
        "content/demo/1.md:3:4",
        "content/demo/2.md:3:4",
        "content/demo/2.md:5:4",
    ]


def test_a_deck_without_a_heading_is_named_after_its_file_with_a_warning(trainer: Trainer) -> None:
    trainer.write_package("## Question {#question}\n\nAnswer.\n")
    result = trainer.run("build")
    assert result.returncode == 0
    assert "content/demo/1.md:1:1: warning: no heading names the deck" in result.stderr
    assert "Demo::1: 1 note" in result.stdout


def test_the_same_id_in_two_files_names_both_places(trainer: Trainer) -> None:
    trainer.write_package(DECK, DECK.replace("Deck", "Deck 2"))
    assert (
        'content/demo/2.md:3:4: note id "question" is already used at content/demo/1.md:3; '
        "ids must be unique in a package"
    ) in trainer.run("build").stderr


def test_the_same_deck_twice_is_an_error(trainer: Trainer) -> None:
    trainer.write_package(DECK, DECK.replace("Deck", "DECK").replace("#question", "#other"))
    assert 'the deck "DECK" is already made at content/demo/1.md:1' in trainer.run("build").stderr


@pytest.mark.parametrize("paths", [[], ["content/copy"]])
def test_a_copied_folder_shares_a_key_and_is_refused(trainer: Trainer, paths: list[str]) -> None:
    trainer.write_package(DECK)
    shutil.copytree(trainer.folder / "content/demo", trainer.folder / "content/copy")
    result = trainer.run("build", *paths)
    assert result.returncode == 1
    assert 'the key "0f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e" is also that of' in result.stderr


def test_a_copied_folder_is_refused_whatever_saved_its_settings(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    shutil.copytree(trainer.folder / "content/demo", trainer.folder / "content/copy")
    trainer.write("content/copy/package.toml", "\ufeff" + SETTINGS)
    assert "is also that of" in trainer.run("check").stderr


def test_a_file_of_a_package_stands_for_the_package(trainer: Trainer) -> None:
    trainer.write_package(DECK, DECK.replace("Deck", "Deck 2").replace("#question", "#other"))
    result = trainer.run("build", "content/demo/1.md")
    assert result.returncode == 0
    assert "Demo::Deck 2: 1 note" in result.stdout


def test_readme_and_changelog_are_no_decks(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    trainer.write("content/demo/README.md", "words")
    trainer.write("content/demo/CHANGELOG.md", "words")
    trainer.write("content/demo/.hidden/x.md", "words")
    trainer.write("content/demo/deeper/x.MD", DECK.replace("Deck", "D").replace("#question", "#x"))
    result = trainer.run("build")
    assert result.returncode == 0, result.stderr
    assert "Demo::D: 1 note" in result.stdout


def test_folders_without_a_package_are_named(trainer: Trainer) -> None:
    trainer.write("content/forgot/1.md", DECK)
    result = trainer.run("build")
    assert result.returncode == 1
    assert "content/forgot: this folder has no package.toml" in result.stderr
    trainer.write("empty/notes.txt", "")
    assert "empty: no package is here" in trainer.run("build", "empty").stderr


def test_a_package_inside_a_package_is_refused(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    trainer.write("content/demo/inner/package.toml", SETTINGS)
    assert "a package inside a package" in trainer.run("build").stderr


def test_a_file_that_vanished_or_may_not_be_read_is_named(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    (trainer.folder / "content/demo/gone.md").symlink_to("nowhere.md")
    secret = trainer.write("content/demo/secret.md", DECK)
    secret.chmod(0)
    result = trainer.run("build", prefix=without_privileges())
    assert result.returncode == 1
    assert "content/demo/gone.md: this file cannot be read (No such file" in result.stderr
    assert "content/demo/secret.md: this file cannot be read (Permission denied)" in result.stderr


def test_a_folder_that_may_not_be_written_is_named(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    (trainer.folder / "dist").mkdir()
    (trainer.folder / "dist").chmod(0o555)
    result = trainer.run("build", prefix=without_privileges())
    assert result.returncode == 1
    assert "dist/demo-0.1.0-dev.apkg: this file cannot be written (Permission" in result.stderr
    trainer.write("file", "")
    assert trainer.run("build", "-o", "file/dist").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "epoch"),
    [
        (["build", "nowhere"], "0"),
        (["build", "--unknown"], "0"),
        (["build"], "0"),
        (["build", "1.md"], "yesterday"),
        (["build", "1.md"], "-1"),
    ],
)
def test_wrong_usage_ends_with_2(trainer: Trainer, arguments: list[str], epoch: str) -> None:
    trainer.write("1.md", DECK)
    result = trainer.run(*arguments, SOURCE_DATE_EPOCH=epoch)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


def test_long_work_shows_its_progress_on_a_terminal(trainer: Trainer) -> None:
    trainer.write_package("# Deck\n" + "".join(f"\n## Q{n}\n\nA\n" for n in range(600)))
    shown, terminal = pty.openpty()
    command = [sys.executable, "-m", "ankibuild", "build"]
    with subprocess.Popen(
        command, cwd=trainer.folder, stdout=subprocess.DEVNULL, stderr=terminal
    ) as process:
        os.close(terminal)
        output = b""
        with contextlib.suppress(OSError):  # how Linux tells that the other end is closed
            while part := os.read(shown, 10_000):
                output += part
    assert process.returncode == 0
    assert b"100%" in output
    assert "%" not in trainer.run("build").stderr


def test_nothing_in_a_source_reaches_the_terminal_as_a_command(trainer: Trainer) -> None:
    trainer.write_package("# Deck\n\n## Q \x1b[31m {#Q}\n\nA\n")
    assert "\x1b" not in trainer.run("build").stderr
