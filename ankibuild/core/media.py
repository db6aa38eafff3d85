"""Pictures, sounds, videos: what Anki can show, under names that tell their content."""

import re
from collections.abc import Collection, Iterator, Mapping
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

from ankibuild.core.names import short_name
from ankibuild.core.pixels import MOST_PIXELS, count_pixels
from ankibuild.core.problems import Fault, Problem, about
from ankibuild.core.values import Struct

MediaKind = Literal["picture", "sound", "video"]
"""What is shown, or played."""


class Form(NamedTuple):
    """A form of files: its kind, its media type, and a pattern of how its bytes begin."""

    kind: MediaKind
    media_type: str
    start: bytes


class MediaFile(Struct, frozen=True, kw_only=True):
    """A picture, a sound or a video: its path for messages, its name for Anki.

    ``data`` is what is published, ``digest`` the hash of what the author saved. With an error
    among ``problems`` the file is of no use.
    """

    place: str
    name: str
    digest: str
    data: bytes
    problems: tuple[Problem, ...]


LARGE = 1_000_000
"""Bytes that a learner on a phone waits for; a picture as wide as its screen needs a tenth."""

_DIGITS = 12
"""Hexadecimal digits of the hash in a file's name; never change: a new name is a new file."""

_HASH_IN_NAME = re.compile(rf"-[0-9a-f]{{{_DIGITS}}}(?=\.[a-z0-9])")
_MP4, _OGG = rb"....ftyp", rb"OggS"
FORMS = {
    "avif": Form("picture", "image/avif", _MP4),
    "gif": Form("picture", "image/gif", rb"GIF8[79]a"),
    "jpeg": Form("picture", "image/jpeg", rb"\xff\xd8\xff"),
    "jpg": Form("picture", "image/jpeg", rb"\xff\xd8\xff"),
    "png": Form("picture", "image/png", rb"\x89PNG\r\n\x1a\n"),
    "svg": Form("picture", "image/svg+xml", rb""),  # its cleaning tells what it is
    "webp": Form("picture", "image/webp", rb"RIFF....WEBP"),
    "aac": Form("sound", "audio/aac", rb"\xff[\xf0\xf1\xf8\xf9]|ID3"),
    "flac": Form("sound", "audio/flac", rb"fLaC|ID3"),
    "m4a": Form("sound", "audio/mp4", _MP4),
    "mp3": Form("sound", "audio/mpeg", rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]|ID3"),
    "oga": Form("sound", "audio/ogg", _OGG),
    "ogg": Form("sound", "audio/ogg", _OGG),
    "opus": Form("sound", "audio/ogg", _OGG),
    "wav": Form("sound", "audio/wav", rb"RIFF....WAVE"),
    "mp4": Form("video", "video/mp4", _MP4),
    "webm": Form("video", "video/webm", rb"\x1a\x45\xdf\xa3"),
}
"""What Anki can show or play, by the ending of a file's name."""

_LOADED = {
    "css": "text/css",
    "js": "text/javascript",
    "otf": "font/otf",
    "ttf": "font/ttf",
    "woff": "font/woff",
    "woff2": "font/woff2",
}
"""What only the card templates and the style of an adopted note type load."""

_KEPT_INSIDE_SVG = {"image": ["gif", "jpeg", "png", "webp"]}


def digest_of(data: bytes) -> str:
    """Return the hash of a file's content that locks hold; never change it."""
    return sha256(data).hexdigest()[:32]


