"""The picture and the sound of a first package, drawn and played by rule."""

import io
import math
import wave

from tests.helpers.images import make_picture

WIDTH, HEIGHT = 160, 360
_BOX, _GLASS = (0x33, 0x38, 0x3D), 44
_LIGHTS = ((68, (0xD0, 0x3A, 0x30)), (180, (0xE8, 0xA5, 0x1C)), (292, (0x2E, 0x9E, 0x54)))
_FINE = 4  # points a pixel, each way, so that edges are smooth
_RATE, _LOW, _HIGH = 8000, 262, 393  # C and G above it


def draw_traffic_light() -> bytes:
    """Return a picture of three lights, one below the other, as PNG."""
    rows = (bytes(part for x in range(WIDTH) for part in _pixel(x, y)) for y in range(HEIGHT))
    return make_picture(WIDTH, HEIGHT, b"".join(b"\0" + row for row in rows))


def _pixel(x: int, y: int) -> tuple[int, ...]:
    middle, colour = min(_LIGHTS, key=lambda light: abs(light[0] - y))
    inside = sum(
        (2 * (_FINE * (x - WIDTH // 2) + i) + 1) ** 2 + (2 * (_FINE * (y - middle) + j) + 1) ** 2
        < (2 * _FINE * _GLASS) ** 2
        for i in range(_FINE)
        for j in range(_FINE)
    )
    parts = zip(_BOX, colour, strict=True)
    return tuple((box * (_FINE**2 - inside) + light * inside) // _FINE**2 for box, light in parts)


def play_fifth() -> bytes:
    """Return the sound of a tone and of the fifth above it, as WAV."""
    samples = bytearray()
    for tone, length in ((_LOW, 2400), (_HIGH, 4000)):
        for time in range(length):
            # It comes and goes softly, so that nothing clicks.
            loudness = min(time, 200, length - time) / 200
            samples.append(128 + round(80 * loudness * math.sin(math.tau * tone * time / _RATE)))
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(_RATE)
        sound.writeframes(bytes(samples))
    return file.getvalue()
