"""A package in another language: on cards in Anki and a browser, in the preview, on its pages."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ankibuild.anki.note_types import FIELDS, TEMPLATES
from ankibuild.core.languages import words_in
from tests.helpers.browser import chromium, data_of, needs_chromium, notes_of
from tests.helpers.demo import DAY, START, import_release
from tests.helpers.learner import Learner
from tests.helpers.trainer import SETTINGS, Trainer, copy_media

DECK = """\
# وحدة

## ما العدّاد؟ {#meter hint="ثلاث كلمات"}

جهاز يقيس الطاقة.

## أجزاء {#parts hint="اثنان"}

```occlusion
![عدّاد](media/meter.png)
display: 32, 17, 36, 16
number: 37, 58, 25, 9
```

## القمر {#moon hint="x"}

يدور {{c1::القمر}} حول الأرض.
"""
ARABIC = SETTINGS + (
    'language = "ar"\nfeedback = "https://forms.example.org/?{note}"\n'
    'page = "https://decks.example.org/"\n'
)
WORDS = {"report": "الإبلاغ عن خطأ", "hint": "تلميح", "masks": "إظهار الأغطية الأخرى أو إخفاؤها"}


@pytest.fixture
def arabic(trainer: Trainer) -> Trainer:
    trainer.write_package(DECK, settings=ARABIC)
    copy_media(DECK, trainer.folder / "content/demo")
    trainer.release(START)
    return trainer


def words_of_side(side: str) -> str:
    text = re.sub("<script>.*?</script>|<style>.*?</style>", "", side, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", text))


def test_no_word_of_ours_on_a_card_is_english(arabic: Trainer, learner: Learner) -> None:
    import_release(learner, arabic, "1.0.0")
    for name in ("meter", "parts", "moon"):
        front, back = learner.render(name)
        assert WORDS["hint"] in front
        assert WORDS["report"] in back
        assert (WORDS["masks"] in back) is (name == "parts")
        shown = words_of_side(front) + words_of_side(back).replace(f"demo/{name}", "")
        allowed = {"Anki", "display", "number", "x", "rlm"}
        assert set(re.findall("[A-Za-z]+", shown)) <= allowed
    assert learner.faults() == []


def test_the_preview_has_the_words_of_the_cards(arabic: Trainer) -> None:
    assert arabic.run("preview", "--export", "cards.html").returncode == 0
    page = (arabic.folder / "cards.html").read_text("utf-8")
    note = notes_of(data_of(page))["parts"]
    (card, *_) = note["cards"]
    assert WORDS["hint"] in card["front"]
    assert WORDS["masks"] in card["back"]
    assert WORDS["report"] in card["back"]
    assert "onclick" not in card["front"]


def test_a_packages_own_words_are_on_its_cards_and_change_their_look(
    arabic: Trainer, learner: Learner
) -> None:
    import_release(learner, arabic, "1.0.0")
    learner.study()
    before = learner.progress()
    arabic.write_package(DECK, settings=f'{ARABIC}\n[words]\nhint = "<إشارة> & أكثر"\n')
    arabic.release(START + 1)
    import_release(learner, arabic, "1.0.1")
    front, _ = learner.render("meter")
    assert "&lt;إشارة&gt; &amp; أكثر</a>" in front
    assert learner.progress() == before


CHANGES = (
    ("ما العدّاد؟ {#meter", "ما العدّاد اليوم؟ {#meter .typed"),
    ("ثلاث كلمات", "كلمتان"),
    ("جهاز يقيس الطاقة.", "جهاز يعدّ الطاقة.\n\n---\n\nإضافة."),
    ('hint="اثنان"', 'hint="واحد"'),
    ("أجزاء", "الأجزاء"),
    ("number: 37, 58, 25, 9\n```", "number: 37, 58, 25, 8\n```\n\nسطر."),
    ("## القمر {#moon", "## قمرنا {#moon .typed"),
    ("{{c1::القمر}} حول", "القمر {{c2::حول}}"),
    ('{#back .reversed tags="x"', '{#back tags="y"'),
)
LAST = '\n## عكس {#back .reversed tags="x" source="كتاب"}\n\nقلب.\n\n## وداع {#gone}\n\nسلام.\n'


@pytest.fixture(params=["ar", "de"])
def lived(request: pytest.FixtureRequest, trainer: Trainer) -> Trainer:
    """Return a package in a language after three releases, which changed whatever can be told."""
    settings = f'{SETTINGS}language = "{request.param}"\n'
    trainer.write_package(DECK + LAST, settings=settings)
    copy_media(DECK, trainer.folder / "content/demo")
    trainer.release(START)
    text = DECK + LAST.partition("\n## وداع")[0].replace("كتاب", "مجلة").replace("قلب", "قلبٌ")
    for old, new in CHANGES:
        assert old in text
        text = text.replace(old, new)
    trainer.write_package(
        text.replace("# وحدة", "# درس"), settings=f'{settings}retired = ["gone"]\n'
    )
    trainer.release(START + DAY)
    trainer.release(START + 2 * DAY, "--restamp", "meter")
    return trainer


def test_no_word_of_ours_on_the_page_and_in_the_release_notes_is_english(lived: Trainer) -> None:
    language = "ar" if 'language = "ar"' in settings_of(lived) else "de"
    names = [name for each in (*FIELDS.values(), *TEMPLATES.values()) for name, _ in each]
    english = words_by(*words_in("en").values(), *names)
    own = words_by(*words_in(language).values())
    page = (lived.folder / "dist/index.html").read_text("utf-8")
    page = re.sub("<code.*?</code>", "", page, flags=re.DOTALL)
    notes = "".join(path.read_text("utf-8") for path in sorted(lived.folder.glob("dist/*.md")))
    # Anki's browser takes the names of fields as Anki has them.
    notes = re.sub('^    ".*', "", notes, flags=re.MULTILINE)
    for shown_words in (words_of_side(page), notes):
        assert not words_by(shown_words) & english - own
        for key in ("field-back", "field-front", "field-typed", "field-text", "card-reverse"):
            assert words_in(language)[key] in shown_words, key


def settings_of(trainer: Trainer) -> str:
    return (trainer.folder / "content/demo/package.toml").read_text("utf-8")


def words_by(*texts: str) -> set[str]:
    return {word for text in texts for word in re.findall(r"[^\W\d_]+", text)}


@contextmanager
def shown(folder: Path, side: str, style: str) -> Iterator[Any]:
    """Show a side as Anki does, in a page of Chromium."""
    page = folder / "card.html"
    page.write_text(
        f'<!doctype html><meta charset="utf-8"><style>{style}</style>'
        f'<body class="card">{side}</body>',
        "utf-8",
    )
    with chromium(folder, width=600) as driver:
        driver.get(page.as_uri())
        yield driver


@pytest.mark.slow
@needs_chromium
def test_a_hint_opens_by_hand_by_key_and_by_ankidroids_own_way(
    arabic: Trainer, learner: Learner, tmp_path: Path
) -> None:
    import_release(learner, arabic, "1.0.0")
    front, _ = learner.render("meter")
    with shown(tmp_path, front, learner.style("demo front-back (ankibuild)")) as driver:
        link, _ = hint_of(driver)
        note = driver.find_element("css selector", ".note").rect
        # What is read from the right begins there.
        assert note["x"] + note["width"] - (link.rect["x"] + link.rect["width"]) < 40
        for way in ("click", "key", "AnkiDroid"):
            driver.refresh()
            link, hint = hint_of(driver)
            assert not hint.is_displayed()
            if way == "click":
                link.click()
            elif way == "key":
                link.send_keys("\n")
            else:
                # Source: AnkiDroid's ankidroid-reviewer.js, showHint.
                search = "a.hint:not([style*='display: none'])"
                driver.execute_script("document.querySelector(arguments[0]).click()", search)
            assert hint.is_displayed()
            assert hint.text == "ثلاث كلمات"
            assert not link.is_displayed()
            assert driver.current_url.endswith("card.html")


def hint_of(driver: Any) -> tuple[Any, Any]:
    """Return the link of a hint, and what it opens."""
    link = driver.find_element("css selector", "a.hint")
    return link, driver.find_element("css selector", "div.hint > div.hint")


@pytest.mark.slow
@needs_chromium
def test_where_anki_knows_no_masks_the_card_says_so(
    arabic: Trainer, learner: Learner, tmp_path: Path
) -> None:
    import_release(learner, arabic, "1.0.0")
    _, back = learner.render("parts")
    with shown(tmp_path, back, learner.style("demo image-occlusion (ankibuild)")) as driver:
        error = driver.find_element("css selector", "#err")
        assert error.text == "تتطلب هذه البطاقة الإصدار 23.10 من Anki أو إصدارًا أحدث."
        assert error.value_of_css_property("direction") == "rtl"
        assert driver.find_element("css selector", "#toggle").text == WORDS["masks"]
