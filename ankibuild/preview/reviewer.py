"""Finish a rendered card as Anki's reviewer does: boxes to type in, sounds, pictures.

Nothing here runs a script: what a learner clicks on, the preview's own page handles.
"""

import re
from collections.abc import Collection
from html import escape
from urllib.parse import quote

from ankibuild.anki.rendering import answer_to_type
from ankibuild.core.media import media_kind
from ankibuild.core.notes import Note
from ankibuild.core.text import plain_text, unescape

MEDIA_FOLDER = "/media/"
"""Where the page finds a package's pictures and sounds, by their percent-encoded names."""

_SCRIPT = re.compile(r"<script\b.*?(?:</script\s*>|\Z)", re.DOTALL | re.IGNORECASE)
# Anki's own way to open a hint, and ours.
_HINT_CLICK = re.compile(
    r"\sonclick=\"this\.style\.display='none';\n"
    r"(?:document\.getElementById\('hint[0-9a-f]{16}'\)|this\.nextElementSibling)"
    r"\.style\.display='block';\nreturn false;\""
)
# Lengths are bounded, so that a flood of openings that never close ends in time.
_TYPE = re.compile(r"\[\[type:([^][]{1,300})\]\]")
_SOUND = re.compile(r"\[sound:([^][]{1,300})\]")
_SPEECH_OPENS = re.compile(r"\[anki:tts [^][]{0,300}\]")
_SPEECH_CLOSES = "[/anki:tts]"
_ADDRESS = re.compile(
    r"(<(?:img|audio|video|source|object|embed)\b[^>]{0,2000}?\s)(src|data)=(\"[^\"]*\"|'[^']*'|[^\s>]+)",
    re.IGNORECASE,
)
_URL = re.compile(r"""url\(\s{0,9}(["']?)([^"'()]{1,200})\1\s{0,9}\)""", re.IGNORECASE)
_MASK = re.compile(r'<div class="(cloze(?:-\w+)?)" data-ordinal="[\d,]+" (data-[^>]*)></div>')
_MASK_DATA = re.compile(r'data-(\w+)="([^"]*)"')
_CANVAS = re.compile(r'<canvas id="image-occlusion-canvas">\s*</canvas>')
_PLACES = ("left", "top", "width", "height")


def show_side(html: str, note: Note, ordinal: int, media: Collection[str], *, is_back: bool) -> str:
    """Return a rendered side as a learner sees it, with the package's files by their names.

    Any other picture is left out: nothing is fetched from elsewhere.
    """
    html = _HINT_CLICK.sub("", _SCRIPT.sub("", html))
    html = _TYPE.sub(lambda match: _box(match[1], note, ordinal, is_back=is_back), html)
    html = _show_masks(html)
    html = _ADDRESS.sub(lambda match: _show_address(match, media), html)
    html = _SOUND.sub(lambda match: _show_player(match[1], media), html)
    html = _SPEECH_OPENS.sub('<span class="speech">🔊</span><span hidden>', html)
    return html.replace(_SPEECH_CLOSES, "</span>")


def show_style(css: str, media: Collection[str]) -> str:
    """Return a style sheet with the addresses that the package's files have in the preview."""

    def show(match: re.Match[str]) -> str:
        name = match[2].strip()
        return f'url("{MEDIA_FOLDER}{quote(name)}")' if name in media else match[0]

    return _URL.sub(show, css)


def _box(field: str, note: Note, ordinal: int, *, is_back: bool) -> str:
    """Return the box to type in, or on the back what should have been typed."""
    kind, _, name = field.rpartition(":")
    fields = note.field_map
    if name not in fields:
        return f"Type answer: unknown field {escape(name)}"
    is_cloze = kind == "cloze"
    expected = plain_text(answer_to_type(fields[name], ordinal + 1, is_cloze=is_cloze))
    if not expected:
        return ""
    if is_back:
        return f"<div><code id=typeans>{escape(expected)}</code></div>"
    return '<center><input type=text id=typeans aria-label="Type the answer"></center>'


def _show_masks(html: str) -> str:
    """Lay the masks of an image occlusion over its picture, where Anki draws them by script."""
    if not _CANVAS.search(html):
        return html
    masks = "".join(filter(None, map(_show_mask, _MASK.finditer(html))))
    # Under the canvas's own name, whose colours the note type gives.
    return _CANVAS.sub(lambda _: f'<div id="image-occlusion-canvas">{masks}</div>', html)


def _show_mask(match: re.Match[str]) -> str:
    data = dict(_MASK_DATA.findall(match[2]))
    if match[1] == "cloze-inactive" and not data.get("occludeInactive"):
        return ""
    if data.get("shape") not in ("rect", "ellipse"):
        return ""
    if data["shape"] == "ellipse":
        data |= {"width": 2 * _share(data.get("rx")), "height": 2 * _share(data.get("ry"))}
    place = "".join(f"{each}: {100 * _share(data.get(each)):.4g}%; " for each in _PLACES)
    return f'<div class="mask {match[1]}-mask {data["shape"]}" style="{place.strip()}"></div>'


def _share(text: object) -> float:
    try:
        return float(str(text))
    except ValueError:
        return 0.0


def _show_address(match: re.Match[str], media: Collection[str]) -> str:
    name = unescape(match[3].strip("\"'"))
    if name in media:
        return f'{match[1]}{match[2]}="{MEDIA_FOLDER}{quote(name)}"'
    return f"{match[1]}data-missing={match[3]}"


def _show_player(written: str, media: Collection[str]) -> str:
    name = unescape(written)
    if name not in media:
        return f'<span class="missing">{escape(name)} is missing</span>'
    tag = "video" if media_kind(name) == "video" else "audio"
    label = escape(name)
    address = f"{MEDIA_FOLDER}{quote(name)}"
    return f'<{tag} controls preload="metadata" src="{address}" aria-label="{label}"></{tag}>'
