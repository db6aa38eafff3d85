"""The package ``demo`` with a note type of its own, of which no field tells who a note is."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.helpers.learner import Learner
from tests.helpers.trainer import SETTINGS, Trainer

TYPE = "content/demo/note-types/vocabulary"
VOCABULARY = {
    "note-type.toml": """\
name = "Vocabulary"
kind = "front-back"
fields = ["Note", "Word", "Translation", "Example", "Recall"]
templates = ["Recognise", "Recall!", "Spell"]
""",
    "recognise-front.html": '<div class="word">{{Word}}</div>\n',
    "recognise-back.html": "{{FrontSide}}\n<hr>\n{{Translation}} {{Example}} ({{Note}})\n",
    "recall-front.html": "{{#Recall}}{{Translation}}{{/Recall}}\n",
    "recall-back.html": "{{Word}}\n",
    "spell-front.html": "{{#Example}}{{Translation}} {{type:Word}}{{/Example}}\n",
    "spell-back.html": "{{type:Word}}\n",
    "style.css": ".word { font-size: 2em; }\n",
}
WORDS = """\
# Animals

## 개 {#dog}

### Translation

dog

### Example

A dog barks.

### Note

animals

## Cow, a title {#cow}

### Word

소

### Translation

cow

### Note

animals

## 말 {#horse}

### Translation

horse

### Note

animals

### Recall

yes
"""
OWN = f'{SETTINGS}note-type = "vocabulary"\n'


def write_vocabulary(
    trainer: Trainer, words: str = WORDS, settings: str = OWN, **files: str
) -> None:
    """Write the package; ``files`` are those of the note type that are other, by their stems."""
    for name, text in VOCABULARY.items():
        stem = name.partition(".")[0].replace("-", "_")
        trainer.write(f"{TYPE}/{name}", files.get(stem, text))
    trainer.write_package(words, settings=settings)


@contextmanager
def learner_of(trainer: Trainer, folder: Path, version: str) -> Iterator[Learner]:
    """Return a learner with a version of the package alone."""
    with Learner.at(folder) as learner:
        learner.import_package(trainer.folder / f"dist/demo-{version}.apkg")
        yield learner
