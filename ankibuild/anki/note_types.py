"""The note types: their frozen names, their frozen ids, their look from templates/."""

import re
from functools import cache
from html import escape

from ankibuild.core.addresses import feedback_link
from ankibuild.core.files import read_own
from ankibuild.core.identity import note_type_id
from ankibuild.core.notes import CardTemplate, Kind, NoteType
from ankibuild.core.settings import Settings
from ankibuild.core.values import Value, hash_of
from ankibuild.core.words import Words, words_of

FIELDS: dict[Kind, tuple[tuple[str, int], ...]] = {
    "front-back": (
        ("Front", 1489855720081559),
        ("Back", 3108521297910304),
        ("Extra", 5113468122928206),
        ("Hint", 5285403586943411),
        ("Source", 1960335902142224),
        ("Notice", 2253460813359235),
        ("Reversed", 5381379364489461),
        ("Typed", 5856718473870276),
        ("Note ID", 4763173351457150),
        ("Spare 1", 8744838199436085),
        ("Spare 2", 3352956452873428),
        ("Spare 3", 2135409660280776),
        ("Spare 4", 7238428930385581),
    ),
    "cloze": (
        ("Text", 7033906084106306),
        ("Title", 2180213229932475),
        ("Extra", 6163616237696849),
        ("Hint", 5023476286372145),
        ("Source", 8672066071813758),
        ("Notice", 6232501736816288),
        ("Typed", 8084823408221199),
        ("Note ID", 3405776955256872),
        ("Spare 1", 6372441572042558),
        ("Spare 2", 3894321667336831),
        ("Spare 3", 8812693199806908),
        ("Spare 4", 8373841872440229),
    ),
    # The first five are those of Anki's own image occlusion, in its order.
    "image-occlusion": (
        ("Occlusion", 7290451370541724),
        ("Image", 653052862872205),
        ("Header", 5051824105805231),
        ("Back Extra", 8236870337270406),
        ("Comments", 3035033246692665),
        ("Hint", 5709480874421291),
        ("Source", 661240838548106),
        ("Notice", 4118999167423693),
        ("Note ID", 1229910672102163),
        ("Spare 1", 820688740704711),
        ("Spare 2", 996379758618535),
        ("Spare 3", 4040808754960373),
        ("Spare 4", 8767670167751558),
    ),
}
"""Fields with their ids, in order; never change: another schema is another note type to Anki."""

TEMPLATES: dict[Kind, tuple[tuple[str, int], ...]] = {
    "front-back": (
        ("Forward", 1432691502714666),
        ("Reverse", 7079947265294482),
        ("Spare", 4150944918533142),
    ),
    "cloze": (("Cloze", 3334634346322279),),
    "image-occlusion": (("Occlusion", 7469084099756226),),
}
"""Card templates with their ids, in order; never change names, ids or order, only the texts."""

_ROLES: dict[Kind, dict[str, str]] = {
    "front-back": {
        "heading": "Front",
        "body": "Back",
        "extra": "Extra",
        "hint": "Hint",
        "source": "Source",
        "reversed": "Reversed",
        "typed": "Typed",
        "id": "Note ID",
    },
    "cloze": {
        "heading": "Title",
        "body": "Text",
        "extra": "Extra",
        "hint": "Hint",
        "source": "Source",
        "typed": "Typed",
        "id": "Note ID",
    },
    "image-occlusion": {
        "masks": "Occlusion",
        "picture": "Image",
        "heading": "Header",
        "body": "Back Extra",
        "names": "Comments",
        "hint": "Hint",
        "source": "Source",
        "id": "Note ID",
    },
}


@cache
def make_note_type(kind: Kind, settings: Settings, style: str) -> NoteType:
    """Return a package's note type of the kind, its texts fitted to the package's settings.

    ``style`` is the package's own style sheet, which comes last and so wins.
    """
    return NoteType(
        kind=kind,
        id=note_type_id(settings.key, kind),
        name=f"{settings.id} {kind} (ankibuild)",
        is_cloze=kind != "front-back",
        fields=FIELDS[kind],
        templates=tuple(
            CardTemplate(
                name=name,
                id=template_id,
                front=_side(kind, f"{name.lower()}-front.html", settings),
                back=_side(kind, f"{name.lower()}-back.html", settings),
            )
            for name, template_id in TEMPLATES[kind]
        ),
        css=_read("style.css") + (f"\n/* {settings.id} */\n{style}" if style else ""),
        roles=_ROLES[kind],
        carried="",
    )


def schema_hash(note_type: NoteType) -> str:
    """Return the hash of what may never change in a note type."""
    templates: list[Value] = [[each.name, each.id] for each in note_type.templates]
    return hash_of([[list(field) for field in note_type.fields], templates])


def look_hash(note_type: NoteType) -> str:
    """Return the hash of a note type's style and of the texts of its templates."""
    sides: list[Value] = [[each.front, each.back] for each in note_type.templates]
    return hash_of([note_type.css, sides, *filter(None, (note_type.carried,))])


@cache
def own_scripts() -> tuple[str, ...]:
    """Return the scripts that our card templates run, as they are written there."""
    parts = "".join(_read(f"{name}.html") for name in _PARTS)
    return tuple(re.findall('<script>.*?</script>|onclick="[^"]*"', parts, re.DOTALL))


_PARTS = ("foot", "hint", "masks", "reveal")
"""What several sides share, each in a file of its own."""

_PART = re.compile(f"<!-- ({'|'.join(_PARTS)}) -->\n")
_RTL_MARK = "<span hidden>&rlm;</span>"
"""Ends a part whose text may have no direction of its own, such as a number."""

_SAID = re.compile("<!-- say ([a-z-]+) -->")
_ANKI_WITH_MASKS = "23.10"


def _side(kind: Kind, name: str, settings: Settings) -> str:
    words = words_of(settings)
    text = _PART.sub(lambda part: _read(f"{part[1]}.html"), _read(f"{kind}/{name}"))
    text = text.replace("<!-- feedback -->", _feedback(settings, words))
    text = text.replace("<!-- end -->", _RTL_MARK if words.direction == "rtl" else "")
    text = _SAID.sub(lambda match: words.html(match[1], version=_ANKI_WITH_MASKS), text)
    return f'<div class="note" {words.attributes}>\n{text}</div>\n'


def _feedback(settings: Settings, words: Words) -> str:
    link = feedback_link(settings.feedback, settings.page, "{{Note ID}}")
    return f' · <a href="{escape(link)}">{words.html("report-mistake")}</a>' if link else ""


@cache
def _read(name: str) -> str:
    return read_own(__file__, f"templates/{name}")
