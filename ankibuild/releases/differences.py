"""What changed in a note that was published, word by word."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Literal

from ankibuild.core.clozes import reveal_clozes
from ankibuild.core.media import plain_names
from ankibuild.core.notes import Note
from ankibuild.core.text import escape_markdown, plain_text
from ankibuild.releases.lock import LockedNote
from ankibuild.releases.moves import hidden_words
from ankibuild.releases.package import published_ordinals

Part = tuple[Literal["ours", "same", "old", "new"], str]
"""Words of our own, or of the author: such as are the same, only in the old, or only in the new."""

Line = tuple[Part, ...]

_SWITCHES = ("Reversed", "Typed")


def describe_change(old: LockedNote, note: Note, *, markup: bool = True) -> Iterator[Line]:
    """Yield a line for each field, file, card and tag that is no longer as it was published.

    Without ``markup`` only words are told, as a learner reads them.
    """
    masks = note.note_type.roles.get("masks")
    show = str if markup or not note.note_type.is_cloze else reveal_clozes
    for name, *html in changed_fields(old, note):
        before, now = map(show, html)
        if name in _SWITCHES and {before, now} == {"", "yes"}:
            yield (("ours", f"{name.lower()}: switched {'on' if now else 'off'}"),)
        elif len({*map(plain_names, html)}) == 1:
            continue
        elif not markup and (name == masks or plain_text(before) == plain_text(now)):
            yield ("same", name), ("ours", ": looks different")
        elif not plain_text(before) or not plain_text(now):
            kind: Literal["new", "old"] = "new" if now else "old"
            yield ("same", name), ("ours", ": "), (kind, plain_text(now or before))
        else:
            yield ("same", name), ("ours", ": "), *compare_words(before, now)
    for name, change in changed_media(old.media, note.media):
        yield ("ours", "media: "), ("same", name), ("ours", f" {change}")
    for name in _gone_cards(old, note):
        yield ("ours", "card gone: "), ("old", name)
    if gone := set(old.tags) - set(note.tags):
        yield ("ours", "tags: "), ("old", " ".join(sorted(gone)))
    if come := set(note.tags) - set(old.tags):
        yield ("ours", "tags: "), ("new", " ".join(sorted(come)))


def changed_fields(old: LockedNote, note: Note) -> Iterator[tuple[str, str, str]]:
    """Yield the fields of a published note that changed: name, old and new HTML."""
    for name, now in note.field_map.items():
        before = old.fields.get(name, "")
        if before != now:
            yield name, before, now


def changed_media(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the files that are new, changed or gone, by the names that authors know."""
    before, after = (
        {plain_names(name): digest for name, digest in media.items()} for media in (old, new)
    )
    for name in sorted(before.keys() | after.keys()):
        if name not in before or name not in after:
            yield name, "gone" if name in before else "new"
        elif before[name] != after[name]:
            yield name, "changed"


def _gone_cards(old: LockedNote, note: Note) -> Iterator[str]:
    """Yield what the cards are called that a note makes no longer, a cloze's by what it hid."""
    if old.kind != note.kind:
        return
    hidden = hidden_words(old.kind, old.fields)
    for ordinal in sorted({*published_ordinals(old, note.note_type)} - {*note.ordinals}):
        if note.note_type.is_cloze:
            yield ", ".join(each[0] for each in hidden.get(ordinal + 1, ())) or f"c{ordinal + 1}"
        else:
            yield note.note_type.templates[ordinal].name


def as_markdown(line: Line) -> str:
    """Return a line in Markdown that shows the author's words as they are."""
    return "".join(_markdown_style(*part) for part in line)


def _markdown_style(kind: str, text: str) -> str:
    mark = {"old": "~~", "new": "**"}.get(kind, "")
    core = escape_markdown(text.strip())
    # A mark counts only right beside a word.
    before, after = (" " if each.isspace() else "" for each in (text[:1], text[-1:]))
    return f"{before}{mark}{core}{mark}{after}" if core else before


