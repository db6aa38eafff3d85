"""The workflows: their shell steps, run on real repositories as the service runs them.

Only the service itself is missing here: what ``gh`` asks of it is kept in a folder by
``cases/service/gh``, and what an action does is done by the test.
"""

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

import ankibuild
from tests.helpers.demo import EDITED, FIRST
from tests.helpers.git import git
from tests.helpers.learner import Learner, Log
from tests.helpers.places import CASES, ROOT
from tests.helpers.shelf import read_news
from tests.helpers.system import posix_only
from tests.helpers.trainer import SETTINGS, Trainer

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
ACTION = ROOT / ".github/actions/ankibuild/action.yml"
SECOND = SETTINGS.replace('"demo"', '"demo-1"').replace("0f0c", "1f0c")
FILES = ("apkg", "json", "lock", "md")
KWH = "It counts kilowatt-hours."
ADDON = "decks-example-org-updates.ankiaddon"
SHARED = ("SHA256SUMS", "index.html", "index.json", "feedback.html", ADDON)
HOME = f"""{SETTINGS}
page = "https://decks.example.org/"
feedback = "https://forms.example.org/?note={{note}}&version={{version}}"
"""
pytestmark = [pytest.mark.slow, posix_only]  # as the machines of the service are


def read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return content


class Service:
    """A repository at a service that runs ``publish-deck.yml``, and a trainer's clone of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.origin = folder / "origin"
        self.store = folder / "store"
        self.runs = 0
        self.is_forked = False
        self.store.mkdir()
        git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(self.origin))
        self.trainer = Trainer(folder / "clone")
        self.trainer.has_anki = True
        git(self.trainer.folder, "init", "--quiet", "--initial-branch=main")
        git(self.trainer.folder, "remote", "add", "origin", str(self.origin))
        self.trainer.write(".gitignore", "/dist/\n")
        self.write(FIRST)
        self.push()

    def write(self, deck: str) -> None:
        self.trainer.write_package(deck, settings=HOME)

    def push(self, *tags: str) -> None:
        """Commit all there is, tag it, and push it."""
        folder = self.trainer.folder
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "--allow-empty", "--message", "Edit")
        for tag in tags:
            git(folder, "tag", tag)
        git(folder, "push", "--quiet", "origin", "main", *tags)

    def pull(self) -> None:
        git(self.trainer.folder, "pull", "--quiet", "origin", "main", "--tags")

    def review(self, *skipped: str) -> list[subprocess.CompletedProcess[str]]:
        """Run the job for a pull request."""
        return self._run_job("review", self._new_run(), "main", skipped=skipped)

    def publish(self, ref: str = "main") -> subprocess.CompletedProcess[str]:
        """Run the jobs for a tag, or for "Run workflow" on a branch; return the last step."""
        steps = self.build(ref)
        return self.finish(ref)[-1] if steps[-1].returncode == 0 else steps[-1]

    def build(self, ref: str = "main") -> list[subprocess.CompletedProcess[str]]:
        return self._run_job("build", self._new_run(), ref)

    def finish(self, ref: str = "main", built: int = 0) -> list[subprocess.CompletedProcess[str]]:
        """Run the job that publishes, on another machine, with what a build uploaded."""
        return self._run_job("publish", self._hand_on(built or self.runs), ref)

    def deploy(self, ref: str, built: int) -> subprocess.CompletedProcess[str]:
        """Run the job that publishes the page, with what a build uploaded; return its step."""
        (step,) = self._run_job("pages", self._hand_on(built), ref, workflow="publish-pages")
        return step

    def site(self) -> Path:
        """Return the folder that the last run publishes as a page."""
        return self.folder / f"run-{self.runs}/temporary/files/dist"

    def assets(self, tag: str) -> set[str]:
        return {path.name for path in (self.store / "releases" / tag).glob("*")}

    def tags(self) -> list[str]:
        return git(self.origin, "tag").split()

    def comments(self) -> list[str]:
        return [each["body"] for each in json.loads((self.store / "comments.json").read_text())]

    def _hand_on(self, built: int) -> Path:
        earlier = self.folder / f"run-{built}"
        # The commit that the run is about, whatever was pushed in the meantime.
        run = self._new_run((earlier / "sha").read_text())
        shutil.copytree(earlier / "temporary/files", run / "temporary/files", symlinks=True)
        return run

    def _new_run(self, sha: str = "") -> Path:
        self.runs += 1
        run = self.folder / f"run-{self.runs}"
        (run / "temporary").mkdir(parents=True)
        git(run, "clone", "--quiet", str(self.origin), "workspace")
        if sha:
            git(run / "workspace", "reset", "--quiet", "--hard", sha)
        return run

    def _run_job(
        self,
        job: str,
        run: Path,
        ref: str,
        *,
        skipped: tuple[str, ...] = (),
        workflow: str = "publish-deck",
    ) -> list[subprocess.CompletedProcess[str]]:
        ref_type = "branch" if ref == "main" else "tag"
        workspace, temporary = run / "workspace", run / "temporary"
        if ref_type == "tag" and job == "build":
            git(workspace, "checkout", "--quiet", ref)
        sha = git(workspace, "rev-parse", "HEAD")
        (run / "sha").write_text(sha)
        known = {
            "github.ref_type == 'branch'": ref_type == "branch",
            (
                "github.event.pull_request.head.repo.full_name == github.repository "
                "&& github.event.pull_request.user.login != 'dependabot[bot]'"
            ): not self.is_forked,
            "${{ github.token }}": "token",
            "${{ github.event.pull_request.number }}": "7",
            "${{ steps.attest.outputs.bundle-path }}": str(self._attest(temporary)),
        }
        results = []
        for step in read(ROOT / f".github/workflows/{workflow}.yml")["jobs"][job]["steps"]:
            if "run" not in step or step["name"] in skipped:
                continue
            if "if" in step and not known[step["if"]]:
                continue
            environment = {name: str(known[value]) for name, value in step.get("env", {}).items()}
            script = temporary / "script.sh"
            script.write_text(step["run"])
            result = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
                cwd=workspace,
                env=self.trainer.environment(
                    PATH=f"{CASES / 'service'}:{Path(sys.executable).parent}:/usr/bin:/bin",
                    SERVICE=str(self.store),
                    RUNNER_TEMP=str(temporary),
                    GITHUB_STEP_SUMMARY=str(temporary / "summary.md"),
                    GITHUB_REPOSITORY="org/decks",
                    GITHUB_REF_NAME=ref,
                    GITHUB_REF_TYPE=ref_type,
                    GITHUB_SHA=sha,
                    **environment,
                ),
                capture_output=True,
                text=True,
                check=False,
            )
            results.append(result)
            if result.returncode:
                break
        return results

    def _attest(self, temporary: Path) -> Path:
        bundle = temporary / "bundle.json"
        bundle.write_text("{}")
        return bundle


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """Return a service whose repository holds one package that was never released."""
    return Service(tmp_path)


def names(package: str, version: str) -> set[str]:
    return {f"{package}-{version}.{end}" for end in FILES}


def see_published(service: Service, tag: str, *packages: tuple[str, str]) -> None:
    """A release holds the files of these packages, whole, with notes for learners."""
    files = set().union(*(names(*each) for each in packages))
    assert service.assets(tag) == {*files, *SHARED, "provenance.json"}
    folder = service.store / "releases" / tag
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=folder, check=True)
    assert (service.store / f"{tag}.notes").read_bytes() == (folder / f"{tag}.md").read_bytes()


needs_jq = pytest.mark.skipif(not shutil.which("jq"), reason="gh has jq in it; here it is missing")


@needs_jq
def test_a_pull_request_gets_one_comment_that_follows_it(service: Service) -> None:
    others = (("somebody", "<!-- ankibuild diff -->"), ("github-actions[bot]", "Well done!"))
    comments = [{"id": 7, "user": {"login": login}, "body": body} for login, body in others]
    service.store.joinpath("comments.json").write_text(json.dumps(comments))
    steps = service.review("Preview")
    assert [step.returncode for step in steps] == [0, 0, 0], steps[-1].stderr
    *before, ours = service.comments()
    assert before == [body for _, body in others]
    assert "### demo: not released yet → 1.0.0" in ours
    service.trainer.release(1_750_000_000)
    service.write(EDITED)
    service.push()
    service.review("Preview")
    *before, ours = service.comments()
    assert before == [body for _, body in others]
    assert "It counts ~~energy~~**kilowatt-hours**." in ours
    summary = service.folder / f"run-{service.runs}/temporary/summary.md"
    assert summary.read_text() == ours


def test_a_pull_request_from_a_fork_gets_its_diff_in_the_summary(service: Service) -> None:
    service.is_forked = True
    assert [step.returncode for step in service.review("Preview")] == [0, 0]
    assert not (service.store / "comments.json").exists()
    summary = service.folder / "run-1/temporary/summary.md"
    assert "### demo: not released yet → 1.0.0" in summary.read_text("utf-8")


def test_a_mistake_stops_a_pull_request_with_an_annotation(service: Service) -> None:
    service.write("# A\n\n## B {#b}\n")
    service.push()
    (check,) = service.review("Preview")
    assert check.returncode == 1
    assert "::error file=content/demo/1.md,line=3,col=4,title=empty-answer::" in check.stdout


@needs_jq
def test_a_pull_request_shows_its_cards(service: Service) -> None:
    assert service.review()[-1].returncode == 0
    page = service.folder / "run-1/temporary/preview.html"
    assert "What is a meter?" in page.read_text("utf-8")


def test_a_tag_publishes_what_was_released_in_a_terminal(
    service: Service, learner: Learner
) -> None:
    service.trainer.release(1_750_000_000)
    service.push("demo-1.0.0")
    last = service.publish("demo-1.0.0")
    assert last.returncode == 0, last.stderr
    see_published(service, "demo-1.0.0", ("demo", "1.0.0"))
    service.write(EDITED)
    service.trainer.release(1_750_100_000)
    service.push("demo-1.0.1")
    steps = service.build("demo-1.0.1")
    assert "dist/demo-1.0.0.apkg → " in steps[-1].stdout
    assert service.finish("demo-1.0.1")[-1].returncode == 0
    see_published(service, "demo-1.0.1", ("demo", "1.0.1"))
    releases = service.store / "releases"
    learner.import_package(releases / "demo-1.0.0/demo-1.0.0.apkg")
    log = learner.import_package(releases / "demo-1.0.1/demo-1.0.1.apkg")
    assert log == Log(0, 1, 3, 0)


def test_the_page_knows_earlier_releases_whose_packages_stay_where_they_are(
    service: Service,
) -> None:
    service.trainer.release(1_750_000_000)
    service.push("demo-1.0.0")
    assert service.publish("demo-1.0.0").returncode == 0
    service.write(EDITED)
    service.trainer.release(1_750_100_000)
    service.push("demo-1.0.1", "not-a-release")
    # What a machine of its own knows comes from the service alone.
    shutil.rmtree(service.trainer.folder / "dist")
    assert service.publish("demo-1.0.1").returncode == 0
    see_published(service, "demo-1.0.1", ("demo", "1.0.1"))
    site = service.site()
    assert names("demo", "1.0.1") | {*SHARED} <= {path.name for path in site.iterdir()}
    news = read_news(site / "index.html", "demo-1.0.0")
    assert news.words == {"What is a meter?": {"Back": ("It counts energy.", KWH)}}
    page = (site / "index.html").read_text("utf-8")
    assert 'href="https://decks.example.org/demo-1.0.0.apkg"' in page
    first = service.store / "releases/demo-1.0.0/demo-1.0.0.apkg"
    assert (site / "demo-1.0.0.apkg").read_bytes() == first.read_bytes()
    assert [each["version"] for each in listed(service)] == ["1.0.1", "1.0.0"]


def test_an_earlier_release_that_is_gone_leaves_a_gap_on_the_page(service: Service) -> None:
    service.trainer.release(1_750_000_000)
    service.push("demo-1.0.0")
    service.write(EDITED)
    service.trainer.release(1_750_100_000)
    service.push("demo-1.0.1")
    steps = service.build("demo-1.0.1")
    assert steps[-1].returncode == 0
    assert "::warning::the release demo-1.0.0 is not to be had" in steps[0].stdout
    site = service.site()
    assert "Not recorded." in (site / "index.html").read_text("utf-8")


def test_what_is_published_is_made_of_its_sources_alone() -> None:
    for path in sorted((ROOT / ".github").rglob("*.yml")):
        text = path.read_text("utf-8")
        assert "actions/cache" not in text, path
        assert "ANKIBUILD_CACHE_DIR" not in text, path


def test_the_page_is_made_of_the_very_files_that_were_published() -> None:
    (pages,) = read(ROOT / ".github/workflows/publish-pages.yml")["jobs"].values()
    download, look, upload, deploy = pages["steps"]
    steps = read(ROOT / ".github/workflows/publish-deck.yml")["jobs"]["publish"]["steps"]
    assert download in steps
    assert upload["with"]["path"] == download["with"]["path"] + "/dist"
    assert deploy["uses"].startswith("actions/deploy-pages@")
    assert "run" in look
    assert pages["permissions"] == {"contents": "read", "id-token": "write", "pages": "write"}
    assert pages["if"] == "github.event_name != 'pull_request'"


@needs_jq
def test_an_old_tag_that_is_run_again_does_not_take_the_page_back(service: Service) -> None:
    publish_two(service)
    first = service.store / "releases/demo-1.0.0/demo-1.0.0.apkg"
    before = first.read_bytes()
    steps = service.build("demo-1.0.0")
    assert "demo-1.0.0 is the first version of demo" in steps[-1].stdout
    assert service.finish("demo-1.0.0")[-1].returncode == 0
    see_published(service, "demo-1.0.0", ("demo", "1.0.0"))
    assert first.read_bytes() == before
    assert [each["version"] for each in listed(service)] == ["1.0.1", "1.0.0"]
    assert read_news(service.site() / "index.html", "demo-1.0.0").words
    assert service.deploy("demo-1.0.0", service.runs).returncode == 0


def test_a_tag_that_is_run_again_is_rehearsed_against_the_one_before_it(service: Service) -> None:
    publish_two(service)
    service.write(EDITED.replace("list of prices", "table of prices"))
    service.trainer.release(1_750_200_000)
    service.push("demo-1.0.2")
    assert service.publish("demo-1.0.2").returncode == 0
    steps = service.build("demo-1.0.1")
    assert steps[-1].returncode == 0
    assert "dist/demo-1.0.0.apkg → " in steps[-1].stdout
    assert [each["version"] for each in listed(service)] == ["1.0.2", "1.0.1", "1.0.0"]


@needs_jq
def test_of_two_runs_at_once_the_older_does_not_take_the_page_back(service: Service) -> None:
    service.trainer.release(1_750_000_000)
    service.push("demo-1.0.0")
    assert service.build("demo-1.0.0")[-1].returncode == 0
    older = service.runs
    service.write(EDITED)
    service.trainer.release(1_750_100_000)
    service.push("demo-1.0.1")
    assert service.build("demo-1.0.1")[-1].returncode == 0
    newer = service.runs
    assert service.finish("demo-1.0.0", older)[-1].returncode == 0
    assert service.deploy("demo-1.0.0", older).returncode == 0
    assert service.finish("demo-1.0.1", newer)[-1].returncode == 0
    # It was built before the other was out, and is newer all the same.
    assert service.deploy("demo-1.0.1", newer).returncode == 0
    last = service.deploy("demo-1.0.0", older)
    assert last.returncode == 1
    assert "::error::the page is not published: it lacks demo-1.0.1" in last.stdout


def publish_two(service: Service) -> None:
    """Publish the versions 1.0.0 and 1.0.1, each by its tag."""
    service.trainer.release(1_750_000_000)
    service.push("demo-1.0.0")
    assert service.publish("demo-1.0.0").returncode == 0
    service.write(EDITED)
    service.trainer.release(1_750_100_000)
    service.push("demo-1.0.1")
    assert service.publish("demo-1.0.1").returncode == 0


def listed(service: Service) -> list[dict[str, Any]]:
    """Return the versions that the page of the last run lists."""
    (demo,) = json.loads((service.site() / "index.json").read_text("utf-8"))["packages"]
    versions: list[dict[str, Any]] = demo["versions"]
    return versions


@pytest.mark.slow
def test_a_tag_is_published_again_when_it_is_run_again(service: Service) -> None:
    service.trainer.release(1_750_000_000)
    service.push("demo-1.0.0")
    assert service.publish("demo-1.0.0").returncode == 0
    before = (service.store / "releases/demo-1.0.0/demo-1.0.0.apkg").read_bytes()
    assert service.publish("demo-1.0.0").returncode == 0
    assert (service.store / "releases/demo-1.0.0/demo-1.0.0.apkg").read_bytes() == before


def test_a_tag_on_what_is_not_released_publishes_nothing(service: Service) -> None:
    service.push("demo-1.0.0")
    last = service.publish("demo-1.0.0")
    assert last.returncode == 1
    assert "not released yet: run ankibuild release" in last.stderr
    assert not service.assets("demo-1.0.0")


def test_a_tag_with_another_name_publishes_nothing(service: Service) -> None:
    service.trainer.release(1_750_000_000)
    service.push("demo-1.0.1")
    last = service.publish("demo-1.0.1")
    assert last.returncode == 1
    assert "::error::this tag names no version" in last.stdout
    assert not service.assets("demo-1.0.1")


@pytest.mark.slow
def test_an_update_that_would_lose_progress_is_not_published(
    service: Service, tmp_path: Path
) -> None:
    service.trainer.release(1_750_000_000)
    service.push("demo-1.0.0")
    assert service.publish("demo-1.0.0").returncode == 0
    # What learners have is not what the lock remembers: somebody published it later.
    other = Trainer(tmp_path / "other")
    other.write_package(FIRST, settings=HOME)
    other.release(1_760_000_000)
    shutil.copy(
        other.folder / "dist/demo-1.0.0.apkg", service.store / "releases/demo-1.0.0/demo-1.0.0.apkg"
    )
    service.write(EDITED)
    service.trainer.release(1_750_100_000)
    service.push("demo-1.0.1")
    last = service.publish("demo-1.0.1")
    assert last.returncode == 1
    assert "changes that do not arrive: 1 (demo/meter)" in last.stdout
    assert not service.assets("demo-1.0.1")


def test_run_workflow_releases_commits_tags_and_publishes(service: Service) -> None:
    last = service.publish()
    assert last.returncode == 0, last.stderr
    assert service.tags() == ["demo-1.0.0"]
    see_published(service, "demo-1.0.0", ("demo", "1.0.0"))
    log = git(service.origin, "log", "-1", "--format=%an: %s", "--name-only", "main")
    assert log.split("\n") == [
        "github-actions[bot]: Release demo-1.0.0",
        "",
        "content/demo/package.lock",
    ]
    service.pull()
    assert service.trainer.run("build", "--locked").returncode == 0


@pytest.mark.slow
def test_run_workflow_releases_every_package_that_changed(service: Service) -> None:
    service.trainer.write("content/more/package.toml", SECOND)
    service.trainer.write("content/more/1.md", "# More\n\n## A {#a}\n\nB\n")
    service.push()
    assert service.publish().returncode == 0
    assert service.tags() == ["demo-1-1.0.0", "demo-1.0.0"]
    both = (("demo", "1.0.0"), ("demo-1", "1.0.0"))
    see_published(service, "demo-1.0.0", *both)
    see_published(service, "demo-1-1.0.0", *both)
    service.pull()
    service.write(EDITED)
    service.push()
    steps = service.build()
    # "demo-1-1.0.0" is a version of "demo-1", not of "demo".
    assert "dist/demo-1.0.0.apkg → " in steps[-2].stdout
    assert service.finish()[-1].returncode == 0
    assert service.tags() == ["demo-1-1.0.0", "demo-1.0.0", "demo-1.0.1"]
    see_published(service, "demo-1.0.1", ("demo", "1.0.1"), ("demo-1", "1.0.0"))


@pytest.mark.slow
def test_run_workflow_with_nothing_to_release_says_so(service: Service) -> None:
    assert service.publish().returncode == 0
    before = git(service.origin, "rev-parse", "main")
    last = service.publish()
    assert last.returncode == 1
    assert "nothing changed since version 1.0.0" in last.stderr
    assert git(service.origin, "rev-parse", "main") == before


@pytest.mark.slow
def test_when_somebody_pushed_meanwhile_nothing_is_published(service: Service) -> None:
    assert service.build()[-1].returncode == 0
    service.write(EDITED)
    service.push()
    before = git(service.origin, "rev-parse", "main")
    last = service.finish()[-1]
    assert last.returncode != 0
    assert "rejected" in last.stderr
    assert git(service.origin, "rev-parse", "main") == before
    assert service.tags() == []
    assert not service.assets("demo-1.0.0")


Led = Callable[[Path, Path], object]
"""Changes the clone of a job that was led astray, or the files that it hands on."""


def add_commit(clone: Path, path: str) -> None:
    """Commit the lock as the job did, and another file, in one commit."""
    (clone / path).parent.mkdir(parents=True, exist_ok=True)
    (clone / path).write_text("x")
    git(clone, "add", "--force", path)
    git(clone, "commit", "--quiet", "--amend", "--no-edit")


def link_lock(clone: Path) -> None:
    lock = clone / "content/demo/package.lock"
    lock.unlink()
    lock.symlink_to("1.md")
    git(clone, "commit", "--quiet", "--amend", "--no-edit", "--all")


def name_tag(files: Path, tag: str) -> None:
    (files / "tags").write_text(f"{tag}\n")


def forge_version(clone: Path, files: Path) -> None:
    """Publish under a version that the lock does not have."""
    for end in FILES:
        shutil.copy(files / f"dist/demo-1.0.0.{end}", files / f"dist/demo-7.0.0.{end}")
    name_tag(files, "demo-7.0.0")


def reach(clone: Path, files: Path) -> None:
    """Hand on another repository in place of a bundle."""
    shutil.copytree(clone / ".git", files / "dist/repository")
    (files / "commit").write_text("gitdir: dist/repository\n")


LED_ASTRAY: dict[str, tuple[Led, str]] = {
    "content is deleted": (
        lambda clone, _: (
            git(clone, "rm", "--quiet", "content/demo/1.md"),
            git(clone, "commit", "--quiet", "--amend", "--no-edit"),
        ),
        "touches more than locks",
    ),
    "a lock is deleted": (
        lambda clone, _: (
            git(clone, "rm", "--quiet", "content/demo/package.lock"),
            git(clone, "commit", "--quiet", "--amend", "--no-edit", "--allow-empty"),
        ),
        "the tags do not name",
    ),
    "a workflow is added": (
        lambda clone, _: add_commit(clone, ".github/workflows/x.yml"),
        "touches more than locks",
    ),
    "a lock elsewhere": (
        lambda clone, _: add_commit(clone, "dist/package.lock"),
        "touches more than locks",
    ),
    "a name with a line end": (
        lambda clone, _: add_commit(clone, "x\n:100644 100644 a a M\tcontent/package.lock"),
        "touches more than locks",
    ),
    "the lock is a link": (lambda clone, _: link_lock(clone), "touches more than locks"),
    "a second commit": (
        lambda clone, _: git(clone, "commit", "--quiet", "--allow-empty", "--message", "More"),
        "not one commit after",
    ),
    "another history": (
        lambda clone, _: (
            git(clone, "checkout", "--quiet", "--orphan", "other"),
            git(clone, "commit", "--quiet", "--message", "All anew"),
        ),
        "not one commit after",
    ),
    "a merge": (
        lambda clone, _: (
            git(clone, "commit", "--quiet", "--allow-empty", "--message", "More"),
            git(clone, "reset", "--quiet", "--soft", "HEAD^^"),
            git(clone, "commit", "--quiet", "--message", "Release"),
            git(clone, "merge", "--quiet", "--no-edit", "--strategy=ours", "ORIG_HEAD"),
        ),
        "not one commit after",
    ),
    "a branch in place of a tag": (
        lambda _, files: name_tag(files, "HEAD:refs/heads/evil"),
        "a tag names no version",
    ),
    "an option in place of a tag": (
        lambda _, files: name_tag(files, "--force"),
        "a tag names no version",
    ),
    "no tag": (lambda _, files: (files / "tags").write_text(""), "no tag is named"),
    "a version that is not the lock's": (forge_version, "the tags do not name"),
    "a program among the files": (
        lambda _, files: (files / "dist/anki.exe").write_text("x"),
        "a file is none of a release",
    ),
    "a file whose name holds a line end": (
        lambda _, files: (files / "dist/index.html\nx").write_text("x"),
        "a file is none of a release",
    ),
    "a link among the files": (
        lambda _, files: (files / "dist/demo-1.0.1.md").symlink_to("/etc/passwd"),
        "a link is among the files",
    ),
    "a repository in place of the bundle": (reach, "a file is none of a release"),
}


def test_a_job_that_was_led_astray_publishes_nothing(service: Service) -> None:
    assert service.build()[-1].returncode == 0
    run = service.folder / "run-1"
    good = service.folder / "good"
    shutil.copytree(run, good, symlinks=True)
    refs = git(service.origin, "for-each-ref")
    for what, (led, why) in LED_ASTRAY.items():
        shutil.rmtree(run)
        shutil.copytree(good, run, symlinks=True)
        clone, files = run / "workspace", run / "temporary/files"
        led(clone, files)
        if (files / "commit").stat().st_size > 200:
            git(clone, "tag", "--force", "demo-1.0.0")
            sha = (run / "sha").read_text()
            (files / "commit").unlink()
            git(clone, "bundle", "create", "--quiet", str(files / "commit"), "HEAD", f"^{sha}")
        service.runs = 1
        last = service.finish()[-1]
        assert last.returncode == 1, what
        assert "::error::nothing is published: " in last.stdout, (what, last.stdout, last.stderr)
        assert why in last.stdout, (what, last.stdout)
        assert git(service.origin, "for-each-ref") == refs, what
        assert not service.assets("demo-1.0.0")
        shutil.rmtree(service.folder / "run-2")
    shutil.rmtree(run)
    shutil.copytree(good, run, symlinks=True)
    service.runs = 1
    assert service.finish()[-1].returncode == 0
    assert service.tags() == ["demo-1.0.0"]


def test_a_tag_that_is_elsewhere_is_not_published(service: Service) -> None:
    service.trainer.release(1_750_000_000)
    service.push("demo-1.0.0")
    assert service.build("demo-1.0.0")[-1].returncode == 0
    git(service.origin, "tag", "--force", "demo-1.0.0", "main~1")
    service.trainer.write("README.md", "More.")
    service.push()
    last = service.finish("demo-1.0.0")[-1]
    assert last.returncode == 1
    assert not service.assets("demo-1.0.0")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_job_runs_for_hours(path: Path) -> None:
    for job in read(path)["jobs"].values():
        # A job that is another workflow may not say so; that one's jobs do.
        assert "uses" in job or 0 < job["timeout-minutes"] <= 180


def pins_of(name: str) -> dict[str, str]:
    """Return the versions in a list of requirements, each of which has its hashes."""
    text = (ROOT / ".github" / name).read_text("utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    form = re.compile(r"[\w.-]+==\S+( ;.*?)?(\s+--hash=sha256:[0-9a-f]{64})+")
    assert all(map(form.fullmatch, lines))
    return {line.partition("==")[0]: line.partition("==")[2].split()[0] for line in lines}


@pytest.mark.parametrize(
    ("name", "group", "extras", "user"),
    [
        ("requirements.txt", "action", ("preview", "rehearse"), ACTION),
        ("requirements-build.txt", "pypi", (), ROOT / ".github/workflows/pypi.yml"),
        ("requirements-docs.txt", "docs", (), ROOT / ".github/workflows/site.yml"),
    ],
)
def test_what_workflows_install_is_fixed_by_hashes(
    name: str, group: str, extras: tuple[str, ...], user: Path
) -> None:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    project, groups = table["project"], table["dependency-groups"]
    asked = [each for each in groups[group] if isinstance(each, str)]
    asked += groups["action"] if {"include-group": "action"} in groups[group] else []
    if extras:
        asked += project["dependencies"]
        asked += [each for extra in extras for each in project["optional-dependencies"][extra]]
    assert groups["action"] == table["build-system"]["requires"]
    pins = pins_of(name)
    for requirement in map(Requirement, asked):
        assert pins[requirement.name.replace("_", "-")] in requirement.specifier
    assert re.search(rf"--require-hashes -r \S*\.github/{name}", user.read_text("utf-8"))


@pytest.mark.parametrize("path", [*WORKFLOWS, ACTION], ids=lambda path: path.stem)
def test_other_peoples_actions_are_pinned_and_expressions_stay_out_of_scripts(path: Path) -> None:
    text = path.read_text("utf-8")
    for name in re.findall(r"uses: (.*)", text):
        assert re.fullmatch(r"\$/.*|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", name), name
    content = read(path)
    jobs = [content["runs"]] if "runs" in content else list(content["jobs"].values())
    assert "runs" in content or content["permissions"] == {}
    for step in (step for job in jobs for step in job.get("steps", [])):
        assert "${{" not in step.get("run", "")


def test_a_release_of_this_library_is_named_after_its_version() -> None:
    (script,) = (
        step["run"]
        for step in read(ROOT / ".github/workflows/pypi.yml")["jobs"]["build"]["steps"]
        if "Compare" in step.get("name", "")
    )
    version = subprocess.run(
        [sys.executable, "-c", "import ankibuild; print(ankibuild.__version__)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    for tag, code in ((f"v{version}", 0), ("v9.9.9", 1)):
        path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
        result = subprocess.run(
            ["bash", "-c", script], env={"PATH": path, "GITHUB_REF_NAME": tag}, check=False
        )
        assert result.returncode == code


@pytest.mark.slow
def test_a_release_of_this_library_is_built_checked_and_used(tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", str(ROOT), "checkout")
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    environment = {
        "PATH": f"{tmp_path / 'venv/bin'}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_REPOSITORY": "your-organisation/ankibuild",
        "GITHUB_REF_NAME": f"v{ankibuild.__version__}",
    }
    scripts = [
        step["run"]
        for step in read(ROOT / ".github/workflows/pypi.yml")["jobs"]["build"]["steps"]
        if "run" in step
    ]
    for script in scripts:
        result = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=tmp_path / "checkout",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith("/METADATA"))
        text = archive.read(name).decode()
    links = re.findall(r"\]\(([^)]*)\)", text)
    assert f"{environment['GITHUB_REPOSITORY']}/raw/v{ankibuild.__version__}/docs/story.png" in text
    assert {link for link in links if not link.startswith(("https://", "#"))} == set()


@pytest.mark.slow
def test_the_action_installs_the_command_of_its_own_commit(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT / "ankibuild", checkout / "ankibuild")
    shutil.copytree(ACTION.parent, checkout / ACTION.parent.relative_to(ROOT))
    for name in ("pyproject.toml", "README.md", "LICENSE", ".github/requirements.txt"):
        shutil.copy(ROOT / name, checkout / name)
    (script,) = (step["run"] for step in read(ACTION)["runs"]["steps"] if "run" in step)
    environment = {
        "PATH": f"{tmp_path / 'venv/bin'}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "GITHUB_ACTION_PATH": str(checkout / ACTION.parent.relative_to(ROOT)),
    }
    subprocess.run(["bash", "-c", script], env=environment, check=True)
    command = str(tmp_path / "venv/bin/ankibuild")
    help_text = subprocess.run([command, "rehearse", "--help"], capture_output=True, check=True)
    assert b"real Anki" in help_text.stdout
    subprocess.run([str(tmp_path / "venv/bin/python"), "-c", "import anki"], check=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [("zizmor", "--offline", "--quiet", ".github"), ("actionlint",)], ids=lambda c: c[0]
)
def test_the_linters_of_workflows_find_nothing(command: tuple[str, ...]) -> None:
    path = shutil.which(command[0], path=f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin")
    path = path or shutil.which(command[0])
    if not path:
        pytest.skip(f"{command[0]} is not installed")
    result = subprocess.run(
        [path, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
