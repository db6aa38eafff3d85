"""What is checked takes time and memory in proportion to its length, whatever stands in it."""

import json

import pytest

from ankibuild.core.problems import Problem
from ankibuild.preview.page import dump_data, make_data
from ankibuild.preview.serving import read_view
from tests.helpers.demo import with_checksum
from tests.helpers.floods import Flood, all_floods, see_growth
from tests.helpers.note_types import LOOK
from tests.helpers.trainer import SETTINGS, Trainer, copy_media

pytestmark = pytest.mark.slow

DECK = "# D\n\n## Q {#a}\n\nA\n"
NOTE_TYPE = {
    "id": 1,
    "name": "A",
    "type": 0,
    "css": "",
    "flds": [{"name": "A", "ord": 0} | LOOK, {"name": "B", "ord": 1} | LOOK],
}
HOMES = {
    "body": "# D\n\n## Q {#a}\n\n%s\n",
    "heading": "# D\n\n## %s\n\nA\n",
    "attributes": "# D\n\n## Q {#a %s}\n\nA\n",
    "deck-heading": "# %s\n\n## Q {#a}\n\nA\n",
    "description": "# D\n\n%s\n\n## Q {#a}\n\nA\n",
    "front-matter": "---\n%s\n---\n\n" + DECK,
    "masks": "# D\n\n## Q {#a}\n\n```occlusion\n![A meter](media/meter.png)\n%s\n```\n",
}
"""Where a flood stands in a deck, by the way it comes in."""


def write_flood(trainer: Trainer, way: str, text: str) -> None:
    trainer.write_package(HOMES[way].replace("%s", text) if way in HOMES else DECK)
    copy_media("media/meter.png media/meter.svg", trainer.folder / "content/demo")
    if way == "settings":
        trainer.write("content/demo/package.toml", SETTINGS + text)
    elif way == "style":
        trainer.write("content/demo/style.css", text)
    elif way == "note-types":
        template = {"name": "C", "ord": 0, "qfmt": "{{A}}" + text, "afmt": "{{B}}"}
        trainer.write(
            "content/demo/note-types/n.json", json.dumps(NOTE_TYPE | {"tmpls": [template]})
        )
        trainer.write("content/demo/1.md", DECK.replace("{#a}", '{#a note-type="n"}'))
    elif way == "lock":
        header = '{"format":2,"key":"0f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e","package":"demo"}\n'
        trainer.write("content/demo/package.lock", with_checksum(f"{header}{text}\n\n"))


def size_of(problems: tuple[Problem, ...]) -> int:
    return sum(len(str(problem)) for problem in problems)


@pytest.mark.parametrize(
    "flood",
    all_floods([*HOMES, "settings", "style", "note-types", "lock"]),
    ids=lambda flood: f"{flood.way}: {flood.title}",
)
def test_a_flood_costs_what_its_length_says(trainer: Trainer, flood: Flood) -> None:
    folder = trainer.folder / "content/demo"

    def measure(text: str) -> int:
        write_flood(trainer, flood.way, text)
        view = read_view([folder])
        page = dump_data(make_data(view, is_live=True)) if view.packages else ""
        return len(page) + size_of(view.problems)

    see_growth(flood, measure)
