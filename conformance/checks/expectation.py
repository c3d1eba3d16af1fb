"""Checks that a request is answered as it had to be: accepted, refused, like its control, or at least at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conformance.bodies.validity import Validity
from conformance.checks.findings import Context, Finding, check, failed, open_, passed
from conformance.engine.exchange import Exchange, Outcome, Silence
from conformance.engine.fingerprint import Fingerprint, fingerprint
from conformance.engine.probe import Cost, Expect

__all__ = ["acceptance", "authentication", "breakdown", "likeness", "refusal", "unexpected_acceptance"]


@check()
def refusal(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """What the contract forbids is refused."""
    probe = exchange.probe
    if probe.expect is not Expect.REFUSE:
        return
    for requirement in probe.decides:
        match exchange.outcome:
            case Outcome.REFUSED if not _is_expected(exchange):
                yield failed(requirement, f"{exchange.probe.id} was answered with {_status_of(exchange)}", exchange)
            case Outcome.REFUSED:
                yield passed(requirement, exchange)
            case Outcome.ACCEPTED:
                yield failed(requirement, f"{exchange.probe.id} was accepted", exchange)
            case _:
                yield open_(requirement, _why_open(exchange), exchange)


@check()
def unexpected_acceptance(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """A form with a defect that was put there on purpose is refused, whatever else it carries."""
    if exchange.outcome is Outcome.ACCEPTED and exchange.probe.cost is Cost.FREE:
        for requirement in exchange.probe.if_accepted:
            yield failed(requirement, f"{exchange.probe.id} was accepted", exchange)


_BAD_CREDENTIALS = (Outcome.UNAUTHENTICATED, Outcome.LIMITED)


@check("*/auth/status")
def authentication(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """Bad credentials are refused as such."""
    probe = exchange.probe
    if probe.expect is Expect.UNAUTHENTICATED:
        for requirement in probe.decides:
            yield from _bad_credentials(requirement, exchange)
        if probe.confirm is None or exchange.outcome in _BAD_CREDENTIALS:
            yield from _status(f"{probe.operation.id}/auth/status", exchange)


def _bad_credentials(requirement: str, exchange: Exchange) -> Iterator[Finding]:
    if exchange.outcome in _BAD_CREDENTIALS:
        yield passed(requirement, exchange)
    elif exchange.outcome is Outcome.ACCEPTED:
        yield failed(requirement, "the request was accepted with bad credentials", exchange)
    elif exchange.probe.confirm is not None:
        return  # refused for its defect: the whole form that follows decides
    elif exchange.outcome is Outcome.REFUSED:
        yield passed(requirement, exchange)
    else:
        yield open_(requirement, _why_open(exchange), exchange)


def _status(requirement: str, exchange: Exchange) -> Iterator[Finding]:
    if exchange.outcome is Outcome.UNAUTHENTICATED:
        yield passed(requirement, exchange)
    elif exchange.outcome in (Outcome.LIMITED, Outcome.REFUSED) and exchange.answer is not None:
        yield failed(requirement, f"bad credentials were answered with {exchange.answer.status}", exchange)


@check()
def likeness(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """What must make no difference makes none to the refusal."""
    probe = exchange.probe
    if probe.expect is not Expect.SAME or probe.control is None or exchange.outcome is Outcome.SILENT:
        return
    if exchange.is_unusable and not exchange.is_lasting_breakdown:
        for requirement in probe.decides:
            yield open_(requirement, _why_open(exchange), exchange)
        return
    taught = context.taught(exchange)
    control = taught.fingerprints.get(probe.control)
    if probe.subject is None and probe.contrast is not None:
        yield from _recognition(context, exchange)
        return
    if control is None or all(defect.name != probe.control for defect in taught.telling):
        for requirement in probe.decides:
            yield open_(
                requirement, "the server's refusals do not tell whether a form was read; a create can", exchange
            )
        return
    found = fingerprint([exchange])
    if probe.subject is not None:
        yield from _objection(context, exchange)
        return
    for requirement in probe.decides:
        yield _compared(requirement, exchange, control, found)


def _compared(requirement: str, exchange: Exchange, control: Fingerprint, found: Fingerprint) -> Finding:
    if control.matches(found):
        return passed(requirement, exchange)
    if exchange.outcome in (Outcome.ACCEPTED, Outcome.UNAUTHENTICATED) or (
        exchange.outcome.is_undecided and control.status != found.status
    ):
        return open_(requirement, _why_open(exchange), exchange)
    if found.status == 411 and exchange.probe.request.chunked:
        return open_(requirement, "the server wants to know the length, as RFC 9112, 6.3, allows it to", exchange)
    message = f"the same form, written plainly, was answered {control.status} with another reason"
    return failed(requirement, message, exchange)


def _recognition(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """Credentials in another spelling are recognised where the answer is not the one that none get."""
    probe = exchange.probe
    known = context.taught(exchange).fingerprints
    control, contrast = known.get(probe.control or ""), known.get(probe.contrast or "")
    found = fingerprint([exchange])
    for requirement in probe.decides:
        if control is None or contrast is None or control.status == contrast.status:
            yield open_(requirement, "the server refuses a form with and without credentials alike", exchange)
        elif found.status == contrast.status:
            yield failed(requirement, f"{probe.id} was refused like a request without credentials", exchange)
        elif found.status == control.status:
            yield passed(requirement, exchange)
        else:
            yield open_(requirement, _why_open(exchange), exchange)


def _objection(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """A refusal that now speaks of the field under test is an objection to a value that is valid."""
    probe = exchange.probe
    taught = context.taught(exchange)
    control = taught.fingerprints[probe.control or ""]
    objected = False
    if probe.contrast is not None:
        value = str(probe.sent.get(probe.subject or "", ""))
        found = fingerprint([exchange], value)
        objected = taught.contrasts[probe.contrast].matches(found) and not control.matches(fingerprint([exchange]))
    elif not taught.echo and exchange.outcome is Outcome.REFUSED:
        objected = control.objects_to(fingerprint([exchange]), probe.subject or "")
    for requirement in probe.decides:
        if objected:
            yield failed(
                requirement, f"`{probe.subject}` was objected to, though its value is valid", exchange, indirect=True
            )
        else:
            yield open_(requirement, "nothing was objected to; only a create can show that it is accepted", exchange)


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
            yield open_(requirement, _why_open(exchange), exchange)


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
            yield failed(requirement, f"{probe.id} {_how_broken(exchange)}, and again when it was repeated", exchange)
        elif exchange.outcome.is_undecided or exchange.outcome is Outcome.UNAUTHENTICATED:
            yield open_(requirement, _why_open(exchange), exchange)
        elif probe.expect in (Expect.EITHER, Expect.REFUSE) or requirement.endswith(("no-server-error", "robust")):
            yield passed(requirement, exchange)
    if probe.expect is Expect.EITHER and not exchange.is_unusable:
        yield from _either(exchange)


def _guarded(exchange: Exchange) -> Iterable[str]:
    """Return the requirements that a breakdown breaks: what the probe guards, or else that nothing breaks down."""
    probe = exchange.probe
    if not probe.guards and exchange.is_lasting_breakdown and probe.operation.body is not None:
        return (_no_server_error(exchange),)
    return dict.fromkeys(probe.guards)


def _either(exchange: Exchange) -> Iterator[Finding]:
    """Taken or refused, both are right; an answer about rights or patience is neither."""
    for requirement in exchange.probe.decides:
        if exchange.outcome in (Outcome.ACCEPTED, Outcome.REFUSED):
            yield passed(requirement, exchange)
        else:
            yield open_(requirement, _why_open(exchange), exchange)


def _once(exchange: Exchange) -> Iterator[Finding]:
    """A failure that was not repeated, or was the gateway's and not this request's."""
    probe = exchange.probe
    undecided = dict.fromkeys(probe.guards if probe.expect is not Expect.EITHER else (*probe.guards, *probe.decides))
    if exchange.outcome.is_breakdown and probe.cost is Cost.BILLABLE:
        yield failed(_no_server_error(exchange), f"{probe.id} {_how_broken(exchange)}", exchange)
        undecided.pop(_no_server_error(exchange), None)
    for requirement in undecided:
        yield open_(requirement, _why_open(exchange), exchange)


def _no_server_error(exchange: Exchange) -> str:
    probe = exchange.probe
    invalid = probe.validity is Validity.INVALID or probe.expect is not Expect.ACCEPT
    return f"{probe.operation.id}/{'invalid' if invalid else 'valid'}/no-server-error"


def _is_expected(exchange: Exchange) -> bool:
    statuses = exchange.probe.statuses
    return not statuses or _status_of(exchange) in statuses


def _status_of(exchange: Exchange) -> int | None:
    return exchange.answer.status if exchange.answer is not None else None


def _how_broken(exchange: Exchange) -> str:
    if exchange.answer is not None:
        return f"was answered with {exchange.answer.status}"
    return f"got no answer: {exchange.detail}"


def _why_open(exchange: Exchange) -> str:
    if exchange.answer is not None:
        return f"{exchange.probe.id} was answered with {exchange.answer.status}: {exchange.outcome.value}"
    return f"{exchange.probe.id} got no answer: {exchange.detail}"
