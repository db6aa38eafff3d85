"""Refuse documents of Office that are too large, damaged or strange, before anything reads them."""

import lzma
import re
import zipfile
import zlib
from collections.abc import Sequence
from io import BytesIO

from ankibuild.core.files import LARGEST_MEDIA

_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)


class DocumentError(ValueError):
    """A file that is no document of its kind, or none that is safe to read; the text says why."""


def check_archive(data: bytes, kind: str, *, most_parts: int, largest: int, most_tags: int) -> None:
    """Raise DocumentError unless a file is an archive of no more parts, text and tags.

    ``kind`` is what it should be, such as "Word document".
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as file:
            members = file.infolist()
            if len(members) > most_parts:
                raise DocumentError(f"it has more than {most_parts} parts")
            if "[Content_Types].xml" not in file.namelist():
                raise DocumentError(f"it is no {kind}")
            if any(member.flag_bits & 1 for member in members):
                raise DocumentError("it is protected by a password")
            _check_sizes(members, largest)
            texts = [member for member in members if _is_text(member)]
            if sum(_count_tags(file.read(member), kind) for member in texts) > most_tags:
                raise DocumentError("it is too large")
    except zipfile.BadZipFile:
        ending = ".docx" if "Word" in kind else ".xlsx"
        raise DocumentError(f"it is damaged, protected by a password, or no {ending}") from None
    except (zlib.error, lzma.LZMAError, EOFError, RuntimeError, OSError, UnicodeError):
        raise DocumentError("it is damaged") from None


def _check_sizes(members: Sequence[zipfile.ZipInfo], largest: int) -> None:
    """Refuse what would not fit; a zip file never yields more of a member than it declares."""
    if sum(member.file_size for member in members if _is_text(member)) > largest:
        raise DocumentError("its text is too large")
    for member in members:
        if member.file_size > LARGEST_MEDIA:
            raise DocumentError(f'its part "{member.filename}" is too large')


def _is_text(member: zipfile.ZipInfo) -> bool:
    return member.filename.lower().endswith((".xml", ".rels"))


def _count_tags(data: bytes, kind: str) -> int:
    text = data.replace(b"\0", b"")
    if _DECLARATION.search(text):
        raise DocumentError(f"it declares entities, which no {kind} does")
    return text.count(b"<")
