"""Releases on two branches: their locks become one, and learners of either lose nothing."""

import shutil
from pathlib import Path

import pytest

from ankibuild.core.values import replace
from ankibuild.releases.branches import merge_locks
from ankibuild.releases.lock import Lock, Retired, published_notes, read_lock, write_lock
from tests.helpers.branches import DRIVER, DUTY, LOCK, TARIFF, VAT, Branches
from tests.helpers.demo import DAY, EDITED, FIRST, START, lock_of
from tests.helpers.learner import Learner, Log
from tests.helpers.told import CLEAN
from tests.helpers.trainer import SETTINGS, Trainer

pytestmark = pytest.mark.slow


def followed(trainer: Trainer, message: str) -> None:
    """Do what a problem's cure says."""
    command = message.partition("ankibuild merge-lock ")[2].split()[0].rstrip(";")
    result = trainer.run("merge-lock", command)
    assert result.returncode == 0, result.stderr
    assert "merged; next: git add content/demo/package.lock, then ankibuild" in result.stdout
    trainer.git("add", LOCK)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["driver", "index", "union", "union, committed", "ours"])
def test_learners_of_either_branch_end_with_what_the_next_release_publishes(
    branches: Branches, tmp_path: Path, way: str
) -> None:
    trainer = branches.trainer
    first = next(branches.packages.iterdir())
    branches.branch()
    # What the other side says of the tariff is given up in the merge: the text is again ours.
    theirs = branches.release("other", TARIFF + VAT)
    ours = branches.release("main", EDITED + DUTY)
    if way == "driver":
        trainer.write(".git/info/attributes", "package.lock merge=ankibuild\n")
        trainer.git("config", "merge.ankibuild.driver", DRIVER)
    merged = branches.merge(EDITED + DUTY + VAT, union=way.startswith("union"))
    if way == "driver":
        assert "conflict in content/demo/package.lock" not in merged.stdout
    elif way == "ours":
        trainer.git("checkout", "--ours", LOCK)
        trainer.git("add", ".")
        trainer.git("commit", "-qm", "Merge")
        result = trainer.run("release", "--time", str(START + 9 * DAY))
        assert result.returncode == 1
        assert (
            "this lock does not have it; put it back: ankibuild merge-lock content" in result.told
        )
        followed(trainer, result.told)
    else:
        if way == "union, committed":
            trainer.git("add", ".")
            trainer.git("commit", "-qm", "Merge")
        for command in ("check", "build", "diff", "release"):
            result = trainer.run(command)
            assert result.returncode == 1
            assert "two releases made on two branches meet here" in result.told
        followed(trainer, result.told)
    assert sorted((each.version, each.time) for each in branches.lock().releases) == [
        ("1.0.0", START + DAY),
        ("1.1.0", START + 2 * DAY),
        ("1.1.0", START + 3 * DAY),
    ]
    trainer.git("add", ".")
    trainer.git("commit", "-qm", "Merge", check=False)
    final = branches.release("main", EDITED + DUTY + VAT)
    assert final.name == "main-demo-1.2.0.apkg"
    for name, path in (("ours", ours), ("theirs", theirs), ("first", first), ("new", None)):
        with Learner.at(tmp_path / name) as learner:
            if path:
                learner.import_package(first)
                learner.study()
                learner.import_package(path)
                learner.study()
            before, reviews = learner.progress(), learner.reviews()
            assert learner.import_package(final).conflicting == 0
            assert learner.notes().keys() == {"meter", "tariff", "fee", "moon", "vat", "duty"}
            for note, words in (
                ("meter", "It counts kilowatt-hours."),
                ("tariff", "A list of prices."),
                ("vat", "A tax."),
                ("duty", "A levy."),
            ):
                assert learner.fields(note)["Back"] == f"<p>{words}</p>", (name, note)
            assert {card: learner.progress()[card] for card in before} == before
            assert learner.reviews() == reviews
            assert learner.faults() == []


def test_what_both_branches_changed_goes_out_again_whichever_text_the_merge_keeps(
    branches: Branches, tmp_path: Path
) -> None:
    branches.branch()
    theirs = branches.release("other", FIRST.replace("counts energy", "counts watts"))
    ours = branches.release("main", EDITED)
    branches.merge(EDITED)
    followed(branches.trainer, branches.trainer.run("check").told)
    assert "changed: meter" in branches.trainer.run("diff").stdout
    branches.trainer.git("commit", "-qm", "Merge")
    # The rehearsal knows that this is meant.
    branches.trainer.has_anki = True
    final = branches.release("main", EDITED)
    for name, path in (("ours", ours), ("theirs", theirs)):
        with Learner.at(tmp_path / name) as learner:
            learner.import_package(path)
            assert learner.import_package(final) == Log(0, 1, 3, 0)
            assert learner.fields("meter")["Back"] == "<p>It counts kilowatt-hours.</p>"


