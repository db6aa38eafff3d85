"""A deck's life of three releases, on every Anki that learners run, and the table of it."""

import itertools
import json
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from anki.scheduler import v3

from tests.helpers import ankis_script
from tests.helpers.ankis import NEWEST, VERSIONS, live
from tests.helpers.demo import import_release
from tests.helpers.learner import Learner
from tests.helpers.lives import OWN_TYPES
from tests.helpers.places import ROOT
from tests.helpers.trainer import SETTINGS, Trainer

PAGE = ROOT / "docs/merging.md"
START, DAY = 1_750_000_000, 86_400
DEVICES = ("phone", "computer")
DAYS = {"1.0.0": 0, "2.0.0": 10, "2.1.0": 20}
OWN = "my own mnemonic"
TOUCHED = frozenset({"tariff", "fee"})
FIRST = """\
# Module 1

## What is a meter? {#meter}

It counts energy.

## What is a tariff? {#tariff}

A list of prices.

## What is a fee? {#fee}

A price for a service.

## What is read? {#reading}

The meter.

## Which phase? {#phase}

The first.

## What is a bill? {#bill}

A demand for money.

## The moon {#moon}

The {{c1::moon}} orbits the {{c2::earth}}.

## pan {#pan note-type="vocabulary"}

bread

### Example

El pan es bueno.

## Salt {#salt note-type="gaps"}

{{c1::Salt}} comes from the {{c2::sea}}.
"""
BILL = "## What is a bill? {#bill}\n\nA demand for money.\n"
SECOND = (
    FIRST.replace("counts energy", "counts kilowatts")
    .replace("{#reading}", "{#reading .reversed}")
    .replace("orbits", "{{c3::orbits}}")
    .replace("El pan", "Este pan")
    .replace("{#pan ", "{#pan .reversed ")
    .replace("comes", "{{c3::comes}}")
    .replace(BILL + "\n", "")
    + "\n## What is VAT? {#vat}\n\nA tax.\n"
)
THIRD = (
    SECOND.replace("counts kilowatts", "counts kilowatt-hours").replace(
        "{#phase}", '{#phase tags="spare"}'
    )
    + "\n"
    + BILL.replace("A demand", "A polite demand")
)
MORE = SETTINGS.replace("demo", "more").replace("Demo", "More").replace("0f0c", "1f0c")
BEGIN, END = "<!-- table -->\n", "<!-- end of table -->\n"
OWN_LOOK = ".card { color: teal; }"
RETIRED = 'retired = ["bill"]\n'
FEEDBACK = 'feedback = "help@example.org"\n'
# The ankibuild of some later year: it fills a spare field, and has another look.
LATER = {
    "commands/notes.py": (
        "    digests = {",
        '    fields |= {"Spare 4": "From a spare field"} if "spare" in source.tags else {}\n'
        "    digests = {",
    ),
    "anki/templates/style.css": (".card", "/* a later look */\n.card"),
    "anki/templates/front-back/spare-front.html": ("{{#Spare 4}}", "{{#Spare 4}}<b>Later:</b> "),
}


class Release(NamedTuple):
    """A file for learners, its time, and the fields and tags that were published, by note."""

    path: Path
    time: int
    notes: dict[str, tuple[dict[str, str], list[str]]]


class Visit(NamedTuple):
    """What a learner had after an import, and after what the learner did next.

    What Check Database had to mend meanwhile is in ``mended``.
    """

    log: dict[str, int]
    arrived: dict[str, Any]
    left: dict[str, Any]
    mended: list[str]


Lives = dict[str, list[Visit]]
Releases = dict[str, Release]
Check = Callable[[Lives, Releases], bool]


