"""Write imported decks as a package's folder, once they are read back as they came in."""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from ankibuild.commands.starting import first_text
from ankibuild.core.files import CONFIG, MEDIA, NOT_DECKS, write_files
from ankibuild.core.identity import suggest_note_id
from ankibuild.core.names import Names, mend_deck_name, short_id, with_room
from ankibuild.core.problems import AnkibuildError, Problem, about, shown
from ankibuild.core.rules import Rule
from ankibuild.core.text import shorten
from ankibuild.importers.imported import Imported, ImportedCard, ImportedDeck, Written
from ankibuild.importers.read_back import check_deck
from ankibuild.importers.reading import clean_text

_NOT_IN_A_HEADING = re.compile(r"::|[*_`<>\[\]\\{}#]+")


def write_package(path: Path, imported: Imported, folder: Path, *, dry_run: bool) -> Written:
    """Write what was read of the file at ``path`` as a package into a new folder.

    Every note gets an id, and what is doubtful a comment below its heading. Raises AnkibuildError,
    and writes nothing, when the folder holds anything, or when there is no card.
    """
    check_place(folder)
    if not any(deck.cards for deck in imported.decks):
        cure = 'write each card as "Question - answer" in a line, or as "Q: …" and "A: …" in two'
        raise AnkibuildError(
            (about(path, "missing-notes", "no card was found in this file", cure),)
        )
    settings = first_text(CONFIG, folder)
    joined = list(_join_decks(imported.decks, tomllib.loads(settings)["title"]))
    files = Names()
    stems = [deck_stem(deck.name, files) for deck in joined]
    # Decks are in the order of their files' names, unless they say otherwise.
    in_order = stems == sorted(stems)
    ids = Names()
    texts: dict[str, str] = {}
    for place, (deck, stem) in enumerate(zip(joined, stems, strict=True), 1):
        texts[f"{stem}.md"] = _write_deck(deck, stem, ids, order=0 if in_order else place)
        check_deck(path, deck, texts[f"{stem}.md"])
    contents = {CONFIG: settings.encode()} | {name: text.encode() for name, text in texts.items()}
    contents |= {f"{MEDIA}/{name}": data for name, data in imported.media.items()}
    if not dry_run:
        write_files({folder / name: data for name, data in contents.items()})
    return Written(
        form=imported.form,
        paths=tuple(folder / name for name in contents),
        decks=tuple((deck.name, len(deck.cards)) for deck in joined),
        warnings=(*imported.warnings, *_find_doubts(path, imported.decks)),
    )


def check_place(folder: Path) -> None:
    """Raise AnkibuildError when a new package cannot stand there."""
    home = next((each for each in folder.parents if (each / CONFIG).is_file()), None)
    if (folder / CONFIG).is_file():
        rule: Rule = "folder-in-use"
        message = "a package is here already"
        cure = "import into a new folder with --into, and move its Markdown file here yourself"
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        rule, message = "folder-in-use", "something is here already"
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
            first = same[0]
            yield ImportedDeck(name=first.name, cards=cards, description=first.description)


def deck_stem(deck: str, files: Names) -> str:
    """Return the name of a new deck's file, without its ending."""
    stem = short_id(deck) or "deck"
    return files.take(f"{stem}-deck" if f"{stem}.md" in NOT_DECKS else stem)


def _write_deck(deck: ImportedDeck, stem: str, ids: Names, *, order: int) -> str:
    parts = [write_deck_head(deck.name, order=order), deck.description.markdown]
    for card in deck.cards:
        parts += _write_card(card, _note_id(card, stem, ids))
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


def _write_card(card: ImportedCard, note_id: str) -> Iterator[str]:
    attributes = [f"#{note_id}", *([".reversed"] if card.reversed else [])]
    attributes += [f'{key}="{_quote(value)}"' for key, value in card.attributes.items() if value]
    yield f"## {card.question.markdown} {{{' '.join(attributes)}}}".replace("##  ", "## ")
    if doubt := _doubt(card):
        yield f"<!-- review: {re.sub('-{2,}', '-', doubt)} -->"
    yield card.answer.markdown
    if card.extra.markdown:
        yield f"---\n\n{card.extra.markdown}"


def _quote(value: str) -> str:
    return re.sub(r'([\\"])', r"\\\1", value)


def _doubt(card: ImportedCard) -> str:
    found = [card.doubt] if card.doubt else []
    if not card.question.lines and not _is_cloze(card):
        found.append("the question is empty")
    if not card.answer.lines:
        found.append("the answer is empty")
    found += [*card.question.faults, *card.answer.faults, *card.extra.faults]
    lost = sorted({*card.question.lost, *card.answer.lost, *card.extra.lost})
    if lost:
        found.append(f"Markdown cannot say {', '.join(lost)}")
    return "; ".join(found)


def _is_cloze(card: ImportedCard) -> bool:
    return any("{{c" in line for line in card.answer.lines)


def _find_doubts(path: Path, decks: Iterable[ImportedDeck]) -> Iterator[Problem]:
    for deck in decks:
        if wrong := (*deck.description.faults, *deck.description.lost):
            message = f"what stands above the first card: {'; '.join(wrong)}"
            cure = "look at it in the Markdown: it describes the deck"
            yield about(path, "doubtful-import", message, cure, "warning")
        for card in deck.cards:
            if doubt := _doubt(card):
                words = " ".join(card.question.lines) or " ".join(card.answer.lines)
                yield about(
                    path,
                    "doubtful-import",
                    f'"{shorten(words)}": {doubt}',
                    'look at it, and delete its "review" comment in the Markdown',
                    "warning",
                    line=card.line,
                    column=1,
                )