def make_media(path: str, place: str, data: bytes | Problem) -> MediaFile:
    """Return a file by its bytes, or by what kept them from being read.

    ``path`` is how sources name it, ``place`` how messages do. An SVG is published without scripts
    and without what it would fetch.
    """
    if isinstance(data, Problem):
        return MediaFile(place=place, name=path, digest="", data=b"", problems=(data,))
    form = _form(path)
    # An SVG is text, whose lines Git may end otherwise on Windows.
    data = data.replace(b"\r\n", b"\n") if form == "svg" else data
    # The hash of what the author saved: a newer cleaner must not make a changed note of it.
    digest = digest_of(data)
    stem = short_name(PurePosixPath(path).stem) or "media"
    fault = _find_fault(path, data)
    if form == "svg" and not fault:
        data, fault = _clean_svg(data)
    if not fault and (pixels := count_pixels(form, data)) > MOST_PIXELS:
        message = f"this picture has {pixels / 1e6:,.0f} million pixels, which may freeze a phone"
        fault = "picture-too-large", message, "save it smaller: 1000 pixels on a side are enough"
    severity: Literal["error", "warning"] = "error"
    if len(data) > LARGE and not fault:
        cure = "save it smaller: 1000 pixels are enough for a picture, 96 kbit/s for speech"
        message = f"this file has {len(data) / 1e6:.1f} MB, which every learner downloads"
        fault = "large-media", message, cure
        severity = "warning"
    return MediaFile(
        place=place,
        name=f"{stem}-{digest[:_DIGITS]}.{form}",
        digest=digest,
        data=data,
        problems=(about(place, *fault, severity),) if fault else (),
    )


def check_media(
    media: Mapping[str, MediaFile],
    used: Collection[str],
    loaded: Collection[str],
    *,
    complete: bool,
) -> Iterator[Problem]:
    """Yield what is wrong with the files that are used, and which of them nothing uses.

    ``used`` are the names of files that notes show, ``loaded`` the paths of those that note types
    load; ``complete`` tells that they lack none.
    """
    spellings: dict[str, str] = {}
    contents: dict[str, str] = {}
    for path, file in media.items():
        if path in loaded and file.name not in used:
            yield from () if _form(path) in _LOADED else file.problems
            continue
        if file.name not in used:
            if complete:
                cure = "show it on a card, or move it out of the folder"
                yield about(file.place, "unused-media", "no note uses this file", cure, "warning")
            continue
        yield from file.problems
        if (same := spellings.setdefault(path.casefold(), path)) != path:
            message = f'the name differs from "{same}" only in upper and lower case'
            yield about(
                file.place,
                "clashing-media-names",
                message,
                "many disks cannot store both: rename one of them",
            )
        if file.digest and (same := contents.setdefault(file.digest, path)) != path:
            message = f'this file is the same as "{same}"'
            yield about(
                file.place,
                "repeated-media",
                message,
                "keep one, so that learners download it only once",
                "warning",
            )


def media_kind(path: str) -> MediaKind:
    """Tell whether a file is a picture, a sound or a video; a picture if its form is not known."""
    return FORMS[_form(path)].kind if _form(path) in FORMS else "picture"


def media_type(name: str) -> str:
    """Return the media type of a file of a known form, the same on every machine."""
    form = _form(name)
    return FORMS[form].media_type if form in FORMS else _LOADED[form]


def plain_names(text: str) -> str:
    """Return a text with the names of files as their authors know them, without hashes."""
    return _HASH_IN_NAME.sub("", text)


def _form(path: str) -> str:
    return PurePosixPath(path).suffix.removeprefix(".").lower()


def _find_fault(path: str, data: bytes) -> Fault | None:
    form = _form(path)
    if form not in FORMS:
        cure = "save it as png, jpg, svg or webp, a sound as mp3, a video as mp4"
        ending = PurePosixPath(path).suffix
        return "unsupported-media", f'not every Anki can show a file that ends in "{ending}"', cure
    if not data:
        return "invalid-media", "this file is empty", "save it again, or delete it"
    if not re.match(FORMS[form].start, data, re.DOTALL):
        cure = "save it again in that format; a new name does not change what is in a file"
        if data.startswith(b"version https://git-lfs"):
            cure = "it is only a Git LFS pointer: run git lfs pull"
        return "invalid-media", f'the content of this file is not what ".{form}" says', cure
    return None


def _clean_svg(data: bytes) -> tuple[bytes, Fault | None]:
    # Loaded only where there is one.
    from py_svg_hush import filter_svg

    try:
        return filter_svg(data, keep_data_url_mime_types=_KEPT_INSIDE_SVG), None
    except ValueError as error:
        message = f"this file is not a complete SVG ({error})"
        return data, ("invalid-media", message, "save it again as plain SVG")
