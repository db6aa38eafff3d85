"""The preview in a real Chromium: what is seen, what keys do, what hostile sources cannot."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.browser import (
    Preview,
    box_in_card,
    choose,
    chromium,
    click,
    drag,
    needs_chromium,
    press,
    question,
    sides,
    wait_for,
)
from tests.helpers.hostile import RUNNING
from tests.helpers.trainer import Trainer, copy_media

pytestmark = [pytest.mark.slow, needs_chromium]
DECK = "# Deck\n\n" + "\n".join(
    f"## Question {n} {{#n{n}}}\n\nAnswer {n}." + "\n\nMore.\n" * 30 for n in range(1, 31)
)


@contextmanager
def opened(tmp_path: Path, trainer: Trainer, **size: int) -> Iterator[tuple[Preview, Any]]:
    """Open the preview in a browser; nothing may be complained of, and nobody else asked."""
    with Preview.of(trainer) as preview, chromium(tmp_path, **size) as driver:
        driver.get(preview.address)
        wait_for(lambda: question(driver), bool)
        yield preview, driver
        overflow = (
            "return [...document.querySelectorAll('#note iframe')]"
            ".map(each => each.contentDocument.documentElement)"
            ".filter(each => each.scrollHeight > each.clientHeight).length"
        )
        wait_for(lambda: driver.execute_script(overflow), lambda count: count == 0)
        assert complaints(driver) == []
        assert {address.split("/")[2] for address in asked(driver)} == {f"127.0.0.1:{preview.port}"}


def complaints(driver: Any) -> list[str]:
    return [entry["message"] for entry in driver.get_log("browser")]


def asked(driver: Any) -> list[str]:
    """Return the addresses that were asked for over the network."""
    messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    found = [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]
    return [each for each in found if not each.startswith(("data:", "about:", "chrome"))]


def test_a_saved_edit_is_shown_and_the_place_is_kept(tmp_path: Path, trainer: Trainer) -> None:
    trainer.write_package(DECK)
    with opened(tmp_path, trainer) as (_, driver):
        click(driver, "[data-key='content/demo/n9']")
        choose(driver, "light", "night")
        press(driver, " ")
        wait_for(lambda: sides(driver), lambda found: len(found) == 2 and "Answer 9." in found[1])
        # The list and the note stand scrolled; the frames have their heights.
        wait_for(lambda: scroll_to(driver, 200), lambda found: found[1] == 200)
        before = scroll_to(driver, 200)
        trainer.write(
            "content/demo/1.md", DECK.replace("Answer 9.", "Reply 9.").replace("n2}", "z}")
        )
        wait_for(lambda: sides(driver), lambda found: len(found) == 2 and "Reply 9." in found[1])
        wait_for(lambda: scrolled(driver), lambda found: found == before)
        assert question(driver) == "Question 9"
        dark = "return document.documentElement.hasAttribute('data-dark')"
        assert driver.execute_script(dark)
        night = "return document.querySelector('#note iframe').contentDocument.body.className"
        assert driver.execute_script(night) == "card card1 nightMode night_mode"
        # A reload keeps it too.
        driver.refresh()
        wait_for(lambda: sides(driver), lambda found: len(found) == 2 and "Reply 9." in found[1])
        assert question(driver) == "Question 9"
        assert driver.execute_script(dark)


def scroll_to(driver: Any, place: int) -> list[int]:
    driver.execute_script(
        "document.getElementById('main').scrollTop = arguments[0];"
        "document.getElementById('list').scrollTop = 120",
        place,
    )
    return scrolled(driver)


def scrolled(driver: Any) -> list[int]:
    found: list[int] = driver.execute_script(
        "return ['list', 'main'].map(name => document.getElementById(name).scrollTop)"
    )
    return found


def test_keys_move_show_and_search(tmp_path: Path, trainer: Trainer) -> None:
    from selenium.webdriver.common.keys import Keys

    trainer.write_package(DECK)
    with opened(tmp_path, trainer) as (_, driver):
        assert question(driver) == "Question 1"
        assert len(sides(driver)) == 1
        press(driver, Keys.ARROW_RIGHT)
        press(driver, Keys.ARROW_RIGHT)
        press(driver, Keys.ARROW_LEFT)
        assert question(driver) == "Question 2"
        status = "return document.getElementById('status').textContent"
        assert driver.execute_script(status) == "Note 2 of 30: Question 2"
        press(driver, " ")
        wait_for(lambda: sides(driver), lambda found: len(found) == 2 and "Answer 2." in found[1])
        press(driver, " ")
        wait_for(lambda: sides(driver), lambda found: len(found) == 1 and "Question 2" in found[0])
        # Keys go on working when the card itself was clicked.
        click(driver, "#note iframe")
        press(driver, Keys.ARROW_RIGHT)
        wait_for(lambda: question(driver), lambda found: found == "Question 3")
        press(driver, "/")
        press(driver, "answer 17")
        press(driver, Keys.ENTER)
        wait_for(lambda: question(driver), lambda found: found == "Question 17")
        listed = "return document.querySelectorAll('[data-key]').length"
        assert driver.execute_script(listed) == 1


def test_a_hint_opens_and_masks_come_off(tmp_path: Path, trainer: Trainer) -> None:
    text = (
        '# D\n\n## Q {#a hint="think"}\n\nB\n\n## Parts {#b}\n\n```occlusion\n'
        "![A meter](media/meter.png)\ndisplay: 32, 17, 36, 16\nnumber: 37, 58, 25, 9\n```\n"
    )
    trainer.write_package(text)
    copy_media(text, trainer.folder / "content/demo")
    with opened(tmp_path, trainer) as (_, driver):
        wait_for(lambda: sides(driver), lambda found: "Hint" in found[0])
        assert "think" not in sides(driver)[0]
        click_in_card(driver, 0, "a.hint")
        wait_for(lambda: sides(driver), lambda found: "think" in found[0])
        click(driver, "[data-key='content/demo/b']")
        press(driver, " ")
        masks = (
            "return [...document.querySelectorAll('#note iframe')].map(each => "
            "[...each.contentDocument.querySelectorAll('.mask')]"
            ".filter(mask => mask.checkVisibility()).map(mask => mask.classList[1]))"
        )
        (front, back, *_) = wait_for(
            lambda: driver.execute_script(masks), lambda found: len(found) == 4 and all(found)
        )
        assert front == ["cloze-mask", "cloze-inactive-mask"]
        assert back == ["cloze-highlight-mask", "cloze-inactive-mask"]
        click_in_card(driver, 1, "#toggle")
        wait_for(
            lambda: driver.execute_script(masks)[1], lambda found: found == ["cloze-highlight-mask"]
        )


def click_in_card(driver: Any, place: int, selector: str) -> None:
    x, y, width, height = box_in_card(driver, place, selector)
    drag(driver, (x + width / 2, y + height / 2))


def test_problems_stand_beside_the_note(tmp_path: Path, trainer: Trainer) -> None:
    trainer.write_package(DECK)
    with opened(tmp_path, trainer) as (_, driver):
        trainer.write("content/demo/1.md", DECK.replace("Answer 1.", "{{c1::x"))
        text = "return document.getElementById('note').innerText"
        found = wait_for(
            lambda: str(driver.execute_script(text)), lambda shown: "is not closed" in shown
        )
        assert "shown as they were before" in found
        assert "content/demo/1.md:5:1" in found
        assert sides(driver)[0].strip() == "Question 1"


ALERT = "top.ran = 1; parent.ran = 1; window.ran = 1"
HOSTILE = (
    f"<script>{ALERT}</script><img src=x onerror='{ALERT}'><svg onload='{ALERT}'></svg>"
    f'<a id=go href="javascript:{ALERT}">go</a></style></body></html></iframe>'
    f'<iframe srcdoc="<script>{ALERT}</script>"></iframe>'
    f"<details open ontoggle='{ALERT}'></details>"
    "<style>@import url(https://x.example/a.css);</style>"
    "<style>.b { background: url(https://x.example/b) }</style>"
    "<img src=https://x.example/c.png><link rel=stylesheet href=https://x.example/d.css>"
    "<meta http-equiv=refresh content='0;url=https://x.example/e'><b class=b>b</b>"
    "<form action=https://x.example/f><button id=send>s</button></form>"
    "<base href=https://x.example/>"
    "<object data=https://x.example/g></object><embed src=https://x.example/h>"
    r"\(\href{javascript:top.ran=1}{x} \style{background:url(https://x.example/j)}{y}\)"
    r"\(\require{https://x.example/k}\) \(\class{b}{z}\)"
    "<video src=https://x.example/i autoplay></video><input autofocus onfocus='top.ran = 1'>"
)


def test_sources_that_are_hostile_run_nothing(tmp_path: Path, trainer: Trainer) -> None:
    bodies = "".join(
        f"## Q {number} {text if chr(10) not in text else ''} {{#n{number}}}\n\n{text}\n\n"
        for number, text in enumerate(RUNNING)
    )
    name = "</script><img src=x onerror='top.ran = 1'>"
    trainer.write_package(f'---\ndeck: "D {name}"\n---\n\n# D\n\n{bodies}')
    trainer.write("content/demo/2.md", f"# E\n\n## Fine {{#fine}}\n\n`{name}` `</style>`\n")
    with Preview.of(trainer) as preview, chromium(tmp_path) as driver:
        # Most are errors, and are shown as the text that they are.
        driver.get(preview.address)
        wait_for(lambda: text_of(driver), lambda found: "onerror=" in found)
        assert driver.execute_script("return window.ran ?? null") is None
        assert asked_elsewhere(driver, preview) == []


def test_a_hostile_drawing_runs_nothing(tmp_path: Path, trainer: Trainer) -> None:
    trainer.write_package("# D\n\n## Q {#a}\n\n![A drawing](media/x.svg)\n")
    trainer.write(
        "content/demo/media/x.svg",
        f"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9' onload='{ALERT}'>"
        f"<script>{ALERT}</script><image href='https://x.example/a.png'/>"
        "<rect width='9' height='9'/></svg>",
    )
    with opened(tmp_path, trainer) as (preview, driver):
        press(driver, " ")
        drawn = (
            "return [...document.querySelectorAll('#note iframe')]"
            ".flatMap(each => [...each.contentDocument.images])"
            ".filter(each => each.naturalWidth === 9).length"
        )
        wait_for(lambda: driver.execute_script(drawn), lambda count: count == 1)
        assert driver.execute_script("return window.ran ?? null") is None
        # Nor does it by itself in a window.
        back = preview.notes()["a"]["cards"][0]["back"]
        driver.get(preview.address.rstrip("/") + re.findall('src="([^"]*)"', back)[0])
        assert driver.execute_script("return document.documentElement.localName") == "svg"
        assert driver.execute_script("return window.ran ?? null") is None
        assert all("has been blocked" in complaint for complaint in complaints(driver))
        driver.get(preview.address)
        wait_for(lambda: question(driver), bool)


def test_cards_that_are_hostile_run_nothing(tmp_path: Path, trainer: Trainer) -> None:
    """Even if all fences before it fell: a page of fields and a style that hold anything."""
    trainer.write_package("# D\n\n## Q {#a}\n\n$B$\n")
    page = trainer.folder / "page.html"
    trainer.run("preview", "--export", "page.html")
    text = page.read_text("utf-8")
    hostile = json.dumps(HOSTILE)[1:-1].replace("<", "\\u003c")
    text = re.sub(r'"(front|back)":"', lambda match: match[0] + hostile, text)
    text = text.replace('"content/demo/front-back":"', f'"content/demo/front-back":"{hostile}')
    page.write_text(text, "utf-8")
    with chromium(tmp_path) as driver:
        driver.get(page.as_uri())
        wait_for(lambda: sides(driver), lambda found: len(found) == 1 and "go" in found[0])
        drawn = "return document.querySelector('#note iframe').contentDocument"
        drawn += ".querySelectorAll('mjx-math a').length"
        wait_for(lambda: driver.execute_script(drawn), bool)
        click_in_card(driver, 0, "mjx-math a")
        click_in_card(driver, 0, "#go")
        click_in_card(driver, 0, "#send")
        assert len(driver.window_handles) == 1
        driver.print_page()
        assert driver.execute_script("return window.ran ?? null") is None
        frame = "return document.querySelector('#note iframe').contentWindow.ran ?? null"
        assert driver.execute_script(frame) is None
        assert [each for each in loaded(driver) if "x.example" in each] == []


def text_of(driver: Any) -> str:
    return str(driver.execute_script("return document.body.innerText"))


def asked_elsewhere(driver: Any, preview: Preview) -> list[str]:
    return [each for each in asked(driver) if not each.startswith(preview.address)]


def loaded(driver: Any) -> list[str]:
    """Return the addresses that left the browser, those stopped by the policy aside."""
    messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    stopped = {
        message["params"]["requestId"]
        for message in messages
        if message["method"] == "Network.loadingFailed"
        and message["params"].get("blockedReason") == "csp"
    }
    return [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
        and message["params"]["requestId"] not in stopped
    ]


def test_an_export_opens_from_disk(tmp_path: Path, trainer: Trainer) -> None:
    trainer.write_package("# D\n\n## A {#a}\n\nB $x^2$\n")
    assert trainer.run("preview", "--export", "page.html").returncode == 0
    with chromium(tmp_path) as driver:
        driver.get((trainer.folder / "page.html").as_uri())
        wait_for(lambda: sides(driver), lambda found: found and "A" in found[0])
        assert all(each.startswith("file:") for each in asked(driver))
        assert complaints(driver) == []
