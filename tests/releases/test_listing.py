"""The list of the packages in a folder, which programs read."""

import hashlib
import json
from pathlib import Path

import pytest

from tests.helpers.demo import DAY, EDITED, FIRST, OTHER, START, lock_of
from tests.helpers.system import without_privileges
from tests.helpers.trainer import Trainer


def test_never_change_what_the_list_of_packages_says(published: Trainer) -> None:
    published.write("content/other/package.toml", OTHER)
    published.write("content/other/1.md", "# Other\n\n## A {#a}\n\nB\n")
    published.release(START + 1, "content/other")
    published.write_package(EDITED)
    published.release(START + DAY)
    dist = published.folder / "dist"
    text = (dist / "index.json").read_text("utf-8")
    assert text.endswith("}\n")
    listing = json.loads(text)
    other = listing["packages"].pop()
    contents = {each.version: each.content for each in lock_of(published).releases}
    demo = {
        "id": "demo",
        "key": "0f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e",
        "title": "Demo",
        "versions": [
            {
                "version": version,
                "time": time,
                "file": f"demo-{version}.apkg",
                "size": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
                "summary": summary,
                "content": contents[version],
            }
            for version, time, summary in (
                ("1.0.1", START + DAY, "Notes: 1 changed."),
                ("1.0.0", START, "Notes: 4 new."),
            )
            for data in [(dist / f"demo-{version}.apkg").read_bytes()]
        ],
    }
    assert listing == {"format": 1, "packages": [demo]}
    assert (other["id"], [each["version"] for each in other["versions"]]) == ("other", ["1.0.0"])


def test_a_package_that_is_no_longer_there_is_not_in_the_list(published: Trainer) -> None:
    published.write_package(EDITED)
    published.release(START + DAY)
    (published.folder / "dist/demo-1.0.0.apkg").unlink()
    assert published.run("build", "--locked").returncode == 0
    (demo,) = json.loads((published.folder / "dist/index.json").read_text("utf-8"))["packages"]
    assert [each["version"] for each in demo["versions"]] == ["1.0.1"]


def release_after_an_older_tool(published: Trainer) -> Path:
    """Release anew, after a version whose manifest has no sum; return the package of that."""
    path = published.folder / "dist/demo-1.0.0.json"
    manifest = json.loads(path.read_text("utf-8"))
    del manifest["sha256"]
    path.write_text(json.dumps(manifest))
    published.write_package(EDITED)
    published.release(START + DAY)
    return path.with_suffix(".apkg")


def test_the_sum_of_a_package_of_an_older_tool_is_found_out(published: Trainer) -> None:
    path = release_after_an_older_tool(published)
    (demo,) = json.loads((published.folder / "dist/index.json").read_text("utf-8"))["packages"]
    data = path.read_bytes()
    assert demo["versions"][1]["sha256"] == hashlib.sha256(data).hexdigest()


def test_a_version_to_look_at_goes_with_the_next_release(published: Trainer) -> None:
    dist = published.folder / "dist"
    published.write_package(EDITED)
    assert published.run("build").returncode == 0
    published.write("dist/demo-1-1.0.1-dev.apkg", b"of another package")
    assert (dist / "demo-1.0.1-dev.apkg").exists()
    published.release(START + DAY)
    assert not (dist / "demo-1.0.1-dev.apkg").exists()
    assert (dist / "demo-1-1.0.1-dev.apkg").exists()
    published.write_package(FIRST)
    assert published.run("build").returncode == 0
    assert (dist / "demo-1.0.2-dev.apkg").exists()
    published.write_package(EDITED)
    assert published.run("build", "--locked").returncode == 0
    assert not (dist / "demo-1.0.2-dev.apkg").exists()


def test_a_package_of_an_older_tool_that_cannot_be_read_is_named(published: Trainer) -> None:
    path = release_after_an_older_tool(published)
    path.chmod(0)
    result = published.run("build", "--locked", prefix=without_privileges())
    assert result.returncode == 1
    assert "dist/demo-1.0.0.apkg: this file cannot be read (Permission" in result.told
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("name", ["demo-5.0.1-dev.apkg", "feedback.html"])
def test_what_cannot_be_taken_away_stops_no_release(
    published: Trainer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = published.folder / "dist" / name
    folder.mkdir()
    published.write_package(EDITED)
    published.release(START + DAY)
    assert folder.is_dir()
    folder.rmdir()
    folder.write_bytes(b"open in another program")

    unlink = Path.unlink

    def refuse(path: Path, *, missing_ok: bool = False) -> None:
        if path.name == name:
            raise PermissionError(13, "as on Windows")
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    assert published.run("build", "--locked").returncode == 0
    assert folder.exists()
