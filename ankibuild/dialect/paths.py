r"""Paths: ``\\server\share\_new`` is shown as it stands, though Markdown takes ``\_`` for ``_``.

Whoever writes a backslash before a letter or digit does not escape anything: in such a word the
others are meant too.
"""

import re
from string import punctuation

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

_WORD = re.compile(r"\S+")
_SHARE = r"(?<![\w\\])(?<!(?<![A-Za-z])[A-Za-z]:)\\\\(?=[\w.-]+\\(?!\\)_?[^\W_]|[?.]\\)"
_PATH = re.compile(rf"(?<!\\)\\[^\W_]|(?<![^\W_])[A-Za-z]:\\(?!\\)|{_SHARE}")
_BACKSLASHES = re.compile(rf"{_SHARE}|\\(?!\\)")


def add_paths(parser: MarkdownIt) -> None:
    """Teach the parser which backslashes belong to a path; it notes them in ``env["paths"]``."""
    parser.inline.ruler.before("escape", "path", _path)


def _path(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (markdown-it calls it so)
    if state.src[state.pos] != "\\":
        return False
    paths: dict[str, dict[int, str]] = state.env["paths"]
    if state.src not in paths:
        paths[state.src] = _find_backslashes(state.src)
    shown = paths[state.src].get(state.pos, "")
    if not shown or state.pos + len(shown) > state.posMax:
        return False
    if not silent:
        token = state.push("text_special", "", 0)
        token.content = token.markup = shown
        token.info = "escape"
    state.pos += len(shown)
    return True


def _find_backslashes(text: str) -> dict[int, str]:
    """Return what is shown as it stands from each backslash of a path, by its place."""
    found: dict[int, str] = {}
    for word in _WORD.finditer(text):
        if "\\" not in word[0] or not _PATH.search(word[0]):
            continue
        place = 0
        while match := _BACKSLASHES.search(word[0], place):
            place = match.end()
            after = word[0][place : place + 1]
            shown = match[0]
            # Braces may begin or end a cloze.
            if shown == "\\" and after in punctuation and after not in "{}":
                shown += after
            if shown == "\\" and after == "{":
                continue
            found[word.start() + match.start()] = shown
            place = match.start() + len(shown)
        # A doubled backslash stands for one.
    return found
