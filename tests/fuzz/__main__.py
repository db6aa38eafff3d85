"""Feed readers with what coverage shows to be new: ``python -m tests.fuzz TARGET SECONDS``.

What follows goes to libFuzzer, such as ``-seed=1``. A fault ends the run with exit code 77, and
leaves the input beside it as ``crash-…``. It needs atheris, which is not for every system:
``pip install -e ".[test,fuzz]"``.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path, PurePath

import atheris

with atheris.instrument_imports(include=["ankibuild"]):
    from ankibuild.commands import renders
    from ankibuild.commands.building import build
    from ankibuild.commands.diffing import describe_as_markdown
    from ankibuild.commands.loading import find_headings, load, make_decks, read_all, read_sources
    from ankibuild.commands.notes import make_note
    from ankibuild.core.problems import AnkibuildError, Fragment, has_errors
    from ankibuild.core.settings import lone_settings
    from ankibuild.core.text import plain_text
    from ankibuild.dialect import fields, markdown
    from ankibuild.dialect.math import formula_fault
    from ankibuild.dialect.source import parse_file
    from ankibuild.importers.html import markdown_of
    from ankibuild.importers.importing import import_deck
    from ankibuild.releases.changes import compare
    from ankibuild.releases.differences import compare_words
    from tests.fuzz.mutations import (
        Pick,
        draw_notes,
        edit_notes,
        mutate_lock,
        mutate_package,
        write_folder,
        write_settings,
    )
    from tests.helpers.authors import NOTES, add_note, export_deck
    from tests.helpers.learner import Learner
    from tests.helpers.mathjax import MathJax, mathjax
    from tests.helpers.places import CASES, ROOT

SETTINGS = lone_settings(PurePath("deck.md"))


def read_source(data: bytes) -> None:
    """Read a Markdown file: notes come of it or problems, and no card that nobody wrote.

    What is written at sight is what the parser writes.
    """
    parsed = parse_file("deck.md", data.decode("utf-8", "replace"), stem="deck")
    for source in parsed.deck.notes:
        note, problems, _ = make_note(source, SETTINGS, {}, {})
        if not has_errors([*parsed.problems, *problems]) and not note.note_type.is_cloze:
            assert note.ordinals == ((0, 1) if source.reversed else (0,)), note
        for part in (source.heading, source.body, source.extra):
            assert fields.render_block(part) == markdown.render_block(part, {}), part
            assert fields.render_inline(part) == markdown.render_inline(part, {}), part


def read_html(data: bytes) -> None:
    """Turn HTML into Markdown."""
    markdown_of(data.decode("utf-8", "replace"))


def read_file(suffix: str) -> Callable[[bytes], None]:
    """Return what imports a file of that kind, and takes its refusal for an answer."""
    folder = Path(tempfile.mkdtemp(prefix="ankibuild-fuzz-"))

    def read(data: bytes) -> None:
        path = folder / f"input{suffix}"
        path.write_bytes(data)
        with suppress(AnkibuildError):
            import_deck(path, folder / "package", time=1_800_000_000, dry_run=True)

    return read


_read_apkg = read_file(".apkg")


def picker(data: bytes) -> Pick:
    """Return what takes the values that the bytes say."""
    provider = atheris.FuzzedDataProvider(data)
    return lambda values: values[provider.ConsumeIntInRange(0, len(values) - 1)]


@cache
def _adopted() -> bytes:
    """Return the file of a deck that was made in Anki."""
    folder = Path(tempfile.mkdtemp(prefix="ankibuild-fuzz-"))
    with Learner.at(folder / "author") as author:
        for note in NOTES:
            if "<img" not in "".join(note[4]):
                add_note(author, *note)
        return export_deck(author, folder / "spanish.apkg").read_bytes()


def read_changed_package(data: bytes) -> None:
    """Import a package of Anki's own with a few things changed in it."""
    _read_apkg(mutate_package(_adopted(), picker(data)))


_LOCK = next(ROOT.glob("content/*/package.lock"))
_LOCK_TEXT = _LOCK.read_text("utf-8")


@cache
def _note_type() -> dict[str, str]:
    """Return the files of a note type of Anki's, and its record in the form of old."""
    folder = Path(tempfile.mkdtemp(prefix="ankibuild-fuzz-"))
    path = folder / "spanish.apkg"
    path.write_bytes(_adopted())
    import_deck(path, folder / "spanish", time=1_800_000_000)
    files = {
        f"note-types/n/{each.name}": each.read_text("utf-8")
        for each in sorted((folder / "spanish/note-types/basic").iterdir())
    }
    record = CASES / "released/headings/note-types/basic.json"
    return files | {"note-types/n.json": record.read_text("utf-8")}


def _use(folder: Path) -> None:
    """Do with a package what a trainer does, and take every refusal for an answer."""
    with suppress(AnkibuildError):
        package = load(folder)
        describe_as_markdown([(package, compare(package))])
        build(package, folder.parent / "dist", time=1_800_000_000)


def read_changed_lock(data: bytes) -> None:
    """Use the bundled deck with a lock that says other things, under the right checksum."""
    with tempfile.TemporaryDirectory(prefix="ankibuild-fuzz-") as name:
        folder = Path(name) / _LOCK.parent.name
        shutil.copytree(_LOCK.parent, folder)
        (folder / _LOCK.name).write_text(mutate_lock(_LOCK_TEXT, picker(data)), "utf-8")
        _use(folder)


