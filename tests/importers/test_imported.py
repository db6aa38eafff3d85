"""What another file says of a note is written as Anki keeps it."""

from ankibuild.importers.imported import ImportedCard, Passage


def test_what_stands_in_a_heading_is_what_anki_keeps() -> None:
    card = ImportedCard(
        question=Passage(),
        answer=Passage(),
        hint="two\n  words",
        tags=("b a::::c", 'x,"y', "marked"),
    )
    assert card.attributes == {"hint": "two words", "source": "", "tags": "a::c b x-y"}
