"""The notes of each deck: all their words follow from their numbers, and no two say the same."""

from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

_ADJECTIVES = tuple(
    "annual budgeted closed commercial deferred digital early estimated final fixed former hourly "
    "joint late metered minimum monthly open partial paid pending quarterly remote residential "
    "returned seasonal shared solar standard unpaid urgent yearly".split()
)
_NOUNS = tuple(
    "account address adjustment advisor appeal balance bill budget charge claim connection "
    "contract credit customer deposit discount dispute estimate fee form gate invoice landlord "
    "letter meter move notice office outage panel payment plan rate reading rebate refund report "
    "request service switch tariff tenant transfer vendor visit".split()
)
_VERBS = tuple(
    "affects begins cancels closes confirms covers delays ends explains follows holds lowers moves "
    "needs opens precedes raises repeats replaces requires settles shows starts stops".split()
)
_TIMES = tuple(
    "after a move, after the reading, at the end of the month, before the visit, before noon, "
    "by letter, in the first year, in winter, on request, on the same day, once a quarter, "
    "until the deposit is back, when service starts, while the dispute is open, within a week, "
    "without a call".split(", ")
)


class Syntax(NamedTuple):
    """How a tool writes what is not CommonMark: patterns for ``str.format``, and a line."""

    math: str
    display: str
    cloze: str
    extra: str


class Note(NamedTuple):
    """A note's two sides in Markdown, what its heading says to ankibuild alone, and its cards."""

    question: str
    answer: str
    attributes: str = ""
    cards: int = 1


class Deck(NamedTuple):
    """A deck by its name; ``note`` writes the note of a number in a tool's syntax."""

    name: str
    note: Callable[[int, Syntax], Note]

    def notes(self, count: int, syntax: Syntax) -> Iterator[Note]:
        """Return the first notes."""
        return (self.note(number, syntax) for number in range(count))


def _write_plain(number: int, _: Syntax) -> Note:
    """Return a note of emphasis, a bold word, a list of three items and inline code."""
    return Note(
        f"What does *term {number}* mean to a customer?",
        f"Term {number} is what a **customer** asks for, in the words of the handbook.\n\n"
        "- The first thing to know about it\n- What follows from that\n- What it is not\n\n"
        f"Look it up with `handbook --term {number}` before you reply.",
    )


class _Words:
    """Words in the order in which a note needs them; the same number draws the same ones."""

    def __init__(self, number: int) -> None:
        self._random = Random(number)
        self.number = number

    def noun(self) -> str:
        return self._random.choice(_NOUNS)

    def verb(self) -> str:
        return self._random.choice(_VERBS)

    def time(self) -> str:
        return self._random.choice(_TIMES)

    def thing(self) -> str:
        return f"{self._random.choice(_ADJECTIVES)} {self.noun()}"

    def amount(self) -> int:
        return self._random.randrange(2, 9_999)

    def sentence(self) -> str:
        return f"The {self.thing()} {self.verb()} the {self.thing()} {self.time()}."


def _write_table(words: _Words, _: Syntax) -> Note:
    rows = [
        f"| {words.thing()} | {words.amount()} | {words.time()} |\n",
        f"| **{words.thing()}** | {words.amount()} | {words.time()} |\n",
        f"| {words.thing()} | {words.amount()} | {words.time()} |\n",
    ]
    page = f"https://example.org/handbook/{words.noun()}/{words.number}"
    return Note(
        f"What does the {words.thing()} cost in tariff {words.number}?",
        f"{words.sentence()}\n\n| {words.noun()} | cents | when |\n|---|---:|---|\n"
        f"{''.join(rows)}\nSee [the page of the {words.thing()}]({page}).",
    )


def _write_cloze(words: _Words, syntax: Syntax) -> Note:
    first = syntax.cloze.format(number=1, words=words.thing())
    second = syntax.cloze.format(number=2, words=f"{words.noun()} {words.number}")
    return Note(
        f"Rule {words.number}: {words.thing()}",
        f"The {first} {words.verb()} the {second} {words.time()}. {words.sentence()}",
        cards=2,
    )


