"""``check`` for people, programs and GitHub."""

import contextlib
import json
import os
import subprocess
import sys

import pytest

from tests.helpers.trainer import Trainer

FAULTY = "# Deck\n\n## 質問 a\tb {#a}\n\nHalf a cloze: {{c1::x, 50%\n\n## Plain\n\n<i x>\n"


def test_text_shows_the_line_with_a_caret_under_the_column(trainer: Trainer) -> None:
    trainer.write_package("# Deck\n\n## 質問\t{#A}\n\nAnswer.\n")
    result = trainer.run("check")
    assert result.returncode == 1
    _, line, caret, count = result.stderr.splitlines()
    # Each of the two letters is two columns wide on a terminal.
    assert line == "    ## 質問 {#A}"
    assert caret == "    " + " " * 9 + "^ [invalid-note-id]"
    assert count == "1 error, 0 warnings"


def test_json_is_for_programs(trainer: Trainer) -> None:
    trainer.write_package(FAULTY)
    result = trainer.run("check", "--format", "json")
    assert result.returncode == 1
    assert result.stderr == ""
    report = json.loads(result.stdout)
    assert report["format"] == 1
    assert report["problems"][0] == {
        "path": "content/demo/1.md",
        "line": 5,
        "column": 15,
        "severity": "error",
        "rule": "unclosed-cloze",
        "message": 'the cloze "{{c1::" is not closed in its paragraph, item or cell',
        "cure": 'write "}}" after it, or "\\{{" to show it as it is',
    }
    assert [each["severity"] for each in report["problems"]] == ["error", "warning", "warning"]


def test_github_prints_annotations_on_the_lines(trainer: Trainer) -> None:
    trainer.write("content/a,b/package.toml", "id = 'a'\ntitle = '50%'\nkey = '50%'\n")
    trainer.write("content/a,b/1.md", FAULTY)
    result = trainer.run("check", "--format", "github")
    assert result.returncode == 1
    assert (
        '::error file=content/a%2Cb/1.md,line=5,col=15,title=unclosed-cloze::the cloze "{{c1::" is '
        'not closed in its paragraph, item or cell; write "}}" after it, or "\\{{" to show it as '
        "it is\n"
    ) in result.stdout
    assert (
        '::error file=content/a%2Cb/package.toml,line=3,col=1,title=invalid-key::the key "50%25"'
        in result.stdout
    )


def test_a_clean_deck_is_fine_in_every_form(trainer: Trainer) -> None:
    trainer.write_package("# Deck\n\n## A {#a}\n\nB\n")
    for form in ("text", "json", "github"):
        assert trainer.run("check", "--strict", "--format", form).returncode == 0
    assert json.loads(trainer.run("check", "--format", "json").stdout)["problems"] == []


def test_a_terminal_without_the_letters_gets_their_numbers(trainer: Trainer) -> None:
    trainer.write_package("# 質問\n\n## A {#a}\n\nB\n")
    result = trainer.run("build", PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
    assert result.returncode == 0, result.stderr
    assert "\\u8cea\\u554f: 1 note" in result.stdout


DECK = "# Deck\n\n## Question {#question}\n\nAnswer.\n"


def test_long_work_shows_its_progress_on_a_terminal(trainer: Trainer) -> None:
    pty = pytest.importorskip("pty")
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
