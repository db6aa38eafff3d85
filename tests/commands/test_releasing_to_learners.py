"""Releases: learners get exactly the changes, and keep all that is theirs."""

import hashlib
import json
import re
import shutil
from html import unescape
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

import ankibuild
from tests.helpers.demo import (
    DAY,
    EDITED,
    FIRST,
    START,
    forge_lock,
    import_release,
    snapshot,
    with_checksum,
)
from tests.helpers.learner import Learner, Log
from tests.helpers.packages import open_database
from tests.helpers.trainer import SETTINGS, Trainer, copy_media


@pytest.fixture
def published(trainer: Trainer) -> Trainer:
    """Return a trainer who has published version 1.0.0."""
    trainer.write_package(FIRST)
    trainer.release(START)
    return trainer


@pytest.fixture
def studied(published: Trainer, learner: Learner) -> Learner:
    """Return a learner who has imported and studied version 1.0.0."""
    assert import_release(learner, published, "1.0.0") == Log(4, 0, 0, 0)
    learner.study()
    return learner


def test_three_releases_bring_exactly_what_the_diff_says(
    published: Trainer, studied: Learner
) -> None:
    note_types, before = studied.note_types(), studied.progress()
    published.write_package(EDITED + "\n## What is VAT? {#vat}\n\nA tax.\n")
    published.release(START + DAY)
    assert import_release(studied, published, "1.1.0") == Log(1, 1, 3, 0)
    published.write_package(
        EDITED.replace("{#fee}", "{#fee .reversed}")
        + "\n## What is VAT? {#vat}\n\nA tax on sales.\n"
    )
    published.release(START + 2 * DAY)
    assert import_release(studied, published, "1.2.0") == Log(0, 2, 3, 0)
    after = studied.progress()
    assert {card: after[card] for card in before} == before
    assert set(after) - set(before) == {("vat", 0), ("fee", 1)}
    assert studied.note_types() == note_types
    assert studied.fields("vat")["Back"] == "<p>A tax on sales.</p>"
    assert studied.faults() == []
    assert import_release(studied, published, "1.2.0") == Log(0, 0, 5, 0)


def test_unchanged_notes_keep_the_learners_edits_tags_and_marks(
    published: Trainer, studied: Learner
) -> None:
    studied.edit("tariff", "Back", "my own words")
    studied.tag("fee", "mine", "marked")
    studied.date_back(START + 1)
    published.write_package(EDITED)
    published.release(START + DAY)
    import_release(studied, published, "1.0.1")
    assert studied.fields("meter")["Back"] == "<p>It counts kilowatt-hours.</p>"
    assert studied.fields("tariff")["Back"] == "my own words"
    assert studied.notes()["fee"].tags == ["marked", "mine"]


def test_a_learners_newer_edit_of_a_changed_note_wins_until_it_is_restamped(
    published: Trainer, studied: Learner
) -> None:
    studied.edit("meter", "Back", "my own words")
    published.write_package(EDITED)
    published.release(START + DAY)
    assert import_release(studied, published, "1.0.1") == Log(0, 0, 4, 0)
    assert studied.fields("meter")["Back"] == "my own words"
    # The learner's edit was made today, so only a release made after it can win.
    result = published.run("release", "--restamp", "meter", "--time", str(studied.now() + 60))
    assert result.returncode == 0, result.stderr
    notes = (published.folder / "dist/demo-1.0.2.md").read_text("utf-8")
    assert "## Sent to everyone again\n\n- What is a meter?" in notes
    assert "replaces your own edits" in notes
    assert import_release(studied, published, "1.0.2") == Log(0, 1, 3, 0)
    assert studied.fields("meter")["Back"] == "<p>It counts kilowatt-hours.</p>"


def test_an_older_release_imported_over_a_newer_one_downgrades_nothing(
    published: Trainer, studied: Learner
) -> None:
    published.write_package(EDITED)
    published.release(START + DAY)
    import_release(studied, published, "1.0.1")
    assert import_release(studied, published, "1.0.0") == Log(0, 0, 4, 0)
    assert studied.fields("meter")["Back"] == "<p>It counts kilowatt-hours.</p>"


