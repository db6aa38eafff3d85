"""Publishing where clocks lie, locks are lost and several hands release at once."""

import json
import os
import re
import shutil
import time
from pathlib import Path

import pytest

import ankibuild
from ankibuild.core.problems import AnkibuildError
from tests.helpers.demo import (
    DAY,
    EDITED,
    FIRST,
    LOCK,
    OTHER,
    START,
    import_release,
    lock_of,
    refused,
    snapshot,
    start,
)
from tests.helpers.learner import Learner, Log
from tests.helpers.system import make_link, posix_only
from tests.helpers.trainer import SETTINGS, Trainer

YEAR = 365 * DAY


# Clocks.


def release_a_year_ahead(trainer: Trainer) -> int:
    """Release an edit of the meter as a computer does whose clock is a year ahead."""
    ahead = int(time.time()) + YEAR
    ankibuild.release([trainer.folder / "content/demo"], trainer.folder / "dist", time=ahead)
    return ahead


def test_after_a_release_of_the_future_the_next_one_reaches_everyone(
    published: Trainer, learner: Learner, tmp_path: Path
) -> None:
    learner.import_package(published.folder / "dist/demo-1.0.0.apkg")
    published.write_package(EDITED)
    ahead = release_a_year_ahead(published)
    import_release(learner, published, "1.0.1")
    learner.study()
    text = EDITED.replace("counts kilowatt-hours", "counts watts")
    published.write_package(text.replace("A list of", "The list of"))
    result = published.run("release")
    assert result.returncode == 0, result.stderr
    day = time.strftime("%Y-%m-%d", time.gmtime(ahead))
    assert f"version 1.0.1 has a time in the future, {day}" in result.stderr
    assert (
        "replaces learners' later edits of the notes that it changed; the same goes for meter"
        in result.stderr
    )
    assert import_release(learner, published, "1.0.2") == Log(0, 2, 2, 0)
    assert learner.fields("meter")["Back"] == "<p>It counts watts.</p>"
    assert learner.fields("tariff")["Back"] == "<p>The list of prices.</p>"
    notes = (published.folder / "dist/demo-1.0.2.md").read_text("utf-8")
    assert re.findall("^- (.*)$", notes, re.MULTILINE) == ["What is a meter?", "What is a tariff?"]
    with Learner.at(tmp_path / "skipped") as skipped:
        import_release(skipped, published, "1.0.0")
        assert import_release(skipped, published, "1.0.2") == Log(0, 2, 2, 0)


def test_after_a_new_look_of_the_future_the_next_one_reaches_everyone(
    published: Trainer, learner: Learner
) -> None:
    import_release(learner, published, "1.0.0")
    for address, version in (("early@example.org", "1.0.1"), ("late@example.org", "1.0.2")):
        published.write_package(FIRST, settings=f'{SETTINGS}feedback = "{address}"\n')
        if version == "1.0.1":
            release_a_year_ahead(published)
        else:
            assert published.run("release").returncode == 0
        import_release(learner, published, version)
        assert address in learner.render("meter")[1]


def test_what_a_release_of_the_future_did_not_touch_keeps_the_learners_edits(
    published: Trainer, learner: Learner
) -> None:
    import_release(learner, published, "1.0.0")
    published.write_package(EDITED)
    release_a_year_ahead(published)
    import_release(learner, published, "1.0.1")
    learner.edit("tariff", "Back", "my own words")
    learner.edit("meter", "Back", "my own words")
    published.write_package(EDITED.replace("A price for", "The price of"))
    assert published.run("release").returncode == 0
    import_release(learner, published, "1.0.2")
    assert learner.fields("tariff")["Back"] == "my own words"
    assert learner.fields("fee")["Back"] == "<p>The price of a service.</p>"
    # What it costs, and is said: a note from the future replaces later edits at each import.
    assert learner.fields("meter")["Back"] == "<p>It counts kilowatt-hours.</p>"


def test_a_clock_that_is_a_little_behind_makes_a_release_a_second_later(
    published: Trainer,
) -> None:
    published.write_package(EDITED)
    now = int(time.time())
    folder, dist = published.folder / "content/demo", published.folder / "dist"
    ankibuild.release([folder], dist, time=now + 3000)
    published.write_package(EDITED.replace("A list of", "The list of"))
    assert published.run("release").returncode == 0
    assert lock_of(published).releases[-1].time == now + 3001


