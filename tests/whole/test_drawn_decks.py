"""Decks of any note types: adopted, corrected and published, they merge into what learners have."""

import os
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings

import ankibuild
from tests.helpers.ankis import VERSIONS
from tests.helpers.ankis import live as live_in
from tests.helpers.drawn_decks import FORMS, MADE, DrawnDeck, decks, word_of, write_drawn
from tests.helpers.learner import Learner, Log

DAY = 86_400
ADOPTED = MADE + 100 * DAY
FEW = settings(
    phases=[Phase.generate],
    max_examples=4,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
MANY = settings(FEW, max_examples=8, phases=list(Phase), print_blob=True)
_LEFT_OUT = ("unwritable-note", "notes-left-out", "repeated-guid", "missing-media")
# The deck is where the last note went; genanki writes two keys of Anki's past, which Anki keeps.
_PASSING = ("mod", "usn", "did", "vers", "tags")
_BLOCKS = re.compile(
    r"</?(?:p|div|br|li|ul|ol|h\d|hr|table|thead|tbody|tr|td|th|pre|blockquote)\b[^>]*>"
)
_PICTURE = re.compile(r"<img[^>]*el[ %20-]*sol[^>]*>")
_SOUND = re.compile(r"\[sound:tone[^\]]*\]|\[anki:play:[^\]]*\]")


class Releases(NamedTuple):
    """The deck as its author wrote it, as it was adopted, with one note corrected, and with all.

    ``corrected`` is the GUID of the one, ``notes`` how many notes there are.
    """

    original: Path
    adopted: Path
    first: Path
    last: Path
    corrected: str
    notes: int


def make_releases(deck: DrawnDeck, form: str, folder: Path) -> Releases:
    original = write_drawn(deck, folder / "original.apkg", form)
    if form == "genanki":
        # It has a rule of its own for cards.
        assume(cards_of(original, folder / "one") == cards_by_anki(deck, folder / "other"))
    home, dist = folder / "content/drawn", folder / "dist"
    written = ankibuild.import_deck(original, home, time=ADOPTED)
    assert not [each.message for each in written.warnings if each.rule in _LEFT_OUT]
    adopted = ankibuild.build(ankibuild.load(home), dist, time=ADOPTED).path
    count = len(deck.notes)
    edit(home, word_of(count - 1), word_of(count - 1).replace("Kappa", "Lambda"))
    first = publish(home, dist, ADOPTED + DAY)
    edit(home, "Kappa", "Omega")
    edit(home, "Lambda", "Omega")
    last = publish(home, dist, ADOPTED + 2 * DAY)
    return Releases(original, adopted, first, last, f"drawn-{count - 1}", count)


def edit(home: Path, old: str, new: str) -> None:
    for path in home.glob("*.md"):
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


def publish(home: Path, dist: Path, time: int) -> Path:
    (released,) = ankibuild.release([home], dist, time=time, without_words=True)
    return next(each for each in released.paths if each.suffix == ".apkg")


def cards_by_anki(deck: DrawnDeck, folder: Path) -> dict[str, list[int]]:
    folder.mkdir()
    return cards_of(write_drawn(deck, folder / "deck.apkg", "anki21"), folder)


def cards_of(path: Path, folder: Path) -> dict[str, list[int]]:
    with Learner.at(folder / "learner") as learner:
        learner.import_package(path)
        notes = learner.notes().items()
        return {guid: sorted(card.ord for card in note.cards()) for guid, note in notes}


def words(html: str) -> list[str]:
    """Return what a learner reads, word by word; pictures and sounds are one each."""
    html = _SOUND.sub(" (sound) ", _PICTURE.sub(" (picture) ", html))
    text = re.sub(r"<[^>]*>", "", _BLOCKS.sub(" ", re.sub("<!--.*?-->", "", html)))
    return unescape(text).split()


def seen(learner: Learner) -> dict[str, Any]:
    """Return the words of each field and side of a card, by note."""
    found: dict[str, Any] = {}
    for guid, note in learner.notes().items():
        sides = {}
        for card in note.cards():
            output = card.render_output()
            # Some filters take the ends of blocks away, while a line of Markdown still ends.
            sides[card.ord] = [
                "".join(words(side)) for side in (output.question_text, output.answer_text)
            ]
        found[guid] = [{name: words(html) for name, html in note.items()}, note.tags, sides]
    return found


def raw(learner: Learner) -> dict[str, Any]:
    return {guid: (note.fields, note.tags, note.mod) for guid, note in learner.notes().items()}


def types_of(learner: Learner) -> dict[str, Any]:
    return {
        each["name"]: {key: value for key, value in each.items() if key not in _PASSING}
        for each in learner.collection.models.all()
        if each["name"].startswith("Drawn")
    }


def corrected(value: Any, new: str) -> Any:
    """Return what was seen with the new word in place of the old ones."""
    if isinstance(value, str):
        return value.replace("Kappa", new)
    if isinstance(value, dict):
        return {key: corrected(each, new) for key, each in value.items()}
    return [corrected(each, new) for each in value] if isinstance(value, list) else value


def live(releases: Releases, folder: Path) -> None:
    """Let a learner of the original import what was made of it, and a newcomer the last of it."""
    count = releases.notes
    with Learner.at(folder / "learner") as learner, Learner.at(folder / "newcomer") as newcomer:
        assert learner.import_package(releases.original) == Log(count, 0, 0, 0)
        learner.study()
        progress, reviews, types = learner.progress(), learner.reviews(), types_of(learner)
        before, had = seen(learner), raw(learner)

        def see_that_the_rest_is_kept() -> None:
            assert learner.progress() == progress
            assert learner.reviews() == reviews
            assert types_of(learner) == types

        assert learner.import_package(releases.adopted) == Log(0, 0, count, 0)
        assert raw(learner) == had
        assert seen(learner) == before
        see_that_the_rest_is_kept()

        assert learner.import_package(releases.first) == Log(0, 1, count - 1, 0)
        after = {releases.corrected: corrected(before[releases.corrected], "Lambda")}
        assert seen(learner) == before | after
        see_that_the_rest_is_kept()

        assert learner.import_package(releases.last) == Log(0, count, 0, 0)
        assert seen(learner) == corrected(before, "Omega")
        see_that_the_rest_is_kept()

        assert newcomer.import_package(releases.last) == Log(count, 0, 0, 0)
        assert seen(newcomer) == seen(learner)
        assert types_of(newcomer) == types
        media = newcomer.collection.media.check()
        assert (list(media.missing), list(media.unused)) == ([], [])
        assert newcomer.check_database() == ""


def live_somewhere(deck: DrawnDeck, form: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        live(make_releases(deck, form, Path(folder)), Path(folder))


@pytest.mark.parametrize("form", FORMS)
def test_a_few_drawn_decks_merge_into_what_learners_have(form: str) -> None:
    FEW(given(decks())(lambda deck: live_somewhere(deck, form)))()


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_many_drawn_decks_merge_into_what_learners_have(form: str) -> None:
    MANY(given(decks())(lambda deck: live_somewhere(deck, form)))()


@pytest.mark.slow
@pytest.mark.long
def test_drawn_decks_merge_in_every_anki(tmp_path: Path) -> None:
    made: dict[str, Releases] = {}

    def make(deck: DrawnDeck, form: str) -> None:
        name = f"{form}-{len(made)}"
        (tmp_path / name).mkdir(exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=tmp_path / name))
        made[name] = make_releases(deck, form, folder)

    def make_form(form: str) -> None:
        FEW(given(decks())(lambda deck: make(deck, form)))()

    for form in FORMS:
        make_form(form)
    assert {name.partition("-")[0] for name in made} == {*FORMS}
    lives: dict[str, Any] = {}
    for name, releases in made.items():
        files = (releases.original, releases.adopted, releases.first, releases.last)
        times = (ADOPTED - DAY, ADOPTED, ADOPTED + DAY, ADOPTED + 2 * DAY)
        lives[name] = [
            visit(path, time, *[("study",)] * (path == releases.original))
            for path, time in zip(files, times, strict=True)
        ]
        lives[f"{name}, newcomer"] = [visit(releases.last, ADOPTED + 2 * DAY)]

    def see(version: str) -> None:
        found = live_in(version, tmp_path / version, lives)
        for name, releases in made.items():
            see_life(found[name], found[f"{name}, newcomer"], releases.corrected, releases.notes)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(see, VERSIONS))


