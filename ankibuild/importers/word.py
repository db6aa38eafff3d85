"""Read the cards of a Word document: headings, tables, ``Q:`` with ``A:``, bold questions.

mammoth makes HTML of the document; what is too large, damaged or strange for a document of
flashcards is refused before it gets it.
"""

import hashlib
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import mammoth
from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString

from ankibuild.core.media import FORMS
from ankibuild.core.names import short_name
from ankibuild.core.problems import AnkibuildError, about
from ankibuild.core.text import OBJECT, seen_lines, shorten
from ankibuild.core.values import Struct, replace
from ankibuild.importers.archives import DocumentError, check_archive
from ankibuild.importers.columns import NOT_IMPORTED, roles_of
from ankibuild.importers.imported import Imported, ImportedCard, ImportedDeck, Line, join_passages
from ankibuild.importers.passages import convert_block, convert_line, write_block, write_line
from ankibuild.importers.reading import read_data
from ankibuild.importers.text import ASKING, count_marked, find_sign, find_turns, marked_part

LARGEST_DOCUMENT = 100_000_000
LARGEST_XML = 30_000_000
MOST_PARTS = 5_000
MOST_TAGS = 500_000
"""A thousand cards have some fifty thousand; mammoth takes half a minute for this many."""

_SUFFIXES = {FORMS[each].media_type: each for each in ("png", "jpg", "gif", "webp")}
_STYLES = "p[style-name='Title'] => p.title:fresh\np[style-name='Subtitle'] => p:fresh\nu => u"
_DOCUMENT = "word/document.xml"
_IGNORED = re.compile(r"An unrecognised element was ignored: (?:\{[^}]*\}|\w+:)?(\w+)")
_HEADING = re.compile("h([1-6])")
_SOURCE = re.compile('src="([^"]*)"')
_ANSWER_OF_TWO = ("question", "answer")
_LONG_TABLE = 4


class _Block(Struct, frozen=True, kw_only=True):
    """A paragraph, list or table of the document; ``level`` is that of a heading, else 0."""

    tag: Tag
    text: str
    level: int = 0
    is_title: bool = False

    @property
    def html(self) -> str:
        return str(self.tag)

    @property
    def is_bold(self) -> bool:
        if self.tag.name != "p" or not self.text:
            return False
        bold = "".join(each.get_text() for each in self.tag.find_all(["strong", "b"]))
        return "".join(bold.split()) == "".join(self.text.split())


class _Section(Struct, kw_only=True):
    """The blocks below one heading, up to the next."""

    names: tuple[str, ...]
    heading: _Block | None
    blocks: list[_Block]


_Deck = tuple[list[_Block], list[tuple[_Block, list[_Block], str]]]
"""What describes a deck; and its questions, each with its answer and a doubt."""

_CardsOf = tuple[list[_Block], list[ImportedCard]]
"""What stands before the cards, and the cards."""


def read_word(path: Path) -> Imported:
    """Return the decks in a Word document, with its pictures.

    Raises AnkibuildError when it is none, or none that is safe to read.
    """
    data = read_data(path, LARGEST_DOCUMENT)
    try:
        html, media, warnings = _convert(data, path)
    except DocumentError as error:
        cure = "open it in Word, save it again as .docx, and import that"
        raise AnkibuildError(
            (about(path, "refused-document", f"this file is refused: {error}", cure),)
        ) from None
    blocks = list(_read_blocks(html))
    _check_tables(path, blocks)
    form, decks = _find_cards(blocks)
    titles = [each for each in blocks if each.is_title]
    decks = _with_titles(decks, titles)
    used = media.keys() & set(_SOURCE.findall(html))
    problems = tuple(
        about(path, "lost-words", message, "look at the document, and write it by hand", "warning")
        for message in warnings
    )
    return Imported(
        form=form,
        decks=decks,
        source=_read_source(data),
        left_out=tuple(_left_out(form, blocks)),
        media={name: media[name] for name in sorted(used)},
        warnings=problems,
    )


