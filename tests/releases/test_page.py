"""The download page: what a learner finds on it, and what they get from it."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from ankibuild.core.languages import words_in
from tests.helpers.demo import DAY, EDITED, FIRST, START
from tests.helpers.learner import Learner, Log
from tests.helpers.system import make_link
from tests.helpers.trainer import SETTINGS, Trainer

MORE = SETTINGS.replace("demo", "more").replace("0f0c", "1f0c")
HOSTILE = '< /h2> ${size} &amp; & \\"x\\"'


class Page(HTMLParser):
    """What a browser makes of a page: tags, links, the text of its sections."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.sections: list[str] = []
        self.feed(path.read_text("utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        # Those within one tell of earlier versions.
        if tag == "section" and dict(attrs).get("class") != "since":
            self.sections.append("")

    def handle_data(self, data: str) -> None:
        if self.sections:
            self.sections[-1] += data


def page_of(trainer: Trainer) -> Page:
    return Page(trainer.folder / "dist/index.html")


@pytest.fixture
def two(trainer: Trainer) -> Trainer:
    """Return a trainer with demo 1.0.1 and, older, more 1.0.0 in one folder."""
    trainer.write("content/more/package.toml", MORE)
    trainer.write("content/more/1.md", "# More\n\n## A {#a}\n\nB\n")
    trainer.write_package(FIRST)
    trainer.release(START)
    trainer.write_package(EDITED)
    trainer.release(START + DAY, "content/demo")
    return trainer


def test_the_page_shows_the_newest_version_of_each_package(two: Trainer) -> None:
    demo, more, _ = page_of(two).sections
    assert "Version 1.0.1, 16 June 2025" in demo
    assert "Notes: 1 changed." in demo
    size = (two.folder / "dist/demo-1.0.1.apkg").stat().st_size
    assert f"Download demo-1.0.1.apkg ({size / 1000:.1f} kB)" in demo
    assert "Version 1.0.0, 15 June 2025" in more
    assert "Download demo-1.0.0" not in demo


def test_every_link_leads_to_a_file_that_a_learner_can_import(
    two: Trainer, learner: Learner
) -> None:
    links = [link for link in page_of(two).links if not link.startswith(("https://", "#"))]
    assert len(links) == 4
    assert links[0] == links[1]
    for link in links:
        assert (two.folder / "dist" / unquote(link)).is_file()
    logs = [learner.import_package(two.folder / "dist" / link) for link in links[1:]]
    assert logs == [Log(4, 0, 0, 0), Log(0, 0, 4, 0), Log(1, 0, 0, 0)]


def test_the_tenth_version_is_newer_than_the_ninth(two: Trainer) -> None:
    for number in (9, 10):
        two.write_package(EDITED.replace("hours", f"hours, {number}"))
        two.release(START + number * DAY, "--version", f"{number}.0.0")
    assert "Version 10.0.0" in page_of(two).sections[0]


def test_the_page_needs_no_script_and_nothing_from_elsewhere(two: Trainer) -> None:
    page = page_of(two)
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    text = (two.folder / "dist/index.html").read_text("utf-8")
    assert "url(" not in text
    assert len(text) < 7000


def test_a_title_is_text_whatever_it_holds(trainer: Trainer) -> None:
    trainer.write_package(FIRST, settings=SETTINGS.replace('"Demo"', f'"{HOSTILE}"'))
    trainer.release(START)
    page = page_of(trainer)
    assert "script" not in page.tags
    assert '< /h2> ${size} &amp; & "x"' in page.sections[0]


def test_the_page_shows_what_changed_word_by_word(two: Trainer) -> None:
    two.write_package(
        EDITED.replace("# Module 1", "# Module One").replace("of prices", r"of \</ul>"),
        settings=SETTINGS + 'retired = ["moon"]\n',
    )
    text = (two.folder / "content/demo/1.md").read_text("utf-8")
    two.write("content/demo/1.md", text[: text.index("## The moon")])
    two.release(START + 2 * DAY)
    text = (two.folder / "dist/index.html").read_text("utf-8")
    assert (
        "<h5>Changed</h5>\n<ul>\n<li><bdi>What is a tariff?</bdi><ul>\n<li><bdi>Back</bdi>: <bdi>"
    ) in text
    demo = page_of(two).sections[0]
    assert "Back: A list of prices</ul>." in demo
    renamed = "\u2068Demo::Module 1\u2069 → \u2068Demo::Module One\u2069"
    assert f"{renamed}\nThe cards that you have stay" in demo
    assert "Retired\n\nThe moon\n" in demo
    assert text.count("<ul>") == text.count("</ul>")


@pytest.mark.parametrize(
    "changes",
    [
        7,
        [7],
        [{"kind": "<b>", "note": "x", "name": "x", "details": []}],
        [{"kind": "new", "note": "x", "name": "x", "details": [[["<b>", "x"]]]}],
    ],
)
def test_changes_that_no_release_of_ours_has_written_leave_a_manifest_out(
    two: Trainer, changes: object
) -> None:
    path = two.folder / "dist/more-1.0.0.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"changes": changes}))
    result = two.run("build", "content/demo")
    assert "more-1.0.0.json: warning: this manifest cannot be read" in result.stderr
    assert len(page_of(two).sections) == 2


def test_a_manifest_of_an_older_tool_has_no_changes_and_stays_on_the_page(two: Trainer) -> None:
    path = two.folder / "dist/more-1.0.0.json"
    manifest = json.loads(path.read_text("utf-8"))
    del manifest["changes"]
    path.write_text(json.dumps(manifest))
    assert two.run("build", "content/demo").stderr == ""
    assert len(page_of(two).sections) == 3


def test_the_page_is_the_same_when_the_release_is_built_again(two: Trainer) -> None:
    path = two.folder / "dist/index.html"
    before = path.read_bytes()
    assert b"It counts <del>energy</del><ins>kilowatt-hours</ins>.</bdi>" in before
    assert two.run("build", "--locked").returncode == 0
    assert path.read_bytes() == before


def test_a_version_to_look_at_is_not_on_the_page(two: Trainer) -> None:
    before = (two.folder / "dist/index.html").read_bytes()
    two.write_package(FIRST)
    assert two.run("build").returncode == 0
    assert (two.folder / "dist/demo-1.0.2-dev.apkg").exists()
    assert (two.folder / "dist/index.html").read_bytes() == before


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff",
        b"[" * 100_000,
        b"[]",
        b'{"format": 1, "package": "other", "version": "1.0.0"}',
        b'{"format": 1, "package": "x/../demo", "title": "", "version": "1.0.0", "time": 1, '
        b'"size": 1, "summary": ""}',
        b'{"format": 1, "package": "other", "title": "T", "version": "1.0.0", "time": 1, '
        b'"size": 1, "summary": "its package is not here"}',
        b'{"format": 1, "package": "other", "title": "T", "version": "1.0.0", "time": 1e99, '
        b'"size": 1, "summary": ""}',
        b'{"format": 1, "package": "other", "title": "T", "version": "1.0.0", "time": 1, "size": 9'
        + 4000 * b"9"
        + b', "summary": ""}',
    ],
)
def test_a_manifest_that_is_broken_is_left_out_with_a_warning(two: Trainer, text: bytes) -> None:
    two.write("dist/other-1.0.0.json", text)
    two.write("dist/settings.json", b"of another program")
    two.write_package(FIRST)
    result = two.run("release", "--time", str(START + 2 * DAY))
    assert result.returncode == 0, result.stderr
    assert "dist/other-1.0.0.json: warning: this manifest cannot be read" in result.stderr
    assert "settings.json" not in result.stderr
    sections = page_of(two).sections
    assert len(sections) == 3
    assert re.search(r"Version 1\.0\.2", sections[0])


