"""The preflight: finds out with a few plain refusals that there is something to test, or says what is in the way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

import httpcore
import httpx
from attrs import evolve

from conformance.engine.connection import ProxyRefusal, connect
from conformance.engine.exchange import Answer, Exchange, Outcome, Silence
from conformance.engine.probe import Expect, Probe
from conformance.engine.runner import Runner
from conformance.engine.target import Target
from conformance.engine.trust import Trust, distrust, tls_reason
from conformance.errors import NoConnectionError, NothingToTestError, TargetError
from conformance.probes.builder import Builder
from conformance.probes.controls import risk

__all__ = ["preflight", "reach"]

_CANDIDATES = 3
_MISSING = (404, 405)
_NO_HTTP = ("status line", "disconnected")
_SHY = "if it demands a certificate of its callers, name one with --cert FILE --key FILE"
_HTML = ("text/html", "application/xhtml+xml")


async def reach(runner: Runner) -> None:
    """Make sure that an HTTP server answers, before anything that could cost is sent.

    Raises:
        TargetError: nothing listens there, or it does not speak HTTP as the URL says; the message says what to do.
    """
    url, patience = runner.target.url, f"{runner.pace.timeout:g}"
    network = runner.target.network
    try:
        await runner.look(runner.target.address("/"))
        if network.http2:
            runner.only_http2 = not await _speaks_http1(runner)
    except TimeoutError:
        raise TargetError(f"{url} gives no answer within {patience} s") from None
    except httpx.HTTPError as error:
        told = distrust(error, url, network.trust)
        if told is not None or isinstance(error, httpx.ConnectError):
            raise NoConnectionError(told or _unreachable(url, error)) from None
        if isinstance(error, httpx.RemoteProtocolError) and not any(words in str(error) for words in _NO_HTTP):
            return  # it does, if not by the rules: the answers to what is asked will show it
        may_ask = url.startswith("http:") and not runner.ledger.recording.is_all
        if may_ask and await _speaks_tls(runner):
            raise TargetError(f"{url} speaks TLS: write --url {url.replace('http:', 'https:', 1)}") from None
        said = str(error) or "the connection was reset"
        raise TargetError(f"{url} does not answer as an HTTP server does: {said}{_hints(runner.target)}") from None


def _hints(target: Target) -> str:
    """Say what may be in the way where a server takes a connection over TLS, and hangs up on what is asked."""
    network = target.network
    cert = network.trust.cert
    found = [] if not target.secure else [_SHY if cert is None else f"it may refuse the certificate in --cert {cert}"]
    found += [] if not target.secure or network.http2 else ["if it speaks HTTP/2 alone, add --http2"]
    return "".join(f"; {hint}" for hint in found)


async def _speaks_http1(runner: Runner) -> bool:
    """Tell whether a server that answers in HTTP/2 does so in HTTP/1.1 too."""
    try:
        await runner.look(runner.target.address("/"), is_http1=True)
    except (TimeoutError, httpx.HTTPError):
        return False
    return True


def _unreachable(url: str, error: httpx.HTTPError) -> str:
    cause = error.__cause__
    if isinstance(cause, httpcore.ConnectError) and isinstance(cause.__cause__, ProxyRefusal):
        return f"{error}; look at --proxy and at what the proxy allows"
    reason = tls_reason(error)
    if "NO_APPLICATION_PROTOCOL" in reason:
        return f"{url} speaks no HTTP/1.1 within TLS ({reason}): add --http2"
    if url.startswith("https:") and not str(error):
        return f"{url} hangs up when TLS is to be agreed on: {_SHY}; if it speaks none, write http:"
    if url.startswith("https:") and (reason or "SSL" in str(error)):
        return f"{url} does not speak TLS ({error}): write --url {url.replace('https:', 'http:', 1)}"
    return f"nothing answers at {url}: {error}; start the server or mend --url"


async def _speaks_tls(runner: Runner) -> bool:
    """Tell whether a plain http address is really one of https, whatever its certificate is worth."""
    url = httpx.URL(runner.target.url)
    network = evolve(runner.target.network, trust=Trust(insecure=True))  # nothing is sent over it
    try:
        async with asyncio.timeout(runner.pace.timeout):
            _, writer = await connect(url.copy_with(scheme="https", port=url.port or 80), network)
    except OSError:  # which a time-out is too
        return False
    writer.transport.abort()
    return True


async def preflight(runner: Runner, builder: Builder, controls: Sequence[Probe]) -> list[Exchange]:
    """Send plain refusals, one after the other, until one is refused as HTTP has it; return what came of them.

    Args:
        runner: sends them.
        builder: of the operation.
        controls: its control requests, which need not be sent again.

    Raises:
        NothingToTestError: the operation is not there, the token is refused, or nothing is answered as an API answers.
    """
    answered: list[Exchange] = []
    most = min(_CANDIDATES, max(runner.ledger.ceiling, 1)) if builder.operation.billable else _CANDIDATES
    for probe in _candidates(builder, controls):
        for exchange in await runner.send([probe]):
            answered.append(exchange)
            if _is_usable(exchange):
                return answered
            trouble = _at_once(runner, exchange)
            if trouble is not None:
                raise NothingToTestError(trouble)
        if sum(exchange.status not in _MISSING for exchange in answered) >= most:
            break
    if any(exchange.silence is Silence.UNREADABLE for exchange in answered):
        raise TargetError(f"{_asked(answered[-1])} is answered with what is no HTTP: {answered[-1].detail}")
    if answered:
        raise NothingToTestError(await _diagnosis(runner, builder, answered))
    return answered


def _candidates(builder: Builder, controls: Sequence[Probe]) -> list[Probe]:
    """Return plain refusals, each of another kind: what lacks most first, since it is refused most surely."""
    kinds = {probe.id.rpartition("/")[0]: probe for probe in reversed(controls) if probe.expect is Expect.REFUSE}
    order = sorted(kinds.values(), key=lambda probe: (risk(builder, probe), -len(probe.if_accepted)))
    # A server may break down over one defect alone, so each is tried by itself before others are tried together.
    alone = [probe for probe in order[1:] if len(probe.decides) == 1]
    return [*order[:1], *alone, *(probe for probe in order[1:] if probe not in alone)][:_CANDIDATES]


def _is_usable(exchange: Exchange) -> bool:
    """Whether an answer shows that the operation is there: it was refused, or taken in spite of its defect."""
    if exchange.outcome is Outcome.REFUSED:
        return exchange.status not in _MISSING
    return exchange.outcome is Outcome.MASKED or exchange.shows_something_made


def _at_once(runner: Runner, exchange: Exchange) -> str | None:
    """Return what is wrong where one answer tells."""
    answer, url = exchange.answer, runner.target.url
    if answer is None:
        return None
    place = answer.header("location")
    if 300 <= answer.status < 400 and place:
        return (
            f"{_asked(exchange)} is redirected ({answer.status}) to {place}: write --url for where the server itself is"
        )
    if exchange.outcome is Outcome.UNAUTHENTICATED:
        return f"the server refuses the token {runner.target.token_place}; is it the right one for {url}?"
    return None


async def _diagnosis(runner: Runner, builder: Builder, answered: Sequence[Exchange]) -> str:
    """Say in one sentence what is wrong with all answers, and what to do."""
    last = answered[-1]
    statuses = {exchange.status for exchange in answered}
    told = ", ".join(dict.fromkeys(map(_told, answered)))
    if statuses <= {*_MISSING}:
        return await _misplaced(runner, builder, last)
    if statuses == {None}:
        return (
            f"{_asked(last)} gives no answer ({last.detail}); look at the server, or give it more time with --timeout"
        )
    if any(_is_page(exchange.answer) for exchange in answered):
        return (
            f"{_asked(last)} is answered with a web page ({told}): a firewall, a proxy or another site stands in front;"
            " mend --url, or let this machine through"
        )
    if all(exchange.outcome is Outcome.LIMITED for exchange in answered):
        what = "wait until its limit is over" if statuses == {429} else "give the token rights and credit"
        return f"the server answers plain refusals with {told} and looks at none: {what}, and run again"
    return (
        f"no plain refusal was answered with a 4xx that says that it was looked at ({told});"
        " a run could tell nothing: mend the server, or what stands in front of it, first"
    )


async def _misplaced(runner: Runner, builder: Builder, last: Exchange) -> str:
    """Say that the operation is not at its address, and where else it may be."""
    said = f"{_asked(last)} is answered with {last.status}: nothing there takes it"
    own = await _status(runner, runner.target.address(builder.operation.path))
    for base in _neighbours(runner.target.url, builder.operation.path):
        found = await _status(runner, base + builder.operation.path)
        if found is not None and found != own and found not in (404, 429) and found < 500:
            return f"{said}, but {base}{builder.operation.path} is there: write --url {base}"
    return f"{said}; --url is what stands in front of {builder.operation.path}, write it without that"


def _neighbours(url: str, path: str) -> Iterable[str]:
    """Yield base URLs beside one that may be meant: without what the path brings itself, the root, or with it."""
    parts = urlsplit(url)
    root, first = f"{parts.scheme}://{parts.netloc}", "/" + path.split("/")[1]
    found = []
    if path in parts.path:
        found.append(url.partition(path)[0])
    if parts.path.endswith(first):
        found.append(url.removesuffix(first))
    found += [root, f"{root}/api", f"{root}{first}"]
    return [base for base in dict.fromkeys(found) if base != url]


async def _status(runner: Runner, url: str) -> int | None:
    """Return the status of a GET without credentials; it costs nothing and is no secret."""
    try:
        return (await runner.look(url)).status
    except (TimeoutError, httpx.HTTPError, httpx.InvalidURL):
        return None


def _is_page(answer: Answer | None) -> bool:
    return answer is not None and answer.media_type in _HTML


def _told(exchange: Exchange) -> str:
    return "no answer" if exchange.status is None else f"HTTP {exchange.status}"


def _asked(exchange: Exchange) -> str:
    return f"{exchange.probe.request.method} {exchange.probe.address}"
