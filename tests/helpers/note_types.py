"""Note types as Anki keeps them, with two fields."""

import json

LOOK = {"sticky": False, "rtl": False, "font": "Arial", "size": 20}
BASIC = json.dumps(
    {
        "id": 1,
        "name": "Basic",
        "type": 0,
        "css": "",
        "flds": [{"name": "Front", "ord": 0} | LOOK, {"name": "Back", "ord": 1} | LOOK],
        "tmpls": [{"name": "Card 1", "ord": 0, "qfmt": "{{Front}}", "afmt": "{{Back}}"}],
    }
)


def record(changes: dict[str, object], *, is_cloze: bool = False) -> str:
    """Return Anki's record of a note type with two fields."""
    front = "{{cloze:F}}" if is_cloze else "{{F}}"
    template = {"name": "C", "ord": 0, "qfmt": front, "afmt": front + "{{B}}"}
    fields = [{"name": "F", "ord": 0} | LOOK, {"name": "B", "ord": 1} | LOOK]
    values = {"id": 1, "name": "A", "type": int(is_cloze), "css": "", "flds": fields}
    return json.dumps(values | {"tmpls": [template]} | changes)


def with_templates(*fronts: str, fields: str = "F B") -> dict[str, object]:
    """Return the parts of a record with card templates of these fronts, the last one first."""
    templates = [
        {"name": f"C{place}", "ord": place, "qfmt": front, "afmt": f"{front} back", "id": place}
        for place, front in enumerate(fronts)
    ]
    named = [{"name": name, "ord": place} | LOOK for place, name in enumerate(fields.split())]
    return {"tmpls": templates[::-1], "flds": named[::-1]}
