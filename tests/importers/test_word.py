"""Word documents come in as what they show; what is hostile is refused soon, and small."""

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from docx import Document
from docx.document import Document as WordDocument
from docx.oxml import parse_xml

from ankibuild.core.files import LARGEST_MEDIA
from ankibuild.core.installed import how_to_install
from ankibuild.importers.word import MOST_PARTS
from tests.helpers.hostile_packages import refusal_of
from tests.helpers.images import make_png
from tests.helpers.importing import learned_cards, learned_decks, run_import
from tests.helpers.learner import Learner
from tests.helpers.places import ROOT
from tests.helpers.seed import SEED, seed_cards
from tests.helpers.told import in_lines
from tests.helpers.trainer import Trainer

pytestmark = pytest.mark.slow

TEXT = "word/document.xml"
MOST_MEMORY = 200_000_000


def save(trainer: Trainer, document: WordDocument, name: str = "demo.docx") -> None:
    document.save(str(trainer.folder / name))


def test_headings_ask_and_what_stands_below_answers(trainer: Trainer, learner: Learner) -> None:
    document = Document()
    document.add_heading("All modules", 0)
    document.add_heading("Billing", 1)
    document.add_paragraph("For new staff.")
    document.add_heading("What is C&I? {#no-id}", 2)
    paragraph = document.add_paragraph("Commercial and ")
    paragraph.add_run("industrial").bold = True
    paragraph.add_run(" *x*, $5 and $6$.")
    for item in ("one", "two"):
        document.add_paragraph(item, style="List Bullet")
    document.add_heading("What counts {{c1::x}}?", 2)
    document.add_heading("A heading of the answer", 3)
    table = document.add_table(2, 2)
    for cell, text in zip((*table.row_cells(0), *table.row_cells(1)), "ab|d", strict=True):
        cell.text = text
    document.add_heading("Meters", 1)
    document.add_heading("Which?", 2)
    document.add_paragraph("All.")
    save(trainer, document)
    output, warnings = run_import(trainer, "demo.docx")
    assert "headings with their answers below" in output
    assert warnings == ""
    assert learned_decks(trainer, learner) == {
        "Demo::Billing": [
            ("What is C&I? {#no-id}", "Commercial and industrial *x*, $5 and $6$. / one / two"),
            ("What counts {{c1::x}}?", "A heading of the answer / a / b / | / d"),
        ],
        "Demo::Meters": [("Which?", "All.")],
    }
    back = learner.fields("what-is-c-i-no-id")["Back"]
    assert "<strong>industrial</strong>" in back
    assert back.count("<li>") == 2
    assert "<table>" in learner.fields("what-counts-c1-x")["Back"]
    assert "For new staff." in (trainer.folder / "content/demo/billing.md").read_text("utf-8")


@pytest.mark.parametrize("form", ["terms", "list of terms", "turns", "answers in a list", "nested"])
def test_many_questions_below_a_heading_are_each_a_card(
    trainer: Trainer, learner: Learner, form: str
) -> None:
    document = Document()
    document.add_paragraph("For new staff.")
    wanted: dict[str, list[tuple[str, str]]] = {}
    for chapter in ("One", "Two"):
        document.add_heading(chapter, 1)
        cards = [(f"What is {chapter} {n}?", f"It is {n}") for n in range(5)]
        for question, answer in cards:
            if form in ("terms", "list of terms"):
                style = "List Bullet" if form == "list of terms" else None
                paragraph = document.add_paragraph(f"{question} \u2013 ", style=style)
                paragraph.add_run(answer).bold = True
                continue
            style = "List Number" if form in ("nested", "answers in a list") else None
            document.add_paragraph(question, style=style)
            document.add_paragraph(answer, style="List Bullet 2" if form == "nested" else None)
        wanted[f"Demo::{chapter}"] = cards
    save(trainer, document)
    run_import(trainer, "demo.docx")
    assert learned_decks(trainer, learner) == wanted
    assert "For new staff." in (trainer.folder / "content/demo/one.md").read_text("utf-8")
    if form in ("terms", "list of terms"):
        assert "<strong>" in learner.fields("what-is-one-0")["Back"]


def test_no_question_is_lost_where_levels_of_headings_are_mixed(
    trainer: Trainer, learner: Learner
) -> None:
    document = Document()
    for level, heading in ((1, "Part"), (2, "A?"), (2, "B?"), (3, "C?"), (1, "D?"), (2, "E?")):
        document.add_heading(heading, level)
        if heading != "Part":
            document.add_paragraph(f"Answer to {heading}")
    document.add_heading("F?", 1)
    document.add_paragraph("Answer to F?")
    save(trainer, document)
    _, warnings = run_import(trainer, "demo.docx")
    found = [card for deck in learned_decks(trainer, learner).values() for card in deck]
    assert [card for card in found if card[0] in ("A?", "B?", "C?", "E?", "F?")] == [
        (f"{each}?", f"Answer to {each}?") for each in "ABCEF"
    ]
    assert warnings.count("of another level") == 2


