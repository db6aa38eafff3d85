"""The pictures in the documentation: each is shown, each can be taken anew, noise is no change."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image, ImageChops, ImageDraw

from tests.helpers import browser, fonts, window
from tests.helpers.places import ROOT
from tests.pictures import __main__ as command
from tests.pictures.likeness import is_like, read_picture, write_picture
from tests.pictures.recipes import DOCS, RECIPES, path_of

PAGES = [ROOT / "README.md", *DOCS.glob("*.md")]
PLAIN = path_of("forms/plain")


def test_every_picture_has_a_recipe_and_is_shown_on_a_page() -> None:
    kept = {path for path in DOCS.rglob("*.png")}
    shown = {
        (page.parent / link).resolve()
        for page in PAGES
        for link in re.findall(r"^!\[[^]]+\]\(([^)]+\.png)\)$", page.read_text("utf-8"), re.M)
    }
    made = {path_of(name) for name in RECIPES}
    assert kept
    assert kept == shown == made


def test_a_picture_is_small() -> None:
    assert {path.name for path in DOCS.rglob("*.png") if path.stat().st_size > 100_000} == set()


def test_what_ci_installs_is_what_the_pictures_need() -> None:
    run = (ROOT / ".ci/run").read_text("utf-8")
    needed = {*fonts.PACKAGES, *browser.PACKAGES, *window.LIBRARIES.split()}
    assert needed <= {*re.findall(r"[\w.-]+", run)}


def test_a_picture_that_is_written_is_like_what_was_taken(tmp_path: Path) -> None:
    taken = read_picture(PLAIN)
    write_picture(taken, tmp_path / "a.png")
    assert is_like(read_picture(tmp_path / "a.png"), taken)


def test_noise_is_no_change() -> None:
    picture = read_picture(PLAIN)
    noise = Image.effect_noise(picture.size, 40).convert("RGB")
    assert is_like(picture, Image.blend(picture, noise, 0.15))


@pytest.mark.parametrize("name", RECIPES)
def test_a_word_less_is_a_change(name: str) -> None:
    picture = read_picture(path_of(name))
    paper = picture.getpixel((picture.width // 2, 40))
    edited = picture.copy()
    # What is left of a question without its last word.
    left, top, right, bottom = words_in(picture)
    ImageDraw.Draw(edited).rectangle(((left + right) // 2, top, right, bottom), fill=paper)
    assert not is_like(picture, edited)


def words_in(picture: Image.Image) -> tuple[int, int, int, int]:
    """Return where the first line of words is in the upper left of a picture."""


def test_a_picture_of_another_size_is_another() -> None:
    picture = read_picture(PLAIN)
    assert not is_like(picture, picture.crop((0, 0, picture.width, picture.height - 1)))
