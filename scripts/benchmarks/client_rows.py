"""What the judge found of a client, as a row of the table in docs/sdk-teams.md."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

import yaml
from attrs import field, frozen

from conformance.clients.judging import Judged
from conformance.clients.trial import Trial
from conformance.requirements import Level
from conformance.vectors import GivenAnswer

__all__ = [
    "HEADINGS", "UNEXPLAINED", "ClientRow", "client_row", "markdown", "reasons", "replaced", "summary", "table",
]  # fmt: skip

UNEXPLAINED = "does what scripts/benchmarks/clients.yaml does not explain"
SITUATIONS: Mapping[str, Callable[[GivenAnswer], bool]] = {
    "500": lambda answer: answer.status == 500 and answer.cut is None,
    "503": lambda answer: answer.status == 503 and answer.cut is None,
    "silence": lambda answer: answer.silent,
    "cut": lambda answer: answer.cut == "after-reading",
}
HEADINGS = ("client", "vectors passed", "MUSTs failed, and why", "jobs lost", *SITUATIONS)
_BEGIN, _END = "<!-- clients -->\n", "<!-- /clients -->"


@frozen
class ClientRow:
    """One line of the table.

    Attributes:
        failed: how many MUSTs failed, by reason.
        lost: creates whose answer told of a job that the client does not give.
        posts: how many requests one create came to, by situation.
    """

    client: str
    passed: int
    total: int
    impossible: int
    failed: Mapping[str, int] = field(repr=False)
    lost: int
    posts: Mapping[str, int]

    def cells(self) -> tuple[str, ...]:
        """Write it."""
        cannot = f"; {self.impossible} that it cannot do" if self.impossible else ""
        failed = "; ".join(f"in {count} it {reason}" for reason, count in self.failed.items())
        why = f"{sum(self.failed.values())}: {failed}" if failed else "none"
        return (
            self.client, f"{self.passed} of {self.total}{cannot}", why, str(self.lost), *map(str, self.posts.values())
        )  # fmt: skip


def client_row(name: str, judged: Judged, known: Sequence[Mapping[str, Any]], creates: AbstractSet[str]) -> ClientRow:
    """Sum up a run.

    Args:
        name: what the client is called.
        judged: the run.
        known: why the client fails, each with the kinds of flaws that come of it.
        creates: ids of the operations that make a job.
    """
    trials = judged.trials
    failed = Counter(_reason(trial, known) for trial in trials if trial.flaws and trial.vector.level is Level.MUST)
    of_creates = [trial for trial in trials if trial.vector.call.operation in creates]
    order = [str(reason["says"]) for reason in known]
    return ClientRow(
        f"{name} {judged.client.version}".strip(),
        sum(not trial.flaws and not trial.not_run for trial in trials),
        len(trials),
        sum(bool(trial.not_run) for trial in trials),
        {reason: failed[reason] for reason in (*order, UNEXPLAINED) if failed[reason]},
        sum(map(_loses_a_job, of_creates)),
        {situation: _most_posts(of_creates, holds) for situation, holds in SITUATIONS.items()},
    )


def _reason(trial: Trial, known: Sequence[Mapping[str, Any]]) -> str:
    kinds = {flaw.kind for flaw in trial.flaws}
    return next((str(reason["says"]) for reason in known if kinds & set(reason["flaws"])), UNEXPLAINED)


def _loses_a_job(trial: Trial) -> bool:
    """Whether an answer told of a job, and the client gives something else."""
    told = trial.received and trial.vector.expect.outcome == ("value",)
    return bool(told) and any(flaw.kind in {"outcome-value", "crash", "hang"} for flaw in trial.flaws)


def _most_posts(trials: Sequence[Trial], holds: Callable[[GivenAnswer], bool]) -> int:
    """How many requests a create came to where every answer, the last one repeated, is such a one."""
    return max(
        (
            len(trial.received)
            for trial in trials
            if trial.vector.kind == "money" and trial.vector.given and all(map(holds, trial.vector.given))
        ),
        default=0,
    )


def reasons(client: str) -> Sequence[Mapping[str, Any]]:
    """Return why a client fails, from clients.yaml."""
    text = Path(__file__).with_name("clients.yaml").read_text(encoding="utf-8")
    found: Sequence[Mapping[str, Any]] = (yaml.safe_load(text) or {}).get(client, ())
    return found


def table(page: str) -> dict[str, tuple[str, ...]]:
    """Read the rows that are on a page, by the names of the clients without their versions."""
    inside = page.partition(_BEGIN)[2].partition(_END)[0].splitlines()
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in inside[2:]]
    return {re.sub(r" [0-9][^ ]*$", "", row[0]): row for row in rows}


def replaced(page: str, written: str) -> str:
    """Write a table in place of the one that is on a page."""
    before, begin, rest = page.partition(_BEGIN)
    return f"{before}{begin}{written}\n{_END}{rest.partition(_END)[2]}"


def markdown(rows: Sequence[tuple[str, ...]]) -> str:
    """Write rows as a table."""
    return _lines(HEADINGS, f"|---|--:|---|{'--:|' * (len(HEADINGS) - 3)}", rows)


def summary(rows: Sequence[tuple[str, ...]]) -> str:
    """Write no more of rows than how much is wrong, and what a create comes to at worst."""
    short = [
        (client, passed, failed.partition(":")[0], lost, str(max(map(int, posts))))
        for client, passed, failed, lost, *posts in rows
    ]
    headings = (*HEADINGS[:2], HEADINGS[2].partition(",")[0], HEADINGS[3], "requests for one create, at most")
    return _lines(headings, f"|---|{'--:|' * 4}", short)


def _lines(headings: Sequence[str], rule: str, rows: Sequence[Sequence[str]]) -> str:
    return "\n".join([f"| {' | '.join(headings)} |", rule, *(f"| {' | '.join(row)} |" for row in rows)])
