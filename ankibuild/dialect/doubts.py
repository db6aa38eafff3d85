"""Doubts: what Markdown reads otherwise than most who write it mean, and what it leaves out.

Pastes from Word, Excel or a chat, and signs that are to be seen. Nothing is read otherwise here;
each finding is a warning with what to write instead.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice, pairwise
from typing import Any

from markdown_it.rules_block.table import escapedSplit
from markdown_it.token import Token

from ankibuild.core.problems import InlineReport
from ankibuild.core.text import shorten
from ankibuild.dialect.attributes import lost_sign
from ankibuild.dialect.slips import ListAsText, escape_sign, find_lists, is_break

_DASHES = re.compile(r"[|:\s-]*-[|:\s-]*")
_TIGHT_BAR = re.compile(r"(?<=\S)\||\|(?=\S)|[$\\]")
_BEFORE_ROW = re.compile(r"[\s>]*")
_COMPARED = re.compile(r"[^>\w]*(>)=?\s?[-+\u20ac$\u00a3]?\d")
_DIALLED = re.compile("[0-9]{1,3}")

At = Callable[[int, str], InlineReport]
"""Returns what takes note of problems in a text that stands in a line, from 0."""


def check_paragraph(text: str, report: InlineReport) -> None:
    """Report lines of a paragraph that are rows of a table to whoever pasted them."""
    position = 0
    for one, two in pairwise(text.split("\n")):
        if fault := _rows_fault(one.strip(), two.strip()):
            report(position, "table-as-text", *fault, "warning")
            return
        position += len(one) + 1


def check_emphasis(text: str, children: Sequence[Token], report: InlineReport) -> None:
    """Report stars that were made emphasis between numbers, as in a code to dial."""
    position = 0
    for before, token, after in zip(children, children[1:], children[2:], strict=False):
        if (before.type, after.type) != ("em_open", "em_close") or before.markup != "*":
            continue
        written = f"*{token.content}*"
        start = text.find(written, position)
        if token.type != "text" or start < 0:
            continue
        position = start + len(written)
        beside = text[max(start - 1, 0) : start] + text[position : position + 1]
        is_between = token.content[:1].isdecimal() and re.search("[0-9#*]", beside)
        if is_between or _DIALLED.fullmatch(token.content):
            shown = written.replace("*", r"\*")
            message = f'"{written}" is read as emphasis, so its stars are not shown'
            cure = f'write "{shown}" to show them, or "<em>{token.content}</em>" for emphasis'
            report(start, "stars-as-emphasis", message, cure, "warning")


def check_blocks(tokens: Sequence[Token], lines: Sequence[str], at: At) -> None:
    """Report blocks of which something is not shown, or that are shown as was hardly meant."""
    head = 0
    for place, token in enumerate(tokens):
        line = token.map[0] if token.map else 0
        if token.type == "thead_open":
            head = 0
        elif token.type == "th_open":
            head += 1
        elif token.type == "tr_open" and tokens[place + 1].type != "th_open":
            _check_row(lines[line], head, line, at)
        elif token.type == "code_block":
            message = "text indented with four spaces or a tab is shown as code"
            cure = 'remove the indent, or for code write a line of "```" above and below'
            at(line, token.content)(0, "indented-code", message, cure, "warning")
        elif token.type == "fence" and len(words := token.info.split(maxsplit=1)) > 1:
            message = (
                f'"{shorten(words[1])}" is on the line of a code fence, so it is not on any card'
            )
            cure = "write it on a line of its own, above or below the code"
            report = at(line, lines[line])
            report(lines[line].find(words[1]), "lost-fence-words", message, cure, "warning")
        elif token.type == "paragraph_open" and not (
            place and tokens[place - 1].type == "paragraph_close"
        ):
            _check_lines(tokens, place, at)
        elif token.type == "blockquote_open" and tokens[place + 1].type == "paragraph_open":
            _check_quote(lines, tokens[place + 1].map or (0, 0), at)
        elif token.type == "ordered_list_open":
            _check_numbers(tokens, place, at)
        elif token.type == "heading_open" and (sign := lost_sign(lines[line], int(token.tag[1]))):
            at(line, lines[line])(*sign, "warning")


def check_definitions(
    references: Mapping[str, Any],
    repeated: Sequence[Any],
    used: frozenset[str],
    lines: Sequence[str],
    at: At,
) -> None:
    """Report definitions of links that no link uses: nothing of them is shown."""
    unused = [each for label, each in references.items() if label not in used]
    for line in sorted(each["map"][0] for each in (*unused, *repeated)):
        text = lines[line].strip(" >")
        message = f'"{shorten(text)}" defines the address of a link, but no link uses it'
        cure = r'it is not on any card: write "\[" for "[" to show it, or delete it'
        at(line, text)(0, "unused-definition", message, cure, "warning")


def _check_lines(tokens: Sequence[Token], place: int, at: At) -> None:
    """Report lines of paragraphs, from the first of them on, that are no list or break."""
    start, lines, first = (tokens[place].map or (0,))[0], list[str](), place
    while place < len(tokens) and tokens[place].type == "paragraph_open":
        lines += [""] * ((tokens[place].map or (0,))[0] - start - len(lines))
        lines += [line.strip() for line in tokens[place + 1].content.split("\n")]
        place += 3
    for found in find_lists(lines):
        line = lines[found.start]
        shown = shorten(" ".join(line.split()))
        message = f'"{shown}" is shown as text, not as an item of a list'
        report = at(start + found.start, line)
        report(0, "list-as-text", message, _cure_of(found, lines), "warning")
    around = (*tokens[max(first - 1, 0) : first], *tokens[place : place + 1])
    if tokens[first].level or any(each.type.startswith("heading") for each in around):
        return
    before = ""
    for number, line in enumerate(lines):
        is_between = (before or first) and (number < len(lines) - 1 or place < len(tokens))
        # Below a label it may say that there is nothing.
        if is_break(line) and is_between and not before.endswith(":"):
            message = f'the line "{shorten(line)}" is shown as text, not as a break'
            cure = f'write "---" to begin the extra there, or "{escape_sign(line[0])}" to show it'
            at(start + number, line)(0, "break-as-text", message, cure, "warning")
        before = line or before


def _cure_of(found: ListAsText, lines: Sequence[str]) -> str:
    cure = "for a list, leave an empty line above it"
    if found.meant:
        cure = f'for a list, write "{found.meant} {shorten(found.words)}"'
        cure += " and the other lines the same way" if found.end - found.start > 1 else ""
        # In a paragraph, only a list that begins with 1 is one.
        is_above = (
            found.meant not in ("-", "*", "1.", "1)") and found.start and lines[found.start - 1]
        )
        cure += ", below an empty line" if is_above else ""
    return f'{cure}, or "{escape_sign(found.sign)}" for the sign itself'


def _rows_fault(one: str, two: str) -> tuple[str, str] | None:
    if (tabs := one.count("\t")) and two.count("\t") == tabs:
        if any(find_lists((one, two))):
            return None
        message = "the tabs between the cells of these lines are shown as spaces"
        row = " | ".join(cell.strip() for cell in one.split("\t"))
        dashes = "|" + "---|" * (tabs + 1)
        cure = f'for a table, write "| {row} |", below it "{dashes}"'
        cure += ", and the other lines like the first"
        return message, cure
    if not _is_row(one):
        return None
    cells = len(_cells(one))
    is_head = _DASHES.fullmatch(two) and "|" in two
    if not is_head and (not _is_row(two) or len(_cells(two)) != cells):
        return None
    dashes = "|" + "---|" * cells
    message = "these lines are shown with their bars, not as a table"
    place = "instead of" if is_head else "below"
    line = f'"{shorten(two)}"' if is_head else "the first of them"
    return message, rf'write "{dashes}" {place} {line}, or "\|" for the bars themselves'


def _is_row(line: str) -> bool:
    if line.startswith("|") and line.endswith("|") and len(line) > 1:
        return True
    # Bars in formulas and in code are no table's.
    return len(_cells(line)) > 1 and not _TIGHT_BAR.search(line)


def _cells(line: str) -> list[str]:
    cells = escapedSplit(line)
    first, last = cells[:1] == [""], len(cells) > 1 and cells[-1] == ""
    return cells[first : len(cells) - last]


def _check_row(line: str, head: int, number: int, at: At) -> None:
    lost = [cell.strip() for cell in _cells(_BEFORE_ROW.sub("", line, count=1).rstrip())[head:]]
    if any(lost):
        words = shorten(" | ".join(filter(None, lost)))
        message = (
            f'"{words}" is not on any card: this row has more cells than the head of its table'
        )
        cure = r'add cells to the head and its dashes, or write "\|" for a bar within a cell'
        at(number, line)(line.rfind(lost[0]), "lost-cells", message, cure, "warning")


def _check_quote(lines: Sequence[str], place: Sequence[int], at: At) -> None:
    """Report the signs of a quote that begins with a number; one that has a number is a quote."""
    for number in range(*place):
        if match := _COMPARED.match(lines[number]):
            start = match.start(1)
            message = 'a ">" that begins a line makes a quote, and is not shown'
            cure = rf'write "\{shorten(lines[number][start:])}" to show it'
            at(number, lines[number])(start, "sign-as-quote", message, cure, "warning")
        elif number == place[0]:
            return


def _check_numbers(tokens: Sequence[Token], place: int, at: At) -> None:
    """Report a list whose numbers are others on the card; all the same are meant to be counted."""
    items = list(_items(tokens, place))
    first = int(items[0].info)
    if len({item.info for item in items}) == 1:
        return
    for number, item in enumerate(items, first):
        if int(item.info) != number:
            mark = item.info + item.markup
            shown = f"{number}{item.markup}"
            message = f'"{mark}" is shown as "{shown}": a list counts up from its first number'
            kept = f"{item.info}\\{item.markup}"
            cure = f'write "{shown}", or a backslash in each line to keep the numbers: "{kept}"'
            report = at(item.map[0] if item.map else 0, mark)
            report(0, "renumbered-list", message, cure, "warning")
            return


def _items(tokens: Sequence[Token], place: int) -> Iterator[Token]:
    level = tokens[place].level
    for token in islice(tokens, place + 1, None):
        if token.level == level:
            return
        if token.type == "list_item_open" and token.level == level + 1:
            yield token
