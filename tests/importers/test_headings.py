"""Markdown that was written for other tools comes in with what they made of it."""

import re
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis.strategies import lists, sampled_from

from ankibuild import AnkibuildError, import_deck
from ankibuild.core.text import seen_lines
from tests.helpers.examples import examples
from tests.helpers.images import make_png
from tests.helpers.importing import learned_cards, learned_decks, run_import
from tests.helpers.learner import Learner
from tests.helpers.places import CASES
from tests.helpers.trainer import Trainer

MDANKI = """\
# Trees

## What is a tree?

A graph without cycles. See ![a tree](img/tree.png "title").

---

[#graphs](./graphs.md) [#basics]()

## YAGNI

Say it in full,
and why.

%

```md
%
[#no-tag]()
---
```

### Why

It costs $5 and $6.

## A list in front

- one

%

two
"""

MD2APKG = """\
# One

<!-- md2apkg ignore-card -->

## Cities {.x}

On the front.

<!-- md2apkg split -->

On the back. <!-- a comment -->

<!-- md2apkg tags tagA tagB -->

## Ignored

<!-- md2apkg ignore-card -->

Nothing.
"""

MARKDOWN_ANKI_DECKS = r"""---
css: style.css
title: "Math"
---

# Math

## What is a root?

Inline \\( \sqrt{x} \\), and a block:

\\[\sqrt{y}\\]

## Canberra was founded in {{c1::1913::year}}

In March. [sound:parliament.mp3]
"""


def test_what_mdanki_reads_is_read(trainer: Trainer, learner: Learner) -> None:
    trainer.write("demo.md", MDANKI.replace("img/tree", "img/My%20Tree"))
    trainer.write("img/My Tree.png", make_png(1))
    _, warnings = run_import(trainer, "demo.md")
    text = (trainer.folder / "content/demo/trees.md").read_text("utf-8")
    assert '{#what-is-a-tree tags="basics graphs"}' in text
    assert "\n---\n" not in text.replace("[#no-tag]()\n---\n", "")
    assert "## YAGNI<br>Say it in full,<br>and why. {#yagni-" in text
    assert "```md\n%\n[#no-tag]()\n---\n```" in text
    assert (trainer.folder / "content/demo/media/my-tree.png").read_bytes() == make_png(1)
    assert "![a tree](media/my-tree.png)" in text
    learner.import_package(trainer.build(1_700_000_000))
    assert learner.faults() == []
    assert "<img" in learner.fields("what-is-a-tree")["Back"]
    assert 'demo.md:28:1: warning: "A list in front": what was between the question' in warnings


def test_the_learner_has_the_cards_of_md2apkg(trainer: Trainer, learner: Learner) -> None:
    trainer.write("demo.md", MD2APKG)
    run_import(trainer, "demo.md")
    assert learned_cards(trainer, learner) == [("Cities {.x} / On the front.", "On the back.")]
    (note,) = learner.notes().values()
    assert note.tags == ["tagA", "tagB"]


def test_the_learner_has_the_cards_of_markdown_anki_decks(
    trainer: Trainer, learner: Learner
) -> None:
    trainer.write("demo.md", MARKDOWN_ANKI_DECKS)
    trainer.write("parliament.mp3", (CASES / "media/greeting.mp3").read_bytes())
    output, warnings = run_import(trainer, "demo.md")
    assert "Markdown with a heading for each card" in output
    assert warnings == ""
    learner.import_package(trainer.build(1_700_000_000))
    assert learner.faults() == []
    fields = learner.fields("what-is-a-root")
    assert seen_lines(fields["Back"]) == (r"Inline \(\sqrt{x}\), and a block:", r"\[\sqrt{y}\]")
    fields = learner.fields("math-1")
    assert seen_lines(fields["Text"]) == ("Canberra was founded in {{c1::1913::year}}",)
    assert seen_lines(fields["Extra"]) == ("In March. \ufffc",)
    assert "[sound:parliament-" in fields["Extra"]


