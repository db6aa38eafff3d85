"""Tables: by their header, with their separators, as Quizlet and Anki write them."""

import csv
import io
import re
from pathlib import Path

import pytest

from tests.helpers.importing import learned_cards, learned_decks, run_import, shown
from tests.helpers.learner import Learner
from tests.helpers.trainer import Trainer

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
    assert "this table has 4 columns, but no first row that names them" in result.stderr
    run_import(trainer, "demo.csv", "--columns", "-,answer,question,tags")
    assert learned_cards(trainer, learner) == [("b", "a"), ("d", "c")]
    for wrong in ("question", "question,answer,foo", "question,answer,answer"):
        assert trainer.run("import", "demo.csv", "--columns", wrong).returncode == 2


def test_the_cure_for_unknown_columns_is_a_command_that_loses_no_word(
    trainer: Trainer, learner: Learner
) -> None:
    trainer.write("words.csv", "wort,guid,plural\nder abend,x-1,abende\ndie sonne,x-2,sonnen\n")
    result = trainer.run("import", "words.csv")
    assert '"wort", "guid", "plural"' in result.stderr
    command = "import words.csv --columns question,answer,extra"
    assert f"ankibuild {command}; change what is wrong" in result.stderr
    run_import(trainer, *command.split()[1:], "--header")
    assert learned_cards(trainer, learner) == [("der abend", "x-1"), ("die sonne", "x-2")]
    trainer.write(
        "two.csv", "Nr;Answer;My words;Word\n1;eins;a;one\n2;zwei;b;two\n3;drei;c;three\n"
    )
    message = trainer.run("import", "two.csv", "--between", ";", "--no-header").stderr
    assert 'import two.csv --between ";" --columns extra,answer,extra,question;' in message


def test_all_columns_that_are_left_out_are_named(trainer: Trainer) -> None:
    trainer.write("words.csv", "id,word,definition,used,status\n7,one,eins,it is one,learned\n")
    result = trainer.run("import", "words.csv")
    assert 'the columns "id", "used", "status" were not imported' in result.stderr


def test_tags_in_a_list_of_quoted_words_are_plain(trainer: Trainer) -> None:
    trainer.write("words.csv", 'question;answer;tags\none;eins;"[""GRE"", ""my words""]"\n')
    run_import(trainer, "words.csv")
    assert 'tags="GRE my-words"' in (trainer.folder / "content/words/words.md").read_text("utf-8")


def test_a_stray_quote_is_plain_where_all_rows_are_as_wide_then(
    trainer: Trainer, learner: Learner
) -> None:
    trainer.write("demo.csv", 'a,b\nc,"d\ne,f 5" wide\n')
    _, warnings = run_import(trainer, "demo.csv")
    assert "demo.csv:2:1" in warnings
    assert "a quote begins a cell but does not end it: quotes are shown as they are" in warnings
    assert learned_cards(trainer, learner) == [("a", "b"), ("c", '"d'), ("e", 'f 5" wide')]
    trainer.write("quoted.csv", '"a",b\nc,"d\ne,f\n')
    assert "[invalid-table]" in trainer.run("import", "quoted.csv").told


def test_a_torn_table_is_refused_with_its_line(trainer: Trainer) -> None:
    trainer.write("demo.csv", 'a,b\nc,"d, or\ne\ng, h\n')
    result = trainer.run("import", "demo.csv")
    assert result.returncode == 1
    assert result.told.startswith("demo.csv:2:1: the row that begins here cannot be read")


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


def without_html(html: str) -> str:
    """Return a field as Anki exports it without HTML, which takes only lines for spaces."""
    return re.sub("<[^>]*>", "", re.sub("<(?:br|div)>", " ", html))


