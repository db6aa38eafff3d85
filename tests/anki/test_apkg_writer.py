"""The package file: the same bytes everywhere, and what Anki needs in it."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ankibuild.anki.note_types import FIELDS, TEMPLATES
from tests.helpers.learner import Learner
from tests.helpers.packages import open_database
from tests.helpers.places import CASES
from tests.helpers.trainer import SETTINGS, Trainer

TIME = 1_700_000_000


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("build",), {"demo-0.1.0-dev.apkg", "tier-1-0.1.0-dev.apkg"}),
        (
            ("release", "--time", str(TIME)),
            {
                *(f"demo-1.0.0.{end}" for end in ("apkg", "json", "md", "lock")),
                *(f"tier-1-1.0.0.{end}" for end in ("apkg", "json", "md", "lock")),
                *("SHA256SUMS", "index.html", "index.json", "package.lock"),
            },
        ),
    ],
)
def test_the_same_sources_and_time_give_the_same_bytes_anywhere(
    tmp_path: Path, arguments: tuple[str, ...], names: set[str]
) -> None:
    sums: dict[str, set[str]] = {}
    for place, umask, hash_seed, zone in (
        ("a", 0o022, "0", "UTC"),
        ("some/deeper/folder", 0o077, "4242", "Pacific/Auckland"),
    ):
        trainer = Trainer(tmp_path / place)
        trainer.write_package(
            '# A\n\n## B {#b tags="y x"}\n\nC\n\n## H {#h}\n\n{{c1::I}} j\n',
            "# D\n\n## E {#e}\n\n{{c1::F}} g\n\n## K {#k}\n\nL\n",
        )
        shutil.copytree(CASES / "seed", trainer.folder / "content/tier-1")
        for file in trainer.folder.rglob("*.*"):
            os.utime(file, (int(hash_seed) * 1000, int(hash_seed) * 1000))
        before = os.umask(umask)
        result = trainer.run(
            *arguments, SOURCE_DATE_EPOCH=str(TIME), PYTHONHASHSEED=hash_seed, TZ=zone
        )
        os.umask(before)
        assert result.returncode == 0, result.stderr
        written = [*trainer.folder.glob("dist/*"), *trainer.folder.glob("content/demo/*.lock")]
        for file in written:
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            sums.setdefault(file.name, set()).add(digest)
    assert sums.keys() == names
    assert all(len(each) == 1 for each in sums.values())


def test_no_temporary_file_is_left_behind(trainer: Trainer, tmp_path: Path) -> None:
    (tmp_path / "temporary").mkdir()
    trainer.write_package("# A\n\n## B\n\nC\n")
    result = trainer.run("build", TMPDIR=str(tmp_path / "temporary"))
    assert result.returncode == 0, result.stderr
    assert list((tmp_path / "temporary").iterdir()) == []
    assert [path.name for path in (trainer.folder / "dist").iterdir()] == ["demo-0.1.0-dev.apkg"]


def test_members_are_deflated_and_carry_no_date_or_owner(trainer: Trainer) -> None:
    trainer.write_package("# A\n\n## B\n\nC\n")
    members = zipfile.ZipFile(trainer.build(TIME)).infolist()
    assert [each.filename for each in members] == ["collection.anki2", "media"]
    assert {each.compress_type for each in members} == {zipfile.ZIP_DEFLATED}
    assert {each.date_time for each in members} == {(1980, 1, 1, 0, 0, 0)}
    assert {each.create_system for each in members} == {3}
    # Who unpacks it may read it, whatever the builder's own habits are.
    assert {each.external_attr >> 16 for each in members} == {0o644}


def test_rows_carry_the_time_of_the_build_and_the_order_of_the_source(trainer: Trainer) -> None:
    trainer.write_package("# A\n\n## B {.reversed}\n\nC\n\n## D\n\nE\n")
    rows = open_database(trainer.build(TIME))
    notes = rows.execute("select sfld, mod from notes order by rowid").fetchall()
    assert sorted(notes) == [("B", TIME), ("D", TIME)]
    cards = "select sfld, ord, due from cards c join notes n on n.id = nid order by due, ord"
    assert rows.execute(cards).fetchall() == [("B", 0, 1), ("B", 1, 1), ("D", 0, 2)]
    # Nobody can have studied a card before: synchronising would keep the later one.
    cards = "select c.mod - c.nid / 1000, n.mod - c.mod > 0 from cards c join notes n on n.id = nid"
    assert set(rows.execute(cards)) == {(0, True)}
    assert rows.execute("pragma integrity_check").fetchall() == [("ok",)]
    assert rows.execute("select count(*) from sqlite_master where type = 'index'").fetchone() == (
        0,
    )
    (models,) = rows.execute("select models from col").fetchone()
    assert [each["mod"] for each in json.loads(models).values()] == [TIME]


def test_decks_come_in_the_order_that_their_files_say(trainer: Trainer, learner: Learner) -> None:
    trainer.write_package(
        "# One\n\n## B\n\nC\n",
        "---\norder: 2\n---\n\n# Two\n\n## D\n\nE\n",
        "---\norder: 1\ndeck: Three::Sub\ntags: [x]\n---\n\n# Three\n\n## F\n\nG\n",
    )
    learner.import_package(trainer.build(TIME))
    due = {name: each.due for (name, _), each in learner.progress().items()}
    assert due == {"f": 1, "d": 2, "b": 3}
    assert "Demo::Three::Sub" in learner.deck_names()
    assert learner.notes()["f"].tags == ["x"]


@pytest.mark.parametrize("name", ["Default", "DEFAULT"])
def test_a_deck_called_default_is_the_one_that_every_anki_has(
    trainer: Trainer, learner: Learner, name: str
) -> None:
    texts = f"# {name}\n\n## B {{#b}}\n\nC\n", "# Part\n\n## D {#d}\n\nE\n"
    trainer.write_package(*texts, settings=SETTINGS.replace("Demo", name))
    for time in (TIME, TIME + 60):
        learner.import_package(trainer.build(time))
        assert {each.casefold() for each in learner.deck_names()} == {"default", "default::part"}
        decks = {each.deck.casefold() for each in learner.progress().values()}
        assert decks == {"default", "default::part"}


def test_the_decks_description_travels_with_the_file(trainer: Trainer, learner: Learner) -> None:
    settings = (
        'id = "demo"\nkey = "0f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e"\ntitle = "Demo <1>"\n'
        'description = "For <b> & you"\nauthors = ["Ann", "Bob"]\nlicense = "CC BY 4.0"\n'
        'tags = ["all"]\nfeedback = "help@example.org"\nlanguage = "en"\n'
    )
    trainer.write_package("# A\n\nAbout *this* deck.\n\n## B\n\nC\n", settings=settings)
    learner.import_package(trainer.build(TIME))
    decks = {name: learner.collection.decks.by_name(name) for name in learner.deck_names()}
    root, child = decks["Demo <1>"], decks["Demo <1>::A"]
    assert root
    assert child
    assert "For &lt;b&gt; &amp; you" in root["desc"]
    assert "Version 0.1.0-dev, 14 November 2023." in root["desc"]
    assert "import" in root["desc"]
    assert "your progress is kept" in root["desc"]
    assert "Ann, Bob · CC BY 4.0" in root["desc"]
    assert child["desc"] == "<p>About <em>this</em> deck.</p>"
    assert learner.notes()["b"].tags == ["all"]
    back = learner.render("b")[1]
    assert 'href="mailto:help@example.org?subject=demo/b"' in back
    assert 'lang="en"' in back


def test_a_lone_file_builds_with_a_provisional_identity(trainer: Trainer, learner: Learner) -> None:
    trainer.write("My Notes.md", "# A\n\nAbout this deck.\n\n## B\n\nC\n")
    result = trainer.run("build", "My Notes.md")
    assert result.returncode == 0
    assert "has no lasting identity" in result.stdout
    learner.import_package(trainer.folder / "dist/my-notes-0.1.0-dev.apkg")
    assert learner.progress()["b", 0].deck == "A"
    deck = learner.collection.decks.by_name("A")
    assert deck
    assert "About this deck." in deck["desc"]


def test_windows_files_scripts_of_the_world_and_emoji_arrive_whole(
    trainer: Trainer, learner: Learner
) -> None:
    text = (
        "\ufeff---\r\ntags: [módulo-1]\r\n---\r\n\r\n# 单元\t一\r\n\r\n"
        "##\t日本語は？ {#ja}\r\n\r\n\tはい\r\n\r\n"
        "## مرحبا {#ar}\r\n\r\nأهلا وسهلا\r\n\r\n"
        "## 👩🏽‍🔧 {#emoji}\r\n\r\n1. ⚡\r\n2.\tтест\r\n"
    )
    trainer.write_package(text)
    learner.import_package(trainer.build(TIME))
    assert learner.fields("ja")["Front"] == "日本語は？"
    assert "はい" in learner.fields("ja")["Back"]
    assert learner.fields("ar")["Back"] == "<p>أهلا وسهلا</p>"
    assert learner.fields("emoji")["Front"] == "👩🏽‍🔧"
    assert learner.fields("emoji")["Back"] == "<ol>\n<li>⚡</li>\n<li>тест</li>\n</ol>"
    assert learner.notes()["ja"].tags == ["módulo-1"]
    assert "Demo::单元 一" in learner.deck_names()
    assert learner.faults() == []


def test_the_ids_of_fields_and_card_templates_reach_anki(
    trainer: Trainer, learner: Learner
) -> None:
    trainer.write_package("# A\n\n## B {#b}\n\nC\n\n## D {#d}\n\n{{c1::E}} f\n")
    learner.import_package(trainer.build(TIME))
    for kind, name in (("b", "front-back"), ("d", "cloze")):
        note_type = learner.notes()[kind].note_type()
        assert note_type
        assert [(each["name"], each["id"]) for each in note_type["flds"]] == [*FIELDS[name]]
        assert [(each["name"], each["id"]) for each in note_type["tmpls"]] == [*TEMPLATES[name]]


def test_a_deck_counts_nothing_as_done_today(trainer: Trainer) -> None:
    trainer.write_package("# A\n\n## B {#b}\n\nC\n")
    decks = json.loads(
        open_database(trainer.build(TIME)).execute("select decks from col").fetchone()[0]
    )
    (deck,) = (each for each in decks.values() if each["name"] == "Demo::A")
    for name in ("lrnToday", "newToday", "revToday", "timeToday"):
        assert deck[name] == [0, 0]


def test_others_in_the_process_find_genanki_as_it_is() -> None:
    code = (
        "import ankibuild; ankibuild.build; import genanki, yaml;"
        "model = genanki.Model(1, 'x', fields='- name: A', templates=[]);"
        "print(model.fields, yaml.safe_load('[1]'))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout == "[{'name': 'A'}] [1]\n"


def test_no_version_of_sqlite_is_left_in_the_bytes(trainer: Trainer) -> None:
    trainer.write_package("# A\n\n## B {#b}\n\nC\n")
    database = zipfile.ZipFile(trainer.build(TIME)).read("collection.anki2")
    # https://www.sqlite.org/fileformat.html: at 96 stands the version that wrote the file last.
    assert database[96:100] == bytes(4)
    assert database.startswith(b"SQLite format 3\0")


MASKS = "```occlusion\n![A meter](media/meter.png)\ndisplay: 32, 17, 36, 16\n```"


def models_of(path: Path) -> dict[str, dict[str, Any]]:
    (text,) = open_database(path).execute("select models from col").fetchone()
    return {each["name"]: each for each in json.loads(text).values()}


def test_a_note_type_is_what_anki_takes_it_for(trainer: Trainer) -> None:
    picture = (CASES / "media/meter.png").read_bytes()
    trainer.write("content/demo/media/meter.png", picture)
    text = f"## B {{#b}}\n\nC\n\n## D {{#d}}\n\n{{{{c1::E}}}} f\n\n## G {{#g}}\n\n{MASKS}\n"
    trainer.write_package(f"# A\n\n{text}")
    path = trainer.build(TIME)
    models = models_of(path)
    plain, cloze, masks = (
        models[f"demo {kind} (ankibuild)"] for kind in ("front-back", "cloze", "image-occlusion")
    )
    assert [each["type"] for each in (plain, cloze, masks)] == [0, 1, 1]
    # 6 is image occlusion; the browser lists the heading, and the mask editor knows its five.
    assert [each.get("originalStockKind", 0) for each in (plain, cloze, masks)] == [0, 0, 6]
    assert [each["sortf"] for each in (plain, cloze, masks)] == [0, 0, 2]
    assert masks["flds"][2]["name"] == "Header"
    assert [each.get("tag") for each in masks["flds"]] == [0, 1, 2, 3, 4, *[None] * 8]
    assert {each.get("tag") for model in (plain, cloze) for each in model["flds"]} == {None}
    decks = json.loads(open_database(path).execute("select decks from col").fetchone()[0])
    assert {decks[str(each["did"])]["name"] for each in models.values()} == {"Demo::A"}
    with zipfile.ZipFile(path) as file:
        (name,) = json.loads(file.read("media")).values()
        assert name.startswith("meter-")
        assert file.read("0") == picture


def test_a_carried_note_type_goes_as_it_came_but_for_its_time(trainer: Trainer) -> None:
    look = {"font": "Arial", "size": 20, "sticky": False, "rtl": False}
    record = {
        "id": 1_600_000_000_000,
        "name": "Basic",
        "type": 0,
        "css": ".card { color: red }",
        "sortf": 1,
        "latexPre": "preamble",
        "mod": 5,
        "usn": 7,
        "flds": [{"name": "Front", "ord": 0} | look, {"name": "Back", "ord": 1} | look],
        "tmpls": [{"name": "Card 1", "ord": 0, "qfmt": "{{Front}}", "afmt": "{{Back}}", "x": 1}],
    }
    trainer.write("content/demo/note-types/basic.json", json.dumps(record))
    trainer.write_package('# A\n\n## B {#b guid="x" note-type="basic" tags="z y"}\n\nC\n')
    path = trainer.build(TIME)
    model = models_of(path)["Basic"]
    assert {key: model[key] for key in record} == record | {"mod": TIME, "usn": model["usn"]}
    row = "select guid, mid, usn, tags, sfld, flags, data from notes"
    assert open_database(path).execute(row).fetchall() == [
        ("x", record["id"], -1, " y z ", "B", 0, "")
    ]
    row = "select usn, type, queue, ivl, reps, odid, flags, data from cards"
    assert open_database(path).execute(row).fetchall() == [(-1, 0, 0, 0, 0, 0, 0, "")]