def test_a_learners_own_look_stays_until_ours_changes(published: Trainer, studied: Learner) -> None:
    studied.restyle("demo front-back (ankibuild)", ".card { color: red }")
    studied.date_back(START + 1)
    published.write_package(EDITED)
    published.release(START + DAY)
    assert import_release(studied, published, "1.0.1") == Log(0, 1, 3, 0)
    assert studied.style("demo front-back (ankibuild)") == ".card { color: red }"
    assert "color: red" not in studied.style("demo cloze (ankibuild)")
    published.write_package(EDITED, settings=SETTINGS + 'feedback = "help@example.org"\n')
    assert "look: templates or style of front-back notes" in published.run("diff").stdout
    published.release(START + 2 * DAY)
    import_release(studied, published, "1.0.2")
    assert "help@example.org" in studied.render("meter")[1]
    assert "color: red" not in studied.style("demo front-back (ankibuild)")


def test_a_dev_build_does_not_keep_the_release_from_arriving(
    published: Trainer, studied: Learner
) -> None:
    published.write_package(FIRST.replace("counts energy", "counts watts") + "\n## A? {#a}\n\nB\n")
    result = published.run("build", SOURCE_DATE_EPOCH=str(START + DAY))
    assert "dist/demo-1.1.0-dev.apkg" in result.stdout
    assert "with changes that are not released yet" in result.stdout
    assert import_release(studied, published, "1.1.0-dev") == Log(1, 1, 3, 0)
    published.write_package(EDITED + "\n## A? {#a}\n\nC\n")
    published.release(START + 2 * DAY)
    assert import_release(studied, published, "1.1.0") == Log(0, 2, 3, 0)
    assert studied.fields("meter")["Back"] == "<p>It counts kilowatt-hours.</p>"
    assert studied.fields("a")["Back"] == "<p>C</p>"
    assert studied.faults() == []


def test_build_with_nothing_pending_is_the_release_again(published: Trainer) -> None:
    dist = published.folder / "dist"
    before = {path.name: path.read_bytes() for path in dist.iterdir()}
    names = {f"demo-1.0.0.{end}" for end in ("apkg", "json", "md")}
    assert set(before) == {*names, "SHA256SUMS", "index.html"}
    shutil.rmtree(dist)
    result = published.run("build", "--locked")
    assert result.returncode == 0, result.stderr
    assert "as released: its content is the recorded one" in result.stdout
    assert {path.name: path.read_bytes() for path in dist.iterdir()} == before


def test_build_locked_fails_and_lists_what_is_pending(published: Trainer) -> None:
    published.write_package(EDITED)
    shutil.rmtree(published.folder / "dist")
    result = published.run("build", "--locked")
    assert result.returncode == 1
    assert "demo: 1.0.0 → 1.0.1" in result.stderr
    assert "changed: meter: What is a meter?" in result.stderr
    assert not (published.folder / "dist").exists()


def test_another_look_than_the_recorded_one_is_said(published: Trainer) -> None:
    lock = published.folder / "content/demo/package.lock"
    content = json.loads((published.folder / "dist/demo-1.0.0.json").read_text())["content"]
    forge_lock(lock, lambda line: line.replace(content, "0" * 32))
    result = published.run("build")
    assert result.returncode == 0
    assert "not as released" in result.stderr
    assert published.run("build", "--locked").returncode == 1


def test_diff_tells_word_by_word_in_three_forms(published: Trainer) -> None:
    decks = (
        EDITED.replace("{#fee}", '{#fee .reversed hint="price" tags="money"}')
        .replace("## What is a tariff? {#tariff}\n\nA list of prices.\n", "")
        .replace("The {{c1::moon}}", "The **{{c1::moon}}**"),
        "# Module 2\n\n## What is a tariff? {#tariff}\n\nA list of prices.\n\n"
        "## New? {#new}\n\nYes.\n",
    )
    published.write_package(*decks)
    assert published.run("diff").stdout.splitlines() == [
        "demo: 1.0.0 → 1.1.0",
        "  new: new: New?",
        "  changed: fee: What is a fee?",
        "      Hint: {+price+}",
        "      reversed: switched on",
        "      tags: {+money+}",
        "  changed: meter: What is a meter?",
        "      Back: It counts [-energy-]{+kilowatt-hours+}.",
        "  changed: moon: The moon",
        "      Text: <p>The {+<strong>+}{{c1::moon}}{+</strong>+} orbits the {{c2::earth}}.</p>",
        "  moved: tariff: What is a tariff?",
        "      Demo::Module 1 → Demo::Module 2; existing cards stay where they are",
        "  descriptions: of the decks",
    ]
    markdown = published.run("diff", "--format", "markdown").stdout
    assert "### demo: 1.0.0 → 1.1.0" in markdown
    assert "  - Back: It counts ~~energy~~**kilowatt-hours**." in markdown
    (report,) = json.loads(published.run("diff", "--format", "json").stdout)["packages"]
    assert report["next"] == "1.1.0"
    assert [each["id"] for each in report["changed"]] == ["fee", "meter", "moon"]
    assert report["changed"][1]["fields"]["Back"] == {
        "old": "<p>It counts energy.</p>",
        "new": "<p>It counts kilowatt-hours.</p>",
    }
    assert report["moved"] == ["tariff"]


