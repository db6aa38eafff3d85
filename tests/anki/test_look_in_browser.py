"""How cards look to learners: a rich package, by Anki itself, in Anki's page, on every screen."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.browser import needs_chromium
from tests.helpers.demo import START
from tests.helpers.learner import Learner, Log
from tests.helpers.look import axe, measures
from tests.helpers.reviewer import Reviewer, reviewing
from tests.helpers.rich import write_rich_package
from tests.helpers.trainer import Trainer

pytestmark = [pytest.mark.slow, needs_chromium]
PHONE = (390, 640)
DESK = (1280, 800)
SIZES = [(320, 640), PHONE, (844, 300), (600, 800), DESK, (1920, 1080)]
ON_ANDROID = (
    *("cloze", "cloze-long-begin", "cloze-long-end", "cloze-typed", "code-wide", "table-wide"),
    *("extra", "hebrew-question", "hebrew-typed", "screen", "tall", "typed", "typed-long"),
)
on_every_screen = pytest.mark.parametrize(("width", "height"), SIZES, ids=str)
by_day_and_by_night = pytest.mark.parametrize("night", [False, True], ids=["day", "night"])


@pytest.fixture(scope="module")
def reviewer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reviewer]:
    """Return a browser in which a learner reviews the rich package."""
    folder = tmp_path_factory.mktemp("rich")
    trainer = Trainer(folder / "repository")
    write_rich_package(trainer)
    package = trainer.build(START)
    with Learner.at(folder / "learner") as learner:
        assert learner.import_package(package) == Log(60, 0, 0, 0)
        assert learner.faults() == []
        # A correction, which a trainer cannot write yet.
        learner.edit("plain", "Notice", "Corrected: see <a href='https://example.org'>why</a>.")
        with reviewing(learner, folder) as reviewer:
            yield reviewer


def window(reviewer: Reviewer, size: tuple[int, int] = PHONE, *, night: bool = False) -> Reviewer:
    """Open Anki's page in a window of a size."""
    width, height = size
    reviewer.open(width=width, height=height, night=night, scripts=[measures()])
    return reviewer


def see(reviewer: Reviewer, name: str, *, ordinal: int = 0, typed: str = "") -> Reviewer:
    """Show the back of a card."""
    reviewer.show(reviewer.cards(name, typed=typed)[ordinal], back=True)
    return reviewer


def box(reviewer: Reviewer, selector: str) -> dict[str, float]:
    found: dict[str, float] = reviewer.run(
        f"look.box(look.elements({selector!r})[0]).toJSON()",
    )
    return found


def tab_through(reviewer: Reviewer) -> dict[str, bool]:
    """Press Tab until nothing more gets the focus; return what got it, and if a ring was seen."""
    from selenium.webdriver import ActionChains, Keys

    found: dict[str, bool] = {}
    for _ in range(20):
        ring = reviewer.run("document.activeElement !== document.body && look.ring()")
        if ring and ring["what"] in found:
            break
        if ring:
            found[ring["what"]] = ring["isSeen"]
        ActionChains(reviewer.driver).send_keys(Keys.TAB).perform()
    return found


@on_every_screen
def test_the_revealed_cloze_is_in_sight(reviewer: Reviewer, width: int, height: int) -> None:
    window(reviewer, (width, height))
    clozes = [card for card in reviewer.cards() if "cloze" in card.name]
    assert len(clozes) == 15
    assert reviewer.look("hidden", clozes) == {}


def test_anki_scrolls_to_a_cloze_that_stands_far_below(reviewer: Reviewer) -> None:
    """Else the test above would hold of cards that fit into the window."""
    see(window(reviewer, (844, 300)), "cloze-long-end")
    assert reviewer.run("scrollY") > 100
    assert reviewer.run("[...document.querySelectorAll('#answer')].map(e => e.className)") == [
        "cloze"
    ]


@on_every_screen
def test_what_is_wider_than_the_window_scrolls_in_a_box_of_its_own(
    reviewer: Reviewer, width: int, height: int
) -> None:
    window(reviewer, (width, height))
    cards = reviewer.cards()
    assert len(cards) == 69
    assert reviewer.look("wide", cards) == {}


