"""What is handed on: the wheel, the hooks for pre-commit, the completion of the shell."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

import ankibuild
from tests.helpers.demo import FIRST
from tests.helpers.git import git
from tests.helpers.places import ROOT
from tests.helpers.system import posix_only
from tests.helpers.trainer import Trainer

COMMAND = Path(sys.executable).parent / "ankibuild"
# Those of ``requires-python`` and the classifiers.
PYTHONS = tuple(f"python3.{minor}" for minor in range(11, 15))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the source archive and the wheel, as a release builds them."""
    pytest.importorskip("build")
    folder = tmp_path_factory.mktemp("built")
    return build(ROOT, folder)


def build(source: Path, target: Path, umask: int = 0o022) -> tuple[Path, Path]:
    command = [sys.executable, "-m", "build", "--outdir", str(target), str(source)]
    environment = os.environ | {"SOURCE_DATE_EPOCH": "1795600000"}
    subprocess.run(command, check=True, capture_output=True, env=environment, umask=umask)
    (sdist,), (wheel,) = target.glob("*.tar.gz"), target.glob("*.whl")
    return sdist, wheel


@pytest.mark.slow
def test_wheel_and_sdist_hold_our_files_and_nothing_else(built: tuple[Path, Path]) -> None:
    parts = set(git(ROOT, "ls-files", "ankibuild").splitlines())
    assert {"ankibuild/py.typed", "ankibuild/anki/templates/style.css"} <= parts
    sdist, wheel = built
    version = ankibuild.__version__
    assert sdist.name == f"ankibuild-{version}.tar.gz"
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names == parts | {"LICENSE", "PKG-INFO", "README.md", "pyproject.toml"}
    about = f"ankibuild-{version}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        assert message_from_bytes(archive.read(f"{about}/METADATA"))["Version"] == version
    told = ["METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"]
    told += ["licenses/ankibuild/preview/mathjax/LICENSE"]
    assert names == parts | {f"{about}/{name}" for name in told}


@pytest.mark.slow
def test_wheel_and_sdist_are_the_same_bytes_wherever_they_are_built_again(
    built: tuple[Path, Path], tmp_path: Path
) -> None:
    with tarfile.open(built[0]) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    for path in source.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    again = build(source, tmp_path / "again", umask=0o077)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in built]


def find_pythons() -> list[str]:
    """Return this Python, and each other one on the path that we promise and that has pip."""
    found = [sys.executable]
    for name in PYTHONS:
        path = shutil.which(name)
        if path and name != f"python3.{sys.version_info.minor}":
            code = [path, "-c", "import ensurepip, venv"]
            if subprocess.run(code, check=False, capture_output=True).returncode == 0:
                found.append(path)
    return found


@pytest.mark.slow
def test_the_wheel_builds_the_deck_in_a_clean_place(
    built: tuple[Path, Path], tmp_path: Path
) -> None:
    for number, python in enumerate(find_pythons()):
        place = tmp_path / str(number)
        subprocess.run([python, "-m", "venv", str(place / "venv")], check=True)
        pip = [str(place / "venv/bin/pip"), "install", "--quiet", str(built[1])]
        subprocess.run(pip, check=True, capture_output=True)
        shutil.copytree(ROOT / "content", place / "content")
        command = [str(place / "venv/bin/ankibuild"), "build", "--locked"]
        result = subprocess.run(command, cwd=place, capture_output=True, text=True, check=True)
        assert "as released: the content is the same" in result.stdout, python
        assert (place / "dist/index.html").is_file()
        command[1:] = ["new", "demo"]
        subprocess.run(command, cwd=place, capture_output=True, check=True)
        assert (place / ".vscode/package.schema.json").is_file()


@pytest.mark.slow
def test_pre_commit_runs_the_hooks(trainer: Trainer, tmp_path: Path) -> None:
    pytest.importorskip("pre_commit")
    git(tmp_path, "clone", "--quiet", str(ROOT), "ankibuild")
    git(trainer.folder, "init", "--quiet")
    trainer.write_package(FIRST + "\n## A new one\n\nIts answer.\n", "# B\n\n## C {#meter}\n\nD\n")
    git(trainer.folder, "add", ".")

    def run(hook: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pre_commit", "try-repo", str(tmp_path / "ankibuild")]
        return subprocess.run(
            [*command, hook, "--all-files", "--color", "never"],
            cwd=trainer.folder,
            env=os.environ | {"PRE_COMMIT_HOME": str(tmp_path / "home")},
            capture_output=True,
            text=True,
            check=False,
        )

    result = run("ankibuild-check")
    assert result.returncode == 1
    assert 'note id "meter" is already used at content/demo/1.md:3' in result.stdout
    trainer.write("content/demo/2.md", "# B\n\n## C {#c}\n\nD\n")
    git(trainer.folder, "add", ".")
    result = run("ankibuild-pin")
    assert "files were modified by this hook" in result.stdout
    assert "## A new one {#a-new-one}" in (trainer.folder / "content/demo/1.md").read_text("utf-8")
    git(trainer.folder, "add", ".")
    assert run("ankibuild-pin").returncode == run("ankibuild-check").returncode == 0


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_command_prints_the_completion_of_a_shell(shell: str) -> None:
    environment = os.environ | {"_ANKIBUILD_COMPLETE": f"{shell}_source"}
    result = subprocess.run([COMMAND], env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "_ANKIBUILD_COMPLETE" in result.stdout


@posix_only
def test_bash_completes_a_command() -> None:
    script = """
        source <(_ANKIBUILD_COMPLETE=bash_source ankibuild)
        COMP_WORDS=(ankibuild reh) COMP_CWORD=1
        _ankibuild_completion ankibuild
        echo "${COMPREPLY[@]}"
    """
    path = f"{COMMAND.parent}:{os.environ['PATH']}"
    result = subprocess.run(
        ["bash", "-c", script],
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout.split() == ["rehearse"], result.stderr
