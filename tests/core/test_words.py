"""Words: a package's own, then its language's, then English ones."""

import pytest

from ankibuild.core.settings import Settings, lone_settings
from ankibuild.core.values import replace
from ankibuild.core.words import day, words_for, words_of
from tests.helpers.demo import START
from tests.helpers.places import ROOT


def settings(language: str, **own: str) -> Settings:
    words = tuple(sorted(own.items()))
    return replace(lone_settings(ROOT / "a.md"), language=language, words=words)


@pytest.mark.parametrize(
    ("language", "said", "date"),
    [
        ("", "Hint", "15 June 2025"),
        ("en-GB", "Hint", "15 June 2025"),
        ("de-AT", "Hinweis", "15. Juni 2025"),
        ("ar", "تلميح", "15 يونيو 2025"),
        ("fr", "Hint", "15 June 2025"),
    ],
)
def test_words_are_in_the_language_of_the_package(language: str, said: str, date: str) -> None:
    words = words_of(settings(language))
    assert words.say("hint") == said
    assert day(words, START) == date
    assert words.language == language


def test_the_words_of_a_package_come_before_those_of_its_language() -> None:
    words = words_of(settings("de", hint="Tipp", version="Fassung {version} ({day})"))
    assert words.say("hint") == "Tipp"
    assert words.say("version", version="1.0.0", day="heute") == "Fassung 1.0.0 (heute)"
    assert words.say("report-mistake") == "Fehler melden"


def test_as_html_words_are_escaped_and_values_are_not() -> None:
    words = words_for("en", {"mistake-in-note": "<Note> & {note}"})
    assert words.html("mistake-in-note", note="<b>a</b>") == "&lt;Note&gt; &amp; <b>a</b>"


@pytest.mark.parametrize(
    ("language", "attributes"),
    [("", 'dir="auto"'), ("ar-EG", 'dir="rtl" lang="ar-EG"'), ('"', 'dir="ltr" lang="&quot;"')],
)
def test_a_language_is_told_to_html(language: str, attributes: str) -> None:
    assert words_for(language, {}).attributes == attributes


def test_words_cannot_be_changed() -> None:
    words = words_for("en", {})
    with pytest.raises(TypeError):
        words.texts["hint"] = "x"  # type: ignore[index]
