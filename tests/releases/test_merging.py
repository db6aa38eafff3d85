"""What a release would do to learners is said before it, at its line, with its cure."""

import re
import shutil
from pathlib import Path

import pytest
from anki.collection import ExportAnkiPackageOptions

from ankibuild.core.values import replace
from ankibuild.releases.lock import write_lock
from ankibuild.releases.moves import Fact, Likeness
from tests.helpers.demo import DAY, LOCK, START, lock_of
from tests.helpers.learner import Learner, Log
from tests.helpers.note_types import BASIC
from tests.helpers.told import CLEAN
from tests.helpers.trainer import SETTINGS, Trainer, copy_media

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
    return [line for line in result.told.splitlines() if line.startswith("content/")]


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
        "new cloze a number that was never used; if you mean it, write "
        'moved = ["moon"] in package.toml until the next release'
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
    assert published.run("check").told.startswith(CLEAN)


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
        "cards that learners have stay in the old deck; new cards go into the new one"
    ]


def test_a_note_that_moved_to_another_package_is_said_to_begin_anew_there(
    published: Trainer,
) -> None:
    moon = FIRST.index("## The moon")
    published.write_package(FIRST[:moon])
    published.write("content/other/package.toml", OTHER)
    published.write("content/other/1.md", "# Other\n\n" + FIRST[moon:])
    assert problems(published, 1) == [
        'content/demo/package.toml: the note "moon", published in 1.0.0, is gone; a note with '
        "its id is at "
        "content/other/1.md:3, in another package; progress cannot move between packages: put the "
        'note back here, or retire it here, retired = ["moon"], and let learners start over with '
        "the other one"
    ]


def test_another_kind_of_note_and_another_schema_are_refused(published: Trainer) -> None:
    published.write_package(FIRST.replace("The {{c1::moon}} orbits the {{c2::blue earth", "{{ a"))
    assert problems(published, 1) == [
        'content/demo/1.md:7:4: the published note "moon" was a cloze; Anki would not update it '
        "with a question with an answer: hide again {{c1::moon}}, {{c2::blue earth}}; if it is "
        "another note, give it an id of its own"
    ]
    tool = published.folder / "tool"
    shutil.copytree("ankibuild", tool / "ankibuild")
    note_types = tool / "ankibuild/anki/note_types.py"
    note_types.write_text(note_types.read_text("utf-8").replace('"Spare 1"', '"Other"', 1), "utf-8")
    published.write_package(FIRST)
    result = published.run("check", PYTHONPATH=str(tool))
    assert result.returncode == 1
    message = (
        "content/demo/package.toml: the fields or card templates of "
        '"demo front-back (ankibuild)" are not the published ones; Anki would update none of '
        "its notes: use the version of ankibuild that made the release"
    )
    assert message in result.told


# An id that asks something else.

RATES = """\
# Rates

## What is the day rate? {#day}

$0.10

## What is the night rate? {#night}

$0.07

## Who reads the meter? {#reader}

A person from the field service.

## What is the weekend rate? {#weekend}

$0.05
"""
SENTENCES = """\
# Bills

## Closing {#closing}

An {{c1::unpaid closing bill}} goes on, a {{c2::paid closing bill}} does not.

## Hours {#hours}

Call {{c1::before noon}} for a crew and {{c2::after noon}} for an estimate.

## Meters {#meters}

- Gas? {{c1::yes}}
- Water? {{c2::yes}}
- Steam? {{c3::no}}
"""


@pytest.fixture
def rates(trainer: Trainer) -> Trainer:
    trainer.write_package(RATES)
    trainer.release(START)
    return trainer


def swapped(text: str, *words: str) -> str:
    """Return a text in which the first word stands for the second, and so on, and round."""
    for place, word in enumerate(words):
        text = text.replace(word, f"\ue000{place}\ue001")
    for place in range(len(words)):
        text = text.replace(f"\ue000{place}\ue001", words[(place + 1) % len(words)])
    return text


MEANT = 'if you mean it, write moved = ["{}"] in package.toml until the next release'
BOTH = 'if you mean it, write moved = ["day", "night"] in package.toml until the next release'
HISTORY = "a learner's history stays with the id"


