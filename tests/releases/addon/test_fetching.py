"""What the add-on asks the network for, and what it takes from there."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from requests.exceptions import RequestException, SSLError

from ankibuild.releases.addon.deciding import TroubleError
from ankibuild.releases.addon.fetching import fetch
from tests.helpers.site import Reply, Site


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with Site.of(tmp_path) as site:
        for name, value in site.trust.items():
            monkeypatch.setenv(name, value)
        yield site


def read(site: Site, name: str, limit: int = 100) -> bytes:
    return fetch(site.address, name, limit, lambda: False)


def trouble(site: Site, name: str) -> TroubleError:
    with pytest.raises(TroubleError) as caught:
        read(site, name)
    return caught.value


def test_a_file_is_fetched_and_nothing_told_but_that_it_is_wanted(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine localhost login me password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    site.replies["/index.json"] = Reply(body=b"list")
    assert read(site, "index.json", 4) == b"list"
    ((path, headers),) = site.requests
    assert path == "/index.json"
    assert headers.keys() == {"Host", "User-Agent", "Accept-Encoding", "Accept", "Connection"}
    assert headers["User-Agent"] == "deck updates"


def test_an_unknown_certificate_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in site.trust:
        monkeypatch.delenv(name)
    site.replies["/index.json"] = Reply(body=b"list")
    assert isinstance(trouble(site, "index.json").__cause__, SSLError)
    assert site.requests == []


def test_more_than_its_bound_is_not_read(site: Site) -> None:
    site.replies["/index.json"] = site.replies["/a.apkg"] = Reply(body=b"x" * 101)
    assert trouble(site, "index.json").key == "not-a-list"
    assert trouble(site, "a.apkg").key == "other-file"


def test_a_page_that_is_gone_is_told_from_a_file_that_is(site: Site) -> None:
    assert trouble(site, "index.json").key == "page-gone"
    assert trouble(site, "a.json").key == "not-a-list"
    assert trouble(site, "a.apkg").key == "other-file"
    site.replies["/index.json"] = Reply(410)
    assert trouble(site, "index.json").values == {"page": site.address}


@pytest.mark.parametrize("status", [0, 403, 500, 503])
def test_a_server_that_fails_is_no_news_of_the_page(site: Site, status: int) -> None:
    site.replies["/index.json"] = Reply(status)
    error = trouble(site, "index.json")
    assert error.key == "no-answer"
    assert isinstance(error.__cause__, RequestException)


def test_what_is_no_address_does_not_answer() -> None:
    with pytest.raises(TroubleError, match="no-answer") as caught:
        fetch("https://a..b/", "index.json", 100, lambda: False)
    assert not isinstance(caught.value.__cause__, OSError)


def test_redirects_stay_on_the_site_and_come_to_an_end(site: Site, tmp_path: Path) -> None:
    site.replies["/index.json"] = Reply(302, location="/b/c")
    site.replies["/b/c"] = Reply(308, location="d")
    site.replies["/b/d"] = Reply(body=b"list")
    assert read(site, "index.json") == b"list"
    site.replies["/b/d"] = Reply(307, location="/index.json")
    assert trouble(site, "index.json").key == "not-a-list"
    assert len(site.requests) == 3 + 6
    site.replies["/index.json"] = Reply(302, location="//[")
    assert trouble(site, "index.json").values == {"page": site.address, "site": "//["}
    with Site.of(tmp_path) as other:
        for address in (other.address, other.address.replace("https", "http")):
            site.replies["/index.json"] = Reply(302, location=address)
            assert trouble(site, "index.json").values["site"] == address
        assert other.requests == []


def test_a_page_that_redirects_is_not_read(site: Site) -> None:
    body = b"x" * 20_000_000
    site.replies["/index.json"] = Reply(302, body=body, location="/list")
    site.replies["/list"] = Reply(body=b"list")
    tracemalloc.start()
    try:
        assert read(site, "index.json") == b"list"
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < len(body) / 2


def test_a_download_ends_when_nobody_waits_for_it_any_more(site: Site) -> None:
    site.replies["/a.apkg"] = Reply(body=b"x" * 10_000_000)
    asked: list[None] = []

    def is_over() -> bool:
        asked.append(None)
        return len(asked) == 3

    with pytest.raises(TroubleError):
        fetch(site.address, "a.apkg", 10_000_000, is_over)
    assert len(asked) == 3
