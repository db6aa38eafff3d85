"""Pictures and sound: what Anki can play, and under which name it gets a file."""

import posixpath
import re
from hashlib import sha256
from itertools import accumulate
from pathlib import PurePosixPath
from urllib.parse import unquote

from ankibuild.errors import suggestion
from ankibuild.identity import suggest_note_id
from ankibuild.model import Media, MediaFile

PICTURES = (".avif", ".gif", ".jpeg", ".jpg", ".png", ".svg", ".webp")
SOUNDS = (".aac", ".flac", ".m4a", ".mp3", ".mp4", ".oga", ".ogg", ".opus", ".wav", ".webm")

LARGEST = 100 * 1024 * 1024
"""AnkiWeb synchronizes no larger file (rslib/src/sync/media/mod.rs of ankitects/anki)."""

LARGE = 2 * 1024 * 1024
"""More than this takes seconds on a phone away from home."""

_LONGEST_STEM = 60
_DEEPEST = 200
_SVG_TAG = re.compile(rb"<(/?)[A-Za-z][^>]*?(/?)>")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
_BEGINNINGS = {
    ".avif": rb".{4}ftyp",
    ".flac": rb"fLaC|ID3",
    ".gif": rb"GIF8",
    ".jpeg": rb"\xff\xd8\xff",
    ".jpg": rb"\xff\xd8\xff",
    ".mp3": rb"ID3|\xff[\xe0-\xff]",
    ".oga": rb"OggS",
    ".ogg": rb"OggS",
    ".opus": rb"OggS",
    ".png": rb"\x89PNG\r\n\x1a\n",
    ".wav": rb"RIFF.{4}WAVE",
    ".webp": rb"RIFF.{4}WEBP",
}


class MediaError(ValueError):
    """A file that cannot be published; the text says why, ``cure`` what to do."""

    def __init__(self, message: str, cure: str) -> None:
        """Keep both."""
        super().__init__(message)
        self.cure = cure


def find_media_file(media: Media, page: str, address: str) -> MediaFile:
    """Return the file that a page's Markdown names; raises MediaError when there is none."""
    name = unquote(address)
    if _ADDRESS.match(name):
        cure = "cards must work offline: save it into the package, and write its path"
        raise MediaError(f'"{name}" is an address on the web', cure)
    folder = posixpath.dirname(page)
    path = posixpath.normpath(posixpath.join(folder, name))
    inside = posixpath.relpath(path, media.root)
    if "\\" in name or name.startswith("/") or inside.startswith("../"):
        cure = "copy it into the package, and write its path with /, such as media/meter.png"
        raise MediaError(f'"{name}" does not lie in the package', cure)
    found = media.files.get(path)
    if found is None:
        here = [posixpath.relpath(each, folder) for each in media.files]
        cure = suggestion(name, here) if here else "put it into the package's folder media/"
        if not is_media(posixpath.basename(path)):
            cure = f"use one of {' '.join((*PICTURES, *SOUNDS))}"
        raise MediaError(f'there is no picture or sound "{name}"', cure)
    return found


def is_media(name: str) -> bool:
    """Tell whether a file's name is that of a picture or a sound."""
    return name.lower().endswith((*PICTURES, *SOUNDS)) and not name.startswith(".")


def make_media_file(path: str, data: bytes) -> MediaFile:
    """Return a file's content as it is published; raises MediaError when Anki could not show it.

    The name carries a hash, since Anki never replaces a file by another of the same name. It is
    of the file as its author saved it, so that no newer sanitizer changes it.
    """
    suffix = PurePosixPath(path).suffix.lower()
    if not data:
        raise MediaError("this file is empty", "save it again, or delete it")
    if len(data) > LARGEST:
        raise MediaError(
            "this file has more than 100 MiB", "make it smaller: AnkiWeb takes no more"
        )
    if not re.match(_BEGINNINGS.get(suffix, b""), data, re.DOTALL):
        raise MediaError(f'this file is no "{suffix}" inside', "save it again in that format")
    digest = sha256(data).hexdigest()[:32]
    stem = suggest_note_id(PurePosixPath(path).stem)[:_LONGEST_STEM].strip("-") or "media"
    return MediaFile(
        path=path,
        name=f"{stem}-{digest[:12]}{suffix}",
        hash=digest,
        is_sound=suffix in SOUNDS,
        data=_clean_svg(data) if suffix == ".svg" else data,
    )


def _clean_svg(data: bytes) -> bytes:
    """Return an SVG picture without scripts, handlers and what it would fetch."""
    from py_svg_hush import filter_svg

    steps = (-1 if tag[1] else not tag[2] for tag in _SVG_TAG.finditer(data))
    if max(accumulate(steps), default=0) > _DEEPEST:
        raise MediaError(f"its groups nest more than {_DEEPEST} deep", "ungroup some of them")
    try:
        return bytes(filter_svg(data, {"image": ["gif", "jpeg", "png", "webp"]}))
    except ValueError:
        raise MediaError("this file is no SVG picture", "save it again as plain SVG") from None
