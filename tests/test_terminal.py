"""``check`` for people, programs and GitHub."""

import contextlib
import json
import os
import re
import shlex
import subprocess
import sys
from time import process_time

import click
import pytest

from ankibuild.core.problems import about
from ankibuild.terminal import echo, print_problems
from tests.helpers.demo import forge_lock
from tests.helpers.places import ROOT
from tests.helpers.trainer import SETTINGS, Trainer

FAULTY = "# Deck\n\n## 質問 a\tb {#a}\n\nHalf a cloze: {{c1::x, 50%\n\n## Plain\n\n<i x>\n"


def test_text_shows_the_line_with_a_caret_under_the_column(trainer: Trainer) -> None:
    trainer.write_package("# Deck\n\n## 質問\t{#A}\n\nAnswer.\n")
    result = trainer.run("check")
    assert result.returncode == 1
    message, line, caret, cure, count = result.stdout.splitlines()
    assert message.startswith("content/demo/1.md:3:8: error: ")
    assert message.endswith(" [invalid-note-id]")
    # Each of the two letters is two columns wide on a terminal.
    assert line == "    ## 質問 {#A}"
    assert caret == "    " + " " * 9 + "^"
    assert cure.startswith("    help: ")
    assert count == "1 error, 0 warnings; next: fix it, then ankibuild check"


def test_what_check_lists_is_on_stdout_and_what_stops_a_command_on_stderr(
    trainer: Trainer,
) -> None:
    trainer.write_package(FAULTY)
    listed = trainer.run("check")
    assert "[unclosed-cloze]" in listed.stdout
    assert listed.stderr == ""
    for command, end in ENDS.items():
        stopped = trainer.run(*command.split())
        assert stopped.returncode == 1
        assert "[unclosed-cloze]" in stopped.stderr
        assert stopped.stderr.splitlines()[-1] == f"1 error: {end}"
        assert stopped.stdout == ""


ENDS = {
    "build": "nothing was built",
    "diff": "nothing was compared",
    "preview --export x.html": "nothing was shown",
    "release": "nothing was released",
}


def test_each_command_leads_to_the_next_until_nothing_is_left_to_release(trainer: Trainer) -> None:
    trainer.write("one.csv", "Question,Answer\nA,B\n")
    assert walk(trainer, "import one.csv") == ["check", "diff", "release"]
    assert trainer.run("check").stdout == "0 errors, 0 warnings; nothing to release\n"
    (deck,) = (trainer.folder / "content/one").glob("*.md")
    deck.write_text(deck.read_text("utf-8") + "\n## C\n\nD\n", "utf-8")
    for first in ("build", "check", "diff"):
        assert next_after(trainer, first) == "pin"
    assert walk(trainer, "pin") == ["check", "diff", "release"]
    assert next_after(trainer, "build") == ""


def test_a_command_that_names_paths_names_them_again(trainer: Trainer) -> None:
    trainer.write("a file.md", "# Deck\n\n## A {#a}\n\nB\n")
    assert walk(trainer, 'pin "a file.md"') == ['check "a file.md"', 'build "a file.md"']
    assert "only to look at" in trainer.run("build", "a file.md").stdout
    assert next_after(trainer, 'diff "a file.md"') == ""
    trainer.write_package("# Deck\n\n## A\n\nB\n")
    (failed,) = trainer.run("check", "--strict", "content/demo").stdout.splitlines()[-1:]
    assert failed.endswith("; next: fix it, then ankibuild check --strict content/demo")


def walk(trainer: Trainer, command: str) -> list[str]:
    """Do what each command says comes next, from the one given on; return what that was."""
    steps = [command]
    while step := next_after(trainer, steps[-1]):
        steps.append(step)
    return steps[1:]


def next_after(trainer: Trainer, command: str) -> str:
    result = trainer.run(*shlex.split(command))
    assert result.returncode == 0, result.stderr
    said = "".join(re.findall("next: ankibuild (.*)", f"{result.stdout}{result.stderr}"))
    return said.removesuffix(" content/one")


