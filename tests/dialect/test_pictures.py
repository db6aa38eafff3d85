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
        assert trainer.run("check").told == CLEAN
        (trainer.folder / f"content/demo/{stored}").unlink()
