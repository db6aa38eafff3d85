"""Several devices of one account: whatever they import before they sync, nothing is lost."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ankibuild.core.values import replace
from ankibuild.releases.lock import read_lock, write_lock
from tests.helpers.demo import DAY, EDITED, FIRST, START, import_release
from tests.helpers.devices import Account, Holding, holding, sync_server
from tests.helpers.learner import Learner, Log
from tests.helpers.trainer import SETTINGS, Trainer, copy_media

MORE = SETTINGS.replace("demo", "more").replace("Demo", "More").replace("0f0c", "1f0c")
VAT = "\n## What is VAT? {#vat}\n\nA tax.\n"
pytestmark = pytest.mark.slow
PICTURE = "\n## What is drawn? {#drawn}\n\n![A meter](media/meter.png)\n"


@pytest.fixture
def published(trainer: Trainer) -> Trainer:
    """Return a trainer who has published version 1.0.0."""
    trainer.write_package(FIRST)
    trainer.release(START)
    return trainer


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Account]]:
    """Return accounts without devices, on one server."""
    users = [f"learner-{number}" for number in range(30)]
    with sync_server(tmp_path_factory.mktemp("server") / "server", *users) as address:
        yield (Account(address, user) for user in users)


@pytest.fixture
def account(accounts: Iterator[Account]) -> Account:
    """Return an account without devices."""
    return next(accounts)


@pytest.fixture
def phone(account: Account, tmp_path: Path) -> Iterator[Learner]:
    """Return a device of the account."""
    with Learner.at(tmp_path / "phone") as device:
        account.add(device)
        yield device


@pytest.fixture
def computer(account: Account, tmp_path: Path) -> Iterator[Learner]:
    """Return another device of the account."""
    with Learner.at(tmp_path / "computer") as device:
        account.add(device)
        yield device


def sync_whole(account: Account, *order: Learner) -> Holding:
    """Synchronise, in an order first: each device holds all that any one held, and nothing twice.

    Check Database, which takes away doubled cards, finds nothing to do.
    """
    before = [holding(device) for device in account.devices]
    account.sync(*order)
    account.settle()
    # Of two devices that know a card, the one that studied it more often knows it better.
    studied = {card[:2]: card for card in sorted(c for held in before for c in held.studied)}
    whole = Holding(
        notes=sorted({note for held in before for note in held.notes}),
        cards=sorted({card for held in before for card in held.cards}),
        studied=sorted(studied.values()),
        reviews=sorted({review for held in before for review in held.reviews}),
    )
    for device in account.devices:
        assert holding(device) == whole
        assert device.faults() == []
        assert holding(device) == whole
    return whole


@pytest.mark.parametrize("first", ["phone", "computer"])
@pytest.mark.parametrize(("studied", "other"), [("1.0.0", "1.0.1"), ("1.0.1", "1.0.0")])
def test_two_devices_import_different_releases_before_they_sync(
    published: Trainer,
    account: Account,
    phone: Learner,
    computer: Learner,
    studied: str,
    other: str,
    first: str,
) -> None:
    published.write_package(EDITED)
    published.release(START + DAY)
    import_release(phone, published, studied)
    phone.study()
    import_release(computer, published, other)
    order = (phone, computer) if first == "phone" else (computer, phone)
    whole = sync_whole(account, *order)
    assert len(whole.notes) == 4
    assert len(whole.cards) == len(whole.studied) == len(whole.reviews) == 5
    for device in account.devices:
        assert device.fields("meter")["Back"] == "<p>It counts kilowatt-hours.</p>"


def test_two_packages_of_one_release_are_imported_on_two_devices(
    trainer: Trainer, account: Account, phone: Learner, computer: Learner
) -> None:
    trainer.write_package(FIRST)
    trainer.write("content/more/package.toml", MORE)
    trainer.write("content/more/1.md", "# Taxes\n" + VAT + "\n## Who pays? {#who}\n\nAll.\n")
    trainer.release(START)
    assert import_release(phone, trainer, "1.0.0") == Log(4, 0, 0, 0)
    phone.study()
    log = computer.import_package(trainer.folder / "dist/more-1.0.0.apkg")
    assert log == Log(2, 0, 0, 0)
    computer.study()
    whole = sync_whole(account, phone, computer)
    assert len(whole.notes) == 6
    assert len(whole.cards) == len(whole.studied) == len(whole.reviews) == 7


def test_a_third_device_that_never_imports_has_all_and_studies(
    trainer: Trainer, account: Account, phone: Learner, computer: Learner, tmp_path: Path
) -> None:
    trainer.write_package(FIRST)
    copy_media(PICTURE, trainer.folder / "content/demo")
    for day, text in enumerate((FIRST, EDITED, EDITED + PICTURE)):
        trainer.write_package(text)
        trainer.release(START + day * DAY)
    with Learner.at(tmp_path / "tablet") as tablet:
        import_release(phone, trainer, "1.0.0")
        phone.study()
        import_release(computer, trainer, "1.0.1")
        account.add(tablet)
        sync_whole(account, computer, phone, tablet)
        tablet.study()
        import_release(phone, trainer, "1.1.0")
        import_release(computer, trainer, "1.1.0")
        whole = sync_whole(account, computer, phone, tablet)
        assert len(whole.notes) == 5
        assert len(whole.reviews) == 2 * len(whole.studied) == 10
        assert tablet.media() == phone.media() != {}


def test_a_release_is_skipped_on_one_of_two_devices(
    published: Trainer, account: Account, phone: Learner, computer: Learner
) -> None:
    text = EDITED.replace("{#fee}", "{#fee .reversed}") + VAT
    for day, more in ((1, ""), (2, "\n## Who pays it? {#who}\n\nAll.\n")):
        published.write_package(text + more)
        published.release(START + day * DAY)
    import_release(phone, published, "1.0.0")
    phone.study()
    import_release(computer, published, "1.2.0")
    whole = sync_whole(account, phone, computer)
    assert len(whole.notes) == 6
    assert len(whole.cards) == 8
    assert len(whole.studied) == len(whole.reviews) == 5
    computer.study()
    import_release(phone, published, "1.2.0")
    assert len(sync_whole(account, computer, phone).reviews) == 13


def test_the_reviews_of_both_devices_are_there_when_both_study_the_same_cards(
    published: Trainer, account: Account, phone: Learner, computer: Learner
) -> None:
    for device in account.devices:
        import_release(device, published, "1.0.0")
        device.study()
    before = [holding(device) for device in account.devices]
    account.settle()
    for device in account.devices:
        after = holding(device)
        assert (after.notes, after.cards) == (before[0].notes, before[0].cards)
        assert {*after.studied} <= {*before[0].studied, *before[1].studied}
        assert after.reviews == sorted(before[0].reviews + before[1].reviews)
        assert device.faults() == []
        assert holding(device) == after


def test_what_was_studied_on_one_device_outlives_a_correction_imported_on_another(
    published: Trainer, account: Account, phone: Learner, computer: Learner
) -> None:
    """Of two rows of a card the later one wins, and the correction is later than the study."""
    import_release(phone, published, "1.0.0")
    phone.study()
    assert phone.collection.db
    phone.collection.db.execute("update cards set mod = ?", START + DAY // 2)
    published.write_package(EDITED)
    published.release(START + DAY)
    import_release(computer, published, "1.0.1")
    whole = sync_whole(account, phone, computer)
    assert len(whole.cards) == len(whole.studied) == len(whole.reviews) == 5


def test_to_import_on_a_second_device_after_the_sync_changes_nothing(
    published: Trainer, account: Account, phone: Learner, computer: Learner
) -> None:
    import_release(phone, published, "1.0.0")
    phone.study()
    account.sync(phone, computer)
    before, known = holding(computer), computer.progress()
    assert import_release(computer, published, "1.0.0") == Log(0, 0, 4, 0)
    assert sync_whole(account, computer, phone) == before
    assert phone.progress() == computer.progress() == known
    assert phone.deck_names() == computer.deck_names() == ["Default", "Demo", "Demo::Module 1"]


def test_decks_alone_are_there_twice_when_two_devices_import_before_they_sync(
    published: Trainer, account: Account, phone: Learner, computer: Learner
) -> None:
    """A limit of Anki: it gives a deck another number on each device, whatever the package says."""
    import_release(phone, published, "1.0.0")
    phone.study()
    import_release(computer, published, "1.0.0")
    whole = sync_whole(account, phone, computer)
    assert len(whole.cards) == len(whole.studied) == 5
    assert phone.deck_names() == computer.deck_names()
    assert phone.deck_names() == ["Default", "Demo", "Demo::Module 1", "Demo::Module 1+", "Demo+"]


def test_a_full_sync_that_is_asked_for_is_seen(
    published: Trainer, account: Account, phone: Learner, computer: Learner
) -> None:
    import_release(phone, published, "1.0.0")
    account.sync(phone, computer)
    models = phone.collection.models
    note_type = models.by_name("demo cloze (ankibuild)")
    assert note_type
    models.add_field(note_type, models.new_field("My field"))
    models.update_dict(note_type)
    with pytest.raises(AssertionError, match="a full sync is asked for"):
        account.sync(phone)


def test_a_sync_server_stops_whatever_happens(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), sync_server(tmp_path / "server", "learner") as address:  # noqa: PT012
        host, _, port = address.strip("/").rpartition("/")[2].partition(":")
        socket.create_connection((host, int(port))).close()
        raise KeyboardInterrupt
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)))


def release_as_of_old(trainer: Trainer) -> None:
    """Publish 1.0.0 as an ankibuild did that counted cards from the release's time."""
    trainer.write_package(FIRST)
    trainer.release(START)
    path = trainer.folder / "content/demo/package.lock"
    lock = read_lock("package.lock", path.read_text("utf-8"))
    releases = tuple(replace(each, counted=True) for each in lock.releases)
    path.write_text(write_lock(replace(lock, releases=releases)), "utf-8")
    assert trainer.run("build", "--locked").returncode == 0


