"""Pictures that show the same, whichever machine they were taken on."""

from pathlib import Path

from PIL import Image, ImageChops

# Another version of a browser draws the edges of letters otherwise; a square of four pixels by four
# evens that out, and a letter more or less changes some of them.
_SQUARE = 4
_NOISE = 32
_SHARE = 0.0001
# A ground of another colour differs by less, but in many squares.
_TINT = 12
_MOST_TINTED = 0.02
_COLOURS = 256


def write_picture(picture: Image.Image, path: Path) -> None:
    """Write a picture, as small as it looks right."""
    path.parent.mkdir(exist_ok=True)
    small = picture.convert("RGB").quantize(_COLOURS, Image.Quantize.MAXCOVERAGE)
    small.save(path, "PNG", optimize=True)


def read_picture(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return picture.convert("RGB")


def is_like(one: Image.Image, other: Image.Image) -> bool:
    """Tell whether two pictures are of one size and differ by no more than noise."""
    if one.size != other.size:
        return False
    squares = (each.convert("RGB").reduce(_SQUARE) for each in (one, other))
    red, green, blue = ImageChops.difference(*squares).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    levels, squares_in_all = most.histogram(), most.width * most.height
    return (
        sum(levels[_NOISE:]) <= _SHARE * squares_in_all
        and sum(levels[_TINT:]) <= _MOST_TINTED * squares_in_all
    )
