"""``new`` writes a first package, and never over anything."""

import io
import json
import os
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator
from PIL import Image

from ankibuild.commands.starting import new
from ankibuild.core.identity import provisional_key
from ankibuild.core.languages import words_in
from ankibuild.core.problems import has_errors
from ankibuild.core.rules import OF_TASTE
from ankibuild.core.settings import Settings, read_settings
from tests.helpers.first_media import draw_traffic_light, play_fifth
from tests.helpers.places import ROOT
from tests.helpers.trainer import SETTINGS, Trainer

TEMPLATES = ROOT / "ankibuild/commands/templates"
SCHEMA = TEMPLATES / "vscode/package.schema.json"
STAND_IN = Settings(id="demo", key=provisional_key("demo"), provisional=True)


def test_a_new_package_has_a_fresh_key_and_builds_at_once(trainer: Trainer) -> None:
    for name in ("My Deck", "content/other/"):
        assert trainer.run("new", name).returncode == 0
    text = (trainer.folder / "content/My Deck/package.toml").read_text("utf-8")
    other = (trainer.folder / "content/other/package.toml").read_text("utf-8")
    assert 'id = "my-deck"' in text
    assert 'title = "My Deck"' in text
    keys = {re.findall('key = "(.*)"', each)[0] for each in (text, other)}
    assert len(keys) == 2
    result = trainer.run("build")
    assert result.returncode == 0
    assert result.stderr == ""
    assert "My Deck::First deck: 9 notes, 13 cards" in result.stdout


def test_new_never_overwrites(trainer: Trainer) -> None:
    kept = trainer.write("content/demo/notes.txt", "mine")
    result = trainer.run("new", "demo")
    assert result.returncode == 1
    assert "something is already here" in result.stderr
    assert [path.name for path in kept.parent.iterdir()] == ["notes.txt"]


def test_new_needs_a_name_that_makes_an_id(trainer: Trainer) -> None:
    result = trainer.run("new", "¿?")
    assert result.returncode == 1
    assert 'no id can be made from "¿?"' in result.stderr
    assert not (trainer.folder / "content").exists()


def test_a_new_package_tells_git_how_its_locks_are_merged(trainer: Trainer) -> None:
    trainer.git("init", "-q")
    assert trainer.run("new", "demo").returncode == 0
    text = (trainer.folder / "content/demo/.gitattributes").read_text("utf-8")
    assert text == "package.lock merge=ankibuild\n"
    driver = trainer.git("config", "merge.ankibuild.driver").stdout
    assert driver == "ankibuild merge-lock --driver %A %B %P\n"
    asked = trainer.git("check-attr", "merge", "content/demo/package.lock").stdout
    assert asked.endswith("merge: ankibuild\n")


def test_git_keeps_the_lock_of_a_new_package_and_leaves_out_drafts(trainer: Trainer) -> None:
    trainer.git("init", "-q")
    excludes = trainer.write("excludes", "*.lock\n")
    trainer.git("config", "core.excludesFile", str(excludes))
    assert ".gitignore written" in trainer.run("new", "demo").stdout
    trainer.write("content/demo/package.lock", "")
    trainer.write("dist/demo-0.1.0-dev.apkg", "")
    trainer.write("dist/demo-1.0.0.apkg", "")
    trainer.git("add", ".")
    kept = trainer.git("ls-files").stdout.split()
    assert "content/demo/package.lock" in kept
    assert "dist/demo-1.0.0.apkg" in kept
    assert "dist/demo-0.1.0-dev.apkg" not in kept


def test_a_list_of_what_git_leaves_out_stays_as_it_is(trainer: Trainer) -> None:
    mine = trainer.write(".gitignore", "mine\n")
    assert ".gitignore" not in trainer.run("new", "demo").stdout
    assert mine.read_text("utf-8") == "mine\n"


def test_a_new_package_elsewhere_writes_nothing_beside_its_folder(tmp_path: Path) -> None:
    new(tmp_path / "decks/demo")
    assert [path.name for path in (tmp_path / "decks").iterdir()] == ["demo"]


