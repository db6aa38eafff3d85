"""Read the cards of a table: CSV, TSV, what Quizlet copies out, what Anki exports as text.

Anki's headers: https://docs.ankiweb.net/importing/text-files.html#file-headers
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from html import escape
from pathlib import Path

from ankibuild.core.clozes import OPENING
from ankibuild.core.files import quoted
from ankibuild.core.problems import AnkibuildError, Problem, about
from ankibuild.core.text import shorten
from ankibuild.core.values import Struct, replace
from ankibuild.importers.account import lines_of, lines_of_html
from ankibuild.importers.columns import (
    NOT_IMPORTED,
    ROLES,
    may_name_columns,
    roles_of,
    suggest_roles,
)
from ankibuild.importers.imported import Imported, ImportedCard, ImportedDeck, Passage
from ankibuild.importers.passages import convert_block, convert_line, write_block, write_line

_ANKI_HEADER = re.compile(r"#([a-z ]+):(.*)", re.IGNORECASE)
_ANKI_START = re.compile(r"#(?:separator|html|tags|columns|notetype|deck|guid|if matches)\b.*:")
_ANKI_SEPARATORS = {
    "tab": "\t",
    "comma": ",",
    "semicolon": ";",
    "space": " ",
    "pipe": "|",
    "colon": ":",
}
_SEPARATORS = "\t;,|"
_NONE: Mapping[str, str] = {}
_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>a|b|big|blockquote|br|code|div|em|font|h[1-6]|hr|i|img|kbd|li|mark|ol|p"
    r"|pre|s|small|span|strong|sub|sup|table|tbody|td|th|thead|tr|u|ul)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_VOID = ("br", "hr", "img", "p", "li")
_ENTITY = re.compile(r"&(?:nbsp|amp|lt|gt|quot|#\d{1,6});")
_LOOKED_AT = 100
_FEW = 3
_MOST_COLUMNS = 1000
_MOST_NAMED = 10
_COLUMN = re.compile(r"\s*[0-9]{1,4}\s*")
_CLOZE = re.compile(OPENING)
_FILE = re.compile(r"<img\b|\[sound:", re.IGNORECASE)
_AND_REVERSED = "Basic (and reversed card)"
_OPTIONAL_REVERSED = "Basic (optional reversed card)"


class TableOptions(Struct, frozen=True, kw_only=True):
    """What a trainer says of a table: names of columns, what parts cells, what parts rows.

    ``header`` tells whether the first row names the columns; with None its words tell.
    """

    columns: tuple[str, ...] = ()
    between: str = ""
    between_rows: str = ""
    header: bool | None = None


class Row(Struct, frozen=True, kw_only=True):
    """The cells of a row, and its line from 1."""

    line: int
    cells: tuple[str, ...]
    doubt: str = ""


class Layout(Struct, frozen=True, kw_only=True):
    """What each column holds; ``note_type`` is the column that names it, from 0.

    ``empty`` are the lines of rows without a card.
    """

    roles: tuple[str, ...]
    note_type: int = -1
    is_anki: bool = False
    is_html: bool = False
    tags: str = ""
    deck: str = ""
    ignored: tuple[str, ...] = ()
    is_named: bool = False
    empty: tuple[int, ...] = ()


def is_anki_text(text: str) -> bool:
    """Tell whether a text begins with the headers of Anki's own export."""
    return bool(_ANKI_START.match(text))


def is_table_text(text: str) -> bool:
    """Tell whether a text is a table: its first line names the columns, or each has three parts.

    Commas and colons part sentences too, and tell nothing.
    """
    lines = [line for line in text.split("\n", _LOOKED_AT)[:_LOOKED_AT] if line.strip()]
    first = lines[0] if lines else ""
    if any(roles_of(first.split(each)) for each in _SEPARATORS if each in first):
        return True
    return len(lines) >= _FEW and any(map(partial(_are_columns, lines), "\t;|"))


def _are_columns(lines: Sequence[str], separator: str) -> bool:
    """Tell whether a sign parts all lines into as many cells, three or more."""
    try:
        widths = {len(row) for row in csv.reader(lines, delimiter=separator, strict=True)}
    except csv.Error:
        widths = {len(line.split(separator)) for line in lines}
    return len(widths) == 1 and min(widths) > 2  # noqa: PLR2004 (a question and an answer)


