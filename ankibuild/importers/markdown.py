"""Tell for which tool a Markdown file was written, and read it as that tool would."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ankibuild.core.files import quoted
from ankibuild.core.problems import AnkibuildError, about
from ankibuild.importers import hashcards, obsidian
from ankibuild.importers.headings import read_headings
from ankibuild.importers.imported import Imported

READERS: Mapping[str, Callable[[Path, str], Imported]] = {
    "headings": read_headings,
    "hashcards": hashcards.read_hashcards,
    "obsidian": obsidian.read_obsidian,
}
"""What Markdown can be read as."""

_MEANINGS = {
    "headings": "by its headings",
    "hashcards": "as a deck for hashcards",
    "obsidian": "as a note for Obsidian's Spaced Repetition",
}
_CODE = re.compile(r"^(`{3,}|~{3,}).*?(?:^\1|\Z)|`[^`\n]+`", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
_QUESTION = re.compile(r"^#{2,6} ", re.MULTILINE)
_OURS = re.compile(r"^## .*\{#[a-z0-9]", re.MULTILINE)

_IN_ANKI = "its cards are in Anki already: export their deck there as an .apkg, and import that"
_SYNC = "bring the cards into Anki with Logseq Anki Sync, export their deck as an .apkg, and import"
# In this order: where the signs of two are alike, the first is the one that has more of them. Of
# the signs in a row all must be there.
_TOOLS: tuple[tuple[str, tuple[tuple[str, ...], ...], str], ...] = (
    (
        "inka",
        (
            ("^---$", "^Deck: ", r"^\d+\. .*\n(?:.*\n){0,3}?> "),
            (r"^<!--ID:\d+-->\n\d+\. ",),
        ),
        _IN_ANKI,
    ),
    (
        "Obsidian_to_Anki",
        (
            (r"^TARGET DECK\b",),
            (r"^(?:<!--)?ID: \d{10,}",),
            ("^START$", "^END$"),
            (r"STARTI \[", r"\bENDI\b"),
        ),
        _IN_ANKI,
    ),
    (
        "Obsidian's plugin Flashcards",
        (
            (r"#card\b", r"\^\d{13}$"),
            (r" ::: ?.* \^\d{13}$",),
            (r" :: .* \^\d{13}$",),
            (r"\A---\n(?:(?!---$).*\n)*?cards-deck:",),
        ),
        _IN_ANKI,
    ),
    # Without the fence below its first heading, that gives the note's GUID.
    ("ki", ((r"\A# Note$\s*^### Tags$\s*^## ",),), _IN_ANKI),
    (
        "Excalidraw",
        ((r"\A---\n(?:(?!---$).*\n)*?excalidraw-plugin:",),),
        "it is a drawing, and holds no cards: write each question as a heading above its answer",
    ),
    ("yanki", ((r"\A---\n(?:(?!---$).*\n)*?noteId: \d+$",),), _IN_ANKI),
    (
        "logseq",
        (
            (r"^[ \t]*- .*(?:#card\b|\[\[card\]\])",),
            (r"\{\{cloze ",),
            ("card-last-interval:: ",),
        ),
        f"{_SYNC} that",
    ),
)
_ANKDOWN = re.compile(r"^%$", re.MULTILINE)


def read_markdown(path: Path, text: str, read_as: str = "", questions_at: str = "") -> Imported:
    """Return the decks in the text of a Markdown file, by the one reading that its signs allow.

    ``read_as`` is one of the readers' names, or "" for whichever fits; ``questions_at`` is for the
    one that goes by headings. Raises AnkibuildError when the file was written for a tool whose
    cards are not read, or when two readings are possible.
    """
    if questions_at:
        return read_headings(path, text, questions_at)
    if read_as:
        return READERS[read_as](path, text)
    words = _CODE.sub("", text)
    for tool, cure in () if _OURS.search(words) else _find_tools(words):
        message = f"this was written for {tool}, whose Markdown is not read"
        raise AnkibuildError((about(path, "unknown-format", message, cure),))
    found = list(_find_readings(path, text, words))
    if len(found) > 1:
        message = f"this can be read {' and '.join(_MEANINGS[each] for each in found)}"
        commands = (f"ankibuild import {quoted(path)} --as {each}" for each in found)
        cure = f"see which is right, and say so: {' or '.join(commands)}"
        raise AnkibuildError((about(path, "two-readings", message, cure),))
    return READERS[found[0]](path, text)


def _find_tools(words: str) -> Iterator[tuple[str, str]]:
    """Yield the tools, none of ours, whose signs stand in a text, and what to do instead."""
    for tool, ways, cure in _TOOLS:
        if any(all(re.search(sign, words, re.MULTILINE) for sign in way) for way in ways):
            yield tool, cure
    # The program mdanki has the same line below a heading.
    if _ANKDOWN.search(words) and not _HEADING.search(words):
        yield "ankdown", "let ankdown write its .apkg, and import that"


def _find_readings(path: Path, text: str, words: str) -> Iterator[str]:
    lines = words.split("\n")
    headings = len(_QUESTION.findall(words))
    chapters = sum(lines[place].startswith("##") for place in hashcards.find_chapters(lines))
    cards = hashcards.count_cards(words)
    is_note = obsidian.is_note(path, text)
    # A few such lines may be a talk in an answer; headings with several cards each are chapters.
    is_deck = cards > 0 and 2 * cards > headings
    are_chapters = cards >= (2 if chapters == headings else 3) * headings
    if is_note:
        yield "obsidian"
    if is_deck:
        yield "hashcards"
    if not is_note and not (is_deck and are_chapters):
        yield "headings"