def _convert(data: bytes, path: Path) -> tuple[str, dict[str, bytes], list[str]]:
    """Return the document as HTML, its pictures by the names that stand there, and what is lost."""
    check_archive(
        data, "Word document", most_parts=MOST_PARTS, largest=LARGEST_XML, most_tags=MOST_TAGS
    )
    media: dict[str, bytes] = {}
    lost: set[str] = set()
    left = LARGEST_DOCUMENT
    stem = short_name(path.stem) or "picture"

    def keep_picture(image: Any) -> dict[str, str]:
        suffix = _SUFFIXES.get(image.content_type)
        if suffix is None:
            lost.add(f'a picture of the form "{image.content_type}" was left out')
            return {"src": ""}
        with image.open() as file:
            picture = file.read()
        nonlocal left
        left -= len(picture)
        if left < 0:
            raise DocumentError("its pictures are too large")
        digest = hashlib.sha256(picture).hexdigest()[:8]
        name = f"{stem}-{digest}.{suffix}"
        media[name] = picture
        return {"src": name}

    try:
        result = mammoth.convert_to_html(
            BytesIO(data),
            style_map=_STYLES,
            include_embedded_style_map=False,
            convert_image=mammoth.images.img_element(keep_picture),
        )
    except DocumentError:
        raise
    # mammoth has no error of its own: a damaged document trips it anywhere.
    except Exception as error:
        raise DocumentError(f"it is damaged ({type(error).__name__})") from None
    for message in result.messages:
        if match := _IGNORED.match(message.message):
            lost.add(f'something of the kind "{match[1]}" was left out')
        elif "image" in message.message:
            lost.add("a picture that is not in the document was left out")
    if 'href="#footnote-' in result.value or 'href="#endnote-' in result.value:
        lost.add("footnotes were left out")
    return result.value, media, sorted(lost)


def _read_source(data: bytes) -> tuple[Line, ...]:
    """Return the words of each paragraph as they stand in the file, without what was deleted."""
    with zipfile.ZipFile(BytesIO(data)) as file:
        tree = ElementTree.fromstring(file.read(_DOCUMENT))  # noqa: S314 (it declares no entities)
    return tuple((0, words) for words in "".join(_words_in(tree)).split("\n") if words.strip())


def _words_in(tree: ElementTree.Element) -> Iterator[str]:
    for tag in tree:
        name = tag.tag.rpartition("}")[2]
        # What is chosen stands beside it once more, for programs such as mammoth; of formulas a
        # warning tells.
        if name in ("Choice", "oMath", "del"):
            continue
        if name == "t":
            yield tag.text or ""
        elif name in ("tab", "br", "cr"):
            yield " "
        yield from _words_in(tag)
        if name == "p":
            yield "\n"


def _left_out(form: str, blocks: Sequence[_Block]) -> Iterator[str]:
    """Yield what names the columns of tables, and ``Q:`` and ``A:``."""
    for block in blocks:
        if block.tag.name == "table" and (row := block.tag.find("tr")):
            cells = [cell.get_text(" ") for cell in row.find_all(["td", "th"], recursive=False)]
            yield from cells if roles_of(cells) else ()
        if "Q: and A:" in form:
            yield block.text[: marked_part(block.text)[1]]


def _read_blocks(html: str) -> Iterator[_Block]:
    soup = BeautifulSoup(html, "html.parser")
    for note in soup.find_all("li", id=re.compile("^(?:foot|end)note-")):
        note.decompose()
    for link in soup.find_all("a"):
        if not str(link.get("href") or "").startswith(("http:", "https:", "mailto:")):
            if str(link.get("href") or "").startswith(("#footnote-", "#endnote-")):
                link.decompose()
            else:
                link.unwrap()
    for picture in soup.find_all("img"):
        if not picture.get("src"):
            picture.decompose()
        elif picture.get("alt"):
            picture["alt"] = " ".join(str(picture["alt"]).split())
    for tag in soup.find_all(recursive=False):
        text = " ".join(seen_lines(str(tag))).replace(OBJECT, "").strip()
        if not text and not tag.find("img"):
            continue
        match = _HEADING.fullmatch(tag.name)
        is_title = "title" in (tag.get("class") or ())
        yield _Block(tag=tag, text=text, level=int(match[1]) if match else 0, is_title=is_title)


def _check_tables(path: Path, blocks: Sequence[_Block]) -> None:
    """Raise AnkibuildError when the document is little else than tables of unknown columns."""
    tables = [block for block in blocks if block.tag.name == "table" and not _table_rows(block)]
    rows = [[_cells(row) for row in block.tag.find_all("tr")] for block in tables]
    long = [[row for row in table if any(row)] for table in rows if len(table) >= _LONG_TABLE]
    if not long or len(blocks) - len(tables) > 2 * len(long):
        return
    first = next((row for row in long[0] if sum(map(bool, row)) > 1), long[0][0])
    row = ", ".join(f'"{shorten(cell)}"' for cell in first)
    message = f"its table has {len(first)} columns, but no first row that names them: {row}"
    cure = 'write "question" and "answer" above two columns, and "extra" above others to keep'
    raise AnkibuildError((about(path, "unnamed-columns", message, cure),))