@pytest.fixture
def releases(trainer: Trainer) -> Releases:
    """Publish the three releases with the real command, and another package with the first."""
    trainer.write("content/more/package.toml", MORE)
    trainer.write("content/more/1.md", "# Money\n\n## Who pays? {#who}\n\nAll.\n")
    later = trainer.folder.parent / "later"
    shutil.copytree(ROOT / "ankibuild", later / "ankibuild")
    for name, (old, new) in LATER.items():
        path = later / "ankibuild" / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
    published = {}
    for version, text, settings, environment in (
        ("1.0.0", FIRST, SETTINGS, {}),
        ("2.0.0", SECOND, SETTINGS + RETIRED + FEEDBACK, {}),
        ("2.1.0", THIRD, SETTINGS + FEEDBACK, {"PYTHONPATH": str(later)}),
    ):
        trainer.write_package(text, settings=settings)
        for name, file in OWN_TYPES.items():
            trainer.write(f"content/demo/note-types/{name}", file)
        if version == "2.1.0":
            for name in ("vocabulary", "gaps"):
                trainer.write(f"content/demo/note-types/{name}/style.css", OWN_LOOK)
        time = START + DAYS[version] * DAY
        result = trainer.run("release", "--time", str(time), prefix=(), **environment)
        assert result.returncode == 0, result.stderr
        published[version] = released(trainer.folder, "demo", version, time)
    return published | {"more": released(trainer.folder, "more", "1.0.0", START)}


def released(folder: Path, package: str, version: str, time: int) -> Release:
    lock = (folder / f"content/{package}/package.lock").read_text("utf-8")
    records = [json.loads(line) for line in lock.splitlines()]
    notes = {each["note"]: (each["fields"], each["tags"]) for each in records if "note" in each}
    return Release(folder / f"dist/{package}-{version}.apkg", time, notes)


def make_lives(releases: Releases, options: dict[str, Any]) -> dict[str, Any]:
    """Return the lives that learners live, each a list of visits; see the script."""

    def visit(
        day: int, version: str = "", *actions: tuple[object, ...], device: str = "phone"
    ) -> dict[str, Any]:
        package = str(releases[version].path) if version else ""
        return {
            "device": device,
            "time": START + day * DAY,
            "package": package,
            "options": options,
            "actions": actions,
        }

    def devices(phone: str, computer: str, *order: str) -> list[dict[str, Any]]:
        """Return a life with an import on each of two devices, which sync only then."""
        return [
            visit(11, phone, study),
            visit(12, computer, device="computer"),
            *(visit(13, "", ("sync",), device=device) for device in order),
            *(visit(14, "", ("check database",), device=device) for device in DEVICES),
            *(visit(15, "", ("sync",), device=device) for device in DEVICES),
        ]

    study = ("study",)
    own = (
        ("edit", "tariff", "Extra", OWN),
        ("tag", "fee", "mine marked"),
        ("move", "meter", "Mine"),
        ("move", "reading", "Mine"),
        ("suspend", "phase"),
        ("flag", "moon", 2),
    )
    first, second, third = DAYS
    return {
        "each": [
            visit(1, first, study, *own),
            visit(11, second, study),
            visit(21, third, study),
            visit(22, third),
            visit(23, first),
        ],
        "skipped": [visit(1, first, study, *own), visit(21, third)],
        "late": [visit(1, first, study), visit(21, second, study), visit(22, third)],
        "older edit": [
            visit(1, first, study, ("edit", "meter", "Extra", OWN), ("tag", "meter", "mine")),
            visit(11, second),
        ],
        "newer edit": [
            visit(1, first, study),
            visit(11, "", ("edit", "meter", "Extra", OWN), ("tag", "meter", "mine")),
            visit(12, second, study),
        ],
        "newer edit, new card": [
            visit(1, first, study),
            visit(11, "", ("tag", "reading", "mine")),
            visit(12, second),
        ],
        "own field": [
            visit(
                *(1, first, study),
                *(("add field", note, "My field") for note in ("meter", "pan")),
            ),
            visit(11, second),
        ],
        "newcomer": [visit(21, third)],
        "devices, older studied": devices(first, second, *DEVICES, *DEVICES),
        "devices, newer studied": devices(second, first, *reversed(DEVICES), *reversed(DEVICES)),
        "devices, packages": devices(first, "more", *DEVICES, *DEVICES),
    }


def all_progress_is_kept(lives: Lives, releases: Releases) -> bool:
    return all(
        before.left["cards"].items() <= after.arrived["cards"].items()
        and before.left["reviews"] == after.arrived["reviews"] != []
        for name, visits in lives.items()
        if not name.startswith("devices")
        for before, after in itertools.pairwise(visits)
    )


def nothing_is_doubled(lives: Lives, releases: Releases) -> bool:
    return all(is_merged(visit) for visits in most(lives) for visit in visits)


