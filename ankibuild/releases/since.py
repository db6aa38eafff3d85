"""What an import of the newest release brings to a learner who has an earlier one."""

from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import NamedTuple

from ankibuild.core.words import Words
from ankibuild.releases.changes import compare_decks, version_order
from ankibuild.releases.differences import Line, Part, word_line, words_before_and_after
from ankibuild.releases.manifest import Manifest, ManifestNote, Publication
from ankibuild.releases.telling import KINDS, Told, tell_decks


class News(NamedTuple):
    """What an import brings, and the search that finds the retired notes; "" for none.

    ``renamed`` is the number of the decks that have a new name. Where it ``has_gaps``, not every
    release in between is known, so that old words may be missing.
    """

    told: tuple[Told, ...]
    renamed: int
    search: str
    has_gaps: bool


def earlier_releases(publication: Publication) -> tuple[tuple[str, int], ...]:
    """Return the versions before the newest with their times, those too that are only recorded."""
    newest = publication.newest
    found = {each.version: each.time for each in publication.earlier}
    found |= {each.version: each.time for each in newest.releases}
    found.pop(newest.version, None)
    return tuple(sorted(found.items(), key=lambda each: version_order(each[0]), reverse=True))


def news_since(publication: Publication, version: str, words: Words) -> News | None:
    """Return what the newest release brings to a learner of a version; None if it is not known.

    A note that changed more than once is told with the words that it had and those that it gets.
    """
    newest = publication.newest
    times = dict(earlier_releases(publication))
    known = {each.version: each for each in publication.earlier if each.time == times[each.version]}
    old = known.get(version)
    if not old:
        return None
    later = [each for each in times if version_order(each) > version_order(version)]
    between = [*(known[each] for each in reversed(later) if each in known), newest]
    before = {each.note_id: each for each in old.notes}
    now = {each.note_id: each for each in newest.notes}
    # Those of older versions of ankibuild do not have all words.
    are_whole = all(each.sha256 for each in between)
    gone = [each for note_id, each in before.items() if note_id not in now]
    decks = _gone_decks(old, newest)
    told = [
        *_tell_notes(before, now, _records(between), are_whole=are_whole),
        *_tell_retired(gone, newest, between),
        *tell_decks(decks, words),
    ]
    ids = {each.note_id for each in gone}
    return News(
        told=tuple(sorted(told, key=lambda each: KINDS.index(each.kind))),
        renamed=sum(map(bool, decks.values())),
        search=" or ".join(each.search for each in newest.retired if each.note_id in ids),
        has_gaps=any(each not in known for each in later),
    )


def _records(manifests: Iterable[Manifest]) -> dict[str, list[Told]]:
    """Return what releases told of each note, first to last."""
    found: dict[str, list[Told]] = {}
    for manifest in manifests:
        for each in manifest.changes:
            found.setdefault(each.note, []).append(each)
    return found


def _tell_notes(
    before: Mapping[str, ManifestNote],
    now: Mapping[str, ManifestNote],
    records: Mapping[str, list[Told]],
    *,
    are_whole: bool,
) -> Iterator[Told]:
    for note_id, note in now.items():
        told = records.get(note_id, [])
        name = note.question or next((each.name for each in reversed(told)), note_id)
        old = before.get(note_id)
        if old is None:
            yield Told(kind="new", note=note_id, name=name)
        elif old.changed != note.changed:
            is_again = {each.kind for each in told} == {"again"}
            is_one = len(told) == 1 or not are_whole
            lines = tuple(line for each in told for line in each.details)
            yield Told(
                kind="again" if is_again else "changed",
                note=note_id,
                name=name,
                details=lines if is_one else tuple(_put_together(lines)),
            )


def _put_together(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield the lines of a note's changes as those of one, from the first words to the last."""
    texts: dict[str, tuple[Part, str, str]] = {}
    others: dict[Line, None] = {}
    for line in lines:
        if found := words_before_and_after(line):
            field, old, new = found
            name = field[1]
            texts[name] = (field, texts[name][1] if name in texts else old, new)
        else:
            others[line] = None
    for field, old, new in texts.values():
        if old != new:
            yield word_line(field, escape(old), escape(new), is_whole=True)
    yield from others


def _tell_retired(
    gone: Iterable[ManifestNote], newest: Manifest, between: Iterable[Manifest]
) -> Iterator[Told]:
    names = {each.note: each.name for manifest in between for each in manifest.changes}
    names |= {each.note_id: each.question for each in newest.retired}
    for each in gone:
        name = names.get(each.note_id) or each.question or each.note_id
        yield Told(kind="retired", note=each.note_id, name=name)


def _gone_decks(old: Manifest, newest: Manifest) -> dict[str, str]:
    before = {each.note_id: each.deck for each in old.notes if each.deck}
    now = {each.note_id: each.deck for each in newest.notes}
    return compare_decks(before, now, {*newest.decks})
