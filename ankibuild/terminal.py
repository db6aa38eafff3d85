"""How things look on a terminal: problems, progress, differences, and what Ctrl-C does."""

import json
import os
import re
import shutil
import signal
import sys
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Self

import click

if TYPE_CHECKING:
    from ankibuild.core.problems import Problem
    from ankibuild.releases.differences import Line

_LONG_WORK = 500
_WIDEST_EXCERPT = 100
_MOST_ALIKE, _MOST_PLACES = 3, 5
_INDENT = " " * 4
_STYLES: dict[str, dict[str, Any]] = {
    "old": {"fg": "red"},
    "new": {"fg": "green"},
    "place": {"bold": True},
    "error": {"fg": "red", "bold": True},
    "warning": {"fg": "yellow", "bold": True},
    "help": {"fg": "cyan", "bold": True},
}
# What differs between problems that are told alike: the words in quotes, and numbers.
_VALUES = re.compile(r'".*"|\d+', re.DOTALL)
_COMMAND = re.compile(r"\b(ankibuild|git|pip) \S")


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


def obey_no_color(context: click.Context) -> None:
    """Show nothing in colours where NO_COLOR says so: https://no-color.org."""
    if os.environ.get("NO_COLOR"):
        context.color = False


def echo(line: "str | Line | Iterable[tuple[str, str]]", *, err: bool = False) -> None:
    """Print one line, in which a terminal finds nothing to obey, and GitHub's runner neither.

    A line may come in parts, each with its kind, which are shown in colours.
    """
    from ankibuild.core.text import visible

    parts = (("ours", line),) if isinstance(line, str) else line
    text = "".join(_colour(kind, visible(part)) for kind, part in parts)
    if os.environ.get("GITHUB_ACTIONS"):
        # https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
        text = re.sub(r"^((?:\s|\x1b\[[\d;]*m)*):(?=:)", r"\1: ", text).replace("##[", "## [")
    click.echo(text, err=err)


def print_problems(problems: "Iterable[Problem]", *, err: bool = True) -> None:
    """Print problems for people: place, severity, what is wrong, the rule, the line, the cure.

    What is wrong in one way at many places of a file is told once, with the first places; where
    these do not show it, as of what is left out of a file, each is named in a line. On a terminal
    nothing but a cure that holds a command is wider than the window.
    """
    from ankibuild.core.text import visible

    stream = sys.stderr if err else sys.stdout
    width = shutil.get_terminal_size().columns if stream.isatty() else 0
    for problem, others in _gather(problems):
        place = f"{visible(problem.place)}: " if problem.place else ""
        head = (("place", place), (problem.severity, f"{problem.severity}:"))
        told = f"{visible(problem.message)} [{problem.rule}]"
        _echo_wrapped(head, told, width, err=err)
        if problem.excerpt.strip():
            most = min(_WIDEST_EXCERPT, (width or sys.maxsize) - len(_INDENT))
            line = visible(problem.excerpt.replace("\t", " "))
            before, after = _cut_around(line, problem.column - 1, most)
            echo(f"{_INDENT}{before}{after}", err=err)
            caret = (problem.severity, f"{_INDENT}{' ' * _columns(before)}^")
            echo((caret,), err=err)
        help_ = (("ours", _INDENT), ("help", "help:"))
        # What a terminal itself breaks can still be copied as one command.
        is_command = _COMMAND.search(problem.cure)
        _echo_wrapped(help_, visible(problem.cure), 0 if is_command else width, err=err)
        if not others:
            continue
        count = f"{len(others):,} more like it"
        if (
            _are_shown([problem, *others])
            or len({each.message for each in (problem, *others)}) == 1
        ):
            places = f"{count}: {_list_places(others)}"
            _echo_wrapped((("ours", f"{_INDENT}and"),), places, width, err=err)
            continue
        echo(f"{_INDENT}and {count}:", err=err)
        is_one_file = {each.path for each in others} == {problem.path}
        for each in others:
            line = f" line {each.line}:" if each.line else "" if is_one_file else f" {each.path}:"
            _echo_wrapped((("ours", f"{_INDENT}-{line}"),), visible(each.message), width, err=err)


