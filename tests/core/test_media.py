"""Pictures and sounds: found, checked, brought to learners, and replaced."""

import json
import os
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest

import ankibuild
from ankibuild.core.files import LARGEST_MEDIA
from ankibuild.core.media import LARGE, make_media, plain_names
from ankibuild.core.problems import Fragment
from ankibuild.dialect.fields import render_block
from tests.helpers.learner import Learner, Log
from tests.helpers.places import CASES, ROOT
from tests.helpers.system import make_link, without_privileges
from tests.helpers.trainer import Trainer

PNG = (CASES / "media/meter.png").read_bytes()
MP3 = (CASES / "media/greeting.mp3").read_bytes()
SVG = (CASES / "media/meter.svg").read_bytes()
DECK = "# Deck\n\n## What is it? {#a}\n\n![A meter](media/meter.png)\n\n## Plain {#b}\n\nB\n"
HOSTILE = b"""<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
  viewBox="0 0 9 9" onload="alert(1)">
<script>alert(1)</script>
<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><p>x</p></body></foreignObject>
<a xlink:href="javascript:alert(1)"><rect width="9" height="9" onclick="alert(1)"/></a>
<image href="https://example.org/x.png"/><use xlink:href="https://example.org/x.svg#a"/>
<rect width="9" height="9" style="fill:url(https://example.org/x)"/>
<circle r="3" fill="red"/></svg>"""


def write(trainer: Trainer, deck: str = DECK, **media: bytes) -> None:
    """Write a package with a deck and media, whose names end after the last underscore."""
    trainer.write_package(deck)
    for name, data in media.items():
        trainer.write(f"content/demo/media/{name.replace('_', '.')}", data)


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        names = json.loads(archive.read("media"))
        return {name: archive.read(number) for number, name in names.items()}


def test_pictures_and_sounds_reach_the_learner_byte_for_byte(
    trainer: Trainer, learner: Learner
) -> None:
    deck = DECK + "\n![Drawn](media/meter.svg)\n\n## Say {#c}\n\n![](media/greeting.mp3)\n"
    deck += "\n## Again {#d}\n\n{{c1::![A meter](media/meter.png)}} here\n"
    write(trainer, deck, meter_png=PNG, meter_svg=SVG, greeting_mp3=MP3)
    assert learner.import_package(trainer.build(1_700_000_000)) == Log(4, 0, 0, 0)
    media = learner.media()
    assert [plain_names(name) for name in sorted(media)] == [
        *("greeting.mp3", "meter.png", "meter.svg"),
    ]
    assert PNG in media.values()
    assert MP3 in media.values()
    assert learner.faults() == []
    (name,) = re.findall('<img src="([^"]*)"', learner.render("a")[1])
    assert media[name] == PNG
    sounds = learner.notes()["c"].cards()[0].render_output().answer_av_tags
    assert [getattr(each, "filename", "") in media for each in sounds] == [True]


def test_the_same_media_give_the_same_package(trainer: Trainer) -> None:
    write(trainer, meter_png=PNG)
    first = trainer.build(1_700_000_000).read_bytes()
    os.utime(trainer.folder / "content/demo/media/meter.png", (0, 0))
    assert trainer.build(1_700_000_000).read_bytes() == first


def test_a_replaced_picture_is_a_change_that_reaches_learners_and_touches_no_other_note(
    trainer: Trainer, learner: Learner
) -> None:
    write(trainer, meter_png=PNG)
    trainer.release(1_700_000_000)
    locked = (trainer.folder / "content/demo/package.lock").read_text("utf-8")
    assert locked.count('"media":{"meter-418a0de56f3d.png":"418a0de56f3d') == 1
    assert locked.count('"media":{}') == 1
    assert trainer.run("build", "--locked").returncode == 0
    learner.import_package(trainer.folder / "dist/demo-1.0.0.apkg")
    learner.study()
    learner.edit("b", "Extra", "mine")
    learner.date_back(1_700_000_001)
    (old,) = learner.media()

    new = (ROOT / "docs/card.png").read_bytes()
    trainer.write("content/demo/media/meter.png", new)
    assert trainer.run("diff").stdout == (
        "demo: 1.0.0 → 1.0.1\n  changed: a: What is it?\n      media: meter.png changed\n"
    )
    report = json.loads(trainer.run("diff", "--format", "json").stdout)
    (changed,) = report["packages"][0]["changed"]
    assert changed["media"] == {"meter.png": "changed"}
    assert trainer.run("build", "--locked").returncode == 1
    trainer.release(1_700_000_100)
    progress, reviews = learner.progress(), learner.reviews()
    assert learner.import_package(trainer.folder / "dist/demo-1.0.1.apkg") == Log(0, 1, 1, 0)
    (name,) = re.findall('<img src="([^"]*)"', learner.render("a")[1])
    assert learner.media()[name] == new
    # What nothing shows any more, Anki's own check of media finds.
    assert learner.faults() == [old]
    assert (learner.progress(), learner.reviews()) == (progress, reviews)
    assert learner.fields("b")["Extra"] == "mine"


