"""Carry MathJax, as Anki does, so that the page draws formulas as learners will see them."""

import json
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from ankibuild.core.files import read_own

# Anki's own: ts/mathjax/index.ts of ankitects/anki, without what says where its files lie. Nothing
# is set going: the page asks MathJax for each formula.
_SETTINGS = {
    "tex": {
        "displayMath": [["\\[", "\\]"]],
        "processEscapes": False,
        "processEnvironments": False,
        "processRefs": False,
        "packages": {"[+]": ["noerrors", "mathtools"], "[-]": ["textmacros"]},
    }
}
_SCRIPT = "mathjax/tex-chtml-full.js"
_FOLDER = Path(__file__).parent / "mathjax"


@cache
def formula_script() -> str:
    """Return the script that the page runs once there is a formula to draw."""
    settings = f"{json.dumps(_SETTINGS)}, {{startup: {{ready() {{}}}}}}"
    return f"window.MathJax = Object.assign({settings});\n{read_own(__file__, _SCRIPT)}"


@cache
def formula_digest() -> str:
    """Return the hash of the script, as a policy for a page names it."""
    return b64encode(sha256(formula_script().encode()).digest()).decode()


@cache
def formula_kit() -> str:
    """Return as JSON all that the page draws formulas with: the script, and the fonts by name."""
    fonts = {
        path.stem: b64encode(path.read_bytes()).decode() for path in sorted(_FOLDER.glob("*.woff"))
    }
    return json.dumps({"script": formula_script(), "fonts": fonts})
