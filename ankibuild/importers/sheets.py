"""Read the cards of an Excel workbook: each sheet is a deck, and its columns are a table's.

What would take too much memory is refused before calamine gets it: a cell far away from the others
makes it keep all those between.
"""

import re
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from xml.parsers import expat

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from ankibuild.core.problems import AnkibuildError, Problem, about
from ankibuild.core.text import shorten
from ankibuild.core.values import replace
from ankibuild.importers.archives import DocumentError, check_archive
from ankibuild.importers.columns import roles_of
from ankibuild.importers.imported import Imported, ImportedDeck
from ankibuild.importers.passages import write_block
from ankibuild.importers.reading import clean_text, read_data
from ankibuild.importers.table import (
    Row,
    TableOptions,
    describe_columns,
    find_ignored,
    read_rows,
)

LARGEST_WORKBOOK = 100_000_000
LARGEST_XML = 100_000_000
MOST_PARTS = 5_000
MOST_TAGS = 4_000_000
MOST_CELLS = 2_000_000
"""Cells of a sheet up to its last row and column, empty ones too."""

_Cell = int | float | str | bool | time | date | datetime | timedelta
_PLACE = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br\s*=\s*["\']([A-Z]{1,9})(\d{1,9})["\']', re.IGNORECASE)
_NO_VALUE = re.compile(rb"<f\b[^<]*(?:/>|</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")
_PLAIN_NAME = re.compile(
    r"(?:sheet|tabelle|blatt|hoja|feuil|feuille|foglio|planilha|blad|arkusz|лист|シート)\s*\d{1,3}",
    re.IGNORECASE,
)
_MOST_ABOVE = 10


def read_sheets(path: Path, options: TableOptions) -> Imported:
    """Return the decks in an Excel workbook.

    Raises AnkibuildError when it is none, none that is safe to read, or when it is not known what
    the columns of a sheet hold.
    """
    data = read_data(path, LARGEST_WORKBOOK)
    try:
        lost = _check(data)
        sheets = _open(data)
    except DocumentError as error:
        cure = "open it in Excel, save it again as .xlsx, and import that"
        raise AnkibuildError(
            (about(path, "refused-document", f"this file is refused: {error}", cure),)
        ) from None
    warnings = [about(path, "lost-words", each, cure, "warning") for each, cure in lost]
    decks: list[ImportedDeck] = []
    form = ""
    left_out: list[str] = []
    read = []
    for name, sheet in sheets:
        if sheet is None:
            warnings.append(_left_out(path, name))
        elif not (rows := _read_cells(sheet, options)):
            message = f'the sheet "{name}" is empty'
            warnings.append(about(path, "lost-words", message, "delete it", "warning"))
        else:
            if sheet.merged_cell_ranges:
                warnings.append(_merged(path, name, sheet))
            read.append((name, rows))
    for name, rows in read:
        found, columns, dropped, more = _read_sheet(path, name, rows, options)
        is_named = len(read) > 1 or not _PLAIN_NAME.fullmatch(name)
        decks += [_in_sheet(each, name if is_named else "", name) for each in found]
        form = form or columns
        warnings += more
        left_out += dropped
    return Imported(
        form=f"an Excel workbook with the columns {form}",
        decks=tuple(decks),
        source=tuple((row.line, " ".join(row.cells)) for _, rows in read for row in rows),
        left_out=tuple(left_out),
        warnings=tuple(warnings),
    )


def _check(data: bytes) -> list[tuple[str, str]]:
    """Return what will be lost, and what to do. Raises DocumentError for what is not safe."""
    check_archive(
        data, "Excel workbook", most_parts=MOST_PARTS, largest=LARGEST_XML, most_tags=MOST_TAGS
    )
    lost = []
    with zipfile.ZipFile(BytesIO(data)) as file:
        names = [name.lower() for name in file.namelist()]
        formulas = 0
        for name in file.namelist():
            if "worksheets/" in name.lower() and name.lower().endswith(".xml"):
                text = file.read(name)
                _check_area(text)
                _check_whole(text)
                formulas += len(_NO_VALUE.findall(text))
    if formulas:
        cure = "open the file in Excel, and save it, so that it contains their values"
        lost.append((f"{formulas} formulas have no value, so their cells are empty", cure))
    pictures = sum(name.startswith("xl/media/") for name in names)
    if pictures:
        message = f"{pictures} pictures of the workbook were left out"
        lost.append((message, "copy them into media, and name them in the Markdown"))
    if any(re.match(r"xl/(?:threadedcomments/|comments)", name) for name in names):
        message = "comments on cells were left out"
        lost.append((message, "if you need them, write them into a column"))
    return lost


def _check_area(text: bytes) -> None:
    wide = deep = 1
    for letters, digits in _PLACE.findall(text):
        column = 0
        for letter in letters.upper():
            column = column * 26 + letter - 64
        wide, deep = max(wide, column), max(deep, int(digits))
    if wide * deep > MOST_CELLS:
        raise DocumentError("a cell is too far away from the others")


