"""How many pixels a picture has, which its first bytes tell: so much memory it takes when shown."""

import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from struct import error, unpack_from
from urllib.parse import unquote_to_bytes

MOST_PIXELS = 50_000_000
"""Of a picture; as a file it may be small, but shown it takes four bytes each: 200 MB."""

_Sides = Iterator[tuple[float, float]]
# The frames of JPEG, without the tables that stand among them.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_FILLER = 0xFF
_WITHOUT_LENGTH = frozenset((0x01, *range(0xD0, 0xDA)))
_ROOT = re.compile(rb"<svg\b[^>]*>")
_SIDE = re.compile(
    rb"\s(width|height)=\"\s*\+?(\d{1,9}(?:\.\d{1,9})?(?:e\d)?)(pt|pc|mm|cm|in|px|)\s*\"",
    re.IGNORECASE,
)
_PER_UNIT = {b"": 1.0, b"px": 1.0, b"pt": 4 / 3, b"pc": 16.0, b"mm": 3.78, b"cm": 37.8, b"in": 96.0}
_EMBEDDED = re.compile(rb"data:image/([^,\"]{0,100}),([^\"')]*)")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_STARTS = {b"\x89PNG": "png", b"GIF8": "gif", b"\xff\xd8": "jpeg", b"RIFF": "webp"}


def count_pixels(form: str, data: bytes) -> int:
    """Return the pixels of the largest picture in a file of a form, which is its ending.

    0 stands for what has none, such as a sound, and for what its bytes do not tell.
    """
    largest = 0.0
    try:
        for width, height in _FORMS.get(form, _no_sides)(data):
            largest = max(largest, width * height)
    except (error, IndexError, ValueError):
        # It ends too early: nothing after that is shown.
        pass
    return int(largest)


def _no_sides(_: bytes) -> _Sides:
    yield from ()


def _png_sides(data: bytes) -> _Sides:
    if data[12:16] == b"IHDR":
        yield unpack_from(">II", data, 16)


def _gif_sides(data: bytes) -> _Sides:
    """Yield the sides of the screen, and of each frame, which may be larger."""
    yield unpack_from("<HH", data, 6)
    place = 13 + _gif_colours(data[10])
    while data[place] in b"!,":
        if data[place] == ord(","):
            yield unpack_from("<HH", data, place + 5)
            place += 11 + _gif_colours(data[place + 9])
        else:
            place += 2
        while data[place]:
            place += data[place] + 1
        place += 1


def _gif_colours(flags: int) -> int:
    """Return the bytes of a table of colours."""
    return 3 * (2 << (flags & 7)) if flags & 0x80 else 0


def _jpeg_sides(data: bytes) -> _Sides:
    place = 2
    while True:
        place = data.index(b"\xff", place)
        mark = data[place + 1]
        if mark == _FILLER:
            place += 1
        elif mark in _FRAMES:
            height, width = unpack_from(">HH", data, place + 5)
            yield width, height
            return
        else:
            length = 0 if mark in _WITHOUT_LENGTH else unpack_from(">H", data, place + 2)[0]
            place += 2 + length


def _webp_sides(data: bytes) -> _Sides:
    kind = data[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(data[n : n + 3], "little") + 1 for n in (24, 27))
        yield width, height
    elif kind == b"VP8L":
        (bits,) = unpack_from("<I", data, 21)
        yield (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = unpack_from("<HH", data, 26)
        yield width & 0x3FFF, height & 0x3FFF


def _avif_sides(data: bytes) -> _Sides:
    """Yield the sides of each picture in the box that describes them (ISO/IEC 23008-12, "ispe")."""
    place = 0
    while place < len(data):
        size, kind = unpack_from(">I4s", data, place)
        if size == 1:
            (size,) = unpack_from(">Q", data, place + 8)
        end = place + (max(size, 8) if size else len(data))
        if kind == b"meta":
            for match in re.finditer(rb"ispe.{4}(?=(.{8}))", data[place:end], re.DOTALL):
                yield unpack_from(">II", match[1])
        place = end


def _svg_sides(data: bytes) -> _Sides:
    """Yield the sides that a cleaned SVG asks for, and those of each picture in it."""
    if root := _ROOT.search(data):
        sides = {
            name.lower(): float(side) * _PER_UNIT[unit.lower()]
            for name, side, unit in _SIDE.findall(root[0])
        }
        yield sides.get(b"width", 0), sides.get(b"height", 0)
    for kind, text in _EMBEDDED.findall(data):
        content = unquote_to_bytes(text)
        if kind.endswith(b";base64"):
            signs = _NOT_BASE64.sub(b"", content)
            content = b64decode(signs[: len(signs) // 4 * 4])
        # A browser goes by what the bytes are, whatever they are called.
        for start, form in _STARTS.items():
            if content.startswith(start):
                yield count_pixels(form, content), 1


_FORMS: dict[str, Callable[[bytes], _Sides]] = {
    "avif": _avif_sides,
    "gif": _gif_sides,
    "jpeg": _jpeg_sides,
    "jpg": _jpeg_sides,
    "png": _png_sides,
    "svg": _svg_sides,
    "webp": _webp_sides,
}
