"""Read a note of Obsidian with cards for its plugin Spaced Repetition.

https://github.com/st3v3nmw/obsidian-spaced-repetition; its settings are read where the vault holds
them. What is on no card, as most of a note may be, is listed.
"""

import json
import os
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from urllib.parse import quote

from ankibuild.core.problems import AnkibuildError, Problem, Reporter, about
from ankibuild.core.text import shorten
from ankibuild.core.values import Struct, replace
from ankibuild.dialect.front_matter import read_front_matter
from ankibuild.importers.account import lines_of_markdown
from ankibuild.importers.foreign import (
    MediaBeside,
    below,
    heading_of,
    mark_left_out,
    rewrite_line,
    split_question,
    write_cloze,
)
from ankibuild.importers.imported import Imported, ImportedCard, ImportedDeck, Passage
from ankibuild.importers.passages import keep_block, keep_line
from ankibuild.importers.reading import read_data

FORM = "a note for Obsidian's Spaced Repetition"

_VAULT = ".obsidian"
_SETTINGS = ".obsidian/plugins/obsidian-spaced-repetition/data.json"
_LARGEST_SETTINGS = 50_000_000
_MOST_FILES = 100_000
_TAG = "#flashcards"
_SCHEDULE = re.compile(r"\s?<!--SR:[^<]*?-->")
_CALLOUT = "> [!sr|card-metadata]"
_COMMENT = re.compile(r"%%.*?%%|<!--(?:(?!<!--).)*?-->", re.DOTALL)
_BLOCK_ID = re.compile(r" \^[A-Za-z0-9-]+\s*$")
_FENCE = re.compile("`{3,}|~{3,}")
_CODE = re.compile(r"`[^`\n]+`|\$\$[^$]+\$\$|\$[^$\n]+\$")
_LEADING = re.compile(r"\s*(?:#{1,6}[ \t]+|[-*+][ \t]+(?:\[[ x]\][ \t]+)?)?")
_EMBED = re.compile(r"!\[\[([^\[\]|#\n]++)(?:#[^\[\]|\n]*+)?(?:\|[^\[\]\n]*+)?\]\]")
_LINK = re.compile(r"\[\[([^\[\]|\n]++)(?:\|([^\[\]\n]++))?\]\]")
_NUMBER, _HINT = r"(?:(\d{1,3});;)?", r"(?:;;(.+?))?"
_PATTERNS = {
    "==[123;;]answer[;;hint]==": re.compile(rf"=={_NUMBER}(?!=)(.+?){_HINT}=="),
    "**[123;;]answer[;;hint]**": re.compile(rf"\*\*{_NUMBER}(?!\*)(.+?){_HINT}\*\*"),
    "{{[123;;]answer[;;hint]}}": re.compile(rf"\{{\{{{_NUMBER}(.+?){_HINT}\}}\}}"),
}
_SWITCHES = ("convertHighlightsToClozes", "convertBoldTextToClozes", "convertCurlyBracketsToClozes")


class _Settings(Struct, frozen=True, kw_only=True):
    """What the plugin was told: its tags, the signs between two sides, how clozes are written."""

    tags: tuple[str, ...] = (_TAG,)
    line: str = "::"
    line_reversed: str = ":::"
    lines: str = "?"
    lines_reversed: str = "??"
    end: str = ""
    patterns: tuple[str, ...] = tuple(_PATTERNS)[:1]

    def find_tags(self, text: str) -> list[str]:
        """Return the tags for cards in a text."""
        return re.findall(self._tags, text)

    def without_tags(self, text: str) -> str:
        """Return a text without its tags for cards."""
        return re.sub(self._tags, "", text)

    def own_tags(self, text: str) -> list[str]:
        """Return the tags for cards that a text begins with."""
        found = re.match(rf"(?:\s*{self.tag}(?:/[^\s#]+)?(?=\s|$))+", text)
        return found[0].split() if found else []

    @property
    def _tags(self) -> str:
        return rf"(?<![^\s(,])({self.tag}(?:/[^\s#]+)?)(?![\w/-])"

    @property
    def tag(self) -> str:
        """Return a pattern of a tag, without those below it."""
        return f"(?:{'|'.join(map(re.escape, self.tags))})"

    def clozes(self, line: str) -> list[re.Match[str]]:
        """Return the clozes in a line, none of them in code or in a formula, in order."""
        inside = bytearray(len(line) + 1)
        for atom in _CODE.finditer(line):
            inside[atom.start() + 1 : atom.end()] = b"1" * (len(atom[0]) - 1)
        taken = bytearray(len(line))
        found: list[re.Match[str]] = []
        for match in (m for each in self.patterns for m in _PATTERNS[each].finditer(line)):
            start, end = match.span()
            if not inside[start] and not inside[end] and not any(taken[start:end]):
                found.append(match)
                taken[start:end] = b"1" * (end - start)
        return sorted(found, key=lambda match: match.start())


