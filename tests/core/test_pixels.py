"""How large a picture is when it is shown, told by its first bytes."""

from base64 import b64encode
from struct import pack
from urllib.parse import quote

import pytest

from ankibuild.core.pixels import MOST_PIXELS, count_pixels
from tests.helpers.images import make_png
from tests.helpers.places import CASES
from tests.helpers.trainer import Trainer

WIDE, HIGH = 30_000, 20_000
DECK = "# Deck\n\n## Q {{#q}}\n\n![A meter](media/{})\n"


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + pack(">II", width, height)


def gif(width: int, height: int, *frames: tuple[int, int]) -> bytes:
    """Return a picture with a table of two colours, a remark, and frames on its screen."""
    data = b"GIF89a" + pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6) + b"!\xfe\x02hi\0"
    for sides in frames:
        data += b"," + pack("<HHHHB", 0, 0, *sides, 0x81) + bytes(12) + b"\x02\x01\0\0"
    return data + b";"


def jpeg(width: int, height: int) -> bytes:
    tables = b"\xff\xe1" + pack(">H", 6) + b"\xff\xc0\0\0" + b"\xff\xc4" + pack(">H", 3) + b"x"
    return b"\xff\xd8" + tables + b"\xff\xff\xff\xc2\0\x11\x08" + pack(">HH", height, width)


def webp(width: int, height: int, kind: bytes) -> bytes:
    head = b"RIFF\0\0\0\0WEBP" + kind + bytes(4)
    if kind == b"VP8X":
        return head + bytes(4) + pack("<I", width - 1)[:3] + pack("<I", height - 1)[:3]
    if kind == b"VP8L":
        return head + b"\x2f" + pack("<I", (width - 1) | (height - 1) << 14)
    return head + b"\0\0\0\x9d\x01\x2a" + pack("<HH", width, height)


def avif(width: int, height: int, *, long: bool = False) -> bytes:
    meta = b"\0\0\0\x14ispe\0\0\0\0" + pack(">II", width, height)
    size = pack(">I4sQ", 1, b"meta", len(meta) + 16) if long else pack(">I4s", 0, b"meta")
    return b"\0\0\0\x0cftypavif" + size + meta


def svg(sides: str, inside: str = "") -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg"{sides}>{inside}</svg>'.encode()


def embedded(data: bytes) -> tuple[bytes, ...]:
    """Return SVGs that show a picture, written in every way that a browser takes."""
    plain, coded = b64encode(data).decode(), quote(data)
    addresses = (
        f"data:image/png;base64,{plain}",
        f"data:image/gif;charset=x;base64, {plain[:8]} {plain[8:]}",
        f"data:image/png,{coded}",
    )
    pictures = [svg("", f'<image href="{address}"/>') for address in addresses]
    return (*pictures, svg("", f"<style>a{{background:url({addresses[0]})}}</style>"))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.png", png(WIDE, HIGH)),
        ("a.gif", gif(WIDE, HIGH)),
        ("a.gif", gif(1, 1, (1, 1), (WIDE, HIGH))),
        ("a.jpg", jpeg(WIDE, HIGH)),
        ("a.jpeg", jpeg(WIDE, HIGH)),
        ("a.webp", webp(WIDE, HIGH, b"VP8X")),
        ("a.webp", webp(16_000, 16_000, b"VP8L")),
        ("a.webp", webp(16_000, 16_000, b"VP8 ")),
        ("a.avif", avif(WIDE, HIGH)),
        ("a.avif", avif(WIDE, HIGH, long=True)),
        ("a.svg", svg(f" width='{WIDE}' height='+{HIGH}.5px '")),
        ("a.svg", svg(" height='3e4' width='9000mm'")),
        *(("a.svg", each) for each in embedded(png(WIDE, HIGH))),
        *(("a.svg", each) for each in embedded(gif(1, 1, (WIDE, HIGH)))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_small_file_with_a_huge_picture_is_refused(
    trainer: Trainer, name: str, data: bytes
) -> None:
    trainer.write_package(DECK.format(name))
    trainer.write(f"content/demo/media/{name}", data)
    result = trainer.run("check")
    assert result.returncode == 1
    assert f"content/demo/media/{name}: this picture has " in result.told
    assert "million pixels, which may freeze a phone; save it smaller" in result.told


@pytest.mark.parametrize(
    ("form", "data", "pixels"),
    [
        ("png", png(640, 480), 640 * 480),
        ("gif", gif(640, 480, (600, 400), (1, 1)), 640 * 480),
        ("jpeg", jpeg(640, 480), 640 * 480),
        ("webp", webp(640, 480, b"VP8X"), 640 * 480),
        ("webp", webp(640, 480, b"VP8L"), 640 * 480),
        ("webp", webp(640, 480, b"VP8 "), 640 * 480),
        ("avif", avif(640, 480), 640 * 480),
        ("svg", svg(' width="2in" height="10pt"').replace(b"'", b'"'), 2560),
        ("svg", svg(' viewBox="0 0 90000 90000" width="100%" height="100%"'), 0),
        ("png", make_png(7), 1),
        ("mp3", png(WIDE, HIGH), 0),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_pixels_of_a_picture_are_counted(form: str, data: bytes, pixels: int) -> None:
    assert count_pixels(form, data) == pixels


def test_a_file_that_ends_anywhere_tells_what_it_can() -> None:
    whole = {
        "png": png(9, 9),
        "gif": gif(9, 9, (9, 9)),
        "jpeg": jpeg(9, 9),
        "webp": webp(9, 9, b"VP8X"),
        "avif": avif(9, 9),
        "svg": embedded(png(9, 9))[0],
    }
    for form, data in whole.items():
        assert count_pixels(form, data) == 81
        for end in range(len(data)):
            assert 0 <= count_pixels(form, data[:end]) <= 81


def test_the_picture_of_the_examples_is_small() -> None:
    data = (CASES / "media/meter.png").read_bytes()
    assert 0 < count_pixels("png", data) < MOST_PIXELS / 100