def _cells(row: Tag) -> list[str]:
    cells = row.find_all(["td", "th"], recursive=False)
    return [" ".join(cell.get_text(" ").split()) for cell in cells]


def _find_cards(blocks: Sequence[_Block]) -> tuple[str, tuple[ImportedDeck, ...]]:
    """Take the form that most of the document has."""
    title = next((block.text for block in blocks if block.is_title), "")
    blocks = [block for block in blocks if not block.is_title]
    sections = _split(blocks, title)
    asked = [each for each in sections if each.heading and each.blocks]
    rows = sum(len(_table_rows(block)) for block in blocks)
    others = sum(block.tag.name != "table" and not block.level for block in blocks)
    if rows and rows >= others:
        return "a table of questions and answers", _each(sections, _cards_of_tables)
    marked = count_marked([block.text for block in blocks])
    if marked and marked >= len(asked):
        return "questions and answers after Q: and A:", _each(sections, _cards_of_marked)
    bold = sum(block.is_bold for block in blocks)
    below = _find_below(sections, asked)
    if below:
        return below
    if asked and not (bold > len(asked) and all(each.blocks[0].is_bold for each in asked)):
        return "headings with their answers below", _decks_of_headings(sections, title)
    if bold:
        return "bold questions with their answers below", _each(sections, _cards_of_bold)
    listed = [replace(each, blocks=_unlist(each.blocks)) for each in sections]
    if sign := _sign_in([block for each in listed for block in each.blocks]):
        return _terms(listed, *sign)
    return "questions and answers in turn", tuple(_decks_of_turns(sections))


def _with_titles(
    decks: tuple[ImportedDeck, ...], titles: Sequence[_Block]
) -> tuple[ImportedDeck, ...]:
    """Return the decks; a title that is no deck's name describes the first one."""
    names = {part for deck in decks for part in deck.name.split("::")}
    more = [write_block(each.text) for each in titles if each.text.replace("::", " ") not in names]
    if not decks or not more:
        return decks
    first = decks[0]
    return (replace(first, description=join_passages([*more, first.description])), *decks[1:])


def _find_below(
    sections: Sequence[_Section], asked: Sequence[_Section]
) -> tuple[str, tuple[ImportedDeck, ...]] | None:
    """Read what stands below headings that only part the cards, when it holds more than they do."""
    listed = [replace(each, blocks=_unlist(each.blocks)) for each in sections]
    asking = sum(each.heading is not None and each.heading.text.endswith(ASKING) for each in asked)
    if asking * 2 >= len(asked):
        return None
    blocks = [block for each in listed if each.heading for block in each.blocks]
    questions = sum(block.text.endswith(ASKING) for block in blocks)
    sign = _sign_in(blocks)
    if sign and len(blocks) >= 2 * len(asked):
        return _terms(listed, *sign)
    pairs = sum(
        first.text.endswith(ASKING) and not second.text.endswith(ASKING)
        for each in listed
        for first, second in pairwise(each.blocks)
    )
    if questions > len(asked) and pairs * 2 > questions:
        form = "questions and answers in turn, below headings"
        return form, _each(listed, _cards_of_turns)
    return None


def _unlist(blocks: Sequence[_Block]) -> list[_Block]:
    """Return the items of lists as paragraphs, each with the lists inside of it behind it."""
    found: list[_Block] = []
    for block in blocks:
        if block.tag.name not in ("ul", "ol"):
            found.append(block)
            continue
        # A list that answers the question before it stays one.
        if found and found[-1].text.endswith(ASKING) and "?" not in block.text:
            found.append(block)
            continue
        soup = BeautifulSoup(block.html, "html.parser")
        for item in soup.find_all("li"):
            if item.find_parent("li"):
                continue
            inner = [each.extract() for each in item.find_all(["ul", "ol"], recursive=False)]
            item.name = "p"
            for tag in (item.extract(), *inner):
                text = " ".join(seen_lines(str(tag))).replace(OBJECT, "").strip()
                if text or tag.find("img"):
                    found.append(_Block(tag=tag, text=text))
    return found


def _sign_in(blocks: Sequence[_Block]) -> tuple[str, re.Pattern[str]] | None:
    return find_sign([block.text for block in blocks if block.text])


def _terms(
    sections: Sequence[_Section], name: str, sign: re.Pattern[str]
) -> tuple[str, tuple[ImportedDeck, ...]]:
    form = f"a term and its definition, separated by {name}"
    return form, _each(sections, lambda blocks: _cards_of_terms(blocks, sign))


