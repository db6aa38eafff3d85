"""Show packages in a browser on this machine, anew whenever their sources are saved."""

import os
import socketserver
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ankibuild.commands.loading import read_all, read_sources
from ankibuild.core.files import MEDIA, AnyPath, as_paths, find_folders, find_packages, write_file
from ankibuild.core.installed import how_to_install
from ankibuild.core.media import media_type
from ankibuild.core.problems import AnkibuildError, Problem, about, has_errors
from ankibuild.preview.page import View, dump_data, make_data, make_page
from ankibuild.preview.reviewer import MEDIA_FOLDER

"""What brings the libraries of the preview."""

_ADDRESS = "127.0.0.1"
_HEARTBEAT = 15.0
_LOOK_AGAIN = 1000
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
    Raises AnkibuildError when something is wrong with a package, when the preview's libraries are
    missing, or when the file cannot be written; what stood there then stands unharmed.
    """
    target = Path(target)
    _see_that_libraries_are_here(target)
    view = read_view(as_paths(paths))
    if has_errors(view.problems):
        raise AnkibuildError(view.problems)
    write_file(target, make_page(make_data(view, is_live=False)).encode())
    return view.problems


def read_view(paths: Iterable[Path], before: View | None = None) -> View:
    """Return what there is to see now; of a package with errors, its last good cards."""
    paths = tuple(paths)
    packages, problems = read_all(paths)
    folders = find_packages(paths)[0]
    good = {package.folder: package for package in packages}
    last = {package.folder: package for package in before.packages} if before else {}
    shown = {folder: good.get(folder) or last.get(folder) for folder in folders}
    sources = [read_sources(folder) for folder in folders] if problems else []
    return View(
        packages=tuple(package for package in shown.values() if package),
        stale=frozenset(folder for folder in shown if folder not in good),
        decks=tuple(deck for source in sources for deck in source.decks),
        problems=problems,
    )


def serve(
    paths: Sequence[Path], *, port: int, ready: Callable[[str, tuple[Problem, ...]], None]
) -> None:
    """Show the packages until Ctrl-C; ``ready`` is told the address and what is wrong at first.

    A port of 0 takes a free one. Raises AnkibuildError when the port is taken, or when the
    preview's libraries are missing.
    """
    _see_that_libraries_are_here(paths[0])
    site = _Site(paths)
    with _listen(site, port) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with suppress(KeyboardInterrupt):
            ready(f"http://{_ADDRESS}:{server.server_address[1]}/", site.view.problems)
            _watch(site)
        server.shutdown()


def _see_that_libraries_are_here(place: Path) -> None:
    """Raise AnkibuildError when the libraries of the preview are not installed."""
    if not all(find_spec(name) for name in ("latex2mathml", "watchfiles")):
        message = "a preview needs more libraries"
        cure = f"install them: {how_to_install('preview')}"
        raise AnkibuildError((about(place, "missing-library", message, cure),))


class _Site:
    """What is shown now; whoever waits for news is woken."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.paths = tuple(paths)
        self.news = threading.Condition()
        self.view = read_view(self.paths)
        self.data = make_data(self.view, is_live=True)

    @property
    def version(self) -> str:
        return str(self.data["version"])

    def look_again(self) -> None:
        view = read_view(self.paths, self.view)
        data = make_data(view, is_live=True)
        with self.news:
            self.view, self.data = view, data
            self.news.notify_all()

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


def _listen(site: _Site, port: int) -> _Server:
    class Handler(_Handler):
        shown = site

    try:
        return _Server((_ADDRESS, port), Handler)
    except OSError as error:
        message = f"this port cannot be used ({error.strerror})"
        cure = "take another one with --port, or --port 0 for any that is free"
    raise AnkibuildError((about(f"{_ADDRESS}:{port}", "unusable-port", message, cure),))


class _Handler(BaseHTTPRequestHandler):
    shown: _Site
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        with suppress(ConnectionError):
            self._answer()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Say nothing: the trainer's terminal is for problems."""

    def _answer(self) -> None:
        path = urlsplit(self.path).path
        if not self._is_asked_by_name():
            # Another site's name may have been made to lead here (DNS rebinding).
            self._send(HTTPStatus.FORBIDDEN, "text/plain", b"This preview is for this machine.\n")
        elif path == "/":
            self._send(HTTPStatus.OK, "text/html", make_page(self.shown.data).encode())
        elif path == "/data":
            self._send(HTTPStatus.OK, "application/json", dump_data(self.shown.data).encode())
        elif path == "/events":
            self._send_news()
        elif path.startswith(MEDIA_FOLDER) and self._media_name(path) in self.shown.view.media:
            name = self._media_name(path)
            self._send(HTTPStatus.OK, media_type(name), self.shown.view.media[name], _MEDIA_HEADERS)
        else:
            self._send(HTTPStatus.NOT_FOUND, "text/plain", b"Nothing is here.\n")

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
