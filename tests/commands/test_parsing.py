"""Text alone becomes the notes that its file would hold, and tells what is wrong with it."""

import subprocess
import sys
from pathlib import Path

import pytest

from ankibuild import check, load, parse
from ankibuild.core.problems import has_errors
from tests.helpers.places import CASES
from tests.helpers.trainer import copy_media

TEXT = """\
# Deck

About it.

## What is *a*? {#a .reversed tags="x"}

**One**

## B

A {{c1::moon}} and a {{c2::sun}}.
"""
METER = (CASES / "media/meter.png").read_bytes()


def test_a_text_becomes_complete_notes() -> None:
    parsed = parse(TEXT)
    assert parsed.problems == ()
    assert (parsed.deck.name, parsed.deck.description) == ("Deck", "<p>About it.</p>")
    first, second = parsed.notes
    assert first.note_id == "a"
    assert first.field_map["Front"] == "What is <em>a</em>?"
    assert first.field_map["Back"] == "<p><strong>One</strong></p>"
    assert (first.tags, first.ordinals, first.pinned) == (("x",), (0, 1), True)
    assert (second.note_id, second.kind, second.ordinals) == ("b", "cloze", (0, 1))
    assert not second.pinned


@pytest.mark.parametrize("folder", ["invalid", "warnings"])
def test_what_is_said_of_a_text_is_what_is_said_of_its_file(tmp_path: Path, folder: str) -> None:
    cases = sorted((CASES / folder).glob("*.md"))
    assert cases
    for case in cases:
        try:
            text = case.read_bytes().decode()
        except UnicodeDecodeError:
            continue
        path = tmp_path / case.stem / "1.md"
        path.parent.mkdir()
        path.write_bytes(text.encode())
        copy_media(text, path.parent)
        media = {f"media/{each.name}": each.read_bytes() for each in path.parent.glob("media/*")}
        parsed = parse(text, path=path, media=media)
        assert parsed.problems == check(path), case.name
        if not has_errors(parsed.problems):
            package = load(path)
            assert (parsed.deck,) == package.decks, case.name
            assert parsed.media == package.media


@pytest.mark.parametrize(
    "faulty",
    [
        "## F\n\n",
        "## F\n\n{{c1::open\n",
        "## F {#F}\n\nA\n",
        "## F\n\nA\n\n---\n\n![x](media/none.png)\n",
        "## F\n\n![x](media/bad.png)\n",
        "## B\n\nthe id of another\n",
    ],
)
def test_a_note_with_an_error_is_left_out_and_no_other(faulty: str) -> None:
    parsed = parse(f"{TEXT}\n{faulty}\n## Last\n\nA\n", media={"media/bad.png": b"bad"})
    assert has_errors(parsed.problems)
    assert [note.note_id for note in parsed.notes] == ["a", "b", "last"]


def test_an_error_of_the_deck_leaves_the_notes() -> None:
    parsed = parse(TEXT.replace("# Deck", "# De*ck") + "\n# Another\n")
    assert [problem.rule for problem in parsed.problems] == [
        "invalid-deck-heading",
        "second-deck-heading",
    ]
    assert len(parsed.notes) == 2


def test_media_come_by_their_names_in_the_notes() -> None:
    (note,) = parse("# D\n\n## A\n\n![x](media/m.png)\n", media={"media/m.png": METER}).notes
    ((name, _),) = note.media.items()
    assert f'src="{name}"' in note.field_map["Back"]
    parsed = parse("# D\n\n## A\n\n![x](media/m.png)\n", media={"media/m.png": METER})
    assert parsed.media == {name: METER}


def test_without_a_path_places_have_none() -> None:
    problems = parse("## A\n\nB\n\n## A\n\nC\n").problems
    assert list(map(str, problems)) == [
        '1:1: warning: no heading names the deck, so it is called "deck"; write "# Name of the '
        'deck" at the top',
        '5:4: note id "a" is already used at line 1; write an id of its own after the heading, or '
        "let ankibuild pin do it",
    ]
    (problem,) = parse("").problems
    assert str(problem).startswith("there are no notes here; write ")
    (problem,) = parse("", path=Path("a/b.md")).problems
    assert str(problem).startswith("a/b.md: there are no notes here; ")


def test_no_file_is_opened() -> None:
    code = (
        "import sys, ankibuild\n"
        f"text = {TEXT!r} + '![x](media/m.png)'\n"
        "def parse(): ankibuild.parse(text, path='nowhere/1.md', media={'media/m.png': b''})\n"
        "parse()\n"  # loads the code
        "def see(event, arguments):\n"
        "    if event in ('open', 'os.listdir', 'os.scandir', 'socket.connect'):\n"
        "        print(event, arguments[0])\n"
        "sys.addaudithook(see)\n"
        "parse()\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    opened = [
        line for line in result.stdout.splitlines() if "/ankibuild/anki/templates/" not in line
    ]
    assert opened == []
