"""Files that are imported, and what a learner then has of them."""

from ankibuild.core.text import seen_lines
from ankibuild.importers.imported import Imported
from ankibuild.importers.markdown import read_markdown
from ankibuild.importers.writing import write_package
from tests.helpers.cases import Case
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


def show_imported(imported: Imported) -> str:
    """Return what was read as the case files write it: form, decks, cards, warnings with lines.

    "<" and ">" hold the source of a card, "<->" says that it is asked both ways, "?" that it is in
    doubt; "!" is before a warning.
    """
    lines = [imported.form]
    for deck in imported.decks:
        about = " / ".join(deck.description.lines)
        lines.append(f"# {deck.name}{f' ({about})' if about else ''}")
        for card in deck.cards:
            sides = [" / ".join(each.lines) for each in (card.question, card.answer)]
            parts = [(" <-> " if card.reversed else " | ").join(sides)]
            parts += [f"<{card.source}>"] if card.source else []
            parts += [f"#{tag}" for tag in card.tags]
            doubts = (card.doubt, *card.question.faults, *card.answer.faults)
            parts += [f"? {doubt}" for doubt in doubts if doubt]
            lines.append(" ".join(parts))
    lines += [f"! {each.line}: {each.message}" for each in imported.warnings]
    return "\n".join(lines)


def see_imported(trainer: Trainer, case: Case) -> None:
    """See that a Markdown file is read as its case shows, and written as it was read."""
    path = trainer.write("demo.md", f"{case.input}\n")
    imported = read_markdown(path, f"{case.input}\n")
    assert show_imported(imported) == case.output
    write_package(path, imported, trainer.folder / "content/demo", dry_run=False)
