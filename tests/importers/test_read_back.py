"""No Markdown is handed on that says less, or other things, than what it was made of."""

from pathlib import Path

import pytest

from ankibuild.core.problems import AnkibuildError
from ankibuild.dialect.fields import render_block
from ankibuild.importers.imported import ImportedCard, ImportedDeck, Passage
from ankibuild.importers.read_back import check_deck, is_description, is_read_back

CARD = ImportedCard(
    question=Passage(markdown="A", lines=("A",)),
    answer=Passage(markdown="B", lines=("B",)),
    tags=("x",),
)
TEXT = '# D\n\n## A {#a tags="x"}\n\nB\n'


@pytest.mark.parametrize("markdown", ["b", "*a", "a\n\nb", "{{c1::a}}", "a ![](media/x.png)"])
def test_other_words_are_not_what_was_written(markdown: str) -> None:
    assert is_read_back(Passage(markdown="a", lines=("a",)), render_block)
    assert is_read_back(Passage(markdown=markdown, lines=("a",)), render_block) is False


def test_a_deck_is_read_back_card_by_card() -> None:
    deck = ImportedDeck(name="D", cards=(CARD,))
    check_deck(Path("x"), deck, TEXT)
    for text, message in (
        (TEXT.replace("# D", "# E"), 'the deck name "D" cannot be written'),
        (TEXT.replace("B", "C"), 'the card "A" cannot be written'),
        (TEXT.replace(' tags="x"', ""), 'the card "A" cannot be written'),
        (TEXT.replace("#a", "#a .reversed"), 'the card "A" cannot be written'),
        (TEXT + "\n## C {#c}\n\nD\n", 'the card "A" cannot be written'),
        (TEXT.replace("{#a", "{#a #b"), "is a second attribute of its kind"),
    ):
        with pytest.raises(AnkibuildError, match=message):
            check_deck(Path("x"), deck, text)


def test_a_description_has_no_fault_of_its_own() -> None:
    assert is_description("Words, and a *list*:\n\n- one")
    assert not is_description("{{c1::open")
