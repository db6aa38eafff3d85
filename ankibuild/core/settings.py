"""Read ``package.toml`` into a package's settings."""

import re
import tomllib
from collections.abc import Callable, Collection, Iterator
from pathlib import PurePath
from typing import Any, Protocol
from uuid import UUID, uuid4

from ankibuild.core.addresses import feedback_fault, folder_of, page_fault
from ankibuild.core.identity import NOTE_ID, provisional_key, suggest_note_id
from ankibuild.core.languages import ENGLISH, word_fault, words_in
from ankibuild.core.names import deck_name_fault, tag_fault
from ankibuild.core.problems import Fragment, Problem, Reporter, Severity, has_errors, suggestion
from ankibuild.core.rules import OF_TASTE, RULES, Rule
from ankibuild.core.values import Struct


class Settings(Struct, frozen=True, kw_only=True):
    """What ``package.toml`` says.

    ``key`` is the package's identity for good; a lone Markdown file has a provisional one, and no
    ``title``. ``root`` is the deck that holds all others, "" for none: the title unless another is
    named. ``page`` is where the folder of releases is published, with a "/" at its end; ``words``
    are the package's own, as (key, text), sorted. ``ignore`` are the rules of which no warning is
    given.
    """

    id: str
    key: UUID
    provisional: bool
    title: str = ""
    root: str = ""
    description: str = ""
    authors: tuple[str, ...] = ()
    license: str = ""
    tags: tuple[str, ...] = ()
    feedback: str = ""
    page: str = ""
    language: str = ""
    words: tuple[tuple[str, str], ...] = ()
    note_type: str = ""
    retired: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    ignore: tuple[Rule, ...] = ()


_TEXTS = (
    "id",
    "key",
    "title",
    "description",
    "license",
    "feedback",
    "page",
    "language",
    "note-type",
    "root",
)
_LISTS = ("authors", "tags", "retired", "moved", "ignore")
_WORDS = "words"
_KEYS = (*_TEXTS, *_LISTS, _WORDS)
# What a line begins with, be it a name with a value or that of a table.
_KEY = re.compile(r"""[ \t\ufeff]*(\[\[?[ \t]*)?(?:"([^"]*)"|'([^']*)'|([\w-]+))""")
_MOST_NAMED = 6
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def read_settings(
    path: str, text: str, stand_in: Settings, published_key: str = ""
) -> tuple[Settings, tuple[Problem, ...]]:
    """Return the settings in the text of a ``package.toml``, and what is wrong.

    ``published_key`` is that of the lock, if there is one: it is the cure for a key that is lost.
    With anything wrong, the stand-in is returned, so that what comes after can go on looking.
    """
    report = Reporter(path)
    try:
        table = read_table(text)
    except ValueError as error:
        message = f"this is not TOML ({_toml_fault(error)})"
        report(*_toml_place(error, text), "invalid-toml", message, _TOML_CURE)
        return stand_in, tuple(report.problems)
    settings = _make_settings(table, _at_key(path, text, report.problems), published_key)
    is_wrong = has_errors(report.problems)
    return (stand_in if is_wrong else settings), tuple(report.problems)


def read_table(text: str) -> dict[str, Any]:
    """Return the values in the text of a ``package.toml``, whatever they are.

    Raises ValueError when it is not TOML, or more than tomllib reads in time.
    """
    # The time it takes for a name of many parts grows with the square of them.
    if match := _MANY_PARTS.search(text):
        line = text.count("\n", 0, match.start()) + 1
        raise ValueError(f"a name has too many parts (at line {line}, column 1)")
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError:
        raise ValueError("its lists are nested too deeply") from None
    except ValueError:
        # Python makes no number of thousands of digits.
        raise ValueError("a number has too many digits") from None


def lone_settings(path: PurePath) -> Settings:
    """Return the settings of a lone Markdown file, whose identity hangs on its name for now."""
    return Settings(
        id=suggest_note_id(path.stem) or "deck",
        key=provisional_key(path.stem),
        provisional=True,
    )