def read_table(path: Path, text: str, options: TableOptions) -> Imported:
    """Return the decks in a table. Raises AnkibuildError when its columns are not known."""
    headers, body, offset = _read_headers(text)
    separator = options.between or _separator(headers) or _sniff(body)
    if not separator:
        cure = "separate its columns with a tab, a comma or a semicolon, or give --between"
        raise AnkibuildError((about(path, "one-column", "this table has only one column", cure),))
    read = list(_read_rows(path, body, separator, options.between_rows, offset))
    decks, layout, left_out = read_rows(path, read, options, headers, separator)
    signs = [separator] * sum(len(row.cells) for row in read)
    return Imported(
        form=_form(layout, separator),
        decks=decks,
        source=(lines_of_html if layout.is_html else lines_of)(body, offset + 1),
        left_out=(*left_out, *signs, *[options.between_rows] * len(read)),
        warnings=tuple(_find_losses(path, headers, layout)),
    )


def read_rows(
    path: Path,
    read: Sequence[Row],
    options: TableOptions,
    headers: Mapping[str, str] = _NONE,
    separator: str = "\t",
) -> tuple[tuple[ImportedDeck, ...], Layout, tuple[str, ...]]:
    """Return the decks in rows of cells, what their columns hold, and the cells left out.

    ``headers`` are those of Anki's export. Raises AnkibuildError when the columns are not known.
    """
    layout, rows = _lay_out(path, headers, read, options, separator)
    if len(layout.roles) > _MOST_COLUMNS:
        message = f"this table has {len(layout.roles)} columns, more than {_MOST_COLUMNS}"
        cure = "leave out those that belong to no card"
        raise AnkibuildError((about(path, "invalid-table", message, cure),))
    decks: dict[str, list[ImportedCard]] = {}
    empty: list[int] = []
    for row in rows:
        deck, card = _read_card(_fit(row, layout, separator), layout)
        if not (card.question.markdown or card.answer.markdown or card.extra.markdown):
            empty.append(row.line)
            continue
        decks.setdefault(deck, []).append(card)
    layout = replace(layout, empty=tuple(empty))
    found = tuple(ImportedDeck(name=name, cards=tuple(each)) for name, each in decks.items())
    return found, layout, tuple(_left_out(layout, read, rows))


def _read_headers(text: str) -> tuple[dict[str, str], str, int]:
    """Return Anki's headers, the rest of the text, and how many lines went before it."""
    headers: dict[str, str] = {}
    lines = text.split("\n")
    # Excel writes the separator for itself into the first line.
    if match := re.fullmatch("sep=(.)", lines[0].strip(" \n") if lines else ""):
        return {"separator": match[1]}, "\n".join(lines[1:]), 1
    if not is_anki_text(text):
        return headers, text, 0
    place = 0
    while place < len(lines) and lines[place].startswith("#"):
        if match := _ANKI_HEADER.fullmatch(lines[place]):
            headers[match[1].strip().lower()] = match[2]
        place += 1
    return headers, "\n".join(lines[place:]), place


def _separator(headers: Mapping[str, str]) -> str:
    name = headers.get("separator", "")
    return _ANKI_SEPARATORS.get(name.strip().lower(), name[:1])


def _sniff(text: str) -> str:
    """Return what parts the cells of most rows into as many cells, or "" for a single column."""
    best, most = "", 0.0
    for separator in _SEPARATORS:
        widths: Counter[int] = Counter()
        try:
            for row in csv.reader(text.split("\n"), delimiter=separator):
                if any(row):
                    widths[len(row)] += 1
                if widths.total() >= _LOOKED_AT:
                    break
        except csv.Error:
            continue
        width, count = max(widths.items(), key=lambda item: item[1], default=(1, 0))
        if width > 1 and count / widths.total() > most:
            best, most = separator, count / widths.total()
    return best


def _read_rows(
    path: Path, text: str, separator: str, between_rows: str, offset: int
) -> Iterator[Row]:
    if len(separator) > 1 or between_rows:
        line = offset + 1
        for row in text.split(between_rows or "\n"):
            if row.strip():
                start = line + row[: len(row) - len(row.lstrip())].count("\n")
                yield Row(line=start, cells=tuple(row.strip("\n").split(separator)))
            line += row.count("\n") + (between_rows or "\n").count("\n")
        return
    try:
        rows = list(_read_csv(text, separator, offset, csv.QUOTE_MINIMAL))
    except csv.Error as error:
        line = int(match[1]) if (match := re.match(r"(\d+):", str(error))) else 0
        rows = list(_read_csv(text, separator, offset, csv.QUOTE_NONE))
        # What is copied out of Quizlet or a sheet has tabs, and quotes that mean nothing.
        if separator != "\t":
            if len({len(row.cells) for row in rows}) == 1 and not _hold_quoted(rows):
                doubt = "a quote begins a cell but does not end it: quotes are shown as they are"
                yield from (replace(row, doubt=doubt if row.line == line else "") for row in rows)
                return
            message = f"the row that begins here cannot be read ({str(error).partition(': ')[2]})"
            cure = 'a cell that holds a quote must be written as "so ""quoted"" here"'
            problem = about(path, "invalid-table", message, cure, line=line, column=1)
            raise AnkibuildError((problem,)) from None
    yield from rows


