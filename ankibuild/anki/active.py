"""What a note type from elsewhere would run or load on a learner's device."""

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from ankibuild.anki.note_types import own_scripts
from ankibuild.anki.styling import find_addresses
from ankibuild.core.notes import NoteType

_SIDES = ("qfmt", "afmt", "bqfmt", "bafmt")
QUIET_TAGS = frozenset(
    "a abbr article aside b big blockquote br button canvas caption center cite code col"
    " colgroup dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6"
    " header hr i img input ins kbd label li main mark nav ol p pre q rp rt ruby s samp section"
    " small span strike strong style sub summary sup table tbody td tfoot th thead time tr tt u"
    " ul var wbr".split()
)
"""Tags that show something, and neither run nor load anything."""

_QUIET_TEX = frozenset(
    "begin documentclass end pagestyle parindent setlength special usepackage".split()
)
_STYLE = re.compile(r"<style\b", re.IGNORECASE)
_ACTIVE = re.compile(
    r"<(?P<tag>[a-z][^\s/<>{}]*)|[\s\"'/](?P<handler>on[a-z]{3,})\s*=(?!=)"
    r"|(?P<address>https?:(?!//www\.w3\.org/)[^\s\"'<>()]{1,80}|(?:java|vb)script:|data:text/html)"
    r"|[=(]\s*[\"']?(?P<bare>//[^\s\"'<>()]{1,80})",
    re.IGNORECASE,
)
# What Anki itself puts into its note type for image occlusion, in the author's language.
# Source: rslib/src/image_occlusion/notetype.rs of ankitects/anki.
_ANKI_ITSELF = re.compile(
    r"<script>\s*try \{\s*anki\.imageOcclusion\.setup\(\);\s*\} catch \(exc\) \{\s*"
    r"document\.getElementById\(\"err\"\)\.innerHTML = `[^`$<>\\]*(?:<br><br>)?\$\{exc\}`;"
    r"\s*\}\s*</script>"
)
_HANDLER = re.compile(r"on[a-z]{3,}", re.IGNORECASE)
_RUNNING = re.compile(
    r"<(?:applet|base|embed|frame|frameset|iframe|meta|object|portal|script)>|(?:java|vb)script:"
    r"|data:text/html",
    re.IGNORECASE,
)
# What is no file of the learner's own.
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|@import|\w+\(\)$", re.IGNORECASE)
_TEX = re.compile(r"\\([A-Za-z]+\d*)|(\^\^)")


def find_active(note_type: NoteType) -> tuple[str, ...]:
    """Return what a note type would run or load on a learner's device, as it is written.

    Looked at are the names, the card templates, the style and the heads for LaTeX. What looks like
    code in a comment is named too, since parsers do not agree on where one ends.
    """
    record = json.loads(note_type.carried) if note_type.carried else _record_of(note_type)
    names = [str(each["name"]) for key in ("flds", "tmpls") for each in record[key]]
    sides = [_without_known(str(each.get(key) or "")) for each in record["tmpls"] for key in _SIDES]
    html = "\n".join((note_type.name, *names, *sides))
    found = {*_find_code(html), *_find_code(unescape(html))}
    for style in (note_type.css, *_STYLE.split(html)[1:]):
        found |= set(filter(_ELSEWHERE.match, find_addresses(style)))
    for head in ("latexPre", "latexPost"):
        for command, sign in _TEX.findall(str(record.get(head) or "")):
            if sign or command not in _QUIET_TEX:
                found.add(f"\\{command}" if command else sign)
    return tuple(sorted(found))


def find_running(note_type: NoteType) -> tuple[str, ...]:
    """Return what of that runs: scripts, handlers, and what brings in a page of others.

    The rest, such as a font from elsewhere, only loads, which tells others of the learner.
    """
    return tuple(
        each for each in find_active(note_type) if _HANDLER.fullmatch(each) or _RUNNING.match(each)
    )


def _record_of(note_type: NoteType) -> dict[str, Any]:
    """Return what Anki's record of a note type of the package's own will hold of it."""
    sides = [{"name": t.name, "qfmt": t.front, "afmt": t.back} for t in note_type.templates]
    return {"flds": [{"name": name} for name, _ in note_type.fields], "tmpls": sides}


def _without_known(side: str) -> str:
    """Return a side without the scripts that Anki itself and our own card templates bring."""
    for script in own_scripts():
        # A space stays: nothing may become a part of what stands before or after.
        side = side.replace(script, " ")
    return _ANKI_ITSELF.sub(" ", side)


def _find_code(html: str) -> Iterator[str]:
    for match in _ACTIVE.finditer(html):
        tag, handler = match["tag"], match["handler"]
        if tag and tag.lower() not in QUIET_TAGS:
            yield f"<{tag.lower()}>"
        elif not tag:
            yield handler or match["address"] or match["bare"]