def test_git_is_not_needed_for_a_new_package(trainer: Trainer, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = trainer.run("new", "demo", PATH=str(tmp_path / "empty"))
    assert result.returncode == 0, result.stderr
    assert json.loads(trainer.run("check", "--format", "json").stdout)["problems"] == []


def test_a_new_package_says_what_to_do_next_in_commands_that_run(trainer: Trainer) -> None:
    for name in ("demo", "My Deck"):
        told = trainer.run("new", name).stdout.partition("next:\n")[2]
        commands = re.findall(r": ankibuild (.*)$", told, re.MULTILINE)
        assert [command.split()[0] for command in commands] == ["preview", "check", "release"]
        preview, *others = map(shlex.split, commands)
        preview = [word for word in preview if word != "--open"]
        for command in ([*preview, "--export", "page.html"], *others):
            result = trainer.run(*command)
            assert result.returncode == 0, result.stderr
        deck = re.findall("write cards in (.*)", told)
        assert (trainer.folder / deck[0].strip('"')).is_file()


def test_the_picture_and_the_sound_of_a_new_package_are_our_own() -> None:
    """Write them with ANKIBUILD_REWRITE=1 in the environment."""
    picture, sound = TEMPLATES / "media/traffic-light.png", TEMPLATES / "media/fifth.wav"
    if os.environ.get("ANKIBUILD_REWRITE"):
        picture.write_bytes(draw_traffic_light())
        sound.write_bytes(play_fifth())
    # How a picture is packed is for zlib's version to say.
    kept, drawn = (
        Image.open(io.BytesIO(data)) for data in (picture.read_bytes(), draw_traffic_light())
    )
    assert (kept.size, kept.tobytes()) == (drawn.size, drawn.tobytes())
    assert sound.read_bytes() == play_fifth()


def test_the_masks_of_a_new_package_cover_the_lights() -> None:
    text = (TEMPLATES / "first-deck.md").read_text("utf-8")
    picture = Image.open(TEMPLATES / "media/traffic-light.png").convert("RGB")
    box = picture.getpixel((0, 0))
    covered = 0
    for line in re.findall(r"^\w+: (\d+, \d+, \d+, \d+)$", text, re.MULTILINE):
        left, top, width, height = map(int, line.split(", "))
        area = (left, top, left + width, top + height)
        sides = (picture.width, picture.height) * 2
        corners = [part * side // 100 for part, side in zip(area, sides, strict=True)]
        picture.paste((0, 0, 0), (corners[0], corners[1], corners[2], corners[3]))
        covered += 1
    assert covered == 3
    assert {colour for _, colour in picture.getcolors() or ()} == {(0, 0, 0), box}


def read_editor(trainer: Trainer, name: str) -> Any:
    return json.loads((trainer.folder / ".vscode" / name).read_text("utf-8"))


def test_the_editor_finds_in_the_output_of_its_task_what_check_finds(trainer: Trainer) -> None:
    trainer.run("new", "demo")
    trainer.write("content/demo/a b/1.md", "# A: 100 %, and more\n\n## B, C: d\n\n## E\n\nF\n")
    trainer.write("content/demo/2.txt", "not read")
    for number in range(5):
        trainer.write(f"content/demo/more-{number}.md", "# M\n\n## A {#Bad}\n\nB\n")
    (task,) = read_editor(trainer, "tasks.json")["tasks"]
    result = trainer.run(*task["args"])
    found = []
    for line in (result.stdout + result.stderr).splitlines():
        for matcher in task["problemMatcher"]:
            pattern = matcher["pattern"]
            if match := re.search(pattern["regexp"], line):
                place = (pattern.get(name) for name in ("line", "column"))
                found.append(
                    (
                        match[pattern["file"]],
                        *(int(match[group]) if group else 0 for group in place),
                        match[pattern["severity"]],
                        match[pattern["code"]],
                    )
                )
    problems = json.loads(trainer.run("check", "--format", "json").stdout)["problems"]
    names = ("path", "line", "column", "severity", "rule")
    assert found == [tuple(each[name] for name in names) for each in problems]
    assert {each[1] > 0 for each in found} == {True, False}
    assert {each[3] for each in found} == {"error", "warning"}
    assert len(found) > 8


def test_the_snippets_of_the_editor_make_notes(trainer: Trainer) -> None:
    trainer.run("new", "demo")
    (trainer.folder / "content/demo/first-deck.md").unlink()
    (trainer.folder / "content/demo/media/fifth.wav").unlink()
    picture = trainer.folder / "content/demo/media/traffic-light.png"
    picture.rename(picture.with_name("picture.png"))
    snippets = read_editor(trainer, "ankibuild.code-snippets")
    bodies = ["\n".join(each["body"]) for each in snippets.values()]
    text = re.sub(r"\$\{\d:([^}]*)\}|\$0", r"\1", "\n".join(bodies))
    assert "$" not in text
    trainer.write("content/demo/1.md", f"# Deck\n\n{text}")
    assert trainer.run("pin").returncode == 0
    assert trainer.run("check", "--strict").told.startswith("0 errors, 0 warnings")
    assert "Deck: 3 notes, 4 cards" in trainer.run("build").stdout
    assert len({each["prefix"] for each in snippets.values()}) == 3


def test_what_an_editor_has_of_ones_own_stays_as_it_is(trainer: Trainer) -> None:
    mine = trainer.write(".vscode/settings.json", "{}\n")
    assert ".vscode" not in trainer.run("new", "demo").stdout
    assert [*mine.parent.iterdir()] == [mine]
    text = (trainer.folder / "content/demo/package.toml").read_text("utf-8")
    assert "#:schema" not in text


@pytest.mark.parametrize("name", ["demo", "content/demo", "in/demo"])
def test_a_new_package_leads_to_the_schema_of_its_settings(trainer: Trainer, name: str) -> None:
    for package in (name, f"{name}-2"):
        told = trainer.run("new", package).stdout
        (path,) = re.findall("^(.*package.toml) written$", told, re.MULTILINE)
        settings = trainer.folder / path
        line = settings.read_text("utf-8").splitlines()[0]
        schema = settings.parent / line.removeprefix("#:schema ")
        assert schema.read_bytes() == SCHEMA.read_bytes()
        assert schema.resolve() == (trainer.folder / ".vscode" / SCHEMA.name).resolve()


def test_the_schema_names_all_settings_words_and_rules() -> None:
    """Write the words and the rules with ANKIBUILD_REWRITE=1 in the environment."""
    schema = json.loads(SCHEMA.read_text("utf-8"))
    known = {name.replace("_", "-") for name in Settings.__struct_fields__} - {"provisional"}
    settings = schema["properties"]
    assert settings.keys() == known
    assert all(each["description"] for each in settings.values())
    words = {
        key: {"description": text, "type": "string", "pattern": r"\S"}
        for key, text in words_in("en").items()
    }
    expected = schema | {
        "properties": settings
        | {
            "ignore": settings["ignore"] | {"items": {"enum": sorted(OF_TASTE)}},
            "words": settings["words"] | {"properties": words},
        }
    }
    if os.environ.get("ANKIBUILD_REWRITE"):
        text = json.dumps(expected, indent=2, ensure_ascii=False)
        SCHEMA.write_text(f"{text}\n", "utf-8", newline="\n")
    assert json.loads(SCHEMA.read_text("utf-8")) == expected
    Draft4Validator.check_schema(expected)


VALUES: tuple[Any, ...] = (
    *("", " ", "x", "X Y", "en", "es-MX", "a, b", "me@example.org", "me@", "CC BY 4.0", "a::b"),
    *(
        "https://example.org",
        "https://example.org/?a={note}",
        "0f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e",
    ),
    *("0F0C6A52-7B0E-4A6C-9D3E-5D1F2B3C4D5E", "{0f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e}", "-a"),
    *(1, 1.5, True, [], ["x"], ["x", "y-z"], [""], ["x", 1], [["x"]], ["a b"], ["long-answer"]),
    *(
        {},
        {"hint": "Tipp"},
        {"hint": ""},
        {"hint": 1},
        {"himt": "Tipp"},
        {"list": "{before}, {next}"},
    ),
)


@pytest.mark.parametrize("key", [*json.loads(SCHEMA.read_text("utf-8"))["properties"], "idd"])
def test_the_schema_and_the_reader_agree_on_a_setting(key: str) -> None:
    validator = Draft4Validator(json.loads(SCHEMA.read_text("utf-8")))
    told = set()
    for value in (*VALUES, None):
        table = tomllib.loads(SETTINGS)
        if value is None:
            table.pop(key, None)
        else:
            table[key] = value
        text = "".join(f"{name} = {to_toml(each)}\n" for name, each in table.items())
        _, problems = read_settings("package.toml", text, STAND_IN)
        is_valid = validator.is_valid(table)
        assert is_valid != has_errors(problems), (value, problems)
        told.add(is_valid)
    assert told == {True, False}


def to_toml(value: object) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key} = {to_toml(each)}' for key, each in value.items())}}}"
    return json.dumps(value)


def test_the_schema_passes_what_new_offers() -> None:
    text = (TEMPLATES / "package.toml").read_text("utf-8")
    offered = re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE)
    values = {"%ID%": "demo", "%KEY%": str(provisional_key("demo")), "%TITLE%": '"Demo"'}
    for word, value in values.items():
        offered = offered.replace(word, value)
    table = tomllib.loads(offered)
    assert len(table) > 10
    assert [*Draft4Validator(json.loads(SCHEMA.read_text("utf-8"))).iter_errors(table)] == []