def test_two_ids_that_were_swapped_are_errors_that_name_both_places(rates: Trainer) -> None:
    rates.write_package(swapped(RATES, "{#day}", "{#night}"))
    assert problems(rates, 1) == [
        'content/demo/1.md:3:4: the published note "night" now asks what "day" asked '
        f"(content/demo/1.md:7); {HISTORY}: write {{#day}} for this question; " + BOTH,
        'content/demo/1.md:7:4: the published note "day" now asks what "night" asked '
        f"(content/demo/1.md:3); {HISTORY}: write {{#night}} for this question; " + BOTH,
    ]


def test_three_ids_that_went_round_are_errors_even_when_the_words_were_edited_too(
    rates: Trainer,
) -> None:
    text = swapped(RATES, "{#day}", "{#night}", "{#weekend}").replace("What is the", "What’s the")
    rates.write_package(text)
    said = "\n".join(problems(rates, 1))
    for now, then in (("day", "weekend"), ("night", "day"), ("weekend", "night")):
        assert f'the published note "{now}" now asks what "{then}" asked' in said or (
            f'the published note "{then}" now asks what "{now}" asked' in said
        )
    assert said.count("now asks what") == 3
    assert "reader" not in said


@pytest.mark.parametrize("part", ["headings", "answers"])
def test_headings_or_answers_that_went_round_alone_are_errors(rates: Trainer, part: str) -> None:
    text = RATES.replace("$0.10", "Ten cents by day").replace("$0.07", "Seven cents a night")
    rates.write_package(text)
    rates.release(START + DAY)
    if part == "headings":
        text = swapped(text, "## What is the day rate?", "## What is the night rate?")
    else:
        text = swapped(text, "Ten cents by day", "Seven cents a night")
    rates.write_package(text)
    assert [line.split(";")[0].split(": ")[1] for line in problems(rates, 1)] == (
        [
            'the published note "day" now asks what "night" asked (content/demo/1.md:7)',
            'the published note "night" now asks what "day" asked (content/demo/1.md:3)',
        ]
        if part == "headings"
        else [
            'the published note "day" now has the answer that "night" had (content/demo/1.md:7)',
            'the published note "night" now has the answer that "day" had (content/demo/1.md:3)',
        ]
    )


def test_an_id_that_was_copied_to_a_new_note_while_the_old_one_went_is_said_once(
    rates: Trainer,
) -> None:
    old = "## Who reads the meter? {#reader}\n\nA person from the field service.\n"
    rates.write_package(RATES.replace(old, "## What is VAT? {#reader}\n\nA tax on sales.\n"))
    assert problems(rates, 0) == [
        'content/demo/1.md:11:4: warning: the published note "reader" now asks something else; '
        "learners will see it with their progress on the old question: if it is a different "
        "question, give it its own id and put the old one back with {#reader}"
    ]


def test_an_id_that_was_copied_while_the_old_note_got_a_new_one_is_an_error(
    rates: Trainer,
) -> None:
    new = "## What is VAT? {#reader}\n\nA tax on sales.\n\n## Who reads the meter? {#who}"
    rates.write_package(RATES.replace("## Who reads the meter? {#reader}", new))
    assert problems(rates, 1) == [
        'content/demo/1.md:11:4: what the published note "reader" asked is now at '
        f"content/demo/1.md:15; {HISTORY}: write {{#reader}} there, and another id here; "
        + MEANT.format("reader")
    ]


def test_a_note_that_is_gone_and_stands_there_with_another_id_gets_its_own_back(
    rates: Trainer,
) -> None:
    rates.write_package(RATES.replace("{#reader}", "{#who}"))
    assert problems(rates, 1) == [
        'content/demo/1.md:11:4: the note "reader", published in 1.0.0, is gone; its words are '
        'here with the id "who"; write {#reader} here, and learners keep their progress'
    ]
    rates.write_package(
        RATES.replace("{#reader}", "{#who}"), settings=SETTINGS + 'retired = ["reader"]\n'
    )
    assert problems(rates, 0) == [
        'content/demo/1.md:11:4: warning: the new note "who" repeats the retired note "reader"; '
        "learners would start over with it: write {#reader} here and remove it from the list "
        "of retired notes, and they keep their progress"
    ]


