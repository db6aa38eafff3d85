"""Read Markdown back before it is handed on: it must say what it was made of, no word less."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from itertools import zip_longest
from pathlib import Path, PurePath
from typing import NamedTuple

from ankibuild.anki.card_generation import fields_ordinals
from ankibuild.anki.carried import carried_name, switches_of
from ankibuild.commands.notes import make_note
from ankibuild.core.media import MediaFile
from ankibuild.core.notes import NoteType, Rendered
from ankibuild.core.problems import AnkibuildError, Fragment, Problem, about, has_errors
from ankibuild.core.settings import lone_settings
from ankibuild.core.text import OBJECT, seen_lines, without_tags
from ankibuild.dialect.fields import render_block, render_inline
from ankibuild.dialect.source import NoteSource, ParsedFile, parse_file
from ankibuild.importers.imported import ImportedCard, ImportedDeck, Passage

Render = Callable[[Fragment], Rendered]

_LOADED = re.compile(r"<img|\[sound:", re.IGNORECASE)
_LONGEST_FLAG = 4
# What opens and does not end as a picture is passed over at once, however much of it there is.
_OUR_PICTURE = re.compile(r"!\[(?:[^\]\\]|\\.)*+(\]\(media/[^()\s]*\))?")


def is_read_back(passage: Passage, render: Render) -> bool:
    """Tell whether a passage is rendered without an error, as the lines it is to show."""
    rendered = render_without_pictures(passage.markdown, render)
    return not has_errors(rendered.problems) and _shows(rendered, passage)


def render_without_pictures(markdown: str, render: Render) -> Rendered:
    """Return the HTML of Markdown with a sign for each picture, whose file need not be there."""
    text = _without_pictures(markdown)
    return render(Fragment(path="", line=1, column=1, text=text))


def check_deck(path: Path, deck: ImportedDeck, text: str) -> None:
    """Raise AnkibuildError when a file is read as other cards, or as other words of them."""
    parsed = parse_file(path.name, _without_pictures(text), stem="deck")
    problems = [
        about(path, each.rule, each.message, each.cure, line=_line_of(each, parsed, deck), column=1)
        for each in parsed.problems
        if each.severity == "error"
    ]
    if parsed.deck.name != deck.name and not problems:
        cure = "import it without the deck column, or rename the deck"
        problems.append(
            about(path, "unwritable-note", f'the deck name "{deck.name}" cannot be written', cure)
        )
    if not _shows(render_block(parsed.deck.description), deck.description) and not problems:
        message = f'the description of the deck "{deck.name}" cannot be written'
        cure = "delete what is above its first question, and write it by hand"
        problems.append(about(path, "unwritable-note", message, cure))
    for note, card in zip_longest(parsed.deck.notes, deck.cards):
        if problems:
            break
        if note is None or card is None or not _is_same(note, card):
            words = " ".join((card or deck.cards[-1]).question.lines)
            message = f'the card "{words}" cannot be written as Markdown that is read back the same'
            cure = "take it out of the file, and write it by hand"
            line = card.line if card else 0
            problems.append(about(path, "unwritable-note", message, cure, line=line, column=1))
    if problems:
        raise AnkibuildError(tuple(problems))


def _line_of(problem: Problem, parsed: ParsedFile, deck: ImportedDeck) -> int:
    """Return where the card began in which a problem was found; the text itself nobody has."""
    starts = [note.heading.line for note in parsed.deck.notes]
    number = bisect_right(starts, problem.line)
    return deck.cards[number - 1].line if 0 < number <= len(deck.cards) else 0


class Fault(NamedTuple):
    """Why a note is read back otherwise, and the field that is, or "" for the whole note."""

    message: str
    field: str


def find_fault(
    text: str,
    fields: Mapping[str, str],
    note_type: NoteType,
    media: Mapping[str, MediaFile],
) -> Fault | None:
    """Return why a note's Markdown makes another note than Anki had, or None when it does not.

    ``fields`` are as Anki has them, with the names by which ``media`` are known.
    """
    parsed = parse_file("", f"# Deck\n\n{text}", stem="deck")
    if fault := _first_error(parsed.problems):
        return Fault(fault, "")
    if len(parsed.deck.notes) != 1:
        return Fault("it would become several notes", "")
    made, problems, _ = make_note(
        parsed.deck.notes[0],
        lone_settings(PurePath("deck.md")),
        {carried_name(note_type.kind): note_type},
        {each.place: each for each in media.values()},
    )
    if fault := _first_error(problems):
        return Fault(fault, "")
    # Loaded here alone, so that a plain text needs none of the extra's libraries.
    from ankibuild.importers.html import media_of, with_media

    names = {name: each.name for name, each in media.items()}
    switches = switches_of(list(made.field_map), note_type.templates)
    for name in made.field_map:
        before, after = with_media(fields[name], names), made.field_map[name]
        if name in switches and name == note_type.roles.get("reversed") and is_flag(before):
            continue
        # Blocks and breaks may be others; letters, pictures and sounds must be the same.
        if (_letters(before), media_of(before)) != (_letters(after), media_of(after)):
            return Fault(f'the words of its field "{name}" would change', name)
    if made.ordinals != fields_ordinals(note_type, fields, made.tags):
        return Fault("it would make other cards", "")
    return None


def is_flag(html: str) -> bool:
    """Tell whether a field that no card shows says no more than yes, as "y" does, or nothing."""
    return len(_letters(html)) <= _LONGEST_FLAG and not _LOADED.search(html)


def is_description(markdown: str) -> bool:
    """Tell whether Markdown can stand between a deck's heading and its notes."""
    fragment = Fragment(path="", line=1, column=1, text=markdown)
    parsed = parse_file("", f"# Deck\n\n{markdown}\n", stem="deck")
    return not has_errors((*parsed.problems, *render_block(fragment).problems))


def _without_pictures(markdown: str) -> str:
    return _OUR_PICTURE.sub(lambda match: OBJECT if match[1] else match[0], markdown)


def _shows(rendered: Rendered, passage: Passage) -> bool:
    return seen_lines(rendered.html) == passage.lines


def _is_same(note: NoteSource, card: ImportedCard) -> bool:
    parts = (
        (render_inline(note.heading), card.question),
        (render_block(note.body), card.answer),
        (render_block(note.extra), card.extra),
    )
    is_known = any(passage.faults for _, passage in parts)
    written = {"hint": note.hint, "source": note.source, "tags": " ".join(note.tags)}
    return (
        (is_known or not any(has_errors(rendered.problems) for rendered, _ in parts))
        and all(_shows(*part) for part in parts)
        and note.reversed == card.reversed
        and written == card.attributes
    )


def _first_error(problems: Iterable[Problem]) -> str:
    return next((each.message for each in problems if each.severity == "error"), "")


def _letters(html: str) -> str:
    return "".join(without_tags(html).split())
