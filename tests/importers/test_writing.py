"""An import writes a package's folder, and nothing that was there is lost."""

from ankibuild.core.names import Names
from ankibuild.importers.writing import deck_stem
from tests.helpers.importing import run_import
from tests.helpers.trainer import Trainer


def test_import_never_overwrites(trainer: Trainer) -> None:
    trainer.write("demo.txt", "What?\nThat.\n")
    run_import(trainer, "demo.txt")
    before = {path: path.read_bytes() for path in trainer.folder.glob("content/*/*")}
    trainer.write("content/other/mine.txt", "mine")
    for into, message in (
        ("content/demo", "there is already a package here"),
        ("content/demo/inside", "inside the package content/demo"),
        ("content/other", "something is already here"),
        ("demo.txt", "something is already here"),
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


def test_files_that_the_system_does_not_let_be_read_or_written_are_problems(
    trainer: Trainer,
) -> None:
    trainer.write("demo.txt", "What?\nThat.\n")
    (trainer.folder / "content").write_text("a file", "utf-8")
    result = trainer.run("import", "demo.txt")
    assert result.returncode == 1
    assert "Traceback" not in result.stderr


def test_a_deck_is_never_named_as_a_file_that_is_none() -> None:
    assert deck_stem("Verbs", Names()) == "verbs"
    assert deck_stem("日本", Names()) == "ri-ben"
    assert deck_stem("¿?", Names()) == "deck"
    assert deck_stem("Readme", Names()) == "readme-deck"
    assert deck_stem("Verbs", Names(("verbs",))) == "verbs-2"


def test_the_first_cards_are_shown(trainer: Trainer) -> None:
    trainer.write("demo.csv", "".join(f"q{n},a{n}\n" for n in range(12)))
    output, _ = run_import(trainer, "demo.csv", "--dry-run")
    assert [line for line in output.splitlines() if line.startswith('  "')] == [
        f'  "q{n}": a{n}' for n in range(10)
    ]
    output, _ = run_import(trainer, "demo.csv")
    assert output.count('\n  "q') == 3


def test_a_refused_card_is_told_with_its_line(trainer: Trainer) -> None:
    trainer.write("demo.md", "## A\n\nx\n\n## B\n\n- ```\n  open\n\ny\n")
    result = trainer.run("import", "demo.md")
    assert result.returncode == 1
    assert result.told.startswith("demo.md:5:1: the code fence that opens here is not closed")
