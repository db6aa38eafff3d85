"""Check a package's own style sheet, which comes after ours on every card."""

import re
from collections.abc import Iterator
from typing import Any

from ankibuild.core.problems import Fault, Problem, about

_LONG_NUMBER = re.compile(r"[0-9]{1000,}")
_WITHIN = ("data:", "#")
_AT_WORDS = {"at-rule": "lower_at_keyword", "at-keyword": "lower_value"}
_FETCHING = ("url", "src", "image", "image-set", "-webkit-image-set")
_STANDING_IN = ("attr", "env", "if", "var")
"""Functions that may stand for any value."""


def check_style(path: str, text: str) -> tuple[Problem, ...]:
    """Return what keeps a style sheet from working on every card, offline and inside of a page.

    Source: https://www.w3.org/TR/css-syntax-3/.
    """
    found = [
        about(path, *fault, line=node.source_line, column=node.source_column)
        for node in _nodes(text)
        for fault in _find_faults(node)
    ]
    end = text.casefold().find("</style")
    if end >= 0:
        line = text.count("\n", 0, end) + 1
        column = end - (text.rfind("\n", 0, end) + 1) + 1
        message = f'"{text[end : end + 7]}" would end the style of the card'
        found.append(about(path, "style-end-tag", message, "delete it", line=line, column=column))
    return tuple(found)


def find_addresses(text: str) -> tuple[str, ...]:
    """Return what a style sheet would fetch, sorted; "var()" where that cannot be known."""
    return tuple(sorted({each for node in _nodes(text) for each in _fetched(node)}))


def _nodes(text: str) -> Iterator[Any]:
    """Yield every node of a style sheet, however deep."""
    # Loaded only for a package that has one.
    import tinycss2

    # Python makes no number of thousands of digits.
    text = _LONG_NUMBER.sub(lambda match: match[0][:9], text)
    waiting = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)[::-1]
    while waiting:
        node = waiting.pop()
        yield node
        for inside in ("arguments", "content", "prelude"):
            waiting += reversed(getattr(node, inside, None) or ())


def _find_faults(node: Any) -> Iterator[Fault]:
    if node.type == "error":
        message = f"this is not CSS ({node.message.lower().rstrip('.')})"
        yield "invalid-style", message, "write: selector { name: value; }"
    for address in _fetched(node):
        if address == "@import":
            cure = "cards work offline: paste its rules here"
            yield "file-in-style", '"@import" fetches another file', cure
        else:
            cure = "a style brings no files: put pictures on the cards, and name fonts that "
            what = "may stand for" if address.endswith("()") else "is"
            yield "file-in-style", f'"{address}" {what} another file', f"{cure}learners have"


def _fetched(node: Any) -> Iterator[str]:
    """Yield what a node by itself fetches."""
    found = []
    if _AT_WORDS.get(node.type) and getattr(node, _AT_WORDS[node.type]) == "import":
        yield "@import"
    elif node.type == "url":
        found = [node.value]
    elif node.type == "function" and node.lower_name in _FETCHING:
        found = [each.value for each in node.arguments if each.type == "string"]
        for each in node.arguments:
            if each.type == "function" and each.lower_name in _STANDING_IN:
                yield f"{each.lower_name}()"
    yield from (each for each in found if not each.strip().lower().startswith(_WITHIN))
