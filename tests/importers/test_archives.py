"""Documents of Office are refused before anything reads them, for what is wrong with them."""

import io
import zipfile

import pytest

from ankibuild.importers.archives import DocumentError, check_archive


def check(members: dict[str, bytes]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    check_archive(out.getvalue(), "Excel workbook", most_parts=3, largest=100, most_tags=5)


TYPES = {"[Content_Types].xml": b"<a/>"}


def test_an_archive_within_its_bounds_is_taken() -> None:
    check(TYPES | {"a.xml": b"<a><b/></a>"})


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"a.xml": b""}, "it is no Excel workbook"),
        (TYPES | {"a.xml": b"<a/>" * 5}, "it is too large"),
        (TYPES | {"a.xml": b" " * 100}, "its text is too large"),
        (TYPES | dict.fromkeys("abc", b""), "more than 3 parts"),
        (TYPES | {"a.xml": b"<!ENTITY x>"}, "entities, which no Excel workbook does"),
    ],
)
def test_what_is_beyond_them_is_refused(members: dict[str, bytes], words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        check(members)


def test_what_is_no_archive_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"no \.xlsx"):
        check_archive(b"hello", "Excel workbook", most_parts=1, largest=1, most_tags=1)
