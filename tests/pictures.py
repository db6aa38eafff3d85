"""Small pictures and sounds, made by hand or by the standard library."""

import io
import struct
import wave
import zlib


def png(color: tuple[int, int, int] = (200, 30, 30), side: int = 16) -> bytes:
    """Return a square picture in one color."""
    row = b"\0" + bytes(color) * side
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(row * side)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def wav() -> bytes:
    """Return a tenth of a second of silence."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(1600))
    return file.getvalue()


SVG = b"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10" onload="alert(1)">
<script>alert(1)</script>
<image href="https://example.org/x.png" width="1" height="1"/>
<rect width="10" height="10" fill="teal" onclick="alert(1)"/>
</svg>
"""
