"""Say which cards of an import a trainer should look at, and why."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ankibuild.core.names import mend_tag
from ankibuild.core.problems import Problem, about
from ankibuild.core.text import OBJECT, shorten
from ankibuild.importers.imported import ImportedCard, ImportedDeck
from ankibuild.importers.text import find_sign

_VALUE = re.compile(r'"[^"]*"|, and \d+ more like it')
_LINK = re.compile(r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]\([^()]*\)")
# What pages have beside their questions.
_NO_QUESTION = re.compile(
    r"\W*(?:(?:table of )?contents?|toc|(?:back )?to (?:the )?top|index|licen[cs]e|changelog"
    r"|credits|contribut(?:ing|ors)|acknowledge?ments?|references|further reading|see also"
    r"|front|back|question|answer|vorderseite|rückseite|recto|verso)\W*",
    re.IGNORECASE,
)
_FEW, _MANY = 3, 10


class Doubts:
    """The doubts about all cards of an import; what most cards share is said of the file."""

    def __init__(self, decks: Sequence[ImportedDeck]) -> None:
        """Look at the cards."""
        self._decks = decks
        cards = [card for deck in decks for card in deck.cards]
        self._total = len(cards)
        self._counts = Counter(
            form for card in cards for form in {_form(doubt) for doubt in _find(card)}
        )

    def of(self, card: ImportedCard) -> str:
        """Return what is to be said of a card, or "" for nothing."""
        return "; ".join(doubt for doubt in _find(card) if not self._is_shared(doubt))

    def tell(self, path: Path) -> Iterator[Problem]:
        """Yield a warning for each doubt that is shared, each description, and each other card."""
        told = set[str]()
        for deck in self._decks:
            if wrong := (*deck.description.faults, *deck.description.lost):
                message = f"what is above the first card: {'; '.join(wrong)}"
                cure = "look at it in the Markdown: it describes the deck"
                yield about(path, "doubtful-import", message, cure, "warning")
            for card in deck.cards:
                for doubt in filter(self._is_shared, _find(card)):
                    if (form := _form(doubt)) not in told:
                        told.add(form)
                        yield self._tell_shared(path, card, doubt)
                if doubt := self.of(card):
                    words = " ".join(card.question.lines) or " ".join(card.answer.lines)
                    message = f'"{shorten(words)}": {doubt}'
                    cure = 'look at it, and delete its "review" comment in the Markdown'
                    at = {"line": card.line, "column": 1}
                    yield about(path, "doubtful-import", message, cure, "warning", **at)

    def _is_shared(self, doubt: str) -> bool:
        return self._counts[_form(doubt)] > max(_FEW, self._total / 2)

    def _tell_shared(self, path: Path, card: ImportedCard, doubt: str) -> Problem:
        message = f"{self._counts[_form(doubt)]} of {self._total} notes, this one first: {doubt}"
        cure = "look at this one; no other has a comment for it"
        at = {"line": card.line, "column": 1}
        return about(path, "doubtful-import", message, cure, "warning", **at)


def is_cloze(card: ImportedCard) -> bool:
    """Tell whether a card's answer holds clozes."""
    return any("{{c" in line for line in card.answer.lines)


def _form(doubt: str) -> str:
    """Return a doubt without what it names, and how often."""
    return _VALUE.sub("", doubt)


def _find(card: ImportedCard) -> list[str]:
    found = [card.doubt] if card.doubt else []
    if not card.question.lines and not is_cloze(card):
        found.append("the question is empty")
    if not card.answer.lines:
        found.append("the answer is empty")
    found += _find_junk(card)
    if len(card.answer.lines) >= _MANY and find_sign(card.answer.lines):
        found.append("its answer is a list of terms with their meanings: each may be a card")
    found += _gather((*card.question.faults, *card.answer.faults, *card.extra.faults))
    tags = " ".join(card.tags).split()
    # Anki's own tags are set by Anki alone.
    found += [f'the tag "{tag}" is left out' for tag in tags if not mend_tag(tag)]
    lost = sorted({*card.question.lost, *card.answer.lost, *card.extra.lost})
    if lost:
        found.append(f"Markdown cannot express {', '.join(lost)}")
    return found


def _gather(faults: Iterable[str]) -> Iterator[str]:
    """Yield the first of all faults that differ only in what they name, and how many there are."""
    forms: dict[str, list[str]] = {}
    for fault in faults:
        forms.setdefault(_form(fault), []).append(fault)
    for same in forms.values():
        yield same[0] if len(same) == 1 else f"{same[0]}, and {len(same) - 1} more like it"


def _find_junk(card: ImportedCard) -> Iterator[str]:
    """Yield why a card is hardly one: what surrounds questions on a page."""
    question, answer = " ".join(card.question.lines), " ".join(card.answer.lines)
    links = len(_LINK.findall(card.answer.markdown))
    if _NO_QUESTION.fullmatch(question):
        yield "it may be part of the page rather than a card"
    elif question and answer and not _has_words(question + answer):
        yield "it has no letters"
    elif links > 1 and not _has_words(_LINK.sub("", card.answer.markdown)):
        yield "its answer is nothing but links"


def _has_words(text: str) -> bool:
    return any(each.isalnum() or each == OBJECT for each in text)
