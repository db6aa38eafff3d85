"""A folder of releases after some months: five packages in three languages, ten versions."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bs4 import BeautifulSoup, Tag

from ankibuild.core.languages import words_in
from ankibuild.releases.telling import KINDS
from tests.helpers.demo import DAY, START
from tests.helpers.trainer import Trainer


class Sample(NamedTuple):
    """A package: what its settings say, what its decks are called, what it asks and answers."""

    id: str
    title: str
    decks: tuple[str, str]
    question: str
    answer: str
    words: tuple[str, str, str]
    settings: str = ""


SAMPLES = (
    Sample(
        "tier-1",
        "Tier 1: billing",
        ("Meters", "Meters and tariffs"),
        "What does rule {} say?",
        "It counts {} and nothing else.",
        ("energy", "kilowatt-hours", "<hours> & days"),
        'description = "What every agent knows."\nauthors = ["Kim", "Ada"]\nlicense = "CC0-1.0"\n'
        'language = "en"\n',
    ),
    Sample(
        "abrechnung",
        "Abrechnung für Anfänger",
        ("Zähler", "Zähler und Tarife"),
        "Was sagt Regel {}?",
        "Gezählt wird {}, sonst nichts.",
        ("Energie", "die Kilowattstunde", "der Tag"),
        'description = "Für den ersten Monat."\nlanguage = "de"\n',
    ),
    Sample(
        "fawatir",
        "أساسيات الفوترة",
        ("العدّادات", "العدّادات والتعرفة"),
        "ماذا تقول القاعدة {}؟",
        "يقيس العدّاد {} فقط.",
        ("الطاقة", "الكيلوواط ساعة", "الأيام"),
        'description = "لكل موظف جديد."\nauthors = ["ليلى"]\nlanguage = "ar"\n',
    ),
    Sample("plain", "Plain", ("One", "Two"), "Q {}", "An answer of {}.", ("a", "b", "c")),
    Sample(
        "safety", "Safety", ("At work", "On site"), "Sign {}?", "It warns of {}.", ("x", "y", "z")
    ),
)
VERSIONS = (
    *("1.0.0", "1.0.1", "1.0.2", "1.1.0", "1.1.1"),
    *("2.0.0", "2.1.0", "3.0.0", "3.0.1", "3.1.0"),
)


class _State(NamedTuple):
    """What a version holds: the number of a word for each note, its deck, what is retired."""

    notes: dict[str, int]
    deck: int = 0
    retired: tuple[str, ...] = ()
    restamp: tuple[str, ...] = ()


def _states() -> Iterator[_State]:
    base = {"one": 0, "two": 0, "three": 0, "four": 0}
    yield _State(base)
    yield _State(base | {"one": 1})
    yield _State(base | {"one": 2, "two": 1})
    yield _State(base | {"one": 2, "two": 1, "five": 0})
    yield _State(base | {"one": 2, "two": 1, "five": 1})
    del base["three"]
    yield _State(base | {"one": 2, "two": 1}, 0, ("three", "five"), ("four",))
    yield _State(base | {"one": 2, "two": 1, "three": 2}, 0, ("five",))
    yield _State(base | {"one": 2, "two": 1, "three": 2}, 1, ("five",))
    # What it said at first.
    yield _State(base | {"one": 0, "two": 1, "three": 2}, 1, ("five",))
    yield _State(base | {"one": 0, "two": 2, "three": 2, "six": 1}, 1, ("five",))


def publish(trainer: Trainer, sample: Sample, start: int = START) -> None:
    """Publish the ten versions of a package, one a week."""
    number = SAMPLES.index(sample)
    settings = (
        f'id = "{sample.id}"\nkey = "{number}f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e"\n'
        f'title = "{sample.title}"\n{sample.settings}'
    )
    folder = f"content/{sample.id}"
    for week, state in enumerate(_states()):
        retired = ", ".join(f'"{each}"' for each in state.retired)
        trainer.write(f"{folder}/package.toml", f"{settings}retired = [{retired}]\n")
        notes = (
            f"## {sample.question.format(note_id)} {{#{note_id}}}\n\n"
            f"{sample.answer.format(sample.words[word])}\n"
            for note_id, word in state.notes.items()
        )
        deck = f"# {sample.decks[state.deck]}\n"
        trainer.write(f"{folder}/1.md", "\n".join([deck, *notes]).replace("<", "\\<"))
        restamp = (word for each in state.restamp for word in ("--restamp", each))
        trainer.release(start + 7 * week * DAY, *restamp, folder)


class Shown(NamedTuple):
    """What a page says that an import brings to a version: names of notes, words by name.

    ``words`` are the old and the new ones of each field.
    """

    new: list[str]
    changed: list[str]
    again: list[str]
    deck: list[str]
    retired: list[str]
    words: dict[str, dict[str, tuple[str, str]]]
    search: str


def read_news(page: Path, anchor: str) -> Shown:
    """Return what a page shows at an anchor."""
    section = BeautifulSoup(page.read_text("utf-8"), "html.parser").find(id=anchor)
    assert isinstance(section, Tag)
    lists: dict[str, list[str]] = {}
    words: dict[str, dict[str, tuple[str, str]]] = {}
    for heading in section.find_all("h5"):
        found = heading.find_next_sibling("ul")
        assert isinstance(found, Tag)
        names = lists[heading.text] = []
        for item in found.find_all("li", recursive=False):
            (name,) = item.find_all("bdi", recursive=False)
            names.append(re.sub("[\u2068\u2069]", "", name.text))
            for line in item.select("ul > li"):
                if line.select("bdi > del, bdi > ins"):
                    field, sentence = line.find_all("bdi", recursive=False)
                    sides = without(sentence, "ins"), without(sentence, "del")
                    words.setdefault(name.text, {})[field.text] = sides
    search = section.code.text if section.code else ""
    by_kind = {kind: lists.get(words_in("en")[f"heading-{kind}"], []) for kind in KINDS}
    return Shown(words=words, search=search, **by_kind)


def without(sentence: Tag, name: str) -> str:
    """Return a text but for what elements of a name hold."""
    texts = (each for each in sentence.strings if each.parent and each.parent.name != name)
    return "".join(texts)
