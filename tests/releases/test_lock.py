"""The lock's format is frozen: what was published must be readable for ever."""

import json
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest

from ankibuild.core.problems import AnkibuildError
from ankibuild.core.values import hash_of, replace
from ankibuild.releases.lock import read_lock, write_lock
from tests.helpers.demo import DAY, EDITED, START, with_checksum
from tests.helpers.odd_locks import disordered_locks, odd_locks
from tests.helpers.places import CASES
from tests.helpers.trainer import SETTINGS, Trainer

OLD = CASES / "lock/format-1.lock"
GOLDEN = CASES / "lock/format-2.lock"
FIRST = """\
# Zähler

## Was ist ein Zähler? {#meter .reversed .typed hint="Er tickt." source="S. 3" tags="größe"}

Er zählt.

---

Immer.

## What is shown? {#picture}

![A dot](media/dot.svg)

## Der Mond {#moon}

The {{c1::moon}} orbits the {{c2::earth::planet}}.
"""
SECOND = FIRST.replace("Er zählt.", "Er zählt Strom.").replace(
    "{{c2::earth::planet}}", "earth each {{c3::month}}"
)
THIRD = SECOND[: SECOND.index("## Der Mond")]
DOT = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="4"/></svg>\n'
# Looks may change, and with them the content of a release and the sum of all lines.
PASSING = ('{"note_type"', '{"release"', '{"checksum"')


def test_the_lock_of_these_releases_never_changes(trainer: Trainer) -> None:
    trainer.write("content/demo/media/dot.svg", DOT)
    for number, text in enumerate((FIRST, SECOND, THIRD)):
        retired = "" if text is not THIRD else 'retired = ["moon"]\n'
        trainer.write_package(text, settings=SETTINGS + retired)
        trainer.release(START + number * DAY)
    lines = (trainer.folder / "content/demo/package.lock").read_text("utf-8").splitlines()
    golden = GOLDEN.read_text("utf-8").splitlines()
    assert [each for each in lines if not each.startswith(PASSING)] == [
        each for each in golden if not each.startswith(PASSING)
    ]
    assert [list(each) for each in map(json.loads, lines)] == [
        list(each) for each in map(json.loads, golden)
    ]


def test_a_published_lock_is_read_and_written_as_it_was() -> None:
    text = GOLDEN.read_text("utf-8")
    assert write_lock(read_lock("package.lock", text)) == text


def test_a_lock_of_format_1_is_read_for_ever_with_times_for_its_versions() -> None:
    old = read_lock("package.lock", OLD.read_text("utf-8"))
    assert [(each.version, each.time) for each in old.releases] == [
        ("1.0.0", START),
        ("1.0.1", START + DAY),
        ("2.0.0", START + 2 * DAY),
    ]
    assert all(each.counted for each in old.releases)
    assert (old.notes["meter"].added, old.notes["meter"].changed) == (START, START + DAY)
    assert old.retired["moon"].time == START + 2 * DAY
    assert old.note_types["front-back"].changed == START
    again = read_lock("package.lock", write_lock(old))
    assert again == old


def test_nothing_is_written_in_format_1_any_more(trainer: Trainer) -> None:
    trainer.write("content/demo/media/dot.svg", DOT)
    trainer.write_package(THIRD, settings=SETTINGS + 'retired = ["moon"]\n')
    lock = trainer.write("content/demo/package.lock", OLD.read_bytes())
    trainer.write_package(THIRD.replace("Immer.", "Stets."))
    trainer.write("content/demo/package.toml", SETTINGS + 'retired = ["moon"]\n')
    trainer.release(START + 3 * DAY)
    first, *records = map(json.loads, lock.read_text("utf-8").splitlines())
    assert first["format"] == 2
    releases = [each for each in records if "release" in each]
    assert [each.get("counted", False) for each in releases] == [True, True, True, False]
    before = read_lock("package.lock", OLD.read_text("utf-8"))
    after = read_lock("package.lock", lock.read_text("utf-8"))
    assert {n: each.nid for n, each in after.notes.items()} == {
        n: each.nid for n, each in before.notes.items()
    }


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"changed":"1.0.1"', '"changed":"9.9.9"', 'no release is "9.9.9"'),
        ('"added":"1.0.0"', '"added":7', 'no release is "7"'),
        ('"in":"2.0.0"', '"in":["2.0.0"]', "no release is"),
    ],
)
def test_a_version_that_the_lock_does_not_know_is_named(old: str, new: str, fault: str) -> None:
    text = forge(OLD, old, new)
    with pytest.raises(AnkibuildError) as raised:
        read_lock("package.lock", text)
    assert fault in str(raised.value)


