"""Cards as learners see them: built, imported into a real Anki, shown in Anki's own page."""

import math
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageDraw

import ankibuild
from tests.helpers.browser import set_screen
from tests.helpers.learner import Learner
from tests.helpers.places import ROOT
from tests.helpers.reviewer import Reviewer, Shown, reviewing
from tests.helpers.trainer import copy_media
from tests.pictures.likeness import read_picture

_FORM = re.compile(
    r"^(````?)markdown\n(?P<text>.*?)^\1$\n\n!\[[^]]*\]\((?P<name>forms/[\w-]+)\.png\)$",
    re.MULTILINE | re.DOTALL,
)
_TIME = 1_750_000_000
_TYPED = "kwh"
METER = """\
```occlusion
![A meter with a display, a disk and a row of terminals](media/meter.png)
display: 32, 17, 36, 16
disk: 33, 42, 34, 9
serial number: 37.5, 58, 25, 10
```
"""
_MASKS = f"""\
## Parts of a meter {{#parts}}

{METER}
---

In the basement.
"""
# All in pixels of a card; the pictures have two by two for each.
_SCALE = 2
_WINDOW = 900
_PHONE = (360, 440)
_MARGIN = 20
_GAP = 12
_CORNER = 8
_GROUND = "#e4e7ea"


def find_forms() -> dict[str, str]:
    """Return the Markdown of each form that the trainers' pages show, by its picture's name."""
    pages = (ROOT / "docs/trainers.md", ROOT / "docs/start.md")
    text = "\n".join(page.read_text("utf-8") for page in pages)
    return {match["name"]: match["text"] for match in _FORM.finditer(text)}


def take_form(text: str, folder: Path) -> Image.Image:
    """Take the front and the back of the form's last card, or of a cloze's first."""
    source = _write_deck(folder / "my-deck.md", text)
    (note,) = ankibuild.load(source).notes
    number = 0 if note.kind == "cloze" else -1
    with _reviewing(folder, source) as reviewer:
        card = open_card(reviewer, note.note_id, number, width=414)
        front = photograph(reviewer, card, folder)
        back = photograph(reviewer, card, folder, back=True)
    height = max(front.height, back.height)
    left, right = (_stretch(each, height) for each in (front, back))
    gap = _GAP * _SCALE
    return _lay_out([(left, gap, gap), (right, left.width + 2 * gap, gap)])


def take_card(folder: Path) -> Image.Image:
    """Take a front by day, its back by night below, and beside them a picture with masks."""
    masks = _write_deck(folder / "meters.md", _MASKS)
    with _reviewing(folder, ROOT / "content/tier-1", masks) as reviewer:
        name = "energy-efficiency"
        front = photograph(reviewer, open_card(reviewer, name, width=440), folder)
        card = open_card(reviewer, name, width=440, night=True)
        back = photograph(reviewer, card, folder, back=True)
        card = open_card(reviewer, "parts", width=360)
        picture = photograph(reviewer, card, folder, back=True)
    gap = _GAP * _SCALE
    height = max(picture.height, front.height + gap + back.height)
    rest = height - gap - front.height - back.height
    front = _stretch(front, front.height + rest // 2)
    back = _stretch(back, height - gap - front.height)
    beside = front.width + 2 * gap
    return _lay_out(
        [
            (front, gap, gap),
            (back, gap, front.height + 2 * gap),
            (_stretch(picture, height), beside, gap),
        ]
    )


def take_phone(folder: Path) -> Image.Image:
    """Take the back of a card as AnkiDroid shows it, by night and by day."""
    sides = []
    with _reviewing(folder, ROOT / "content/tier-1") as reviewer:
        for night in (True, False):
            card = open_card(reviewer, "role", width=_PHONE[0], night=night)
            set_screen(reviewer.driver, *_PHONE, scale=_SCALE)
            reviewer.show_on_android(card)
            reviewer.photograph(folder / "side.png")
            sides.append(read_picture(folder / "side.png"))
    gap = _GAP * _SCALE
    return _lay_out([(sides[0], gap, gap), (sides[1], sides[0].width + 2 * gap, gap)])


def _write_deck(path: Path, text: str) -> Path:
    path.write_text(f"# Deck\n\n{text}", "utf-8")
    copy_media(text, path.parent)
    return path


@contextmanager
def _reviewing(folder: Path, *sources: Path) -> Iterator[Reviewer]:
    """Let a learner who has the packages review in a browser."""
    with Learner.at(folder / "learner") as learner:
        for source in sources:
            built = ankibuild.build(ankibuild.load(source), folder / "dist", time=_TIME)
            learner.import_package(built.path)
        with reviewing(learner, folder) as reviewer:
            yield reviewer


def open_card(
    reviewer: Reviewer, name: str, number: int = 0, *, width: int, night: bool = False
) -> Shown:
    """Open a window, and return a card to show in it."""
    # A caret would blink.
    still = "document.documentElement.style.caretColor = 'transparent'"
    reviewer.open(width=width, height=_WINDOW, night=night, scripts=[still])
    set_screen(reviewer.driver, width, _WINDOW, scale=_SCALE)
    return reviewer.cards(name, typed=_TYPED)[number]


def photograph(reviewer: Reviewer, card: Shown, folder: Path, *, back: bool = False) -> Image.Image:
    """Take one side of a card, as high as the card is."""
    reviewer.show(card, back=back)
    bottom = reviewer.run("document.getElementById('qa').getBoundingClientRect().bottom")
    height = math.ceil(bottom) + _MARGIN
    assert height <= _WINDOW, f"{card.name} is {height} pixels high"
    path = folder / "side.png"
    reviewer.photograph(path)
    picture = read_picture(path)
    return picture.crop((0, 0, picture.width, height * _SCALE))


def _stretch(picture: Image.Image, height: int) -> Image.Image:
    """Return the picture with more of its paper below."""
    corner = (0, picture.height - 1)
    paper = Image.new("RGB", (picture.width, height), picture.getpixel(corner))
    paper.paste(picture)
    return paper


def _lay_out(pictures: Iterable[tuple[Image.Image, int, int]]) -> Image.Image:
    """Return the pictures with round corners, each at its place, with a gap around them."""
    placed = list(pictures)
    width = max(x + picture.width for picture, x, _ in placed)
    height = max(y + picture.height for picture, _, y in placed)
    gap = _GAP * _SCALE
    ground = Image.new("RGB", (width + gap, height + gap), _GROUND)
    for picture, x, y in placed:
        # Drawn larger and made small again, the corners are smooth.
        mask = Image.new("L", (picture.width * 4, picture.height * 4))
        edge = (0, 0, mask.width - 1, mask.height - 1)
        ImageDraw.Draw(mask).rounded_rectangle(edge, _CORNER * _SCALE * 4, fill=255)
        ground.paste(picture, (x, y), mask.reduce(4))
    return ground
