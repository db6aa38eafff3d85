"""Feed readers with what coverage shows to be new: ``python -m tests.fuzz TARGET SECONDS``.

What follows goes to libFuzzer, such as ``-seed=1``. A fault ends the run with exit code 77, and
leaves the input beside it as ``crash-…``. It needs atheris, which is not for every system:
``pip install -e ".[test,fuzz]"``.
"""

import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path, PurePath

import atheris

with atheris.instrument_imports(include=["ankibuild"]):
    from ankibuild.commands.notes import make_note
    from ankibuild.core.problems import AnkibuildError, has_errors
    from ankibuild.core.settings import lone_settings
    from ankibuild.dialect import fields, markdown
    from ankibuild.dialect.source import parse_file
    from ankibuild.importers.html import markdown_of
    from ankibuild.importers.importing import import_deck
    from tests.helpers.places import CASES

SETTINGS = lone_settings(PurePath("deck.md"))


def read_source(data: bytes) -> None:
    """Read a Markdown file: notes come of it or problems, and no card that nobody wrote.

    What is written at sight is what the parser writes.
    """
    parsed = parse_file("deck.md", data.decode("utf-8", "replace"), stem="deck")
    for source in parsed.deck.notes:
        note, problems = make_note(source, SETTINGS, {}, {})
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


TARGETS: dict[str, Callable[[bytes], None]] = {
    "source": read_source,
    "html": read_html,
    "text": read_file(".txt"),
    "table": read_file(".csv"),
    "headings": read_file(".md"),
    "package": read_file(".apkg"),
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
