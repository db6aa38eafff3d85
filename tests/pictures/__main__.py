"""Take the pictures of the documentation anew, or see which are stale.

Needs Chromium and what Anki's window needs, all of it from Debian; for the pictures of the editor
also code-server, VS Code in a browser, from npm. Where that is missing, they are passed over.
"""

import sys
import tempfile
from pathlib import Path

import click
from PIL import Image

from tests.helpers import browser, fonts, window
from tests.pictures import editor
from tests.pictures.likeness import is_like, read_picture, write_picture
from tests.pictures.recipes import OF_THE_EDITOR, RECIPES, path_of


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--check", is_flag=True, help="Write nothing; fail if a picture is stale.")
def main(*, names: tuple[str, ...], check: bool) -> None:
    """Take the pictures of the documentation anew: all, or those named."""
    if unknown := sorted({*names} - RECIPES.keys()):
        raise click.UsageError(f'no picture "{unknown[0]}"; there are {", ".join(sorted(RECIPES))}')
    if missing := find_missing():
        raise click.ClickException(f"pictures cannot be taken here: {missing}")
    stale = []
    passed_over = {*()} if names or editor.is_there() else OF_THE_EDITOR
    for name in sorted({*(names or RECIPES)} - passed_over):
        taken = take(name)
        if check:
            stale += [] if is_fresh(name, taken) else [name]
        else:
            write_picture(taken, path_of(name))
    for name in sorted(passed_over):
        click.echo(f"docs/{name}.png passed over: there is no code-server")
    for name in stale:
        click.echo(f"docs/{name}.png is stale; take it anew: python -m tests.pictures {name}")
    sys.exit(bool(stale))


def find_missing() -> str:
    """Return what must be installed first; nothing where all is there."""
    if not fonts.are_there():
        return f"apt-get install {' '.join(fonts.PACKAGES)}"
    if not browser.is_there():
        return f"apt-get install {' '.join(browser.PACKAGES)}"
    try:
        window.find_python()
    except window.NoWindowError as error:
        return str(error)
    return ""


def take(name: str) -> Image.Image:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        return RECIPES[name](Path(folder))


def is_fresh(name: str, taken: Image.Image) -> bool:
    return path_of(name).exists() and is_like(read_picture(path_of(name)), taken)


if __name__ == "__main__":
    main()
