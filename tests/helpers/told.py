"""Problems as the command tells them, read back from what it printed."""

import re
from collections.abc import Iterator
from typing import NamedTuple

CLEAN = "0 errors, 0 warnings; "
"""What check begins with where nothing is wrong; then it says what comes next."""

_FORM = re.compile(
    r"^(?P<place>\S.*?: )?(?P<severity>error|warning): (?P<message>.*) \[(?P<rule>[a-z-]+)\]\n"
    r"(?:    .*\n *\^\n)?"
    r"    help: (?P<cure>.*)$",
    re.MULTILINE,
)


class Told(NamedTuple):
    """A problem: its place with a colon and a space, how grave it is, and its words."""

    place: str
    severity: str
    message: str
    rule: str
    cure: str

    def __str__(self) -> str:
        """Return it in one line, as the library says it."""
        warning = "warning: " if self.severity == "warning" else ""
        return f"{self.place}{warning}{self.message}; {self.cure}"


def find_told(printed: str) -> Iterator[Told]:
    """Yield the problems in what a command printed."""
    for match in _FORM.finditer(printed):
        yield Told(**match.groupdict(default=""))


def in_lines(printed: str) -> str:
    """Return what a command printed, with each problem in one line, and its rule below."""
    return _FORM.sub(lambda m: f"{Told(**m.groupdict(default=''))}\n    [{m['rule']}]", printed)
