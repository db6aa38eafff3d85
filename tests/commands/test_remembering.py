"""A lock that is lost, behind or of another computer is missed, and each way out keeps memories."""

import shlex
import shutil
from functools import partial
from pathlib import Path

import pytest

from ankibuild.releases.history import recorded_releases, tagged_versions
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
)
from tests.helpers.learner import Learner, Log
from tests.helpers.trainer import SETTINGS, Trainer

MINE = "My own words about tariffs."
TARIFF = FIRST.replace("A list of", "The list of")


@pytest.fixture
def attached(studied: Learner) -> Learner:
    """Return a learner who studied version 1.0.0, then edited and tagged a note of it."""
    studied.edit("tariff", "Extra", MINE)
    studied.tag("fee", "mine")
    studied.date_back(START + 60)
    return studied


def fall_behind(published: Trainer) -> bytes:
    """Release 1.0.1, take the lock from before it again, and return the one that is forgotten."""
    path = published.folder / LOCK
    before = path.read_bytes()
    published.write_package(EDITED)
    published.release(START + DAY)
    forgotten = path.read_bytes()
    path.write_bytes(before)
    return forgotten


def see_that_all_is_kept(learner: Learner, trainer: Trainer, version: str) -> None:
    """See that an import brings the edit of "meter", and costs neither progress nor own edits."""
    before, numbers = learner.progress(), {n: each.id for n, each in learner.notes().items()}
    assert import_release(learner, trainer, version) == Log(0, 1, 3, 0)
    assert learner.progress() == before
    assert {name: each.id for name, each in learner.notes().items()} == numbers
    assert learner.fields("tariff")["Extra"] == MINE
    assert "mine" in learner.notes()["fee"].tags
    assert learner.fields("meter")["Back"] == "<p>It counts kilowatt-hours.</p>"
    assert not learner.faults()


def follow(trainer: Trainer, said: str, start: str, until: str = ";") -> None:
    """Do what a message says, from some words on, up to the next semicolon or other words."""
    _, found, rest = said.partition(f"{start} ")
    assert found, said
    words = rest.partition("\n")[0].partition(until)[0].split()
    run = trainer.run if start.endswith("ankibuild") else partial(trainer.git, check=False)
    result = run(*words)
    assert result.returncode == 0, result.stdout + result.stderr


def without_locks(trainer: Trainer) -> None:
    """Make the files of releases those of an older ankibuild, which wrote no lock beside them."""
    for path in trainer.folder.glob("dist/*.lock"):
        path.unlink()


# A lock that is not there, beside files of releases.


@pytest.mark.parametrize("folder", ["dist", "a shared folder"])
def test_a_release_whose_lock_is_on_another_computer_is_put_back_from_its_files(
    published: Trainer, attached: Learner, folder: str
) -> None:
    if folder != "dist":
        (published.folder / "dist").rename(published.folder / folder)
    (published.folder / LOCK).unlink()
    published.write_package(EDITED)
    output = () if folder == "dist" else ("-o", folder)
    said = refused(published, *output)
    assert (
        f"version 1.0.0 was published ({folder}/demo-1.0.0.json), but this lock does not have it"
        in (said)
    )
    assert "put it back: ankibuild merge-lock content/demo -o " in said
    if folder == "dist":
        follow(published, said, "ankibuild")
    else:
        assert f'-o "{folder}"; if nobody ever got that version, delete' in said
        assert published.run("merge-lock", "content/demo", *output).returncode == 0
    assert [each.version for each in lock_of(published).releases] == ["1.0.0"]
    assert published.run("release", *output).returncode == 0
    if folder != "dist":
        (published.folder / folder).rename(published.folder / "dist")
    see_that_all_is_kept(attached, published, "1.0.1")


def test_a_lock_that_is_deleted_after_some_releases_comes_back_with_the_last(
    published: Trainer, attached: Learner
) -> None:
    published.write_package(EDITED)
    published.release(START + DAY)
    published.write_package(EDITED, "# More\n\n## A {#a}\n\nB\n")
    published.release(START + 2 * DAY)
    last = (published.folder / LOCK).read_bytes()
    (published.folder / LOCK).unlink()
    published.write_package(EDITED)
    (published.folder / "content/demo/2.md").unlink()
    said = refused(published)
    assert (
        "version 1.1.0 was published (dist/demo-1.1.0.json), but this lock does not have it" in said
    )
    result = published.run("build")
    assert result.returncode == 1
    assert "this file is gone, though dist/demo-1.1.0.json shows a release" in result.stderr
    follow(published, result.stderr, "ankibuild")
    assert (published.folder / LOCK).read_bytes() == last
    see_that_all_is_kept(attached, published, "1.0.1")


