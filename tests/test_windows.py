"""What only POSIX has is asked for where it is needed: all that is imported is there elsewhere."""

import ast
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.helpers.places import ROOT

# On Windows these modules, and below these functions and signals, are missing.
MODULES = "fcntl grp pty pwd resource syslog termios tty"
WITHOUT_POSIX = f"""
import os, signal, sys
for name in {MODULES!r}.split():
    sys.modules[name] = None
for name in "chown fork forkpty geteuid killpg mkfifo openpty setsid wait4".split():
    delattr(os, name)
for name in "SIGALRM SIGPROF SIGHUP SIGKILL SIGQUIT SIGUSR1".split():
    delattr(signal, name)
"""
IMPORT_ALL = """
import importlib, pkgutil, ankibuild, ankibuild.cli
for module in pkgutil.walk_packages(ankibuild.__path__, "ankibuild."):
    # What runs in Anki alone needs Anki's window.
    if not module.name.endswith("__main__") and ".addon" not in module.name:
        importlib.import_module(module.name)
"""
COLLECT = """
import pytest
sys.exit(pytest.main("--collect-only -q -n0 -p no:cacheprovider -m".split() + [""]))
"""


def imported_at_once(body: list[ast.stmt]) -> Iterator[str]:
    """Yield the modules that statements import, but not those that a function does later."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif not isinstance(node, ast.FunctionDef):
            yield from imported_at_once(
                [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.stmt)]
            )


def test_what_only_posix_has_is_imported_late() -> None:
    late = set(MODULES.split())
    for folder in ("ankibuild", "tests"):
        # What is run by its name alone may need what it likes.
        for path in {*(ROOT / folder).rglob("*.py")} - {*(ROOT / folder).glob("*/__main__.py")}:
            found = imported_at_once(ast.parse(path.read_text("utf-8")).body)
            assert not late.intersection(found), path


@pytest.mark.slow
def test_all_modules_and_tests_are_imported_without_what_only_posix_has() -> None:
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT_POSIX + IMPORT_ALL + COLLECT],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert result.returncode == 0, result.stdout[-5000:] + result.stderr
    assert "test_windows.py: 2" in result.stdout