class _KeyReport(Protocol):
    def __call__(
        self, key: str, rule: Rule, message: str, cure: str, severity: Severity = "error", /
    ) -> None: ...


_PART = r"""(?:[\w-]++|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_MANY_PARTS = re.compile(rf"""(?<![\w"'-])(?:{_PART}[ \t]*+\.[ \t]*+){{50}}""")
_TOML_CURE = 'write lines such as: name = "value"'


def _toml_place(error: Exception, text: str) -> tuple[int, int]:
    # Before Python 3.14 the place stands in the message alone.
    match = re.search(r"at line (\d+), column (\d+)", str(error))
    if match:
        return int(match[1]) - 1, int(match[2]) - 1
    return (max(len(text.splitlines()) - 1, 0), 0) if "at end" in str(error) else (0, 0)


def _toml_fault(error: Exception) -> str:
    return re.sub(r" \(at .*\)$", "", str(error)).lower()


def find_keys(path: str, text: str) -> Callable[[str], Fragment]:
    """Return what tells where a key of a ``package.toml`` stands, ``table.key`` for one in a table.

    Of a key that is not there it is the table's place, or the whole file.
    """
    # Our tables hold no others, so a plain search is enough.
    places = {"": Fragment(path=path, line=0, column=0, text="")}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if match := _KEY.match(line):
            key = match[match.lastindex or 0]
            if match[1]:
                table = f"{key}."
            place = Fragment(path=path, line=number, column=1, text=line)
            places.setdefault(key if match[1] else table + key, place)
    return lambda key: places.get(key) or places.get(key.partition(".")[0]) or places[""]


def _at_key(path: str, text: str, problems: list[Problem]) -> _KeyReport:
    """Return a report that finds a key's line."""
    at = find_keys(path, text)

    def report_key(
        key: str, rule: Rule, message: str, cure: str, severity: Severity = "error", /
    ) -> None:
        problems.append(at(key).problem(rule, message, cure, severity))

    return report_key


def _make_settings(table: dict[str, Any], report: _KeyReport, published_key: str) -> Settings:
    paste_key = f'paste this line, and never change it: key = "{published_key or uuid4()}"'
    wrong_key = paste_key if published_key else f"use the published one, or {paste_key}"
    needed = {
        "id": 'write a short name for the files: id = "my-deck"',
        "key": paste_key,
        "title": 'write: title = "Name of the deck in Anki"',
    }
    for key, value in table.items():
        if key not in _KEYS:
            report(key, "unknown-setting", f'unknown key "{key}"', suggestion(key, _KEYS))
        elif key in _TEXTS and key not in needed and not isinstance(value, str):
            report(key, "invalid-setting", f'"{key}" is not text', f'write: {key} = "some words"')
        elif key in _LISTS and not _is_texts(value):
            report(
                key,
                "invalid-setting",
                f'"{key}" is not a list of texts',
                f'write: {key} = ["first", "second"]',
            )
    texts = {key: table[key].strip() for key in _TEXTS if isinstance(table.get(key), str)}
    lists = {key: tuple(table[key]) for key in _LISTS if _is_texts(table.get(key))}
    for key, cure in needed.items():
        if isinstance(table.get(key, ""), str):
            if not texts.get(key):
                report(key, "missing-setting", f'"{key}" is missing', cure)
        else:
            report(key, "invalid-setting", f'"{key}" is not text', cure)
    _check_texts(texts, report)
    for fault in filter(None, map(tag_fault, lists.get("tags", ()))):
        report("tags", *fault)
    for name in ("retired", "moved"):
        for note_id in lists.get(name, ()):
            if not NOTE_ID.fullmatch(note_id):
                report(
                    name,
                    "invalid-note-id",
                    f'"{note_id}" is not a note id',
                    "list ids as they were in {#…}",
                )
    words = table.get(_WORDS, {})
    read: dict[str, Any] = {
        "id": "",
        **{key.replace("-", "_"): text for key, text in texts.items()},
        **lists,
        "root": texts.get("root", texts.get("title", "")),
        "key": _read_key(texts.get("key"), wrong_key, report) or UUID(int=0),
        "ignore": tuple(_read_rules(lists.get("ignore", ()), report)),
        "page": folder_of(texts.get("page", "")),
        "words": tuple(sorted(_read_words(words, report))),
    }
    _look_for_words(texts.get("language", ""), words if isinstance(words, dict) else (), report)
    return Settings(provisional=False, **read)


def _read_words(table: object, report: _KeyReport) -> Iterator[tuple[str, str]]:
    if not isinstance(table, dict):
        cure = "write [words] on a line of its own, below all other settings"
        report(_WORDS, "invalid-setting", f'"{_WORDS}" is not a table', cure)
        return
    for key, text in table.items():
        if key in _KEYS:
            message = f'"{key}" is below [{_WORDS}]'
            cure = f"move the line above [{_WORDS}]"
            report(f"{_WORDS}.{key}", "unknown-setting", message, cure)
        elif fault := word_fault(key, text):
            report(f"{_WORDS}.{key}", *fault)
        else:
            yield key, text.strip()


def _look_for_words(language: str, own: Collection[str], report: _KeyReport) -> None:
    """Take note of words that stay English in a language that is not built in."""
    missing = [key for key in words_in(ENGLISH) if key not in own]
    if not _LANGUAGE.fullmatch(language) or words_in(language) or not missing:
        return
    named = ", ".join(missing[:_MOST_NAMED])
    others = " and others" if len(missing) > _MOST_NAMED else ""
    report(
        "language",
        "untranslated-words",
        f'there are no words in "{language}" for {named}{others}: learners see them in English',
        f"write them {'' if own else 'at the end of the file, '}below {'the' if own else 'a'} line "
        f'[{_WORDS}]: {missing[0]} = "…"; '
        'or leave them in English: ignore = ["untranslated-words"]',
        "warning",
    )


def _read_rules(names: tuple[str, ...], report: _KeyReport) -> Iterator[Rule]:
    for name in names:
        if rule := next((each for each in OF_TASTE if each == name), None):
            yield rule
        elif name in RULES:
            cure = f"remove it from the list; these can be ignored: {', '.join(sorted(OF_TASTE))}"
            report("ignore", "mandatory-rule", f'the rule "{name}" cannot be ignored', cure)
        else:
            cure = suggestion(name, sorted(OF_TASTE))
            report("ignore", "unknown-rule", f'there is no rule "{name}"', cure)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) and each for each in value)