def test_what_both_branches_changed_goes_out_again_though_they_meet_twice_before_a_release(
    branches: Branches,
) -> None:
    watts = FIRST.replace("counts energy", "counts watts")
    branches.branch()
    branches.release("main", EDITED)
    branches.release("other", watts)
    for more in ("", VAT):
        if more:
            branches.release("other", watts + VAT)
        branches.merge(watts + more)
        followed(branches.trainer, branches.trainer.run("check").told)
        assert "changed: meter" in branches.trainer.run("diff").stdout
        branches.trainer.git("commit", "-qm", "Merge")


def test_a_lock_that_is_behind_adds_nothing(branches: Branches) -> None:
    fee = "## What is a fee? {#fee}\n\nA price for a service.\n\n"
    retired = SETTINGS + 'retired = ["fee"]\n'
    branches.release("main", FIRST.replace(fee, ""), settings=retired)
    behind = branches.lock()
    branches.release("main", FIRST)
    assert merge_locks(behind, branches.lock()) == merge_locks(branches.lock(), behind)
    assert merge_locks(behind, branches.lock()) == (branches.lock(), ())


def test_what_one_branch_changed_is_left_alone_by_the_next_release(
    branches: Branches, tmp_path: Path
) -> None:
    branches.branch()
    branches.release("other", FIRST + VAT)
    ours = branches.release("main", EDITED)
    branches.merge(EDITED + VAT)
    followed(branches.trainer, branches.trainer.run("check").told)
    branches.trainer.git("commit", "-qm", "Merge")
    final = branches.release("main", EDITED + VAT)
    summary = "Brings together what was released on two branches."
    assert branches.lock().releases[-1].summary == summary
    with Learner.at(tmp_path / "ours") as learner:
        learner.import_package(ours)
        learner.tag("meter", "mine")
        assert learner.import_package(final) == Log(1, 0, 4, 0)
        assert learner.notes()["meter"].tags == ["mine"]


def test_a_note_that_one_branch_retired_and_the_other_corrected_lives(branches: Branches) -> None:
    fee = "## What is a fee? {#fee}\n\nA price for a service.\n\n"
    branches.branch()
    branches.release("other", FIRST.replace("A price for", "The price of"))
    branches.release("main", FIRST.replace(fee, ""), settings=SETTINGS + 'retired = ["fee"]\n')
    branches.merge(FIRST.replace("A price for", "The price of"))
    followed(branches.trainer, branches.trainer.run("check").told)
    lock = branches.lock()
    assert "fee" in lock.notes
    assert not lock.retired
    assert branches.trainer.run("check").returncode == 0


def test_a_note_that_one_branch_retired_and_the_other_left_alone_is_retired(
    branches: Branches,
) -> None:
    fee = "## What is a fee? {#fee}\n\nA price for a service.\n\n"
    branches.branch()
    branches.release("other", EDITED)
    retired = SETTINGS + 'retired = ["fee"]\n'
    branches.release("main", FIRST.replace(fee, ""), settings=retired)
    branches.merge(EDITED.replace(fee, ""))
    branches.trainer.write("content/demo/package.toml", retired)
    followed(branches.trainer, branches.trainer.run("check").told)
    assert branches.lock().retired.keys() == {"fee"}
    assert branches.trainer.run("check").told.startswith(CLEAN)


def test_the_locks_of_many_branches_whose_own_was_taken_whole_each_time_come_together(
    branches: Branches,
) -> None:
    trainer = branches.trainer
    texts = []
    for word in ("gas", "heat", "steam"):
        branches.branch(word)
        texts.append(f"\n## What is {word}? {{#{word}}}\n\nA product, {word}.\n")
        branches.release("other", FIRST + texts[-1])
        branches.fetch(word)
    branches.release("main", EDITED)
    for word in ("gas", "heat", "steam"):
        trainer.git("merge", "-q", "-s", "ours", "-m", "Merge", word)
    trainer.write_package(EDITED + "".join(texts))
    result = trainer.run("release", "--time", str(START + 20 * DAY))
    assert result.returncode == 1
    followed(trainer, result.stderr)
    assert len(branches.lock().releases) == 5
    assert trainer.run("release", "--time", str(START + 20 * DAY)).returncode == 0


