"""Releases: learners get exactly the changes, and keep all that is theirs."""

import json
import re
import shutil
from pathlib import Path

import pytest

import ankibuild
from ankibuild.core.values import replace
from ankibuild.releases.edition import (
    content_hash,
    day_of,
    make_edition,
    moment_of,
    published_edition,
    search_for,
)
from ankibuild.releases.lock import write_lock
from tests.helpers.authors import add_note
from tests.helpers.demo import DAY, EDITED, FIRST, LOCK, START, forge_lock, import_release, lock_of
from tests.helpers.learner import Learner, Log
from tests.helpers.packages import open_database
from tests.helpers.places import CASES, ROOT
from tests.helpers.told import CLEAN
from tests.helpers.trainer import SETTINGS, Trainer

pytestmark = pytest.mark.slow


def test_three_releases_bring_exactly_what_the_diff_says(
    published: Trainer, studied: Learner
) -> None:
    note_types, before = studied.note_types(), studied.progress()
    published.write_package(EDITED + "\n## What is VAT? {#vat}\n\nA tax.\n")
    published.release(START + DAY)
    assert import_release(studied, published, "1.1.0") == Log(1, 1, 3, 0)
    published.write_package(
        EDITED.replace("{#fee}", "{#fee .reversed}")
        + "\n## What is VAT? {#vat}\n\nA tax on sales.\n"
    )
    published.release(START + 2 * DAY)
    assert import_release(studied, published, "1.2.0") == Log(0, 2, 3, 0)
    after = studied.progress()
    assert {card: after[card] for card in before} == before
    assert set(after) - set(before) == {("vat", 0), ("fee", 1)}
    assert studied.note_types() == note_types
    assert studied.fields("vat")["Back"] == "<p>A tax on sales.</p>"
    assert studied.faults() == []
    assert import_release(studied, published, "1.2.0") == Log(0, 0, 5, 0)


def test_unchanged_notes_keep_the_learners_edits_tags_and_marks(
    published: Trainer, studied: Learner
) -> None:
    studied.edit("tariff", "Back", "my own words")
    studied.tag("fee", "mine", "marked")
    studied.date_back(START + 1)
    published.write_package(EDITED)
    published.release(START + DAY)
    import_release(studied, published, "1.0.1")
    assert studied.fields("meter")["Back"] == "<p>It counts kilowatt-hours.</p>"
    assert studied.fields("tariff")["Back"] == "my own words"
    assert studied.notes()["fee"].tags == ["marked", "mine"]


def test_a_learners_newer_edit_of_a_changed_note_wins_until_it_is_restamped(
    published: Trainer, studied: Learner
) -> None:
    studied.edit("meter", "Back", "my own words")
    published.write_package(EDITED)
    published.release(START + DAY)
    assert import_release(studied, published, "1.0.1") == Log(0, 0, 4, 0)
    assert studied.fields("meter")["Back"] == "my own words"
    # The learner's edit was made today, so only a release made after it can win.
    result = published.run("release", "--restamp", "meter", "--time", str(studied.now() + 60))
    assert result.returncode == 0, result.stderr
    notes = (published.folder / "dist/demo-1.0.2.md").read_text("utf-8")
    assert "## Sent to everyone again\n\n- What is a meter?" in notes
    assert "replaces your own edits" in notes
    assert import_release(studied, published, "1.0.2") == Log(0, 1, 3, 0)
    assert studied.fields("meter")["Back"] == "<p>It counts kilowatt-hours.</p>"


def test_an_older_release_imported_over_a_newer_one_downgrades_nothing(
    published: Trainer, studied: Learner
) -> None:
    published.write_package(EDITED)
    published.release(START + DAY)
    import_release(studied, published, "1.0.1")
    assert import_release(studied, published, "1.0.0") == Log(0, 0, 4, 0)
    assert studied.fields("meter")["Back"] == "<p>It counts kilowatt-hours.</p>"


