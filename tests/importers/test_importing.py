"""What trainers have comes in word for word, is built, and is what real Anki shows."""

import re
import time

from tests.helpers.importing import run_import
from tests.helpers.learner import Learner
from tests.helpers.places import CASES
from tests.helpers.trainer import Trainer


def test_a_doubt_is_harmless_and_a_missing_answer_keeps_it_from_being_built(
    trainer: Trainer,
) -> None:
    trainer.write("demo.csv", "question,answer\nWhat -- is > this?,\nb,c\n")
    _, warnings = run_import(trainer, "demo.csv")
    assert 'demo.csv:2:1: warning: "What -- is > this?": the answer is empty' in warnings
    result = trainer.run("check")
    assert result.returncode == 1
    assert "the answer is empty" in result.told
    assert "1 error, 0 warnings" in result.told


def test_what_is_endless_or_nests_without_end_is_read_in_a_moment(trainer: Trainer) -> None:
    start = time.monotonic()
    trainer.write("one.txt", "[" * 40_000 + "\n" + "*a_" * 5_000 + "\n")
    trainer.write("two.txt", "#separator:tab\n#html:true\na\t" + "<div>" * 2500 + "b\n")
    trainer.write("three.csv", "a,b\n" * 1500)
    for name in ("one.txt", "two.txt", "three.csv"):
        run_import(trainer, name)
    text = (trainer.folder / "content/two/two.md").read_text("utf-8")
    assert "Markdown cannot express its deep nesting" in text
    assert "\nb\n" in text
    ids = re.findall("{#(.*)}", (trainer.folder / "content/three/three.md").read_text("utf-8"))
    assert ids == ["a", *(f"a-{number}" for number in range(2, 1501))]
    assert time.monotonic() - start < 10


def test_pictures_and_sounds_of_anki_come_once_their_files_are_there(
    trainer: Trainer, learner: Learner
) -> None:
    text = "#separator:tab\n#html:true\nbread\t<img src='a b.png'>[sound:greeting.mp3]\n"
    trainer.write("demo.txt", text)
    _, warnings = run_import(trainer, "demo.txt")
    assert 'demo.txt:3:1: warning: "bread": its pictures and sounds are not in this' in warnings
    assert 'the file "media/a b.png" is missing' in trainer.run("build").stderr
    for name, source in (("a b.png", "meter.png"), ("greeting.mp3", "greeting.mp3")):
        trainer.write(f"content/demo/media/{name}", (CASES / "media" / source).read_bytes())
    learner.import_package(trainer.build(1_700_000_000))
    assert learner.faults() == []
    back = learner.fields("bread")["Back"]
    assert "<img" in back
    assert "[sound:greeting-" in back