def test_what_stands_at_many_places_is_told_once_with_the_first_of_them(trainer: Trainer) -> None:
    links = "".join(f"- [Q](#q-{number})\n" for number in range(143))
    trainer.write_package(f"# Deck\n\n## Contents {{#contents}}\n\n{links}")
    result = trainer.run("check")
    assert result.stdout.count("[dead-link]") == 1
    assert "    and 142 more like it: lines 6, 7, 8, 9, 10, …\n" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("143 errors, ")
    assert len(json.loads(trainer.run("check", "--format", "json").stdout)["problems"]) >= 143
    annotations = trainer.run("check", "--format", "github").stdout
    assert annotations.count("title=dead-link") == 143


def test_very_many_problems_that_are_alike_are_gathered_in_little_time(
    capsys: pytest.CaptureFixture[str],
) -> None:
    many = [
        about("1.md", "dead-link", f'"{line}" leads nowhere', "look", line=line, column=1)
        for line in range(1, 30_001)
    ]
    began = process_time()
    print_problems(many)
    assert process_time() - began < 5
    assert "and 29,999 more like it" in capsys.readouterr().err


def test_unlike_problems_of_a_rule_and_few_alike_are_each_told(trainer: Trainer) -> None:
    links = "".join(f"[Q](#q-{number}) " for number in range(3))
    trainer.write_package(f"# Deck\n\n## A {{#a}}\n\n{links}\n", f"# B\n\n## C {{#c}}\n\n{links}\n")
    assert trainer.run("check").stdout.count("[dead-link]") == 6


def test_many_files_of_one_folder_with_one_problem_are_told_once(trainer: Trainer) -> None:
    trainer.write_package("# Deck\n\n## A {#a}\n\nB\n")
    for number in range(9):
        trainer.write(f"content/demo/media/{number}.mp3", b"ID3" + bytes([number] * 99))
    said = trainer.run("check").stdout
    assert said.count("[unused-media]") == 1
    assert "and 8 more like it: content/demo/media/1.mp3, content/demo/media/2.mp3," in said


def test_what_its_place_does_not_show_is_named_each(capsys: pytest.CaptureFixture[str]) -> None:
    lost = [
        about("a.apkg", "notes-left-out", f'"{word}" is left out', "fill it in", "warning")
        for word in ("one", "two", "three", "four")
    ]
    gone = [
        about("1.md", "missing-media", f'"{name}" is gone', "it is left out", line=7, column=1)
        for name in ("a.png", "b.png", "c.png", "d.png")
    ]
    same = [about("b.apkg", "missing-notes", "none", "write one") for _ in range(4)]
    print_problems([*lost, *gone, *same])
    assert capsys.readouterr().err == LEFT_OUT


LEFT_OUT = """\
a.apkg: warning: "one" is left out [notes-left-out]
    help: fill it in
    and 3 more like it:
    - "two" is left out
    - "three" is left out
    - "four" is left out
1.md:7:1: error: "a.png" is gone [missing-media]
    help: it is left out
    and 3 more like it:
    - line 7: "b.png" is gone
    - line 7: "c.png" is gone
    - line 7: "d.png" is gone
b.apkg: error: none [missing-notes]
    help: write one
    and 3 more like it: b.apkg
"""


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


def run_on_terminal(trainer: Trainer, *arguments: str, **environment: str) -> str:
    """Return what a command shows on a terminal."""
    pty = pytest.importorskip("pty")
    shown, terminal = pty.openpty()
    command = [sys.executable, "-m", "ankibuild", *arguments]
    # A runner of tests may have a variable of its own for this.
    environment = {"NO_COLOR": "", "COLUMNS": "80"} | environment
    with subprocess.Popen(
        command,
        cwd=trainer.folder,
        env=trainer.environment(**environment),
        stdout=terminal,
        stderr=terminal,
    ):
        os.close(terminal)
        output = b""
        with contextlib.suppress(OSError):  # how Linux tells that the other end is closed
            while part := os.read(shown, 10_000):
                output += part
    os.close(shown)
    return output.decode().replace("\r\n", "\n")