def test_question_and_answer_that_changed_places_are_an_error(rates: Trainer) -> None:
    old = "## Who reads the meter? {#reader}\n\nA person from the field service.\n"
    new = "## A person from the field service. {#reader}\n\nWho reads the meter?\n"
    rates.write_package(RATES.replace(old, new))
    assert problems(rates, 1) == [
        'content/demo/1.md:11:4: question and answer of the published note "reader" have '
        "swapped places; a learner's history stays with the question: put them back; .reversed "
        "asks both ways; " + MEANT.format("reader")
    ]


def test_a_retired_id_that_comes_back_with_another_question_is_said(rates: Trainer) -> None:
    old = "## Who reads the meter? {#reader}\n\nA person from the field service.\n\n"
    rates.write_package(RATES.replace(old, ""), settings=SETTINGS + 'retired = ["reader"]\n')
    rates.release(START + DAY)
    rates.write_package(RATES.replace(old, "## What is VAT? {#reader}\n\nA tax on sales.\n\n"))
    (said,) = problems(rates, 0)
    assert 'warning: the published note "reader" now asks something else' in said
    rates.write_package(RATES)
    assert problems(rates, 0) == []


@pytest.mark.parametrize(
    ("note", "old", "new", "words"),
    [
        (
            "closing",
            ("c1::unpaid", "c2::paid"),
            ("c2::unpaid", "c1::paid"),
            ("unpaid closing bill", "paid closing bill"),
        ),
        (
            "hours",
            ("c1::before", "c2::after"),
            ("c2::before", "c1::after"),
            ("before noon", "after noon"),
        ),
        ("meters", ("Gas? {{c1", "Water? {{c2"), ("Gas? {{c2", "Water? {{c1"), ("yes", "yes")),
    ],
)
def test_numbers_swapped_between_words_that_are_alike_or_equal_are_errors(
    trainer: Trainer,
    note: str,
    old: tuple[str, str],
    new: tuple[str, str],
    words: tuple[str, str],
) -> None:
    trainer.write_package(SENTENCES)
    trainer.release(START)
    text = SENTENCES
    for one, other in zip(old, new, strict=True):
        text = text.replace(one, other)
    trainer.write_package(text)
    said = problems(trainer, 1)
    assert len(said) == 2
    for text, was, now in ((words[0], 1, 2), (words[1], 2, 1)):
        message = f'"{text}" of the published note "{note}" was c{was} and is now c{now}'
        assert any(message in line for line in said)


def test_a_number_that_was_taken_out_and_hides_other_words_later_is_said(
    published: Trainer,
) -> None:
    old = "The {{c1::moon}} orbits the {{c2::blue earth::planet}}."
    for day, body in enumerate(
        ("The {{c1::moon}} orbits the blue earth.", "The {{c1::moon}} orbits the earth."), 1
    ):
        published.write_package(FIRST.replace(old, body))
        published.release(START + day * DAY)
    published.write_package(FIRST.replace(old, "The {{c1::moon}} orbits in {{c2::a month}}."))
    assert problems(published, 0) == [
        'content/demo/1.md:9:1: warning: in the published note "moon" c2 hid "blue earth" and '
        'now hides "a month"; learners keep that card\'s progress: give the new words a number '
        "that was never used"
    ]
    published.write_package(FIRST.replace(old, "The {{c1::moon}} orbits the {{c3::blue earth}}."))
    assert (
        '"blue earth" of the published note "moon" was c2 and is now c3'
        in (problems(published, 1)[0])
    )
    published.write_package(FIRST.replace(old, "The {{c1::moon}} orbits the {{c2::blue earth}}."))
    assert problems(published, 0) == []


def test_a_deliberate_move_is_allowed_by_name_and_the_list_is_then_to_be_emptied(
    rates: Trainer, learner: Learner
) -> None:
    learner.import_package(rates.folder / "dist/demo-1.0.0.apkg")
    learner.study()
    text = swapped(RATES, "{#day}", "{#night}")
    rates.write_package(text, settings=SETTINGS + 'moved = ["day", "night"]\n')
    assert problems(rates, 0) == []
    progress = learner.progress()
    rates.release(START + DAY)
    assert learner.import_package(rates.folder / "dist/demo-1.0.1.apkg") == Log(0, 2, 2, 0)
    assert learner.fields("day")["Back"] == "<p>$0.07</p>"
    assert learner.progress() == progress
    assert problems_of_check(rates) == [
        f'content/demo/package.toml:4:1: warning: the note "{name}" has not moved since '
        "1.0.1; remove it from the list of moved notes, so that slips are found again"
        for name in ("day", "night")
    ]
    rates.write_package(text, settings=SETTINGS + 'moved = ["dya"]\n')
    assert 'the moved note "dya" was never published; remove it from the list' in (
        rates.run("check").told
    )


