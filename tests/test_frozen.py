"""What the first public release freezes, as docs/frozen.md says: JSON and the public face."""

import inspect
import json
import re
from pathlib import Path
from typing import Any

from msgspec.structs import fields

import ankibuild
from ankibuild.core.values import Struct
from tests.helpers.demo import EDITED
from tests.helpers.places import CASES, ROOT
from tests.helpers.trainer import Trainer

FACE = CASES / "frozen/face.txt"
EXAMPLES = [
    json.loads(block)
    for block in re.findall(
        r"^```json\n(.*?)^```$",
        (ROOT / "docs/json.md").read_text("utf-8"),
        re.MULTILINE | re.DOTALL,
    )
]


def shape_of(value: Any) -> Any:
    """Return the keys and kinds of a value; a list is as its first item."""
    if isinstance(value, dict):
        return {key: shape_of(each) for key, each in value.items()}
    return [shape_of(each) for each in value[:1]] if isinstance(value, list) else type(value)


def test_the_json_of_commands_has_the_keys_and_kinds_of_the_page(published: Trainer) -> None:
    published.has_anki = True
    published.write_package(EDITED)
    for name, command in (("packages", "diff"), ("rehearsals", "rehearse")):
        printed = json.loads(published.run(command, "--format", "json").stdout)
        (shown,) = (each for each in EXAMPLES if name in each and "id" not in each[name][0])
        assert shape_of(printed) == shape_of(shown)
    published.write_package(EDITED + "\n## What is new? {#new}\n")
    printed = json.loads(published.run("check", "--format", "json").stdout)
    (shown,) = (each for each in EXAMPLES if "problems" in each)
    assert shape_of(printed) == shape_of(shown)
    assert printed["problems"][0]["rule"] == shown["problems"][0]["rule"]


def test_the_listing_on_the_page_has_the_keys_that_are_written(published: Trainer) -> None:
    written = json.loads((published.folder / "dist/index.json").read_text("utf-8"))
    (shown,) = (each for each in EXAMPLES if "packages" in each and "id" in each["packages"][0])
    assert shape_of(written) == shape_of(shown)


def face() -> dict[str, list[str]]:
    """Return the parameters of each public function, and the fields of each public value.

    What may be left out ends in "?".
    """
    found = {}
    for name in ankibuild.__all__:
        each = getattr(ankibuild, name)
        words = []
        if inspect.isfunction(each):
            for parameter in inspect.signature(each).parameters.values():
                star = "*" if parameter.kind is parameter.KEYWORD_ONLY else ""
                may = "" if parameter.default is parameter.empty else "?"
                words.append(f"{star}{parameter.name}{may}")
        elif inspect.isclass(each) and issubclass(each, Struct):
            words = [field.name for field in fields(each)]
        found[name] = words
    return found


def test_the_public_face_never_gets_less() -> None:
    frozen = {
        name: words.split()
        for name, _, words in (
            line.partition(":") for line in FACE.read_text("utf-8").splitlines() if line
        )
    }
    now = face()
    assert len(frozen) > 30
    assert [name for name in frozen if name not in now] == []
    for name, words in frozen.items():
        kept = [word for word in now[name] if word in words]
        assert kept == words, name
        if inspect.isfunction(getattr(ankibuild, name)):
            assert all(word.endswith("?") for word in now[name] if word not in words), name


def test_the_page_names_tests_that_are_there() -> None:
    page = (ROOT / "docs/frozen.md").read_text("utf-8")
    named = re.findall(r"\[(\w+)\]\(\.\./(tests/[\w/]+\.py)\)", page)
    assert len(named) > 9
    assert all((ROOT / path).is_file() and Path(path).stem == name for name, path in named)
