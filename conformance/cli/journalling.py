"""Options that say where the journal of a run is kept: its event stream, from which it can be carried on."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import httpx

from conformance.cli.options import grouped
from conformance.engine.loopback import is_loopback
from conformance.errors import UsageError
from conformance.reports import Report

__all__ = ["journal_options", "journal_path", "told_where"]

journal_options: Callable[[Any], Any] = grouped(
    click.option(
        "--events",
        type=click.Path(path_type=Path),
        help="Write everything as JSON lines before it is sent and when it is answered; for a server on another"
        " machine this is always done, in the state folder of the user where nothing else is said.",
    ),
)


def journal_path(url: str, settings: dict[str, Any]) -> Path | None:
    """Return where the journal of a run is kept, and say so where the user has not.

    Raises:
        UsageError: it has no place.
    """
    for given in (settings["resume"], settings["events"]):
        if given is not None:
            path: Path = given
            return path
    if settings["url"] is None or is_loopback(url):
        return None
    root = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "videos-conformance"
    host = re.sub(r"[^A-Za-z0-9.-]", "-", httpx.URL(url).host)
    path = root / f"{host}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.jsonl"
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{root}: the journal cannot be kept there: {error.strerror}; name a file with --events"
        ) from None
    click.echo(f"journal: {path}", err=True)
    return path


def told_where(report: Report, settings: dict[str, Any]) -> None:
    """Say how a run that did not come to its end is carried on."""
    path = settings["events"]
    if path is not None and settings["url"] is not None and not report.complete and path.is_file():
        click.echo(f"what was learned and paid for is kept: `run --resume {path}` carries the run on", err=True)
