"""Problems: how they read, in which order, and what is proposed for a mistyped word."""

from ankibuild.core.problems import (
    AnkibuildError,
    Fragment,
    Reporter,
    about,
    has_errors,
    suggestion,
)
from ankibuild.core.values import replace

ERROR = Fragment(path="b.md", line=10, column=3, text="").problem(
    "empty-answer", "this is wrong", "mend it"
)
WARNING = about("b.md", "long-answer", "odd", "look", "warning", line=9, column=1)
OF_A_FILE = about("b.md", "missing-notes", "it is empty", "fill it")


def test_a_problem_reads_as_its_place_the_fault_and_the_cure() -> None:
    assert str(ERROR) == "b.md:10:3: this is wrong; mend it"
    assert str(WARNING) == "b.md:9:1: warning: odd; look"
    assert str(OF_A_FILE) == "b.md: it is empty; fill it"


def test_an_error_tells_all_problems_by_their_place() -> None:
    error = AnkibuildError((ERROR, OF_A_FILE, WARNING))
    assert error.problems == (OF_A_FILE, WARNING, ERROR)
    assert str(error).splitlines() == [str(each) for each in error.problems]


def test_warnings_are_no_errors() -> None:
    assert has_errors([WARNING, ERROR])
    assert not has_errors([WARNING])
    assert not has_errors([])


def test_a_mistyped_word_gets_the_one_that_was_meant_or_all() -> None:
    assert suggestion("titel", ["title", "id", "key"]) == 'did you mean "title"?'
    assert suggestion("colour", ["title", "id", "key"]) == "use one of these: id, key, title"


def test_a_reporter_counts_lines_and_columns_from_one() -> None:
    report = Reporter("b.md")
    report(9, 2, "empty-answer", "this is wrong", "mend it")
    assert report.problems == [ERROR]


def test_an_excerpt_is_cut_around_the_place() -> None:
    problem = replace(WARNING, column=61, excerpt="-" * 60 + "x" + "-" * 60)
    text, column = problem.excerpt_around(20)
    assert (len(text), text[column - 1]) == (20, "x")
    assert WARNING.excerpt_around(20) == ("", 1)


def test_of_very_many_words_only_those_beside_the_mistyped_one_are_looked_at() -> None:
    known = [f"media/picture-{number:05}.png" for number in range(20_000)]
    assert suggestion("media/picture-12345x.png", known) == (
        'did you mean "media/picture-12345.png"?'
    )
    assert suggestion("q" * 5000, known).count(",") < 50
