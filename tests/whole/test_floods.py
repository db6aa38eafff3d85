"""What is checked takes time and memory in proportion to its length, whatever stands in it."""

import json
import shutil
import time
from collections.abc import Callable

import pytest

import ankibuild
from ankibuild.commands.diffing import describe_as_text
from ankibuild.commands.loading import read_all
from ankibuild.core.problems import Problem
from ankibuild.preview.page import dump_data, make_data
from ankibuild.preview.view import read_view
from ankibuild.releases.changes import compare
from tests.helpers.demo import START, with_checksum
from tests.helpers.floods import Flood, all_floods, see_growth
from tests.helpers.note_types import record
from tests.helpers.system import peak_memory
from tests.helpers.trainer import SETTINGS, Trainer, copy_media

pytestmark = pytest.mark.slow

DECK = "# D\n\n## Q {#a}\n\nA\n"
HOMES = {
    "body": "# D\n\n## Q {#a}\n\n%s\n",
    "heading": "# D\n\n## %s\n\nA\n",
    "attributes": "# D\n\n## Q {#a %s}\n\nA\n",
    "deck-heading": "# %s\n\n## Q {#a}\n\nA\n",
    "description": "# D\n\n%s\n\n## Q {#a}\n\nA\n",
    "front-matter": "---\n%s\n---\n\n" + DECK,
    "filters": '# D\n\n## Q {#a note-type="n"}\n\n%s\n',
    "masks": "# D\n\n## Q {#a}\n\n```occlusion\n![A meter](media/meter.png)\n%s\n```\n",
}
"""Where a flood stands in a deck, by the way it comes in."""

OTHERS = ("settings", "style", "note-types", "lock")
SMALL = 2_000


def write_flood(trainer: Trainer, way: str, text: str) -> None:
    trainer.write_package(HOMES[way].replace("%s", text) if way in HOMES else DECK)
    copy_media("media/meter.png media/meter.svg", trainer.folder / "content/demo")
    if way == "settings":
        trainer.write("content/demo/package.toml", SETTINGS + text)
    elif way == "style":
        trainer.write("content/demo/style.css", text)
    elif way == "note-types":
        write_note_type(trainer, "{{F}}" + text, "{{B}}")
        trainer.write("content/demo/1.md", DECK.replace("{#a}", '{#a note-type="n"}'))
    elif way == "filters":
        write_note_type(trainer, "{{F}}", "{{furigana:B}}{{hint:B}}{{text:B}}{{kana:kanji:B}}")
    elif way == "lock":
        header = '{"format":2,"key":"0f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e","package":"demo"}\n'
        trainer.write("content/demo/package.lock", with_checksum(f"{header}{text}\n\n"))


def write_note_type(trainer: Trainer, front: str, back: str) -> None:
    whole = json.loads(record({}))
    whole["tmpls"][0] |= {"qfmt": front, "afmt": back}
    trainer.write("content/demo/note-types/n.json", json.dumps(whole))


def size_of(problems: tuple[Problem, ...]) -> int:
    return sum(len(str(problem)) for problem in problems)


def name_of(flood: Flood) -> str:
    return f"{flood.way}: {flood.title}"


GOOD = {
    "attributes": ".typed",
    "front-matter": "tags: [a]",
    "settings": "# a\n",
    "style": ".a {}",
    "note-types": "x",
    "masks": "a: 1, 1, 9, 9",
}


@pytest.mark.parametrize("way", [*HOMES, *GOOD])
def test_without_a_flood_nothing_is_wrong_where_it_stands(trainer: Trainer, way: str) -> None:
    write_flood(trainer, way, GOOD.get(way, "words"))
    assert trainer.run("check", "content").returncode == 0


@pytest.mark.parametrize("way", [*HOMES, *OTHERS])
def test_no_flood_ends_in_a_traceback_or_takes_much(trainer: Trainer, way: str) -> None:
    for flood in all_floods([way]):
        write_flood(trainer, way, flood.text(SMALL))
        started = time.process_time()
        result = trainer.run("check", "content")
        assert time.process_time() - started < 5, flood
        assert result.returncode in (0, 1), flood
    assert peak_memory() < 1_000_000_000


@pytest.mark.slow
@pytest.mark.parametrize("flood", all_floods([*HOMES, *OTHERS]), ids=name_of)
def test_a_flood_costs_what_its_length_says(trainer: Trainer, flood: Flood) -> None:
    folder = trainer.folder / "content/demo"

    def measure(_: int) -> int:
        view = read_view([folder])
        page = dump_data(make_data(view, is_live=False))
        return len(page) + size_of(view.problems)

    see_growth(
        (flood.way, flood.title),
        measure,
        prepare=lambda size: write_flood(trainer, flood.way, flood.text(size)),
    )