def test_a_learners_own_look_stays_until_ours_changes(published: Trainer, studied: Learner) -> None:
    studied.restyle("demo front-back (ankibuild)", ".card { color: red }")
    studied.date_back(START + 1)
    published.write_package(EDITED)
    published.release(START + DAY)
    assert import_release(studied, published, "1.0.1") == Log(0, 1, 3, 0)
    assert studied.style("demo front-back (ankibuild)") == ".card { color: red }"
    assert "color: red" not in studied.style("demo cloze (ankibuild)")
    published.write_package(EDITED, settings=SETTINGS + 'feedback = "help@example.org"\n')
    assert "look: templates or style of front-back notes" in published.run("diff").stdout
    published.release(START + 2 * DAY)
    import_release(studied, published, "1.0.2")
    assert "help@example.org" in studied.render("meter")[1]
    assert "color: red" not in studied.style("demo front-back (ankibuild)")


def test_a_retired_note_leaves_the_package_and_can_come_back(
    published: Trainer, studied: Learner
) -> None:
    without = FIRST.replace("## What is a fee? {#fee}\n\nA price for a service.\n\n", "")
    published.write_package(without)
    result = published.run("release")
    assert result.returncode == 1
    assert 'the note "fee", published in 1.0.0, is gone; put back ' in result.told
    assert 'or retire it: retired = ["fee"]' in result.told
    published.write_package(without, settings=SETTINGS + 'retired = ["fee"]\n')
    published.release(START + DAY)
    assert import_release(studied, published, "2.0.0") == Log(0, 0, 3, 0)
    assert "fee" in studied.notes()
    notes = (published.folder / "dist/demo-2.0.0.md").read_text("utf-8")
    (search,) = re.findall('^    (".*)$', notes, re.MULTILINE)
    assert list(studied.collection.find_notes(search)) == [studied.notes()["fee"].id]
    deck = studied.collection.decks.by_name("Demo")
    assert deck
    assert 'search for <bdi>"Note ID:demo/fee"</bdi>' in deck["desc"]

    published.write_package(
        without + "\n## Fee\n\nOther.\n", settings=SETTINGS + 'retired = ["fee"]\n'
    )
    assert 'note id "fee" is listed as retired' in published.run("check").told
    published.write_package(without + "\n## Fee\n\nOther.\n")
    assert 'the note id "fee" belongs to a retired note' in published.run("check").told
    assert published.run("pin").returncode == 0
    assert "{#fee-2}" in (published.folder / "content/demo/1.md").read_text("utf-8")

    lock = published.folder / "content/demo/package.lock"
    before = lock.read_bytes()
    published.write_package(FIRST.replace("A price for", "The price of"))
    assert "back again: fee" in published.run("diff").stdout
    published.release(START + 2 * DAY)
    assert import_release(studied, published, "2.1.0") == Log(0, 1, 3, 0)
    assert studied.fields("fee")["Back"] == "<p>The price of a service.</p>"
    assert len(studied.notes()) == 4
    deck = studied.collection.decks.by_name("Demo")
    assert deck
    assert "search for" not in deck["desc"]
    assert '"retired":"fee"' not in lock.read_text("utf-8")

    lock.write_bytes(before)
    for path in (published.folder / "dist").glob("demo-2.1.0.*"):
        path.unlink()
    studied.edit("fee", "Back", "my own words")
    published.write_package(FIRST)
    published.release(studied.now() + 60)
    assert import_release(studied, published, "2.1.0") == Log(0, 0, 4, 0)
    assert studied.fields("fee")["Back"] == "my own words"
    notes = (published.folder / "dist/demo-2.1.0.md").read_text("utf-8")
    assert "Notes: 1 new.\n" in notes
    assert "## New\n\n- What is a fee?" in notes


def test_the_description_tells_version_day_and_changes(
    published: Trainer, studied: Learner
) -> None:
    published.write_package(EDITED)
    published.release(START + DAY)
    import_release(studied, published, "1.0.1")
    deck = studied.collection.decks.by_name("Demo")
    assert deck
    assert "Version 1.0.1, 16 June 2025. Notes: 1 changed." in deck["desc"]


_READ_AS_ONE_LINE = {
    "dialect/markdown.py": ('"breaks": True', '"breaks": False'),
    "dialect/plain.py": ('paragraph.replace("\\n", "<br>\\n")', "paragraph"),
}


