"""Write the HTML of a note's parts: plain Markdown at sight, all other by the parser.

The parser is loaded when the first text needs it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from ankibuild.core.media import MediaFile
from ankibuild.core.notes import Rendered
from ankibuild.core.problems import Fragment, Problem
from ankibuild.core.text import without_tags
from ankibuild.core.values import Struct, replace
from ankibuild.dialect.plain import write_plain_block, write_plain_line
from ankibuild.dialect.source import NoteSource

if TYPE_CHECKING:
    from ankibuild.dialect.occlusion import Occlusion

_NO_MEDIA: Mapping[str, MediaFile] = MappingProxyType({})


class RenderedNote(Struct, frozen=True, kw_only=True):
    """The parts of a note in HTML; ``hint`` and ``source`` are no Markdown."""

    heading: Rendered
    body: Rendered
    extra: Rendered
    hint: str
    source: str
    occlusion: "Occlusion | None"

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return what is wrong with the Markdown of its parts."""
        masks = self.occlusion.problems if self.occlusion else ()
        return (*self.heading.problems, *self.body.problems, *self.extra.problems, *masks)


def render_note(
    source: NoteSource, media: Mapping[str, MediaFile], *, takes_masks: bool = True
) -> RenderedNote:
    """Return the parts of a note in HTML; ``media`` are the files of its package by path.

    ``takes_masks`` tells that a block of masks in the body makes a picture with masks.
    """
    body = render_block(source.body, media, takes_masks=takes_masks)
    occlusion = None
    if body.masks:
        from ankibuild.dialect.occlusion import read_occlusion

        occlusion = read_occlusion(body.masks, media)
    return RenderedNote(
        heading=render_inline(source.heading, media),
        body=body,
        extra=render_block(source.extra, media),
        hint=write_literal(source.hint),
        source=write_literal(source.source),
        occlusion=occlusion,
    )


def render_block(
    source: Fragment, media: Mapping[str, MediaFile] = _NO_MEDIA, *, takes_masks: bool = False
) -> Rendered:
    """Return the HTML of whole paragraphs, lists, tables and code.

    With ``takes_masks`` the first block of masks is handed on as it is.
    """
    html = write_plain_block(source.text)
    if html is not None:
        return Rendered(html=html, text=without_tags(html).strip())
    from ankibuild.dialect import markdown

    return markdown.render_block(source, media, takes_masks=takes_masks)


def as_field(rendered: Rendered) -> Rendered:
    """Return what was rendered as a field of its own: a single paragraph stands without its tag.

    A card template may show it within a line, in an attribute, or compare it with what was typed.
    """
    inside = rendered.html.removeprefix("<p>").removesuffix("</p>")
    is_one = len(inside) == len(rendered.html) - len("<p></p>") and "<p>" not in inside
    return replace(rendered, html=inside) if is_one else rendered


def render_inline(source: Fragment, media: Mapping[str, MediaFile] = _NO_MEDIA) -> Rendered:
    """Return the HTML of a single line, without a paragraph around it."""
    html = write_plain_line(source.text)
    if html is not None:
        return Rendered(html=html, text=without_tags(html).strip())
    from ankibuild.dialect import markdown

    return markdown.render_inline(source, media)


def write_literal(text: str) -> str:
    """Return the HTML of a text that is no Markdown."""
    if not text:
        return ""
    from ankibuild.dialect import markdown

    return markdown.write_literal(text)