def read_folder(data: bytes) -> None:
    """Use a package whose files are pieces of good and of bad ones."""
    with tempfile.TemporaryDirectory(prefix="ankibuild-fuzz-") as name:
        folder = Path(name) / "demo"
        folder.mkdir()
        write_folder(folder, _LOCK_TEXT, _note_type(), picker(data))
        _use(folder)


def read_renders(data: bytes) -> None:
    """Edit a package again and again: what is known of it is as what is made anew."""
    pick = picker(data)
    with tempfile.TemporaryDirectory(prefix="ankibuild-fuzz-") as name:
        os.environ[renders.CACHE_FOLDER] = f"{name}/cache"
        folder = Path(name) / "demo"
        folder.mkdir()
        write_settings(folder, "")
        decks = [draw_notes(pick) for _ in range(pick((1, 1, 2)))]
        for _ in range(3):
            edit_notes(folder, decks, pick)
            found = _see(folder)
            with renders.no_cache():
                assert found == _see(folder), decks


def _see(folder: Path) -> tuple[object, ...]:
    """Return what is made of a package, even where something is wrong with it."""
    store = renders.Renders(folder)
    source = read_sources(folder, store)
    made = make_decks(source, find_headings([source]), store)
    store.write()
    # Where a part is empty its place is of no use.
    parts = [
        [(each.text, each.text and each.line) for each in (note.body, note.extra)]
        for deck in source.decks
        for note in deck.notes
    ]
    packages, problems = read_all([folder])
    return parts, made, [(each.decks, each.note_types) for each in packages], problems


_OPEN = ExitStack()


@cache
def _page() -> MathJax:
    folder = Path(tempfile.mkdtemp(prefix="ankibuild-fuzz-"))
    return _OPEN.enter_context(mathjax(folder))


@cache
def _pieces() -> tuple[str, ...]:
    text = (ROOT / "ankibuild/dialect/tex.txt").read_text("utf-8")
    commands, environments = (each.split() for each in text.split("\n\n"))
    named = [f"\\{each}" for each in commands]
    named += [f"\\{mark}{{{each}}}" for each in environments for mark in ("begin", "end")]
    hostile = ("url(/heard)", "javascript:void(ran=1)", "style=", "href=", "position:fixed;")
    marks = (
        "{",
        "}",
        "[",
        "]",
        "{x}",
        "^",
        "_",
        "&",
        "\\\\",
        "%\n",
        "$",
        "#1",
        "'",
        '"',
        "<b>",
        " ",
    )
    return (*named, *hostile * 40, *marks * 40)


def read_formula(data: bytes) -> None:
    """Show formulas that pass in Anki's own MathJax: none runs or fetches anything."""
    pick = picker(data)
    formulas = ["".join(pick(_pieces()) for _ in range(pick(range(1, 12)))) for _ in range(20)]
    shown = [each for each in formulas if not formula_fault(each)]
    html = (f"<p>{markdown.render_block(_fragment(f'$${each}$$'), {}).html}</p>" for each in shown)
    found = _page().typeset("".join(html))
    assert not found["ran"], shown
    assert not found["fixed"], shown
    assert not _page().heard, shown
    assert not any(":" in each for each in found["links"]), shown


def _fragment(text: str) -> Fragment:
    return Fragment(path="", line=1, column=1, text=text)


def read_words(data: bytes) -> None:
    """Compare two texts: what is old and what is same makes the old one, and so the new one."""
    pick = picker(data)
    words = ("a", "b", " ", "c ", "<b>", "</b>", "&amp;", "\n", "한", "a b " * 10)
    old, new = ("".join(pick(words) for _ in range(pick(range(80)))) for _ in range(2))
    parts = compare_words(old, new)
    for kind, text in (("old", old), ("new", new)):
        said = "".join(words for each, words in parts if each in ("same", kind))
        if "…" not in said and plain_text(old) != plain_text(new):
            assert "".join(said.split()) == "".join(plain_text(text).split()), (old, new)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "source": read_source,
    "html": read_html,
    "text": read_file(".txt"),
    "table": read_file(".csv"),
    "headings": read_file(".md"),
    "package": _read_apkg,
    "apkg": read_changed_package,
    "lock": read_changed_lock,
    "folder": read_folder,
    "renders": read_renders,
    "formula": read_formula,
    "words": read_words,
}


def write_corpus(folder: Path) -> None:
    """Begin with what the test cases hold."""
    cases = [path for path in CASES.rglob("*") if path.suffix in (".md", ".txt", ".apkg", ".svg")]
    for number, path in enumerate(sorted(cases)):
        (folder / f"{number}").write_bytes(path.read_bytes())


if __name__ == "__main__":
    name, seconds, *more = sys.argv[1:]
    corpus = Path(tempfile.mkdtemp(prefix="ankibuild-fuzz-"))
    write_corpus(corpus)
    limits = [f"-max_total_time={seconds}", "-timeout=30", "-rss_limit_mb=3000", "-verbosity=0"]
    atheris.Setup([sys.argv[0], str(corpus), *limits, "-max_len=20000", *more], TARGETS[name])
    atheris.Fuzz()
