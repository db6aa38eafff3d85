"""What files and commands cannot bring about, by the sentence that a case says after "Given:"."""

import errno
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, chdir, contextmanager, suppress
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import ankibuild
from ankibuild.anki import collection
from ankibuild.commands import pinning, rehearsing
from ankibuild.commands.busy import alone_in
from ankibuild.core.limits import at_most
from ankibuild.core.values import replace
from ankibuild.dialect import markdown
from ankibuild.importers import importing, writing
from ankibuild.releases import edition
from tests.helpers.authors import add_media, change_rows
from tests.helpers.demo import DAY
from tests.helpers.trainer import Trainer

PORT = 8321


@contextmanager
def situation(trainer: Trainer, sentence: str) -> Iterator[None]:
    """Let a situation last for a while; an unknown one is a mistake in the case."""
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        SITUATIONS[sentence](trainer, patch, stack)
        yield


def _install_anki(trainer: Trainer, _: pytest.MonkeyPatch, stack: ExitStack) -> None:
    trainer.has_anki = True
    stack.callback(setattr, trainer, "has_anki", False)


def _be_busy(trainer: Trainer, _: pytest.MonkeyPatch, stack: ExitStack) -> None:
    stack.enter_context(alone_in(trainer.folder / "content/demo", patience=0, message=""))


def _release_ahead(trainer: Trainer, _: pytest.MonkeyPatch, __: ExitStack) -> None:
    with chdir(trainer.folder):
        ahead = int(time.time()) + 365 * DAY
        ankibuild.release([Path("content/demo")], Path("dist"), time=ahead)


def _count_milliseconds(trainer: Trainer, _: pytest.MonkeyPatch, __: ExitStack) -> None:
    change_rows(trainer.folder / "late.apkg", "update notes set mod = mod * 1000")


def _put_picture(trainer: Trainer, _: pytest.MonkeyPatch, __: ExitStack) -> None:
    add_media(trainer.folder / "more.apkg", {"sol.png": b"a picture"})


def _run_script(trainer: Trainer, _: pytest.MonkeyPatch, __: ExitStack) -> None:
    script = "'{{Front}}', '{{Front}}<script>count()</script>'"
    change_rows(trainer.folder / "words.apkg", f"update col set models = replace(models, {script})")


def _lose_note_type(trainer: Trainer, _: pytest.MonkeyPatch, __: ExitStack) -> None:
    change_rows(trainer.folder / "words.apkg", "update notes set mid = 5")


def _take_port(_: Trainer, __: pytest.MonkeyPatch, stack: ExitStack) -> None:
    taken = stack.enter_context(socket.socket())
    # Whoever has it already serves as well.
    with suppress(OSError):
        taken.bind(("127.0.0.1", PORT))
        taken.listen()


def _fill_disk(_: Trainer, patch: pytest.MonkeyPatch, __: ExitStack) -> None:
    def fail(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    full = SimpleNamespace(TemporaryDirectory=fail, gettempdir=tempfile.gettempdir)
    _replace(patch, collection, tempfile=full)


def _release_elsewhere(trainer: Trainer, patch: pytest.MonkeyPatch, _: ExitStack) -> None:
    rehearse = rehearsing.rehearse_release

    def meanwhile(*release: Any) -> rehearsing.Rehearsal:
        rehearsal = rehearse(*release)
        (trainer.folder / "content/demo/package.lock").unlink()
        return rehearsal

    _install_anki(trainer, patch, _)
    _replace(patch, rehearsing, rehearse_release=meanwhile)


@contextmanager
def _over_at_once(_: float) -> Iterator[None]:
    with at_most(0.000_001):
        while True:
            pass
    yield


def _read_slowly(_: Trainer, patch: pytest.MonkeyPatch, __: ExitStack) -> None:
    _replace(patch, importing, at_most=_over_at_once)


def _render_slowly(_: Trainer, patch: pytest.MonkeyPatch, __: ExitStack) -> None:
    _replace(patch, markdown, at_most=_over_at_once)


def _send_nothing(trainer: Trainer, patch: pytest.MonkeyPatch, stack: ExitStack) -> None:
    make = edition._edition_note

    def make_old(note: Any, lock: Any, counter: Any) -> Any:
        return replace(make(note, lock, counter), modified=lock.releases[0].time)

    _install_anki(trainer, patch, stack)
    _replace(patch, edition, _edition_note=make_old)


def _pin_badly(_: Trainer, patch: pytest.MonkeyPatch, __: ExitStack) -> None:
    _replace(patch, pinning, _insert=lambda text, _: text)


def _write_badly(_: Trainer, patch: pytest.MonkeyPatch, __: ExitStack) -> None:
    write = writing._write_card
    _replace(patch, writing, _write_card=lambda *card: [*write(*card), "more"])


def _replace(patch: pytest.MonkeyPatch, module: ModuleType, **names: object) -> None:
    for name, value in names.items():
        patch.setattr(module, name, value)


_Situation = Callable[[Trainer, pytest.MonkeyPatch, ExitStack], None]
SITUATIONS: Mapping[str, _Situation] = {
    "Anki's library is installed": _install_anki,
    "another ankibuild is releasing content/demo": _be_busy,
    "version 1.0.0 was released by a clock that was a year ahead": _release_ahead,
    "another program serves at port 8321": _take_port,
    "the disk for temporary files is full": _fill_disk,
    "somebody takes the lock away while the release is rehearsed": _release_elsewhere,
    "a file takes very long to read": _read_slowly,
    "a note takes very long to read": _render_slowly,
    "a mistake in ankibuild, which gives every note the time of the first release": _send_nothing,
    "a mistake in ankibuild, which writes no id where it should": _pin_badly,
    "a tool wrote the times of late.apkg in milliseconds": _count_milliseconds,
    "a tool put the file sol.png into more.apkg, which no note shows": _put_picture,
    "the card templates in words.apkg run a script": _run_script,
    "the note type in words.apkg has gone": _lose_note_type,
    "a mistake in ankibuild, which adds a word to every card": _write_badly,
}
