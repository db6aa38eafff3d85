"""Pictures and sounds: which file of the package a source means, and how wide it is shown."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from unicodedata import normalize
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline, image
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from ankibuild.core.files import MEDIA
from ankibuild.core.media import FORMS, MediaFile, media_kind
from ankibuild.core.problems import Fault, suggestion
from ankibuild.core.text import OBJECT, shorten

# While HTML is made these noncharacters, as in cloze.py, stand around the name of a sound.
_SOUND, _SOUND_END = "\ufdd4\ufdd5"
_SOUND_MARK = re.compile(f"{_SOUND}([^{_SOUND_END}]*){_SOUND_END}")
_PICTURE_OR_SOUND = re.compile(f"<img [^>]*>|{_SOUND_MARK.pattern}")
# Lengths are bounded, so that a flood of what begins so ends in time.
# What the parser takes for no picture: spaces or odd brackets in the name, a space before it.
_LOOSE_PICTURE = re.compile(
    r"!\[(?P<words>(?:[^\]\[\n\\]|\\.|\[[^\]\[\n]{0,99}\]){0,500})\](?P<gap>[ \t]*)\([ \t]*"
    r"<?(?P<path>[^\n<>\"]{1,500}?\.\w{1,5})>?(?:[ \t]+\"(?P<title>[^\"\n]{0,500})\")?[ \t]*\)"
)
_WIKI_PICTURE = re.compile(
    r"!\[\[(?P<path>[^\]\[|\n]{1,500}\.\w{1,5})(?:\|(?P<more>[^\]\[\n]{0,500}))?\]\]"
)
_REFUSED_PICTURE = re.compile(
    r"!\[[^\]\n]{0,500}\]\(<?((?:file|data|javascript|vbscript):[^\s)>]{0,500})"
)
_WIDTH = re.compile(r"""[ \t]*\{width=(["']?)(?:([1-9]\d?|100)%|([1-9]\d{0,3})px)\1\}""")
_AFTER_PICTURE = re.compile(rf"\{{(?=[#.]|[\w-]+=)[^{{}}]*\}}|{_WIDTH.pattern}")
_LONGEST_NAME = 255
_FILE_NAME = re.compile(r"[^/\\:;,?#]+\.\w+$")
_REMOTE = re.compile("[a-z][a-z0-9+.-]+:|//", re.IGNORECASE)


def add_pictures(parser: MarkdownIt) -> None:
    """Teach the parser pictures and sounds of the package.

    The rule looks in ``env["media"]``, adds the paths of what it finds to the set ``env["used"]``,
    and calls ``env["report"]``.
    """
    parser.inline.ruler.at("image", _picture)
    parser.add_render_rule("sound", _render_sound)


def write_sounds(html: str) -> str:
    """Return the HTML with its sounds as Anki reads them."""
    return _SOUND_MARK.sub(r"[sound:\1]", html)


def show_objects(html: str) -> str:
    """Return HTML with a sign for each picture and sound."""
    return _PICTURE_OR_SOUND.sub(OBJECT, html)


def find_media(address: str, media: Mapping[str, MediaFile]) -> str | Fault:
    """Return the path of the file that a source means, or what is wrong with it and the cure.

    ``media`` are sorted by their paths.
    """
    path = unquote(address).removeprefix("./")
    # As the names of files are read, however an accent is stored here.
    path = path if path in media else normalize("NFC", path)
    if path in media:
        return path
    found = _FILE_NAME.search(path[-_LONGEST_NAME:])
    name = found[0] if found else "name.png"
    cure = f'put the file into the folder {MEDIA}/ of the package, and write "{MEDIA}/{name}"'
    if _REMOTE.match(path):
        message = f'the file "{shorten(path, 60)}" is not in the package: cards work offline'
        return "misplaced-media", message, cure
    if path.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", path):
        return "misplaced-media", f'the path "{path}" leaves the package', cure
    if not path.startswith(f"{MEDIA}/"):
        return "misplaced-media", f'the file "{path}" is not in the folder {MEDIA}/', cure
    near = suggestion(path, tuple(media))
    cure = near if near.startswith("did") else "put it there, or correct the name"
    return "missing-media", f'the file "{path}" is missing from the package', cure


def _picture(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 (markdown-it calls it so)
    start, env = state.pos, state.env
    # What stands for the picture is plain text: nothing in it is a cloze or a mistake.
    state.env = {**env, "clozes": set(), "used": set(), "unclosed": {}, "hints": set()}
    state.env["report"] = _ignore
    found = image(state, silent)
    state.env = env
    if not found:
        loose = _LOOSE_PICTURE.match(state.src, start, state.posMax)
        if not loose or loose["gap"] or _form_of_no_media(loose["path"]):
            if not silent:
                _report_text(state.src, start, env)
            return False
        # Its author's own name of a file, with spaces or brackets.
        state.pos = loose.end()
        if not silent:
            token = state.push("image", "img", 0)
            token.attrs = {"src": unescapeAll(loose["path"]), "alt": ""}
            if loose["title"]:
                token.attrs["title"] = unescapeAll(loose["title"])
            token.content = loose["words"]
    end = state.pos
    size = _AFTER_PICTURE.match(state.src, end)
    if size:
        state.pos = size.end()
    if silent:
        return True
    token, report = state.tokens[-1], env["report"]
    path = find_media(str(token.attrs["src"]), env["media"])
    if not isinstance(path, str):
        report(start, *path)
        return True
    env["used"].add(path)
    width = _WIDTH.fullmatch(size[0]) if size else None
    if size and (not width or media_kind(path) != "picture"):
        message = f'"{size[0]}" cannot follow a {media_kind(path)}'
        cure = 'a picture takes {width="50%"} or {width="300px"}, nothing else; '
        report(end, "picture-width", message, cure + r'write "\{" for a plain brace')
    if media_kind(path) != "picture":
        token.type, token.content = "sound", env["media"][path].name
        return True
    if not token.content.strip():
        cure = f"say what it shows: ![a meter in a basement]({token.attrs['src']})"
        report(
            start,
            "picture-without-words",
            f'the picture "{path}" has no words for people who cannot see it',
            cure,
            "warning",
        )
    token.children = [Token("text", "", 0, content=unescapeAll(token.content))]
    token.attrs["src"] = env["media"][path].name
    if width:
        token.attrs["width"] = f"{width[2]}%" if width[2] else width[3]
    return True


def _form_of_no_media(path: str) -> bool:
    return path.rpartition(".")[2].lower() not in FORMS


def _report_text(text: str, start: int, env: EnvType) -> None:
    """Report what was meant as a picture, but would be shown as text."""
    # The parser takes no such address.
    if refused := _REFUSED_PICTURE.match(text, start):
        fault = find_media(refused[1], env["media"])
        if isinstance(fault, tuple):
            env["report"](start, *fault)
        return
    match = _WIKI_PICTURE.match(text, start) or _LOOSE_PICTURE.match(text, start)
    if not match or _form_of_no_media(match["path"]):
        return
    path = match["path"].removeprefix("./")
    path = path if "/" in path else f"{MEDIA}/{path}"
    words, more = match.groupdict().get("words") or "", match.groupdict().get("more") or ""
    width = re.match(r"[1-9]\d{0,3}(?=$|x)", more)
    words = words or ("" if width else more) or PurePosixPath(path).stem
    better = f"![{words}]({path})" + (f'{{width="{width[0]}px"}}' if width else "")
    message = f'"{shorten(match[0])}" looks like a picture, but is shown as text'
    cure = f'write {better}, or "\\!" for a plain exclamation mark'
    env["report"](start, "picture-as-text", message, cure, "warning")


def _ignore(*_: object) -> None:
    """Report nothing."""


def _render_sound(
    _: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return f"{_SOUND}{tokens[index].content}{_SOUND_END}"
