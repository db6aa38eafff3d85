"""Faulty things made of good ones, as a hostile hand would make them: packages, locks, folders."""

import io
import json
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from ankibuild.core.values import hash_of

Pick = Callable[[Sequence[Any]], Any]
"""Takes one of some values; what it takes is what a fuzzer tries."""

ODD: tuple[Any, ...] = (
    *(None, True, -1, 0, 1, 500, 501, 2**31, 2**53, 2**63, 2**64, 10**20, 10**12, 1.5, 1e308),
    *(
        "",
        " ",
        "0",
        "é",
        "e\u0301",
        "\u202e",
        "\x1b]0;x\x07",
        "\x9b2J",
        "\x1f",
        "\ufdd0",
        "::warning::x",
    ),
    *(
        "a" * 5_000,
        "9" * 5_000,
        "a::b",
        "::",
        "../x",
        "/etc/passwd",
        "x\ny",
        "{{Front}}",
        "carried/x",
    ),
    *("<script>x</script>", "<img src=x onerror=x>", "{{c1::x}}", f"{{{{c{'9' * 5_000}::x}}}}"),
    *(
        "[sound:x.mp3]",
        "[[type:x]]",
        r"\(\href{javascript:x}{x}\)",
        "<div>" * 200,
        "1.0.0",
        "99.0.0",
    ),
    *([], [None], {}, {"a": 1}, ["x"] * 3),
)
"""Values that one hand or another puts where another value stood."""


def mutate_value(value: Any, pick: Pick) -> Any:
    """Return a value of JSON with one thing in it changed, doubled or taken out."""
    holders = list(_holders(value))
    if not holders:
        return pick(ODD)
    holder = pick(holders)
    key = pick(sorted(holder) if isinstance(holder, dict) else range(len(holder)))
    act = pick(("replace", "replace", "drop", "double", "rename"))
    if act == "drop":
        del holder[key]
    elif act == "double" and isinstance(holder, list):
        holder.insert(key, holder[key])
    elif act == "rename" and isinstance(holder, dict):
        holder[pick(("x", "id", "name", "1", ""))] = holder.pop(key)
    else:
        holder[key] = pick(ODD)
    return value


def _holders(value: Any) -> Any:
    if isinstance(value, dict | list) and value:
        yield value
        for each in value.values() if isinstance(value, dict) else value:
            yield from _holders(each)


def mutate_lock(text: str, pick: Pick) -> str:
    """Return a lock with some values changed, and the right checksum."""
    *lines, _ = text.splitlines()
    for _ in range(pick((1, 1, 2, 3))):
        place = pick(range(len(lines)))
        act = pick(("change", "change", "change", "drop", "double", "swap"))
        if act == "drop" and len(lines) > 1:
            del lines[place]
        elif act == "double":
            lines.insert(place, lines[place])
        elif act == "swap":
            lines[place], lines[0] = lines[0], lines[place]
        else:
            changed = mutate_value(json.loads(lines[place]), pick)
            lines[place] = json.dumps(changed, ensure_ascii=False, separators=(",", ":"))
    checksum = json.dumps({"checksum": hash_of("\n".join(lines))}, separators=(",", ":"))
    return "\n".join([*lines, checksum, ""])