def test_the_diff_for_a_pull_request_shows_markup_as_the_text_that_it_is(
    published: Trainer,
) -> None:
    text = EDITED.replace("## What is a fee?", r"## Is \*List<T>\* a \#1 [fee]?")
    published.write_package(text.replace("A price for a", r"A \<b> \~price\~ of any"))
    markdown = published.run("diff", "--format", "markdown").stdout
    shown = " ".join(unescape(re.sub("<[^>]*>", "", MarkdownIt().render(markdown))).split())
    assert "changed: fee: Is *List<T>* a #1 [fee]?" in shown
    assert "Back: A <b> ~price~" in shown


def test_the_diff_for_a_pull_request_fits_into_a_comment(published: Trainer) -> None:
    many = "".join(f"\n## {'Why? ' * 20}{n} {{#n{n}}}\n\nB\n" for n in range(1000))
    published.write_package(FIRST + many)
    markdown = published.run("diff", "--format", "markdown").stdout
    assert 50_000 < len(markdown) < 65_536
    assert markdown.endswith("\n\n… and more: `ankibuild diff` lists all.\n")
    assert "n999" in published.run("diff").stdout


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
        assert "nothing changed since version 1.0.0; edit something first" in result.stderr


def test_a_retired_note_leaves_the_package_and_can_come_back(
    published: Trainer, studied: Learner
) -> None:
    without = FIRST.replace("## What is a fee? {#fee}\n\nA price for a service.\n\n", "")
    published.write_package(without)
    result = published.run("release")
    assert result.returncode == 1
    assert 'the note "fee", published in 1.0.0, is gone; put it back with {#fee}' in result.stderr
    assert 'take it out for good: retired = ["fee"]' in result.stderr
    published.write_package(without, settings=SETTINGS + 'retired = ["fee"]\n')
    published.release(START + DAY)
    assert import_release(studied, published, "2.0.0") == Log(0, 0, 3, 0)
    assert "fee" in studied.notes()
    notes = (published.folder / "dist/demo-2.0.0.md").read_text("utf-8")
    (search,) = re.findall('^    (".*)$', notes, re.MULTILINE)
    assert list(studied.collection.find_notes(search)) == [studied.notes()["fee"].id]
    deck = studied.collection.decks.by_name("Demo")
    assert deck
    assert 'search for "Note ID:demo/fee"' in deck["desc"]

    published.write_package(
        without + "\n## Fee\n\nOther.\n", settings=SETTINGS + 'retired = ["fee"]\n'
    )
    assert 'note id "fee" is listed as retired' in published.run("check").stderr
    published.write_package(without + "\n## Fee\n\nOther.\n")
    assert 'the note id "fee" is that of a retired note' in published.run("check").stderr
    assert published.run("pin").returncode == 0
    assert "{#fee-2}" in (published.folder / "content/demo/1.md").read_text("utf-8")

    lock = published.folder / "content/demo/package.lock"
    before = lock.read_bytes()
    published.write_package(FIRST.replace("A price for", "The price of"))
    assert "back again: fee" in published.run("diff").stdout
    published.release(START + 2 * DAY)
    assert import_release(studied, published, "2.1.0") == Log(0, 1, 3, 0)
    assert studied.fields("fee")["Back"] == "<p>The price of a service.</p>"
    assert len(studied.notes()) == 4
    deck = studied.collection.decks.by_name("Demo")
    assert deck
    assert "search for" not in deck["desc"]
    assert '"retired":"fee"' not in lock.read_text("utf-8")

    lock.write_bytes(before)
    for path in (published.folder / "dist").glob("demo-2.1.0.*"):
        path.unlink()
    studied.edit("fee", "Back", "my own words")
    published.write_package(FIRST)
    published.release(studied.now() + 60)
    assert import_release(studied, published, "2.1.0") == Log(0, 0, 4, 0)
    assert studied.fields("fee")["Back"] == "my own words"
    notes = (published.folder / "dist/demo-2.1.0.md").read_text("utf-8")
    assert "Notes: 1 new.\n" in notes
    assert "## New\n\n- What is a fee?" in notes


