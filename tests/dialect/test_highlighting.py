"""Code is coloured where that ends in time, and shown plain where it may not."""

import re
import time
from itertools import chain

import pytest
from pygments.lexers import get_all_lexers, get_lexer_by_name

from ankibuild.core.problems import Fragment
from ankibuild.dialect.highlighting import LANGUAGES, LONGEST_CODE, highlight
from ankibuild.dialect.markdown import render_block

ALL = sorted({aliases[0] for _, aliases, _, _ in get_all_lexers() if aliases})
HOSTILE = (
    *("<!--", "{{", "/*", '"\\', "'", "\n", "a\n", "(*", "```mcschema\n<!--\n"),
    *("a", " ", ".", "<", "$(", "[", ":", "\\", "{%", "<?php", "a=", "- a\n", '"""', "#{"),
)


def shown(code: str, language: str) -> str:
    text = f"```{language}\n{code}\n```"
    return render_block(Fragment(path="a.md", line=1, column=1, text=text), {}).html


def test_a_known_language_is_coloured_by_any_of_its_names() -> None:
    for name in ("python", "py", "c++", "html", "sql", "sh", "yml"):
        assert "<span class=" in shown("x = 1\n# <b>", name), name


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("<!--", "mcschema"),
        ('val x = "a"', "scala"),
        ("x", "no-such-language"),
        ("x = 1\n" * (LONGEST_CODE // 6 + 1), "python"),
        ('"' * 2000, "haxe"),
    ],
    ids=["endless", "not-tried", "unknown", "long", "more-tokens-than-signs"],
)
def test_what_might_not_end_is_shown_plain(code: str, language: str) -> None:
    html = shown(code, language)
    assert "<span" not in html
    assert html.startswith(f'<pre><code class="language-{language}">')
    assert code.replace("<", "&lt;") in html.replace("&quot;", '"')


def test_code_in_a_language_inside_of_markdown_stays_plain() -> None:
    html = highlight("```mcschema\n<!--\n```\n\n```python\nx = 1\n```\n", "md")
    assert "mcschema" in html
    assert re.sub("<[^>]*>", "", html).startswith("```mcschema\n&lt;!--\n```")


@pytest.mark.slow
def test_every_language_is_one_that_pygments_has_by_that_name() -> None:
    assert len(LANGUAGES) > 100
    for name in LANGUAGES:
        assert get_lexer_by_name(name).aliases[0] == name


@pytest.mark.slow
@pytest.mark.long
def test_no_language_takes_long_or_much_whatever_the_code() -> None:
    for language in ALL:
        codes = chain.from_iterable(
            (sign * (LONGEST_CODE // len(sign)), f"{sign}{'a' * (LONGEST_CODE // 2)}\n")
            for sign in (HOSTILE if language in LANGUAGES else HOSTILE[:2])
        )
        for code in codes:
            started = time.process_time()
            html = highlight(code, language)
            assert time.process_time() - started < 2, (language, code[:20])
            assert len(html) < 100 * LONGEST_CODE, (language, code[:20])
