"""Make plain Markdown of what was written for a web page.

Hidden answers, ways back to the top, and addresses that stand elsewhere on the page.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from ankibuild.core.values import Struct
from ankibuild.dialect.markdown import parse_blocks
from ankibuild.dialect.slips import in_fences
from ankibuild.importers.account import TAG

Places = list[tuple[int, str]]
"""Lines, each with the number that it has in its file, from 1."""

_ITEM = re.compile(r"( {0,3}(?:(\d{1,4}[.)])|[-*+])[ \t]+)(#{1,6})[ \t]+(.*)")
_PART = re.compile(r"(</?(?:details|summary)\b[^<>]*>)", re.IGNORECASE)
# What only arranges a page; it may hold no word.
_FRAME = re.compile(
    r"\s*(?:</?(?:a|article|b|br|center|div|font|p|section|span|strong)\b[^<>]*>\s*)+",
    re.IGNORECASE,
)
_WAY_BACK = re.compile(r"[^\w\[]*\[[^\[\]]*\]\(#[^()]*\)\W*")
_DEFINITION = re.compile(r""" {0,3}\[([^\[\]]+)\]:\s*(\S+(?:\s+["'(].*)?)\s*""")
_REFERENCE = re.compile(r"(?<![\]\\])\[([^\[\]]+)\](?:\[([^\[\]]*)\])?(?![\[(:])")
_OFTEN = 3


class Details(Struct, frozen=True, kw_only=True):
    """A ``<details>``: its places in the lines, from 0, and that of its ``<summary>``."""

    begin: int
    end: int
    asked: int
    question: str


def unnest_headings(lines: Sequence[str], start: int) -> list[str]:
    """Return the lines with the headings of items as headings, and what is below at the edge."""
    found = [match for line in lines[start:] if (match := _ITEM.fullmatch(line))]
    if len(found) < 2:  # noqa: PLR2004 (one is no list)
        return list(lines)
    kept = list(lines[:start])
    in_code = in_fences(lines)
    width = 0
    for place, line in enumerate(lines[start:], start):
        if in_code[place]:
            kept.append(line)
        elif match := _ITEM.fullmatch(line):
            width = len(match[1])
            kept.append(" ".join(filter(None, (match[3], match[2], match[4]))))
        else:
            width = 0 if line.startswith("#") else width
            edge = min(width, len(line) - len(line.lstrip(" ")))
            kept.append(line[edge:])
    return kept


def open_details(lines: Sequence[str], start: int) -> tuple[Places, list[Details]]:
    """Return the lines without the tags of a page, and where each ``<details>`` stands.

    A ``<summary>`` is a line in bold; of one in another the outer one alone is returned.
    """
    code = _find_code(lines, start)
    places: Places = []
    found: list[Details] = []
    opened: list[int] = []
    asked: tuple[int, str] | None = None
    summary: list[str] | None = None
    for place, line in enumerate(lines):
        number = place + 1
        if place < start or place in code or "`" in line or "<" not in line:
            if summary is None:
                places.append((number, line))
            else:
                summary.append(line)
            continue
        for part in filter(str.strip, _PART.split(line)):
            tag = part.strip("</>").split()[0].lower() if _PART.fullmatch(part) else ""
            is_end = part.startswith("</")
            if tag == "summary" and not is_end:
                summary = []
            elif tag == "summary" and summary is not None:
                question = " ".join(" ".join(TAG.sub("", " ".join(summary)).split()).split("**"))
                summary = None
                places += [(number, ""), (number, f"**{question.strip()}**"), (number, "")]
                if len(opened) == 1:
                    asked = len(places) - 2, question.strip()
            elif tag == "details":
                places.append((number, ""))
                if not is_end:
                    opened.append(len(places) - 1)
                elif opened:
                    begin = opened.pop()
                    if not opened and asked:
                        details = Details(
                            begin=begin, end=len(places), asked=asked[0], question=asked[1]
                        )
                        found.append(details)
                        asked = None
            elif summary is not None:
                summary.append(part)
            elif not tag:
                places.append((number, "" if _FRAME.fullmatch(part) else part))
    places += [(len(lines), text) for text in summary or ()]
    return places, found


def without_ways_back(places: Places) -> tuple[Places, list[str]]:
    """Return the lines without links to one place of the page that come again and again."""
    ways = Counter(text.strip() for _, text in places if _WAY_BACK.fullmatch(text))
    often = {text for text, times in ways.items() if times >= _OFTEN}
    kept = [(number, "" if text.strip() in often else text) for number, text in places]
    return kept, [text for _, text in places if text.strip() in often]


def place_addresses(places: Places, start: int) -> Places:
    """Return the lines with the addresses of links and pictures beside them.

    They may stand anywhere on a page, but must stand on the very card.
    """
    code = _find_code([text for _, text in places], start)
    texts = [(n, text) for n, (_, text) in enumerate(places) if n >= start and n not in code]
    defined = {
        " ".join(match[1].casefold().split()): (n, match[2])
        for n, text in reversed(texts)
        if (match := _DEFINITION.fullmatch(text)) and not match[1].startswith("^")
    }
    if not defined:
        return places
    kept = list(places)
    # An address in a text is never looked at again.
    for n, text in texts:
        kept[n] = (places[n][0], _REFERENCE.sub(lambda match: _place(match, defined), text))
    for n, _ in defined.values():
        kept[n] = (places[n][0], "")
    return kept


def _place(match: re.Match[str], defined: Mapping[str, tuple[int, str]]) -> str:
    found = defined.get(" ".join((match[2] or match[1]).casefold().split()))
    return f"[{match[1]}]({found[1]})" if found else match[0]


def _find_code(lines: Sequence[str], start: int) -> set[int]:
    tokens = parse_blocks("\n" * start + "\n".join(lines[start:]))
    maps = (token.map for token in tokens if token.type in ("fence", "code_block") and token.map)
    return {place for begin, end in maps for place in range(begin, end)}