def test_a_bad_release_is_undone_by_a_higher_one(published: Trainer, studied: Learner) -> None:
    published.write_package(EDITED)
    published.release(START + DAY)
    import_release(studied, published, "1.0.1")
    published.write_package(FIRST)
    published.release(START + 2 * DAY)
    assert import_release(studied, published, "1.0.2") == Log(0, 1, 3, 0)
    assert studied.fields("meter")["Back"] == "<p>It counts energy.</p>"


def test_the_files_of_a_release(published: Trainer) -> None:
    dist = published.folder / "dist"
    manifest = json.loads((dist / "demo-1.0.0.json").read_text("utf-8"))
    assert manifest["version"] == "1.0.0"
    assert manifest["time"] == START
    assert re.fullmatch(r"ankibuild \d+\.\d+\.\d+", manifest["tool"])
    assert manifest["counts"] == {"decks": 1, "notes": 4, "cards": 5}
    assert [note["id"] for note in manifest["notes"]] == ["fee", "meter", "moon", "tariff"]
    sums = (dist / "SHA256SUMS").read_text("utf-8").splitlines()
    assert len(sums) == 3
    for line in sums:
        digest, name = line.split("  ")
        assert hashlib.sha256((dist / name).read_bytes()).hexdigest() == digest
    notes = (dist / "demo-1.0.0.md").read_text("utf-8")
    assert notes.startswith("# Demo 1.0.0\n\n2025-06-15. Notes: 4 new.\n")
    for word in ("## How to import", "Leave the options as they are", "Suspend a card"):
        assert word in notes


def test_the_notes_of_an_update_find_the_changed_notes(
    published: Trainer, studied: Learner
) -> None:
    published.write_package(EDITED.replace("A list of", "The list of"))
    published.release(START + DAY)
    notes = (published.folder / "dist/demo-1.0.1.md").read_text("utf-8")
    assert "## Changed\n\n- What is a meter?\n- What is a tariff?\n" in notes
    (search,) = re.findall('^    (".*)$', notes, re.MULTILINE)
    found = {
        studied.collection.get_note(n)["Note ID"] for n in studied.collection.find_notes(search)
    }
    assert found == {"demo/meter", "demo/tariff"}


def test_the_description_tells_version_day_and_changes(
    published: Trainer, studied: Learner
) -> None:
    published.write_package(EDITED)
    published.release(START + DAY)
    import_release(studied, published, "1.0.1")
    deck = studied.collection.decks.by_name("Demo")
    assert deck
    assert "Version 1.0.1, 2025-06-16. Notes: 1 changed." in deck["desc"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--time", str(START)],
            "version 1.0.0 was released at 2025-06-15 15:06:40 UTC, not before 2025-06-15 15:06:40",
        ),
        (["--time", "2001-01-01T00:00"], "release times go up"),
        (["--version", "1.0.0"], 'version "1.0.0" does not come after 1.0.0; take 1.0.1'),
        (["--version", "next"], '"next" is not a version; write three numbers'),
        (["--restamp", "metre"], 'the note "metre" was never published'),
    ],
)
def test_a_release_that_would_go_wrong_is_refused(
    published: Trainer, arguments: list[str], message: str
) -> None:
    published.write_package(EDITED)
    before = snapshot(published.folder)
    result = published.run("release", *arguments)
    assert result.returncode == 1
    assert message in result.stderr
    assert snapshot(published.folder) == before


@pytest.mark.parametrize("given", ["yesterday", "99999999999", "2999-01-01", "-5", "0"])
def test_a_time_that_is_none_is_wrong_usage(published: Trainer, given: str) -> None:
    assert published.run("release", "--time", given).returncode == 2


def test_a_dry_run_writes_nothing(published: Trainer) -> None:
    published.write_package(EDITED)
    before = snapshot(published.folder)
    result = published.run("release", "--dry-run", "--version", "3.0.0")
    assert result.returncode == 0
    assert "would write version 3.0.0:\n  dist/demo-3.0.0.apkg\n" in result.stdout
    assert snapshot(published.folder) == before