@pytest.mark.parametrize("way", ["squash", "rebase"])
def test_a_union_that_git_made_without_a_merge_is_taken_apart_again(
    branches: Branches, way: str
) -> None:
    trainer = branches.trainer
    trainer.write(".git/info/attributes", "package.lock merge=union\n*.md merge=union\n")
    branches.branch()
    branches.release("other", FIRST + VAT)
    branches.release("main", EDITED)
    branches.fetch("other")
    if way == "squash":
        trainer.git("merge", "-q", "--squash", "other")
        trainer.git("commit", "-qam", "Squash")
    else:
        trainer.git("rebase", "-q", "other", check=False)
    said = trainer.run("check").told
    assert "two releases made on two branches meet here" in said
    followed(trainer, said)
    assert len(branches.lock().releases) == 3


def test_a_release_that_was_put_aside_meets_one_that_was_fetched(branches: Branches) -> None:
    """Git leaves both sides of a stash in its index, and no head of a merge."""
    trainer = branches.trainer
    branches.branch()
    branches.release("other", FIRST + VAT)
    branches.fetch("other")
    trainer.write_package(EDITED)
    trainer.release(START + 3 * DAY)
    trainer.git("stash")
    trainer.git("merge", "-q", "other")
    trainer.git("stash", "pop", check=False)
    trainer.write_package(EDITED + VAT)
    said = trainer.run("check").told
    assert "two releases made on two branches meet here" in said
    followed(trainer, said)
    assert [each.version for each in branches.lock().releases] == ["1.0.0", "1.0.1", "1.1.0"]


@pytest.mark.parametrize("way", ["merge", "cherry-pick"])
def test_a_release_waits_until_a_merge_has_both_locks(branches: Branches, way: str) -> None:
    """Where the driver cannot be started, Git leaves our lock as it was, without a mark."""
    trainer = branches.trainer
    trainer.write(".git/info/attributes", "package.lock merge=ankibuild\n")
    trainer.git("config", "merge.ankibuild.driver", "no-such-program %A %B %P")
    branches.branch()
    branches.release("other", FIRST + VAT)
    branches.release("main", EDITED)
    if way == "merge":
        branches.merge(EDITED + VAT)
    else:
        branches.fetch("other")
        trainer.git("cherry-pick", "other", check=False)
        trainer.write_package(EDITED + VAT)
    result = trainer.run("release", "--time", str(START + 9 * DAY))
    assert result.returncode == 1
    assert "version 1.1.0 was published (commit " in result.stderr
    followed(trainer, result.stderr)
    assert trainer.run("release", "--time", str(START + 9 * DAY)).returncode == 0


def test_one_id_for_two_kinds_of_note_is_said(branches: Branches) -> None:
    branches.branch()
    branches.release("other", FIRST + "\n## New {#new}\n\nThe {{c1::sun}} shines.\n")
    branches.release("main", FIRST + "\n## New {#new}\n\nAn answer.\n")
    branches.merge(FIRST + "\n## New {#new}\n\nAn answer.\n")
    result = branches.trainer.run("merge-lock")
    assert result.returncode == 0
    assert (
        'both branches gave the id "new" to notes of different kinds; learners of one branch'
        in (result.told)
    )


@pytest.mark.parametrize(
    ("theirs", "ours", "said"),
    [
        (
            FIRST + "\n## Who may waive a late fee? {#fee-2}\n\nThe team lead.\n",
            FIRST + "\n## When is a late fee due? {#fee-2}\n\nAfter twenty days.\n",
            'both branches gave the id "fee-2" to different notes; learners of one branch '
            "have the other note under it: give one of the two a new id",
        ),
        (
            FIRST.replace("orbits", "orbits {{c3::each month}}"),
            FIRST.replace("orbits the", "orbits {{c3::quietly}} the"),
            'c3 of the note "moon" hides "each month" on one branch, "quietly" on the other; '
            "if these are two facts, give one of them a number that was never used",
        ),
    ],
)
def test_what_both_branches_gave_to_different_facts_is_said(
    branches: Branches, theirs: str, ours: str, said: str
) -> None:
    branches.branch()
    branches.release("other", theirs)
    branches.release("main", ours)
    branches.merge(ours)
    result = branches.trainer.run("merge-lock")
    assert result.returncode == 0
    assert f"warning: {said}" in result.told


