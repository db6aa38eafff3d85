"""What a published id or cloze number asks now: the same, something else, or what another asked.

Whether two texts are alike is told by the words that they share, each weighed by how few published
notes have it: of "the day rate" and "the night rate" all that counts is the one word.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from math import log
from typing import NamedTuple

from ankibuild.core.clozes import MOST_NESTED, OPENING, reveal_clozes, split_clozes, split_hint
from ankibuild.core.notes import Kind
from ankibuild.core.text import plain_text, question_of, seen

SAME = 0.75
"""From here on two facts are the same, reworded."""

HALF = 0.4
"""Below this neither question nor answer is what it was."""

CLEARLY = 0.2
"""How much more alike another fact must be than the own one was."""

_ANSWERS = ("Back", "Text", "Image", "Comments")
_CARRIED = "carried/"
_SILENT = ("hint", "id", "reversed", "source", "typed")
"""The parts of a note that neither ask nor answer."""

_WORD = re.compile(r"\w+(?:[.,:/'\u2019-]\w+)*|[&+#%$€£<>=]")
_PICTURE = re.compile(r"""<img\b[^>]*?\bsrc=["']?([^"'\s>]+)[^>]*>""")
_ALT = re.compile(r'\balt="([^"]+)"')
_OPENING = re.compile(OPENING)
_CONTEXT = 4
_NEAR = 200
_LONGEST_SPELLED = 200
_MOST_PAIRS = 10_000
_MOST_ALIKE = 20
_RAREST = 6
_LONGEST_NUMBER = 9
_LETTERS = 0.7
_FEW = 2
# Of two clozes the words count more than those around them.
_TEXT, _AROUND = 0.6, 0.4
_LEAST = 0.55
_OTHER = 0.15


class Fact(NamedTuple):
    """What a note asks and what it answers, as folded plain text."""

    question: str
    answer: str


class Hidden(NamedTuple):
    """What one cloze hides, and the words before and behind it."""

    number: int
    text: str
    around: tuple[str, ...]


class MovedCloze(NamedTuple):
    """What was hidden by one number and is hidden by another now."""

    text: str
    old: int
    new: int


def fact_of(kind: Kind, fields: Mapping[str, str], roles: Mapping[str, str]) -> Fact:
    """Return what a note of any note type asks and answers; its fields are HTML by name.

    A cloze's heading is only a name, so its sentence asks too. ``roles`` are as for a question.
    """
    question = question_of(fields, roles)
    answers = [html for name, html in fields.items() if name in _ANSWERS and html]
    if kind.startswith(_CARRIED) or not answers:
        # Its heading asks, or without one the field of the question; the others answer.
        silent = {name for role, name in roles.items() if role in _SILENT}
        told = {name: html for name, html in fields.items() if html and name not in silent}
        asked = next((n for n in told if plain_text(reveal_clozes(told[n])) == question), "")
        answers = [html for name, html in told.items() if name != asked]
    # A picture without words is known by its name.
    html = _PICTURE.sub(r" \1 \g<0>", reveal_clozes(" ".join(answers)))
    answer = plain_text(html).casefold()
    # What the fields of other note types are called, filled or not, says nothing of them.
    ours = () if kind.startswith(_CARRIED) else fields
    if "Back" in ours or not (_OPENING.search("".join(answers)) or "Image" in ours):
        return Fact(question.casefold(), answer)
    return Fact(f"{question} {answer}".casefold(), "")


class Likeness:
    """How alike facts are, by words that are weighed by how rare they are among all."""

    def __init__(self, facts: Callable[[], Iterable[Fact]]) -> None:
        """Take what returns the facts; they are read once, when the first doubt arises."""
        self._facts = facts
        self._counts: Counter[str] = Counter()
        self._total = 0

    def of(self, one: Fact, other: Fact) -> float:
        """Return how alike two facts are, from 0 to 1; question and answer count the same."""
        parts = self._shares(one, other)
        return sum(parts) / len(parts) if parts else 0.0

    def is_other(self, one: Fact, other: Fact) -> bool:
        """Tell whether two facts share few words, and few letters too."""
        if one.question == other.question != "":
            return False
        if one.answer == other.answer != "":
            questions = min(_words(each.question).total() for each in (one, other))
            if _words(one.answer).total() > 1 or questions <= 2 * _FEW:
                return False
            # "Yes" answers many questions; one word tells facts apart only in a glossary.
            one, other = (Fact(each.question, "") for each in (one, other))
        return max(self._shares(one, other), default=0.0) < HALF and not any(
            SequenceMatcher(None, mine, theirs).ratio() >= _LETTERS
            for mine, theirs in zip(one, other, strict=True)
            if mine and theirs and len(mine) + len(theirs) <= _LONGEST_SPELLED
        )

    def _shares(self, one: Fact, other: Fact) -> list[float]:
        """Return how much of the questions is the same, and of the answers, where both have one."""
        return [
            1.0 if mine == theirs else _share(_words(mine), _words(theirs), self._weight)
            for mine, theirs in zip(one, other, strict=True)
            if mine and theirs
        ]

    def _weight(self, word: str) -> float:
        if not self._total:
            for fact in self._facts():
                self._total += 1
                self._counts.update({*_words(fact.question), *_words(fact.answer)})
        return log((self._total + 2) / (self._counts[word] + 1))


def _share(one: Counter[str], other: Counter[str], weight: Callable[[str], float]) -> float:
    both = sum(weight(word) * count for word, count in (one & other).items())
    total = sum(weight(word) * count for word, count in (*one.items(), *other.items()))
    return 2 * both / total if total else 0.0


@lru_cache(maxsize=4096)
def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text))


