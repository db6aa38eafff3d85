"""Write imported decks as a package's folder, once they are read back as they came in."""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from ankibuild.commands.starting import first_text
from ankibuild.core.files import CONFIG, MEDIA, NOT_DECKS, write_files
from ankibuild.core.identity import suggest_note_id
from ankibuild.core.names import Names, mend_deck_name, short_id, with_room
from ankibuild.core.problems import AnkibuildError, about, shown
from ankibuild.core.rules import Rule
from ankibuild.core.text import OBJECT
from ankibuild.importers.account import check_account
from ankibuild.importers.doubts import Doubts
from ankibuild.importers.imported import (
    MOST_SHOWN,
    Imported,
    ImportedCard,
    ImportedDeck,
    Written,
    join_passages,
)
from ankibuild.importers.read_back import check_deck
from ankibuild.importers.reading import MARKDOWN, clean_text

_NOT_IN_A_HEADING = re.compile(r"::|[*_`<>\[\]\\{}#]+")


def write_package(path: Path, imported: Imported, folder: Path, *, dry_run: bool) -> Written:
    """Write what was read of the file at ``path`` as a package into a new folder.

    Every note gets an id, and what is doubtful a comment below its heading. Raises AnkibuildError,
    and writes nothing, when the folder holds anything, or when there is no card.
    """
    check_place(folder)
    if not any(deck.cards for deck in imported.decks):
        cure = 'write each card as "Question - answer" in a line, or as "Q: …" and "A: …" in two'
        if path.suffix.lower() in MARKDOWN:
            cure = 'write each question as a heading, such as "## What is it?", above its answer'
        raise AnkibuildError(
            (about(path, "missing-notes", "no cards were found in this file", cure),)
        )
    check_account(path, imported)
    settings = first_text(CONFIG, folder)
    joined = list(_join_decks(imported.decks, tomllib.loads(settings)["title"]))
    files = Names()
    stems = [deck_stem(deck.name, files) for deck in joined]
    # Decks are in the order of their files' names, unless they say otherwise.
    in_order = stems == sorted(stems)
    ids = Names()
    doubts = Doubts(joined)
    texts: dict[str, str] = {}
    for place, (deck, stem) in enumerate(zip(joined, stems, strict=True), 1):
        order = 0 if in_order else place
        texts[f"{stem}.md"] = _write_deck(deck, stem, ids, doubts, order=order)
        check_deck(path, deck, texts[f"{stem}.md"])
    contents = {CONFIG: settings.encode()} | {name: text.encode() for name, text in texts.items()}
    contents |= {f"{MEDIA}/{name}": data for name, data in imported.media.items()}
    if not dry_run:
        write_files({folder / name: data for name, data in contents.items()})
    return Written(
        form=imported.form,
        paths=tuple(folder / name for name in contents),
        decks=tuple((deck.name, len(deck.cards)) for deck in joined),
        warnings=(*imported.warnings, *doubts.tell(path)),
        cards=tuple(_first_cards(joined)),
    )


def _first_cards(decks: Iterable[ImportedDeck]) -> Iterator[tuple[str, str]]:
    cards = (card for deck in decks for card in deck.cards)
    for card in islice(cards, MOST_SHOWN):
        question, answer = (" / ".join(each.lines) for each in (card.question, card.answer))
        yield question.replace(OBJECT, "[picture]"), answer.replace(OBJECT, "[picture]")


def check_place(folder: Path) -> None:
    """Raise AnkibuildError when a new package cannot stand there."""
    home = next((each for each in folder.parents if (each / CONFIG).is_file()), None)
    if (folder / CONFIG).is_file():
        rule: Rule = "folder-in-use"
        message = "there is already a package here"
        cure = "import into a new folder with --into, and move its Markdown file here yourself"
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        rule, message = "folder-in-use", "something is already here"
        cure = "import never overwrites: choose another place with --into"
    elif home:
        rule, message = "nested-package", f"this folder is inside the package {shown(home)}"
        cure = "a package holds no other package: choose another place with --into"
    else:
        return
    raise AnkibuildError((about(folder, rule, message, cure),))


def _join_decks(decks: Iterable[ImportedDeck], title: str) -> Iterator[ImportedDeck]:
    """Yield one deck for each name, as Anki tells names apart; the title is that of one without."""
    found: dict[str, list[ImportedDeck]] = {}
    for deck in decks:
        name = mend_deck_name(clean_text(deck.name)) or title
        found.setdefault(name.casefold(), []).append(
            ImportedDeck(name=name, cards=deck.cards, description=deck.description)
        )
    for same in found.values():
        cards = tuple(card for deck in same for card in deck.cards)
        if cards:
            texts = (deck.description for deck in same)
            yield ImportedDeck(name=same[0].name, cards=cards, description=join_passages(texts))


def deck_stem(deck: str, files: Names) -> str:
    """Return the name of a new deck's file, without its ending."""
    stem = short_id(deck) or "deck"
    return files.take(f"{stem}-deck" if f"{stem}.md" in NOT_DECKS else stem)


def _write_deck(deck: ImportedDeck, stem: str, ids: Names, doubts: Doubts, *, order: int) -> str:
    parts = [write_deck_head(deck.name, order=order), deck.description.markdown]
    for card in deck.cards:
        parts += _write_card(card, _note_id(card, stem, ids), doubts.of(card))
    return "\n\n".join(filter(None, parts)) + "\n"


def write_deck_head(name: str, *, order: int = 0) -> str:
    """Return how a deck's file begins: its heading, and above it what that cannot say."""
    heading = " ".join(_NOT_IN_A_HEADING.sub(" ", name.rpartition("::")[2]).split())
    matter = [] if heading == name else [f"deck: {json.dumps(name, ensure_ascii=False)}"]
    matter += [f"order: {order}"] if order else []
    parts = ["\n".join(("---", *matter, "---"))] if matter else []
    return "\n\n".join((*parts, f"# {heading or 'Deck'}"))


def _note_id(card: ImportedCard, stem: str, ids: Names) -> str:
    """Return an id that is not taken, and take it."""
    words = suggest_note_id(" ".join(card.question.lines))
    if words:
        return ids.take_id(words)
    stem = with_room(stem)
    note_id = ids.take_numbered(stem, start=2 if stem in ids else 1)
    ids.add(stem)
    return note_id


def _write_card(card: ImportedCard, note_id: str, doubt: str) -> Iterator[str]:
    attributes = [f"#{note_id}", *([".reversed"] if card.reversed else [])]
    attributes += [f'{key}="{_quote(value)}"' for key, value in card.attributes.items() if value]
    yield f"## {card.question.markdown} {{{' '.join(attributes)}}}".replace("##  ", "## ")
    if doubt:
        yield f"<!-- review: {re.sub('-{2,}', '-', doubt)} -->"
    yield card.answer.markdown
    if card.extra.markdown:
        yield f"---\n\n{card.extra.markdown}"


def _quote(value: str) -> str:
    return re.sub(r'([\\"])', r"\\\1", value)
