"""The records of newer databases: read as Anki itself reads them, or refused."""

from hypothesis import given
from hypothesis import strategies as st

from ankibuild.anki.messages import deck_description, note_type_record, read_message
from tests.helpers.learner import Learner


def test_note_types_are_read_as_anki_reads_them(learner: Learner) -> None:
    database = learner.collection.db
    assert database
    rows = database.all("select id, name, config from notetypes")
    assert len(rows) > 5
    for number, name, config in rows:
        fields, templates = (
            # Anki hands bytes on as a list of numbers.
            [(place, each, bytes(message)) for place, each, message in database.all(query, number)]
            for query in (
                "select ord, name, config from fields where ntid = ? order by ord",
                "select ord, name, config from templates where ntid = ? order by ord",
            )
        )
        found = note_type_record(number, name, bytes(config), fields, templates)
        known = learner.collection.models.get(number)
        assert known
        assert found == {key: known[key] for key in found} | {
            part: [
                {key: each[key] for key in mine}
                for mine, each in zip(found[part], known[part], strict=True)
            ]
            for part in ("flds", "tmpls")
        }


def test_the_description_of_a_deck_is_read(learner: Learner) -> None:
    collection = learner.collection
    number = collection.decks.id("Verbs")
    assert number
    deck = collection.decks.get(number)
    assert deck
    deck["desc"] = "ser & ir"
    collection.decks.save(deck)
    assert collection.db
    kind = collection.db.scalar("select kind from decks where name = 'Verbs'")
    assert deck_description(bytes(kind)) == "ser & ir"


@given(st.binary(max_size=40))
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    try:
        message = read_message(data)
    except ValueError:
        return
    assert bool(message) == bool(data)
