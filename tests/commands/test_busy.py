"""Runs at the same time wait for one another, or say so."""

import hashlib
from pathlib import Path

from tests.helpers.demo import EDITED, FIRST, OTHER, lock_of, start
from tests.helpers.trainer import Trainer


def test_a_build_clears_away_what_a_killed_release_left_beside_the_lock(
    published: Trainer,
) -> None:
    torn = published.write("content/demo/.package.lock.999999999.tmp", "half")
    mark = published.write("content/demo/.ankibuild.busy", "")
    assert published.run("build").returncode == 0
    assert not torn.exists()
    assert not mark.exists()


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
    assert len(sums) == 8
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
