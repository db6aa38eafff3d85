"""Where a fact ends and another one begins: cases on both sides of each bound."""

import pytest

from tests.cases import Case, read_cases
from tests.trainer import SETTINGS, Trainer

START = 1_750_000_000
DAY = 86_400
# A word is weighed by how few published notes have it: one more note, with no word of theirs.
MORE = "\n\n## Else? {#else}\n\nOther\n"
CASES = read_cases("likeness.md")


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_what_is_said_of_a_published_note_and_its_new_words(trainer: Trainer, case: Case) -> None:
    before, _, after = case.input.partition("\n=====\n")
    trainer.write_package(f"# A\n\n{before}{MORE}")
    trainer.release(START)
    settings, _, notes = after.partition("##")
    trainer.write_package(f"# A\n\n##{notes}{MORE}", settings=SETTINGS + settings)
    stderr = trainer.run("check").stderr
    said = [line.split(": ", 1)[1] for line in stderr.splitlines() if line.startswith("content/")]
    wanted = [] if case.output == "nothing" else case.output.splitlines()
    assert len(said) == len(wanted), said
    for line, start in zip(said, wanted, strict=True):
        assert line.startswith(start)


@pytest.mark.parametrize(
    ("cloze", "said"),
    [
        ("{{c2::the old red mill}}", ""),
        (
            "{{c2::the new red mill}}",
            'warning: in the published note "sun" c2 hid "the old grey mill" and hides "the new '
            'red mill" now',
        ),
        (
            "{{c3::the old red mill}}",
            '"the old red mill" of the published note "sun" was c2 and is now c3',
        ),
        ("{{c3::the new red mill}}", ""),
    ],
)
def test_a_number_that_comes_back_hides_what_it_hid_one_word_of_four_aside(
    trainer: Trainer, cloze: str, said: str
) -> None:
    sentence = "# A\n\n## The sun {{#sun}}\n\nEach day {{{{c1::the sun}}}} rises over {}.\n"
    for day, words in enumerate(("{{c2::the old grey mill}}", "a mill", "some hills")):
        trainer.write_package(sentence.format(words))
        trainer.release(START + day * DAY)
    trainer.write_package(sentence.format(cloze))
    stderr = trainer.run("check").stderr
    found = [line.split(": ", 1)[1] for line in stderr.splitlines() if line.startswith("content/")]
    assert len(found) == bool(said), found
    assert "".join(found).startswith(said)
