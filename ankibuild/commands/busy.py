"""Hold off other runs of this program while one of them writes."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ankibuild.core.files import remove_leftovers
from ankibuild.core.problems import AnkibuildError, about

PATIENCE = 60
"""Seconds to wait for another run that writes to the same folder: writing takes one or two."""

BUSY = "another run is writing to this folder"


_MARK = ".ankibuild.busy"


@contextmanager
def alone_in(folder: Path, *, patience: float, message: str) -> Iterator[None]:
    """Hold off other runs from a folder; the system lets go even when this run is killed.

    The mark lies in the folder itself: two users, or two settings of a temporary folder, meet at
    the same one. ``patience`` is how many seconds to wait for another run.
    Raises AnkibuildError with the message when another one is there, or when something that is no
    file has the mark's name. A folder that cannot be written holds nobody off: whoever writes there
    is told why it fails.
    """
    mark = folder / _MARK
    # Another user must be able to hold it, and to be held off.
    lock = FileLock(mark, mode=0o666)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if mark.is_symlink():
            # Whoever put it here, it is not ours, and where it leads to stays as it is.
            mark.unlink()
        lock.acquire(timeout=patience)
    except Timeout:
        raise AnkibuildError((about(folder, "busy", message, "wait for it to end"),)) from None
    except OSError:
        if mark.exists() and not mark.is_file():
            message = "this is not a plain file, and ankibuild needs its name"
            problem = about(mark, "special-file", message, "give it another name")
            raise AnkibuildError((problem,)) from None
        if mark.exists():
            raise AnkibuildError((about(folder, "busy", message, "wait for it to end"),)) from None
    try:
        yield
    finally:
        if lock.is_locked:
            # While it is held nobody else can hold it, and Windows removes it by itself.
            with suppress(OSError):
                mark.unlink(missing_ok=True)
            lock.release()


def clear_away(folder: Path) -> None:
    """Remove what killed runs left in a folder, before somebody commits it."""
    remove_leftovers(folder)
    if (folder / _MARK).exists():
        with suppress(AnkibuildError), alone_in(folder, patience=0, message=BUSY):
            pass