def _gather(problems: "Iterable[Problem]") -> "Iterator[tuple[Problem, list[Problem]]]":
    """Yield each problem that is told, and those that are not since they are like it."""
    forms = [(problem, _form(problem)) for problem in problems]
    alike: dict[object, list[Problem]] = {}
    for problem, form in forms:
        alike.setdefault(form, []).append(problem)
    for problem, form in forms:
        if len(alike[form]) <= _MOST_ALIKE:
            yield problem, []
        elif problem is alike[form][0]:
            yield problem, alike[form][1:]


def _form(problem: "Problem") -> object:
    """Return what problems have in common that are told once: all but values and line."""
    path = problem.path if problem.line else PurePosixPath(problem.path).parent
    words = (_VALUES.sub("", text) for text in (problem.message, problem.cure))
    return path, bool(problem.line), problem.rule, problem.severity, *words


def _are_shown(problems: "list[Problem]") -> bool:
    """Tell whether one finds at each place what is wrong there, so that the place is enough."""
    are_files = len({each.path for each in problems}) == len(problems)
    return are_files or all(each.excerpt for each in problems)


def _list_places(others: "list[Problem]") -> str:
    """Return where the first of the problems stand."""
    from ankibuild.core.text import visible

    is_line = bool(others[0].line)
    places = [*dict.fromkeys(str(each.line) if is_line else each.path for each in others)]
    word = "" if not is_line else "line " if len(places) == 1 else "lines "
    listed = ", ".join(map(visible, places[:_MOST_PLACES]))
    more = ", …" if len(places) > _MOST_PLACES else ""
    return f"{word}{listed}{more}"


def _echo_wrapped(head: tuple[tuple[str, str], ...], text: str, width: int, *, err: bool) -> None:
    """Print a head and a text after it, in lines of a width unless that is 0."""
    first, *more = [text] if not width else _wrap(text, width, head)
    echo((*head, ("ours", f" {first}")), err=err)
    for line in more:
        echo(f"{_INDENT}{line}", err=err)


def _wrap(text: str, width: int, head: tuple[tuple[str, str], ...]) -> list[str]:
    """Return a text in lines that end between words, the first of them after a head."""
    lines, used = list[list[str]]([[]]), sum(_columns(part) for _, part in head)
    for word in text.split(" "):
        columns = _columns(word) + 1
        if used + columns > width:
            lines.append([])
            used = len(_INDENT) - 1
        lines[-1].append(word)
        used += columns
    return [" ".join(words) for words in lines]


def _cut_around(line: str, place: int, most: int) -> tuple[str, str]:
    """Return what stands before a place of a line and after it, cut to so many columns."""
    # A line may be as long as a file is large.
    before, after = line[max(0, place - 2 * most) : place], line[place : place + 2 * most]
    half = most // 2
    room_before, room_after = most - _columns(after), most - _columns(before)
    return _cut(before[::-1], max(half, room_before))[::-1], _cut(after, max(half, room_after))


def _cut(text: str, most: int) -> str:
    """Return as much of a text as fits into so many columns, with a mark where it was cut."""
    used = kept = 0
    for number, letter in enumerate(text, 1):
        used += _width(letter)
        if used < most:
            kept = number
        elif used > most:
            return f"{text[:kept]}…"
    return text


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


def _columns(text: str) -> int:
    return sum(map(_width, text))


def _width(letter: str) -> int:
    """Return how many columns of a terminal a letter takes."""
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def count(number: int, word: str) -> str:
    """Return a number with its word, in the plural if need be."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def count_problems(problems: "Iterable[Problem]") -> str:
    """Return how many errors there are, and how many warnings."""
    severities = [problem.severity for problem in problems]
    errors, warnings = severities.count("error"), severities.count("warning")
    return f"{count(errors, 'error')}, {count(warnings, 'warning')}"


def _colour(kind: str, text: str) -> str:
    if kind in ("old", "new"):
        from ankibuild.commands.diffing import plain_style

        text = plain_style(kind, text)
    return click.style(text, **_STYLES[kind]) if kind in _STYLES else text
