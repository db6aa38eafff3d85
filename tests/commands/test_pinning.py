"""``pin`` writes ids, and nothing else."""

import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

import ankibuild
from tests.helpers.examples import examples
from tests.helpers.learner import Learner, Log
from tests.helpers.trainer import SETTINGS, Trainer


def test_pin_changes_not_one_other_byte(trainer: Trainer) -> None:
    before = (
        "\ufeff---\r\ntags: [x]\r\n---\r\n# Deck \r\n\r\n##  What is it?  \r\n\r\nThis.\t\r\n\r\n"
        "##\tClosed ##  \r\n\r\nB\r\n\r\n## With {.reversed}\r\n\r\nC\r\n\r\n"
        "## Has one {#has}\r\n\r\nD\r\n"
        "```\r\n## code\r\n```\r\n\r\n##   \r\n\r\n{{c1::E}} f"
    )
    path = trainer.write("content/demo/1.md", before)
    trainer.write("content/demo/package.toml", SETTINGS)
    result = trainer.run("pin")
    assert result.stderr == ""
    assert result.stdout == "content/demo/1.md: 4 ids written\nnext: ankibuild check\n"
    assert path.read_bytes().decode() == before.replace(
        "##  What is it?  \r", "##  What is it? {#what-is-it}  \r"
    ).replace("##\tClosed ##  \r", "##\tClosed {#closed} ##  \r").replace(
        "{.reversed}", "{#with .reversed}"
    ).replace("##   \r\n\r\n{{c1", "## {#deck-1}   \r\n\r\n{{c1")
    assert trainer.run("pin").stdout == "every note has an id already\nnext: ankibuild check\n"


def test_pin_keeps_the_guids_of_builds_made_before_it(trainer: Trainer, learner: Learner) -> None:
    trainer.write_package("# Deck\n\n## What’s it?\n\nA\n\n## C&I {.typed}\n\nB\n")
    learner.import_package(trainer.build(1_700_000_000))
    trainer.run("pin")
    assert learner.import_package(trainer.build(1_700_100_000)) == Log(0, 2, 0, 0)


def test_headings_that_repeat_or_say_nothing_get_readable_unique_ids(trainer: Trainer) -> None:
    trainer.write_package(
        "# Cell Biology\n\n## Note\n\nA\n\n## Note\n\nB\n\n## Note 2\n\nC\n\n## ???\n\nD\n",
        "# 細胞\n\n## ¿?\n\nE\n\n## Taken\n\nF\n\n## Old\n\nG\n\n## X {#taken}\n\nH\n",
        settings=SETTINGS + 'retired = ["old"]\n',
    )
    assert trainer.run("build").returncode == 1
    assert trainer.run("pin").returncode == 0
    package = ankibuild.load(trainer.folder / "content/demo")
    assert [note.note_id for note in package.notes] == [
        *("note", "note-3", "note-2", "cell-biology-1"),
        *("xi-bao-1", "taken-2", "old-2", "taken"),
    ]


def test_ids_of_headings_in_any_form_are_short_and_readable(trainer: Trainer) -> None:
    long = "What is the difference between a meter and a"
    headings = [f"{long} tariff", f"{long} fee", "What is the difference between a meter", "核"]
    headings += ["What is CO<sub>2</sub>?", r"What is $\frac{a}{b}$?", "Un café"]
    deck = "".join(f"## {each}\n\nA\n\n" for each in headings)
    trainer.write_package(f"# Deck\n\n{deck}")
    # Uncut, they are no two alike.
    assert trainer.run("build").returncode == 0
    assert trainer.run("pin").returncode == 0
    package = ankibuild.load(trainer.folder / "content/demo")
    assert [note.note_id for note in package.notes] == [
        "what-is-the-difference-between-a-2",
        "what-is-the-difference-between-a-3",
        "what-is-the-difference-between-a-meter",
        *("he", "what-is-co2", "what-is-a-b", "un-cafe"),
    ]


def test_pin_writes_nothing_when_a_file_cannot_be_read_well(trainer: Trainer) -> None:
    trainer.write_package("# Deck\n\n## One\n\nA\n", "# Deck 2\n\n## Two\n\n```\nnot closed\n")
    result = trainer.run("pin")
    assert result.returncode == 1
    assert "is not closed" in result.stderr
    assert b"{#" not in (trainer.folder / "content/demo/1.md").read_bytes()


HEADINGS = st.text(alphabet="aB9 \t#{}.=\"\\`*[]-\u00e9\u65e5'", max_size=12)


def test_pin_puts_no_second_id_behind_what_was_meant_as_one(trainer: Trainer) -> None:
    text = "# Deck\n\n## Warm?{#warm}\n\nA\n\n## Cold {#cold\n\nB\n\n## Has {x} {#has}\n\nC\n"
    trainer.write_package(text)
    result = trainer.run("pin")
    assert result.returncode == 1
    assert result.stderr.count("error: ") == 2
    assert "1.md:3" in result.stderr
    assert "1.md:7" in result.stderr
    assert (trainer.folder / "content/demo/1.md").read_text("utf-8") == text
    trainer.write("content/demo/package.toml", f'{SETTINGS}ignore = ["attributes-as-text"]\n')
    assert trainer.run("pin").returncode == 0


@settings(max_examples=examples(150), deadline=None)
@given(headings=st.lists(HEADINGS, min_size=1, max_size=4))
def test_pin_of_any_heading_adds_an_id_or_says_why_not(
    tmp_path_factory: object, headings: list[str]
) -> None:
    folder = Path(tmp_path_factory.mktemp("pin"))  # type: ignore[attr-defined]
    path = folder / "deck.md"
    before = "# Deck\n" + "".join(f"\n## {heading}\n\nAnswer.\n" for heading in headings)
    path.write_text(before, "utf-8")
    try:
        ankibuild.pin([path])
    except ankibuild.AnkibuildError:
        assert path.read_text("utf-8") == before
        return
    after = path.read_text("utf-8")
    for old, new in zip(before.split("\n"), after.split("\n"), strict=True):
        added = len(new) - len(old)
        assert any(
            old == new[:place] + new[place + added :]
            and re.fullmatch(r"| ?\{#[a-z0-9-]+\}|#[a-z0-9-]+ ", new[place : place + added])
            for place in range(len(new) + 1)
        )
    assert ankibuild.pin([path]) == ()
