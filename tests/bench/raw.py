"""The script that one writes by hand: a parser, a genanki note a card, one call to write it all.

Usage: raw.py DECK.md PACKAGE.apkg
"""

import re
import sys
from pathlib import Path

import genanki
from markdown_it import MarkdownIt

MODEL = genanki.Model(
    1607392319,
    "Simple",
    fields=[{"name": "Question"}, {"name": "Answer"}],
    templates=[
        {
            "name": "Card 1",
            "qfmt": "{{Question}}",
            "afmt": '{{FrontSide}}<hr id="answer">{{Answer}}',
        }
    ],
)


def main(source: str, target: str) -> None:
    text = Path(source).read_text("utf-8")
    # Who has no table in the deck asks for none.
    markdown = MarkdownIt().enable(["table"] if "\n|" in text else [])
    title, *cards = re.split("^## ", text, flags=re.MULTILINE)
    deck = genanki.Deck(2059400110, title.strip("# \n"))
    for card in cards:
        question, answer = card.split("\n", 1)
        fields = [markdown.renderInline(question), markdown.render(answer)]
        deck.add_note(genanki.Note(model=MODEL, fields=fields))
    genanki.Package(deck).write_to_file(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
