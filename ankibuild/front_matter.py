"""Read the front matter of a Markdown file: a flat YAML mapping of words and lists of words."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import yaml

from ankibuild.errors import Report, suggestion
from ankibuild.tags import tag_fault

_KEYS = ("deck", "order", "tags")
_Value = str | list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
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
    entries = _read_yaml("\n".join(lines[1:end]), report)
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


def _read_deck(line: int, column: int, value: _Value, report: Report) -> str:
    if isinstance(value, str) and value.strip():
        return value
    report(line, column, '"deck" is not a name', "write, for example: deck: Billing")
    return ""


def _read_order(line: int, column: int, value: _Value, report: Report) -> int | None:
    if isinstance(value, str) and re.fullmatch("-?[0-9]{1,9}", value):
        return int(value)
    report(line, column, '"order" is not a whole number', "write, for example: order: 1")
    return None


def _read_tags(line: int, column: int, value: _Value, report: Report) -> tuple[str, ...]:
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


def _read_yaml(text: str, report: Report) -> dict[str, tuple[int, int, _Value]]:
    entries: dict[str, tuple[int, int, _Value]] = {}
    try:
        for key, line, column, value in _entries(text):
            if key in entries:
                message = f'the front matter gives "{key}" twice'
                report(line, column, message, "keep one of the two")
            entries[key] = (line, column, value)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column) if mark else (0, 0)
        message = f"the front matter cannot be read ({error.problem})"
        report(line, column, message, 'write "key: value" lines between two lines of "---"')
    except yaml.YAMLError:
        message = "the front matter holds a character that YAML does not allow"
        report(0, 0, message, "delete it")
    return entries


def _entries(text: str) -> Iterator[tuple[str, int, int, _Value]]:
    """Yield key, place and value; of the parser's events alone, YAML can run or nest nothing."""
    events: Iterator[yaml.Event] = yaml.parse(text, yaml.SafeLoader)
    event = next(events)
    while not isinstance(event, yaml.MappingStartEvent | yaml.StreamEndEvent):
        if isinstance(event, yaml.NodeEvent):
            raise _unexpected(event, '"key: value" lines are expected')
        event = next(events)
    while not isinstance(event, yaml.StreamEndEvent):
        event = next(events)
        if isinstance(event, yaml.DocumentStartEvent):
            raise _unexpected(event, "a second document begins")
        if isinstance(event, yaml.NodeEvent):
            yield _words(event), *_place(event), _value(next(events), events)


def _value(event: yaml.Event, events: Iterator[yaml.Event]) -> _Value:
    if not isinstance(event, yaml.SequenceStartEvent):
        return _words(event)
    words = []
    while not isinstance(event := next(events), yaml.SequenceEndEvent):
        words.append(_words(event))
    return words


def _words(event: yaml.Event) -> str:
    if not isinstance(event, yaml.ScalarEvent):
        raise _unexpected(event, "a value is words, a number or a list of words")
    return str(event.value)


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column) if mark else (0, 0)


def _unexpected(event: yaml.Event, problem: str) -> yaml.MarkedYAMLError:
    line, column = _place(event)
    mark = yaml.Mark("", 0, line - 1, column, None, 0)
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
