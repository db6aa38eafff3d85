"""Notes that were made once are as those made anew, whatever happens in between."""

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ankibuild
from ankibuild.commands import making, notes, renders
from ankibuild.commands.loading import Made, find_headings, make_decks, read_sources
from ankibuild.commands.notes import MadeNote
from ankibuild.core.problems import Problem
from ankibuild.core.values import replace
from ankibuild.dialect.source import NoteSource
from tests.helpers.examples import examples
from tests.helpers.images import make_png
from tests.helpers.trainer import SETTINGS, Trainer

_PIECES = (
    *(
        "words",
        "a *b* `c`",
        "two\nlines",
        "- item\n- item",
        "1. one\n3. three",
        "> quote",
        "> 5 kW",
    ),
    *("{{c1::a}} and b", "{{c1::a", "$x$ and $5 more than six$", "$$\nx\n$$", "$$", "$$ x", "x $$"),
    *("```python\n# one\n## two {#two}\n```", "```\ncode", "~~~\n## x\n~~~", "- ```\n  code"),
    *("| a |\n|---|\n| b |", "| a | b |", "[a](b)", "[a]", "[a]: https://a.b", "<b>b</b>", "<div>"),
    *("![a](media/a.png)", "![](media/a.png)", "![a](media/b.png)", "![[a.png]]"),
    *("```occlusion\n![a](media/a.png)\nx: 1, 2, 30, 40\n```", "---", "---\n\nmore", "- - -"),
    *("**Why?**", "Q: Why?\nA: So", "### Why?", "### Front", "#Why", " ## Indented {#in}"),
    *("> " * 60 + "deep", "C:\\a\\_b", "*82*", "long " * 101, "\x07", "<<<<<<< a", "\u200b"),
)
_HEADINGS = (
    *("What", "What {#a}", "What *now*? {#b .reversed}", "Why {#c .typed hint=h tags=t}"),
    *("", "Where (#d)", "{{c1::x}} {#e}", "A [link](b) & more {#f}", "$x$ {#g} #"),
    *('Own {#h note-type="own"}', 'Old {#i guid="x%2Fy" note-type=own}', "![a](media/a.png) {#j}"),
)
_NOTES = st.builds(
    lambda heading, body: f"## {heading}\n\n" + "\n\n".join(body) + "\n",
    st.sampled_from(_HEADINGS),
    st.lists(st.sampled_from(_PIECES), max_size=3),
)
_STARTS = st.sampled_from(
    (
        *(
            "# Deck\n\n",
            "",
            "# Deck\n\n```\nopen\n\n",
            "text\n\n# Deck\n\n",
            "---\ntags: [x]\n---\n",
        ),
        *("---\nnote-type: own\n---\n# Deck\n\n", "# Deck\n\n$$\n\n", "# Deck\n\n- - -\n\n"),
    )
)
_FILES = st.builds(lambda start, notes: start + "\n".join(notes), _STARTS, st.lists(_NOTES))
_OWN = """\
name = "Own"
kind = "front-back"
fields = ["Front", "Back"]
templates = ["One"]
"""


def _see(home: Path) -> Made:
    """Return all that is made of a package, the notes with errors too."""
    kept = renders.Renders(home)
    source = read_sources(home, kept)
    made = make_decks(source, find_headings([source]), kept)
    kept.write()
    return made


def _see_anew(home: Path) -> Made:
    with renders.no_cache():
        return _see(home)


