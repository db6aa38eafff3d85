"""What changed in a note that was published, word by word."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Literal

from ankibuild.anki.note_types import FIELDS
from ankibuild.core.clozes import reveal_clozes
from ankibuild.core.media import plain_names
from ankibuild.core.notes import Note
from ankibuild.core.text import escape_markdown, lined_text, plain_text
from ankibuild.core.words import Words, words_for
from ankibuild.releases.lock import LockedNote
from ankibuild.releases.moves import hidden_words
from ankibuild.releases.package import published_ordinals

Part = tuple[Literal["ours", "same", "old", "new"], str]
"""Words of our own, or of the author: such as are the same, only in the old, or only in the new."""

Line = tuple[Part, ...]

_SWITCHES = ("Reversed", "Typed")
_COLON: Part = ("ours", ": ")
_FEWEST_PARTS = 3
_HERE = "\0"


def describe_change(
    old: LockedNote, note: Note, *, words: Words | None = None, is_whole: bool = False
) -> Iterator[Line]:
    """Yield a line for each field, file, card and tag that is no longer as it was published.

    With ``is_whole`` all words of a field are told, else those around what changed. With the
    ``words`` for learners only words are told, as a learner reads them, and all of them.
    """
    masks = note.note_type.roles.get("masks")
    is_ours = note.kind in FIELDS
    show = reveal_clozes if words and note.note_type.is_cloze else str
    say = words or words_for("", {})
    for name, *html in changed_fields(old, note):
        before, now = map(show, html)
        field: Part = ("ours" if is_ours else "same", name)
        if name in _SWITCHES and {before, now} == {"", "yes"}:
            switched = "switched-on" if now else "switched-off"
            flag = say.say(_key("field", name)) if is_ours else name.lower()
            yield (("ours", say.say(switched, field=flag)),)
        elif len({*map(plain_names, html)}) == 1:
            continue
        elif words and (name == masks or plain_text(before) == plain_text(now)):
            yield _line(say, "looks-different", field)
        else:
            yield word_line(field, before, now, is_whole=is_whole or words is not None)
    for name, change in changed_media(old.media, note.media):
        yield _line(say, f"file-{change}", ("same", name))
    for name in _gone_cards(old, note, say):
        yield _line(say, "card-gone", ("old", name))
    if gone := set(old.tags) - set(note.tags):
        yield _line(say, "tags", ("old", " ".join(sorted(gone))))
    if come := set(note.tags) - set(old.tags):
        yield _line(say, "tags", ("new", " ".join(sorted(come))))


def word_line(field: Part, old: str, new: str, *, is_whole: bool = False) -> Line:
    """Return a line with the words of a field in two versions; they are HTML."""
    if not plain_text(old) or not plain_text(new):
        return field, _COLON, ("new" if new else "old", lined_text(new or old))
    parts = compare_words(old, new)
    return field, _COLON, *(parts if is_whole else _shorten(parts))


def words_before_and_after(line: Line) -> tuple[Part, str, str] | None:
    """Return a field with its old and its new text, of a line with all of its words."""
    if len(line) < _FEWEST_PARTS or line[0][0] not in ("ours", "same") or line[1] != _COLON:
        return None
    old = "".join(text for kind, text in line[2:] if kind != "new")
    new = "".join(text for kind, text in line[2:] if kind != "old")
    return line[0], old, new


def say_line(words: Words, line: Line) -> Line:
    """Return a line as learners read it: our fields by their names, long same runs shortened."""
    said = [_said_part(words, each) for each in line]
    return *said[:2], *_shorten(said[2:])


def _said_part(words: Words, part: Part) -> Part:
    name = words.texts.get(_key("field", part[1])) if part[0] == "ours" else None
    return ("same", name) if name else part


def _key(what: str, name: str) -> str:
    """Return the key of what a field or card template of ours is called; the spares have none."""
    return f"{what}-{name.lower().replace(' ', '-')}"


def _line(words: Words, key: str, part: Part) -> Line:
    """Return words of ours with a part at their one place."""
    place = dict.fromkeys(("field", "name", "tags"), _HERE)
    before, _, after = words.say(key, **place).partition(_HERE)
    line: Line = (("ours", before), part, ("ours", after))
    return tuple(each for each in line if each[1])


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


def _gone_cards(old: LockedNote, note: Note, words: Words) -> Iterator[str]:
    """Yield what the cards are called that a note makes no longer, a cloze's by what it hid."""
    if old.kind != note.kind:
        return
    hidden = hidden_words(old.kind, old.fields)
    for ordinal in sorted({*published_ordinals(old, note.note_type)} - {*note.ordinals}):
        if note.note_type.is_cloze:
            yield ", ".join(each[0] for each in hidden.get(ordinal + 1, ())) or f"c{ordinal + 1}"
        else:
            name = note.note_type.templates[ordinal].name
            yield words.texts.get(_key("card", name), name) if note.kind in FIELDS else name


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

    Tags are left out unless nothing else changed. Where the texts have too little in common for a
    comparison in good time, all between the same words at both ends counts as other.
    """
    if plain_text(old) != plain_text(new):
        old, new = lined_text(old), lined_text(new)
    parts: list[Part] = []
    for kind, words in groupby(_compare(_WORD.findall(old), _WORD.findall(new)), itemgetter(0)):
        parts.append((kind, "".join(word for _, word in words)))
    return tuple(parts)


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


def _shorten(parts: Sequence[Part]) -> Iterator[Part]:
    for place, (kind, text) in enumerate(parts):
        words = re.findall(r"\S+\s*|\s+", text)
        if kind == "same" and len(words) > 2 * _CONTEXT:
            start = words[:_CONTEXT] if place else []
            end = words[-_CONTEXT:] if place < len(parts) - 1 else []
            yield kind, f"{''.join(start)}… {''.join(end)}" if end else f"{''.join(start)}…"
        else:
            yield kind, text
