"""Make the notes of a package, anew only where something is not as it was.

What is made of a note's source hangs on that source, on a few settings, on the fields and the
fronts of note types, and on the files that its text names. All of that is looked at before what was
made once is taken again.
"""

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from ankibuild.anki.card_generation import words_of
from ankibuild.anki.carried import takes_only_fields
from ankibuild.anki.note_types import make_note_type
from ankibuild.commands.notes import make_note
from ankibuild.commands.renders import Kept, Render, Renders, pack, unpack
from ankibuild.core.media import MediaFile
from ankibuild.core.notes import Note, NoteType
from ankibuild.core.problems import Problem, has_errors
from ankibuild.core.settings import Settings
from ankibuild.core.values import Value, hash_of, replace
from ankibuild.dialect.source import DeckSource, NoteSource, as_read
from ankibuild.releases.lock import LockedNote

_MANY = 1_000
"""Notes for which several processes are worth their beginning."""

_CHUNK = 250
"""Notes that a process makes at a time."""

_MOST_PROCESSES = 8


class Recipe(NamedTuple):
    """All that a note is made by, beside its source.

    ``carried`` are the note types that the package brings along, by name, ``media`` its files by
    path; ``published`` are notes as they were, by id.
    """

    settings: Settings
    carried: Mapping[str, NoteType]
    media: Mapping[str, MediaFile]
    style: str
    published: Mapping[str, LockedNote]


def make_notes(
    decks: Sequence[DeckSource], recipe: Recipe, renders: Renders | None
) -> Generator[tuple[Note, Sequence[Problem]]]:
    """Yield the notes of the decks, in order, each with what is wrong with it.

    What may serve again goes into ``renders``.

    Whoever does not take all of them closes it, and no process is left.
    """
    digests = [each for deck in decks for each in deck.digests or [b""] * len(deck.notes)]
    sources = [source for deck in decks for source in deck.notes]
    found = renders.found_in(_context(recipe)) if renders else {}
    known = [found.get(digest) for digest in digests]
    known = [
        each if each and _is_current(each.render, source, recipe) else None
        for each, source in zip(known, sources, strict=True)
    ]
    new = _make_all([s for s, each in zip(sources, known, strict=True) if not each], recipe)
    note_types = {each.kind: each for each in recipe.carried.values()}
    for source, digest, kept in zip(sources, digests, known, strict=True):
        render = kept.render if kept else next(new)
        kind = render.kind
        if kind not in note_types:
            note_types[kind] = make_note_type(kind, recipe.settings, recipe.style)
        if renders and digest and not has_errors(render.problems):
            renders.keep(digest, kept or Kept(as_read(source), render), is_new=not kept)
        yield _place(render, source, note_types[kind])


def _context(recipe: Recipe) -> str:
    """Return the hash of what all notes are made by; no card shows the look of another here."""
    settings = recipe.settings
    note_types: dict[str, Value] = {
        name: [
            *(each.kind, dict(each.roles), each.is_cloze, bool(each.carried)),
            [name for name, _ in each.fields],
            [words_of(side.front) for side in each.templates],
            takes_only_fields(each),
        ]
        for name, each in recipe.carried.items()
    }
    words = [settings.language, *(list(each) for each in settings.words)]
    return hash_of(
        [str(settings.key), settings.id, settings.tags, settings.note_type, words, note_types]
    )


def _is_current(render: Render, source: NoteSource, recipe: Recipe) -> bool:
    """Tell whether the files and the published note are still those that it was made with."""
    for path, known in render.files.items():
        file = recipe.media.get(path)
        if not file or (file.name, file.digest) != known:
            return False
    return render.published == _published_hash(source, recipe)


def _published_hash(source: NoteSource, recipe: Recipe) -> str:
    """Return the hash of the published note, where it has a say in how the new one is read."""
    if (source.note_type or recipe.settings.note_type) not in recipe.carried:
        return ""
    published = recipe.published.get(source.note_id)
    if not published:
        return ""
    return hash_of([published.source, published.fields, published.media])


def _make_all(sources: Sequence[NoteSource], recipe: Recipe) -> Iterator[Render]:
    """Yield what is made of sources, in order; of thousands by all processors."""
    done = 0
    # Elsewhere a process does not begin as a copy of this one; and what other threads hold at that
    # moment, a copy would wait for in vain.
    if len(sources) >= _MANY and sys.platform == "linux" and threading.active_count() == 1:
        for renders in map(unpack, _in_processes(sources, recipe)):
            done += len(renders)
            yield from renders
    # All of them, or what a process that was killed left undone.
    for source in sources[done:]:
        yield _make(source, recipe)


_task: tuple[Sequence[NoteSource], Recipe]
"""What the copies of this process have to do."""


def _in_processes(sources: Sequence[NoteSource], recipe: Recipe) -> Iterator[bytes]:
    """Yield what is made, chunk by chunk; it ends early when a process is killed."""
    import multiprocessing
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor

    from ankibuild.dialect import markdown  # noqa: F401 (loaded once, before there are copies)

    global _task  # noqa: PLW0603 (copies have it, whatever its size)
    _task = sources, recipe
    pool = ProcessPoolExecutor(
        min(len(os.sched_getaffinity(0)), _MOST_PROCESSES),
        multiprocessing.get_context("fork"),
        initializer=_leave_interrupts,
    )
    others = multiprocessing.active_children()
    try:
        with suppress(BrokenExecutor, OSError):
            # ``map`` would cancel what the pool is about to call broken, which is an error.
            starts = range(0, len(sources), _CHUNK)
            coming = deque([pool.submit(_make_chunk, start) for start in starts])
            while coming:
                yield coming.popleft().result()
    finally:
        del _task
        # What they still do is of no use, and whoever interrupts twice would interrupt the waiting.
        for each in multiprocessing.active_children():
            if each not in others:
                each.kill()
        pool.shutdown()


def _leave_interrupts() -> None:
    """Let the first process alone stop when a user interrupts it; it stops the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _make_chunk(start: int) -> bytes:
    sources, recipe = _task
    return pack([_make(source, recipe) for source in sources[start : start + _CHUNK]])


def _make(source: NoteSource, recipe: Recipe) -> Render:
    note, problems, files = make_note(
        source,
        recipe.settings,
        recipe.carried,
        recipe.media,
        recipe.style,
        recipe.published.get(source.note_id),
    )
    first = source.heading.line
    return Render(
        note.kind,
        note.guid,
        note.fields,
        note.media,
        note.tags,
        note.ordinals,
        note.source_hash,
        note.rendered,
        tuple([replace(each, path="", line=each.line - first) for each in problems]),
        {path: (recipe.media[path].name, recipe.media[path].digest) for path in sorted(files)},
        _published_hash(source, recipe),
    )


def _place(
    render: Render, source: NoteSource, note_type: NoteType
) -> tuple[Note, Sequence[Problem]]:
    heading = source.heading
    note = Note(
        note_id=source.note_id,
        guid=render.guid,
        note_type=note_type,
        fields=render.fields,
        media=render.media,
        tags=render.tags,
        ordinals=render.ordinals,
        source_hash=render.source_hash,
        rendered=render.rendered,
        heading=heading,
        pinned=source.pinned,
    )
    problems = [
        replace(each, path=heading.path, line=each.line + heading.line) for each in render.problems
    ]
    return note, problems
