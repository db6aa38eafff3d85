"""What Git remembers keeps a release from going wrong."""

import shutil
from pathlib import Path
from uuid import UUID

import pytest

from ankibuild.releases.history import (
    commit_time,
    is_shallow,
    last_lock,
    lock_at,
    recorded_releases,
    tagged_versions,
    uncommitted_lock,
    upstream_of,
    worktree_of,
)
from tests.helpers.branches import Branches
from tests.helpers.demo import DAY, EDITED, FIRST, LOCK, START, import_release, lock_of, refused
from tests.helpers.git import git
from tests.helpers.learner import Learner, Log
from tests.helpers.system import posix_only
from tests.helpers.trainer import SETTINGS, Trainer


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
    # Here it is as it was released before, and learners have something else.
    assert "version 1.0.1 was published (commit " in refused(published)
    # With a version of nothing else, what was taken back would stay with learners.
    published.write_package(FIRST.replace("A list of", "The list of"))
    for arguments in ((), ("--version", "3.0.0")):
        said = refused(published, *arguments)
        assert "content/demo/package.lock: version 1.0.1 was published (commit " in said
        assert (
            "this lock does not have it; put it back: ankibuild merge-lock content/demo; then"
            in said
        )
    assert "merged" in published.run("merge-lock", "content/demo").stdout
    result = published.run("release")
    assert result.returncode == 0, result.stderr
    assert "wrote version 1.0.2" in result.stdout
    assert import_release(learner, published, "1.0.2") == Log(0, 2, 2, 0)
    assert learner.fields("meter")["Back"] == "<p>It counts energy.</p>"


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
    assert "content/demo/package.lock: this file is gone; Git has it in commit" in result.told
    command = result.told.partition("get it back with git ")[2].split("\n")[0]
    published.git(*command.split())
    assert (published.folder / LOCK).read_bytes() == before
    assert published.run("check").returncode == 0


def test_a_lock_that_is_gone_with_the_key_is_got_back_first_and_tells_the_key(
    published: Trainer,
) -> None:
    repository(published)
    (published.folder / LOCK).unlink()
    first, key, last = SETTINGS.splitlines()
    published.write("content/demo/package.toml", f"{first}\n{last}\n")
    told = published.run("check").told
    assert "this file is gone; Git has it in commit" in told.splitlines()[0]
    published.git(*told.partition("get it back with git ")[2].split("\n")[0].split())
    assert key in published.run("check").told


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


def test_git_tells_when_the_newest_commit_of_a_folder_was_made(published: Trainer) -> None:
    folder = published.folder / "content/demo"
    assert commit_time(folder) == 0
    repository(published)
    made = int(published.git("log", "-1", "--format=%ct").stdout)
    published.write("other.txt", "x")
    published.git("add", ".")
    later = f"{made + 500} +0000"
    published.git("-c", "core.editor=true", "commit", "-qm", "Elsewhere", f"--date={later}")
    assert commit_time(folder) == made


def test_git_gives_back_the_newest_lock_there_was(published: Trainer) -> None:
    folder = published.folder / "content/demo"
    assert last_lock(folder) == ("", "")
    repository(published)
    first = (published.folder / LOCK).read_text("utf-8")
    published.write_package(EDITED)
    published.release(START + DAY)
    published.git("commit", "-qam", "Release 1.0.1")
    second = (published.folder / LOCK).read_text("utf-8")
    published.git("rm", "-q", LOCK)
    published.git("commit", "-qm", "Lose the lock")
    commit, text = last_lock(folder)
    assert text == second
    assert lock_at(folder, commit) == second
    assert lock_at(folder, f"{commit}~1") == first
    assert lock_at(folder, "HEAD") == ""


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        *((f"demo{each}", "1.2.3") for each in ("-1.2.3", "-v1.2.3", "1.2.3", "/1.2.3", "@1.2.3")),
        *((each, "") for each in ("other-1.2.3", "demo-1.2", "demo-1.2.3-rc1", "my-demo-1.2.3")),
    ],
)
def test_a_tag_names_a_version_of_its_package_alone(
    published: Trainer, tag: str, version: str
) -> None:
    repository(published)
    published.git("tag", tag)
    found = tagged_versions(published.folder / "content/demo", "demo")
    assert found == ({version: tag} if version else {})


def test_releases_are_recorded_with_their_times_and_commits(published: Trainer) -> None:
    folder, key = published.folder / "content/demo", lock_of(published).key
    assert recorded_releases(folder, key) == ()
    repository(published)
    published.write_package(EDITED)
    published.release(START + DAY)
    published.git("commit", "-qam", "Release 1.0.1")
    commits = published.git("log", "--reverse", "--format=%h").stdout.split()
    wanted = tuple(zip(("1.0.0", "1.0.1"), (START, START + DAY), commits, strict=True))
    assert recorded_releases(folder, key) == wanted
    published.git("switch", "-q", "--detach", commits[0])
    assert recorded_releases(folder, key) == wanted[:1]
    assert recorded_releases(folder, key, "--all") == wanted
    assert recorded_releases(folder, UUID(int=1), "--all") == ()
    assert not is_shallow(folder)


