"""What is written for a web page is made plain Markdown, and each line keeps its number."""

from ankibuild.importers.pages import (
    Details,
    open_details,
    place_addresses,
    unnest_headings,
    without_ways_back,
)

PAGE = """\
# A
<details>
<summary><b>What
is it?</b></summary><br>

It.
</p>
</details>
<p align="center">

`<details>` hides.

<details><summary>Another?</summary>Yes.
<details><summary>Inside</summary>More.</details>
</details>

```html
<details>
```
"""


def test_hidden_answers_are_opened() -> None:
    places, details = open_details(PAGE.split("\n"), 0)
    assert [(number, text) for number, text in places if text] == [
        (1, "# A"),
        (4, "**What is it?**"),
        (6, "It."),
        (11, "`<details>` hides."),
        (13, "**Another?**"),
        (13, "Yes."),
        (14, "**Inside**"),
        (14, "More."),
        (17, "```html"),
        (18, "<details>"),
        (19, "```"),
    ]
    assert [each.question for each in details] == ["What is it?", "Another?"]
    for each in details:
        assert places[each.asked][1] == f"**{each.question}**"
        assert each.begin < each.asked < each.end


def test_tags_that_nothing_closes_lose_no_word() -> None:
    places, details = open_details(["</details>", "</summary>", "<details>", "<summary>a", "b"], 0)
    assert [text for _, text in places if text] == ["a", "b"]
    assert details == list[Details]()


def test_headings_of_items_are_headings() -> None:
    lines = [
        "---",
        "1. ### x",
        "---",
        "1. ### One?",
        "",
        "    Answer",
        "      more",
        "",
        "2. ### Two?",
    ]
    assert unnest_headings(lines, 3) == [
        *("---", "1. ### x", "---"),
        *("### 1. One?", "", " Answer", "   more", "", "### 2. Two?"),
    ]
    assert unnest_headings(["1. ### One?", "   a"], 0) == ["1. ### One?", "   a"]


def test_a_way_back_that_comes_again_and_again_is_found() -> None:
    up, other = "**[⬆ Up](#top)**", "[Up](#top)"
    places = [(1, up), (2, "a"), (3, f"  {up}"), (4, up), (5, other), (6, f"see {up}")]
    kept, found = without_ways_back(places)
    assert [text for _, text in kept] == ["", "a", "", "", other, f"see {up}"]
    assert found == [up, f"  {up}", up]


def test_addresses_stand_beside_their_words() -> None:
    lines = [
        "---",
        "[one]: /matter",
        "---",
        "![a][One], [b][two], [two][], [two] and [none][three], [c](#two) \\[two]",
        "```",
        "[two]",
        "```",
        "[one]: one.png 'Title'",
        "[TWO]: <https://two.two>",
    ]
    kept = place_addresses(list(enumerate(lines, 1)), 3)
    assert [text for _, text in kept][:7] == [
        *lines[:3],
        "![a](one.png 'Title'), [b](<https://two.two>), [two](<https://two.two>), "
        "[two](<https://two.two>) and [none][three], [c](#two) \\[two]",
        *lines[4:7],
    ]
    assert [text for _, text in kept][7:] == ["", ""]
