"""The add-on in the real Anki: a learner presses its buttons, on old Ankis and the newest."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.ankis import NEWEST
from tests.helpers.demo import DAY, FIRST, START
from tests.helpers.devices import sync_server
from tests.helpers.learner import Learner
from tests.helpers.places import ROOT
from tests.helpers.site import Reply, Site
from tests.helpers.trainer import SETTINGS, Trainer
from tests.helpers.window import NoWindowError, Window, find_python

pytestmark = [pytest.mark.slow, pytest.mark.long]

SCRIPT = ROOT / "tests/helpers/addon_script.py"
OWN = "my own words"
KEY = "59b2701b-4738-4b10-afae-1f77dd358b88"
NEW = "\n## What is a meter? {#meter}\n\nIt counts energy.\n"
CHANGES = (
    ("Commercial and industrial.", "Commercial, industrial."),
    ("by answering", "by answering all"),
)
OFFER = "Energy Advisor Tier 1: 1.1.0 is available (you have 1.0.0).\n\nNotes: 1 new, 2 changed."
FIRST_OFFER = (
    "Energy Advisor Tier 1: 1.0.0 is available. You do not have this deck yet.\n\nNotes: 22 new."
)
LATER_OFFER = FIRST_OFFER.replace("1.0.0", "1.1.0").replace("22", "23")
ANSWERS = ["Update", "Later", "Not this version"]
REFUSALS = ["Install", "Later", "Not this deck"]
NEWEST_SAID = "You have the newest version of everything."


class Visitor:
    """A learner with the add-on, who has a profile for each scene, and the page it looks at."""

    def __init__(self, window: Window, site: Site, releases: dict[str, Path]) -> None:
        self.site, self._window, self._releases = site, window, releases

    def do(self, request: str, *arguments: object) -> Any:
        return self._window.ask(request, *arguments)

    def publish(self, version: str) -> None:
        """Let the page be as it was after a release."""
        self.site.folder = self._releases[version]

    def package(self, version: str) -> str:
        return str(self._releases[version] / f"tier-1-{version}.apkg")

    def come(self, profile: str, *, has: str = "") -> None:
        """Open a profile; a new one may have imported a version by hand, of a page that is gone."""
        self.do("close_profile")
        self.site.replies.clear()
        if has:
            self.site.replies["/index.json"] = Reply(500)
        self.do("open_profile", profile)
        if has:
            self.do("await_rest")
            self.site.replies.clear()
            self.do("import_by_hand", self.package(has))
            self.do("date_back", START)

    def see(self, text: str, *buttons: str) -> None:
        """See a box with a text and buttons."""
        assert self.do("await_box") == [text, [*buttons]]

    def look(self) -> list[Any]:
        """Let the add-on look unbidden; return the boxes that come."""
        before = len(self.site.requests)
        self.do("look")
        self.do("await_rest_or_box")
        assert len(self.site.requests) > before
        return [*self.do("boxes")]


@contextmanager
def visitor_at(version: str, folder: Path) -> Iterator[Visitor]:
    """Publish two releases of a copy of tier-1, and start an Anki with the add-on of their page."""
    trainer = Trainer(folder / "repository")
    package = trainer.folder / "content/tier-1"
    shutil.copytree(ROOT / "content/tier-1", package)
    (package / "package.lock").unlink()
    with Site.of(trainer.folder / "dist") as site:
        settings = package / "package.toml"
        settings.write_text(f'{settings.read_text("utf-8")}page = "{site.address}"\n', "utf-8")
        trainer.release(START)
        releases = {"1.0.0": shutil.copytree(trainer.folder / "dist", folder / "first")}
        (path,) = package.glob("*module*.md")
        text = path.read_text("utf-8")
        for old, new in CHANGES:
            assert text.count(old) == 1
            text = text.replace(old, new)
        path.write_text(text + NEW, "utf-8")
        trainer.release(START + DAY)
        releases["1.1.0"] = trainer.folder / "dist"
        (addon,) = (folder / "first").glob("*-updates.ankiaddon")
        assert addon.read_bytes() == (trainer.folder / "dist" / addon.name).read_bytes()
        other = Trainer(folder / "other")
        other.write_package(FIRST, settings=f'{SETTINGS}page = "https://localhost:9/decks/"\n')
        other.release(START)
        (another,) = other.folder.glob("dist/*-updates.ankiaddon")
        site.folder = releases["1.0.0"]
        with Window.of(
            folder / "anki", version, SCRIPT, str(addon), str(another), **site.trust
        ) as window:
            yield Visitor(window, site, releases)


def two_releases_arrive_with_two_clicks(visitor: Visitor) -> None:
    visitor.see(FIRST_OFFER, *REFUSALS)
    assert visitor.do("manners") == [False, False]
    site = visitor.site.address.split("/")[2]
    lines = [f"Deck updates ({site})", "Deck updates (localhost:9)"]
    assert sorted(visitor.do("lines")) == sorted(lines)
    visitor.do("set_presets")
    presets = visitor.do("presets")
    visitor.do("press", "Install")
    visitor.do("await_rest")
    (log,) = visitor.do("texts")
    assert "22\u2069 notes added" in log
    visitor.do("study")
    visitor.do("date_back", START)
    visitor.do("edit", "caps", "Extra", OWN)
    before = visitor.do("state")
    assert len(before["notes"]) == len(before["reviews"]) == 22
    visitor.publish("1.1.0")
    visitor.do("look")
    visitor.see(OFFER, *ANSWERS)
    visitor.do("press", "Update")
    visitor.do("await_rest")
    (log,) = visitor.do("texts")
    assert log.startswith("Energy Advisor Tier 1 1.1.0\n")
    assert all(f"{count}\u2069 note" in log for count in (23, 1, 2, 20))
    after = visitor.do("state")
    assert visitor.do("presets") == presets
    assert {name: after["cards"][name] for name in before["cards"]} == before["cards"]
    assert after["cards"].keys() - before["cards"].keys() == {"meter/0"}
    for what in ("reviews", "schema", "note_types"):
        assert after[what] == before[what]
    old, new = (
        {name: (fields, tags) for name, fields, tags in each["notes"]} for each in (before, after)
    )
    assert {name for name in old if old[name] != new[name]} == {"c-and-i", "chat-team"}
    assert new["caps"][0]["Extra"] == OWN
    assert new["caps"][1] == ["mine"]
    assert new["c-and-i"][0]["Back"] == "<p>Commercial, industrial.</p>"

    assert visitor.do("undo") == "Import"
    assert visitor.do("state") == before
    assert visitor.do("presets") == presets
    visitor.do("ask")
    visitor.see(OFFER, *ANSWERS)
    visitor.do("press", "Update")
    visitor.do("await_rest")
    visitor.do("texts")
    assert visitor.do("state") == after
    assert visitor.look() == []
    for asking in ("ask", "look_and_ask"):
        visitor.do(asking)
        visitor.see(NEWEST_SAID, "OK")
        assert visitor.do("manners") == [False, True]
        visitor.do("press", "OK")


def what_a_learner_puts_off_is_kept(visitor: Visitor) -> None:
    visitor.come("puts off", has="1.0.0")
    visitor.do("look")
    visitor.see(OFFER, *ANSWERS)
    visitor.do("edit", "caps", "Extra", OWN)
    visitor.do("undo")
    redoable = visitor.do("redoable")
    visitor.do("press", "")
    assert visitor.look() == []
    assert visitor.do("redoable") == redoable != ""
    visitor.come("puts off")
    visitor.do("await_rest")
    before = len(visitor.site.requests)
    visitor.do("pass_a_day")
    visitor.do("await_rest")
    assert len(visitor.site.requests) == before + 2
    visitor.do("ask")
    visitor.see(OFFER, *ANSWERS)
    visitor.do("press", "Not this version")
    visitor.do("await_rest")
    visitor.do("forget_later")
    assert visitor.look() == []
    visitor.come("puts off")
    visitor.do("await_rest")
    assert visitor.do("boxes") == []
    assert len(visitor.do("state")["notes"]) == 22


def a_file_that_is_not_the_published_one_is_not_imported(visitor: Visitor) -> None:
    visitor.come("other file", has="1.0.0")
    before = visitor.do("state")
    data = Path(visitor.package("1.1.0")).read_bytes()
    visitor.do("set_presets")
    presets = visitor.do("presets")
    replies = (Reply(body=data[:-1] + b"x"), Reply(body=data + b"x"), Reply(404))
    for reply in replies:
        visitor.site.replies["/tier-1-1.1.0.apkg"] = reply
        visitor.do("ask")
        visitor.see(OFFER, *ANSWERS)
        visitor.do("press", "Update")
        assert visitor.do("await_box")[0].startswith("The downloaded file is not the one")
        visitor.do("press", "OK")
    # What was published is no package.
    listing = json.loads((visitor.site.folder / "index.json").read_text("utf-8"))
    listing["packages"][0]["versions"][0]["sha256"] = sha256(b"junk").hexdigest()
    visitor.site.replies["/index.json"] = Reply(body=json.dumps(listing).encode())
    visitor.site.replies["/tier-1-1.1.0.apkg"] = Reply(body=b"junk")
    visitor.do("ask")
    visitor.see(OFFER, *ANSWERS)
    visitor.do("press", "Update")
    assert visitor.do("await_box")[0].startswith("invalid Zip archive: ")
    visitor.do("press", "OK")
    assert visitor.do("state") == before
    assert visitor.do("presets") == presets


def without_a_network_only_who_asks_is_told(visitor: Visitor) -> None:
    visitor.come("no network", has="1.0.0")
    visitor.site.replies["/index.json"] = Reply(0)
    assert visitor.look() == []
    visitor.do("ask")
    (text, buttons) = visitor.do("await_box")
    assert text == f"{visitor.site.address} does not answer. Please try again later."
    assert sorted(buttons) == ["OK", "Show Details..."]
    visitor.do("press", "OK")
    # What the system says of it is kept nowhere.
    assert visitor.do("kept") == {}


def what_is_wrong_with_the_page_is_said_once(visitor: Visitor, other: Site) -> None:
    visitor.come("moved", has="1.0.0")
    page = visitor.site.address
    elsewhere = f"{other.address}index.json"
    for reply, word in (
        (Reply(302, location=elsewhere), f"{page} leads to another site, {elsewhere}. This"),
        (Reply(302, location=elsewhere.replace("https", "http")), f"{page} leads to another site"),
        (Reply(302, location="//["), f"{page} leads to another site, //[. This"),
        (Reply(404), f"{page} is no longer there."),
        (Reply(body=b'{"format": 2, "lists": "<b>"}'), f"{page} is newer than this add-on"),
        (Reply(body=b"<html>Please log in"), f"This add-on cannot read what {page} sent."),
    ):
        visitor.site.replies["/index.json"] = reply
        ((text, buttons),) = visitor.look()
        assert text.startswith(word)
        assert buttons == ["OK"]
        visitor.do("press", "OK")
        assert visitor.look() == []
    assert other.requests == []
    moved = (visitor.site.folder / "index.json").read_bytes()
    visitor.site.replies["/index.json"] = Reply(301, location="/a/index.json")
    visitor.site.replies["/a/index.json"] = Reply(body=moved)
    assert visitor.look() == [[OFFER, ANSWERS]]
    # What was right meanwhile, and is wrong again, is news again.
    visitor.do("press", "Later")
    visitor.site.replies["/index.json"] = reply
    assert [text.startswith(word) for text, _ in visitor.look()] == [True]
    visitor.do("press", "OK")


def nothing_is_lost_when_the_collection_is_closed(visitor: Visitor) -> None:
    """It is closed by a full synchronisation and with the profile."""
    visitor.come("closes", has="1.0.0")
    visitor.do("set_presets")
    before, presets = visitor.do("state"), visitor.do("presets")
    visitor.do("look")
    visitor.see(OFFER, *ANSWERS)
    visitor.do("close_for_full_sync")
    assert visitor.do("boxes") == []
    visitor.do("ask")
    visitor.do("reopen")
    visitor.see(OFFER, *ANSWERS)
    # After one that comes when the profile closes, nothing is asked for.
    asked = len(visitor.site.requests)
    visitor.do("begin_to_close_profile")
    visitor.do("close_for_full_sync")
    visitor.do("reopen")
    assert visitor.do("boxes") == []
    visitor.come("closes")
    visitor.see(OFFER, *ANSWERS)
    assert len(visitor.site.requests) == asked + 2
    # What waits is not done in another profile.
    for press in ("Update", "Not this version"):
        visitor.do("use_collection")
        visitor.do("press", press)
        if press == "Update":
            visitor.do("await_progress")
        visitor.do("close_profile")
        visitor.do("open_profile", "apart")
        visitor.do("end_use")
        visitor.see(LATER_OFFER, *REFUSALS)
        assert visitor.do("state")["notes"] == []
        visitor.come("closes")
        visitor.see(OFFER, *ANSWERS)
    assert (visitor.do("state"), visitor.do("presets")) == (before, presets)
    # One that has begun is done before.
    visitor.do("let_imports_wait")
    visitor.do("press", "Update")
    visitor.do("await_import")
    visitor.do("close_profile")
    visitor.do("open_profile", "closes")
    visitor.do("await_rest")
    assert visitor.do("boxes") == []
    assert len(visitor.do("state")["notes"]) == 23
    assert visitor.do("presets") == presets


def a_profile_that_is_closed_is_left_alone(visitor: Visitor) -> None:
    visitor.come("closed", has="1.0.0")
    before = visitor.do("state")
    visitor.do("look")
    visitor.see(OFFER, *ANSWERS)
    visitor.site.is_open.clear()
    visitor.site.is_asked.clear()
    visitor.do("press", "Update")
    assert visitor.site.is_asked.wait(30)
    visitor.do("close_profile")
    assert visitor.do("boxes") == []
    visitor.do("open_profile", "closed")
    visitor.site.is_open.set()
    visitor.see(OFFER, *ANSWERS)
    assert visitor.do("state") == before
    # A box goes with its profile.
    visitor.come("another")
    visitor.see(LATER_OFFER, *REFUSALS)
    visitor.do("press", "Not this deck")
    visitor.do("await_rest")
    assert visitor.do("state")["notes"] == []
    assert visitor.look() == []
    visitor.come("another")
    visitor.do("await_rest")
    assert visitor.do("boxes") == []


def what_anki_leaves_as_it_was_is_not_offered_again(visitor: Visitor) -> None:
    visitor.come("own field", has="1.0.0")
    visitor.do("add_field")
    visitor.do("date_back", START)
    visitor.do("look")
    visitor.see(OFFER, *ANSWERS)
    visitor.do("press", "Update")
    visitor.do("await_rest")
    (log,) = visitor.do("texts")
    assert "2\u2069 notes were not imported, because" in log.replace("\u2068", "")
    assert visitor.look() == []


def what_came_another_way_is_not_brought_again(visitor: Visitor) -> None:
    visitor.come("another way", has="1.0.0")
    visitor.do("look")
    visitor.see(OFFER, *ANSWERS)
    visitor.do("import_by_hand", visitor.package("1.1.0"))
    before = visitor.do("state")
    visitor.do("press", "Update")
    visitor.do("await_rest")
    assert visitor.do("state") == before
    assert visitor.do("texts") == []
    # Nor is a deck that was taken out.
    visitor.do("remove_all")
    assert visitor.look() == []
    visitor.do("ask")
    visitor.see(LATER_OFFER, *REFUSALS)
    visitor.do("press", "Later")


def a_phone_that_synchronises_has_the_update_too(
    visitor: Visitor, folder: Path, address: str
) -> None:
    visitor.come("syncs", has="1.0.0")
    visitor.do("study")
    visitor.do("join", address)
    with Learner.at(folder) as phone:
        join_as_phone(phone, address)
        visitor.do("look")
        visitor.see(OFFER, *ANSWERS)
        visitor.do("press", "Update")
        visitor.do("await_rest")
        visitor.do("texts")
        visitor.do("sync", address)
        phone.collection.sync_collection(log_in(phone, address), sync_media=False)
        assert len(phone.notes()) == 23
        assert phone.fields("c-and-i")["Back"] == "<p>Commercial, industrial.</p>"
        assert len(phone.reviews()) == 22
        # What another computer of the learner's asks is answered there.
        place = f"ankibuild {visitor.site.address} {KEY}"
        assert phone.collection.get_config(place) == {"version": "1.1.0", "left": 0}
    assert visitor.look() == []


def join_as_phone(phone: Learner, address: str) -> None:
    collection = phone.collection
    auth = log_in(phone, address)
    collection.close_for_full_sync()
    collection.full_upload_or_download(auth=auth, server_usn=None, upload=False)
    collection.reopen(after_full_sync=True)


def log_in(phone: Learner, address: str) -> Any:
    return phone.collection.sync_login("learner", "learner", address)


SCENES: tuple[Callable[[Visitor], None], ...] = (
    two_releases_arrive_with_two_clicks,
    what_a_learner_puts_off_is_kept,
    a_file_that_is_not_the_published_one_is_not_imported,
    without_a_network_only_who_asks_is_told,
    nothing_is_lost_when_the_collection_is_closed,
    a_profile_that_is_closed_is_left_alone,
    what_anki_leaves_as_it_was_is_not_offered_again,
    what_came_another_way_is_not_brought_again,
)


@pytest.mark.parametrize("version", ["23.10", "23.10.1", "24.11", NEWEST])
def test_a_click_brings_each_new_version_and_nothing_else(version: str, tmp_path: Path) -> None:
    try:
        find_python(version)
    except NoWindowError as error:
        pytest.skip(str(error))
    with (
        sync_server(tmp_path / "server", "learner") as address,
        Site.of(tmp_path / "other") as other,
        visitor_at(version, tmp_path / "visitor") as visitor,
    ):
        # One Anki goes through all of it: it takes long to start.
        for scene in SCENES:
            scene(visitor)
        what_is_wrong_with_the_page_is_said_once(visitor, other)
        a_phone_that_synchronises_has_the_update_too(visitor, tmp_path / "phone", address)
        assert visitor.do("faults") == ""
        # Nothing of the learner, of Anki or of the system left the computer.
        for path, headers in visitor.site.requests:
            assert "?" not in path
            assert headers.keys() == {
                "Host",
                "User-Agent",
                "Accept",
                "Accept-Encoding",
                "Connection",
            }
            assert headers["User-Agent"] == "deck updates"