def forge(path: Path, old: str, new: str) -> str:
    """Return a lock's text with one record changed and the right checksum."""
    text = path.read_text("utf-8")
    assert old in text
    lines = text.replace(old, new, 1).splitlines()[:-1]
    checksum = json.dumps({"checksum": hash_of("\n".join(lines))}, separators=(",", ":"))
    return "\n".join([*lines, checksum, ""])


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda text: text.replace("counts energy", "counts"), "edited by hand or is incomplete"),
        (
            lambda text: text[: len(text) // 2],
            "this line is not a record of a lock (Input data was trunc",
        ),
        (lambda text: "", "package.lock:1:1: this line is not a record of a lock"),
        (lambda text: "\x00\xff" + text, "not a record of a lock"),
        (
            lambda text: text.replace('"format":2', '"format":3'),
            "a newer ankibuild wrote this file (format 3); install a newer ankibuild: ",
        ),
        (
            lambda text: text.replace('{"note":"fee"', '<<<<<<< ours\n{"note":"fee"'),
            "package.lock:2:1: two releases made on two branches meet here; merge the two "
            "locks: ankibuild merge-lock content/demo\n",
        ),
        (
            lambda text: text.replace('{"note":"fee"', '||||||| base\n{"note":"fee"'),
            "package.lock:2:1: two releases made on two branches meet here",
        ),
        (
            lambda text: text + text,
            "package.lock:9:1: two releases made on two branches meet here",
        ),
        (
            lambda text: text.replace('{"note":"fee"', '=======\n>>>>>>> theirs\n{"note":"fee"'),
            "package.lock:2:1: two releases made on two branches meet here",
        ),
        (
            lambda text: text.replace('{"note":"fee"', '>>>>>>> theirs\n{"note":"fee"'),
            "package.lock:2:1: two releases made on two branches meet here",
        ),
        (
            lambda text: with_checksum(text.replace('"guid":', '"other":', 1)),
            "package.lock:2:1: this line is not a record of a lock (Object missing required field "
            "`guid`); restore the last version that was committed: git log -- package.lock",
        ),
        (lambda text: "[" * 100_000, "not a record of a lock"),
        (
            lambda text: with_checksum(text.replace('"format":2', '"format":0')),
            "this file was edited by hand or is incomplete",
        ),
    ],
)
def test_a_damaged_lock_is_named_and_never_overwritten(
    published: Trainer, edit: object, message: str
) -> None:
    path = published.folder / "content/demo/package.lock"
    damaged = edit(path.read_text("utf-8")).encode()  # type: ignore[operator]
    path.write_bytes(damaged)
    published.write_package(EDITED)
    for command in ("check", "build", "diff", "release"):
        result = published.run(command)
        assert result.returncode == 1
        assert message in result.told
        assert "Traceback" not in result.told
    assert path.read_bytes() == damaged


def test_a_lock_with_windows_line_endings_is_the_same_lock(published: Trainer) -> None:
    path = published.folder / "content/demo/package.lock"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert published.run("build", "--locked").returncode == 0
    published.write_package(EDITED)
    published.release(START + DAY)
    assert b"\r" not in path.read_bytes()