def test_what_is_to_go_out_again_still_does_when_the_other_branch_goes_on(
    branches: Branches,
) -> None:
    branches.branch()
    branches.release("other", FIRST.replace("counts energy", "counts watts"))
    theirs = read_lock(LOCK, (branches.other.folder / LOCK).read_text("utf-8"))
    branches.release("main", EDITED)
    merged = merge_locks(branches.lock(), theirs)[0]
    branches.release("other", FIRST.replace("counts energy", "counts watts") + VAT)
    later = read_lock(LOCK, (branches.other.folder / LOCK).read_text("utf-8"))
    for again in (merge_locks(merged, later)[0], merge_locks(later, merged)[0]):
        assert again.notes["meter"].source == ""
        assert again.merged


def test_a_lock_whose_other_half_is_not_in_this_clone_waits_for_a_fetch(branches: Branches) -> None:
    trainer = branches.trainer
    branches.branch()
    branches.release("other", FIRST + VAT)
    branches.release("other", FIRST + VAT + DUTY)
    theirs = (branches.other.folder / LOCK).read_text("utf-8")
    branches.release("main", EDITED)
    ours = trainer.folder / LOCK
    both = f"<<<<<<< ours\n{ours.read_text('utf-8')}=======\n{theirs}>>>>>>> theirs\n"
    ours.write_text(both, "utf-8")
    result = trainer.run("merge-lock")
    assert result.returncode == 1
    assert (
        "this lock contains version 1.1.0, 1.2.0, whose commit is not in this clone; fetch the "
        "branch that released it with git fetch --all, and try again"
    ) in result.told
    assert ours.read_text("utf-8") == both
    branches.fetch("other")
    followed(trainer, trainer.run("check").told)
    assert [each.version for each in branches.lock().releases] == [
        *("1.0.0", "1.0.1", "1.1.0", "1.2.0")
    ]


@pytest.mark.parametrize("text", ["nothing of a lock\n", "<<<<<<< ours\n>>>>>>> theirs\n"])
def test_what_nothing_can_be_read_of_is_no_lock_and_stays(branches: Branches, text: str) -> None:
    branches.trainer.write(LOCK, text)
    result = branches.trainer.run("merge-lock")
    assert result.returncode == 1
    assert "this file contains no readable lock; fetch the branch" in result.told
    assert (branches.trainer.folder / LOCK).read_text("utf-8") == text


def test_the_order_of_two_locks_plays_no_part_and_an_older_one_adds_nothing(
    branches: Branches,
) -> None:
    base = branches.lock()
    branches.branch()
    branches.release("other", TARIFF.replace("counts energy", "counts watts") + VAT)
    theirs = branches.lock()
    branches.release("main", EDITED + DUTY)
    ours = branches.lock()
    one, other = merge_locks(ours, theirs)[0], merge_locks(theirs, ours)[0]
    assert one == other
    assert merge_locks(one, ours)[0] == merge_locks(one, theirs)[0] == one
    assert merge_locks(base, ours)[0] == merge_locks(ours, base)[0] == ours
    assert merge_locks(ours, ours)[0] == ours


NEW_LOOK = f'{SETTINGS}feedback = "ours@example.org"\n'
WITHOUT_FEE = FIRST.replace("## What is a fee? {#fee}\n\nA price for a service.\n\n", "")


def merged_of(published: Trainer, *sides: tuple[str, str]) -> Lock:
    """Release two texts with their settings, each as the next of 1.0.0; merge in either order."""
    base = (published.folder / LOCK).read_bytes()
    locks = []
    for day, (text, settings) in enumerate(sides, 1):
        published.write(LOCK, base)
        shutil.rmtree(published.folder / "dist")
        published.write_package(text, settings=settings)
        published.release(START + day * DAY)
        locks.append(read_lock(LOCK, (published.folder / LOCK).read_text("utf-8")))
    merged = merge_locks(*locks)
    assert merge_locks(*reversed(locks)) == merged
    assert merged[1] == ()
    published.write(LOCK, write_lock(merged[0]))
    return merged[0]


def test_what_both_branches_changed_in_the_same_way_does_not_go_out_again(
    published: Trainer,
) -> None:
    merged = merged_of(published, (EDITED, SETTINGS), (EDITED + VAT, SETTINGS))
    assert merged.notes["meter"].changed == START + 2 * DAY
    assert "changed:" not in published.run("diff").stdout


