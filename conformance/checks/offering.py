"""Tells whether a server offers an operation, by what is answered at its address, and where nothing is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conformance.engine.exchange import Exchange
from conformance.engine.fingerprint import Fingerprint, fingerprint

__all__ = ["UNROUTED", "is_as_nowhere", "is_unrouted", "says_something", "shows_it", "varies"]

UNROUTED = (404, 405, 501)
"""What servers answer for what they do not have."""
_NO_SUCH_METHOD = (405, 501)


def shows_it(exchange: Exchange) -> bool:
    """Tell whether an answer is what the operation answers, and no page for every address."""
    answer, success = exchange.answer, exchange.probe.operation.success
    if answer is None or not exchange.shows_something_made:
        return False
    return not success.media or answer.media_type in {media.name.partition(";")[0].lower() for media in success.media}


def is_unrouted(exchanges: Iterable[Exchange]) -> bool:
    """Tell whether a server says of a method that it does not have it, whatever it is asked for."""
    statuses = [exchange.status for exchange in exchanges]
    return bool(statuses) and all(status in _NO_SUCH_METHOD for status in statuses)


def says_something(exchanges: Iterable[Exchange]) -> bool:
    """Tell whether answers say anything of an address: neither breakdown, nor want of patience."""
    return all(not exchange.is_unusable and exchange.status not in (None, 429) for exchange in exchanges)


def is_as_nowhere(asked: Sequence[Exchange], nowhere: Exchange, *, varies: bool = False) -> bool:
    """Tell whether one request, sent once or more often, is answered as it is at an address where nothing is.

    What repeats the address is left out, since the addresses differ.

    Args:
        asked: the answers to it.
        nowhere: the answer at the other address.
        varies: answers to one and the same request have other texts each time, so that these say nothing.
    """
    if not says_something((nowhere,)):
        return False
    own, other = _fingerprint(asked), _fingerprint([nowhere])
    is_alike = (own.status, own.media_type) == (other.status, other.media_type)
    return own.matches(other) or (varies and is_alike)


def varies(asked: Sequence[Exchange]) -> bool:
    """Tell whether the answers to one and the same request have other texts each time."""
    return _fingerprint(asked).varies


def _fingerprint(asked: Sequence[Exchange]) -> Fingerprint:
    return fingerprint(asked, _address(asked[0]))


def _address(exchange: Exchange) -> str:
    return exchange.probe.address.lstrip("/")