def test_other_levels_of_headings_are_read(trainer: Trainer, learner: Learner) -> None:
    trainer.write("first.md", "# What?\n\nThat.\n\n# And?\n\n###### Deep\n\nMore.\n")
    trainer.write("third.md", "# A\n\n### What else?\n\nThis.\n")
    trainer.write("two.md", "# B\n\n## x\n\ny\n\n# C\n\nAbout.\n\n## z\n\nw\n")
    for name in ("first.md", "third.md", "two.md"):
        run_import(trainer, name)
    assert learned_decks(trainer, learner) == {
        "First": [("What?", "That."), ("And?", "Deep / More.")],
        "Third::A": [("What else?", "This.")],
        "Two::B": [("x", "y")],
        "Two::C": [("z", "w")],
    }


def test_our_own_markdown_is_not_imported_twice(trainer: Trainer) -> None:
    trainer.write("demo.md", "# A\n\n## B {#b}\n\nC\n")
    result = trainer.run("import", "demo.md")
    assert result.returncode == 1
    assert result.told.startswith('demo.md:3:1: the heading "B {#b}" has an id')


def test_only_pictures_are_carried(trainer: Trainer, tmp_path: Path) -> None:
    trainer.write("secret.txt", "secret")
    links = ("secret.txt", "gone.png", "/etc/passwd", f"{'long' * 100}.png")
    pictures = " ".join(f"![x]({each})" for each in links)
    trainer.write("demo.md", f"# A\n\n## B\n\nC {pictures}\n")
    _, warnings = run_import(trainer, "demo.md")
    assert not (trainer.folder / "content/demo/media").exists()
    assert re.search('"B": .*; look at it', warnings)


def test_text_above_the_first_heading_describes_the_deck(trainer: Trainer) -> None:
    trainer.write("demo.md", "First words.\n\n# A\n\nMore.\n\n## Q1\n\nanswer\n")
    _, warnings = run_import(trainer, "demo.md")
    assert warnings == ""
    text = (trainer.folder / "content/demo/a.md").read_text("utf-8")
    assert text.startswith("# A\n\nFirst words.\n\nMore.\n\n## Q1 {")


def test_a_chapter_without_a_question_is_one_doubtful_card(
    trainer: Trainer, learner: Learner
) -> None:
    trainer.write("demo.md", "# A\n\n## Q1\n\nanswer\n\n# B\n\nA whole chapter.\n\n# C\n")
    _, warnings = run_import(trainer, "demo.md")
    assert 'demo.md:7:1: warning: "B": there is no question below it, so all of it is' in warnings
    assert 'demo.md:11:1: warning: there is nothing below "C", so it is left out' in warnings
    assert learned_decks(trainer, learner) == {
        "Demo::A": [("Q1", "answer")],
        "Demo::B": [("B", "A whole chapter.")],
    }


def test_a_first_chapter_without_a_question_describes_the_deck(trainer: Trainer) -> None:
    trainer.write("demo.md", "# Title\n\nAbout it.\n\n# A\n\n## Q\n\na\n\n# B\n\n## R\n\nb\n")
    _, warnings = run_import(trainer, "demo.md")
    assert 'demo.md:1:1: warning: there is no question below "Title", so it describes' in warnings
    text = (trainer.folder / "content/demo/a.md").read_text("utf-8")
    assert "# A\n\n**Title**\n\nAbout it.\n\n## Q {" in text


def test_two_chapters_of_one_name_are_one_deck_with_both_descriptions(
    trainer: Trainer, learner: Learner
) -> None:
    trainer.write("demo.md", "# A\n\none\n\n## Q\n\na\n\n# A\n\ntwo\n\n## R\n\nb\n")
    run_import(trainer, "demo.md")
    text = (trainer.folder / "content/demo/a.md").read_text("utf-8")
    assert "# A\n\none\n\ntwo\n\n## Q {" in text
    assert learned_decks(trainer, learner) == {"Demo::A": [("Q", "a"), ("R", "b")]}


def test_chapters_in_chapters_are_decks_in_decks(trainer: Trainer, learner: Learner) -> None:
    text = "# A\n\nof A\n\n## B\n\n### Q\n\na\n\n## C\n\nof C\n\n### R\n\nb\n"
    trainer.write("demo.md", text)
    run_import(trainer, "demo.md", "--questions-at", "3")
    assert learned_decks(trainer, learner) == {
        "Demo::A::B": [("Q", "a")],
        "Demo::A::C": [("R", "b")],
    }


