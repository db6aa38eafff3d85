"""The records of newer databases: read as Anki itself reads them, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankibuild.anki.messages import Message, deck_description, note_type_record, read_message
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


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", {}),
        (b"\x08\x96\x01", {1: [150]}),
        (b"\x08\x01\x08\x7f", {1: [1, 127]}),
        (b"\x12\x07testing", {2: [b"testing"]}),
        (b"\x12\x00\x1a\x01x", {2: [b""], 3: [b"x"]}),
        (b"\x09" + b"12345678" + b"\x10\x05", {1: [b"12345678"], 2: [5]}),
        (b"\x0d" + b"1234" + b"\x10\x05", {1: [b"1234"], 2: [5]}),
        (b"\x82\x01\x01x", {16: [b"x"]}),
        (b"\x08" + b"\xff" * 9 + b"\x01", {1: [(1 << 64) - 1]}),
    ],
)
def test_a_message_is_read_as_its_writer_meant_it(data: bytes, message: Message) -> None:
    assert read_message(data) == message


@pytest.mark.parametrize(
    "data",
    [
        *(b"\x08", b"\x08\x80", b"\x12\x02x", b"\x09" + b"1234567", b"\x0d123"),
        *(b"\x0b\x08\x01\x0c", b"\x0e", b"\x0f\x01x", b"\x08" + b"\x80" * 10 + b"\x01"),
    ],
)
def test_what_is_not_whole_or_of_no_known_form_is_no_message(data: bytes) -> None:
    with pytest.raises(ValueError, match="this is no protocol buffer"):
        read_message(data)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        (b"\x05", 5),
        (b"\xff" * 9 + b"\x01", -1),
        (b"\x80" * 9 + b"\x01", -(1 << 63)),
        (b"\xff" * 8 + b"\x7f", (1 << 63) - 1),
    ],
)
def test_a_number_may_be_negative_and_of_two_the_last_one_counts(
    written: bytes, number: int
) -> None:
    record = note_type_record(1, "A", b"\x10\x07\x10" + written, [], [])
    assert record["sortf"] == number


def test_a_note_type_with_every_switch_on_is_read_as_anki_reads_it(learner: Learner) -> None:
    models = learner.collection.models
    model = models.by_name("Basic")
    assert model
    model |= {"css": ".a {}", "latexPre": "pre", "latexPost": "post", "latexsvg": True, "sortf": 1}
    switches = ("sticky", "rtl", "plainText", "collapsed", "excludeFromSearch", "preventDeletion")
    for place, field in enumerate(model["flds"]):
        field.update(dict.fromkeys(switches[place::2], True))
        field.update(font=f"Font {place}", size=30 + place, description=f"About {place}")
        field.update(tag=place, id=7 - 20 * place)
    model["tmpls"][0] |= {"bqfmt": "bq", "bafmt": "ba", "bfont": "Mono", "bsize": 9, "id": 12}
    models.update_dict(model)
    models._clear_cache()
    database, number = learner.collection.db, model["id"]
    assert database
    ((name, config),) = database.all("select name, config from notetypes where id = ?", number)
    fields, templates = (
        [(place, each, bytes(message)) for place, each, message in database.all(query, number)]
        for query in (
            "select ord, name, config from fields where ntid = ? order by ord",
            "select ord, name, config from templates where ntid = ? order by ord",
        )
    )
    found = note_type_record(number, name, bytes(config), fields, templates)
    known = models.get(number)
    assert known
    assert {key: found[key] for key in ("css", "latexPre", "latexPost", "latexsvg", "sortf")} == {
        "css": ".a {}",
        "latexPre": "pre",
        "latexPost": "post",
        "latexsvg": True,
        "sortf": 1,
    }
    for part in ("flds", "tmpls"):
        for mine, theirs in zip(found[part], known[part], strict=True):
            assert mine == {key: theirs[key] for key in mine}
    assert [each["id"] for each in found["flds"]] == [7, -13]
    assert [each["sticky"] for each in found["flds"]] == [True, False]
    assert [each["rtl"] for each in found["flds"]] == [False, True]


def test_a_filtered_deck_has_no_description(learner: Learner) -> None:
    learner.collection.decks.new_filtered("Cram")
    assert learner.collection.db
    kind = learner.collection.db.scalar("select kind from decks where name = 'Cram'")
    assert deck_description(bytes(kind)) == ""
