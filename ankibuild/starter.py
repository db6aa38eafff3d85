"""Write a first package for a trainer to fill."""

from importlib.resources import files
from pathlib import Path
from uuid import uuid4

from ankibuild.errors import AnkibuildError
from ankibuild.files import CONFIG, about, write_file
from ankibuild.identity import suggest_note_id


def new(folder: Path) -> tuple[Path, ...]:
    """Write a commented ``package.toml`` with a fresh key and a first deck; return the files.

    The folder's name gives the id and the title. Raises AnkibuildError when the folder holds
    anything already, or when no id can be made of its name.
    """
    package_id = suggest_note_id(folder.name)
    if not package_id:
        cure = "choose a name with letters a to z or digits"
        raise AnkibuildError((about(folder, f'no id can be made from "{folder.name}"', cure),))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise AnkibuildError((about(folder, "something is here already", "choose another name"),))
    title = " ".join(word[:1].upper() + word[1:] for word in package_id.split("-"))
    values = {"ID": package_id, "KEY": str(uuid4()), "TITLE": title}
    written = []
    for name in (CONFIG, "first-deck.md"):
        text = files("ankibuild").joinpath("templates", "new", name).read_text("utf-8")
        for word, value in values.items():
            text = text.replace(f"%{word}%", value)
        write_file(folder / name, text.encode())
        written.append(folder / name)
    return tuple(written)