def test_the_same_release_made_again_without_its_lock_is_the_same_release(
    published: Trainer,
) -> None:
    before = snapshot(published.folder)
    (published.folder / LOCK).unlink()
    result = published.run("release")
    assert result.returncode == 0, result.stderr
    assert "dated 2025-06-15 15:06:40 UTC" in result.stdout
    assert snapshot(published.folder) == before


def test_the_same_words_at_a_time_that_was_asked_for_are_another_release(
    published: Trainer,
) -> None:
    (published.folder / LOCK).unlink()
    assert "this lock does not have it" in refused(published, "--time", str(START + DAY))


def test_a_lock_that_is_behind_its_files_is_brought_forward(
    published: Trainer, attached: Learner
) -> None:
    fall_behind(published)
    published.write_package(EDITED.replace("The moon", "Our moon"))
    for arguments in ((), ("--version", "3.0.0")):
        said = refused(published, *arguments)
        assert (
            "version 1.0.1 was published (dist/demo-1.0.1.json), but this lock does not have"
            in said
        )
    warned = published.run("build")
    assert warned.returncode == 0
    assert "content/demo/package.lock: warning: version 1.0.1 was published" in warned.stderr
    follow(published, said, "ankibuild")
    see_that_all_is_kept(attached, published, "1.0.1")
    assert published.run("release").returncode == 0
    assert import_release(attached, published, "1.0.2") == Log(0, 1, 3, 0)


def test_a_version_that_nobody_ever_got_is_forgotten_with_its_manifest(published: Trainer) -> None:
    fall_behind(published)
    published.write_package(TARIFF)
    said = refused(published)
    assert "if nobody ever got that version, delete dist/demo-1.0.1.json" in said
    (published.folder / "dist/demo-1.0.1.json").unlink()
    assert published.run("release").returncode == 0


@pytest.mark.parametrize("damage", ["cut", "of another release", "no text"])
def test_a_lock_beside_the_files_that_is_none_is_named_and_can_be_done_without(
    published: Trainer, damage: str
) -> None:
    lock = fall_behind(published)
    first = (published.folder / LOCK).read_bytes()
    texts = {"cut": lock[:-9], "of another release": first, "no text": b"\xff"}
    published.write("dist/demo-1.0.1.lock", texts[damage])
    published.write_package(TARIFF)
    assert "put it back: ankibuild merge-lock content/demo -o dist" in refused(published)
    result = published.run("merge-lock", "content/demo")
    assert result.returncode == 1
    assert "dist/demo-1.0.1.lock: this is not the lock of version 1.0.1" in result.told
    assert (published.folder / LOCK).read_bytes() == first
    (published.folder / "dist/demo-1.0.1.lock").unlink()
    follow(published, refused(published), "with ankibuild")


def test_a_lock_that_git_has_is_put_back_too(published: Trainer) -> None:
    published.git("init", "-q", "-b", "main")
    published.git("add", ".")
    published.git("commit", "-qm", "Release 1.0.0")
    shutil.rmtree(published.folder / "dist")
    before = (published.folder / LOCK).read_bytes()
    (published.folder / LOCK).unlink()
    assert published.run("merge-lock").returncode == 0
    assert (published.folder / LOCK).read_bytes() == before


# Two computers that both released 1.0.0.


@pytest.fixture
def twice(published: Trainer, tmp_path: Path) -> Trainer:
    """Return the trainer of a second release 1.0.0, of other words, with the files of the first."""
    other = Trainer(tmp_path / "other")
    other.write_package(EDITED)
    other.release(START + DAY)
    (tmp_path / "second").mkdir()
    shutil.copy(other.folder / "dist/demo-1.0.0.apkg", tmp_path / "second")
    shutil.copy(other.folder / LOCK, published.folder / LOCK)
    published.write_package(EDITED)
    return published


def test_the_files_of_a_release_are_not_written_over_by_another_one_of_its_version(
    twice: Trainer,
) -> None:
    before = snapshot(twice.folder)
    result = twice.run("build")
    assert result.returncode == 1
    assert "version 1.0.0 was published (dist/demo-1.0.0.json), but this lock does not have it" in (
        result.stderr
    )
    assert snapshot(twice.folder) == before
    twice.write_package(EDITED.replace("The moon", "Our moon"))
    assert "version 1.0.0 was published (dist/demo-1.0.0.json)" in refused(twice)


@pytest.mark.parametrize("has", ["the first release", "the second release"])
def test_learners_of_either_release_of_one_version_keep_all(
    twice: Trainer, tmp_path: Path, has: str
) -> None:
    first = twice.folder / "dist/demo-1.0.0.apkg"
    package = first if has == "the first release" else tmp_path / "second/demo-1.0.0.apkg"
    with Learner.at(tmp_path / "someone") as learner:
        assert learner.import_package(package) == Log(4, 0, 0, 0)
        learner.study()
        learner.edit("tariff", "Extra", MINE)
        learner.tag("fee", "mine")
        learner.date_back(START + (60 if package == first else DAY + 60))
        follow(twice, twice.run("build").stderr, "ankibuild")
        assert twice.run("release").returncode == 0
        see_that_all_is_kept(learner, twice, "1.1.0")


