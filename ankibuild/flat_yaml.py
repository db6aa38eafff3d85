"""Read a flat YAML mapping of words, or of lists of words."""

from collections.abc import Iterator

import yaml

from ankibuild.errors import Report
from ankibuild.model import NOT_TEXT

Value = str | list[str]


def read_yaml(text: str, report: Report) -> dict[str, tuple[int, int, Value]]:
    """Return line, column (from 0, the line before the text being 0) and value by key.

    What is wrong is reported; the file's front matter is what messages name.
    """
    entries: dict[str, tuple[int, int, Value]] = {}
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
    except (yaml.YAMLError, ValueError, OverflowError):
        message = "the front matter holds a character that YAML does not allow"
        report(0, 0, message, "delete it")
    return entries


def _entries(text: str) -> Iterator[tuple[str, int, int, Value]]:
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


def _value(event: yaml.Event, events: Iterator[yaml.Event]) -> Value:
    if not isinstance(event, yaml.SequenceStartEvent):
        return _words(event)
    words = []
    while not isinstance(event := next(events), yaml.SequenceEndEvent):
        words.append(_words(event))
    return words


def _words(event: yaml.Event) -> str:
    if not isinstance(event, yaml.ScalarEvent):
        raise _unexpected(event, "a value is words, a number or a list of words")
    # YAML's escapes could bring in what the file itself may not hold.
    if NOT_TEXT.search(event.value):
        raise _unexpected(event, "a value holds an invisible character")
    return str(event.value)


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column) if mark else (0, 0)


def _unexpected(event: yaml.Event, problem: str) -> yaml.MarkedYAMLError:
    line, column = _place(event)
    mark = yaml.Mark("", 0, line - 1, column, None, 0)
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
