"""Options that say where the journal of a run is kept: its event stream, from which it can be carried on."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from conformance.cli.options import grouped
from conformance.errors import UsageError

if TYPE_CHECKING:
    from conformance.engine.target import Target
    from conformance.reports.report import Report

__all__ = ["journal_options", "journal_path", "told_where"]

journal_options: Callable[[Any], Any] = grouped(
    click.option(
        "--events",
        type=click.Path(path_type=Path),
        help="Write everything as JSON lines before it is sent and when it is answered; for a server on another"
        " machine this is always done, in the state folder of the user where nothing else is said.",
    ),
)


def journal_path(under_test: Target, settings: dict[str, Any], asked: Path | None) -> Path | None:
    """Return where the journal of a run is kept, and say so where the user has not.

    Args:
        under_test: the server.
        settings: the options.
        asked: where something else than this needs the event stream.

    Raises:
        UsageError: it has no place.
    """
    from conformance.engine.loopback import goes_to_loopback

    if settings["resume"] is not None or asked is not None:
        given: Path | None = settings["resume"] or asked
        return given
    if settings["url"] is None or goes_to_loopback(under_test):
        return None
    root = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "videos-conformance"
    host = re.sub(r"[^A-Za-z0-9.-]", "-", urlsplit(under_test.url).hostname or "server")
    path = root / f"{host}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.jsonl"
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{root}: the journal cannot be kept there: {error.strerror}; name a file with --events"
        ) from None
    click.echo(f"journal: {path}", err=True)
    return path


def told_where(report: Report, settings: dict[str, Any], path: Path | None) -> None:
    """Say how a run that did not come to its end is carried on."""
    is_worth_it = bool(report.verdicts) or report.ledger["creates"] + report.ledger["possible_creates"] > 0
    if is_worth_it and path is not None and settings["url"] is not None and not report.complete and path.is_file():
        click.echo(f"what was learned and paid for is kept: `run --resume {path}` carries the run on", err=True)
