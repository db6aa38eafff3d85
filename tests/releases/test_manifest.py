"""The manifests of releases: which of them the page and the list go by."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ankibuild.releases.manifest import check_manifests, find_publications
from tests.helpers.demo import DAY, EDITED, START
from tests.helpers.trainer import Trainer

Edit = Callable[[dict[str, Any]], object]


def forge(path: Path, edit: Edit) -> None:
    manifest = json.loads(path.read_text("utf-8"))
    edit(manifest)
    path.write_text(json.dumps(manifest), "utf-8")


@pytest.fixture
def dist(published: Trainer) -> Path:
    """Return a folder with demo 1.0.0 and 1.0.1."""
    published.write_package(EDITED)
    published.release(START + DAY)
    return published.folder / "dist"


def versions(dist: Path) -> list[tuple[str, list[str]]]:
    return [
        (newest.version, [each.version for each in earlier])
        for newest, earlier, _ in find_publications(dist)
    ]


def test_an_earlier_manifest_tells_without_its_package(dist: Path) -> None:
    (dist / "demo-1.0.0.apkg").unlink()
    assert versions(dist) == [("1.0.1", ["1.0.0"])]
    (found,) = find_publications(dist)
    assert found.files == {"demo-1.0.1.apkg"}
    assert not check_manifests(dist)


def test_a_manifest_without_a_package_is_not_the_newest(dist: Path) -> None:
    (dist / "demo-1.0.1.apkg").unlink()
    assert versions(dist) == [("1.0.0", [])]
    (problem,) = check_manifests(dist)
    assert problem.path.endswith("demo-1.0.1.json")


def test_an_earlier_package_of_another_key_is_another_one(dist: Path) -> None:
    forge(dist / "demo-1.0.0.json", lambda each: each.update(key=each["key"].replace("0f", "1f")))
    assert versions(dist) == [("1.0.1", [])]
    assert len(check_manifests(dist)) == 1


def test_a_manifest_of_an_older_tool_is_read(dist: Path) -> None:
    known = (
        *("format", "package", "key", "title", "version", "time", "summary", "size", "tool"),
        *("content", "counts", "notes"),
    )
    for path in dist.glob("*.json"):
        if path.name != "index.json":
            forge(path, lambda each: [each.pop(name) for name in each.keys() - {*known}])
    assert versions(dist) == [("1.0.1", ["1.0.0"])]
    assert not check_manifests(dist)


@pytest.mark.parametrize(
    "values",
    [
        {"format": 2},
        {"key": "no key"},
        {"page": "javascript:alert(1)//"},
        {"page": "https://decks.example.org/?to=/"},
        {"page": 'https://decks.example.org/"/'},
        {"sha256": "<b>"},
        {"version": "1.0.0\n"},
        {"time": -1},
        {"notes": [{"id": 7}]},
        {"words": ["hint"]},
        {"releases": [{"version": "<b>", "time": 1}]},
    ],
)
def test_what_no_release_of_ours_has_written_is_left_out(
    dist: Path, values: dict[str, object]
) -> None:
    forge(dist / "demo-1.0.0.json", lambda each: each.update(values))
    assert versions(dist) == [("1.0.1", [])]
    assert len(check_manifests(dist)) == 1
