"""The disk: find packages, read their files, write ours."""

import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import file_digest
from os import PathLike
from pathlib import Path
from unicodedata import normalize

from ankibuild.core.media import FORMS
from ankibuild.core.problems import AnkibuildError, Fault, Problem, about, shown

CONFIG = "package.toml"
LOCK = "package.lock"
NOTE_TYPES = "note-types"
NOTE_TYPE = "note-type.toml"
MEDIA = "media"
STYLE = "style.css"
LARGEST_MEDIA = 20_000_000
"""Bytes of a picture, sound or video; more is a film, which no card needs and Git carries badly."""

LARGEST_TEXTS = {
    ".md": (10_000_000, "split it into several files: each one is a deck"),
    ".toml": (1_000_000, "remove what is not a setting"),
    ".css": (1_000_000, "remove what no card needs"),
    ".html": (1_000_000, "remove what no card needs"),
    ".json": (50_000_000, "restore the file that was written"),
    ".lock": (200_000_000, "restore the last version that was committed"),
}
"""Bytes of a file that is read as text, by the ending of its name, and what to do with more."""

_OF_TYPES = (".css", ".html", ".json", ".toml")
NOT_DECKS = ("readme.md", "changelog.md")
_OLD = 3600
_LEFTOVER = re.compile(
    r"\.(?:.*\.(?:ankiaddon|apkg|code-snippets|gitattributes|gitignore|html|json|lock|md|png|renders"
    r"|toml|wav)|SHA256SUMS)\.(\d{1,9})\.tmp"
)
_MEGABYTE = 1_000_000
AnyPath = str | PathLike[str]
"""A path as callers of the library have it."""

# How the names of decks sometimes end: by hand, and where Windows hides ".txt".
_MISNAMED = re.compile(
    r"(?:\.md)?(?:~|\.(?:bak|md|orig|te?xt|markdown|mdown|mkdn?|mdwn|mdx|qmd|rmd))$", re.IGNORECASE
)
_OF_SYSTEMS = ("Thumbs.db", "desktop.ini")


def as_paths(one_or_many: AnyPath | Iterable[AnyPath]) -> tuple[Path, ...]:
    """Return one path, or each of many, as the library has them inside."""
    if isinstance(one_or_many, str | PathLike):
        return (Path(one_or_many),)
    return tuple(map(Path, one_or_many))


def find_packages(paths: Iterable[Path]) -> tuple[list[Path], list[Problem]]:
    """Return the packages at or right below the paths, sorted, and which paths hold none.

    A package is a folder with a ``package.toml``, or a Markdown file outside of one; what lies in
    such a folder stands for it.
    """
    found: set[Path] = set()
    problems: list[Problem] = []
    for path in paths:
        home = next((each for each in (path, *path.parents) if (each / CONFIG).is_file()), None)
        if home or path.is_file():
            found.add(home or path)
        else:
            inside = {each.parent for each in path.glob(f"*/{CONFIG}")}
            # The Markdown beside it is that of releases, for one.
            has_content = not inside and any((path / "content").glob(f"*/{CONFIG}"))
            folders = [path, *sorted(each for each in path.glob("*/") if each.is_dir())]
            forgotten = [
                folder
                for folder in folders
                if not has_content and folder not in inside and any(map(is_deck, folder.glob("*")))
            ]
            for folder in forgotten:
                deck = min(filter(is_deck, folder.glob("*")))
                cure = (
                    "ankibuild new NAME writes a package: move the Markdown files into it; or name "
                    f"a single file: {quoted(deck)}"
                )
                problems.append(
                    about(folder, "missing-package", f"this folder has no {CONFIG}", cure)
                )
            if not inside and not forgotten:
                cure = f"name a folder with a {CONFIG}; ankibuild new my-deck writes a first one"
                if has_content:
                    cure = f"did you mean {quoted(path / 'content')}?"
                problems.append(about(path, "missing-package", "there is no package here", cure))
            found |= inside
    # A link to a package is that package: of two ways to it the straight one is taken.
    links_first = sorted(sorted(found), key=Path.is_symlink, reverse=True)
    return sorted({path.resolve(): path for path in links_first}.values()), problems


