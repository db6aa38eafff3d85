"""Pictures and sounds: which file is meant, how wide, and in which words."""

from pathlib import Path

import pytest

from tests.helpers.cases import Case
from tests.helpers.faults import errors_of, see_error, see_warning, warnings_of
from tests.helpers.forms import forms_in, see_form
from tests.helpers.places import CASES
from tests.helpers.told import CLEAN
from tests.helpers.trainer import Trainer


@pytest.mark.parametrize("form", forms_in("media.md"), ids=lambda form: form.title)
def test_a_picture_or_sound_becomes_its_fields(trainer: Trainer, form: Case) -> None:
    see_form(trainer, form)


@pytest.mark.parametrize("path", errors_of("dialect.pictures"), ids=lambda path: path.stem)
def test_a_mistake_in_a_picture_or_sound_is_reported(trainer: Trainer, path: Path) -> None:
    see_error(trainer, path)


@pytest.mark.parametrize("path", warnings_of("dialect.pictures"), ids=lambda path: path.stem)
def test_a_picture_or_sound_that_may_be_a_slip_is_warned_of(trainer: Trainer, path: Path) -> None:
    see_warning(trainer, path)


def test_a_file_is_found_however_an_accent_is_stored(trainer: Trainer) -> None:
    picture = (CASES / "media/meter.png").read_bytes()
    composed, apart = "media/caf\u00e9.png", "media/cafe\u0301.png"
    for stored in (composed, apart):
        trainer.write_package(f"# A\n\n## B {{#b}}\n\n![c]({composed}) ![d]({apart})\n")
        trainer.write(f"content/demo/{stored}", picture)
        assert trainer.run("check").told.startswith(CLEAN)
        (trainer.folder / f"content/demo/{stored}").unlink()


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("![[meter.png]]", "![meter](media/meter.png)"),
        ("![[media/meter.png|200]]", '![meter](media/meter.png){width="200px"}'),
        ("![[meter.png|200x100]]", '![meter](media/meter.png){width="200px"}'),
        ("![[meter.png|A meter]]", "![A meter](media/meter.png)"),
        ("![A meter] (media/meter.png)", "![A meter](media/meter.png)"),
    ],
)
def test_the_cure_of_a_picture_that_is_text_can_be_pasted(
    trainer: Trainer, text: str, better: str
) -> None:
    trainer.write("content/demo/media/meter.png", (CASES / "media/meter.png").read_bytes())
    trainer.write_package(f"# A\n\n## B {{#b}}\n\nSee {text} and ![c](media/meter.png).\n")
    said = trainer.run("check").told
    assert f'1.md:5:5: warning: "{text}" looks like a picture, but is shown as text' in said
    assert f"write {better}, or" in said
    trainer.write_package(f"# A\n\n## B {{#b}}\n\nSee {better} and ![c](media/meter.png).\n")
    assert trainer.run("check").told.startswith(CLEAN)


@pytest.mark.parametrize("text", ["`![[meter.png]]`", "\\![[m.png]]", "![[note]]", "![so](it is.)"])
def test_what_is_meant_as_text_is_taken_for_no_picture(trainer: Trainer, text: str) -> None:
    trainer.write_package(f"# A\n\n## B {{#b}}\n\nSee {text}.\n")
    assert trainer.run("check").told.startswith(CLEAN)


def test_a_name_with_spaces_of_a_file_that_is_not_there_is_told(trainer: Trainer) -> None:
    trainer.write("content/demo/media/Meter Foto 1.png", (CASES / "media/meter.png").read_bytes())
    trainer.write_package("# A\n\n## B {#b}\n\n![c](media/Meter Photo 1.png)\n")
    said = trainer.run("check").told
    assert 'the file "media/Meter Photo 1.png" is missing from the package; did you mean' in said