@pytest.mark.parametrize("days", [2, 10])
def test_a_release_some_days_ahead_does_not_draw_the_next_one_after_it(
    published: Trainer, days: int
) -> None:
    published.write_package(EDITED)
    now = int(time.time())
    folder, dist = published.folder / "content/demo", published.folder / "dist"
    ankibuild.release([folder], dist, time=now + days * DAY)
    published.write_package(EDITED.replace("A list of", "The list of"))
    result = published.run("release")
    assert "version 1.0.1 has a time in the future" in result.stderr
    assert now <= lock_of(published).releases[-1].time <= int(time.time())


@pytest.mark.parametrize(
    ("ahead", "code"), [(DAY - 600, 0), (DAY + 600, 2), (10 * DAY, 2)], ids=["0.9", "1.1", "10"]
)
def test_a_time_to_come_is_given_a_day_for_clocks_that_differ_and_no_more(
    published: Trainer, ahead: int, code: int
) -> None:
    published.write_package(EDITED)
    result = published.run("release", "--time", str(int(time.time()) + ahead))
    assert result.returncode == code
    assert ("it lies in the future" in result.stderr) == bool(code)


def test_a_given_time_before_the_last_release_is_refused_with_both_as_dates(
    published: Trainer,
) -> None:
    published.write_package(EDITED)
    said = refused(published, "--time", "2025-06-15T15:00")
    assert (
        "content/demo: version 1.0.0 was released at 2025-06-15 15:06:40 UTC, not before "
        "2025-06-15 15:00:00 UTC; each release needs a later time than the last" in said
    )


def test_a_given_time_goes_up_too_after_a_release_of_the_future(published: Trainer) -> None:
    published.write_package(EDITED)
    release_a_year_ahead(published)
    published.write_package(EDITED.replace("A list of", "The list of"))
    assert "was released at 2025-06-15" in refused(published, "--time", str(START - DAY))
    assert published.run("release", "--time", str(START + DAY)).returncode == 0
    published.write_package(EDITED.replace("A list of", "Any list of"))
    assert "was released at 2025-06-16" in refused(published, "--time", str(START + 100))


def test_a_release_tells_its_time_and_how_much_older_the_newest_file_is(
    published: Trainer,
) -> None:
    published.write_package(EDITED)
    folder = published.folder / "content/demo"
    now = int(time.time())
    for path in folder.iterdir():
        os.utime(path, (now - 3 * DAY, now - 3 * DAY))
    result = published.run("release")
    day = time.strftime("%Y-%m-%d", time.gmtime(now - 3 * DAY))
    assert f"but the newest file or commit is from {day}" in result.stderr
    assert f"  dated {time.strftime('%Y-%m-%d', time.gmtime(now))}" in result.stdout
    published.write_package(FIRST)
    assert "the newest file or commit" not in published.run("release").stderr


def test_a_new_note_of_a_release_of_the_future_gets_a_number_that_anki_leaves_alone(
    published: Trainer, tmp_path: Path
) -> None:
    """Anki gives a row another number, another one on each device, if its own is of the future."""
    published.write_package(EDITED + "\n## What is VAT? {#vat}\n\nA tax.\n")
    release_a_year_ahead(published)
    published.write_package(FIRST + "\n## What is VAT? {#vat}\n\nA tax.\n")
    assert published.run("release").returncode == 0
    numbers = {note_id: each.nid for note_id, each in lock_of(published).notes.items()}
    assert max(numbers.values()) < (time.time() + DAY) * 1000
    published.write_package(EDITED + "\n## What is VAT? {#vat}\n\nA tax on sales.\n")
    ahead = lock_of(published).releases[-1].time + 1
    ankibuild.release([published.folder / "content/demo"], published.folder / "dist", time=ahead)
    assert {n: each.nid for n, each in lock_of(published).notes.items()} == numbers
    with Learner.at(tmp_path / "learner") as learner:
        import_release(learner, published, "1.1.2")
        assert {name: note.id for name, note in learner.notes().items()} == numbers


# Locks that are lost, taken back, or no files.


@pytest.mark.parametrize("target", ["elsewhere.lock", "nowhere.lock"])
def test_a_lock_that_is_a_link_is_refused(published: Trainer, target: str) -> None:
    lock = published.folder / LOCK
    shutil.move(lock, published.folder / "elsewhere.lock")
    make_link(lock, published.folder / target)
    published.write_package(EDITED)
    for command in ("check", "build", "release"):
        result = published.run(command)
        assert result.returncode == 1
        assert "content/demo/package.lock: this is a link, which a release would replace" in (
            result.told
        )
    assert lock.is_symlink()


def test_a_link_to_a_package_is_that_package(published: Trainer) -> None:
    make_link(published.folder / "content/alias", "demo")
    published.write_package(EDITED)
    result = published.run("release")
    assert result.returncode == 0, result.stderr
    assert (published.folder / LOCK).read_text("utf-8").count('{"release"') == 2


