"""What `matrix` and `badge` share: reports that may be published, and the file that is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import frozen

from conformance.errors import UsageError

if TYPE_CHECKING:
    from conformance.contract import Contract
    from conformance.reports.report import Report

__all__ = ["REPORT", "Candidates", "read_candidates", "write_file"]

REPORT = click.Path(path_type=Path)


@frozen
class Candidates:
    """Reports that may be published, with the places that they have among those that were given.

    Attributes:
        refused: why each of the others may not, with its file.
    """

    fit: tuple[tuple[int, Report], ...]
    refused: tuple[str, ...]


def read_candidates(files: Sequence[Path], contract: Contract) -> Candidates:
    """Read reports, and tell which of them may be published."""
    from conformance.reports.events import read_report
    from conformance.reports.publishable import why_unfit

    fit: list[tuple[int, Report]] = []
    refused: list[str] = []
    for place, path in enumerate(files):
        try:
            found = read_report(path)
        except UsageError as error:
            refused.append(str(error))
            continue
        reason = why_unfit(found, contract)
        if reason is None:
            fit.append((place, found))
        else:
            refused.append(f"{path}: {reason}")
    return Candidates(tuple(fit), tuple(refused))


def write_file(path: Path, text: str) -> None:
    """Write a file, whole or not at all.

    Raises:
        UsageError: it cannot be written.
    """
    from conformance.reports.files import write_whole

    try:
        write_whole(path, lambda stream: print(text, end="", file=stream))
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror or error}") from None