class Facts:
    """Facts by id, with an index of their words: those that are like one are found among many."""

    def __init__(self, facts: Mapping[str, Fact], likeness: Likeness) -> None:
        """Index the facts."""
        self._facts = facts
        self._likeness = likeness
        self._asking: dict[str, list[str]] = {}
        self._answering: dict[str, list[str]] = {}
        self._having: dict[str, list[str]] = {}
        for note_id, fact in sorted(facts.items()):
            self._asking.setdefault(fact.question, []).append(note_id)
            self._answering.setdefault(fact.answer, []).append(note_id)
            for word in {*_words(fact.question), *_words(fact.answer)}:
                self._having.setdefault(word, []).append(note_id)

    def asking(self, fact: Fact) -> Sequence[str]:
        """Return the ids of those that ask the very same question."""
        return self._asking.get(fact.question, ()) if fact.question else ()

    def answering(self, fact: Fact) -> Sequence[str]:
        """Return the ids of those that have the very same answer."""
        return self._answering.get(fact.answer, ()) if fact.answer else ()

    def same(self, fact: Fact) -> str:
        """Return the id of the same fact, reworded or not; "" for none."""
        found, score = self.most_alike(fact)
        return next(iter(self.asking(fact)), found if score >= SAME else "")

    def most_alike(self, fact: Fact, *, but: str = "") -> tuple[str, float]:
        """Return the id of the fact that is most alike, and how much; "" and 0 for none.

        ``but`` is an id that is not looked for.
        """
        words = {*_words(fact.question), *_words(fact.answer)} & self._having.keys()
        rarest = sorted(words, key=lambda word: (len(self._having[word]), word))[:_RAREST]
        found = {each for word in rarest for each in self._having[word][:_MOST_ALIKE]}
        found.update(self.asking(fact)[:_MOST_ALIKE])
        found.discard(but)
        scores = ((self._likeness.of(fact, self._facts[each]), each) for each in sorted(found))
        score, note_id = max(scores, key=lambda each: each[0], default=(0.0, ""))
        return note_id, score


def hidden_words(kind: Kind, fields: Mapping[str, str]) -> dict[int, tuple[tuple[str, ...], ...]]:
    """Return what each cloze number hides, or the name of each mask, as plain text.

    Each is the words that are hidden, then those around them.
    """
    found: dict[int, list[tuple[str, ...]]] = {}
    for each in find_hidden(kind, fields):
        found.setdefault(each.number, []).append((each.text, *each.around))
    return {number: tuple(texts) for number, texts in sorted(found.items())}


def as_hidden(words: Mapping[int, Sequence[Sequence[str]]]) -> list[Hidden]:
    """Return what cloze numbers hid once, as ``hidden_words`` told it."""
    return [
        Hidden(number, text, tuple(around))
        for number, texts in words.items()
        for text, *around in texts
    ]


def find_hidden(kind: Kind, fields: Mapping[str, str]) -> list[Hidden]:
    """Return what the clozes of a note hide, or the names of its masks, in order."""
    if kind == "image-occlusion":
        lines = (line.partition(". ") for line in fields.get("Comments", "").split("<br>"))
        return [
            Hidden(int(number), plain_text(name), ())
            for number, _, name in lines
            if number.isdecimal() and len(number) <= _LONGEST_NUMBER
        ]
    return _find_clozes("\n".join(fields.values()))


def _find_clozes(html: str) -> list[Hidden]:
    parts: list[str] = []
    length = 0
    opened: list[tuple[tuple[int, ...], int]] = []
    spans: list[tuple[tuple[int, ...], int, int]] = []
    for piece in split_clozes(html):
        if isinstance(piece, tuple):
            if len(opened) < MOST_NESTED:
                opened.append((piece, length))
        elif piece == "}}" and opened:
            spans.append((*opened.pop(), length))
        else:
            parts.append(seen(split_hint(piece)[0] if opened else piece, _name_of))
            length += len(parts[-1])
    text = "".join(parts)
    return [
        Hidden(number, " ".join(text[start:stop].split()), _around(text, start, stop))
        for numbers, start, stop in sorted(spans, key=lambda span: span[1:])
        for number in numbers
    ]


def _name_of(picture: str) -> str:
    words, source = _ALT.search(picture), _PICTURE.search(picture)
    return f"[{words[1]}]" if words else f"[{source[1]}]" if source else picture


