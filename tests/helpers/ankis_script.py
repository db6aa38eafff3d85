"""Live learners' lives in the Anki that runs this: a script that imports nothing of the project.

Reads {life: [visit, ...]} and prints {"version": ..., "lives": {life: [what it saw, ...]}}, both as
JSON. A visit is a day on which a learner imports a package, unless its path is empty, and does
things; what it saw is Anki's log, and all that was there before and after those things. Visits may
be on several devices, each with a collection of its own: a sync is a visit of its own then.
"""

import json
import os
import re
import sys
import time
from collections import Counter
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import anki.collection  # noqa: F401 (anki.cards cannot be the first that is imported)
from anki.cards import Card
from anki.collection import Collection
from anki.notes import Note

Json = dict[str, Any]
VERSION = version_of("anki")
LOGGED = ("new", "updated", "duplicate", "conflicting")


def main() -> None:
    lives = json.load(sys.stdin)
    seen = {name: live(Path(sys.argv[1]) / name, visits) for name, visits in lives.items()}
    print(json.dumps({"version": VERSION, "lives": seen}))  # noqa: T201


def live(folder: Path, visits: list[Json]) -> list[Json]:
    paths = {visit["device"]: folder / visit["device"] / "collection.anki2" for visit in visits}
    for path in paths.values():
        path.parent.mkdir(parents=True)
    first, *others = paths.values()
    if others:
        join(first, upload=True)
    for path in others:
        join(path, upload=False)
    return [pay_visit(str(paths[visit["device"]]), visit) for visit in visits]


def join(path: Path, *, upload: bool) -> None:
    """Make a device one of the account: the first uploads its collection, others download it."""
    collection: Any = Collection(str(path))  # with other methods in each version
    auth = log_in(collection)
    collection.close_for_full_sync()
    if VERSION.startswith("2.1."):
        (collection.full_upload if upload else collection.full_download)(auth)
    else:
        collection.full_upload_or_download(auth=auth, server_usn=None, upload=upload)
    collection.reopen(after_full_sync=True)
    collection.close()


def log_in(collection: Any) -> Any:
    """Log in to the account that has the name of the life."""
    address, user = sys.argv[2], Path(collection.path).parents[1].name
    if VERSION == "2.1.54":
        os.environ["SYNC_ENDPOINT"] = f"{address}sync/"
        return collection.sync_login(user, user)
    auth = collection.sync_login(user, user, address)
    auth.endpoint = address  # older ones leave it to the caller, and would go to AnkiWeb
    return auth


def pay_visit(path: str, visit: Json) -> Json:
    """Open the collection, import, look, act, look, and close it again."""
    began = int(time.time())
    # A fresh collection each time: Anki remembers note types, so a clock set back goes unseen.
    collection = Collection(path)
    try:
        log = {}
        if visit["package"]:
            log = import_package(collection, visit["package"], visit["options"])
        arrived = look(collection)
        mended = []
        for verb, *arguments in visit["actions"]:
            if report := ACTIONS[verb](collection, *arguments):
                mended.append(report)
        left = look(collection)
        # What Anki stamped with the real clock was done at the time of the visit. Packages have
        # times of long ago, so nothing else is as late.
        for table, column in (("notes", "mod"), ("notetypes", "mtime_secs")):
            assert collection.db
            statement = f"update {table} set {column} = ? where {column} >= ?"
            collection.db.execute(statement, visit["time"], began)
    finally:
        collection.close()
    return {"log": log, "arrived": arrived, "left": left, "mended": mended}


def import_package(collection: Collection, path: str, options: Json) -> dict[str, int]:
    """Import as the dialog of this version does; the oldest know no options."""
    request: Any = path
    if not VERSION.startswith("2.1."):
        from anki import import_export_pb2 as messages

        request = messages.ImportAnkiPackageRequest(
            package_path=path, options=messages.ImportAnkiPackageOptions(**options)
        )
    log = collection.import_anki_package(request).log
    return {name: len(getattr(log, name)) for name in LOGGED}


def study(collection: Collection) -> None:
    scheduler: Any = collection.sched  # of another class in each version
    if hasattr(scheduler, "reset"):
        scheduler.reset()
    for card in cards(collection):
        if card.queue >= 0:  # below are suspended and buried ones
            await_next_moment(collection)
            card.start_timer()
            scheduler.answerCard(card, 3)