def test_a_lock_that_stayed_behind_in_a_folder_of_another_name_is_missed(
    published: Trainer,
) -> None:
    content = published.folder / "content"
    (content / "new").mkdir()
    for name in ("package.toml", "1.md"):
        (content / "demo" / name).rename(content / "new" / name)
    result = published.run("release", "-o", "elsewhere")
    assert result.returncode == 1
    assert "content/new/package.lock: this file is gone; it is now at" in result.told
    assert "content/demo/package.lock; it remembers what learners have: move it here" in (
        result.told
    )


def test_a_copied_folder_is_not_told_to_take_the_lock_of_the_first(published: Trainer) -> None:
    content = published.folder / "content"
    shutil.copytree(content / "demo", content / "copy")
    (content / "copy/package.lock").unlink()
    said = published.run("check").told
    assert "move it here" not in said
    assert "a copied folder needs its own key and id" in said


def test_a_manifest_tells_in_which_version_a_note_changed_that_carries_a_later_time(
    published: Trainer,
) -> None:
    published.write_package(EDITED)
    release_a_year_ahead(published)
    published.write_package(EDITED.replace("counts kilo", "counts mega"))
    assert published.run("release").returncode == 0
    published.write_package(EDITED.replace("counts kilo", "counts mega") + "\n## A {#a}\n\nB\n")
    assert published.run("release").returncode == 0
    manifest = json.loads((published.folder / "dist/demo-1.1.0.json").read_text("utf-8"))
    changed = {each["id"]: each["changed"] for each in manifest["notes"]}
    assert (changed["meter"], changed["a"]) == ("1.0.2", "1.1.0")


def test_of_two_packages_nothing_is_published_when_one_of_them_may_not_be(
    published: Trainer,
) -> None:
    published.write("content/other/package.toml", OTHER)
    published.write("content/other/1.md", "# Other\n\n## A {#a}\n\nB\n")
    published.write_package(EDITED)

    def refuse(package: ankibuild.Package, *_: object) -> None:
        if package.settings.id == "other":
            raise AnkibuildError(())

    with pytest.raises(AnkibuildError):
        ankibuild.release(
            [published.folder / "content"],
            published.folder / "dist",
            time=START + DAY,
            before_writing=refuse,
        )
    assert len(lock_of(published).releases) == 1
    assert not (published.folder / "content/other/package.lock").exists()


# What goes to everyone.


def test_a_tag_for_all_notes_is_told_and_asks_for_a_flag(
    published: Trainer, learner: Learner
) -> None:
    import_release(learner, published, "1.0.0")
    published.write_package(FIRST, settings=SETTINGS + 'tags = ["tier-1"]\n')
    assert "only tags or markup: 4 of 4 published notes" in published.run("diff").stdout
    said = refused(published)
    assert "content/demo: 4 of 4 published notes change only in tags or markup" in said
    assert "if that is what you want, release with --without-words" in said
    published.release(START + DAY, "--without-words")
    assert import_release(learner, published, "1.0.1") == Log(0, 4, 0, 0)


def test_words_that_change_beside_tags_ask_for_no_flag(published: Trainer) -> None:
    text = FIRST.replace("## What", "## Say: what").replace("moon}}", "full moon}}")
    published.write_package(text, settings=SETTINGS + 'tags = ["tier-1"]\n')
    assert "only tags" not in published.run("diff").stdout
    published.release(START + DAY)


def test_nobody_is_sent_a_note_that_is_retired_in_the_same_release(published: Trainer) -> None:
    text = FIRST.replace("## What is a fee? {#fee}\n\nA price for a service.\n\n", "")
    published.write_package(text, settings=SETTINGS + 'retired = ["fee"]\n')
    said = refused(published, "--restamp", "fee")
    assert 'the note "fee" is retired by this release, and sent to nobody' in said


def test_no_package_at_all_is_said_in_python_too(tmp_path: Path) -> None:
    with pytest.raises(AnkibuildError, match="no package is named"):
        ankibuild.release([], tmp_path, time=START)


# Several at once.


