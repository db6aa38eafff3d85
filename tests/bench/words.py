"""The notes of each deck, in ankibuild's own syntax: all their words follow from their numbers."""

import re
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from tests.helpers.places import ROOT

CUSTOMER = ROOT / "content/tier-1"

_TABLE = """SENTENCE

| NOUN | cents | when |
|---|---:|---|
| THING | AMOUNT | TIME |
| **THING** | AMOUNT | TIME |
| THING | AMOUNT | TIME |

See [the page of the THING](https://example.org/handbook/NOUN/NUMBER)."""
_MATH = r"""With the share $s = AMOUNT \cdot x_{NUMBER}$ of the THING:

$$
E = \frac{AMOUNT}{AMOUNT} + \sum_{i=1}^{NUMBER} p_i \cdot t
$$

SENTENCE"""
_HTML = """Press <kbd>Ctrl</kbd>+<kbd>AMOUNT</kbd> for the <b>THING</b>.

- THING<br>TIME
    - SENTENCE
    - *NOUN*
- THING
    1. SENTENCE
    2. NOUN AMOUNT
- CO<sub>2</sub> of the NOUN"""
_QUOTE = """SENTENCE

> SENTENCE
> **SENTENCE**
>
> SENTENCE

Only TIME."""
_CODE = (
    """```python
def NOUN(customer, month=AMOUNT):
    \"""SENTENCE\"""
    if customer.NOUN > AMOUNT:  # TIME
        return "THING"
    return customer.find(NUMBER)
```""",
    """```sql
-- SENTENCE
SELECT NOUN, sum(paid) AS total FROM customers
WHERE customer_id = NUMBER AND kind = 'THING'
GROUP BY NOUN HAVING total > AMOUNT;
```""",
    """```bash
# SENTENCE
for each in NOUN/*.csv; do
  grep -c "THING" "$each" | head -n AMOUNT
done > customers-NUMBER.txt
```""",
    """```json
{
  "NOUN": NUMBER,
  "list": ["THING", AMOUNT, null],
  "note": "SENTENCE"
}
```""",
)
_PLAIN = """Term NUMBER is what a **customer** asks for, in the words of the handbook.

- The first thing to know about it
- What follows from that
- What it is not

Look it up with `handbook --term NUMBER` before you reply."""
# The question, the answer, and whether a second card asks for the question.
_FORMS = (
    ("What does the THING cost in tariff NUMBER?", _TABLE, False),
    (
        "Rule NUMBER: THING",
        "The {{c1::THING}} VERB the {{c2::NOUN NUMBER::which?}} TIME. SENTENCE",
        False,
    ),
    ("How is the THING of customer NUMBER computed?", _MATH, False),
    ("How is the `NOUN` of case NUMBER looked up?", "SENTENCE\n\nCODE", False),
    ("Which keys open the THING on screen NUMBER?", _HTML, False),
    ("What do we say to customer NUMBER about the THING?", _QUOTE, False),
    ("THING NUMBER, TIME", "SENTENCE SENTENCE\n\n---\n\nSENTENCE", True),
    (
        "When does the THING of form NUMBER count?",
        "SENTENCE The *NOUN* VERB the **THING**.\n\nSENTENCE",
        False,
    ),
)
# What stands for each word in capitals: one of these, drawn in turn, which may hold such words.
_WORDS = {
    "SENTENCE": ("The THING VERB the THING TIME.",),
    "THING": ("ADJECTIVE NOUN",),
    "CODE": _CODE,
    "AMOUNT": tuple(map(str, range(2, 10_000))),
    "ADJECTIVE": tuple(
        "annual budgeted closed commercial deferred digital early estimated final fixed former "
        "hourly joint late metered minimum monthly open partial paid pending quarterly remote "
        "residential returned seasonal shared solar standard unpaid urgent yearly".split()
    ),
    "NOUN": tuple(
        "account address adjustment advisor appeal balance bill budget charge claim connection "
        "contract credit deposit discount dispute estimate fee form gate invoice landlord letter "
        "meter move notice office outage panel payment plan rate reading rebate refund report "
        "request service switch tariff tenant transfer vendor visit".split()
    ),
    "VERB": tuple(
        "affects begins cancels closes confirms covers delays ends explains follows holds lowers "
        "moves needs opens precedes raises repeats replaces requires settles shows starts".split()
    ),
    "TIME": tuple(
        "after a move,after the reading,at the end of the month,before the visit,before noon,"
        "by letter,in the first year,in winter,on request,on the same day,once a quarter,"
        "when service starts,while the dispute is open,within a week,without a call".split(",")
    ),
}
_WORD = re.compile("|".join((*_WORDS, "NUMBER")))


class Note(NamedTuple):
    """A note's two sides; ``reversed`` if a second card asks for the question."""

    question: str
    answer: str
    reversed: bool = False


class Deck(NamedTuple):
    """A deck; ``write`` returns its first notes."""

    name: str
    write: Callable[[int], list[Note]]


def _write_plain(number: int) -> Note:
    """Return a note that needs no parser: emphasis, a list of three items, inline code."""
    question = f"What does *term {number}* mean to a customer?"
    return Note(question, _PLAIN.replace("NUMBER", str(number)))


def _write_mixed(number: int) -> Note:
    """Return a note of one of the eight forms, in turn, with words of its own."""
    random = Random(number)

    def fill(found: re.Match[str]) -> str:
        if found[0] == "NUMBER":
            return str(number)
        return _WORD.sub(fill, random.choice(_WORDS[found[0]]))

    question, answer, is_reversed = _FORMS[number % len(_FORMS)]
    return Note(_WORD.sub(fill, question), _WORD.sub(fill, answer), is_reversed)


def _read_customer(_: int) -> list[Note]:
    """Return the notes that the customer wrote."""
    text = (CUSTOMER / "module-1.md").read_text("utf-8")
    sides = (note.split("\n", 1) for note in text.split("\n## ")[1:])
    return [Note(question.partition(" {#")[0], answer.strip()) for question, answer in sides]


PLAIN = Deck("plain", lambda count: list(map(_write_plain, range(count))))
MIXED = Deck("mixed", lambda count: list(map(_write_mixed, range(count))))
TIER_1 = Deck("customer", _read_customer)
