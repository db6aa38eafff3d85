"""Show packages in a browser on this machine, anew whenever their sources are saved."""

import os
import socketserver
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from ankibuild.core.files import MEDIA, AnyPath, as_paths, find_folders, find_packages, write_file
from ankibuild.core.installed import how_to_install
from ankibuild.core.media import media_type
from ankibuild.core.problems import AnkibuildError, Problem, about, has_errors, shown
from ankibuild.preview.formulas import formula_kit
from ankibuild.preview.page import (
    Data,
    data_uris,
    dump_data,
    leave_out_known,
    make_data,
    make_page,
    show_details,
)
from ankibuild.preview.reviewer import MEDIA_FOLDER
from ankibuild.preview.view import Place, View, find_notes, read_view

_ADDRESS = "127.0.0.1"
_HEARTBEAT = 15.0
_LOOK_AGAIN = 1000
_QUIET = 20
"""Milliseconds in which nothing else is written; an editor writes a file in several steps."""

_VERSIONS = 3
"""How many saves a page may miss before it is sent everything."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# An SVG that is opened by itself runs nothing either.
_MEDIA_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"
}


def export_preview(paths: AnyPath | Iterable[AnyPath], target: AnyPath) -> tuple[Problem, ...]:
    """Write one HTML file with all cards of the packages at or right below one path or many.

    The page needs no other file. Return the warnings.
    Raises AnkibuildError when something is wrong with a package, or when the file cannot be
    written; what stood there then stands unharmed.
    """
    target = Path(target)
    view = read_view(as_paths(paths))
    if has_errors(view.problems):
        raise AnkibuildError(view.problems)
    write_file(target, make_page(make_data(view, is_live=False)).encode())
    return view.problems


def serve(
    paths: Sequence[Path],
    *,
    port: int,
    editor: str,
    ready: Callable[[str, tuple[Problem, ...]], None],
) -> None:
    """Show the packages until Ctrl-C; ``ready`` is told the address and what is wrong at first.

    ``editor`` is the address that opens a place of a file, with {path}, {line} and {column} in it.

    A port of 0 takes a free one. Raises AnkibuildError when the port is taken, or when the
    preview's libraries are missing.
    """
    _see_that_libraries_are_here(paths[0])
    links = {"editor": editor, "home": shown(Path.cwd())}
    site = _Site(paths, links)
    with _listen(site, port) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with suppress(KeyboardInterrupt):
            ready(f"http://{_ADDRESS}:{server.server_address[1]}/", site.now.view.problems)
            _watch(site)
        server.shutdown()


def _see_that_libraries_are_here(place: Path) -> None:
    """Raise AnkibuildError when the libraries of the preview are not installed."""
    if not find_spec("watchfiles"):
        message = "a preview needs one more library"
        cure = f"install it: {how_to_install('preview')}"
        raise AnkibuildError((about(place, "missing-library", message, cure),))


class _State(NamedTuple):
    """What is shown at a moment; ``places`` are all notes by their keys."""

    view: View
    data: Data
    places: Mapping[str, Place]


class _Site:
    """What is shown now; whoever waits for news is woken."""

    def __init__(self, paths: Sequence[Path], links: Mapping[str, str]) -> None:
        self.paths = tuple(paths)
        self.links = links
        self.news = threading.Condition()
        # What pages may have of earlier versions, oldest first.
        self._sent: dict[str, dict[str, Data]] = {}
        self.now = self._look(None)

    @property
    def version(self) -> str:
        return str(self.now.data["version"])

    def look_again(self) -> None:
        state = self._look(self.now.view)
        with self.news:
            self.now = state
            self.news.notify_all()

    def _look(self, before: View | None) -> _State:
        view = read_view(self.paths, before)
        data = make_data(view, is_live=True, links=self.links)
        decks = (deck for package in data["packages"] for deck in package["decks"])
        notes = {note["key"]: note for deck in decks for note in deck["notes"]}
        kept = [*self._sent.items()][-_VERSIONS:]
        self._sent = {**dict(kept), str(data["version"]): notes}
        return _State(view, data, find_notes(view))

    def data_since(self, version: str) -> Data:
        """Return what is shown, without the notes that a page of an earlier version has."""
        return leave_out_known(self.now.data, self._sent.get(version, {}))

    def details_of(self, key: str | None) -> Data | None:
        """Return the cards of a note, or of all by their keys; None for one that is not there."""
        places = self.now.places
        if key is None:
            return {each: show_details(place) for each, place in places.items()}
        return show_details(places[key]) if key in places else None

    def wait_for_news(self, known: str) -> str:
        """Return another version than the known one, or that one when there is none for long."""
        with self.news:
            self.news.wait_for(lambda: self.version != known, _HEARTBEAT)
            return self.version


def _watch(site: _Site) -> None:
    from watchfiles import watch

    while True:
        # A folder that another branch of Git puts in place of this one is another folder.
        watched = _watched_folders(site.paths)
        if not watched:
            time.sleep(_LOOK_AGAIN / 1000)
            continue
        is_first = True
        for changes in watch(
            *watched,
            watch_filter=lambda _, path: not _is_hidden(Path(path)),
            step=_QUIET,
            rust_timeout=_LOOK_AGAIN,
            yield_on_timeout=True,
            recursive=False,  # else it would follow links, to the whole disk
        ):
            # Something may have been saved before the watch began.
            if changes or is_first:
                site.look_again()
            if _watched_folders(site.paths) != watched:
                break
            is_first = False


def _is_hidden(path: Path) -> bool:
    return path.name.startswith(".") or ".git" in path.parts


def _watched_folders(paths: Sequence[Path]) -> dict[Path, tuple[int, int]]:
    """Return the folders that hold sources, each with what tells it from another of its name."""
    found: dict[Path, tuple[int, int]] = {}
    for path in {*paths, *find_packages(paths)[0]}:
        # An editor that saves may put a new file in a file's place: folders are watched.
        is_file = path.is_file()
        folders = [path.parent, path.parent / MEDIA] if is_file else find_folders(path)
        for folder in folders:
            with suppress(OSError):
                state = folder.stat()
                if not (is_file and folder.is_symlink()):
                    found[folder] = state.st_dev, state.st_ino
    return dict(sorted(found.items()))


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    # On Windows the option would let two servers have one port.
    allow_reuse_address = os.name == "posix"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a browser that went away."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _listen(site: _Site, port: int) -> _Server:
    class Handler(_Handler):
        shown = site

    try:
        return _Server((_ADDRESS, port), Handler)
    except OSError as error:
        message = f"this port cannot be used ({error.strerror})"
        cure = "choose another with --port; --port 0 takes any free one"
    raise AnkibuildError((about(f"{_ADDRESS}:{port}", "unusable-port", message, cure),))


class _Handler(BaseHTTPRequestHandler):
    shown: _Site
    protocol_version = "HTTP/1.1"
    # Else a body waits until its head is acknowledged, which takes 40 milliseconds.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        with suppress(ConnectionError):
            self._answer()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Say nothing: the trainer's terminal is for problems."""

    def _answer(self) -> None:
        path, query = self._asked()
        media = self.shown.now.view.media
        if not self._is_asked_by_name():
            # Another site's name may have been made to lead here (DNS rebinding).
            self._send(HTTPStatus.FORBIDDEN, "text/plain", b"Open this by the address shown.\n")
        elif path == "/":
            self._send(HTTPStatus.OK, "text/html", make_page(self.shown.now.data).encode())
        elif path == "/data":
            self._send_json(self.shown.data_since(query.get("since", "")))
        elif path == "/cards" and (details := self.shown.details_of(query.get("note"))) is not None:
            self._send_json(details)
        elif path == "/formulas":
            self._send(HTTPStatus.OK, "application/json", formula_kit().encode())
        elif path == "/pictures":
            self._send_json(data_uris(media))
        elif path == "/events":
            self._send_news()
        elif path.startswith(MEDIA_FOLDER) and self._media_name(path) in media:
            name = self._media_name(path)
            self._send(HTTPStatus.OK, media_type(name), media[name], _MEDIA_HEADERS)
        else:
            self._send(HTTPStatus.NOT_FOUND, "text/plain", b"Not found.\n")

    def _asked(self) -> tuple[str, dict[str, str]]:
        try:
            address = urlsplit(self.path)
            return address.path, dict(parse_qsl(address.query, keep_blank_values=True))
        except ValueError:
            return "", {}

    def _is_asked_by_name(self) -> bool:
        port = self.server.server_address[1]  # type: ignore[index]
        return self.headers.get("Host", "").removesuffix(f":{port}") in (_ADDRESS, "localhost")

    @staticmethod
    def _media_name(path: str) -> str:
        return unquote(path.removeprefix(MEDIA_FOLDER))

    def _send(
        self, status: HTTPStatus, kind: str, body: bytes, more: Mapping[str, str] | None = None
    ) -> None:
        self.send_response(status)
        text = kind.startswith("text/") or kind == "application/json"
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if text else kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (_HEADERS | dict(more or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _send_json(self, data: Data) -> None:
        self._send(HTTPStatus.OK, "application/json", dump_data(data).encode())

    def _send_news(self) -> None:
        """Send each new version, as https://html.spec.whatwg.org/#server-sent-events says."""
        self.close_connection = True
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/event-stream")
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        version = ""
        while True:
            news = self.shown.wait_for_news(version)
            self.wfile.write(f"data: {news}\n\n".encode() if news != version else b": \n\n")
            self.wfile.flush()
            version = news
