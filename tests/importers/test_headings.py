"""Markdown that was written for other tools comes in with what they made of it."""

import re
from pathlib import Path

from ankibuild.core.text import seen_lines
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
    assert 'demo.md:28:1: warning: "A list in front": what stood above the % is' in warnings


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
