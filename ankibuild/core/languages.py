"""Languages: the words of those that are built in, and the way that each is written."""

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from ankibuild.core.files import read_own
from ankibuild.core.problems import Fault, suggestion

BUILT_IN = ("ar", "de", "en")
ENGLISH = "en"
_PLACE = re.compile(r"\{(\w+)\}")
_NOT_OF_A_LINE = re.compile("[\x00-\x1f\x7f]")
_SCRIPT_LENGTH = 4
_RTL_SCRIPTS = ("adlm", "arab", "hebr", "nkoo", "rohg", "syrc", "thaa")
_RTL_LANGUAGES = (
    *("ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "nqo", "ps", "sd", "syr", "ug", "ur"),
    *("yi",),
)


def words_in(language: str) -> Mapping[str, str]:
    """Return the built-in words of a language by key; none where it is not built in."""
    first = language.lower().partition("-")[0]
    return _read(first) if first in BUILT_IN else MappingProxyType({})


def word_fault(key: str, text: object) -> Fault | None:
    """Return what is wrong with a text that is to stand in for the English one of the key."""
    english = words_in(ENGLISH)
    if key not in english:
        cure = suggestion(key, sorted(english))
        return "unknown-setting", f'no words are called "{key}"', cure
    if not isinstance(text, str) or not text.strip() or _NOT_OF_A_LINE.search(text):
        return "invalid-setting", f'"{key}" is not a single line of text', _cure(key)
    needed, found = Counter(_PLACE.findall(english[key])), Counter(_PLACE.findall(text))
    # A brace that is left would stand on cards, where two of them are one of Anki's own places.
    if other := sorted(found - needed):
        fault = "more than once" if other[0] in needed else "which nothing fills in"
        message = f'"{key}" contains "{{{other[0]}}}", {fault}'
        return "invalid-setting", message, _cure(key)
    if lost := sorted(needed - found):
        message = f'"{key}" does not contain "{{{lost[0]}}}"'
        return "invalid-setting", message, _cure(key)
    if brace := re.search("[{}]", _PLACE.sub("", text)):
        return "invalid-setting", f'"{key}" contains a single "{brace[0]}"', _cure(key)
    return None


def fill(text: str, values: Mapping[str, object]) -> str:
    """Return a text with a value at each place; what is in a value is not filled again.

    Raises KeyError for a place without a value.
    """
    return _PLACE.sub(lambda place: str(values[place[1]]), text)


def direction_of(language: str) -> str:
    """Return the direction of a language's script; without one, the browser looks at the text.

    Source: https://www.rfc-editor.org/rfc/rfc5646, https://cldr.unicode.org (script metadata).
    """
    first, *others = language.lower().split("-")
    script = next((each for each in others if len(each) == _SCRIPT_LENGTH), "")
    if not first:
        return "auto"
    right_to_left = script in _RTL_SCRIPTS if script else first in _RTL_LANGUAGES
    return "rtl" if right_to_left else "ltr"


def _cure(key: str) -> str:
    return f'write your words for: {key} = "{words_in(ENGLISH)[key]}"'


@cache
def _read(language: str) -> Mapping[str, str]:
    return MappingProxyType(tomllib.loads(read_own(__file__, f"words/{language}.toml")))
