"""Addresses: where a package's page is, and what its cards link to."""

import pytest

from ankibuild.core.addresses import (
    FEEDBACK_PAGE,
    addon_name,
    feedback_fault,
    feedback_link,
    folder_of,
    page_fault,
)

PAGE = "https://decks.example.org/"
FORM = "https://forms.example.org/f?note={note}"


@pytest.mark.parametrize(
    ("page", "folder"),
    [
        ("", ""),
        (PAGE, PAGE),
        ("https://decks.example.org", PAGE),
        (f"{PAGE}index.html", PAGE),
        (f"{PAGE}index.htm", PAGE),
        ("http://example.org/my/decks", "http://example.org/my/decks/"),
        ("https://example.org/index.html/", "https://example.org/index.html/"),
    ],
)
def test_a_page_is_known_by_its_folder(page: str, folder: str) -> None:
    assert folder_of(page) == folder
    assert page_fault(page) is None


@pytest.mark.parametrize(
    "page",
    [
        *(
            "decks",
            "ftp://example.org/",
            "file:///tmp/",
            "https://",
            "https://a b/",
            "//example.org/",
        ),
        *(f"{PAGE}decks.html", f"{PAGE}Decks.aspx", f"{PAGE}a/b.HTM"),
        *(f"{PAGE}?a=1", f"{PAGE}#a", f"{PAGE}{{{{Front}}}}/", f'{PAGE}"><script>/'),
    ],
)
def test_what_is_no_address_of_a_folder_is_refused(page: str) -> None:
    fault = page_fault(page)
    assert fault
    assert page in fault[1]


@pytest.mark.parametrize(
    ("feedback", "page", "link"),
    [
        ("", PAGE, ""),
        (FORM, "", "https://forms.example.org/f?note=NOTE"),
        ("https://forms.example.org/f", "", "https://forms.example.org/f"),
        ("me@example.org", "", "mailto:me@example.org?subject=NOTE"),
        *(
            (each, PAGE, f"{PAGE}{FEEDBACK_PAGE}?note=NOTE")
            for each in (FORM, f"{FORM}&v={{version}}", "me@example.org")
        ),
    ],
)
def test_a_card_links_to_the_page_or_else_to_where_mistakes_are_reported(
    feedback: str, page: str, link: str
) -> None:
    assert feedback_fault(feedback, page) is None
    assert feedback_link(feedback, page, "NOTE") == link


@pytest.mark.parametrize(
    "feedback",
    [
        *("call us", "a@b", "{note}@example.org", "me@example.org?subject={note}"),
        *(
            "https://x.org/{Note ID}",
            "https://x.org/{{note}}",
            "https://x.org/{",
            "https://x.org/}",
        ),
        *("mailto:me@x.org", "me@x.org?cc=you", "https://x.org/?q='a'&n={note}"),
        *("https://x.org/{version}", 'https://x.org/"', "javascript:alert(1)//x@y.org z"),
    ],
)
def test_what_no_card_can_link_to_is_refused(feedback: str) -> None:
    assert feedback_fault(feedback, "")


def test_the_sign_that_ends_a_link_is_named_with_what_stands_for_it() -> None:
    fault = feedback_fault("https://x.org/?q='a'&n={note}", "")
    assert fault
    assert fault[1:] == ('"feedback" contains "\'", which ends a link', 'write "%27" instead')
    assert feedback_fault("HTTPS://x.org/", "") is None


def test_the_address_that_learners_cards_hold_never_changes() -> None:
    assert feedback_link(FORM, PAGE, "demo/a") == (
        "https://decks.example.org/feedback.html?note=demo/a"
    )


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("https://decks.example.org/", "decks-example-org-updates"),
        ("https://Your-Org.github.io/your_decks/", "your-org-github-io-your-decks-updates"),
        ("https://\u05d0/", "updates"),
        ("http://decks.example.org/", ""),
        ("", ""),
    ],
)
def test_an_add_on_is_named_after_its_page(page: str, expected: str) -> None:
    assert addon_name(page) == expected
