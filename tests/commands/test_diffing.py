"""What the next release would change is told to people, pull requests and programs."""

import json
import re
from html import unescape

from markdown_it import MarkdownIt

from tests.helpers.demo import DAY, EDITED, FIRST, LOCK, START, forge_lock
from tests.helpers.trainer import SETTINGS, Trainer


def test_diff_tells_word_by_word_in_three_forms(published: Trainer) -> None:
    decks = (
        EDITED.replace("{#fee}", '{#fee .reversed hint="price" tags="money"}')
        .replace("## What is a tariff? {#tariff}\n\nA list of prices.\n", "")
        .replace("The {{c1::moon}}", "The **{{c1::moon}}**"),
        "# Module 2\n\n## What is a tariff? {#tariff}\n\nA list of prices.\n\n"
        "## New? {#new}\n\nYes.\n",
    )
    published.write_package(*decks)
    assert published.run("diff").stdout.splitlines() == [
        "demo: 1.0.0 → 1.1.0",
        "  new: new: New?",
        "      Back: Yes.",
        "  changed: fee: What is a fee?",
        "      Hint: {+price+}",
        "      reversed: switched on",
        "      tags: {+money+}",
        "  changed: meter: What is a meter?",
        "      Back: It counts [-energy-]{+kilowatt-hours+}.",
        "  changed: moon: The moon",
        "      Text: <p>The {+<strong>+}{{c1::moon}}{+</strong>+} orbits the {{c2::earth}}.</p>",
        "  moved: tariff: What is a tariff?",
        "      Demo::Module 1 → Demo::Module 2; existing cards stay where they are",
        "  descriptions: of the decks",
    ]
    markdown = published.run("diff", "--format", "markdown").stdout
    assert "### demo: 1.0.0 → 1.1.0" in markdown
    assert "  - Back: It counts ~~energy~~**kilowatt-hours**." in markdown
    (report,) = json.loads(published.run("diff", "--format", "json").stdout)["packages"]
    assert report["next"] == "1.1.0"
    assert [each["id"] for each in report["changed"]] == ["fee", "meter", "moon"]
    assert report["changed"][1]["fields"]["Back"] == {
        "old": "<p>It counts energy.</p>",
        "new": "<p>It counts kilowatt-hours.</p>",
    }
    assert report["moved"] == ["tariff"]


def test_a_new_note_shows_what_it_hides_and_all_else_that_it_says(published: Trainer) -> None:
    orbit = "\n## {#orbit}\n\nThe {{c1::moon::a body}} orbits.\n\n---\n\nA month long.\n"
    published.write_package(FIRST + orbit)
    assert published.run("diff").stdout.splitlines() == [
        "demo: 1.0.0 → 1.1.0",
        "  new: orbit: The moon orbits.",
        "      Text: The {{c1::moon::a body}} orbits.",
        "      Extra: A month long.",
    ]


def test_the_lines_of_an_answer_are_kept_apart(published: Trainer) -> None:
    answer = "It counts:\n\n- energy\n- *hours*\n\nOn a wall\nor a pole\n"
    published.write_package(FIRST.replace("It counts energy.\n", answer))
    assert published.run("diff").stdout.splitlines()[-1] == (
        "      Back: It counts{+:+} {+/ +}energy[-.-]{+ / hours / On a wall / or a pole+}"
    )
    published.release(START + DAY)
    published.write_package(FIRST.replace("It counts energy.\n", answer.replace("- *hours*\n", "")))
    assert published.run("diff").stdout.splitlines()[-1] == (
        "      Back: It counts: / energy / [-hours / -]On a wall / or a pole"
    )


def test_a_renamed_deck_is_one_line(published: Trainer) -> None:
    published.write_package(FIRST.replace("# Module 1", "# Module One"))
    assert published.run("diff").stdout.splitlines() == [
        "demo: 1.0.0 → 2.0.0",
        "  deck renamed: Demo::Module 1 → Demo::Module One; cards that learners have stay in the "
        "old deck",
        "  descriptions: of the decks",
    ]
    (report,) = json.loads(published.run("diff", "--format", "json").stdout)["packages"]
    assert report["renamed_decks"] == {"Demo::Module 1": "Demo::Module One"}
    assert report["gone_decks"] == ["Demo::Module 1"]
    assert len(report["moved"]) == 4


