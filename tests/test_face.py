"""The public face: few names, any path, values that stay as they are, types that hold."""

import inspect
import subprocess
import sys
import typing
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

import ankibuild
from ankibuild.core.values import Struct
from tests.helpers.demo import FIRST, START
from tests.helpers.places import ROOT
from tests.helpers.trainer import SETTINGS, Trainer

PUBLIC = {name: getattr(ankibuild, name) for name in ankibuild.__all__}
FUNCTIONS = {name: each for name, each in PUBLIC.items() if isinstance(each, FunctionType)}
VALUES = {
    name: each
    for name, each in PUBLIC.items()
    if isinstance(each, type) and issubclass(each, Struct)
}


def test_the_names_that_are_listed_are_all_there_is() -> None:
    assert dir(ankibuild) == sorted(ankibuild.__all__)
    assert not any(isinstance(each, ModuleType) for each in PUBLIC.values())
    with pytest.raises(AttributeError, match="module 'ankibuild' has no attribute 'lod'"):
        ankibuild.lod  # type: ignore[attr-defined]  # noqa: B018


def test_all_names_can_be_imported_at_once() -> None:
    names: dict[str, object] = {}
    exec("from ankibuild import *", names)
    assert names.keys() - {"__builtins__"} == set(ankibuild.__all__)


def test_the_library_starts_without_what_it_may_never_need() -> None:
    code = "import sys, ankibuild; dir(ankibuild); print(*(n for n in sys.modules if '.' in n))"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "ankibuild." not in result.stdout


def hints_of(public: object) -> Iterator[object]:
    """Yield every annotation of a function, or of a value with its fields and methods."""
    if isinstance(public, FunctionType):
        yield from typing.get_type_hints(public).values()
    elif isinstance(public, type):
        yield from typing.get_type_hints(public).values()
        for name, each in vars(public).items():
            if isinstance(each, property):
                yield from typing.get_type_hints(each.fget).values()
            elif isinstance(each, FunctionType) and not name.startswith("_"):
                yield from typing.get_type_hints(each).values()
    else:
        yield public


def parts_of(hint: object) -> Iterator[object]:
    """Yield a type and the types in it; names that stand for a choice of words stay whole."""
    yield typing.get_origin(hint) or hint
    if typing.get_origin(hint) is typing.Literal:
        yield hint
        return
    for each in typing.get_args(hint):
        for part in each if isinstance(each, list) else [each]:
            yield from parts_of(part)


@pytest.mark.parametrize("name", sorted(PUBLIC.keys() - {"__version__"}))
def test_every_type_that_can_be_reached_is_public(name: str) -> None:
    for hint in hints_of(PUBLIC[name]):
        for part in parts_of(hint):
            if (
                isinstance(part, type) and part.__module__.startswith("ankibuild")
            ) or typing.get_origin(part) is typing.Literal:
                assert part in PUBLIC.values(), part


@pytest.mark.parametrize("name", VALUES)
def test_a_public_value_is_frozen_through_and_through(name: str) -> None:
    value = VALUES[name]
    assert value.__struct_config__.frozen
    for hint in typing.get_type_hints(value).values():
        assert not {list, set, dict, bytearray} & set(parts_of(hint)), hint


def test_what_a_package_holds_cannot_be_changed(published: Trainer) -> None:
    package = ankibuild.load(published.folder / "content/demo")
    note = package.notes[0]
    locked = package.lock.notes[note.note_id]
    for holder in (package, package.settings, note, note.note_type, package.lock, locked):
        for name in holder.__struct_fields__:
            with pytest.raises(AttributeError):
                setattr(holder, name, getattr(holder, name))
    mappings = (package.media, note.media, note.note_type.roles, locked.fields, locked.media)
    for mapping in (*mappings, package.lock.notes, package.lock.note_types, package.lock.retired):
        with pytest.raises(TypeError):
            mapping["x"] = "y"  # type: ignore[index]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_each_function_tells_what_it_takes_returns_and_raises(name: str) -> None:
    text = inspect.getdoc(FUNCTIONS[name]) or ""
    first, *rest = text.split("\n")
    assert first.endswith("."), first
    assert "Raises AnkibuildError" in text or name in ("check", "compare", "parse")
    if "time" in inspect.signature(FUNCTIONS[name]).parameters:
        assert "in seconds since 1970" in " ".join(rest).replace("\n", " ")


def test_a_path_may_be_a_string_or_a_path_and_one_or_many(trainer: Trainer) -> None:
    trainer.write_package(FIRST)
    folder = trainer.folder / "content/demo"
    for one in (folder, str(folder), folder / "1.md"):
        (package,) = ankibuild.load_all(one)
        assert ankibuild.load(one) == package
        assert ankibuild.check(one) == ()
        assert ankibuild.check([one]) == ankibuild.check(iter((one, one))) == ()
        assert ankibuild.load_all([one]) == (package,)
        assert ankibuild.pin(one) == ankibuild.pin([one]) == ()
    for dist in (trainer.folder / "dist", str(trainer.folder / "dist")):
        assert ankibuild.build(package, dist, time=START).path.parent == Path(dist)
        page = f"{dist}.html"
        assert ankibuild.export_preview(str(folder), page) == ()
        assert ankibuild.export_preview([folder], Path(page)) == ()
        (released,) = ankibuild.release(str(folder), dist, time=START, dry_run=True)
        assert released.version == "1.0.0"
        (released,) = ankibuild.release([folder], dist, time=START, dry_run=True)
    deck = trainer.write("words.csv", "question,answer\na,b\n")
    for file, into in ((deck, trainer.folder / "one"), (str(deck), str(trainer.folder / "two"))):
        assert ankibuild.import_deck(file, into, time=START).paths[0].parent == Path(into)
    assert len(ankibuild.new(str(trainer.folder / "three"))) == 5
    assert ankibuild.check(()) == ()


def test_one_package_is_not_silently_taken_for_several(trainer: Trainer) -> None:
    trainer.write_package(FIRST)
    other = SETTINGS.replace("demo", "other").replace("0f0c", "1f0c")
    trainer.write("content/other/package.toml", other)
    trainer.write("content/other/1.md", FIRST)
    with pytest.raises(ankibuild.AnkibuildError, match="2 packages are here") as caught:
        ankibuild.load(trainer.folder / "content")
    assert str(caught.value).endswith("content/other")
    assert len(ankibuild.load_all(trainer.folder / "content")) == 2


@pytest.mark.slow
def test_a_mistyped_name_is_an_error_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = pytest.importorskip("mypy.api")
    monkeypatch.setenv("MYPYPATH", str(ROOT))
    names = "\n".join(f"ankibuild.{name}" for name in ankibuild.__all__)
    for line, wanted in (
        (names, "Success"),
        ('reveal_type(ankibuild.load("a"))', '"ankibuild.releases.package.Package"'),
        ('ankibuild.lod("a")', 'Module has no attribute "lod"'),
        ("ankibuild.load(1)", "incompatible type"),
        ('ankibuild.parse("").deck = None', "read-only"),
    ):
        path = tmp_path / "snippet.py"
        path.write_text(f"import ankibuild\n\n{line}\n", "utf-8")
        output, _, _ = api.run(
            ["--strict", "--config-file=", "--cache-dir", str(tmp_path / "cache"), str(path)]
        )
        assert wanted in output, output
