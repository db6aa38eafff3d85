"""The download page: the packages in a folder, and what each changes for its learners."""

from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby
from string import Template

from ankibuild.core.addresses import addon_name
from ankibuild.core.files import read_own, shown_size
from ankibuild.core.identity import release_name
from ankibuild.core.languages import ENGLISH, word_fault
from ankibuild.core.words import Words, day, words_for
from ankibuild.releases.changes import summarise
from ankibuild.releases.differences import Line, say_line, words_before_and_after
from ankibuild.releases.manifest import Manifest, Publication
from ankibuild.releases.since import News, news_since
from ankibuild.releases.telling import ISOLATE, Told

PAGE = "index.html"
_MOST = 100
"""So many of a kind are shown; whoever gets more changes reads none of them."""

_APPS = {
    "anki": '<a href="https://apps.ankiweb.net">Anki</a>',
    "ankidroid": '<a href="https://play.google.com/store/apps/details?id=com.ichi2.anki">'
    "AnkiDroid</a>",
    "ankimobile": '<a href="https://apps.apple.com/app/ankimobile-flashcards/id373493387">'
    "AnkiMobile</a>",
}
_DEVICES = ("computer", "android", "iphone")


def make_page(publications: Iterable[Publication]) -> str:
    """Return the page of the packages in a folder.

    It needs no script and no other file but those it links to. What is said of a package is in its
    own language, the rest in the one that all share, else in English.
    """
    shown = sorted(
        publications, key=lambda each: (each.newest.title.casefold(), each.newest.package)
    )
    words = shared_words(each.newest for each in shown)
    pages = {each.newest.page for each in shown}
    return template("page").substitute(
        attributes=words.attributes,
        title=words.html("anki-decks"),
        home=_home(pages, words),
        packages="\n".join(map(_package, shown)),
        how=words.html("how-to-import"),
        need=words.html("you-need", **_APPS),
        devices="\n".join(
            f"<dt>{words.html(f'on-{each}')}</dt>\n<dd>{words.html(f'import-on-{each}')}</dd>"
            for each in _DEVICES
        ),
        updates=_updates(pages, words),
        leave=words.html("leave-options"),
        edits=words.html("your-edits"),
        suspend=words.html("suspend-instead"),
    )


def shared_words(manifests: Iterable[Manifest]) -> Words:
    """Return the words of packages that all speak the same language, else English ones."""
    manifests = tuple(manifests)
    languages = {(each.language, tuple(each.words.items())) for each in manifests}
    is_one = len(languages) == 1 and manifests[0].language
    return words_of_manifest(manifests[0]) if is_one else words_for(ENGLISH, {})


def words_of_manifest(manifest: Manifest) -> Words:
    """Return the words of a package by what its manifest says."""
    own = {key: text for key, text in manifest.words.items() if not word_fault(key, text)}
    return words_for(manifest.language, own)


def template(name: str) -> Template:
    """Return the template of a page, or of a part of one."""
    return Template(read_own(__file__, f"templates/{name}.html"))


def _home(pages: set[str], words: Words) -> str:
    """Return what helps a reader who was given the page as a file."""
    named = sorted(filter(None, pages))
    if not named:
        return f"<p>{words.html('lone-page')}</p>"
    if len(named) > 1:
        return ""
    link = f'<a href="{escape(named[0])}"><bdi>{escape(named[0])}</bdi></a>'
    return f"<p>{words.html('home-page', page=link)}</p>"


def _updates(pages: set[str], words: Words) -> str:
    """Return the offer of the add-on, which goes by the one page that all packages are on."""
    page = next(iter(pages)) if len(pages) == 1 else ""
    if not (name := addon_name(page)):
        return ""
    file = f"{name}.ankiaddon"
    link = f'<a href="{escape(page + file)}" download><bdi>{file}</bdi></a>'
    return f"<p>{words.html('updates-offer', file=link)}</p>"


def _package(publication: Publication) -> str:
    newest = publication.newest
    words = words_of_manifest(newest)
    file = escape(newest.file)
    size = f'<bdi dir="ltr">{shown_size(newest.size)}</bdi>'
    return template("package").substitute(
        attributes=words.attributes,
        title=escape(newest.title),
        about=f'<p dir="auto">{escape(newest.description)}</p>' if newest.description else "",
        anchor=release_name(newest.package, newest.version),
        version=_version(words, newest.version, newest.time),
        newest=words.html("have-newest"),
        facts=" · ".join(_facts(newest, words)),
        link=escape(newest.page + newest.file),
        download=words.html("download", file=f"<bdi>{file}</bdi>", size=size),
        since=_since(publication, words),
    )


