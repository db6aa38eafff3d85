"""Problems: how they read, in which order, and what is proposed for a mistyped word."""

from ankibuild.core.problems import AnkibuildError, Fragment, Problem, has_errors, suggestion

ERROR = Fragment(path="b.md", line=10, column=3, text="").problem("this is wrong", "mend it")
WARNING = Problem(path="b.md", line=9, column=1, message="odd", cure="look", severity="warning")
OF_A_FILE = Problem(path="b.md", message="it is empty", cure="fill it")


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
    assert suggestion("colour", ["title", "id", "key"]) == "known are id, key, title"