def test_a_deck_whose_notes_went_to_several_or_to_an_old_one_is_gone(trainer: Trainer) -> None:
    start, moon = FIRST.index("## What is a meter"), FIRST.index("## The moon")
    one, two = FIRST[start:moon], FIRST[moon:]
    trainer.write_package(f"# A\n\n{one}", f"# B\n\n{two}")
    trainer.release(START)
    trainer.write_package(f"# A\n\n{two}\n{one}", "# C\n\n## New? {#new}\n\nYes.\n")
    diff = trainer.run("diff").stdout
    assert "  moved: moon: The moon\n      Demo::B → Demo::A; existing cards" in diff
    assert "  deck gone: Demo::B\n" in diff
    trainer.write_package(f"# C\n\n{one}", f"# B\n\n{two}")
    assert "  deck renamed: Demo::A → Demo::C;" in trainer.run("diff").stdout
    fee = one.index("## What is a fee")
    trainer.write_package(f"# C\n\n{one[:fee]}", f"# D\n\n{one[fee:]}{two}")
    diff = trainer.run("diff").stdout
    assert "  deck gone: Demo::A\n" in diff
    assert "  deck renamed: Demo::B → Demo::D;" in diff


def test_the_diff_for_a_pull_request_shows_markup_as_the_text_that_it_is(
    published: Trainer,
) -> None:
    text = EDITED.replace("## What is a fee?", r"## Is \*List<T>\* a \#1 [fee]?")
    published.write_package(text.replace("A price for a", r"A \<b> \~price\~ of any"))
    markdown = published.run("diff", "--format", "markdown").stdout
    html = MarkdownIt().render(markdown)
    shown = " ".join(unescape(re.sub("<[^>]*>", "", html)).replace("\u200b", "").split())
    assert "changed: fee: Is *List<T>* a #1 [fee]?" in shown
    assert "Back: A <b> ~price~" in shown


def test_the_diff_for_a_pull_request_fits_into_a_comment(published: Trainer) -> None:
    many = "".join(f"\n## {'Why? ' * 20}{n} {{#n{n}}}\n\nB\n" for n in range(1000))
    published.write_package(FIRST + many)
    markdown = published.run("diff", "--format", "markdown").stdout
    assert 50_000 < len(markdown) < 65_536
    assert markdown.endswith("\n\n… and more: `ankibuild diff` lists all.\n")
    assert "n999" in published.run("diff").stdout


def test_nothing_in_a_package_is_obeyed_by_what_shows_a_comment(published: Trainer) -> None:
    def forge(line: str) -> str:
        record = json.loads(line)
        if "note" in record:
            record["deck"] = "Demo::@media # 12"
            record["tags"] = ["@media"]
            record["fields"]["Front"] = "@media #12\n\n- https://x.org | ```"
        return json.dumps(record, ensure_ascii=False, separators=(",", ":"))

    forge_lock(published.folder / LOCK, forge)
    published.write_package(
        "# @media #12 x\n\n## What is a meter? {#meter}\n\n@media rule\n",
        settings=SETTINGS + 'retired = ["tariff", "fee", "moon"]\n',
    )
    markdown = published.run("diff", "--format", "markdown").stdout
    lines = markdown.splitlines()
    assert lines[0] == "### demo: 1.0.0 → 2.0.0"
    assert all(line.startswith(("- **", "  - ")) for line in lines[2:]), markdown
    html = MarkdownIt().render(markdown)
    assert "@\u200bmedia" in html
    assert not re.search(r"<b>|<a |<code>|<h[124-6]>", html), html
    assert not re.search(r"@\w|#\d|https?://", unescape(html)), html