@pytest.mark.parametrize(("marks", "version"), [("", "1.0.1"), ("- ", "")])
def test_a_note_that_newer_tools_read_in_other_lines_goes_out(
    trainer: Trainer, learner: Learner, marks: str, version: str
) -> None:
    older = trainer.folder / "older"
    shutil.copytree(ROOT / "ankibuild", older / "ankibuild")
    for name, (new, old) in _READ_AS_ONE_LINE.items():
        path = older / "ankibuild" / name
        text = path.read_text("utf-8")
        assert new in text
        path.write_text(text.replace(new, old), "utf-8")
    trainer.write_package(FIRST.replace("It counts", f"{marks}It is grey.\n{marks}It counts"))
    result = trainer.run("release", "--time", str(START), PYTHONPATH=str(older))
    assert result.returncode == 0, result.stderr
    import_release(learner, trainer, "1.0.0")
    learner.study()
    before = learner.progress()
    result = trainer.run("release", "--time", str(START + DAY))
    if not version:
        assert "[nothing-to-release]" in result.stderr
        return
    assert import_release(learner, trainer, version) == Log(0, 1, 3, 0)
    assert learner.fields("meter")["Back"] == "<p>It is grey.<br>\nIt counts energy.</p>"
    assert learner.progress() == before


def test_newer_tools_that_render_otherwise_restamp_nothing(
    published: Trainer, studied: Learner
) -> None:
    """A note whose recorded rendering differs, its source unchanged: what a newer Pygments does."""
    lock = published.folder / "content/demo/package.lock"

    def other_html(line: str) -> str:
        line = line.replace("<p>A list of prices.</p>", "<p class=old>A list of prices.</p>")
        return re.sub('"rendered":"[0-9a-f]{32}"', f'"rendered":"{"0" * 32}"', line)

    forge_lock(lock, other_html)
    result = published.run("diff")
    assert result.stdout.startswith("demo 1.0.0: nothing to release\n  re-rendered: fee")
    published.write_package(EDITED)
    studied.tag("tariff", "mine")
    studied.date_back(START + 1)
    published.release(START + DAY)
    assert import_release(studied, published, "1.0.1") == Log(0, 1, 3, 0)
    assert studied.notes()["tariff"].tags == ["mine"]
    assert "<p class=old>A list of prices.</p>" in lock.read_text("utf-8")


def test_learners_get_the_published_words_of_a_note_that_is_re_rendered(
    published: Trainer, learner: Learner
) -> None:
    """What an older tool wrote of a cloze and of a question stays, in the package itself."""
    lock = published.folder / "content/demo/package.lock"

    def other_html(line: str) -> str:
        line = line.replace("<p>The {{c1", "<p class=old>The {{c1").replace(
            "<p>A l", "<p class=old>A l"
        )
        return re.sub('"rendered":"[0-9a-f]{32}"', f'"rendered":"{"0" * 32}"', line)

    forge_lock(lock, other_html)
    published.write_package(EDITED)
    published.release(START + DAY)
    import_release(learner, published, "1.0.1")
    assert learner.fields("moon")["Text"].startswith("<p class=old>The {{c1::moon}}")
    assert learner.fields("tariff")["Back"] == "<p class=old>A list of prices.</p>"
    assert learner.fields("meter")["Back"] == "<p>It counts kilowatt-hours.</p>"
    assert {learner.notes()[name].mod for name in ("moon", "tariff")} == {START}
    # And so it is when the same release is built again.
    package = published.folder / "dist/demo-1.0.1.apkg"
    before = package.read_bytes()
    assert published.run("build", "--locked").returncode == 0
    assert package.read_bytes() == before


def note_types(trainer: Trainer, version: str) -> dict[str, int]:
    """Return the times of a package's note types by name."""
    package = open_database(trainer.folder / f"dist/demo-{version}.apkg")
    (models,) = package.execute("select models from col").fetchone()
    return {each["name"]: each["mod"] for each in json.loads(models).values()}


def test_a_note_type_has_the_time_of_the_release_that_changed_its_look(published: Trainer) -> None:
    front_back, cloze = "demo front-back (ankibuild)", "demo cloze (ankibuild)"
    published.write_package(EDITED)
    published.release(START + DAY)
    assert note_types(published, "1.0.1") == {front_back: START, cloze: START}
    published.write_package(EDITED, settings=SETTINGS + 'feedback = "help@example.org"\n')
    published.release(START + 2 * DAY)
    new = START + 2 * DAY
    assert note_types(published, "1.0.2") == {front_back: new, cloze: new}
    published.write_package(FIRST, settings=SETTINGS + 'feedback = "help@example.org"\n')
    published.release(START + 3 * DAY)
    assert note_types(published, "1.0.3") == {front_back: new, cloze: new}


