"""Read the attributes at the end of a heading: ``{#note-id .reversed hint="some words"}``."""

import re
from collections.abc import Mapping

from ankibuild.core.identity import NOTE_ID, suggest_note_id
from ankibuild.core.problems import Reporter, suggestion
from ankibuild.core.rules import Rule
from ankibuild.core.values import Struct, field, replace

# Begins with the brace itself, which is quicker to find than white space.
_START = re.compile(r"\{(?<!\S\{)(?=[#.]|[\w-]+=)")
_ATTRIBUTE = re.compile(
    r'\s*(?:#(?P<id>[^\s"{}=,;]+)|\.(?P<option>[^\s"{}=,;]+)'
    r'|(?P<key>[\w-]+)=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s"{}=]+)))(?=[\s}])'
)
_LAST_SIGNS = re.compile(r"[^\S\n](#+)[^\S\n]*$")
_END = re.compile(r"\s*\}$")
# Probably meant as attributes: glued to a word, with a space inside, not closed, other brackets.
_MISTYPED = re.compile(
    r"\S\{[#.][\w-][^{}]*\}$|\{\s+[#.][^{}]*\}$|\{[#.][\w-][^{}]*$|[(\[]#[a-z0-9-]+[)\]]$"
    r"|\{\s*(?i:id|reversed|typed|hint|source|tags)\b[^{}]*\}$"
)
_BARE_ID = re.compile(r"(?<!\S)\{([^\W_][\w-]+)\}$")
# A value in the quotes of a word processor, or in single ones.
_ODD_QUOTES = re.compile(
    r"""([=:]\s*)(?:[“”„]([^“”„"]*)[“”"]|"([^“”"]*)”|['\u2018]([^'\u2018\u2019]*)['\u2019]"""
    r"""|[«»]([^«»]*)[«»]|[“”„]([^\s“”„"}]+))(?=[\s,;})\]]|$)"""
)
_CURLY = re.compile("[“”„\u2018\u2019]")
_LONGEST = 1000
"""Characters of attributes that are worth being mended."""

_OPTIONS = ("reversed", "typed")
_TEXTS = ("hint", "source", "tags", "guid", "note-type")
# One of the attributes as it may have been meant: "#Two Words", "hint: some words", "reversed".
_NEXT = rf"[\s,;]*$|[\s,;]+(?:[#.]|(?:{'|'.join(_OPTIONS)})\b|(?:id|{'|'.join(_TEXTS)})\s*[=:])"
_MEANT = re.compile(
    rf"""[\s,;]*(?:(?:\#\s*|id\s*[=:]\s*)(?P<id>"[^"]*"|[^"{{}}=:]+?)|\.?(?P<option>{"|".join(_OPTIONS)})
    |(?P<key>{"|".join(_TEXTS)})\s*[=:]\s*(?:"(?P<quoted>(?:[^"\\]|\\.)+)"|(?P<bare>[^\s"{{}}=:][^"{{}}=:]*?))
    )(?={_NEXT})""",
    re.IGNORECASE | re.VERBOSE,
)


class Attributes(Struct, frozen=True, kw_only=True):
    """What a heading's attributes say; ``start`` is where they begin in its text."""

    start: int
    note_id: str = ""
    options: frozenset[str] = frozenset()
    texts: Mapping[str, str] = field(default_factory=dict)


def read_attributes(heading: str, report: Reporter) -> Attributes:
    """Return the last ``{…}`` of a heading's raw text, if it begins like attributes.

    It must then be attributes to its end; anything else in braces is text. ``report`` takes
    columns of ``heading``.
    """
    starts = [match.start() for match in _START.finditer(heading)]
    if not starts or not heading.endswith("}"):
        if match := _MISTYPED.search(heading):
            words = match[0].lstrip() if match[0][0] in "{([" else match[0][1:]
            place = match.end() - len(words)
            what = _mend(words) or "attributes such as {#note-id .reversed}"
            what += "" if heading[:place].endswith((" ", "\t")) else " after a space"
            message = f'"{words}" looks like attributes, but is shown as text'
            cure = rf'write {what}, or "\{{" for a plain brace'
            report(0, place, "attributes-as-text", message, cure, "warning")
        return Attributes(start=len(heading))
    for start in reversed(starts):
        matches, end = _match(heading, start + 1)
        if _END.match(heading, end):
            return _make(start, matches, report)
    start = starts[-1]
    attributes = heading[start:]
    matches, end = _match(heading, start + 1)
    rest = heading[end:].strip()
    place = heading.rindex(rest)
    mended = _mend(attributes)
    straight = _straighten(attributes)
    odd = _ODD_QUOTES.search(attributes)
    if odd and mended and _END.match(straight, _match(straight, 1)[1]):
        place = start + odd.end(1)
        fault = "is in curly quotes" if _CURLY.search(odd[0]) else "is not in double quotes"
        message = f"{heading[place : start + odd.end()]} {fault}"
        cure = f"write straight double quotes: ## {heading[:start]}{mended}"
    else:
        wrong = rest[:-1].rstrip() or rest
        message = f'the attributes "{attributes}" cannot be read: they go wrong at "{wrong}"'
        what = mended or 'them as {#note-id .reversed hint="some words"}'
        cure = rf'write {what}, or "\{{" for a plain brace'
    report(0, place, "invalid-attributes", message, cure)
    # With its id nobody is told to pin the note, or that it is gone; all else is told already.
    meant = _make(start, _match(mended, 1)[0] if mended else matches, Reporter(""))
    ids = (match["id"] for match in matches if match["id"] and NOTE_ID.fullmatch(match["id"]))
    return replace(meant, note_id=next(ids, meant.note_id))


