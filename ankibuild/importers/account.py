"""Account for every word of a file: it stands on a card, or is named as left out."""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from unicodedata import category

from ankibuild.core.obeyed import SOUND
from ankibuild.core.problems import AnkibuildError, about
from ankibuild.core.text import normal_form, shorten, sub_before, unescape, without_hidden
from ankibuild.dialect.slips import in_fences
from ankibuild.importers.imported import Imported, Line, Passage

_LONGEST_QUOTE = 80
# What else joins or parts words is as good as a space; these are letters of theirs.
_JOINERS = "\u200c\u200d"
_NO_WIDTH = re.compile("[\u00ad\u200b\u2060\ufeff]")
TAG = re.compile(r"</?[A-Za-z][^<>]*>")
"""A tag of HTML in a text that may hold anything."""

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_FENCE = re.compile(r"\s*(?:`{3,}[^`]*|~{3,}.*)")
_DEFINITION = re.compile(r""" {0,3}\[[^\]]+\]:\s*\S+(?:\s+["'(].*)?""")
_ADDRESS = re.compile(r"""\]\((?:[^()]|\([^()]*\))*\)(?:\{width="?\d+%?"?\})?""")
_REFERENCE = re.compile(r"\]\[[^\[\]]*\]")
_WORDS_OF_PICTURE = re.compile(r"!\[((?:[^\]\\]|\\.)*+)\]")
_NUMBER = re.compile(r"^(?:[-*+>]\s+|\s)*(\d{1,9})[.)]\s", re.MULTILINE)
_MOST_STEPS = 10_000
"""Tries to part one word into others; few words need more than their letters squared."""


def check_account(path: Path, imported: Imported) -> None:
    """Raise AnkibuildError when a word that was read is neither on a card nor named as left out.

    A description, a name of a deck, a tag and a warning have words too.
    """
    check_words(path, imported.source, _told(imported))


def check_words(path: Path, source: Sequence[Line], told: Iterable[str]) -> None:
    """Raise AnkibuildError, with the lines and their words, when texts have less than a source."""
    problems = [
        about(
            path,
            "missing-words",
            f'"{shorten(words, _LONGEST_QUOTE)}" would be on no card',
            "write it into an answer, or take it out of the file, and import again",
            line=line,
            column=1,
        )
        for line, words in find_missing(source, told)
    ]
    if problems:
        raise AnkibuildError(tuple(problems))


def find_missing(source: Sequence[Line], told: Iterable[str]) -> list[Line]:
    """Return the lines of a source that have words which the texts have not, and those words.

    Order and punctuation do not matter, nor where words are parted; how often each comes does.
    """
    wanted = Counter(_split("\n".join(words for _, words in source)))
    found = Counter(_split("\n".join(told)))
    missing = _without_joined(wanted - found, found - wanted)
    if not missing:
        return []
    lines = [(line, words, Counter(_split(words))) for line, words in source]

    def rank(place: int) -> tuple[float, int]:
        counts = lines[place][2]
        return -(counts & missing).total() / counts.total(), -counts.total()

    # The lines of which most is missing are those that were lost.
    in_order = sorted((n for n, (*_, counts) in enumerate(lines) if counts & missing), key=rank)
    places: list[tuple[int, Line]] = []
    for place in in_order:
        line, words, counts = lines[place]
        if lost := counts & missing:
            missing -= lost
            each_word = [words] if lost == counts else _word().findall(words)
            shown = (word for word in each_word if lost.keys() & _split(word))
            places.append((place, (line, " ".join(" ".join(shown).split()))))
    return [line for _, line in sorted(places)]


def lines_of(text: str, first: int = 1) -> tuple[Line, ...]:
    """Return the lines of a plain text with their numbers; all of it is words."""
    return tuple((number, line) for number, line in enumerate(text.split("\n"), first) if line)


