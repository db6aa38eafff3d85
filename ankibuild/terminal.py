"""How things look on a terminal: problems, progress, differences, and what Ctrl-C does."""

import json
import os
import re
import signal
import sys
import threading
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

import click

if TYPE_CHECKING:
    from ankibuild.core.problems import Problem
    from ankibuild.releases.differences import Line

_LONG_WORK = 500
_WIDEST_EXCERPT = 100
_COLOURS = {"old": "red", "new": "green"}


class PutOff:
    """Ctrl-C ends the command at once, unless it is held off until the end of the block."""

    def __enter__(self) -> Self:
        self._before = signal.getsignal(signal.SIGINT)
        return self

    def hold(self) -> None:
        """Hold Ctrl-C off from now on."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    def allow(self) -> None:
        """Let Ctrl-C end the command again."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._before)

    def __exit__(self, *_: object) -> None:
        self.allow()


class Progress:
    """A bar on the terminal, once the work turns out to be long."""

    def __enter__(self) -> Self:
        self._bar: Any = None
        return self

    def __call__(self, done: int, total: int) -> None:
        """Show that so many are done."""
        if total < _LONG_WORK or not sys.stderr.isatty():
            return
        if self._bar is None:
            self._bar = click.progressbar(length=total, label="Notes", file=sys.stderr)
            self._bar.render_progress()
        self._bar.update(1)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.render_finish()


def echo(line: "str | Line", *, err: bool = False) -> None:
    """Print one line, in which a terminal finds nothing to obey, and GitHub's runner neither.

    The words of changes come in parts, which are shown in colours.
    """
    from ankibuild.core.text import visible

    parts: Line = (("ours", line),) if isinstance(line, str) else line
    text = "".join(_colour(kind, visible(part)) for kind, part in parts)
    if os.environ.get("GITHUB_ACTIONS"):
        # https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
        text = re.sub(r"^(\s*):(?=:)", r"\1: ", text).replace("##[", "## [")
    click.echo(text, err=err)


def print_problems(problems: "Iterable[Problem]") -> None:
    """Print problems for people: the line that each is about, a mark below the place, the rule."""
    from ankibuild.core.text import visible

    for problem in problems:
        echo(str(problem), err=True)
        indent = ""
        if problem.excerpt.strip():
            text, column = problem.excerpt_around(_WIDEST_EXCERPT)
            text = visible(text.replace("\t", " "))
            echo(f"    {text}", err=True)
            indent = " " * sum(map(_width, text[: column - 1])) + "^ "
        # On a line of its own, so that a cure's command can be copied to the end of its line.
        echo(f"    {indent}[{problem.rule}]", err=True)


def print_annotations(problems: "Iterable[Problem]") -> None:
    """Print problems as the workflow commands by which GitHub shows them at their lines.

    https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    from ankibuild.core.text import visible

    for problem in problems:
        place = f"file={_escape(visible(problem.path), ':,')}"
        if problem.line:
            place += f",line={problem.line},col={problem.column}"
        text = _escape(visible(f"{problem.message}; {problem.cure}"), "")
        click.echo(f"::{problem.severity} {place},title={problem.rule}::{text}")


def print_json(name: str, values: Iterable[object]) -> None:
    """Print a list of values for programs, under its name; ``format`` tells its shape."""
    from ankibuild.core.text import visible

    text = json.dumps({"format": 1, name: [*values]}, ensure_ascii=False, indent=2)
    for line in text.replace("##[", r"##\u005b").split("\n"):
        # What a terminal would obey can only stand in a string, where JSON has a form for it.
        seen = "".join(e if visible(e) == e else json.dumps(e)[1:-1] for e in line)
        click.echo(seen)


def problem_values(problem: "Problem") -> dict[str, object]:
    """Return a problem as values that JSON can hold."""
    return {
        "path": problem.path,
        "line": problem.line,
        "column": problem.column,
        "severity": problem.severity,
        "rule": problem.rule,
        "message": problem.message,
        "cure": problem.cure,
    }


def _escape(text: str, more: str) -> str:
    for each in f"%\r\n{more}":
        text = text.replace(each, f"%{ord(each):02X}")
    return text


def _width(letter: str) -> int:
    """Return how many columns of a terminal a letter takes."""
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def count(number: int, word: str) -> str:
    """Return a number with its word, in the plural if need be."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def _colour(kind: str, text: str) -> str:
    if kind not in _COLOURS:
        return text
    from ankibuild.commands.diffing import plain_style

    return click.style(plain_style(kind, text), fg=_COLOURS[kind])
