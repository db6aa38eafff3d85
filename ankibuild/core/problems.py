"""What is wrong with a source, at which place: the words every stage reports in."""

import difflib
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Literal, Protocol

from ankibuild.core.rules import Rule
from ankibuild.core.values import Struct

Severity = Literal["error", "warning"]

# Comparing two words takes as long as the one is times the other.
_MOST_COMPARED, _LONG_WORD, _FEW_COMPARED = 50, 40, 4

Fault = tuple[Rule, str, str]
"""What is wrong wherever it stands: the rule, the message, the cure."""


class InlineReport(Protocol):
    """Takes note of a problem at a position of an inline token's content."""

    def __call__(
        self, position: int, rule: Rule, message: str, cure: str, severity: Severity = "error", /
    ) -> None:
        """Take note of it."""


class Problem(Struct, frozen=True, kw_only=True, order=True):
    """One thing to mend: its place, what is wrong, the cure, and the rule that it breaks.

    ``line`` and ``column`` count from 1, in characters of the original line; a ``line`` of 0
    means the whole file. ``excerpt`` is the text of that line.
    """

    path: str
    line: int = 0
    column: int = 0
    message: str
    cure: str
    severity: Severity = "error"
    excerpt: str = ""
    rule: Rule

    @property
    def place(self) -> str:
        """Return ``path:line:column``, or just the path for a whole file; "" for no path."""
        place = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        return place.removeprefix(":")

    def excerpt_around(self, width: int) -> tuple[str, int]:
        """Return the excerpt around the place, at most so many characters, and the place in it."""
        start = max(0, self.column - width // 2)
        return self.excerpt[start : start + width], self.column - start

    def __str__(self) -> str:
        """Return the one line a trainer reads: place, what is wrong; then the cure."""
        warning = "warning: " if self.severity == "warning" else ""
        place = f"{self.place}: " if self.place else ""
        return f"{place}{warning}{self.message}; {self.cure}"


class Fragment(Struct, frozen=True, kw_only=True):
    """A piece of a file's text, and where it begins (line and column from 1)."""

    path: str
    line: int
    column: int
    text: str

    @property
    def place(self) -> str:
        """Return ``path:line``, by which another problem names it; no path is left out."""
        return f"{self.path}:{self.line}" if self.path else f"line {self.line}"

    def problem(self, rule: Rule, message: str, cure: str, severity: Severity = "error") -> Problem:
        """Return a problem at the beginning of this piece."""
        place = {"line": self.line, "column": self.column}
        return about(self.path, rule, message, cure, severity, **place)


def piece_of(path: str, lines: Sequence[str], start: int, end: int, *, first: int = 1) -> Fragment:
    """Return the lines from ``start`` to before ``end``, without blank ones around them.

    ``first`` is the number of line 0 in the file.
    """
    while start < end and not lines[start].strip():
        start += 1
    while start < end and not lines[end - 1].strip():
        end -= 1
    text = "\n".join(lines[start:end])
    return Fragment(path=path, line=first + start, column=1, text=text)


class Reporter:
    """Takes note of the problems of one file, at lines and columns that count from 0."""

    def __init__(self, path: str) -> None:
        """Begin with no problem."""
        self.problems: list[Problem] = []
        self._path, self._line, self._column = path, 0, 0

    def at(self, line: int, column: int) -> "Reporter":
        """Return one that notes in the same list, and counts from this place."""
        other = Reporter(self._path)
        other.problems, other._line, other._column = self.problems, line, column
        return other

    def __call__(
        self,
        line: int,
        column: int,
        rule: Rule,
        message: str,
        cure: str,
        severity: Severity = "error",
    ) -> None:
        """Take note of a problem."""
        place = {"line": self._line + line + 1, "column": self._column + column + 1}
        self.problems.append(about(self._path, rule, message, cure, severity, **place))


def about(
    path: str | PurePath,
    rule: Rule,
    message: str,
    cure: str,
    severity: Severity = "error",
    *,
    line: int = 0,
    column: int = 0,
) -> Problem:
    """Return a problem at a place of a file, from 1, or with a whole file or folder."""
    return Problem(
        path=path if isinstance(path, str) else shown(path),
        line=line,
        column=column,
        rule=rule,
        message=message,
        cure=cure,
        severity=severity,
    )


def shown(path: PurePath) -> str:
    """Return a path as every message writes it, on Windows too."""
    return path.as_posix()


class AnkibuildError(Exception):
    """The one error this library raises: everything found wrong, sorted by place."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep the problems, sorted."""
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


def has_errors(problems: Iterable[Problem]) -> bool:
    """Tell whether one of the problems is more than a warning."""
    return any(problem.severity == "error" for problem in problems)


def suggestion(word: str, known: Sequence[str]) -> str:
    """Return the cure for an unknown word: the known one meant, or those that are known.

    Where many are known they are sorted, and only those beside the word are looked at.
    """
    most = _MOST_COMPARED if len(word) <= _LONG_WORD else _FEW_COMPARED
    if len(known) > most:
        start = max(0, bisect_left(known, word) - most // 2)
        known = known[start : start + most]
    close = difflib.get_close_matches(word, known, n=1)
    return (
        f'did you mean "{close[0]}"?' if close else f"use one of these: {', '.join(sorted(known))}"
    )
