"""What contributors meet: the forms, the policies, the hooks, what the package says of itself."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

import ankibuild
from tests.helpers.git import git
from tests.helpers.places import ROOT
from tests.helpers.system import posix_only

FORMS = sorted(
    path for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config"
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
HOME = PROJECT["urls"]["Source"]
# Source: "Syntax for GitHub's form schema" and "Common validation errors" in docs.github.com.
ATTRIBUTES = {
    "checkboxes": {"label", "description", "options"},
    "dropdown": {"label", "description", "multiple", "options", "default"},
    "input": {"label", "description", "placeholder", "value"},
    "markdown": {"value"},
    "textarea": {"label", "description", "placeholder", "value", "render"},
}
LOCKING = (
    "uv pip compile --universal --generate-hashes --extra preview --extra rehearse --group action "
    "-o .github/requirements.txt pyproject.toml",
    "uv pip compile --universal --generate-hashes --group pypi -o .github/requirements-build.txt",
    "uv pip compile --universal --generate-hashes --group docs -o .github/requirements-docs.txt",
)
# Lines of contributing.md that CI does not run, and why.
MATHJAX = (
    "npm pack mathjax@3.2.2 && tar -xzf mathjax-3.2.2.tgz",
    "cd package && cp LICENSE es5/tex-chtml-full.js es5/output/chtml/fonts/woff-v2/*.woff"
    " ../ankibuild/preview/mathjax",
    "cd ../ankibuild/preview/mathjax && sha256sum LICENSE *.js *.woff > SHA256SUMS",
)
NOT_IN_CI = {
    'python3 -m venv .venv && .venv/bin/pip install -e ".[test,lint]"': "installs in two steps",
    ".venv/bin/pre-commit install": "CI does not commit",
    "ANKIBUILD_REWRITE=1 .venv/bin/pytest": "CI sees that there is nothing to write",
    ".venv/bin/pytest -m slow tests/test_workflows.py -k release_of_this_library": "a part of all",
    **dict.fromkeys(LOCKING, "what is newest is looked up there"),
    **dict.fromkeys(MATHJAX, "the files are here, and compared with Anki's"),
    "git tag v0.2.0 && git push origin v0.2.0": "a release is for people to make",
}


def read(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text("utf-8"))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_is_one_that_github_shows(path: Path) -> None:
    form = yaml.safe_load(path.read_text("utf-8"))
    assert (
        {"name", "description", "body"}
        <= form.keys()
        <= {*("name", "description", "body", "title", "labels", "assignees", "projects", "type")}
    )
    assert len(form["name"]) > 3
    assert 3 < len(form["description"]) <= 200
    questions = [each for each in form["body"] if each["type"] != "markdown"]
    assert questions
    for each in form["body"]:
        assert each["attributes"].keys() <= ATTRIBUTES[each["type"]]
        assert each.keys() <= {"type", "id", "attributes", "validations"}
        assert each.get("validations", {}).keys() <= {"required"}
    assert all(
        each["attributes"]["value"].strip() for each in form["body"] if each not in questions
    )
    for key in ("id", "label"):
        found = [each.get(key) or each["attributes"][key] for each in questions]
        assert len(set(found)) == len(found)
    assert all(re.fullmatch("[a-z-]+", each["id"]) for each in questions)
    for options in (each["attributes"]["options"] for each in questions if "options" in each):
        labels = [each if isinstance(each, str) else each["label"] for each in options]
        assert labels
        assert len(set(labels)) == len(labels)
        # YAML reads yes, no and numbers as no text; GitHub keeps "None" for itself.
        assert all(isinstance(each, str) and each.lower() != "none" for each in labels)


def test_there_are_forms_for_bugs_and_for_wishes() -> None:
    labels = [yaml.safe_load(path.read_text("utf-8"))["labels"] for path in FORMS]
    assert sorted(labels) == [["bug"], ["bug"], ["bug"], ["enhancement"]]
    names = {yaml.safe_load(path.read_text("utf-8"))["name"] for path in FORMS}
    assert len(names) == len(FORMS)


def test_who_has_no_bug_is_led_elsewhere() -> None:
    config = read(".github/ISSUE_TEMPLATE/config.yml")
    assert config.keys() == {"blank_issues_enabled", "contact_links"}
    assert config["blank_issues_enabled"] is False
    for link in config["contact_links"]:
        assert link.keys() == {"name", "url", "about"}
    assert f"{HOME}/security/advisories/new" in {each["url"] for each in config["contact_links"]}


def test_the_project_has_one_address() -> None:
    organisation, name = HOME.removeprefix("https://github.com/").split("/")
    assert name == "ankibuild"
    assert all(url.startswith(HOME) for url in PROJECT["urls"].values())
    found = {
        found
        for path in git(ROOT, "ls-files").splitlines()
        if path.endswith((".md", ".yml", ".yaml", ".toml")) and not path.startswith("tests/")
        for found in re.findall(
            r"(?:github\.com/|uses: |`)([\w-]+)/ankibuild\b", (ROOT / path).read_text("utf-8")
        )
    }
    assert found == {organisation}


def test_every_page_of_the_project_is_there() -> None:
    for url in PROJECT["urls"].values():
        path = url.removeprefix(HOME).partition("#")[0].removeprefix("/blob/main/")
        assert path in ("", "/issues") or (ROOT / path).is_file()


def test_the_package_says_on_which_pythons_it_is_tried() -> None:
    fast = read(".github/workflows/test.yml")["jobs"]["fast"]["strategy"]["matrix"]
    tried = [*fast["python"], *(each["python"] for each in fast["include"])]
    said = {
        each.rpartition(" ")[2]
        for each in PROJECT["classifiers"]
        if re.fullmatch(r"Programming Language :: Python :: 3\.\d+", each)
    }
    assert set(tried) == said
    assert PROJECT["requires-python"] == f">={fast['python'][0]}"
    systems = {each["system"].partition("-")[0] for each in fast["include"]}
    assert systems == {"macos", "windows"}


def test_the_changelog_begins_with_the_version_to_come() -> None:
    versions = re.findall("^## (.*)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert versions[0] == ankibuild.__version__
    assert len({*versions}) == len(versions)


def test_each_library_has_a_lower_bound_and_an_upper_one_only_with_its_reason() -> None:
    lines = (ROOT / "pyproject.toml").read_text("utf-8").splitlines()
    extras = PROJECT["optional-dependencies"].values()
    for named in {*PROJECT["dependencies"], *(each for extra in extras for each in extra)}:
        operators = {each.operator for each in Requirement(named).specifier}
        # Our own extras are of our own version; stubs follow the libraries whose types they tell.
        if not named.startswith(("ankibuild[", "types-")):
            assert operators & {">=", "=="}, named
        if operators - {">="}:
            (line,) = (line for line in lines if f'"{named}"' in line)
            assert "  # " in line, named


def test_the_commands_for_contributors_are_those_of_ci() -> None:
    text = (ROOT / "docs/contributing.md").read_text("utf-8")
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    shown = {line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()}
    places = [ROOT / ".ci/run", ROOT / ".github/workflows/test.yml", ROOT / "README.md"]
    run = "\n".join(place.read_text("utf-8") for place in places)
    assert {line for line in shown if line not in run} == NOT_IN_CI.keys()


def test_the_hooks_are_pinned() -> None:
    config = read(".pre-commit-config.yaml")
    for repository in config["repos"]:
        assert repository["repo"] == "local" or re.fullmatch("[0-9a-f]{40}", repository["rev"])
    ids = [hook["id"] for repository in config["repos"] for hook in repository["hooks"]]
    assert {"ruff-check", "ruff-format", "mypy", "ankibuild-check", "ankibuild-pin"} <= set(ids)
    assert len(set(ids)) == len(ids)
    lint = {each.partition("=")[0]: each for each in PROJECT["optional-dependencies"]["lint"]}
    assert all("==" in lint[tool] for tool in ("ruff", "mypy"))


@pytest.mark.slow
@posix_only
def test_the_hooks_pass_here_and_mend_or_tell_what_is_wrong(tmp_path: Path) -> None:
    pytest.importorskip("pre_commit")
    git(tmp_path, "clone", "--quiet", str(ROOT), "clone")
    clone = tmp_path / "clone"
    config = read(".pre-commit-config.yaml")
    # Those of other repositories would be fetched from there; CI runs them.
    config["repos"] = [each for each in config["repos"] if each["repo"] == "local"]
    for path in (ROOT / ".pre-commit-config.yaml", ROOT / ".pre-commit-hooks.yaml"):
        kind = "config" if "config" in path.name else "manifest"
        command = [sys.executable, "-m", "pre_commit", f"validate-{kind}", str(path)]
        subprocess.run(command, check=True)
    (tmp_path / "local.yaml").write_text(yaml.safe_dump(config), "utf-8")

    def run() -> dict[str, bool]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        git(clone, "add", "--all")
        result = subprocess.run(
            [
                *(sys.executable, "-m", "pre_commit", "run", "--all-files", "--color", "never"),
                *("--config", str(tmp_path / "local.yaml")),
            ],
            cwd=clone,
            env=os.environ | {"PRE_COMMIT_HOME": str(tmp_path / "home"), "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        return {
            name: outcome == "Passed"
            for name, outcome in re.findall(
                r"^(.*?)\.{3,}.*?(Passed|Failed|Skipped)$", result.stdout, re.MULTILINE
            )
        }

    names = [hook["name"] for each in config["repos"] for hook in each["hooks"]]
    assert run() == dict.fromkeys(names, True)
    (clone / "ankibuild/odd.py").write_text('"""Odd."""\nimport os\nx: int = "1"\n', "utf-8")
    (deck,) = clone.glob("content/tier-1/*1.md")
    deck.write_text(
        deck.read_text("utf-8") + "\n## A new one\n\nIts answer.\n\n## Empty\n", "utf-8"
    )
    assert run() == dict.fromkeys(names, False)
    assert "## A new one {#a-new-one}" in deck.read_text("utf-8")