def test_questions_below_their_answers_are_told_by_their_turns(
    trainer: Trainer, learner: Learner
) -> None:
    text = "# J\n" + "".join(
        f"###### {n}. What?\n\nWith *this*.\n\n#### Answer: {n}\n\nSince.\n\n" for n in (1, 2, 3)
    )
    trainer.write("demo.md", text)
    output, _ = run_import(trainer, "demo.md")
    assert "questions at level 6 (######) and answers at level 4 (####)" in output
    assert learned_decks(trainer, learner) == {
        "Demo::J": [(f"{n}. What? / With this.", f"Answer: {n} / Since.") for n in (1, 2, 3)]
    }


def test_questions_in_a_summary_are_read(trainer: Trainer, learner: Learner) -> None:
    text = "".join(
        f"<details>\n<summary>What is {n}?</summary><br><b>\n\n### Note\n\nIt is {n}.\n"
        "</b></details>\n\n"
        for n in (1, 2)
    )
    trainer.write("demo.md", f"## Chapter\n\n{text}")
    output, warnings = run_import(trainer, "demo.md", "--questions-at", "details")
    assert "a question in each <summary>" in output
    assert warnings == ""
    assert learned_decks(trainer, learner) == {
        "Demo::Chapter": [(f"What is {n}?", f"Note / It is {n}.") for n in (1, 2)]
    }


def test_where_two_readings_are_possible_the_trainer_is_asked(trainer: Trainer) -> None:
    details = "<details>\n<summary>{}</summary>\n\ny\n</details>\n\n"
    for text, said in (
        (
            "# A\n\n## B\n\n### C\n\nx\n\n### D\n\nx\n",
            "questions may be the 1 at level 2 (##) or the 2 at level 3 (###)",
        ),
        (
            "# A\n\nx\n\n# B\n\nx\n\n# C\n\n## D\n\nx\n",
            "questions may be the 1 at level 2 (##) or the 3 at level 1 (#)",
        ),
        (
            "## A\n\n" + "".join(map(details.format, "bc")),
            "questions may be the 1 at level 2 (##) or the 2 in a <summary>",
        ),
    ):
        trainer.write("demo.md", text)
        result = trainer.run("import", "demo.md")
        assert result.returncode == 1
        assert said in result.told
        ways = re.findall(r"ankibuild (import demo\.md --questions-at \w+)", result.told)
        assert len(ways) == 2
        for way in ways:
            assert trainer.run(*way.split(), "--dry-run").returncode == 0


def test_headings_that_part_an_answer_ask_nothing(trainer: Trainer, learner: Learner) -> None:
    parts = "### Why\n\nx\n\n### How\n\ny\n\n"
    trainer.write("demo.md", f"## A\n\n{parts}## B\n\n{parts}")
    run_import(trainer, "demo.md")
    assert learned_decks(trainer, learner) == {
        "Demo": [("A", "Why / x / How / y"), ("B", "Why / x / How / y")]
    }


def test_a_level_without_headings_is_refused(trainer: Trainer) -> None:
    trainer.write("demo.md", "## A\n\nx\n")
    result = trainer.run("import", "demo.md", "--questions-at", "3")
    assert result.returncode == 1
    assert 'there is no question at "3" in this file' in result.told
    assert "give --questions-at one of 2" in result.told


def test_a_part_that_is_ignored_takes_no_other_part_with_it(
    trainer: Trainer, learner: Learner
) -> None:
    ignored = "### No\n\n<!-- md2apkg ignore-card -->\n\nsecret\n\n"
    trainer.write("demo.md", f"## Q\n\na\n\n{ignored}### Yes\n\nb\n")
    _, warnings = run_import(trainer, "demo.md")
    assert 'demo.md:5:1: warning: "No" is left out, as its ignore-card comment says' in warnings
    assert learned_cards(trainer, learner) == [("Q", "a / Yes / b")]


