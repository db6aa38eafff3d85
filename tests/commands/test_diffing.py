"""What the next release would change is told to people, pull requests and programs."""

import json
import re
from html import unescape

from markdown_it import MarkdownIt

from tests.helpers.demo import EDITED, FIRST, LOCK, forge_lock
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
