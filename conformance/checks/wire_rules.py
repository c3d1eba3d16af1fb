"""Judges what came over a raw socket: the bytes of every answer, and the rule of each exchange."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from email.utils import format_datetime, parsedate_to_datetime
from itertools import pairwise

from attrs import evolve, frozen

from conformance.checks.expectation import unlike_plain
from conformance.checks.findings import Context, Finding, failed, open_, passed
from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.fingerprint import Fingerprint, fingerprint
from conformance.engine.transcript import FlawKind, RawAnswer, Transcript
from conformance.probes.wire import EVERY_ANSWER, Conversation
from conformance.probes.words import said

__all__ = ["RULES", "is_answered", "judge"]

_UNDECIDED = (403, 421, 429, 431, 502, 503, 504)  # refused by somebody, for reasons of his own
_CONTINUE = 100
_LONGEST_SHOWN = 80


@frozen
class _Call:
    """What a rule judges: the exchanges of one connection."""

    context: Context
    exchanges: Sequence[Exchange]
    transcript: Transcript

    @property
    def answers(self) -> tuple[RawAnswer, ...]:
        return self.transcript.reading.answers

    @property
    def closed(self) -> bool:
        return self.transcript.closed


_Rule = Callable[[str, _Call], Iterator[Finding]]


def is_answered(exchanges: Sequence[Exchange]) -> bool:
    """Tell whether anything came back that can be read as an answer."""
    return any(exchange.answer is not None for exchange in exchanges)


def judge(context: Context, conversation: Conversation, exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    """Judge the exchanges of one connection."""
    transcript = exchanges[0].transcript if exchanges else None
    if transcript is None:
        return
    call = _Call(context, exchanges, transcript)
    found = list(_every_answer(call))
    for requirement, rule in conversation.rules.items():
        found += RULES[rule](requirement, call)
    for finding in found:
        yield evolve(finding, check="wire")


def _every_answer(call: _Call) -> Iterator[Finding]:
    """An answer is what the grammar of HTTP/1.1 allows, and as long as it says."""
    for exchange, answer in zip(call.exchanges, call.answers, strict=False):
        for requirement in EVERY_ANSWER:
            kind = FlawKind(requirement.partition("/")[2])
            flaw = next((flaw for flaw in answer.flaws if flaw.kind is kind), None)
            yield passed(requirement, exchange) if flaw is None else failed(requirement, flaw.detail, exchange)
    if not call.answers and (rest := call.transcript.reading.rest):
        message = f"what comes back is no answer of HTTP: {rest[:_LONGEST_SHOWN].decode('latin-1')!r}"
        yield failed("wire/status-line", message, call.exchanges[0])


def _alike(requirement: str, call: _Call) -> Iterator[Finding]:
    """The request is answered as it is when it is written plainly, for the same reason."""
    exchange = call.exchanges[0]
    taught = call.context.taught(exchange)
    control = taught.fingerprints.get(exchange.probe.control or "")
    if exchange.answer is None or control is None:
        yield from _unlike(requirement, call, None)
    elif not control.matches(fingerprint([exchange])):
        yield from _unlike(requirement, call, control)
    elif any(defect.name == exchange.probe.control for defect in taught.telling):
        yield passed(requirement, exchange)
    else:
        yield open_(requirement, "the server's refusals do not tell whether a form was read", exchange)


def _found(requirement: str, call: _Call) -> Iterator[Finding]:
    """The request gets to where it gets when it is written plainly."""
    exchange = call.exchanges[0]
    control = call.context.taught(exchange).fingerprints.get(exchange.probe.control or "")
    if exchange.answer is None or control is None or control.status != exchange.answer.status:
        yield from _unlike(requirement, call, control)
    else:
        yield passed(requirement, exchange)


def _unlike(requirement: str, call: _Call, control: Fingerprint | None) -> Iterator[Finding]:
    """Say what it means that a request is not answered as it is when it is written plainly."""
    exchange = call.exchanges[0]
    status = exchange.answer.status if exchange.answer is not None else None
    if status is None:
        yield failed(requirement, _told(exchange), exchange)
    elif control is None:
        accepted = exchange.probe.control is None and exchange.outcome is Outcome.ACCEPTED
        yield passed(requirement, exchange) if accepted else open_(requirement, _told(exchange), exchange)
    elif status == 411:
        yield open_(requirement, "the server wants to know the length, as RFC 9112, 6.3, allows it to", exchange)
    elif call.answers[0].flaws:
        yield open_(requirement, "the answer is no sound HTTP, so that it cannot be compared", exchange)
    elif status in _UNDECIDED or exchange.outcome in (Outcome.ACCEPTED, Outcome.UNAUTHENTICATED):
        yield open_(requirement, _told(exchange), exchange)
    else:
        yield failed(requirement, unlike_plain(said(exchange.probe), status, control.status), exchange)


def _independent(requirement: str, call: _Call) -> Iterator[Finding]:
    """What follows a refusal on its connection is answered as ever."""
    fingerprints = call.context.taught(call.exchanges[0]).fingerprints
    for before, exchange in pairwise(call.exchanges):
        control = fingerprints.get(exchange.probe.control or "")
        if exchange.answer is None and (call.closed or before.answer is None):
            yield open_(requirement, "the connection was closed before it could be used again", exchange)
        elif exchange.answer is None:
            yield failed(requirement, f"after {_status(before)} the next request gets no answer", exchange)
        elif control is None or exchange.answer.status in _UNDECIDED or exchange.outcome is Outcome.ACCEPTED:
            yield open_(requirement, _told(exchange), exchange)
        elif control.matches(fingerprint([exchange])):
            yield passed(requirement, exchange)
        else:
            message = (
                f"right after {_status(before)}, a request gets {exchange.answer.status}, and else {control.status}"
            )
            yield failed(requirement, message, exchange)
    if len(call.exchanges) == 1:
        yield open_(requirement, "the server closes the connection after its first answer", call.exchanges[0])


def _unlike_plain(requirement: str, call: _Call) -> Iterator[Finding]:
    """The request is refused, and for another reason than when it is written plainly."""
    exchange = call.exchanges[0]
    taught = call.context.taught(exchange)
    control = taught.fingerprints.get(exchange.probe.control or "")
    telling = any(defect.name == exchange.probe.control for defect in taught.telling)
    if exchange.outcome is Outcome.ACCEPTED:
        yield failed(requirement, _told(exchange), exchange)
    elif exchange.outcome is not Outcome.REFUSED or control is None:
        yield open_(requirement, _told(exchange), exchange)
    elif not control.matches(fingerprint([exchange])):
        yield passed(requirement, exchange)
    elif telling:
        yield failed(requirement, f"{said(exchange.probe)} was answered as if it were written plainly", exchange)
    else:
        yield open_(requirement, "the server's refusals do not tell whether a form was read", exchange)


def _in_turn(requirement: str, call: _Call) -> Iterator[Finding]:
    """A second request on a connection is answered."""
    first, last = call.exchanges[0], call.exchanges[-1]
    if len(call.answers) > 1:
        yield passed(requirement, last)
    elif not call.answers:
        yield open_(requirement, _told(first), first)
    elif call.answers[0].is_last:
        yield open_(requirement, "the server closes the connection after its first answer, and says so", first)
    elif call.closed:
        yield failed(requirement, "the connection is closed after an answer that does not say so", first)
    else:
        yield failed(requirement, "the second request on a connection gets no answer", last)


def _in_order(requirement: str, call: _Call) -> Iterator[Finding]:
    """Two requests in one write get two answers, the first one first."""
    first, last = call.exchanges[0], call.exchanges[-1]
    if not call.answers:
        yield open_(requirement, _told(first), first)
    elif call.answers[0].body.startswith(b"HTTP/1."):
        yield failed(requirement, "the second request of two in one write is answered first", last)
    elif len(call.answers) > 1:
        yield passed(requirement, last)
    elif call.closed:
        yield open_(requirement, "the server closes the connection after the first of two requests", first)
    else:
        yield failed(requirement, "the second request of two in one write gets no answer", last)


def _bodiless(requirement: str, call: _Call) -> Iterator[Finding]:
    """An answer that cannot have a body has none."""
    for exchange, answer in zip(call.exchanges, call.answers, strict=False):
        flaw = next((flaw for flaw in answer.flaws if flaw.kind is FlawKind.BODILESS), None)
        if flaw is not None:
            yield failed(requirement, flaw.detail, exchange)
        elif exchange.probe.request.method == "HEAD":
            yield passed(requirement, exchange)


def _closed(requirement: str, call: _Call) -> Iterator[Finding]:
    """The connection is closed after an answer, where the request or the answer said so."""
    last = call.exchanges[-1]
    if last.answer is None:
        yield open_(requirement, _told(last), last)
    elif call.closed:
        yield passed(requirement, last)
    else:
        yield failed(requirement, "the connection stays open after `Connection: close`", last)


def _dated(requirement: str, call: _Call) -> Iterator[Finding]:
    """An answer below 500 has a Date."""
    for exchange, answer in zip(call.exchanges, call.answers, strict=False):
        if answer.values("date"):
            yield passed(requirement, exchange)
        elif answer.status < 500:
            yield failed(requirement, f"a {answer.status} without `Date`", exchange)


def _date_readable(requirement: str, call: _Call) -> Iterator[Finding]:
    """A Date stands there once, in the one form that may be sent."""
    for exchange, answer in zip(call.exchanges, call.answers, strict=False):
        values = answer.values("date")
        wrong = next((value for value in values if not _is_imf_fixdate(value)), None)
        if len(values) > 1:
            yield failed(requirement, f"there are {len(values)} `Date`: {', '.join(values)}", exchange)
        elif wrong is not None:
            yield failed(requirement, f"`Date: {wrong}` is not of the form `Sun, 06 Nov 1994 08:49:37 GMT`", exchange)
        elif values:
            yield passed(requirement, exchange)


def _is_imf_fixdate(value: str) -> bool:
    try:
        return format_datetime(parsedate_to_datetime(value), usegmt=True) == value
    except ValueError:
        return False


def _goes_ahead(requirement: str, call: _Call) -> Iterator[Finding]:
    """Who expects a 100 gets it, or a final answer, and with a 100 a final one too."""
    exchange = call.exchanges[0]
    went_on = any(answer.status == _CONTINUE for answer in call.transcript.reading.interim)
    if call.transcript.early and exchange.answer is not None:
        yield passed(requirement, exchange)
    elif call.transcript.early and went_on:
        yield failed(requirement, f"after its 100 the server gives no answer: {exchange.detail}", exchange)
    elif call.answers and call.answers[0].version == "1.0":
        yield open_(requirement, "the server speaks HTTP/1.0, which has no 100", exchange)
    elif call.answers:
        yield failed(requirement, "neither a 100 nor an answer comes before the body is sent", exchange)
    else:
        yield failed(requirement, f"`Expect: 100-continue` got no answer: {exchange.detail}", exchange)


def _bad_request(requirement: str, call: _Call) -> Iterator[Finding]:
    """The request is refused with 400."""
    exchange = call.exchanges[0]
    status = exchange.answer.status if exchange.answer is not None else None
    if status == 400:
        yield passed(requirement, exchange)
    elif status in _UNDECIDED:
        yield open_(requirement, _told(exchange), exchange)
    else:
        yield failed(requirement, _told(exchange), exchange)


def _bad_request_and_closed(requirement: str, call: _Call) -> Iterator[Finding]:
    """The request is refused with 400, and the connection closed."""
    for finding in _bad_request(requirement, call):
        if call.answers and call.answers[0].status == 400 and not call.closed:
            yield failed(requirement, "the connection stays open after the 400", finding.exchange)
        else:
            yield finding


def _left(requirement: str, call: _Call) -> Iterator[Finding]:
    """Whatever the answer, the connection is closed."""
    exchange = call.exchanges[0]
    if call.closed:
        yield passed(requirement, exchange)
    else:
        yield failed(requirement, f"{_told(exchange)}, and the connection stays open", exchange)


def _read_or_refused(requirement: str, call: _Call) -> Iterator[Finding]:
    """The request is read or refused, and does not make the server fail."""
    exchange = call.exchanges[0]
    if exchange.outcome.is_breakdown:
        yield failed(requirement, _told(exchange), exchange)
    elif exchange.outcome.is_undecided:
        yield open_(requirement, _told(exchange), exchange)
    else:
        yield passed(requirement, exchange)


def _answered_and_closed(requirement: str, call: _Call) -> Iterator[Finding]:
    """An answer comes, and then the end of the connection."""
    exchange = call.exchanges[0]
    if exchange.answer is None:
        yield failed(requirement, _told(exchange), exchange)
    elif call.closed:
        yield passed(requirement, exchange)
    else:
        yield failed(requirement, "the connection stays open after the answer", exchange)


def _uncoded(requirement: str, call: _Call) -> Iterator[Finding]:
    """The answer has no transfer coding."""
    for exchange, answer in zip(call.exchanges, call.answers, strict=False):
        coding = ", ".join(answer.values("transfer-encoding"))
        if coding:
            yield failed(requirement, f"the answer has `Transfer-Encoding: {coding}`", exchange)
        else:
            yield passed(requirement, exchange)


def _status(exchange: Exchange) -> str:
    return f"a {exchange.answer.status}" if exchange.answer is not None else "no answer"


def _told(exchange: Exchange) -> str:
    if exchange.answer is None:
        return f"{said(exchange.probe)} got no answer: {exchange.detail}"
    return f"{said(exchange.probe)} was answered with {exchange.answer.status}"


RULES: Mapping[str, _Rule] = {
    "alike": _alike,
    "answered-and-closed": _answered_and_closed,
    "bad-request": _bad_request,
    "bad-request-and-closed": _bad_request_and_closed,
    "bodiless": _bodiless,
    "closed": _closed,
    "date-readable": _date_readable,
    "dated": _dated,
    "found": _found,
    "goes-ahead": _goes_ahead,
    "in-order": _in_order,
    "independent": _independent,
    "in-turn": _in_turn,
    "left": _left,
    "read-or-refused": _read_or_refused,
    "uncoded": _uncoded,
    "unlike": _unlike_plain,
}
