"""Anki's own window, with a card of this repository's deck to review."""

from pathlib import Path

from PIL import Image

import ankibuild
from tests.helpers.places import ROOT
from tests.helpers.window import Window
from tests.pictures.likeness import read_picture


def take_window(folder: Path) -> Image.Image:
    """Take the back of a card, with the buttons to rate it."""
    package = ankibuild.load(ROOT / "content/tier-1")
    built = ankibuild.build(package, folder / "dist", time=1_750_000_000)
    with Window.of(folder / "anki") as window:
        window.import_package(built.path)
        window.resize(760, 560)
        window.show("tier-1/role")
        window.answer()
        window.grab(folder / "window.png")
    return read_picture(folder / "window.png")