def test_a_note_type_keeps_the_name_under_which_it_was_published(
    published: Trainer, learner: Learner
) -> None:
    """An older ankibuild may have given it another name than today's."""
    lock = published.folder / "content/demo/package.lock"
    forge_lock(lock, lambda line: line.replace("demo front-back (ankibuild)", "Demo, both sides"))
    names = {"Demo, both sides", "demo cloze (ankibuild)"}
    published.write_package(EDITED)
    published.has_anki = True
    rehearsed = json.loads(published.run("rehearse", "--format", "json").stdout)["rehearsals"]
    assert set(rehearsed[0]["note_types"]) == names
    published.release(START + DAY)
    assert note_types(published, "1.0.1").keys() == names
    published.write_package(FIRST)
    published.release(START + 2 * DAY)
    assert note_types(published, "1.0.2").keys() == names
    import_release(learner, published, "1.0.1")
    assert import_release(learner, published, "1.0.2") == Log(0, 1, 3, 0)
    assert names < learner.note_types().keys()
    assert "demo front-back (ankibuild)" not in learner.note_types()


def test_a_note_that_moved_is_in_its_new_deck_from_then_on(
    published: Trainer, studied: Learner, tmp_path: Path
) -> None:
    moon = FIRST.index("## The moon")
    published.write_package(FIRST[:moon], "# Module 2\n\n" + FIRST[moon:])
    assert 'the published note "moon" moved to "Demo::Module 2"' in published.run("check").told
    published.release(START + DAY)
    assert published.run("check").told.startswith(CLEAN)
    assert published.run("diff").stdout == "demo 1.0.1: nothing to release\n"
    lock = (published.folder / "content/demo/package.lock").read_text("utf-8")
    records = [json.loads(line) for line in lock.splitlines()]
    decks = {each["note"]: each["deck"] for each in records if "note" in each}
    assert decks["moon"] == "Demo::Module 2"
    assert decks["meter"] == "Demo::Module 1"
    # Who has it already keeps the cards where they are; who is new finds them in the new deck.
    before = studied.progress()
    assert import_release(studied, published, "1.0.1") == Log(0, 0, 4, 0)
    assert studied.progress() == before
    with Learner.at(tmp_path / "newcomer") as newcomer:
        import_release(newcomer, published, "1.0.1")
        assert newcomer.progress()["moon", 0].deck == "Demo::Module 2"
        assert newcomer.progress()["meter", 0].deck == "Demo::Module 1"


def test_a_note_that_newer_tools_would_give_more_cards_keeps_those_that_it_has(
    published: Trainer, learner: Learner
) -> None:
    def fewer(line: str) -> str:
        line = line.replace("orbits the {{c2::earth}}", "orbits the earth")
        return re.sub('"rendered":"[0-9a-f]{32}"', f'"rendered":"{"0" * 32}"', line)

    forge_lock(published.folder / "content/demo/package.lock", fewer)
    assert published.run("diff").stdout.startswith("demo 1.0.0: nothing to release\n")
    published.write_package(EDITED)
    published.release(START + DAY)
    import_release(learner, published, "1.0.1")
    assert [card for card in learner.progress() if card[0] == "moon"] == [("moon", 0)]
    assert learner.faults() == []


def test_an_edit_that_changes_nothing_on_cards_is_known_with_the_next_release(
    published: Trainer,
) -> None:
    """Else newer tools would make an author's edit of it later."""
    text = EDITED.replace("A list of prices.", r"A list of prices\.")
    published.write_package(text)
    published.release(START + DAY)
    lock = published.folder / "content/demo/package.lock"
    forge_lock(lock, lambda line: re.sub('"rendered":"[^"]*"', f'"rendered":"{"0" * 32}"', line))
    diff = published.run("diff").stdout
    assert diff.startswith("demo 1.0.1: nothing to release\n")
    assert "re-rendered: tariff: What is a tariff?" in diff


