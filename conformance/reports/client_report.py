"""Makes the report of a judged client: a line for each vector, in the same plain values as for servers."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from datetime import datetime

from conformance import __version__
from conformance.checks.verdicts import Decision
from conformance.clients.flaw import ClientFlaw, mending
from conformance.clients.judged_by import CONDUCT, CONDUCT_LEVEL
from conformance.clients.judging import Judged
from conformance.clients.received import Received
from conformance.clients.requests_judged import MadeUpToken
from conformance.clients.trial import Trial
from conformance.contract import Contract, default_path
from conformance.reports.heading import FailOn, RunFacts, moment, shown_contract
from conformance.reports.line import ADAPTER, CONVENTION, Evidence, Line
from conformance.reports.making import written_at
from conformance.reports.report import FORMAT, Report
from conformance.requirements import Layer
from conformance.requirements.subjects import Subject
from conformance.vectors import tested_requirements

__all__ = ["client_report", "wire_text"]

_LONGEST_REQUEST = 4_000
_FLAWS_TOLD = 3


def client_report(
    contract: Contract,
    judged: Judged,
    command: Sequence[str],
    credential: MadeUpToken,
    begun: datetime,
    seconds: float,
    fail_on: frozenset[FailOn] = frozenset(),
    left_out: Sequence[str] = (),
) -> Report:
    """Make the report of a run that took so many seconds."""
    writer = _Writer(contract, shlex.join(command), credential)
    received = [request for trial in judged.trials for request in trial.received]
    lines = [writer.line(trial) for trial in judged.trials]
    undecided = not any(line.verdict in (Decision.PASS.value, Decision.FAIL.value) for line in lines)
    trouble = judged.trouble or ("no vector could be decided" if undecided else None)
    return Report(
        format=FORMAT,
        tool={"name": "videos-conformance", "version": __version__},
        run=RunFacts(moment(begun), round(seconds, 3), 0, "full", tuple(sorted(fail_on))),
        target={
            "url": credential.redact(str(judged.client)),
            "token": "",
            "token_source": "",
            "client": writer.command,
        },
        contract=shown_contract(contract),
        complete=trouble is None,
        trouble=None if trouble is None else credential.redact(trouble),
        headlines=(),
        ledger={
            "requests": len(received),
            "creates": sum(_is_create(request, contract) for request in received),
            "possible_creates": 0,
            "unexpected_creates": 0,
            "ceiling": 0,
            "cost": None,
            "max_cost": None,
        },
        verdicts=(*lines, writer.conduct(judged.conduct)),
        left_out=tuple(left_out),
    )


def wire_text(request: Received, credential: MadeUpToken, longest: int = _LONGEST_REQUEST) -> str:
    """Return a request as it came over the wire, without the token, and not all of a long one."""
    text = credential.redact(request.raw.decode("utf-8", "backslashreplace")).replace("\r\n", "\n")
    return text if len(text) <= longest else f"{text[:longest]}\n… ({len(request.raw)} bytes)"


class _Writer:
    """Writes lines."""

    def __init__(self, contract: Contract, command: str, credential: MadeUpToken) -> None:
        self.command = credential.redact(command)
        self._contract, self._credential = contract, credential
        self._asked = tested_requirements(contract)
        named = [] if contract.path == default_path() else [("--contract", contract.path)]
        named += [("--overlay", overlay.path) for overlay in contract.overlays]
        self._options = "".join(f"{option} {shlex.quote(str(path))} " for option, path in named)

    def line(self, trial: Trial) -> Line:
        """Write the line of a trial."""
        vector = trial.vector
        decision = Decision.NOT_RUN if trial.not_run else Decision.FAIL if trial.flaws else Decision.PASS
        told = trial.not_run or "; ".join(_told(trial.flaws))
        asked = self._asked.by_id[vector.requirement]
        source, line = written_at(self._contract, asked)
        return Line(
            id=vector.id,
            level=vector.level.value,
            layer=Layer.CLIENT.value,
            verdict=decision.value,
            statement=f"{vector.sentence} {asked.statement}",
            source=f"{asked.id}, {'a convention of this suite' if source == CONVENTION else source}",
            line=line,
            reason=self._credential.redact(told),
            blocked_by=None,
            evidence=None if trial.not_run else self._evidence(trial),
            subject=Subject(vector.call.operation, name=vector.kind, aspect=vector.requirement),
            mend=_mend(trial.flaws),
        )

    def conduct(self, flaws: Sequence[ClientFlaw]) -> Line:
        """Write the line of the adapter itself."""
        return Line(
            id=CONDUCT,
            level=CONDUCT_LEVEL.value,
            layer=Layer.CLIENT.value,
            verdict=(Decision.FAIL if flaws else Decision.PASS).value,
            statement="The adapter speaks when it is asked, and ends with 0 and all its processes after `bye`.",
            source="docs/sdk-teams.md",
            line=None,
            reason=self._credential.redact("; ".join(_told(flaws))),
            blocked_by=None,
            evidence=None,
            subject=Subject(name="adapter"),
            mend=_mend(flaws),
        )

    def _evidence(self, trial: Trial) -> Evidence:
        request = "\n\n".join(wire_text(one, self._credential) for one in trial.received) if trial.flaws else ""
        return Evidence(
            probe=trial.vector.id,
            curl=f"videos-conformance client {self._options}--vector {shlex.quote(trial.vector.id)} -- {self.command}",
            status=None,
            headers={},
            answer=self._credential.redact(trial.said),
            seconds=round(trial.seconds, 3),
            protocol=ADAPTER,
            request=request,
        )


def _told(flaws: Sequence[ClientFlaw]) -> Iterator[str]:
    yield from (flaw.message for flaw in flaws[:_FLAWS_TOLD])
    if len(flaws) > _FLAWS_TOLD:
        yield f"and {len(flaws) - _FLAWS_TOLD} more"


def _mend(flaws: Sequence[ClientFlaw]) -> str:
    return mending()[flaws[0].kind] if flaws else ""


def _is_create(request: Received, contract: Contract) -> bool:
    path = request.path.decode("latin-1")
    return any(request.method == one.method and one.serves(path) for one in contract.billable)