def test_bold_paragraphs_ask(trainer: Trainer, learner: Learner) -> None:
    document = Document()
    document.add_paragraph("My cards")
    for question, answers in (("What is x?", ["It is y.", "And z."]), ("What is b", ["c"])):
        document.add_paragraph().add_run(question).bold = True
        for answer in answers:
            document.add_paragraph(answer).add_run(" (see below)").italic = True
    save(trainer, document)
    output, _ = run_import(trainer, "demo.docx")
    assert "bold questions with their answers below" in output
    assert learned_decks(trainer, learner) == {
        "Demo::My cards": [
            ("What is x?", "It is y. (see below) / And z. (see below)"),
            ("What is b", "c (see below)"),
        ]
    }
    assert "<em>" in learner.fields("what-is-b")["Back"]
    assert "<strong>" not in learner.fields("what-is-b")["Front"]


@pytest.mark.parametrize("header", [(), ("Term", "Definition"), ("Back", "Front", "Tags")])
def test_tables_of_questions_and_answers_are_read(
    trainer: Trainer, learner: Learner, header: tuple[str, ...]
) -> None:
    document = Document()
    document.add_heading("Units", 1)
    rows = [["kWh", "kilowatt\nhour", "u v"], ["MW", "megawatt", ""]]
    if header[:1] == ("Back",):
        rows = [[answer, question, tags] for question, answer, tags in rows]
    table = document.add_table(0, len(header) or 2)
    for row in [header, *rows] if header else rows:
        for cell, text in zip(table.add_row().cells, row, strict=False):
            cell.text = text
    save(trainer, document)
    run_import(trainer, "demo.docx")
    assert learned_decks(trainer, learner) == {
        "Demo::Units": [("kWh", "kilowatt / hour"), ("MW", "megawatt")]
    }
    assert learner.notes()["kwh"].tags == (["u", "v"] if len(header) == 3 else [])


def test_a_document_of_tables_whose_columns_are_not_known_is_refused(trainer: Trainer) -> None:
    for headings in (1, 20):
        document = Document()
        for number in range(headings):
            document.add_heading(f"What is {number}?", 1)
            document.add_paragraph("It is in this table:")
        table = document.add_table(0, 3)
        for row in (
            ("Words", "", ""),
            ("Kanji", "Onyomi", "English"),
            ("a", "b", "c"),
            ("d", "e", "f"),
        ):
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
        save(trainer, document)
        result = trainer.run("import", "demo.docx", "--dry-run")
        named = 'no first row that names them: "Kanji", "Onyomi", "English"' in result.told
        assert named == (headings == 1)
        assert result.returncode == named


def test_paragraphs_after_q_and_a_are_read(trainer: Trainer, learner: Learner) -> None:
    document = Document()
    for text in ("Q: What is x?", "A: It is y.", "And more.", "", "A: c"):
        document.add_paragraph(text)
    document.paragraphs[3].add_run("Q:").bold = True
    document.paragraphs[3].add_run(" b?")
    save(trainer, document)
    run_import(trainer, "demo.docx")
    assert learned_cards(trainer, learner) == [("What is x?", "It is y. / And more."), ("b?", "c")]


def test_a_document_without_cards_is_refused_and_what_is_not_read_is_named(
    trainer: Trainer,
) -> None:
    document = Document()
    save(trainer, document)
    result = trainer.run("import", "demo.docx")
    assert result.returncode == 1
    assert "no cards were found in this file" in result.stderr
    document.add_heading("Formula?", 1)
    namespace = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    formula = f'<m:oMath xmlns:m="{namespace}"><m:r><m:t>x=1</m:t></m:r></m:oMath>'
    document.add_paragraph("It is ")._p.append(parse_xml(formula))
    document.paragraphs[-1].add_run("underlined").underline = True
    save(trainer, document)
    _, warnings = run_import(trainer, "demo.docx")
    assert 'something of the kind "oMath" was left out' in warnings
    text = (trainer.folder / "content/demo/demo.md").read_text("utf-8")
    assert "It is <u>underlined</u>" in text


def test_the_first_deck_pasted_into_word_is_read_as_its_22_cards(
    trainer: Trainer, learner: Learner
) -> None:
    document = Document()
    for line in (SEED / "tier-1-module-1.txt").read_text("utf-8").split("\n"):
        document.add_paragraph(line)
    save(trainer, document)
    run_import(trainer, "demo.docx")
    assert learned_cards(trainer, learner) == [
        (" ".join(question.split()), " / ".join(" ".join(each.split()) for each in answer))
        for question, answer in seed_cards()[1]
    ]


def test_pictures_are_carried_under_safe_names(trainer: Trainer, learner: Learner) -> None:
    document = Document()
    document.add_heading("What does it look like?", 1)
    document.add_paragraph("Like this:")
    document.add_picture(io.BytesIO(make_png(1)))
    document.add_heading("And this?", 1)
    document.add_picture(io.BytesIO(make_png(1)))
    document.add_picture(io.BytesIO(make_png(2)))
    save(trainer, document, "Ünsafe [name].docx")
    run_import(trainer, "Ünsafe [name].docx", "--into", "content/demo")
    found = sorted((trainer.folder / "content/demo/media").iterdir())
    assert sorted(path.read_bytes() for path in found) == sorted([make_png(1), make_png(2)])
    assert all(path.name.isascii() and path.suffix == ".png" for path in found)
    text = next((trainer.folder / "content/demo").glob("*.md")).read_text("utf-8")
    assert [text.count(f"(media/{path.name})") for path in found] in ([1, 2], [2, 1])
    learner.import_package(trainer.build(1_700_000_000))
    assert learner.faults() == []
    assert learner.fields("and-this")["Back"].count("<img") == 2


