"""The text that the customer gave us."""

from tests.helpers.places import CASES

SEED = CASES / "seed"


def seed_cards() -> tuple[str, list[tuple[str, list[str]]]]:
    """Return the title and (question, paragraphs of the answer) of the customer's text."""
    title, *lines = (SEED / "tier-1-module-1.txt").read_text("utf-8").splitlines()
    second_paragraph = next(line for line in lines if line.startswith("This Group answers"))
    cards: list[tuple[str, list[str]]] = []
    rest = iter(line for line in lines if line != second_paragraph)
    for question in rest:
        cards.append((question, [next(rest)]))
        if "NEM Interconnection" in question:
            cards[-1][1].append(second_paragraph)
    return title, cards