def find_decks(folder: Path) -> tuple[list[Path], list[Problem]]:
    """Return the Markdown files of a package, sorted, and what kept some from being found.

    Each other file that nothing reads is among the problems.
    """
    problems: list[Problem] = []
    files = list(_walk(folder, problems))
    types = (*find_note_types(folder), *find_type_folders(folder))
    known = {*_files_of(types), *(folder / name for name in (CONFIG, LOCK, STYLE))}
    for path in files:
        if path.name == CONFIG and path.parent != folder:
            cure = "move it out: a package cannot contain another one"
            problems.append(about(path, "nested-package", "a package inside a package", cure))
        elif not (path in known or is_deck(path) or _is_passed_over(path, folder)):
            problems.append(_unread_file(path, folder))
    return sorted(filter(is_deck, files)), problems


def _is_passed_over(path: Path, folder: Path) -> bool:
    """Tell whether a file is not meant for cards; what lies in ``media`` is looked at as media."""
    is_hidden = path.name.startswith(".") or path.name in _OF_SYSTEMS
    return is_hidden or path.name.lower() in NOT_DECKS or folder / MEDIA in path.parents


def _unread_file(path: Path, folder: Path) -> Problem:
    cure = "move it out of the package's folder, or put a dot before its name"
    stem = _MISNAMED.sub("", path.name)
    deck = path.with_name(f"{stem}.md")
    own = folder / path.name.lower()
    if path.suffix[1:].lower() in FORMS:
        cure = f"move it into {shown(folder / MEDIA)}, and show it on a card"
    elif own.name in (CONFIG, LOCK, STYLE) and not os.path.lexists(own):
        cure = f"if it is the package's own, name it {shown(own)}; if not, {cure}"
    elif (stem != path.name or "." not in stem) and stem and not os.path.lexists(deck):
        cure = f'if it is a deck, name it "{deck.name}"; if not, {cure}'
    return about(
        path, "unread-file", "this file is not read, so it is not on any card", cure, "warning"
    )


def find_note_types(folder: Path) -> list[Path]:
    """Return the files of the note types that a package brought along, sorted."""
    home = folder / NOTE_TYPES
    # A link to another folder is told of where decks are looked for.
    return [] if home.is_symlink() else sorted(home.glob("*.json"))


def find_type_folders(folder: Path) -> list[Path]:
    """Return the folders of the note types that a package brings along, sorted."""
    home = folder / NOTE_TYPES
    if home.is_symlink() or not home.is_dir():
        return []
    return sorted(
        each
        for each in home.iterdir()
        if not _is_link(each) and (each / NOTE_TYPE).is_file() and not each.name.startswith(".")
    )


def find_type_files(folder: Path) -> list[Path]:
    """Return the files in a note type's folder, sorted, without those of the system."""
    return sorted(
        each
        for each in folder.iterdir()
        if not each.name.startswith(".") and each.suffix in _OF_TYPES and not each.is_dir()
    )


