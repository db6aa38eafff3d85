"""A note that did not change is taken from the lock, and nothing else comes of it."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ankibuild
from ankibuild.anki.note_types import make_note_type
from ankibuild.commands.loading import read_sources
from ankibuild.commands.notes import keep_note, make_note
from ankibuild.core.notes import Note
from ankibuild.core.problems import Fragment, has_errors
from ankibuild.core.settings import lone_settings
from ankibuild.core.values import replace
from ankibuild.dialect.source import NoteSource
from ankibuild.releases.lock import LockedNote
from tests.helpers.examples import examples
from tests.helpers.places import CASES
from tests.helpers.trainer import Trainer

_SETTINGS = lone_settings(Path("a.md"))
_PIECES = (
    *("words", " ", "\n\n", "- item\n", "1. one\n", "> quote\n", "```\ncode\n```\n", "***\n"),
    *("| a |", "*82*", "> 5 kW", "``` a b\n", "1. one\n3. three\n", "C:\\a\\_b", "one\ntwo"),
    *("| a |", "\n|---|\n", "**b**", "*", "`c`", "~~s~~", "&nbsp;", "&#0;", "https://a.b", "a@b"),
    "!",
    *("{{c1::a}}", "{{c1,2::a}}", "{", "}}", "::", "$x$", "$5 more than six$", "$$", "\\(a\\)"),
    "\\",
    *("<b>", "</b>", "<div>", "<", ">", "<!-- c -->", "[a](b)", "![a](b)", "[ ] ", "[a]: b\n"),
    *("\\", "long " * 101, "    ", "\t", "\u200b", "#", "### Deeper\n"),
)
_TEXTS = st.lists(st.sampled_from(_PIECES), max_size=4).map("".join).map(str.strip)


def _fragment(text: str) -> Fragment:
    return Fragment(path="a.md", line=1, column=1, text=text)


def _lock(note: Note) -> LockedNote:
    return LockedNote(
        note_id=note.note_id,
        guid=note.guid,
        nid=1,
        kind=note.kind,
        deck="A",
        tags=note.tags,
        fields={name: html for name, html in note.field_map.items() if html},
        media={},
        source=note.source_hash,
        rendered="",
        added=1,
        changed=1,
    )


@settings(max_examples=examples(500), deadline=None)
@given(_TEXTS, _TEXTS, _TEXTS, st.booleans(), st.sampled_from(((), ("b", "a"))))
def test_what_is_kept_is_what_would_be_made_with_nothing_wrong_in_it(
    heading: str, body: str, extra: str, is_reversed: bool, tags: tuple[str, ...]
) -> None:
    source = NoteSource(
        heading=_fragment(f"Words {heading}".replace("\n", " ")),
        body=_fragment(f"Words {body}"),
        extra=_fragment(extra),
        note_id="a",
        pinned=True,
        reversed=is_reversed,
        typed=False,
        hint="",
        source="Handbook",
        guid="",
        note_type="",
        tags=tags,
    )
    made, problems = make_note(source, _SETTINGS, {}, {})
    if not has_errors(problems):  # What has errors is not in a lock.
        kept = keep_note(
            source, _SETTINGS, _lock(made), make_note_type("front-back", _SETTINGS, "")
        )
        assert kept is None or (replace(kept, as_published=False), ()) == (made, problems)


DECK = """\
# A

## Plain {#plain}

- One
- Two

## Formula {#formula}

$x$ is <span>shown</span>.

## Reversed {#reversed .reversed hint="a hint" tags="z y"}

Back

---

More

## Edited {#edited}

Before
"""


@pytest.fixture
def released(trainer: Trainer) -> Trainer:
    trainer.write_package(DECK)
    trainer.release(1_795_449_600)
    return trainer


def test_a_plain_note_is_kept_and_one_with_markup_is_not(released: Trainer) -> None:
    package = ankibuild.load(released.folder / "content/demo")
    note_type = make_note_type("front-back", package.settings, "")
    sources = read_sources(released.folder / "content/demo").decks[0].notes
    kept = {
        each.note_id: keep_note(each, package.settings, package.lock.notes[each.note_id], note_type)
        for each in sources
    }
    assert [note_id for note_id, note in kept.items() if note] == ["plain", "reversed", "edited"]


def test_a_note_that_had_another_guid_is_not_kept(released: Trainer) -> None:
    package = ankibuild.load(released.folder / "content/demo")
    note_type = make_note_type("front-back", package.settings, "")
    source = read_sources(released.folder / "content/demo").decks[0].notes[0]
    adopted = replace(package.lock.notes["plain"], guid="other")
    assert keep_note(source, package.settings, adopted, note_type) is None


def test_a_build_of_kept_notes_has_the_bytes_of_one_that_makes_all(released: Trainer) -> None:
    released.write_package(DECK.replace("Before", "After"))
    result = released.run("build", "-o", "quick", SOURCE_DATE_EPOCH="1795600000")
    assert result.returncode == 0, result.stderr
    package = ankibuild.load(released.folder / "content/demo")
    built = ankibuild.build(package, released.folder / "whole", time=1_795_600_000)
    assert built.version == "1.0.1-dev"
    path = released.folder / "quick" / built.path.name
    assert path.read_bytes() == built.path.read_bytes()


def test_a_warning_about_an_unchanged_note_is_said_again(released: Trainer) -> None:
    released.write_package(DECK.replace("Before", "After"))
    assert '<span>" is shown as text' in released.run("build").stderr


@pytest.mark.parametrize(("length", "is_long"), [(500, False), (501, True)])
@pytest.mark.parametrize("start", ["", "**A** "], ids=["plain", "markup"])
def test_an_answer_of_more_than_500_characters_is_warned_of(
    trainer: Trainer, start: str, length: int, *, is_long: bool
) -> None:
    words = "a" * (length - len(start.replace("*", "")))
    trainer.write_package(f"# A\n\n## B {{#b}}\n\n{start}{words}\n")
    said = f"the answer has {length} characters" in trainer.run("check").told
    assert said == is_long


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ('title = "Headings"', 'title = "Headings"\ntags = ["all"]'),
        ("answer.", "answer, or more."),
        ("first.", "at first."),
        ("c2::more", "c2::much more"),
    ],
)
def test_headings_that_were_published_as_such_stay_headings(
    trainer: Trainer, old: str, new: str
) -> None:
    """In a note type of two fields a heading is its field's only where it was not published."""
    home = trainer.folder / "content/headings"
    shutil.copytree(CASES / "released/headings", home)
    before = {note.note_id: note.field_map for note in ankibuild.load(home).notes}
    assert trainer.run("diff").stdout == "headings 1.0.0: nothing to release\n"
    for name in ("package.toml", "headings.md"):
        text = (home / name).read_text("utf-8")
        (home / name).write_text(text.replace(old, new) if old else text, "utf-8")
    after = {note.note_id: note.field_map for note in ankibuild.load(home).notes}
    assert repr(after) == (repr(before).replace(old, new) if old else repr(before))


def test_headings_of_a_converted_note_type_stay_headings_too(trainer: Trainer) -> None:
    shutil.copytree(CASES / "released/headings", trainer.folder / "content/headings")
    result = trainer.run("convert")
    assert result.returncode == 0, result.told
    assert trainer.run("diff").stdout == "headings 1.0.0: nothing to release\n"