def no_update_forces_a_full_sync(lives: Lives, releases: Releases) -> bool:
    return all(
        before.left["schema"] == after.arrived["schema"]
        for visits in most(lives)
        for before, after in itertools.pairwise(visits)
    )


def an_edited_note_updates(lives: Lives, releases: Releases) -> bool:
    words = ("energy", "kilowatts", "kilowatt-hours")
    steps = list(zip(lives["each"], releases.values(), words, strict=False))
    return all(
        has(visit, "meter", release)
        and fields(visit, "meter")["Back"] == f"<p>It counts {word}.</p>"
        and all(has(visit, note, release) for note in ("pan", "salt"))
        for visit, release, word in steps
    )


def a_skipped_release_is_made_up_for(lives: Lives, releases: Releases) -> bool:
    return is_as_published(lives["skipped"][1], releases["2.1.0"], TOUCHED)


def a_new_note_arrives(lives: Lives, releases: Releases) -> bool:
    visit = lives["each"][1]
    return has(visit, "vat", releases["2.0.0"]) and deck(visit, "vat/0") == "Demo::Module 1"


def a_new_card_arrives(lives: Lives, releases: Releases) -> bool:
    second, third = lives["each"][1:3]
    cards = ("reading/1", "moon/2", "pan/1", "salt/2")
    decks = (*(deck(second, card) for card in cards), deck(third, "phase/2"))
    return set(decks) == {"Demo::Module 1"}


def an_unchanged_note_keeps_what_is_its_own(lives: Lives, releases: Releases) -> bool:
    return all(
        fields(visit, "tariff").get("Extra") == OWN and tags(visit, "fee") == ["marked", "mine"]
        for visit in (*lives["each"][1:], *lives["skipped"][1:])
    )


def moved_cards_stay(lives: Lives, releases: Releases) -> bool:
    moved = ("meter/0", "reading/0")
    visits = (*lives["each"][1:], *lives["skipped"][1:])
    return all(deck(visit, card) == "Mine" for visit in visits for card in moved)


def a_newer_edit_wins(lives: Lives, releases: Releases) -> bool:
    first = releases["1.0.0"].notes["meter"][0]
    visit = lives["newer edit"][2]
    return fields(visit, "meter") == first | {"Extra": OWN} and tags(visit, "meter") == ["mine"]


def the_look_arrives(lives: Lives, releases: Releases) -> bool:
    second, third = (visit.arrived["note_types"] for visit in lives["each"][1:3])
    own = [f"demo {name} (ankibuild)" for name in ("Vocabulary", "Gaps")]
    ours = [name for name in third if name not in own]
    sides = ["".join(each[name]["sides"]) for each in (second, third) for name in ours]
    return (
        all("help@example.org" in each for each in sides)
        and not any("a later look" in second[name]["css"] for name in ours)
        and all("a later look" in third[name]["css"] for name in ours)
        and any("<b>Later:</b>" in each for each in sides)
        and not any(OWN_LOOK in second[name]["css"] for name in own)
        and all(OWN_LOOK in third[name]["css"] for name in own)
    )


def a_retired_note_stays(lives: Lives, releases: Releases) -> bool:
    return has(lives["each"][1], "bill", releases["1.0.0"])


def a_restored_note_comes_back(lives: Lives, releases: Releases) -> bool:
    visits = (lives["each"][2], lives["skipped"][1], lives["newcomer"][0])
    return all(has(visit, "bill", releases["2.1.0"]) for visit in visits)


def an_older_package_takes_nothing_back(lives: Lives, releases: Releases) -> bool:
    return lives["each"][4].arrived == lives["each"][3].left


def the_same_package_again_changes_nothing(lives: Lives, releases: Releases) -> bool:
    return lives["each"][3].arrived == lives["each"][2].left


def a_newcomer_has_what_is_published(lives: Lives, releases: Releases) -> bool:
    (visit,) = lives["newcomer"]
    published = releases["2.1.0"]
    return len(visit.arrived["notes"]) == len(published.notes) and is_as_published(visit, published)


def all_is_as_published_in_the_end(lives: Lives, releases: Releases) -> bool:
    return is_as_published(lives["each"][2], releases["2.1.0"], TOUCHED)