def await_next_moment(collection: Collection) -> None:
    """Wait until the last answer is a millisecond ago, as no learner is faster.

    Anki numbers answers by their milliseconds. Of two in one, the later has the number of the next,
    which may lie in the next second; then the card does not say when it was answered last, and
    Check Database mends it and asks for a full sync.
    """
    assert collection.db
    last = collection.db.scalar("select max(id) from revlog") or 0
    while int(time.time() * 1000) <= last:
        time.sleep(0.001)


def sync(collection: Any) -> None:
    # Whether a full sync is asked for is seen by the schema.
    if VERSION.startswith("2.1."):
        collection.save(trx=False)
        collection.sync_collection(log_in(collection))
        collection.db.begin()
    else:
        collection.sync_collection(log_in(collection), sync_media=False)


def check(collection: Collection) -> str:
    """Return what had to be mended; "" for nothing."""
    report, is_fine = collection.fix_integrity()
    return "" if is_fine else report


def edit(collection: Collection, name: str, field: str, text: str) -> None:
    note = note_of(collection, name)
    note[field] = text
    collection.update_note(note)


def tag(collection: Collection, name: str, tags: str) -> None:
    collection.tags.bulk_add([note_of(collection, name).id], tags)


def move(collection: Collection, name: str, deck: str) -> None:
    number = collection.decks.id(deck)
    assert number
    collection.set_deck([card.id for card in note_of(collection, name).cards()], number)


def suspend(collection: Collection, name: str) -> None:
    collection.sched.suspend_cards(note_of(collection, name).card_ids())


def flag(collection: Collection, name: str, number: int) -> None:
    collection.set_user_flag_for_cards(number, note_of(collection, name).card_ids())


def add_field(collection: Collection, name: str, field: str) -> None:
    note_type = note_of(collection, name).note_type()
    assert note_type
    collection.models.add_field(note_type, collection.models.new_field(field))
    collection.models.update_dict(note_type)


ACTIONS: dict[str, Any] = {
    "study": study,
    "sync": sync,
    "check database": check,
    "edit": edit,
    "tag": tag,
    "move": move,
    "suspend": suspend,
    "flag": flag,
    "add field": add_field,
}


def look(collection: Collection) -> Json:
    """Return all that the learner has."""
    assert collection.db
    notes = [collection.get_note(number) for number in collection.find_notes("")]
    named = [(name_of(card), card) for card in cards(collection)]
    times = Counter(name for name, _ in named)
    return {
        # Pairs and not a dictionary, so that a note that is there twice is seen.
        "notes": [[name(note), dict(note.items()), sorted(note.tags)] for note in notes],
        "cards": {name: progress(collection, card) for name, card in named},
        "doubled": sorted(card for card in times if times[card] > 1),
        "blank": sorted({name for name, card in named if is_blank(card)}),
        "reviews": collection.db.list("select id from revlog order by id"),
        "schema": collection.db.scalar("select scm from col"),
        "note_types": {
            each["name"]: {
                "css": each["css"],
                "sides": [side for t in each["tmpls"] for side in (t["qfmt"], t["afmt"])],
            }
            for each in collection.models.all()
            if any(field["name"] == "Note ID" for field in each["flds"])
            or each["name"].startswith("Drawn")
        },
    }


def cards(collection: Collection) -> list[Card]:
    numbers = collection.find_cards("", order="c.due, c.id")
    return [collection.get_card(number) for number in numbers]


def progress(collection: Collection, card: Card) -> Json:
    values = ("type", "queue", "due", "ivl", "factor", "reps", "lapses", "flags")
    deck = collection.decks.name(card.did)
    return {"deck": deck} | {value: getattr(card, value) for value in values}


def is_blank(card: Card) -> bool:
    """Tell whether Anki shows its own message instead of a question or an answer."""
    output = card.render_output()
    sides = output.question_text + output.answer_text
    return re.search(r"docs\.ankiweb\.net|anki\.tenderapp\.com|\{\{", sides) is not None


def note_of(collection: Collection, name: str) -> Note:
    (number,) = collection.find_notes(f'"Note ID:demo/{name}"')
    return collection.get_note(number)


def name_of(card: Card) -> str:
    return f"{name(card.note())}/{card.ord}"


def name(note: Note) -> str:
    # An adopted note may have a field of this name for anything.
    named = note["Note ID"].partition("/")[2] if "Note ID" in note else ""
    return named if re.fullmatch("[a-z0-9-]+", named) else str(note.guid)


if __name__ == "__main__":
    main()