def test_the_lock_and_the_description_do_not_tell_in_which_order_things_happened(
    published: Trainer,
) -> None:
    """What is built from the lock that was read is what was built when it was written."""
    parts = FIRST.split("\n## ")
    for day, gone in ((1, ["tariff"]), (2, ["tariff", "fee"])):
        text = "\n## ".join(part for part in parts if not any(f"#{n}}}" in part for n in gone))
        published.write_package(text, settings=f"{SETTINGS}retired = {gone}\n")
        published.release(START + day * DAY)
    lock = (published.folder / "content/demo/package.lock").read_text("utf-8").splitlines()
    for kind in ("note", "note_type", "retired"):
        names = [json.loads(line)[kind] for line in lock if line.startswith(f'{{"{kind}":')]
        assert len(names) > 1
        assert names == sorted(names)
    package = published.folder / "dist/demo-3.0.0.apkg"
    before = package.read_bytes()
    assert published.run("build", "--locked").returncode == 0
    assert package.read_bytes() == before


@pytest.mark.slow
def test_many_cards_of_format_1_get_numbers_of_their_own(published: Trainer) -> None:
    many = "".join(f"\n## Q{n}? {{#q{n} .reversed}}\n\nA{n}\n" for n in range(600))
    published.write_package(FIRST + many)
    published.release(START + DAY)
    lock = lock_of(published)
    counted = tuple(replace(each, counted=True) for each in lock.releases)
    notes = {
        note_id: replace(each, nid=START * 1000 + place, cards={})
        for place, (note_id, each) in enumerate(lock.notes.items())
    }
    old = replace(lock, releases=counted, notes=notes)
    (published.folder / LOCK).write_text(write_lock(old), "utf-8")
    published.has_anki = True
    assert published.run("build").returncode == 0
    published.write_package(EDITED + many)
    assert '"lost": []' in published.run("rehearse", "--format", "json").stdout
    assert published.run("release", "--time", str(START + 2 * DAY)).returncode == 0
    cards = {each: note.cards for each, note in lock_of(published).notes.items()}
    published.write_package(FIRST + many)
    assert published.run("release", "--time", str(START + 3 * DAY)).returncode == 0
    assert cards == {each: note.cards for each, note in lock_of(published).notes.items()}
    assert any(cards.values())


def test_releases_of_format_1_are_rebuilt_with_the_numbers_that_they_had(
    published: Trainer, tmp_path: Path
) -> None:
    lock = lock_of(published)
    old = replace(lock, releases=tuple(replace(each, counted=True) for each in lock.releases))
    (published.folder / LOCK).write_text(write_lock(old), "utf-8")
    result = published.run("build", "--locked")
    assert result.returncode == 0, result.stderr
    with Learner.at(tmp_path / "learner") as learner:
        import_release(learner, published, "1.0.0")
        assert learner.collection.db
        numbers = learner.collection.db.list("select id from cards order by due, ord")
        assert numbers == [START * 1000 + place for place in range(5)]
    published.write_package(EDITED)
    published.release(START + DAY)
    with Learner.at(tmp_path / "newcomer") as learner:
        import_release(learner, published, "1.0.1")
        assert learner.collection.db
        again = learner.collection.db.list("select id from cards")
        assert not {*numbers} & {*again}
        manifest = json.loads((published.folder / "dist/demo-1.0.1.json").read_text("utf-8"))
        assert manifest["version"] == "1.0.1"


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("re:port", "airport"),
        ("nc:cafe", "caf\u00e9"),
        ("10_30", "10:30"),
        ("10*30", "10 to 30"),
        ('the "big" one', "the big one"),
        (r"a\b", "ab"),
        ("one\ntwo", "one"),
    ],
)
def test_a_search_finds_a_note_by_its_words_whatever_they_mean_to_anki(
    learner: Learner, published: Trainer, text: str, other: str
) -> None:
    for guid, words in (("wanted", text), ("other", other)):
        add_note(learner, guid, "Basic", "Spanish", "", (words, "x"))
    locked = replace(lock_of(published).notes["fee"], fields={"Front": text, "Back": "x"})
    found = learner.collection.find_notes(search_for([locked], lock_of(published), {}))
    assert [learner.collection.get_note(each).guid for each in found] == ["wanted"]


