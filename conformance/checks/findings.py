"""Findings, the context that checks work in, and the register of checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum

from attrs import field, frozen

from conformance.contract import Contract
from conformance.engine.exchange import Exchange
from conformance.probes.controls import Controls
from conformance.requirements import Catalogue

__all__ = [
    "CHECKS",
    "COVERS",
    "RUN_CHECKS",
    "Check",
    "Context",
    "Finding",
    "Mark",
    "RunCheck",
    "check",
    "failed",
    "is_of_operation",
    "open_",
    "passed",
    "run_check",
]


class Mark(Enum):
    """What one finding says of its requirement."""

    PASS = "pass"
    FAIL = "fail"
    OPEN = "open"


@frozen
class Finding:
    """One thing seen about one requirement.

    Attributes:
        message: what was seen, with whatever a server has said; secrets are taken out of it where it is reported.
        indirect: inferred from a refusal; an acceptance that was seen outweighs it.
        check: name of the check that saw it.
    """

    requirement: str
    mark: Mark
    message: str = field(default="", repr=False)
    exchange: Exchange | None = field(default=None, repr=False)
    indirect: bool = False
    check: str = ""


@frozen
class Context:
    """What a check may know beyond the exchange itself; `controls` by the id of their operation, `url` the target's.

    Attributes:
        token_tells: the token is no ordinary word, so that an answer that has it shows it.
    """

    contract: Contract = field(repr=False)
    catalogue: Catalogue = field(repr=False)
    controls: Mapping[str, Controls] = field(repr=False)
    max_response_time: float | None = None
    url: str = ""
    token_tells: bool = True

    def taught(self, exchange: Exchange) -> Controls:
        """Return what the control requests of the exchange's operation taught; nothing where there were none."""
        return self.controls.get(exchange.probe.operation.id) or Controls((), (), {})


def is_of_operation(exchange: Exchange) -> bool:
    """Tell whether the answer comes from the probe's operation, and not from another path or method."""
    probe = exchange.probe
    return probe.request.method == probe.operation.method and probe.operation.serves(probe.address)


Check = Callable[[Context, Exchange], Iterable[Finding]]
RunCheck = Callable[[Context, Sequence[Exchange]], Iterable[Finding]]

CHECKS: dict[str, Check] = {}
RUN_CHECKS: dict[str, RunCheck] = {}
COVERS: dict[str, tuple[str, ...]] = {}
"""By the name of a check, patterns of the requirements that it can fail by itself, whatever a probe was for."""


def check(*covers: str) -> Callable[[Check], Check]:
    """Register a check of one exchange, with patterns of the requirements that it can fail by itself."""

    def register(function: Check) -> Check:
        CHECKS[function.__name__] = function
        COVERS[function.__name__] = covers
        return function

    return register


def run_check(*covers: str) -> Callable[[RunCheck], RunCheck]:
    """Register a check of all exchanges of a run, with patterns of the requirements that it can fail by itself."""

    def register(function: RunCheck) -> RunCheck:
        RUN_CHECKS[function.__name__] = function
        COVERS[function.__name__] = covers
        return function

    return register


def passed(requirement: str, exchange: Exchange | None = None) -> Finding:
    """Say that a requirement held."""
    return Finding(requirement, Mark.PASS, "", exchange)


def failed(requirement: str, message: str, exchange: Exchange | None = None, *, indirect: bool = False) -> Finding:
    """Say that a requirement was broken."""
    return Finding(requirement, Mark.FAIL, message, exchange, indirect)


def open_(requirement: str, reason: str, exchange: Exchange | None = None) -> Finding:
    """Say why an exchange could not decide a requirement."""
    return Finding(requirement, Mark.OPEN, reason, exchange)
