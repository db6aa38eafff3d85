"""The add-on's file: what is in it, what it is called, and that it needs nothing of ours."""

import ast
import hashlib
import io
import json
import re
import sys
import zipfile

import pytest

from ankibuild.core.addresses import addon_id, addon_name
from ankibuild.core.languages import words_in
from tests.helpers.demo import DAY, EDITED, FIRST, OTHER, START
from tests.helpers.places import ROOT
from tests.helpers.trainer import SETTINGS, Trainer

PAGE = "https://decks.example.org/"
WITH_PAGE = f'{SETTINGS}page = "{PAGE}"\n'
NAME = "decks-example-org-updates.ankiaddon"
SOURCES = sorted((ROOT / "ankibuild/releases/addon").glob("*.py"))


def members(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def publish(trainer: Trainer, settings: str, time: int = START, text: str = FIRST) -> None:
    trainer.write_package(text, settings=settings)
    trainer.release(time, "content/demo")


def addons(trainer: Trainer) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in trainer.folder.glob("dist/*.ankiaddon")}


def test_a_page_has_an_add_on_with_its_address_and_words(trainer: Trainer) -> None:
    publish(trainer, WITH_PAGE)
    (data,) = addons(trainer).values()
    found = members(data)
    assert [*addons(trainer)] == [NAME]
    assert [*found] == [
        *("__init__.py", "deciding.py", "fetching.py", "importing.py"),
        *("manifest.json", "settings.json"),
    ]
    manifest = json.loads(found["manifest.json"])
    assert manifest == {
        "package": addon_id(PAGE),
        "name": "Deck updates (decks.example.org)",
        "homepage": PAGE,
        "conflicts": [],
        "min_point_version": 231000,
    }
    settings = json.loads(found["settings.json"])
    assert settings["page"] == PAGE
    assert settings["words"].items() <= words_in("en").items()


def test_never_change_what_an_add_on_is_called_in_anki() -> None:
    assert addon_id(PAGE) == "decks-example-org-updates-39b6c89a"
    long = addon_name(f"https://{'a' * 300}.example.org/")
    assert len(long) < 80
    for page in (PAGE, "https://a.github.io/decks/", "https://\u00e4.example/", "https://\u05d0/"):
        # Anki makes a folder of it, and Python a module.
        assert re.fullmatch("[a-z0-9-]+-updates-[0-9a-f]{8}|updates-[0-9a-f]{8}", addon_id(page))
    ids = {addon_id(f"https://{host}.example/") for host in ("a-b", "a.b", "\u00e4", "\u00f6")}
    assert len(ids) == 4


def test_the_same_add_on_comes_out_at_every_release_and_on_every_machine(trainer: Trainer) -> None:
    publish(trainer, WITH_PAGE)
    before = addons(trainer)
    publish(trainer, WITH_PAGE, START + DAY, EDITED)
    assert addons(trainer) == before
    with zipfile.ZipFile(io.BytesIO(before[NAME])) as archive:
        for info in archive.infolist():
            assert (info.date_time, info.create_system) == ((1980, 1, 1, 0, 0, 0), 3)
            assert info.compress_type == zipfile.ZIP_STORED
    sums = (trainer.folder / "dist/SHA256SUMS").read_text("utf-8")
    assert f"{hashlib.sha256(before[NAME]).hexdigest()}  {NAME}\n" in sums


def test_packages_of_a_page_share_an_add_on_in_the_language_that_all_speak(
    trainer: Trainer,
) -> None:
    publish(trainer, f'{WITH_PAGE}language = "de"\n')
    (data,) = addons(trainer).values()
    words = json.loads(members(data)["settings.json"])["words"]
    assert words["update"] == words_in("de")["update"]
    trainer.write("content/other/package.toml", f'{OTHER}page = "{PAGE}"\nlanguage = "ar"\n')
    trainer.write("content/other/1.md", "# Other\n\n## A {#a}\n\nB\n")
    trainer.release(START, "content/other")
    (data,) = addons(trainer).values()
    assert json.loads(members(data)["settings.json"])["words"]["update"] == "Update"


@pytest.mark.parametrize("settings", [SETTINGS, SETTINGS + 'page = "http://decks.example.org/"\n'])
def test_a_page_without_https_has_no_add_on(trainer: Trainer, settings: str) -> None:
    publish(trainer, settings)
    assert addons(trainer) == {}
    assert "ankiaddon" not in (trainer.folder / "dist/index.html").read_text("utf-8")


def test_a_page_that_moves_gets_an_add_on_that_replaces_the_former(trainer: Trainer) -> None:
    publish(trainer, WITH_PAGE)
    publish(trainer, WITH_PAGE.replace("decks.", "new."), START + DAY, EDITED)
    data = addons(trainer)["new-example-org-updates.ankiaddon"]
    assert json.loads(members(data)["manifest.json"])["conflicts"] == [addon_id(PAGE)]


def test_the_page_offers_the_add_on(trainer: Trainer) -> None:
    publish(trainer, WITH_PAGE)
    page = (trainer.folder / "dist/index.html").read_text("utf-8")
    link = f'<a href="{PAGE}{NAME}" download><bdi>{NAME}</bdi></a>'
    assert f"<p>On a computer, {link} tells you of each new version" in page


def test_the_words_of_the_add_on_are_those_that_it_says(trainer: Trainer) -> None:
    publish(trainer, WITH_PAGE)
    (data,) = addons(trainer).values()
    words = json.loads(members(data)["settings.json"])["words"]
    code = "".join(path.read_text("utf-8") for path in SOURCES)
    said = {each for each in words if f'"{each}"' in code or f"'{each}'" in code}
    assert words.keys() - said == {"not-this-version", "not-this-deck"}
    keys = re.findall(r"""say\((?:WORDS, |words, )?["']([a-z-]+)|TroubleError\("([a-z-]+)""", code)
    assert {a or b for a, b in keys} <= words.keys()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_the_add_on_uses_only_what_each_anki_has_and_nothing_of_ours(path: object) -> None:
    tree = ast.parse(path.read_text("utf-8"), feature_version=(3, 9))  # type: ignore[attr-defined]
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("here" if node.level else str(node.module))
    used = {name.partition(".")[0] for name in found}
    assert used <= sys.stdlib_module_names | {"anki", "aqt", "here"}
    assert not used & {"os", "subprocess", "socket", "ctypes", "pickle", "importlib", "urllib3"}


def test_the_add_on_is_short_enough_to_be_read() -> None:
    assert sum(len(path.read_text("utf-8").splitlines()) for path in SOURCES) < 600
