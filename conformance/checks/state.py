"""Checks that requests leave nothing behind for others: no text of theirs, and no other answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from conformance.checks.findings import Context, Finding, check, failed, is_of_operation, open_, passed, run_check
from conformance.contract.resources import Resources
from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.fingerprint import fingerprint, texts

__all__ = ["leaks", "same_again", "unchanged"]

_LEAK, _UNCHANGED = "state/no-leak", "state/refusals-unchanged"
_SAME = "state/same-again"
_SHORTEST, _LONGEST = 12, 200
_LETTERS = 6  # of which a text must have so many different ones: numbers and runs are anybody's
_LOOKED_AT = 65_536  # characters of an answer


@run_check(_LEAK)
def leaks(context: Context, exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    """What some requests have said, no answer to another one shows."""
    judged = [exchange for exchange in exchanges if _is_for_its_caller(context, exchange)]
    shown = {id(exchange): _shown(exchange) for exchange in judged}
    everything = "\n".join(shown.values())
    vocabulary = json.dumps(context.contract.document.data, ensure_ascii=False, default=str)
    leaking: dict[int, Finding] = {}
    for text, (name, sender) in _canaries(exchanges).items():
        if text not in everything or text in vocabulary:
            continue
        showing = [other for other in judged if text in shown[id(other)]]
        if any(other.started + other.elapsed < sender.started for other in showing):
            continue  # the server knew it before: it is a word of its own
        for other in (other for other in showing if not _says(other, text)):
            message = f"the answer shows {text!r}, which another request had sent as its `{name}`"
            leaking.setdefault(id(other), failed(_LEAK, message, other))
    yield from leaking.values()
    if len(judged) > 1 and not leaking:
        yield passed(_LEAK, judged[-1])


def _is_for_its_caller(context: Context, exchange: Exchange) -> bool:
    """Whether an answer is about its own request alone; what reads, lists or changes shows what others made."""
    if exchange.answer is None:
        return False
    makes = Resources(context.contract).action(exchange.probe.operation) in ("create", "other")
    return makes or exchange.answer.status >= 400


def _canaries(exchanges: Sequence[Exchange]) -> Mapping[str, tuple[str, Exchange]]:
    """Return the unusual texts that were sent, each with the input and the request that were the first to say it."""
    senders: dict[str, tuple[str, Exchange]] = {}
    for exchange in sorted(exchanges, key=lambda each: each.started):
        for name, value in exchange.probe.sent.items():
            for text in texts(value):
                senders.setdefault(text, (name, exchange))
    return {text: sender for text, sender in senders.items() if _is_unusual(text)}


def _is_unusual(text: str) -> bool:
    if not text.isprintable() or "\\" in text or "%" in text:  # which are written in too many ways to be found again
        return False
    return _SHORTEST <= len(text) <= _LONGEST and len({char for char in text.lower() if char.isalpha()}) >= _LETTERS


def _says(exchange: Exchange, text: str) -> bool:
    """Whether a request holds a text, in whatever writing."""
    request = exchange.probe.request
    said = request.path + request.body.decode("utf-8", "replace") + "".join(value for _, value in request.headers)
    return text in said or _plain(text) in _plain(said)


def _plain(text: str) -> str:
    """Leave of a text what survives any way of writing it."""
    return re.sub(r"\\u[0-9a-fA-F]{4}|\\.|%[0-9A-Fa-f]{2}|[^0-9A-Za-z]", "", text)


def _shown(exchange: Exchange) -> str:
    answer = exchange.answer
    if answer is None:
        return ""
    values = (value for _, value in answer.headers)
    return "\n".join((answer.body[:_LOOKED_AT].decode("utf-8", "replace"), *texts(answer.json), *values))


@run_check(_SAME)
def same_again(context: Context, exchanges: Sequence[Exchange]) -> Iterator[Finding]:
    """The same request, sent again, is answered with the same values, where answers repeat what was sent."""
    first: dict[tuple[object, ...], Exchange] = {}
    for exchange in exchanges:
        if exchange.outcome is not Outcome.ACCEPTED or exchange.answer is None or not is_of_operation(exchange):
            continue
        if exchange.answer.cut:  # what was not kept says nothing, and leaves nothing out
            continue
        request = exchange.probe.request
        if Resources(context.contract).action(exchange.probe.operation) != "create":
            continue
        earlier = first.setdefault((request.method, request.path, request.headers, request.body), exchange)
        if earlier is exchange:
            continue
        before, now = _echoed(earlier), _echoed(exchange)
        changed = next((name for name in before if before[name] != now[name]), None)
        if changed is None:
            yield passed(_SAME, exchange)
        else:
            told = f"`{changed}` is {now[changed]}, and was {before[changed]} for the same request before"
            yield failed(_SAME, told, exchange)


def _echoed(exchange: Exchange) -> dict[str, str]:
    """Return what an answer says of the request, each value as text; "absent" where it says nothing."""
    body = exchange.answer.json if exchange.answer is not None else None
    found = {each.name: each.read(body) for each in exchange.probe.operation.success.properties if each.echoes}
    return {name: repr(value) if present else "absent" for name, (present, value) in found.items()}


@check(_UNCHANGED)
def unchanged(context: Context, exchange: Exchange) -> Iterator[Finding]:
    """A refused request is refused as it was before others were accepted."""
    probe = exchange.probe
    if _UNCHANGED not in probe.decides:
        return
    before, after = context.taught(exchange).fingerprints.get(probe.control or ""), fingerprint([exchange])
    if before is None or exchange.outcome is Outcome.SILENT:
        return
    if before.matches(after):
        yield passed(_UNCHANGED, exchange)
    elif exchange.outcome.is_undecided and before.status != after.status:
        yield open_(_UNCHANGED, f"it was answered with {after.status}: {exchange.outcome.value}", exchange)
    else:
        yield failed(
            _UNCHANGED, f"answered with {before.status} before, and otherwise with {after.status} now", exchange
        )
