"""Write a first package for a trainer to fill."""

import json
import os
from pathlib import Path
from uuid import uuid4

from ankibuild.core.files import CONFIG, LOCK, AnyPath, read_own, write_files
from ankibuild.core.identity import suggest_note_id
from ankibuild.core.problems import AnkibuildError, about, shown
from ankibuild.releases.history import MERGE_DRIVER, set_merge_driver

ATTRIBUTES = ".gitattributes"
IGNORE = ".gitignore"
EDITOR = ".vscode"
FIRST_DECK = "first-deck.md"
_IGNORED = f"""\
# Git leaves out drafts, but never a lock.
*-dev.apkg
!{LOCK}
"""
_MEDIA = ("media/traffic-light.png", "media/fifth.wav")
_SCHEMA = "package.schema.json"
_FOR_EDITOR = ("ankibuild.code-snippets", _SCHEMA, "tasks.json")
_TEMPLATES = Path(__file__).with_name("templates")


def new(folder: AnyPath) -> tuple[Path, ...]:
    """Write a commented ``package.toml`` with a fresh key and a first deck; return the files.

    In a Git repository two branches' locks are from then on merged by ``ankibuild merge-lock``: the
    folder's ``.gitattributes`` asks for it, the clone's configuration says how. Beside the folder
    ``content``, a ``.gitignore`` leaves out drafts, and ``.vscode`` has a task, snippets and a
    schema for the editor; what is there already stays as it is.
    The folder's name gives the id and the title. Raises AnkibuildError when the folder holds
    anything already, or when no id can be made of its name.
    """
    folder = Path(folder)
    texts = {
        CONFIG: first_text(CONFIG, folder),
        FIRST_DECK: first_text(FIRST_DECK, folder),
        ATTRIBUTES: f"{LOCK} merge={MERGE_DRIVER}\n",
    }
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise AnkibuildError(
            (about(folder, "folder-in-use", "something is already here", "choose another name"),)
        )
    files = {folder / name: text.encode() for name, text in texts.items()}
    files |= {folder / name: (_TEMPLATES / name).read_bytes() for name in _MEDIA}
    # The folder that an editor opens.
    top = next((each.parent for each in folder.parents if each.name == "content"), None)
    if top and not os.path.lexists(top / IGNORE):
        files[top / IGNORE] = _IGNORED.encode()
    if top and not os.path.lexists(top / EDITOR):
        for name in _FOR_EDITOR:
            files[top / EDITOR / name] = (_TEMPLATES / "vscode" / name).read_bytes()
    if top and ((schema := top / EDITOR / _SCHEMA) in files or schema.is_file()):
        # https://taplo.tamasfe.dev/configuration/directives.html
        line = f"#:schema {shown(Path(os.path.relpath(schema, folder)))}\n\n"
        files[folder / CONFIG] = line.encode() + files[folder / CONFIG]
    write_files(files)
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