def test_a_hint_with_quotes_and_a_backslash_arrives_as_it_stands(
    trainer: Trainer, learner: Learner
) -> None:
    trainer.write("demo.csv", 'question,answer,hint\nWhich?,That,"the ""big"" one \\ two words"\n')
    run_import(trainer, "demo.csv")
    learner.import_package(trainer.build(1_700_000_000))
    (note,) = learner.notes().values()
    assert shown(note["Hint"]) == 'the "big" one \\ two words'


@pytest.mark.parametrize("cell", ["unit 1; verbs", "unit 1;verbs", "unit 1, verbs", "unit-1 verbs"])
def test_tags_are_parted_by_what_people_put_between_them(trainer: Trainer, cell: str) -> None:
    trainer.write("demo.csv", f'question,answer,tags\nWhich?,That,"{cell}"\n')
    run_import(trainer, "demo.csv")
    assert 'tags="unit-1 verbs"' in (trainer.folder / "content/demo/demo.md").read_text("utf-8")


@pytest.mark.parametrize(
    "header", ["Frage,Antwort", "Questions,Answers", "Column A,Column B", "arabic,english"]
)
def test_a_header_row_with_other_names_is_no_card(
    trainer: Trainer, learner: Learner, header: str
) -> None:
    trainer.write("demo.csv", f"{header}\nkWh,kilowatt hour\nMW,megawatt\n")
    output, _ = run_import(trainer, "demo.csv")
    assert "which its first row names" in output
    assert learned_cards(trainer, learner) == [("kWh", "kilowatt hour"), ("MW", "megawatt")]


def test_a_first_row_that_may_name_the_columns_is_told_and_can_be_left_out(
    trainer: Trainer, learner: Learner
) -> None:
    trainer.write("demo.csv", "Castellano,Inglese\nel pan,bread\nla sal,salt\nel vino,wine\n")
    _, warnings = run_import(trainer, "demo.csv", "--dry-run")
    assert "if so, import again with --header" in warnings
    assert warnings.count("warning:") == 1
    run_import(trainer, "demo.csv", "--header")
    words = [("el pan", "bread"), ("la sal", "salt"), ("el vino", "wine")]
    assert learned_cards(trainer, learner) == words
    output, warnings = run_import(
        trainer, "demo.csv", "--no-header", "--dry-run", "--into", "content/kept"
    )
    assert warnings == ""
    assert "4 notes" in output


def test_cells_of_html_are_read_as_what_they_show(trainer: Trainer, learner: Learner) -> None:
    cells = ["<b>el</b> pan&nbsp;", "one<br>two", "<ul><li>a</li><li>b</li></ul>", "1 < 2\nline"]
    rows = "".join(f'{n},"{cell}"\n' for n, cell in enumerate(cells))
    trainer.write("demo.csv", f"question,answer\n{rows}")
    output, _ = run_import(trainer, "demo.csv")
    assert "a table of HTML with commas" in output
    assert learned_cards(trainer, learner) == [
        ("0", "el pan"),
        ("1", "one / two"),
        ("2", "a / b"),
        ("3", "1 < 2 / line"),
    ]
    assert "<strong>el</strong>" in learner.fields("0")["Back"]


def test_a_quote_that_swallows_rows_is_told(trainer: Trainer) -> None:
    trainer.write("demo.csv", 'a,"b\nc,d"\ne,f\n')
    _, warnings = run_import(trainer, "demo.csv")
    assert "a quote may be missing in it" in warnings
    trainer.write("prose.csv", 'a,"one, two\nthree, four"\ne,f\n')
    _, warnings = run_import(trainer, "prose.csv")
    assert warnings == ""


def test_a_row_without_question_and_answer_is_named(trainer: Trainer, learner: Learner) -> None:
    trainer.write("demo.csv", "question,answer,tags\na,b,x\n,,y\nc,d,\n")
    _, warnings = run_import(trainer, "demo.csv")
    assert "demo.csv:3:1: warning: 1 rows have neither question nor answer: 3" in warnings
    assert learned_cards(trainer, learner) == [("a", "b"), ("c", "d")]