def no_card_is_blank(lives: Lives, releases: Releases) -> bool:
    return not any(visit.arrived["blank"] for visits in most(lives) for visit in visits)


def a_late_import_brings_both(lives: Lives, releases: Releases) -> bool:
    return is_as_published(lives["late"][2], releases["2.1.0"])


def an_older_edit_survives(lives: Lives, releases: Releases) -> bool:
    visit = lives["older edit"][1]
    return fields(visit, "meter").get("Extra") == OWN and "mine" in tags(visit, "meter")


def a_new_card_comes_with_its_words(lives: Lives, releases: Releases) -> bool:
    return not lives["newer edit, new card"][2].arrived["blank"]


def notes_update_despite_an_own_field(lives: Lives, releases: Releases) -> bool:
    visit = lives["own field"][1]
    second = releases["2.0.0"].notes
    return is_merged(visit) and all(
        fields(visit, note).items() >= second[note][0].items() for note in ("meter", "pan")
    )


def devices_import_other_releases(lives: Lives, releases: Releases) -> bool:
    return all(
        is_whole(visits) and has(visit, "meter", releases["2.0.0"])
        for visits in (lives["devices, older studied"], lives["devices, newer studied"])
        for visit in visits[-2:]
    )


def devices_import_other_packages(lives: Lives, releases: Releases) -> bool:
    return is_whole(lives["devices, packages"])


def devices_share_decks(lives: Lives, releases: Releases) -> bool:
    visits = lives["devices, older studied"]
    decks = {card["deck"] for visit in visits for card in visit.left["cards"].values()}
    return decks == {"Demo::Module 1"}


def is_whole(visits: list[Visit]) -> bool:
    """Tell whether two devices end with all that either had when it had imported, and no more."""
    phone, computer, *_ = (visit.left for visit in visits)
    cards = known(computer) | known(phone)  # which is the one that studied
    notes = sorted({note for device in (phone, computer) for note, *_ in device["notes"]})
    return all(
        sorted(note for note, *_ in seen["notes"]) == notes
        and known(seen) == cards
        and not seen["doubled"]
        and seen["reviews"] == phone["reviews"] != []
        and seen["schema"] == phone["schema"]
        for visit in visits[-4:]
        for seen in (visit.arrived, visit.left)
    )


def known(seen: dict[str, Any]) -> dict[str, Any]:
    """Return what is known of each card, wherever it is."""
    return {
        name: {value: card[value] for value in card if value != "deck"}
        for name, card in seen["cards"].items()
    }


def most(lives: Lives) -> list[list[Visit]]:
    """Return all lives but those that are about a limit, or with another package."""
    others = ("newer edit, new card", "own field", "devices, packages")
    return [lives[name] for name in lives if name not in others]


def is_merged(visit: Visit) -> bool:
    names = [name for name, _, _ in visit.arrived["notes"]]
    return (
        not visit.log.get("conflicting")
        and len(visit.arrived["note_types"]) == 4
        and len(set(names)) == len(names)
    )


def fields(visit: Visit, name: str) -> dict[str, str]:
    """Return the fields that are not empty, as a lock holds them."""
    (found,) = (fields for note, fields, _ in visit.arrived["notes"] if note == name)
    return {field: html for field, html in found.items() if html}


def tags(visit: Visit, name: str) -> list[str]:
    (found,) = (tags for note, _, tags in visit.arrived["notes"] if note == name)
    return list(found)


def deck(visit: Visit, card: str) -> str:
    return str(visit.arrived["cards"].get(card, {}).get("deck"))


def has(visit: Visit, name: str, release: Release) -> bool:
    names = [note for note, _, _ in visit.arrived["notes"]]
    return names.count(name) == 1 and release.notes[name] == (
        fields(visit, name),
        tags(visit, name),
    )


def is_as_published(visit: Visit, release: Release, touched: frozenset[str] = frozenset()) -> bool:
    return all(has(visit, name, release) for name in release.notes.keys() - touched)


