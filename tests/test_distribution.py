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
PARTS = {
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "ankibuild").rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
}


@pytest.mark.slow
def test_wheel_and_sdist_are_whole_and_build_the_deck_in_a_clean_place(tmp_path: Path) -> None:
    pytest.importorskip("build")
    build = [sys.executable, "-m", "build", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (sdist,), (wheel,) = tmp_path.glob("*.tar.gz"), tmp_path.glob("*.whl")
    assert {"ankibuild/py.typed", "ankibuild/anki/templates/style.css"} <= PARTS
    with zipfile.ZipFile(wheel) as archive:
        assert set(archive.namelist()) >= PARTS
        (metadata,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        assert message_from_bytes(archive.read(metadata))["Version"] == ankibuild.__version__
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
        assert names >= PARTS | {"LICENSE", "README.md", "pyproject.toml"}
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    pip = [str(tmp_path / "venv/bin/pip"), "install", "--quiet", str(wheel)]
    subprocess.run(pip, check=True, capture_output=True)
    shutil.copytree(ROOT / "content", tmp_path / "clean/content")
    command = [str(tmp_path / "venv/bin/ankibuild"), "build", "--locked"]
    result = subprocess.run(
        command, cwd=tmp_path / "clean", capture_output=True, text=True, check=True
    )
    assert "as released: its content is the recorded one" in result.stdout
    assert (tmp_path / "clean/dist/index.html").is_file()


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
