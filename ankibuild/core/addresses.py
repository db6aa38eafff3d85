"""The addresses of a package: where its page is, and where mistakes are reported."""

import re
from hashlib import sha256
from pathlib import PurePosixPath
from urllib.parse import quote

from ankibuild.core.problems import Fault

FEEDBACK_PAGE = "feedback.html"
"""The page that leads on to where mistakes are reported; never change: learners' cards link to it,
as ``?note=<note id>``."""

_PLACES = re.compile(r"\{(?:note|version)\}")
_LINK = re.compile(r"(?i:https?)://[^\s{}\"'<>\\]+")
_MAIL = re.compile(r"[^\s@{}\"'<>\\:?&]+@[^\s@{}\"'<>\\:?&]+\.[^\s@{}\"'<>\\:?&]+")
_NOT_IN_LINK = re.compile(r"[\s\"'<>\\]")
_FILE = re.compile(r"\.(?:html?|aspx?|php)", re.IGNORECASE)
FOLDER = re.compile(r"https?://[^\s{}?#\"'<>\\]+/")
"""The address of a folder, which a page is in."""


def folder_of(page: str) -> str:
    """Return the address of the folder that a page is in, with a "/" at its end."""
    folder = re.sub(r"(?<=/)index\.html?$", "", page)
    return folder if folder.endswith("/") or not folder else f"{folder}/"


def page_fault(page: str) -> Fault | None:
    """Return what is wrong with the address of a page."""
    folder = folder_of(page)
    is_file = folder == f"{page}/" and _FILE.fullmatch(PurePosixPath(page).suffix)
    if not page or (FOLDER.fullmatch(folder) and not is_file):
        return None
    cure = 'write the address of its folder: page = "https://decks.example.org/"'
    return "invalid-setting", f'"page" is "{page}"', cure


def addon_name(page: str) -> str:
    """Return the name of the add-on that looks for updates on a page, "" where it has none.

    It goes by the page, which the packages of a publisher share. Only one with https has it: what
    comes from there is imported.
    """
    if not page.startswith("https://"):
        return ""
    return f"{re.sub('[^a-z0-9]+', '-', page[8:].lower()).strip('-')[:60]}-updates".lstrip("-")


def addon_id(page: str) -> str:
    """Return the name that a page's add-on has in Anki, where no two may share one.

    Never change it: an add-on replaces the one of the same name.
    """
    return f"{addon_name(page)}-{sha256(page.encode()).hexdigest()[:8]}"


def feedback_fault(feedback: str, page: str) -> Fault | None:
    """Return what is wrong with the address that mistakes are reported to."""
    if not feedback:
        return None
    plain = _PLACES.sub("x", feedback)
    if brace := re.search(r"\{[^{}]*\}?|\}", plain):
        message = f'"feedback" contains "{brace[0]}"'
        cure = "only {note} and {version} are filled in; for other braces write %7B and %7D"
        return "invalid-setting", message, cure
    if _is_link(plain) and (sign := _NOT_IN_LINK.search(plain)):
        message = f'"feedback" contains "{sign[0]}", which ends a link'
        return "invalid-setting", message, f'write "{quote(sign[0])}" instead'
    if not _LINK.fullmatch(plain) and not (plain == feedback and _MAIL.fullmatch(feedback)):
        cure = "write a mail address or a link that begins with https://"
        return "invalid-setting", f'"feedback" is "{feedback}"', cure
    if "{version}" in feedback and not page:
        message = '"feedback" contains "{version}", but a card does not know its version'
        cure = f'set page = "…", so that {FEEDBACK_PAGE} can ask for it, or remove the version'
        return "invalid-setting", message, cure
    return None


def feedback_link(feedback: str, page: str, note: str) -> str:
    """Return what a card links to, "" for nothing; ``note`` stands in for the note's id.

    With a page it is that of the package, whatever address mistakes are reported to today.
    """
    if not feedback:
        return ""
    if page:
        return f"{page}{FEEDBACK_PAGE}?note={note}"
    if _is_link(feedback):
        return feedback.replace("{note}", note)
    return f"mailto:{feedback}?subject={note}"


def feedback_forms(feedback: str) -> tuple[str, str]:
    """Return the link to where mistakes are reported: one with places, and a plain one."""
    if _is_link(feedback):
        return feedback, _PLACES.sub("", feedback)
    return f"mailto:{feedback}?subject={{note}}%20{{version}}", f"mailto:{feedback}"


def _is_link(feedback: str) -> bool:
    return feedback.lower().startswith(("https://", "http://"))
