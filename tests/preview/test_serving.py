"""``preview``: what is served, to whom, after which edits; the page that needs no tool."""

import base64
import re
import shutil
import socket
import sys
import time
from hashlib import sha256

import pytest

import ankibuild
from ankibuild.anki.rendering import render_card
from ankibuild.preview.page import dump_data, make_data
from ankibuild.preview.reviewer import show_side, show_style
from ankibuild.preview.serving import look
from tests.helpers.browser import Preview, data_of, notes_of
from tests.helpers.places import CASES
from tests.helpers.trainer import SETTINGS, Trainer, copy_media

DECK = """\
# Deck

About it.

## First {#first}

One.

## Second {#second .typed hint="think" tags="x"}

Two $a^2$.
"""


def test_a_page_shows_every_card_of_every_package(trainer: Trainer) -> None:
    trainer.write_package(DECK, "# Other\n\n## Third {#third .reversed}\n\n{x}\n")
    with Preview.of(trainer) as preview:
        page = preview.get("/")
        text = page.body.decode()
        assert page.status == 200
        assert page.kind == "text/html; charset=utf-8"
        data = data_of(text)
        assert data == preview.data()
        assert [deck["name"] for deck in data["packages"][0]["decks"]] == [
            "Demo::Deck",
            "Demo::Other",
        ]
        notes = notes_of(data)
        assert [card["name"] for card in notes["third"]["cards"]] == ["Forward", "Reverse"]
        assert notes["second"]["place"] == "content/demo/1.md:9"
        assert "One." in notes["first"]["cards"][0]["back"]
        assert "One." not in notes["first"]["cards"][0]["front"]