def _split(blocks: Sequence[_Block], title: str) -> list[_Section]:
    """Return what stands below each heading, with the names of the headings above it."""
    sections = [_Section(names=(title,) if title else (), heading=None, blocks=[])]
    above: dict[int, str] = {}
    for block in blocks:
        if block.level:
            above = {level: name for level, name in above.items() if level < block.level}
            above[block.level] = block.text
            names = tuple(above[level] for level in sorted(above))
            sections.append(_Section(names=names, heading=block, blocks=[]))
        else:
            sections[-1].blocks.append(block)
    return sections


def _each(
    sections: Sequence[_Section], find: Callable[[Sequence[_Block]], _CardsOf]
) -> tuple[ImportedDeck, ...]:
    decks: list[tuple[str, list[ImportedCard], str]] = []
    waiting: list[_Block] = []
    for place, section in enumerate(sections):
        description, cards = find(section.blocks)
        name = "::".join(name.replace("::", " ") for name in section.names)
        if not name and len(sections) == 1 and [each.tag.name for each in description] == ["p"]:
            name, description = description[0].text, []
        waiting += description
        # What stands below a heading without cards describes the next deck.
        if not cards and place + 1 < len(sections):
            continue
        description, waiting = waiting, []
        html = "".join(block.html for block in description)
        if not cards and decks:
            last = decks.pop()
            html = last[2] + html
            name, cards = last[:2]
        decks.append((name, cards, html))
    return tuple(
        ImportedDeck(name=name, cards=tuple(cards), description=convert_block(html))
        for name, cards, html in decks
    )


def _table_rows(block: _Block) -> list[dict[str, Tag]]:
    """Return the rows of a table by what each column holds, or nothing when that is not known."""
    if block.tag.name != "table":
        return []
    rows = [row.find_all(["td", "th"], recursive=False) for row in block.tag.find_all("tr")]
    rows = [row for row in rows if row]
    roles = roles_of([cell.get_text(" ") for cell in rows[0]]) if rows else ()
    if roles:
        rows = rows[1:]
    elif all(len(row) == len(_ANSWER_OF_TWO) for row in rows):
        roles = _ANSWER_OF_TWO
    return [
        {role: cell for role, cell in zip(roles, row, strict=False) if role != NOT_IMPORTED}
        for row in rows
        if roles
    ]


def _cards_of_tables(blocks: Sequence[_Block]) -> _CardsOf:
    cards = []
    for block in blocks:
        for row in _table_rows(block):
            texts = {role: cell.get_text(" ").strip() for role, cell in row.items()}
            inner = {role: cell.decode_contents() for role, cell in row.items()}
            if any(texts.values()):
                cards.append(
                    ImportedCard(
                        question=convert_line(inner.get("question", "")),
                        answer=convert_block(inner.get("answer", "")),
                        extra=convert_block(inner.get("extra", "")),
                        hint=texts.get("hint", ""),
                        source=texts.get("source", ""),
                        tags=tuple(texts.get("tags", "").replace(",", " ").split()),
                    )
                )
    return [block for block in blocks if not _table_rows(block)], cards


def _cards_of_marked(blocks: Sequence[_Block]) -> _CardsOf:
    cards: list[tuple[list[str], list[str]]] = []
    before: list[_Block] = []
    target: list[str] | None = None
    for block in blocks:
        kind, length = marked_part(block.text)
        if kind == "question":
            cards.append(([], []))
            target = cards[-1][0]
        elif kind == "answer" and cards:
            target = cards[-1][1]
        if target is None:
            before.append(block)
        else:
            target.append(_without_start(block, length) if kind else block.html)
    return before, [
        ImportedCard(
            question=convert_line("".join(question)), answer=convert_block("".join(answer))
        )
        for question, answer in cards
    ]


def _cards_of_terms(blocks: Sequence[_Block], sign: re.Pattern[str]) -> _CardsOf:
    """Split each paragraph where its term ends; another goes on with the card before it."""
    before: list[_Block] = []
    cards: list[tuple[str, list[str], list[str]]] = []
    for block in blocks:
        parts = sign.split(block.text, maxsplit=1)
        if len(parts) > 1 and all(parts):
            if not cards and roles_of(parts):
                before.append(block)
                continue
            length = len(block.text) - len(parts[1])
            cards.append((parts[0], [_without_start(block, length)], []))
        elif cards:
            cards[-1][1].append(block.html)
            cards[-1][2].append(f'"{shorten(block.text)}" may not be part of it')
        else:
            before.append(block)
    return before, [
        ImportedCard(
            question=write_line(term), answer=convert_block("".join(html)), doubt="; ".join(doubts)
        )
        for term, html, doubts in cards
    ]


