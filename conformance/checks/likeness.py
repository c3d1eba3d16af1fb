"""Checks that a request is answered like its control, or unlike it; and which of them are looked at again, apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from conformance.checks.expectation import is_plainly_refused, unlike_plain, wants_length, why_open
from conformance.checks.findings import Context, Finding, Mark, check, failed, open_, passed, run_check
from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.fingerprint import Fingerprint, fingerprint
from conformance.engine.probe import Expect, Probe
from conformance.probes.controls import Controls
from conformance.probes.words import said

__all__ = ["apart", "difference", "likeness", "together"]

_UNTOLD = "the server's refusals do not tell whether a form was read; a create can"
_UNTRIED = (
    "nothing was taken from there, or a value that is not listed is refused like a missing one; a create can tell"
)
_ALIKE = "the server refuses a form with and without credentials alike"


def apart(taught: Controls, exchanges: Iterable[Exchange]) -> Iterator[Probe]:
    """Yield what to send next: one by one, what was tried together and not answered as expected."""
    for exchange in exchanges:
        if exchange.probe.apart and not _is_as_expected(taught, exchange):
            yield from exchange.probe.apart


def _is_as_expected(taught: Controls, exchange: Exchange) -> bool:
    """Tell whether an answer shows that nothing of what was tried together made a difference."""
    probe, outcome = exchange.probe, exchange.outcome
    if exchange.is_unusable or outcome is Outcome.ACCEPTED:
        return False
    if probe.expect is Expect.SAME and (control := _telling(taught, probe)) is not None:
        return control.matches(fingerprint([exchange]))
    if probe.expect is Expect.REFUSE:
        return is_plainly_refused(exchange)
    if probe.expect is Expect.DIFFERENT:
        return not _is_recognised(taught, exchange)
    control = taught.fingerprints.get(probe.control or "")
    return not outcome.is_undecided and (control is None or control.status == exchange.status)


def _telling(taught: Controls, probe: Probe) -> Fingerprint | None:
    """Return the control's fingerprint, where it shows that the request was read.

    So it does where the control is refused otherwise than an empty form, or than the contrast.
    """
    control = taught.fingerprints.get(probe.control or "")
    if _is_untried(taught, probe):
        return control  # which another answer than it shows to be wrong, and the same leaves open
    if probe.contrast is None or probe.subject is not None:
        return control if any(defect.name == probe.control for defect in taught.telling) else None
    contrast = taught.fingerprints.get(probe.contrast)
    return control if control is not None and contrast is not None and not control.matches(contrast) else None


def _is_untried(taught: Controls, probe: Probe) -> bool:
    """Tell whether the contrast was not sent: nothing may be created, and it could be taken for a create."""
    return probe.contrast is not None and probe.subject is None and probe.contrast not in taught.fingerprints


@run_check("*/invalid/no-server-error")
def together(context: Context, exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    """Nothing that is tried together breaks the server, though nothing of it does so alone."""
    by_id = {exchange.probe.id: exchange for exchange in exchanges}
    for exchange in exchanges:
        singles = [by_id[probe.id] for probe in exchange.probe.apart if probe.id in by_id]
        if not singles or not exchange.is_lasting_breakdown or any(single.is_unusable for single in singles):
            continue
        requirement = f"{exchange.probe.operation.id}/invalid/no-server-error"
        if requirement in context.catalogue:
            yield failed(
                requirement, f"{said(exchange.probe)} broke the server, though nothing of it does alone", exchange
            )


@check()
def likeness(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """What must make no difference makes none to the refusal."""
    probe, taught = exchange.probe, context.taught(exchange)
    if probe.expect is not Expect.SAME or probe.control is None or exchange.outcome is Outcome.SILENT:
        return
    if exchange.is_unusable and not exchange.is_lasting_breakdown:
        if not probe.apart:
            yield from (open_(requirement, why_open(exchange), exchange) for requirement in probe.decides)
    elif not probe.request.credentials.is_right(probe.operation):
        yield from _recognition(taught, exchange)
    elif (control := _telling(taught, probe)) is None:
        for requirement in probe.decides:
            yield open_(requirement, _UNTOLD, exchange)
    elif probe.subject is not None:
        yield from _objection(taught, control, exchange)
    elif not probe.apart or _is_as_expected(taught, exchange):
        for requirement in probe.decides:
            found = _compared(requirement, exchange, control)
            is_idle = found.mark is Mark.PASS and _is_untried(taught, probe)
            yield open_(requirement, _UNTRIED, exchange) if is_idle else found


def _compared(requirement: str, exchange: Exchange, control: Fingerprint) -> Finding:
    found, probe = fingerprint([exchange]), exchange.probe
    if control.matches(found) or found.status in probe.statuses:
        return passed(requirement, exchange)
    if (
        exchange.outcome in (Outcome.ACCEPTED, Outcome.UNAUTHENTICATED)
        or wants_length(exchange)
        or (exchange.outcome.is_undecided and control.status != found.status)
    ):
        return open_(requirement, why_open(exchange), exchange)
    words = said(probe, requirement)
    if probe.contrast is not None:
        message = f"{words} was read as a field of the contract: it is not refused ({found.status}) for what is missing"
        return failed(requirement, message, exchange)
    return failed(requirement, unlike_plain(words, found.status, control.status), exchange)


def _recognition(taught: Controls, exchange: Exchange) -> Iterator[Finding]:
    """Credentials in another spelling are recognised where the answer is not the one that none get."""
    probe, known = exchange.probe, taught.fingerprints
    control, contrast = known.get(probe.control or ""), known.get(probe.contrast or "")
    found = fingerprint([exchange])
    for requirement in probe.decides:
        if control is None or contrast is None or control.status == contrast.status:
            yield open_(requirement, _ALIKE, exchange)
        elif found.status == contrast.status:
            yield failed(requirement, f"{said(probe)} was refused like a request without credentials", exchange)
        elif found.status == control.status:
            yield passed(requirement, exchange)
        else:
            yield open_(requirement, why_open(exchange), exchange)


def _objection(taught: Controls, control: Fingerprint, exchange: Exchange) -> Iterator[Finding]:
    """A refusal that now speaks of the field under test is an objection to a value that is valid."""
    probe = exchange.probe
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
def difference(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """What must not count does not: the answer is another than its control's, which has it in its right place."""
    probe, taught = exchange.probe, context.taught(exchange)
    if probe.expect is not Expect.DIFFERENT or exchange.outcome is Outcome.SILENT:
        return
    recognised = _is_recognised(taught, exchange)
    if recognised and probe.apart:
        return  # what was recognised is found out apart
    for requirement in probe.decides:
        if not _can_be_told(taught, probe):
            yield open_(requirement, _ALIKE if probe.contrast else _UNTOLD, exchange)
        elif recognised:
            yield failed(requirement, f"{said(probe)} was read: it got the answer of the documented form", exchange)
        elif exchange.is_unusable or exchange.outcome.is_undecided:
            yield open_(requirement, why_open(exchange), exchange)
        else:
            yield passed(requirement, exchange)


def _can_be_told(taught: Controls, probe: Probe) -> bool:
    control, contrast = taught.fingerprints.get(probe.control or ""), taught.fingerprints.get(probe.contrast or "")
    if probe.contrast is None:
        return _telling(taught, probe) is not None
    return control is not None and contrast is not None and control.status != contrast.status


def _is_recognised(taught: Controls, exchange: Exchange) -> bool:
    """Tell whether an answer is the control's, or an acceptance."""
    probe = exchange.probe
    if not _can_be_told(taught, probe):
        return False
    if exchange.outcome is Outcome.ACCEPTED:
        return True
    return taught.fingerprints[probe.control or ""].matches(fingerprint([exchange]))