def test_only_this_machine_is_answered_and_only_by_its_name(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    with Preview.of(trainer) as preview:
        assert preview.get("/data", Host=f"localhost:{preview.port}").status == 200
        for host in ("evil.example", f"evil.example:{preview.port}", "127.0.0.1.evil.example", ""):
            for path in ("/", "/data", "/events", "/media/x.png"):
                answer = preview.get(path, Host=host)
                assert answer.status == 403, (host, path)
                assert b"First" not in answer.body
        # All of 127.0.0.0/8 leads here, so that a listener on every address would answer.
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", preview.port), timeout=5)


def test_nothing_but_the_page_is_served(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    with Preview.of(trainer) as preview:
        for path in (
            "/content/demo/1.md",
            "/../pyproject.toml",
            "/media/",
            "/media/../1.md",
            "/media/%2e%2e/package.toml",
            "/media//etc/passwd",
            "/%00",
        ):
            assert preview.get(path).status == 404, path


def test_saving_a_source_sends_news(trainer: Trainer) -> None:
    path = trainer.write("content/demo/1.md", DECK)
    trainer.write_package(DECK)
    with Preview.of(trainer) as preview:
        with preview.events() as versions:
            first = next(versions)
            assert first == preview.data()["version"]
            # As many editors save: a new file in the place of the old one.
            new = path.with_name(".1.md.swp")
            new.write_text(DECK.replace("One.", "Uno."), "utf-8")
            new.replace(path)
            assert next(versions) == preview.data()["version"] != first
        assert "Uno." in preview.notes()["first"]["cards"][0]["back"]


def test_a_new_file_and_a_folder_put_in_place_of_another_are_seen(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    folder = trainer.folder / "content/demo"
    with Preview.of(trainer, "content/demo") as preview:
        trainer.write("content/demo/2.md", "# New\n\n## Fresh {#fresh}\n\nX.\n")
        preview.wait_until(lambda data: "fresh" in notes_of(data))
        shutil.copytree(folder, trainer.folder / "elsewhere")
        shutil.rmtree(folder)
        preview.wait_until(lambda data: bool(data["problems"]))
        (trainer.folder / "elsewhere").rename(folder)
        preview.wait_until(lambda data: "fresh" in notes_of(data))
        trainer.write("content/demo/2.md", "# New\n\n## Fresher {#fresher}\n\nX.\n")
        preview.wait_until(lambda data: "fresher" in notes_of(data))


def test_a_lone_file_is_watched(trainer: Trainer) -> None:
    trainer.write("deck.md", DECK)
    with Preview.of(trainer, "deck.md") as preview:
        trainer.write("deck.md", DECK.replace("{#first}", "{#last}"))
        preview.wait_until(lambda data: "last" in notes_of(data))


def test_while_a_source_is_broken_the_last_good_cards_stay(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    with Preview.of(trainer) as preview:
        broken = DECK.replace("Two", "Half: {{c1::x").replace("About it.", "New words.\n\nMore.")
        trainer.write("content/demo/1.md", broken)
        data = preview.wait_until(lambda data: data["packages"][0]["stale"])
        notes = notes_of(data)
        assert "One." in notes["first"]["cards"][0]["back"]
        assert "Two" in notes["second"]["cards"][0]["back"]
        assert notes["first"]["problems"] == []
        (problem,) = notes["second"]["problems"]
        assert problem["place"] == "content/demo/1.md:13:7"
        assert problem["severity"] == "error"
        assert data["problems"] == []
        trainer.write("content/demo/1.md", DECK)
        data = preview.wait_until(lambda data: not data["packages"][0]["stale"])
        assert notes_of(data)["second"]["problems"] == []


def test_a_package_that_never_was_good_shows_its_problems(trainer: Trainer) -> None:
    trainer.write_package("# Deck\n\n## A {#a}\n\n{{c1::x\n", settings="id = 3\n")
    with Preview.of(trainer) as preview:
        assert "is not closed" in preview.said
        data = preview.data()
        assert data["packages"] == []
        assert len(data["problems"]) >= 2
        trainer.write_package(DECK)
        preview.wait_until(lambda data: "first" in notes_of(data))


def test_warnings_stand_beside_their_note_and_others_apart(trainer: Trainer) -> None:
    trainer.write_package(
        "About.\n\n## First\n\nOne.\n\n## Long {#long}\n\n" + "word " * 200 + "\n"
    )
    with Preview.of(trainer) as preview:
        data = preview.data()
        notes = notes_of(data)
        assert [each["severity"] for each in notes["long"]["problems"]] == ["warning"]
        assert "no id of its own" in notes["first"]["problems"][0]["message"]
        assert ["no heading names" in each["message"] for each in data["problems"]] == [True]


def test_what_changed_since_the_release_is_marked(trainer: Trainer) -> None:
    trainer.write_package(DECK, "# Other\n\n## Third {#third}\n\nThree.\n")
    trainer.release(1_700_000_000)
    (trainer.folder / "content/demo/2.md").unlink()
    text = DECK.replace("One.", "One more.").replace('tags="x"', 'tags="y"')
    text += "\n## Fourth {#fourth}\n\nFour.\n"
    trainer.write_package(text, settings=SETTINGS + 'retired = ["third"]\n')
    with Preview.of(trainer) as preview:
        data = preview.data()
        notes = notes_of(data)
        marks = {name: note["marks"] for name, note in notes.items()}
        assert marks == {"first": ["changed"], "second": ["changed"], "fourth": ["new"]}
        (back,) = notes["first"]["differences"]
        assert back["field"] == "Back"
        assert ["new", " more"] in back["words"]
        (tags,) = notes["second"]["differences"]
        assert tags == {"field": "Tags", "words": [["old", "x"], ["new", "y"]]}
        assert "retired: third" in data["packages"][0]["changes"]


def test_ctrl_c_ends_it_quietly(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    with Preview.of(trainer) as preview:
        with preview.events() as versions:
            next(versions)
            code, said = preview.interrupt()
        assert code == 0
        assert said.strip() == ""


def test_a_port_in_use_is_a_problem_with_a_cure(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    with Preview.of(trainer) as preview:
        result = trainer.run("preview", "--port", str(preview.port))
        assert result.returncode == 1
        assert result.stderr == (
            f"127.0.0.1:{preview.port}: this port cannot be used (Address already in use); "
            "take another one with --port, or --port 0 for any that is free\n    [port]\n"
        )
    assert trainer.run("preview", "--port", "65536").returncode == 2


@pytest.mark.parametrize("library", ["watchfiles", "latex2mathml"])
def test_without_its_libraries_it_tells_how_to_get_them(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    trainer.write_package(DECK)
    monkeypatch.setitem(sys.modules, library, None)
    for arguments in (("preview",), ("preview", "--export", "page.html")):
        result = trainer.run(*arguments)
        assert result.returncode == 1
        assert 'pip install "ankibuild[preview]"' in result.stderr
    assert not (trainer.folder / "page.html").exists()


def test_an_export_is_one_file_that_fetches_nothing(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    result = trainer.run("preview", "--export", "out/page.html")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "out/page.html\n"
    page = (trainer.folder / "out/page.html").read_text("utf-8")
    assert not re.search(
        r"<(?:link(?! rel=\"icon\" href=\"data:,\")|img|iframe|base|object)\b", page
    )
    assert not re.search(r"<script[^>]*\bsrc=|@import|url\(", page)
    assert "First" in str(notes_of(data_of(page))["first"])
    assert data_of(page)["live"] is False
    # The one script that may run is the one that stands there.
    (script,) = re.findall("<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in page
    trainer.run("preview", "--export", "again.html")
    assert (trainer.folder / "again.html").read_text("utf-8") == page


def test_an_export_of_something_broken_leaves_the_old_one(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    trainer.run("preview", "--export", "page.html")
    before = (trainer.folder / "page.html").read_bytes()
    trainer.write("content/demo/1.md", DECK + "{{c1::x\n")
    result = trainer.run("preview", "--export", "page.html")
    assert result.returncode == 1
    assert "is not closed" in result.stderr
    assert (trainer.folder / "page.html").read_bytes() == before
    assert trainer.run("preview", "--export", "content").returncode == 2


def test_no_text_ends_the_element_it_stands_in(trainer: Trainer) -> None:
    hostile = "</script><script>alert(1)</script><!--"
    trainer.write_package(
        f"---\ndeck: 'D {hostile}'\n---\n\n# D\n\n## A `{hostile}` {{#a}}\n\n`{hostile}` %DATA%\n",
        settings='id = "demo"\nkey = "0f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e"\n'
        f'title = "T </title> {hostile}"\n',
    )
    result = trainer.run("preview", "--export", "page.html")
    assert result.returncode == 0, result.stderr
    page = (trainer.folder / "page.html").read_text("utf-8")
    assert len(re.findall("<script", page)) == 2
    assert len(re.findall("</script", page)) == 2
    assert len(re.findall("</title", page)) == 1
    assert hostile in notes_of(data_of(page))["a"]["question"]


PICTURES = """\
# Deck

## A {#a}

![A meter](media/meter.png) ![Drawn](media/meter.svg)

![](media/greeting.mp3)
"""


def test_pictures_and_sounds_are_served(trainer: Trainer) -> None:
    trainer.write_package(PICTURES)
    copy_media(PICTURES, trainer.folder / "content/demo")
    with Preview.of(trainer) as preview:
        assert preview.data()["media"] == {}
        back = preview.notes()["a"]["cards"][0]["back"]
        kinds = set()
        for address in re.findall('src="(/media/[^"]*)"', back):
            answer = preview.get(address)
            kinds.add((answer.status, answer.kind))
            stem = re.findall(r"/media/(\w+)-\w+(\.\w+)", address)[0]
            original = (CASES / "media" / "".join(stem)).read_bytes()
            assert answer.body == original or answer.kind == "image/svg+xml"
        assert kinds == {(200, "image/png"), (200, "image/svg+xml"), (200, "audio/mpeg")}
        assert re.search('<audio controls preload="metadata" src="/media/greeting-', back)
        # A picture that is saved anew is news too.
        drawn = trainer.folder / "content/demo/media/meter.svg"
        drawn.write_text(drawn.read_text("utf-8").replace("</svg>", "<path d='M0 0h9'/></svg>"))
        preview.wait_until(lambda data: notes_of(data)["a"]["cards"][0]["back"] != back)


def test_the_media_of_a_lone_file_are_watched(trainer: Trainer) -> None:
    trainer.write("deck.md", PICTURES)
    with Preview.of(trainer, "deck.md") as preview:
        assert preview.data()["packages"] == []
        copy_media(PICTURES, trainer.folder)
        preview.wait_until(lambda data: "a" in notes_of(data))


def test_pictures_and_sounds_come_along_with_an_export(trainer: Trainer) -> None:
    trainer.write_package(PICTURES)
    copy_media(PICTURES, trainer.folder / "content/demo")
    assert trainer.run("preview", "--export", "page.html").returncode == 0
    data = data_of((trainer.folder / "page.html").read_text("utf-8"))
    back = notes_of(data)["a"]["cards"][0]["back"]
    assert set(re.findall('src="/media/([^"]*)"', back)) == set(data["media"])
    starts = sorted(uri.partition(",")[0] for uri in data["media"].values())
    assert starts == [
        f"data:{kind};base64" for kind in ("audio/mpeg", "image/png", "image/svg+xml")
    ]


def test_what_is_not_in_the_package_is_not_fetched(trainer: Trainer) -> None:
    note = ankibuild.load(trainer.write("deck.md", DECK)).notes[0]
    html = "<img src=https://x.org/y.png alt=y> <video src='z.mp4'></video>"
    shown = show_side(html, note, 0, is_back=False)
    assert shown == html.replace(" src=", " data-missing=")


def test_a_style_finds_its_pictures() -> None:
    css = ".card { background: url('_a.png') } b { background: url(https://x.org/b.png) }"
    assert show_style(css, ["_a.png"]) == css.replace("'_a.png'", '"/media/_a.png"')


def test_boxes_hints_and_formulas_need_no_script(trainer: Trainer) -> None:
    path = trainer.write("deck.md", DECK)
    note = ankibuild.load(path).notes[1]
    card = render_card(note, 0, "Deck")
    front = show_side(card.front, note, 0, is_back=False)
    assert "<input type=text id=typeans" in front
    assert 'class=hint style="display: none">think</div>' in front
    assert "onclick" in card.front
    assert "onclick" not in front
    back = show_side(card.back, note, 0, is_back=True)
    assert "<code id=typeans>Two \\(a^2\\).</code>" in back
    assert "<msup><mi>a</mi><mn>2</mn></msup>" in back


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        (r"\(\ce{H2O}\)", r'<span class="formula">\(\ce{H2O}\)</span>'),
        (r"<code>\(a\)</code> x", r"<code>\(a\)</code> x"),
        (r"\(\frac{\)", None),
        (r"\[a &lt; b\]", None),
        ("[sound:gone.mp3]", '<span class="missing">gone.mp3 is missing</span>'),
        ("a<script>alert(1)</script>b<SCRIPT src=x>", "ab"),
        ("[[type:Nothing]]", "Type answer: unknown field Nothing"),
        (
            "[anki:tts lang=en_US]hi[/anki:tts]",
            '<span class="speech">🔊</span><span hidden>hi</span>',
        ),
    ],
)
def test_the_reviewer_shows_it_so(trainer: Trainer, html: str, shown: str | None) -> None:
    note = ankibuild.load(trainer.write("deck.md", DECK)).notes[0]
    result = show_side(html, note, 0, is_back=False)
    if shown is None:
        assert result.startswith(("<math", '<span class="formula">'))
    else:
        assert result == shown


def test_masks_lie_on_their_picture(trainer: Trainer) -> None:
    note = ankibuild.load(trainer.write("deck.md", DECK)).notes[0]
    masks = (
        '<div class="cloze" data-ordinal="1" data-shape="rect" data-left=".25" data-top=".5" '
        'data-width=".1" data-height=".2" ></div>'
        '<div class="cloze-inactive" data-ordinal="2" data-shape="rect" data-left=".5" ></div>'
    )
    html = f'<div>{masks}</div><img><canvas id="image-occlusion-canvas"></canvas>'
    place = "left: 25%; top: 50%; width: 10%; height: 20%;"
    mask = f'<div class="mask cloze-mask rect" style="{place}"></div>'
    laid = f'<div id="image-occlusion-canvas">{mask}</div>'
    assert show_side(html, note, 0, is_back=False).endswith(f"<img>{laid}")


@pytest.mark.parametrize(
    "piece", ["\\(", "<img ", "[sound:", "[[type:", "[anki:tts lang=a]", "{{c1::"]
)
def test_a_flood_on_a_card_ends_in_time(trainer: Trainer, piece: str) -> None:
    note = ankibuild.load(trainer.write("deck.md", DECK)).notes[0]
    started = time.monotonic()
    show_side(piece * 10_000, note, 0, is_back=True)
    assert time.monotonic() - started < 5


def test_a_flood_of_problems_stays_small(trainer: Trainer) -> None:
    path = trainer.write("deck.md", "# D\n\n## Q {#a}\n\n" + "{{c1::" * 5000 + "\n")
    data = make_data(look([path]), is_live=True)
    assert len(dump_data(data)) < 5_000_000
    problem = data["problems"]
    assert isinstance(problem, list)
    last = problem[-1]
    assert last["excerpt"][last["column"] - 1 :].startswith("{{c1::")
