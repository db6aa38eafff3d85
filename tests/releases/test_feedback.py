"""The page that leads on from a card: by the note and the version to the address of the day."""

import html
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.helpers.browser import chromium, needs_chromium, shown_texts
from tests.helpers.demo import DAY, EDITED, FIRST, LOCK, OTHER, START, import_release
from tests.helpers.learner import Learner
from tests.helpers.look import barriers
from tests.helpers.trainer import SETTINGS, Trainer

PAGE = 'page = "https://decks.example.org/"\n'
FORM = 'feedback = "https://forms.example.org/new?a=b&id={note}&v={version}"\n'
DEMO = SETTINGS + PAGE + FORM
MAIL = OTHER + PAGE + 'feedback = "help@example.org"\nlanguage = "ar"\n'


def links_of(side: str) -> list[str]:
    """Return where the links of a card lead."""
    return [html.unescape(each) for each in re.findall('<a href="([^"]*)"', side)]


@pytest.fixture
def two(trainer: Trainer) -> Trainer:
    """Return a trainer with two versions of demo, whose form asks for both, and one of other."""
    publish_two(trainer)
    return trainer


def publish_two(trainer: Trainer) -> None:
    trainer.write("content/other/package.toml", MAIL)
    trainer.write("content/other/1.md", "# Other\n\n## A {#a}\n\nB\n")
    trainer.write_package(FIRST, settings=DEMO)
    trainer.release(START)
    trainer.write_package(EDITED, settings=DEMO)
    trainer.release(START + DAY, "content/demo")


def test_a_card_names_its_note_to_the_page(trainer: Trainer, learner: Learner) -> None:
    trainer.write_package(FIRST, settings=DEMO)
    trainer.release(START)
    import_release(learner, trainer, "1.0.0")
    for name in ("meter", "moon"):
        _, back = learner.render(name)
        assert links_of(back) == [f"https://decks.example.org/feedback.html?note=demo/{name}"]


def test_without_a_page_a_card_names_its_note_to_the_form(
    trainer: Trainer, learner: Learner
) -> None:
    form = 'feedback = "https://forms.example.org/new?a=b&id={note}"\n'
    trainer.write_package(FIRST, settings=SETTINGS + form)
    trainer.release(START)
    import_release(learner, trainer, "1.0.0")
    _, back = learner.render("meter")
    assert links_of(back) == ["https://forms.example.org/new?a=b&id=demo/meter"]


def test_the_page_is_written_only_where_there_is_an_address(trainer: Trainer) -> None:
    trainer.write_package(FIRST, settings=SETTINGS + PAGE)
    assert "feedback.html" not in trainer.run("release").told
    assert not (trainer.folder / "dist/feedback.html").exists()
    trainer.write_package(FIRST, settings=DEMO)
    assert "dist/feedback.html" in trainer.run("release").told
    assert (trainer.folder / "dist/feedback.html").exists()


def test_the_address_changes_without_a_release_and_without_touching_a_card(two: Trainer) -> None:
    lock = (two.folder / LOCK).read_bytes()
    two.write_package(EDITED, settings=SETTINGS + PAGE + 'feedback = "new@example.org"\n')
    assert "nothing to release" in two.run("diff", "content/demo").told
    result = two.run("build", "--locked", "content/demo")
    assert "as released: the content is the same" in result.told
    page = (two.folder / "dist/feedback.html").read_text("utf-8")
    assert "forms.example.org" not in page
    assert 'href="mailto:new@example.org"' in page
    assert 'href="mailto:help@example.org"' in page
    assert (two.folder / LOCK).read_bytes() == lock


def test_a_draft_says_that_the_page_keeps_the_old_address(two: Trainer) -> None:
    before = (two.folder / "dist/feedback.html").read_bytes()
    remark = "feedback.html leads to the old address until the next release"
    new = SETTINGS + PAGE + 'feedback = "new@example.org"\n'
    two.write_package(EDITED.replace("list", "table"), settings=new)
    assert remark in two.run("build", "content/demo").told
    assert (two.folder / "dist/feedback.html").read_bytes() == before
    assert two.run("release", "content/demo").returncode == 0
    assert b"mailto:new@example.org" in (two.folder / "dist/feedback.html").read_bytes()
    two.write_package(EDITED, settings=new)
    assert remark not in two.run("build", "content/demo").told


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Any]]:
    """Return what opens the page of both packages in Chromium, each time with a question."""
    folder = tmp_path_factory.mktemp("feedback")
    trainer = Trainer(folder / "repository")
    publish_two(trainer)
    address = (trainer.folder / "dist/feedback.html").as_uri()
    with chromium(folder) as driver:

        def ask(question: str) -> Any:
            driver.get(f"{address}{question}")
            assert not driver.execute_script("return window.hacked")
            return driver

        yield ask


