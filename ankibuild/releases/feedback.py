"""The page that leads on from a card to where mistakes in a package are reported today."""

from collections.abc import Iterable
from html import escape
from urllib.parse import urlsplit

from ankibuild.core.addresses import feedback_fault, feedback_forms
from ankibuild.core.languages import ENGLISH
from ankibuild.releases.manifest import Manifest, Publication
from ankibuild.releases.page import template, words_of_manifest
from ankibuild.releases.since import earlier_releases


def make_feedback_page(publications: Iterable[Publication]) -> str:
    """Return the page of the packages in a folder that have an address for feedback, "" for none.

    The address is that of the newest release. A card names its note in the page's own address,
    which says nothing of the version: a learner is asked for that where the address has a place.
    Without its script the page shows the plain addresses of all packages.
    """
    shown = [each for each in publications if _has_feedback(each.newest)]
    languages = {each.newest.language for each in shown}
    if not shown:
        return ""
    return template("feedback").substitute(
        language=escape(languages.pop() or ENGLISH if len(languages) == 1 else ENGLISH),
        title=words_of_manifest(shown[0].newest).html("report-mistake"),
        packages="\n".join(map(_section, shown)),
    )


def _has_feedback(manifest: Manifest) -> bool:
    fault = feedback_fault(manifest.feedback, manifest.page)
    return bool(manifest.feedback) and not fault


def _section(publication: Publication) -> str:
    newest = publication.newest
    words = words_of_manifest(newest)
    form, plain = feedback_forms(newest.feedback)
    versions = [newest.version, *(version for version, _ in earlier_releases(publication))]
    return template("feedback-package").substitute(
        package=newest.package,
        attributes=words.attributes,
        form=escape(form),
        plain=escape(plain),
        # Where the link leads, to be seen before it is followed.
        address=escape(urlsplit(plain).netloc or newest.feedback),
        heading=words.html("report-mistake"),
        title=escape(newest.title),
        which=words.html("which-note"),
        note=words.html("mistake-in-note", note="<bdi></bdi>"),
        version=words.html("your-version"),
        unknown=words.html("unknown-version"),
        versions="".join(f"<option>{each}</option>" for each in versions),
        on=words.html("go-on"),
    )