def _edit(draw: st.DrawFn, home: Path, decks: list[str]) -> None:
    """Change something in a package, as its author would; most of it stays."""
    place = draw(st.integers(0, len(decks)))
    kind = draw(st.sampled_from(("file", "note", "swap", "away", "media", "style", "settings")))
    notes = decks[place - 1].split("\n## ") if decks else []
    if kind == "file" or not decks:
        decks.insert(place, draw(_FILES))
    elif kind == "note":
        notes.insert(draw(st.integers(1, len(notes))), draw(_NOTES).removeprefix("## "))
        decks[place - 1] = "\n## ".join(notes)
    elif kind == "swap":
        decks[place - 1] = "\n## ".join([*notes[:1], *draw(st.permutations(notes[1:]))])
    elif kind == "away":
        decks[place - 1] = "\n## ".join(notes[:-1])
    elif kind == "media":
        path = home / "media" / draw(st.sampled_from(("a.png", "b.png")))
        if path.exists() and draw(st.booleans()):
            path.unlink()
        else:
            path.write_bytes(make_png(draw(st.integers(1, 2))))
    elif kind == "style":
        (home / "style.css").write_text(draw(st.sampled_from((".card {}", "b {}"))), "utf-8")
    else:
        more = draw(st.sampled_from(("", 'tags = ["all"]', 'language = "de"', 'note-type = "own"')))
        (home / "package.toml").write_text(f"{SETTINGS}{more}\n", "utf-8")
    for number in range(9):
        (home / f"{number}.md").unlink(missing_ok=True)
    for number, text in enumerate(decks[:9]):
        (home / f"{number}.md").write_text(text, "utf-8")


@contextmanager
def _version(number: int) -> Iterator[None]:
    """Write notes as another version does: the same text makes other HTML."""
    make = notes.make_note

    def make_otherwise(source: NoteSource, *more: Any) -> MadeNote:
        made = make(source, *more)
        fields = [f"{each}<!-- {number} -->" for each in made.note.fields]
        return made._replace(note=replace(made.note, fields=tuple(fields)))

    with (
        patch.object(making, "make_note", make_otherwise),
        patch.object(renders, "_made_by", lambda: str(number)),
    ):
        yield


def _damage(home: Path, place: int) -> None:
    """Change a byte of what is kept of a package, if anything is."""
    path = renders._path_of(home.absolute())
    if path.exists():
        data = bytearray(path.read_bytes())
        data[place % len(data)] ^= 1
        path.write_bytes(data)


