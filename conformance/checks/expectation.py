"""Checks that a request is answered as it had to be: accepted, refused, or at least at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conformance.bodies.validity import Validity
from conformance.checks.findings import Context, Finding, check, failed, open_, passed
from conformance.engine.exchange import Exchange, Outcome, Silence
from conformance.engine.probe import Cost, Expect
from conformance.probes.words import said

__all__ = [
    "acceptance",
    "breakdown",
    "is_plainly_refused",
    "refusal",
    "unexpected_acceptance",
    "unlike_plain",
    "wants_length",
    "why_open",
]


@check()
def refusal(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """What the contract forbids is refused."""
    probe = exchange.probe
    if probe.expect is not Expect.REFUSE or (probe.apart and not is_plainly_refused(exchange)):
        return  # what was tried together is looked at apart
    for requirement in probe.decides:
        match exchange.outcome:
            case Outcome.REFUSED if not is_plainly_refused(exchange):
                yield failed(
                    requirement, f"{said(probe, requirement)} was answered with {_status_of(exchange)}", exchange
                )
            case Outcome.REFUSED:
                yield passed(requirement, exchange)
            case Outcome.ACCEPTED:
                yield failed(requirement, f"{said(probe, requirement)} was accepted", exchange)
            case _:
                yield open_(requirement, why_open(exchange), exchange)


@check()
def unexpected_acceptance(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """A form with a defect that was put there on purpose is refused, whatever else it carries."""
    if exchange.outcome is Outcome.ACCEPTED and exchange.probe.cost is Cost.FREE:
        for requirement in exchange.probe.if_accepted:
            yield failed(requirement, f"{said(exchange.probe, requirement)} was accepted", exchange)


@check()
def acceptance(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """What the contract allows is accepted; a refusal is looked into by the campaign before it counts."""
    probe = exchange.probe
    if probe.expect is not Expect.ACCEPT:
        return
    if exchange.outcome is Outcome.ACCEPTED:
        for requirement in probe.decides:
            yield passed(requirement, exchange)
    elif exchange.outcome is not Outcome.REFUSED:
        for requirement in probe.decides:
            yield open_(requirement, why_open(exchange), exchange)


@check("http/framing", "*/valid/no-server-error", "*/invalid/no-server-error")
def breakdown(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """Nothing that is sent makes the server fail, hang or drop the connection.

    One failure may be the moment's: it is the request's only if it came back when the request was repeated.
    What costs money is not repeated, so that a failure over it says that it happened, and of what it is no proof.
    """
    probe = exchange.probe
    if exchange.answer is not None:
        yield passed("http/framing", exchange)
    if exchange.silence is Silence.UNREADABLE and (exchange.is_lasting_breakdown or probe.cost is Cost.BILLABLE):
        yield failed("http/framing", f"the answer cannot be parsed: {exchange.detail}", exchange)
        return
    if exchange.is_unusable and not exchange.is_lasting_breakdown:
        yield from _once(exchange)
        return
    for requirement in _guarded(exchange):
        if exchange.is_lasting_breakdown:
            yield failed(
                requirement,
                f"{said(probe, requirement)} {_how_broken(exchange)}, and again when it was repeated",
                exchange,
            )
        elif exchange.outcome.is_undecided or exchange.outcome is Outcome.UNAUTHENTICATED:
            yield open_(requirement, why_open(exchange), exchange)
        elif probe.expect in (Expect.EITHER, Expect.REFUSE) or requirement.endswith(("no-server-error", "robust")):
            yield passed(requirement, exchange)
    if probe.expect is Expect.EITHER and not exchange.is_unusable:
        yield from _either(exchange)


def _guarded(exchange: Exchange) -> Iterable[str]:
    """Return the requirements that a breakdown breaks: what the probe guards, or else that nothing breaks down."""
    probe = exchange.probe
    if probe.apart and exchange.is_unusable:
        return ()  # what was tried together is looked at apart
    if not probe.guards and exchange.is_lasting_breakdown and probe.operation.body is not None:
        return (_no_server_error(exchange),)
    return dict.fromkeys(probe.guards)


def _either(exchange: Exchange) -> Iterator[Finding]:
    """Taken or refused, both are right; an answer about rights or patience is neither."""
    for requirement in exchange.probe.decides:
        if exchange.outcome in (Outcome.ACCEPTED, Outcome.REFUSED):
            yield passed(requirement, exchange)
        else:
            yield open_(requirement, why_open(exchange), exchange)


def _once(exchange: Exchange) -> Iterator[Finding]:
    """A failure that was not repeated, or was the gateway's and not this request's."""
    probe = exchange.probe
    undecided = dict.fromkeys(probe.guards if probe.expect is not Expect.EITHER else (*probe.guards, *probe.decides))
    if exchange.outcome.is_breakdown and probe.cost is Cost.BILLABLE and not exchange.may_be_chance:
        yield failed(_no_server_error(exchange), f"{said(probe)} {_how_broken(exchange)}", exchange)
        undecided.pop(_no_server_error(exchange), None)
    for requirement in undecided:
        yield open_(requirement, why_open(exchange), exchange)


def _no_server_error(exchange: Exchange) -> str:
    probe = exchange.probe
    invalid = probe.validity is not Validity.VALID or probe.expect is not Expect.ACCEPT
    return f"{probe.operation.id}/{'invalid' if invalid else 'valid'}/no-server-error"


def is_plainly_refused(exchange: Exchange) -> bool:
    """Tell whether a request is refused with a status that counts as a refusal here."""
    statuses = exchange.probe.statuses
    return exchange.outcome is Outcome.REFUSED and (not statuses or _status_of(exchange) in statuses)


def _status_of(exchange: Exchange) -> int | None:
    return exchange.answer.status if exchange.answer is not None else None


def _how_broken(exchange: Exchange) -> str:
    if exchange.answer is not None:
        return f"was answered with {exchange.answer.status}"
    return f"got no answer: {exchange.detail}"


def wants_length(exchange: Exchange) -> bool:
    """Tell whether a body was refused only because its length was not announced (RFC 9112, 6.3)."""
    return exchange.answer is not None and exchange.answer.status == 411 and exchange.probe.request.chunked


def unlike_plain(words: str, status: int | None, plain: int | None) -> str:
    """Say that something was answered otherwise than the same is when it is written plainly."""
    if status == plain:
        return f"{words} was answered with {status} for another reason than the plain form of it"
    return f"{words} was answered with {status}, and the plain form of it with {plain}"


def why_open(exchange: Exchange) -> str:
    """Say why an answer, or its absence, decides nothing."""
    if wants_length(exchange):
        return "the server wants to know the length, as RFC 9112, 6.3, allows it to"
    if exchange.answer is not None:
        return f"{said(exchange.probe)} was answered with {exchange.answer.status}: {exchange.outcome.value}"
    return f"{said(exchange.probe)} got no answer: {exchange.detail}"
