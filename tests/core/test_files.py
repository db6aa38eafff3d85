"""The disk: which files are read and written, and what is said when they cannot be."""

import json
import os
import stat
from pathlib import Path

import pytest

from ankibuild.core import files
from tests.helpers.demo import START
from tests.helpers.places import CASES
from tests.helpers.system import make_link, posix_only, without_privileges
from tests.helpers.told import CLEAN
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
    assert "content/forgot: this folder has no package.toml" in result.told
    trainer.write("empty/notes.txt", "")
    assert "empty: there is no package here" in trainer.run("build", "empty").told


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
    assert "content/demo/gone.md: this file cannot be read (No such file" in result.told
    assert "content/demo/secret.md: this file cannot be read (Permission denied)" in result.told


def test_a_folder_that_may_not_be_written_is_named(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    (trainer.folder / "dist").mkdir()
    (trainer.folder / "dist").chmod(0o555)
    result = trainer.run("build", prefix=without_privileges())
    assert result.returncode == 1
    assert "dist/demo-0.1.0-dev.apkg: this file cannot be written (Permission" in result.told
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


PNG = (CASES / "media/meter.png").read_bytes()
SECRET = "# Secret\n\nThe word is mellon.\n\n## Q {#q}\n\n![x](media/x.png)\n"
SOURCES = ("2.md", "chapter/3.md", "style.css", "note-types/own.json", "media/x.png")
BOUND = ("timeout", "30")


@pytest.mark.parametrize("name", [*SOURCES, "package.toml"])
def test_what_a_link_leads_to_outside_of_the_package_is_published_by_nothing(
    trainer: Trainer, name: str
) -> None:
    secret = trainer.write("secret.txt", SECRET)
    trainer.write_package(DECK + "\n![x](media/x.png)\n")
    link = trainer.folder / "content/demo" / name
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    make_link(link, secret)
    for command in ("check", "build", "release"):
        result = trainer.run(command)
        assert result.returncode == 1
        assert f"content/demo/{name}: this link leaves the package; put the file" in result.told
        assert "mellon" not in result.stdout + result.told
    assert trainer.run("preview", "--export", "page.html").returncode == 1
    assert "mellon" not in trainer.run("pin").told
    assert not list(trainer.folder.glob("dist/*"))
    assert secret.read_text() == SECRET
    assert link.is_symlink()


@posix_only
def test_devices_and_pipes_are_no_sources(trainer: Trainer) -> None:
    trainer.write_package(DECK + "\n![x](media/x.png)\n")
    folder = trainer.folder / "content/demo"
    for name in (*SOURCES, "package.lock"):
        (folder / name).parent.mkdir(exist_ok=True)
        os.mkfifo(folder / name)
    result = trainer.run("check", prefix=BOUND)
    for name in (*SOURCES, "package.lock"):
        assert f"content/demo/{name}: this is not a plain file; put a plain file in" in result.told
    for name in SOURCES:
        (folder / name).unlink()
        make_link(folder / name, "/dev/zero")
    result = trainer.run("check", prefix=BOUND)
    for name in SOURCES:
        assert f"content/demo/{name}: this link leaves the package" in result.told


@pytest.mark.parametrize("name", ["media", "note-types", "chapter", "media/more"])
def test_a_link_to_a_folder_is_told_and_never_followed(trainer: Trainer, name: str) -> None:
    trainer.write_package(DECK)
    link = trainer.folder / "content/demo" / name
    link.parent.mkdir(exist_ok=True)
    make_link(link, "/")
    result = trainer.run("check", prefix=BOUND if os.name == "posix" else ())
    assert result.returncode == 1
    assert result.told == (
        f"content/demo/{name}: this is a link to another folder; put the files themselves here\n"
        "    [linked-folder]\n1 error, 0 warnings; next: fix it, then ankibuild "
        "check\n"
    )
    assert link not in files.find_folders(trainer.folder / "content")


def test_media_of_a_lone_file_are_no_link_to_another_folder(trainer: Trainer) -> None:
    trainer.write("deck.md", DECK)
    trainer.write("elsewhere/x.png", PNG)
    make_link(trainer.folder / "media", "elsewhere")
    assert "media: this is a link to another folder" in trainer.run("build", "deck.md").told


def test_a_link_to_a_file_of_the_same_package_is_read_and_stays_one(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    target = trainer.write("content/demo/parts/more.txt", "# More\n\n## Which?\n\nThis.\n")
    link = trainer.folder / "content/demo/2.md"
    make_link(link, "parts/more.txt")
    make_link(trainer.folder / "content/alias", "demo")
    assert "content/alias/2.md: 1 id written" in trainer.run("pin", "content/alias").stdout
    assert link.is_symlink()
    assert "## Which? {#which}" in target.read_text()
    assert "Demo::More: 1 note" in trainer.run("build").stdout


def test_a_style_that_leads_nowhere_is_missed(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    make_link(trainer.folder / "content/demo/style.css", "nowhere.css")
    assert "content/demo/style.css: this file cannot be read (No" in trainer.run("build").told


@posix_only
def test_nothing_beside_a_package_keeps_it_waiting(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    for name in ("other/package.toml", "old/package.lock"):
        (trainer.folder / "content" / name).parent.mkdir()
        os.mkfifo(trainer.folder / "content" / name)
    for name in ("demo-1.0.0.json", "SHA256SUMS"):
        (trainer.folder / "dist").mkdir(exist_ok=True)
        os.mkfifo(trainer.folder / "dist" / name)
    for command in ("check", "release", "build"):
        result = trainer.run(command, "content/demo", prefix=BOUND)
        assert result.returncode == 0, result.stderr


@pytest.mark.slow
@posix_only
@pytest.mark.parametrize("ending", ["", ".txt", ".csv", ".docx", ".md", ".apkg"])
def test_devices_and_pipes_are_not_imported(trainer: Trainer, ending: str) -> None:
    for name, make in (("pipe", os.mkfifo), ("zero", lambda path: make_link(path, "/dev/zero"))):
        make(trainer.folder / f"{name}{ending}")
        result = trainer.run("import", f"{name}{ending}", prefix=BOUND)
        assert f"{name}{ending}: this is not a plain file; put a plain file in" in result.told


@pytest.mark.slow
@posix_only
def test_devices_and_pipes_are_no_packages_to_compare_with(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    trainer.release(START)
    old, pipe = "dist/demo-1.0.0.apkg", "pipe.apkg"
    os.mkfifo(trainer.folder / pipe)
    for command in (
        ("import", old, "--into", "new", "--learners-have", pipe),
        ("rehearse", old, pipe),
        ("rehearse", pipe, old),
    ):
        result = trainer.run(*command, prefix=BOUND)
        assert f"{pipe}: this is not a plain file; put a plain file in" in result.told


def test_what_is_made_goes_into_no_folder_that_a_link_leads_to(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    elsewhere = trainer.write("elsewhere/index.html", "mine").parent
    make_link(trainer.folder / "dist", "elsewhere")
    for command in ("build", "release"):
        result = trainer.run(command)
        assert result.returncode == 1
        assert "dist: this is a link to another folder; name that folder itself" in result.told
    assert [path.name for path in elsewhere.iterdir()] == ["index.html"]
    assert not (trainer.folder / "content/demo/package.lock").exists()
    assert trainer.run("release", "-o", "elsewhere").returncode == 0


def test_a_link_in_place_of_a_file_to_write_is_replaced_and_not_followed(
    trainer: Trainer,
) -> None:
    trainer.write_package(DECK)
    secret = trainer.write("secret.txt", "mine")
    (trainer.folder / "dist").mkdir()
    for name in ("index.html", "SHA256SUMS", "demo-1.0.0.apkg", "demo-1.0.0.md"):
        make_link(trainer.folder / "dist" / name, "../secret.txt")
    # The names under which files are written first are known beforehand.
    for name in ("content/demo/.package.lock", "dist/.demo-1.0.0.json"):
        make_link(trainer.folder / f"{name}.{os.getpid()}.tmp", secret)
    for name in ("content/demo", "dist"):
        make_link(trainer.folder / name / ".ankibuild.busy", secret)
    result = trainer.run("release")
    assert result.returncode == 0, result.stderr
    assert secret.read_text() == "mine"
    assert not [path for path in trainer.folder.rglob("*") if path.is_symlink()]


def test_a_folder_in_place_of_the_mark_of_a_run_is_named(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    (trainer.folder / "content/demo/.ankibuild.busy").mkdir()
    result = trainer.run("release")
    assert "content/demo/.ankibuild.busy: this is not a plain file" in result.told


@posix_only
def test_a_file_that_is_written_again_is_read_by_nobody_new(trainer: Trainer) -> None:
    trainer.write_package("# Deck\n\n## Question\n\nAnswer.\n")
    deck = trainer.folder / "content/demo/1.md"
    deck.chmod(0o600)
    assert trainer.run("pin").returncode == 0
    assert stat.S_IMODE(deck.stat().st_mode) == 0o600


def test_two_files_whose_names_differ_in_how_an_accent_is_stored_are_both_named(
    trainer: Trainer,
) -> None:
    composed, apart = "media/caf\u00e9.png", "media/cafe\u0301.png"
    trainer.write_package(DECK + f"\n![a cup]({composed})\n")
    trainer.write(f"content/demo/{composed}", PNG)
    trainer.write(f"content/demo/{apart}", PNG + b"\0")
    if len(list((trainer.folder / "content/demo/media").iterdir())) == 1:
        pytest.skip("this disk takes both for the same")
    result = trainer.run("check")
    assert result.returncode == 1
    assert (
        'two files have the same name, "cafe\\u0301.png" and "caf\\xe9.png", with an accent that '
        "is stored in two ways; give one of them another name"
    ) in result.told


def test_a_text_outside_of_a_package_is_read_wherever_it_lies(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a", "utf-8")
    make_link(tmp_path / "b.txt", "a.txt")
    assert files.read_text(tmp_path / "b.txt") == "a"
    assert files.read_file(tmp_path / "b.txt", tmp_path) == b"a"


@pytest.mark.parametrize(
    ("name", "megabytes", "cure"),
    [
        ("1.md", 10, "split it into several files: each one is a deck"),
        ("package.toml", 1, "remove what is not a setting"),
        ("style.css", 1, "remove what no card needs"),
        ("note-types/n.json", 50, "restore the file that was written"),
        ("package.lock", 200, "restore the last version that was committed"),
    ],
)
def test_a_text_that_is_too_large_is_named_and_not_read(
    trainer: Trainer, name: str, megabytes: int, cure: str
) -> None:
    trainer.write_package("# D\n\n## Q {#a}\n\nA\n")
    path = trainer.write(f"content/demo/{name}", b"")
    with path.open("wb") as file:
        # Such a file takes no room: where it is read it has many zeros.
        file.truncate(megabytes * 1_000_000 + 1)
    result = trainer.run("check")
    assert f"content/demo/{name}: this file has more than {megabytes} MB; {cure}\n" in result.told
    assert result.returncode == 1


def test_each_file_that_is_not_read_is_named_with_what_to_do(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    told = {
        "2.md.txt": 'name it "2.md"',
        "3.txt": 'name it "3.md"',
        "4.MARKDOWN": 'name it "4.md"',
        "module": 'name it "module.md"',
        "1.md~": "warning: this file is not read, so it is not on any card; move it out",
        "1.txt": "warning: this file is not read, so it is not on any card; move it out",
        "notes.docx": "is not on any card; move it out",
        "deeper/meter.PNG": "move it into content/demo/media",
        "deeper/style.css": "name it content/demo/style.css",
        "note-types/deeper/a.json": "is not on any card; move it out",
        "media.txt": 'name it "media.md"',
    }
    for name in told:
        trainer.write(f"content/demo/{name}", "words")
    listed = json.loads(trainer.run("check", "--format", "json").stdout)["problems"]
    for name, words in told.items():
        (each,) = (each for each in listed if each["path"] == f"content/demo/{name}")
        assert words in f"{each['severity']}: {each['message']}; {each['cure']}"
    assert len(listed) == len(told)


def test_the_files_that_are_no_cards_are_not_named(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    for name in ("README.md", "deeper/Changelog.MD", ".notes.txt", ".git/x", "Thumbs.db"):
        trainer.write(f"content/demo/{name}", "words")
    trainer.write("content/demo/style.css", ".card { color: red; }")
    assert trainer.run("check").told.startswith(CLEAN)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (DECK.encode("utf-16"), "UTF-16"),
        (DECK.encode("utf-16-le"), "UTF-16"),
        (DECK.encode("utf-16-be"), "UTF-16"),
        (b"PK\x03\x04" + DECK.encode(), "a Word document or another packed file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1" + DECK.encode(), "a Word document or another packed file"),
        (rb"{\rtf1\ansi ## Question\par Answer.}", "RTF"),
    ],
)
def test_a_deck_that_is_no_plain_text_is_refused(trainer: Trainer, data: bytes, words: str) -> None:
    trainer.write_package(DECK)
    trainer.write("content/demo/2.md", data)
    said = trainer.run("check").told
    assert said.startswith(f"content/demo/2.md: this file is saved as {words}")
    assert "\n1 error, 0 warnings; next: " in said
