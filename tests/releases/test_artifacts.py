"""The files of a release: what they say, and that they find what changed."""

import hashlib
import json
import re
from html import unescape

from markdown_it import MarkdownIt

import ankibuild
from tests.helpers.demo import DAY, EDITED, FIRST, LOCK, START, forge_lock, lock_of
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
    assert len(sums) == 4
    assert (dist / "demo-1.0.0.lock").read_bytes() == (published.folder / LOCK).read_bytes()
    for line in sums:
        digest, name = line.split("  ")
        assert hashlib.sha256((dist / name).read_bytes()).hexdigest() == digest
    notes = (dist / "demo-1.0.0.md").read_text("utf-8")
    assert notes.startswith("# Demo 1.0.0\n\n15 June 2025. Notes: 4 new.\n")
    for word in ("## How to import", "Leave the options as they are", "Suspend a card"):
        assert word in notes


def test_the_notes_of_an_update_find_the_changed_notes(
    published: Trainer, studied: Learner
) -> None:
    published.write_package(EDITED.replace("A list of", "The list of"))
    published.release(START + DAY)
    notes = (published.folder / "dist/demo-1.0.1.md").read_text("utf-8")
    assert (
        "## Changed\n\n"
        "- What is a meter?\n  - Back: It counts ~~energy~~**kilowatt-hours**.\n"
        "- What is a tariff?\n  - Back: ~~A~~**The** list of prices.\n"
    ) in notes
    (search,) = re.findall('^    (".*)$', notes, re.MULTILINE)
    found = {
        studied.collection.get_note(n)["Note ID"] for n in studied.collection.find_notes(search)
    }
    assert found == {"demo/meter", "demo/tariff"}


def test_a_note_that_changed_is_not_told_as_sent_again_too(published: Trainer) -> None:
    published.write_package(EDITED)
    published.release(START + DAY, "--restamp", "meter", "--restamp", "fee")
    notes = (published.folder / "dist/demo-1.0.1.md").read_text("utf-8")
    assert "16 June 2025. Notes: 2 changed." in notes
    assert "## Changed\n\n- What is a meter?\n  - Back: It" in notes
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
        *("demo-1.0.0.json", "demo-1.0.0.lock", "demo-1.0.0.md"),
        *(f"demo-1.0.1.{end}" for end in ("apkg", "json", "lock", "md")),
    ]


HOW_TO_IMPORT = """\
## How to import

Open `demo-{version}.apkg` in Anki:"""


def notes_of(trainer: Trainer, version: str) -> str:
    """Return the release notes of a version, up to the words that all of them end with."""
    text = (trainer.folder / f"dist/demo-{version}.md").read_text("utf-8")
    end = HOW_TO_IMPORT.format(version=version)
    assert text.count(end) == 1
    return text.partition(end)[0]


def test_the_notes_of_a_first_release_tell_what_is_inside(trainer: Trainer) -> None:
    moon = FIRST.index("## The moon")
    trainer.write_package(FIRST[:moon], "# Module 2\n\n" + FIRST[moon:])
    trainer.release(START)
    assert notes_of(trainer, "1.0.0") == (
        "# Demo 1.0.0\n\n15 June 2025. Notes: 4 new.\n\n"
        "## What is inside\n\nNotes: 4, in these decks:\n\n"
        "- Demo::Module 1\n- Demo::Module 2\n\n"
    )


def test_the_notes_of_an_update_tell_what_is_new_changed_sent_again_and_retired(
    published: Trainer,
) -> None:
    published.write_package(
        EDITED.replace("A list of", "The list of")
        .replace("## What is a fee? {#fee}\n\nA price for a service.\n\n", "")
        .replace("## What is a meter?", "## What is a *meter*?")
        + "\n## What is VAT? {#vat}\n\nA tax.\n\n## And duty? {#duty}\n\nA tax, too.\n",
        settings=SETTINGS + 'retired = ["fee"]\n',
    )
    published.release(START + DAY, "--restamp", "moon")
    assert notes_of(published, "2.0.0") == (
        "# Demo 2.0.0\n\n16 June 2025. Notes: 2 new, 3 changed, 1 retired.\n\n"
        "## New\n\n- And duty?\n- What is VAT?\n\n"
        "## Changed\n\n- What is a meter?\n  - Front: looks different\n"
        "  - Back: It counts ~~energy~~**kilowatt-hours**.\n"
        "- What is a tariff?\n  - Back: ~~A~~**The** list of prices.\n\n"
        "## Sent to everyone again\n\n- The moon\n\n"
        "To see these notes, search for this in Anki's browser:\n\n"
        '    "Note ID:demo/meter" or "Note ID:demo/moon" or "Note ID:demo/tariff"\n\n'
        "What was sent again replaces your own edits and tags on those notes, even newer ones.\n\n"
        "## Retired\n\n- What is a fee?\n\nThese notes are out of date and no longer part of the "
        "deck. To stop seeing them, search for this in Anki's browser, select all, and suspend "
        "them:\n\n"
        '    "Note ID:demo/fee"\n\n'
    )