def _around(text: str, start: int, stop: int) -> tuple[str, ...]:
    """Return some words before and behind a part of a text, of its line if there are any."""
    before, behind = text[max(0, start - _NEAR) : start], text[stop : stop + _NEAR]
    left, right = before.rpartition("\n")[2], behind.partition("\n")[0]
    if not (left.strip() or right.strip()):
        left, right = before, behind
    words = [f"<{word}" for word in left.casefold().split()[-_CONTEXT:]]
    return (*words, *(f">{word}" for word in right.casefold().split()[:_CONTEXT]))


def moved_clozes(before: Sequence[Hidden], after: Sequence[Hidden]) -> Iterator[MovedCloze]:
    """Yield what is hidden by another number now; what is alike is told apart by its context."""
    if before == after:
        return
    pairs = _pair_equal(before, after)
    old = [place for place in range(len(before)) if place not in pairs]
    new = sorted(set(range(len(after))) - set(pairs.values()))
    if len(old) * len(new) <= _MOST_PAIRS:
        pairs |= _pair_alike(before, after, old, new)
    hiding = by_number(after)
    for place, other in sorted(pairs.items()):
        was, now = before[place], after[other]
        if was.number == now.number:
            continue
        rest = hiding.get(was.number, ())
        own = max((_alike(was, each) for each in rest), default=0.0)
        # The very same stands under another number, and the own one has lost words around it.
        is_equal = was[1:] == now[1:] and _has_lost(was, rest)
        if is_equal or _alike(was, now) >= own + CLEARLY:
            yield MovedCloze(was.text, was.number, now.number)


def by_number(clozes: Sequence[Hidden]) -> dict[int, list[Hidden]]:
    """Return the first clozes of each number, in order; the others are compared with none."""
    found: dict[int, list[Hidden]] = {}
    for each in clozes:
        if len(same := found.setdefault(each.number, [])) < _MOST_ALIKE:
            same.append(each)
    return dict(sorted(found.items()))


def _has_lost(was: Hidden, own: Sequence[Hidden]) -> bool:
    """Tell whether what a number hides now is something else, or stands in other words.

    More words around the same ones are no loss.
    """
    return all(each.text != was.text or Counter(was.around) - Counter(each.around) for each in own)


def _pair_equal(before: Sequence[Hidden], after: Sequence[Hidden]) -> dict[int, int]:
    """Return the places of those that are equal, first with their numbers, then without."""
    pairs: dict[int, int] = {}
    for start in (0, 1):
        places: dict[tuple[object, ...], list[int]] = {}
        for place in sorted(set(range(len(after))) - set(pairs.values()), reverse=True):
            places.setdefault(after[place][start:], []).append(place)
        for place in range(len(before)):
            if place not in pairs and places.get(before[place][start:]):
                pairs[place] = places[before[place][start:]].pop()
    return pairs


def _pair_alike(
    before: Sequence[Hidden], after: Sequence[Hidden], old: Sequence[int], new: Sequence[int]
) -> dict[int, int]:
    """Return the places of those that are most alike, the most alike first."""
    scores = sorted(
        (-_alike(before[i], after[k]), before[i].number != after[k].number, i, k)
        for i in old
        for k in new
    )
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for score, _, i, k in scores:
        if -score >= _LEAST and i not in pairs and k not in taken:
            pairs[i] = k
            taken.add(k)
    return pairs


def _alike(one: Hidden, other: Hidden) -> float:
    """Return how alike two clozes are, from 0 to 1: their words, and the words around them."""
    same = one.text.casefold() == other.text.casefold()
    text = (
        1.0 if same else _share(_words(one.text.casefold()), _words(other.text.casefold()), _alone)
    )
    around = _share(Counter(one.around), Counter(other.around), _alone)
    return _TEXT * text + _AROUND * (1.0 if one.around == other.around else around)


def _alone(_word: str) -> float:
    return 1.0


def is_alike(one: Hidden, other: Hidden) -> bool:
    """Tell whether two clozes are the same for a learner: their words, and if few, those around."""
    words, others = _words(one.text.casefold()), _words(other.text.casefold())
    if words.total() > _FEW:
        return _share(words, others, _alone) >= SAME
    return _alike(one, other) >= SAME


def other_clozes(
    before: Sequence[Hidden], after: Sequence[Hidden]
) -> Iterator[tuple[int, str, str]]:
    """Yield the numbers that hide something else now, with the old words and the new ones.

    Other words in the same sentence, or the same words in another one, are the same fact put right.
    """
    hiding = by_number(after)
    for number, olds in by_number(before).items():
        news = hiding.get(number)
        if news and all(_alike(old, new) < _OTHER for old in olds for new in news):
            yield number, olds[0].text, news[0].text


def differing_clozes(
    one: Sequence[Hidden], other: Sequence[Hidden]
) -> Iterator[tuple[int, str, str]]:
    """Yield the numbers that hide different things in two versions of a note, with the words."""
    hiding = by_number(other)
    for number, mine in by_number(one).items():
        theirs = hiding.get(number)
        if theirs and not any(is_alike(each, same) for each in mine for same in theirs):
            yield number, mine[0].text, theirs[0].text
