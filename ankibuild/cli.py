"""The command: options, one call, print."""

import io
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ankibuild import __version__
from ankibuild.arguments import (
    VSCODE,
    build_time,
    column_roles,
    editor_address,
    or_content,
    release_time,
    seconds_now,
    unescape,
)
from ankibuild.terminal import (
    Progress,
    PutOff,
    count,
    count_problems,
    echo,
    obey_no_color,
    print_annotations,
    print_json,
    print_problems,
    problem_values,
)

if TYPE_CHECKING:
    from ankibuild import Changes, Package, Problem

_Command = TypeVar("_Command", bound=Callable[..., Any])


class _Group(click.Group):
    def invoke(self, context: click.Context) -> Any:
        from ankibuild import AnkibuildError

        try:
            return super().invoke(context)
        except AnkibuildError as error:
            print_problems(error.problems)
            errors = sum(problem.severity == "error" for problem in error.problems)
            echo(f"{count(errors, 'error')}: {_outcome(context, error.problems)}", err=True)
            context.exit(1)


# What may be found when something was written already.
_FOUND_LATE: frozenset[str] = frozenset(
    ("busy", "changed-lock", "full-disk", "lost-lock", "unreadable-lock", "unwritable-file")
)
_LEFT_UNDONE = {
    "build": "built",
    "convert": "written",
    "diff": "compared",
    "import": "imported",
    "merge-lock": "merged",
    "new": "written",
    "pin": "written",
    "preview": "shown",
    "rehearse": "rehearsed",
    "release": "released",
}


def _outcome(context: click.Context, problems: "tuple[Problem, ...]") -> str:
    """Return what became of a command that problems stopped."""
    command = context.invoked_subcommand or ""
    if any(problem.rule in _FOUND_LATE for problem in problems):
        return f"ankibuild {command} stopped"
    return f"nothing was {_LEFT_UNDONE[command]}"


def _examples(*examples: tuple[str, str]) -> str:
    """Return commands, each with what it does, as they stand below a command's options."""
    longest = max(len(command) for command, _ in examples)
    lines = (f"  ankibuild {command:{longest}}  # {does}" for command, does in examples)
    return "\n".join(("\b", "Examples:", *lines))  # "\b" keeps the lines as they are


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="ankibuild COMMAND --help shows the options of a command, with examples.",
)
@click.version_option(__version__)
@click.pass_context
def main(context: click.Context) -> None:
    """Publish Anki decks from Markdown, with updates that keep every learner's progress."""
    obey_no_color(context)
    # A terminal or a pipe that cannot show a letter gets its number instead of a failure.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


_argument = partial(
    click.argument,
    "paths",
    metavar="[PATH]...",
    nargs=-1,
    type=click.Path(path_type=Path),
)
_paths = _argument(callback=lambda _context, _parameter, paths: or_content(paths))
_output = click.option(
    "-o",
    "--output",
    metavar="FOLDER",
    type=click.Path(file_okay=False, path_type=Path),
    default="dist",
    show_default=True,
    help="Use this folder for the files that learners get.",
)


_original = click.option(
    "--original",
    metavar="OLD.apkg",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Try the update with a learner who has the .apkg that the package was made from.",
)


