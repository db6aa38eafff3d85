"""Small Excel workbooks, written part by part."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PARTS = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"

Cell = str | int | float | bool | None
Rows = Sequence[Sequence[Cell]]


class Raw(str):
    """A cell as it stands in the XML, with ``@`` for its place."""

    __slots__ = ()


def make_workbook(
    sheets: Mapping[str, Rows],
    *,
    hidden: Sequence[str] = (),
    merged: str = "",
    more: Mapping[str, bytes] | None = None,
) -> bytes:
    """Return a workbook with sheets by name; ``merged`` is a range of cells of each."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        overrides = listed = related = ""
        for number, (name, rows) in enumerate(sheets.items(), 1):
            part = f"worksheets/sheet{number}.xml"
            overrides += f'<Override PartName="/xl/{part}" ContentType="{KIND}.worksheet+xml"/>'
            state = ' state="hidden"' if name in hidden else ""
            listed += (
                f'<sheet name={quoteattr(name)} sheetId="{number}"{state} r:id="rId{number}"/>'
            )
            related += f'<Relationship Id="rId{number}" Type="{OFFICE}/worksheet" Target="{part}"/>'
            file.writestr(f"xl/{part}", _sheet(rows, merged))
        styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
        file.writestr("xl/styles.xml", f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>')
        related += f'<Relationship Id="rId0" Type="{OFFICE}/styles" Target="styles.xml"/>'
        file.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>',
        )
        file.writestr("xl/_rels/workbook.xml.rels", _relations(related))
        main = f'<Relationship Id="r" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        file.writestr("_rels/.rels", _relations(main))
        overrides += f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
        types = f'<Types xmlns="{PARTS}/content-types">{overrides}</Types>'
        file.writestr("[Content_Types].xml", types)
        for name, data in (more or {}).items():
            file.writestr(name, data)
    return out.getvalue()


def _relations(text: str) -> str:
    return f'<Relationships xmlns="{PARTS}/relationships">{text}</Relationships>'


def _sheet(rows: Rows, merged: str) -> str:
    text = "".join(
        f'<row r="{number}">'
        + "".join(_cell(cell, f"{chr(64 + place)}{number}") for place, cell in enumerate(row, 1))
        + "</row>"
        for number, row in enumerate(rows, 1)
    )
    end = f'<mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
    return f'<worksheet xmlns="{MAIN}"><sheetData>{text}</sheetData>{end}</worksheet>'


def _cell(cell: Cell, place: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Raw):
        return cell.replace("@", place)
    if isinstance(cell, bool):
        return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, str):
        text = f'<is><t xml:space="preserve">{escape(cell)}</t></is>'
        return f'<c r="{place}" t="inlineStr">{text}</c>'
    return f'<c r="{place}"><v>{cell}</v></c>'
