"""A rehearsal shows in a real Anki what an update does to a learner, with any tool's packages."""

import json
import shutil
from pathlib import Path
from typing import Any

import genanki
import pytest

from ankibuild.core.installed import how_to_install
from tests.helpers.demo import DAY, START
from tests.helpers.trainer import SETTINGS, Trainer

FIRST = """\
# Module 1

## What is a meter? {#meter .reversed}

It counts energy.

## What is a tariff? {#tariff}

A list of prices.

## The moon {#moon}

The {{c1::moon}} orbits the {{c2::blue earth}}.
"""


@pytest.fixture
def trainer(trainer: Trainer) -> Trainer:
    """Return a trainer who has installed Anki's library."""
    trainer.has_anki = True
    return trainer


@pytest.fixture
def published(trainer: Trainer) -> Trainer:
    trainer.write_package(FIRST)
    trainer.release(START)
    return trainer


def rehearse(trainer: Trainer, *arguments: str) -> dict[str, Any]:
    """Return the one rehearsal; its exit code tells whether something is lost."""
    result = trainer.run("rehearse", "--format", "json", *arguments)
    (rehearsal,) = json.loads(result.stdout)["rehearsals"]
    assert result.returncode == (1 if rehearsal["lost"] else 0)
    assert isinstance(rehearsal, dict)
    return rehearsal


def test_the_next_release_is_rehearsed_from_the_lock_and_the_sources(published: Trainer) -> None:
    published.write_package(
        FIRST.replace("counts energy", "counts kilowatt-hours") + "\n## New? {#new}\n\nYes.\n"
    )
    for path in (published.folder / "dist").iterdir():
        path.unlink()
    assert published.run("rehearse").stdout == (
        "nothing is lost: demo 1.0.0 → demo-1.1.0-dev.apkg\n"
        "  new notes                1\n"
        "  updated                  1\n"
        "  left alone               2\n"
        "  new cards                1\n"
        "  progress kept            5 of 5 cards\n"
        "  reviews kept             5 of 5\n"
        "  own edits and tags kept  2 of 2 unchanged notes\n"
        "  own decks kept           2 of 2 moved cards\n"
        "  note types               demo cloze (ankibuild), demo front-back (ankibuild)\n"
    )
    assert not list((published.folder / "dist").iterdir())


def test_a_first_release_is_rehearsed_with_a_new_learner(trainer: Trainer) -> None:
    trainer.write_package(FIRST)
    assert trainer.run("rehearse").stdout.startswith(
        "nothing is lost: a new learner → demo-0.1.0-dev.apkg\n  new notes                3\n"
    )


def test_cards_that_go_and_notes_that_are_retired_are_told_and_are_no_loss(
    published: Trainer,
) -> None:
    tariff = FIRST[FIRST.index("## What is a tariff") : FIRST.index("## The moon")]
    text = FIRST.replace(" .reversed", "").replace("{{c2::blue earth}}", "earth")
    published.write_package(text.replace(tariff, ""), settings=SETTINGS + 'retired = ["tariff"]\n')
    rehearsal = rehearse(published)
    assert rehearsal["without_content"] == ["demo/meter, card 2", "demo/moon, card 2"]
    assert rehearsal["remarks"] == ["gone from the package, and kept by learners: 1 (demo/tariff)"]
    assert rehearsal["progress"] == {"kept": 5, "of": 5}
    lines = published.run("rehearse").stdout.splitlines()
    assert lines[0].startswith("nothing is lost: demo 1.0.0 → ")
    assert "  cards without content    2" in lines
    assert "    on notes that left     1 of these" in lines
    assert "  without content: demo/moon, card 2" in lines
    assert "  remark: gone from the package, and kept by learners: 1 (demo/tariff)" in lines
    published.release(START + DAY)


def test_two_releases_can_be_rehearsed_after_the_fact(published: Trainer) -> None:
    published.write_package(FIRST.replace("energy", "power"))
    published.release(START + DAY)
    rehearsal = rehearse(published, "dist/demo-1.0.0.apkg", "dist/demo-1.0.1.apkg")
    assert (rehearsal["updated"], rehearsal["left_alone"], rehearsal["lost"]) == (1, 2, [])


def test_a_manifest_that_disagrees_with_its_package_is_found(published: Trainer) -> None:
    manifest = published.folder / "dist/demo-1.0.0.json"
    content = json.loads(manifest.read_text("utf-8"))
    del content["notes"][0]
    manifest.write_text(json.dumps(content), "utf-8")
    rehearsal = rehearse(published, "dist/demo-1.0.0.apkg", "dist/demo-1.0.0.apkg")
    assert rehearsal["lost"] == ["notes that differ between package and manifest: 1 (demo/meter)"]
    lines = published.run("rehearse", *2 * ["dist/demo-1.0.0.apkg"]).stdout.splitlines()
    assert lines[:2] == [
        "something is lost: dist/demo-1.0.0.apkg → dist/demo-1.0.0.apkg",
        "  lost: notes that differ between package and manifest: 1 (demo/meter)",
    ]