def _facts(newest: Manifest, words: Words) -> Iterator[str]:
    counts = newest.counts
    if counts.notes:
        yield words.html("counts", notes=f"{counts.notes}", decks=f"{counts.decks}")
    if newest.authors:
        yield f"<bdi>{escape(', '.join(newest.authors))}</bdi>"
    if newest.license:
        yield f"<bdi>{escape(newest.license)}</bdi>"


def _since(publication: Publication, words: Words) -> str:
    """Return what changed since each earlier version; "" for a first one."""
    newest = publication.newest
    files = {each.version: each.file for each in publication.earlier}
    sections = [
        template("since").substitute(
            anchor=release_name(newest.package, version),
            version=_version(words, version, time),
            news="\n".join(_news(news, words, newest))
            + _older(files.get(version, ""), publication, words),
        )
        for version, time, news in news_since(publication, words)
    ]
    if not sections:
        return ""
    heading = f"<h3>{words.html('since-yours')}</h3>\n<p>{words.html('choose-yours')}</p>"
    return "\n".join([heading, *sections])


def _news(news: News | None, words: Words, newest: Manifest) -> Iterator[str]:
    if news is None:
        yield f"<p>{words.html('not-recorded')}</p>"
        return
    counts = {kind: len([*group]) for kind, group in groupby(news.told, lambda each: each.kind)}
    summary = summarise(
        words,
        new=counts.get("new", 0),
        changed=counts.get("changed", 0) + counts.get("again", 0),
        retired=counts.get("retired", 0),
        renamed=news.renamed,
        gone=counts.get("deck", 0) - news.renamed,
    )
    said = summary or words.say("only-the-look")
    link = f'<a href="{escape(newest.page + newest.file)}" download>{newest.version}</a>'
    yield f"<p>{words.html('import-brings', version=link)} {escape(said)}</p>"
    if news.has_gaps:
        yield f"<p>{words.html('words-not-recorded')}</p>"
    if news.has_deck_gaps:
        yield f"<p>{words.html('decks-not-recorded')}</p>"
    for kind, group in groupby(news.told, lambda each: each.kind):
        told = [*group]
        yield f"<h5>{words.html(f'heading-{kind}')}</h5>\n<ul>"
        yield from (_item(each, words) for each in told[:_MOST])
        if len(told) > _MOST:
            yield f"<li>{words.html('and-more', count=f'{len(told) - _MOST}')}</li>"
        yield "</ul>"
        if kind == "again":
            yield f"<p>{words.html('again-replaces')}</p>"
    if news.search:
        search = f'<code dir="ltr">{escape(news.search)}</code>'
        yield f"<p>{words.html('suspend-retired')}</p>\n{search}"


def _older(file: str, publication: Publication, words: Words) -> str:
    """Return the link to an older package that is still there."""
    if file not in publication.files:
        return ""
    link = f'<a href="{escape(publication.newest.page + file)}" download>{escape(file)}</a>'
    return f'\n<p class="facts">{words.html("older-package", file=link)}</p>'


def _item(told: Told, words: Words) -> str:
    details = "".join(f"\n<li>{_line(say_line(words, line))}</li>" for line in told.details)
    # The arrow between two decks is ours, and points as our words are read.
    is_isolated = told.kind == "deck" and told.name.startswith(ISOLATE)
    direction = f' dir="{words.direction}"' if is_isolated else ""
    name = f"<bdi{direction}>{escape(told.name)}</bdi>"
    return f"<li>{name}{f'<ul>{details}</ul>' if details else ''}</li>"


def _line(line: Line) -> str:
    if words_before_and_after(line):
        # A sentence has one direction, and not a new one where a word changed.
        return f"{_parts(line[:2])}<bdi>{_parts(line[2:], same='{}')}</bdi>"
    return _parts(line)


def _parts(line: Line, same: str = "<bdi>{}</bdi>") -> str:
    forms = {"ours": "{}", "same": same, "old": "<del>{}</del>", "new": "<ins>{}</ins>"}
    return "".join(forms[kind].format(escape(text)) for kind, text in line)


def _version(words: Words, version: str, time: int) -> str:
    return escape(words.say("version", version=version, day=day(words, time)))
