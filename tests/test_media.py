"""Pictures and sounds travel with the cards, and a changed one reaches learners."""

import json
import os
import zipfile
from pathlib import Path

import pytest

from ankibuild.media import make_media_file
from tests.learner import Learner, Log
from tests.pictures import SVG, png, wav
from tests.trainer import SETTINGS, Trainer

START = 1_750_000_000
DAY = 86_400
DECK = """\
# Meters

## ![A dial](media/dial.png) Which meter is this? {#dial}

A *dial* meter: ![](media/N%C3%A4me%20&%20so.wav)

## What stands on it? {#stands}

- {{c1::![A number](media/number.svg){width="50%"}}} and {{c2::a *seal*}}

---

![A seal](<media/a seal.PNG>){width=120px}

## Without any {#none}

Nothing to see.
"""


@pytest.fixture
def written(trainer: Trainer) -> Trainer:
    trainer.write_package(DECK)
    for name, data in (
        ("dial.png", png()),
        ("a seal.PNG", png((0, 0, 9))),
        ("number.svg", SVG),
        ("Näme & so.wav", wav()),
    ):
        trainer.write(f"content/demo/media/{name}", data)
    return trainer


def members(path: Path) -> dict[str, bytes]:
    """Return the media of a package by name."""
    with zipfile.ZipFile(path) as package:
        names = json.loads(package.read("media"))
        return {name: package.read(number) for number, name in names.items()}


def test_a_media_files_name_never_changes() -> None:
    picture, sound = b"\x89PNG\r\n\x1a\n", b"RIFF    WAVE"
    names = {
        "media/meter.png": (picture, "meter-4c4b6a3be131.png"),
        "media/Näme & so.WAV": (sound, "n-me-so-f5d0926f02f8.wav"),
        "media/日本.png": (picture, "media-4c4b6a3be131.png"),
        f"media/{'long' * 40}.png": (picture, f"{'long' * 15}-4c4b6a3be131.png"),
    }
    assert {path: make_media_file(path, data).name for path, (data, _) in names.items()} == {
        path: name for path, (_, name) in names.items()
    }


def test_pictures_and_sounds_arrive_and_are_shown(written: Trainer, learner: Learner) -> None:
    assert written.run("check", "--strict").returncode == 0
    assert learner.import_package(written.build(START)) == Log(3, 0, 0, 0)
    assert learner.faults() == []
    front, back = learner.render("dial")
    assert '<img src="dial-' in front
    assert 'alt="A dial"' in front
    assert "[anki:play:a:0]" in back
    assert learner.fields("dial")["Back"].endswith(".wav]</p>")
    assert learner.render("stands")[0].count("<img") == 0
    assert 'width="50%"' in learner.render("stands")[1]
    assert 'width="120"' in learner.fields("stands")["Extra"]
    assert sorted(learner.progress()) == [("dial", 0), ("none", 0), ("stands", 0), ("stands", 1)]
    media = {each.name for each in Path(learner.collection.media.dir()).iterdir()}
    assert media == set(members(written.build(START)))
    assert all(name.isascii() and name == name.lower() for name in media)


def test_svg_is_cleaned_of_scripts_and_addresses(written: Trainer) -> None:
    (data,) = [each for name, each in members(written.build(START)).items() if "svg" in name]
    assert b'fill="teal"' in data
    for danger in (b"script", b"alert", b"onclick", b"onload", b"example.org"):
        assert danger not in data


def test_a_changed_picture_is_a_changed_note_and_reaches_learners(
    written: Trainer, learner: Learner
) -> None:
    written.release(START)
    learner.import_package(written.folder / "dist/demo-1.0.0.apkg")
    learner.study()
    before = learner.progress()
    written.write("content/demo/media/dial.png", png((1, 2, 3)))
    assert written.run("diff").stdout == (
        "demo: 1.0.0 → 1.0.1\n"
        "  changed: dial: [A dial] Which meter is this?\n"
        "      media: content/demo/media/dial.png is new or changed\n"
    )
    (report,) = json.loads(written.run("diff", "--format", "json").stdout)["packages"]
    (changed,) = report["changed"]
    assert changed["media"]["old"] != changed["media"]["new"]
    written.release(START + DAY)
    package = written.folder / "dist/demo-1.0.1.apkg"
    assert learner.import_package(package) == Log(0, 1, 2, 0)
    (name,) = [name for name in members(package) if name.startswith("dial")]
    assert name in learner.render("dial")[0]
    assert (Path(learner.collection.media.dir()) / name).read_bytes() == png((1, 2, 3))
    assert list(learner.collection.media.check().missing) == []
    assert learner.progress() == before
    assert written.run("build", "--locked").returncode == 0


def test_a_renamed_picture_or_page_changes_nothing_but_what_learners_see(
    written: Trainer,
) -> None:
    written.release(START)
    deck = written.folder / "content/demo/1.md"
    text = deck.read_text("utf-8").replace("](media/", "](../media/").replace("](<", "](<../")
    written.write("content/demo/deep/1.md", text)
    deck.unlink()
    assert written.run("diff").stdout == "demo 1.0.0: nothing to release\n"