def _check_whole(text: bytes) -> None:
    """Raise DocumentError for a sheet that is torn: calamine reads it as if it ended there."""
    try:
        expat.ParserCreate().Parse(text, True)  # noqa: FBT003 (it takes no name for it)
    except expat.ExpatError:
        raise DocumentError("it is damaged") from None


def _open(data: bytes) -> list[tuple[str, CalamineSheet | None]]:
    """Return the sheets by name, in order; None stands for one that is hidden, or no table."""
    found: list[tuple[str, CalamineSheet | None]] = []
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        for each in book.sheets_metadata:
            is_shown = (
                each.typ == SheetTypeEnum.WorkSheet and each.visible == SheetVisibleEnum.Visible
            )
            found.append((each.name, book.get_sheet_by_name(each.name) if is_shown else None))
    except (CalamineError, OSError, ValueError) as error:
        raise DocumentError(f"it is damaged ({type(error).__name__})") from None
    # A panic of its Rust code is no Exception.
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise DocumentError("it is damaged") from None
    return found


def _left_out(path: Path, name: str) -> Problem:
    message = f'the sheet "{name}" was left out: it is hidden, or holds no table'
    cure = "if it holds cards, show it in Excel, save, and import again"
    return about(path, "lost-words", message, cure, "warning")


def _merged(path: Path, name: str, sheet: CalamineSheet) -> Problem:
    row = (sheet.merged_cell_ranges or [((0, 0), (0, 0))])[0][0][0] + 1
    message = f'cells of the sheet "{name}" are merged, in row {row} first: only one has their text'
    cure = "if these rows are cards, unmerge the cells in Excel, and write the text into each"
    return about(path, "doubtful-import", message, cure, "warning")


def _read_cells(sheet: CalamineSheet, options: TableOptions) -> list[Row]:
    """Return the rows that are not empty; empty columns count only where they are named too."""
    cells = [
        [_show(cell) for cell in row]
        for row in sheet.to_python(skip_empty_area=not options.columns)
    ]
    first = sheet.start[0] if sheet.start and not options.columns else 0
    filled = [any(column) for column in zip(*cells, strict=True)]
    if filled.count(True) == len(options.columns):
        options = TableOptions()
    filled = [each or bool(options.columns) for each in filled]
    last = max((n for n, column in enumerate(zip(*cells, strict=True)) if any(column)), default=-1)
    return [
        Row(
            line=first + number,
            cells=tuple(cell for n, cell in enumerate(row) if filled[n] and n <= last),
        )
        for number, row in enumerate(cells, 1)
        if any(row)
    ]


def _show(cell: _Cell) -> str:
    """Return a cell as Excel shows it, as far as its value tells."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return f"{cell:.15g}"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "minutes")
    return clean_text(str(cell)).strip()


def _read_sheet(
    path: Path, name: str, rows: Sequence[Row], options: TableOptions
) -> tuple[tuple[ImportedDeck, ...], str, tuple[str, ...], list[Problem]]:
    """Return the decks of a sheet, what its columns hold, cells left out, and warnings of it."""
    above = _above_names(rows)
    width = max(len(row.cells) for row in rows)
    if width < 2:  # noqa: PLR2004 (a question and an answer)
        message = f'the sheet "{name}" has only one column'
        cure = "write the answers into a second column; if it holds no cards, hide it in Excel"
        raise AnkibuildError(
            (about(path, "one-column", message, cure, line=rows[0].line, column=1),)
        )
    try:
        decks, layout, left_out = read_rows(path, rows[len(above) :], options)
    except AnkibuildError as error:
        # A message on a table knows nothing of sheets.
        raise AnkibuildError(
            tuple(
                replace(each, message=f'{each.message} (sheet "{name}")') for each in error.problems
            )
        ) from None
    words = "\n\n".join(" ".join(filter(None, row.cells)) for row in above)
    if words and decks:
        first = decks[0]
        decks = (replace(first, description=write_block(words)), *decks[1:])
    ignored = [
        replace(each, message=f'{each.message} (sheet "{name}")')
        for each in find_ignored(path, layout)
    ]
    return decks, describe_columns(layout), left_out, ignored


def _above_names(rows: Sequence[Row]) -> Sequence[Row]:
    """Return the rows with one cell above the row that names the columns."""
    for place, row in enumerate(rows[:_MOST_ABOVE]):
        if roles_of(row.cells):
            return rows[:place]
        if sum(map(bool, row.cells)) > 1:
            break
    return ()


def _in_sheet(deck: ImportedDeck, prefix: str, sheet: str) -> ImportedDeck:
    """Return a deck below that of its sheet; what is doubtful in it says where it stood."""
    cards = tuple(
        replace(card, doubt=f'{card.doubt} (sheet "{shorten(sheet)}", row {card.line})')
        if card.doubt
        else card
        for card in deck.cards
    )
    name = "::".join(filter(None, (prefix.replace("::", " "), deck.name)))
    return replace(deck, name=name, cards=cards)
