"""What is wrong with a source, at which place: the words every stage reports in."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Literal, Protocol

from ankibuild.core.values import Struct

Severity = Literal["error", "warning"]


class Report(Protocol):
    """Takes note of a problem in one file: line and column from 0, what is wrong, the cure."""

    def __call__(
        self, line: int, column: int, message: str, cure: str, severity: Severity = "error", /
    ) -> None:
        """Take note of it."""


class Problem(Struct, frozen=True, kw_only=True, order=True):
    """One thing to mend: its place, what is wrong, and the cure.

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

    @property
    def place(self) -> str:
        """Return ``path:line:column``, or just the path for a whole file."""
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path

    def __str__(self) -> str:
        """Return the one line a trainer reads: place, what is wrong; then the cure."""
        warning = "warning: " if self.severity == "warning" else ""
        return f"{self.place}: {warning}{self.message}; {self.cure}"


class Fragment(Struct, frozen=True, kw_only=True):
    """A piece of a file's text, and where it begins (line and column from 1)."""

    path: str
    line: int
    column: int
    text: str

    def problem(self, message: str, cure: str, severity: Severity = "error") -> Problem:
        """Return a problem at the beginning of this piece."""
        return Problem(
            path=self.path,
            line=self.line,
            column=self.column,
            message=message,
            cure=cure,
            severity=severity,
        )


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
    """Return the cure for an unknown word: the known one meant, or all that are known."""
    close = difflib.get_close_matches(word, known, n=1)
    return f'did you mean "{close[0]}"?' if close else f"known are {', '.join(sorted(known))}"
