"""Whoever follows the first advice to its end keeps what learners know, in real Anki."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.helpers.learner import Learner
from tests.helpers.trainer import SETTINGS, Trainer, copy_media

START, LATER = 1_700_000_000, 1_700_100_000
HOME = "content/demo"
MASKS = """\
```occlusion
![A meter](media/meter.png)
display: 32, 17, 36, 16
serial number: 37.5, 58, 25, 9
```
"""
DECK = f"""\
# Meters

## What is a meter? {{#meter}}

It counts energy.

## Closing an account {{#closing}}

Send a {{{{c1::Transfer closing bill}}}} to the {{{{c2::customer}}}} soon.

## Displays {{#displays}}

{MASKS}
## CONFUND {{#confund}}

A fund for contracts.

## What is a tariff? {{#tariff .reversed}}

A list of prices.

## More displays {{#more}}

{MASKS}
## Last {{#last}}

The very last words.
"""
KEY = SETTINGS.splitlines()[1]


class Slip(NamedTuple):
    """What was changed, the rule that is told first, and what of its cure is done."""

    old: str
    new: str
    rule: str
    cure: str


SLIPS = {
    "unclosed cloze": Slip("bill}}", "bill", "unclosed-cloze", 'write "}}" after it'),
    "last cloze unclosed": Slip("customer}}", "customer", "unclosed-cloze", 'write "}}" after it'),
    "unclosed mask fence": Slip("9\n```\n", "9\n", "unclosed-fence", "on a line of its own above"),
    "a sign too many": Slip("## CONFUND", "### CONFUND", "removed-note", 'write "## '),
    "in a quote": Slip("## CONFUND", "> ## CONFUND", "removed-note", 'write "## '),
    "no signs at all": Slip("## CONFUND", "CONFUND", "removed-note", 'write "## '),
    "missing brace": Slip("reversed}", "reversed", "removed-note", 'write "## '),
    "missing first brace": Slip("{#tariff", "#tariff", "removed-note", 'write "## '),
    "other brackets": Slip("{#confund}", "(#confund)", "removed-note", 'write "## '),
    "lost key": Slip(KEY, "", "missing-setting", "write key = "),
    "wrong key": Slip(KEY, KEY.replace("0f0c", "1f0c"), "frozen-identity", "write key = "),
    "broken key": Slip(KEY, KEY.replace("0f0c", "0f0"), "frozen-identity", "write key = "),
    "lost id": Slip('id = "demo"\n', "", "missing-setting", "write id = "),
    "id twice": Slip("{#tariff", "{#confund", "repeated-note-id", "write {#tariff} here"),
    "note twice": Slip(
        "## Last", "## CONFUND {#confund}\n\nX.\n\n## Last", "repeated-note-id", "delete one"
    ),
    "mask gone": Slip("display: 32, 17, 36, 16\n", "", "moved-cloze", 'write "2. serial number: '),
    "note gone": Slip(
        "## CONFUND {#confund}\n\nA fund for contracts.\n\n", "", "removed-note", "put it back"
    ),
    "another id": Slip("{#confund}", "{#fund}", "removed-note", "write {#confund} instead of"),
    "no id": Slip(" {#meter}", "", "removed-note", "write {#meter} here"),
    "ids swapped": Slip(
        "## CONFUND {#confund}\n\nA fund for contracts.\n\n## What is a tariff? {#tariff",
        "## CONFUND {#tariff}\n\nA fund for contracts.\n\n## What is a tariff? {#confund",
        "moved-note",
        "write {#confund} for this question",
    ),
    "clozes renumbered": Slip(
        "{{c1::Transfer closing bill}} to the {{c2::",
        "{{c2::Transfer closing bill}} to the {{c1::",
        "moved-cloze",
        "keep c1 for it",
    ),
    "clozes taken out": Slip(
        "{{c1::Transfer closing bill}} to the {{c2::customer}}",
        "Transfer closing bill to the customer",
        "changed-note-type",
        "hide words in it again",
    ),
    "cloze put in": Slip("It counts", "It {{c1::counts}}", "changed-note-type", "take the clozes"),
    "masks taken out": Slip(MASKS, "Two displays.\n", "changed-note-type", "put its block"),
}


@pytest.fixture
def studied(trainer: Trainer, learner: Learner) -> Learner:
    """Return a learner who has studied every card of a published deck."""
    trainer.write_package(DECK)
    copy_media(DECK, trainer.folder / HOME)
    trainer.release(START)
    learner.import_package(find_release(trainer, "1.0.0"))
    learner.study()
    return learner


def find_release(trainer: Trainer, version: str) -> Path:
    (path,) = trainer.folder.glob(f"dist/*{version}.apkg")
    return path


def first_problem(trainer: Trainer) -> str:
    """Return the first line of what the check says."""
    return trainer.run("check").stderr.splitlines()[0]


def follow(trainer: Trainer, told: str, slip: Slip) -> None:
    """Do what the first problem says, word for word where it gives the words."""
    file, line, column = told.split(":")[:3]
    path = trainer.folder / file
    lines = path.read_text("utf-8").split("\n")
    place = int(line) - 1
    cure = told[told.index(slip.cure) :]
    for pattern, mend in CURES:
        if match := re.match(pattern, cure):
            path.write_text("\n".join(mend(lines, place, int(column) - 1, match)), "utf-8")
            return
    trainer.write_package(DECK)


Lines = list[str]


def close_fence(lines: Lines, _place: int, _column: int, match: re.Match[str]) -> Lines:
    return [*lines[: int(match[1]) - 1], "```", *lines[int(match[1]) - 1 :]]


def write_line(lines: Lines, place: int, _column: int, match: re.Match[str]) -> Lines:
    return [*lines[:place], match[1], *lines[place + 1 :]]


def write_setting(lines: Lines, _place: int, _column: int, match: re.Match[str]) -> Lines:
    return [match[1], *(line for line in lines if not line.startswith(match[2]))]


def write_id(lines: Lines, place: int, _column: int, match: re.Match[str]) -> Lines:
    line, count = re.subn(r"\{#[a-z]+", match[1], lines[place])
    line = line if count else f"{line} {match[1]}}}"
    return [*lines[:place], line, *lines[place + 1 :]]


def close_cloze(lines: Lines, place: int, column: int, _match: re.Match[str]) -> Lines:
    start, end = lines[place][:column], lines[place][column:]
    words = re.compile("::(Transfer closing bill|customer)")
    return [*lines[:place], start + words.sub(r"\g<0>}}", end, count=1), *lines[place + 1 :]]


CURES: tuple[tuple[str, Callable[[Lines, int, int, re.Match[str]], Lines]], ...] = (
    (r"on a line of its own above line (\d+)", close_fence),
    (r'write "}}" after it', close_cloze),
    (r'write "(.*?)"(?:$|, and)', write_line),
    (r'write ((key|id) = ".*")$', write_setting),
    (r"write (\{#[a-z]+)\} (?:here|instead)", write_id),
)


@pytest.mark.parametrize("name", SLIPS)
def test_the_first_advice_keeps_all_progress(trainer: Trainer, studied: Learner, name: str) -> None:
    slip = SLIPS[name]
    before, reviews, facts = studied.progress(), studied.reviews(), studied.texts()
    settings, deck = (text.replace(slip.old, slip.new, 1) for text in (SETTINGS, DECK))
    assert (settings, deck) != (SETTINGS, DECK)
    trainer.write_package(deck, settings=settings)
    told = trainer.run("check").stderr
    assert f"[{slip.rule}]" in told.split("\ncontent/")[0]
    assert "retire it" not in told
    follow(trainer, told.splitlines()[0], slip)
    trainer.write("content/demo/2.md", "# More\n\n## New {#new}\n\nSomething new.\n")
    trainer.release(LATER)
    studied.import_package(find_release(trainer, "1.1.0"))
    after = studied.progress()
    assert {card: after[card] for card in before} == before
    assert studied.reviews() == reviews
    now = studied.texts()
    # A mask that is meant to go is gone; its picture stays.
    edited = {"displays"} if name == "mask gone" else set[str]()
    assert {note: now[note] for note in facts if note not in edited} == {
        note: text for note, text in facts.items() if note not in edited
    }
    assert edited or studied.faults() == []


def test_a_note_that_is_taken_out_as_told_leaves_all_others_as_they_were(
    trainer: Trainer, studied: Learner
) -> None:
    before, reviews = studied.progress(), studied.reviews()
    rest = DECK.replace("## CONFUND {#confund}\n\nA fund for contracts.\n\n", "")
    for gone in ("confund", "last"):
        rest = rest.replace("## Last {#last}\n\nThe very last words.\n", "")
        trainer.write_package(rest, settings=read_settings(trainer))
        told = first_problem(trainer)
        assert f'the note "{gone}", published in 1.0.0, is gone' in told
        (line,) = re.findall(r"write (retired = \[.*\])$", told)
        trainer.write_package(rest, settings=f"{SETTINGS}{line}\n")
    trainer.release(LATER)
    studied.import_package(find_release(trainer, "2.0.0"))
    after = studied.progress()
    assert {card: after[card] for card in before} == before
    assert studied.reviews() == reviews


def test_a_damaged_lock_is_restored_by_the_command_that_is_told(
    trainer: Trainer, studied: Learner
) -> None:
    before = studied.progress()
    trainer.git("init", "-q")
    trainer.git("add", "-A")
    trainer.git("commit", "-qm", "Release")
    lock = trainer.folder / HOME / "package.lock"
    lock.write_text(lock.read_text("utf-8")[:-50], "utf-8")
    (command,) = re.findall("git (-C .*? checkout HEAD -- package.lock);", first_problem(trainer))
    trainer.git(*command.split())
    trainer.write_package(DECK.replace("list of prices", "list of all prices"))
    trainer.release(LATER)
    studied.import_package(find_release(trainer, "1.0.1"))
    assert studied.progress() == before


def read_settings(trainer: Trainer) -> str:
    return (trainer.folder / HOME / "package.toml").read_text("utf-8")
