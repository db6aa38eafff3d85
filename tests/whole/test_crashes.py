"""All or nothing: a crash, a kill, a full disk, a refused permission, two at once."""

import hashlib
import os
import random
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.helpers.demo import DAY, EDITED, FIRST, START, snapshot
from tests.helpers.learner import Learner
from tests.helpers.system import is_root, without_privileges
from tests.helpers.trainer import Trainer

pytestmark = pytest.mark.slow

# Dies, without any cleaning up, at the n-th of these calls: what a kill at that moment leaves.
DIE = """
import os, pathlib, sys
left = int(sys.argv.pop(1))
def dying(call):
    def wrapped(*arguments, **options):
        global left
        left -= 1
        if left == 0:
            os._exit(137)
        return call(*arguments, **options)
    return wrapped
os.fsync = dying(os.fsync)
pathlib.Path.replace = dying(pathlib.Path.replace)
from ankibuild.cli import main
main()
"""
# First what was made is kept for the next run. Then each file is written beside its place, and
# each is put there; the lock is the last.
WRITES_OF_A_RELEASE = 18
TELLING = (1, 2, 3, 10, 11, 17, 18)


@pytest.fixture
def edited(trainer: Trainer) -> Trainer:
    """Return a trainer with version 1.0.0 published and an edit to publish."""
    trainer.write_package(FIRST)
    trainer.release(START)
    trainer.write_package(EDITED)
    return trainer


def releases(trainer: Trainer) -> int:
    lock = trainer.folder / "content/demo/package.lock"
    return lock.read_text("utf-8").count('{"release":') if lock.exists() else 0


def see_that_nothing_is_torn(trainer: Trainer) -> None:
    """Every file that stands is whole, and is the one whose sum is written down."""
    dist = trainer.folder / "dist"
    assert trainer.run("check").returncode == 0
    for path in dist.glob("[!.]*.apkg"):
        assert zipfile.ZipFile(path).testzip() is None
    for line in (dist / "SHA256SUMS").read_text("utf-8").splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((dist / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(moment, marks=() if moment in TELLING else pytest.mark.slow)
        for moment in range(1, WRITES_OF_A_RELEASE + 1)
    ],
)
def test_death_at_any_write_of_a_release_leaves_the_old_state_or_the_new(
    edited: Trainer, learner: Learner, moment: int
) -> None:
    command = [sys.executable, "-c", DIE, str(moment), "release", "--time", str(START + DAY)]
    assert (
        subprocess.run(command, cwd=edited.folder, env=edited.environment(), check=False).returncode
        == 137
    )
    see_that_nothing_is_torn(edited)
    assert releases(edited) == 1
    result = edited.run("release", "--time", str(START + DAY))
    assert result.returncode == 0, result.stderr
    assert edited.run("build", "--locked").returncode == 0
    learner.import_package(edited.folder / "dist/demo-1.0.0.apkg")
    log = learner.import_package(edited.folder / "dist/demo-1.0.1.apkg")
    assert (log.new, log.updated) == (0, 1)


def test_a_release_writes_no_more_than_that(edited: Trainer) -> None:
    number = str(WRITES_OF_A_RELEASE + 1)
    command = [sys.executable, "-c", DIE, number, "release", "--time", str(START + DAY)]
    assert (
        subprocess.run(command, cwd=edited.folder, env=edited.environment(), check=False).returncode
        == 0
    )