def _check_texts(texts: dict[str, str], report: _KeyReport) -> None:
    package_id = texts.get("id")
    if package_id and not NOTE_ID.fullmatch(package_id):
        better = suggest_note_id(package_id) or "my-deck"
        cure = f'use small letters, digits and hyphens, for example: id = "{better}"'
        report("id", "invalid-package-id", f'the id "{package_id}" is not allowed', cure)
    for key in ("title", "root"):
        if (name := texts.get(key)) and (fault := deck_name_fault(name)):
            report(key, *fault)
    feedback, page, language = (texts.get(key, "") for key in ("feedback", "page", "language"))
    if fault := feedback_fault(feedback, page):
        report("feedback", *fault)
    if fault := page_fault(page):
        report("page", *fault)
    if language and not _LANGUAGE.fullmatch(language):
        cure = 'write a language code such as "en" or "es-MX"'
        report("language", "invalid-setting", f'"language" is "{language}"', cure)
    for key, value in texts.items():
        if match := re.search("[\x00-\x09\x0b-\x1f\x7f]", value):
            code = f"U+{ord(match[0]):04X}"
            report(
                key,
                "invisible-character",
                f'"{key}" contains the invisible character "{code}"',
                "delete it",
            )


def _read_key(text: str | None, cure: str, report: _KeyReport) -> UUID | None:
    if not text:
        return None
    try:
        key = UUID(text)
    except ValueError:
        report("key", "invalid-key", f'the key "{text}" is not a UUID', cure)
        return None
    if str(key) != text.lower():
        report(
            "key",
            "invalid-key",
            f'the key "{text}" is not in the usual form',
            f'write: key = "{key}"',
        )
    return key
