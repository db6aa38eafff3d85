"""The add-on's file: the programs in ``addon``, the address of a page, and words to say."""

import zipfile
from collections.abc import Iterable
from io import BytesIO
from urllib.parse import urlsplit

from ankibuild.core.addresses import addon_id, addon_name
from ankibuild.core.files import read_own
from ankibuild.core.values import Value, indented_json_of
from ankibuild.core.words import Words
from ankibuild.releases.manifest import Publication
from ankibuild.releases.page import shared_words

_OLDEST = 231_000
"""Anki 23.10, as Anki counts."""

# What Anki is to load stands in the main file of a folder.
_MODULES = {
    "__init__.py": "window",
    "deciding.py": "deciding",
    "fetching.py": "fetching",
    "importing.py": "importing",
}
_WORDS = (
    *("update-there", "version-there", "deck-there", "update", "install", "later"),
    *("not-this-version", "not-this-deck", "downloading", "nothing-new", "no-answer", "page-gone"),
    *("page-elsewhere", "newer-list", "not-a-list", "other-file"),
    *("notes-new", "notes-changed", "notes-summary", "only-the-look", "list"),
)


def pack_addons(publications: Iterable[Publication]) -> dict[str, bytes]:
    """Return the add-ons of the pages that the packages in a folder name, by their files' names.

    Anki switches an add-on off when that of the page to which its packages moved is installed.
    """
    publications = tuple(publications)
    newest = [each.newest for each in publications]
    pages = {each.page for each in newest if addon_name(each.page)}
    former = {
        old.page
        for each in publications
        for old in each.earlier
        if addon_name(old.page) and old.page not in pages
    }
    return {
        f"{addon_name(page)}.ankiaddon": _pack(
            page,
            sorted(map(addon_id, former)),
            shared_words(each for each in newest if each.page == page),
        )
        for page in sorted(pages)
    }


def _pack(page: str, conflicts: list[str], words: Words) -> bytes:
    name = words.say("deck-updates", site=urlsplit(page).netloc)
    manifest: Value = {
        "package": addon_id(page),
        "name": name,
        "homepage": page,
        "conflicts": list(conflicts),
        "min_point_version": _OLDEST,
    }
    settings: Value = {
        "page": page,
        "name": name,
        "words": {key: words.texts[key] for key in _WORDS},
    }
    members = {name: read_own(__file__, f"addon/{each}.py") for name, each in _MODULES.items()}
    for file_name, value in (("manifest.json", manifest), ("settings.json", settings)):
        members[file_name] = f"{indented_json_of(value)}\n"
    file = BytesIO()
    # Stored: what is packed differs from one zlib to the next, and this is small.
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, text in sorted(members.items()):
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            archive.writestr(info, text.encode())
    return file.getvalue()
