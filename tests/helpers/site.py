"""A site with https on this machine, whose certificate only those trust that are told to."""

import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

import pytest


class Reply(NamedTuple):
    """What is answered in place of a file."""

    status: int = 200
    body: bytes = b""
    location: str = ""


class Site:
    """Serves a folder, but for what ``replies`` says of a path; keeps each request's headers."""

    def __init__(self, folder: Path, address: str, certificate: Path) -> None:
        self.folder = folder
        self.address = address
        self.trust = {"SSL_CERT_FILE": str(certificate), "REQUESTS_CA_BUNDLE": str(certificate)}
        self.replies: dict[str, Reply] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.is_open = threading.Event()
        self.is_open.set()
        self.is_asked = threading.Event()

    @classmethod
    @contextmanager
    def of(cls, folder: Path) -> Iterator["Site"]:
        certificate, key = make_certificate()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
            server.daemon_threads = True
            server.socket = context.wrap_socket(server.socket, server_side=True)
            site = cls(folder, f"https://localhost:{server.server_port}/", certificate)
            server.site = site  # type: ignore[attr-defined]
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            try:
                yield site
            finally:
                site.is_open.set()
                server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        site: Site = self.server.site  # type: ignore[attr-defined]
        site.requests.append((self.path, dict(self.headers)))
        if self.path.endswith(".apkg"):
            site.is_asked.set()
            site.is_open.wait(30)
        reply = site.replies.get(self.path)
        if not reply:
            file = site.folder / self.path[1:]
            reply = Reply(body=file.read_bytes()) if file.is_file() else Reply(404)
        if not reply.status:
            # As a network that is gone.
            self.close_connection = True
            return
        self.send_response(reply.status)
        if reply.location:
            self.send_header("Location", reply.location)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *_: object) -> None:
        pass


@cache
def make_certificate() -> tuple[Path, Path]:
    """Return a certificate for this machine and its key; skip the test where none can be made."""
    if not shutil.which("openssl"):
        pytest.skip("no openssl makes a certificate")
    folder = Path(mkdtemp())
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    make = "openssl req -x509 -nodes -days 2 -newkey ec -pkeyopt ec_paramgen_curve:P-256"
    names = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    subprocess.run(
        [*make.split(), *names, "-keyout", key, "-out", certificate],
        capture_output=True,
        check=True,
    )
    return certificate, key