def test_retired_notes_stand_in_the_order_of_their_ids_whenever_they_were_retired(
    trainer: Trainer,
) -> None:
    notes = {each: f"## {each}? {{#{each}}}\n\nIt is {each}.\n" for each in "dcba"}
    trainer.write_package("# A\n\n" + "\n".join(notes.values()))
    trainer.release(START)
    for day, gone in enumerate("cba", 1):
        del notes[gone]
        retired = json.dumps([each for each in "cba" if each not in notes])
        settings = f"{SETTINGS}retired = {retired}\n"
        trainer.write_package("# A\n\n" + "\n".join(notes.values()), settings=settings)
        trainer.release(START + day * DAY)
    lines = (trainer.folder / "content/demo/package.lock").read_text("utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    assert [each["retired"] for each in records if "retired" in each] == ["a", "b", "c"]


def test_what_cloze_numbers_hid_stands_in_their_order_whichever_went_first(
    trainer: Trainer,
) -> None:
    text = "# A\n\n## The sun {{#sun}}\n\nIt {}, {}, {} and {{{{c4::warms}}}}.\n"
    left = ["{{c1::shines}}", "{{c2::sets}}", "{{c3::rises}}"]
    trainer.write_package(text.format(*left))
    trainer.release(START)
    for day, gone in enumerate((2, 0, 1), 1):
        left[gone] = left[gone][6:-2]
        trainer.write_package(text.format(*left))
        trainer.release(START + day * DAY)
    line = (trainer.folder / "content/demo/package.lock").read_text("utf-8").splitlines()[1]
    assert [*json.loads(line)["hid"]] == ["1", "2", "3"]


def test_a_folder_with_a_space_is_named_as_one_writes_it_in_a_command() -> None:
    with pytest.raises(AnkibuildError) as raised:
        read_lock("content/my deck/package.lock", "<<<<<<< ours\n")
    assert 'ankibuild merge-lock "content/my deck"' in str(raised.value)


@pytest.fixture
def thrice(trainer: Trainer) -> Trainer:
    """Return a trainer who published three versions of all kinds of notes, and edited one since."""
    trainer.write("content/demo/media/dot.svg", DOT)
    for number, text in enumerate((FIRST, SECOND, THIRD)):
        retired = "" if text is not THIRD else 'retired = ["moon"]\n'
        trainer.write_package(text, settings=SETTINGS + retired)
        trainer.release(START + number * DAY)
    trainer.write("content/demo/1.md", THIRD.replace("Immer.", "Stets."))
    return trainer


READING = ["check", "build", "diff", "diff --format json", "merge-lock"]
REHEARSING = ["release --dry-run", "rehearse"]


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("commands", [READING, REHEARSING], ids=["reading", "rehearsing"])
@pytest.mark.parametrize("find_locks", [odd_locks, disordered_locks])
def test_whatever_a_lock_with_the_right_checksum_holds_no_command_breaks(
    thrice: Trainer, find_locks: Callable[[str], Iterator[tuple[str, str]]], commands: list[str]
) -> None:
    thrice.has_anki = commands is REHEARSING
    path = thrice.folder / "content/demo/package.lock"
    accepted = dict[str, list[str]]()
    for what, text in find_locks(path.read_text("utf-8")):
        try:
            lock = read_lock("package.lock", text)
        except AnkibuildError as error:
            (problem,) = error.problems
            assert problem.rule in ("damaged-lock", "newer-lock"), what
            assert problem.line, what
            continue
        # What is read is what is written again, and no command ends in a traceback, which is raised
        # here.
        assert read_lock("package.lock", write_lock(lock)) == lock
        accepted.setdefault(what, []).append(text)
    # The search does find what is read, and what no learner's progress hangs on may be anything.
    assert len(accepted) > 5
    for turn, (what, texts) in enumerate(accepted.items()):
        runs = product(texts, commands)
        if commands is REHEARSING:
            # Which takes long: each fault meets it once, in one record and one command by turns.
            runs = product([texts[turn % len(texts)]], [commands[turn % 2]])
        for text, command in runs:
            path.write_text(text, "utf-8")
            result = thrice.run(*command.split())
            assert result.returncode in (0, 1), (what, command)
            said = f"{result.stdout}{result.stderr}".strip()
            assert result.returncode == 0 or said, (what, command)


@pytest.mark.parametrize(
    ("old", "new", "line", "fault"),
    [
        ('"nid":1748487324517', '"nid":0', 2, "Expected `int` >= 1 - at `$.nid`"),
        ('"changed":1750086400', '"changed":10000000000000000', 2, "at `$.changed`"),
        ('"type":"front-back"', '"type":"other"', 2, "Not as a release writes it - at `$.type`"),
        ('"deck":"Demo::Zähler"', '"deck":"Demo::"', 2, 'would change the deck name "Demo::"'),
        ('"tags":["größe"]', '"tags":["a b"]', 2, "Not as a release writes it - at `$.tags[0]`"),
        ('"Front":"Was', '"Front":"\\u001fWas', 2, "a field holds an invisible character"),
        ('"note":"picture"', '"note":"meter"', 3, "does not come after the one before it"),
        ("facbf38e-5435-5549-8a10-29497459861a", "x", 0, ""),
        ("1748072842085", "1748487324517", 3, 'its nid "1748487324517" is another one\'s'),
        ('"release":"1.1.0"', '"release":"1.0"', 7, "Not as a release writes it - at `$.release`"),
        ('"release":"1.1.0"', '"release":"3.0.0"', 8, "does not come after the one before it"),
        ('"release":"2.0.0"', '"rumour":"2.0.0"', 8, "its kind is not known"),
        ('"note_type":"front-back"', '"note_type":"cloze"', 5, "does not come after"),
        ('"note_type":"front-back"', '"note_type":"image-occlusion"', 2, "no record of the note"),
    ],
)
def test_what_no_release_can_have_written_is_named_with_its_line(
    old: str, new: str, line: int, fault: str
) -> None:
    text = forge(GOLDEN, old, new)
    if not line:
        assert read_lock("package.lock", text).notes["picture"].guid == new
        return
    with pytest.raises(AnkibuildError) as raised:
        read_lock("package.lock", text)
    (problem,) = raised.value.problems
    assert (problem.rule, problem.line) == ("damaged-lock", line)
    assert fault in problem.message


def test_no_lock_is_written_that_would_not_be_read() -> None:
    lock = read_lock("package.lock", GOLDEN.read_text("utf-8"))
    with pytest.raises(AnkibuildError):
        write_lock(replace(lock, package_id="no id"))
