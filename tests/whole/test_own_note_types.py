"""A note type of a package's own, from Markdown to learners: what is told, and what arrives."""

import re
from pathlib import Path

from tests.helpers.branches import Branches
from tests.helpers.browser import data_of
from tests.helpers.demo import DAY, FIRST, START
from tests.helpers.learner import Learner, Log
from tests.helpers.places import CASES
from tests.helpers.trainer import SETTINGS, Trainer
from tests.helpers.vocabulary import OWN, TYPE, VOCABULARY, WORDS, learner_of, write_vocabulary

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


def test_fields_of_its_own_have_their_own_names_in_every_language(trainer: Trainer) -> None:
    named = {
        name.partition(".")[0].replace("-", "_"): text.replace("Note", "Back")
        for name, text in VOCABULARY.items()
    }
    text, settings = WORDS.replace("Note", "Back"), f'{OWN}language = "de"\n'
    write_vocabulary(trainer, text, settings, **named)
    trainer.release(START)
    write_vocabulary(trainer, text.replace("animals", "beasts"), settings, **named)
    trainer.release(START + DAY)
    notes = (trainer.folder / "dist/demo-1.0.1.md").read_text("utf-8")
    assert "- 개\n  - Back: ~~animals~~**beasts**\n" in notes
    assert "<bdi>Back</bdi>: " in (trainer.folder / "dist/index.html").read_text("utf-8")


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


def test_a_published_question_that_takes_the_files_note_type_is_told_the_way_back(
    trainer: Trainer,
) -> None:
    deck = "# D\n\n## One {#one}\n\n1\n\n## Two {#two}\n\nA {{c1::pair}}.\n"
    trainer.write_package(deck)
    trainer.release(START)
    write_vocabulary(trainer, deck)
    told = trainer.run("check").told
    assert 'makes no cards from clozes; write note-type="cloze" in the heading, or take' in told
    deck = deck.replace("{#two}", '{#two note-type="cloze"}')
    write_vocabulary(trainer, deck)
    told = trainer.run("check").told
    assert 'write note-type="front-back" in the heading; if it is another note' in told
    deck = deck.replace("{#one}", '{#one note-type="front-back"}')
    write_vocabulary(trainer, deck + "\n## \uac1c {#dog}\n\n### Translation\n\ndog\n")
    assert trainer.run("check").returncode == 0
    assert "changed" not in trainer.run("diff").stdout


def test_a_note_type_that_a_package_names_and_does_not_have_is_told_once(trainer: Trainer) -> None:
    write_vocabulary(trainer, settings=OWN.replace('"vocabulary"', '"Vocabulary"'))
    result = trainer.run("check")
    assert result.told.count("is not in this package") == 1
    assert (
        'content/demo/package.toml: the note type "Vocabulary" is not in this package; '
        'did you mean "vocabulary"?'
    ) in result.told


def test_fonts_and_pictures_that_its_files_load_reach_learners_and_the_preview(
    trainer: Trainer, tmp_path: Path
) -> None:
    logo = (CASES / "media/meter.png").read_bytes()
    for name in ("_font.woff2", "_logo.png", "loose.png"):
        trainer.write(f"content/demo/media/{name}", logo + name.encode())
    front = '<img src="_logo.png"><img src="loose.png">{{Word}}\n'
    style = '@font-face { font-family: x; src: url("_font.woff2"); }\n'
    write_vocabulary(trainer, recognise_front=front, style=style)
    told = trainer.run("check").told
    assert "media/loose.png: warning: no note uses this file" in told
    assert "media/_" not in told
    trainer.release(START)
    with learner_of(trainer, tmp_path / "learner", "1.0.0") as learner:
        assert sorted(learner.media()) == ["_font.woff2", "_logo.png"]
        assert [fault for fault in learner.faults() if "loose" not in fault] == []
    trainer.run("preview", "--export", "page.html")
    media = data_of((trainer.folder / "page.html").read_text("utf-8"))["media"]
    assert sorted(media) == ["_font.woff2", "_logo.png"]


