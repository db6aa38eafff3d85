"""What trainers have comes in word for word, is built, and is what real Anki shows."""

import csv
import io
import re
import time
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ankibuild.core.problems import Fragment
from ankibuild.core.text import seen_lines
from ankibuild.dialect.fields import render_block, render_inline
from ankibuild.dialect.source import parse_file
from ankibuild.importers.passages import (
    convert_block,
    is_read_back,
    split_text,
    write_block,
    write_line,
)
from ankibuild.importers.text import read_text
from tests.helpers.cases import Case, read_cases
from tests.helpers.importing import learned_cards, learned_decks, run_import, shown
from tests.helpers.learner import Learner
from tests.helpers.places import CASES
from tests.helpers.seed import SEED, seed_cards
from tests.helpers.trainer import Trainer

FORMS = read_cases("importing/forms.md")


@pytest.mark.parametrize("case", FORMS, ids=lambda case: case.title)
def test_each_form_of_text_is_told_and_read(trainer: Trainer, learner: Learner, case: Case) -> None:
    form, deck, *lines = case.output.split("\n")
    trainer.write("demo.txt", case.input)
    output, warnings = run_import(trainer, "demo.txt")
    assert output.startswith(f"demo.txt: {form}\n")
    wanted = [tuple(line.partition(" ? ")[0].split(" | ")) for line in lines]
    doubts = [line.partition(" ? ")[2] for line in lines if " ? " in line]
    assert learned_cards(trainer, learner) == wanted
    name = deck.removeprefix("# ")
    assert (name if name == "Demo" else f"Demo::{name}") in learner.deck_names()
    text = next((trainer.folder / "content/demo").glob("*.md")).read_text("utf-8")
    assert re.findall("<!-- review: (.*) -->", text) == doubts
    assert warnings.count("warning:") == len(doubts)
    assert all(doubt in warnings for doubt in doubts)


def test_the_first_deck_is_read_as_its_22_cards(trainer: Trainer, learner: Learner) -> None:
    trainer.write("tier-1-module-1.txt", (SEED / "tier-1-module-1.txt").read_bytes())
    _, warnings = run_import(trainer, "tier-1-module-1.txt")
    title, cards = seed_cards()
    assert learned_cards(trainer, learner) == [
        (" ".join(question.split()), " / ".join(" ".join(each.split()) for each in answer))
        for question, answer in cards
    ]
    assert f"Tier 1 Module 1::{title}" in learner.deck_names()
    warning, rule = warnings.splitlines()
    assert rule == "    [doubtful-import]"
    assert warning.startswith('tier-1-module-1.txt:14:1: warning: "What’s the NEM')
    backs = [note["Back"] for note in learner.notes().values()]
    assert sorted(back.count("<p>") for back in backs) == [1] * 21 + [2]


def test_one_stray_line_moves_no_other_card() -> None:
    title, cards = seed_cards()
    lines = [title]
    for question, answer in cards:
        lines += [question, *answer]
    stray = "By the way, all of these groups can be reached by chat during office hours."
    for place in range(3, len(lines), 2):
        text = "\n".join([*lines[:place], stray, *lines[place:]])
        (deck,) = read_text(text).decks
        found = {" ".join(card.question.lines) for card in deck.cards}
        missing = {" ".join(question.split()) for question, _ in cards} - found
        assert len(missing) <= 1, (place, missing)


