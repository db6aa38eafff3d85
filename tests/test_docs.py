"""What the documentation shows is true: its examples build, its commands are the real ones."""

import contextlib
import io
import re
import shlex
import shutil
import subprocess
import sys
from inspect import isfunction
from pathlib import Path

import docx
import pytest
import yaml

import ankibuild
from tests.helpers.authors import add_note, export_deck
from tests.helpers.crowdanki import write_crowdanki
from tests.helpers.demo import DAY, EDITED, FIRST, START
from tests.helpers.git import git
from tests.helpers.learner import Learner
from tests.helpers.places import CASES, ROOT
from tests.helpers.system import posix_only
from tests.helpers.trainer import SETTINGS, Trainer, copy_media
from tests.pictures.cards import find_forms

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
NOTE_TYPES = ROOT / "docs/note-types.md"
DECKS = [
    pytest.param(block, id=f"{page.name}-{number}")
    for page in PAGES
    if page != NOTE_TYPES
    for number, (_, block) in enumerate(
        re.findall(
            r"^(````?)markdown\n(.*?)^\1$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
        )
    )
]
# Lines that are not run here, and why; of the last one's block no line is.
NOT_RUN = {
    "python3 -m venv .venv && . .venv/bin/activate && pip install . && ankibuild build": (
        f"needs the network: {(WALK := 'test_start does it')}"
    ),
    'python3 -m venv .venv && .venv/bin/pip install -e ".[test]" && .venv/bin/pytest': (
        "runs these very tests: .ci/run takes the line from the README"
    ),
    "curl -LsSf https://astral.sh/uv/install.sh | sh": "needs the network: that is uv's own",
    'uv tool install "ankibuild[import,preview,rehearse] @ '
    'https://github.com/your-organisation/ankibuild/archive/main.zip"': WALK,
    "git clone https://github.com/your-organisation/ankibuild": WALK,
    "cd ankibuild": WALK,
    'uv tool install ".[import,preview,rehearse]"': WALK,
    ".venv/bin/python -m tests.bench --large --plot docs/speed.svg": "takes many minutes",
    "ankibuild preview": "serves until it is stopped: test_serving does it",
    "ankibuild preview --open": "serves until it is stopped",
    (MERGE := "ankibuild merge-lock content/tier-1"): (
        "needs a conflict: test_branches makes one, and goes on just so"
    ),
    "ankibuild release --original spanish.apkg content/spanish": (
        "needs a correction: test_learners does it"
    ),
}
COMMANDS = {
    page: blocks
    for page in PAGES
    # What contributors run, CI runs: test_repository holds the one against the other. The page for
    # beginners is walked by test_start.
    if page.stem not in ("contributing", "start")
    and (
        blocks := re.findall(
            r"^```sh\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL
        )
    )
}

PYTHON = {
    page: blocks
    for page in PAGES
    if (
        blocks := re.findall(
            r"^```python\n(.*?)^```$(?:\n\n^```text\n(.*?)^```$)?",
            # What stands in longer fences is Markdown that a trainer writes.
            re.sub("^````.*?^````", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL),
            re.MULTILINE | re.DOTALL,
        )
    )
}


def test_there_are_examples() -> None:
    assert DECKS
    assert len(COMMANDS) > 3
    assert len(PYTHON) == 1
    assert len(find_forms()) == len(list((ROOT / "docs/forms").iterdir())) > 5