def test_ways_back_to_the_top_are_left_out_and_named_once(
    trainer: Trainer, learner: Learner
) -> None:
    text = "".join(f"## Q{n}\n\na\n\n**[⬆ Back](#top)**\n\n" for n in range(5))
    trainer.write("demo.md", text)
    _, warnings = run_import(trainer, "demo.md")
    assert warnings.count("warning") == 1
    assert "leads to a place on the page, and is left out 5 times" in warnings
    assert learned_cards(trainer, learner) == [(f"Q{n}", "a") for n in range(5)]


def test_front_matter_that_is_not_understood_is_told(trainer: Trainer) -> None:
    trainer.write("demo.md", "---\nlayout: x\ntags: one two\n---\n\n## Q\n\na\n")
    _, warnings = run_import(trainer, "demo.md")
    assert warnings.startswith('demo.md:3:1: warning: "tags" is "one two", not a list')
    assert warnings.count("warning") == 1


_PARTS = (
    *(f"{'#' * level} {{}}" for level in (1, 2, 2, 3, 4, 6)),
    "## {} ![{}](a.png) `{}` **{}**{}",
    "{} {}\n***\n{}\n===",
    "- {}\n- {}\n    1. {}",
    "```py\n# {}\n```",
    "| {} | b |\n|---|---|\n| {} | {} |",
    "<details>\n<summary>{}</summary>\n\n{}\n</details>",
    "---",
    "%",
    "> {}\n> # {}",
    "[{}][z] {{{{c1::{}}}}} <div>{}</div> $a_{}$\n\n[z]: http://a.b 'no'",
    "[#{}]()",
    "1. ### {}\n\n   {}\n\n2. ### {}\n\n   {}",
    "<!-- md2apkg ignore-card -->",
)


@settings(max_examples=examples(200), deadline=None)
@given(parts=lists(sampled_from(_PARTS), min_size=1, max_size=12), level=sampled_from(["", *"123"]))
def test_no_word_of_any_page_is_lost(parts: list[str], level: str) -> None:
    numbers = count(1)
    text = "\n\n".join(
        part.format(*(f"q{next(numbers)}z" for _ in range(part.count("{}")))) for part in parts
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "page.md"
        path.write_text(text, "utf-8")
        try:
            written = import_deck(path, Path(folder) / "made", time=1, questions_at=level)
        except AnkibuildError as error:
            if {each.rule for each in error.problems} <= {"two-readings", "missing-notes"}:
                return
            raise
        told = " ".join(each.message for each in written.warnings)
        made = "".join(path.read_text("utf-8") for path in written.paths if path.suffix == ".md")
    if "ignore-card" not in told:
        assert {*re.findall(r"q\d+z", text)} <= {*re.findall(r"q\d+z", made + told)}


def test_a_page_that_begins_with_a_line_of_dashes_loses_nothing(trainer: Trainer) -> None:
    trainer.write("demo.md", "---\n\n# A\n\nwords\n\n---\n\n## Q\n\na\n")
    run_import(trainer, "demo.md")
    text = (trainer.folder / "content/demo/a.md").read_text("utf-8")
    assert "# A\n\n***\n\nwords\n\n***\n\n## Q {" in text


def test_lower_headings_above_the_first_question_describe_the_deck(trainer: Trainer) -> None:
    trainer.write("demo.md", "# A ![dog](dog.png)\n\none\n\n### B\n\ntwo\n\n## Q\n\na\n")
    run_import(trainer, "demo.md")
    text = (trainer.folder / "content/demo/a-dog.md").read_text("utf-8")
    assert "# A dog\n\none\n\n### B\n\ntwo\n\n## Q {" in text


def test_a_chapter_whose_questions_are_ignored_keeps_its_text(
    trainer: Trainer, learner: Learner
) -> None:
    ignored = "## R\n\n<!-- md2apkg ignore-card -->\n"
    trainer.write("demo.md", f"# A\n\n## Q\n\na\n\n# B\n\nwords\n\n{ignored}")
    run_import(trainer, "demo.md")
    assert learned_decks(trainer, learner) == {
        "Demo::A": [("Q", "a")],
        "Demo::B": [("B", "words")],
    }