_MONEY = "[$\u00a2-\u00a5\u20a0-\u20cf]"
_SIGN = rf"(?:(?<!\w)[-+\u2212](?={_MONEY}?\.?\d))?(?:\w{{1,3}}(?={_MONEY}\d))?"
_DIGITS = r"(?:(?<=\d)(?:[.,:/'\u2019-]\d\w*|[ ]\d{3}(?!\w)))*"
# A number is one word, with its sign, its currency and its percent.
_WORD = re.compile(
    rf"<[^<>]*>|&\w+;|{_SIGN}{_MONEY}?(?:(?<!\w)\.(?=\d))?\w+{_DIGITS}"
    rf"(?:(?<=\d)(?:[%\u2030]|{_MONEY})(?!\w))?|\s+|.",
    re.DOTALL,
)
_CONTEXT = 4
_STEPS = 30
_FEWEST_STEPS = 5_000
"""Steps of a comparison, so many for each word: all that two texts of fifty words can need, and
enough for long ones of which a sixth is other."""


def compare_words(old: str, new: str) -> tuple[Part, ...]:
    """Return the words of two fields that are the same, only in the old, only in the new.

    Tags are left out unless nothing else changed. Long runs of same words are shortened. Where
    the texts have too little in common for a comparison in good time, all between the same words
    at both ends counts as other.
    """
    if plain_text(old) != plain_text(new):
        old, new = plain_text(old), plain_text(new)
    parts: list[Part] = []
    for kind, words in groupby(_compare(_WORD.findall(old), _WORD.findall(new)), itemgetter(0)):
        parts.append((kind, "".join(word for _, word in words)))
    return tuple(_shorten(parts))


def _compare(before: Sequence[str], after: Sequence[str]) -> Iterator[Part]:
    """Yield the words of both texts, each run of other ones with the old before the new."""
    start, end = _same_start(before, after), 0
    limit = min(len(before), len(after)) - start
    while end < limit and before[-1 - end] == after[-1 - end]:
        end += 1
    yield from (("same", word) for word in before[:start])
    mine, theirs = before[start : len(before) - end], after[start : len(after) - end]
    place, other = 0, 0
    for x, y in (*_same_pairs(mine, theirs), (len(mine), len(theirs))):
        yield from (("old", word) for word in mine[place:x])
        yield from (("new", word) for word in theirs[other:y])
        yield from (("same", word) for word in mine[x : x + 1])
        place, other = x + 1, y + 1
    yield from (("same", word) for word in before[len(before) - end :])


def _same_start(before: Sequence[str], after: Sequence[str]) -> int:
    pairs = enumerate(zip(before, after, strict=False))
    return next((n for n, (one, two) in pairs if one != two), min(len(before), len(after)))


def _same_pairs(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int]]:
    """Return the places of the most words that two texts share in order; none after many steps.

    Source: Myers, An O(ND) difference algorithm and its variations (1986).
    """
    steps = _FEWEST_STEPS + _STEPS * (len(before) + len(after))
    # By diagonal: the furthest place in the old text, and the runs of same words on the way there.
    reached: dict[int, tuple[int, _Runs]] = {1: (0, ())}
    for others in range(len(before) + len(after) + 1):
        for diagonal in range(-others, others + 1, 2):
            place, runs = reached.get(diagonal + 1, (-1, ()))
            if diagonal > -others and reached[diagonal - 1][0] >= place:
                place, runs = reached[diagonal - 1]
                place += 1
            start = place
            while (
                place < len(before)
                and place - diagonal < len(after)
                and before[place] == after[place - diagonal]
            ):
                place += 1
            if start < place:
                runs = (runs, start, place, diagonal)
            if place >= len(before) and place - diagonal >= len(after):
                return _unwind(runs)
            reached[diagonal] = place, runs
            steps -= 1 + place - start
            if steps < 0:
                return []
    return []


_Runs = tuple[()] | tuple["_Runs", int, int, int]
"""The runs before this one, where it begins and ends in the old text, and its diagonal."""


def _unwind(runs: _Runs) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    while runs:
        runs, start, end, diagonal = runs
        pairs += ((place, place - diagonal) for place in range(end - 1, start - 1, -1))
    return pairs[::-1]


def _shorten(parts: list[Part]) -> Iterator[Part]:
    for place, (kind, text) in enumerate(parts):
        words = re.findall(r"\S+\s*|\s+", text)
        if kind == "same" and len(words) > 2 * _CONTEXT:
            start = words[:_CONTEXT] if place else []
            end = words[-_CONTEXT:] if place < len(parts) - 1 else []
            yield kind, f"{''.join(start)}… {''.join(end)}" if end else f"{''.join(start)}…"
        else:
            yield kind, text