@pytest.fixture
def repository(trainer: Trainer) -> Trainer:
    """Return a trainer with tier-1 1.0.1 published, an edit to release, and somewhere to push."""
    trainer.has_anki = True
    trainer.write("content/tier-1/package.toml", SETTINGS.replace('"demo"', '"tier-1"'))
    for number, text in enumerate((FIRST, EDITED)):
        trainer.write("content/tier-1/module-1.md", text)
        trainer.release(START + number * DAY)
    for name, version in (("old", "1.0.0"), ("new", "1.0.1")):
        shutil.copy(trainer.folder / f"dist/tier-1-{version}.apkg", trainer.folder / f"{name}.apkg")
    trainer.write("content/tier-1/module-1.md", EDITED.replace("prices", "tariffs"))
    with Learner.at(trainer.folder.parent / "author") as author:
        add_note(author, "a{b}c", "Basic", "Spanish", "", ("el pan", "bread"))
        assert author.collection.db
        author.collection.db.execute("update notes set mod = mod - 86400")
        for name in ("spanish", "spanish-today"):
            export_deck(author, trainer.folder / f"{name}.apkg")
        write_crowdanki(author, trainer.folder / "ultimate-geography", "Spanish")
    trainer.write("talk.md", "## Greet\n\nQ: Hello?\nA: Hi.\n")
    shutil.copy(CASES / "seed/tier-1-module-1.txt", trainer.folder / "module-1.txt")
    for name in ("a.csv", "words.csv"):
        trainer.write(name, "question,place,answer,tags\nel pan,p. 3,bread,food\n")
    document = docx.Document()
    document.add_heading("Tier 2", 1)
    document.add_heading("What is a fee?", 2)
    document.add_paragraph("A price for a service.")
    document.save(str(trainer.folder / "cards.docx"))
    git(trainer.folder, "init", "--quiet", "--initial-branch=main")
    git(trainer.folder, "config", "user.name", "T")
    git(trainer.folder, "config", "user.email", "t@example.org")
    git(trainer.folder, "init", "--quiet", "--bare", "../origin")
    git(trainer.folder, "remote", "add", "origin", "../origin")
    git(trainer.folder, "add", "content")
    git(trainer.folder, "commit", "--quiet", "--message", "Write a deck")
    return trainer


def run_line(trainer: Trainer, line: str) -> "subprocess.CompletedProcess[str]":
    """Run a line of a page; bash is needed only for one that is more than the command."""
    command, *arguments = shlex.split(line, comments=True)
    if command == "ankibuild" and not set("$&;<>|") & set("".join(arguments)):
        return trainer.run(*arguments)
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", line],
        cwd=trainer.folder,
        env=trainer.environment(PATH=f"{Path(sys.executable).parent}:/usr/bin:/bin"),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def is_run(line: str) -> bool:
    serves = line.startswith("ankibuild preview") and "--export" not in line
    return not serves and line.partition("  ")[0] not in NOT_RUN


@pytest.mark.parametrize("page", COMMANDS, ids=lambda page: page.stem)
@posix_only
def test_the_commands_of_a_page_run_in_order(repository: Trainer, page: Path) -> None:
    written: set[str] = set()
    for block in COMMANDS[page]:
        if block.startswith(MERGE):
            continue
        for line in filter(is_run, block.splitlines()):
            result = run_line(repository, line)
            assert result.returncode == 0, result.stdout + result.stderr
            # A release takes out what was only to look at.
            written |= {f"dist/{path.name}" for path in repository.folder.glob("dist/*.apkg")}
        for path in repository.folder.glob("content/spanish/*.md"):
            path.write_text(path.read_text("utf-8").replace("bread", "good bread"), "utf-8")
    for name in re.findall(r"`(dist/[\w.-]+\.apkg)`", page.read_text("utf-8")):
        assert name in written


@pytest.mark.parametrize("page", PYTHON, ids=lambda page: page.stem)
def test_the_python_of_a_page_runs_in_order_and_prints_what_it_shows(
    repository: Trainer, page: Path
) -> None:
    shutil.copy(CASES / "media/meter.png", repository.folder)
    names: dict[str, object] = {}
    with contextlib.chdir(repository.folder):
        for code, shown in PYTHON[page]:
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                exec(code, names)
            assert printed.getvalue() == shown, code


def test_each_public_function_has_an_example() -> None:
    code = "\n".join(code for code, _ in PYTHON[ROOT / "docs/python.md"])
    functions = [each for each in ankibuild.__all__ if isfunction(getattr(ankibuild, each))]
    assert [each for each in functions if not re.search(rf"\bankibuild\.{each}\b", code)] == []
    text = (ROOT / "docs/python.md").read_text("utf-8")
    named = {*re.findall(r"`(?:ankibuild\.)?(\w+)`", text), "__version__"}
    assert named >= {*ankibuild.__all__}


def test_what_is_not_run_is_there() -> None:
    lines = {
        line.partition("  ")[0]
        for blocks in COMMANDS.values()
        for block in blocks
        for line in block.splitlines()
    }
    assert lines >= NOT_RUN.keys()


def test_the_readme_is_short_and_each_page_says_whom_it_is_for() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 130
    for page in (ROOT / "docs").glob("*.md"):
        line = page.read_text("utf-8").splitlines()[2]
        assert re.match("For (everybody|trainers|learners|managers|engineers)", line), page.name


