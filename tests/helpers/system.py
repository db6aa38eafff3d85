"""What not every system has: where it is missing a test is skipped, or measures nothing."""

import importlib
import os
import shutil
import sys
from pathlib import Path

import pytest

posix_only = pytest.mark.skipif(
    os.name != "posix", reason="signals, permissions and shells as here are those of POSIX"
)


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def without_privileges() -> tuple[str, ...]:
    """Return what keeps root from passing over a file's permissions."""
    if os.name != "posix":
        pytest.skip("this system has other permissions")
    if not is_root():
        return ()
    if not shutil.which("setpriv"):
        pytest.skip("root passes over permissions here, and nothing keeps it from that")
    return ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


def peak_memory() -> int:
    """Return the most bytes that this process ever held; 0 where the system does not tell."""
    try:
        resource = importlib.import_module("resource")
    except ImportError:
        return 0
    peak: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def make_link(link: Path, target: Path | str) -> None:
    """Make a symbolic link, where a user may."""
    try:
        link.symlink_to(target)
    except (OSError, NotImplementedError) as error:
        pytest.skip(f"links cannot be made here ({error})")