@pytest.mark.slow
def test_what_grows_with_the_square_of_its_length_is_found() -> None:
    with pytest.raises(AssertionError):
        see_growth("squared", lambda size: _count(size**2 // 50))
    see_growth("in proportion", lambda size: _count(size * 50))


def _count(many: int) -> int:
    return sum(1 for _ in range(many)) // many


COUNTS = (500, 2_000)


def write_renamed_pictures(trainer: Trainer, many: int) -> None:
    for number in range(many):
        trainer.write(f"content/demo/media/a picture of a meter, {number}.png", b"x")
    shown = "".join(f"![x](media/picture-of-a-meter-{number}.png)\n" for number in range(many))
    trainer.write_package(f"# D\n\n## Q {{#a}}\n\n{shown}")


def write_files(trainer: Trainer, many: int) -> None:
    trainer.write_package(*(f"# D{n}\n\n## Q{n} {{#n{n}}}\n\nA\n" for n in range(many)))


def write_words(trainer: Trainer, many: int) -> None:
    trainer.write_package(notes(many, "## \u8bcd\u8bed\n\n\u4f60\u597d {n}\n\n"))


def notes(many: int, form: str) -> str:
    return "# D\n\n" + "".join(form.replace("{n}", str(number)) for number in range(many))


@pytest.mark.slow
@pytest.mark.parametrize("write", [write_renamed_pictures, write_files, write_words])
def test_thousands_cost_what_their_number_says(
    trainer: Trainer, write: Callable[[Trainer, int], None]
) -> None:
    see_growth(
        write.__name__,
        lambda _: size_of(ankibuild.check(trainer.folder / "content")),
        COUNTS,
        lambda many: write(trainer, many),
    )


@pytest.mark.slow
@pytest.mark.parametrize("heading", ["\u8bcd\u8bed", "The same words", ""])
def test_pinning_thousands_of_notes_costs_what_their_number_says(
    trainer: Trainer, heading: str
) -> None:
    see_growth(
        heading,
        lambda _: len(ankibuild.pin(trainer.folder / "content")),
        COUNTS,
        lambda many: trainer.write_package(notes(many, f"## {heading}\n\nA {{n}}\n\n")),
    )


PUBLISHED = "## What is the rate of number {n}? {#n{n}}\n\nIt is the rate {n} of all.\n\n"
EDITS = {
    "the same": PUBLISHED,
    "other answers": PUBLISHED.replace("It is", "That is"),
    "other questions": PUBLISHED.replace("What is the rate of", "Name colours like"),
    "answers that went round": PUBLISHED.replace("rate {n} of all", "rate 1{n} of all"),
    "ids that went round": PUBLISHED.replace("{#n{n}}", "{#n1{n}}"),
    "one question": PUBLISHED.replace("of number {n}?", "?"),
    "one answer": PUBLISHED.replace("rate {n} of", "rate of"),
    "clozes": PUBLISHED.replace("rate {n}", "{{c1::rate {n}}}"),
    "one note": "## Q {#a}\n\nA\n\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("edit", EDITS)
def test_thousands_of_edits_cost_what_their_number_says(trainer: Trainer, edit: str) -> None:
    def write(many: int) -> None:
        for each in ("content", "dist"):
            shutil.rmtree(trainer.folder / each, ignore_errors=True)
        trainer.write_package(notes(many, PUBLISHED))
        trainer.release(START)
        trainer.write("content/demo/1.md", notes(many, EDITS[edit]))

    def measure(_: int) -> int:
        packages, problems = read_all([trainer.folder / "content"])
        changes = sum(len(describe_as_text(each, compare(each))) for each in packages)
        return changes + size_of(problems)

    see_growth(edit, measure, COUNTS, write)


CLOZES = {
    "other numbers": "{{c2::word {n}}} of ",
    "other words": "{{c1::thing {n}}} for ",
    "fewer clozes": "word {n} of ",
}


@pytest.mark.slow
@pytest.mark.parametrize("edit", CLOZES)
def test_thousands_of_edited_clozes_cost_what_their_number_says(
    trainer: Trainer, edit: str
) -> None:
    def deck(many: int, form: str) -> str:
        clozes = "".join(form.replace("{n}", str(number)) for number in range(many))
        return f"# D\n\n## Q {{#a}}\n\nA {{{{c3::x}}}} {clozes}\n"

    def write(many: int) -> None:
        for each in ("content", "dist"):
            shutil.rmtree(trainer.folder / each, ignore_errors=True)
        trainer.write_package(deck(many, "{{c1::word {n}}} of "))
        trainer.release(START)
        trainer.write("content/demo/1.md", deck(many, CLOZES[edit]))

    see_growth(edit, lambda _: size_of(ankibuild.check(trainer.folder / "content")), COUNTS, write)
