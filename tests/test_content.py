"""The customer's deck, in real Anki, against the text that they gave us."""

import html
import json
import re
import shutil

from tests.helpers.learner import Learner, Log
from tests.helpers.places import CASES, ROOT
from tests.helpers.seed import SEED, seed_cards
from tests.helpers.trainer import Trainer

CONTENT = ROOT / "content/tier-1"


def visible(side: str) -> str:
    """Return the text of a side of a card, without the style and with one space for each gap."""
    side = re.sub("<style>.*?</style>", "", side, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", side)).split())


def test_the_learner_sees_the_customers_22_cards_word_for_word(
    trainer: Trainer, learner: Learner
) -> None:
    shutil.copytree(SEED, trainer.folder / "content/tier-1")
    assert learner.import_package(trainer.build(1_700_000_000)) == Log(22, 0, 0, 0)
    title, cards = seed_cards()
    assert len(cards) == 22
    assert f"Energy Advisor Tier 1::{title}" in learner.deck_names()
    in_order = sorted(learner.progress().items(), key=lambda item: item[1].due)
    assert [each.due for _, each in in_order] == list(range(1, 23))
    for ((name, _), progress), (question, paragraphs) in zip(in_order, cards, strict=True):
        front, back = learner.render(name)
        assert visible(front) == " ".join(question.split())
        answer = " ".join(" ".join(paragraphs).split())
        assert visible(back) == f"{visible(front)} {answer} tier-1/{name}"
        assert learner.fields(name)["Back"].count("<p>") == len(paragraphs)
        assert progress.deck == f"Energy Advisor Tier 1::{title}"
    assert learner.faults() == []
    learner.study()
    assert len(learner.reviews()) == 22


def test_every_note_is_pinned_with_a_short_id() -> None:
    text = (SEED / "module-1.md").read_text("utf-8")
    headings = re.findall("^## .*$", text, re.MULTILINE)
    assert len(headings) == 22
    assert all(re.search(r" \{#[a-z0-9-]{2,20}\}$", heading) for heading in headings)


def test_the_corrections_reach_a_learner_of_the_first_release_and_nothing_else_changes(
    trainer: Trainer, learner: Learner
) -> None:
    shutil.copytree(CONTENT, trainer.folder / "content/tier-1")
    records = [json.loads(line) for line in (CONTENT / "package.lock").read_text().splitlines()]
    (first,) = (r["time"] for r in records if r.get("release") == "1.0.0")
    corrected = {r["note"] for r in records if "note" in r and r["changed"] != r["added"]}
    untouched = {r["note"] for r in records if "note" in r and r["changed"] == first}
    assert "outsource-vendors" in corrected
    assert "confund" in untouched
    assert learner.import_package(CASES / "released/tier-1-1.0.0.apkg") == Log(22, 0, 0, 0)
    before = {name: learner.fields(name) for name in learner.notes()}
    learner.study()
    learner.edit("confund", "Extra", "my own mnemonic")
    learner.tag("caps", "mine", "marked")
    learner.date_back(first + 1)
    progress, reviews = learner.progress(), learner.reviews()

    log = learner.import_package(trainer.build(learner.now()))

    assert log == Log(0, len(corrected), len(untouched), 0)
    after = {name: learner.fields(name) for name in learner.notes()}
    assert {name for name in after if after[name] != before[name]} == corrected | {"confund"}
    assert after["outsource-vendors"]["Front"] == "Outsource vendors"
    assert after["confund"]["Extra"] == "my own mnemonic"
    assert learner.notes()["caps"].tags == ["marked", "mine"]
    assert (learner.progress(), learner.reviews()) == (progress, reviews)
    assert learner.faults() == []
