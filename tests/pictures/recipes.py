"""How each picture is taken, by its name below ``docs``."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PIL import Image

from tests.helpers.places import ROOT
from tests.pictures.anki_window import take_window
from tests.pictures.cards import find_forms, take_card, take_form, take_phone
from tests.pictures.editor import take_editor, take_new
from tests.pictures.pages import (
    take_check,
    take_first,
    take_install,
    take_release,
    take_shelf,
    take_story,
)
from tests.pictures.previews import take_preview

DOCS = ROOT / "docs"

RECIPES: Mapping[str, Callable[[Path], Image.Image]] = {
    "anki": take_window,
    "card": take_card,
    "check": take_check,
    "editor": take_editor,
    "first": take_first,
    "install": take_install,
    "new": take_new,
    "page": take_shelf,
    "phone": take_phone,
    "preview": take_preview,
    "release": take_release,
    "story": take_story,
    **{name: partial(take_form, text) for name, text in find_forms().items()},
}
"""Each takes an empty folder to work in."""

OF_THE_EDITOR = {"editor", "new"}
"""Those that need code-server besides, which CI does not have."""


def path_of(name: str) -> Path:
    return DOCS / f"{name}.png"
