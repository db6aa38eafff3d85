"""What the documentation shows is true: its examples build, its commands are the real ones."""

import re
from pathlib import Path

import pytest

import ankibuild
from tests.trainer import SETTINGS, Trainer, copy_media

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
DECKS = [
    pytest.param(block, id=f"{page.name}-{number}")
    for page in PAGES
    for number, (_, block) in enumerate(
        re.findall(
            r"^(````?)markdown\n(.*?)^\1$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
        )
    )
]


def test_there_are_examples() -> None:
    assert DECKS


@pytest.mark.parametrize("text", DECKS)
def test_an_example_builds(trainer: Trainer, text: str) -> None:
    heading = "" if re.search("^# ", text, re.MULTILINE) else "# Deck\n\n"
    trainer.write_package(heading + text)
    copy_media(text, trainer.folder / "content/demo")
    package = ankibuild.load(trainer.folder / "content/demo")
    assert package.notes
    assert all("pin" in warning.cure for warning in package.warnings)


def test_the_readmes_settings_are_settings(trainer: Trainer) -> None:
    (text,) = re.findall(
        r"^```toml\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    key = re.findall('key = "(.*)"', SETTINGS)[0]
    trainer.write_package("# A\n\n## B\n\nC\n", settings=text.replace("…", key))
    settings = ankibuild.load(trainer.folder / "content/demo").settings
    assert settings.feedback == "help@example.org"
