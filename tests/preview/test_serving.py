"""``preview``: what is served, to whom, after which edits; the page that needs no tool."""

import json
import re
import shutil
import socket
import struct
import sys

import pytest

from ankibuild.core.installed import how_to_install
from tests.helpers.browser import Preview, data_of, notes_of
from tests.helpers.places import CASES
from tests.helpers.system import posix_only
from tests.helpers.trainer import SETTINGS, Trainer, copy_media
from tests.helpers.vocabulary import TYPE, VOCABULARY, write_vocabulary

pytestmark = pytest.mark.slow

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
        notes = preview.notes()
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


def test_saving_a_file_of_a_note_type_shows_its_cards_anew(trainer: Trainer) -> None:
    write_vocabulary(trainer)
    with Preview.of(trainer) as preview:
        cards = preview.notes()["dog"]["cards"]
        assert [card["name"] for card in cards] == ["Recognise", "Spell"]
        trainer.write(f"{TYPE}/spell-front.html", "<i>{{Translation}}</i>\n")
        preview.wait_until(lambda data: "<i>cow" in str(notes_of(data)["cow"]["cards"]))
        trainer.write(f"{TYPE}/style.css", ".word { color: #123456; }\n")
        preview.wait_until(lambda data: "#123456" in str(data["styles"]))
        toml = VOCABULARY["note-type.toml"].replace(', "Spell"', "")
        trainer.write(f"{TYPE}/note-type.toml", toml)
        preview.wait_until(lambda data: len(notes_of(data)["dog"]["cards"]) == 1)
        trainer.write(f"{TYPE}/recognise-front.html", "{{Wrod}}\n")
        preview.wait_until(lambda data: "Wrod" in str(data["problems"]))
        assert preview.notes()["dog"]["cards"]


def test_a_lone_file_is_watched(trainer: Trainer) -> None:
    trainer.write("deck.md", DECK)
    with Preview.of(trainer, "deck.md") as preview:
        trainer.write("deck.md", DECK.replace("{#first}", "{#last}"))
        preview.wait_until(lambda data: "last" in notes_of(data))


