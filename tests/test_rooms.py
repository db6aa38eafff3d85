"""The house: imports run one way, and a heavy library is met in one or two named files."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.helpers.places import ROOT

PACKAGE = ROOT / "ankibuild"

# What each room may import. The public face, the command and its terminal stand above all.
ROOMS = {
    "core": set[str](),
    "dialect": {"core"},
    "anki": {"core"},
    "releases": {"core", "dialect", "anki"},
    "commands": {"core", "dialect", "anki", "releases"},
    "preview": {"core", "dialect", "anki", "releases", "commands"},
    "importers": {"core", "dialect", "anki", "releases", "commands"},
}
ABOVE = {
    "ankibuild",
    "ankibuild.__main__",
    "ankibuild.arguments",
    "ankibuild.cli",
    "ankibuild.terminal",
}
HOMES = {
    "anki": {"anki.collection"},
    "anyascii": {"core.identity"},
    "genanki": {"anki.apkg_writer"},
    "markdown_it": {
        f"dialect.{each}"
        for each in "cloze doubts field_headings html markdown math outline paths pictures".split()
    },
    "mdit_py_plugins": {"dialect.math"},
    "msgspec": {"core.values"},
    "nh3": {"dialect.html", "importers.html"},
    "pygments": {"dialect.highlighting"},
    "yaml": {"dialect.front_matter"},
    "watchfiles": {"preview.serving"},
    "http": {"preview.serving"},
    "click": {"arguments", "cli", "terminal"},
    "tinycss2": {"anki.styling"},
    "py_svg_hush": {"core.media"},
    "filelock": {"commands.busy"},
    "multiprocessing": {"commands.making"},
    "platformdirs": {"commands.renders"},
    "zipfile": {
        "anki.apkg_reader",
        "anki.apkg_writer",
        "importers.archives",
        "importers.sheets",
        "importers.word",
        "releases.packing",
    },
    "python_calamine": {"importers.sheets"},
    "bs4": {"importers.html", "importers.word"},
    "mammoth": {"importers.word"},
    "markdownify": {"importers.html"},
    "sqlite3": {"anki.apkg_writer", "anki.database"},
    "zstandard": {"anki.apkg_reader"},
}


def name_of(path: Path) -> str:
    """Return the full name of a module of ours."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


TESTS = [path.relative_to(ROOT) for path in sorted((ROOT / "tests").rglob("*.py"))]
# A program of its own, which runs in learners' Anki; tests/releases/addon has its tests.
ADDON = PACKAGE / "releases/addon"
MODULES = {
    name_of(path): path for path in sorted(PACKAGE.rglob("*.py")) if ADDON not in path.parents
}


def find_imports(text: str, module: str, *, is_package: bool) -> Iterator[str]:
    """Yield what a module imports, in every form that Python has for it.

    Of ``from x import y`` it is ``x.y``, which may be a module or a name in one.
    """
    home = module.split(".") if is_package else module.split(".")[:-1]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = home[: len(home) + 1 - node.level] if node.level else []
            base = ".".join([*above, *filter(None, (node.module,))])
            yield from (f"{base}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Name | ast.Attribute):
            name = node.id if isinstance(node, ast.Name) else node.attr
            if name in ("import_module", "__import__", "exec", "eval"):
                yield name


@cache
def imports(module: str) -> frozenset[str]:
    path = MODULES[module]
    is_package = path.name == "__init__.py"
    return frozenset(find_imports(path.read_text("utf-8"), module, is_package=is_package))


def used_modules(module: str) -> set[str]:
    """Return the modules of ours that a module imports; "ankibuild" for a name of the face."""
    found = set()
    for name in imports(module):
        if name.split(".")[0] == "ankibuild" and name != "ankibuild.__version__":
            home = name.rpartition(".")[0]
            found.add(name if name in MODULES else home if home in MODULES else "ankibuild")
    return found


def room_of(module: str) -> str:
    return module.split(".")[1]


@pytest.mark.parametrize(
    "line",
    [
        "from ankibuild import cli",
        "from ankibuild.cli import main",
        "import ankibuild.cli",
        "import ankibuild.cli as other",
        "from .. import cli",
        "from ..cli import main",
        "def late():\n    from ankibuild import cli",
    ],
)
def test_every_form_of_import_is_seen(line: str) -> None:
    found = [*find_imports(line, "ankibuild.core.names", is_package=False)]
    assert {name.removesuffix(".main") for name in found} == {"ankibuild.cli"}


def test_every_module_stands_in_a_room() -> None:
    inside = set(MODULES) - ABOVE
    assert {room_of(module) for module in inside} == set(ROOMS)
    assert {module for module in inside if module.count(".") != 2} == {
        f"ankibuild.{room}" for room in ROOMS
    }


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_from_rooms_below_it(room: str) -> None:
    for module in MODULES:
        if module not in ABOVE and room_of(module) == room:
            used = used_modules(module)
            assert not used & ABOVE, module
            assert {room_of(each) for each in used} <= ROOMS[room] | {room}, module


def test_imports_run_one_way_within_the_rooms_too() -> None:
    below = {each: used_modules(each) - {each} for each in MODULES}
    assert set(TopologicalSorter(below).static_order()) == set(MODULES)


def test_only_the_face_imports_by_names_that_no_one_can_follow() -> None:
    dynamic = {"import_module", "importlib.import_module", "__import__", "exec", "eval"}
    assert {module for module in MODULES if imports(module) & dynamic} == {"ankibuild"}


def test_libraries_stay_in_their_rooms() -> None:
    for library, homes in HOMES.items():
        users = {
            module.removeprefix("ankibuild.")
            for module in MODULES
            if library in {name.split(".")[0] for name in imports(module)}
        }
        assert users == homes, library


def test_each_room_and_module_says_what_it_is_for() -> None:
    for module, path in MODULES.items():
        assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), module


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


def test_each_module_has_its_tests_in_a_file_of_its_name() -> None:
    homes = {
        module: ROOT / "tests" / path.relative_to(PACKAGE).with_name(f"test_{path.name}")
        for module, path in MODULES.items()
        if path.stem not in ("__init__", "__main__")
    }
    assert not [module for module, home in homes.items() if not home.exists()]


@pytest.mark.parametrize("path", TESTS, ids=str)
def test_nothing_is_imported_from_a_test_module(path: Path) -> None:
    module = ".".join(path.with_suffix("").parts)
    found = find_imports((ROOT / path).read_text("utf-8"), module, is_package=False)
    parts = {part for name in found for part in name.split(".")}
    assert not {part for part in parts if part.startswith("test_")}
