"""Turn a file of any known kind into a package."""

from pathlib import Path

from ankibuild.core.files import AnyPath, quoted
from ankibuild.core.installed import how_to_install
from ankibuild.core.limits import TookTooLong, at_most
from ankibuild.core.problems import AnkibuildError, about
from ankibuild.core.values import replace
from ankibuild.importers.imported import Imported, Written
from ankibuild.importers.reading import MARKDOWN, read_any_text
from ankibuild.importers.table import TableOptions, is_anki_text, is_table_text, read_table
from ankibuild.importers.text import UnknownFormError, read_text
from ankibuild.importers.writing import check_place, write_package

LONGEST_IMPORT = 900
"""Seconds: thirty thousand ordinary notes take ninety."""

_PACKAGES = (".apkg", ".colpkg")
_DOCUMENT = ".json"
_TEXTS = ("", ".txt", ".text")
_TABLES = (".csv", ".tsv", ".tab")
_KNOWN = ".txt, .csv, .tsv, .xlsx, .docx, .md, .apkg, and CrowdAnki's deck.json"
_SHEETS = (".xlsx", ".xlsm")
_CURES = {
    ".doc": "open it in Word, and save it as .docx",
    ".odt": "open it in LibreOffice, and save it as .docx",
    ".rtf": "open it in Word, and save it as .docx",
    ".xls": "open it in Excel, and save it as .xlsx",
    ".xlsb": "open it in Excel, and save it as .xlsx",
    ".ods": "open it in LibreOffice, and save it as .xlsx",
    ".pdf": "copy its text into a .txt file",
}


def import_deck(
    path: AnyPath,
    folder: AnyPath,
    *,
    time: int,
    table: TableOptions | None = None,
    read_as: str = "",
    learners_have: AnyPath | None = None,
    questions_at: str = "",
    keep_scripts: bool = False,
    dry_run: bool = False,
) -> Written:
    """Write a package into a new folder, from a file of flashcards of any known kind.

    Known are text, tables, Excel and Word documents, Markdown, packages of Anki, and decks of
    CrowdAnki with their folder. With ``table``, a text is read as one; ``read_as`` is "headings",
    "hashcards" or "obsidian" for Markdown that could be two of them; ``questions_at`` is the level
    of the headings of a Markdown file that ask, or "details" where a ``<summary>`` does; ``time``
    is now, in seconds since 1970; ``learners_have`` is the older ``.apkg`` that learners have; with
    ``keep_scripts`` the note types of a package may run scripts; with ``dry_run`` nothing is
    written.

    Raises AnkibuildError, and writes nothing, when the file cannot be read, when a library that
    reads it is missing, or when the folder holds anything.
    """
    path, folder = _find_file(Path(path)), Path(folder)
    older = Path(learners_have) if learners_have is not None else None
    check_place(folder)
    try:
        with at_most(LONGEST_IMPORT):
            if path.suffix.lower() in _PACKAGES or (path.suffix.lower() == _DOCUMENT and not older):
                from ankibuild.importers.adopting import adopt

                return adopt(
                    path,
                    folder,
                    time=time,
                    learners_have=older,
                    keep_scripts=keep_scripts,
                    dry_run=dry_run,
                )
            if older:
                cure = "leave --learners-have out, or import the .apkg"
                message = "only an .apkg can come after one that learners have"
                raise AnkibuildError((about(path, "learners-have-without-apkg", message, cure),))
            imported = _read(path, table, read_as, questions_at)
            return write_package(path, imported, folder, dry_run=dry_run)
    except TookTooLong:
        message = f"this file is refused: reading it takes more than {LONGEST_IMPORT} seconds"
        cure = "split it, and import the parts"
        raise AnkibuildError((about(path, "slow-import", message, cure),)) from None
    except ModuleNotFoundError as error:
        if (error.name or "ankibuild").startswith("ankibuild"):
            raise
        message = f'to import this file, the library "{error.name}" is needed'
        cure = f"install what import needs: {how_to_install('import')}"
        raise AnkibuildError((about(path, "missing-library", message, cure),)) from None


def _find_file(path: Path) -> Path:
    """Return the file that is meant: in a folder that of CrowdAnki."""
    if not path.is_dir():
        return path
    from ankibuild.importers.crowdanki import find_document

    if file := find_document(path):
        return file
    message = "this folder holds no deck.json, as CrowdAnki writes it"
    cure = "name one file in it; from several make a package each, with --into"
    raise AnkibuildError((about(path, "unknown-format", message, cure),))


def _read(path: Path, table: TableOptions | None, read_as: str, questions_at: str) -> Imported:
    kind = path.suffix.lower()
    if questions_at and kind not in MARKDOWN:
        message = "only a Markdown file has questions in headings"
        raise AnkibuildError((about(path, "two-readings", message, "leave --questions-at out"),))
    if kind == ".docx":
        from ankibuild.importers.word import read_word

        return read_word(path)
    if kind in _SHEETS:
        from ankibuild.importers.sheets import read_sheets

        return read_sheets(path, table or TableOptions())
    if kind not in _TEXTS + _TABLES + MARKDOWN:
        message = f'files that end in "{kind}" cannot be imported'
        cure = _CURES.get(kind, f"use one of these: {_KNOWN}")
        raise AnkibuildError((about(path, "unknown-format", message, cure),))
    text, warnings = read_any_text(path)
    if table or kind in _TABLES or is_anki_text(text) or (kind in _TEXTS and is_table_text(text)):
        imported = read_table(path, text, table or TableOptions())
    elif kind in MARKDOWN:
        from ankibuild.importers.markdown import read_markdown

        imported = read_markdown(path, text, read_as, questions_at)
    else:
        try:
            imported = read_text(text)
        except UnknownFormError as error:
            command = f": ankibuild import {quoted(path)} {error.options}" if error.options else ""
            cure = f"{error.cure}{command}"
            problem = about(path, "unknown-form", error.message, cure, line=error.line, column=1)
            raise AnkibuildError((problem,)) from None
    return replace(imported, warnings=(*warnings, *imported.warnings))