PROMISES: dict[str, Check] = {
    "Progress is kept: reviews, intervals, due dates, flags, suspension": all_progress_is_kept,
    "No note or note type is doubled, and nothing conflicts": nothing_is_doubled,
    "No update forces a full sync": no_update_forces_a_full_sync,
    "No card is blank": no_card_is_blank,
    "A newcomer gets what is published": a_newcomer_has_what_is_published,
    "A corrected note updates": an_edited_note_updates,
    "A new note arrives, in its deck": a_new_note_arrives,
    "A new card of a known note arrives: `.reversed`, a cloze, a spare field": a_new_card_arrives,
    "New templates and a new style arrive": the_look_arrives,
    "Moved cards stay where the learner put them": moved_cards_stay,
    "An unchanged note keeps the learner's edits, tags and marks": (
        an_unchanged_note_keeps_what_is_its_own
    ),
    "A learner's edit made after the release wins": a_newer_edit_wins,
    "A retired note stays, with its progress": a_retired_note_stays,
    "A restored note is the same note again": a_restored_note_comes_back,
    "A learner can skip a release": a_skipped_release_is_made_up_for,
    "In the end everything that the learner left alone is as published": (
        all_is_as_published_in_the_end
    ),
    "Importing the same package again changes nothing": the_same_package_again_changes_nothing,
    "Importing an older package takes nothing back": an_older_package_takes_nothing_back,
    "Two devices import different releases before they sync: nothing doubled, nothing lost": (
        devices_import_other_releases
    ),
    "Two devices import two packages before they sync: nothing lost": devices_import_other_packages,
    "Two devices that import before they sync end up with one deck": devices_share_decks,
    "Two corrections of a note, imported late and in turn, both arrive": a_late_import_brings_both,
    "A correction keeps the learner's older edits and tags of the same note": (
        an_older_edit_survives
    ),
    "A new card of a note that the learner has edited since has its words": (
        a_new_card_comes_with_its_words
    ),
    "Notes still update after the learner added a field to their note type": (
        notes_update_despite_an_own_field
    ),
}
LIMITS: dict[Check, tuple[str, ...]] = {
    a_late_import_brings_both: VERSIONS[: VERSIONS.index("24.11") + 1],
    an_older_edit_survives: VERSIONS,
    a_new_card_comes_with_its_words: VERSIONS,
    notes_update_despite_an_own_field: VERSIONS,
    devices_share_decks: VERSIONS,
}
"""What does not hold with Anki's own options, and where; the page says what to do about it."""

Options = dict[str, Any]
IF_NEWER, ALWAYS = 0, 1
OPTIONS = {
    "merge_notetypes": "*Merge note types*",
    "with_scheduling": "*Import any learning progress*",
    "with_deck_configs": "*Import any deck presets*",
    "update": "*Always*",
}
"""Anki's import options and their names in its dialog; notes and note types update alike."""


def combinations(version: str) -> list[Options]:
    """Return combinations of the options that this Anki has: in the newest one, every one.

    In older ones: none, each alone, and all.
    """
    if version.startswith("2.1."):
        return [{}]
    known = [name for name in OPTIONS if (version, name) != ("23.10.1", "with_deck_configs")]
    every = itertools.product((False, True), repeat=len(known))
    return [
        dict(zip(known, values, strict=True))
        for values in every
        if version == NEWEST or sum(values) in (0, 1, len(known))
    ]


def for_anki(options: Options) -> Options:
    """Return the options by the names that Anki has for them."""
    known = {name: value for name, value in options.items() if name != "update"}
    update = ALWAYS if options.get("update") else IF_NEWER
    return known | {"update_notes": update, "update_notetypes": update}


def live_with(
    releases: Releases, version: str, folder: Path, options: list[Options]
) -> list[Lives]:
    """Let learners live with each of some options, all in one Anki, which is slow to start."""
    made = [make_lives(releases, for_anki(each)) for each in options]
    lives = {f"{n} {name}": visits for n, each in enumerate(made) for name, visits in each.items()}
    seen = live(version, folder, lives)
    return [
        {name: [Visit(**visit) for visit in seen[f"{n} {name}"]] for name in each}
        for n, each in enumerate(made)
    ]


def broken_promises(lives: Lives, releases: Releases) -> frozenset[Check]:
    return frozenset(check for check in PROMISES.values() if not check(lives, releases))


def mended(lives: Lives) -> list[tuple[str, str]]:
    """Return what Check Database had to mend, each with the name of the life."""
    return [
        (name, report)
        for name, visits in lives.items()
        for each in visits
        for report in each.mended
    ]