def test_a_note_that_did_not_change_keeps_its_picture_when_another_note_is_released(
    trainer: Trainer, learner: Learner
) -> None:
    write(trainer, meter_png=PNG)
    trainer.release(1_700_000_000)
    trainer.write("content/demo/1.md", DECK.replace("\nB\n", "\nC\n"))
    trainer.release(1_700_000_100)
    package = trainer.folder / "dist/demo-1.0.1.apkg"
    assert list(members(package).values()) == [PNG]
    learner.import_package(package)
    assert learner.faults() == []


def test_a_note_may_gain_and_lose_a_picture(trainer: Trainer) -> None:
    write(trainer, meter_png=PNG)
    trainer.release(1_700_000_000)
    trainer.write("content/demo/1.md", DECK.replace("(media/meter.png)", "(media/new.png)"))
    trainer.write("content/demo/media/new.png", PNG + b"\0")
    lines = trainer.run("diff").stdout.splitlines()
    assert "      media: meter.png gone" in lines
    assert "      media: new.png new" in lines


def test_an_svg_is_published_without_what_runs_or_is_fetched(trainer: Trainer) -> None:
    write(trainer, DECK.replace("png", "svg"), meter_svg=HOSTILE)
    (data,) = members(trainer.build(1_700_000_000)).values()
    for danger in (b"script", b"on", b"foreign", b"javascript", b"example.org"):
        assert danger not in re.sub(b"<[?].*?>|version", b"", data), danger
    assert b'<circle fill="red" r="3"/>' in data


def test_an_svg_with_the_lines_of_windows_is_the_same_file(trainer: Trainer) -> None:
    write(trainer, DECK.replace("png", "svg"), meter_svg=SVG)
    first = members(trainer.build(1_700_000_000))
    trainer.write("content/demo/media/meter.svg", SVG.replace(b"\n", b"\r\n"))
    assert members(trainer.build(1_700_000_000)) == first


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.png", b"", "this file is empty; save it again, or delete it"),
        ("a.png", MP3, 'the content of this file is not what ".png" says; save it again in'),
        ("a.mp3", PNG, 'the content of this file is not what ".mp3" says; save it again in'),
        ("a.png", b"version https://git-lfs.github.com/spec/v1\n", "it is only a Git LFS pointer"),
        ("a.psd", b"8BPS", 'not every Anki can show a file that ends in ".psd"; save it as png'),
        ("a.html", b"<p>", 'not every Anki can show a file that ends in ".html"'),
        ("a", PNG, 'not every Anki can show a file that ends in ""'),
        ("a.svg", b"<svg", "this file is not a complete SVG"),
        ("a.svg", b"<html></html>", "this file is not a complete SVG"),
        (
            "a.svg",
            b"<!DOCTYPE x [<!ENTITY a 'aa'><!ENTITY b '&a;&a;'>]><x>&b;</x>",
            "not a complete SVG",
        ),
        pytest.param(
            "a.png",
            b"\x89PNG\r\n\x1a\n" + bytes(LARGEST_MEDIA),
            "this file has more than 20 MB",
            id="too large",  # pytest would name it after all of its bytes
        ),
    ],
)
def test_a_file_that_no_card_can_show_is_an_error(
    trainer: Trainer, name: str, data: bytes, message: str
) -> None:
    trainer.write_package(DECK.replace("meter.png", name))
    trainer.write(f"content/demo/media/{name}", data)
    result = trainer.run("build")
    assert result.returncode == 1
    assert result.told.startswith(f"content/demo/media/{name}: ")
    assert message in result.told
    assert result.told.count("\n") == len(("the problem", "its rule", "what became of it"))
    assert not list(trainer.folder.glob("dist/*"))


def test_files_that_burden_learners_or_are_not_used_are_warnings(trainer: Trainer) -> None:
    deck = DECK + "\n![x](media/twin.png)\n"
    write(trainer, deck, meter_png=PNG + bytes(LARGE), twin_png=PNG + bytes(LARGE), other_psd=b"8B")
    trainer.write("content/demo/media/.DS_Store", b"x")
    result = trainer.run("check")
    assert result.returncode == 0
    folder = "content/demo/media"
    assert [line for line in result.told.splitlines() if not line.startswith(" ")] == [
        f"{folder}/meter.png: warning: this file has 1.0 MB, which every learner downloads; "
        "save it smaller: 1000 pixels are enough for a picture, 96 kbit/s for speech",
        f"{folder}/other.psd: warning: no note uses this file; show it on a card, or move it out "
        "of the folder",
        f"{folder}/twin.png: warning: this file has 1.0 MB, which every learner downloads; "
        "save it smaller: 1000 pixels are enough for a picture, 96 kbit/s for speech",
        f'{folder}/twin.png: warning: this file is the same as "media/meter.png"; keep one, so '
        "that learners download it only once",
        "0 errors, 4 warnings; next: ankibuild diff",
    ]


def test_a_lone_file_finds_its_media_beside_it(trainer: Trainer, learner: Learner) -> None:
    trainer.write("deck.md", DECK)
    trainer.write("media/meter.png", PNG)
    trainer.write("media/of-another-file.png", PNG + b"\0")
    assert "media" not in trainer.run("check", "deck.md").told
    learner.import_package(trainer.build(1_700_000_000, "deck.md"))
    assert list(learner.media().values()) == [PNG]