def _hold_quoted(rows: Sequence[Row]) -> bool:
    """Tell whether a cell stands in quotes, so that quotes mean something in a table."""
    return any(re.fullmatch('".*"', cell, re.DOTALL) for row in rows for cell in row.cells)


def _read_csv(text: str, separator: str, offset: int, quoting: int) -> Iterator[Row]:
    """Yield the rows that are not empty. Raises csv.Error whose text begins with the line."""
    lines = (f"{line}\n" for line in text.split("\n"))
    reader = csv.reader(lines, delimiter=separator, quoting=quoting, strict=True)  # type: ignore[arg-type]
    start = offset + 1
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                torn = any(_holds_row(cell, separator, len(cells)) for cell in cells)
                doubt = "a quote may be missing in it" if torn else ""
                yield Row(line=start, cells=tuple(cells), doubt=doubt)
            start = offset + reader.line_num + 1
    except csv.Error as error:
        raise csv.Error(f"{start}: {error}") from None


def _holds_row(cell: str, separator: str, width: int) -> bool:
    """Tell whether a line of a cell looks like a row; in a sentence a space follows a comma."""
    between = re.compile(re.escape(separator) + ("" if separator == "\t" else r"(?=\S)"))
    lines = cell.split("\n")
    return len(lines) > 1 and any(len(between.split(line)) >= min(width, 2) for line in lines)


def _lay_out(
    path: Path,
    headers: Mapping[str, str],
    rows: Sequence[Row],
    options: TableOptions,
    separator: str,
) -> tuple[Layout, Sequence[Row]]:
    """Return what the columns hold, and the rows below the one that names them."""
    named = _names(rows) if rows and options.header is not False else ()
    if headers and "separator" in headers and len(headers) > 1 and not options.columns:
        return _lay_out_anki(headers, rows, separator), rows
    if options.columns:
        begin = int(bool(named) or options.header is True)
        return (
            Layout(roles=options.columns, is_html=_are_html(rows[begin:])),
            rows[begin:] if begin else _with_doubt(rows, options),
        )
    if named:
        filled = {n for row in rows[1:] for n, cell in enumerate(row.cells) if cell}
        ignored = tuple(
            cell
            for place, cell in enumerate(rows[0].cells)
            if named[place] == NOT_IMPORTED and place in filled
        )
        return (
            Layout(roles=named, ignored=ignored, is_html=_are_html(rows[1:]), is_named=True),
            rows[1:],
        )
    width = max((len(row.cells) for row in rows), default=2)
    widths = Counter(len(row.cells) for row in rows)
    usual = max(widths.items(), key=lambda item: item[1], default=(2, 0))[0]
    if usual > 2 or width < 2:  # noqa: PLR2004 (a question and an answer)
        raise AnkibuildError((_unnamed(path, rows, options, width),))
    begin = int(options.header is True)
    layout = Layout(
        roles=("question", "answer"), is_html=_are_html(rows[begin:]), is_named=bool(begin)
    )
    return layout, rows[begin:] if begin else _with_doubt(rows, options)


def _unnamed(path: Path, rows: Sequence[Row], options: TableOptions, width: int) -> Problem:
    """Return what to say of columns that nothing names, with a command that loses none of them."""
    first = [*rows[0].cells, *[""] * (width - len(rows[0].cells))]
    row = ", ".join(f'"{shorten(cell)}"' for cell in first[:_MOST_NAMED])
    more = ", \u2026" if width > _MOST_NAMED else ""
    parts = [f"ankibuild import {quoted(path)}"]
    if options.between:
        between = options.between.replace("\t", "\\t").replace("\n", "\\n")
        parts.append(f'--between "{between}"')
    parts.append(f"--columns {','.join(suggest_roles(first))}")
    is_header = may_name_columns([each.cells for each in rows])
    if is_header and options.header is None:
        parts.append("--header")
    cure = f'say what each holds: {" ".join(parts)}; change what is wrong in it ("-" for none)'
    if not is_header and options.header is None:
        cure += ", and add --header if this row holds no card"
    return about(
        path,
        "unnamed-columns",
        f"this table has {width} columns, but no first row that names them: {row}{more}",
        cure,
        line=rows[0].line,
        column=1,
    )


