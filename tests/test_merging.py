"""What a release would do to learners is said before it, at its line, with its cure."""

import shutil

import pytest

from tests.learner import Learner, Log
from tests.trainer import SETTINGS, Trainer

START = 1_750_000_000
DAY = 86_400
FIRST = """\
# Module 1

## What is a meter? {#meter .reversed}

It counts energy.

## The moon {#moon}

The {{c1::moon}} orbits the {{c2::blue earth::planet}}.
"""
OTHER = SETTINGS.replace("0f0c6a52", "1f0c6a52").replace("demo", "other").replace("Demo", "Other")


@pytest.fixture
def published(trainer: Trainer) -> Trainer:
    trainer.write_package(FIRST)
    trainer.release(START)
    return trainer


def problems(trainer: Trainer, code: int) -> list[str]:
    """Return what check and release say, one line a problem."""
    result = trainer.run("check")
    assert result.returncode == code
    assert trainer.run("release", "--dry-run").returncode == code
    return [line for line in result.stderr.splitlines() if line.startswith("content/")]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("The {{c1::sun}} shines on {{c2::moon}} and {{c3::blue earth}}.", ("moon", 1, 2)),
        ("The {{c2::moon}} orbits the {{c1::blue earth}}.", ("moon", 1, 2)),
        ("The moon orbits the {{c1::blue earth}}.", ("blue earth", 2, 1)),
        ("The {{c1::full}} {{c2::moon}} orbits the {{c3::*blue* EARTH::planet}}.", ("moon", 1, 2)),
        ("The {{c1::sky}} has {{c3::a {{c2::moon}}}}, {{c4::not the blue earth}}", ("moon", 1, 2)),
    ],
)
def test_a_cloze_number_that_moves_to_other_words_is_refused(
    published: Trainer, body: str, words: tuple[str, int, int]
) -> None:
    old = "The {{c1::moon}} orbits the {{c2::blue earth::planet}}."
    published.write_package(FIRST.replace(old, body))
    text, before, after = words
    message = (
        f'content/demo/1.md:9:1: "{text}" of the published note "moon" was c{before} and is now '
        f"c{after}; a learner's history stays with the number: keep c{before} for it, and give a "
        "new cloze a number that was never used; if it is meant, package.toml takes "
        'moved = ["moon"]'
    )
    assert message in problems(published, 1)


@pytest.mark.parametrize(
    "body",
    [
        "The {{c1::Moon}} {{c3::always}} orbits the {{c2::earth}}.",
        "Around the {{c2::blue earth::planet}} goes the {{c1::moon}}.",
        "The {{c1::sun}} orbits the {{c2::galaxy}}.",
        "The {{c1::moon}} and the {{c3::moon}} orbit the {{c2::blue **earth**::what?}}.",
        "The {{c1::moon}} {{c3::moves around {{c2::the blue earth}}}}.",
    ],
)
def test_clozes_that_keep_their_numbers_may_change_words_and_places(
    published: Trainer, body: str
) -> None:
    old = "The {{c1::moon}} orbits the {{c2::blue earth::planet}}."
    published.write_package(FIRST.replace(old, body))
    assert problems(published, 0) == []


def test_a_renumbered_note_is_refused_even_when_it_comes_back_from_retirement(
    published: Trainer,
) -> None:
    moon = FIRST[FIRST.index("## The moon") :]
    published.write_package(FIRST.replace(moon, ""), settings=SETTINGS + 'retired = ["moon"]\n')
    published.release(START + DAY)
    swapped = FIRST.replace("c1::", "c9::").replace("c2::", "c1::").replace("c9::", "c2::")
    published.write_package(swapped)
    assert len(problems(published, 1)) == 2


def test_a_card_that_goes_is_warned_of_and_waits_for_empty_cards(
    published: Trainer, learner: Learner
) -> None:
    learner.import_package(published.folder / "dist/demo-1.0.0.apkg")
    learner.study()
    published.write_package(
        FIRST.replace(" .reversed", "").replace("{{c2::blue earth::planet}}", "blue earth")
    )
    cure = (
        "learners keep it, without content, until they use Tools > Empty Cards: bring it back, or "
        "tell them"
    )
    assert problems(published, 0) == [
        'content/demo/1.md:3:4: warning: the card "Reverse" of the published note "meter" is '
        f"gone; {cure}",
        'content/demo/1.md:7:4: warning: the card "c2" of the published note "moon" is gone; '
        f"{cure}",
    ]
    published.release(START + DAY)
    assert learner.import_package(published.folder / "dist/demo-1.0.1.apkg") == Log(0, 2, 0, 0)
    assert len(learner.progress()) == 4
    assert {len(each.card_ids) for each in learner.collection.get_empty_cards().notes} == {1}
    assert "Empty Cards" in (published.folder / "dist/demo-1.0.1.md").read_text("utf-8")
    assert published.run("check").stderr == "0 errors, 0 warnings\n"


def test_a_renamed_deck_and_a_moved_note_are_warned_of(published: Trainer) -> None:
    meter, moon = FIRST.index("## What"), FIRST.index("## The moon")
    published.write_package(FIRST[:moon], "# Module 2\n\n" + FIRST[moon:])
    assert problems(published, 0) == [
        'content/demo/2.md:3:4: warning: the published note "moon" moved to "Demo::Module 2"; '
        'cards that learners have stay in "Demo::Module 1"; only new learners get them here'
    ]
    published.write_package("# Module I\n\n" + FIRST[meter:], "# M\n\n## A {#a}\n\nB\n")
    assert problems(published, 0) == [
        'content/demo/1.md:1:3: warning: the deck "Demo::Module 1" is now called "Demo::Module I"; '
        "cards that learners have stay in the old one; new ones come to the new one"
    ]


def test_a_note_that_moved_to_another_package_is_said_to_begin_anew_there(
    published: Trainer,
) -> None:
    moon = FIRST.index("## The moon")
    published.write_package(FIRST[:moon])
    published.write("content/other/package.toml", OTHER)
    published.write("content/other/1.md", "# Other\n\n" + FIRST[moon:])
    assert problems(published, 1) == [
        'content/demo/package.toml:1:1: the note "moon", published in 1.0.0, is gone; one with its '
        "id stands at content/other/1.md:3, in another package; progress cannot move between "
        'packages: put the note back here, or retire it here, retired = ["moon"], and let learners '
        "begin anew with the other one"
    ]


def test_another_kind_of_note_and_another_schema_are_refused(published: Trainer) -> None:
    published.write_package(FIRST.replace("The {{c1::moon}} orbits the {{c2::blue earth", "{{ a"))
    assert problems(published, 1) == [
        'content/demo/1.md:7:4: the published note "moon" was a cloze; Anki would not update it: '
        "retire it, and give a question with an answer a new id"
    ]
    tool = published.folder / "tool"
    shutil.copytree("ankibuild", tool / "ankibuild")
    note_types = tool / "ankibuild/note_types.py"
    note_types.write_text(note_types.read_text("utf-8").replace('"Spare 1"', '"Other"', 1), "utf-8")
    published.write_package(FIRST)
    result = published.run("check", PYTHONPATH=str(tool))
    assert result.returncode == 1
    message = (
        "content/demo/package.toml:1:1: the fields or card templates of "
        '"demo front-back (ankibuild)" are not the published ones; Anki would update none of '
        "its notes: use the ankibuild that made the release"
    )
    assert message in result.stderr
