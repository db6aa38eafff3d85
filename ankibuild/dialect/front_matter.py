"""Read the front matter of a Markdown file: its deck, note type, order, tags."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from ankibuild.core.names import tag_fault
from ankibuild.core.problems import Reporter, suggestion
from ankibuild.core.text import NOT_TEXT
from ankibuild.core.values import Struct

if TYPE_CHECKING:
    from yaml import Node

_Value = str | list[str]
_Entry = tuple[int, int, _Value]

# The library takes a second until it meets its own limit.
_TOO_DEEP = re.compile(r"(?:[\[{]\s*+){20}")
_EXAMPLES = {"deck": "Billing", "note-type": "vocabulary"}
_KEYS = ("deck", "note-type", "order", "tags")


class FrontMatter(Struct, frozen=True, kw_only=True):
    """What the front matter says; ``end`` is the place of the first line after it, from 0."""

    end: int = 0
    deck: str = ""
    note_type: str = ""
    order: int | None = None
    tags: tuple[str, ...] = ()


def read_front_matter(lines: Sequence[str], report: Reporter) -> FrontMatter:
    """Return the front matter that the lines begin with, or an empty one."""
    if lines[0].rstrip() != "---":
        return FrontMatter()
    end = _find(lines, lambda line: line.rstrip() == "---")
    note = _find(lines, lambda line: line.startswith("## "))
    if min(end, note) == len(lines) or note < end:
        message = 'the front matter that "---" opens here is not closed'
        report(0, 0, "unclosed-front-matter", message, 'write "---" on a line of its own after it')
        return FrontMatter(end=_find(lines, lambda line: not line.strip()))
    entries = _read_entries("\n".join(lines[1:end]), report)
    for key, (line, column, _) in entries.items():
        if key not in _KEYS:
            message = f'the front matter has the unknown key "{key}"'
            report(line, column, "unknown-setting", message, suggestion(key, _KEYS))
    return FrontMatter(
        end=end + 1,
        deck=_read_name("deck", entries, report),
        note_type=_read_name("note-type", entries, report),
        order=_read_order(*entries["order"], report) if "order" in entries else None,
        tags=_read_tags(*entries["tags"], report) if "tags" in entries else (),
    )


def _read_entries(text: str, report: Reporter) -> dict[str, _Entry]:
    """Return line, column (from 0, in the file) and value by key; YAML can run nothing here."""
    # Loaded only for a file that has some: start-up time is felt at every run.
    import yaml

    entries: dict[str, _Entry] = {}
    try:
        if _TOO_DEEP.search(text):
            raise RecursionError
        node = yaml.compose(text, yaml.SafeLoader)
        if node and not isinstance(node, yaml.MappingNode):
            raise _unexpected(node, '"key: value" lines are expected')
        for name, value in node.value if node else ():
            key, mark = _words(name), name.start_mark
            if key in entries:
                message = f'the front matter gives "{key}" twice'
                report(
                    mark.line + 1, mark.column, "repeated-setting", message, "keep one of the two"
                )
            is_list = isinstance(value, yaml.SequenceNode)
            words = [_words(each) for each in value.value] if is_list else _words(value)
            entries[key] = (mark.line + 1, mark.column, words)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column) if mark else (0, 0)
        message = f"the front matter cannot be read ({error.problem})"
        report(
            line,
            column,
            "invalid-front-matter",
            message,
            'write "key: value" lines between two lines of "---"',
        )
    except RecursionError:
        message = "the front matter cannot be read (its lists are nested too deeply)"
        report(
            0,
            0,
            "invalid-front-matter",
            message,
            'write "key: value" lines between two lines of "---"',
        )
    except (yaml.YAMLError, ValueError, OverflowError):
        message = "the front matter contains a character that YAML does not allow"
        report(0, 0, "invisible-character", message, "delete it")
    return entries


def _words(node: "Node") -> str:
    from yaml import ScalarNode

    if not isinstance(node, ScalarNode):
        raise _unexpected(node, "a value is words, a number or a list of words")
    # YAML's escapes could bring in what the file itself may not hold.
    if NOT_TEXT.search(node.value):
        raise _unexpected(node, "a value contains an invisible character")
    return str(node.value)


def _unexpected(node: "Node", problem: str) -> Exception:
    from yaml import MarkedYAMLError

    return MarkedYAMLError(problem=problem, problem_mark=node.start_mark)


def _read_name(key: str, entries: Mapping[str, _Entry], report: Reporter) -> str:
    line, column, value = entries.get(key, (0, 0, None))
    if isinstance(value, str) and value.strip():
        return value
    if value is not None:
        message = f'"{key}" is not a name'
        cure = f"write, for example: {key}: {_EXAMPLES[key]}"
        report(line, column, "invalid-setting", message, cure)
    return ""


def _read_order(line: int, column: int, value: _Value, report: Reporter) -> int | None:
    if isinstance(value, str) and re.fullmatch("-?[0-9]{1,9}", value):
        return int(value)
    report(
        line,
        column,
        "invalid-setting",
        '"order" is not a whole number',
        "write, for example: order: 1",
    )
    return None


def _read_tags(line: int, column: int, value: _Value, report: Reporter) -> tuple[str, ...]:
    if isinstance(value, str):
        cure = f"write: tags: [{', '.join(value.replace(',', ' ').split())}]"
        report(line, column, "invalid-setting", f'"tags" is "{value}", not a list', cure)
        return ()
    tags = tuple(dict.fromkeys(value))
    for fault in filter(None, map(tag_fault, tags)):
        report(line, column, *fault)
    return tags


def _find(lines: Sequence[str], is_it: Callable[[str], bool]) -> int:
    """Return the place of the first line after line 0 that is it, or the number of lines."""
    return next((n for n, line in enumerate(lines) if n and is_it(line)), len(lines))
