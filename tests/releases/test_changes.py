"""Anki's numbers for notes and cards: all differ in a package, and none ever changes."""

import random
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar
from uuid import UUID

import pytest

import ankibuild
from ankibuild.core import identity
from ankibuild.core.identity import LANES, card_number, note_guid, note_number
from ankibuild.core.values import replace
from ankibuild.releases.changes import version_numbers, version_order
from ankibuild.releases.lock import Lock, write_lock
from tests.helpers.demo import DAY, EDITED, FIRST, LOCK, START, lock_of
from tests.helpers.learner import Learner, Log
from tests.helpers.note_types import BASIC
from tests.helpers.packages import open_database
from tests.helpers.places import CASES
from tests.helpers.trainer import SETTINGS, Trainer

KEY = UUID("0f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e")
MANY = 4000
Row = TypeVar("Row", str, tuple[str, int])


def note(name: str, cards: int = 1, *, is_cloze: bool = False) -> str:
    """Return a note with one card or two."""
    if is_cloze:
        hidden = " ".join(f"{{{{c{number}::{name}}}}}" for number in range(1, cards + 1))
        return f"\n## {name} {{#{name}}}\n\nOf {name}: {hidden}\n"
    return f"\n## Ask {name} {{#{name}{' .reversed' * (cards > 1)}}}\n\nAnswer {name}\n"


def rows(trainer: Trainer, version: str) -> tuple[dict[str, int], dict[tuple[str, int], int]]:
    """Return the numbers of all notes, and of all cards by note and ordinal."""
    package = open_database(trainer.folder / f"dist/demo-{version}.apkg")
    notes = {
        number: fields.partition("\x1fdemo/")[2].partition("\x1f")[0]
        for number, fields in package.execute("select id, flds from notes")
    }
    cards = package.execute("select nid, ord, id from cards").fetchall()
    return (
        {name: number for number, name in notes.items()},
        {(notes[note_], ordinal): number for note_, ordinal, number in cards},
    )


def collisions(names: Iterable[str], number_of: Callable[[str], Hashable]) -> list[tuple[str, str]]:
    """Return pairs that would have the same number."""
    found: dict[Hashable, str] = {}
    pairs = [(found.setdefault(number_of(each), each), each) for each in names]
    return [(one, other) for one, other in pairs if one != other]


def natural(name: str, time: int = START) -> int:
    return note_number(KEY, note_guid(KEY, name), time)


def natural_card(name: str, ordinal: int = 0) -> int:
    return card_number(KEY, note_guid(KEY, name), natural(name), ordinal)


def see_each_once(trainer: Trainer, learner: Learner, version: str, new: int) -> None:
    """See that the package has each number once, and that a learner gets the very same ones."""
    notes, cards = rows(trainer, version)
    assert len(set(notes.values())) == len(notes)
    assert len(set(cards.values())) == len(cards)
    log = learner.import_package(trainer.folder / f"dist/demo-{version}.apkg")
    assert (log.new, log.conflicting) == (new, 0)
    for name, row in learner.notes().items():
        assert row.id == notes.get(name, row.id)
        for card in row.cards():
            assert card.id == cards.get((name, card.ord), card.id)


def test_two_new_notes_that_would_have_one_number_get_two(
    trainer: Trainer, learner: Learner
) -> None:
    pairs = collisions((f"n{n}" for n in range(MANY)), natural)
    assert len(pairs) > 3
    names = sorted({name for pair in pairs for name in pair})
    trainer.write_package("# A\n" + "".join(map(note, names)))
    trainer.release(START)
    see_each_once(trainer, learner, "1.0.0", len(names))
    numbers, _ = rows(trainer, "1.0.0")
    for pair in pairs:
        # That with the first GUID has its own, wherever it stands in the file.
        first, second = sorted(pair, key=lambda name: note_guid(KEY, name))
        assert numbers[first] == natural(first)
        assert numbers[second] != natural(second)