def limits_of(version: str) -> frozenset[Check]:
    return frozenset(check for check, versions in LIMITS.items() if version in versions)


def make_table(measured: dict[str, list[tuple[Options, frozenset[Check]]]]) -> Iterator[str]:
    yield f"| with Anki | {' | '.join(measured)} |"
    yield f"|---|{'---|' * len(measured)}"
    for promise, check in PROMISES.items():
        cells = [
            word_for([(options, check not in broken) for options, broken in runs])
            for runs in measured.values()
        ]
        yield f"| {promise} | {' | '.join(cells)} |"


def word_for(runs: list[tuple[Options, bool]]) -> str:
    """Return in a word with which options a promise holds."""
    kept = [holds for _, holds in runs]
    if len(set(kept)) == 1:
        return "ok" if kept[0] else "no"
    for option, name in OPTIONS.items():
        if kept == [not options.get(option) for options, _ in runs]:
            return f"not with {name}"
        if kept == [options.get(option) for options, _ in runs]:
            return f"only with {name}"
    return f"in {kept.count(True)} of {len(kept)} combinations"


def test_the_newest_anki_keeps_every_promise(releases: Releases, tmp_path: Path) -> None:
    (lives,) = live_with(releases, NEWEST, tmp_path / "lives", [{}])
    assert mended(lives) == []
    assert broken_promises(lives, releases) == limits_of(NEWEST)


def test_answers_at_the_end_of_a_second_leave_nothing_to_mend(
    published: Trainer, learner: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else Check Database asks for a full sync now and then, and a promise seems to be broken."""
    import_release(learner, published, "1.0.0")
    now = 1_750_000_000_999

    def sleep(seconds: float) -> None:
        nonlocal now
        now += int(seconds * 1000)

    clock = SimpleNamespace(time=lambda: now / 1000, sleep=sleep)
    monkeypatch.setattr(ankis_script, "time", clock)
    monkeypatch.setattr(v3, "int_time", lambda scale=1: now * scale // 1000)
    learner.study()
    assert len(learner.reviews()) > 1
    report, is_fine = learner.collection.fix_integrity()
    assert is_fine, report


@pytest.mark.slow
def test_merging_note_types_makes_up_for_an_own_field(releases: Releases, tmp_path: Path) -> None:
    visits = make_lives(releases, for_anki({}))["own field"]
    again = visits[-1] | {"options": for_anki({"merge_notetypes": True})}
    seen = live(NEWEST, tmp_path / "lives", {"life": [*visits, again]})
    _, hindered, merged = (Visit(**visit) for visit in seen["life"])
    assert not is_merged(hindered)
    assert is_merged(merged)
    for note in ("meter", "pan"):
        first, second = (releases[version].notes[note][0] for version in ("1.0.0", "2.0.0"))
        assert fields(hindered, note) == first
        assert fields(merged, note) == second
    assert hindered.left["cards"].items() <= merged.arrived["cards"].items()


@pytest.mark.slow
@pytest.mark.long
def test_the_table_of_the_page_is_what_every_anki_does(releases: Releases, tmp_path: Path) -> None:
    """Write the table with ANKIBUILD_REWRITE=1 in the environment."""

    def live_through(version: str) -> list[tuple[Options, frozenset[Check]]]:
        options = combinations(version)
        found = live_with(releases, version, tmp_path / version, options)
        assert [mended(lives) for lives in found] == [[]] * len(found), f"Anki {version}"
        return [
            (each, broken_promises(lives, releases))
            for each, lives in zip(options, found, strict=True)
        ]

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        measured = dict(zip(VERSIONS, pool.map(live_through, VERSIONS), strict=True))
    for version, runs in measured.items():
        for options, broken in runs:
            if not options.get("update"):
                assert broken <= limits_of(version), f"Anki {version}, {options}"
            if not any(options.values()):
                assert broken == limits_of(version), f"Anki {version}"
    before, begin, rest = PAGE.read_text("utf-8").partition(BEGIN)
    table, end, after = rest.partition(END)
    assert begin
    assert end
    fresh = "\n".join([*make_table(measured), ""])
    if os.environ.get("ANKIBUILD_REWRITE"):
        PAGE.write_text(before + begin + fresh + end + after, "utf-8")
    else:
        assert table.splitlines() == fresh.splitlines()
