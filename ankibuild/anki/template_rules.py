"""What a card template must be: Anki's own rule, and what Anki takes but shows nothing of.

Source: rslib/src/notetype/mod.rs and rslib/src/template.rs of ankitects/anki, CardTypeError and
TemplateError.
"""

import re
from collections.abc import Collection, Iterator, Sequence

from ankibuild.anki.card_generation import (
    SPECIAL,
    split_condition,
    split_template,
    template_fields,
)
from ankibuild.core.notes import CardTemplate
from ankibuild.core.problems import suggestion

NO_FIELDS = ("FrontSide", "Tags", *SPECIAL)
"""What a card template shows that is no field."""

_COMMENT = re.compile("<!--.*?-->", re.DOTALL)

Fault = tuple[int, str, str, str]
"""The place of a card template, "front" or "back", what is wrong, and a cure."""


def find_template_faults(
    templates: Sequence[CardTemplate], fields: Collection[str], *, is_cloze: bool
) -> Iterator[Fault]:
    """Yield what Anki would refuse in the card templates of a note type with these fields.

    Told too, though Anki takes them: braces that do not close, clozes in a note type without any,
    and a front that shows nothing but words under a condition, of which no card is ever made.
    """
    fronts: dict[str, str] = {}
    for place, template in enumerate(templates):
        sides = {"front": template.front, "back": template.back}
        broken = False
        for name, side in sides.items():
            for message, cure in _find_faults(side, fields):
                broken = True
                yield place, name, message, cure
            if is_cloze and not broken and not template_fields(side).clozes:
                message = "no field is shown with its clozes"
                yield place, name, message, f"write {{{{cloze:{_first(fields)}}}}}"
            elif not is_cloze and (clozes := template_fields(side).clozes):
                message = f'"{{{{cloze:{clozes[0]}}}}}" is for note types with clozes'
                yield place, name, message, f'write {{{{{clozes[0]}}}}}, or kind = "cloze"'
        front = template_fields(template.front)
        if not broken and not {*front.shown, *front.typed} & {*fields, *NO_FIELDS}:
            message = "no field stands in it, so that it asks for nothing"
            yield place, "front", message, f"write {{{{{_first(fields)}}}}}"
        elif template.front.strip() in fronts:
            message = f'it is the same as that of "{fronts[template.front.strip()]}"'
            yield place, "front", message, "each card needs a front of its own"
        fronts.setdefault(template.front.strip(), template.name)


def _first(fields: Collection[str]) -> str:
    return next(iter(fields), "Field")


def _find_faults(side: str, fields: Collection[str]) -> Iterator[tuple[str, str]]:
    opened: list[str] = []
    for text, word in split_template(side):
        if word is None:
            if "{{" in _COMMENT.sub("", text):
                yield '"{{" is not closed', 'write "}}" after the field\'s name'
            continue
        sign, name = split_condition(word)
        if sign == "/":
            if not opened or opened[-1] != name:
                message = f'"{{{{/{name}}}}}" closes what is not open'
                cure = f"write {{{{/{opened[-1]}}}}}" if opened else "take it out"
                yield message, cure
                return
            opened.pop()
            continue
        if sign:
            opened.append(name)
        else:
            name = word.rpartition(":")[2]
        if name and name not in fields and name not in NO_FIELDS:
            yield f'the note type has no field "{name}"', suggestion(name, sorted(fields))
    for name in opened[-1:]:
        yield f'"{{{{#{name}}}}}" is not closed', f"write {{{{/{name}}}}} after what it shows"
