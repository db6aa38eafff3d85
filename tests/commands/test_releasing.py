"""Publishing where clocks lie, locks are lost and several hands release at once."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import ankibuild
from ankibuild.core.problems import AnkibuildError
from ankibuild.core.values import replace
from ankibuild.releases.lock import Lock, read_lock, write_lock
from tests.helpers.demo import DAY, EDITED, FIRST, START, import_release
from tests.helpers.learner import Learner, Log
from tests.helpers.trainer import SETTINGS, Trainer

LOCK = "content/demo/package.lock"
YEAR = 365 * DAY
OTHER = SETTINGS.replace("demo", "other").replace("Demo", "Other").replace("0f0c", "1f0c")


@pytest.fixture
def published(trainer: Trainer) -> Trainer:
    """Return a trainer who has published version 1.0.0."""
    trainer.write_package(FIRST)
    trainer.release(START)
    return trainer


def lock_of(trainer: Trainer) -> Lock:
    return read_lock(LOCK, (trainer.folder / LOCK).read_text("utf-8"))


def refused(trainer: Trainer, *arguments: str) -> str:
    """Return what a release says that is refused and leaves everything as it was."""
    before = {p: p.read_bytes() for p in trainer.folder.rglob("*") if p.is_file()}
    result = trainer.run("release", *arguments)
    assert result.returncode == 1
    assert {p: p.read_bytes() for p in trainer.folder.rglob("*") if p.is_file()} == before
    return result.stderr


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
    assert f"version 1.0.1 carries a time to come, {day}" in result.stderr
    assert "replaces learners' later edits of it; so it is with meter" in result.stderr
    assert import_release(learner, published, "1.0.2") == Log(0, 2, 2, 0)
    assert learner.fields("meter")["Back"] == "<p>It counts watts.</p>"
    assert learner.fields("tariff")["Back"] == "<p>The list of prices.</p>"
    notes = (published.folder / "dist/demo-1.0.2.md").read_text("utf-8")
    assert "## Changed\n\n- What is a meter?\n- What is a tariff?\n" in notes
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


def test_a_given_time_before_the_last_release_is_refused_with_both_as_dates(
    published: Trainer,
) -> None:
    published.write_package(EDITED)
    said = refused(published, "--time", "2025-06-15T15:00")
    assert (
        "content/demo: version 1.0.0 was released at 2025-06-15 15:06:40 UTC, not before "
        "2025-06-15 15:00:00 UTC; release times go up" in said
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
    assert f"and the newest file or commit is of {day}" in result.stderr
    assert f"  its time is {time.strftime('%Y-%m-%d', time.gmtime(now))}" in result.stdout
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
    numbers = {note_id: each.number for note_id, each in lock_of(published).notes.items()}
    assert max(numbers.values()) < (time.time() + DAY) * 1000
    published.write_package(EDITED + "\n## What is VAT? {#vat}\n\nA tax on sales.\n")
    ahead = lock_of(published).releases[-1].time + 1
    ankibuild.release([published.folder / "content/demo"], published.folder / "dist", time=ahead)
    assert {n: each.number for n, each in lock_of(published).notes.items()} == numbers
    with Learner.at(tmp_path / "learner") as learner:
        import_release(learner, published, "1.1.2")
        assert {name: note.id for name, note in learner.notes().items()} == numbers


# Locks that are lost, taken back, or no files.


def repository(trainer: Trainer) -> None:
    trainer.write(".gitignore", "dist/\n")
    trainer.git("init", "-q", "-b", "main")
    trainer.git("add", ".")
    trainer.git("commit", "-qm", "Release 1.0.0")


def test_a_release_that_git_took_back_is_not_given_twice_and_the_way_out_reaches_everyone(
    published: Trainer, learner: Learner
) -> None:
    repository(published)
    published.write_package(FIRST.replace("energy", "bad words"))
    published.release(START + DAY)
    published.git("commit", "-qam", "Release 1.0.1")
    learner.import_package(published.folder / "dist/demo-1.0.1.apkg")
    published.git("revert", "--no-edit", "HEAD")
    # With a version of nothing else, what was taken back would stay with learners.
    published.write_package(FIRST.replace("A list of", "The list of"))
    for arguments in ((), ("--version", "3.0.0")):
        said = refused(published, *arguments)
        assert "content/demo/package.lock: version 1.0.1 was published (commit " in said
        assert "this lock forgot it; put it back: ankibuild merge-lock content/demo; then" in said
    assert "merged" in published.run("merge-lock", "content/demo").stdout
    result = published.run("release")
    assert result.returncode == 0, result.stderr
    assert "wrote version 1.0.2" in result.stdout
    assert import_release(learner, published, "1.0.2") == Log(0, 2, 2, 0)
    assert learner.fields("meter")["Back"] == "<p>It counts energy.</p>"


def test_a_version_whose_files_stand_there_is_not_given_to_other_words(
    published: Trainer,
) -> None:
    before = (published.folder / LOCK).read_bytes()
    published.write_package(EDITED)
    published.release(START + DAY)
    (published.folder / LOCK).write_bytes(before)
    published.write_package(FIRST.replace("A list of", "The list of"))
    said = refused(published)
    assert "version 1.0.1 was published (dist/demo-1.0.1.json), and this lock forgot it" in said
    assert "take a higher version: --version 1.0.2" in said
    result = published.run("release", "--version", "1.0.2")
    assert result.returncode == 0, result.stderr


def test_a_version_that_a_tag_names_is_not_given_twice(published: Trainer) -> None:
    repository(published)
    published.git("tag", "demo-1.0.1")
    published.write_package(EDITED)
    assert "version 1.0.1 was published (the tag demo-1.0.1)" in refused(published)
    assert published.run("release", "--version", "1.0.2").returncode == 0


def test_a_version_of_another_branch_is_left_to_it(published: Trainer) -> None:
    repository(published)
    published.git("switch", "-qc", "other")
    published.write_package(EDITED)
    published.release(START + DAY)
    published.git("commit", "-qam", "Release 1.0.1 elsewhere")
    published.git("tag", "demo-1.0.1")
    published.git("switch", "-q", "main")
    published.write_package(FIRST.replace("A list of", "The list of"))
    result = published.run("release")
    assert result.returncode == 0, result.stderr
    assert "wrote version 1.0.2" in result.stdout


@pytest.mark.parametrize("command", ["check", "build", "diff", "release"])
def test_a_lock_that_is_gone_is_got_back_from_git(published: Trainer, command: str) -> None:
    repository(published)
    before = (published.folder / LOCK).read_bytes()
    (published.folder / LOCK).unlink()
    result = published.run(command)
    assert result.returncode == 1
    assert "content/demo/package.lock: this file is gone; Git has it in commit" in result.stderr
    command = result.stderr.partition("get it back with git ")[2].split("\n")[0]
    published.git(*command.split())
    assert (published.folder / LOCK).read_bytes() == before
    assert published.run("check").returncode == 0


def test_a_lock_that_is_gone_beside_its_manifest_is_missed(published: Trainer) -> None:
    (published.folder / LOCK).unlink()
    published.write_package(EDITED)
    said = refused(published)
    assert "version 1.0.0 was published (dist/demo-1.0.0.json), and this lock forgot it" in said
    result = published.run("build")
    assert result.returncode == 1
    assert "this file is gone, though dist/demo-1.0.0.json shows a release" in result.stderr


def test_a_branch_that_begins_anew_is_told_of_the_release_on_another(published: Trainer) -> None:
    repository(published)
    published.git("switch", "-q", "--orphan", "fresh")
    published.write_package(EDITED)
    published.git("add", ".")
    published.git("commit", "-qm", "Begin anew")
    assert not (published.folder / LOCK).exists()
    assert published.run("check").returncode == 0
    said = refused(published, "-o", "elsewhere")
    assert "version 1.0.0 was published on another branch; learners have it: merge that" in said
    published.git(*said.partition("take its lock with git ")[2].partition(";")[0].split())
    assert published.run("release").returncode == 0
    assert [each.version for each in lock_of(published).releases] == ["1.0.0", "1.0.1"]


def test_a_build_clears_away_what_a_killed_release_left_beside_the_lock(
    published: Trainer,
) -> None:
    torn = published.write("content/demo/.package.lock.999999999.tmp", "half")
    mark = published.write("content/demo/.ankibuild.busy", "")
    assert published.run("build").returncode == 0
    assert not torn.exists()
    assert not mark.exists()


@pytest.mark.parametrize("target", ["elsewhere.lock", "nowhere.lock"])
def test_a_lock_that_is_a_link_is_refused(published: Trainer, target: str) -> None:
    lock = published.folder / LOCK
    shutil.move(lock, published.folder / "elsewhere.lock")
    lock.symlink_to(published.folder / target)
    published.write_package(EDITED)
    for command in ("check", "build", "release"):
        result = published.run(command)
        assert result.returncode == 1
        assert "content/demo/package.lock: this is a link, which a release would replace" in (
            result.stderr
        )
    assert lock.is_symlink()


def test_a_link_to_a_package_is_that_package(published: Trainer) -> None:
    (published.folder / "content/alias").symlink_to("demo")
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
    assert "content/new/package.lock: this file is gone; it stands at" in result.stderr
    assert "content/demo/package.lock; it remembers what learners have: move it here" in (
        result.stderr
    )


def test_a_copied_folder_is_not_told_to_take_the_lock_of_the_first(published: Trainer) -> None:
    content = published.folder / "content"
    shutil.copytree(content / "demo", content / "copy")
    (content / "copy/package.lock").unlink()
    said = published.run("check").stderr
    assert "move it here" not in said
    assert "a copied folder needs a key and an id of its own" in said


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


def test_another_package_that_the_folder_held_once_is_no_evidence(published: Trainer) -> None:
    repository(published)
    published.git("rm", "-rq", "content/demo")
    published.git("commit", "-qm", "Begin anew")
    shutil.rmtree(published.folder / "dist")
    published.write_package(FIRST, settings=SETTINGS.replace("0f0c", "2f0c"))
    assert published.run("release").returncode == 0


@pytest.mark.parametrize("habit", ["colour", "no diff"])
def test_a_version_is_not_given_twice_whatever_git_is_told_to_show(
    published: Trainer, habit: str
) -> None:
    repository(published)
    if habit == "colour":
        published.git("config", "color.ui", "always")
    else:
        published.write(".gitattributes", "package.lock -diff\n")
    published.write_package(EDITED)
    published.release(START + DAY)
    published.git("commit", "-qam", "Release 1.0.1")
    published.git("revert", "--no-edit", "HEAD")
    shutil.rmtree(published.folder / "dist")
    published.write_package(FIRST.replace("A list of", "The list of"))
    assert "version 1.0.1 was published (commit " in refused(published)


def test_a_clone_without_history_is_told_that_it_sees_nothing(
    published: Trainer, tmp_path: Path
) -> None:
    repository(published)
    clone = Trainer(tmp_path / "clone")
    clone.git("clone", "-q", "--depth", "1", published.folder.as_uri(), ".")
    clone.write_package(EDITED)
    result = clone.run("release")
    assert result.returncode == 0
    assert "this clone lacks its history" in result.stderr
    assert "git fetch --unshallow" in result.stderr


def test_a_lock_that_is_lost_for_good_is_mourned_once(published: Trainer) -> None:
    before = (published.folder / LOCK).read_bytes()
    published.write_package(EDITED)
    published.release(START + DAY)
    (published.folder / LOCK).write_bytes(before)
    published.write_package(FIRST.replace("A list of", "The list of"))
    assert published.run("release", "--version", "1.0.2").returncode == 0
    published.write_package(FIRST.replace("A list of", "Any list of"))
    result = published.run("release")
    assert result.returncode == 0, result.stderr
    assert "wrote version 1.0.3" in result.stdout


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
    assert "content/demo: 4 of 4 published notes change in no word, only in tags or markup" in said
    assert "if it is meant, release with --without-words" in said
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
    assert 'the note "fee" is taken out by this release, and sent to nobody' in said


def test_no_package_at_all_is_said_in_python_too(tmp_path: Path) -> None:
    with pytest.raises(AnkibuildError, match="no package is named"):
        ankibuild.release([], tmp_path, time=START)


# Several at once.


def start(trainer: Trainer, *arguments: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "ankibuild", *arguments],
        cwd=trainer.folder,
        env=trainer.environment(**environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_packages_released_at_once_into_one_folder_both_stand_in_its_lists(
    trainer: Trainer,
) -> None:
    many = "".join(f"\n## Q{n}? {{#q{n}}}\n\nA\n" for n in range(300))
    trainer.write_package(FIRST + many)
    trainer.write("content/other/package.toml", OTHER)
    trainer.write("content/other/1.md", "# Other\n" + many)
    runs = [start(trainer, "release", f"content/{name}") for name in ("demo", "other")]
    for run in runs:
        assert run.communicate()[1]
        assert run.returncode == 0
    lines = (trainer.folder / "dist/SHA256SUMS").read_text("utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    assert len(sums) == 6
    for name, digest in sums.items():
        data = (trainer.folder / "dist" / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == digest
    page = (trainer.folder / "dist/index.html").read_text("utf-8")
    assert "demo-1.0.0.apkg" in page
    assert "other-1.0.0.apkg" in page


def test_another_temporary_folder_lets_nobody_release_at_the_same_time(
    published: Trainer, tmp_path: Path
) -> None:
    published.write_package(EDITED + "".join(f"\n## Q{n}? {{#q{n}}}\n\nA\n" for n in range(2000)))
    runs = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        runs.append(start(published, "release", TMPDIR=str(tmp_path / name)))
    errors = [run.communicate()[1] for run in runs]
    assert sorted(run.returncode for run in runs) == [0, 1], errors
    assert len(lock_of(published).releases) == 2
    assert not list(published.folder.rglob("*.busy"))


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


def test_many_cards_of_format_1_get_numbers_of_their_own(published: Trainer) -> None:
    many = "".join(f"\n## Q{n}? {{#q{n} .reversed}}\n\nA{n}\n" for n in range(1000))
    published.write_package(FIRST + many)
    published.release(START + DAY)
    lock = lock_of(published)
    counted = tuple(replace(each, counted=True) for each in lock.releases)
    notes = {
        note_id: replace(each, number=START * 1000 + place, cards={})
        for place, (note_id, each) in enumerate(lock.notes.items())
    }
    old = replace(lock, releases=counted, notes=notes)
    (published.folder / LOCK).write_text(write_lock(old), "utf-8")
    published.has_anki = True
    assert published.run("build").returncode == 0
    published.write_package(EDITED + many)
    assert '"lost": []' in published.run("rehearse", "--format", "json").stdout
    assert published.run("release", "--time", str(START + 2 * DAY)).returncode == 0
    cards = {each: note.cards for each, note in lock_of(published).notes.items()}
    published.write_package(FIRST + many)
    assert published.run("release", "--time", str(START + 3 * DAY)).returncode == 0
    assert cards == {each: note.cards for each, note in lock_of(published).notes.items()}
    assert any(cards.values())


def test_releases_of_format_1_are_rebuilt_with_the_numbers_that_they_had(
    published: Trainer, tmp_path: Path
) -> None:
    lock = lock_of(published)
    old = replace(lock, releases=tuple(replace(each, counted=True) for each in lock.releases))
    (published.folder / LOCK).write_text(write_lock(old), "utf-8")
    result = published.run("build", "--locked")
    assert result.returncode == 0, result.stderr
    with Learner.at(tmp_path / "learner") as learner:
        import_release(learner, published, "1.0.0")
        assert learner.collection.db
        numbers = learner.collection.db.list("select id from cards order by due, ord")
        assert numbers == [START * 1000 + place for place in range(5)]
    published.write_package(EDITED)
    published.release(START + DAY)
    with Learner.at(tmp_path / "newcomer") as learner:
        import_release(learner, published, "1.0.1")
        assert learner.collection.db
        again = learner.collection.db.list("select id from cards")
        assert not {*numbers} & {*again}
        manifest = json.loads((published.folder / "dist/demo-1.0.1.json").read_text("utf-8"))
        assert manifest["version"] == "1.0.1"
