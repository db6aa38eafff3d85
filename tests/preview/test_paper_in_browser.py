"""Formulas and paper in a real Chromium: drawn as Anki draws them, and nothing is lost in print."""

import base64
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image

from tests.helpers.browser import Preview, chromium, needs_chromium, wait_for
from tests.helpers.mathjax import mathjax
from tests.helpers.trainer import Trainer, copy_media

pytestmark = [pytest.mark.slow, needs_chromium]

FORMULAS = (
    r"$\frac{a}{b}$",
    r"$$\begin{aligned} x &= 1 \\ y &= \boxed{2} \end{aligned}$$",
    r"$\ce{2H2 + O2 -> 2H2O}$",
    r"$\text{if } \mathbb{R} \text{ Ж}$",
    r"$$\begin{cases} 1 & x < 0 \\ 2 \end{cases} \tag{3}$$",
    r"$\Aboxed{x} \color{red}{y} \xrightarrow{n}$",
)


@contextmanager
def opened(tmp_path: Path, trainer: Trainer, *, is_live: bool) -> Iterator[Any]:
    """Open an exported page, or the running preview; nothing may be complained of."""
    with ExitStack() as stack:
        if is_live:
            address = stack.enter_context(Preview.of(trainer)).address
        else:
            result = trainer.run("preview", "--export", "page.html")
            assert result.returncode == 0, result.stderr
            address = (trainer.folder / "page.html").as_uri()
        driver = stack.enter_context(chromium(tmp_path))
        driver.get(address)
        wait_for(lambda: driver.find_elements("css selector", "#note iframe"), bool)
        yield driver
        assert [entry["message"] for entry in driver.get_log("browser")] == []


def printed(driver: Any) -> pypdfium2.PdfDocument:
    """Print as the browser's own command does."""
    options = {"printBackground": True, "preferCSSPageSize": True}
    pdf = driver.execute_cdp_cmd("Page.printToPDF", options)["data"]
    return pypdfium2.PdfDocument(base64.b64decode(pdf))


def words_of(pages: pypdfium2.PdfDocument) -> Counter[str]:
    return Counter(word for page in pages for word in page.get_textpage().get_text_range().split())


_DRAWN = """
return [...document.querySelectorAll("#note iframe")].at(-1).contentDocument
  .querySelectorAll("mjx-math").values().map((each) => each.outerHTML).toArray();
"""


def test_formulas_are_drawn_as_in_anki(tmp_path: Path, trainer: Trainer) -> None:
    body = "\n\n".join(FORMULAS)
    trainer.write_package(f"# D\n\n## Q {{#q}}\n\n{body}\n")
    with mathjax(tmp_path / "anki") as page:
        shown = [re.sub(r"\$\$(.*?)\$\$|\$(.*?)\$", _in_anki, each) for each in FORMULAS]
        theirs = page.drawn("".join(f"<p>{each}</p>" for each in shown))
    with opened(tmp_path / "page", trainer, is_live=False) as driver:
        driver.execute_script("document.getElementById('always').click()")
        ours = wait_for(
            lambda: driver.execute_script(_DRAWN), lambda found: len(found) == len(theirs)
        )
    assert len(theirs) == len(FORMULAS)
    for one, other, formula in zip(ours, theirs, FORMULAS, strict=True):
        assert without_measures(one) == without_measures(other), formula
    assert "mjx-mtable" in ours[1]


def _in_anki(match: re.Match[str]) -> str:
    text = (match[1] or match[2]).replace("&", "&amp;").replace("<", "&lt;")
    return rf"\[{text}\]" if match[1] else rf"\({text}\)"


def without_measures(html: str) -> str:
    """Leave out widths of text that MathJax has no letters for: they depend on the font."""
    return re.sub(r'(<mjx-utext[^>]*) style="[^"]*"', r"\1", html)


def test_the_list_and_the_question_show_no_tex(tmp_path: Path, trainer: Trainer) -> None:
    text = "# D\n\n## What is $$\\frac{a}{b}$$? {#q}\n\n$c$\n\n## A `\\(x\\)` in code {#c}\n\nB\n"
    trainer.write_package(text)
    with opened(tmp_path, trainer, is_live=True) as driver:
        read = (
            "return [...document.querySelectorAll('.row .words, #question')].map(e => e.innerText)"
        )
        row, code, question = wait_for(
            lambda: driver.execute_script(read), lambda found: "\\(" not in found[0] + found[2]
        )
        assert row.startswith("What is")
        assert question.startswith("What is")
        assert code.replace("\u2060", "") == "A \\(x\\) in code"
        drawn = "return document.querySelectorAll('.row mjx-mfrac, #question mjx-mfrac').length"
        assert driver.execute_script(drawn) == 2
        high = "return document.querySelectorAll('.row mjx-container[display]').length"
        assert driver.execute_script(high) == 0


