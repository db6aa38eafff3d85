"""What learners see in Anki's own window: a cloze, masks, a typed answer, a wide table."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.helpers.learner import Log
from tests.helpers.trainer import Trainer, copy_media
from tests.helpers.window import Window, open_window

pytestmark = pytest.mark.slow

WORDS = " ".join(["The bill says what was used, and what it costs."] * 40)
DECK = f"""\
# Meters

## The long way of a bill {{#long}}

{WORDS} It is sent by {{{{c1::the billing department}}}} each month. {WORDS}

## Parts of a meter {{#parts}}

```occlusion
![A meter with a display, a disk and a row of terminals](media/meter.png)
display: 32, 17, 36, 16
disk: 33, 42, 34, 9
```

## Which unit stands on a bill? {{#unit .typed}}

kilowatt-hour

## Which appliances count? {{#wide}}

| {" | ".join(f"appliance {number}" for number in range(12))} |
| {" | ".join("---" for _ in range(12))} |
| {" | ".join("2000" for _ in range(12))} |
"""


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """Return a window of 600 x 640 pixels, with the deck in its Anki."""
    folder = tmp_path_factory.mktemp("window")
    trainer = Trainer(folder / "repository")
    trainer.write_package(DECK)
    copy_media(DECK, trainer.folder / "content/demo")
    with open_window(folder / "anki") as window:
        assert window.import_package(trainer.build(1_750_000_000)) == Log(4, 0, 0, 0)
        window.resize(600, 640)
        yield window


def test_the_words_of_a_long_cloze_are_in_sight_when_they_are_shown(window: Window) -> None:
    window.show("demo/long")
    assert box_of(window, ".cloze")["text"] == "[...]"
    window.answer()
    cloze = box_of(window, ".cloze")
    assert cloze["text"] == "the billing department"
    assert cloze["top"] >= 0
    assert cloze["bottom"] <= window.evaluate("innerHeight")


def test_masks_are_drawn_on_their_picture_and_come_off(window: Window) -> None:
    window.show("demo/parts")
    picture, canvas = (
        box_of(window, f"#image-occlusion-{name}") for name in ("container img", "canvas")
    )
    for side in ("left", "top", "right", "bottom"):
        assert canvas[side] == pytest.approx(picture[side], abs=1)
    assert window.evaluate(INK) > 1000
    window.answer()
    # What was asked for is in sight, what was not is under its mask still.
    covered = window.evaluate(INK)
    assert covered > 1000
    window.evaluate("document.getElementById('toggle').click()")
    assert window.evaluate(INK) < covered / 2


def test_a_typed_answer_is_in_the_font_of_the_card_and_is_compared(window: Window) -> None:
    window.show("demo/unit")
    assert window.evaluate(SAME_FONT)
    window.evaluate("document.getElementById('typeans').value = 'kilowat-hour'")
    window.answer()
    assert window.evaluate(SAME_FONT)
    compared = window.evaluate("document.getElementById('typeans').innerText")
    assert compared.split() == ["kilowat--hour", "↓", "kilowatt-hour"]


def test_a_wide_table_scrolls_in_a_box_of_its_own(window: Window) -> None:
    window.show("demo/wide")
    window.answer()
    width = window.evaluate("innerWidth")
    assert window.evaluate("document.scrollingElement.scrollWidth") <= width
    table = box_of(window, "table")
    assert table["right"] <= width
    scrolled = "const box = document.querySelector('table'); box.scrollLeft = 9999; box.scrollLeft"
    assert window.evaluate(scrolled) > 100


INK = """(() => {
  const canvas = document.getElementById("image-occlusion-canvas");
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((value, place) => place % 4 == 3 && value > 128).length;
})()"""
SAME_FONT = """(() => {
  const family = (selector) => getComputedStyle(document.querySelector(selector)).fontFamily;
  return family("#typeans") === family(".card");
})()"""


def box_of(window: Window, selector: str) -> dict[str, Any]:
    """Return where the first such element is in the window, and its words."""
    found: dict[str, Any] = window.evaluate(f"""(() => {{
      const element = document.querySelector({selector!r});
      const {{left, top, right, bottom}} = element.getBoundingClientRect();
      return {{left, top, right, bottom, text: element.innerText}};
    }})()""")
    return found