def test_unpinned_notes_and_lone_files_are_refused(trainer: Trainer) -> None:
    trainer.write_package("# A\n\n## B\n\nC\n")
    result = trainer.run("release")
    assert result.returncode == 1
    assert 'content/demo/1.md:3:4: the note "b" has no id of its own; run ankibuild pin' in (
        result.stderr
    )
    trainer.write("lone.md", "# A\n\n## B {#b}\n\nC\n")
    assert "a lone file has no identity to publish" in trainer.run("release", "lone.md").stderr
    assert not (trainer.folder / "dist").exists()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('id = "demo"', 'id = "other"', 'the id "other" is not the published one'),
        ("0f0c6a52", "1f0c6a52", "is not the published one; the first release freezes it"),
        (
            'title = "Demo"',
            'title = "Demo"\nretired = ["never"]',
            'note "never" was never published',
        ),
    ],
)
def test_what_the_first_release_froze_cannot_change(
    published: Trainer, old: str, new: str, message: str
) -> None:
    published.write_package(EDITED, settings=SETTINGS.replace(old, new))
    result = published.run("release")
    assert result.returncode == 1
    assert message in result.stderr


def test_a_question_cannot_turn_into_a_cloze(published: Trainer) -> None:
    published.write_package(FIRST.replace("It counts energy", "It {{c1::counts}} energy"))
    assert 'the published note "meter" was a question with an answer' in (
        published.run("check").stderr
    )


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda text: text.replace("counts energy", "counts"), "edited by hand or is not whole"),
        (
            lambda text: text[: len(text) // 2],
            "this line is no record of a lock (Input data was trunc",
        ),
        (lambda text: "", "package.lock:1:1: this line is no record of a lock"),
        (lambda text: "\x00\xff" + text, "no record of a lock"),
        (
            lambda text: text.replace('"format":2', '"format":3'),
            "a newer ankibuild wrote this file (format 3); install a newer ankibuild: pip install",
        ),
        (
            lambda text: text.replace('{"note":"fee"', '<<<<<<< ours\n{"note":"fee"'),
            "package.lock:2:1: two releases made on two branches meet here; put the two locks "
            "together: ankibuild merge-lock content/demo",
        ),
        (
            lambda text: text.replace('{"note":"fee"', '=======\n>>>>>>> theirs\n{"note":"fee"'),
            "package.lock:2:1: two releases made on two branches meet here",
        ),
        (
            lambda text: text.replace('{"note":"fee"', '>>>>>>> theirs\n{"note":"fee"'),
            "package.lock:2:1: two releases made on two branches meet here",
        ),
        (
            lambda text: with_checksum(text.replace('"guid":', '"other":', 1)),
            "package.lock:2:1: this line is no record of a lock (Object missing required field "
            "`guid`); take the file as it was committed last; docs/releasing.md tells how",
        ),
        (lambda text: "[" * 100_000, "no record of a lock"),
    ],
)
def test_a_damaged_lock_is_named_and_never_overwritten(
    published: Trainer, edit: object, message: str
) -> None:
    path = published.folder / "content/demo/package.lock"
    damaged = edit(path.read_text("utf-8")).encode()  # type: ignore[operator]
    path.write_bytes(damaged)
    published.write_package(EDITED)
    for command in ("check", "build", "diff", "release"):
        result = published.run(command)
        assert result.returncode == 1
        assert message in result.stderr
        assert "Traceback" not in result.stderr
    assert path.read_bytes() == damaged


def test_a_lock_with_windows_line_endings_is_the_same_lock(published: Trainer) -> None:
    path = published.folder / "content/demo/package.lock"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert published.run("build", "--locked").returncode == 0
    published.write_package(EDITED)
    published.release(START + DAY)
    assert b"\r" not in path.read_bytes()


def test_several_packages_are_released_together_and_unchanged_ones_left_alone(
    published: Trainer,
) -> None:
    published.write(
        "content/more/package.toml", SETTINGS.replace("demo", "more").replace("0f0c", "1f0c")
    )
    published.write("content/more/1.md", "# More\n\n## A {#a}\n\nB\n")
    result = published.run("release", "--time", str(START + DAY))
    assert "more: not released yet → 1.0.0" in result.stdout
    assert "demo" not in result.stdout
    sums = (published.folder / "dist/SHA256SUMS").read_text("utf-8").split()[1::2]
    assert sums == [f"{n}-1.0.0.{end}" for n in ("demo", "more") for end in ("apkg", "json", "md")]
    published.write_package(EDITED)
    published.write("content/more/1.md", "# More\n\n## A {#a}\n\nC\n")
    for option in (("--version", "5.0.0"), ("--restamp", "meter")):
        result = published.run("release", *option)
        assert "several packages would be released: content/demo, content/more" in result.stderr