def ways(driver: Any) -> list[str]:
    found = driver.find_elements("css selector", "a.on")
    return [each.get_attribute("href") for each in found if each.is_displayed()]


@pytest.mark.slow
@needs_chromium
def test_the_page_leads_on_with_the_note_and_the_version(ask: Callable[[str], Any]) -> None:
    from selenium.webdriver.support.select import Select

    driver = ask("?note=demo/meter")
    assert shown_texts(driver, "h1") == ["Report a mistake"]
    assert shown_texts(driver, ".note") == ["Note: demo/meter"]
    form = "https://forms.example.org/new?a=b&id=demo%2Fmeter&v="
    assert ways(driver) == [form]
    choice = Select(driver.find_element("css selector", "#demo select"))
    assert [each.text for each in choice.options] == ["I do not know", "1.0.1", "1.0.0"]
    choice.select_by_visible_text("1.0.0")
    assert ways(driver) == [f"{form}1.0.0"]
    assert ways(ask("?note=demo/meter&version=1.0.1")) == [f"{form}1.0.1"]
    assert ways(ask("?note=demo/meter&version=9.9.9")) == [form]


@pytest.mark.slow
@needs_chromium
def test_each_package_has_its_own_address_and_language(ask: Callable[[str], Any]) -> None:
    driver = ask("?note=other/a")
    assert shown_texts(driver, "h1") == ["الإبلاغ عن خطأ"]
    assert shown_texts(driver, ".note bdi") == ["other/a"]
    assert ways(driver) == ["mailto:help@example.org?subject=other%2Fa%20"]
    section = driver.find_element("css selector", "#other")
    assert section.value_of_css_property("direction") == "rtl"
    button = driver.find_element("css selector", "#other .on")
    middle = driver.execute_script("return innerWidth / 2")
    assert button.rect["x"] > middle


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize(
    "question",
    [
        "",
        "?note=nobody/a",
        "?note=demo/A",
        "?note=demo",
        "?note=demo/a/b",
        "?note=" + quote("demo/<img src=x onerror='hacked=1'>"),
        "?note=" + quote('demo/a" onclick="hacked=1'),
        "?note=" + quote("javascript:hacked=1"),
        "?note=" + quote("demo/a\ndemo/b"),
        "?note=__proto__/a",
        "?note=%",
        "?version=1.0.0&note[]=demo/a",
    ],
)
def test_what_names_no_note_gives_the_plain_addresses(
    ask: Callable[[str], Any], question: str
) -> None:
    driver = ask(question)
    assert len(shown_texts(driver, "h1")) == 2
    assert not shown_texts(driver, ".note")
    assert shown_texts(driver, "#demo .which") == [
        "Please say which note it is: its name stands at the foot of the card."
    ]
    assert ways(driver) == [
        "https://forms.example.org/new?a=b&id=&v=",
        "mailto:help@example.org",
    ]
    assert not [each for each in driver.get_log("browser") if each["level"] == "SEVERE"]


@pytest.mark.slow
@needs_chromium
def test_a_hostile_version_goes_nowhere(ask: Callable[[str], Any]) -> None:
    for version in ("javascript:hacked=1", "1.0.0&id=x", "<b>"):
        driver = ask(f"?note=demo/meter&version={quote(version)}")
        assert ways(driver) == ["https://forms.example.org/new?a=b&id=demo%2Fmeter&v="]


@pytest.mark.slow
@needs_chromium
def test_axe_finds_nothing(ask: Callable[[str], Any]) -> None:
    for question in ("", "?note=demo/meter", "?note=other/a"):
        assert barriers(ask(question)) == []