def problems_of_check(trainer: Trainer) -> list[str]:
    lines = trainer.run("check").told.splitlines()
    return [line for line in lines if line.startswith("content/")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Gas? {{c1::yes}}\n- Water? {{c2::yes}}\n- Steam? {{c3",
         "Heat? {{c1::yes}}\n- Gas? {{c2::yes}}\n- Water? {{c3::yes}}\n- Steam? {{c4"),
        ("- Gas? {{c1::yes}}\n- Water? {{c2::yes}}\n- Steam? {{c3",
         "- Water? {{c1::yes}}\n- Steam? {{c2"),
    ],
)  # fmt: skip
def test_numbers_that_moved_on_by_one_are_errors(trainer: Trainer, old: str, new: str) -> None:
    trainer.write_package(SENTENCES)
    trainer.release(START)
    assert old in SENTENCES
    trainer.write_package(SENTENCES.replace(old, new))
    assert '"yes" of the published note "meters" was c2 and is now' in "".join(problems(trainer, 1))


def test_numbers_swapped_between_pictures_are_errors(trainer: Trainer) -> None:
    text = (
        "# A\n\n## Plugs {#a}\n\n- here {{c1::![Type A](media/meter.png)}}\n"
        "- here {{c2::![Type B](media/meter.png)}}\n"
    )
    trainer.write_package(text)
    copy_media(text, trainer.folder / "content/demo")
    trainer.release(START)
    trainer.write_package(swapped(text, "{{c1", "{{c2"))
    said = "".join(problems(trainer, 1))
    assert '"[Type A]" of the published note "a" was c1 and is now c2' in said
    assert '"[Type B]" of the published note "a" was c2 and is now c1' in said


def test_a_new_note_of_another_kind_is_no_heir(rates: Trainer) -> None:
    old = "## Who reads the meter? {#reader}\n\nA person from the field service.\n"
    new = "## Who reads the meter? {#who}\n\nA person from the {{c1::field service}}.\n"
    rates.write_package(RATES.replace(old, new))
    (said,) = problems(rates, 1)
    cure = 'with {#reader}, or retire it: retired = ["reader"] in package.toml'
    assert cure in said


def test_ids_swapped_between_notes_that_ask_in_the_same_words_are_errors(trainer: Trainer) -> None:
    text = "# A\n\n## Acronym? {#a1}\n\nETF: a fee\n\n## Acronym? {#a2}\n\nCFD: a fund\n"
    trainer.write_package(text)
    trainer.release(START)
    trainer.write_package(swapped(text, "{#a1}", "{#a2}"))
    said = "".join(problems(trainer, 1))
    assert 'the published note "a1" now asks what "a2" asked' in said
    assert 'the published note "a2" now asks what "a1" asked' in said


def test_a_yes_that_answers_another_question_is_said(trainer: Trainer) -> None:
    trainer.write_package("# A\n\n## Is gas metered in cubic feet? {#a}\n\nYes.\n")
    trainer.release(START)
    trainer.write_package("# A\n\n## May agents waive late fees alone? {#a}\n\nYes.\n")
    (said,) = problems(trainer, 0)
    assert 'the published note "a" now asks something else' in said