def test_newer_tools_that_render_otherwise_restamp_nothing(
    published: Trainer, studied: Learner
) -> None:
    """A note whose recorded rendering differs, its source unchanged: what a newer Pygments does."""
    lock = published.folder / "content/demo/package.lock"

    def other_html(line: str) -> str:
        line = line.replace("<p>A list of prices.</p>", "<p class=old>A list of prices.</p>")
        return re.sub('"rendered":"[0-9a-f]{32}"', f'"rendered":"{"0" * 32}"', line)

    forge_lock(lock, other_html)
    result = published.run("diff")
    assert result.stdout.startswith("demo 1.0.0: nothing to release\n  re-rendered: fee")
    published.write_package(EDITED)
    studied.tag("tariff", "mine")
    studied.date_back(START + 1)
    published.release(START + DAY)
    assert import_release(studied, published, "1.0.1") == Log(0, 1, 3, 0)
    assert studied.notes()["tariff"].tags == ["mine"]
    assert "<p class=old>A list of prices.</p>" in lock.read_text("utf-8")


def test_learners_get_the_published_words_of_a_note_that_is_re_rendered(
    published: Trainer, learner: Learner
) -> None:
    """What an older tool wrote of a cloze and of a question stays, in the package itself."""
    lock = published.folder / "content/demo/package.lock"

    def other_html(line: str) -> str:
        line = line.replace("<p>The {{c1", "<p class=old>The {{c1").replace(
            "<p>A l", "<p class=old>A l"
        )
        return re.sub('"rendered":"[0-9a-f]{32}"', f'"rendered":"{"0" * 32}"', line)

    forge_lock(lock, other_html)
    published.write_package(EDITED)
    published.release(START + DAY)
    import_release(learner, published, "1.0.1")
    assert learner.fields("moon")["Text"].startswith("<p class=old>The {{c1::moon}}")
    assert learner.fields("tariff")["Back"] == "<p class=old>A list of prices.</p>"
    assert learner.fields("meter")["Back"] == "<p>It counts kilowatt-hours.</p>"
    assert {learner.notes()[name].mod for name in ("moon", "tariff")} == {START}
    # And so it is when the same release is built again.
    package = published.folder / "dist/demo-1.0.1.apkg"
    before = package.read_bytes()
    assert published.run("build", "--locked").returncode == 0
    assert package.read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"media":{"meter-418a0de56f3d.png":"418a', '"media":{"meter-418a0de56f3d.png":"518a'),
        ('"tags":["green"]', '"tags":["red"]'),
        (f'"changed":{START}', f'"changed":{START - 1}'),
        (f'"look":"([0-9a-f]*)","changed":{START}', f'"look":"\\1","changed":{START - 1}'),
        ('"nid":1', '"nid":2'),
        ("It counts energy.", "It counts."),
        ('"name":"demo front-back', '"name":"our front-back'),
        ('"summary":"Notes', '"summary":"All notes'),
    ],
)
def test_a_release_is_not_as_released_when_anything_in_it_differs(
    trainer: Trainer, old: str, new: str
) -> None:
    picture = "\n## What is drawn? {#drawn}\n\n![A meter](media/meter.png)\n"
    trainer.write_package(FIRST.replace("{#meter}", '{#meter tags="green"}') + picture)
    copy_media(picture, trainer.folder / "content/demo")
    trainer.release(START)
    assert trainer.run("build", "--locked").returncode == 0
    lock = trainer.folder / "content/demo/package.lock"
    text = lock.read_text("utf-8")
    pattern = old if "(" in old else re.escape(old)
    forged = re.sub(pattern, new, text, count=1)
    assert forged != text
    lock.write_text(with_checksum(forged), "utf-8")
    assert trainer.run("diff").stdout == "demo 1.0.0: nothing to release\n"
    result = trainer.run("build")
    assert "not as released" in result.stderr
    assert trainer.run("build", "--locked").returncode == 1


def note_types(trainer: Trainer, version: str) -> dict[str, int]:
    """Return the times of a package's note types by name."""
    package = open_database(trainer.folder / f"dist/demo-{version}.apkg")
    (models,) = package.execute("select models from col").fetchone()
    return {each["name"]: each["mod"] for each in json.loads(models).values()}