def test_long_work_shows_its_progress_on_a_terminal(trainer: Trainer) -> None:
    trainer.write_package("# Deck\n" + "".join(f"\n## Q{n}\n\nA\n" for n in range(600)))
    assert "100%" in run_on_terminal(trainer, "build")
    assert "%" not in trainer.run("build").stderr


def test_a_terminal_shows_severity_in_colours_unless_no_color_is_set(trainer: Trainer) -> None:
    trainer.write_package(FAULTY)
    shown = run_on_terminal(trainer, "check")
    assert "\x1b[31m\x1b[1merror:\x1b[0m" in shown
    assert "\x1b[33m\x1b[1mwarning:\x1b[0m" in shown
    plain = run_on_terminal(trainer, "check", NO_COLOR="1", COLUMNS="200")
    assert plain == trainer.run("check").stdout
    trainer.write_package(DECK)
    trainer.release(1_750_000_000)
    trainer.write_package(DECK.replace("Answer.", "Another."))
    assert "\x1b[" in run_on_terminal(trainer, "diff")
    assert "\x1b[" not in run_on_terminal(trainer, "diff", NO_COLOR="1")


def test_a_terminal_gets_no_wider_lines_than_it_has_room_for(trainer: Trainer) -> None:
    trainer.write_package(f"# Deck\n\n## A {{#a}}\n\n{'質問' * 40} {{{{c1::x, {'50%' * 40}\n")
    shown = run_on_terminal(trainer, "check", COLUMNS="40", NO_COLOR="1").splitlines()
    *told, _ = shown
    assert all(columns(line) <= 40 for line in told), told
    (mark,) = [number for number, line in enumerate(shown) if line.strip() == "^"]
    line, caret = shown[mark - 1 : mark + 1]
    assert line.startswith("    …")
    assert line.endswith("…")
    assert columns(line.partition("{{c1::")[0]) == caret.index("^")
    # What a pipe gets has one line for each, however long.
    assert len(shown) > len(trainer.run("check").stdout.splitlines())


def columns(line: str) -> int:
    """Return the columns of a line of plain and of wide letters."""
    return len(line) + sum(letter in "質問" for letter in line)


def test_nothing_in_a_source_reaches_the_terminal_as_a_command(trainer: Trainer) -> None:
    trainer.write_package("# Deck\n\n## Q \x1b[31m {#Q}\n\nA\n")
    assert "\x1b" not in trainer.run("build").stderr


HOSTILE = "\x1b]0;owned\x07 \x9b31m \u202e desrever \r\n::error::x \u2028 ##[warning]y"
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029\u2066-\u2069]")
COMMAND = re.compile(r"^\s*::|##\[", re.MULTILINE)


def forge(trainer: Trainer, text: str) -> None:
    """Publish a package, and put the text wherever its lock and its sources have words."""
    trainer.write_package("# Deck\n\n## Old {#old}\n\nWords.\n\n## Q {#q}\n\nIt.\n")
    trainer.release(1_750_000_000)

    def edit(line: str) -> str:
        record = json.loads(line)
        if "note" in record:
            # What a deck's name and a tag may hold in a lock.
            words = re.sub(r"\s*::\s*", "::", re.sub("[\x00-\x1f]", "", text))
            record |= {"deck": f"Demo::{words}", "tags": ["".join(words.split())]}
            record |= {"source": "", "rendered": ""}
            record["fields"] |= {"Front": text, "Back": text}
        return json.dumps(record, ensure_ascii=False, separators=(",", ":"))

    forge_lock(trainer.folder / "content/demo/package.lock", edit)
    title = json.dumps(f"Demo {text}")
    trainer.write_package(
        f"# Deck\n\n## {text.replace(chr(10), ' ')} {{#Q}}\n\nIt.\n",
        settings=SETTINGS.replace('"Demo"', title),
    )