def test_a_new_note_never_takes_the_number_of_a_published_one(
    trainer: Trainer, learner: Learner
) -> None:
    later = START + DAY
    old = {natural(f"n{n}"): f"n{n}" for n in range(MANY)}
    pairs = [
        (old[number], name)
        for name in (f"m{n}" for n in range(MANY))
        if (number := natural(name, later)) in old
    ]
    assert len(pairs) > 3
    # Some of the new ones come first by their GUIDs.
    assert len({note_guid(KEY, one) < note_guid(KEY, other) for one, other in pairs}) == 2
    published = [name for name, _ in pairs]
    half = published[: len(published) // 2]
    text = "# A\n" + "".join(map(note, published))
    trainer.write_package(text)
    trainer.release(START)
    see_each_once(trainer, learner, "1.0.0", len(published))
    before = rows(trainer, "1.0.0")[0]
    # Half of the published ones are retired: learners have them still.
    staying = [name for name in published if name not in half]
    trainer.write_package(
        "# A\n" + "".join(map(note, [*staying, *(new for _, new in pairs)])),
        settings=f"{SETTINGS}retired = {half}\n",
    )
    trainer.release(later)
    see_each_once(trainer, learner, "2.0.0", len(pairs))
    after = rows(trainer, "2.0.0")[0]
    assert not {after[new] for _, new in pairs} & set(before.values())
    assert {name: after[name] for name in staying} == {name: before[name] for name in staying}


def test_two_new_cards_that_would_have_one_number_get_two(
    trainer: Trainer, learner: Learner
) -> None:
    pairs = collisions((f"n{n}" for n in range(MANY)), natural_card)
    assert len(pairs) > 3
    names = sorted({name for pair in pairs for name in pair})
    trainer.write_package("# A\n" + "".join(map(note, names)))
    trainer.release(START)
    see_each_once(trainer, learner, "1.0.0", len(names))
    for pair in pairs:
        first, second = sorted(pair, key=lambda name: note_guid(KEY, name))
        cards = rows(trainer, "1.0.0")[1]
        assert cards[first, 0] == natural_card(first)
        assert cards[second, 0] != natural_card(second)


@pytest.mark.slow
@pytest.mark.parametrize("gone", ["nothing", "second cards", "notes", "all clozes"])
def test_a_card_that_is_added_later_never_takes_the_number_of_a_published_one(
    trainer: Trainer, learner: Learner, gone: str
) -> None:
    """Whatever has gone from the package: learners have it, and it may come back."""
    is_cloze = gone == "all clozes"
    old = {natural_card(f"n{n}", 1): f"n{n}" for n in range(MANY)}
    pairs = [
        (old[number], name)
        for name in (f"m{n}" for n in range(MANY))
        if (number := natural_card(name, 1)) in old
    ]
    assert len({note_guid(KEY, one) < note_guid(KEY, other) for one, other in pairs}) == 2

    def release(version: str, owners: int, others: int) -> dict[tuple[str, int], int]:
        texts = [note(name, owners, is_cloze=is_cloze) for name, _ in pairs if owners]
        texts += [note(name, others) for _, name in pairs]
        retired = [] if owners else [name for name, _ in pairs]
        deck = f"# A\n\nAbout {version}.\n" + "".join(texts)
        trainer.write_package(deck, settings=f"{SETTINGS}retired = {retired}\n")
        trainer.release(START + int(version[2]) * DAY, "--version", version)
        see_each_once(trainer, learner, version, 0 if int(version[2]) else 2 * len(pairs))
        return rows(trainer, version)[1]

    before = release("1.0.0", 2, 1)
    owners = {"nothing": 2, "second cards": 1, "notes": 0, "all clozes": 0}[gone]
    release("1.1.0", owners, 1)
    after = release("1.2.0", owners, 2)
    assert not {after[name, 1] for _, name in pairs} & set(before.values())
    assert release("1.3.0", 2, 2) == after | before
    assert all(before[name, 1] == natural_card(name, 1) for name, _ in pairs)


@pytest.mark.parametrize("is_retired", [False, True])
def test_two_cards_of_two_branches_that_would_have_one_number_get_two(
    trainer: Trainer, *, is_retired: bool
) -> None:
    pairs = collisions((f"n{n}" for n in range(MANY)), natural_card)
    first, second = sorted(pairs[0], key=lambda name: note_guid(KEY, name))
    trainer.write_package("# A\n" + note(first) + note(second))
    trainer.release(START)
    # As a merge leaves them: neither branch saw the other's card.
    lock = lock_of(trainer)
    notes = {name: replace(each, cards={}) for name, each in lock.notes.items()}
    trainer.write(LOCK, write_lock(replace(lock, notes=notes, merged=True)))
    text = "# A\n\nAbout it.\n" + note(first) + (note(second) if not is_retired else "")
    retired = f"retired = ['{second}']\n" if is_retired else ""
    trainer.write_package(text, settings=SETTINGS + retired)
    trainer.release(START + DAY)
    after = lock_of(trainer)
    assert after.notes[first].cards == {}
    if is_retired:
        assert after.retired.keys() == {second}
        assert after.notes.keys() == {first}
    else:
        assert after.notes[second].cards.keys() == {0}
        assert after.notes[second].cards[0] != natural_card(first)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_numbers_stay_whatever_happens_to_a_crowded_package(
    trainer: Trainer, learner: Learner, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """With four places instead of half a million, most notes and cards want a taken number."""
    monkeypatch.setattr(identity, "WINDOW", 4 * LANES)
    dice = random.Random(seed)
    here: dict[str, int] = {}
    retired: list[str] = []
    known: tuple[dict[str, int], dict[tuple[str, int], int]] = ({}, {})
    moved = 0
    for day in range(6):
        # Some notes go, some come back, some have more cards or fewer, some are new.
        going = dice.sample(sorted(here), 3 if day else 0)
        coming = dice.sample(retired, min(2, len(retired)))
        retired = [name for name in (*retired, *going) if name not in coming]
        names = [name for name in here if name not in going] + coming
        names += [f"{kind}{day}-{n}" for n in range(3) for kind in ("question", "cloze")]
        here = {name: dice.choice((here.get(name, 1), 1, 2)) for name in names}
        decks: tuple[list[str], list[str]] = ([], [])
        for name, cards in here.items():
            dice.choice(decks).append(note(name, cards, is_cloze=name.startswith("cloze")))
        texts = (f"# Deck {number}\n{''.join(deck)}" for number, deck in enumerate(decks))
        trainer.write_package(*texts, settings=f"{SETTINGS}retired = {retired}\n")
        time, version = START + day * 3, f"1.{day}.0"
        trainer.release(time, "--version", version)
        see_each_once(trainer, learner, version, 6)
        now = rows(trainer, version)
        moved += sum(now[0][name] != natural(name, time) for name in names[-6:])
        known = (joined(known[0], now[0]), joined(known[1], now[1]))
    assert moved > 18


def joined(before: dict[Row, int], after: dict[Row, int]) -> dict[Row, int]:
    """Return all numbers that learners have: each stays with its owner."""
    both = before | after
    assert both == after | before, "a number has changed"
    assert len(set(both.values())) == len(both), "a number has two owners"
    return both


def test_a_card_that_comes_back_has_its_number_again(
    trainer: Trainer, learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "WINDOW", 4 * LANES)
    names = [f"n{n}" for n in range(12)]
    both, one = ({name: note(name, cards) for name in names} for cards in (2, 1))
    numbers = []
    for day, (notes, version) in enumerate(((both, "1.0.0"), (one, "1.0.1"), (both, "1.1.0"))):
        trainer.write_package("# A\n" + "".join(notes.values()))
        trainer.release(START + day)
        see_each_once(trainer, learner, version, 0 if day else 12)
        numbers.append(rows(trainer, version)[1])
    assert numbers[0] == numbers[2]
    assert numbers[1].items() <= numbers[0].items()
    assert len(learner.progress()) == 24


def test_a_card_has_the_number_of_its_cloze_whichever_others_there_are(
    trainer: Trainer, learner: Learner
) -> None:
    text = "# A\n\n## Moon {{#moon}}\n\nThe {{{{c1::moon}}}} {} the {{{{c3::earth}}}}.\n"
    for day, (word, version) in enumerate((("orbits", "1.0.0"), ("{{c2::orbits}}", "1.1.0"))):
        trainer.write_package(text.format(word))
        trainer.release(START + day)
        see_each_once(trainer, learner, version, 0 if day else 1)
        numbers = rows(trainer, version)[1]
        assert numbers == {card: natural_card(*card) for card in numbers}
    assert numbers.keys() == {("moon", 0), ("moon", 1), ("moon", 2)}


def test_the_order_of_notes_in_the_files_gives_no_note_another_number(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "WINDOW", 4 * LANES)
    names = [f"n{n}" for n in range(12)]
    found = []
    for order in (names, names[::-1]):
        texts = [note(name, 2) for name in order]
        trainer.write_package("# A\n" + "".join(texts[:6]), "# B\n" + "".join(texts[6:]))
        trainer.build(START)
        found.append(rows(trainer, "0.1.0-dev"))
    assert found[0] == found[1]


def test_a_learner_sees_when_notes_and_cards_were_made(trainer: Trainer, learner: Learner) -> None:
    """The day of creation in Card Info, and what "added:" finds: at most 25 days, and 25 more."""
    now = learner.now()
    names = [f"n{n}" for n in range(12)]
    trainer.write_package("# A\n" + "".join(note(name, 2) for name in names))
    trainer.release(now)
    assert learner.import_package(trainer.folder / "dist/demo-1.0.0.apkg") == Log(12, 0, 0, 0)
    collection = learner.collection
    for number in collection.find_cards(""):
        card = collection.get_card(number)
        stats = collection.card_stats_data(number)
        assert stats.added == number // 1000
        assert now - 50 * DAY < card.id // 1000 <= card.nid // 1000 <= now
        assert now - 25 * DAY < card.nid // 1000
        assert card.mod == card.nid // 1000
    assert len(collection.find_cards("added:51")) == 24
    # Spread, and not all on one day.
    days = {number // 1000 // DAY for number in collection.find_cards("")}
    assert len(days) > 12


def test_cards_are_as_old_as_their_note_whatever_changed_in_it_since(
    trainer: Trainer, learner: Learner
) -> None:
    """Of two cards with one number the later one stays: it must be the one that was studied."""
    trainer.write_package("# A\n" + note("a", 2) + note("b"))
    trainer.release(START)
    trainer.write_package("# A\n" + note("a", 2) + note("b").replace("wer", "WER"))
    trainer.release(START + DAY)
    learner.import_package(trainer.folder / "dist/demo-1.0.1.apkg")
    cards = [card for name in "ab" for card in learner.notes()[name].cards()]
    assert len(cards) == 3
    assert all(card.mod == card.nid // 1000 < START for card in cards)


@pytest.mark.parametrize(
    ("decks", "version"),
    [
        ((EDITED,), "1.0.1"),
        ((FIRST.replace("{#fee}", "{#fee .typed}"),), "1.0.1"),
        ((FIRST.replace("{#fee}", "{#fee .reversed}"),), "1.1.0"),
        ((FIRST.replace("orbits", "{{c3::orbits}}"),), "1.1.0"),
        ((FIRST + "\n## A? {#a}\n\nB\n",), "1.1.0"),
        ((FIRST.replace("# Module 1", "# Module One"),), "2.0.0"),
        (("# Module 1\n\nAbout.\n" + FIRST.removeprefix("# Module 1\n"),), "1.0.1"),
        ((FIRST.replace("## What is a fee? {#fee}\n\nA price for a service.\n\n", "")
          + "\n## What is a fee? {#fee}\n\nA price for a service.\n",), "1.0.1"),
        ((FIRST.replace("counts energy.", "counts\nenergy."),), "1.0.1"),
        ((FIRST.replace("\n\n", "\n\n\n").replace("\n", "\r\n"),), None),
        ((FIRST.replace("It counts energy.", r"It counts energy\."),), None),
    ],
)  # fmt: skip
def test_the_version_follows_from_the_changes(
    published: Trainer, decks: tuple[str, ...], version: str | None
) -> None:
    published.write_package(*decks)
    headline = published.run("diff").stdout.splitlines()[0]
    if version:
        assert headline == f"demo: 1.0.0 → {version}"
    else:
        assert headline == "demo 1.0.0: nothing to release"
        result = published.run("release")
        assert result.returncode == 1
        assert "nothing changed since version 1.0.0; edit something first" in result.told


MORE = "\n## What is VAT? {#vat}\n\nA tax.\n"

ONLY_A_LOOK = "No note changed, only the look or a link of the cards."


@pytest.mark.parametrize(
    ("text", "settings", "summary"),
    [
        (EDITED, "", "Notes: 1 changed."),
        (EDITED + MORE, "", "Notes: 1 new, 1 changed."),
        (FIRST.replace("orbits", "{{c3::orbits}}") + MORE, "", "Notes: 1 new, 1 changed."),
        (FIRST.partition("## The moon")[0], 'retired = ["moon"]\n', "Notes: 1 retired."),
        (FIRST, 'feedback = "help@example.org"\n', ONLY_A_LOOK),
        (FIRST.replace("# Module 1", "# Module One"), "", "Decks: 1 renamed."),
        (FIRST, 'description = "About fees."\n', "No note changed."),
    ],
)
def test_learners_are_told_what_changed_in_one_line(
    published: Trainer, text: str, settings: str, summary: str
) -> None:
    published.write_package(text, settings=SETTINGS + settings)
    published.release(START + DAY)
    assert lock_of(published).releases[-1].summary == summary


def test_a_note_that_comes_back_counts_as_new(published: Trainer) -> None:
    retired = SETTINGS + 'retired = ["moon"]\n'
    published.write_package(FIRST.partition("## The moon")[0], settings=retired)
    published.release(START + DAY)
    published.write_package(FIRST + MORE)
    published.release(START + 2 * DAY)
    assert lock_of(published).releases[-1].summary == "Notes: 2 new."


def test_what_an_author_edited_was_not_written_otherwise_by_newer_tools(
    published: Trainer,
) -> None:
    published.write_package(EDITED)
    changes = ankibuild.compare(ankibuild.load(published.folder / "content/demo"))
    assert (changes.changed, changes.rerendered) == (("meter",), ())


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("1.20.3", (1, 20, 3)),
        ("0.0.0", (0, 0, 0)),
        ("999999.0.0", (999_999, 0, 0)),
        *(
            (each, None)
            for each in ("1.0", "1.0.0.0", "1.0.0-rc", "v1.0.0", "01.0.0", "1.0.1000000")
        ),
        *((each, None) for each in ("", "1.0.0 ", "1,0,0", "\u0661.0.0")),
    ],
)
def test_a_version_is_three_numbers_and_nothing_more(
    version: str, numbers: tuple[int, int, int] | None
) -> None:
    assert version_numbers(version) == numbers
    assert version_order(version) == (numbers or (0, 0, 0))


YEAR = 365 * DAY


def release_at(trainer: Trainer, time: int) -> Lock:
    """Release as a computer does whose clock says so, and return the lock."""
    folder = trainer.folder / "content/demo"
    ankibuild.release([folder], trainer.folder / "dist", time=time, now=time)
    return lock_of(trainer)


def test_what_a_release_of_the_future_changed_comes_after_it_and_all_else_at_its_time(
    published: Trainer,
) -> None:
    ahead, now = START + YEAR, START + 2 * DAY
    published.write_package(EDITED + MORE, settings=SETTINGS + 'feedback = "a@example.org"\n')
    before = release_at(published, ahead)
    assert before.notes["vat"].nid > (now + DAY) * 1000
    text = EDITED.replace("counts kilowatt-hours", "counts watts") + MORE
    published.write_package(text.replace("A list of", "The list of"))
    lock = release_at(published, now)
    times = {note_id: (each.added, each.changed) for note_id, each in lock.notes.items()}
    assert times == {
        "fee": (START, START),
        "meter": (START, ahead + 1),
        "moon": (START, START),
        "tariff": (START, now),
        "vat": (ahead, ahead),
    }
    assert lock.releases[-1].late == ("meter",)
    assert lock.version_of(lock.notes["meter"]) == "1.1.1"
    assert {each.changed for each in lock.note_types.values()} == {ahead + 1}
    # Anki would give it another number, on each device another one.
    assert lock.notes["vat"].nid < (now + DAY) * 1000
    others = set(before.notes) - {"vat"}
    assert all(lock.notes[each].nid == before.notes[each].nid for each in others)
    published.write("content/demo/style.css", ".card { color: red }\n")
    again = release_at(published, now + DAY)
    assert {each.changed for each in again.note_types.values()} == {ahead + 2}
    assert again.notes == lock.notes


@pytest.mark.parametrize(("more", "stays"), [(0, True), (1, False)])
def test_a_number_is_given_anew_where_it_is_later_than_tomorrows(
    published: Trainer, more: int, *, stays: bool
) -> None:
    lock, now = lock_of(published), START + 5 * DAY
    number = (now + DAY) * 1000 + more
    fee = replace(lock.notes["fee"], nid=number, added=START + YEAR, cards={0: 123})
    moon = replace(lock.notes["moon"], nid=number + YEAR)
    forged = replace(lock, notes={**lock.notes, "fee": fee, "moon": moon})
    published.write(LOCK, write_lock(forged))
    published.write_package(EDITED)
    after = release_at(published, now)
    assert (after.notes["fee"].nid == number) is stays
    assert after.notes["fee"].cards == ({0: 123} if stays else {})
    # What an earlier release added is there with learners, whatever its number is.
    assert after.notes["moon"].nid == number + YEAR


@pytest.mark.parametrize("is_carried", [False, True], ids=["own", "carried"])
@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        ('tags="y"', 'tags="y z"', {"own", "carried"}),
        ("It counts", "It *counts*", {"own"}),
        ("It counts", "It tallies", set()),
        ("![a dot](media/a.png)", "![a dot](media/b.png)", set()),
        ("![a dot]", "![two dots]", set()),
    ],
)
def test_what_changes_in_no_word_is_known(
    trainer: Trainer, old: str, new: str, kinds: set[str], *, is_carried: bool
) -> None:
    for name in "ab":
        data = (CASES / "media/meter.png").read_bytes() + name.encode()
        trainer.write(f"content/demo/media/{name}.png", data)
    trainer.write("content/demo/note-types/basic.json", BASIC)
    attributes = ' guid="x" note-type="basic"' * is_carried
    text = f'# A\n\n## B {{#b tags="y"{attributes}}}\n\nIt counts. ![a dot](media/a.png)\n'
    text += '\n## C {#c note-type="basic" guid="z"}\n\n![b](media/b.png) ![a](media/a.png)\n'
    trainer.write_package(text)
    trainer.release(START)
    trainer.write_package(text.replace(old, new, 1))
    changes = ankibuild.compare(ankibuild.load(trainer.folder / "content/demo"))
    assert changes.changed == ("b",)
    is_said = ("carried" if is_carried else "own") in kinds
    assert changes.without_words == (("b",) if is_said else ())
