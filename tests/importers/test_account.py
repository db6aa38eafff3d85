"""Every word of a file is accounted for, or the first lines that are not are told."""

from pathlib import Path

import pytest

from ankibuild.core.problems import AnkibuildError
from ankibuild.importers.account import (
    check_account,
    find_missing,
    lines_of,
    lines_of_html,
    lines_of_markdown,
)
from ankibuild.importers.imported import Imported, ImportedCard, ImportedDeck, Passage
from ankibuild.importers.passages import keep_block, write_line


def test_a_word_that_is_lost_is_found_with_its_line() -> None:
    source = lines_of("One two.\nThree, four!\n\nTwo five.")
    assert find_missing(source, ["five TWO", "one - two"]) == [(2, "Three, four!")]
    assert find_missing(source, ["one two three", "two", "five"]) == [(2, "four")]
    assert find_missing(lines_of("Fees\nOf FEES we speak"), ["fees"]) == [(2, "Of FEES we speak")]


def test_what_stands_twice_must_come_twice() -> None:
    source = lines_of("a b\nc\na b")
    assert find_missing(source, ["a b", "c", "b a"]) == []
    assert find_missing(source, ["a b", "c", "b"]) == [(1, "a")]


def test_letters_with_their_marks_are_words() -> None:
    assert find_missing(lines_of("कि"), ["क"]) == [(1, "कि")]
    assert find_missing(lines_of("می\u200cخواهم"), ["میخواهم"]) == [(1, "می\u200cخواهم")]
    assert find_missing(lines_of("e\u0301 ﬁ ²"), ["é", "fi", "2"]) == []


def test_words_may_be_joined_or_parted_but_none_is_lost_by_it() -> None:
    assert find_missing(lines_of("H 2 O"), ["H2O"]) == []
    assert find_missing(lines_of("H2O and H2O"), ["H 2 O", "and", "h2o"]) == []
    assert find_missing(lines_of("H 2 O"), ["H2"]) == [(1, "O")]
    assert find_missing(lines_of("aaab"), ["a a b"]) == [(1, "aaab")]
    assert find_missing(lines_of("a" * 500 + "b"), ["a aa aaa " * 300]) != []


def test_of_markdown_only_what_is_seen_counts() -> None:
    text = (
        "---\ntitle: no\n---\nsee [this](http://no.no/no) <b title='no'>x</b>\n"
        "<!-- no\nno -->\n```no\n<b>code</b> [a](b)\n```\n[no]: http://no\n![alt](no.png) &eacute;"
    )
    words = " ".join(words for _, words in lines_of_markdown(text, 3))
    assert "no" not in words.replace("no\n", "").split()
    assert find_missing([(1, "see this x b code b a b alt é")], [words]) == []
    assert find_missing(lines_of_markdown(text, 3), ["see this x", "alt é"]) == [
        (8, "<b>code</b> [a](b)")
    ]


def test_of_html_only_what_is_seen_counts() -> None:
    text = 'a\t<img src="no.png">b &amp; c\n<!-- no -->[sound:no.mp3]d < e > f'
    words = " ".join(words for _, words in lines_of_html(text))
    assert words.split() == ["a", "b", "&", "c", "d", "<", "e", ">", "f"]


def _imported(source: str, **more: tuple[str, ...]) -> Imported:
    card = ImportedCard(
        question=write_line("What is it?"),
        answer=keep_block("1. one\n2. two ![a dog](media/dog.png)"),
        hint="three",
        tags=("four", "four"),
    )
    deck = ImportedDeck(name="Five", cards=(card,), description=Passage(lines=("six",)))
    return Imported(form="", decks=(deck,), source=lines_of(source), left_out=more.get("out", ()))


def test_cards_descriptions_names_tags_and_what_is_left_out_are_the_account() -> None:
    text = "what is it 1 one 2 two a dog three four four five six seven"
    check_account(Path("a.txt"), _imported(text, out=("seven",)))
    with pytest.raises(AnkibuildError, match=r'a.txt:1:1: "seven" would be on no card'):
        check_account(Path("a.txt"), _imported(text))
