"""What is typed after a command, or set around it: paths, times, columns of a table."""

import os
import re
import time
from datetime import UTC, datetime
from pathlib import Path

import click

_A_DAY = 86_400
VSCODE = "vscode://file/{path}:{line}:{column}"
"""The address by which VS Code opens a place of a file."""

_CONTENT = Path("content")
_SCHEME = r"(?!(?:javascript|vbscript|data|blob|file|https?|about):)[a-z][a-z0-9+.-]*:"


def or_content(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the paths, or the folder of all packages where none is named."""
    from ankibuild.core.files import quoted

    for path in paths:
        _see_that_it_is_there(path)
    if paths:
        return paths
    if not _CONTENT.is_dir():
        here = Path.cwd().resolve()
        above = [n for n, each in enumerate((here, *here.parents), 1) if each.name == _CONTENT.name]
        below = sorted(Path().glob("*/content/*/package.toml"))
        way = "change to the folder that contains it, or make one: ankibuild new my-deck"
        if above:
            way = f"you are in one; type first: cd {'/'.join(['..'] * above[0])}"
        elif below:
            way = f"type first: cd {quoted(Path(below[0].parts[0]))}"
        raise click.UsageError(f'there is no folder "content" here: {way}')
    return (_CONTENT,)


def _see_that_it_is_there(path: Path) -> None:
    """Raise the error of a path at which there is nothing, with the one that was meant."""
    from difflib import get_close_matches

    from ankibuild.core.files import quoted
    from ankibuild.core.problems import shown
    from ankibuild.core.text import visible

    if os.path.exists(path):  # noqa: PTH110 (a name may be too long for the system to look for)
        return
    known = [shown(each) for each in (*_CONTENT.glob("*"), *Path().glob("*"))]
    inside = _CONTENT / path
    meant = [shown(inside)] if os.path.exists(inside) else []  # noqa: PTH110
    meant = meant or get_close_matches(shown(path), known, 1)
    way = f"did you mean {quoted(Path(meant[0]))}?" if meant else "look at the spelling"
    raise click.UsageError(f'there is no "{visible(shown(path))}" here: {way}')


def editor_address(given: str) -> str:
    """Return the address by which a browser opens a place of a file in an editor, or "".

    A page that calls itself by another scheme could do more than that.
    """
    if given and not (re.match(_SCHEME, given) and "{path}" in given):
        message = f'--editor is "{given}": write, for example, {VSCODE}'
        raise click.UsageError(message)
    return given


def seconds_now() -> int:
    """Return the clock's time, in seconds since 1970."""
    return int(time.time())


def build_time() -> int:
    """Return the time of a build: what SOURCE_DATE_EPOCH says, or else now.

    https://reproducible-builds.org/specs/source-date-epoch/
    """
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if not given:
        return seconds_now()
    if not re.fullmatch("[0-9]{1,10}", given) or int(given) >= 2**32:
        raise click.UsageError(f'SOURCE_DATE_EPOCH is "{given}": give whole seconds since 1970')
    return int(given)


def release_time(given: str | None, now: int) -> int:
    """Return the time of a release, in ISO 8601 or in seconds since 1970, or else now."""
    if given is None:
        return now
    try:
        if given.isdecimal():
            seconds = int(given)
        else:
            moment = datetime.fromisoformat(given)
            seconds = int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp())
    except (ValueError, OverflowError):
        message = f'--time is "{given}": write, for example, 2026-11-23T12:00 or seconds since 1970'
        raise click.UsageError(message) from None
    if not 0 < seconds <= now + _A_DAY:
        # Anki would import such a release again and again over learners' later edits.
        raise click.UsageError(f'--time is "{given}": it lies in the future, or before 1970')
    return seconds


def column_roles(names: str) -> tuple[str, ...]:
    """Return what the columns of a table hold; none when no name is given."""
    from ankibuild.importers.columns import ROLES

    roles = tuple(name.strip().lower() for name in names.split(",")) if names else ()
    for role in roles:
        if role not in (*ROLES, "-"):
            message = f'--columns names "{role}": use {", ".join(ROLES)}, or "-" for none'
            raise click.UsageError(message)
    if roles and not (roles.count("question") == roles.count("answer") == 1):
        raise click.UsageError("--columns must name one question and one answer")
    return roles


def unescape(text: str) -> str:
    """Return a text with tabs and line ends for what stands for them in a shell."""
    return text.replace(r"\t", "\t").replace(r"\n", "\n")