@posix_only
def test_an_interrupt_once_the_lock_is_in_place_does_not_hide_the_release(
    published: Trainer, tmp_path: Path
) -> None:
    published.write_package(EDITED)
    # A tool that is interrupted at the very moment at which the lock is there.
    (tmp_path / "tool").mkdir()
    (tmp_path / "tool/sitecustomize.py").write_text(
        "import os, pathlib, signal\n"
        "replace = pathlib.Path.replace\n"
        "def interrupted(path, target):\n"
        "    result = replace(path, target)\n"
        "    if str(target).endswith('package.lock'):\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "    return result\n"
        "pathlib.Path.replace = interrupted\n"
    )
    run = start(published, "release", PYTHONPATH=str(tmp_path / "tool"))
    said, errors = run.communicate()
    assert "Aborted" not in errors
    assert "wrote version 1.0.1" in said
    assert run.returncode == 0
    assert len(lock_of(published).releases) == 2


@posix_only
def test_an_interrupt_before_anything_is_written_ends_the_release(
    published: Trainer, tmp_path: Path
) -> None:
    published.write_package(EDITED)
    before = (published.folder / LOCK).read_bytes()
    (tmp_path / "tool").mkdir()
    (tmp_path / "tool/sitecustomize.py").write_text(
        "import os, signal, tomllib\n"
        "loads = tomllib.loads\n"
        "def interrupted(text):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    return loads(text)\n"
        "tomllib.loads = interrupted\n"
    )
    run = start(published, "release", PYTHONPATH=str(tmp_path / "tool"))
    _, errors = run.communicate()
    assert run.returncode == 1
    assert "Aborted!" in errors
    assert "Traceback" not in errors
    assert (published.folder / LOCK).read_bytes() == before
    assert not list(published.folder.rglob("*.busy"))


# Locks with numbers of old.


def test_a_bad_release_is_undone_by_a_higher_one(published: Trainer, studied: Learner) -> None:
    published.write_package(EDITED)
    published.release(START + DAY)
    import_release(studied, published, "1.0.1")
    published.write_package(FIRST)
    published.release(START + 2 * DAY)
    assert import_release(studied, published, "1.0.2") == Log(0, 1, 3, 0)
    assert studied.fields("meter")["Back"] == "<p>It counts energy.</p>"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--time", str(START)],
            "version 1.0.0 was released at 2025-06-15 15:06:40 UTC, not before 2025-06-15 15:06:40",
        ),
        (["--time", "2001-01-01T00:00"], "each release needs a later time than the last"),
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
    assert message in result.told
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


def test_a_release_says_what_the_page_does_not_know_and_how_it_does(published: Trainer) -> None:
    published.write_package(EDITED)
    published.release(START + DAY)
    kept = published.folder / "kept"
    (published.folder / "dist").rename(kept)
    published.write_package(EDITED.replace("list", "table"))
    said = published.run("release").told
    gap = "dist: warning: the manifests of demo 1.0.0, 1.0.1 are missing here"
    assert gap in said
    page = published.folder / "dist/index.html"
    assert page.read_text("utf-8").count("Not recorded.") == 2
    shutil.copytree(kept, page.parent, dirs_exist_ok=True)
    (cure,) = re.findall(r"ankibuild (build .*?), which", said)
    assert published.run(*cure.split()).returncode == 0
    assert "Not recorded." not in page.read_text("utf-8")
    published.write_package(EDITED.replace("list", "row"))
    assert "missing-manifest" not in published.run("release").told


def test_a_given_version_is_the_only_one_that_is_said(published: Trainer) -> None:
    published.write_package(EDITED)
    for option in ("--dry-run", "--"):
        result = published.run("release", "--version", "3.0.0", option)
        assert result.stdout.startswith("demo: 1.0.0 → 3.0.0\n")
        assert set(re.findall(r"\d+\.\d+\.\d+", result.stdout)) == {"1.0.0", "3.0.0"}


def test_unpinned_notes_and_lone_files_are_refused(trainer: Trainer) -> None:
    trainer.write_package("# A\n\n## B\n\nC\n")
    result = trainer.run("release")
    assert result.returncode == 1
    assert 'content/demo/1.md:3:4: the note "b" has no id of its own; run ankibuild pin' in (
        result.told
    )
    trainer.write("lone.md", "# A\n\n## B {#b}\n\nC\n")
    assert (
        "a single file has no lasting identity to publish" in trainer.run("release", "lone.md").told
    )
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
    assert message in result.told


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
    ends = ("apkg", "json", "lock", "md")
    assert sums == [f"{n}-1.0.0.{end}" for n in ("demo", "more") for end in ends]
    published.write_package(EDITED)
    published.write("content/more/1.md", "# More\n\n## A {#a}\n\nC\n")
    for option in (("--version", "5.0.0"), ("--restamp", "meter")):
        result = published.run("release", *option)
        assert "several packages would be released: content/demo, content/more" in result.stderr


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
    assert "this file changed while the release was being made; run the release again" in str(
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