def lost_sign(line: str, level: int) -> tuple[int, Rule, str, str] | None:
    """Return what is wrong with a heading that ends with signs which are not shown; else None.

    As many as stand before it close it, and are meant to vanish.
    """
    match = _LAST_SIGNS.search(line)
    if not match or len(match[1]) == level:
        return None
    message = f'the "{match[1]}" at the end of the heading is not shown'
    shown = match[1].replace("#", r"\#")
    return match.start(1), "lost-sign", message, f'write "{shown}" to show it, or remove it'


def report_bare_id(question: str, report: Reporter) -> None:
    """Warn of a word in braces at the end of a question, where other questions have their ids."""
    match = _BARE_ID.search(question)
    if match and not _MISTYPED.search(question):
        better = suggest_note_id(match[1]) or "some-id"
        message = f'"{match[0]}" looks like a note id, but is shown as text'
        cure = rf'write {{#{better}}}, or "\{{" for a plain brace'
        report(0, match.start(), "attributes-as-text", message, cure, "warning")


def _straighten(attributes: str) -> str:
    return _ODD_QUOTES.sub(
        lambda match: f'{match[1]}"{"".join(filter(None, match.groups()[1:]))}"', attributes
    )


def _mend(attributes: str) -> str:
    """Return attributes as they were probably meant, or "" where that cannot be told."""
    if len(attributes) > _LONGEST:
        return ""
    text = _straighten(attributes).strip("{}()[] \t")
    parts, position = [], 0
    while match := _MEANT.match(text, position):
        key, option = (match[name] and match[name].lower() for name in ("key", "option"))
        note_id = suggest_note_id(match["id"] or "")
        value = match["quoted"] or match["bare"]
        part = f".{option}" if option else f'{key}="{value}"' if key else f"#{note_id}"
        parts.append(part)
        position = match.end()
    is_whole = not text[position:].strip(" \t,;") and "#" not in parts
    return f"{{{' '.join(parts)}}}" if parts and is_whole else ""


def _match(heading: str, position: int) -> tuple[list[re.Match[str]], int]:
    matches = []
    while match := _ATTRIBUTE.match(heading, position):
        matches.append(match)
        position = match.end()
    return matches, position


def _make(start: int, matches: list[re.Match[str]], report: Reporter) -> Attributes:
    note_id = ""
    options: set[str] = set()
    texts: dict[str, str] = {}
    seen: set[str] = set()
    for match in matches:
        column = match.end() - len(match[0].lstrip())
        kind = "#" if match["id"] else match["option"] or match["key"]
        if kind in seen:
            message = f'"{match[0].strip()}" is a second attribute of its kind'
            report(0, column, "repeated-attribute", message, "keep one of them")
        seen.add(kind)
        if match["id"]:
            note_id = match["id"]
            if not NOTE_ID.fullmatch(note_id):
                better = suggest_note_id(note_id)
                cure = f"write {{#{better}}}: " if better else "use "
                cure += "small letters, digits and hyphens only"
                report(
                    0, column, "invalid-note-id", f'the note id "{note_id}" is not allowed', cure
                )
        elif match["option"]:
            options.add(kind)
            if kind not in _OPTIONS:
                report(
                    0,
                    column,
                    "unknown-option",
                    f'unknown option ".{kind}"',
                    suggestion(kind, _OPTIONS),
                )
        else:
            texts[kind] = re.sub(r"\\(.)", r"\1", match["quoted"] or match["bare"] or "").strip()
            if kind not in _TEXTS:
                cure = suggestion(kind, _TEXTS)
                if kind == "id":
                    note_id = suggest_note_id(texts[kind])
                    cure = f"write the id as {{#{note_id or 'some-id'}}}"
                report(0, column, "unknown-attribute", f'unknown attribute "{kind}"', cure)
            elif match["bare"] and (straight := _straighten(match[0])) != match[0]:
                message = f"the quotes of {match[0].strip()} become part of the text"
                cure = f"write it with straight ones: {straight.strip()}"
                report(0, column, "odd-quotes", message, cure, "warning")
            elif not texts[kind]:
                report(
                    0,
                    column,
                    "empty-attribute",
                    f'the attribute "{kind}" is empty',
                    "fill it in or leave it out",
                )
    return Attributes(start=start, note_id=note_id, options=frozenset(options), texts=texts)
