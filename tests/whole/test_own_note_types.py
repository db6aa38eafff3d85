"""A note type of a package's own, from Markdown to learners: what is told, and what arrives."""

import re
from pathlib import Path

from tests.helpers.demo import DAY, START
from tests.helpers.learner import Learner, Log
from tests.helpers.trainer import Trainer
from tests.helpers.vocabulary import OWN, WORDS, learner_of, write_vocabulary

EDITED = WORDS.replace("animals", "beasts").replace("\ncow\n", "\na cow\n")
WITHOUT_COW = WORDS[: WORDS.index("## Cow")] + WORDS[WORDS.index("## 말") :]


def published(trainer: Trainer) -> Trainer:
    write_vocabulary(trainer)
    trainer.release(START)
    return trainer


def found_by(learner: Learner, trainer: Trainer, version: str) -> list[set[str]]:
    """Return the words of the notes that each search in the release notes finds."""
    text = (trainer.folder / f"dist/demo-{version}.md").read_text("utf-8")
    searches = re.findall(r"(?m)^    (.+)$", text)
    get = learner.collection.get_note
    return [{get(each)["Word"] for each in learner.collection.find_notes(s)} for s in searches]


def test_notes_are_named_by_what_they_ask_wherever_that_field_stands(trainer: Trainer) -> None:
    published(trainer)
    write_vocabulary(trainer, EDITED + "\n## 새 {#bird}\n\n### Translation\n\nbird\n")
    told = trainer.run("diff").stdout
    assert "new: bird: 새\n      Translation: bird\n" in told
    assert "changed: cow: 소\n      Note: [-animals-]{+beasts+}\n" in told
    trainer.release(START + DAY)
    notes = (trainer.folder / "dist/demo-1.1.0.md").read_text("utf-8")
    assert "- 개\n  - Note: ~~animals~~**beasts**\n" in notes
    assert "- 소\n  - Note: ~~animals~~**beasts**\n  - Translation: **a** cow\n" in notes


def test_the_searches_of_release_notes_find_these_notes_and_no_others(
    trainer: Trainer, tmp_path: Path
) -> None:
    twins = WORDS + "\n## 말 {#speech}\n\n### Translation\n\nspeech: 100% *re*\n"
    write_vocabulary(trainer, twins)
    trainer.release(START)
    changed = twins.replace("A dog barks.", "The dog barks.").replace(" 100%", " 99%")
    start, end = changed.index("## Cow"), changed.index("## 말")
    write_vocabulary(trainer, changed[:start] + changed[end:], OWN + 'retired = ["cow"]\n')
    trainer.write(
        "content/demo/1.md", changed[: changed.index("## Cow")] + changed[changed.index("## 말") :]
    )
    trainer.release(START + DAY)
    with learner_of(trainer, tmp_path / "learner", "1.0.0") as learner:
        learner.import_package(trainer.folder / "dist/demo-2.0.0.apkg")
        assert found_by(learner, trainer, "2.0.0") == [{"개", "말"}, {"소"}]
        text = (trainer.folder / "dist/demo-2.0.0.md").read_text("utf-8")
        assert len(learner.collection.find_notes(re.findall(r"(?m)^    (.+)$", text)[0])) == 2


def test_a_note_that_is_gone_is_told_with_the_heading_that_brings_it_back(trainer: Trainer) -> None:
    published(trainer)
    write_vocabulary(trainer, WITHOUT_COW)
    told = trainer.run("check").told
    assert 'put back "소" with {#cow}' in told


def test_words_that_moved_to_another_note_are_found(trainer: Trainer) -> None:
    published(trainer)
    turned = WORDS.replace("{#dog}", "{#x}").replace("{#horse}", "{#dog}")
    write_vocabulary(trainer, turned.replace("{#x}", "{#horse}"))
    told = trainer.run("check").told
    assert 'the published note "horse" now asks what "dog" asked' in told
    write_vocabulary(trainer, WORDS.replace("{#cow}", "{#cattle}"))
    assert "write {#cow} here, and learners keep their progress" in trainer.run("check").told


def test_a_package_lives_through_edits_retiring_and_bringing_back(
    trainer: Trainer, tmp_path: Path
) -> None:
    trainer.has_anki = True
    published(trainer)
    with learner_of(trainer, tmp_path / "learner", "1.0.0") as learner:
        learner.study()
        before = learner.progress()
        assert len(before) == 5
        write_vocabulary(trainer, WITHOUT_COW, OWN + 'retired = ["cow"]\n')
        told = trainer.run("rehearse")
        assert told.returncode == 0, told.told
        assert "kept by learners: 1 (소)" in told.told
        trainer.release(START + DAY)
        write_vocabulary(trainer, EDITED)
        told = trainer.run("rehearse")
        assert told.returncode == 0, told.told
        trainer.release(START + 2 * DAY)
        for version, log in (("2.0.0", Log(0, 0, 2, 0)), ("2.1.0", Log(0, 3, 0, 0))):
            got = learner.import_package(trainer.folder / f"dist/demo-{version}.apkg")
            assert got == log
        after = learner.progress()
        assert {card: after[card] for card in before} == before
        assert learner.faults() == []