def mutate_package(data: bytes, pick: Pick) -> bytes:
    """Return an ``.apkg`` with a value of its database changed, or one of its members."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        members = {name: file.read(name) for name in file.namelist()}
    for _ in range(pick((1, 1, 2, 3))):
        act = pick(("row", "row", "row", "json", "json", "media", "drop", "cut", "rename"))
        name = pick(sorted(members))
        collection = "collection.anki21" if "collection.anki21" in members else "collection.anki2"
        if act in ("row", "json") and collection in members:
            members[collection] = _mutate_database(members[collection], act, pick)
        elif act == "media" and "media" in members:
            # An earlier change may have put another member in its place.
            with suppress(ValueError):
                names = mutate_value(json.loads(members["media"]), pick)
                members["media"] = json.dumps(names).encode()
        elif act == "drop" and len(members) > 1:
            del members[name]
        elif act == "cut":
            members[name] = members[name][: pick((0, 1, 100, len(members[name]) // 2))]
        else:
            members[pick(("0", "../x", "media", "meta", collection, "x"))] = members.pop(name)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return written.getvalue()


def _mutate_database(data: bytes, act: str, pick: Pick) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "collection"
        path.write_bytes(data)
        try:
            with closing(sqlite3.connect(path)) as database:
                if act == "json":
                    column = pick(("models", "decks"))
                    (text,) = database.execute(f"select {column} from col").fetchone()
                    value = json.dumps(mutate_value(json.loads(text), pick))
                    database.execute(f"update col set {column} = ?", (value,))
                else:
                    table, column = pick(_COLUMNS)
                    value = pick([each for each in ODD if _fits(each)])
                    if column == "flds":
                        value = f"{value}\x1f{pick(ODD)}"
                    rows = database.execute(f"select rowid from {table}").fetchall()
                    if rows:
                        change = f"update or replace {table} set {column} = ? where rowid = ?"
                        database.execute(change, (value, pick(rows)[0]))
                database.commit()
        except (sqlite3.Error, ValueError):
            return data
        return path.read_bytes()


_COLUMNS = [
    *(("notes", each) for each in ("id", "guid", "mid", "mod", "tags", "flds", "flds", "flds")),
    *(("cards", each) for each in ("id", "nid", "did", "ord", "odid")),
]


def _fits(value: object) -> bool:
    return isinstance(value, str | float | None) or (isinstance(value, int) and abs(value) < 2**63)


SETTINGS = (
    'id = "demo"\n',
    'key = "0f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e"\n',
    'title = "Demo"\n',
    *(
        f"{key} = {value}\n"
        for key in ("title", "order", "tags", "retired", "ignore", "x")
        for value in (
            "1",
            "9" * 5_000,
            '"a"',
            '["a"]',
            "[[[]]]",
            "{a = 1}",
            '"<b>"',
            "1e999",
            "nan",
        )
    ),
)
SOURCES = (
    *("# Deck\n", "\n", "## Question {#a}\n", "## Other {#b .reversed}\n", "Answer.\n", "---\n"),
    *("{{c1::x}} ", "$x$ ", r"$\href{x}{y}$ ", "<b>", "</b>", "```python\n", "```mcschema\n<!--\n"),
    *("![x](media/a.png)\n", "![x](../../x.png)\n", "| a | b |\n|---|---|\n", "tags: [a, <b>]\n"),
    *("```occlusion\n![x](media/a.png)\na: 1, 1, 10, 10\n```\n", "order: " + "9" * 5_000 + "\n"),
    *('## N {#n note-type="n" guid="g"}\n', "::error::x\n", "\x1b[2J", "@media #12 ", "a" * 3_000),
)
STYLES = (".card { color: red }\n", "@import url(x);", "a { b: url(x) }", "</style>", "{", "}", '"')
TYPES = (
    *('name = "Basic"\n', 'kind = "cloze"\n', 'kind = "front-back"\n', 'fields = ["Front"]\n'),
    *('fields = ["Front", "Back", "Note ID"]\n', 'templates = ["Card 1"]\n', "templates = [[]]\n"),
    f'templates = ["Card 1", "../x", "{"a" * 300}"]\n',
)
SIDES = (
    *("{{Front}}", "{{Back}}", "{{FrontSide}}", "{{cloze:Front}}", "{{type:Back}}", "{{#Back}}"),
    *("{{^Back}}", "{{/Back}}", "{{No field}}", "{{", "}}", "{{=<% %>=}}", "<!--", "-->", "<b>"),
    *("<script>x()</script>", "<img src=_x.png>", '{{hint:<img src="x">}}', "{{c1::x}}"),
)
"""Pieces of the files of a package."""


def write_folder(folder: Path, lock: str, note_type: dict[str, str], pick: Pick) -> None:
    """Write a package whose files are pieces in any order, those of a note type among them."""

    def some(pieces: Sequence[str], most: int) -> str:
        return "".join(pick(pieces) for _ in range(pick(range(most))))

    files = {"package.toml": "".join(SETTINGS[:3]) + some(SETTINGS, 3)}
    for name in ("1.md", "2.md"):
        files[name] = "# Deck\n\n## Question {#q}\n\n"[: pick((0, 8, 30))] + some(SOURCES, 12)
    files["style.css"] = some(STYLES, 5)
    if pick((True, False)):
        files["package.lock"] = mutate_lock(lock, pick)
    if pick((True, False)):
        new = pick((True, True, False))
        files |= {name: text for name, text in note_type.items() if ("/n/" in name) is new}
    for name in sorted(files.keys() & note_type.keys()):
        act = pick(("keep", "keep", "change", "drop"))
        if act == "drop":
            del files[name]
        elif act == "change" and name.endswith(".json"):
            files[name] = json.dumps(mutate_value(json.loads(files[name]), pick))
        elif act == "change":
            files[name] = some({".toml": TYPES, ".html": SIDES}.get(name[-5:], STYLES), 8)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "replace"))
    media = folder / "media"
    media.mkdir(exist_ok=True)
    (media / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + pick((b"", b"\0" * 30)))


HEADINGS = (
    *("## A {#a}\n", "## B {#b .reversed}\n", "## C {#c .typed hint=h tags=t}\n", "## D\n"),
    *("## Own {#e note-type=own}\n", '## Old {#f guid="x%2Fy" note-type=own}\n', "##\tTab {#g}\n"),
    *(" ## In {#h}\n", "    ## Code\n", "## {{c1::x}} {#j} #\n", "## Bare (#l)\n", "## Bare {m}\n"),
    *("## ![a](media/a.png) {#k}\n", "##\n", "#Why\n", "#\u00a0O\n", "# Deck\n", "# \n"),
)
ANSWERS = (
    *("Answer\n", "A *b* `c`\n", "{{c1::x}} y\n", "- item\n", "1. one\n", "> quote\n", "$x$\n"),
    *(
        "![a](media/a.png)\n",
        "![](media/b.png)\n",
        "![a](media/\u00e9.png)\n",
        "<b>\n",
        "\n",
        "---\n",
    ),
    *(
        "```\ncode\n```\n",
        "$$\nx\n$$\n",
        "| a | b |\n|---|---|\n",
        "word " * 101 + "\n",
        "**Why?**\n",
    ),
    "```occlusion\n![a](media/a.png)\nx: 1, 2, 30, 40\n```\n",
)
ODDITIES = (
    *("---\ntags: [x]\n---\n", "---\nnote-type: own\n---\n", "    ```\n", "> ```\n", "- ```\n"),
    *(
        "```\n",
        "  ```\n",
        "````\n",
        "~~~\n",
        "$$\n",
        "$$ x\n",
        "x $$\n",
        "> $$\n",
        "- $$\n",
        "  $$\n",
    ),
    *(
        " \n",
        "\t\n",
        "\u00a0\n",
        "\u3000\n",
        "\u200b\n",
        "\x07\n",
        "\ufffd\n",
        "\r\n",
        "\\\n",
        "'\n",
    ),
    *(
        "  - item\n",
        "3. three\n",
        "> 5 kW\n",
        ">\n",
        "*82*\n",
        "{{c1::x\n",
        "$5 or six$\n",
        "- - -\n",
    ),
    *("[a]: https://a.b\n", "[a]:\n", "[a] [b](c)\n", "![[a.png]]\n", "![a](media/e\u0301.png)\n"),
    *("![a](media/A.png)\n", "```occlusion\n", "### Front\n", "\\### Back\n", "### Why?\n"),
    *("Q: Why?\n", "A: So\n", "<!--\n", "-->\n", "<<<<<<< a\n", ">>>>>>> b\n", "> " * 60 + "x\n"),
)
"""Lines of a file with notes, and what reaches beyond one."""

_OWN = {
    "note-type.toml": 'name = "Own"\nkind = "front-back"\n{}templates = ["One"]\n',
    "one-front.html": "{{{{Front}}}}{}",
    "one-back.html": "{{{{FrontSide}}}}{{{{Back}}}}{}",
}
_FIELDS = ('fields = ["Front", "Back"]\n', 'fields = ["Front", "Back", "Hint"]\n')
_SHOWN = ("", "<b>", "{{#Back}}x{{/Back}}", "{{Hint}}")
_KEYS = ("", 'tags = ["all"]\n', 'language = "de"\n', 'note-type = "own"\n')


def write_settings(folder: Path, more: str) -> None:
    """Write the settings of a package."""
    (folder / "package.toml").write_text("".join((*SETTINGS[:3], more)), "utf-8")


def draw_notes(pick: Pick) -> list[str]:
    """Return the lines of a file with a few notes."""
    notes = [(pick(HEADINGS), "\n", pick(ANSWERS), "\n") for _ in range(pick(range(6)))]
    return ["# Deck\n", "\n", *(line for note in notes for line in note)]


def edit_notes(folder: Path, decks: list[list[str]], pick: Pick) -> None:
    """Change some lines of a package's files, or something else in it, and write it."""
    for _ in range(pick(range(1, 4))):
        lines = pick(decks)
        place = pick(range(len(lines) + 1))
        act = pick(("insert", "delete", "end", "double", "swap", "media", "type", "settings"))
        if act == "insert" or place == len(lines):
            lines.insert(place, pick(pick((HEADINGS, ANSWERS, ODDITIES))))
        elif act == "delete":
            del lines[place : place + pick((1, 1, 4))]
        elif act == "end":
            lines[place] = lines[place].rstrip() + pick(
                ("\n", " \n", "\u00a0\n", "?\n", "\r\n", "")
            )
        elif act == "double":
            pick(decks).extend(lines[place : place + pick((1, 4, 8))])
        elif act == "swap":
            lines[:] = [*lines[place:], *lines[:place]]
        elif act == "media":
            path = folder / "media" / pick(("a.png", "b.png", "A.png", "\u00e9.png", "e\u0301.png"))
            path.parent.mkdir(exist_ok=True)
            path.unlink(missing_ok=True)
            if size := pick((b"", b"0", b"1")):
                path.write_bytes(b"\x89PNG\r\n\x1a\n" + size)
        elif act == "type":
            home = folder / "note-types/own"
            home.mkdir(parents=True, exist_ok=True)
            for name, text in _OWN.items():
                filled = text.format(pick(_FIELDS if name.endswith(".toml") else _SHOWN))
                (home / name).write_text(filled, "utf-8")
        elif act == "settings":
            write_settings(folder, pick(_KEYS))
    for number, lines in enumerate(decks):
        (folder / f"{number}.md").write_bytes("".join(lines).encode())
