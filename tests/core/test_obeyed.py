"""What Anki would obey in a text or a name is shown, and not obeyed."""

import pytest

from ankibuild.core.names import deck_name_fault, mend_deck_name, mend_tag, tag_fault
from ankibuild.core.obeyed import disarm_html, disarm_math, disarm_name, find_obeyed

OBEYED = (
    "a <b>",
    "a </b>",
    "a <!-- b",
    "a <?b",
    "{{Front}}",
    "{{{a}}}",
    "[sound:x.mp3]",
    "[SOUND:x.mp3]",
    "[anki:play:q:0]",
    "[anki:tts lang=en]",
    "[latex]",
    "[$]",
    "[$$]",
    "[[type:Back]]",
    "\\(x\\)",
    "\\[x\\]",
)
PLAIN = ("a < b", "a<5", "{a}", "[a]", "[[a]]", "sound:x", "C:\\a", "a\\", "$5", "R&D", "<", "")


@pytest.mark.parametrize("name", OBEYED)
def test_a_name_that_a_card_would_obey_is_refused_and_can_be_mended(name: str) -> None:
    assert find_obeyed(name)
    assert find_obeyed(name) in name
    assert deck_name_fault(name)
    assert tag_fault("".join(name.split()))
    for mended in (disarm_name(name), mend_deck_name(name)):
        assert mended.replace("\u2060", "") == name
        assert not deck_name_fault(mended)
    tag = "".join(name.split())
    assert mend_tag(tag).replace("\u2060", "") == tag


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_name_stays_as_it_is(name: str) -> None:
    assert not find_obeyed(name)
    assert disarm_name(name) == disarm_html(name) == disarm_math(name) == name


def test_in_html_a_command_is_written_so_that_anki_does_not_see_it() -> None:
    assert disarm_html("[sound:a] [[type:b]] [c]") == "&#91;sound:a] &#91;[type:b]] [c]"


def test_in_a_text_math_is_parted_from_its_signs() -> None:
    assert disarm_math("\\(a\\) \\[b\\]") == "\\\u2060(a\\) \\\u2060[b\\]"
