"""The house: imports run one way, and a heavy library is met in one named file."""

import ast
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "ankibuild"

# Each room may import only from rooms before it.
ROOMS = """
values errors model files busy history
identity tags cards note_types carried config media flat_yaml front_matter
attributes cloze markdown fields outline source occlusion styling notes lock checks words moves
changes branches merging reader edition package downloads artifacts writer releasing
report pinning starter collection rehearsal
importers.cards importers.html importers.naming importers.anki_messages importers.anki_archive
importers.anki_collection importers.adopting importers.passages importers.reading importers.text
importers.table importers.word importers.headings importers.writing importers.importing
rendering reviewer page serving cli
""".split()
HOMES = {
    "anki": {"collection"},
    "genanki": {"package"},
    "markdown_it": {"cloze", "markdown", "outline"},
    "mdit_py_plugins": {"markdown"},
    "msgspec": {"values"},
    "nh3": {"markdown", "importers.html"},
    "pygments": {"markdown"},
    "yaml": {"flat_yaml"},
    "latex2mathml": {"reviewer"},
    "watchfiles": {"serving"},
    "http": {"serving"},
    "click": {"cli"},
    "tinycss2": {"styling"},
    "py_svg_hush": {"media"},
    "filelock": {"busy"},
    "zipfile": {"package", "importers.anki_archive", "importers.word"},
    "bs4": {"importers.html", "importers.word"},
    "mammoth": {"importers.word"},
    "markdownify": {"importers.html"},
    "sqlite3": {"package", "importers.anki_collection"},
    "zstandard": {"importers.anki_archive"},
}


@cache
def imports(module: str) -> set[str]:
    """Return the modules that a room imports, anywhere in it."""
    found = set()
    for node in ast.walk(
        ast.parse((PACKAGE / f"{module.replace('.', '/')}.py").read_text("utf-8"))
    ):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
    return found


def test_every_room_is_named() -> None:
    rooms = {path.relative_to(PACKAGE) for path in PACKAGE.rglob("[!_]*.py")}
    assert {".".join(room.with_suffix("").parts) for room in rooms} == set(ROOMS)


def test_imports_run_one_way() -> None:
    for place, room in enumerate(ROOMS):
        for name in imports(room):
            home, _, used = name.partition(".")
            if home == "ankibuild" and used:
                assert used in ROOMS[:place], f"{room} imports {used}"


def test_libraries_stay_in_their_rooms() -> None:
    for library, homes in HOMES.items():
        users = {room for room in ROOMS if library in {n.split(".")[0] for n in imports(room)}}
        assert users == homes, library


def test_the_help_loads_no_library_but_click() -> None:
    code = (
        "import sys; from ankibuild.cli import main; "
        "main(['--help'], standalone_mode=False); "
        "print(sorted({'genanki', 'markdown_it', 'msgspec', 'yaml'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.splitlines()[-1] == "[]"


def purpose(room: str) -> str:
    """Return the first line of a room's docstring, without its full stop."""
    text = (PACKAGE / f"{room.replace('.', '/')}.py").read_text("utf-8")
    return (ast.get_docstring(ast.parse(text)) or "").split("\n")[0].rstrip(".")


def test_each_room_has_one_purpose() -> None:
    assert [room for room in ROOMS if not purpose(room) or " and " in purpose(room)] == []


def test_the_page_of_the_house_names_each_room_and_what_it_uses() -> None:
    lines = ["| room | what it is for | uses |", "|---|---|---|"]
    for room in ROOMS:
        names = {name.removeprefix("ankibuild.") for name in imports(room)}
        used = ", ".join(f"`{each}`" for each in ROOMS if each in names)
        lines.append(f"| `{room}` | {purpose(room)} | {used} |")
    page = PACKAGE.parent / "docs/house.md"
    start, end = "<!-- table -->\n", "<!-- end of table -->"
    before, _, rest = page.read_text("utf-8").partition(start)
    after = rest.partition(end)[2]
    text = f"{before}{start}{chr(10).join(lines)}\n{end}{after}"
    if os.environ.get("ANKIBUILD_REWRITE"):
        page.write_text(text, "utf-8")
    assert page.read_text("utf-8") == text


def test_the_road_never_enters_a_side_room() -> None:
    side = ROOMS[ROOMS.index("report") :]
    for room in ROOMS[: ROOMS.index("report")]:
        assert not {name.removeprefix("ankibuild.") for name in imports(room)} & set(side)