def _write_math(words: _Words, syntax: Syntax) -> Note:
    a, b = words.amount(), words.amount()
    share = syntax.math.format(rf"s = {a} \cdot x_{{{words.number}}}")
    sum_ = syntax.display.format(
        rf"E = \frac{{{a}}}{{{b}}} + \sum_{{i=1}}^{{{words.number}}} p_i \cdot t"
    )
    return Note(
        f"How is the {words.thing()} of customer {words.number} computed?",
        f"With the share {share} of the {words.thing()}:\n\n{sum_}\n\n{words.sentence()}",
    )


def _write_code(words: _Words, _: Syntax) -> Note:
    name, other, amount, number = words.noun(), words.noun(), words.amount(), words.number
    language, code = (
        (
            "python",
            f"def {name}_of({other}, month={amount}):\n"
            f'    """{words.sentence()}"""\n'
            f"    if {other}.{words.noun()} > {amount}:  # {words.time()}\n"
            f'        return "{words.thing()}"\n'
            f"    return {other}.find({number})\n",
        ),
        (
            "sql",
            f"-- {words.sentence()}\nSELECT {name}, sum({words.noun()}) AS total\n"
            f"FROM {other}s\nWHERE {words.noun()}_id = {number} AND kind = '{words.thing()}'\n"
            f"GROUP BY {name} HAVING total > {amount};\n",
        ),
        (
            "bash",
            f"# {words.sentence()}\nfor {name} in {other}s/*.csv; do\n"
            f'  grep -c "{words.thing()}" "${name}" | head -n {amount}\n'
            f"done > {words.noun()}-{number}.txt\n",
        ),
        (
            "json",
            f'{{\n  "{name}": {number},\n  "{other}": ["{words.thing()}", {amount}, null],\n'
            f'  "note": "{words.sentence()}"\n}}\n',
        ),
    )[number // 8 % 4]
    return Note(
        f"How is the `{name}` of case {number} looked up?",
        f"{words.sentence()}\n\n```{language}\n{code}```",
    )


def _write_html(words: _Words, _: Syntax) -> Note:
    return Note(
        f"Which keys open the {words.thing()} on screen {words.number}?",
        f"Press <kbd>Ctrl</kbd>+<kbd>F{words.number % 12 + 1}</kbd> "
        f"for the <b>{words.thing()}</b>.\n\n"
        f"- {words.thing()}<br>{words.time()}\n    - {words.sentence()}\n    - *{words.noun()}*\n"
        f"- {words.thing()}\n    1. {words.sentence()}\n    2. {words.noun()} {words.amount()}\n"
        f"- CO<sub>2</sub> of the {words.noun()}",
    )


def _write_quote(words: _Words, _: Syntax) -> Note:
    return Note(
        f"What do we say to customer {words.number} about the {words.thing()}?",
        f"{words.sentence()}\n\n> {words.sentence()}\n> **{words.sentence()}**\n>\n"
        f"> {words.sentence()}\n\nOnly {words.time()}.",
    )


def _write_reversed(words: _Words, syntax: Syntax) -> Note:
    return Note(
        f"{words.thing().capitalize()} {words.number}",
        f"{words.sentence()} {words.sentence()}\n\n{syntax.extra}\n\n{words.sentence()}",
        attributes=" .reversed",
        cards=2,
    )


def _write_words(words: _Words, _: Syntax) -> Note:
    return Note(
        f"When does the {words.thing()} of form {words.number} count?",
        f"{words.sentence()} The *{words.noun()}* {words.verb()} the **{words.thing()}**.\n\n"
        f"{words.sentence()}",
    )


_FORMS = (
    _write_table,
    _write_cloze,
    _write_math,
    _write_code,
    _write_html,
    _write_quote,
    _write_reversed,
    _write_words,
)
PLAIN = Deck("plain", _write_plain)
MIXED = Deck("mixed", lambda number, syntax: _FORMS[number % len(_FORMS)](_Words(number), syntax))