@pytest.mark.parametrize(
    "package",
    ["javascript:alert(1)%2f%2f", "..", "a b", "x&y", "data:text,html", "%2e%2e", "Demo", "-"],
)
def test_a_manifest_that_no_release_of_ours_has_written_makes_no_link(
    two: Trainer, package: str
) -> None:
    manifest = json.loads((two.folder / "dist/demo-1.0.1.json").read_text("utf-8"))
    text = json.dumps({**manifest, "package": package})
    two.write(f"dist/{package}-1.0.0.json", text)
    two.write(f"dist/{package}-1.0.0.apkg", b"")
    assert two.run("build").returncode == 0
    page = page_of(two)
    links = [link for link in page.links if not link.startswith("https://")]
    assert len(links) == 5
    assert all(re.fullmatch(r"#?(demo|more)-1\.0\.[01](\.apkg)?", link) for link in links)


def test_a_manifest_and_a_package_that_links_lead_to_are_not_ours(two: Trainer) -> None:
    dist = two.folder / "dist"
    for end in ("json", "apkg"):
        (dist / f"more-1.0.0.{end}").rename(two.folder / f"elsewhere.{end}")
        make_link(dist / f"more-1.0.0.{end}", f"../elsewhere.{end}")
    result = two.run("build", "content/demo")
    assert "more-1.0.0.json: warning: this manifest cannot be read" in result.stderr
    assert len(page_of(two).sections) == 2


