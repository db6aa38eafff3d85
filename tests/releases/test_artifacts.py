"""The files of a release: what they say, and that they find what changed."""

import hashlib
import json
import re

from tests.helpers.demo import DAY, EDITED, FIRST, START
from tests.helpers.learner import Learner
from tests.helpers.trainer import SETTINGS, Trainer


def test_the_files_of_a_release(published: Trainer) -> None:
    dist = published.folder / "dist"
    manifest = json.loads((dist / "demo-1.0.0.json").read_text("utf-8"))
    assert manifest["version"] == "1.0.0"
    assert manifest["time"] == START
    assert re.fullmatch(r"ankibuild \d+\.\d+\.\d+", manifest["tool"])
    assert manifest["counts"] == {"decks": 1, "notes": 4, "cards": 5}
    assert [note["id"] for note in manifest["notes"]] == ["fee", "meter", "moon", "tariff"]
    sums = (dist / "SHA256SUMS").read_text("utf-8").splitlines()
    assert len(sums) == 3
    for line in sums:
        digest, name = line.split("  ")
        assert hashlib.sha256((dist / name).read_bytes()).hexdigest() == digest
    notes = (dist / "demo-1.0.0.md").read_text("utf-8")
    assert notes.startswith("# Demo 1.0.0\n\n2025-06-15. Notes: 4 new.\n")
    for word in ("## How to import", "Leave the options as they are", "Suspend a card"):
        assert word in notes


def test_the_notes_of_an_update_find_the_changed_notes(
    published: Trainer, studied: Learner
) -> None:
    published.write_package(EDITED.replace("A list of", "The list of"))
    published.release(START + DAY)
    notes = (published.folder / "dist/demo-1.0.1.md").read_text("utf-8")
    assert "## Changed\n\n- What is a meter?\n- What is a tariff?\n" in notes
    (search,) = re.findall('^    (".*)$', notes, re.MULTILINE)
    found = {
        studied.collection.get_note(n)["Note ID"] for n in studied.collection.find_notes(search)
    }
    assert found == {"demo/meter", "demo/tariff"}


def test_a_note_that_changed_is_not_told_as_sent_again_too(published: Trainer) -> None:
    published.write_package(EDITED)
    published.release(START + DAY, "--restamp", "meter", "--restamp", "fee")
    notes = (published.folder / "dist/demo-1.0.1.md").read_text("utf-8")
    assert "2025-06-16. Notes: 2 changed." in notes
    assert "## Changed\n\n- What is a meter?\n\n" in notes
    assert "## Sent to everyone again\n\n- What is a fee?\n\n" in notes


def test_a_deck_whose_last_note_is_retired_is_told_as_gone(published: Trainer) -> None:
    moon = FIRST.index("## The moon")
    published.write_package(FIRST[:moon], "# Module 2\n\n" + FIRST[moon:])
    published.release(START + DAY)
    (published.folder / "content/demo/2.md").unlink()
    published.write_package(FIRST[:moon], settings=SETTINGS + 'retired = ["moon"]\n')
    diff = published.run("diff").stdout
    assert diff.startswith("demo: 1.0.1 → 2.0.0\n")
    assert "  retired: moon: The moon\n" in diff
    assert "Demo::Module 2" in diff
    assert "Demo::Module 1" not in diff


def test_the_sums_are_of_the_files_that_are_there(published: Trainer) -> None:
    dist = published.folder / "dist"
    (dist / "demo-1.0.0.apkg").unlink()
    published.write_package(EDITED)
    published.release(START + DAY)
    sums = (dist / "SHA256SUMS").read_text("utf-8").splitlines()
    assert [line.split("  ")[1] for line in sums] == [
        *("demo-1.0.0.json", "demo-1.0.0.md"),
        *("demo-1.0.1.apkg", "demo-1.0.1.json", "demo-1.0.1.md"),
    ]
