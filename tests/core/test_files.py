"""The disk: which files are read and written, and what is said when they cannot be."""

from tests.helpers.system import make_link, without_privileges
from tests.helpers.trainer import SETTINGS, Trainer

DECK = "# Deck\n\n## Question {#question}\n\nAnswer.\n"


def test_a_file_of_a_package_stands_for_the_package(trainer: Trainer) -> None:
    trainer.write_package(DECK, DECK.replace("Deck", "Deck 2").replace("#question", "#other"))
    result = trainer.run("build", "content/demo/1.md")
    assert result.returncode == 0
    assert "Demo::Deck 2: 1 note" in result.stdout


def test_readme_and_changelog_are_no_decks(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    trainer.write("content/demo/README.md", "words")
    trainer.write("content/demo/CHANGELOG.md", "words")
    trainer.write("content/demo/.hidden/x.md", "words")
    trainer.write("content/demo/deeper/x.MD", DECK.replace("Deck", "D").replace("#question", "#x"))
    result = trainer.run("build")
    assert result.returncode == 0, result.stderr
    assert "Demo::D: 1 note" in result.stdout


def test_folders_without_a_package_are_named(trainer: Trainer) -> None:
    trainer.write("content/forgot/1.md", DECK)
    result = trainer.run("build")
    assert result.returncode == 1
    assert "content/forgot: this folder has no package.toml" in result.stderr
    trainer.write("empty/notes.txt", "")
    assert "empty: no package is here" in trainer.run("build", "empty").stderr


def test_a_package_inside_a_package_is_refused(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    trainer.write("content/demo/inner/package.toml", SETTINGS)
    assert "a package inside a package" in trainer.run("build").stderr


def test_a_file_that_vanished_or_may_not_be_read_is_named(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    make_link(trainer.folder / "content/demo/gone.md", "nowhere.md")
    secret = trainer.write("content/demo/secret.md", DECK)
    secret.chmod(0)
    result = trainer.run("build", prefix=without_privileges())
    assert result.returncode == 1
    assert "content/demo/gone.md: this file cannot be read (No such file" in result.stderr
    assert "content/demo/secret.md: this file cannot be read (Permission denied)" in result.stderr


def test_a_folder_that_may_not_be_written_is_named(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    (trainer.folder / "dist").mkdir()
    (trainer.folder / "dist").chmod(0o555)
    result = trainer.run("build", prefix=without_privileges())
    assert result.returncode == 1
    assert "dist/demo-0.1.0-dev.apkg: this file cannot be written (Permission" in result.stderr
    trainer.write("file", "")
    assert trainer.run("build", "-o", "file/dist").returncode == 1


def test_what_lies_in_a_hidden_folder_is_no_deck(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    hidden = DECK.replace("# Deck", "# Draft").replace("#question", "#draft")
    for folder in (".git", ".drafts/2026", "chapter/.backup"):
        trainer.write(f"content/demo/{folder}/old.md", hidden)
    result = trainer.run("build")
    assert (result.returncode, result.stderr) == (0, "")
    assert "Demo::Deck: 1 note" in result.stdout
    assert "Draft" not in result.stdout