@pytest.mark.parametrize("name", ["table-wide", "code-wide", "formula-wide"])
def test_the_box_scrolls_with_a_finger_and_with_the_keyboard(reviewer: Reviewer, name: str) -> None:
    from selenium.webdriver import ActionChains, Keys

    see(window(reviewer, (600, 800)), name)
    wide = "table, pre, mjx-container[display=true]"
    assert reviewer.run(f"look.elements({wide!r}).map(e => e.scrollWidth > e.clientWidth)") == [
        True
    ]
    ActionChains(reviewer.driver).send_keys(Keys.TAB).perform()
    assert reviewer.run(f"document.activeElement.matches({wide!r})")
    assert reviewer.run("look.ring().isSeen")
    ActionChains(reviewer.driver).send_keys(Keys.ARROW_RIGHT).pause(0.5).perform()
    assert reviewer.run("document.activeElement.scrollLeft") > 0


def test_a_narrow_table_does_not_fill_the_line(reviewer: Reviewer) -> None:
    see(window(reviewer, DESK), "table")
    assert box(reviewer, "table")["width"] < 400


@pytest.mark.parametrize("size", [PHONE, (1920, 1080)], ids=str)
def test_all_text_stands_in_one_column(reviewer: Reviewer, size: tuple[int, int]) -> None:
    window(reviewer, size)
    assert reviewer.look("uneven", reviewer.cards()) == {}


@pytest.mark.parametrize("size", [(320, 640), DESK], ids=str)
def test_no_box_cuts_off_what_it_holds(reviewer: Reviewer, size: tuple[int, int]) -> None:
    window(reviewer, size)
    assert reviewer.look("cut", reviewer.cards()) == {}


@pytest.mark.parametrize("size", [(320, 640), DESK], ids=str)
def test_rows_start_at_the_top_and_numbers_stay_whole(
    reviewer: Reviewer, size: tuple[int, int]
) -> None:
    window(reviewer, size)
    cards = [card for card in reviewer.cards() if "table" in card.name]
    assert len(cards) == 5
    assert reviewer.look("ragged", cards) == {}


@pytest.mark.parametrize("name", ["screen", "masks"])
def test_a_wide_picture_may_be_wider_than_the_text(reviewer: Reviewer, name: str) -> None:
    see(window(reviewer, (1920, 1080)), name)
    picture = box(reviewer, "img")
    assert picture["width"] >= 1200
    assert picture["left"] + picture["right"] == pytest.approx(1920, abs=20)
    for words in reviewer.run("look.elements('.answer p:not(:has(img)), .extra').map(look.box)"):
        assert words["width"] < 900


def test_a_question_may_hold_a_wide_picture_too(reviewer: Reviewer) -> None:
    see(window(reviewer, (1920, 1080)), "screen-question")
    assert box(reviewer, ".question img")["width"] >= 1200


@on_every_screen
def test_pictures_keep_their_shape_and_fit_into_the_window(
    reviewer: Reviewer, width: int, height: int
) -> None:
    window(reviewer, (width, height))
    for name in ("screen", "screen-question", "tall", "small", "half", "two", "masks"):
        see(reviewer, name)
        for picture in reviewer.run(
            "look.elements('img').map(e => ({shape: e.naturalWidth / e.naturalHeight,"
            " natural: e.naturalWidth, ...look.box(e).toJSON()}))"
        ):
            assert picture["width"] / picture["height"] == pytest.approx(picture["shape"], rel=0.02)
            assert picture["width"] <= picture["natural"]
            assert picture["height"] <= height


@on_every_screen
def test_masks_lie_on_the_picture(reviewer: Reviewer, width: int, height: int) -> None:
    window(reviewer, (width, height))
    for name in ("masks", "masks-tall"):
        see(reviewer, name)
        picture, canvas = box(reviewer, "img"), box(reviewer, "canvas")
        assert canvas == pytest.approx(picture, abs=1)
        below = reviewer.run(
            "look.elements('#toggle, .extra, .source, .foot').map(e => look.box(e).top)"
        )
        assert min(below) >= picture["bottom"]