def test_a_branch_follows_the_one_that_was_set_or_has_its_name_at_origin(
    published: Trainer, tmp_path: Path
) -> None:
    assert upstream_of(published.folder) == ""
    repository(published)
    assert upstream_of(published.folder) == ""
    clone = Trainer(tmp_path / "clone")
    clone.git("clone", "-q", str(published.folder), ".")
    assert upstream_of(clone.folder) == "origin/main"
    clone.git("branch", "--unset-upstream")
    assert upstream_of(clone.folder) == "origin/main"
    clone.git("switch", "-qc", "fees")
    assert upstream_of(clone.folder) == ""
    clone.git("branch", "-q", "--set-upstream-to", "origin/main")
    assert upstream_of(clone.folder) == "origin/main"
    clone.git("switch", "-q", "--detach")
    assert upstream_of(clone.folder) == ""


def test_git_tells_which_lock_it_was_not_told_to_keep(published: Trainer) -> None:
    folder, lock = published.folder / "content/demo", published.folder / LOCK
    assert worktree_of(folder) == ""
    published.git("init", "-q", "-b", "main")
    assert worktree_of(folder) == str(published.folder)
    text = lock.read_text("utf-8")
    # A repository that keeps nothing of the package is for other things.
    assert uncommitted_lock(folder, text) is None
    published.git("add", "content/demo/package.toml")
    assert uncommitted_lock(folder, text) == "new"
    published.write(".gitignore", "*.lock\n")
    assert uncommitted_lock(folder, text) == "ignored"
    published.git("add", "--force", LOCK)
    assert uncommitted_lock(folder, text) is None
    assert uncommitted_lock(folder, text.replace("\n", "\r\n")) is None
    assert uncommitted_lock(folder, text + "\n") == "changed"


def test_locks_that_meet_in_a_merge_are_kept(branches: Branches) -> None:
    branches.branch()
    branches.release("other", EDITED)
    branches.release("main", FIRST.replace("A list of", "The list of"))
    branches.merge(FIRST)
    assert uncommitted_lock(branches.trainer.folder / "content/demo", "anything") is None


@posix_only
def test_git_runs_no_filter_to_tell_whether_a_lock_is_kept(published: Trainer) -> None:
    folder = published.folder / "content/demo"
    git(folder, "init", "-q")
    git(folder, "add", ".")
    program = published.write("run.sh", f"#!/bin/sh\ntouch {published.folder}/ran\ncat\n")
    program.chmod(0o755)
    for name in ("clean", "smudge", "process"):
        git(folder, "config", f"filter.evil.{name}", str(program))
    git(folder, "config", "diff.evil.textconv", str(program))
    published.write("content/demo/.gitattributes", "* filter=evil diff=evil\n")
    (folder / "package.lock").touch()
    for command in ("check", "build", "release", "merge-lock"):
        published.run(command)
    assert not (published.folder / "ran").exists()


def test_what_git_has_that_is_no_text_is_no_release(published: Trainer) -> None:
    repository(published)
    key = lock_of(published).key
    before = recorded_releases(published.folder / "content/demo", key)
    published.write(LOCK, b'{"release":"\xff"}\n')
    published.git("commit", "-qam", "Damage the lock")
    assert len(before) == 1
    assert recorded_releases(published.folder / "content/demo", key) == before


@posix_only
def test_a_repository_that_came_inside_a_package_runs_nothing(trainer: Trainer) -> None:
    """Git takes a folder with HEAD, objects and refs for a repository, and obeys its config."""
    trainer.write_package("# A\n\n## B {#b}\n\nC\n")
    trainer.git("init", "--quiet")
    folder = trainer.folder / "content/demo"
    trainer.git("init", "--quiet", "--bare", str(folder))
    program = trainer.write("run.sh", f"#!/bin/sh\ntouch {trainer.folder}/ran\n")
    program.chmod(0o755)
    git(folder, "config", "log.showSignature", "true")
    git(folder, "config", "gpg.program", str(program))
    # A signed commit that holds a lock, as "git log" is to find it.
    trainer.write("content/demo/package.lock", "{}")
    git(folder, "--work-tree=.", "add", "--force", "package.lock")
    (folder / "package.lock").unlink()
    signature = "-----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----"
    who = "T <t@example.org> 1 +0000"
    text = f"tree {git(folder, 'write-tree')}\nauthor {who}\ncommitter {who}\n"
    path = trainer.write("commit", f"{text}gpgsig {signature}\n\nRelease\n")
    (folder / "HEAD").write_text(git(folder, "hash-object", "-w", "-t", "commit", str(path)))
    for command in ("check", "release", "merge-lock", "build"):
        trainer.run(command)
    assert not (trainer.folder / "ran").exists()
