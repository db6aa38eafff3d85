"""Devices of one account: Anki's own sync server, and learners that meet there."""

import base64
import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

from anki.sync_pb2 import SyncCollectionResponse

from tests.helpers.learner import Learner

_PATIENCE = 30
_ROUNDS = 5
_LISTENING = re.compile(r"listening addr=(127\.0\.0\.1:\d+)")


@contextmanager
def sync_server(folder: Path, *users: str) -> Iterator[str]:
    """Run the newest Anki's sync server for this machine alone, and yield its address.

    The name of each user is the password too.
    """
    folder.mkdir(parents=True)
    log = folder / "log"
    settings = {f"SYNC_USER{n}": f"{user}:{hashed(user)}" for n, user in enumerate(users, 1)}
    settings["PASSWORDS_HASHED"] = "1"
    # With port 0 the system gives a free one, which the server then tells.
    settings |= {"SYNC_HOST": "127.0.0.1", "SYNC_PORT": "0", "SYNC_BASE": str(folder / "data")}
    settings |= {"NO_COLOR": "1", "RUST_LOG": "anki=info"}
    command = [sys.executable, "-W", "ignore", "-m", "anki.syncserver"]
    with (
        log.open("wb") as file,
        subprocess.Popen(command, env=os.environ | settings, stdout=file, stderr=file) as server,
    ):
        try:
            yield f"http://{_await_address(server, log)}/"
        finally:
            server.kill()


def hashed(password: str) -> str:
    """Return a hash that a server checks at once, which it would else make with much work.

    Its form: https://github.com/P-H-C/phc-string-format
    """
    salt, rounds, length = b"any salt of us", 1000, 32
    key = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds, length)
    salted, made = (base64.b64encode(each).decode().rstrip("=") for each in (salt, key))
    return f"$pbkdf2-sha256$i={rounds},l={length}${salted}${made}"


def _await_address(server: subprocess.Popen[bytes], log: Path) -> str:
    end = time.monotonic() + _PATIENCE
    while not (found := _LISTENING.search(log.read_text("utf-8"))):
        assert server.poll() is None, log.read_text("utf-8")
        assert time.monotonic() < end, "the sync server does not start"
        time.sleep(0.01)
    return found[1]


class Account:
    """An account of a learner, and the learner's devices: each a ``Learner`` of its own."""

    def __init__(self, address: str, user: str = "learner") -> None:
        self.address = address
        self.user = user
        self.devices: list[Learner] = []
        self._auth: Any = None

    @classmethod
    @contextmanager
    def at(cls, folder: Path) -> Iterator[Self]:
        with sync_server(folder, "learner") as address:
            yield cls(address)

    def add(self, *devices: Learner) -> None:
        """Take in devices: the very first uploads what it has, later ones take what is there."""
        for device in devices:
            collection, first = device.collection, not self.devices
            if first:
                self._auth = collection.sync_login(self.user, self.user, self.address)
            collection.close_for_full_sync()
            collection.full_upload_or_download(auth=self._auth, server_usn=None, upload=first)
            collection.reopen(after_full_sync=True)
            self.devices.append(device)

    def sync(self, *devices: Learner) -> None:
        """Synchronise devices in turn, media too; none may be asked for a full sync."""
        for device in devices:
            collection = device.collection
            output = collection.sync_collection(self._auth, sync_media=True)
            assert output.required == SyncCollectionResponse.NO_CHANGES, "a full sync is asked for"
            while collection.media_sync_status().active:
                time.sleep(0.01)
            collection.models._clear_cache()

    def settle(self) -> None:
        """Synchronise all devices until nothing changes on any of them."""
        for _ in range(_ROUNDS):
            before = [_rows(device) for device in self.devices]
            self.sync(*self.devices)
            if before == [_rows(device) for device in self.devices]:
                return
        raise AssertionError("the devices do not come to rest")


def _rows(device: Learner) -> list[Any]:
    """Return all rows that a sync may change."""
    database = device.collection.db
    assert database
    return [
        database.all(f"select * from {table} order by id")
        for table in ("notes", "cards", "revlog", "decks", "notetypes")
    ]


class Holding(NamedTuple):
    """What is there on a device: sorted lists, so that what is there twice is seen."""

    notes: list[str]
    cards: list[tuple[str, int]]
    studied: list[tuple[object, ...]]
    reviews: list[int]


def holding(device: Learner) -> Holding:
    """Return notes by Note ID, cards, all that Anki knows of the studied ones, and reviews."""
    collection = device.collection
    # Answering and Check Database may take the last review's time of two seconds, side by side.
    columns = "nid, ord, reps, type, queue, due, ivl, factor, lapses, left"
    data = "json_remove(nullif(data, ''), '$.lrt')"
    names = {
        number: str(collection.get_note(number)["Note ID"]) for number in collection.find_notes("")
    }
    assert collection.db
    cards = sorted(
        (names.get(note, f"lost note {note}"), *rest)
        for note, *rest in collection.db.execute(f"select {columns}, {data} from cards")
    )
    return Holding(
        notes=sorted(names.values()),
        cards=[(name, ordinal) for name, ordinal, *_ in cards],
        studied=[card for card in cards if card[2]],
        reviews=device.reviews(),
    )
