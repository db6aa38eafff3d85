"""The lock's format is frozen: what was published must be readable for ever."""

import json

from ankibuild.lock import read_lock, write_lock
from tests.trainer import CASES, SETTINGS, Trainer

START = 1_750_000_000
DAY = 86_400
GOLDEN = CASES / "lock/package.lock"
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
SECOND = FIRST.replace("Er zählt.", "Er zählt Strom.")
THIRD = SECOND[: SECOND.index("## Der Mond")]
DOT = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle r="4"/></svg>\n'


def test_the_lock_of_these_releases_never_changes(trainer: Trainer) -> None:
    trainer.write("content/demo/media/dot.svg", DOT)
    for number, text in enumerate((FIRST, SECOND, THIRD)):
        retired = "" if text is not THIRD else 'retired = ["moon"]\n'
        trainer.write_package(text, settings=SETTINGS + retired)
        trainer.release(START + number * DAY)
    lines = (trainer.folder / "content/demo/package.lock").read_text("utf-8").splitlines()
    golden = GOLDEN.read_text("utf-8").splitlines()
    # Looks may change, and with them the content of a release and the sum of all lines.
    passing = ('{"note_type"', '{"release"', '{"checksum"')
    assert [each for each in lines if not each.startswith(passing)] == [
        each for each in golden if not each.startswith(passing)
    ]
    assert [list(each) for each in map(json.loads, lines)] == [
        list(each) for each in map(json.loads, golden)
    ]


def test_a_published_lock_is_read_and_written_as_it_was() -> None:
    text = GOLDEN.read_text("utf-8")
    assert write_lock(read_lock("package.lock", text)) == text