def test_a_release_whose_lock_was_not_committed_meets_another_one_that_was(
    published: Trainer, attached: Learner, tmp_path: Path
) -> None:
    lock = (published.folder / LOCK).read_bytes()
    (published.folder / LOCK).unlink()
    published.write(".gitignore", "dist/\n")
    published.git("init", "-q", "-b", "main")
    published.git("add", ".")
    published.git("commit", "-qm", "Write a deck")
    clone = Trainer(tmp_path / "clone")
    clone.git("clone", "-q", str(published.folder), ".")
    clone.write_package(EDITED)
    clone.release(START + DAY)
    clone.git("add", ".")
    clone.git("commit", "-qm", "Release demo 1.0.0")
    # Where the first release was made, its lock was never committed.
    here = Trainer(tmp_path / "here")
    here.git("clone", "-q", str(clone.folder), ".")
    here.git("reset", "-q", "--hard", "HEAD~1")
    here.write(LOCK, lock)
    here.write_package(FIRST.replace("orbits", "circles"))
    said = refused(here)
    assert "version 1.0.0 was published on origin/main, which this branch follows" in said
    here.git("add", "content")
    here.git("commit", "-qm", "Release demo 1.0.0, at last")
    assert here.git("merge", "origin/main", check=False).returncode == 1
    follow(here, said, "ankibuild")
    here.write_package(EDITED)
    here.git("add", "content")
    here.git("commit", "-qm", "Merge")
    assert here.run("release").returncode == 0
    see_that_all_is_kept(attached, here, "1.1.0")


# Files of an older ankibuild, which wrote no lock beside them, and tags.


def test_without_a_lock_beside_the_files_a_higher_version_goes_on_and_keeps_progress(
    published: Trainer, attached: Learner
) -> None:
    without_locks(published)
    (published.folder / LOCK).unlink()
    published.write_package(EDITED)
    said = refused(published)
    assert "get content/demo/package.lock from the computer or the commit that made it" in said
    assert "this file is gone, though dist/demo-1.0.0.json shows a release" in (
        published.run("build").stderr
    )
    before = attached.progress()
    follow(published, said, "with ankibuild")
    import_release(attached, published, "1.0.1")
    assert attached.progress() == before
    assert attached.fields("meter")["Back"] == "<p>It counts kilowatt-hours.</p>"
    # Whoever went on is not asked again.
    published.write_package(TARIFF)
    assert published.run("release").returncode == 0


def test_a_tag_of_a_release_whose_lock_was_never_committed_is_missed(
    published: Trainer, attached: Learner
) -> None:
    lock = (published.folder / LOCK).read_bytes()
    (published.folder / LOCK).unlink()
    published.git("init", "-q", "-b", "main")
    published.write(".gitignore", "dist/\n")
    published.git("add", ".")
    published.git("commit", "-qm", "Write a deck")
    published.git("tag", "demo-1.0.0")
    shutil.rmtree(published.folder / "dist")
    published.write_package(EDITED)
    said = refused(published)
    assert (
        "version 1.0.0 was published (the tag demo-1.0.0), but this lock does not have it" in said
    )
    assert "get content/demo/package.lock from the computer" in said
    (published.folder / LOCK).write_bytes(lock)
    assert published.run("release").returncode == 0
    see_that_all_is_kept(attached, published, "1.0.1")


# A lock that was never committed.


@pytest.mark.parametrize("ignored", ["", "*.lock\n"])
def test_a_lock_that_git_has_not_got_is_asked_for_until_it_has(
    published: Trainer, attached: Learner, tmp_path: Path, ignored: str
) -> None:
    published.write(".gitignore", f"dist/\n{ignored}")
    published.git("init", "-q", "-b", "main")
    published.git("add", "content/demo/1.md", "content/demo/package.toml", ".gitignore")
    published.git("commit", "-qm", "Write a deck")
    said = published.run("check").told
    assert ("Git ignores this file" in said) == bool(ignored)
    assert published.run("check", "--strict").returncode == 1
    follow(published, said, "edits and tags: git", until=", then ")
    # A hook that runs before a commit sees what is to be committed.
    assert published.run("check", "--strict").returncode == 0
    published.git("commit", "-qm", "Release demo 1.0.0")
    clone = Trainer(tmp_path / "clone")
    clone.git("clone", "-q", str(published.folder), ".")
    clone.write_package(EDITED)
    assert clone.run("release").returncode == 0
    see_that_all_is_kept(attached, clone, "1.0.1")


