"""The MathJax that comes along is Anki's own, untouched."""

import base64
import json
import re
from hashlib import sha256
from pathlib import Path

import pytest

from ankibuild.preview.formulas import formula_digest, formula_kit, formula_script
from tests.helpers.anki_web import anki_web
from tests.helpers.places import ROOT
from tests.helpers.trainer import Trainer

FOLDER = ROOT / "ankibuild/preview/mathjax"
SUMS = "4be1d2175ae76672a7a225d4f9e1fe0e2aaf13518f2e22043203f3283a080d47"
"""Of the list of sums: docs/contributing.md tells how the files are got."""


def digest_of(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def test_the_files_are_those_that_were_published() -> None:
    assert digest_of(FOLDER / "SHA256SUMS") == SUMS
    lines = (FOLDER / "SHA256SUMS").read_text("utf-8").splitlines()
    listed = {name: digest for digest, name in (line.split("  ") for line in lines)}
    found = {path.name: digest_of(path) for path in FOLDER.iterdir() if path.name != "SHA256SUMS"}
    assert found == listed
    assert "Apache License" in (FOLDER / "LICENSE").read_text("utf-8")


@pytest.mark.slow
def test_the_newest_anki_carries_the_same_files_and_settings() -> None:
    theirs = anki_web() / "js/vendor/mathjax"
    fonts = [path.name for path in FOLDER.glob("*.woff")]
    assert len(fonts) == 23
    for name in ("tex-chtml-full.js", *(f"output/chtml/fonts/woff-v2/{each}" for each in fonts)):
        assert digest_of(theirs / name) == digest_of(FOLDER / Path(name).name), name
    text = (anki_web() / "js/mathjax.js").read_text("utf-8")
    (tex,) = re.findall(r"tex:(\{.*?\}),loader:", text)
    (packages,) = re.findall(r"packages=(\[[^]]*\])", text)
    tex = tex.replace('"[+]":packages', f'"[+]":{packages}').replace("!1", "false")
    theirs_read = json.loads(re.sub(r"([{,])(\w+):", r'\1"\2":', tex))
    (ours,) = re.findall(
        r"^window\.MathJax = Object\.assign\((\{.*?\}), \{startup", formula_script()
    )
    assert json.loads(ours)["tex"] == theirs_read


def test_the_script_is_named_by_its_hash_and_comes_only_where_there_is_a_formula(
    trainer: Trainer,
) -> None:
    kit = json.loads(formula_kit())
    digest = base64.b64encode(sha256(kit["script"].encode()).digest()).decode()
    assert digest == formula_digest()
    for text, has_formula in (("A $5 fee, and $6", False), ("$a$", True)):
        trainer.write_package(f"# D\n\n## Q {{#q}}\n\n{text}\n")
        assert trainer.run("preview", "--export", "page.html").returncode == 0
        page = (trainer.folder / "page.html").read_text("utf-8")
        assert f"'sha256-{digest}'" in page
        assert ('id="formulas"' in page) == has_formula
        assert (len(page) > 1_000_000) == has_formula