def test_the_sums_take_over_only_what_are_sums(two: Trainer) -> None:
    path = two.folder / "dist/SHA256SUMS"
    two.write("dist/note.txt", "")
    path.write_text(path.read_text("utf-8") + "my password  note.txt\n", "utf-8")
    before = path.read_text("utf-8")
    assert two.run("build").returncode == 0
    assert path.read_text("utf-8") == before.replace("my password  note.txt\n", "")


def test_links_are_whole_addresses_where_the_page_has_one(trainer: Trainer) -> None:
    page = "https://decks.example.org/anki/"
    trainer.write_package(FIRST, settings=f'{SETTINGS}page = "{page}"\n')
    trainer.release(START)
    trainer.write_package(EDITED, settings=f'{SETTINGS}page = "{page}"\n')
    trainer.release(START + DAY)
    links = page_of(trainer).links
    files = ["demo-1.0.1.apkg", "demo-1.0.1.apkg", "demo-1.0.0.apkg"]
    assert [link for link in links if link.endswith(".apkg")] == [page + file for file in files]
    assert links[0] == page
    text = (trainer.folder / "dist/index.html").read_text("utf-8")
    assert "If somebody sent you this page as a file" in text


def test_without_an_address_the_page_says_what_its_links_need(two: Trainer) -> None:
    text = (two.folder / "dist/index.html").read_text("utf-8")
    assert "the links only work with the files in the same folder" in text


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        (("", ""), "lone-page"),
        (("https://a.example.org/", ""), "home-page"),
        (("https://a.example.org/", "https://a.example.org/"), "home-page"),
        (("https://a.example.org/", "https://b.example.org/"), ""),
    ],
)
def test_what_the_page_says_of_its_links_is_true_of_all_packages(
    trainer: Trainer, pages: tuple[str, str], said: str
) -> None:
    trainer.write_package(FIRST, settings=f'{SETTINGS}page = "{pages[0]}"\n')
    trainer.write("content/more/package.toml", f'{MORE}page = "{pages[1]}"\n')
    trainer.write("content/more/1.md", "# More\n\n## A {#a}\n\nB\n")
    trainer.release(START)
    text = (trainer.folder / "dist/index.html").read_text("utf-8")
    starts = {key: words_in("en")[key].partition("{")[0] for key in ("lone-page", "home-page")}
    assert [key for key, start in starts.items() if start in text] == [said] * bool(said)
    assert "<p></p>" not in text


