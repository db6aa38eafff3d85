"""A build: the package as it would be released, or the last release again."""

import json
import re
import shutil

import pytest

from tests.helpers.demo import DAY, EDITED, FIRST, START, forge_lock, import_release, with_checksum
from tests.helpers.learner import Learner, Log
from tests.helpers.trainer import SETTINGS, Trainer, copy_media


def test_a_dev_build_does_not_keep_the_release_from_arriving(
    published: Trainer, studied: Learner
) -> None:
    published.write_package(FIRST.replace("counts energy", "counts watts") + "\n## A? {#a}\n\nB\n")
    result = published.run("build", SOURCE_DATE_EPOCH=str(START + DAY))
    assert "dist/demo-1.1.0-dev.apkg" in result.stdout
    assert "  a draft: try it in an Anki profile" in result.stdout
    assert import_release(studied, published, "1.1.0-dev") == Log(1, 1, 3, 0)
    published.write_package(EDITED + "\n## A? {#a}\n\nC\n")
    published.release(START + 2 * DAY)
    assert import_release(studied, published, "1.1.0") == Log(0, 2, 3, 0)
    assert studied.fields("meter")["Back"] == "<p>It counts kilowatt-hours.</p>"
    assert studied.fields("a")["Back"] == "<p>C</p>"
    assert studied.faults() == []


def test_build_with_nothing_pending_is_the_release_again(published: Trainer) -> None:
    dist = published.folder / "dist"
    before = {path.name: path.read_bytes() for path in dist.iterdir()}
    names = {f"demo-1.0.0.{end}" for end in ("apkg", "json", "md", "lock")}
    assert set(before) == {*names, "SHA256SUMS", "index.html", "index.json"}
    shutil.rmtree(dist)
    result = published.run("build", "--locked")
    assert result.returncode == 0, result.stderr
    assert "as released: the content is the same" in result.stdout
    assert {path.name: path.read_bytes() for path in dist.iterdir()} == before


def test_build_locked_fails_and_lists_what_is_pending(published: Trainer) -> None:
    published.write_package(EDITED)
    shutil.rmtree(published.folder / "dist")
    result = published.run("build", "--locked")
    assert result.returncode == 1
    assert "demo: 1.0.0 → 1.0.1" in result.stderr
    assert "changed: meter: What is a meter?" in result.stderr
    assert not (published.folder / "dist").exists()


def test_another_look_than_the_recorded_one_is_said(published: Trainer) -> None:
    lock = published.folder / "content/demo/package.lock"
    content = json.loads((published.folder / "dist/demo-1.0.0.json").read_text())["content"]
    forge_lock(lock, lambda line: line.replace(content, "0" * 32))
    result = published.run("build")
    assert result.returncode == 0
    assert "not as released" in result.stderr
    assert published.run("build", "--locked").returncode == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"media":{"meter-418a0de56f3d.png":"418a', '"media":{"meter-418a0de56f3d.png":"518a'),
        ('"tags":["green"]', '"tags":["red"]'),
        (f'"changed":{START}', f'"changed":{START - 1}'),
        (f'"look":"([0-9a-f]*)","changed":{START}', f'"look":"\\1","changed":{START - 1}'),
        ('"nid":1', '"nid":2'),
        ("It counts energy.", "It counts."),
        ('"name":"demo front-back', '"name":"our front-back'),
        ('"summary":"Notes', '"summary":"All notes'),
    ],
)
def test_a_release_is_not_as_released_when_anything_in_it_differs(
    trainer: Trainer, old: str, new: str
) -> None:
    picture = "\n## What is drawn? {#drawn}\n\n![A meter](media/meter.png)\n"
    trainer.write_package(FIRST.replace("{#meter}", '{#meter tags="green"}') + picture)
    copy_media(picture, trainer.folder / "content/demo")
    trainer.release(START)
    assert trainer.run("build", "--locked").returncode == 0
    lock = trainer.folder / "content/demo/package.lock"
    text = lock.read_text("utf-8")
    pattern = old if "(" in old else re.escape(old)
    forged = re.sub(pattern, new, text, count=1)
    assert forged != text
    lock.write_text(with_checksum(forged), "utf-8")
    assert trainer.run("diff").stdout == "demo 1.0.0: nothing to release\n"
    result = trainer.run("build")
    assert "not as released" in result.stderr
    assert trainer.run("build", "--locked").returncode == 1


DECK = "# Deck\n\n## Question {#question}\n\nAnswer.\n"


def test_build_says_what_is_inside_and_where(trainer: Trainer) -> None:
    trainer.write_package(DECK, "# More\n\n## A {.reversed}\n\nB\n\n## C\n\n{{c1::D}} {{c2::E}}\n")
    result = trainer.run("build")
    assert result.returncode == 0
    first, *rest = result.stdout.splitlines()
    assert first.startswith("dist/demo-0.1.0-dev.apkg (")
    assert rest == [
        "  Demo::Deck: 1 note, 1 card",
        "  Demo::More: 2 notes, 4 cards",
        "  a draft: try it in an Anki profile of its own (File > Switch Profile), because notes "
        "that you remove before the release stay where a draft was imported",
        "next: ankibuild pin",
    ]
    assert "content/demo/2.md:3:4: warning: 2 notes have no id yet" in result.stderr


def test_a_failed_build_writes_nothing_and_leaves_the_last_package(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    package = trainer.build(1_700_000_000)
    before = package.read_bytes()
    trainer.write_package(DECK + "\n## Empty {#empty}\n")
    trainer.write(
        "content/good/package.toml", SETTINGS.replace("0f0c", "1f0c").replace("demo", "g")
    )
    trainer.write("content/good/1.md", DECK)
    result = trainer.run("build")
    assert result.returncode == 1
    assert "content/demo/1.md:7:4: the answer is empty" in result.told
    assert [*(trainer.folder / "dist").iterdir()] == [package]
    assert package.read_bytes() == before