def test_the_notes_of_an_update_say_nothing_of_earlier_ones(published: Trainer) -> None:
    published.write_package(
        EDITED.replace("## What is a fee? {#fee}\n\nA price for a service.\n\n", "")
        + "\n## What is VAT? {#vat}\n\nA tax.\n",
        settings=SETTINGS + 'retired = ["fee"]\n',
    )
    published.release(START + DAY)
    text = (published.folder / "content/demo/1.md").read_text("utf-8")
    published.write("content/demo/1.md", text + "\n## What is duty? {#duty}\n\nA tax, too.\n")
    published.release(START + 2 * DAY)
    assert notes_of(published, "2.1.0") == (
        "# Demo 2.1.0\n\n17 June 2025. Notes: 1 new.\n\n## New\n\n- What is duty?\n\n"
    )


BACK = [
    ["ours", "Back"],
    ["ours", ": "],
    ["same", "It counts "],
    ["old", "energy"],
    ["new", "kilowatt-hours"],
    ["same", "."],
]


def test_a_manifest_tells_tools_all_of_a_release(published: Trainer) -> None:
    settings = (
        'description = "What counts."\nauthors = ["Kim"]\nlicense = "CC0-1.0"\nlanguage = "en"\n'
        'page = "https://decks.example.org/"\n[words]\nhint = "A hint"\n'
    )
    published.write_package(
        EDITED,
        "# Empty, for now\n\n## What is VAT? {#vat}\n\nA tax.\n",
        settings=SETTINGS + settings,
    )
    published.release(START + DAY)
    lock = lock_of(published)
    data = (published.folder / "dist/demo-1.1.0.apkg").read_bytes()
    manifest = json.loads((published.folder / "dist/demo-1.1.0.json").read_text("utf-8"))
    assert manifest.pop("tool") == f"ankibuild {ankibuild.__version__}"
    assert manifest == {
        "format": 1,
        "package": "demo",
        "key": str(lock.key),
        "title": "Demo",
        "version": "1.1.0",
        "time": START + DAY,
        "summary": "Notes: 1 new, 1 changed.",
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "description": "What counts.",
        "authors": ["Kim"],
        "license": "CC0-1.0",
        "language": "en",
        "words": {"hint": "A hint"},
        "page": "https://decks.example.org/",
        "feedback": "",
        "content": lock.releases[-1].content,
        "counts": {"decks": 2, "notes": 5, "cards": 6},
        "decks": ["Demo::Module 1", "Demo::Empty, for now"],
        "changes": [
            {"kind": "new", "note": "vat", "name": "What is VAT?", "details": [], "since": ""},
            {
                "kind": "changed",
                "note": "meter",
                "name": "What is a meter?",
                "details": [BACK],
                "since": "1.0.0",
            },
        ],
        "notes": [
            {
                "id": note_id,
                "guid": lock.notes[note_id].guid,
                "source": lock.notes[note_id].source,
                "rendered": lock.notes[note_id].rendered,
                "changed": "1.1.0" if note_id in ("meter", "vat") else "1.0.0",
                "question": question,
                "deck": lock.notes[note_id].deck,
                "modified": START + DAY if note_id in ("meter", "vat") else START,
            }
            for note_id, question in (
                ("fee", "What is a fee?"),
                ("meter", "What is a meter?"),
                ("moon", "The moon"),
                ("tariff", "What is a tariff?"),
                ("vat", "What is VAT?"),
            )
        ],
        "retired": [],
        "releases": [
            {"version": "1.0.0", "time": START},
            {"version": "1.1.0", "time": START + DAY},
        ],
    }


def test_the_hint_of_a_cloze_is_no_part_of_its_question(published: Trainer) -> None:
    orbit = "\n## {#orbit}\n\nThe {{c1::moon::a body}} orbits the {{c2::earth}}.\n"
    published.write_package(FIRST + orbit)
    assert "new: orbit: The moon orbits the earth.\n" in published.run("diff").stdout
    published.release(START + DAY)
    notes = (published.folder / "dist/demo-1.1.0.md").read_text("utf-8")
    assert "## New\n\n- The moon orbits the earth.\n\n" in notes


def test_nothing_in_a_package_is_obeyed_by_what_shows_the_release_notes(
    published: Trainer,
) -> None:
    settings = SETTINGS.replace('"Demo"', '"Demo @media #12 < b>"')
    text = EDITED.replace("## What is a meter?", "## What is \\@media, #12, www.x.org?")
    published.write_package(text + "\n## https\\://x.org \\| `a` {#x}\n\nB\n", settings=settings)
    published.release(START + DAY)
    html = MarkdownIt().render(notes_of(published, "2.0.0"))
    assert html.startswith("<h1>Demo @\u200bmedia #\u200b12 &lt; b&gt; 2.0.0</h1>")
    assert "<li>What is @\u200bmedia, #\u200b12, www\u200b.x.org?\n<ul>" in html
    assert not re.search(r"@\w|#\d|www\.|https?://|<a ", unescape(html))
    assert "<li>https:\u200b//x.org | a</li>" in html


def test_what_finds_the_notes_stays_in_its_block(published: Trainer) -> None:
    def forge(line: str) -> str:
        record = json.loads(line)
        if "note" in record:
            record["fields"] = {"A\r\n\n# B": "x"}
        return json.dumps(record, ensure_ascii=False, separators=(",", ":"))

    forge_lock(published.folder / LOCK, forge)
    settings = SETTINGS + 'retired = ["moon"]\n'
    published.write_package(EDITED[: EDITED.index("## The moon")], settings=settings)
    published.release(START + DAY)
    html = MarkdownIt().render((published.folder / "dist/demo-2.0.0.md").read_text("utf-8"))
    assert "# B:x&quot;\n</code></pre>" in html
    assert "<h1>B" not in html