def test_a_note_type_has_the_time_of_the_release_that_changed_its_look(published: Trainer) -> None:
    front_back, cloze = "demo front-back (ankibuild)", "demo cloze (ankibuild)"
    published.write_package(EDITED)
    published.release(START + DAY)
    assert note_types(published, "1.0.1") == {front_back: START, cloze: START}
    published.write_package(EDITED, settings=SETTINGS + 'feedback = "help@example.org"\n')
    published.release(START + 2 * DAY)
    new = START + 2 * DAY
    assert note_types(published, "1.0.2") == {front_back: new, cloze: new}
    published.write_package(FIRST, settings=SETTINGS + 'feedback = "help@example.org"\n')
    published.release(START + 3 * DAY)
    assert note_types(published, "1.0.3") == {front_back: new, cloze: new}


def test_a_note_type_keeps_the_name_under_which_it_was_published(
    published: Trainer, learner: Learner
) -> None:
    """An older ankibuild may have given it another name than today's."""
    lock = published.folder / "content/demo/package.lock"
    forge_lock(lock, lambda line: line.replace("demo front-back (ankibuild)", "Demo, both sides"))
    names = {"Demo, both sides", "demo cloze (ankibuild)"}
    published.write_package(EDITED)
    published.has_anki = True
    rehearsed = json.loads(published.run("rehearse", "--format", "json").stdout)["rehearsals"]
    assert set(rehearsed[0]["note_types"]) == names
    published.release(START + DAY)
    assert note_types(published, "1.0.1").keys() == names
    published.write_package(FIRST)
    published.release(START + 2 * DAY)
    assert note_types(published, "1.0.2").keys() == names
    import_release(learner, published, "1.0.1")
    assert import_release(learner, published, "1.0.2") == Log(0, 1, 3, 0)
    assert names < learner.note_types().keys()
    assert "demo front-back (ankibuild)" not in learner.note_types()


def test_a_note_that_moved_is_in_its_new_deck_from_then_on(
    published: Trainer, studied: Learner, tmp_path: Path
) -> None:
    moon = FIRST.index("## The moon")
    published.write_package(FIRST[:moon], "# Module 2\n\n" + FIRST[moon:])
    assert 'the published note "moon" moved to "Demo::Module 2"' in published.run("check").stderr
    published.release(START + DAY)
    assert published.run("check").stderr == "0 errors, 0 warnings\n"
    assert published.run("diff").stdout == "demo 1.0.1: nothing to release\n"
    lock = (published.folder / "content/demo/package.lock").read_text("utf-8")
    records = [json.loads(line) for line in lock.splitlines()]
    decks = {each["note"]: each["deck"] for each in records if "note" in each}
    assert decks["moon"] == "Demo::Module 2"
    assert decks["meter"] == "Demo::Module 1"
    # Who has it already keeps the cards where they are; who is new finds them in the new deck.
    before = studied.progress()
    assert import_release(studied, published, "1.0.1") == Log(0, 0, 4, 0)
    assert studied.progress() == before
    with Learner.at(tmp_path / "newcomer") as newcomer:
        import_release(newcomer, published, "1.0.1")
        assert newcomer.progress()["moon", 0].deck == "Demo::Module 2"
        assert newcomer.progress()["meter", 0].deck == "Demo::Module 1"


@pytest.mark.parametrize("what", ["changed", "gone", "broken"])
def test_a_lock_that_changes_while_a_release_is_made_stops_it_and_stays(
    published: Trainer, what: str
) -> None:
    lock = published.folder / "content/demo/package.lock"
    published.write_package(EDITED)
    other = Trainer(published.folder.parent / "other")
    shutil.copytree(published.folder / "content", other.folder / "content")
    other.release(START + 1)
    theirs = (other.folder / "content/demo/package.lock").read_bytes()
    expected = {"changed": theirs, "gone": None, "broken": b"{"}[what]

    def meanwhile(*_: object) -> None:
        lock.unlink()
        if expected:
            lock.write_bytes(expected)

    before = snapshot(published.folder / "dist")
    with pytest.raises(ankibuild.AnkibuildError) as raised:
        ankibuild.release(
            [published.folder / "content/demo"],
            published.folder / "dist",
            time=START + DAY,
            before_writing=meanwhile,
        )
    assert "this file changed while the release was made; run the release again" in str(
        raised.value
    )
    assert (lock.read_bytes() if lock.exists() else None) == expected
    assert snapshot(published.folder / "dist") == before