def lines_of_html(text: str, first: int = 1) -> tuple[Line, ...]:
    """Return the lines of a text with HTML in it, without tags, comments, and names of sounds."""
    text = TAG.sub(_ends_of, SOUND.sub(" ", without_hidden(text)))
    return tuple((line, unescape(words)) for line, words in lines_of(text, first))


def lines_of_markdown(text: str, start: int = 0) -> tuple[Line, ...]:
    """Return the lines of a Markdown text that are seen, from a line on, that counts from 0.

    No parser is asked, so that what it leaves out is missed: addresses of links, HTML tags, and
    definitions are taken out by their looks.
    """
    lines = [""] * start + text.split("\n")[start:]
    in_code = in_fences(lines)
    found: list[Line] = []
    for is_code, group in groupby(range(len(lines)), in_code.__getitem__):
        places = list(group)
        part = "\n".join(lines[place] for place in places)
        for line, words in lines_of(part if is_code else _without_comments(part)):
            if is_code:
                seen = "" if _FENCE.fullmatch(words) else words
            elif _DEFINITION.fullmatch(words) or _FENCE.fullmatch(words):
                continue
            else:
                seen = _REFERENCE.sub("]", _ADDRESS.sub("]", words))
                seen = unescape(TAG.sub(" ", SOUND.sub(" ", seen)))
            found.append((places[0] + line, seen))
    return tuple(found)


def _without_comments(text: str) -> str:
    return sub_before("-->", _COMMENT, _ends_of, text)


def _ends_of(match: re.Match[str]) -> str:
    """Return what stands for a match that nobody sees: its ends of lines, or a space."""
    return "\n" * match[0].count("\n") or " "


def _told(imported: Imported) -> Iterator[str]:
    yield from imported.left_out
    yield from (each.message for each in imported.warnings)
    for deck in imported.decks:
        yield deck.name
        yield from _shown(deck.description)
        for card in deck.cards:
            yield from (card.hint, card.source, *card.tags)
            for passage in (card.question, card.answer, card.extra):
                yield from _shown(passage)


def _shown(passage: Passage) -> Iterator[str]:
    """Yield what a learner sees of a passage: its lines, numbers of lists, words for pictures."""
    yield from passage.lines
    yield from _NUMBER.findall(passage.markdown)
    # Behind the last bracket nothing is closed, and each sign would look to the end for that.
    yield from _WORDS_OF_PICTURE.findall(passage.markdown[: passage.markdown.rfind("]") + 1])


def _split(text: str) -> list[str]:
    return _word().findall(normal_form(_NO_WIDTH.sub("", text), "NFKC").casefold())


@cache
def _word() -> re.Pattern[str]:
    """Return the pattern of a word: letters and digits with their marks."""
    marks = "".join(
        chr(code) for code in range(0x300, sys.maxunicode) if category(chr(code))[0] == "M"
    )
    return re.compile(rf"[^\W_]++(?:[{marks}{_JOINERS}]++[^\W_]*+)*+")


def _without_joined(missing: Counter[str], more: Counter[str]) -> Counter[str]:
    """Return the words that are missing without those that were only joined, or parted."""
    for words, parts in ((missing, more), (more, missing)):
        longest = max(map(len, parts), default=0)
        for word in list(words):
            while words[word] > 0 and (found := _parts_of(word, parts, longest)):
                parts.subtract(found)
                words[word] -= 1
    return +missing


def _parts_of(word: str, parts: Counter[str], longest: int) -> list[str]:
    """Return the parts that make up a word, long ones first, or none."""
    used = Counter[str]()
    taken: list[tuple[int, int]] = []
    start, end = 0, min(len(word), longest)
    for _ in range(_MOST_STEPS):
        part = word[start:end]
        if part and parts[part] > used[part]:
            used[part] += 1
            taken.append((start, end))
            start, end = end, min(len(word), end + longest)
            if start == len(word):
                return list(used.elements())
        elif end > start + 1:
            end -= 1
        elif taken:
            start, end = taken.pop()
            used[word[start:end]] -= 1
            end -= 1
        else:
            break
    return []
