"""Files that are imported, and what a learner then has of them."""

from ankibuild.core.text import seen_lines
from tests.helpers.learner import Learner
from tests.helpers.told import in_lines
from tests.helpers.trainer import Trainer


def learned_cards(trainer: Trainer, learner: Learner) -> list[tuple[str, str]]:
    """Return what a learner has of a build, front and back, in the order of the cards."""
    learner.import_package(trainer.build(1_700_000_000))
    in_order = sorted(learner.progress().items(), key=lambda item: item[1].due)
    notes = learner.notes()
    assert learner.faults() == []
    return [(shown(notes[name]["Front"]), shown(notes[name]["Back"])) for (name, _), _ in in_order]


def shown(html: str) -> str:
    return " / ".join(seen_lines(html))


def run_import(trainer: Trainer, *arguments: str) -> tuple[str, str]:
    result = trainer.run("import", *arguments)
    assert result.returncode == 0, result.stderr
    return result.stdout, in_lines(result.stderr)


def learned_decks(trainer: Trainer, learner: Learner) -> dict[str, list[tuple[str, str]]]:
    """Return what a learner has of all packages, by deck."""
    result = trainer.run("build")
    assert result.returncode == 0, result.stderr
    for path in sorted(trainer.folder.glob("dist/*.apkg")):
        learner.import_package(path)
    found: dict[str, list[tuple[str, str]]] = {}
    for (name, _), progress in sorted(learner.progress().items(), key=lambda item: item[1].due):
        fields = learner.fields(name)
        found.setdefault(progress.deck, []).append((shown(fields["Front"]), shown(fields["Back"])))
    return found
