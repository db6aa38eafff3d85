"""What only POSIX has is asked for where it is needed: all that is imported is there elsewhere."""

import subprocess
import sys

from tests.helpers.places import ROOT

# As on Windows, where these modules, functions and signals are missing.
WITHOUT_POSIX = """
import os, signal, sys
for name in "fcntl grp pty pwd resource syslog termios tty".split():
    sys.modules[name] = None
for name in "chown fork forkpty geteuid killpg mkfifo openpty setsid wait4".split():
    delattr(os, name)
for name in "SIGALRM SIGHUP SIGKILL SIGQUIT SIGUSR1".split():
    delattr(signal, name)
"""
IMPORT_ALL = """
import importlib, pkgutil, ankibuild, ankibuild.cli
for module in pkgutil.walk_packages(ankibuild.__path__, "ankibuild."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""
COLLECT = """
import pytest
sys.exit(pytest.main("--collect-only -q -n0 -p no:cacheprovider -m".split() + [""]))
"""


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
    assert "test_windows.py: 1" in result.stdout
