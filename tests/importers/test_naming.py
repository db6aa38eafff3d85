"""Names for what is imported: short, readable, and nothing has them yet."""

from ankibuild.importers.naming import LONGEST_STEM, deck_stem, short_id, unused


def test_a_name_that_is_taken_gets_the_first_free_number() -> None:
    assert unused("a", ()) == "a"
    assert unused("a", ("a", "a-3")) == "a-2"
    assert unused("a", ("a", "a-2")) == "a-3"


def test_an_id_is_no_longer_than_a_heading_can_bear() -> None:
    assert short_id("What is a meter?") == "what-is-a-meter"
    assert short_id("?!") == ""
    words = "word " * 30
    assert len(short_id(words)) <= LONGEST_STEM
    assert not short_id(words).endswith("-")


def test_a_deck_is_never_named_as_a_file_that_is_none() -> None:
    assert deck_stem("Verbs", ()) == "verbs"
    assert deck_stem("日本", ()) == "deck"
    assert deck_stem("Readme", ()) == "readme-deck"
    assert deck_stem("Verbs", {"verbs"}) == "verbs-2"