NASTY = st.text(
    st.sampled_from("ab1 \n\t#*_-+>`~=$\\[](){}<>!&;:.|\"'/cx" + "\u00a0\u2028é•"), max_size=40
) | st.sampled_from(
    [
        *("{{c1::x}}", "$x$", "\\(x\\)", "\\[x\\]", "<b>x</b>", "<!-- x -->", "---", "# x"),
        *("{#id .x}", "[sound:x.mp3]", "[$]x[/$]", "![x](media/x.png)", "&amp;"),
        *("```\nx\n```", "| a |\n|---|"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(NASTY, min_size=1, max_size=3).map(" ".join))
def test_no_text_becomes_anything_but_itself(text: str) -> None:
    question, answer = write_line(text), write_block(text)
    assert question.lines == split_text(text)
    assert is_read_back(question, render_inline)
    assert is_read_back(answer, render_block)
    bullet = re.compile(r"^([-+*•]|\d+[.)])[ \t]+")
    assert [bullet.sub("", line) for line in answer.lines] == [
        bullet.sub("", line) for line in split_text(text)
    ]
    if question.lines:
        whole = f"# Deck\n\n## {question.markdown} {{#some-id}}\n\n{answer.markdown}\n"
        deck, problems = parse_file("deck.md", whole, stem="deck")
        assert problems == ()
        (note,) = deck.notes
        assert (note.note_id, note.extra.text) == ("some-id", "")
        assert seen_lines(render_inline(note.heading).html) == question.lines
        rendered = render_block(note.body)
        assert (seen_lines(rendered.html), rendered.clozes) == (answer.lines, frozenset())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
def test_a_text_may_be_saved_in_any_usual_encoding(trainer: Trainer, encoding: str) -> None:
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    trainer.write("demo.txt", mark + "Qu’est-ce qu’un café ?\r\nUn « café ».\r\n".encode(encoding))
    _, warnings = run_import(trainer, "demo.txt")
    text = (trainer.folder / "content/demo/demo.md").read_text("utf-8")
    assert "## Qu’est-ce qu’un café ? {#" in text
    assert "\nUn « café ».\n" in text
    assert ("read as Windows-1252" in warnings) == (encoding == "cp1252")


def test_what_is_no_text_is_refused(trainer: Trainer) -> None:
    for name, data, message in (
        ("zeros.txt", b"a\0b", "no text that can be read"),
        ("byte.txt", b"caf\xe9 \x81", "no text that can be read"),
        ("empty.txt", b" \n\n", "no card was found"),
        ("empty.csv", b"", "one column only"),
        ("sheet.xlsx", b"PK", "save the sheet as CSV"),
        ("old.doc", b"\xd0\xcf", "save it as .docx"),
    ):
        trainer.write(name, data)
        result = trainer.run("import", name)
        assert result.returncode == 1
        assert message in result.stderr
        assert "Traceback" not in result.stderr
    assert not (trainer.folder / "content").exists()


def test_import_never_overwrites(trainer: Trainer) -> None:
    trainer.write("demo.txt", "What?\nThat.\n")
    run_import(trainer, "demo.txt")
    before = {path: path.read_bytes() for path in trainer.folder.glob("content/*/*")}
    trainer.write("content/other/mine.txt", "mine")
    for into, message in (
        ("content/demo", "a package is here already"),
        ("content/demo/inside", "inside the package content/demo"),
        ("content/other", "something is here already"),
        ("demo.txt", "something is here already"),
    ):
        result = trainer.run("import", "demo.txt", "--into", into)
        assert result.returncode == 1
        assert message in result.stderr
    assert {path: path.read_bytes() for path in trainer.folder.glob("content/demo/*")} == before
    assert [path.name for path in trainer.folder.glob("content/other/*")] == ["mine.txt"]


def test_a_dry_run_writes_nothing(trainer: Trainer) -> None:
    trainer.write("demo.txt", "What?\nThat.\n")
    output, _ = run_import(trainer, "demo.txt", "--dry-run", "--into", "content/x")
    assert "content/x/demo.md would be written" in output.replace("x.md", "demo.md")
    assert not (trainer.folder / "content").exists()


def test_a_doubt_is_harmless_and_a_missing_answer_keeps_it_from_being_built(
    trainer: Trainer,
) -> None:
    trainer.write("demo.csv", "question,answer\nWhat -- is > this?,\nb,c\n")
    _, warnings = run_import(trainer, "demo.csv")
    assert 'demo.csv:2:1: warning: "What -- is > this?": the answer is empty' in warnings
    result = trainer.run("check")
    assert result.returncode == 1
    assert "the answer is empty" in result.stderr
    assert "1 error, 0 warnings" in result.stderr


def test_what_is_endless_or_nests_without_end_is_read_in_a_moment(trainer: Trainer) -> None:
    start = time.monotonic()
    trainer.write("one.txt", "[" * 100_000 + "\n" + "*a_" * 20_000 + "\n")
    trainer.write("two.txt", "#separator:tab\n#html:true\na\t" + "<div>" * 5000 + "b\n")
    trainer.write("three.csv", "a,b\n" * 3000)
    for name in ("one.txt", "two.txt", "three.csv"):
        run_import(trainer, name)
    text = (trainer.folder / "content/two/two.md").read_text("utf-8")
    assert "Markdown cannot say its deep nesting" in text
    assert "\nb\n" in text
    ids = re.findall("{#(.*)}", (trainer.folder / "content/three/three.md").read_text("utf-8"))
    assert ids == ["a", *(f"a-{number}" for number in range(2, 3001))]
    assert time.monotonic() - start < 30


TABLE = [
    ('What, is "this"?', "line 1\nline 2", "a b", "x & y", "Sub::One"),
    ("*b*", "<b>5</b> < 6 $a$ $b$", "t one, u", "", "Sub::One"),
    ("{{c1::c}}", "- x\n- y", "marked", "e", 'Odd "name" #1'),
]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_is_read_by_its_header(
    trainer: Trainer, learner: Learner, separator: str, encoding: str
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(("Front", "Back", "Tags", "Extra", "Deck"))
    writer.writerows(TABLE)
    trainer.write("demo.csv", out.getvalue().encode(encoding))
    run_import(trainer, "demo.csv")
    assert learned_cards(trainer, learner) == [
        ('What, is "this"?', "line 1 / line 2"),
        ("*b*", "<b>5</b> < 6 $a$ $b$"),
        ("{{c1::c}}", "x / y"),
    ]
    notes = list(learner.notes().values())
    assert [sorted(note.tags) for note in notes] == [["a", "b"], ["t-one", "u"], []]
    assert [shown(note["Extra"]) for note in notes] == ["x & y", "", "e"]
    assert {"Demo::Sub::One", "Demo::Odd 'name' #1"} <= set(learner.deck_names())


def test_what_quizlet_copies_out_is_read_with_its_own_separators(
    trainer: Trainer, learner: Learner
) -> None:
    trainer.write("tabs.tsv", '"He" said\thi\npipe\t5" wide\n')
    run_import(trainer, "tabs.tsv", "--into", "content/tabs")
    trainer.write("own.txt", "one -> uno;;two -> dos;;\nthree -> tres -> 3")
    run_import(trainer, "own.txt", "--between", " -> ", "--between-rows", ";;")
    found = learned_decks(trainer, learner)
    assert found["Tabs"] == [('"He" said', "hi"), ("pipe", '5" wide')]
    assert found["Own"] == [("one", "uno"), ("two", "dos"), ("three", "tres -> 3")]
    assert "more cells than columns" in (trainer.folder / "content/own/own.md").read_text("utf-8")


def test_columns_can_be_named(trainer: Trainer, learner: Learner) -> None:
    trainer.write("demo.csv", "7,a,b,x y\n8,c,d,\n")
    result = trainer.run("import", "demo.csv")
    assert result.returncode == 1
    assert "this table has 4 columns, and no first row that names them" in result.stderr
    run_import(trainer, "demo.csv", "--columns", "-,answer,question,tags")
    assert learned_cards(trainer, learner) == [("b", "a"), ("d", "c")]
    for wrong in ("question", "question,answer,foo", "question,answer,answer"):
        assert trainer.run("import", "demo.csv", "--columns", wrong).returncode == 2


def test_a_torn_table_is_refused_with_its_line(trainer: Trainer) -> None:
    trainer.write("demo.csv", 'a,b\nc,"d\ne,f\n')
    result = trainer.run("import", "demo.csv")
    assert result.returncode == 1
    assert result.stderr.startswith("demo.csv:2:1: the row that begins here cannot be read")


ANKI_NOTES = (
    ("Basic", "Spanish", ("el <b>pan</b>", 'bread "q"<br>two\tx<div>three</div>'), "food a::b"),
    ("Basic", "Spanish::Verbs", ("ser; #x", "<ul><li>to be</li><li>x</li></ul>"), ""),
    ("Basic (and reversed card)", "Spanish", ("rojo", "<i>red</i> \\(x^2\\)"), ""),
    ("Basic (optional reversed card)", "Spanish", ("azul", "blue", "y"), ""),
    ("Basic", "Spanish", ("a<br>b\nc", "x &lt;b&gt; {{c1::y}} $1 and $2"), ""),
    ("Cloze", "Spanish::Verbs", ("Yo {{c1::soy::to be}} <i>de</i> {{c2::Lima}}.", "extra"), "v"),
)


@pytest.mark.parametrize("with_html", [True, False])
def test_what_anki_exports_as_text_is_read_card_by_card(
    trainer: Trainer, learner: Learner, tmp_path: Path, with_html: bool
) -> None:
    with Learner.at(tmp_path / "author") as author:
        collection = author.collection
        for note_type, deck, fields, tags in ANKI_NOTES:
            record = collection.models.by_name(note_type)
            number = collection.decks.id(deck)
            assert record
            assert number
            note = collection.new_note(record)
            note.fields, note.tags = list(fields), tags.split()
            collection.add_note(note, number)
        collection.export_note_csv(
            out_path=str(trainer.folder / "demo.txt"),
            limit=None,
            with_html=with_html,
            with_tags=True,
            with_deck=True,
            with_notetype=True,
            with_guid=True,
        )
        exported = {}
        for each in map(collection.get_note, collection.find_notes("")):
            first, second = each.fields[:2]
            if not with_html:
                first, second = without_html(first), without_html(second)
            exported[shown(first)] = (shown(second), sorted(each.tags), len(each.cards()))
    output, warnings = run_import(trainer, "demo.txt")
    assert "notes that Anki exported as text" in output
    assert "export it as .apkg" in warnings
    learner.import_package(trainer.build(1_700_000_000))
    assert learner.faults() == []
    found = {}
    for note in learner.notes().values():
        first, second = (
            (note["Text"], note["Extra"]) if "Text" in note else (note["Front"], note["Back"])
        )
        found[shown(first)] = (shown(second), sorted(note.tags), len(note.cards()))
    assert found == exported
    decks = {progress.deck for progress in learner.progress().values()}
    assert decks == {"Demo::Spanish", "Demo::Spanish::Verbs"}


def test_pictures_and_sounds_of_anki_come_once_their_files_are_there(
    trainer: Trainer, learner: Learner
) -> None:
    text = "#separator:tab\n#html:true\nbread\t<img src='a b.png'>[sound:greeting.mp3]\n"
    trainer.write("demo.txt", text)
    _, warnings = run_import(trainer, "demo.txt")
    assert 'demo.txt:3:1: warning: "bread": its pictures and sounds are not in this' in warnings
    assert 'the file "media/a b.png" is missing' in trainer.run("build").stderr
    for name, source in (("a b.png", "meter.png"), ("greeting.mp3", "greeting.mp3")):
        trainer.write(f"content/demo/media/{name}", (CASES / "media" / source).read_bytes())
    learner.import_package(trainer.build(1_700_000_000))
    assert learner.faults() == []
    back = learner.fields("bread")["Back"]
    assert "<img" in back
    assert "[sound:greeting-" in back


def without_html(html: str) -> str:
    """Return a field as Anki exports it without HTML, which takes only lines for spaces."""
    return re.sub("<[^>]*>", "", re.sub("<(?:br|div)>", " ", html))


def test_files_that_the_system_does_not_let_be_read_or_written_are_problems(
    trainer: Trainer,
) -> None:
    trainer.write("demo.txt", "What?\nThat.\n")
    (trainer.folder / "content").write_text("a file", "utf-8")
    result = trainer.run("import", "demo.txt")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("words", ["{{c1::x}}", r"\{{c1::x}}", r"\\{{c1::x}}"])
def test_a_cloze_that_anki_shows_as_words_stays_words(words: str) -> None:
    text = convert_block(f"a {words} b").markdown
    rendered = render_block(Fragment(path="a.md", line=1, column=1, text=text))
    assert not rendered.clozes
    assert unescape(rendered.html) == f"<p>a {words} b</p>"
