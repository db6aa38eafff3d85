"""Each file of a package is on cards, or named by a problem, or on the list of the docs."""

import tempfile
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ankibuild
from tests.helpers.faults import GOOD_DECK
from tests.helpers.lives import FEW, FOUND, Fault, see_that_faults_can_be_made, see_that_lives_find
from tests.helpers.places import ROOT
from tests.helpers.trainer import SETTINGS

OWN = {"package.toml": SETTINGS, "1.md": GOOD_DECK}
PASSED_OVER = ("README.md", "CHANGELOG.md", "Thumbs.db", "desktop.ini")
DECK = "# Deck {n}\n\n## Question {n} {{#n-{n}}}\n\nAnswer {n}.\n"
TEXTS = {
    "an answer": DECK + "\nword{n}\n",
    "a question": DECK + "\n## word{n}? {{#word{n}}}\n\nA.\n",
    "a question in bold": DECK + "\n**word{n}?**\n\nA.\n",
    "a question too deep": DECK + "\n### word{n}?\n\nA.\n",
    "a question with Q": DECK + "\nQ: word{n}\nA: B\n",
    "a question in a quote": DECK + "\n> ## word{n}?\n",
    "only questions in bold": "**word{n}?**\n\nA.\n",
    "only questions too deep": "# Deck {n}\n\n### word{n}\n\nA.\n",
    "only questions with Q": "Q: word{n}\nA: B\n",
    "words": "word{n}\n",
    "nothing": "",
    "blank lines": " \n\n",
    "a style": ".word{n} {{ color: red; }}",
    "a conflict": DECK + "\n<<<<<<< HEAD\nword{n}\n=======\nB\n>>>>>>> other\n",
    "RTF": "{{\\rtf1 word{n}\\par}}",
}
# What is a deck that can be read comes more often: most faults hide in such.
ENCODINGS = (*["utf-8"] * 5, "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1")
FOLDERS = ("", "deeper/", "deeper/still/", "media/", "Pictures/", "note-types/", "note-types/a/")
STEMS = ("module-{n}", "Módulo {n}", "README {n}", ".hidden-{n}", "media-{n}", "package-{n}")
ENDINGS = (
    *[".md"] * 10,
    *("", ".MD", ".txt", ".md.txt", ".markdown", ".docx", ".rtf", ".png", ".css", ".toml"),
    *(".lock", ".json", ".md~", ".html", ".mp3"),
)
ODD = (
    "style.css",
    "package.lock",
    "README.txt",
    "LICENSE",
    "deeper/style.css",
    "note-types/README",
)


class File(NamedTuple):
    """A file of a package: its path, what it holds, by what word it is known, its encoding."""

    path: str
    form: str
    word: str
    encoding: str

    @property
    def data(self) -> bytes:
        """Return its bytes."""
        return TEXTS[self.form].format(n=self.word.removeprefix("word")).encode(self.encoding)

    @property
    def is_passed_over(self) -> bool:
        """Tell whether the docs say that nobody looks at it."""
        parts = self.path.split("/")
        return any(part.startswith(".") for part in parts) or parts[-1] in PASSED_OVER


@st.composite
def files(draw: st.DrawFn) -> list[File]:
    """Draw what stands in a folder beside a good deck."""
    found = {}
    for n in range(draw(st.integers(1, 4))):
        stem = st.sampled_from([each.format(n=n) for each in STEMS])
        name = st.one_of(
            st.builds("{}{}{}".format, st.sampled_from(FOLDERS), stem, st.sampled_from(ENDINGS)),
            st.sampled_from([*ODD, *PASSED_OVER, "deeper/README.md", ".git/x.md"]),
        )
        form = draw(st.sampled_from(sorted(TEXTS)))
        file = File(draw(name), form, f"word{n}", draw(st.sampled_from(ENCODINGS)))
        found[file.path] = file
    return list(found.values())


def see_folders(how: settings) -> None:
    """See in many folders that no file is lost."""
    how(given(files())(see_every_file))()


def see_every_file(drawn: list[File]) -> None:
    """See that each file is read or named, once those with errors were mended one after another."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "demo"
        waiting = {str(folder / file.path): file for file in drawn}
        contents = {path: text.encode() for path, text in OWN.items()}
        for place, data in (contents | {file.path: file.data for file in drawn}).items():
            target = folder / place
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        while wrong := {
            str(Path(each.path)) for each in ankibuild.check(folder) if each.severity == "error"
        }:
            assert wrong <= waiting.keys()
            for path in wrong:
                del waiting[path]
                Path(path).unlink()
        named = {str(Path(each.path)) for each in ankibuild.check(folder)}
        notes = ankibuild.load(folder).notes
    for path, file in waiting.items():
        if not (file.is_passed_over or path in named or file.path == "style.css"):
            places = [note.fields[:1] if "question" in file.form else note.fields for note in notes]
            assert any(file.word in field for fields in places for field in fields), file
            assert file.form != "a conflict", file


BROKEN: dict[str, Fault] = {
    "a file that is no deck is passed over": (
        "core/files.py",
        "problems.append(_unread_file(path, folder))",
        "pass",
    ),
    "all that begins like README is passed over": (
        "core/files.py",
        "or path.name.lower() in NOT_DECKS or folder",
        'or path.name.startswith("README") or folder',
    ),
    "a deck without notes is passed over": (
        "commands/loading.py",
        "problems += _find_empty_decks(source, problems)",
        "pass",
    ),
    "questions in bold are text": (
        "dialect/slips.py",
        "elif (match := _BOLD.match(line))",
        "elif ((match := None))",
    ),
    "deeper questions are text": (
        "dialect/slips.py",
        "if match := _HEADING.match(line):",
        "if match := None:",
    ),
    "questions with Q are text": (
        "dialect/slips.py",
        "elif match := _ASKED.match(line):",
        "elif match := None:",
    ),
    "a conflict is text": (
        "dialect/source.py",
        "if find_unmerged(self.lines, self.report):",
        "if False:",
    ),
}
"""Faults that must be found: a module, what stands in it, and what is put in its place."""


def test_every_file_is_read_or_named() -> None:
    see_folders(settings(FEW, max_examples=25))


def test_the_list_of_what_is_passed_over_is_that_of_the_docs() -> None:
    text = (ROOT / "docs/dialect.md").read_text("utf-8")
    passage = text.partition("ankibuild ignores ")[2].partition("`check`")[0]
    assert all(f"`{name}`" in passage for name in PASSED_OVER)


def test_the_faults_that_must_be_found_can_still_be_made() -> None:
    see_that_faults_can_be_made(BROKEN.values())


@pytest.mark.slow
def test_many_folders_hide_no_file() -> None:
    see_folders(settings(FOUND, max_examples=300))


@pytest.mark.slow
@pytest.mark.parametrize("fault", BROKEN)
def test_a_file_that_is_lost_is_found(tmp_path: Path, fault: str) -> None:
    lives = (
        "from tests.helpers.lives import FOUND;"
        "from tests.whole.test_every_file import see_folders; see_folders(FOUND)"
    )
    see_that_lives_find(BROKEN[fault], lives, tmp_path)