def test_a_short_word_that_went_and_comes_for_something_else_is_told_apart_by_its_line(
    trainer: Trainer,
) -> None:
    text = "# A\n\n## Metered? {#a}\n\n- Gas: {{c1::no}}\n"
    for day, more in enumerate(("- Power: {{c2::yes}}\n", "", "- Heat: no\n")):
        trainer.write_package(text + more)
        trainer.release(START + day * DAY)
    trainer.write_package(f"{text}- Steam: {{{{c3::yes}}}}\n")
    assert problems(trainer, 0) == []
    trainer.write_package(f"{text}- Steam: {{{{c2::yes}}}}\n")
    assert 'c2 hid "yes" and now hides "yes"' in "".join(problems(trainer, 0))
    trainer.write_package(f"{text}- Power: {{{{c2::yes}}}}\n")
    assert problems(trainer, 0) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("What is the day rate?", "How much is a kilowatt-hour by day?"),
        ("$0.10", "$0.12"),
        ("What is the day rate?", "What’s the day rate (per kWh)?"),
        ("A person from the field service.", "Someone whom the field service sends."),
        ("Who reads the meter?", "Who is it that reads a customer's meter?"),
        ("## Who reads the meter? {#reader}\n\nA person from the field service.",
         "## Who reads meters? {#reader}\n\nThe field service's people, on foot."),
        ("rate?", "tariff?"),
        ("$0.", "0."),
    ],
)  # fmt: skip
def test_an_honest_rewording_is_nobodys_business(rates: Trainer, old: str, new: str) -> None:
    assert old in RATES
    rates.write_package(RATES.replace(old, new))
    assert problems(rates, 0) == []