def test_the_last_release_is_remembered_with_a_stand_in_for_media_that_are_gone(
    trainer: Trainer,
) -> None:
    dot = (CASES / "media/meter.png").read_bytes()
    names = [f"p{number}" for number in range(6)]
    for name in names:
        trainer.write(f"content/demo/media/{name}.png", dot + name.encode())
    shown = "\n\n".join(f"![{name}](media/{name}.png)" for name in names)
    text = f"# A\n\n## See {{#see}}\n\nAll:\n\n{shown}\n\n## B {{#b}}\n\nC\n"
    trainer.write_package(text)
    trainer.release(START)
    published = published_edition(ankibuild.load(trainer.folder / "content/demo"))
    trainer.write("content/demo/media/p3.png", dot)
    trainer.write_package(text.replace("All:", "Some:"))
    package = ankibuild.load(trainer.folder / "content/demo")
    now = published_edition(package)
    held = [dot + name.encode() for name in names]
    assert [*published.media.values()] == held
    assert [*now.media] == [*published.media] == sorted(published.media)
    assert [*now.media.values()] == [*held[:3], b"gone", *held[4:]]
    assert now.decks == published.decks
    assert (now.version, now.time, now.note_types) == ("1.0.0", START, published.note_types)


def test_the_first_deck_of_a_package_without_a_title_tells_what_it_is(trainer: Trainer) -> None:
    trainer.write("1.md", "# A\n\nAbout A.\n\n## B {#b}\n\nC\n")
    assert trainer.run("build", "1.md").returncode == 0
    (path,) = trainer.folder.glob("dist/*.apkg")
    (text,) = open_database(path).execute("select decks from col").fetchone()
    described = {each["name"]: each["desc"] for each in json.loads(text).values() if each["desc"]}
    assert described.keys() == {"A"}
    assert described["A"].startswith("<p>Version 0.1.0-dev, ")
    assert described["A"].endswith("<p>About A.</p>")


def test_a_time_is_told_in_utc_to_the_second() -> None:
    assert moment_of(START) == "2025-06-15 15:06:40 UTC"
    assert day_of(START) == "2025-06-15"


@pytest.mark.parametrize(
    ("settings", "first", "last"),
    [
        ("", [], []),
        ('description = "About <fees>."\n', ["About &lt;fees&gt;."], []),
        ('authors = ["Ann", "Bob"]\nlicense = "CC0"\n', [], ["Ann, Bob · CC0"]),
        ('license = "CC0"\n', [], ["CC0"]),
    ],
)
def test_a_package_says_what_it_is_and_how_it_is_installed(
    trainer: Trainer, settings: str, first: list[str], last: list[str]
) -> None:
    trainer.write_package(FIRST, settings=SETTINGS + settings)
    trainer.release(START)
    rows = open_database(trainer.folder / "dist/demo-1.0.0.apkg")
    decks = json.loads(rows.execute("select decks from col").fetchone()[0]).values()
    (described,) = (each["desc"] for each in decks if each["name"] == "Demo")
    lines = [
        *first,
        "Version 1.0.0, 15 June 2025. Notes: 4 new.",
        "To install or update, open the file in Anki and import it with the options as they are.",
        "An update changes only the cards' texts and adds new cards: your progress is kept.",
        *last,
    ]
    assert described == "".join(f"<p>{line}</p>" for line in lines)


PAGE = 'page = "https://decks.example.org"\n'
GERMAN = 'language = "de"\ndescription = "Über <Gebühren>."\n'


def description_of(path: Path, deck: str = "Demo") -> str:
    (text,) = open_database(path).execute("select decks from col").fetchone()
    (found,) = (each["desc"] for each in json.loads(text).values() if each["name"] == deck)
    return str(found)


def test_a_learner_sees_the_version_and_where_the_newest_is(
    trainer: Trainer, learner: Learner
) -> None:
    trainer.write_package(FIRST, settings=SETTINGS + PAGE)
    trainer.release(START)
    import_release(learner, trainer, "1.0.0")
    deck = learner.collection.decks.by_name("Demo")
    assert deck
    version, newest, *_ = re.findall("<p>(.*?)</p>", deck["desc"])
    assert version == (
        '<a href="https://decks.example.org/#demo-1.0.0">Version 1.0.0, 15 June 2025</a>.'
        " Notes: 4 new."
    )
    assert newest == (
        'The newest version: <a href="https://decks.example.org/">'
        "<bdi>https://decks.example.org/</bdi></a>"
    )
    page = (trainer.folder / "dist/index.html").read_text("utf-8")
    assert 'id="demo-1.0.0"' in page