def _without_start(block: _Block, length: int) -> str:
    """Return a block's HTML without its first characters, white space not counted."""
    left = len("".join(block.text[:length].split()))
    for text in list(block.tag.find_all(string=True)):
        place = 0
        while left and place < len(text):
            left -= not text[place].isspace()
            place += 1
        kept = str(text)[place:]
        text.replace_with(NavigableString(kept if left else kept.lstrip()))
        if not left and kept.strip():
            break
    return block.html


def _cards_of_bold(blocks: Sequence[_Block]) -> _CardsOf:
    cards: list[tuple[_Block, list[_Block]]] = []
    before: list[_Block] = []
    for block in blocks:
        if block.is_bold:
            cards.append((block, []))
        elif cards:
            cards[-1][1].append(block)
        else:
            before.append(block)
    return before, [_card(question, answer) for question, answer in cards]


def _decks_of_headings(sections: Sequence[_Section], title: str) -> tuple[ImportedDeck, ...]:
    """Take as questions the level at which most headings have text below; higher ones are decks."""
    counts = dict.fromkeys(range(1, 7), 0)
    for section in sections:
        if section.heading and section.blocks:
            counts[section.heading.level] += 1
    level = max(counts, key=lambda each: (counts[each], -each))
    decks: dict[str, _Deck] = {}
    name = title
    for place, section in enumerate(sections):
        heading = section.heading
        following = sections[place + 1].heading if place + 1 < len(sections) else None
        if heading is None:
            decks.setdefault(name, ([], []))[0].extend(section.blocks)
        elif heading.level == level:
            decks.setdefault(name, ([], []))[1].append((heading, list(section.blocks), ""))
        elif heading.level < level and following and following.level > heading.level:
            name = "::".join(each.replace("::", " ") for each in section.names) or title
            decks.setdefault(name, ([], []))[0].extend(section.blocks)
        elif heading.level < level or heading.text.endswith(ASKING):
            doubt = "its heading is of another level than those of the other questions"
            decks.setdefault(name, ([], []))[1].append((heading, list(section.blocks), doubt))
        else:
            cards = decks.setdefault(name, ([], []))[1]
            target = cards[-1][1] if cards else decks[name][0]
            target += [heading, *section.blocks]
    return tuple(
        ImportedDeck(
            name=name,
            cards=tuple(_card(question, answer, doubt) for question, answer, doubt in cards),
            description=convert_block("".join(block.html for block in description)),
        )
        for name, (description, cards) in _with_cards(decks).items()
    )


def _with_cards(decks: dict[str, _Deck]) -> dict[str, _Deck]:
    """Return the decks that have cards; what describes another goes to the next, or to the last."""
    found: dict[str, _Deck] = {}
    waiting: list[_Block] = []
    for name, (description, cards) in decks.items():
        if cards:
            found[name] = ([*waiting, *description], cards)
            waiting = []
        else:
            waiting += description
    if found and waiting:
        found[next(reversed(found))][0].extend(waiting)
    return found


def _decks_of_turns(sections: Sequence[_Section]) -> Iterator[ImportedDeck]:
    for section in sections:
        title, _ = find_turns([_as_line(block) for block in section.blocks])
        before, cards = _in_turn(section.blocks)
        if not section.names:
            before = []
        yield ImportedDeck(
            name="::".join(section.names) or title,
            cards=tuple(cards),
            description=convert_block("".join(block.html for block in before)),
        )


def _cards_of_turns(blocks: Sequence[_Block]) -> _CardsOf:
    """Read questions and answers in turn, where anything asks."""
    if not any(block.text.endswith(ASKING) for block in blocks):
        return list(blocks), []
    return _in_turn(blocks)


def _in_turn(blocks: Sequence[_Block]) -> _CardsOf:
    title, places = find_turns([_as_line(block) for block in blocks])
    return list(blocks[:1] if title else ()), [
        _card(blocks[question], [blocks[each] for each in answer], doubt)
        for question, answer, doubt in places
    ]


def _as_line(block: _Block) -> str:
    return f"- {block.text}" if block.tag.name in ("ul", "ol") else block.text or "[picture]."


def _card(question: _Block, answer: Sequence[_Block], doubt: str = "") -> ImportedCard:
    if question.is_bold or question.level:
        for tag in question.tag.find_all(["strong", "b"]):
            tag.unwrap()
    return ImportedCard(
        question=convert_line(question.tag.decode_contents()),
        answer=convert_block("".join(block.html for block in answer)),
        doubt=doubt,
    )