def test_each_page_is_in_the_index_and_on_the_site() -> None:
    index = (ROOT / "docs/index.md").read_text("utf-8")
    site = (ROOT / "docs/site/mkdocs.yml").read_text("utf-8")
    for page in {*(ROOT / "docs").glob("*.md")} - {ROOT / "docs/index.md"}:
        assert f"]({page.name}" in index, page.name
        assert re.search(rf"[ ]{page.name}$", site, re.MULTILINE), page.name


def test_links_between_the_pages_lead_somewhere() -> None:
    for page in PAGES:
        text = re.sub(
            r"^(````?)\w+\n.*?^\1$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL
        )
        for link in re.findall(r"\]\s?\(([^)]+)\)", text):
            path, _, anchor = link.partition("#")
            if link.startswith("https://"):
                continue
            target = page.parent / path if path else page
            assert target.is_file(), f"{page.name}: {link}"
            headings = (
                re.findall("^#+ (.*)$", target.read_text("utf-8"), re.MULTILINE) if anchor else []
            )
            anchors = {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}
            assert not anchor or anchor in anchors, f"{page.name}: {link}"


def test_the_workflow_to_copy_is_our_own() -> None:
    shown, pages, _, hooks = (
        yaml.safe_load(block)
        for block in re.findall(
            r"^```yaml\n(.*?)^```$",
            (ROOT / "docs/ci.md").read_text("utf-8"),
            re.MULTILINE | re.DOTALL,
        )
    )
    ours = yaml.safe_load((ROOT / ".github/workflows/deck.yml").read_text("utf-8"))
    uses = shown["jobs"]["deck"].pop("uses")
    path = ours["jobs"]["deck"].pop("uses").removeprefix("$/")
    assert shown == ours
    assert uses == f"your-organisation/ankibuild/{path}@{'0' * 40}"
    path = ".github/workflows/publish-pages.yml"
    page = pages["page"]
    assert page["uses"] == f"your-organisation/ankibuild/{path}@{'0' * 40}"
    assert page["needs"] in shown["jobs"]
    (job,) = yaml.safe_load((ROOT / path).read_text("utf-8"))["jobs"].values()
    assert page["permissions"] == job["permissions"]
    known = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    named = {hook["id"] for repository in hooks["repos"] for hook in repository["hooks"]}
    assert named == {hook["id"] for hook in known}


@pytest.mark.parametrize("text", DECKS)
def test_an_example_builds(trainer: Trainer, text: str) -> None:
    heading = "" if re.search("^# ", text, re.MULTILINE) else "# Deck\n\n"
    trainer.write_package(heading + text)
    copy_media(text, trainer.folder / "content/demo")
    package = ankibuild.load(trainer.folder / "content/demo")
    assert package.notes
    assert all("pin" in warning.cure for warning in package.warnings)


def test_the_example_of_a_note_type_builds_as_the_page_tells(trainer: Trainer) -> None:
    text = NOTE_TYPES.read_text("utf-8")
    files = re.findall(r"`([\w./-]+)`:?\n\n```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(files) == 7
    trainer.write_package(*(block for path, block in files if path.endswith(".md")))
    for path, block in files:
        trainer.write(f"content/demo/{path}", block)
        copy_media(block, trainer.folder / "content/demo")
    (trainer.folder / "content/demo/1.md").unlink()
    assert trainer.run("check", "--strict").told.startswith("0 errors, 0 warnings")
    package = ankibuild.load(trainer.folder / "content/demo")
    cards = {note.note_id: len(note.ordinals) for note in package.notes}
    assert cards == {"annyeong": 2, "gamsa": 1}
    assert package.notes[1].field_map["Translation"] == "Thank you"
    assert package.note_types[0].name == "demo Vocabulary (ankibuild)"


def test_the_settings_that_are_shown_are_settings(trainer: Trainer) -> None:
    page = (ROOT / "docs/package.md").read_text("utf-8")
    (text,) = re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    key = re.findall('key = "(.*)"', SETTINGS)[0]
    trainer.write_package("# A\n\n## B\n\nC\n", settings=text.replace("…", key))
    settings = ankibuild.load(trainer.folder / "content/demo").settings
    assert settings.feedback == "help@example.org"
