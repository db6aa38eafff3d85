"""What a release changed is told to its learners, the old words beside the new."""

from collections.abc import Iterator

import pytest

from ankibuild.core.words import words_for
from ankibuild.releases.telling import say_summary
from tests.helpers.demo import DAY, EDITED, FIRST, START, lock_of, snapshot
from tests.helpers.trainer import SETTINGS, Trainer

HEAD, _, MOON = FIRST.partition("## The moon")
MOON = f"## The moon{MOON}"


def told(trainer: Trainer, version: str) -> str:
    """Return the release notes from their first heading on, up to what all of them say."""
    text = (trainer.folder / f"dist/demo-{version}.md").read_text("utf-8")
    return text[text.index("\n## ") : text.index("\n## How to import")]


def test_a_renamed_deck_is_told(published: Trainer) -> None:
    published.write_package(FIRST.replace("# Module 1", "# Module One"))
    published.release(START + DAY)
    assert lock_of(published).releases[-1].summary == "Decks: 1 renamed."
    assert told(published, "2.0.0") == (
        "\n## Decks\n\n- Demo::Module 1 → Demo::Module One\n"
        "  - The cards that you have stay in the old deck; new ones come to the new one.\n"
    )


def test_a_deck_that_is_gone_is_told_with_its_retired_notes(trainer: Trainer) -> None:
    trainer.write_package(HEAD, f"# Module 2\n\n{MOON}")
    trainer.release(START)
    (trainer.folder / "content/demo/2.md").unlink()
    trainer.write_package(HEAD, settings=SETTINGS + 'retired = ["moon"]\n')
    trainer.release(START + DAY)
    assert lock_of(trainer).releases[-1].summary == "Notes: 1 retired. Decks: 1 gone."
    notes = told(trainer, "2.0.0")
    assert "- Demo::Module 2\n  - You keep it, with the cards that you have in it.\n" in notes
    assert "## Retired\n\n- The moon\n\nThese notes are out of date" in notes


def test_a_card_that_goes_is_told_by_what_it_hid(published: Trainer) -> None:
    published.write_package(FIRST.replace("{{c2::earth}}", "earth"))
    published.release(START + DAY)
    assert told(published, "1.0.1").startswith(
        "\n## Changed\n\n- The moon\n  - Text: looks different\n  - card gone: ~~earth~~\n"
    )


def test_a_learner_reads_a_sentence_without_the_signs_of_its_clozes(published: Trainer) -> None:
    published.write_package(FIRST.replace("orbits the {{c2::earth}}", "goes round {{c2::earth}}"))
    published.release(START + DAY)
    notes = told(published, "1.0.1")
    assert "  - Text: The moon ~~orbits~~**goes** ~~the~~**round** earth.\n" in notes


def test_a_note_that_comes_back_is_new_and_one_released_earlier_is_not_told(
    published: Trainer,
) -> None:
    published.write_package(HEAD, settings=SETTINGS + 'retired = ["moon"]\n')
    published.release(START + DAY)
    published.write_package(FIRST)
    published.release(START + 2 * DAY)
    assert told(published, "2.1.0") == "\n## New\n\n- The moon\n"


@pytest.mark.parametrize(
    ("summary", "said"),
    [
        ("As it was imported.", "So, wie es importiert wurde."),
        (
            "Brings together what was released on two branches.",
            "Führt zusammen, was auf zwei Zweigen veröffentlicht wurde.",
        ),
        ("No note changed.", "Keine Notiz wurde geändert."),
        (
            "No note changed, only the look or a link of the cards.",
            "Keine Notiz wurde geändert, nur das Aussehen oder ein Link der Karten.",
        ),
        (
            "Notes: 10 new, 2 changed, 1 retired. Decks: 3 renamed, 4 gone.",
            "Notizen: 10 neu, 2 geändert, 1 zurückgezogen. Stapel: 3 umbenannt, 4 entfallen.",
        ),
        ("Decks: 1 gone.", "Stapel: 1 entfallen."),
        # Of an import, or of another version of ankibuild.
        ("", ""),
        ("Notes: 1 changed, 1 new.", "Notes: 1 changed, 1 new."),
        ("Notes: 1 new, one gone.", "Notes: 1 new, one gone."),
        ("Notes: 1 gone.", "Notes: 1 gone."),
        (f"Notes: {'9' * 5000} new.", f"Notes: {'9' * 5000} new."),
    ],
)
def test_what_a_lock_says_of_a_release_is_said_in_another_language(summary: str, said: str) -> None:
    assert say_summary(words_for("de", {}), summary) == said
    assert say_summary(words_for("en", {}), summary) == summary


def histories(trainer: Trainer) -> Iterator[None]:
    trainer.write(".gitignore", "dist/\n")
    trainer.write_package(FIRST)
    trainer.release(START)
    trainer.git("init", "-q", "-b", "main")
    trainer.git("add", ".")
    trainer.git("commit", "-qm", "Release 1.0.0")
    trainer.write_package(EDITED)
    trainer.release(START + DAY)
    yield
    trainer.git("commit", "-qam", "Release 1.0.1")
    yield
    trainer.write("content/demo/other.txt", "")
    trainer.git("add", ".")
    trainer.git("commit", "-qm", "Something else")
    yield


def test_from_git_a_build_tells_just_what_the_release_told(trainer: Trainer) -> None:
    for _ in histories(trainer):
        dist = trainer.folder / "dist"
        released = {path.name: path.read_bytes() for path in dist.glob("demo-1.0.1.*")}
        for path in dist.iterdir():
            path.unlink()
        assert trainer.run("build", "--locked").returncode == 0
        assert {path.name: path.read_bytes() for path in dist.glob("demo-*")} == released
        assert "~~energy~~" in told(trainer, "1.0.1")


def test_without_git_a_build_tells_it_from_the_lock_of_the_release_before(
    published: Trainer,
) -> None:
    published.write_package(EDITED)
    published.release(START + DAY)
    released = snapshot(published.folder / "dist")
    for path in published.folder.glob("dist/demo-1.0.1.*"):
        path.unlink()
    assert published.run("build", "--locked").returncode == 0
    assert snapshot(published.folder / "dist") == released


@pytest.mark.parametrize("text", [None, b"", b"{}", b"[" * 100_000, b"\xff"])
def test_without_any_older_lock_a_build_names_what_changed(
    published: Trainer, text: bytes | None
) -> None:
    published.write_package(EDITED)
    published.release(START + DAY)
    path = published.write("dist/demo-1.0.0.lock", text or b"")
    if text is None:
        path.unlink()
    assert published.run("build", "--locked").returncode == 0
    assert told(published, "1.0.1").startswith("\n## Changed\n\n- What is a meter?\n\n")
