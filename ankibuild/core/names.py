"""Which tags Anki keeps as they are written."""

import re

_RESERVED = ("leech", "marked")


def tag_fault(tag: str) -> tuple[str, str] | None:
    """Return what Anki would not keep of a tag and the cure, or None for a good one."""
    if re.search(r"\s", tag) or not tag:
        return f'the tag "{tag}" holds a space', "join its words with a hyphen, or write two tags"
    if tag.casefold() in _RESERVED:
        return f'the tag "{tag}" is Anki\'s own', "choose another word"
    if re.search(r'[",\x00-\x1f]', tag) or "" in tag.split("::"):
        return f'the tag "{tag}" would be changed by Anki', 'use words joined with "-" or "::"'
    return None
