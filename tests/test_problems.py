"""Every rule has a case, told by the real command; docs/problems.md is written from the cases."""

import os
import re
import textwrap
from itertools import groupby
from pathlib import Path

import pytest

from ankibuild.core.rules import OF_TASTE, RULES
from ankibuild.core.text import visible
from tests.helpers.places import CASES, ROOT
from tests.helpers.problem_cases import ProblemCase, play, read_problem_case
from tests.helpers.told import Told, find_told
from tests.helpers.trainer import Trainer

PROBLEMS = [read_problem_case(path) for path in sorted((CASES / "problems").glob("*.txt"))]
PAGE = ROOT / "docs/problems.md"
MARK = "<!-- Written from tests/cases: ANKIBUILD_REWRITE=1 pytest tests/test_problems.py -->\n"
PLACES = (
    "In a Markdown file",
    "In package.toml",
    "In the folder of a package",
    "After a release",
    "In a deck that came from Anki",
    "While importing",
    "While releasing",
    "With other commands",
)
WIDTH = 96


@pytest.mark.parametrize("case", PROBLEMS, ids=lambda case: case.path.stem)
def test_a_problem_is_told_by_its_rule_with_a_cure(trainer: Trainer, case: ProblemCase) -> None:
    said = play(trainer, case.steps)
    assert find_told_of(case.path.stem, said)
    if os.environ.get("ANKIBUILD_REWRITE"):
        case.path.write_text(f"{case.steps}<==\n{said}", "utf-8", newline="\n")
    else:
        assert said == case.said


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_has_a_case(rule: str) -> None:
    assert find_cases(rule)


def test_the_page_of_problems_is_up_to_date() -> None:
    text = PAGE.read_text("utf-8")
    written = text.partition(MARK)[0] + MARK + write_rules()
    if os.environ.get("ANKIBUILD_REWRITE"):
        PAGE.write_text(written, "utf-8", newline="\n")
    else:
        assert text == written


def find_told_of(rule: str, said: str) -> Told | None:
    """Return the first problem of a rule in what the command said."""
    return next((told for told in find_told(said) if told.rule == rule), None)


def find_cases(rule: str) -> list[Path]:
    """Return the files that tell a rule: its own one, or faulty sources, the plainest first."""
    if (own := CASES / f"problems/{rule}.txt").exists():
        return [own]
    told = (path for folder in ("invalid", "warnings") for path in (CASES / folder).glob("*.txt"))
    found = [path for path in told if find_told_of(rule, path.read_text("utf-8"))]
    # A text in UTF-16 cannot be shown.
    return sorted(found, key=lambda path: ("utf16" in path.stem, source_of(path).stat().st_size))


def source_of(path: Path) -> Path:
    """Return the faulty file that a text tells of."""
    return next(each for each in path.parent.glob(f"{path.stem}.*") if each != path)


def write_rules() -> str:
    """Return the list of rules, by the places where a trainer meets them."""
    entries = sorted((PLACES.index(place_of(find_cases(rule)[0])), rule) for rule in RULES)
    text = ""
    for place, group in groupby(entries, key=lambda entry: entry[0]):
        text += f"\n## {PLACES[place]}\n"
        text += "".join(write_rule(rule, find_cases(rule)[0]) for _, rule in group)
    return text


def place_of(path: Path) -> str:
    """Return where a trainer meets the problem of a case."""
    if path.parent.name != "problems":
        return PLACES[source_of(path).suffix == ".toml"]
    *before, last = re.findall(r"^\$ ankibuild (\S+)", read_problem_case(path).steps, re.MULTILINE)
    if last in ("check", "build", "new", "pin"):
        return PLACES[4 if "import" in before else 3 if "release" in before else 2]
    return PLACES[{"import": 5, "release": 6}.get(last, 7)]


def write_rule(rule: str, path: Path) -> str:
    """Return the entry of a rule: its name, how grave it is, an example, what is said."""
    told = find_told_of(rule, path.read_text("utf-8"))
    assert told
    grave = told.severity.capitalize()
    grave += "; can be ignored" if rule in OF_TASTE else ""
    if path.parent.name == "problems":
        example = fenced("text", read_problem_case(path).steps)
    else:
        example = write_example(path, told)
    said = f"{told.place}{told.severity}: {told.message} [{rule}]", f"    help: {told.cure}"
    lines = "\n".join(
        textwrap.fill(
            visible(line),
            WIDTH,
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in said
    )
    return f"\n### {rule}\n\n{grave}.\n\n{example}\n{fenced('text', lines)}"


def write_example(path: Path, told: Told) -> str:
    """Return the faulty lines of a file, and those that stand right beside them."""
    source = source_of(path)
    lines = source.read_bytes().decode("utf-8", "backslashreplace").splitlines()
    number = re.match(r"[^:]*:(\d+):", told.place)
    if number:
        first = last = int(number[1]) - 1
        while first and lines[first].strip() and lines[first - 1].strip():
            first -= 1
        while last + 1 < len(lines) and lines[last].strip() and lines[last + 1].strip():
            last += 1
        lines = lines[first : last + 1]
    return fenced("toml" if source.suffix == ".toml" else "md", "\n".join(map(visible, lines)))


def fenced(language: str, text: str) -> str:
    """Return a block of code, in marks that the text does not hold."""
    marks = "`" * max(3, *(len(each) + 1 for each in re.findall("`{3,}", text)), 3)
    return f"{marks}{language}\n{text.strip()}\n{marks}\n"