def test_what_one_branch_changed_does_not_go_out_again(published: Trainer) -> None:
    merged = merged_of(published, (EDITED, SETTINGS), (FIRST + VAT, SETTINGS))
    assert merged.notes["meter"].changed == START + DAY
    assert "" not in {each.source for each in merged.notes.values()}
    published.write_package(EDITED + VAT)
    diff = published.run("diff").stdout
    assert "changed:" not in diff
    assert "retired:" not in diff


def test_of_two_kinds_of_note_with_one_id_the_one_that_was_there_first_stays(
    published: Trainer,
) -> None:
    base = lock_of(published)
    sides = []
    for day, kept in enumerate(("fee", "moon"), 1):
        last = replace(base.releases[-1], version=f"1.0.{day}", time=START + day * DAY)
        new = {"note_id": "new", "guid": "new", "added": last.time, "changed": last.time}
        note = replace(base.notes[kept], nid=day, **new)
        sides.append(
            replace(base, notes={**base.notes, "new": note}, releases=(*base.releases, last))
        )
    for locks in (sides, sides[::-1]):
        assert merge_locks(*locks)[0].notes["new"] == sides[0].notes["new"]


def test_a_look_that_both_branches_changed_goes_out_again(published: Trainer) -> None:
    theirs = NEW_LOOK.replace("ours", "theirs")
    merged_of(published, (FIRST, NEW_LOOK), (FIRST, theirs))
    for settings in (NEW_LOOK, theirs, SETTINGS):
        published.write_package(FIRST, settings=settings)
        said = published.run("diff").stdout
        assert said.count("look: templates or style") == 2, said


def test_a_look_that_one_branch_changed_goes_out_once(published: Trainer) -> None:
    merged_of(published, (FIRST, NEW_LOOK), (FIRST + VAT, SETTINGS))
    published.write_package(FIRST + VAT, settings=NEW_LOOK)
    assert "look:" not in published.run("diff").stdout


def test_a_note_that_both_branches_retired_was_so_when_the_last_one_did(
    published: Trainer,
) -> None:
    retired = SETTINGS + 'retired = ["fee"]\n'
    merged = merged_of(published, (WITHOUT_FEE, retired), (WITHOUT_FEE + VAT, retired))
    assert merged.retired["fee"].time == START + 2 * DAY
    assert "fee" not in merged.notes


def test_cards_keep_the_numbers_that_either_branch_remembers(published: Trainer) -> None:
    base = read_lock(LOCK, (published.folder / LOCK).read_text("utf-8"))
    sides = []
    for day, numbers in enumerate(({1: 11, 2: 22}, {0: 33, 2: 44}), 1):
        last = replace(base.releases[-1], version=f"1.0.{day}", time=START + day * DAY)
        note = replace(base.notes["fee"], cards=numbers, changed=last.time)
        sides.append(
            replace(base, notes={**base.notes, "fee": note}, releases=(*base.releases, last))
        )
    for ours, theirs in (sides, sides[::-1]):
        cards = merge_locks(ours, theirs)[0].notes["fee"].cards
        assert [*cards.items()] == [(0, 33), (1, 11), (2, 22)]


@pytest.mark.parametrize("retired", [(), ("vat",), ("duty",), ("vat", "duty")])
def test_two_notes_of_two_branches_with_one_number_get_two(
    published: Trainer, retired: tuple[str, ...]
) -> None:
    base = read_lock(LOCK, (published.folder / LOCK).read_text("utf-8"))
    sides = []
    for day, name in enumerate(("vat", "duty"), 1):
        last = replace(base.releases[-1], version=f"1.0.{day}", time=START + day * DAY)
        note = replace(base.notes["fee"], note_id=name, guid=name, nid=77, added=last.time)
        is_gone = name in retired
        sides.append(
            replace(
                base,
                notes=base.notes if is_gone else {**base.notes, name: note},
                retired={name: Retired(note=note, time=last.time)} if is_gone else {},
                releases=(*base.releases, last),
            )
        )
    lock = merge_locks(*sides)[0]
    notes = published_notes(lock)
    assert notes.keys() == {*base.notes, "vat", "duty"}
    # The older one keeps its own: some learner may have it.
    assert notes["vat"].nid == 77
    assert len({each.nid for each in notes.values()}) == len(notes)
    assert set(lock.retired) == set(retired)
