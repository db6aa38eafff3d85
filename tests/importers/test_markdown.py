"""A Markdown file is read as its signs say; what was written for other tools is refused by name."""

import pytest

from tests.helpers.importing import run_import
from tests.helpers.trainer import Trainer

TOOLS = {
    "Obsidian_to_Anki": [
        "TARGET DECK: Biology\n\n## What?\n\nThat.\n",
        "START\nBasic\nWhat?\nBack: That.\nEND\n",
        "What?\nSTARTI [Basic] What? Back: That. ENDI\n",
        "## What?\n\nThat.\n<!--ID: 1615468990123-->\n",
        "## What?\n\nThat.\nID: 1615468990123\n",
    ],
    "inka": [
        "---\n\nDeck: Life\n\nTags: one two\n\n1. What?\n\n> 42\n\n---\n",
        "---\n\n<!--ID:1615468990123-->\n1. What?\n\n> 42\n\n---\n",
    ],
    "yanki": ["---\ntags:\n  - a\nnoteId: 1615468990123\n---\n\nWhat?\n\n---\n\nThat.\n"],
    "ankdown": ["What is \\(x\\)?\n\n%\n\nA number.\n\n%\n\nmath\n\n---\n\nAnd y?\n\n%\n\nThat.\n"],
    "logseq": [
        "- What is it? #card\n\t- That.\n",
        "- What is it? #[[card]]\n\t- That.\n",
        "- It is {{cloze that}}.\n",
        "- What?\n  card-last-interval:: 4\n\t- That.\n",
    ],
    "Obsidian's plugin Flashcards": [
        "## What? #card\n\nThat.\n^1615468990123\n",
        "---\ntags:\n- basic\ncards-deck: Life::Animals\n---\n# Animals\n\n- Dog :: Hund\n",
        "## Animals\n\n- Dog ::: Hund ^1615468990123\n",
    ],
    "ki": [
        "# Note\n```\nguid: w/S/?k!nD4\nnotetype: Basic\n```\n\n### Tags\n```\n```\n\n"
        "## Front\nA?\n\n## Back\nB\n",
    ],
    "Excalidraw": ["---\nexcalidraw-plugin: parsed\n---\n\n# Text Elements\nA box ^x1\n"],
}
OURS = [
    "## What?\n\nSTART\n\nThat.\n",
    "## What is `{{cloze x}}`?\n\n```\n- #card\nTARGET DECK\n```\n",
    "## What?\n\nOn one line.\n\n%\n\nThe answer.\n",
    "## Which deck?\n\nDeck: the upper one.\n\n1. First\n2. Second\n",
    "# Note\n\n## Front\n\nOf a house.\n\n### Tags\n\nHang on coats.\n",
    "## What is on a card?\n\nA #cardinal and an ID: 12.\n",
]


@pytest.mark.parametrize(("tool", "text"), [(t, each) for t in TOOLS for each in TOOLS[t]])
def test_what_was_written_for_another_tool_is_refused_by_its_name(
    trainer: Trainer, tool: str, text: str
) -> None:
    trainer.write("demo.md", text)
    result = trainer.run("import", "demo.md")
    assert result.returncode == 1
    assert f"demo.md: this was written for {tool}, whose Markdown is not read" in result.told
    assert ".apkg" in result.told or tool == "Excalidraw"
    assert not (trainer.folder / "content").exists()


@pytest.mark.parametrize("text", OURS)
def test_what_only_looks_like_it_is_read(trainer: Trainer, text: str) -> None:
    trainer.write("demo.md", text)
    output, _ = run_import(trainer, "demo.md")
    assert "Markdown with a heading for each card" in output


def test_a_file_of_ours_is_not_taken_for_another_tools(trainer: Trainer) -> None:
    trainer.write("demo.md", "## A #card {#a}\n\n- b #card\n")
    assert "is written for ankibuild already" in trainer.run("import", "demo.md").told


def test_two_readings_are_asked_for(trainer: Trainer) -> None:
    text = "## Greet\n\nQ: Hello?\nA: Hi.\n\n## Ask\n\nQ: Who?\nA: Me.\n"
    trainer.write("my demo.md", text)
    result = trainer.run("import", "my demo.md")
    assert result.returncode == 1
    assert "this can be read as a deck for hashcards and by its headings" in result.told
    for form, cards in (("hashcards", ["Hello?", "Who?"]), ("headings", ["Greet", "Ask"])):
        assert f'ankibuild import "my demo.md" --as {form}' in result.told
        run_import(trainer, "my demo.md", "--as", form, "--into", form)
        (path,) = (trainer.folder / form).glob("*.md")
        lines = path.read_text("utf-8").splitlines()
        found = [line for line in lines if line.startswith("## ")]
        assert [line[3:].partition(" {")[0] for line in found] == cards


def test_signs_of_two_tools_are_asked_for(trainer: Trainer) -> None:
    trainer.write("demo.md", "#flashcards\n\none::1\n\nQ: a\nA: b\n")
    told = trainer.run("import", "demo.md").told
    assert "--as obsidian or ankibuild import demo.md --as hashcards" in told
