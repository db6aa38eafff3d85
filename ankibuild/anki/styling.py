"""Check a package's own style sheet, which comes after ours on every card."""

from collections.abc import Iterable, Iterator
from typing import Any

from ankibuild.core.problems import Fault, Problem, about

_WITHIN = ("data:", "#")
_AT_WORDS = {"at-rule": "lower_at_keyword", "at-keyword": "lower_value"}
_FETCHING = ("url", "src", "image", "image-set", "-webkit-image-set")


def check_style(path: str, text: str) -> tuple[Problem, ...]:
    """Return what keeps a style sheet from working on every card, offline and inside of a page.

    Source: https://www.w3.org/TR/css-syntax-3/.
    """
    # Loaded only for a package that has one.
    import tinycss2

    nodes = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    found = [about(path, *fault, line=line, column=column) for line, column, fault in _walk(nodes)]
    end = text.casefold().find("</style")
    if end >= 0:
        line = text.count("\n", 0, end) + 1
        column = end - (text.rfind("\n", 0, end) + 1) + 1
        message = f'"{text[end : end + 7]}" would end the style of the card'
        found.append(about(path, "style-end-tag", message, "delete it", line=line, column=column))
    return tuple(found)


def _walk(nodes: Iterable[Any]) -> Iterator[tuple[int, int, Fault]]:
    for node in nodes:
        if fault := _find_fault(node):
            yield node.source_line, node.source_column, fault
        for inside in ("prelude", "content", "arguments"):
            yield from _walk(getattr(node, inside, None) or ())


def _find_fault(node: Any) -> Fault | None:
    address = None
    if node.type == "error":
        message = f"this is not CSS ({node.message.lower().rstrip('.')})"
        return "invalid-style", message, "write: selector { name: value; }"
    if _AT_WORDS.get(node.type) and getattr(node, _AT_WORDS[node.type]) == "import":
        cure = "cards work offline: paste its rules here"
        return "file-in-style", '"@import" fetches another file', cure
    if node.type == "url":
        address = node.value
    elif node.type == "function" and node.lower_name in _FETCHING:
        address = next((each.value for each in node.arguments if each.type == "string"), None)
    if address is None or address.strip().lower().startswith(_WITHIN):
        return None
    cure = "a style brings no files: put pictures on the cards, and name fonts that learners have"
    return "file-in-style", f'"{address}" is another file', cure