def test_the_arrow_between_two_decks_points_as_the_page_is_read(trainer: Trainer) -> None:
    arabic = f'{SETTINGS}language = "ar"\n'
    trainer.write_package(FIRST, settings=arabic)
    trainer.release(START)
    trainer.write_package(FIRST.replace("# Module 1", "# Module One", 1), settings=arabic)
    trainer.release(START + DAY)
    text = (trainer.folder / "dist/index.html").read_text("utf-8")
    names = "\u2068Demo::Module 1\u2069 ← \u2068Demo::Module One\u2069"
    assert f'<li><bdi dir="rtl">{names}</bdi>' in text


def test_the_page_says_what_a_package_is(trainer: Trainer) -> None:
    about = 'description = "All <b>about</b> it."\nauthors = ["Kim", "Ada"]\nlicense = "CC0-1.0"\n'
    trainer.write_package(FIRST, settings=SETTINGS + about)
    trainer.release(START)
    (demo, _) = page_of(trainer).sections
    assert "All <b>about</b> it." in demo
    text = (trainer.folder / "dist/index.html").read_text("utf-8")
    assert '<p dir="auto">All &lt;b&gt;about' in text
    assert "Notes: 4 · Decks: 1 · Kim, Ada · CC0-1.0" in demo


def test_packages_come_by_title_each_in_its_language(trainer: Trainer) -> None:
    for number, (title, language) in enumerate(
        (("b", "de"), ("A", ""), ("\u0641", "ar"), ("c", "fr"))
    ):
        settings = (
            f'id = "deck-{number}"\nkey = "{number}f0c6a52-7b0e-4a6c-9d3e-5d1f2b3c4d5e"\n'
            f'title = "{title}"\nlanguage = "{language}"\n'
            '[words]\ndownload = "{file}: {size}!"\n'
        )
        trainer.write(f"content/{number}/package.toml", settings)
        trainer.write(f"content/{number}/1.md", f"# {number}\n\n## A {{#a}}\n\nB\n")
    trainer.release(START)
    text = (trainer.folder / "dist/index.html").read_text("utf-8")
    assert re.findall("<h2><bdi>(.*)</bdi></h2>", text) == ["A", "b", "c", "\u0641"]
    assert re.findall(r'<section class="package" id="deck-(\d)-1.0.0"(.*)>', text) == [
        ("1", ' dir="auto"'),
        ("0", ' dir="ltr" lang="de"'),
        ("3", ' dir="ltr" lang="fr"'),
        ("2", ' dir="rtl" lang="ar"'),
    ]
    assert text.startswith('<!doctype html>\n<html dir="ltr" lang="en">')
    assert text.count("</bdi>!</a>") == 4
    assert "Notizen: 1 · Stapel: 1" in text
    assert "Version 1.0.0 vom 15. Juni 2025" in text


def test_the_page_is_in_the_language_that_all_packages_share(trainer: Trainer) -> None:
    trainer.write_package(FIRST, settings=f'{SETTINGS}language = "ar"\n')
    trainer.release(START)
    text = (trainer.folder / "dist/index.html").read_text("utf-8")
    assert text.startswith('<!doctype html>\n<html dir="rtl" lang="ar">')
    assert "How to import" not in text


@pytest.mark.parametrize("words", [{"download": "{file} {"}, {"download": "{x}"}, {"<b>": "x"}])
def test_words_that_no_release_of_ours_has_written_are_passed_over(
    two: Trainer, words: dict[str, str]
) -> None:
    path = two.folder / "dist/more-1.0.0.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"words": words}))
    assert two.run("build", "content/demo").returncode == 0
    assert "Download more-1.0.0.apkg" in page_of(two).sections[1]


def test_of_many_changes_a_hundred_of_a_kind_are_shown(published: Trainer) -> None:
    more = (f"\n## Question {number} {{#n-{number}}}\n\nA\n" for number in range(130))
    published.write_package(FIRST, "# More\n" + "".join(more))
    published.release(START + DAY)
    text = (published.folder / "dist/index.html").read_text("utf-8")
    assert text.count("<li><bdi>Question ") == 100
    assert "<li>And 30 more</li>" in text
    assert "Notes: 130 new." in text
