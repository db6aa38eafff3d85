"""What is missing is got by a command that works for how this copy was installed."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from ankibuild.core.installed import how_to_install, how_to_renew
from tests.helpers.places import ROOT

METADATA = """\
Metadata-Version: 2.4
Name: ankibuild
Version: 0.1.0
Requires-Dist: click>=8.2
Requires-Dist: one>=1; extra == "import"
Requires-Dist: two>=2,<3 ; extra == "import"
Requires-Dist: three ; extra == 'rehearse'
"""
CLONE = "/some clones/ankibuild"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an environment that holds a copy, and no pip."""
    folder = tmp_path_factory.mktemp("installed") / "an environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    shutil.copytree(Path(msgspec.__file__).parent, folder / "site/msgspec")
    return next((folder / ("Scripts" if os.name == "nt" else "bin")).glob("python*"))


def ask(python: Path, direct: object = None, *, pipx: bool = False, pip: bool = True) -> list[str]:
    """Return how to install the extra "import", and how to renew, in an environment."""
    home = python.parent.parent
    copy = home / "site/ankibuild-0.1.0.dist-info"
    copy.mkdir(parents=True, exist_ok=True)
    (copy / "METADATA").write_text(METADATA, "utf-8")
    (copy / "direct_url.json").write_text(json.dumps(direct) if direct else "", "utf-8")
    for path, is_there in ((home / "pipx_metadata.json", pipx), (home / "site/pip.py", pip)):
        path.touch() if is_there else path.unlink(missing_ok=True)
    code = "from ankibuild.core.installed import how_to_install as install, how_to_renew as renew\n"
    result = subprocess.run(
        [python, "-c", f"{code}print(install('import'), renew(), sep='\\n')"],
        # The copy comes before the tree, which may have metadata of its own.
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(home / "site"), str(ROOT)))},
        cwd=home,
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout.splitlines()


def test_in_an_environment_its_python_installs_the_libraries(python: Path) -> None:
    install, renew = ask(python)
    shown = f'"{python.as_posix()}"'
    assert install == f'{shown} -m pip install "one>=1" "two>=2,<3"'
    assert renew == f"{shown} -m pip install --upgrade ankibuild"


def test_what_pipx_installed_is_given_to_pipx(python: Path) -> None:
    direct = {"url": f"file://{CLONE.replace(' ', '%20')}", "dir_info": {}}
    install, renew = ask(python, direct, pipx=True)
    assert install == 'pipx inject ankibuild "one>=1" "two>=2,<3"'
    assert renew == f'git -C "{CLONE}" pull, then pipx install --force "{CLONE}"'


def test_a_copy_of_a_git_address_is_renewed_from_there(python: Path) -> None:
    url = "https://example.org/ankibuild.git"
    direct = {"url": url, "vcs_info": {"vcs": "git", "commit_id": "0" * 40}}
    _, renew = ask(python, direct)
    assert renew.endswith(f'--upgrade "git+{url}"')


def test_where_no_pip_is_uv_installs(python: Path) -> None:
    assert ask(python, pip=False)[0].startswith("uv pip install --python ")


def test_the_libraries_are_those_that_this_copy_asks_for() -> None:
    command = shlex.split(how_to_install("rehearse"))
    assert [each.partition(">")[0] for each in command[command.index("install") + 1 :]] == ["anki"]
    assert "install" in how_to_renew()
