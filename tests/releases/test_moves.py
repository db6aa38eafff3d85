"""Where a fact ends and another one begins: cases on both sides of each bound."""

import pytest

from tests.helpers.cases import Case, read_cases
from tests.helpers.demo import DAY, START
from tests.helpers.places import CASES
from tests.helpers.trainer import SETTINGS, Trainer

# A word is weighed by how few published notes have it: one more note, with no word of theirs.
MORE = "\n\n## Else? {#else}\n\nOther\n"
FACTS = read_cases("likeness.md")


@pytest.mark.parametrize("case", FACTS, ids=[case.title for case in FACTS])
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
    ("words", "said"),
    [
        ("{{c2::the old red mill}}", ""),
        (
            "{{c2::the barn}}",
            'warning: in the published note "sun" c2 hid "the old grey mill" and hides "the barn"',
        ),
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
        ("{{c1::the old red mill}}", ""),
    ],
)
def test_a_number_that_comes_back_hides_what_it_hid_one_word_of_four_aside(
    trainer: Trainer, words: str, said: str
) -> None:
    sentence = "# A\n\n## The sun {{#sun}}\n\nEach day {{{{c1::the sun}}}} rises over {}.\n"
    mill = "{{c2::the old grey mill}} and {{c2::the barn}}"
    for day, before in enumerate((mill, "a mill", "some hills")):
        trainer.write_package(sentence.format(before))
        trainer.release(START + day * DAY)
    trainer.write_package(sentence.format(words))
    stderr = trainer.run("check").stderr
    found = [line.split(": ", 1)[1] for line in stderr.splitlines() if line.startswith("content/")]
    assert len(found) == bool(said), found
    assert "".join(found).startswith(said)


def test_a_picture_without_words_is_known_by_its_name(trainer: Trainer) -> None:
    """The same picture is the same answer, whatever is asked of it."""
    data = (CASES / "media/meter.png").read_bytes()
    for name in ("meter", "other"):
        trainer.write(f"content/demo/media/{name}.png", data + name.encode())
    text = "# A\n\n## Which crew repairs poles? {#a}\n\n![](media/meter.png)\n"
    trainer.write_package(text)
    trainer.release(START)
    text = text.replace("Which crew repairs poles?", "How soon do we paint a wall?")
    trainer.write_package(text)
    assert "asks something else" not in trainer.run("check").stderr
    trainer.write_package(text.replace("meter", "other"))
    assert "asks something else" in trainer.run("check").stderr