def test_a_lone_file_takes_its_pictures_from_the_folder_beside_it(trainer: Trainer) -> None:
    trainer.write("deck.md", "# D\n\n## Q ![a](media/a.png)\n\nA\n")
    trainer.write("media/a.png", png())
    assert trainer.run("build", "deck.md").returncode == 0
    (path,) = trainer.folder.glob("dist/*.apkg")
    assert list(members(path).values()) == [png()]


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("media/dail.png", 'no picture or sound "media/dail.png"; did you mean "media/dial.png"?'),
        ("media/dial.PNG", 'no picture or sound "media/dial.PNG"; did you mean "media/dial.png"?'),
        ("media/dial.bmp", 'there is no picture or sound "media/dial.bmp"; use one of .avif'),
        ("https://example.org/a.png", 'an address on the web; cards must work offline'),
        ("//example.org/a.png", 'an address on the web; cards must work offline'),
        ("data:image/png;base64,AAAA", 'an address on the web; cards must work offline'),
        ("../../secret.png", '"../../secret.png" does not lie in the package; copy it'),
        ("%2e%2e/%2e%2e/secret.png", '"../../secret.png" does not lie in the package; copy it'),
        ("/etc/secret.png", '"/etc/secret.png" does not lie in the package; copy it'),
        ("C:\\\\pictures\\\\a.png", "is an address on the web"),
        ("media\\\\dial.png", '"media\\dial.png" does not lie in the package; copy it'),
        ("", 'there is no picture or sound ""'),
    ],
)  # fmt: skip
def test_a_picture_that_is_not_in_the_package_is_refused(
    trainer: Trainer, address: str, message: str
) -> None:
    trainer.write_package(f"# D\n\n## Q {{#q}}\n\nSee: ![a]({address})\n")
    trainer.write("content/demo/media/dial.png", png())
    trainer.write("content/secret.png", png())
    result = trainer.run("build")
    assert result.returncode == 1
    assert message in result.stderr
    assert result.stderr.startswith("content/demo/1.md:5:6: ")
    assert not (trainer.folder / "dist").exists()


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("empty.png", b"", "this file is empty; save it again, or delete it"),
        ("text.png", b"hello", 'this file is no ".png" inside; save it again in that format'),
        ("text.svg", b"hello", "this file is no SVG picture; save it again as plain SVG"),
        ("open.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><g>", "this file is no SVG picture"),
        ("deep.svg", b"<svg>" + b"<g>" * 90_000, "its groups nest more than 200 deep"),
        (
            "large.wav",
            b"RIFF    WAVE" + bytes(101 * 2**20),
            "this file has more than 100 MiB; make",
        ),
    ],
)
def test_a_file_that_cannot_be_published_is_refused(
    written: Trainer, name: str, data: bytes, message: str
) -> None:
    written.write(f"content/demo/media/{name}", data)
    result = written.run("build")
    assert result.returncode == 1
    assert f"content/demo/media/{name}: {message}" in result.stderr


def test_links_out_of_the_package_and_unreadable_files_are_refused(written: Trainer) -> None:
    outside = written.write("elsewhere/secret.png", png())
    media = written.folder / "content/demo/media"
    (media / "link.png").symlink_to(outside)
    (media / "gone.png").symlink_to("nowhere.png")
    os.mkfifo(media / "pipe.png")
    stderr = written.run("build").stderr
    assert "media/link.png: this link leads out of the package; put the file itself here" in stderr
    assert "media/gone.png: this is no file; put a real one here" in stderr
    assert "media/pipe.png: this is no file; put a real one here" in stderr


def test_what_learners_stumble_over_is_a_warning(trainer: Trainer) -> None:
    trainer.write_package("# D\n\n## Q {#q}\n\nSee ![](media/a.png) and ![]( media/b.wav )\n")
    trainer.write("content/demo/media/a.png", png() + bytes(2**21))
    trainer.write("content/demo/media/b.wav", wav())
    trainer.write("content/demo/media/unused.png", png())
    result = trainer.run("check")
    assert result.returncode == 0
    assert [line for line in result.stderr.splitlines() if line.startswith("content")] == [
        'content/demo/1.md:5:5: warning: the picture "a.png" has no words for who cannot see it; '
        "write them in the brackets: ![A meter](…)",
        "content/demo/media/a.png: warning: this file has more than 2 MiB; learners on the way "
        "wait for it: make it smaller",
        "content/demo/media/unused.png: warning: no note shows or plays this file; delete it, or "
        "show it in a note",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('![a](media/dial.png){height="3"}', '"{height="3"}" after a picture is not understood'),
        ("![a](media/dial.png){width=wide}", '"{width=wide}" after a picture is not understood'),
    ],
)
def test_only_a_width_may_follow_a_picture(trainer: Trainer, text: str, message: str) -> None:
    trainer.write_package(f"# D\n\n## Q {{#q}}\n\n{text}\n")
    trainer.write("content/demo/media/dial.png", png())
    assert message in trainer.run("check").stderr


def test_a_decks_description_has_no_place_for_pictures(trainer: Trainer) -> None:
    trainer.write_package("# D\n\nAbout ![a](media/dial.png)\n\n## Q {#q}\n\nA\n")
    trainer.write("content/demo/media/dial.png", png())
    assert "1.md:3:7: a picture or sound stands in a deck's description; show it in a note" in (
        trainer.run("check").stderr
    )


def test_what_looks_like_a_sound_is_text(trainer: Trainer, learner: Learner) -> None:
    settings = SETTINGS
    trainer.write_package("# D\n\n## Q [sound:a.mp3] {#q}\n\n`[sound:b.mp3]`\n", settings=settings)
    learner.import_package(trainer.build(START))
    assert "[anki:play" not in "".join(learner.render("q"))
    assert learner.faults() == []


def test_the_same_media_give_the_same_bytes(written: Trainer) -> None:
    first = written.build(START).read_bytes()
    media = written.folder / "content/demo/media"
    for path in sorted(media.iterdir(), reverse=True):
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(data)
        os.utime(path, (START, START))
    assert written.build(START).read_bytes() == first
