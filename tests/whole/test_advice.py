"""What a trainer is told first is followed to its end, and learners in real Anki lose nothing."""

import re
from typing import NamedTuple

import pytest

from tests.helpers.demo import DAY, START
from tests.helpers.learner import Learner, Log, Progress
from tests.helpers.told import CLEAN, find_told
from tests.helpers.trainer import SETTINGS, Trainer, copy_media

DECK = """\
# Module 1

## What is a meter? {#meter .reversed}

It counts energy.

## Parts of a meter {#parts}

```occlusion
![A meter](media/meter.png)
display: 32, 17, 36, 16
serial number: 37.5, 58, 25, 9
seal: 10, 80, 10, 10
```

## A reading {#reading}

```text
01234 kWh
```

## The moon {#moon}

The {{c1::moon}} orbits the {{c2::blue earth}}.

## Fees {#fee}

A price for a service.
"""
FILE = "content/demo/1.md"
TOML = "content/demo/package.toml"


Memory = tuple[dict[tuple[str, int], Progress], list[int]]
"""The progress of each card, and all reviews."""


class Slip(NamedTuple):
    """What was typed for what, and what is said of it first; ``errors`` is their number."""

    name: str
    old: str
    new: str
    said: str
    errors: int = 1


SLIPS = (
    Slip("a cloze that is not closed", "{{c1::moon}}", "{{c1::moon", "is not closed"),
    Slip("masks that are not closed", "10, 10\n```\n", "10, 10\n", "block of masks"),
    Slip("one mark too many", "## Fees", "### Fees", "though its id is here"),
    Slip("one mark too few", "## Fees", "# Fees", "a second deck heading"),
    Slip("a heading in code", "## Fees {#fee}", "`## Fees {#fee}`", "though its id is here"),
    Slip("a heading in a list", "## Fees {#fee}", "- ## Fees {#fee}", "though its id is here"),
    Slip("a brace that is missing", "{#meter .reversed}", "{#meter .reversed", "its id is here"),
    Slip("no opening brace", "{#meter .reversed}", "#meter .reversed}", "its id is here"),
    Slip("other brackets", "{#fee}", "(#fee)", "though its id is here"),
    Slip("another id", "{#fee}", "{#fees}", 'its words are here with the id "fees"'),
    Slip("no id", " {#fee}", "", 'its words are here with the id "fees"'),
    Slip("ids exchanged", "{#fee}|{#meter .reversed}", "{#meter}|{#fee .reversed}", "now asks", 2),
    Slip("clozes renumbered", "c1::moon|c2::blue", "c2::moon|c1::blue", "is now c", 2),
    Slip("a cloze that became text", "{{c1::moon}}|{{c2::blue earth}}", "moon|earth", "a cloze"),
    Slip("an id that is there twice", "A price", "A\n\n## Fine {#fee}\n\nA price", "already used"),
    Slip("an id that a new note took", "## Fees", "## Fine {#fee}\n\nA\n\n## Fees", "already used"),
    Slip("an id that another note took", "{#fee}", "{#reading}", "write {#fee} here"),
    Slip("a question with a cloze", "A price", "{{c1::A price}}", "a question with an answer"),
)


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.name)
def test_a_slip_is_mended_by_what_is_said_of_it_first(
    trainer: Trainer, learner: Learner, slip: Slip
) -> None:
    before = _publish(trainer, learner)
    _make(trainer, slip)
    problem = _first_problem(trainer, slip.errors)
    assert slip.said in problem
    assert "retire" not in problem
    _follow(trainer, problem, slip)
    _see_that_nothing_is_lost(trainer, learner, before, new=slip.new.count("\n## "))


@pytest.mark.parametrize("key", ["", "2f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e", "no key"])
def test_a_key_that_is_lost_or_another_is_pasted_from_what_is_said(
    trainer: Trainer, learner: Learner, key: str
) -> None:
    before = _publish(trainer, learner)
    first, _, last = SETTINGS.splitlines()
    wrong = [f'key = "{key}"'] if key else []
    trainer.write(TOML, "\n".join([first, *wrong, last, ""]))
    problem = _first_problem(trainer, errors=1)
    pasted = re.search(r'key = "[0-9a-f-]{36}"$', problem)
    assert pasted
    trainer.write(TOML, "\n".join([first, pasted[0], last, ""]))
    _see_that_nothing_is_lost(trainer, learner, before)


