"""Anki's own web files, as ``aqt`` ships them, and the pages in which Anki reviews."""

from pathlib import Path

from tests.helpers.ankis import NEWEST
from tests.helpers.wheels import files_of

WEB = "_aqt/data/web/"

# As aqt's webview.py and reviewer.py put it together on Linux. Anki's window takes what is said to
# the bridge; here it is written down.
_PAGE = """<!doctype html>
<html class="{root}" dir="ltr" data-bs-theme="{theme}">
<head>
<meta charset="utf-8">
<title>main webview</title>
<base href="/">
<script>window.said = []; window.bridgeCommand = window.pycmd = word => said.push(word);</script>
<link rel="stylesheet" type="text/css" href="/_anki/css/webview.css">
<style>
body {{ zoom: 1; background-color: var(--canvas); }}
html {{ font-family: "DejaVu Sans", sans-serif; }}
button {{ font-family: "DejaVu Sans", sans-serif; }}
textarea:focus, input:focus, input[type]:focus, .uneditable-input:focus,
div[contenteditable="true"]:focus {{ outline: 0 none; border-color: #3b82f6; }}
:root {{ --canvas: #f5f5f5 }}
:root[class*=night-mode] {{ --canvas: #2c2c2c }}
</style>
<link rel="stylesheet" type="text/css" href="/_anki/css/reviewer.css">
</head>
<body class="{body}">
<script src="/_anki/js/webview.js"></script>
<script src="/_anki/js/reviewer.js"></script>
<div id="_mark" hidden>&#x2605;</div>
<div id="_flag" hidden>&#x2691;</div>
<div id="qa" dir="auto"></div>
</body>
</html>
"""

# As AnkiDroid's classic page is made, in few words: the app's own style, then the card's, and a box
# around the card.
_ANDROID = """<!doctype html>
<html class="mobile android linux js">
<head>
<meta charset="utf-8">
<title>AnkiDroid Flashcard</title>
<base href="/">
<style>
body {{ margin: 0 0 30px; padding: 0; }}
body.night_mode {{ background-color: black; color: white; }}
#content {{ margin: 0.5em; }}
#typeans {{ width: 100%; }}
.typeGood {{ background-color: #0f0; }}
.typeBad {{ background-color: #f00; }}
.typeMissed {{ background-color: #ccc; }}
.night_mode .typeGood {{ background-color: #508040; }}
.night_mode .typeBad {{ background-color: #905050; }}
.chrome img {{ max-width: 100%; max-height: 90%; }}
</style>
</head>
<body class="card card{number} chrome{night}">
<div id="content"><div id="qa">{card}</div></div>
</body>
</html>
"""


def anki_web() -> Path:
    """Return the folder of the newest Anki's web files."""
    return files_of("aqt", NEWEST, f"{WEB}js/", f"{WEB}css/") / WEB


def reviewer_page(*, night: bool) -> str:
    """Return the page in which Anki shows cards, before it shows one."""
    root, theme = ("night-mode", "dark") if night else ("", "light")
    return _PAGE.format(root=root, theme=theme, body=body_class(night=night))


def android_page(card: str, ordinal: int, *, night: bool) -> str:
    """Return the page in which AnkiDroid shows a side of a card."""
    classes = " night_mode ankidroid_dark_mode" if night else ""
    return _ANDROID.format(card=card, number=ordinal + 1, night=classes)


def body_class(*, night: bool) -> str:
    """Return the classes of every page of Anki on Linux."""
    return "isLin nightMode night_mode fancy" if night else "isLin fancy"
