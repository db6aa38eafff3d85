"""Image occlusion: a fenced block of named rectangles on a picture, to the fields of Anki.

    ```occlusion
    ![A meter](media/meter.png)
    display: 32, 17, 36, 16
    serial number: 37.5, 58, 25, 9
    ```

Source: ts/routes/image-occlusion/shapes/to-cloze.ts of ankitects/anki.
"""

import re
from collections.abc import Mapping, Sequence

from ankibuild.core.clozes import LAST_NUMBER
from ankibuild.core.media import MediaFile
from ankibuild.core.notes import Rendered
from ankibuild.core.problems import Fault, Fragment, Problem
from ankibuild.core.values import Struct
from ankibuild.dialect.slips import MASKS

SMALLEST = 1.0
"""Percent of the picture's width or height; Anki's mask editor drops what is a few pixels large."""

_HIDE_ONE = "hide-one"
_MASK = re.compile(r"(?:(\d{1,9})\.\s+)?(\S.*?)\s*:([^:]*)")
_SIDE = re.compile(r"\s*(\d{1,3}(?:\.\d{1,2})?)\s*")
_PICTURE = re.compile("<img [^>]*>")
_ALL = 100
# What no mask begins with: a heading, or another fence.
_BEYOND = re.compile(r"#{1,6}\s|`{3}|~{3}")
_MASK_CURE = "write name: left, top, width, height, in percent of the picture"


class Occlusion(Struct, frozen=True, kw_only=True):
    """What a block makes: the masks as clozes, the picture, the names of the masks by number."""

    masks: str
    picture: Rendered
    names: str
    problems: tuple[Problem, ...]


class _Mask(Struct, frozen=True, kw_only=True):
    line: Fragment
    number: int
    name: str
    sides: tuple[float, ...]


def first_beyond(lines: Sequence[str]) -> int | None:
    """Return the place of the first line that shows that a block of masks was not closed."""
    return next((place for place, line in enumerate(lines) if _BEYOND.match(line)), None)


def read_occlusion(block: Sequence[Fragment], media: Mapping[str, MediaFile]) -> Occlusion:
    """Return what a block of masks makes; its lines begin with that of the opening fence."""
    # The parser was loaded to find the block.
    from ankibuild.dialect.markdown import render_inline, write_literal

    opening, *lines = block
    # What follows is no mask, and the fence is reported where the file is read.
    lines = lines[: first_beyond([line.text for line in lines])]
    problems = []
    options = opening.text.strip().lstrip("`~").split()[1:]
    if any(option != _HIDE_ONE for option in options):
        message = f'"{" ".join(options)}" after "{MASKS}" is unknown'
        cure = f'write nothing, or "{_HIDE_ONE}" to leave the other masks open'
        problems.append(opening.problem("unknown-option", message, cure))
    first, *others = [line for line in lines if line.text.strip()] or [opening]
    picture = render_inline(first, media)
    problems += picture.problems
    if not _PICTURE.fullmatch(picture.html) and not picture.problems:
        message = f'"{first.text.strip()}" is not the picture that the masks belong to'
        cure = "write the picture alone on the first line: ![what it shows](media/picture.png)"
        problems.append(first.problem("masks-without-picture", message, cure))
    elif " width=" in picture.html:
        problems.append(
            first.problem(
                "picture-width", "a picture with masks is as wide as its card", "delete the width"
            )
        )
    elif not others:
        problems.append(first.problem("missing-mask", "this picture has no masks", _MASK_CURE))
    masks: list[_Mask] = []
    numbers: dict[int, _Mask] = {}
    names: dict[str, _Mask] = {}
    for line in others:
        mask = _read_mask(line, masks[-1].number + 1 if masks else 1)
        if isinstance(mask, Problem):
            problems.append(mask)
            continue
        problems += _check_mask(mask, numbers.get(mask.number), names.get(mask.name))
        numbers.setdefault(mask.number, mask)
        names.setdefault(mask.name, mask)
        masks.append(mask)
    return Occlusion(
        masks="".join(_write_mask(mask, hide_all=not options) for mask in masks),
        picture=picture,
        names="<br>".join(f"{mask.number}. {write_literal(mask.name)}" for mask in masks),
        problems=tuple(problems),
    )


def _read_mask(line: Fragment, number: int) -> _Mask | Problem:
    match = _MASK.fullmatch(line.text.strip())
    sides = [_SIDE.fullmatch(side) for side in match[3].split(",")] if match else []
    if not match or len(sides) != len(("left", "top", "width", "height")):
        return line.problem("invalid-mask", f'"{line.text.strip()}" is not a mask', _MASK_CURE)
    for side, text in zip(sides, match[3].split(","), strict=True):
        if not side:
            cure = f"{_MASK_CURE}: numbers with at most two decimals, like 12.5"
            return line.problem("invalid-mask", f'"{text.strip()}" is not a percentage', cure)
    return _Mask(
        line=line,
        number=int(match[1] or number),
        name=match[2],
        sides=tuple(float(side[1]) for side in sides if side),
    )


def _check_mask(mask: _Mask, same_number: _Mask | None, same_name: _Mask | None) -> list[Problem]:
    """Return what is wrong with a mask; the others are the first of its number and of its name."""
    left, top, width, height = mask.sides
    faults: list[Fault] = []
    if max(round(left + width, 2), round(top + height, 2)) > _ALL:
        message = f'the mask "{mask.name}" reaches beyond the picture'
        faults.append(
            (
                "mask-out-of-picture",
                message,
                "left plus width, and top plus height, can be at most 100",
            )
        )
    if min(width, height) < SMALLEST:
        message = f'the mask "{mask.name}" is too small to be seen'
        faults.append(
            ("mask-too-small", message, f"make it at least {SMALLEST:.0f} percent wide and high")
        )
    if not 0 < mask.number <= LAST_NUMBER:
        message = f'the mask "{mask.name}" has the number {mask.number}'
        faults.append(("invalid-mask", message, f"write a number from 1 to {LAST_NUMBER}, or none"))
    if same_number:
        message = f'the mask "{mask.name}" has the same number as "{same_number.name}"'
        faults.append(("repeated-mask", message, "a card asks for one mask: use another number"))
    if same_name:
        message = f'a second mask is named "{mask.name}"'
        faults.append(("repeated-mask", message, "give it another name"))
    return [mask.line.problem(*fault) for fault in faults]


def _write_mask(mask: _Mask, *, hide_all: bool) -> str:
    """Return a mask as Anki's own editor writes it, so that saving it there changes nothing."""
    names = ("left", "top", "width", "height")
    sides = "".join(
        f":{name}={_fraction(side)}" for name, side in zip(names, mask.sides, strict=True)
    )
    hidden = ":oi=1" if hide_all else ""
    return f"{{{{c{mask.number}::image-occlusion:rect{sides}{hidden}}}}}<br>"


def _fraction(percent: float) -> str:
    return re.sub("^0+|0+$", "", f"{percent / 100:.4f}") if percent else ".0000"
