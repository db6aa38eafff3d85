"""How the add-on downloads: over https from the page's own site alone, within bounds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from anki.httpclient import HttpClient

from .deciding import LISTING, TroubleError, follow

_REDIRECTS = 5
_PIECE = 8192
_SILENCE, _PATIENCE = 30, 3600
_GONE = (404, 410)
# No word of the system, of Anki or of the learner; and no answer that grows when it is unpacked.
_HEADERS = {"User-Agent": "deck updates", "Accept-Encoding": "identity"}


def fetch(page: str, name: str, limit: int, is_over: Callable[[], bool]) -> bytes:
    """Return what stands at a page under a name, unless all is over before that is there.

    Raises TroubleError; the cause of "no-answer" tells more.
    """
    address, end, found = page + name, time.monotonic() + _PATIENCE, bytearray()
    other = TroubleError("other-file" if name.endswith(".apkg") else "not-a-list", page=page)
    try:
        # The client trusts the certificates that Anki itself trusts.
        with HttpClient() as client:
            session: Any = client.session
            # Otherwise requests would send a password that the user's .netrc has for the site.
            session.auth = lambda request: request
            # Otherwise it would read whatever comes with a redirect, however much that is.
            session.resolve_redirects = lambda *_, **__: iter(())
            for _ in range(_REDIRECTS + 1):
                with session.get(
                    address, headers=_HEADERS, stream=True, timeout=_SILENCE, allow_redirects=False
                ) as answer:
                    if answer.is_redirect:
                        address = follow(page, address, answer.headers["location"])
                        continue
                    if answer.status_code in _GONE:
                        raise TroubleError("page-gone", page=page) if name == LISTING else other
                    answer.raise_for_status()
                    for piece in answer.iter_content(_PIECE):
                        found += piece
                        if len(found) > limit or time.monotonic() > end or is_over():
                            raise other
                    return bytes(found)
            raise other
    # Whatever the client raises is one of these.
    except (OSError, ValueError) as error:
        raise TroubleError("no-answer", page=page) from error