def visit(package: Path, time: int, *actions: tuple[str, ...]) -> dict[str, Any]:
    shown = {"device": "phone", "time": time, "package": str(package), "options": {}}
    return shown | {"actions": actions}


def see_life(
    visits: list[dict[str, Any]], newcomer: list[dict[str, Any]], guid: str, count: int
) -> None:
    original, adopted, first, last = visits
    logs = [[each["log"][kind] for kind in ("new", "updated", "conflicting")] for each in visits]
    assert logs == [[count, 0, 0], [0, 0, 0], [0, 1, 0], [0, count, 0]]
    assert adopted["arrived"] == original["left"]
    before = words_of(original["left"])
    assert words_of(first["arrived"]) == before | {guid: corrected(before[guid], "Lambda")}
    assert words_of(last["arrived"]) == corrected(before, "Omega")
    for each in (first, last):
        kept = ("cards", "doubled", "blank", "reviews", "schema", "note_types")
        assert {key: each["arrived"][key] for key in kept} == {
            key: original["left"][key] for key in kept
        }
    (fresh,) = newcomer
    assert [fresh["log"][kind] for kind in ("new", "conflicting")] == [count, 0]
    assert words_of(fresh["arrived"]) == words_of(last["arrived"])
    for key in ("note_types", "blank"):
        assert fresh["arrived"][key] == last["arrived"][key]
    assert fresh["arrived"]["cards"].keys() == last["arrived"]["cards"].keys()


def words_of(arrived: dict[str, Any]) -> dict[str, Any]:
    """Return the words of each field, by note."""
    return {
        guid: [{name: words(html) for name, html in fields.items()}, tags]
        for guid, fields, tags in arrived["notes"]
    }