class _Card(Struct, frozen=True, kw_only=True):
    """The lines of a card, by their places from 0; ``sign`` parts its sides, "" for clozes."""

    places: tuple[int, ...]
    sign: str
    is_reversed: bool


def is_note(path: Path, text: str) -> bool:
    """Tell whether the plugin wrote a schedule into a note, or would find a card in it."""
    if "<!--SR:!" in text:
        return True
    settings = _read_settings(_find_vault(path))[0]
    lines = text.split("\n")
    tags, _, place = _matter_tags(lines, settings)
    is_tagged = bool(tags or settings.find_tags(_CODE.sub("", text)))
    return is_tagged and any(_find_cards(lines, place, settings))


def read_obsidian(path: Path, text: str) -> Imported:
    """Return the decks in a note, with their pictures and sounds; what is on no card is a warning.

    Headings above a card are its source, as the plugin shows them with it. Raises AnkibuildError
    where the plugin has a schedule, and no card is found: its settings are needed then.
    """
    vault = _find_vault(path)
    settings, unread = _read_settings(vault)
    lines = text.split("\n")
    found, more, place = _matter_tags(lines, settings)
    deck, tags = _deck_of(found, settings), more
    start = place
    media = _VaultMedia(path, vault)
    decks: dict[str, list[ImportedCard]] = {}
    headings: list[tuple[int, int]] = []
    used: set[int] = set()
    code = set(_find_code(lines, place))
    for card in _find_cards(lines, place, settings):
        for n in filter(lambda n: n not in code, range(place, card.places[0])):
            if own := settings.find_tags(lines[n]):
                deck, tags = _deck_of(own, settings), (*more, *_bare(own[1:]))
            if heading := heading_of(lines[n]):
                headings = below(headings, heading[0], n)
        place = card.places[-1] + 1
        used |= {*card.places, *(n for _, n in headings)}
        source = " > ".join(_shown(lines[n], media) for _, n in headings)
        made, own = _make_card(lines, card, settings, media)
        home = _deck_of(own, settings) if own else deck
        decks.setdefault(home, []).append(
            replace(made, source=source, tags=(*more, *_bare(own[1:])) if own else tags)
        )
    _see_that_all_are_found(path, lines, used, code)
    return Imported(
        form=FORM,
        decks=tuple(ImportedDeck(name=name, cards=tuple(each)) for name, each in decks.items()),
        source=lines_of_markdown(text, start),
        left_out=(
            *_find_hidden(lines[start:], settings),
            *(words for _, words in _find_runs(lines, start, used, settings)),
        ),
        media=media.copied,
        warnings=(
            *_find_left(path, lines, start, used, settings),
            *unread,
            *media.outside.values(),
        ),
    )


