"""How this copy was installed, and so the commands that bring what it lacks."""

import json
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ankibuild.core.files import quoted

if TYPE_CHECKING:
    from importlib.metadata import Distribution

_NAME = "ankibuild"


def how_to_install(extra: str) -> str:
    """Return the command that installs the libraries of an extra beside this copy.

    It names the libraries themselves, so that it is the same wherever the copy came from.
    """
    form = re.compile(rf"""([^;]+?)\s*;\s*extra\s*==\s*["']{extra}["']""")
    copy = _copy()
    found = map(form.fullmatch, (copy.requires or ()) if copy else ())
    libraries = " ".join(f'"{match[1]}"' for match in found if match)
    if _is_of_pipx():
        return f"pipx inject {_NAME} {libraries}"
    return f"{_installer()} {libraries}"


def how_to_renew() -> str:
    """Return how a newer version takes the place of this copy."""
    from urllib.parse import unquote, urlsplit
    from urllib.request import url2pathname

    copy = _copy()
    # Source: https://packaging.python.org/en/latest/specifications/direct-url/
    record = json.loads((copy and copy.read_text("direct_url.json")) or "{}")
    source, first = _NAME, ""
    match record:
        case {"url": str(url), "vcs_info": {"vcs": str(vcs)}}:
            source = f'"{vcs}+{url}"'
        case {"url": str(url), "dir_info": {}}:
            source = quoted(Path(url2pathname(unquote(urlsplit(url).path))))
            first = f"git -C {source} pull, then "
        case _:
            pass
    if _is_of_pipx():
        return f"{first}pipx install --force {source}"
    return f"{first}{_installer()} --upgrade {source}"


def _copy() -> "Distribution | None":
    # It takes longer to load than most commands to run.
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        return distribution(_NAME)
    except PackageNotFoundError:
        return None


def _is_of_pipx() -> bool:
    return (Path(sys.prefix) / "pipx_metadata.json").exists()


def _installer() -> str:
    python = quoted(Path(sys.executable))
    # What uv made has no pip in it.
    return f"{python} -m pip install" if find_spec("pip") else f"uv pip install --python {python}"