def test_a_lock_that_appears_while_the_first_release_is_made_stops_it_and_stays(
    published: Trainer,
) -> None:
    lock = published.folder / "content/demo/package.lock"
    theirs = lock.read_bytes()
    lock.unlink()
    shutil.rmtree(published.folder / "dist")

    def meanwhile(*_: object) -> None:
        lock.write_bytes(theirs)

    paths, dist = [published.folder / "content/demo"], published.folder / "dist"
    with pytest.raises(ankibuild.AnkibuildError, match="this file changed while the release was"):
        ankibuild.release(paths, dist, time=START + DAY, before_writing=meanwhile)
    assert lock.read_bytes() == theirs
    assert not list(dist.glob("demo*"))


def test_a_note_that_changed_is_not_told_as_sent_again_too(published: Trainer) -> None:
    published.write_package(EDITED)
    published.release(START + DAY, "--restamp", "meter", "--restamp", "fee")
    notes = (published.folder / "dist/demo-1.0.1.md").read_text("utf-8")
    assert "2025-06-16. Notes: 2 changed." in notes
    assert "## Changed\n\n- What is a meter?\n\n" in notes
    assert "## Sent to everyone again\n\n- What is a fee?\n\n" in notes


def test_a_note_that_newer_tools_would_give_more_cards_keeps_those_that_it_has(
    published: Trainer, learner: Learner
) -> None:
    def fewer(line: str) -> str:
        line = line.replace("orbits the {{c2::earth}}", "orbits the earth")
        return re.sub('"rendered":"[0-9a-f]{32}"', f'"rendered":"{"0" * 32}"', line)

    forge_lock(published.folder / "content/demo/package.lock", fewer)
    assert published.run("diff").stdout.startswith("demo 1.0.0: nothing to release\n")
    published.write_package(EDITED)
    published.release(START + DAY)
    import_release(learner, published, "1.0.1")
    assert [card for card in learner.progress() if card[0] == "moon"] == [("moon", 0)]
    assert learner.faults() == []


def test_an_edit_that_changes_nothing_on_cards_is_known_with_the_next_release(
    published: Trainer,
) -> None:
    """Else newer tools would make an author's edit of it later."""
    text = EDITED.replace("A list of prices.", r"A list of prices\.")
    published.write_package(text)
    published.release(START + DAY)
    lock = published.folder / "content/demo/package.lock"
    forge_lock(lock, lambda line: re.sub('"rendered":"[^"]*"', f'"rendered":"{"0" * 32}"', line))
    diff = published.run("diff").stdout
    assert diff.startswith("demo 1.0.1: nothing to release\n")
    assert "re-rendered: tariff: What is a tariff?" in diff


def test_the_lock_and_the_description_do_not_tell_in_which_order_things_happened(
    published: Trainer,
) -> None:
    """What is built from the lock that was read is what was built when it was written."""
    parts = FIRST.split("\n## ")
    for day, gone in ((1, ["tariff"]), (2, ["tariff", "fee"])):
        text = "\n## ".join(part for part in parts if not any(f"#{n}}}" in part for n in gone))
        published.write_package(text, settings=f"{SETTINGS}retired = {gone}\n")
        published.release(START + day * DAY)
    lock = (published.folder / "content/demo/package.lock").read_text("utf-8").splitlines()
    for kind in ("note", "note_type", "retired"):
        names = [json.loads(line)[kind] for line in lock if line.startswith(f'{{"{kind}":')]
        assert len(names) > 1
        assert names == sorted(names)
    package = published.folder / "dist/demo-3.0.0.apkg"
    before = package.read_bytes()
    assert published.run("build", "--locked").returncode == 0
    assert package.read_bytes() == before


def test_a_deck_whose_last_note_is_retired_is_told_as_gone(published: Trainer) -> None:
    moon = FIRST.index("## The moon")
    published.write_package(FIRST[:moon], "# Module 2\n\n" + FIRST[moon:])
    published.release(START + DAY)
    (published.folder / "content/demo/2.md").unlink()
    published.write_package(FIRST[:moon], settings=SETTINGS + 'retired = ["moon"]\n')
    diff = published.run("diff").stdout
    assert diff.startswith("demo: 1.0.1 → 2.0.0\n")
    assert "  retired: moon: The moon\n" in diff
    assert "Demo::Module 2" in diff
    assert "Demo::Module 1" not in diff
