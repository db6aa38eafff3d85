"""What the page tells of the way from an earlier release to the newest."""

import json
import shutil
import time
from pathlib import Path

import pytest

from tests.helpers.branches import DUTY, Branches
from tests.helpers.demo import DAY, EDITED, FIRST, START
from tests.helpers.shelf import read_news
from tests.helpers.trainer import SETTINGS, Trainer

HEAD, _, MOON = FIRST.partition("## The moon")
MOON = f"## The moon{MOON}"
GAP = "The old words of some notes are not recorded."
DECK_GAP = "Whether decks were renamed since is not recorded."
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
    assert "The same words as yours." in text_of(published.folder / "dist/index.html", "1.0.0")


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


def test_words_of_a_release_that_is_not_recorded_are_not_made_up(published: Trainer) -> None:
    page = publish(published, FIRST.replace("A list", "THE list"), FIRST, EDITED)
    (published.folder / "dist/demo-1.0.1.json").unlink()
    assert published.run("build", "--locked").returncode == 0
    news = read_news(page, "demo-1.0.0")
    assert sorted(news.changed) == ["What is a meter?", "What is a tariff?"]
    assert news.words == {
        "What is a meter?": {"Back": ("It counts energy.", "It counts kilowatt-hours.")}
    }
    assert GAP in text_of(page, "1.0.0")
    assert GAP not in text_of(page, "1.0.2")


def test_words_that_changed_last_in_a_release_that_is_not_recorded_are_not_made_up(
    published: Trainer,
) -> None:
    texts = [FIRST.replace("A list", each) for each in ("The list", "That list")]
    page = publish(published, *texts, texts[1].replace("energy", "hours"))
    (published.folder / "dist/demo-1.0.2.json").unlink()
    assert published.run("build", "--locked").returncode == 0
    news = read_news(page, "demo-1.0.0")
    assert sorted(news.changed) == ["What is a meter?", "What is a tariff?"]
    assert [*news.words] == ["What is a meter?"]
    assert GAP in text_of(page, "1.0.0")


def merge(branches: Branches, theirs: str, ours: str, last: str, lost: str = "") -> Path:
    """Release 1.0.1 on one branch, 1.1.0 on the other, then what they merge into; all but one."""
    trainer = branches.trainer
    kept = branches.packages / "dist"
    for branch, text in (("main", FIRST), ("other", theirs), ("main", ours)):
        if branch == "other":
            branches.branch()
        if text != FIRST:
            branches.release(branch, text)
        home = trainer if branch == "main" else branches.other
        shutil.copytree(home.folder / "dist", kept, dirs_exist_ok=True)
    branches.merge(last)
    assert trainer.run("merge-lock").returncode == 0
    trainer.git("add", ".")
    trainer.git("commit", "-qm", "Merge")
    shutil.copytree(kept, trainer.folder / "dist", dirs_exist_ok=True)
    (trainer.folder / f"dist/demo-{lost}.json").unlink(missing_ok=True)
    trainer.release(START + 9 * DAY)
    return trainer.folder / "dist/index.html"


@pytest.mark.parametrize("lost", ["", "1.0.1"])
def test_a_learner_of_one_branch_reads_what_the_other_changed(
    branches: Branches, lost: str
) -> None:
    page = merge(branches, EDITED, FIRST + DUTY, EDITED + DUTY, lost)
    news = read_news(page, "demo-1.1.0")
    assert news.changed == ["What is a meter?"]
    words = {"What is a meter?": {"Back": ("It counts energy.", "It counts kilowatt-hours.")}}
    assert news.words == ({} if lost else words)
    assert (GAP in text_of(page, "1.1.0")) is bool(lost)


def test_a_learner_of_one_branch_reads_no_old_words_of_the_other(branches: Branches) -> None:
    watts, all_of_it = (EDITED.replace("kilowatt-hours", each) for each in ("watts", "all"))
    page = merge(branches, watts, EDITED + DUTY, all_of_it + DUTY)
    for version, old in (("1.0.0", "energy"), ("1.0.1", ""), ("1.1.0", "kilowatt-hours")):
        news = read_news(page, f"demo-{version}")
        sides = (f"It counts {old}.", "It counts all.")
        assert news.changed == ["What is a meter?"]
        assert news.words == ({"What is a meter?": {"Back": sides}} if old else {})
        assert (GAP in text_of(page, version)) is not bool(old)


def make_old(folder: Path) -> None:
    """Make manifests those of a version of ankibuild that told learners less."""
    for path in folder.glob("dist/demo-*.json"):
        manifest = json.loads(path.read_text("utf-8"))
        for name in ("sha256", "decks", "retired", "releases", "words", "page", "language"):
            del manifest[name]
        for note in manifest["notes"]:
            del note["question"], note["deck"]
        for change in manifest["changes"]:
            del change["since"]
        path.write_text(json.dumps(manifest), "utf-8")


def test_of_older_manifests_each_change_is_told(published: Trainer) -> None:
    publish(published, *(FIRST.replace("A list", each) for each in ("The list", "That list")))
    make_old(published.folder)
    published.write_package(FIRST.replace("A list", "No list"))
    published.release(START + 9 * DAY)
    shown = text_of(published.folder / "dist/index.html", "1.0.0")
    for old, new in (("A", "The"), ("The", "That"), ("That", "No")):
        assert f"<del>{old}</del><ins>{new}</ins>" in shown


def test_of_older_manifests_gone_decks_are_told_as_they_are_recorded(published: Trainer) -> None:
    publish(published, FIRST.replace("# Module 1", "# Module One", 1))
    make_old(published.folder)
    published.write_package(FIRST.replace("# Module 1", "# Module I", 1))
    published.release(START + 8 * DAY)
    page = published.folder / "dist/index.html"
    told = ["Demo::Module 1 → Demo::Module One", "Demo::Module One → Demo::Module I"]
    assert read_news(page, "demo-1.0.0").deck == told
    assert "Decks: 2 renamed." in text_of(page, "1.0.0")
    assert read_news(page, "demo-2.0.0").deck == told[1:]
    assert DECK_GAP not in text_of(page, "1.0.0")
    (published.folder / "dist/demo-2.0.0.json").unlink()
    assert published.run("build", "--locked").returncode == 0
    assert DECK_GAP in text_of(page, "1.0.0")


def test_many_releases_that_are_only_recorded_take_no_time(published: Trainer) -> None:
    path = published.folder / "dist/demo-1.0.0.json"
    manifest = json.loads(path.read_text("utf-8")) | {"package": "more"}
    manifest["key"] = manifest["key"].replace("0f0c", "1f0c")
    manifest["releases"] += [{"version": f"0.0.{n}", "time": n + 1} for n in range(20_000)]
    path.with_name("more-1.0.0.json").write_text(json.dumps(manifest), "utf-8")
    shutil.copy(path.with_suffix(".apkg"), path.with_name("more-1.0.0.apkg"))
    start = time.monotonic()
    assert published.run("build", "--locked").returncode == 0
    assert time.monotonic() - start < 30
    assert (published.folder / "dist/index.html").read_text("utf-8").count("Not recorded.") > 9_999