def test_candidates_come_from_an_index_and_not_from_all_pairs(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deck(word: str) -> str:
        return "# Many\n" + "".join(
            f"\n## What is the {word} of number {n}? {{#n{n}}}\n\nNumber {n * 7} of {word}.\n"
            for n in range(500)
        )

    compared = 0
    of = Likeness.of

    def count(likeness: Likeness, one: Fact, other: Fact) -> float:
        nonlocal compared
        compared += 1
        return of(likeness, one, other)

    trainer.write_package(deck("price"))
    trainer.release(START)
    trainer.write_package(deck("cost"))
    monkeypatch.setattr(Likeness, "of", count)
    assert trainer.run("check").told.startswith(CLEAN)
    # All pairs are a quarter of a million.
    assert 500 < compared < 500 * 100


TWICE = """\
# Module 1

## The sisters {#sisters}

{{c1::Anna}} and {{c1::Bella}} are {{c2::sisters}} of {{c3::Carl}}.
"""


@pytest.mark.parametrize(
    ("old", "new", "moved"),
    [
        ("c1::Bella", "c2::Bella", '"Bella" of the published note "sisters" was c1 and is now c2'),
        ("c1::Anna", "c2::Anna", '"Anna" of the published note "sisters" was c1 and is now c2'),
        ("c1::Bella", "c4::Bella", '"Bella" of the published note "sisters" was c1 and is now c4'),
        ("c2::", "c1::", '"sisters" of the published note "sisters" was c2 and is now c1'),
        ("{{c1::Bella}}", "Bella", ""),
        ("{{c1::Bella}}", "{{c1::Dora}}", ""),
    ],
)
def test_each_place_that_a_cloze_number_hides_is_compared(
    trainer: Trainer, old: str, new: str, moved: str
) -> None:
    trainer.write_package(TWICE)
    trainer.release(START)
    assert old in TWICE
    trainer.write_package(TWICE.replace(old, new))
    found = [line for line in problems(trainer, 1 if moved else 0) if "is now" in line]
    assert [moved in line for line in found] == [True] * bool(moved)


def test_a_guid_that_is_written_into_the_heading_of_a_published_note_is_refused(
    trainer: Trainer, learner: Learner, tmp_path: Path
) -> None:
    """Only a note of a note type that was carried along can have a guid of its own."""
    record = learner.collection.models.by_name("Basic")
    assert record
    note = learner.collection.new_note(record)
    note.guid, note.fields = "a{b}/c", ["el pan", "bread"]
    number = learner.collection.decks.id("Spanish")
    assert number
    learner.collection.add_note(note, number)
    deck = tmp_path / "spanish.apkg"
    options = ExportAnkiPackageOptions(legacy=True)
    learner.collection.export_anki_package(out_path=str(deck), options=options, limit=None)
    assert trainer.run("import", str(deck)).returncode == 0
    (path,) = trainer.folder.glob("content/spanish/*.md")
    adopted = path.read_text("utf-8")
    (name,) = re.findall('note-type="?([^" }]*)', adopted)
    text = adopted + f'\n## el sol {{#sol note-type="{name}"}}\n\nthe sun\n'
    path.write_text(text, "utf-8")
    trainer.release(learner.now() + 60)
    lock = (trainer.folder / "content/spanish/package.lock").read_text("utf-8")
    (guid,) = re.findall('"note":"sol","guid":"([^"]*)"', lock)
    for changed, message in (
        (
            text.replace('guid="a%7Bb%7D%2Fc"', 'guid="another"'),
            'the published note "el-pan" had the guid "a{b}/c"; write guid="a%7Bb%7D%2Fc": '
            "Anki recognises the note by it",
        ),
        (
            text.replace("{#sol ", '{#sol guid="another" '),
            f'the published note "sol" had the guid "{guid}"; take the guid out of the heading: '
            "Anki recognises the note by it",
        ),
    ):
        assert changed != text
        path.write_text(changed, "utf-8")
        (problem,) = problems(trainer, 1)
        assert message in problem


def test_a_question_cannot_turn_into_a_cloze(published: Trainer) -> None:
    text = FIRST.replace(" .reversed", "")
    published.write_package(text.replace("It counts energy", "It {{c1::counts}} energy"))
    assert 'the published note "meter" was a question with an answer' in (
        published.run("check").told
    )


def test_what_the_first_release_froze_is_refused_with_what_it_was(published: Trainer) -> None:
    key = "2f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e"
    settings = f'id = "else"\nkey = "{key}"\ntitle = "Demo"\n'
    published.write("content/demo/package.toml", settings)
    said = [line for line in problems(published, 1) if "freezes" in line]
    assert said == [
        'content/demo/package.toml:1:1: the id "else" is not the published one; the first release '
        'freezes it: write id = "demo"',
        f'content/demo/package.toml:2:1: the key "{key}" is not the published one; the first '
        "release freezes it: write "
        'key = "0f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e"',
    ]


@pytest.mark.parametrize("is_old", [False, True], ids=["told", "not told"])
@pytest.mark.parametrize(("old", "new"), [('"Back", "ord"', '"Answer", "ord"'), ("Card 1", "C")])
def test_a_carried_note_type_with_other_parts_is_refused_with_what_they_were(
    trainer: Trainer, old: str, new: str, *, is_old: bool
) -> None:
    """An old lock does not tell how the parts were called."""
    trainer.write_package('# A\n\n## B {#b note-type="basic" guid="x"}\n\nC\n')
    trainer.write("content/demo/note-types/basic.json", BASIC)
    trainer.release(START)
    if is_old:
        lock = lock_of(trainer)
        (locked,) = lock.note_types.values()
        bare = {locked.kind: replace(locked, fields=(), templates=())}
        trainer.write(LOCK, write_lock(replace(lock, note_types=bare)))
    changed = BASIC.replace(old, new).replace("{{Back}}", "" if "Answer" in new else "{{Back}}")
    trainer.write("content/demo/note-types/basic.json", changed)
    told = "" if is_old else ", with the fields Front, Back and the card templates Card 1"
    said = problems(trainer, 1)
    assert said[1:] == [
        'content/demo/package.toml: the fields or card templates of "Basic" are not the '
        "published ones; Anki would update none of its notes: put back note-types/basic"
        f"{told}, in this order; for other fields, make a note type with another name and use "
        "it in new notes"
    ]


def test_our_own_note_type_with_another_schema_is_that_of_another_ankibuild(
    published: Trainer,
) -> None:
    lock = lock_of(published)
    other = replace(lock.note_types["cloze"], schema="other")
    forged = replace(lock, note_types={**lock.note_types, "cloze": other})
    published.write(LOCK, write_lock(forged))
    assert problems(published, 1) == [
        'content/demo/package.toml: the fields or card templates of "demo cloze (ankibuild)" '
        "are not the published ones; Anki would update none of its notes: use the version of "
        "ankibuild that made the release"
    ]


def test_a_note_that_is_gone_is_told_at_the_list_of_retired_ones_or_at_no_line(
    published: Trainer,
) -> None:
    for more, line in ("", ""), ("retired = []\n", ":4:1"):
        published.write_package(FIRST.partition("## The moon")[0], settings=SETTINGS + more)
        (said,) = problems(published, 1)
        told = f'content/demo/package.toml{line}: the note "moon", published in 1.0.0, is gone; '
        assert said.startswith(told)


def test_a_note_that_was_never_published_cannot_be_retired(published: Trainer) -> None:
    published.write_package(FIRST, settings=SETTINGS + 'retired = ["nowhere"]\n')
    assert problems(published, 1) == [
        'content/demo/package.toml:4:1: the retired note "nowhere" was never published; remove '
        "it from the list"
    ]
