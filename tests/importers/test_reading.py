"""A text is read whatever it was saved as."""

import subprocess
import sys

import pytest

from tests.helpers.importing import run_import
from tests.helpers.trainer import Trainer


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
def test_a_text_may_be_saved_in_any_usual_encoding(trainer: Trainer, encoding: str) -> None:
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    trainer.write("demo.txt", mark + "Qu’est-ce qu’un café ?\r\nUn « café ».\r\n".encode(encoding))
    _, warnings = run_import(trainer, "demo.txt")
    text = (trainer.folder / "content/demo/demo.md").read_text("utf-8")
    assert "## Qu’est-ce qu’un café ? {#" in text
    assert "\nUn « café ».\n" in text
    assert ("read as Windows-1252" in warnings) == (encoding == "cp1252")


def test_what_is_no_text_is_refused(trainer: Trainer) -> None:
    for name, data, message in (
        ("zeros.txt", b"a\0b", "not readable text"),
        ("byte.txt", b"caf\xe9 \x81", "not readable text"),
        ("empty.txt", b" \n\n", "no cards were found"),
        ("empty.csv", b"", "has only one column"),
        ("sheet.xlsx", b"PK", "this file is refused: it is damaged"),
        ("sheet.ods", b"PK", "save it as .xlsx"),
        ("old.doc", b"\xd0\xcf", "save it as .docx"),
    ):
        trainer.write(name, data)
        result = trainer.run("import", name)
        assert result.returncode == 1
        assert message in result.stderr
        assert "Traceback" not in result.stderr
    assert not (trainer.folder / "content").exists()


def test_reading_a_file_loads_no_renderer() -> None:
    code = (
        "import sys; import ankibuild.importers.reading; "
        "print(sorted({'markdown_it', 'nh3', 'bs4'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout == "[]\n"