def test_the_steps_that_follow_a_release_keep_its_lock_and_tag_it(published: Trainer) -> None:
    published.write_package(EDITED)
    assert "next:\n  keep a copy of content/demo/package.lock: the next release" in (
        published.run("release").stdout
    )
    published.git("init", "-q", "-b", "main")
    published.write(".gitignore", "dist/\n")
    published.git("add", ".")
    published.git("commit", "-qm", "Write a deck")
    published.write_package(TARIFF)
    published.write("content/other/package.toml", OTHER)
    published.write("content/other/1.md", "# Other\n\n## A {#a}\n\nB\n")
    said = published.run("release", "--dry-run").stdout
    assert "next:" not in said
    said = published.run("release").stdout
    steps = said.partition("next:\n")[2].splitlines()
    assert steps == [
        "  git add content/demo content/other",
        '  git commit -m "Release demo 1.0.2, other 1.0.0"',
        "  git tag demo-1.0.2",
        "  git tag other-1.0.0",
        "  send dist/demo-1.0.2.apkg to learners",
        "  send dist/other-1.0.0.apkg to learners",
    ]
    for step in steps[:-2]:
        published.git(*shlex.split(step)[1:])
    assert published.run("check", "--strict").returncode == 0
    folder = published.folder / "content/demo"
    assert tagged_versions(folder, "demo") == {"1.0.2": "demo-1.0.2"}
    assert recorded_releases(folder, lock_of(published).key)[-1].version == "1.0.2"


def test_after_a_release_it_is_said_where_to_publish_its_files(published: Trainer) -> None:
    page = 'page = "https://decks.example.org/"\n'
    published.write_package(TARIFF, settings=SETTINGS + page)
    said = published.run("release", "-o", "our files").stdout
    assert said.endswith('  publish "our files" at https://decks.example.org/\n')


@pytest.mark.parametrize("ignored", ["", "*.lock\n"])
def test_a_lock_that_git_never_had_is_told_of_after_a_release_alone(
    published: Trainer, ignored: str
) -> None:
    """The repository may be another one than that of the folder in which one types."""
    published.git("init", "-q", "content")
    published.write("content/.gitignore", ignored)
    checked = published.run("check", prefix=("env",))
    assert checked.stdout == "0 errors, 0 warnings; nothing to release\n"
    published.write_package(EDITED)
    # In this process Git is asked only where the folder itself is a repository.
    result = published.run("release", prefix=("env",))
    steps = result.stdout.partition("next:\n")[2].splitlines()
    assert steps == [
        "  git -C content/demo add .",
        *["  git -C content/demo add --force package.lock"] * bool(ignored),
        '  git -C content/demo commit -m "Release demo 1.0.1"',
        "  git -C content/demo tag demo-1.0.1",
        "  send dist/demo-1.0.1.apkg to learners",
    ]
    for step in steps[:-1]:
        published.git(*shlex.split(step)[1:])
    kept = published.git("-C", "content/demo", "show", "demo-1.0.1:./package.lock").stdout
    assert kept.encode() == (published.folder / LOCK).read_bytes()


# A branch that others have released from.


@pytest.mark.parametrize("is_set", [True, False])
@pytest.mark.parametrize("released", [1, 2])
def test_a_release_that_was_fetched_is_merged_before_the_next(
    published: Trainer, attached: Learner, tmp_path: Path, released: int, is_set: bool
) -> None:
    lock = published.folder / LOCK
    first = lock.read_bytes()
    published.write(".gitignore", "dist/\n")
    published.git("init", "-q", "-b", "main")
    if released == 1:
        lock.unlink()
    published.git("add", ".")
    published.git("commit", "-qm", "Write a deck")
    clone = Trainer(tmp_path / "clone")
    clone.git("clone", "-q", str(published.folder), ".")
    if not is_set:
        clone.git("branch", "--unset-upstream")
    lock.write_bytes(first)
    if released == 2:
        published.write_package(EDITED)
        published.release(START + DAY)
    published.git("add", ".")
    published.git("commit", "-qm", "Release")
    clone.git("fetch", "-q")
    clone.write_package(FIRST + "\n## A {#a}\n\nB\n")
    version = lock_of(published).releases[-1].version
    said = refused(clone)
    assert f"version {version} was published on origin/main, which this branch follows" in said
    clone.git("commit", "-qam", "Add a question")
    follow(clone, said, "then git")
    assert clone.run("release").returncode == 0
    before = attached.progress()
    assert import_release(attached, clone, "1.1.0").new == 1
    assert attached.fields("tariff")["Extra"] == MINE
    assert "mine" in attached.notes()["fee"].tags
    assert {place: each for place, each in attached.progress().items() if place in before} == before
