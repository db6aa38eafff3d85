"""Pictures that are made where they are needed."""

import struct
import zlib


def make_png(colour: int) -> bytes:
    return make_picture(1, 1, bytes([0, colour, colour, colour]))


def make_drawing(width: int, height: int) -> bytes:
    """Return a picture of that many pixels: dark bars on white, as of text on a screen."""
    paper, bar = b"\xff\xff\xff", b"\x30\x40\x50"
    edge = width // 10
    line = paper * edge + bar * (width - 2 * edge) + paper * edge
    rows = (line if y % 40 in range(16, 26) else paper * width for y in range(height))
    return make_picture(width, height, b"".join(b"\0" + row for row in rows))


def make_picture(width: int, height: int, rows: bytes) -> bytes:
    """Return a PNG of rows of red, green and blue, each behind a byte of 0."""

    def chunk(name: bytes, data: bytes) -> bytes:
        sum_ = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + sum_

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts
