"""Lead links that leave ``docs`` to the repository, since the site has no such pages."""

import posixpath
import re
from typing import Any

_OUT = re.compile(r"(\]\s?\()((?:\.\./)+[^)\s]+)(?=\))")


def on_page_markdown(markdown: str, *, page: Any, config: Any, **_: Any) -> str:
    """Return the page's text with whole addresses in place of paths out of ``docs``."""
    folder = posixpath.dirname(posixpath.join("docs", page.file.src_uri))

    def lead(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(folder, link[2]))
        if path.startswith("docs/"):
            return link[0]
        return f"{link[1]}{config.extra['repository']}/blob/main/{path}"

    return _OUT.sub(lead, markdown)
