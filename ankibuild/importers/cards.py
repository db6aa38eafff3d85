"""What every importer hands on: decks of cards, where they stood, the package made of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ankibuild.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A text in our Markdown, the lines that a learner is to see of it, and what is lost of it.

    ``faults`` are what ``check`` will say of it, when it is Markdown for another tool.
    """

    markdown: str = ""
    lines: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedCard:
    """A note as another file has it; ``question`` is one line of Markdown.

    ``line`` is its place in that file, from 1; ``doubt`` says why a trainer should look at it.
    """

    question: Passage
    answer: Passage
    extra: Passage = field(default_factory=Passage)
    hint: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()
    reversed: bool = False
    line: int = 0
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedDeck:
    """A deck's name, with ``::`` before that of a subdeck, and its cards; "" is named later."""

    name: str
    cards: tuple[ImportedCard, ...]
    description: Passage = field(default_factory=Passage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What was read of a file: the form that it was taken for, decks, pictures by file name."""

    form: str
    decks: tuple[ImportedDeck, ...]
    media: Mapping[str, bytes] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A package made of another file: its files, its decks as (name, cards), what to look at."""

    form: str
    paths: tuple[Path, ...]
    decks: tuple[tuple[str, int], ...]
    warnings: tuple[Problem, ...]