def test_no_link_leads_out_of_the_package(trainer: Trainer) -> None:
    secret = trainer.write("secret.png", PNG)
    write(trainer)
    folder = trainer.folder / "content/demo/media"
    folder.mkdir()
    make_link(folder / "meter.png", secret)
    make_link(folder / "more", trainer.folder)
    make_link(folder / "self.png", folder / "self.png")
    deck = DECK + "\n![x](media/self.png) ![y](media/more/secret.png)\n"
    trainer.write("content/demo/1.md", deck)
    result = trainer.run("build")
    assert result.returncode == 1
    assert "media/meter.png: this link leaves the package; put the file itself" in result.told
    assert "media/more: this is a link to another folder; put the files" in result.told
    assert "media/self.png: this file cannot be read (" in result.told
    assert 'the file "media/more/secret.png" is missing' in result.told


def test_what_is_no_file_or_may_not_be_read_is_an_error(trainer: Trainer) -> None:
    user = without_privileges()
    write(trainer, DECK + "\n![x](media/pipe.png)\n", meter_png=PNG)
    folder = trainer.folder / "content/demo/media"
    (folder / "meter.png").chmod(0)
    os.mkfifo(folder / "pipe.png")
    result = trainer.run("build", prefix=user)
    assert result.returncode == 1
    assert "media/meter.png: this file cannot be read (Permission denied); check" in result.told
    assert "media/pipe.png: this is not a plain file; put a plain file" in result.told
    folder.chmod(0)
    result = trainer.run("build", prefix=user)
    folder.chmod(0o700)
    assert "content/demo/media: this folder cannot be read (Permission denied)" in result.told


def test_what_stands_in_the_words_of_a_picture_is_no_picture(trainer: Trainer) -> None:
    deck = DECK.replace("A meter", "A {{c1::x}} ![y](media/meter.svg) ![z](media/none.png)")
    write(trainer, deck, meter_png=PNG, meter_svg=SVG)
    assert "media/meter.svg: warning: no note uses this file" in trainer.run("check").told
    assert list(members(trainer.build(1_700_000_000)).values()) == [PNG]


def test_names_of_any_language_become_names_for_every_disk(
    trainer: Trainer, learner: Learner
) -> None:
    names = ("Zähler Ä.PNG", "メーター.png", "50% [a] & b.png", "a" * 100 + ".png", "_x.png")
    pictures = "\n".join(f"![x](<media/{name}>)" for name in names)
    trainer.write_package(DECK.replace("![A meter](media/meter.png)", pictures))
    for number, name in enumerate(names):
        trainer.write(f"content/demo/media/{name}", PNG + bytes(number))
    learner.import_package(trainer.build(1_700_000_000))
    assert learner.faults() == []
    assert sorted(map(plain_names, learner.media())) == [
        *("50-a-b.png", "a" * 60 + ".png", "media.png", "x.png", "z-hler.png"),
    ]


def test_names_that_differ_only_in_their_case_are_an_error(trainer: Trainer) -> None:
    write(trainer, DECK + "\n![x](media/Meter.png)\n", meter_png=PNG, Meter_png=PNG + b"\0")
    result = trainer.run("build")
    assert result.returncode == 1
    assert 'the name differs from "media/Meter.png" only in upper and lower case' in result.stderr


def test_a_picture_is_read_as_its_words_in_a_list_of_changes(trainer: Trainer) -> None:
    write(trainer, DECK, meter_png=PNG)
    trainer.release(1_700_000_000)
    write(trainer, DECK.replace("What is it?", "![Which part?](media/meter.png)"), meter_png=PNG)
    package = ankibuild.load(trainer.folder / "content/demo")
    assert package.media == {"meter-418a0de56f3d.png": PNG}
    assert "  changed: a: [Which part?]" in trainer.run("diff").stdout


@pytest.mark.parametrize(
    "picture",
    [
        '![x" onerror="alert(1)](media/meter.png)',
        "![x](media/meter.png 'x\" onload=\"alert(1)')",
        '![x](media/meter.png){width="9%" onerror="alert(1)"}',
        "![<script>alert(1)</script>](media/meter.png)",
        '![x](<media/meter.png" onerror="alert(1)>)',
        "![x](javascript:alert(1))",
        "![](<media/greeting.mp3]<script>alert(1)</script>>)",
    ],
)
def test_nothing_about_a_picture_runs(picture: str) -> None:
    media = {
        path: make_media(path, path, PNG) for path in ("media/meter.png", "media/greeting.mp3")
    }
    found: list[tuple[str, str]] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.extend((tag, name) for name, _ in (*attrs, ("", "")))

    source = Fragment(path="x", line=1, column=1, text=picture)
    Parser().feed(render_block(source, media).html)
    known = {*(("img", name) for name in ("src", "alt", "title", "width", "")), ("p", "")}
    assert ("p", "") in found
    assert set(found) <= known
