"""Write texts or HTML as Markdown that is read back as the same words.

Whatever a passage holds, it must not become a cloze, math, a heading, HTML or a list by accident.
Each is rendered before it is handed on; if its words changed, it is written again with every mark
of punctuation as a character reference, which no rule of Markdown takes for its own.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from ankibuild.core.clozes import OPENING_BRACE
from ankibuild.core.text import seen_lines
from ankibuild.dialect.fields import render_block, render_inline
from ankibuild.dialect.slips import escape_slips
from ankibuild.importers.imported import Passage
from ankibuild.importers.read_back import Render, is_read_back, render_without_pictures
from ankibuild.importers.reading import clean_text, split_text

_BULLET = re.compile(
    "(?:[-*+\u2022\u25aa\u25e6\u2023\u2043\u25cf\u25cb\xb7]|[0-9]{1,9}[.)])[ \t]+(?=[^ \t])"
)

_MARKS = re.compile(
    r"[\\`\[]|(?<![ \t])\*|\*(?![ \t])|(?<![^\W_])_|_(?![^\W_])|<(?=[A-Za-z/!?])|&(?=#?\w+;)"
    r"|~(?=~)|(?<=~)~|" + OPENING_BRACE
)
_BRACE = re.compile(r"(?<!\\)\{(?=[#.]|[\w-]+=)")
_HEADING_MARKS = re.compile(rf"{_BRACE.pattern}|(?<!\S)#")
_LINE_MARKS = re.compile(r"[#>|]|[-+*](?=[-+*:|\s]|$)|:(?=-)|\d{1,9}(?=[.)](?:\s|$))")
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")

_LONGEST = 20_000
"""Characters of a passage that are worth being written well; no card has as many."""


def write_line(text: str) -> Passage:
    """Return a plain text for a heading; its lines are parted by ``<br>``."""
    lines = split_text(text)
    ways = [
        "<br>".join(_HEADING_MARKS.sub(r"\\\g<0>", escape(line)) for line in lines)
        for escape in (_escape, _escape_money)
    ]
    ways.append("<br>".join(map(_refer, lines)))
    return _choose([Passage(markdown=way, lines=lines) for way in ways], render_inline)


def write_block(text: str) -> Passage:
    """Return a plain text as paragraphs, which empty lines part, with its bullets as lists."""
    blocks = list(_blocks(text))
    shown = tuple(line for is_list, lines in blocks for line in _shown(lines, is_list=is_list))
    ways = [
        Passage(
            markdown=escape_slips(
                "\n\n".join(_write(lines, escape, is_list=each) for each, lines in blocks)
            ),
            lines=shown,
        )
        for escape in (_escape, _escape_money)
    ]
    lines = split_text(text)
    ways.append(Passage(markdown=escape_slips("\n".join(map(_refer, lines))), lines=lines))
    return _choose(ways, render_block)


def convert_line(html: str, *, clozes: bool = False) -> Passage:
    """Return HTML for a heading; what needs lines of its own, such as a list, becomes words."""
    return _convert(html, render_inline, clozes=clozes)


def convert_block(html: str, *, clozes: bool = False) -> Passage:
    """Return HTML as paragraphs, lists, tables and pictures; with ``clozes`` these stay clozes."""
    return _convert(html, render_block, clozes=clozes)


def keep_line(markdown: str) -> Passage:
    """Return Markdown for a heading as it stands, with the faults that it has in our dialect."""
    return _keep(_escape_braces(markdown), render_inline)


def keep_block(markdown: str) -> Passage:
    """Return Markdown as it stands, with the faults that it has in our dialect."""
    return _keep(markdown, render_block)


def _blocks(text: str) -> Iterator[tuple[bool, list[str]]]:
    """Yield paragraphs and lists; one bullet alone is no list."""
    for paragraph in re.split(r"\n[ \t]*\n", clean_text(text)):
        for is_list, group in groupby(
            split_text(paragraph), lambda line: bool(_BULLET.match(line))
        ):
            lines = list(group)
            yield (True, lines) if is_list and _is_list(lines) else (False, lines)


def _is_list(lines: Sequence[str]) -> bool:
    numbers = [int(found[0]) for line in lines if (found := re.match(r"\d+", line))]
    counted = numbers == list(range(numbers[0], numbers[0] + len(lines))) if numbers else True
    return len(lines) > 1 and counted


def _shown(lines: Sequence[str], *, is_list: bool) -> Iterator[str]:
    return (_BULLET.sub("", line, count=1) if is_list else line for line in lines)


def _write(lines: Sequence[str], escape: Callable[[str], str], *, is_list: bool) -> str:
    shown = _shown(lines, is_list=is_list)
    texts = [_escape_start(_escape_braces(escape(line))) for line in shown]
    if not is_list:
        return "\n".join(texts)
    first = re.match(r"\d+", lines[0])
    marks = [f"{int(first[0]) + n}." if first else "-" for n in range(len(lines))]
    return "\n".join(f"{mark} {text}" for mark, text in zip(marks, texts, strict=True))


def _escape(line: str) -> str:
    return _MARKS.sub(r"\\\g<0>", line)


def _escape_money(line: str) -> str:
    return _escape(line).replace("$", "\\$")


def _escape_braces(markdown: str) -> str:
    """Escape what would be attributes of a heading, and looks like them on any other line."""
    return _BRACE.sub(r"\\{", markdown)


def _escape_start(line: str) -> str:
    """Escape what would begin a heading, a quote, a list or a table."""
    match = _LINE_MARKS.match(line)
    if not match:
        return line
    end = match.end()
    return f"{match[0]}\\{line[end:]}" if match[0].isdigit() else f"\\{line}"


def _refer(line: str) -> str:
    """Return a line with each mark of punctuation as a character reference."""
    return _PUNCTUATION.sub(lambda mark: f"&#{ord(mark[0])};", line)


def _convert(html: str, render: Render, *, clozes: bool) -> Passage:
    # Loaded here alone, so that a plain text needs none of the extra's libraries.
    from ankibuild.importers.html import markdown_of, plain_text_of, without_clozes

    html = clean_text(html)
    rich, lost = markdown_of(html)
    # Code shows a backslash, so that what is in it can only stay as it is.
    ways = [_escape_braces(rich), rich, plain_text_of(html)]
    if not clozes:
        ways = [without_clozes(each) for each in ways]
    lines = seen_lines(html)
    ways.append("\n".join(map(_refer, lines)))
    if render is render_inline:
        ways = [re.sub(r"\n+", "<br>", each) for each in ways]
        ways = [_escape_braces(each) for each in ways]
    else:
        ways = [each if n == 1 else escape_slips(each) for n, each in enumerate(ways)]
    less = (*lost, "its lists, tables and emphasis")
    return _choose(
        [
            Passage(markdown=each, lines=lines, lost=less if n > 1 else lost)
            for n, each in enumerate(ways)
        ],
        render,
    )


def _keep(markdown: str, render: Render) -> Passage:
    rendered = render_without_pictures(markdown, render)
    faults = tuple(dict.fromkeys(problem.message for problem in rendered.problems))
    return Passage(markdown=markdown, lines=seen_lines(rendered.html), faults=faults)


def _choose(ways: Sequence[Passage], render: Render) -> Passage:
    """Return the first of the ways to write a passage that is read back, or the last of them."""
    if any(len(each.markdown) > _LONGEST for each in ways):
        return ways[-1]
    return next((each for each in ways if is_read_back(each, render)), ways[-1])