def test_a_release_of_old_numbers_and_one_of_new_ones_double_the_cards_of_two_devices(
    trainer: Trainer, account: Account, phone: Learner, computer: Learner
) -> None:
    """A limit, once: what was numbered by the release's time meets what no release changes."""
    release_as_of_old(trainer)
    trainer.write_package(EDITED)
    trainer.release(START + DAY)
    import_release(phone, trainer, "1.0.0")
    phone.study()
    import_release(computer, trainer, "1.0.1")
    account.settle()
    for device in account.devices:
        held = holding(device)
        assert len(held.notes) == 4
        assert len(held.studied) == len(held.reviews) == 5
        assert len(held.cards) == 2 * len(set(held.cards)) == 10
        assert device.fields("meter")["Back"] == "<p>It counts kilowatt-hours.</p>"


def test_from_old_numbers_to_new_ones_nothing_is_doubled_for_who_imports_on_one_device(
    trainer: Trainer, account: Account, phone: Learner, computer: Learner
) -> None:
    release_as_of_old(trainer)
    trainer.write_package(EDITED.replace("{#fee}", "{#fee .reversed}"))
    trainer.release(START + DAY)
    import_release(phone, trainer, "1.0.0")
    phone.study()
    account.sync(phone, computer)
    import_release(computer, trainer, "1.1.0")
    whole = sync_whole(account, computer, phone)
    assert len(whole.cards) == 6
    assert len(whole.studied) == len(whole.reviews) == 5
    import_release(phone, trainer, "1.1.0")
    assert sync_whole(account, phone, computer) == whole