def _names(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return what the first row says of the columns; a list of such names is no table of cards."""
    named = roles_of(rows[0].cells)
    return () if len(rows) > 1 and roles_of(rows[1].cells) else named


def _with_doubt(rows: Sequence[Row], options: TableOptions) -> Sequence[Row]:
    """Return the rows, the first with a doubt when it may name the columns."""
    if options.header is False or not may_name_columns([row.cells for row in rows]):
        return rows
    doubt = "it may name the columns rather than be a card: if so, import again with --header"
    doubt = "; ".join(filter(None, (rows[0].doubt, doubt)))
    return [Row(line=rows[0].line, cells=rows[0].cells, doubt=doubt), *rows[1:]]


def _are_html(rows: Sequence[Row]) -> bool:
    """Tell whether more cells are written in HTML than hold its signs by chance."""
    votes = [_is_html(cell) for row in rows for cell in row.cells if "<" in cell or "&" in cell]
    return votes.count(True) > votes.count(False)


def _is_html(cell: str) -> bool | None:
    """Tell whether a cell is HTML, with known tags in pairs; None when nothing tells."""
    tags = list(_TAG.finditer(cell))
    if "<" in _TAG.sub("", cell):
        return False
    ends = Counter(m["name"].lower() for m in tags if m["end"])
    begins = Counter(m["name"].lower() for m in tags if not m["end"])
    if any(begins[name] != ends[name] for name in begins | ends if name not in _VOID):
        return False
    return True if tags or _ENTITY.search(cell) else None


def _lay_out_anki(headers: Mapping[str, str], rows: Sequence[Row], separator: str) -> Layout:
    special = {
        int(number) - 1: name
        for name in ("guid", "notetype", "deck", "tags")
        if _COLUMN.fullmatch(number := headers.get(f"{name} column", ""))
    }
    width = max((len(row.cells) for row in rows), default=0)
    names = headers["columns"].split(separator) if "columns" in headers else []
    known = roles_of(names)
    fields = iter(("question", "answer"))
    roles = []
    for place in range(width):
        if place in special:
            role = special[place] if special[place] in ROLES else NOT_IMPORTED
        elif known:
            role = known[place] if place < len(known) else NOT_IMPORTED
        else:
            role = next(fields, "extra")
        roles.append(role)
    return Layout(
        roles=tuple(roles),
        note_type=next((n for n, name in special.items() if name == "notetype"), -1),
        is_anki=True,
        is_html=headers.get("html", "").strip().lower() == "true",
        tags=headers.get("tags", ""),
        deck=headers.get("deck", ""),
    )


def _fit(row: Row, layout: Layout, separator: str) -> Row:
    """Return a row that has a cell for each column; cells beyond the last belong to it."""
    width = len(layout.roles)
    cells = [*row.cells, *[""] * (width - len(row.cells))]
    if not any(cells[width:]):
        return Row(line=row.line, cells=tuple(cells[:width]), doubt=row.doubt)
    joined = (*cells[: width - 1], separator.join(cells[width - 1 :]))
    return Row(line=row.line, cells=joined, doubt="its row has more cells than columns")


def _left_out(layout: Layout, read: Sequence[Row], rows: Sequence[Row]) -> Iterator[str]:
    """Yield the names of the columns, and the cells of those that are no part of a card."""
    for row in read[: len(read) - len(rows)]:
        yield from row.cells
    for row in rows:
        if row.line in layout.empty:
            yield from row.cells
            continue
        is_optional = layout.note_type >= 0 and row.cells[layout.note_type] == _OPTIONAL_REVERSED
        # A deck is named once for all its cards.
        roles = (NOT_IMPORTED, "deck", "extra") if is_optional else (NOT_IMPORTED, "deck")
        cells = zip(layout.roles, row.cells, strict=False)
        yield from (cell for role, cell in cells if role in roles)


def _read_card(row: Row, layout: Layout) -> tuple[str, ImportedCard]:
    texts = dict.fromkeys(ROLES, "")
    for role, cell in zip(layout.roles, row.cells, strict=True):
        if role != NOT_IMPORTED and cell.strip():
            texts[role] = f"{texts[role]}\n{cell}" if texts[role] else cell
    note_type = row.cells[layout.note_type] if layout.note_type >= 0 else ""
    is_cloze = layout.is_anki and bool(_CLOZE.search(texts["question"]))
    is_cloze = is_cloze and not note_type.startswith("Basic")
    doubts = [row.doubt] if row.doubt else []
    if _CLOZE.search(texts["question"]) and not is_cloze:
        doubts.append("its {{c1:: }} is shown as it is, and hides nothing")
    if _FILE.search("".join(texts.values())):
        doubts.append("its pictures and sounds are not in this file: copy them into media")
    is_reversed = note_type == _AND_REVERSED or (
        note_type == _OPTIONAL_REVERSED and bool(texts["extra"])
    )
    if note_type == _OPTIONAL_REVERSED:
        texts["extra"] = ""
    if is_cloze:
        question, answer = Passage(), _block(texts["question"], layout, clozes=True)
        # The second field of Anki's own Cloze is what the answer shows beside.
        extra = _block("\n".join(filter(None, (texts["answer"], texts["extra"]))), layout)
    else:
        question, answer = _line(texts["question"], layout), _block(texts["answer"], layout)
        extra = _block(texts["extra"], layout)
    card = ImportedCard(
        question=question,
        answer=answer,
        extra=extra,
        hint=texts["hint"],
        source=texts["source"],
        tags=(*_split_tags(texts["tags"]), *layout.tags.split()),
        reversed=is_reversed,
        line=row.line,
        doubt="; ".join(doubts),
    )
    return texts["deck"] or layout.deck, card


def _line(text: str, layout: Layout) -> Passage:
    return convert_line(_html(text, layout)) if layout.is_html else write_line(text)


def _block(text: str, layout: Layout, *, clozes: bool = False) -> Passage:
    if layout.is_html:
        return convert_block(_html(text, layout), clozes=clozes)
    if clozes:
        return convert_block(escape(text).replace("\n", "<br>"), clozes=True)
    return write_block(text)


def _html(text: str, layout: Layout) -> str:
    """Return a cell as HTML: in a table of HTML some are plain, with line ends that are seen."""
    if layout.is_anki:
        return text
    if not _TAG.search(text):
        plain = escape(text) if _is_html(text) is False else text
        return plain.strip().replace("\n", "<br>")
    return re.sub(rf"<(?!{_TAG.pattern[1:]})", "&lt;", text).strip()


def _split_tags(cell: str) -> tuple[str, ...]:
    # Other programs write ["GRE", "verbs"].
    if match := re.fullmatch(r"\s*\[(.*)\]\s*", cell, re.DOTALL):
        cell = match[1].replace('"', "").replace("'", "")
    if re.search("[,;]", cell):
        return tuple("-".join(each.split()) for each in re.split("[,;]", cell))
    return tuple(cell.split())


def _form(layout: Layout, separator: str) -> str:
    if layout.is_anki:
        return "notes that Anki exported as text"
    names = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "bars"}
    table = "a table of HTML" if layout.is_html else "a table"
    between = f"{table} with {names.get(separator, repr(separator))} between its columns"
    return f"{between} {describe_columns(layout)}"


def describe_columns(layout: Layout) -> str:
    """Return what the columns hold, and whether the first row was taken for their names."""
    columns = ", ".join(layout.roles)
    return f"{columns}, which its first row names" if layout.is_named else columns


def find_ignored(path: Path, layout: Layout) -> Iterator[Problem]:
    """Yield a warning for each column that is left out, and for rows without a card."""
    if layout.empty:
        rows = ", ".join(map(str, layout.empty[:_MOST_NAMED]))
        more = ", \u2026" if len(layout.empty) > _MOST_NAMED else ""
        yield about(
            path,
            "lost-words",
            f"{len(layout.empty)} rows have neither question nor answer: {rows}{more}",
            "if they are cards, fill them in, and import again",
            "warning",
            line=layout.empty[0],
            column=1,
        )
    if layout.ignored:
        names = ", ".join(f'"{name}"' for name in layout.ignored)
        one = len(layout.ignored) == 1
        yield about(
            path,
            "column-left-out",
            f"the column {names} was not imported"
            if one
            else f"the columns {names} were not imported",
            f"if you need {'it' if one else 'one'}, call it one of {', '.join(ROLES)}",
            "warning",
            line=1,
            column=1,
        )


def _find_losses(path: Path, headers: Mapping[str, str], layout: Layout) -> Iterator[Problem]:
    yield from find_ignored(path, layout)
    if "guid column" in headers:
        yield about(
            path,
            "second-copy",
            "learners who have this deck from Anki would get it a second time",
            "export it as .apkg and import that, to keep their progress",
            "warning",
        )
