"""A learner with a real Anki: imports packages, studies, looks at what is there."""

import re
import time
from collections.abc import Collection as Numbers
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

import anki.collection  # noqa: F401 (anki.cards cannot be the first that is imported)
from anki.cards import Card
from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest
from anki.notes import Note
from anki.scheduler.v3 import CardAnswer, Scheduler

from tests.helpers.ankis_script import await_next_moment


class Log(NamedTuple):
    """Anki's own account of an import."""

    new: int
    updated: int
    duplicate: int
    conflicting: int


class Progress(NamedTuple):
    """What a learner would miss: where a card is, and what is known of it."""

    deck: str
    type: int
    queue: int
    due: int
    interval: int
    factor: int
    reps: int
    lapses: int
    flags: int


class Learner:
    """One Anki collection of its own; notes are named by the end of their ``Note ID``."""

    _last_made = 0.0

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        # A new collection numbers its note types by the millisecond, in five of them: one that
        # is made at once after another would have the numbers of other note types.
        time.sleep(max(0.0, Learner._last_made + 0.02 - time.time()))
        self.collection = Collection(str(folder / "collection.anki2"))
        Learner._last_made = time.time()
        self._began = self.now()

    @classmethod
    @contextmanager
    def at(cls, folder: Path) -> Iterator[Self]:
        learner = cls(folder)
        try:
            yield learner
        finally:
            learner.collection.close()

    def import_package(self, path: Path, **options: Any) -> Log:
        """Import with the dialog's defaults, unless options say otherwise."""
        request = ImportAnkiPackageRequest(
            package_path=str(path), options=ImportAnkiPackageOptions(**options)
        )
        log = self.collection.import_anki_package(request).log
        self.collection.models._clear_cache()
        return Log(len(log.new), len(log.updated), len(log.duplicate), len(log.conflicting))

    def study(self, numbers: Numbers[int] | None = None) -> None:
        """Answer every card once as Good, or those of some numbers."""
        scheduler = self.collection.sched
        assert isinstance(scheduler, Scheduler)
        for card in self._cards():
            if numbers is not None and card.id not in numbers:
                continue
            await_next_moment(self.collection)
            card.start_timer()
            states = self.collection._backend.get_scheduling_states(card.id)
            scheduler.answer_card(
                scheduler.build_answer(card=card, states=states, rating=CardAnswer.GOOD)
            )

    def edit(self, name: str, field: str, text: str) -> None:
        """Change a field as in Anki's editor, today."""
        note = self.notes()[name]
        note[field] = text
        self.collection.update_note(note)

    def tag(self, name: str, *tags: str) -> None:
        """Add tags as in Anki's browser, today."""
        self.collection.tags.bulk_add([self.notes()[name].id], " ".join(tags))

    def restyle(self, note_type: str, css: str) -> None:
        """Change the style of a note type as in Anki's dialog, today."""
        found = self.collection.models.by_name(note_type)
        assert found
        found["css"] = css
        self.collection.models.update_dict(found)

    def date_back(self, time: int) -> None:
        """Let all that was edited, tagged and restyled have happened at a time long ago.

        What a learner does today is newer than a release of long ago, whatever that holds.
        """
        database = self.collection.db
        assert database
        for table, column in (("notes", "mod"), ("notetypes", "mtime_secs")):
            statement = f"update {table} set {column} = ? where {column} >= ?"
            database.execute(statement, time, self._began)
        self.collection.models._clear_cache()

    def style(self, note_type: str) -> str:
        found = self.collection.models.by_name(note_type)
        assert found
        return str(found["css"])

    def now(self) -> int:
        return int(time.time())

    def notes(self) -> dict[str, Note]:
        found = {}
        # As new cards come: numbers are in no order.
        for number in dict.fromkeys(card.nid for card in self._cards()):
            note = self.collection.get_note(number)
            name = _name(note)
            assert name not in found, f"{name} is there twice"
            found[name] = note
        return found

    def fields(self, name: str) -> dict[str, str]:
        return dict(self.notes()[name].items())

    def progress(self) -> dict[tuple[str, int], Progress]:
        """Return what is known of each card, by note and ordinal."""
        return {
            (_name(card.note()), card.ord): Progress(
                self.collection.decks.name(card.did),
                card.type,
                card.queue,
                card.due,
                card.ivl,
                card.factor,
                card.reps,
                card.lapses,
                card.user_flag(),
            )
            for card in self._cards()
        }

    def reviews(self) -> list[int]:
        assert self.collection.db
        return self.collection.db.list("select id from revlog order by id")

    def render(self, name: str, ordinal: int = 0) -> tuple[str, str]:
        """Return the front and back of a card, as HTML."""
        note = self.notes()[name]
        card = next(card for card in note.cards() if card.ord == ordinal)
        output = card.render_output()
        return output.question_text, output.answer_text

    def media(self) -> dict[str, bytes]:
        """Return the pictures and sounds in the collection, by name."""
        folder = Path(self.collection.media.dir())
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    def faults(self) -> list[str]:
        """Return what a learner would call broken: a card without content, a missing picture."""
        found = []
        for card in self._cards():
            output = card.render_output()
            found += [
                f"{_name(card.note())}/{card.ord}: {side}"
                for side in (output.question_text, output.answer_text)
                if re.search(r"docs\.ankiweb\.net|\{\{[#^/]?[A-Z]\w|\{\{c\d+::", side)
            ]
        empty = self.collection.get_empty_cards()
        found += [f"empty cards of note {each.note_id}" for each in empty.notes]
        media = self.collection.media.check()
        found += [*media.missing, *media.unused]
        assert self.collection.db
        if self.collection.db.list("select id from notes where id not in (select nid from cards)"):
            found.append("a note without cards")
        report = self.check_database()
        return [*found, f"the integrity check: {report}"] if report else found

    def check_database(self) -> str:
        """Return what Anki's Check Database finds, and puts right."""
        report, fine = self.collection.fix_integrity()
        # Of the rows that two devices have of a card, the later wins, though the other may be of a
        # later answer: when that was, Anki adds by itself.
        faults = [line for line in report.splitlines() if not _HARMLESS.search(line)]
        return "" if fine or not faults else report

    def blank_cards(self) -> set[tuple[str, int]]:
        """Return the cards that Anki's Empty Cards would take away, by note and ordinal."""
        notes = self.collection.get_empty_cards().notes
        cards = [self.collection.get_card(number) for note in notes for number in note.card_ids]
        return {(_name(card.note()), card.ord) for card in cards}

    def note_types(self) -> dict[str, int]:
        return {each.name: each.id for each in self.collection.models.all_names_and_ids()}

    def deck_names(self) -> list[str]:
        return [each.name for each in self.collection.decks.all_names_and_ids()]

    def move_cards(self, deck: str) -> None:
        number = self.collection.decks.id(deck)
        assert number
        self.collection.set_deck([card.id for card in self._cards()], number)

    def _cards(self) -> list[Card]:
        numbers = self.collection.find_cards("", order="c.due, c.id")
        return [self.collection.get_card(number) for number in numbers]


_NOTE_ID = re.compile("[a-z0-9-]+/([a-z0-9-]+)")
_HARMLESS = re.compile("last review time|[Dd]atabase rebuilt|^$")


def _name(note: Note) -> str:
    named = _NOTE_ID.fullmatch(note["Note ID"]) if "Note ID" in note else None
    return named[1] if named else str(note.guid)
