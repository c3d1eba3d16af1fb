"""Checks of credentials: that bad ones are refused as such, and that a 401 says how to do better."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from conformance.checks.expectation import why_open
from conformance.checks.findings import Context, Finding, check, failed, open_, passed, run_check
from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.fingerprint import fingerprint
from conformance.engine.probe import Expect
from conformance.probes.words import said

__all__ = ["authentication", "challenge", "schemes", "state"]

_STATE = "/auth/state"

# RFC 9110, 11.6.1, 11.2 and 5.6: a list of challenges, each a scheme with a token68 or with parameters.
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED = r'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"'
_PARAMETER = rf"{_TOKEN}[ \t]*=[ \t]*(?:{_TOKEN}|{_QUOTED})"
_CHALLENGE = re.compile(
    rf"({_TOKEN})"
    rf"(?: +(?:{_PARAMETER}(?:[ \t]*(?:,[ \t]*)+{_PARAMETER})*|[0-9A-Za-z._~+/-]+=*))?"
    r"(?:[ \t]*(?:,[ \t]*)+|$)"
)


def schemes(value: str) -> tuple[str, ...] | None:
    """Return the schemes of a `WWW-Authenticate` field, in lower case, or None where it breaks the grammar."""
    text, found, at = value.strip(" \t,"), [], 0
    while match := _CHALLENGE.match(text, at):
        found.append(match[1].lower())
        at = match.end()
    return tuple(found) if found and at == len(text) else None


@check("http/challenge-syntax", "http/challenge-scheme")
def challenge(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """A challenge can be parsed, and asks for what the contract has."""
    del context
    answer, wanted = exchange.answer, {s.word for way in exchange.probe.operation.security for s in way if s.word}
    value = ", ".join(text for name, text in answer.headers if name.lower() == "www-authenticate") if answer else ""
    if answer is None or answer.status != 401 or not value:
        return
    found = schemes(value)
    if found is None:
        yield failed("http/challenge-syntax", f"`WWW-Authenticate: {value}` is no list of challenges", exchange)
        return
    yield passed("http/challenge-syntax", exchange)
    if any(word.lower() in found for word in wanted):
        yield passed("http/challenge-scheme", exchange)
    elif wanted:
        message = f"`WWW-Authenticate: {value}` asks for {', '.join(found)}, not for {' or '.join(sorted(wanted))}"
        yield failed("http/challenge-scheme", message, exchange)


@check("*/auth/status")
def authentication(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """Bad credentials are refused as such."""
    del context
    probe = exchange.probe
    if probe.expect is not Expect.UNAUTHENTICATED:
        return
    if any(requirement.endswith(_STATE) for requirement in probe.decides):
        return
    for requirement in probe.decides:
        yield from _decided(requirement, exchange)
    if probe.confirm is None or exchange.outcome is not Outcome.REFUSED:
        yield from _status(f"{probe.operation.id}/auth/status", exchange)


@run_check(f"*{_STATE}")
def state(context: Context, exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    """Credentials that are refused on a connection of their own are refused after good ones on the same connection."""
    refused = [
        e.probe.request.credentials for e in exchanges if e.probe.request.fresh and e.outcome is Outcome.UNAUTHENTICATED
    ]
    for exchange in exchanges:
        probe = exchange.probe
        for requirement in probe.decides:
            if not requirement.endswith(_STATE) or probe.expect is not Expect.UNAUTHENTICATED:
                continue
            if probe.request.credentials in refused and _is_let_in(context, exchange):
                yield failed(requirement, f"{said(probe)} was let in right after a request with good ones", exchange)
            elif probe.request.credentials in refused:
                yield from _decided(requirement, exchange)
            else:
                yield open_(requirement, "these credentials are not refused on a connection of their own", exchange)


def _is_let_in(context: Context, exchange: Exchange) -> bool:
    """Tell whether a request got as far as its defect, as the control with the right credentials does."""
    control = context.taught(exchange).fingerprints.get(exchange.probe.control or "")
    return control is not None and control.status != 401 and control.matches(fingerprint([exchange]))


def _decided(requirement: str, exchange: Exchange) -> Iterator[Finding]:
    if exchange.outcome is Outcome.UNAUTHENTICATED:
        yield passed(requirement, exchange)
    elif exchange.outcome is Outcome.ACCEPTED:
        yield failed(requirement, f"{said(exchange.probe)} was accepted", exchange)
    elif exchange.outcome is Outcome.REFUSED and exchange.probe.confirm is not None:
        return  # perhaps refused for its defect: the whole form that follows decides
    elif exchange.outcome is Outcome.REFUSED:
        yield passed(requirement, exchange)
    else:
        yield open_(requirement, f"{why_open(exchange)}, which says nothing about credentials", exchange)


def _status(requirement: str, exchange: Exchange) -> Iterator[Finding]:
    status = exchange.answer.status if exchange.answer is not None else None
    if exchange.outcome is Outcome.UNAUTHENTICATED or status in exchange.probe.statuses:
        yield passed(requirement, exchange)
    elif status is not None and (300 <= status < 400 or status == 403 or exchange.outcome is Outcome.REFUSED):
        yield failed(requirement, f"bad credentials were answered with {status}", exchange)
