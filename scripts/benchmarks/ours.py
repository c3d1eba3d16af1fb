"""Runs the suite itself on a reference server in this process, and tells what it found and what that cost."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from conformance.campaign import Options, Result, run
from conformance.checks.verdicts import Decision, Verdict
from conformance.contract import Contract
from conformance.engine.exchange import Exchange
from conformance.engine.runner import Event
from conformance.engine.target import target
from conformance.reference.named_behaviours import Entry
from conformance.requirements import Level

__all__ = ["OurRun", "Until", "our_run", "until"]


@frozen
class Until:
    """How much was sent, and how much of it was accepted, up to one exchange and with it."""

    requests: int
    creates: int


@frozen
class OurRun:
    """One run on a server with one fault or variant, or without any."""

    found: bool
    until: Until
    failed_musts: tuple[str, ...]
    failed_shoulds: tuple[str, ...]
    trouble: str | None


def _creates(exchange: Exchange) -> bool:
    answer = exchange.answer
    return answer is not None and 200 <= answer.status < 300 and exchange.probe.can_create


def until(exchanges: Sequence[Exchange], wanted: Sequence[Exchange | None]) -> Until:
    """Count up to the first of the wanted exchanges; None stands for a verdict on the run as a whole."""
    ids = {id(exchange) for exchange in wanted if exchange is not None}
    last = next((index for index, exchange in enumerate(exchanges) if id(exchange) in ids), len(exchanges) - 1)
    counted = exchanges[: last + 1]
    return Until(len(counted), sum(map(_creates, counted)))


def our_run(contract: Contract, url: str, token: str, entry: Entry | None, options: Options) -> OurRun:
    """Run the suite; a fault is found where a requirement that it names failed."""
    exchanges: list[Exchange] = []

    def listen(event: Event) -> None:
        if isinstance(event, Exchange):
            exchanges.append(event)

    result: Result = run(contract, target(url, token, "TOKEN"), options, listen)
    failed = [verdict for verdict in result.verdicts if verdict.decision is Decision.FAIL]
    named = [verdict for verdict in failed if entry is not None and verdict.requirement.id in entry.fails]
    return OurRun(
        bool(named),
        until(exchanges, [_basis(verdict) for verdict in named]),
        _ids(failed, Level.MUST),
        _ids(failed, Level.SHOULD),
        result.trouble,
    )


def _basis(verdict: Verdict) -> Exchange | None:
    return verdict.finding.exchange if verdict.finding is not None else None


def _ids(verdicts: Sequence[Verdict], level: Level) -> tuple[str, ...]:
    return tuple(verdict.requirement.id for verdict in verdicts if verdict.requirement.level is level)
