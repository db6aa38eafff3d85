"""Read the front matter of a Markdown file: its deck, order, tags."""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ankibuild.errors import Report, suggestion
from ankibuild.tags import tag_fault
from ankibuild.values import Struct

if TYPE_CHECKING:
    from ankibuild.flat_yaml import Value

_KEYS = ("deck", "order", "tags")


class FrontMatter(Struct, frozen=True, kw_only=True):
    """What the front matter says; ``end`` is the place of the first line after it, from 0."""

    end: int = 0
    deck: str = ""
    order: int | None = None
    tags: tuple[str, ...] = ()


def read_front_matter(lines: Sequence[str], report: Report) -> FrontMatter:
    """Return the front matter that the lines begin with, or an empty one."""
    if lines[0].rstrip() != "---":
        return FrontMatter()
    end = _find(lines, lambda line: line.rstrip() == "---")
    note = _find(lines, lambda line: line.startswith("## "))
    if min(end, note) == len(lines) or note < end:
        message = 'the front matter that "---" opens here is not closed'
        report(0, 0, message, 'write "---" on a line of its own after it')
        return FrontMatter(end=_find(lines, lambda line: not line.strip()))
    # Loaded only for a file that has some: start-up time is felt at every run.
    from ankibuild.flat_yaml import read_yaml

    entries = read_yaml("\n".join(lines[1:end]), report)
    for key, (line, column, _) in entries.items():
        if key not in _KEYS:
            message = f'the front matter has the unknown key "{key}"'
            report(line, column, message, suggestion(key, _KEYS))
    return FrontMatter(
        end=end + 1,
        deck=_read_deck(*entries["deck"], report) if "deck" in entries else "",
        order=_read_order(*entries["order"], report) if "order" in entries else None,
        tags=_read_tags(*entries["tags"], report) if "tags" in entries else (),
    )


def _read_deck(line: int, column: int, value: "Value", report: Report) -> str:
    if isinstance(value, str) and value.strip():
        return value
    report(line, column, '"deck" is not a name', "write, for example: deck: Billing")
    return ""


def _read_order(line: int, column: int, value: "Value", report: Report) -> int | None:
    if isinstance(value, str) and re.fullmatch("-?[0-9]{1,9}", value):
        return int(value)
    report(line, column, '"order" is not a whole number', "write, for example: order: 1")
    return None


def _read_tags(line: int, column: int, value: "Value", report: Report) -> tuple[str, ...]:
    if isinstance(value, str):
        cure = f"write: tags: [{', '.join(value.replace(',', ' ').split())}]"
        report(line, column, f'"tags" is "{value}", not a list', cure)
        return ()
    for fault in filter(None, map(tag_fault, value)):
        report(line, column, *fault)
    return tuple(value)


def _find(lines: Sequence[str], is_it: Callable[[str], bool]) -> int:
    """Return the place of the first line after line 0 that is it, or the number of lines."""
    return next((n for n, line in enumerate(lines) if n and is_it(line)), len(lines))
