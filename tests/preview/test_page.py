"""The page of the preview: one file that fetches nothing."""

import base64
import re
from contextlib import chdir
from hashlib import sha256
from pathlib import Path
from typing import Any

from ankibuild.preview.formulas import formula_digest
from ankibuild.preview.page import dump_data, leave_out_known, make_data
from ankibuild.preview.view import read_view
from tests.helpers.browser import data_of, notes_of
from tests.helpers.trainer import Trainer, copy_media

DECK = """\
# Deck

About it.

## First {#first}

One.

## Second {#second .typed hint="think" tags="x"}

Two $a^2$.
"""


def test_an_export_is_one_file_that_fetches_nothing(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    result = trainer.run("preview", "--export", "out/page.html")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "out/page.html\n"
    kit = re.compile(r'(?<=<script type="application/json" id="formulas">).*?(?=</script>)')
    page = kit.sub("", (trainer.folder / "out/page.html").read_text("utf-8"))
    assert not re.search(
        r"<(?:link(?! rel=\"icon\" href=\"data:,\")|img|iframe|base|object)\b", page
    )
    assert not re.search(r"<script[^>]*\bsrc=|@import|url\(", page)
    assert "First" in str(notes_of(data_of(page))["first"])
    assert data_of(page)["live"] is False
    # The one script that may run is the one that stands there.
    (script,) = re.findall("<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}' 'sha256-{formula_digest()}';" in page
    trainer.run("preview", "--export", "again.html")
    assert kit.sub("", (trainer.folder / "again.html").read_text("utf-8")) == page


def test_an_export_of_something_broken_leaves_the_old_one(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    trainer.run("preview", "--export", "page.html")
    before = (trainer.folder / "page.html").read_bytes()
    trainer.write("content/demo/1.md", DECK + "{{c1::x\n")
    result = trainer.run("preview", "--export", "page.html")
    assert result.returncode == 1
    assert "is not closed" in result.stderr
    assert (trainer.folder / "page.html").read_bytes() == before
    assert trainer.run("preview", "--export", "content").returncode == 2


def test_no_text_ends_the_element_it_stands_in(trainer: Trainer) -> None:
    hostile = "</script><script>alert(1)</script><!--"
    trainer.write_package(
        f"# D\n\n`{hostile}`\n\n## A `{hostile}` {{#a}}\n\n`{hostile}` %DATA%\n",
        settings='id = "demo"\nkey = "0f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e"\n'
        f'title = "T < /title>"\ndescription = "{hostile}"\n',
    )
    result = trainer.run("preview", "--export", "page.html")
    assert result.returncode == 0, result.stderr
    page = (trainer.folder / "page.html").read_text("utf-8")
    assert len(re.findall("<script", page)) == 2
    assert len(re.findall("</script", page)) == 2
    assert len(re.findall("</title", page)) == 1
    assert hostile in notes_of(data_of(page))["a"]["question"]


PICTURES = """\
# Deck

## A {#a}

![A meter](media/meter.png) ![Drawn](media/meter.svg)

![](media/greeting.mp3)
"""


def test_pictures_and_sounds_come_along_with_an_export(trainer: Trainer) -> None:
    trainer.write_package(PICTURES)
    copy_media(PICTURES, trainer.folder / "content/demo")
    assert trainer.run("preview", "--export", "page.html").returncode == 0
    data = data_of((trainer.folder / "page.html").read_text("utf-8"))
    back = notes_of(data)["a"]["cards"][0]["back"]
    assert set(re.findall('src="/media/([^"]*)"', back)) == set(data["media"])
    starts = sorted(uri.partition(",")[0] for uri in data["media"].values())
    assert starts == [
        f"data:{kind};base64" for kind in ("audio/mpeg", "image/png", "image/svg+xml")
    ]


def test_a_flood_of_problems_stays_small(trainer: Trainer) -> None:
    path = trainer.write("deck.md", "# D\n\n## Q {#a}\n\n" + "{{c1::" * 5000 + "\n")
    data = make_data(read_view([path]), is_live=True)
    assert len(dump_data(data)) < 100_000
    (last,) = [each for each in notes_of(data)["a"]["problems"] if each["rule"] == "unclosed-cloze"]
    assert last["excerpt"][last["column"] - 1 :].startswith("{{c1::")
    path = trainer.write("deck.md", "# D\n\n## Q {#a}\n\n" + "{{c1::x\n\n" * 500)
    data = make_data(read_view([path]), is_live=True)
    assert len(dump_data(data)) < 100_000
    note = notes_of(data)["a"]
    assert len(note["problems"]) + note["unshown"] >= 500
    assert note["problems"][0]["severity"] == "error"


def test_of_a_long_note_with_very_many_cards_the_first_are_shown(trainer: Trainer) -> None:
    clozes = "".join(f"{{{{c{number}::a few words}}}} of it, " for number in range(1, 401))
    trainer.write_package(f"# D\n\n## Many {{#many}}\n\n{clozes}\n\n## Few {{#few}}\n\nA\n")
    data = make_data(read_view([trainer.folder / "content/demo"]), is_live=False)
    cards = [each["name"] for each in notes_of(data)["many"]["cards"]]
    assert 5 < len(cards) < 50
    assert cards[-1].endswith(f" (and {400 - len(cards)} more, not shown)")
    assert [each["name"] for each in notes_of(data)["few"]["cards"]] == ["Forward"]


def test_of_notes_that_a_page_knows_only_the_places_are_sent(trainer: Trainer) -> None:
    def show() -> dict[str, Any]:
        with chdir(trainer.folder):
            return make_data(read_view([Path("content/demo")]), is_live=True)

    trainer.write_package(DECK)
    before = {note["key"]: note for note in notes_of(show()).values()}
    trainer.write_package(DECK.replace("One.", "One,\n\nand more."))
    first, second = leave_out_known(show(), before)["packages"][0]["decks"][0]["notes"]
    assert first["id"] == "first"
    assert "and more" in first["text"]
    assert second == ["content/demo/second", "content/demo/1.md:11"]
    # Its cards are made anew when a template is another, though none of its words is.
    assert before["content/demo/first"]["made"] != first["made"]
    again = leave_out_known(show(), {})["packages"][0]["decks"][0]["notes"]
    assert [note["id"] for note in again] == ["first", "second"]


def test_a_mask_is_called_by_its_name(trainer: Trainer) -> None:
    text = (
        "# D\n\n## Parts {#parts}\n\n```occlusion\n![A meter](media/meter.png)\n"
        "display: 32, 17, 36, 16\n7. the *serial* number: 37, 58, 25, 9\n```\n"
    )
    trainer.write_package(text)
    copy_media(text, trainer.folder / "content/demo")
    data = make_data(read_view([trainer.folder / "content/demo"]), is_live=False)
    cards = notes_of(data)["parts"]["cards"]
    assert [each["name"] for each in cards] == ["display", "the *serial* number"]