def _see_that_all_are_found(
    path: Path, lines: Sequence[str], used: set[int], code: set[int]
) -> None:
    """Raise AnkibuildError at a schedule of what is no card."""
    last = 0
    for n, line in enumerate(lines):
        last = n if _without_schedule(line) else last
        if "<!--SR:!" not in line or n in code or last in used:
            continue
        message = f'"{shorten(_without_schedule(lines[last]))}" has a schedule, but is not a card'
        cure = (
            "if the plugin has other signs for cards, keep its settings in the vault's folder "
            f"({_SETTINGS}); if it is no longer a card, delete the comment"
        )
        raise AnkibuildError((about(path, "lost-words", message, cure, line=n + 1, column=1),))


def _without_schedule(line: str) -> str:
    return _SCHEDULE.sub("", line).strip()


def _find_code(lines: Sequence[str], start: int) -> Iterator[int]:
    fence = ""
    for n in range(start, len(lines)):
        mark = _FENCE.match(lines[n].lstrip())
        if fence or mark:
            yield n
        if not fence and mark:
            fence = mark[0]
        elif fence and lines[n].strip().startswith(fence):
            fence = ""


def _find_vault(path: Path) -> Path | None:
    return next((each for each in path.resolve().parents if (each / _VAULT).is_dir()), None)