@by_day_and_by_night
def test_the_mask_that_is_asked_for_is_told_from_the_others(
    reviewer: Reviewer, *, night: bool
) -> None:
    window(reviewer, DESK, night=night)
    reviewer.show(reviewer.cards("masks")[0])
    drawn = reviewer.run("look.masks()")
    (asked,), (other, another) = drawn["asked"], drawn["others"]
    assert other == another
    for one, two in ((asked, other), (asked, drawn["edge"]), (other, drawn["edge"])):
        assert reviewer.run("look.ratio(...arguments)", one, two) >= 2.5


@by_day_and_by_night
def test_the_ring_around_what_was_asked_is_seen_on_white(
    reviewer: Reviewer, *, night: bool
) -> None:
    see(window(reviewer, DESK, night=night), "masks")
    drawn = reviewer.run("look.masks()")
    assert drawn["paper"] == [255, 255, 255, 1]
    assert reviewer.run("look.ratio(...arguments)", drawn["ring"], drawn["paper"]) >= 2.5


def test_what_is_typed_stands_in_the_letters_of_the_card(reviewer: Reviewer) -> None:
    window(reviewer)
    assert reviewer.look("foreign", typed_cards(reviewer, "some words")) == {}


@pytest.mark.parametrize("typed", ["", "a word", "electricity meter " * 12, "x" * 90])
def test_what_is_compared_wraps(reviewer: Reviewer, typed: str) -> None:
    window(reviewer, (320, 640))
    assert reviewer.look("wide", typed_cards(reviewer, typed)) == {}


def typed_cards(reviewer: Reviewer, typed: str) -> list[Any]:
    cards = [card for card in reviewer.cards(typed=typed) if "_typeAnsPress" in card.question]
    assert len(cards) == 5
    return cards


@pytest.mark.parametrize("typed", ["", "kWh", "kW"])
def test_the_answer_is_said_once_where_the_comparison_says_all_of_it(
    reviewer: Reviewer, typed: str
) -> None:
    see(window(reviewer), "typed", typed=typed)
    shown = reviewer.run("look.elements('.answer').map(e => e.innerText)")
    assert shown == []
    assert "kWh" in reviewer.run("document.getElementById('qa').innerText").replace("\n", "")


def test_an_answer_that_says_more_than_the_comparison_is_shown(reviewer: Reviewer) -> None:
    see(window(reviewer), "typed-extra")
    assert reviewer.run("look.elements('.answer em').map(e => e.innerText)") == ["Café"]


@by_day_and_by_night
@pytest.mark.parametrize(
    ("name", "back", "first"),
    [
        ("typed", False, "input#typeans"),
        ("hint", False, "a.hint"),
        ("links", True, "a "),
        ("masks", True, "button#toggle"),
    ],
)
def test_what_has_the_focus_is_seen(
    reviewer: Reviewer, name: str, first: str, *, back: bool, night: bool
) -> None:
    window(reviewer, night=night)
    reviewer.show(reviewer.cards(name)[0], back=back)
    found = tab_through(reviewer)
    assert any(what.startswith(first) for what in found)
    assert all(found.values()), found


def test_each_part_runs_in_the_direction_of_its_own_first_letter(reviewer: Reviewer) -> None:
    window(reviewer)
    assert reviewer.look("astray", reviewer.cards()) == {}


@pytest.mark.parametrize("typed", ["", "מונה"])
def test_what_is_typed_from_right_to_left_is_compared_from_right_to_left(
    reviewer: Reviewer, typed: str
) -> None:
    see(window(reviewer), "hebrew-typed", typed=typed)
    compared = box(reviewer, "code#typeans")
    places = reviewer.run("look.characters(document.getElementById('typeans'))")
    # The first letter stands at the right, and those that follow to its left.
    assert places[0]["right"] > compared["right"] - 30
    assert places[1]["left"] < places[0]["left"]


def test_links_are_told_from_words_without_colour(reviewer: Reviewer) -> None:
    window(reviewer)
    assert reviewer.look("plain", reviewer.cards()) == {}


@pytest.mark.parametrize("size", [(320, 640), DESK], ids=str)
def test_a_finger_can_hit_what_can_be_touched(reviewer: Reviewer, size: tuple[int, int]) -> None:
    window(reviewer, size)
    assert reviewer.look("small", reviewer.cards()) == {}


