"""What the add-on CrowdAnki does, by its rules: a deck as JSON, and back into an Anki.

https://github.com/Stvad/CrowdAnki
"""

import json
import time
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from tests.helpers.learner import Learner

_NOT_WRITTEN = ("id", "mod", "usn")


def write_crowdanki(author: Learner, folder: Path, root: str) -> Path:
    """Export a deck with those below it, and all media."""
    (folder / "media").mkdir(parents=True)
    for file in Path(author.collection.media.dir()).iterdir():
        (folder / "media" / file.name).write_bytes(file.read_bytes())
    models: dict[str, dict[str, Any]] = {}
    decks: dict[str, dict[str, Any]] = {
        name: {
            "__type__": "Deck",
            "crowdanki_uuid": str(uuid5(NAMESPACE_OID, name)),
            "name": name if name == root else name.rpartition("::")[2],
            "desc": "",
            "notes": [],
            "children": [],
            "media_files": [],
        }
        for name in sorted({progress.deck for progress in author.progress().values()} | {root})
    }
    for name, deck in decks.items():
        if name != root:
            decks[name.rpartition("::")[0]]["children"].append(deck)
    for guid, note in author.notes().items():
        record = note.note_type()
        assert record
        uuid = str(uuid5(NAMESPACE_OID, record["name"]))
        kept = {key: value for key, value in record.items() if key not in _NOT_WRITTEN}
        models[uuid] = kept | {"__type__": "NoteModel", "crowdanki_uuid": uuid}
        home = author.collection.decks.name(note.cards()[0].did)
        decks[home]["notes"].append(
            {
                "__type__": "Note",
                "guid": guid,
                "fields": note.fields,
                "tags": note.tags,
                "note_model_uuid": uuid,
            }
        )
    document = decks[root] | {"note_models": list(models.values())}
    path = folder / "deck.json"
    path.write_text(json.dumps(document, ensure_ascii=False, indent=4), "utf-8")
    return path


def import_crowdanki(learner: Learner, path: Path) -> None:
    """Let a learner import the deck with the add-on, a day ago."""
    document = json.loads(path.read_text("utf-8"))
    models = learner.collection.models
    numbers = {}
    for model in document["note_models"]:
        # The name is that of the file, the id is this Anki's own.
        models.add_dict(models.new(model["name"]) | model | {"id": 0})
        numbers[model["crowdanki_uuid"]] = next(
            each["id"]
            for each in models.all()
            if each.get("crowdanki_uuid") == model["crowdanki_uuid"]
        )
    for file in (path.parent / "media").iterdir():
        learner.collection.media.write_data(file.name, file.read_bytes())
    _add_notes(learner, document, "", numbers)
    assert learner.collection.db
    yesterday = int(time.time()) - 86400
    learner.collection.db.execute("update notes set mod = ?", yesterday)


def _add_notes(learner: Learner, deck: dict[str, Any], above: str, numbers: dict[str, int]) -> None:
    name = "::".join(filter(None, (above, deck["name"])))
    number = learner.collection.decks.id(name)
    assert number
    for each in deck["notes"]:
        record = learner.collection.models.get(numbers[each["note_model_uuid"]])  # type: ignore[arg-type]
        assert record
        note = learner.collection.new_note(record)
        note.guid, note.fields, note.tags = each["guid"], each["fields"], each["tags"]
        learner.collection.add_note(note, number)
    for child in deck["children"]:
        _add_notes(learner, child, name, numbers)