def test_a_release_that_a_learner_would_lose_by_is_stopped(published: Trainer) -> None:
    tool = published.folder / "tool"
    shutil.copytree("ankibuild", tool / "ankibuild")
    edition = tool / "ankibuild/releases/edition.py"
    text = edition.read_text("utf-8")
    broken = text.replace("modified = published.changed", "modified = lock.releases[0].time")
    assert broken != text
    edition.write_text(broken, "utf-8")
    published.write_package(FIRST.replace("counts energy", "counts kilowatt-hours"))
    before = {path: path.read_bytes() for path in published.folder.rglob("*") if path.is_file()}
    result = published.run("release", PYTHONPATH=str(tool), PYTHONDONTWRITEBYTECODE="1")
    assert result.returncode == 1
    assert result.told == (
        "content/demo: a learner would lose changes that do not arrive: 1 (demo/meter); "
        "nothing was written; ankibuild rehearse says more\n    [learner-loss]\n"
        "1 error: nothing was released\n"
    )
    assert before == {
        path: path.read_bytes() for path in published.folder.rglob("*") if path.is_file()
    }


def test_without_anki_a_release_says_so_and_a_rehearsal_tells_the_cure(published: Trainer) -> None:
    published.has_anki = False
    published.write_package(FIRST.replace("energy", "power"))
    result = published.run("rehearse")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.told == (
        "content/demo: a rehearsal needs Anki's own library; install it: "
        f"{how_to_install('rehearse')}\n    [missing-library]\n"
        "1 error: nothing was rehearsed\n"
    )
    result = published.run("release", "--time", str(START + DAY))
    assert result.returncode == 0
    install = how_to_install("rehearse")
    assert (
        result.stderr == f"not tried in Anki, whose library is missing; to install it: {install}\n"
    )
    assert "tried" not in result.stdout


def test_a_release_says_with_which_learner_it_was_tried(trainer: Trainer) -> None:
    trainer.has_anki = True
    trainer.write_package(FIRST)
    first = trainer.run("release", "--time", str(START))
    assert "\n  tried in Anki with a new learner: 3 notes, 5 cards\n" in first.stdout
    trainer.write_package(FIRST.replace("energy", "power"))
    told = "tried in Anki with a learner who has demo 1.0.0: 3 notes, progress on 5 of 5 cards kept"
    assert f"\n  {told}\n" in trainer.run("release", "--dry-run").stdout


def test_what_is_no_package_is_said(published: Trainer) -> None:
    published.write("broken.apkg", b"PK\x05\x06" + bytes(18))
    result = published.run("rehearse", "broken.apkg", "dist/demo-1.0.0.apkg")
    assert result.returncode == 1
    assert result.told.startswith("broken.apkg: Anki does not take this package (")
    assert "Traceback" not in result.told
    assert published.run("rehearse", "dist/demo-1.0.0.apkg").returncode == 2
    assert published.run("rehearse", "dist/demo-1.0.0.apkg", "content").returncode == 2


def write_with_genanki(
    path: Path,
    cards: dict[str, str],
    *,
    guids: bool,
    time: int,
    more_fields: tuple[str, ...] = (),
) -> str:
    """Write a package as a script by hand would, with its own or genanki's GUIDs."""
    names = ("Question", "Answer", *more_fields)
    model = genanki.Model(
        1_607_392_319,
        "By hand",
        fields=[{"name": name} for name in names],
        templates=[{"name": "Card 1", "qfmt": "{{Question}}", "afmt": "{{Answer}}"}],
    )
    deck = genanki.Deck(2_059_400_110, "By hand")
    for question, answer in cards.items():
        guid = genanki.guid_for(question) if guids else None
        fields = [question, answer, *("" for _ in more_fields)]
        deck.add_note(genanki.Note(model=model, fields=fields, guid=guid))
    genanki.Package(deck).write_to_file(path, timestamp=time)
    return path.name


CARDS = {"What is a meter?": "It counts energy.", "What is a tariff?": "A list of prices."}
EDITED = CARDS | {"What is a meter?": "It counts kilowatt-hours."}


@pytest.mark.parametrize(
    ("new", "options", "lost"),
    [
        (EDITED, {}, ["own edits and tags on notes that did not change: 1 (What is a tariff?)"]),
        (
            EDITED,
            {"guids": False},
            [
                "own edits and tags on notes that did not change: 1 (What is a tariff?)",
                "progress left behind on an old note while a new one repeats it: 1 "
                "(What is a meter?)",
            ],
        ),
        (EDITED, {"time": START}, ["changes that do not arrive: 1 (What is a meter?)"]),
        (
            EDITED,
            {"more_fields": ("Source",)},
            [
                "changes that do not arrive: 2 (What is a meter?, What is a tariff?)",
                "updates of notes in conflict, with a second note type: 2",
            ],
        ),
        (
            CARDS | {"What is shown?": '<img src="nothing.png">'},
            {"time": START},
            ["missing media: 1 (nothing.png)"],
        ),
    ],
)
def test_what_another_generator_loses_is_shown(
    trainer: Trainer, new: dict[str, str], options: dict[str, Any], lost: list[str]
) -> None:
    guids = options.get("guids", True)
    first = write_with_genanki(trainer.folder / "1.apkg", CARDS, guids=guids, time=START)
    values = {"guids": True, "time": START + DAY} | options
    second = write_with_genanki(trainer.folder / "2.apkg", new, **values)
    assert rehearse(trainer, first, second)["lost"] == lost


def test_notes_that_are_sent_again_on_purpose_are_no_loss(published: Trainer) -> None:
    published.release(START + DAY, "--restamp", "meter")
    assert "Sent to everyone again" in (published.folder / "dist/demo-1.0.1.md").read_text("utf-8")
