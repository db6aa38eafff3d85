"""Note types of an older form become files, and nothing that learners have changes."""

import json
from pathlib import Path

import pytest

import ankibuild
from tests.helpers.demo import START
from tests.helpers.note_types import record, with_templates
from tests.helpers.trainer import Trainer

OLDER = "content/demo/note-types/n.json"
ODD: dict[str, object] = {
    "css": ".a {}\r\n\r\n.b::after {content: '\u2028'}\n\n",
    "latexPre": "\\begin\r\n",
    "x": [1.5],
}


@pytest.mark.parametrize(
    "text",
    [
        record({}),
        record(ODD | {"name": 'Ä "1"\\ \x7f'}),
        record(with_templates("{{F}}", "\ufeff{{B}}\r", "{{E}}\n\n", fields="F B E")),
        record({}, is_cloze=True),
    ],
)
def test_schema_look_and_content_stay(trainer: Trainer, text: str) -> None:
    hide = "{{c1::hidden}}" if '"type": 1' in text else "shown"
    trainer.write_package(f'# D\n\n## Q {{#q guid="x" note-type="n"}}\n\nA {hide}\n')
    trainer.write(OLDER, text)
    trainer.release(START)
    (before,) = ankibuild.load(trainer.folder / "content/demo").note_types
    result = trainer.run("convert")
    assert result.told == "content/demo/note-types/n written\nnext: ankibuild diff\n"
    assert not (trainer.folder / OLDER).exists()
    (after,) = ankibuild.load(trainer.folder / "content/demo").note_types
    assert after == before
    result = trainer.run("build", "--locked")
    assert "the content is the same" in result.stdout
    assert "nothing to release" in trainer.run("diff").told
    assert trainer.run("check", "--strict").returncode == 0
    assert trainer.run("convert").told == "every note type is in files already\n"


def test_one_that_cannot_be_read_stays_with_all_others(trainer: Trainer) -> None:
    trainer.write_package("# D\n\n## Q {#q}\n\nA\n")
    trainer.write(OLDER, record({}))
    trainer.write("content/demo/note-types/broken.json", "{}")
    result = trainer.run("convert")
    assert result.returncode == 1
    assert "note-types/broken.json: this is no record of a note type" in result.told
    assert names(trainer.folder) == ["broken.json", "n.json"]
    (trainer.folder / "content/demo/note-types/broken.json").unlink()
    trainer.write("content/demo/note-types/n/note-type.toml", "")
    assert 'a folder "n" is there too; delete the one' in trainer.run("convert").told


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "content/demo/note-types").iterdir())


def test_what_is_written_are_files_that_a_designer_edits(trainer: Trainer) -> None:
    trainer.write_package("# D\n\n## Q {#q}\n\nA\n")
    trainer.write(OLDER, record(with_templates("{{F}}", "{{B}}", fields="F B E")))
    trainer.run("convert")
    home = trainer.folder / "content/demo/note-types/n"
    assert sorted(path.name for path in home.iterdir()) == [
        "anki.json",
        "c0-back.html",
        "c0-front.html",
        "c1-back.html",
        "c1-front.html",
        "note-type.toml",
        "style.css",
    ]
    assert (home / "note-type.toml").read_text() == (
        'name = "A"\nkind = "front-back"\nfields = [\n  "F",\n  "B",\n  "E",\n]\n'
        'templates = [\n  "C0",\n  "C1",\n]\n'
    )
    assert (home / "c1-front.html").read_text() == "{{B}}\n"
    rest = json.loads((home / "anki.json").read_text())
    assert sorted(rest) == ["flds", "id", "tmpls"]
