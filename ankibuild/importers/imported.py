"""What every importer hands on: decks of cards, where they stood, the package made of them."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from ankibuild.core.names import mend_tag
from ankibuild.core.problems import Problem
from ankibuild.core.values import Struct, field
from ankibuild.importers.reading import split_text

Line = tuple[int, str]
"""The number of a line of a file, from 1, or 0 where it has none; and its words."""


class Passage(Struct, frozen=True, kw_only=True):
    """A text in our Markdown, the lines that a learner is to see of it, and what is lost of it.

    ``faults`` are what ``check`` will say of it, when it is Markdown for another tool.
    """

    markdown: str = ""
    lines: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def join_passages(passages: Iterable[Passage]) -> Passage:
    """Return one passage of several, with an empty line between them."""
    found = [each for each in passages if each.markdown]
    return Passage(
        markdown="\n\n".join(each.markdown for each in found),
        lines=tuple(line for each in found for line in each.lines),
        lost=tuple(dict.fromkeys(lost for each in found for lost in each.lost)),
        faults=tuple(dict.fromkeys(fault for each in found for fault in each.faults)),
    )


class ImportedCard(Struct, frozen=True, kw_only=True):
    """A note as another file has it; ``question`` is one line of Markdown.

    ``line`` is its place in that file, from 1; ``doubt`` says why a trainer should look at it.
    """

    question: Passage
    answer: Passage
    extra: Passage = Passage()
    hint: str = ""
    source: str = ""
    tags: tuple[str, ...] = ()
    reversed: bool = False
    line: int = 0
    doubt: str = ""

    @property
    def attributes(self) -> Mapping[str, str]:
        """Return what stands in its heading, as Anki would keep it; what is not there is ""."""
        hint, source = (" ".join(split_text(each)) for each in (self.hint, self.source))
        tags = {mend_tag(word) for word in " ".join(self.tags).split()} - {""}
        return {"hint": hint, "source": source, "tags": " ".join(sorted(tags))}


class ImportedDeck(Struct, frozen=True, kw_only=True):
    """A deck's name, with ``::`` before that of a subdeck, and its cards; "" is named later."""

    name: str
    cards: tuple[ImportedCard, ...]
    description: Passage = Passage()


class Imported(Struct, frozen=True, kw_only=True):
    """What was read of a file: the form that it was taken for, decks, pictures by file name.

    ``source`` are all words of the file that one sees, found without a thought of cards;
    ``left_out`` those that are on none, be it that they are signs, such as ``Q:``, or that a
    warning tells of them.
    """

    form: str
    decks: tuple[ImportedDeck, ...]
    source: tuple[Line, ...]
    left_out: tuple[str, ...] = ()
    media: Mapping[str, bytes] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()


MOST_SHOWN = 10
"""Cards of an import that a trainer can look at beforehand."""


class Written(Struct, frozen=True, kw_only=True):
    """A package made of another file: its files, its decks as (name, cards), what to look at.

    ``cards`` are the first ones, as question and answer; ``remark`` is what the trainer should know
    of any such file.
    """

    form: str
    paths: tuple[Path, ...]
    decks: tuple[tuple[str, int], ...]
    warnings: tuple[Problem, ...]
    cards: tuple[tuple[str, str], ...] = ()
    remark: str = ""