@pytest.mark.parametrize("size", [(320, 640), DESK], ids=str)
def test_no_words_are_smaller_than_12_pixels(reviewer: Reviewer, size: tuple[int, int]) -> None:
    window(reviewer, size)
    assert reviewer.look("tiny", reviewer.cards()) == {}


@by_day_and_by_night
def test_all_words_are_told_from_what_they_stand_on(reviewer: Reviewer, *, night: bool) -> None:
    window(reviewer, night=night)
    cards = reviewer.cards(typed="kilowatt")
    assert reviewer.look("faint", cards) == {}


def test_a_cloze_without_a_title_looks_like_one_with_it(reviewer: Reviewer) -> None:
    window(reviewer)
    looks = []
    for name in ("cloze", "cloze-untitled"):
        see(reviewer, name)
        looks.append(
            reviewer.run(
                "(({fontSize, fontWeight, lineHeight}) => [fontSize, fontWeight, lineHeight])"
                "(look.style(document.querySelector('.cloze').parentElement))"
            )
        )
    assert looks[0] == looks[1]
    assert looks[0][1] == "400"


def test_a_task_has_its_box_and_no_bullet_beside_it(reviewer: Reviewer) -> None:
    see(window(reviewer), "tasks")
    assert (
        reviewer.run("look.elements('.answer li').map(e => look.style(e).listStyleType)")
        == ["none"] * 3
    )


def test_what_changed_in_code_is_coloured(reviewer: Reviewer) -> None:
    see(window(reviewer), "diff")
    colours = reviewer.run(
        "['.gi', '.gd', 'pre'].map(each => look.style(look.elements(each)[0]).color)"
    )
    assert len(set(colours)) == 3


def test_long_words_break_by_the_rules_of_their_language(reviewer: Reviewer) -> None:
    see(window(reviewer, (320, 640)), "german")
    assert reviewer.run("look.style(look.elements('.answer p')[0]).hyphens") == "auto"
    see(reviewer, "code")
    assert reviewer.run("look.style(look.elements('pre')[0]).hyphens") == "manual"


@by_day_and_by_night
def test_axe_finds_nothing_on_any_card(reviewer: Reviewer, *, night: bool) -> None:
    width, height = PHONE
    reviewer.open(width=width, height=height, night=night, scripts=[measures(), axe()])
    assert reviewer.look("barriers", reviewer.cards()) == {}


@pytest.mark.parametrize(("width", "height"), [(320, 640), (844, 300)], ids=str)
@by_day_and_by_night
def test_ankidroid_shows_it_as_well(
    reviewer: Reviewer, width: int, height: int, *, night: bool
) -> None:
    window(reviewer, (width, height), night=night)
    found = {}
    for card in reviewer.cards(*ON_ANDROID, typed="electricity meter kabinet"):
        reviewer.show_on_android(card)
        for measure in ("wide", "hidden", "foreign", "astray", "tiny", "small", "faint"):
            if faults := reviewer.run(f"look.{measure}(true)"):
                found[f"{card.name} {measure}"] = faults
    assert found == {}


def test_each_part_finds_its_direction_in_a_package_of_hebrew_too(tmp_path: Path) -> None:
    trainer = Trainer(tmp_path / "repository")
    write_rich_package(trainer, language="he")
    with Learner.at(tmp_path / "learner") as learner:
        learner.import_package(trainer.build(START))
        with reviewing(learner, tmp_path) as reviewer:
            window(reviewer)
            cards = reviewer.cards()
            assert 'dir="rtl"' in cards[0].question
            assert reviewer.look("astray", cards) == {}
            assert reviewer.look("wide", cards) == {}


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_words_that_a_learner_adds_below_a_picture_stay_together(
    reviewer: Reviewer, size: tuple[int, int]
) -> None:
    window(reviewer, size)
    (card,) = reviewer.cards("screen")
    added = "</p>More <b>bold</b> words"
    reviewer.show(card._replace(answer=card.answer.replace("</p>", added, 1)), back=True)
    assert reviewer.run("look.wide()") == []
    answer, bold = box(reviewer, ".answer"), box(reviewer, ".answer > b")
    assert 20 < bold["left"] - answer["left"] < 100
