"""The download page: the newest version of each package in a folder, for learners."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from html import escape
from pathlib import Path
from string import Template
from typing import NamedTuple
from uuid import UUID

from ankibuild.core.files import read_own, read_text, shown_size
from ankibuild.core.identity import NOTE_ID
from ankibuild.core.problems import AnkibuildError, Problem, about
from ankibuild.core.values import DecodeError, Struct, convert
from ankibuild.releases.changes import version_numbers, version_order
from ankibuild.releases.edition import day_of
from ankibuild.releases.telling import HEADINGS, Told

PAGE = "index.html"
_MANIFEST = re.compile(rf"{NOTE_ID.pattern}-\d+\.\d+\.\d+\.json")
_END_OF_TIME = 2**32
_LARGEST = 2**40


class Download(Struct, frozen=True, kw_only=True):
    """A version that stands in a folder: ``time`` in seconds since 1970, ``size`` in bytes.

    ``changes`` are what it tells learners; there are none in manifests of old.
    """

    package: str
    title: str
    version: str
    time: int
    size: int
    summary: str
    changes: tuple[Told, ...]


class Manifest(NamedTuple):
    """What the manifest of a release says: its ``time`` in seconds since 1970, a hash, its file."""

    version: str
    time: int
    content: str
    path: Path

    @property
    def lock(self) -> Path:
        """Return where the lock of the release is, which older releases do not have."""
        return self.path.with_suffix(".lock")


def make_page(folder: Path, manifest: Mapping[str, object]) -> str:
    """Return the page of the packages in a folder and of the one whose files are to come.

    The page needs no script and no other file but those it links to.
    """
    coming = _read(manifest)
    found = [each for _, each in _find(folder) if each]
    newest: dict[str, Download] = {}
    for each in sorted(
        [*found, *filter(None, [coming])], key=lambda each: version_order(each.version)
    ):
        newest[each.package] = each
    sections = (_section(each) for _, each in sorted(newest.items()))
    return _template("page").substitute(packages="\n".join(sections))


def check_manifests(folder: Path) -> tuple[Problem, ...]:
    """Return a warning for each manifest whose package the page cannot show."""
    cure = "ankibuild build writes the files of a release again; or remove it"
    message = (
        "this manifest cannot be read, or its package is gone: the download page leaves it out"
    )
    return tuple(
        about(path, "unreadable-manifest", message, cure, "warning")
        for path, found in _find(folder)
        if found is None
    )


def published_versions(folder: Path, key: UUID) -> dict[str, Manifest]:
    """Return the versions of a package whose manifests are in a folder."""
    found: dict[str, Manifest] = {}
    for path in sorted(folder.glob("*.json")):
        if _MANIFEST.fullmatch(path.name):
            with suppress(AnkibuildError, ValueError, RecursionError):
                match json.loads(read_text(path, folder)):
                    case {
                        "key": str(of),
                        "version": str(version),
                        "time": int(time),
                        "content": str(content),
                    } if of == str(key) and version_numbers(version):
                        found[version] = Manifest(version, time, content, path)
    return found


def _find(folder: Path) -> Iterator[tuple[Path, Download | None]]:
    for path in sorted(folder.glob("*.json")):
        if not _MANIFEST.fullmatch(path.name):
            continue
        try:
            found = _read(json.loads(read_text(path, folder)))
        except (AnkibuildError, DecodeError, ValueError, RecursionError):
            found = None
        if found and not (
            path.name == f"{found.package}-{found.version}.json"
            and path.with_suffix(".apkg").is_file()
        ):
            found = None
        yield path, found


def _read(manifest: object) -> Download | None:
    match manifest:
        case {
            "format": 1,
            "package": str(package),
            "title": str(title),
            "version": str(version),
            "time": int(time),
            "size": int(size),
            "summary": str(summary),
            **rest,
        } if (
            NOTE_ID.fullmatch(package)
            and version_numbers(version)
            and 0 < time < _END_OF_TIME
            and 0 <= size < _LARGEST
        ):
            return Download(
                package=package,
                title=title,
                version=version,
                time=time,
                size=size,
                summary=summary,
                changes=convert(rest.get("changes", ()), tuple[Told, ...]),
            )
    return None


def _section(download: Download) -> str:
    values = {
        "file": f"{download.package}-{download.version}",
        "title": download.title,
        "version": download.version,
        "day": day_of(download.time),
        "size": shown_size(download.size),
        "summary": download.summary,
    }
    values = {name: escape(value) for name, value in values.items()}
    return _template("package").substitute(values, changes=_changes(download.changes))


def _changes(told: tuple[Told, ...]) -> str:
    """Return what a version changed as HTML, in lists under their headings; "" for nothing."""
    lines: list[str] = []
    for kind, heading in HEADINGS.items():
        if chosen := [each for each in told if each.kind == kind]:
            lines += [f"<h3>{heading}</h3>", "<ul>", *map(_item, chosen), "</ul>"]
    return "\n".join(
        ["<details>", "<summary>What changed</summary>", *lines, "</details>"] * bool(lines)
    )


def _item(told: Told) -> str:
    details = "".join(
        f"\n<li>{''.join(_words(*part) for part in line)}</li>" for line in told.details
    )
    return f"<li><bdi>{escape(told.name)}</bdi>{f'<ul>{details}</ul>' if details else ''}</li>"


def _words(kind: str, text: str) -> str:
    tag = {"ours": "", "same": "bdi", "old": "del", "new": "ins"}[kind]
    return f"<{tag}>{escape(text)}</{tag}>" if tag else escape(text)


def _template(name: str) -> Template:
    return Template(read_own(__file__, f"templates/{name}.html"))