def _read_settings(vault: Path | None) -> tuple[_Settings, tuple[Problem, ...]]:
    """Return the plugin's settings in a vault, and which of them cannot be followed."""
    file = vault / _SETTINGS if vault else None
    if not file or not file.is_file():
        return _Settings(), ()
    try:
        written = json.loads(read_data(file, _LARGEST_SETTINGS))["settings"]
        patterns = written.get("clozePatterns")
        if patterns is None:
            on = (written.get(each, n == 0) for n, each in enumerate(_SWITCHES))
            patterns = [each for each, is_on in zip(_PATTERNS, on, strict=True) if is_on]
        settings = _Settings(
            tags=tuple(
                f"#{str(each).lstrip('#')}" for each in written.get("flashcardTags", [_TAG])
            ),
            line=str(written.get("singleLineCardSeparator") or "::"),
            line_reversed=str(written.get("singleLineReversedCardSeparator") or ":::"),
            lines=str(written.get("multilineCardSeparator") or "?"),
            lines_reversed=str(written.get("multilineReversedCardSeparator") or "??"),
            end=str(written.get("multilineCardEndMarker") or ""),
            patterns=tuple(each for each in patterns if each in _PATTERNS),
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        message = "the plugin's settings cannot be read"
        cure = "the cards were read as the plugin reads them without any: look at them"
        return _Settings(), (about(file, "doubtful-import", message, cure, "warning"),)
    cure = "clozes of this form stay as they are written: make them ==highlights== first"
    return settings, tuple(
        about(file, "doubtful-import", f'the cloze pattern "{each}" is not read', cure, "warning")
        for each in patterns
        if each not in _PATTERNS
    )


def _matter_tags(
    lines: Sequence[str], settings: _Settings
) -> tuple[list[str], tuple[str, ...], int]:
    """Return the tags for cards, all other tags, and the place of the first line after them."""
    matter = read_front_matter(lines, Reporter(""))
    written = [f"#{tag.lstrip('#')}" for tag in matter.tags]
    decks = [tag for tag in written if settings.own_tags(tag)]
    return decks, _bare([tag for tag in written if tag not in decks]), matter.end


def _bare(tags: Sequence[str]) -> tuple[str, ...]:
    return tuple(tag.removeprefix("#") for tag in tags)


def _deck_of(tags: Sequence[str], settings: _Settings) -> str:
    """Return the deck that the first tag names; that of the plugin's own tag is named later."""
    name = tags[0].removeprefix("#") if tags else ""
    if len(settings.tags) == 1:
        name = name.removeprefix(settings.tags[0].removeprefix("#")).removeprefix("/")
    return name.replace("/", "::")


def _find_cards(lines: Sequence[str], start: int, settings: _Settings) -> Iterator[_Card]:
    """Yield the cards as the plugin finds them: up to an empty line, or to the sign for an end."""
    inline = sorted((settings.line_reversed, settings.line), key=len, reverse=True)
    taken: list[int] = []
    sign: str | None = None
    skip = start
    for n in range(start, len(lines)):
        line, bare = lines[n], lines[n].strip()
        if n < skip:
            continue
        if line.startswith("<!--") and not line.startswith("<!--SR:"):
            skip = next((k for k in range(n, len(lines)) if "-->" in lines[k]), len(lines)) + 1
        elif (bare == settings.end) if settings.end and (bare or sign is not None) else not bare:
            if sign is not None:
                yield _card(taken, sign, settings)
            taken, sign = [], None
        elif parting := next((each for each in inline if _parts(line, each)), ""):
            skip = _end_of_schedule(lines, n + 1)
            yield _card(range(n, skip), parting, settings)
            taken, sign = [], None
        else:
            taken.append(n)
            if bare in (settings.lines, settings.lines_reversed):
                sign = bare if len(taken) > 1 else sign
            elif fence := _FENCE.match(line):
                ends = (k for k in range(n + 1, len(lines)) if lines[k].startswith(fence[0]))
                skip = next(ends, len(lines) - 1) + 1
                taken += range(n + 1, skip)
            elif sign is None and settings.clozes(line):
                sign = ""
    if sign is not None:
        yield _card(taken, sign, settings)


def _card(places: Sequence[int], sign: str, settings: _Settings) -> _Card:
    is_reversed = sign in (settings.line_reversed, settings.lines_reversed)
    return _Card(places=tuple(places), sign=sign, is_reversed=is_reversed)


def _parts(line: str, sign: str) -> bool:
    """Tell whether the sign stands in a line, and its first one not in code."""
    place = line.find(sign)
    after = line[place + len(sign) :]
    return place >= 0 and not (line[:place].count("`") % 2 and after.count("`") % 2)


def _end_of_schedule(lines: Sequence[str], place: int) -> int:
    """Return the place after what the plugin wrote below a card."""
    if place < len(lines) and lines[place].startswith("<!--SR:"):
        return place + 1
    if place < len(lines) and lines[place].startswith(_CALLOUT):
        ends = (n for n in range(place, len(lines)) if "<!--SR:" in lines[n])
        return next(ends, place) + 1
    return place


def _make_card(
    lines: Sequence[str], card: _Card, settings: _Settings, media: "_VaultMedia"
) -> tuple[ImportedCard, list[str]]:
    """Return a card, and the tags that it begins with."""
    texts = [_SCHEDULE.sub("", lines[n]) for n in card.places if not lines[n].startswith("<!--SR:")]
    texts = [*takewhile(lambda line: not line.startswith(_CALLOUT), texts)]
    text = _BLOCK_ID.sub("", _COMMENT.sub("", "\n".join(texts).rstrip()))
    own = settings.own_tags(text)
    for tag in own:
        text = text.lstrip().removeprefix(tag)
    text = text.strip(" \t") if own else text
    line = card.places[0] + 1
    media.embedded = False
    if not card.sign:
        clozes = _write_clozes(text.strip("\n"), settings, media)
        made = ImportedCard(question=Passage(), answer=keep_block(clozes), line=line)
    else:
        front, back = _sides(text, card, settings)
        front = "\n".join(_LEADING.sub("", each, count=1) for each in front.strip().split("\n"))
        answer = _rewrite(back.strip("\n").rstrip(), media)
        question, answer, doubt = split_question(_rewrite(front, media), answer)
        made = ImportedCard(
            question=keep_line(question),
            answer=keep_block(answer.lstrip(" ")),
            reversed=card.is_reversed,
            line=line,
            doubt=doubt,
        )
    return (replace(made, doubt="another note is embedded") if media.embedded else made), own


def _sides(text: str, card: _Card, settings: _Settings) -> tuple[str, str]:
    if card.sign in (settings.line, settings.line_reversed):
        front, _, back = text.partition(card.sign)
        return front, back
    lines = text.split("\n")
    place = next((n for n, line in enumerate(lines) if line.strip() == card.sign), len(lines))
    return "\n".join(lines[:place]), "\n".join(lines[place + 1 :])


def _write_clozes(text: str, settings: _Settings, media: "_VaultMedia") -> str:
    number = 0
    written = []
    for line in text.split("\n"):
        end, parts = 0, []
        for match in settings.clozes(line):
            number = int(match[1]) if match[1] else number + 1
            parts += [_rewrite(line[end : match.start()], media)]
            parts += [write_cloze(number, _rewrite(match[2], media), match[3] or "")]
            end = match.end()
        written.append("".join([*parts, _rewrite(line[end:], media)]))
    return "\n".join(written)


def _rewrite(text: str, media: "_VaultMedia") -> str:
    text = _EMBED.sub(lambda match: media.embed(match[1].strip()), text)
    text = _LINK.sub(lambda match: match[2] or match[1].replace("#", " > "), text)
    return "\n".join(rewrite_line(line, media) for line in text.split("\n"))


def _shown(line: str, media: "_VaultMedia") -> str:
    heading = heading_of(line)
    return " ".join(keep_line(_rewrite(heading[1], media)).lines) if heading else ""


def _find_hidden(lines: Sequence[str], settings: _Settings) -> Iterator[str]:
    """Yield what Obsidian does not show: tags, comments, numbers of clozes, targets of links."""
    text = "\n".join(lines)
    yield from settings.find_tags(text)
    yield from re.findall(r"(\d{1,3});;", text)
    yield from (match[0] for match in _COMMENT.finditer(text))
    yield from (match[0] for match in _EMBED.finditer(text))
    yield from (match[1] for match in _LINK.finditer(text) if match[2])
    for line in lines:
        yield from _BLOCK_ID.findall(line)
        if line.startswith(_CALLOUT):
            yield line


def _find_runs(
    lines: Sequence[str], start: int, used: set[int], settings: _Settings
) -> list[tuple[int, str]]:
    """Return each paragraph that is on no card, with the line where it begins, from 1."""
    runs: list[tuple[int, str]] = []
    run: list[str] = []
    # Comments go, and each line keeps its place.
    text = _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), "\n".join(lines))
    for n, line in enumerate([*text.split("\n"), ""][start:], start):
        words = settings.without_tags("" if n in used else line).strip()
        if words:
            run.append(words)
        elif run:
            runs.append((n - len(run) + 1, " ".join(run)))
            run = []
    return runs


