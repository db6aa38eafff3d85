"""What a carried note type would run or load is told to the trainer who publishes it."""

from pathlib import PurePath

import pytest

from ankibuild.anki.active import find_active, find_running
from ankibuild.anki.carried import read_note_type
from ankibuild.anki.note_types import FIELDS, make_note_type, own_scripts
from ankibuild.core.notes import Kind
from ankibuild.core.settings import lone_settings
from tests.helpers.note_types import record, with_templates
from tests.helpers.trainer import SETTINGS, Trainer
from tests.helpers.vocabulary import TYPE, write_vocabulary

LATEX = "\\documentclass[12pt]{article}\n\\special{papersize=3in,5in}\n\\usepackage{amsmath}\n"
LATEX += "\\pagestyle{empty}\n\\setlength{\\parindent}{0in}\n\\begin{document}\n"


def side(html: str) -> dict[str, object]:
    return with_templates(f"{{{{F}}}}{html}")


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        (side("<script>one = 1; once=2</script>"), "<script>"),
        (side("<SCRIPT src=//e.org/x.js>"), "//e.org/x.js <script>"),
        (side("<b\nonclick = 'pwn()'>{{B}}</b>"), "onclick"),
        (side("<img alt='>'onerror=pwn()>"), "onerror"),
        (side("<a href='java&#115;cript:pwn()'>"), "javascript:"),
        (side("<!-- <iframe src=x>"), "<iframe>"),
        (side("<style>@import 'x.css'; a { b: url(_own.woff2) }</style>"), "@import"),
        (side("<style>'</style><style>a { b: url(//e.org/x) }</style>"), "//e.org/x"),
        (side("<i style='background:url(//e.org/y)'>"), "//e.org/y"),
        (side("<a href='https://e.org/{{F}}'>look</a>"), "https://e.org/{{F}}"),
        ({"css": "a { b: image-set(var(--u) 1x) }"}, "var()"),
        ({"css": "@font-face { src: url('HTTP://e.org/a') }"}, "HTTP://e.org/a"),
        ({"name": "A<script>"}, "<script>"),
        ({"latexPre": LATEX + "\\write18{rm}"}, "\\write18"),
        ({"latexPost": "^^5cwrite18"}, "^^"),
        ({"latexPre": LATEX, "latexPost": "\\end{document}"}, ""),
        ({"css": "a { b: url(_own.woff2); c: url(data:,x) }"}, ""),
        (side("<hr id=answer><div class='online'>{{hint:B}} < 5</div>"), ""),
        (side("<svg xmlns='http://www.w3.org/2000/svg'>"), "<svg>"),
    ],
)
def test_what_a_carried_note_type_would_run_or_load_is_found(
    changes: dict[str, object], found: str
) -> None:
    assert " ".join(find_active(read_note_type("a", record(changes)))) == found


def test_a_trainer_is_told_what_a_carried_note_type_would_run(trainer: Trainer) -> None:
    trainer.write("content/demo/note-types/n.json", record(side("<script>pwn()</script>")))
    trainer.write_package('# D\n\n## Q {#q guid="x" note-type="n"}\n\nA.\n')
    said = trainer.run("check").told
    assert said.startswith(
        'content/demo/note-types/n.json: warning: the note type "A" runs or loads '
        "something on learners' devices: <script>; look at its card templates and style"
    )
    ignored = f'{SETTINGS}ignore = ["active-note-type", "old-note-type"]\n'
    trainer.write("content/demo/package.toml", ignored)
    assert trainer.run("check", "--strict").returncode == 0


def test_a_trainer_is_told_what_a_note_type_of_ones_own_would_run(trainer: Trainer) -> None:
    write_vocabulary(trainer)
    assert "active-note-type" not in trainer.run("check").told
    write_vocabulary(
        trainer, recall_front="{{Word}}<script>pwn()</script>", style="a { b: url(//e.org/x) }"
    )
    said = trainer.run("check").told
    assert (
        f'{TYPE}/note-type.toml: warning: the note type "demo Vocabulary (ankibuild)" runs or '
        "loads something on learners' devices: //e.org/x, <script>"
    ) in said


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        (side("<script src=https://e.org/x.js></script>"), "<script>"),
        (side("<img onerror=pwn()>"), "onerror"),
        (side("<a href='java&#115;cript:pwn()'>"), "javascript:"),
        (side("<iframe src='//e.org'></iframe>"), "<iframe>"),
        (side("<video src='x.mp4'></video><img src='https://e.org/x.png'>"), ""),
        ({"css": "@font-face { src: url('https://e.org/a.woff2') } @import '//e.org/x';"}, ""),
    ],
)
def test_what_only_loads_does_not_run(changes: dict[str, object], found: str) -> None:
    note_type = read_note_type("own", record(changes))
    assert " ".join(find_running(note_type)) == found


STOCK = """<script>
try {
    anki.imageOcclusion.setup();
} catch (exc) {
    document.getElementById("err").innerHTML = `%s<br><br>${exc}`;
}
</script>"""


def test_the_script_of_ankis_own_note_type_is_ankis_own() -> None:
    for said in ("Error loading image occlusion. Is your Anki version up to date?", "Fehler: nö"):
        note_type = read_note_type("io", record(side(STOCK % said)))
        assert find_active(note_type) == ()
    for said in ("${pwn()}", "`; pwn(); `", "<img onerror=pwn()>"):
        note_type = read_note_type("io", record(side(STOCK % said)))
        assert "<script>" in find_running(note_type)


@pytest.mark.parametrize("kind", FIELDS)
def test_what_our_own_card_templates_run_is_ours(kind: Kind) -> None:
    note_type = make_note_type(kind, lone_settings(PurePath("a.md")), "")
    assert "onclick" in note_type.templates[0].front
    assert find_active(note_type) == ()


def test_nothing_hides_beside_what_is_ours() -> None:
    for script in own_scripts():
        hostile = side(f"<img src=x z{script}onerror=pwn()>")
        assert find_running(read_note_type("own", record(hostile))) == ("onerror",)
