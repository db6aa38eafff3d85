"""What the page tells of the way from an earlier release to the newest."""

import json
from pathlib import Path

from tests.helpers.demo import DAY, FIRST, START
from tests.helpers.shelf import read_news
from tests.helpers.trainer import SETTINGS, Trainer

HEAD, _, MOON = FIRST.partition("## The moon")
MOON = f"## The moon{MOON}"
MORE = "\n## What is VAT? {#vat}\n\nA tax.\n"


def publish(trainer: Trainer, *texts: str) -> Path:
    """Publish texts one after another; one that is without a note takes it out."""
    had_more = False
    for day, text in enumerate(texts, 1):
        has_more = MORE in text
        retired = 'retired = ["vat"]\n' if had_more and not has_more else ""
        trainer.write_package(text, settings=SETTINGS + retired)
        trainer.release(START + day * DAY)
        had_more |= has_more
    return trainer.folder / "dist/index.html"


def text_of(page: Path, version: str) -> str:
    text = page.read_text("utf-8")
    return text[text.index(f'id="demo-{version}"') :].partition("</section>")[0]


def test_words_that_changed_twice_are_told_from_the_first_to_the_last(published: Trainer) -> None:
    texts = (FIRST.replace("A list of", each) for each in ("The list of", "A table of"))
    page = publish(published, *texts)
    assert read_news(page, "demo-1.0.0").words == {
        "What is a tariff?": {"Back": ("A list of prices.", "A table of prices.")}
    }
    assert read_news(page, "demo-1.0.1").words == {
        "What is a tariff?": {"Back": ("The list of prices.", "A table of prices.")}
    }


def test_words_that_came_back_are_an_update_without_words(published: Trainer) -> None:
    news = read_news(publish(published, FIRST.replace("A list", "<"), FIRST), "demo-1.0.0")
    assert (news.changed, news.words) == (["What is a tariff?"], {})


def test_long_words_that_changed_twice_are_told_once(published: Trainer) -> None:
    text = FIRST.replace("A list of prices.", f"{'Long ago ' * 20}A list {'of prices ' * 20}.")
    page = publish(
        published, text, text.replace("A list", "A row"), text.replace("of prices .", "of fees .")
    )
    sentence = read_news(page, "demo-1.0.1").words["What is a tariff?"]["Back"]
    assert sentence[0].endswith("of prices of prices .")
    assert sentence[1].endswith("of prices of fees .")
    assert "A row" not in text_of(page, "1.0.1")


def test_what_came_and_went_is_told_to_nobody_else(published: Trainer) -> None:
    page = publish(published, FIRST + MORE, FIRST)
    news = read_news(page, "demo-1.0.0")
    assert (news.new, news.retired, news.search) == ([], [], "")
    assert "only the look" in text_of(page, "1.0.0")
    news = read_news(page, "demo-1.1.0")
    assert (news.retired, news.search) == (["What is VAT?"], '"Note ID:demo/vat"')


def test_a_note_that_came_back_is_new_only_to_who_never_had_it(published: Trainer) -> None:
    published.write_package(HEAD, settings=SETTINGS + 'retired = ["moon"]\n')
    published.release(START + DAY)
    published.write_package(HEAD + MOON.replace("orbits", "circles"))
    published.release(START + 2 * DAY)
    page = published.folder / "dist/index.html"
    news = read_news(page, "demo-1.0.0")
    assert (news.new, news.changed) == ([], ["The moon"])
    assert news.words == {
        "The moon": {"Text": ("The moon orbits the earth.", "The moon circles the earth.")}
    }
    assert read_news(page, "demo-2.0.0").new == ["The moon"]


def test_a_version_without_its_manifest_is_not_recorded(published: Trainer) -> None:
    texts = [FIRST.replace("A list", each) for each in ("The list", "That list", "No list")]
    publish(published, *texts)
    (published.folder / "dist/demo-1.0.1.json").unlink()
    assert published.run("build", "--locked").returncode == 0
    page = published.folder / "dist/index.html"
    assert "Not recorded." in text_of(page, "1.0.1")
    assert "not recorded" not in text_of(page, "1.0.2")
    # What changed is known all the same, though not each of its words.
    assert "The old words of some notes are not recorded." in text_of(page, "1.0.0")
    assert read_news(page, "demo-1.0.0").changed == ["What is a tariff?"]


def test_of_older_manifests_each_change_is_told(published: Trainer) -> None:
    publish(published, *(FIRST.replace("A list", each) for each in ("The list", "That list")))
    for path in published.folder.glob("dist/demo-*.json"):
        manifest = json.loads(path.read_text("utf-8"))
        for name in ("sha256", "decks", "retired", "releases", "words", "page", "language"):
            del manifest[name]
        for note in manifest["notes"]:
            del note["question"], note["deck"]
        path.write_text(json.dumps(manifest), "utf-8")
    published.write_package(FIRST.replace("A list", "No list"))
    published.release(START + 9 * DAY)
    shown = text_of(published.folder / "dist/index.html", "1.0.0")
    for old, new in (("A", "The"), ("The", "That"), ("That", "No")):
        assert f"<del>{old}</del><ins>{new}</ins>" in shown