TABLE = "\n".join(
    "|" + "|".join(f" {word}{n} " for n in range(12)) + "|" if word else "|" + "---|" * 12
    for word in ("heading", "", "first", "second")
)
LONG = "\n\n".join(f"Paragraph{n} of many." for n in range(120))
CODE = ", ".join(f"argument{n}" for n in range(40))
DECK = f"""# Things

## Front {{#front .reversed hint=thinkhard}}

Back of it.

---

More of it.

## Cloze {{#cloze}}

{{{{c1::hidden}}}} and {{{{c2::covered}}}} words.

## Math {{#math}}

Before $x^2$ after

$${"a+" * 90}z$$

## Code {{#code}}

```python
result = function({CODE})
```

## Picture {{#picture}}

![A meter](media/meter.png)

![](media/greeting.mp3)

## Table {{#table}}

{TABLE}

## Letters {{#letters}}

{"antidisestablishmentarianism" * 12}

## Long {{#long}}

{LONG}
"""
_LOOK = r"""
window.look = () => {
  const sides = [...document.querySelectorAll("#paper .side")];
  const within = (side, selector) => [...side.shadowRoot.querySelectorAll(selector)];
  return {
    texts: sides.map((each) => within(each, "body")[0].innerText),
    cut: sides.flatMap((side) => within(side, "body *")
      .filter((each) => each.checkVisibility() && !each.closest("mjx-container > *"))
      .filter((each) => (each.clientWidth && each.scrollWidth > each.clientWidth + 2)
        || each.getBoundingClientRect().right > side.getBoundingClientRect().right + 1)
      .map((each) => each.outerHTML.slice(0, 100))),
    pictures: sides.flatMap((side) => within(side, "img"))
      .map((each) => [each.naturalWidth, each.clientWidth / (each.clientHeight || 1)]),
    tex: sides.filter((side) => /\\[([]/.test(within(side, "body")[0].innerText)).length,
  };
};
addEventListener("beforeprint", () => { window.own ??= look(); });
"""


@pytest.mark.parametrize("is_live", [False, True])
def test_all_words_are_on_paper_and_nothing_is_cut(
    tmp_path: Path, trainer: Trainer, is_live: bool
) -> None:
    trainer.write_package(DECK)
    copy_media(DECK, trainer.folder / "content/demo")
    with opened(tmp_path, trainer, is_live=is_live) as driver:
        driver.execute_script(_LOOK)
        pages = printed(driver)
        own = driver.execute_script("return own")
        # The page's button waits for pictures, and then prints the same.
        driver.execute_script("window.print = () => { window.button = look(); clearPaper(); }")
        driver.find_element("id", "print").click()
        by_button = wait_for(lambda: driver.execute_script("return window.button"), bool)
    assert own["cut"] == by_button["cut"] == []
    assert own["tex"] == by_button["tex"] == 0
    assert own["texts"] == by_button["texts"]
    ((natural, shape),) = by_button["pictures"]
    assert natural > 0
    with Image.open(trainer.folder / "content/demo/media/meter.png") as picture:
        assert shape == pytest.approx(picture.width / picture.height, rel=0.02)
    assert_pictures_are_whole(pages, shape)
    found = words_of(pages)
    for word, times in Counter(" ".join(own["texts"]).split()).items():
        # One word that is wider than the paper goes on in the next line.
        assert found[word] >= times or len(word) > 200, word
    everything = "".join(page.get_textpage().get_text_range() for page in pages)
    assert "antidisestablishmentarianism" * 12 in re.sub(r"\s", "", everything)
    assert found["thinkhard"] > 0
    assert found["Paragraph119"] == 1
    assert found["argument39)"] == 1


def assert_pictures_are_whole(pages: pypdfium2.PdfDocument, shape: float) -> None:
    """See that the picture is on a page, within it, as wide to its height as it is."""
    found = [
        (page, each.get_bounds())
        for page in pages
        for each in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE])
    ]
    assert found
    for page, (left, bottom, right, top) in found:
        assert 0 <= left < right <= page.get_width()
        assert 0 <= bottom < top <= page.get_height()
        assert (right - left) / (top - bottom) == pytest.approx(shape, rel=0.02)


CHANGED = "# D\n\n## One {#one}\n\nIt is fifteen dollars.\n\n## Two {#two}\n\nSame.\n"


def test_a_manager_sees_old_and_new_words_on_screen_and_on_paper(
    tmp_path: Path, trainer: Trainer
) -> None:
    trainer.write_package(CHANGED)
    trainer.release(1_700_000_000)
    text = CHANGED.replace("fifteen", "sixteen") + "\n## Three {#three}\n\nFresh.\n"
    trainer.write_package(text)
    with opened(tmp_path, trainer, is_live=False) as driver:
        rows = (
            "return [...document.querySelectorAll('.row [data-key]')].map(each => each.dataset.key)"
        )
        for kind, name in (("new", "three"), ("changed", "one")):
            choose(driver, kind)
            assert driver.execute_script(rows) == [f"content/demo/{name}"]
        driver.find_element("css selector", ".row button").click()
        for tag, word in (("del", "fifteen"), ("ins", "sixteen")):
            (found,) = driver.find_elements("css selector", f"#note .difference {tag}")
            assert found.text == word
        link = driver.find_element("css selector", "#note .meta a").get_attribute("href")
        assert link.endswith("page.html#demo/one")
        found = words_of(printed(driver))
        assert found["fifteen"] == 1
        assert found["sixteen"] == 2  # what is inserted, and the card
        assert found["Same."] == found["demo/three"] == 0
        choose(driver, "all")
        everything = words_of(printed(driver))
        for word in ("fifteen", "Same.", "Fresh.", "demo/three", "new", "changed"):
            assert everything[word] > 0, word


def choose(driver: Any, kind: str) -> None:
    driver.find_element("css selector", f"#only option[value={kind}]").click()


@pytest.mark.long
def test_two_thousand_notes_are_all_on_paper(tmp_path: Path, trainer: Trainer) -> None:
    bodies = (
        "It is {n}.",
        "{{{{c1::Part{n}}}}} of it.",
        "$x^{{{n}}}$",
        "| a | b |\n|---|---|\n| {n} | x |",
    )
    notes = (f"## Question{n} {{#n{n}}}\n\n{bodies[n % 4].format(n=n)}\n" for n in range(2000))
    trainer.write_package("# D\n\n" + "\n".join(notes))
    with opened(tmp_path, trainer, is_live=False) as driver:
        found = words_of(printed(driver))
    assert all(found[f"Question{n}"] == 2 for n in range(2000))
    assert all(found[f"demo/n{n}"] >= 1 for n in range(2000))
