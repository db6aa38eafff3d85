"""What cards and pages say to learners, in the language of a package."""

from collections.abc import Mapping
from datetime import UTC, datetime
from html import escape

from ankibuild.core.languages import ENGLISH, direction_of, fill, words_in
from ankibuild.core.settings import Settings
from ankibuild.core.values import Struct, freeze


class Words(Struct, frozen=True, kw_only=True):
    """Texts by key, all in one language as far as it has them; ``language`` is its code.

    The code is that of the package, "" where it names none.
    """

    language: str
    texts: Mapping[str, str]

    def __post_init__(self) -> None:
        freeze(self, "texts")

    @property
    def direction(self) -> str:
        """Return the direction of the language's script, as HTML has it."""
        return direction_of(self.language)

    @property
    def attributes(self) -> str:
        """Return the direction and the language, where it has a name, as attributes of HTML."""
        language = f' lang="{escape(self.language)}"' if self.language else ""
        return f'dir="{self.direction}"{language}'

    def say(self, key: str, **values: object) -> str:
        """Return a text, its places filled with the values as they are: the caller escapes them."""
        return fill(self.texts[key], values)

    def html(self, key: str, **values: object) -> str:
        """Return a text as HTML, its places filled with values that are HTML."""
        return fill(escape(self.texts[key], quote=False), values)


def words_of(settings: Settings) -> Words:
    """Return the words of a package: its own, then its language's, then English ones."""
    return words_for(settings.language, dict(settings.words))


def words_for(language: str, own: Mapping[str, str]) -> Words:
    """Return the words in a language, those that are given before the built-in ones."""
    texts = {**words_in(ENGLISH), **words_in(language), **own}
    return Words(language=language, texts=texts)


def day(words: Words, time: int) -> str:
    """Return the day of a time in seconds since 1970, in UTC, as the language writes it."""
    date = datetime.fromtimestamp(time, UTC)
    return words.say("day", day=date.day, month=words.say(f"month-{date.month}"), year=date.year)