@pytest.mark.parametrize("runner", ["", "true"])
def test_no_line_on_a_terminal_or_in_a_runner_is_obeyed(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch, runner: str
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", runner)
    forge(trainer, HOSTILE)
    trainer.write("content/demo/\x1b[31m\u202e.md", "# A\n\n## ::error::B\n\n::error::{{c1::C\n")
    for command in ("check", "build", "diff", "check --format json", "diff --format json"):
        result = trainer.run(*command.split())
        said = result.stdout + result.stderr
        assert not OBEYED.search(said), said
        assert not (runner and COMMAND.search(said)), said
    settings = f'{SETTINGS}retired = ["old"]\n'
    trainer.write_package("# Deck\n\n## Q {#q}\n\nIts.\n", settings=settings)
    for path in (trainer.folder / "content/demo").glob("*.md"):
        if path.name != "1.md":
            path.unlink()
    forms = ("text", "json", "markdown")
    for command in (*(f"diff --format {form}" for form in forms), "release --dry-run", "pin"):
        result = trainer.run(*command.split())
        assert result.returncode == 0, result.stderr
        said = result.stdout + result.stderr
        assert not OBEYED.search(said), said
        assert not (runner and COMMAND.search(said)), said


def test_the_names_of_files_do_not_reach_the_terminal_as_commands(trainer: Trainer) -> None:
    trainer.write_package()
    trainer.write("content/demo/\x1b[2J\u202e\n::x.md", "# A\n\n## B\n\nC\n")
    for command in (("pin",), ("build",), ("preview", "--export", "\x1b[2J.html")):
        result = trainer.run(*command)
        assert result.returncode == 0, result.stderr
        assert not OBEYED.search(result.stdout + result.stderr)
        assert "\n::" not in result.stdout


def test_a_path_that_begins_like_a_command_of_a_runner_is_none(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    trainer.write(":::error::x.md", FAULTY)
    for command in ("check", "build"):
        result = trainer.run(command, ":::error::x.md")
        assert "[unclosed-cloze]" in result.told
        assert not COMMAND.search(result.stdout + result.stderr)


def test_an_annotation_holds_nothing_but_its_own_command(trainer: Trainer) -> None:
    trainer.write_package("# A\n\n## B {#B\u202e}\n\nC\n", settings=SETTINGS + '"a\\n::x" = 1\n')
    trainer.write("content/demo/\x1b\x9b\n::x.md", "# C\n\n## D\n\n{{c1::\n")
    result = trainer.run("check", "--format", "github")
    assert result.returncode == 1
    assert all(line.startswith("::error file=") for line in result.stdout.splitlines())
    assert not OBEYED.search(result.stdout)


def test_json_keeps_every_character(trainer: Trainer) -> None:
    odd = "a \x9b \u202e \u200d \U000e0041 é 質"
    trainer.write_package("# A\n\n## B {#b}\n\nC\n", settings=SETTINGS + f'"{odd}" = 1\n')
    result = trainer.run("check", "--format", "json")
    (problem,) = json.loads(result.stdout)["problems"]
    assert odd in problem["message"]
    assert "é 質" in result.stdout
    assert not OBEYED.search(result.stdout)


def test_words_that_joiners_hold_together_are_shown_as_they_are(trainer: Trainer) -> None:
    trainer.write_package("# می\u200cخواهم 👩\u200d🔬\n\n## A {#a}\n\nB\n")
    assert "می\u200cخواهم 👩\u200d🔬" in trainer.run("build").stdout


def test_changes_are_coloured_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with click.Context(click.Command("x"), color=True):
        echo((("ours", "a "), ("old", "b\x1b"), ("new", "c"), ("same", "\x1b[31md")))
    assert capsys.readouterr().out == (
        "a \x1b[31m[-b\ufffd-]\x1b[0m\x1b[32m{+c+}\x1b[0m\ufffd[31md\n"
    )


def test_whatever_is_printed_goes_by_the_terminal() -> None:
    text = (ROOT / "ankibuild/cli.py").read_text("utf-8")
    assert "click.echo" not in text
    assert "click.secho" not in text
