"""The command that puts the locks of two branches together."""

from pathlib import Path

from tests.helpers.branches import LOCK, VAT, Branches
from tests.helpers.demo import EDITED, FIRST, with_checksum


def test_a_package_that_was_never_released_has_nothing_to_merge(branches: Branches) -> None:
    assert branches.trainer.run("new", "fresh").returncode == 0
    result = branches.trainer.run("merge-lock")
    assert result.returncode == 0
    assert result.stdout.count("nothing to merge") == 2


def test_where_no_package_is_nothing_is_merged(branches: Branches) -> None:
    (branches.trainer.folder / "empty").mkdir()
    result = branches.trainer.run("merge-lock", "empty")
    assert result.returncode == 1
    assert "there is no package here" in result.stderr


def test_locks_of_two_packages_are_not_put_together(branches: Branches, tmp_path: Path) -> None:
    trainer = branches.trainer
    before = (trainer.folder / LOCK).read_bytes()
    other = tmp_path / "other.lock"
    lines = before.decode().replace('"package":"demo"', '"package":"else"').splitlines()[:-1]
    other.write_text(with_checksum("\n".join([*lines, "", ""])), "utf-8")
    result = trainer.run("merge-lock", "--driver", LOCK, str(other), LOCK)
    assert result.returncode == 1
    assert 'these locks belong to two packages, "demo" and "else"' in result.stderr
    assert (trainer.folder / LOCK).read_bytes() == before


def test_where_no_locks_meet_nothing_is_written(branches: Branches) -> None:
    before = (branches.trainer.folder / LOCK).read_bytes()
    for _ in range(2):
        result = branches.trainer.run("merge-lock", "content/demo")
        assert result.returncode == 0
        assert "nothing to merge" in result.stdout
        assert (branches.trainer.folder / LOCK).read_bytes() == before
    branches.branch()
    branches.release("other", EDITED)
    branches.release("main", FIRST + VAT)
    branches.merge(EDITED + VAT)
    assert branches.trainer.run("merge-lock").returncode == 0
    merged = (branches.trainer.folder / LOCK).read_bytes()
    assert merged != before
    assert "nothing to merge" in branches.trainer.run("merge-lock").stdout
    assert (branches.trainer.folder / LOCK).read_bytes() == merged