def test_a_mask_that_went_is_written_again_as_it_is_said(
    trainer: Trainer, learner: Learner
) -> None:
    before = _publish(trainer, learner)
    slip = Slip("", "serial number: 37.5, 58, 25, 9\n", "", "")
    _make(trainer, slip)
    problem = _first_problem(trainer, slip.errors)
    assert 'the mask "seal" of the published note "parts" was number 3 and is now 2' in problem
    _follow(trainer, problem, slip)
    said = trainer.run("check").told
    assert 'the card "serial number" of the published note "parts" is gone' in said
    mask = re.search(r'write "(2\. serial number: .*?)" again', said)
    assert mask
    text = (trainer.folder / FILE).read_text("utf-8")
    trainer.write(FILE, text.replace("3. seal", f"{mask[1]}\n3. seal"))
    assert trainer.run("check").stdout.startswith(CLEAN)
    _see_that_nothing_is_lost(trainer, learner, before)


def test_a_note_that_is_taken_out_as_it_is_said_stays_with_its_learners(
    trainer: Trainer, learner: Learner
) -> None:
    before = _publish(trainer, learner)
    slip = Slip("gone", DECK[DECK.index("## Fees") :], "", 'put back "Fees" with {#fee}')
    _make(trainer, slip)
    problem = _first_problem(trainer, slip.errors)
    assert slip.said in problem
    found = re.search(r'or retire it: (retired = \["fee"\]) in package\.toml$', problem)
    assert found
    trainer.write(TOML, f"{SETTINGS}{found[1]}\n")
    _see_that_nothing_is_lost(trainer, learner, before)


def _publish(trainer: Trainer, learner: Learner) -> Memory:
    """Return what a learner has who studied the deck when it was published."""
    trainer.write_package(DECK)
    copy_media(DECK, trainer.folder / "content/demo")
    trainer.release(START)
    _import(trainer, learner)
    learner.study()
    return learner.progress(), learner.reviews()


def _import(trainer: Trainer, learner: Learner) -> Log:
    newest = max(trainer.folder.glob("dist/demo-*.apkg"), key=lambda path: path.name)
    return learner.import_package(newest)


def _make(trainer: Trainer, slip: Slip) -> None:
    text = DECK
    for old, new in zip(slip.old.split("|"), slip.new.split("|"), strict=True):
        assert text.count(old) == 1
        text = text.replace(old, new)
    trainer.write(FILE, text)


def _first_problem(trainer: Trainer, errors: int) -> str:
    result = trainer.run("check")
    assert result.returncode == 1
    found = [str(each) for each in find_told(result.stdout) if each.severity == "error"]
    assert len(found) == errors, found
    return found[0]


def _follow(trainer: Trainer, problem: str, slip: Slip) -> None:
    """Paste what is to be written where the problem stands; else undo what was typed."""
    lines = (trainer.folder / FILE).read_text("utf-8").split("\n")
    number = int(problem.split(":")[1]) - 1
    if heading := re.search(r'write "(## .*)", and', problem):
        lines[number] = heading[1]
    elif note_id := re.search(r"write (\{#[a-z0-9-]+\}) here", problem):
        lines[number] = re.sub(r" *\{#[^}]*\}$", "", lines[number]) + f" {note_id[1]}"
    elif mask := re.search(r'write "(\d+)\. (.*?: [\d., ]+)"', problem):
        lines[lines.index(mask[2])] = f"{mask[1]}. {mask[2]}"
    elif fence := re.search(r'write "(`+)" on a line of its own below its last mask', problem):
        last = max(n for n, line in enumerate(lines) if re.fullmatch(r".+:[\d., ]+", line))
        lines.insert(last + 1, fence[1])
    else:
        words = lines[number : number + 3]
        assert any(part.split("\n")[0] in "\n".join(words) for part in slip.new.split("|"))
        lines = DECK.split("\n")
    trainer.write(FILE, "\n".join(lines))


def _see_that_nothing_is_lost(
    trainer: Trainer,
    learner: Learner,
    before: Memory,
    new: int = 0,
) -> None:
    edited = (trainer.folder / FILE).read_text("utf-8").replace("counts energy", "counts kWh")
    trainer.write(FILE, edited)
    trainer.release(START + DAY)
    assert _import(trainer, learner).new == new
    assert learner.fields("meter")["Back"] == "<p>It counts kWh.</p>"
    cards, reviews = before
    after = learner.progress()
    assert {card: after[card] for card in cards} == cards
    assert learner.reviews() == reviews
    assert learner.faults() == []
