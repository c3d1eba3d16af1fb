"""The command line of `./scripts/release`: looks, says what is going to be, and does it whole or not at all."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from conformance.errors import ConformanceError, UsageError
from scripts.contract_diff.sources import ROOT
from scripts.releasing.release_plan import ReleasePlan, objections, plan
from scripts.releasing.repository import Repository
from scripts.releasing.undoing import undertaken

__all__ = ["main"]

TESTS = ("./scripts/test", "./scripts/test -m matrix", "./scripts/test -m slow")
_PACKAGES = (".", "generated/python")


class _RefusedError(Exception):
    """A check of the release failed; what it says stands above."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("version")
@click.option("--dry-run", is_flag=True, help="Check what can be checked without writing, and say what would be done.")
@click.option(
    "--tests", "commands", multiple=True, default=TESTS, show_default=True, metavar="COMMAND",
    help="What has to pass on the tree as it will be released; may be given several times.",
)  # fmt: skip
@click.option(
    "--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The date that CHANGELOG.md gives; today by default."
)
def main(version: str, day: datetime | None, commands: tuple[str, ...], *, dry_run: bool) -> None:
    """Release VERSION: changelog, version, frozen set, tests, wheels, commit and tag.

    Nothing is pushed or uploaded. Where anything fails, all is as it was.

    Exit codes: 0 released, or would be; 1 something speaks against it; 2 usage.
    """
    console = Console(highlight=False, soft_wrap=True)
    try:
        planned = plan(ROOT, version, (day or datetime.now(UTC)).date().isoformat())
        against = list(objections(ROOT, planned))
        for each in against:
            click.echo(f"error: {each}", err=True)
        if against:
            sys.exit(1)
        for line in (*planned.says, *_rest(planned, commands)):
            console.print(Text(line))
        if dry_run:
            click.echo("nothing was written (--dry-run), and the tests were not run")
            return
        built = _release(planned, commands)
    except ConformanceError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except _RefusedError as error:
        click.echo(f"error: {error}; everything is as it was", err=True)
        sys.exit(1)
    console.print(Text(f"released {planned.tag}: {', '.join(built)}"))
    console.print(Text(f"push it with: git push --follow-tags origin {Repository(ROOT).branch}"))


def _rest(planned: ReleasePlan, commands: Sequence[str]) -> list[str]:
    return [
        *(f"then: {command}" for command in commands),
        f"then: wheels of {' and '.join(_PACKAGES)} into dist/, a commit, and the tag {planned.tag}",
    ]


def _release(planned: ReleasePlan, commands: Sequence[str]) -> list[str]:
    repository = Repository(ROOT)
    cache = ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="release-", dir=cache) as scratch, undertaken(repository) as undertaking:
        undertaking.write(planned.texts)
        for command in commands:
            _pass(command)
        others = sorted(set(repository.changed()) - set(planned.texts))
        if others:
            raise _RefusedError(f"files have changed while the release was tested: {', '.join(others[:5])}")
        for package in _PACKAGES:
            _build(package, Path(scratch))
        undertaking.commit(f"Release {planned.version}")
        undertaking.put_tag(planned.tag, f"Release {planned.version}")
        return _hand_over(Path(scratch))


def _pass(command: str) -> None:
    try:
        words = shlex.split(command)
        ended = subprocess.run(words, cwd=ROOT, check=False)
    except (OSError, ValueError, IndexError) as error:
        raise UsageError(f"--tests `{command}` cannot be run: {error}") from None
    if ended.returncode:
        raise _RefusedError(f"`{command}` ended with {ended.returncode}")


def _build(package: str, folder: Path) -> None:
    # Without isolation: the packages that build are those of the lock file, and nothing is fetched.
    command = (sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), package)
    ended = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if ended.returncode:
        said = " ".join((ended.stderr or ended.stdout).split())[-500:]
        raise _RefusedError(f"building {package} failed: {said}")


def _hand_over(folder: Path) -> list[str]:
    """Move what was built to where people look for it, and return what that is."""
    target = ROOT / "dist"
    target.mkdir(exist_ok=True)
    names = sorted(path.name for path in folder.iterdir())
    for name in names:
        shutil.move(folder / name, target / name)
    return [f"dist/{name}" for name in names]