def test_a_front_that_asks_for_less_is_told_of_the_cards_that_go(trainer: Trainer) -> None:
    trainer.has_anki = True
    words = WORDS.replace("## 말", "### Recall\n\nyes\n\n## 말")
    write_vocabulary(trainer, words)
    trainer.release(START)
    write_vocabulary(trainer, words, recognise_front="{{#Example}}{{Word}}{{/Example}}\n")
    told = trainer.run("check").told
    assert (
        f'{TYPE}/note-type.toml: warning: the front of "Recognise" no longer makes a card for '
        '2 published notes, "cow" among them; learners keep these cards'
    ) in told
    told = trainer.run("rehearse").told
    assert "cards without content    2\n" in told
    trainer.release(START + DAY)
    assert "removed-card" not in trainer.run("check").told
    write_vocabulary(trainer, words)
    assert "demo: 1.0.1 → 1.1.0" in trainer.run("diff").told


def test_a_question_that_two_notes_ask_in_the_same_words_is_told(trainer: Trainer) -> None:
    twin = WORDS + "\n## 말 {#speech}\n\n### Translation\n\nspeech\n"
    write_vocabulary(trainer, twin)
    told = trainer.run("check").told
    assert 'the question "말" is already asked at content/demo/1.md:' in told
    # With the meaning that is asked for beside it, the question is another one.
    write_vocabulary(trainer, twin, recognise_front="{{Word}} {{Note}}\n")
    assert "already asked" not in trainer.run("check").told
    write_vocabulary(trainer)
    assert "already asked" not in trainer.run("check").told


def test_new_learners_get_its_cards_in_source_order(trainer: Trainer, tmp_path: Path) -> None:
    published(trainer)
    moved = WITHOUT_COW + WORDS[WORDS.index("## Cow") : WORDS.index("## 말")]
    write_vocabulary(trainer, moved.replace("{#dog}", "{#dog tags=x}"))
    trainer.release(START + DAY)
    for version, words in (("1.0.0", "개 개 소 말 말"), ("1.0.1", "개 개 말 말 소")):
        with learner_of(trainer, tmp_path / version, version) as learner:
            collection = learner.collection
            numbers = collection.find_cards("", order="c.due, c.ord")
            cards = [collection.get_card(each) for each in numbers]
            assert [card.note()["Word"] for card in cards] == words.split()
            assert [card.ord for card in cards][:2] == [0, 2]


def test_what_two_branches_changed_comes_together(branches: Branches, tmp_path: Path) -> None:
    words = f"---\nnote-type: vocabulary\n---\n\n{WORDS}"
    write_vocabulary(branches.trainer, settings=SETTINGS)
    first = branches.release("main", FIRST, words)
    branches.branch()
    branches.other.write(f"{TYPE}/style.css", ".word { color: teal; }\n")
    theirs = branches.release("other", FIRST, words.replace("A dog barks", "The dog barks"))
    ours = branches.release("main", FIRST, words.replace("\ncow\n", "\na cow\n"))
    both = words.replace("\ncow\n", "\na cow\n").replace("A dog barks", "The dog barks")
    branches.merge(FIRST, both)
    assert branches.trainer.run("merge-lock", "content/demo").returncode == 0
    branches.trainer.git("add", ".")
    branches.trainer.git("commit", "-qm", "Merge")
    merged = branches.release("main", FIRST, both)
    for path in (theirs, ours):
        with Learner.at(tmp_path / path.stem) as learner:
            for each in (first, path):
                learner.import_package(each)
            learner.study()
            before = learner.progress()
            assert learner.import_package(merged).conflicting == 0
            after = learner.progress()
            assert {card: after[card] for card in before} == before
            notes = {note.fields[1]: note.fields for note in learner.notes().values()}
            assert (notes["개"][3], notes["소"][2]) == ("The dog barks.", "a cow")
            assert "teal" in learner.style("demo Vocabulary (ankibuild)")
            assert learner.faults() == []