def _find_left(
    path: Path, lines: Sequence[str], start: int, used: set[int], settings: _Settings
) -> Iterator[Problem]:
    """Yield a warning for each paragraph that is on no card, and one for all schedules."""
    yield from mark_left_out(path, _find_runs(lines, start, used, settings))
    if schedules := sum("<!--SR:" in line for line in lines):
        message = f"the dates when cards are due are left out ({schedules} schedules)"
        cure = "there is nothing to do: each learner starts afresh"
        yield about(path, "lost-words", message, cure, "warning")


class _VaultMedia(MediaBeside):
    """The media of a note, which Obsidian finds by their names anywhere in the vault."""

    def __init__(self, path: Path, vault: Path | None) -> None:
        super().__init__(path, vault)
        self.embedded = False
        self._beside, self._root = path.parent, vault or path.parent

    def embed(self, name: str) -> str:
        """Return an embedded picture or sound; another note stays a name, and is remembered."""
        written = f"![]({quote(name)})"
        places = (self._beside / name, self._root / name, self._files.get(Path(name).name))
        for place in filter(None, places):
            if place.is_file() and (found := self.place(written, "", quote(str(place)))) != written:
                return found
        self.embedded = self.embedded or Path(name).suffix.lower() in ("", ".md")
        return name

    @cached_property
    def _files(self) -> dict[str, Path]:
        found: dict[str, Path] = {}
        for folder, inner, names in os.walk(self._root):
            inner[:] = sorted(each for each in inner if not each.startswith("."))
            for name in sorted(names):
                found.setdefault(name, Path(folder) / name)
            if len(found) > _MOST_FILES:
                break
        return found
