"""What is kept for the next run is lost, damaged, foreign or too much, and nobody notices."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ankibuild.commands import renders
from tests.helpers.trainer import Trainer

_DECK = """\
# A

## What {#what}

{{c1::This}} and `that`.

## Why {#why}

$x$ | *so*
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a cache folder of the test's own, which is not there yet."""
    monkeypatch.setenv(renders.CACHE_FOLDER, str(tmp_path / "cache/of/mine"))
    return tmp_path / "cache/of/mine"


@pytest.fixture
def deck(trainer: Trainer, folder: Path) -> Trainer:
    """Return a trainer whose notes are known."""
    trainer.write_package(_DECK)
    assert trainer.run("check").returncode == 0
    assert [each.suffix for each in folder.iterdir()] == [".renders"]
    return trainer


def _known(deck: Trainer) -> int:
    """Return how many notes are known."""
    return len(renders.Renders(deck.folder / "content/demo").known or ())


def _file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_each_package_has_a_file_of_its_own(deck: Trainer, folder: Path) -> None:
    deck.write("other.md", _DECK)
    with_both = [deck.run("check", "other.md", "content/demo") for _ in range(2)]
    assert [each.returncode for each in with_both] == [0, 0]
    assert len(list(folder.iterdir())) == 2
    assert _known(deck) == len(renders.Renders(deck.folder / "other.md").known or ()) == 2


def test_nothing_is_written_when_nothing_is_new(deck: Trainer, folder: Path) -> None:
    before = _file(folder).stat()
    for command in ("check", "build", "diff"):
        deck.run(command)
    assert _file(folder).stat().st_mtime_ns == before.st_mtime_ns
    assert _file(folder).stat().st_ino == before.st_ino


@pytest.mark.parametrize("how", ["flipped", "cut", "longer", "empty", "another", "folder", "pipe"])
def test_a_damaged_or_foreign_file_is_ignored_and_replaced(
    deck: Trainer, folder: Path, how: str
) -> None:
    path = _file(folder)
    data = path.read_bytes()
    if how in ("folder", "pipe"):
        path.unlink()
        path.mkdir() if how == "folder" else os.mkfifo(path)
    else:
        others = {
            "flipped": data.replace(b"that", b"This", 1),
            "cut": data[:-1],
            "longer": data + b"\0",
            "empty": b"",
            "another": data.replace(b"/content/demo", b"/content/dem0", 1),
        }
        assert others[how] != data
        path.write_bytes(others[how])
    assert _known(deck) == 0
    assert deck.run("build").returncode == 0
    if how != "folder":
        assert _file(folder).read_bytes() == data
    (package,) = deck.folder.glob("dist/*.apkg")
    assert package.stat().st_size > 0


def test_the_file_of_a_copy_elsewhere_is_foreign(deck: Trainer, folder: Path) -> None:
    data = _file(folder).read_bytes()
    (deck.folder / "content").rename(deck.folder / "moved")
    home = deck.folder / "moved/demo"
    renders._path_of(home).write_bytes(data)
    assert renders.Renders(home).known == {}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no folder has such a name")
def test_the_name_of_a_folder_may_be_no_text(deck: Trainer) -> None:
    home = deck.folder / os.fsdecode(b"\xff/demo")
    (deck.folder / "content").rename(home.parent)
    assert deck.run("check", str(home)).returncode == 0
    assert len(renders.Renders(home).known or ()) == 2


def test_no_byte_of_the_file_can_change_without_notice(deck: Trainer, folder: Path) -> None:
    path = _file(folder)
    data = path.read_bytes()
    for place in range(0, len(data), 7):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        assert _known(deck) == 0


