"""What there is to see while something is wrong: no error hides another note."""

from pathlib import Path
from typing import Any

import pytest

from ankibuild.commands import making
from ankibuild.commands.notes import make_note
from ankibuild.dialect.source import NoteSource
from ankibuild.preview.page import make_data, show_details
from ankibuild.preview.view import View, find_notes, read_view
from tests.helpers.browser import notes_of
from tests.helpers.trainer import SETTINGS, Trainer

DECK = """\
# Deck

## A {#a}

One.

## B {#b}

Two.

## C {#c}

Three.
"""


def look(trainer: Trainer, text: str, before: View | None = None) -> View:
    trainer.write_package(text)
    return read_view([trainer.folder / "content/demo"], before)


def states(view: View) -> dict[str, str]:
    return {note.note_id: seen.state_of(note) for seen, _, note in find_notes(view).values()}


def backs(view: View) -> dict[str, list[str]]:
    """Return the backs of each note's cards, by its id."""
    return {
        place.note.note_id: [card["back"] for card in show_details(place)["cards"]]
        for place in find_notes(view).values()
    }


def test_a_note_with_an_error_is_as_it_was_and_the_others_as_they_are(trainer: Trainer) -> None:
    view = look(trainer, DECK)
    for number in range(2):
        text = DECK.replace("Two.", "{{c1::x").replace("Three.", f"Three {number}.")
        view = look(trainer, text, view)
        assert states(view) == {"a": "now", "b": "old", "c": "now"}
        assert f"Three {number}." in backs(view)["c"][0]
        assert "Two." in backs(view)["b"][0]


def test_a_note_that_never_was_good_has_no_cards(trainer: Trainer) -> None:
    view = look(trainer, DECK.replace("Two.", "{{c1::x"))
    assert states(view) == {"a": "now", "b": "none", "c": "now"}
    assert backs(view)["b"] == []
    # Nor has it been good a save later.
    view = look(trainer, DECK.replace("Two.", "{{c2::x"), view)
    assert states(view)["b"] == "none"


def test_a_note_that_was_released_is_shown_so(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    trainer.release(1_700_000_000)
    text = DECK.replace("Two.", "{{c1::x").replace("One.", "Uno.")
    view = look(trainer, text)
    for _ in range(2):
        view = look(trainer, text, view)
        assert states(view) == {"a": "now", "b": "released", "c": "now"}
        assert "Two." in backs(view)["b"][0]
    data = make_data(view, is_live=True)
    assert {key: note["marks"] for key, note in notes_of(data).items()} == {
        "a": ["changed"],
        "b": [],
        "c": [],
    }
    # What is not found because of an error is not retired.
    assert data["packages"][0]["changes"] == ""


@pytest.mark.parametrize(
    ("broken", "of_b"),
    [
        (DECK.replace("Two.", "```\nTwo."), "old"),
        (DECK.replace("## B", "<<<<<<< HEAD\n## B").replace("Two.", "=======\n>>>>>>> x"), "lost"),
        (DECK.encode("utf-16").decode("latin-1"), "lost"),
    ],
    ids=["fence", "conflict", "encoding"],
)
def test_notes_that_an_error_hides_are_as_they_were(
    trainer: Trainer, broken: str, of_b: str
) -> None:
    view = look(trainer, DECK)
    trainer.write("content/demo/1.md", broken.encode("latin-1"))
    view = read_view([trainer.folder / "content/demo"], view)
    assert list(states(view)) == ["a", "b", "c"]
    assert states(view)["b"] == of_b
    assert states(view)["c"] == "lost"
    assert "Three." in backs(view)["c"][0]
    assert [deck.name for deck in view.packages[0].package.decks if deck.notes] == ["Demo::Deck"]
    view = look(trainer, DECK.replace("## C {#c}\n\nThree.\n", ""), view)
    assert states(view) == {"a": "now", "b": "now"}


def test_a_note_that_is_deleted_is_gone_though_another_has_an_error(trainer: Trainer) -> None:
    view = look(trainer, DECK)
    text = DECK.replace("One.", "{{c1::x").replace("## C {#c}\n\nThree.\n", "")
    assert states(look(trainer, text, view)) == {"a": "old", "b": "now"}


def test_two_notes_with_one_id_are_both_shown(trainer: Trainer) -> None:
    view = look(trainer, DECK)
    view = look(trainer, DECK.replace("{#c}", "{#b}"), view)
    found = [(key.partition("demo/")[2][:2], place) for key, place in find_notes(view).items()]
    assert [key for key, _ in found] == ["a", "b+", "b+"]
    shown = [str(show_details(place)["cards"]) for _, place in found]
    assert "Two." in shown[1]
    assert "Three." in shown[2]


def test_settings_with_an_error_hide_no_note_and_mark_none(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    trainer.release(1_700_000_000)
    view = look(trainer, DECK)
    for settings in (SETTINGS + "colour = 3\n", "id = 3\n", "id ="):
        trainer.write("content/demo/package.toml", settings)
        view = read_view([trainer.folder / "content/demo"], view)
        assert set(states(view).values()) == {"now"}
        assert any("package.toml" in str(each) for each in view.problems)
        notes = notes_of(make_data(view, is_live=False)).values()
        assert [note["marks"] for note in notes] == [[], [], []]
        assert all(note["cards"] for note in notes)


@pytest.mark.parametrize("settings", [SETTINGS, "id = 3\n", None])
def test_a_package_without_a_deck_shows_what_is_wrong(
    trainer: Trainer, settings: str | None
) -> None:
    home = trainer.folder / "content/demo"
    home.mkdir(parents=True)
    if settings:
        trainer.write("content/demo/package.toml", settings)
    data = make_data(read_view([home]), is_live=True)
    assert notes_of(data) == {}
    assert data["problems"]
    assert data["title"]


def test_errors_come_before_warnings(trainer: Trainer) -> None:
    long = "word " * 200
    text = f"# Deck\n\n## A {{#a}}\n\n{long}\n\n## B\n\n{long} {{{{c1::x\n"
    data = make_data(look(trainer, text), is_live=True)
    found = [each["severity"] for each in notes_of(data)["b"]["problems"]]
    assert found == ["error", *["warning"] * (len(found) - 1)]
    assert len(found) > 1


def test_what_was_made_before_is_made_again_only_where_it_changed(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # Even where nothing can be kept in a folder.
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setenv("ANKIBUILD_CACHE_DIR", str(tmp_path / "file" / "cache"))
    view = look(trainer, DECK)
    made: list[str] = []

    def make(source: NoteSource, *rest: Any) -> Any:
        made.append(source.note_id)
        return make_note(source, *rest)

    monkeypatch.setattr(making, "make_note", make)
    look(trainer, DECK.replace("Two.", "Zwei."), view)
    assert made == ["b"]
