"""What an import of the newest release brings to a learner who has an earlier one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import NamedTuple

from ankibuild.core.languages import ENGLISH
from ankibuild.core.words import Words, words_for
from ankibuild.releases.changes import compare_decks, version_order
from ankibuild.releases.differences import Line, Part, word_line, words_before_and_after
from ankibuild.releases.manifest import Manifest, ManifestNote, Publication
from ankibuild.releases.telling import KINDS, Told, isolate, tell_decks


class News(NamedTuple):
    """What an import brings, and the search that finds the retired notes; "" for none.

    ``renamed`` is the number of the decks that have a new name. Where it ``has_gaps``, the words of
    some notes are not known, where it ``has_deck_gaps``, not all decks that are gone are.
    """

    told: tuple[Told, ...]
    renamed: int
    search: str
    has_gaps: bool
    has_deck_gaps: bool


class _Record(NamedTuple):
    """What a release told of a note, and the version in which the note had changed before.

    Those of older versions of ankibuild are not ``is_whole``: they do not have all words.
    """

    told: Told
    since: str
    is_whole: bool


_Records = Mapping[tuple[str, str], _Record]
"""What was told, by a note's id and the version that told it."""


class _Newest(NamedTuple):
    """The newest release, and what is known of the way to it."""

    manifest: Manifest
    notes: Mapping[str, ManifestNote]
    records: _Records
    names: Mapping[str, str]
    words: Words


def news_since(publication: Publication, words: Words) -> Iterator[tuple[str, int, News | None]]:
    """Yield the versions before the newest, last first: time, and what its import brings.

    That is None for a version that is only recorded. A note that changed more than once is told
    with the words that it had and those that it gets.
    """
    newest = publication.newest
    times = earlier_releases(publication)
    known = {each.version: each for each in publication.earlier if each.time == times[each.version]}
    manifests = [*(known[each] for each in reversed(times) if each in known), newest]
    way = _Newest(
        manifest=newest,
        notes={each.note_id: each for each in newest.notes},
        records=_find_records(manifests, [*reversed(times), newest.version]),
        names={each.note: each.name for found in manifests for each in found.changes},
        words=words,
    )
    decks = _recorded_decks(newest)
    for version, time in times.items():
        old = known.get(version)
        yield version, time, _find_news(old, way, decks) if old else None
        before = _recorded_decks(old) if old else None
        decks = None if before is None or decks is None else (*before, *decks)


def earlier_releases(publication: Publication) -> dict[str, int]:
    """Return the versions before the newest with their times, last first, recorded ones too."""
    newest = publication.newest
    found = {each.version: each.time for each in publication.earlier}
    found |= {each.version: each.time for each in newest.releases}
    found.pop(newest.version, None)
    return dict(sorted(found.items(), key=lambda each: version_order(each[0]), reverse=True))


def _find_records(manifests: Iterable[Manifest], versions: Sequence[str]) -> _Records:
    """Return what was told of notes; ``versions`` are all, first to last.

    Manifests of older versions of ankibuild do not say since when; that follows where the release
    before is known.
    """
    found: dict[tuple[str, str], _Record] = {}
    known = {each.version: each for each in manifests}
    befores = dict(zip(versions[1:], versions, strict=False))
    for version, manifest in known.items():
        before = known.get(befores.get(version, ""))
        last = {each.note_id: each.changed for each in before.notes} if before else {}
        for told in manifest.changes:
            since = told.since or last.get(told.note, "")
            found[told.note, version] = _Record(told, since, bool(manifest.sha256))
    return found


def _recorded_decks(manifest: Manifest) -> tuple[Told, ...] | None:
    """Return what a release told of decks; None where it told of nothing, as those of old did."""
    if not manifest.sha256 and not manifest.changes:
        return None
    return tuple(each for each in manifest.changes if each.kind == "deck")


def _find_news(old: Manifest, newest: _Newest, decks: tuple[Told, ...] | None) -> News:
    """Return what changed since a release; ``decks`` is what the later ones told of decks."""
    before = {each.note_id: each for each in old.notes}
    gone = [each for note_id, each in before.items() if note_id not in newest.notes]
    ids = {each.note_id for each in gone}
    notes = [*_tell_notes(before, newest)]
    has_decks = any(each.deck for each in old.notes) or not old.notes
    if has_decks:
        names = _gone_decks(old, newest.manifest).items()
        isolated = {isolate(before): isolate(now) for before, now in names}
        decks = tuple(tell_decks(isolated, newest.words))
    told = [*(each for each, _ in notes), *_tell_retired(gone, newest), *(decks or ())]
    return News(
        told=tuple(sorted(told, key=lambda each: KINDS.index(each.kind))),
        renamed=sum(_is_renamed(each, newest.words) for each in decks or ()),
        search=" or ".join(each.search for each in newest.manifest.retired if each.note_id in ids),
        has_gaps=not all(is_known for _, is_known in notes),
        has_deck_gaps=decks is None,
    )


def _tell_notes(before: Mapping[str, ManifestNote], newest: _Newest) -> Iterator[tuple[Told, bool]]:
    """Yield what is told of notes, each with whether its words are known."""
    for note_id, note in newest.notes.items():
        name = note.question or newest.names.get(note_id) or note_id
        old = before.get(note_id)
        if old is None:
            yield Told(kind="new", note=note_id, name=name), True
        elif old.changed != note.changed:
            way = _find_way(old, note, newest.records)
            if way and all(each.told.kind == "again" for each in way):
                yield Told(kind="again", note=note_id, name=name), True
                continue
            details = tuple(_tell_way(way)) if way else ()
            if way and not details:
                details = ((("ours", newest.words.say("same-words")),),)
            yield Told(kind="changed", note=note_id, name=name, details=details), bool(way)


def _find_way(old: ManifestNote, new: ManifestNote, records: _Records) -> list[_Record]:
    """Return the changes that made one of a note's states of another; none if one is not known.

    Each begins where the one before it ended: what two branches told of a note need not.
    """
    way: list[_Record] = []
    version = new.changed
    while version != old.changed:
        record = records.get((new.note_id, version))
        if record is None or version_order(record.since) >= version_order(version):
            return []
        told = record.told
        if told.kind != "again" and not (told.details or told.since):
            return []
        way.insert(0, record)
        version = record.since
    return way


def _tell_way(way: Sequence[_Record]) -> Iterator[Line]:
    """Yield the lines of a note's changes as those of one, where they have all words."""
    lines = [line for each in way for line in each.told.details]
    if len(way) == 1 or not all(each.is_whole for each in way):
        yield from lines
    else:
        yield from _put_together(lines)


def _put_together(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield lines as those of one change, from the first words to the last."""
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


def _tell_retired(gone: Iterable[ManifestNote], newest: _Newest) -> Iterator[Told]:
    names = {each.note_id: each.question for each in newest.manifest.retired}
    for each in gone:
        known = names.get(each.note_id) or each.question or newest.names.get(each.note_id)
        yield Told(kind="retired", note=each.note_id, name=known or each.note_id)


def _gone_decks(old: Manifest, newest: Manifest) -> dict[str, str]:
    before = {each.note_id: each.deck for each in old.notes if each.deck}
    now = {each.note_id: each.deck for each in newest.notes}
    return compare_decks(before, now, {*newest.decks})


def _is_renamed(told: Told, words: Words) -> bool:
    """Tell whether a deck has a new name by what was said of it, which once was always English."""
    said = {each.say("deck-renamed") for each in (words, words_for(ENGLISH, {}))}
    return any(text in said for line in told.details for _, text in line)