def rewritten(change: Callable[[bytes], bytes], *more: tuple[str, bytes]) -> bytes:
    """Return a document whose text is changed, and to which members are added."""
    document, out = Document(), io.BytesIO()
    document.add_paragraph("What?")
    document.add_paragraph("That.")
    document.save(out)
    changed = io.BytesIO()
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == TEXT else old.read(name))
        for name, data in more:
            new.writestr(name, data)
    return changed.getvalue()


def as_is(data: bytes) -> bytes:
    return data


def nested(data: bytes) -> bytes:
    opening, closing = b"<w:tbl><w:tr><w:tc>", b"</w:tc></w:tr></w:tbl>"
    data = data.replace(b"<w:body>", b"<w:body>" + opening * 1000)
    return data.replace(b"</w:body>", closing * 1000 + b"</w:body>")


def entities(data: bytes) -> bytes:
    declared = b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><w:document'
    return data.replace(b"<w:document", declared, 1)


def bomb() -> bytes:
    """Return a document whose text is larger than what may be held, without ever holding it."""
    out = io.BytesIO(rewritten(as_is))
    with (
        zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as file,
        file.open("word/more.xml", "w", force_zip64=True) as member,
    ):
        for _ in range(MOST_MEMORY // 10**6 + 50):
            member.write(b" " * 10**6)
    return out.getvalue()


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a bomb": (bomb, "too large"),
    "many tags": (
        lambda: rewritten(lambda data: data.replace(b"</w:body>", b"<w:p/>" * 10**6)),
        "too large",
    ),
    "a huge picture": (
        lambda: rewritten(as_is, ("word/media/x.png", b"\0" * (LARGEST_MEDIA + 1))),
        "too large",
    ),
    "many parts": (
        lambda: rewritten(as_is, *((f"x{n}", b"") for n in range(MOST_PARTS))),
        "parts",
    ),
    "external entities": (lambda: rewritten(entities), "declares entities"),
    "entities in UTF-16": (
        lambda: rewritten(
            lambda data: entities(data).decode().replace("UTF-8", "UTF-16").encode("utf-16")
        ),
        "declares entities",
    ),
    "deep nesting": (lambda: rewritten(nested), "damaged"),
    "no XML": (lambda: rewritten(lambda _: b"hello"), "damaged"),
    "half a file": (lambda: rewritten(as_is)[:9000], "damaged"),
    "an old document": (lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 1000, "no .docx"),
    "another archive": (lambda: zipped({"x": b"y"}), "no Word document"),
}


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, data in members.items():
            file.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_are_refused_in_bounded_time_and_memory(
    trainer: Trainer, name: str
) -> None:
    make, message = HOSTILE[name]
    path = trainer.folder.parent / "demo.docx"
    path.write_bytes(make())
    said = in_lines(refusal_of(trainer, path, MOST_MEMORY))
    assert said.startswith(f"{path}: this file is refused: ")
    assert message in said


def test_a_picture_outside_of_the_document_is_not_read(trainer: Trainer) -> None:
    secret = trainer.write("secret.png", b"secret")
    document = Document()
    document.add_heading("What?", 1)
    document.add_picture(io.BytesIO(make_png(1)))
    document.add_paragraph("That.")
    out = io.BytesIO()
    document.save(out)
    changed = io.BytesIO()
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == TEXT:
                data = data.replace(b"r:embed=", b"r:link=")
            if name == "word/_rels/document.xml.rels":
                target = f'TargetMode="External" Target="{secret.as_uri()}" X="'
                data = data.replace(b'Target="media/', target.encode())
            new.writestr(name, data)
    trainer.write("demo.docx", changed.getvalue())
    _, warnings = run_import(trainer, "demo.docx")
    assert "a picture that is not in the document was left out" in warnings
    assert not (trainer.folder / "content/demo/media").exists()


def test_without_its_libraries_the_command_says_what_to_install(
    trainer: Trainer, tmp_path: Path
) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    for name in ("mammoth", "bs4", "markdownify"):
        (hidden / f"{name}.py").write_text(
            f"raise ModuleNotFoundError('none', name='{name}')", "utf-8"
        )
    save(trainer, Document())
    trainer.write("demo.txt", "What?\nThat.\n")
    paths = os.pathsep.join((str(hidden), str(ROOT)))
    result = trainer.run("import", "demo.docx", PYTHONPATH=paths)
    assert result.returncode == 1
    assert 'the library "mammoth" is needed' in result.stderr
    assert f"install what import needs: {how_to_install('import')}\n" in result.stderr
    assert trainer.run("import", "demo.txt", PYTHONPATH=paths).returncode == 0
