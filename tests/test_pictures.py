"""The pictures in the documentation: each is shown, each can be taken anew, noise is no change."""

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import ImageDraw, ImageFilter, ImageFont

from tests.helpers import browser, fonts, window
from tests.helpers.places import ROOT
from tests.pictures import editor, recipes
from tests.pictures.__main__ import find_missing, main
from tests.pictures.likeness import is_like, read_picture, write_picture
from tests.pictures.recipes import DOCS, RECIPES, path_of

PAGES = [ROOT / "README.md", *DOCS.glob("*.md")]
PICTURES = sorted(DOCS.rglob("*.png"))


def test_every_picture_has_a_recipe_and_is_shown_on_a_page() -> None:
    shown = {
        (page.parent / link).resolve()
        for page in PAGES
        for link in re.findall(r"^!\[[^]]+\]\((.+\.png)\)$", without_examples(page), re.MULTILINE)
    }
    assert len(PICTURES) > 9
    assert {*PICTURES} == shown
    assert {*PICTURES} == {path_of(name) for name in RECIPES}


def without_examples(page: Path) -> str:
    """Return the text of a page without what stands in fences."""
    text = page.read_text("utf-8")
    return re.sub(r"^(````?)\w+\n.*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)


def test_a_picture_is_small() -> None:
    assert [path.name for path in PICTURES if path.stat().st_size > 100_000] == []


def test_ci_installs_what_pictures_need() -> None:
    run = (ROOT / ".ci/run").read_text("utf-8")
    needed = {*fonts.PACKAGES, *browser.PACKAGES, *window.PACKAGES}
    assert needed <= {*re.findall(r"[\w.-]+", run)}


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_noise_is_no_change_but_a_word_is(tmp_path: Path, path: Path) -> None:
    picture = read_picture(path)
    # The edges of all letters are drawn otherwise.
    blurred = picture.filter(ImageFilter.GaussianBlur(0.6))
    assert is_like(picture, blurred)
    write_picture(blurred, tmp_path / "a.png")
    assert is_like(blurred, read_picture(tmp_path / "a.png"))
    edited = picture.copy()
    place = (picture.width * 3 // 4, picture.height // 8)
    # Cards are taken with two by two pixels for each of theirs.
    font = ImageFont.load_default(12 if picture.width < 1300 else 24)
    ImageDraw.Draw(edited).text(place, "not", "black", font)
    assert not is_like(picture, edited)
    assert not is_like(picture, picture.crop((0, 0, picture.width, picture.height - 1)))


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_ground_of_another_colour_is_a_change(path: Path) -> None:
    picture = read_picture(path)
    assert not is_like(picture, picture.point(lambda level: level - 24 if level > 240 else level))


def test_a_name_that_is_no_picture_is_refused_with_those_that_are() -> None:
    result = CliRunner().invoke(main, ["frm/plain"])
    assert result.exit_code == 2
    assert (
        'no picture "frm/plain"; there are anki, card, check, editor, first, forms/cloze'
        in result.output
    )


def test_without_code_server_the_pictures_of_the_editor_are_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tests.pictures.__main__.find_missing", lambda: "")
    monkeypatch.setattr("tests.pictures.__main__.is_fresh", lambda *_: True)
    monkeypatch.setattr("tests.pictures.__main__.take", lambda name: name)
    monkeypatch.setattr(editor, "is_there", lambda: False)
    result = CliRunner().invoke(main, ["--check"])
    assert result.exit_code == 0
    assert result.output == "".join(
        f"docs/{name}.png passed over: there is no code-server\n" for name in ("editor", "new")
    )
    assert "passed" not in CliRunner().invoke(main, ["--check", "editor"]).output


@pytest.mark.slow
def test_a_stale_picture_is_named_and_taken_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing := find_missing():
        pytest.skip(missing)
    monkeypatch.setattr(recipes, "DOCS", tmp_path)
    shutil.copytree(DOCS / "forms", tmp_path / "forms")
    (tmp_path / "forms/plain.png").unlink()
    shutil.copy(DOCS / "forms/extra.png", tmp_path / "forms/cloze.png")
    names = ["forms/plain", "forms/cloze", "forms/typed"]
    run = CliRunner().invoke
    stale = run(main, ["--check", *names])
    assert stale.exit_code == 1
    assert stale.output == "".join(
        f"docs/{name}.png is stale; take it anew: python -m tests.pictures {name}\n"
        for name in ("forms/cloze", "forms/plain")
    )
    assert run(main, names).exit_code == 0
    assert run(main, ["--check", *names]).exit_code == 0