@pytest.mark.slow
def test_a_kill_at_a_random_moment_leaves_the_old_state_or_the_new(edited: Trainer) -> None:
    dice = random.Random(4)
    for round_number in range(60):
        now = str(START + DAY + round_number)
        edited.write_package(EDITED.replace("hours", f"hours, {round_number}"))
        arguments = ["release", "--time", now] if round_number % 3 else ["build"]
        process = subprocess.Popen(
            [sys.executable, "-m", "ankibuild", *arguments],
            cwd=edited.folder,
            env=edited.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(dice.uniform(0.05, 0.35))
        process.kill()
        process.wait()
        see_that_nothing_is_torn(edited)
    edited.release(START + 2 * DAY)
    assert edited.run("build", "--locked").returncode == 0


@pytest.mark.parametrize("size", [1, 2000, 4000])
@pytest.mark.parametrize("command", ["build", "release"])
def test_a_full_disk_leaves_everything_as_it_was(edited: Trainer, size: int, command: str) -> None:
    resource = pytest.importorskip("resource")
    before = snapshot(edited.folder)
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, usual[1]))
    try:
        result = edited.run(command)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert result.returncode == 1
    assert "this file cannot be written (File too large)" in result.stderr
    assert "Traceback" not in result.stderr
    assert snapshot(edited.folder) == before


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Return what mounts a disk of a size, where this machine lets a test do so."""
    disk = tmp_path / "disk"
    disk.mkdir()

    def mount(size: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(disk)]
        if not is_root() or subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("this machine does not let a test mount a disk")
        return disk

    yield mount
    subprocess.run(["umount", str(disk)], check=False, capture_output=True)


def test_a_small_disk_that_fills_leaves_everything_as_it_was(
    edited: Trainer, small_disk: Callable[[str], Path]
) -> None:
    disk = small_disk("4k")
    before = snapshot(edited.folder)
    for command in ("build", "release"):
        result = edited.run(command, "-o", str(disk))
        assert result.returncode == 1
        assert "(No space left on device)" in result.stderr
        assert list(disk.iterdir()) == []
        assert snapshot(edited.folder) == before
    edited.release(START + DAY)


@pytest.mark.parametrize("size", ["4k", "80k", "400k"])
def test_a_full_temporary_folder_stops_a_rehearsal_in_words(
    edited: Trainer, small_disk: Callable[[str], Path], size: str
) -> None:
    edited.has_anki = True
    disk = small_disk(size)
    before = snapshot(edited.folder)
    for command in ("rehearse", "release"):
        result = edited.run(command, TMPDIR=str(disk))
        assert result.returncode == 1
        assert "Traceback" not in result.stderr
        assert result.stderr.startswith(f"{disk}")
        assert "a rehearsal has no room in the folder for temporary files" in result.stderr or (
            "this file cannot be written (No space left on device)" in result.stderr
        )
        assert snapshot(edited.folder) == before


@pytest.mark.parametrize("folder", ["dist", "content/demo"])
def test_a_folder_that_may_not_be_written_leaves_everything_as_it_was(
    edited: Trainer, folder: str
) -> None:
    before = snapshot(edited.folder)
    (edited.folder / folder).chmod(0o555)
    result = edited.run("release", prefix=without_privileges())
    (edited.folder / folder).chmod(0o755)
    assert result.returncode == 1
    assert "this file cannot be written (Permission denied)" in result.stderr
    assert snapshot(edited.folder) == before


def test_of_two_releases_at_once_one_wins_and_the_other_says_so(edited: Trainer) -> None:
    edited.write_package(EDITED + "".join(f"\n## Q{n}? {{#q{n}}}\n\nA\n" for n in range(2000)))
    command = [sys.executable, "-m", "ankibuild", "release", "--time"]
    processes = [
        subprocess.Popen(
            [*command, str(START + DAY + number)],
            cwd=edited.folder,
            env=edited.environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]
    errors = [process.communicate()[1] for process in processes]
    assert sorted(process.returncode for process in processes) == [0, 1]
    said = "another release of this package is running", "nothing changed since version 1.1.0"
    assert any(each in "".join(errors) for each in said)
    assert releases(edited) == 2
    see_that_nothing_is_torn(edited)


def test_what_a_killed_run_left_behind_is_cleared_away_later(edited: Trainer) -> None:
    leftover = edited.write("dist/.demo-1.0.1-dev.apkg.123.tmp", "half a file")
    killed = edited.write("dist/.demo-1.0.0.apkg.999999999.tmp", "of a run that was killed")
    other = edited.write("dist/.notes.txt.999999999.tmp", "somebody else's")
    name = f"dist/.demo-1.0.1-dev.apkg.{os.getpid()}.tmp"
    running = edited.write(name, "of a run that still goes on")
    os.utime(leftover, (START, START))
    edited.run("build", PYTHONUTF8="1")
    assert not leftover.exists()
    assert not killed.exists()
    assert running.exists()
    assert other.exists()