def _switch_off_cache(context: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 (Click calls it so)
    if value:
        from ankibuild.commands.renders import no_cache

        context.with_resource(no_cache())


_no_cache = click.option(
    "--no-cache",
    is_flag=True,
    expose_value=False,
    callback=_switch_off_cache,
    help="Make every note again, without the cache.",
)


def _format(*forms: str, words: str) -> Callable[[_Command], _Command]:
    """Return the option that chooses a form; the first is the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(forms),
        default=forms[0],
        show_default=True,
        help=words,
    )


@main.command(
    short_help="Write packages for Anki: drafts, or the last release again.",
    epilog=_examples(
        ("build", "all packages below content"),
        ("build content/my-deck", "one package"),
        ("build cards.md", "a single file"),
        ("build --locked -o site", "for CI: only what is released"),
    ),
)
@_paths
@_output
@click.option("--locked", is_flag=True, help="Fail, and write nothing, if anything is unreleased.")
@_no_cache
def build(paths: tuple[Path, ...], output: Path, *, locked: bool) -> None:
    """Write the package of each PATH: a package's folder, a folder of them, or a Markdown file.

    Without a PATH, all packages below content/ are built. If nothing changed since the last
    release, that release is built again; if something did, a draft whose name ends in -dev.
    """
    now = build_time()
    from ankibuild import build as build_package
    from ankibuild import compare, load_all
    from ankibuild.commands.remembering import warn_of_forgotten
    from ankibuild.core.addresses import FEEDBACK_PAGE
    from ankibuild.core.files import shown_size
    from ankibuild.releases.manifest import check_manifests

    with Progress() as progress:
        packages = load_all(paths, progress)
    print_problems(warning for package in packages for warning in package.warnings)
    if locked:
        _fail_if_pending([(package, compare(package)) for package in packages])
    pending = []
    for package in packages:
        built = build_package(package, output, time=now)
        echo(f"{built.path} ({shown_size(built.size)})")
        for deck, notes, cards in built.decks:
            echo(f"  {deck}: {count(notes, 'note')}, {count(cards, 'card')}")
        if package.settings.provisional:
            echo(
                "  only to look at: a single file has no lasting identity, so move it into a "
                "package (ankibuild new NAME writes one) before learners get it"
            )
        elif built.is_as_released:
            echo("  as released: the content is the same")
        elif not built.pending:
            echo(
                "  not as released: another version of ankibuild or of its libraries made "
                "different content",
                err=True,
            )
            if locked:
                sys.exit(1)
        else:
            pending.append(package)
            echo(
                "  a draft: try it in an Anki profile of its own (File > Switch Profile), because "
                "notes that you remove before the release stay where a draft was imported"
            )
            if built.old_feedback:
                echo(f"  {FEEDBACK_PAGE} leads to the old address until the next release")
    for package in packages:
        print_problems(warn_of_forgotten(package.lock, package.folder, output))
    print_problems(check_manifests(output))
    if pending:
        echo(f"next: {_after_look(pending, paths, 'diff')}")


@main.command(
    short_help="Show what learners will get with the next release.",
    epilog=_examples(
        ("diff", "what changed in all packages"),
        ("diff content/my-deck", "in one package"),
        ("diff --format markdown", "as a comment for a pull request"),
    ),
)
@_paths
@_format(
    "text", "markdown", "json", words="Write for a terminal, for a pull request, or for programs."
)
@_no_cache
def diff(paths: tuple[Path, ...], form: str) -> None:
    """Show what the next release brings to learners, and which version it will be."""
    from ankibuild import compare, load_all
    from ankibuild.commands.diffing import describe, describe_as_json, describe_as_markdown

    with Progress() as progress:
        packages = load_all(paths, progress)
    changes = [(package, compare(package)) for package in packages]
    if form == "json":
        print_json("packages", (describe_as_json(*each) for each in changes))
    elif form == "markdown":
        for line in describe_as_markdown(changes).split("\n"):
            echo(line)
    else:
        for each in changes:
            for parts in describe(*each):
                echo(parts)
        pending = [package for package, change in changes if change.pending]
        if pending and not any(package.settings.provisional for package in pending):
            echo(f"next: {_after_look(pending, paths, 'release')}", err=True)


@main.command(
    short_help="Publish what changed: files for learners, and the lock.",
    epilog=_examples(
        ("release --dry-run", "say what would be published"),
        ("release content/my-deck", "publish one package"),
        ("release --restamp fee", "send a note to everyone again"),
    ),
)
@_paths
@_output
@click.option(
    "--version",
    "version",
    metavar="VERSION",
    default="",
    help="Give the release this version instead of the next one.",
)
@click.option(
    "--time",
    "given_time",
    metavar="TIME",
    help="Give the release this time instead of the clock's: ISO 8601, in UTC unless it has an "
    "offset, or seconds since 1970.",
)
@click.option(
    "--restamp",
    multiple=True,
    metavar="ID",
    help="Send this note to everyone again, over learners' own newer edits of it.",
)
@click.option(
    "--without-words",
    is_flag=True,
    help="Release even if most notes change only in tags or markup.",
)
@_original
@click.option("--dry-run", is_flag=True, help="Say what would be published, and write nothing.")
@_no_cache
def release(
    paths: tuple[Path, ...],
    output: Path,
    *,
    version: str,
    given_time: str | None,
    restamp: tuple[str, ...],
    without_words: bool,
    original: Path | None,
    dry_run: bool,
) -> None:
    """Publish the packages at each PATH that changed: files for learners, and the lock.

    Commit the lock: it remembers what was published, and when.
    """
    now = seconds_now()
    moment = release_time(given_time, now)
    from ankibuild import rehearse_release
    from ankibuild import release as release_packages
    from ankibuild.anki.collection import is_possible
    from ankibuild.commands.diffing import describe
    from ankibuild.commands.rehearsing import describe_in_short
    from ankibuild.commands.releasing import next_steps
    from ankibuild.core.installed import how_to_install
    from ankibuild.releases.edition import moment_of
    from ankibuild.releases.manifest import check_manifests

    tried = {}
    with PutOff() as interrupts:

        def before_writing(package: Any, changes: Any, contents: Any) -> None:
            interrupts.allow()
            if is_possible():
                rehearsal = rehearse_release(package, changes, contents, original)
                tried[package.folder] = describe_in_short(rehearsal)
            # What is left takes seconds, and half of it would tell nobody what is published.
            interrupts.hold()

        released = release_packages(
            paths,
            output,
            time=moment,
            now=now,
            version=version,
            restamp=restamp,
            without_words=without_words,
            dry_run=dry_run,
            before_writing=before_writing,
        )
        for each in released:
            print_problems((*each.package.warnings, *each.remarks))
            for line in describe(each.package, each.changes, version=each.version):
                echo(line)
            echo(f"{'would write' if dry_run else 'wrote'} version {each.version}:")
            for path in each.paths:
                echo(f"  {path}")
            echo(f"  dated {moment_of(each.time)}")
            if each.package.folder in tried:
                echo(f"  {tried[each.package.folder]}")
        if not tried:
            install = how_to_install("rehearse")
            echo(f"not tried in Anki, whose library is missing; to install it: {install}", err=True)
        if not dry_run:
            echo("next:")
            for step in next_steps(released):
                echo(f"  {step}")
    print_problems(check_manifests(output))


@main.command(
    "merge-lock",
    short_help="Merge the locks of two branches.",
    epilog=_examples(
        ("merge-lock content/my-deck", "after a merge that Git stopped"),
    ),
)
@_argument()
@_output
@click.option(
    "--driver",
    nargs=3,
    metavar="OURS THEIRS NAME",
    type=click.Path(path_type=Path),
    help="Merge one file as Git asks for it: with %A %B %P.",
)
def merge_lock(
    paths: tuple[Path, ...], output: Path, driver: tuple[Path, Path, Path] | None
) -> None:
    """Merge the locks of two branches, in the folder of each package at PATH.

    Both histories stay, and what they published differently goes out with the next release.
    A release that is missing from the lock is restored from Git, or from the files in the folder.
    """
    from ankibuild import AnkibuildError
    from ankibuild.commands.merging_locks import merge_lock as merge_one
    from ankibuild.commands.merging_locks import merge_lock_files
    from ankibuild.core.files import LOCK, find_packages, quoted
    from ankibuild.core.problems import shown

    if driver:
        if paths:
            raise click.UsageError("--driver takes no PATH")
        ours, theirs, name = driver
        print_problems(merge_lock_files(ours, theirs, shown(name)))
        return
    folders, missing = find_packages(or_content(paths))
    if missing:
        raise AnkibuildError(tuple(missing))
    for folder in folders:
        path = quoted(folder / LOCK)
        warnings = merge_one(folder, output)
        print_problems(warnings or ())
        if warnings is None:
            echo(f"{path}: nothing to merge")
        else:
            release_it = f"ankibuild release {quoted(folder)}"
            echo(f"{path}: merged; next: git add {path}, then {release_it}")


@main.command(
    short_help="Try an update in a real Anki, as a learner would.",
    epilog=_examples(
        ("rehearse content/my-deck", "the next release of a package"),
        ("rehearse old.apkg new.apkg", "two files from any tool"),
    ),
)
@_paths
@_original
@_format("text", "json", words="Write for people, or for programs.")
@_no_cache
def rehearse(paths: tuple[Path, ...], original: Path | None, form: str) -> None:
    """Try an update in a real Anki: what a learner has after it, and what would be lost.

    For each PATH, the last release is imported and studied, then updated to today's sources. Two
    .apkg files from any tool, the old one and the new one, are tried in the same way. The exit code
    is 1 if anything is lost.
    """
    from ankibuild import load_all, rehearse_files
    from ankibuild import rehearse as rehearse_package
    from ankibuild.commands.rehearsing import describe_rehearsal
    from ankibuild.core.values import to_builtins

    now = build_time()
    are_files = [path.suffix.lower() == ".apkg" for path in paths]
    if any(are_files) and original:
        raise click.UsageError("--original goes with the sources that were made from it")
    if are_files == [True, True]:
        rehearsals = [rehearse_files(*paths)]
    elif any(are_files):
        raise click.UsageError("give two packages, the old and the new one, or sources")
    else:
        rehearsals = [
            rehearse_package(package, time=now, original=original) for package in load_all(paths)
        ]
    if form == "json":
        print_json("rehearsals", map(to_builtins, rehearsals))
    else:
        for line in (line for each in rehearsals for line in describe_rehearsal(each)):
            echo(line)
    if any(rehearsal.lost for rehearsal in rehearsals):
        sys.exit(1)


@main.command(
    short_help="List what is wrong, and how to fix it.",
    epilog=_examples(
        ("check", "all packages below content"),
        ("check content/my-deck", "one package"),
        ("check --strict", "fail on warnings too, as CI does"),
    ),
)
@_paths
@_format(
    "text",
    "json",
    "github",
    words="Write for people, for programs, or as annotations of a GitHub workflow.",
)
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@_no_cache
def check(paths: tuple[Path, ...], form: str, *, strict: bool) -> None:
    """List everything that is wrong with the packages at each PATH, and how to fix it.

    What keeps a package from being built is an error, and the exit code is 1; what a learner
    would stumble over is a warning.
    """
    from ankibuild import compare
    from ankibuild.commands.loading import read_all
    from ankibuild.core.problems import has_errors

    with Progress() as progress:
        packages, problems = read_all(paths, progress)
    if form == "json":
        print_json("problems", map(problem_values, problems))
    elif form == "github":
        print_annotations(problems)
    else:
        print_problems(problems, err=False)
    has_failed = bool(problems) if strict else has_errors(problems)
    if form != "json":
        pending = [package for package in packages if compare(package).pending]
        then = "nothing to release"
        if any(problem.rule == "missing-package" for problem in problems):
            # Its cure is another path.
            then = ""
        elif has_failed:
            again = f"ankibuild check{' --strict' * strict}{_as_typed(paths)}"
            then = f"next: fix {'it' if len(problems) == 1 else 'them'}, then {again}"
        elif pending:
            then = f"next: {_after_look(pending, paths, 'diff')}"
        echo("; ".join(filter(None, (count_problems(problems), then))), err=form == "github")
    if has_failed:
        sys.exit(1)


@main.command(
    short_help="Write an id after every heading that has none.",
    epilog=_examples(
        ("pin", "in all packages below content"),
        ("pin content/my-deck", "in one package"),
    ),
)
@_paths
def pin(paths: tuple[Path, ...]) -> None:
    """Write an id after every heading that has none, so that its words can change.

    Nothing else in the files changes.
    """
    from ankibuild import pin as pin_packages

    pinned = pin_packages(paths)
    for path, written in pinned:
        echo(f"{path}: {count(written, 'id')} written")
    if not pinned:
        echo("every note has an id already")
    echo(f"next: ankibuild check{_as_typed(paths)}")


@main.command(
    short_help="Turn note types of an older form into files.",
    epilog=_examples(
        ("convert content/my-deck", "the note types of one package"),
    ),
)
@_paths
def convert(paths: tuple[Path, ...]) -> None:
    """Write each note-types/NAME.json as a folder of files that a designer can edit.

    What learners have stays as it is, and there is nothing to release.
    """
    from ankibuild import convert as convert_packages

    written = convert_packages(paths)
    for folder in written:
        echo(f"{folder} written")
    echo(
        f"next: ankibuild diff{_as_typed(paths)}"
        if written
        else "every note type is in files already"
    )


@main.command(
    short_help="Write a first package that shows every form.",
    epilog=_examples(
        ("new my-deck", "writes content/my-deck"),
        ('new "Tier 1"', "writes content/Tier 1, with the id tier-1"),
    ),
)
@click.argument("name")
def new(name: str) -> None:
    """Write a first package, content/NAME, that shows every form and builds at once."""
    from ankibuild import new as new_package
    from ankibuild.commands.starting import FIRST_DECK
    from ankibuild.core.files import quoted

    # Other commands and every message name it with the folder before it.
    content, folder = Path("content"), Path(name)
    folder = folder if folder.parent == content else content / folder
    for path in new_package(folder):
        echo(f"{path} written")
    echo("next:")
    echo(f"  write cards in {quoted(folder / FIRST_DECK)}")
    echo(f"  to see them: ankibuild preview --open {quoted(folder)}")
    echo(f"  to find mistakes: ankibuild check {quoted(folder)}")
    echo(f"  to publish them: ankibuild release {quoted(folder)}")


@main.command(
    short_help="Show the cards in the browser, as Anki shows them.",
    epilog=_examples(
        ("preview --open", "all packages below content"),
        ("preview --open content/my-deck", "one package"),
        ("preview --export cards.html", "one page to send to a reviewer"),
    ),
)
@_paths
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    metavar="NUMBER",
    default=8321,
    show_default=True,
    help="Serve the page on this port; 0 picks a free one.",
)
@click.option("--open", "opens", is_flag=True, help="Open the page in the browser.")
@click.option(
    "--export",
    "target",
    metavar="FILE.html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write one page that anybody can open, and exit.",
)
@click.option(
    "--editor",
    metavar="ADDRESS",
    envvar="ANKIBUILD_EDITOR",
    default=VSCODE,
    show_default=True,
    help='Open places at this address of an editor, like $ANKIBUILD_EDITOR; "" for no links.',
)
@_no_cache
def preview(
    paths: tuple[Path, ...], port: int, *, opens: bool, target: Path | None, editor: str
) -> None:
    """Show the cards at each PATH in the browser as Anki does, updated at every save.

    Only this machine can see the page. Ctrl-C ends it.
    """
    from ankibuild import export_preview
    from ankibuild.preview.serving import serve

    if target:
        print_problems(export_preview(paths, target))
        echo(str(target))
        return

    def ready(address: str, problems: "tuple[Problem, ...]") -> None:
        print_problems(problems)
        echo(f"{address} (Ctrl-C ends it)")
        if opens:
            click.launch(address)

    serve(paths, port=port, editor=editor_address(editor), ready=ready)


@main.command(
    "import",
    short_help="Make a package from text, a table, a document or an .apkg.",
    epilog=_examples(
        ("import talk.docx", "writes content/talk"),
        ("import deck.apkg --into content/spanish", "a published deck"),
        ("import words.csv --columns question,answer", "a table"),
        ("import words.csv --dry-run", "only look"),
    ),
)
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--into",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="Write the package into this new folder.  [default: content/ and the name of the file]",
)
@click.option(
    "--columns",
    metavar="NAMES",
    help="Say what the columns of a table hold, with commas and no spaces between them: question, "
    'answer, extra, hint, source, tags, deck, or "-" for nothing.',
)
@click.option(
    "--header/--no-header",
    default=None,
    help="Say whether the first row names the columns, and is not a card.",
)
@click.option(
    "--between",
    metavar="TEXT",
    help=r"Give what separates a term from its definition; \t is a tab.",
)
@click.option(
    "--between-rows", metavar="TEXT", help=r"Give what separates two rows; \n is a new line."
)
@click.option(
    "--as",
    "read_as",
    type=click.Choice(["headings", "hashcards", "obsidian"]),
    help="Say how to read Markdown that could be two of these.",
)
@click.option(
    "--learners-have",
    metavar="OLD.apkg",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Name the older .apkg that learners have: what differs in FILE is released to them.",
)
@click.option(
    "--questions-at",
    metavar="LEVEL",
    type=click.Choice([*"123456", "details"]),
    help='Say which headings are questions: level 1 to 6, or "details" for each <summary>.',
)
@click.option(
    "--keep-scripts",
    is_flag=True,
    help="Let the note types of an .apkg run their scripts on learners' devices.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
def import_file(
    file: Path,
    into: Path | None,
    *,
    columns: str | None,
    header: bool | None,
    between: str | None,
    between_rows: str | None,
    read_as: str | None,
    learners_have: Path | None,
    questions_at: str | None,
    keep_scripts: bool,
    dry_run: bool,
) -> None:
    """Make a package from FILE: text, a table, a Word document, Markdown, an .apkg or a deck.json.

    Learners who have the deck already keep their progress in it. Nothing is ever overwritten.
    """
    from ankibuild import TableOptions, import_deck
    from ankibuild.core.files import quoted
    from ankibuild.core.identity import suggest_note_id
    from ankibuild.core.text import shorten

    # Every deck of CrowdAnki is called "deck.json"; the folder says which it is.
    named = file if file.name != "deck.json" else file.resolve().parent
    folder = into or Path("content") / (suggest_note_id(named.stem) or "imported")
    table = None
    if columns or between or between_rows or header is not None:
        table = TableOptions(
            columns=column_roles(columns or ""),
            between=unescape(between or ""),
            between_rows=unescape(between_rows or ""),
            header=header,
        )
    written = import_deck(
        file,
        folder,
        time=seconds_now(),
        table=table,
        read_as=read_as or "",
        learners_have=learners_have,
        questions_at=questions_at or "",
        keep_scripts=keep_scripts,
        dry_run=dry_run,
    )
    print_problems(written.warnings)
    echo(f"{file}: {written.form}")
    for deck, notes in written.decks:
        echo(f"  {deck}: {count(notes, 'note')}")
    for question, answer in written.cards[: 10 if dry_run else 3]:
        echo(f'  "{shorten(question)}": {shorten(answer)}')
    if written.remark:
        echo(f"  {written.remark}")
    for path in written.paths:
        echo(f"{path} {'would be written' if dry_run else 'written'}")
    if not dry_run:
        echo(f"next: ankibuild check {quoted(folder)}")


def _fail_if_pending(changes: "list[tuple[Package, Changes]]") -> None:
    from ankibuild.commands.diffing import describe

    pending = [each for each in changes if each[1].pending]
    for package, change in pending:
        for line in describe(package, change):
            echo(line, err=True)
    if pending:
        echo("not released yet: run ankibuild release, and commit the lock", err=True)
        sys.exit(1)


def _after_look(pending: "list[Package]", paths: tuple[Path, ...], step: str) -> str:
    """Return what comes next on the way to a release: a step, unless something else must be first.

    What cannot be released is built, to be looked at.
    """
    if any(package.settings.provisional for package in pending):
        step = "build"
    elif not all(note.pinned for package in pending for note in package.notes):
        step = "pin"
    return f"ankibuild {step}{_as_typed(paths)}"


def _as_typed(paths: tuple[Path, ...]) -> str:
    """Return paths as they follow a command; none where it takes them by itself."""
    from ankibuild.core.files import quoted

    return "" if paths == (Path("content"),) else "".join(f" {quoted(each)}" for each in paths)
