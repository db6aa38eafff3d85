"""Draw the times as a small SVG: logarithmic axes, a line for each tool."""

from collections.abc import Iterator, Mapping
from html import escape
from itertools import pairwise
from math import log10

_WIDTH, _HEIGHT = 720, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 170, 20, 45
_LINE_HEIGHT = 15
_SECONDS = (0.1, 1, 10, 100)
# Okabe and Ito's colours, which the colour-blind tell apart.
_COLOURS = ("#000000", "#999999", "#d55e00", "#0072b2", "#009e73", "#cc79a7", "#56b4e9")


def draw_plot(walls: Mapping[str, Mapping[int, float]], *, emphasis: str) -> str:
    """Return an SVG of wall seconds by tool and number of notes; one tool's line is thicker."""
    sizes = sorted({notes for line in walls.values() for notes in line})
    parts = [*_axes(sizes)]
    ends = _label_heights(walls)
    for (name, line), colour in zip(walls.items(), _COLOURS, strict=False):
        width = 3.5 if name == emphasis else 1.5
        points = [(_x(notes, sizes), _y(line[notes])) for notes in sorted(line)]
        for (x1, y1), (x2, y2) in pairwise(points):
            parts.append(
                f'<line x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}" '
                f'stroke="{colour}" stroke-width="{width}"/>'
            )
        parts += [f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3" fill="{colour}"/>' for x, y in points]
        weight = ' font-weight="bold"' if name == emphasis else ""
        parts.append(
            f'<text x="{points[-1][0] + 10:.0f}" y="{ends[name]:.0f}" fill="{colour}"{weight}>'
            f"{escape(name)}</text>"
        )
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'font-family="sans-serif" font-size="13">\n'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _axes(sizes: list[int]) -> Iterator[str]:
    bottom = _HEIGHT - _BOTTOM
    for seconds in _SECONDS:
        y = _y(seconds)
        yield (
            f'<line x1="{_LEFT}" y1="{y:.0f}" x2="{_WIDTH - _RIGHT}" y2="{y:.0f}" '
            f'stroke="#dddddd"/><text x="{_LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">'
            f"{seconds:g} s</text>"
        )
    for notes in sizes:
        x = _x(notes, sizes)
        yield f'<text x="{x:.0f}" y="{bottom + 20}" text-anchor="middle">{notes:,}</text>'
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    yield f'<text x="{middle:.0f}" y="{_HEIGHT - 8}" text-anchor="middle">notes</text>'


def _label_heights(walls: Mapping[str, Mapping[int, float]]) -> dict[str, float]:
    """Return where each line's name stands, moved down where another would cover it."""
    heights: dict[str, float] = {}
    taken: dict[int, float] = {}
    for name, line in sorted(walls.items(), key=lambda each: _y(each[1][max(each[1])])):
        last = max(line)
        height = max(_y(line[last]) + 4, taken.get(last, 0) + _LINE_HEIGHT)
        heights[name] = taken[last] = height
    return heights


def _x(notes: int, sizes: list[int]) -> float:
    start, end = log10(sizes[0]), log10(sizes[-1])
    return _LEFT + (log10(notes) - start) / ((end - start) or 1) * (_WIDTH - _RIGHT - _LEFT)


def _y(seconds: float) -> float:
    start, end = log10(0.05), log10(_SECONDS[-1])
    share = (log10(max(seconds, 0.05)) - start) / (end - start)
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _BOTTOM - _TOP)
