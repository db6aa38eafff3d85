"""The HTML of a field becomes Markdown, whatever it holds."""

import re

from ankibuild.importers.html import clean_html, markdown_of
from tests.helpers.hostile_packages import Members, with_database, write_apkg
from tests.helpers.trainer import Trainer


def test_deeply_nested_html_is_imported_as_plain_words(
    trainer: Trainer, sound: dict[bool, Members]
) -> None:
    html = "<div>" * 1200 + "deep" + "</div>" * 1200
    members = with_database(
        sound[True],
        lambda each: each.execute("UPDATE notes SET flds = 'Q' || char(31) || ?", (html,)),
    )
    result = trainer.run("import", str(write_apkg(trainer, members)), "--into", "content/x")
    assert result.returncode in (0, 1)
    assert "Traceback" not in result.stderr


def test_headings_that_html_does_not_know_are_plain_words() -> None:
    assert markdown_of(f"<h{'9' * 5000}>Words</h{'9' * 5000}>")[0] == "Words"
    assert markdown_of("<h0>a</h0><h7>b</h7><h2>c</h2>")[0].split() == ["a", "b", "###", "c"]


def test_a_declaration_that_no_html_has_is_not_seen_as_in_a_browser() -> None:
    for html in ("a <![What is this?]>b", "a <![if !mso]>b<![endif]>", "a <![x", "a <!y>b"):
        text, _ = markdown_of(html)
        assert text == ("a b" if html.endswith(">") or "b" in html else "a")


def test_a_new_line_of_html_is_a_space_and_a_break_is_a_new_line() -> None:
    for html, markdown in (
        ("one\ntwo", "one two"),
        ("<div>one\n</div>\n<pre>a\nb</pre>", "one\n\n```\na\nb\n```"),
        ("one<br>two<br>| a |<br>:-- x", "one\ntwo\n\\| a |\n\\:-- x"),
        ("<ul><li>one<br>two<br><br>three</li></ul>", "- one\n  two\n\n  three"),
    ):
        assert markdown_of(html)[0] == markdown


def test_hard_spaces_at_the_ends_of_bold_words_stay() -> None:
    for html, markdown in (
        ("the<b>&nbsp;word&nbsp;</b>here", "the\xa0**word**\xa0here"),
        ("the <i>word&nbsp; </i>here", "the *word*\xa0 here"),
        ('a<a href="https://e.org">&nbsp;b</a>', "a\xa0[b](https://e.org)"),
        ("x<b>&nbsp;</b>y", "x\xa0y"),
    ):
        assert markdown_of(html)[0] == markdown


def test_only_what_could_run_or_load_is_called_so() -> None:
    for html, running, harmless in (
        ('<h2 id="a">x</h2>', (), ("<h2 id>",)),
        ("<o:p>x</o:p>", (), ("<o:p>",)),
        ('<b id="a" onclick="f()">x</b>', ("<b onclick>",), ("<b id>",)),
        ("<iframe></iframe><script>f()</script>x", ("<iframe>", "<script>"), ()),
        ('<img src="javascript:f()">', ("<img src>",), ()),
        ('<table background="https://e.org/x"></table>', ("<table background>",), ()),
    ):
        assert clean_html(html)[1:] == (running, harmless)


def test_a_block_with_nothing_in_it_parts_words() -> None:
    for html in ("one<p></p>two", "one <div> </div> two", '<b>one<h3 class="x"></h3></b>two'):
        assert re.sub("[*]", "", markdown_of(html)[0]).split() == ["one", "two"]
