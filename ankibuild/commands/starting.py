"""Write a first package for a trainer to fill."""

import json
import os
from pathlib import Path
from uuid import uuid4

from ankibuild.core.files import CONFIG, LOCK, AnyPath, read_own, write_file
from ankibuild.core.identity import suggest_note_id
from ankibuild.core.problems import AnkibuildError, about
from ankibuild.releases.history import MERGE_DRIVER, set_merge_driver

ATTRIBUTES = ".gitattributes"
IGNORE = ".gitignore"
_IGNORED = f"""\
# Drafts to look at. Whatever else is left out, never a lock.
*-dev.apkg
!{LOCK}
"""


def new(folder: AnyPath) -> tuple[Path, ...]:
    """Write a commented ``package.toml`` with a fresh key and a first deck; return the files.

    In a Git repository two branches' locks are from then on merged by ``ankibuild merge-lock``: the
    folder's ``.gitattributes`` asks for it, the clone's configuration says how. A ``.gitignore``
    beside the folder ``content``, where there is none, leaves out drafts.
    The folder's name gives the id and the title. Raises AnkibuildError when the folder holds
    anything already, or when no id can be made of its name.
    """
    folder = Path(folder)
    texts = {name: first_text(name, folder) for name in (CONFIG, "first-deck.md")}
    texts |= {ATTRIBUTES: f"{LOCK} merge={MERGE_DRIVER}\n"}
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise AnkibuildError(
            (about(folder, "folder-in-use", "something is here already", "choose another name"),)
        )
    files = {folder / name: text for name, text in texts.items()}
    top = next((each.parent for each in folder.parents if each.name == "content"), None)
    if top and not os.path.lexists(top / IGNORE):
        files[top / IGNORE] = _IGNORED
    for path, text in files.items():
        write_file(path, text.encode())
    set_merge_driver(folder)
    return tuple(files)


def first_text(name: str, folder: Path, title: str = "") -> str:
    """Return a file of a first package in the folder, with a fresh key in it.

    Raises AnkibuildError when no id can be made of the folder's name, which gives the title too if
    there is none.
    """
    package_id = suggest_note_id(folder.name)
    if not package_id:
        cure = "choose a name with letters a to z or digits"
        raise AnkibuildError(
            (about(folder, "invalid-package-id", f'no id can be made from "{folder.name}"', cure),)
        )
    title = title or " ".join(word[:1].upper() + word[1:] for word in package_id.split("-"))
    values = {"ID": package_id, "KEY": str(uuid4()), "TITLE": json.dumps(title, ensure_ascii=False)}
    text = read_own(__file__, f"templates/{name}")
    for word, value in values.items():
        text = text.replace(f"%{word}%", value)
    return text