def test_while_a_note_is_broken_its_last_good_cards_stay(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    with Preview.of(trainer) as preview:
        broken = DECK.replace("Two", "Half: {{c1::x").replace("About it.", "New words.\n\nMore.")
        trainer.write("content/demo/1.md", broken.replace("One.", "Uno."))
        data = preview.wait_until(lambda data: notes_of(data)["second"]["state"] == "old")
        notes = notes_of(data)
        # All others are as they are now.
        assert notes["first"]["state"] == "now"
        assert "Uno." in notes["first"]["cards"][0]["back"]
        assert data["packages"][0]["decks"][0]["description"] == "New words. More."
        assert "Two" in notes["second"]["cards"][0]["back"]
        assert notes["first"]["problems"] == []
        (problem,) = notes["second"]["problems"]
        assert problem["place"] == "content/demo/1.md:13:7"
        assert problem["severity"] == "error"
        assert data["problems"] == []
        trainer.write("content/demo/1.md", DECK)
        data = preview.wait_until(lambda data: notes_of(data)["second"]["state"] == "now")
        assert notes_of(data)["second"]["problems"] == []


def test_a_note_that_never_was_good_shows_its_error_and_the_others_their_cards(
    trainer: Trainer,
) -> None:
    trainer.write_package(DECK + "\n## A {#a}\n\n{{c1::x\n", settings="id = 3\n")
    with Preview.of(trainer) as preview:
        assert "is not closed" in preview.said
        data = preview.all_data()
        notes = notes_of(data)
        assert [notes["a"]["state"], notes["a"]["cards"]] == ["none", []]
        assert "is not closed" in notes["a"]["problems"][0]["message"]
        assert "One." in notes["first"]["cards"][0]["back"]
        assert {each["severity"] for each in data["problems"]} == {"error"}
        trainer.write_package(DECK)
        preview.wait_until(lambda data: "a" not in notes_of(data))


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
        data = preview.all_data()
        notes = notes_of(data)
        marks = {name: note["marks"] for name, note in notes.items()}
        assert marks == {"first": ["changed"], "second": ["changed"], "fourth": ["new"]}
        (back,) = notes["first"]["differences"]
        assert back[0] == ["ours", "Back"]
        assert ["new", " more"] in back
        gone, come = notes["second"]["differences"]
        assert ["old", "x"] in gone
        assert ["new", "y"] in come
        assert "retired: third" in data["packages"][0]["changes"]


def test_only_what_a_save_changed_is_sent(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    with Preview.of(trainer) as preview:
        with preview.events() as versions:
            known = next(versions)
            trainer.write("content/demo/1.md", DECK.replace("One.", "Uno."))
            next(versions)
        news = json.loads(preview.get(f"/data?since={known}").body)
        first, second = news["packages"][0]["decks"][0]["notes"]
        assert "Uno." in first["text"]
        assert second == ["content/demo/second", "content/demo/1.md:9"]
        # A page of a version that is not known any longer is sent everything.
        for since in ("/data", "/data?since=", "/data?since=x", f"/data?since={news['version']}x"):
            assert (
                "Two"
                in json.loads(preview.get(since).body)["packages"][0]["decks"][0]["notes"][1][
                    "text"
                ]
            )


def test_cards_are_sent_for_the_note_that_is_asked_for(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    with Preview.of(trainer) as preview:
        assert "cards" not in notes_of(preview.data())["first"]
        details = json.loads(preview.get("/cards?note=content%2Fdemo%2Ffirst").body)
        assert "One." in details["cards"][0]["back"]
        assert details["differences"] == []
        for other in ("gone", "", "content/demo/../first", "%00", "content/demo/first%2B"):
            assert preview.get(f"/cards?note={other}").status == 404, other


@posix_only
def test_a_browser_that_goes_away_is_not_spoken_of(trainer: Trainer) -> None:
    trainer.write_package(DECK + "word " * 100_000)
    with Preview.of(trainer) as preview:
        host = f"Host: 127.0.0.1:{preview.port}\r\n\r\n"
        for said in (
            "",
            "GET",
            "GET / HTTP/1.1\r\nHost",
            *(f"GET {path} HTTP/1.1\r\n{host}" for path in ("/", "/data", "/cards", "/events")),
        ):
            for read in (0, 1):
                client = socket.create_connection(("127.0.0.1", preview.port), timeout=5)
                client.sendall(said.encode())
                if said and read and said.endswith("\r\n\r\n"):
                    client.recv(1)
                # Not closed in order, but reset.
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.close()
        # Who listened for news is met with the next save.
        trainer.write_package(DECK.replace("One.", "Uno."))
        preview.wait_until(lambda data: "Uno." in str(notes_of(data)["first"]))
        code, said = preview.interrupt()
        assert (code, said.strip()) == (0, "")


def test_an_editor_that_is_no_address_is_refused(trainer: Trainer) -> None:
    trainer.write_package(DECK)
    result = trainer.run("preview", "--editor", "javascript:alert(1){path}")
    assert result.returncode == 2
    assert '--editor is "javascript:alert(1){path}": write, for example, vscode' in result.stderr


def test_the_editor_is_named_by_the_environment_too_and_never_in_an_export(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer.write_package(DECK)
    monkeypatch.setenv("ANKIBUILD_EDITOR", "idea://open?file={path}&line={line}")
    with Preview.of(trainer) as preview:
        links = preview.data()["links"]
        assert links["editor"] == "idea://open?file={path}&line={line}"
        assert links["home"] == trainer.folder.as_posix()
    trainer.run("preview", "--export", "page.html")
    page = (trainer.folder / "page.html").read_text("utf-8")
    assert data_of(page)["links"] == {}
    assert str(trainer.folder) not in page


@posix_only
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
        assert result.told == (
            f"127.0.0.1:{preview.port}: this port cannot be used (Address already in use); "
            "choose another with --port; --port 0 takes any free one\n    [unusable-port]\n"
            "1 error: nothing was shown\n"
        )
    assert trainer.run("preview", "--port", "65536").returncode == 2


def test_without_its_library_it_tells_how_to_get_it_and_exports(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer.write_package(DECK)
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    result = trainer.run("preview")
    assert result.returncode == 1
    assert f"install it: {how_to_install('preview')}\n" in result.stderr
    assert trainer.run("preview", "--export", "page.html").returncode == 0


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
        assert preview.notes()["a"]["cards"] == []
        copy_media(PICTURES, trainer.folder)
        preview.wait_until(lambda data: notes_of(data)["a"]["cards"])