def test_another_version_of_anything_makes_all_anew(
    deck: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _known(deck) == 2
    monkeypatch.setattr(renders, "_made_by", lambda: "another")
    assert _known(deck) == 0


def test_a_library_that_is_newer_is_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    versions = set()
    for name in ("nh3-1.dist-info", "nh3-2.dist-info"):
        (tmp_path / name).mkdir()
        versions.add(renders._made_by.__wrapped__())
        (tmp_path / name).rmdir()
    versions.add(renders._made_by.__wrapped__())
    assert len(versions) == 3


def test_of_two_versions_of_a_library_the_first_one_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [str(tmp_path / f"{n}") for n in (1, 2)]
    for folder in folders:
        (Path(folder) / f"nh3-{Path(folder).name}.dist-info").mkdir(parents=True)
    versions = set()
    for order in (folders, folders[::-1]):
        monkeypatch.setattr(sys, "path", [*order, *sys.path])
        versions.add(renders._made_by.__wrapped__())
        monkeypatch.undo()
    assert len(versions) == 2


@pytest.mark.parametrize("value", ["1", "0", ""])
def test_the_environment_switches_it_off(
    deck: Trainer, folder: Path, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _file(folder).unlink()
    monkeypatch.setenv(renders.NO_CACHE, value)
    assert deck.run("build").returncode == 0
    assert list(folder.iterdir()) == []


def test_the_option_switches_it_off_for_one_command(deck: Trainer, folder: Path) -> None:
    _file(folder).unlink()
    assert deck.run("check", "--no-cache").returncode == 0
    assert list(folder.iterdir()) == []
    assert deck.run("check").returncode == 0
    assert _known(deck) == 2


@pytest.mark.parametrize("what", ["a file", "no folder to write in"])
def test_where_nothing_can_be_kept_all_goes_on(trainer: Trainer, folder: Path, what: str) -> None:
    folder.parent.mkdir(parents=True)
    if what == "a file":
        folder.write_text("", "utf-8")
    else:
        folder.mkdir()
        folder.chmod(stat.S_IRUSR)
    trainer.write_package(_DECK)
    results = [trainer.run("check") for _ in range(2)]
    assert [each.told for each in results] == [results[0].told] * 2
    assert results[0].returncode == 0
    assert "cache" not in results[0].told


def test_without_a_home_all_goes_on(trainer: Trainer) -> None:
    trainer.write_package(_DECK)
    result = trainer.run("check", ANKIBUILD_CACHE_DIR="", HOME="/dev/null", XDG_CACHE_HOME="")
    assert (result.returncode, result.stderr) == (0, "")


def test_the_oldest_go_when_there_are_too_many(
    deck: Trainer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renders, "_MOST_FILES", 3)
    old = _file(folder)
    os.utime(old, (1, 1))
    for number in range(4):
        deck.write(f"{number}.md", _DECK)
        assert deck.run("check", f"{number}.md").returncode == 0
    assert len(list(folder.iterdir())) == 3
    assert not old.exists()


def test_what_is_too_large_is_not_kept(
    deck: Trainer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renders, "_LARGEST", 3_000)
    deck.write_package(_DECK + "\n## Long {#long}\n\n" + "word " * 1_000)
    assert deck.run("check").returncode == 0
    assert _known(deck) == 2


def test_two_runs_at_once_write_the_same(deck: Trainer, folder: Path) -> None:
    def start(number: int) -> subprocess.Popen[bytes]:
        deck.write_package(_DECK.replace("that", f"that {number % 2}"))
        command = [sys.executable, "-m", "ankibuild", "build", "-o", f"dist-{number}"]
        environment = deck.environment(SOURCE_DATE_EPOCH="1795600000")
        return subprocess.Popen(command, cwd=deck.folder, env=environment)

    assert [each.wait() for each in [start(number) for number in range(4)]] == [0] * 4
    assert _known(deck) == 2
    left = [each.name for each in folder.iterdir()]
    assert left == [_file(folder).name]


def test_a_note_with_an_error_is_not_kept(deck: Trainer) -> None:
    deck.write_package(_DECK.replace("*so*", "{{c1::so"))
    assert deck.run("check").returncode == 1
    with renders.no_cache():
        assert renders.Renders(deck.folder / "content/demo").known is None
    assert _known(deck) == 2