def test_a_version_to_look_at_is_not_sought_on_the_page(trainer: Trainer) -> None:
    trainer.write_package(FIRST, settings=SETTINGS + PAGE)
    assert "<p>Version 0.1.0-dev, 15 June 2025. Notes: 4 new.</p>" in description_of(
        trainer.build(START)
    )


def test_an_older_version_takes_the_version_back_that_a_learner_sees_and_no_note(
    published: Trainer, learner: Learner
) -> None:
    published.write_package(EDITED)
    published.release(START + DAY)
    import_release(learner, published, "1.0.1")
    assert import_release(learner, published, "1.0.0") == Log(0, 0, 4, 0)
    deck = learner.collection.decks.by_name("Demo")
    assert deck
    assert "Version 1.0.0" in deck["desc"]
    assert "kilowatt-hours" in learner.fields("meter")["Back"]


def test_a_description_is_in_the_language_of_the_package(trainer: Trainer) -> None:
    trainer.write_package(FIRST, settings=SETTINGS + PAGE + GERMAN)
    trainer.release(START)
    found = description_of(trainer.folder / "dist/demo-1.0.0.apkg")
    assert found.startswith('<div dir="ltr" lang="de"><p>Über &lt;Gebühren&gt;.</p><p><a href=')
    assert ">Version 1.0.0 vom 15. Juni 2025</a>. Notizen: 4 neu.</p>" in found
    assert "Ihr Lernfortschritt bleibt erhalten." in found


@pytest.mark.parametrize(
    "settings",
    [
        PAGE,
        '\n[words]\nprogress-is-kept = "Nothing is lost."\n',
        'page = "http://example.org/a/"\n',
    ],
)
def test_where_the_page_is_and_how_a_description_says_it_need_no_release(
    published: Trainer, settings: str
) -> None:
    lock = (published.folder / LOCK).read_bytes()
    before = description_of(published.folder / "dist/demo-1.0.0.apkg")
    published.write_package(FIRST, settings=SETTINGS + settings)
    assert published.run("diff").stdout == "demo 1.0.0: nothing to release\n"
    result = published.run("build", "--locked")
    assert "as released: the content is the same" in result.told
    assert result.returncode == 0
    assert description_of(published.folder / "dist/demo-1.0.0.apkg") != before
    assert (published.folder / LOCK).read_bytes() == lock


def test_the_hash_of_a_release_never_changes(trainer: Trainer) -> None:
    settings = 'description = "About."\nauthors = ["Ann"]\nretired = ["moon"]\n'
    trainer.write("content/demo/1.md", "# A\n\n## B {#b}\n\nC\n\n## The moon {#moon}\n\nD\n")
    trainer.write("content/demo/package.toml", SETTINGS)
    trainer.release(START)
    trainer.write_package(
        "# A\n\n## B {#b}\n\nC\n", settings=SETTINGS + settings + PAGE + 'language = "de"\n'
    )
    trainer.release(START + DAY)
    package = ankibuild.load(trainer.folder / "content/demo")
    edition = make_edition(package, package.lock)
    (root, child) = edition.decks
    assert (root.name, child.recorded) == ("Demo", "")
    # Never change what this compares: the hashes in locks are of these words.
    assert root.recorded == (
        "<p>About.</p><p>Version 2.0.0, 2025-06-16. Notes: 1 retired.</p><p>To install or update, "
        "open the file in Anki and import it with the options as they are.</p><p>An update changes "
        "only the cards' texts and adds new cards: your progress is kept.</p><p>Ann</p><p>Retired "
        'notes: search for "Note ID:demo/moon" in the browser, and suspend them.</p>'
    )
    assert content_hash(edition) == package.lock.releases[-1].content
    other = replace(edition, decks=(replace(root, description="Other words."), child))
    assert content_hash(other) == content_hash(edition)
