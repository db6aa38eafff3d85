"""Colour code by the classes of Pygments, where that takes no longer than the code is long.

Many lexers take time that grows with the square or the cube of what they read, and some never end.
What is coloured depends on the code alone, so that it is the same on every machine.
"""

from functools import cache, lru_cache
from io import StringIO
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pygments.formatters import HtmlFormatter
    from pygments.lexer import Lexer

LONGEST_CODE = 2_000
"""Characters of a block; a longer one is shown plain."""

LANGUAGES = frozenset(
    (
        "abap abnf actionscript ada agda apacheconf apl applescript arduino awk bash batch "
        + "bibtex bnf c clojure cmake cobol coffeescript console coq cpp cr csharp css cuda "
        + "cypher cython d dart delphi diff django docker ebnf elixir elm erb erlang forth "
        + "fortran fsharp gas gdscript glsl go graphql graphviz groovy haml handlebars haskell "
        + "haxe hlsl html html+django html+php ini isabelle j java javascript json jsonnet jsx "
        + "julia kotlin kql lean less livescript llvm lua make markdown mathematica matlab "
        + "modula2 mysql nasm nginx nimrod nixos numpy objective-c ocaml octave openedge perl "
        + "perl6 php plpgsql pony postgresql powershell prolog properties protobuf psql puppet "
        + "pwsh-session pycon pytb python q qml racket rbcon reasonml robotframework ruby rust "
        + "sas sass scheme scss sed smalltalk solidity sparql splus sql sqlite3 stata swift "
        + "systemverilog tcl terraform tex text toml tsql tsx turtle typescript vb.net velocity "
        + "verilog vhdl vim vue wast xml yaml zig"
    ).split()
)
"""The languages that are coloured, by the first name that Pygments has for each.

Tried with pairs of signs that open, repeat or never close: a block takes well below a second.
"""

# Code that makes sense has far fewer tokens than characters; some are empty.
_TOKENS_A_CHARACTER, _MORE_TOKENS = 2, 100


def highlight(code: str, language: str) -> str:
    """Return the HTML of code with the classes of Pygments, or "" for what stays plain."""
    if not language or len(code) > LONGEST_CODE:
        return ""
    lexer_class = _lexer_class(language)
    if not lexer_class:
        return ""
    # Some lexers remember what they read. Code inside of Markdown may be in any language.
    lexer = lexer_class(stripnl=False, handlecodeblocks=False)
    most = _TOKENS_A_CHARACTER * len(code) + _MORE_TOKENS
    tokens = list(islice(lexer.get_tokens(code), most + 1))
    if len(tokens) > most:
        return ""
    html = StringIO()
    _formatter().format(tokens, html)
    return html.getvalue()


# An author names few languages.
@lru_cache(maxsize=256)
def _lexer_class(language: str) -> "type[Lexer] | None":
    from pygments.lexers import find_lexer_class_by_name
    from pygments.util import ClassNotFound

    try:
        found = find_lexer_class_by_name(language)
    except ClassNotFound:
        return None
    return found if found.aliases[0] in LANGUAGES else None


@cache
def _formatter() -> "HtmlFormatter[str]":
    from pygments.formatters import HtmlFormatter

    return HtmlFormatter(nowrap=True)