def _files_of(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        yield from find_type_files(path) if path.is_dir() else (path,)


def find_folders(folder: Path) -> list[Path]:
    """Return a folder and those below it, without hidden ones and without what links lead to."""
    return [inside for inside, _ in _walk_folders(folder, [])]


def _walk(folder: Path, problems: list[Problem]) -> Iterator[Path]:
    """Yield what is no folder at or below one, and take note of what could not be looked into."""
    for inside, names in _walk_folders(folder, problems):
        yield from (inside / name for name in names)


def _walk_folders(folder: Path, problems: list[Problem]) -> Iterator[tuple[Path, list[str]]]:
    """Yield each folder with the names of what is no folder in it.

    A link to a folder is never followed: it may lead to the whole disk, or back here.
    """
    for parent, folders, names in os.walk(folder, onerror=_unreadable(problems)):
        inside = Path(parent)
        folders[:] = [name for name in folders if not name.startswith(".")]
        problems += [_linked_folder(inside / name) for name in folders if _is_link(inside / name)]
        folders[:] = [name for name in folders if not _is_link(inside / name)]
        yield inside, names


def _is_link(folder: Path) -> bool:
    return folder.is_symlink() or (sys.version_info >= (3, 12) and folder.is_junction())


def _linked_folder(path: Path) -> Problem:
    cure = "put the files themselves here"
    return about(path, "linked-folder", "this is a link to another folder", cure)


def _unreadable(problems: list[Problem]) -> Callable[[OSError], None]:
    def report(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            message = f"this folder cannot be read ({error.strerror})"
            problems.append(
                about(Path(error.filename), "unreadable-file", message, "check its permissions")
            )

    return report


def read_media(folder: Path) -> tuple[dict[str, bytes | Problem], list[Problem]]:
    """Return the files in a folder's ``media`` by path below it, sorted, and other problems.

    A problem in place of the bytes tells why a file cannot be used.
    """
    if _is_link(folder / MEDIA):
        return {}, [_linked_folder(folder / MEDIA)]
    found: dict[str, bytes | Problem] = {}
    first: dict[str, Path] = {}
    problems: list[Problem] = []
    for path in sorted(_walk(folder / MEDIA, problems)):
        if path.name.startswith(".") or path.name in _OF_SYSTEMS:
            continue
        # As sources write it: macOS may take letters with accents apart.
        name = normalize("NFC", shown(path.relative_to(folder)))
        if (other := first.setdefault(name, path)) != path:
            found[name] = _same_name(path, other)
            continue
        try:
            found[name] = read_file(path, folder, LARGEST_MEDIA)
        except AnkibuildError as error:
            (found[name],) = error.problems
    return dict(sorted(found.items())), problems


def _same_name(path: Path, other: Path) -> Problem:
    names = f'{ascii(other.name)[1:-1]}" and "{ascii(path.name)[1:-1]}'
    message = f'two files have the same name, "{names}", with an accent that is stored in two ways'
    return about(path, "clashing-media-names", message, "give one of them another name")


def hash_of_file(path: Path) -> str:
    """Return the SHA-256 of a file, as ``sha256sum`` prints it. Raises OSError."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def newest_file(folder: Path) -> int:
    """Return when the newest file of a package was written, its lock aside; 0 for none."""
    files = (path for path in _walk(folder, []) if path.name != LOCK and path.name[0] != ".")
    return int(max((path.lstat().st_mtime for path in files), default=0))


def is_deck(path: Path) -> bool:
    """Tell whether a file's name is that of a deck: Markdown, but no README and no CHANGELOG."""
    name = path.name.lower()
    return name.endswith(".md") and not name.startswith(".") and name not in NOT_DECKS


def read_text(path: Path, home: Path | None = None) -> str:
    """Return a file's text as it stands, with its byte order mark and line endings.

    Raises AnkibuildError when ``read_file`` does, or when it is not UTF-8.
    """
    data = read_file(path, home, *LARGEST_TEXTS.get(path.suffix.lower(), ()))
    if fault := _find_other_form(data):
        raise AnkibuildError((about(path, *fault),))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        problem = _not_utf8(path, data, error.start)
    raise AnkibuildError((problem,))


def read_file(
    path: Path,
    home: Path | None = None,
    most: int | None = None,
    cure: str = "save it smaller, or cut out what the card is about",
) -> bytes:
    """Return the bytes of a plain file; with a ``home`` only of one that lies in that folder.

    ``most`` is how many bytes it may have, and ``cure`` what to do with one that has more.
    Raises AnkibuildError, with one problem, when ``plain_file`` does, when it has more bytes, or
    when it cannot be read.
    """
    real = plain_file(path, home)
    try:
        if most is None or real.stat().st_size <= most:
            return real.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from None
    message = f"this file has more than {most // _MEGABYTE} MB"
    raise AnkibuildError((about(path, "file-too-large", message, cure),))


def plain_file(path: Path, home: Path | None = None) -> Path:
    """Return where a plain file really lies; with a ``home`` only if that is in this folder.

    A link may lead to another file of the same folder, and the folder may itself be a link.
    Raises AnkibuildError, with one problem, when nothing is there, when it lies elsewhere, or is a
    device, a pipe or anything else that may have no end.
    """
    fault: Fault
    try:
        real = path.resolve(strict=True)
        if home and not real.is_relative_to(home.resolve()):
            fault = "leaving-link", "this link leaves the package", "put the file itself here"
        elif not real.is_file():
            fault = "special-file", "this is not a plain file", "put a plain file in its place"
        else:
            return real
    except (OSError, RuntimeError) as error:
        raise unreadable(path, error) from None
    raise AnkibuildError((about(path, *fault),))


def unreadable(path: Path, error: OSError | RuntimeError) -> AnkibuildError:
    """Return the error of a file that the system does not let be read."""
    # Before Python 3.13 a link to itself is a RuntimeError.
    reason = error.strerror if isinstance(error, OSError) else "a link to itself"
    message = f"this file cannot be read ({reason})"
    cure = "check its name and permissions"
    return AnkibuildError((about(path, "unreadable-file", message, cure),))


def read_own(module: str, name: str) -> str:
    """Return the text of one of our own files, by its path from that of the module that uses it."""
    return (Path(module).parent / name).read_text("utf-8")


def write_file(path: Path, data: bytes) -> None:
    """Write beside the target, then replace it, so that no reader ever meets half a file.

    Raises AnkibuildError when the system does not let it.
    """
    write_files({path: data})


def write_files(contents: Mapping[Path, bytes]) -> None:
    """Write several files beside their targets, and only when all are whole replace those in order.

    A target that is a link is replaced itself; who may read a file that is there stays as it is.
    Raises AnkibuildError when the system does not let it; then nothing was replaced, unless the
    very renaming failed.
    """
    staged: dict[Path, Path] = {}
    try:
        for folder in {path.parent for path in contents}:
            remove_leftovers(folder)
        for path, data in contents.items():
            temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
            path.parent.mkdir(parents=True, exist_ok=True)
            staged[path] = temporary
            # Somebody else's link of this name would lead what is written elsewhere.
            temporary.unlink(missing_ok=True)
            with temporary.open("xb") as file:
                if path.is_file() and not path.is_symlink():
                    shutil.copymode(path, temporary)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        for path, temporary in staged.items():
            temporary.replace(path)
    except OSError as error:
        for temporary in staged.values():
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        message = f"this file cannot be written ({error.strerror})"
        cure = "check the folder's permissions and free space"
        raise AnkibuildError((about(path, "unwritable-file", message, cure),)) from None


def see_no_link(folder: Path) -> None:
    """Raise AnkibuildError when a folder for what is made is a link, which may lead anywhere.

    Such a link can come with somebody else's repository.
    """
    if _is_link(folder):
        cure = f"name that folder itself: -o {quoted(folder.resolve())}"
        problem = about(folder, "linked-folder", "this is a link to another folder", cure)
        raise AnkibuildError((problem,))


def remove_leftovers(folder: Path) -> None:
    """Remove what killed runs left in a folder, before somebody commits it."""
    for leftover in folder.glob(".*.tmp"):
        match = _LEFTOVER.fullmatch(leftover.name)
        with suppress(OSError):
            if match and (
                time.time() - leftover.lstat().st_mtime > _OLD or not _is_running(int(match[1]))
            ):
                leftover.unlink()


def _is_running(process: int) -> bool:
    """Tell whether a process may still be there."""
    if os.name == "nt":
        # Windows has no signal that only asks.
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def quoted(path: Path) -> str:
    """Return a path as one writes it in a command."""
    return f'"{shown(path)}"' if " " in shown(path) else shown(path)


def shown_size(size: int) -> str:
    """Return a size in bytes as people read it."""
    return f"{size / _MEGABYTE:.1f} MB" if size >= _MEGABYTE else f"{size / 1000:.1f} kB"


# The first bytes of .docx and any other ZIP file, and of .doc.
_PACKED = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def _find_other_form(data: bytes) -> Fault | None:
    """Return what is wrong with a file that is no plain text in one byte a letter and more."""
    if data.startswith(_PACKED):
        message = "this file is saved as a Word document or another packed file, not plain text"
        cure = "in Word, save it as .docx outside of the package, and use ankibuild import on that"
        return "invalid-encoding", message, cure
    # Without a mark, its first two letters tell: each has an empty half.
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or re.match(
        rb"(?:\x00[^\x00]){2}|(?:[^\x00]\x00){2}", data
    ):
        return "invalid-encoding", "this file is saved as UTF-16", "save it as UTF-8"
    if data.startswith(b"{\\rtf"):
        cure = "save it as plain text, in UTF-8"
        return "invalid-encoding", "this file is saved as RTF, which is not plain text", cure
    return None


def _not_utf8(path: Path, data: bytes, position: int) -> Problem:
    line_start = data.rfind(b"\n", 0, position) + 1
    return about(
        path,
        "invalid-encoding",
        f'the byte "0x{data[position]:02X}" is not UTF-8',
        "save the file as UTF-8",
        line=data.count(b"\n", 0, position) + 1,
        column=len(data[line_start:position].decode("utf-8")) + 1,
    )


def neighbours(folders: Sequence[Path]) -> list[Path]:
    """Return every ``package.toml`` of the folders, then of the folders beside them, sorted."""
    own = sorted(folder / CONFIG for folder in folders if folder.is_dir())
    known = {path.resolve() for path in own}
    around = (folder.absolute().parent.glob(f"*/{CONFIG}") for folder in folders)
    near = {path for paths in around for path in paths if path.resolve() not in known}
    return [*own, *sorted(near)]
