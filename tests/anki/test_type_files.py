"""The folder of a note type: what a designer writes, and what Anki makes of it."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from anki.models import NotetypeId
from hypothesis import given
from hypothesis import strategies as st

from ankibuild.anki.carried import read_note_type, write_note_type
from ankibuild.anki.note_types import schema_hash
from ankibuild.anki.type_files import read_type_files, write_type_files
from ankibuild.core.problems import Problem
from ankibuild.core.settings import Settings
from tests.helpers.demo import START
from tests.helpers.learner import Learner
from tests.helpers.note_types import record
from tests.helpers.trainer import Trainer

KEY = UUID("0f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e")
SETTINGS = Settings(id="demo", key=KEY, provisional=False)
FILES = {
    "note-type.toml": (
        'name = "Words"\nkind = "front-back"\nfields = ["Word", "Translation", "Note ID"]\n'
        'templates = ["Recognise", "Recall"]\n'
    ),
    "recognise-front.html": "{{Word}}\n",
    "recognise-back.html": "{{FrontSide}}<hr id=answer>{{Translation}}\n",
    "recall-front.html": "{{Translation}}\n",
    "recall-back.html": "{{FrontSide}}<hr id=answer>{{Word}} <i>{{Note ID}}</i>\n",
    "style.css": ".card {\n  color: teal;\n}\n",
}


def test_the_ids_of_a_note_type_of_ones_own_never_change() -> None:
    """Never change these: to Anki another id is another note type, and updates would conflict."""
    note_type, problems = read_type_files("words", "note-types/words", FILES, SETTINGS)
    assert note_type
    assert not problems
    assert (note_type.kind, note_type.id) == ("carried/words", 128278039986828)
    assert note_type.name == "demo Words (ankibuild)"
    assert note_type.fields == (
        ("Word", 191541639412746),
        ("Translation", 209839357763729),
        ("Note ID", 154326122680201),
    )
    assert [(each.name, each.id) for each in note_type.templates] == [
        ("Recognise", 61048949522027),
        ("Recall", 51392117531181),
    ]
    assert schema_hash(note_type) == "2e1732bc36f1a2bc96082130b602efc0"


def told(files: dict[str, str]) -> list[str]:
    def say(problem: Problem) -> str:
        return f"{problem.path}: {problem.message}; {problem.cure}"

    return [say(each) for each in read_type_files("words", "words", files, SETTINGS)[1]]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"note-type.toml": None}, "words/note-type.toml: this file is missing; write: name = "),
        ({"note-type.toml": "name = "}, "words/note-type.toml: this is not TOML (Invalid value"),
        ({"recall-back.html": None}, "words/recall-back.html: this file is missing; write it, or"),
        ({"else-front.html": ""}, "words/else-front.html: this file belongs to no card template"),
        ({"recall-front.html": "{{Wort}}"}, "words/recall-front.html: the note type has no field"),
        ({"style.css": "a { b: c }}"}, "words/style.css: this is not CSS (eof reached"),
        ({"style.css": "/* </style> */"}, 'words/style.css: "</style" would end the style'),
        ({"anki.json": "{}"}, "words/anki.json: this is no record of a note type as Anki keeps it"),
    ],
)
def test_a_slip_in_its_files_is_told(changes: dict[str, str | None], said: str) -> None:
    files = {name: text for name, text in (FILES | changes).items() if text is not None}
    (problem, *_) = told(files)
    assert problem.startswith(said)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name", "nmae", 'unknown key "nmae"; did you mean "name"?'),
        ('"Words"', '" "', '"name" is missing or no text; write: name = "Vocabulary"'),
        ('"front-back"', '"basic"', '"kind" is "basic"; write: kind = "front-back", or "cloze"'),
        ('["Recognise", "Recall"]', "[]", '"templates" is no list of names; write: templates = '),
        (
            '"Translation"',
            '"word"',
            '"word" stands twice in "fields"; give one of them another name',
        ),
        (
            '"Translation"',
            '"A:B"',
            'Anki would change the name "A:B" in "fields"; write "AB"',
        ),
        ('"front-back"', '"cloze"', "a note type with clozes has one card template; keep one"),
    ],
)
def test_a_slip_in_its_settings_is_told(old: str, new: str, said: str) -> None:
    files = FILES | {"note-type.toml": FILES["note-type.toml"].replace(old, new, 1)}
    assert any(each.startswith(f"words/note-type.toml: {said}") for each in told(files))


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)


@given(css=TEXTS, front=TEXTS, name=TEXTS.filter(str.strip), field=TEXTS.filter(str.strip))
def test_what_anki_had_is_read_back_from_its_files(
    css: str, front: str, name: str, field: str
) -> None:
    made = json.loads(record({"css": css, "name": name, "type": 0}))
    made["tmpls"][0]["qfmt"] = front
    made["flds"][0]["name"] = field
    before = read_note_type("n", write_note_type(made))
    after, problems = read_type_files("n", "n", write_type_files(made), SETTINGS)
    assert after == before, problems


def test_files_of_long_or_like_names_can_be_written_anywhere(tmp_path: Path) -> None:
    made = json.loads(record({}))
    names = ["Card 1", "card-1", "CARD 1!", "x" * 300, "x" * 301, "\u5358\u8a9e", "?"]
    part = made["tmpls"][0]
    made["tmpls"] = [part | {"name": name, "ord": n} for n, name in enumerate(names)]
    for name, text in write_type_files(made).items():
        assert not (tmp_path / name.lower()).exists()
        (tmp_path / name.lower()).write_text(text, "utf-8")
    texts = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    note_type, _ = read_type_files("n", "n", texts, SETTINGS)
    assert note_type
    assert [each.name for each in note_type.templates] == names


def test_windows_line_ends_make_the_same_note_type() -> None:
    crlf = {name: text.replace("\n", "\r\n") for name, text in FILES.items()}
    assert read_type_files("w", "w", crlf, SETTINGS) == read_type_files("w", "w", FILES, SETTINGS)


def test_learners_get_its_cards_and_keep_them_under_a_new_look(
    trainer: Trainer, learner: Learner
) -> None:
    for name, text in FILES.items():
        trainer.write(f"content/demo/note-types/words/{name}", text)
    deck = "---\nnote-type: words\n---\n\n# Words\n\n## sol {#sol}\n\nsun\n"
    trainer.write_package(deck)
    trainer.release(START)
    learner.import_package(trainer.folder / "dist/demo-1.0.0.apkg")
    assert learner.fields("sol") == {"Word": "sol", "Translation": "sun", "Note ID": "demo/sol"}
    assert set(learner.progress()) == {("sol", 0), ("sol", 1)}
    learner.study()
    before = learner.progress()
    style = "content/demo/note-types/words/style.css"
    trainer.write(style, FILES["style.css"].replace("teal", "navy"))
    trainer.write_package(deck.replace("sun", "the sun"))
    trainer.release(START + 60)
    log = learner.import_package(trainer.folder / "dist/demo-1.0.1.apkg")
    assert (log.new, log.updated, log.conflicting) == (0, 1, 0)
    assert "navy" in learner.style("demo Words (ankibuild)")
    assert learner.progress() == before
    assert learner.faults() == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"Translation"', '"Meaning"'),
        ('"Translation", ', '"Translation", "Example", '),
        ('"Word", "Translation"', '"Translation", "Word"'),
        ('"Recognise", "Recall"', '"Recall", "Recognise"'),
        ('"Recognise", "Recall"', '"Recognise"'),
    ],
)
def test_its_fields_and_card_templates_are_frozen_by_the_first_release(
    trainer: Trainer, old: str, new: str
) -> None:
    for name, text in FILES.items():
        trainer.write(f"content/demo/note-types/words/{name}", text)
    trainer.write_package('# Words\n\n## sol {#sol note-type="words"}\n\nsun\n')
    trainer.release(START)
    for name, text in FILES.items():
        changed = text.replace("{{Translation}}", "{{Meaning}}") if "Meaning" in new else text
        trainer.write(f"content/demo/note-types/words/{name}", changed.replace(old, new))
    result = trainer.run("check")
    assert result.returncode == 1
    assert (
        'the fields or card templates of "demo Words (ankibuild)" are not the published ones; Anki '
        "would update none of its notes: put back note-types/words, with the fields Word, "
        "Translation, Note ID and the card templates Recognise, Recall, in this order"
    ) in result.told


@pytest.mark.parametrize("name", ["A:B", "{A}", 'A"B', "#A", "^/A", " A", "A#", "A b", "Ä", "a/b"])
def test_a_field_is_called_what_anki_leaves_as_it_is(learner: Learner, name: str) -> None:
    models = learner.collection.models
    model = models.new("Trial")
    for each in (name, "Back"):
        models.add_field(model, models.new_field(each))
    template = models.new_template("Card")
    template["qfmt"] = "{{Back}}"
    models.add_template(model, template)
    kept = models.get(NotetypeId(models.add_dict(model).id))
    assert kept
    text = FILES["note-type.toml"].replace('"Word"', json.dumps(name))
    is_told = any("Anki would change the name" in each for each in told({"note-type.toml": text}))
    assert is_told == (kept["flds"][0]["name"] != name)