@pytest.mark.slow
@settings(max_examples=examples(300), deadline=None)
@given(st.data())
def test_what_is_known_is_as_what_is_made_anew(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        # No other package is beside it.
        home = Path(folder) / "demo"
        home.mkdir()
        (home / "package.toml").write_text(SETTINGS, "utf-8")
        own = home / "note-types/own"
        own.mkdir(parents=True)
        (own / "note-type.toml").write_text(_OWN, "utf-8")
        (own / "one-front.html").write_text("{{Front}}", "utf-8")
        (own / "one-back.html").write_text("{{FrontSide}}{{Back}}", "utf-8")
        (home / "media").mkdir()
        (home / "media/a.png").write_bytes(make_png(1))
        decks = ["# Good\n\n## Good {#good}\n\n![a](media/a.png)\n\n## Better {#better}\n\n*b*\n"]
        for _ in range(data.draw(st.integers(2, 5))):
            data.draw(st.composite(lambda draw: _edit(draw, home, decks))())
            if data.draw(st.integers(0, 4)) == 0:
                _damage(home, data.draw(st.integers(0, 10_000)))
            with _version(data.draw(st.sampled_from((1, 2)))):
                assert _see(home) == _see_anew(home)


def _see_after(deck: Trainer, old: str, new: str) -> tuple[Problem, ...]:
    """Edit the first file of a deck that is known, and return what is wrong with it."""
    home = deck.folder / "content/demo"
    text = (home / "1.md").read_text("utf-8")
    assert old in text
    (home / "1.md").write_text(text.replace(old, new), "utf-8")
    found = _see(home)
    assert found == _see_anew(home)
    return found.problems


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list that gets the ids of the notes that are made anew."""
    ids: list[str] = []
    make = notes.make_note

    def make_and_tell(source: NoteSource, *more: Any) -> MadeNote:
        ids.append(source.note_id)
        return make(source, *more)

    monkeypatch.setattr(making, "make_note", make_and_tell)
    return ids


DECK = """\
# A

## Plain {#plain}

- One
- Two

## Formula {#formula}

$x$ is <span>shown</span>.

## Picture {#picture}

![a meter](media/a.png)

## Edited {#edited .reversed}

Before
"""


@pytest.fixture
def deck(trainer: Trainer) -> Trainer:
    """Return a trainer whose notes were made once."""
    trainer.write_package(DECK)
    trainer.write("content/demo/media/a.png", make_png(2))
    assert trainer.run("check").returncode == 0
    return trainer


def test_only_what_changed_is_made_anew(deck: Trainer, made: list[str]) -> None:
    deck.run("build")
    assert made == []
    deck.write_package(DECK.replace("Before", "After"))
    deck.run("build")
    assert made == ["edited"]


def test_a_note_may_stand_anywhere(deck: Trainer, made: list[str]) -> None:
    _, plain, *more = DECK.split("## ")
    deck.write_package(f"# Z\n\nMore.\n\n## {'## '.join(more)}", f"# B\n\n\n\n## {plain}")
    deck.run("build")
    assert made == []


@pytest.mark.parametrize("command", ["build", "check", "diff", "release", "rehearse"])
def test_each_command_takes_what_is_known(deck: Trainer, made: list[str], command: str) -> None:
    deck.run(command)
    assert made == []


@pytest.mark.parametrize("command", ["build", "check", "diff", "release", "rehearse"])
def test_without_a_cache_each_command_makes_all(
    deck: Trainer, made: list[str], command: str
) -> None:
    deck.run(command, "--no-cache")
    assert made == ["plain", "formula", "picture", "edited"]


def test_a_warning_about_a_note_is_said_again_where_it_stands_now(
    deck: Trainer, made: list[str]
) -> None:
    assert '1.md:10:8: warning: the HTML "<span>"' in deck.run("check").told
    deck.write_package(DECK.replace("# A\n", "# A\n\nWords\n\n"))
    assert '1.md:13:8: warning: the HTML "<span>"' in deck.run("check").told
    assert made == []


def test_a_note_whose_picture_is_gone_or_another_is_made_anew(
    deck: Trainer, made: list[str]
) -> None:
    (deck.folder / "content/demo/media/a.png").rename(deck.folder / "content/demo/media/b.png")
    assert 'did you mean "media/b.png"?' in deck.run("check").told
    deck.write("content/demo/media/a.png", make_png(3))
    assert deck.run("build").returncode == 0
    assert made == ["picture", "picture"]


def test_what_has_an_error_is_said_until_it_is_mended(deck: Trainer, made: list[str]) -> None:
    deck.write_package(DECK.replace("Before", "{{c1::Before"))
    told = [deck.run("check").told for _ in range(2)]
    assert told[0] == told[1]
    assert "unclosed" in told[0] or "not closed" in told[0]
    assert made == ["edited", "edited"]


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("# A\n", "---\ntags: [new]\n---\n# A\n", ["plain", "formula", "picture", "edited"]),
        ("## Formula", "```\n\n## Formula", ["plain"]),
        ("- One\n- Two", "$$", ["plain"]),
    ],
)
def test_what_reaches_beyond_a_note_makes_the_others_anew(
    deck: Trainer, made: list[str], old: str, new: str, again: list[str]
) -> None:
    deck.write_package(DECK.replace(old, new) + "\n## Open {#open}\n\nx $$\n")
    deck.run("check")
    assert [each for each in made if each != "open"] == again
    assert _see(deck.folder / "content/demo") == _see_anew(deck.folder / "content/demo")


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u3000"])
def test_blanks_that_end_an_answer_belong_to_it(deck: Trainer, blank: str) -> None:
    _see_after(deck, "Before\n", f"Before{blank}\n")


@pytest.mark.parametrize("last", ["    ```", "> ```"])
def test_a_fence_that_seems_closed_at_the_end_of_its_file_is_not(deck: Trainer, last: str) -> None:
    deck.write_package(DECK + f"\n```\ncode\n{last}\n")
    deck.run("check")
    _see_after(deck, f"{last}\n", f"{last}\n\n## More {{#more}}\n\nx\n")


def test_what_an_open_fence_kept_from_being_looked_at_is_looked_at(deck: Trainer) -> None:
    deck.write_package(DECK.replace("- One", "- ```\n  One").replace("Before", "Yes.\n\n**Why?**"))
    assert deck.run("check").told.count("not closed") == 1
    problems = _see_after(deck, "- ```\n  One", "- One")
    assert [each.rule for each in problems if each.rule == "question-as-text"]


@pytest.mark.parametrize("first", ["\u00a0", "[a]: https://a.b"])
def test_what_stands_first_in_a_file_is_told_of(deck: Trainer, first: str) -> None:
    deck.write_package(DECK.replace("# A\n\n", f"{first}\n\n", 1) + "\n# A\n")
    lines = [each.line for each in _see_after(deck, "", "") if each.rule == "misplaced-text"]
    assert lines == [1 if first == "\u00a0" else 3]


def test_a_tag_for_all_notes_makes_all_anew_and_a_style_none(
    deck: Trainer, made: list[str]
) -> None:
    deck.write("content/demo/style.css", ".card { color: navy; }")
    deck.write("content/demo/package.toml", f'{SETTINGS}description = "More"\n')
    assert deck.run("build").returncode == 0
    assert made == []
    deck.write("content/demo/package.toml", f'{SETTINGS}tags = ["all"]\n')
    assert deck.run("build").returncode == 0
    assert len(made) == 4


@pytest.fixture
def many(trainer: Trainer, monkeypatch: pytest.MonkeyPatch) -> Trainer:
    """Return a trainer whose few notes are as many as several processes are for."""
    monkeypatch.setattr(making, "_MANY", 10)
    monkeypatch.setattr(making, "_CHUNK", 3)
    notes = (
        f"## Question {n} {{#n-{n}}}\n\n{{{{c{n}::Answer}}}} <div> {n}\n" for n in range(1, 41)
    )
    trainer.write_package("# A\n\n" + "\n".join(notes))
    return trainer


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is one process")
def test_many_processes_make_what_one_makes(many: Trainer, made: list[str]) -> None:
    home = many.folder / "content/demo"
    found = _see_anew(home)
    assert made == []
    making._MANY = 1_000
    assert _see_anew(home) == found
    assert len(made) == 40


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is one process")
def test_what_a_killed_process_leaves_undone_is_made_here(
    many: Trainer, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = os.getpid()
    make = making._make

    def make_or_die(source: NoteSource, recipe: making.Recipe) -> renders.Render:
        if source.note_id == "n-20" and os.getpid() != own:
            os.kill(os.getpid(), signal.SIGKILL)
        return make(source, recipe)

    monkeypatch.setattr(making, "_make", make_or_die)
    package = ankibuild.load(many.folder / "content/demo")
    assert [note.note_id for note in package.notes] == [f"n-{n}" for n in range(1, 41)]
    assert "n-20" in made


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is one process")
def test_whoever_interrupts_waits_for_no_process(
    many: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = making._make

    def make_or_sleep(source: NoteSource, recipe: making.Recipe) -> renders.Render:
        if int(source.note_id[2:]) > 3:
            time.sleep(100)
        return make(source, recipe)

    def interrupt(done: int, _: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(making, "_make", make_or_sleep)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        ankibuild.check(many.folder / "content/demo", interrupt)
    assert time.monotonic() - began < 50
    assert multiprocessing.active_children() == []


def test_beside_other_threads_there_is_one_process(many: Trainer, made: list[str]) -> None:
    over = threading.Event()
    other = threading.Thread(target=over.wait)
    other.start()
    try:
        ankibuild.load(many.folder / "content/demo")
    finally:
        over.set()
        other.join()
    assert len(made) == 40
