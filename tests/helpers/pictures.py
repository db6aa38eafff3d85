"""Picture the trainers' guide as Anki renders it: ``python -m tests.helpers.pictures``.

Needs Chromium. Each Markdown block of ``docs/trainers.md`` with a picture after it is built,
imported into a real Anki, and photographed: a card's front, then its back.
"""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import ankibuild
from tests.helpers.learner import Learner
from tests.helpers.places import ROOT
from tests.helpers.trainer import copy_media

DOCS = ROOT / "docs"
FORM = re.compile(
    r"^(````?)markdown\n(?P<text>.*?)^\1$\n\n!\[[^]]*\]\((?P<picture>forms/[\w-]+\.png)\)$",
    re.MULTILINE | re.DOTALL,
)
WIDTH = 720
PAGE = """\
<!doctype html><meta charset="utf-8"><base href="MEDIA/">
<style>
CSS
body { display: flex; gap: 12px; margin: 0; padding: 12px; background: #e4e7ea; width: 696px; }
.card { flex: 1; min-width: 0; padding: 12px; border-radius: 8px; box-sizing: border-box; }
.card { font-size: 15px; }
input { font: inherit; width: 90%; box-sizing: border-box; }
</style>
<body><div class="card">FRONT</div><div class="card">BACK</div>
<script>
addEventListener("load", () => {
  document.title = Math.ceil(document.body.getBoundingClientRect().height);
});
</script>
"""
CHROMIUM = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    # Without a frame around the page, the window's size is the picture's.
    *("--hide-scrollbars", "--kiosk"),
)


def find_forms() -> list[tuple[str, Path]]:
    """Return the Markdown and the picture of each form."""
    text = (DOCS / "trainers.md").read_text("utf-8")
    return [(match["text"], DOCS / match["picture"]) for match in FORM.finditer(text)]


def render(text: str, folder: Path) -> str:
    """Return a page with the front and back of the form's last card, or of a cloze's first."""
    path = folder / "my-deck.md"
    path.write_text(f"# Deck\n\n{text}", "utf-8")
    copy_media(text, folder)
    package = ankibuild.load(path)
    built = ankibuild.build(package, folder, time=1_700_000_000)
    with Learner.at(folder / "learner") as learner:
        learner.import_package(built.path)
        (note,) = package.notes
        ordinal = note.ordinals[0 if note.kind == "cloze" else -1]
        front, back = learner.render(note.note_id, ordinal)
        media = Path(learner.collection.media.dir()).as_uri()
    # Anki puts the box in, and on the back the answer, while it shows the card.
    answer = re.sub("<[^>]+>", "", note.fields[1])
    box = re.compile(r"\[\[type:[^]]+\]\]")
    (note_type,) = (each for each in package.note_types if each.kind == note.kind)
    parts = {
        "MEDIA": media,
        "CSS": note_type.css,
        "FRONT": box.sub("<input>", front),
        "BACK": box.sub(f"<code>{answer}</code>", back),
    }
    return re.sub("MEDIA|CSS|FRONT|BACK", lambda match: parts[match[0]], PAGE)


def find_browser() -> str | None:
    return shutil.which("chromium") or shutil.which("google-chrome")


def photograph(page: Path, picture: Path, folder: Path) -> None:
    """Write a picture of a page, as high as the page is."""
    browser = find_browser()
    assert browser, "Chromium is needed"

    def run(*options: str) -> str:
        with tempfile.TemporaryDirectory(dir=folder) as profile:
            profile_option = f"--user-data-dir={profile}"
            command = [browser, *CHROMIUM, profile_option, *options, page.as_uri()]
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    title = re.search(r"<title>(\d+)</title>", run(f"--window-size={WIDTH},900", "--dump-dom"))
    assert title
    run(f"--window-size={WIDTH},{title[1]}", f"--screenshot={picture}")


def main() -> None:
    for text, picture in find_forms():
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
            folder = Path(name)
            page = folder / "page.html"
            page.write_text(render(text, folder), "utf-8")
            picture.parent.mkdir(exist_ok=True)
            photograph(page, picture, folder)


if __name__ == "__main__":
    main()
