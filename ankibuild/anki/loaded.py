"""What the card templates and the style of a note type load from the learner's own media."""

import re
from collections.abc import Iterable, Mapping
from html import unescape
from urllib.parse import unquote

from ankibuild.core.notes import NoteType

# What can part a name from what stands around it, in HTML, CSS and a field reference.
_QUOTED = re.compile(r"""["'(\[]([^"'()\[\]<>\n]{1,200}?)["')\]]""")
_BARE = re.compile(r"""[^\s"'()\[\]<>=:;,{}]+""")
_LATEX = re.compile(r"latex-[0-9a-f]{40}\.(?:png|svg)")


def find_loaded(note_types: Iterable[NoteType], media: Mapping[str, bytes]) -> frozenset[str]:
    """Return the names of those media files that note types load, by the files' contents.

    What a style sheet among them loads is found too, and the pictures that Anki made of LaTeX: a
    field has no name for them. A note type of the package's own loads only what has an underscore
    before its name: Anki takes other files that no note shows for unused ones.
    """
    note_types = tuple(note_types)
    own = [each for each in note_types if not each.carried]
    kept = {name: data for name, data in media.items() if name.startswith("_")} if own else {}
    adopted = [each for each in note_types if each.carried]
    return frozenset(_find_loaded(own, kept) | _find_loaded(adopted, media))


def _find_loaded(note_types: Iterable[NoteType], media: Mapping[str, bytes]) -> set[str]:
    texts = [
        text
        for each in note_types
        for text in (each.css, *(side for t in each.templates for side in (t.front, t.back)))
    ]
    found = {name for name in media if _LATEX.fullmatch(name)} if texts else set[str]()
    while texts:
        names = _names_in(texts.pop()) & media.keys() - found
        found |= names
        texts += [
            media[name].decode(errors="replace") for name in names if name.lower().endswith(".css")
        ]
    return found


def _names_in(text: str) -> set[str]:
    """Return all that may be the name of a file."""
    texts = {text, unescape(text)}
    names = {name.strip() for each in texts for name in _QUOTED.findall(each)}
    names |= {name for each in texts for name in _BARE.findall(each)}
    names |= {name.removeprefix("sound:") for name in names}
    return names | {unquote(name) for name in names}
