"""Identity: promises to learners. If a test here fails, mend the code, never the table."""

from itertools import combinations
from uuid import UUID, uuid5

import pytest

from ankibuild.core.identity import (
    LANES,
    WINDOW,
    card_number,
    deck_id,
    note_guid,
    note_number,
    note_type_id,
    provisional_key,
    release_name,
    suggest_note_id,
)
from tests.helpers.demo import START

KEY = UUID("0f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e")
OTHER = UUID("1f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e")
DAYS_25 = 25 * 86_400_000


@pytest.mark.parametrize(
    ("note_id", "guid"),
    [
        ("confund", "8ab1a5da-2a62-56c8-8237-dfe222cb6c7b"),
        ("c-and-i", "f1dfc487-a28a-5c08-b9bd-9dbd561fc56b"),
        ("2", "18d74ac0-88c2-55a4-8cfb-8bee33559bef"),
    ],
)
def test_guids_never_change(note_id: str, guid: str) -> None:
    assert note_guid(KEY, note_id) == guid


def test_the_names_of_releases_never_change() -> None:
    assert release_name("tier-1", "1.0.1") == "tier-1-1.0.1"


def test_note_type_deck_and_provisional_ids_never_change() -> None:
    assert note_type_id(KEY, "front-back") == 31908524665125
    assert note_type_id(KEY, "cloze") == 53362344495551
    assert note_type_id(KEY, "image-occlusion") == 149138463322840
    assert deck_id(KEY, "Demo::Module 1") == 186846530340431
    assert str(provisional_key("module-1")) == "3414c8a0-e8d9-51cb-b498-818329a38443"


@pytest.mark.parametrize(
    ("key", "note_id", "time", "attempt", "number"),
    [
        (KEY, "confund", START, 0, 1748437726053),
        (KEY, "confund", START, 1, 1748274877285),
        (KEY, "confund", START, 8, 1747647062885),
        (KEY, "confund", START, 71, 1419872011109),
        (KEY, "confund", START, 99, 1441961317221),
        (KEY, "confund", 1_795_449_600, 0, 1793887327077),
        (KEY, "c-and-i", START, 0, 1748288250725),
        (OTHER, "confund", START, 0, 1749521202456),
    ],
)
def test_the_numbers_of_notes_never_change(
    key: UUID, note_id: str, time: int, attempt: int, number: int
) -> None:
    assert note_number(key, note_guid(key, note_id), time, attempt) == number


@pytest.mark.parametrize(
    ("key", "note_id", "ordinal", "attempt", "number"),
    [
        (KEY, "confund", 0, 0, 1747812639589),
        (KEY, "confund", 1, 0, 1747772015461),
        (KEY, "confund", 0, 1, 1747744072549),
        (KEY, "c-and-i", 0, 0, 1746638402405),
        (OTHER, "confund", 0, 0, 1748364270872),
    ],
)
def test_the_numbers_of_cards_never_change(
    key: UUID, note_id: str, ordinal: int, attempt: int, number: int
) -> None:
    guid = note_guid(key, note_id)
    assert card_number(key, guid, note_number(key, guid, START), ordinal, attempt) == number


def test_a_number_is_never_later_than_the_release_and_at_most_25_days_earlier() -> None:
    guids = [note_guid(KEY, f"n{n}") for n in range(3000)]
    numbers = {guid: note_number(KEY, guid, START) for guid in guids}
    before = [START * 1000 - number for number in numbers.values()]
    assert 0 <= min(before) < DAYS_25 / 100
    assert 0.99 * WINDOW < max(before) < DAYS_25
    earlier = [n - card_number(KEY, guid, n, k) for guid, n in numbers.items() for k in (0, 1, 499)]
    assert 0 <= min(earlier) < DAYS_25 / 100
    assert 0.99 * WINDOW < max(earlier) < DAYS_25


def test_a_crowd_of_taken_numbers_widens_the_window_into_the_past_alone() -> None:
    guid = note_guid(KEY, "confund")
    for attempt, width in ((7, 1), (8, 2), (15, 2), (16, 4), (64, 256), (999, 256)):
        before = START * 1000 - note_number(KEY, guid, START, attempt)
        assert 0 <= before < width * WINDOW
    # Long before the first release, numbers would be negative.
    assert all(note_number(KEY, guid, 1, attempt) > 0 for attempt in range(100))


def test_two_packages_share_a_number_in_fewer_than_one_of_a_thousand_tries() -> None:
    """All rows of a package stay in its lane, whenever they are added; lanes are fair dice."""
    keys = [uuid5(KEY, str(n)) for n in range(1500)]
    lanes = [lane(key) for key in keys]
    pairs = [one == other for one, other in combinations(lanes, 2)]
    assert 0 < sum(pairs) / len(pairs) < 1 / 1000
    for key in keys[:100]:
        for guid, time, attempt in (("a", START + 1, 0), ("b", START + 10**7, 3), ("c", START, 99)):
            number = note_number(key, guid, time, attempt)
            cards = [card_number(key, guid, number, *each) for each in ((0, 0), (7, 0), (0, 20))]
            assert {each % LANES for each in (number, *cards)} == {lane(key)}
    # Whereas within one lane 10,000 notes and as many others do meet.
    twin = next(
        key for key in (uuid5(OTHER, str(n)) for n in range(10**6)) if lane(key) == lane(KEY)
    )
    assert 100 < len(numbers_of(KEY, 10_000) & numbers_of(twin, 10_000)) < 300
    assert not numbers_of(KEY, 10_000) & numbers_of(OTHER, 10_000)


def lane(key: UUID) -> int:
    return note_number(key, "any", START) % LANES


def numbers_of(key: UUID, count: int) -> set[int]:
    """Return the numbers of as many notes of a package that are added in the same second."""
    return {note_number(key, f"{key}/{n}", START) for n in range(count)}


@pytest.mark.parametrize(
    ("heading", "note_id"),
    [
        ("Contingency fund (CONFUND)", "contingency-fund-confund"),
        ("What\u2019s C&I?", "whats-c-i"),
        ("What's  the\u00a0plan", "whats-the-plan"),
        ("\ufb01le \u2460", "file-1"),
        ("STRASSE stra\u00dfe", "strasse-strasse"),
        ("C++", "c"),
        ("\u65e5\u672c\u8a9e", "ri-ben-yu"),
        ("Un caf\u00e9", "un-cafe"),
        ("\u0434\u0435\u043d\u044c 1", "den-1"),
        ("\u9577\u8ddd\u96e2 (far)", "zhang-ju-li-far"),
        ("100 \u20ac", "100-eur"),
        ("What is CO<sub>2</sub>?", "what-is-co2"),
        ("One<br>two <Em>three</em >", "one-two-three"),
        ("List<String>", "list-string"),
        ("What does `<b>` do?", "what-does-b-do"),
        ("R&amp;D", "r-d"),
        ("What is $CO_2$?", "what-is-co2"),
        (r"What is $\frac{a}{b^{2}}$?", "what-is-a-b2"),
        (r"What is $\mathbf{\lambda}$?", "what-is-lambda"),
        (r"$$\sqrt{}$$", "sqrt"),
        ("a $25 credit and $30", "a-25-credit-and-30"),
        (r"What does \section do?", "what-does-section-do"),
        ("---", ""),
    ],
)
def test_the_note_id_that_a_heading_suggests(heading: str, note_id: str) -> None:
    assert suggest_note_id(heading) == note_id
