"""What recorded refusals of valid requests say: which listed value is to blame, where nothing else can be."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from attrs import define, field

from conformance.checks.findings import Finding, failed, open_
from conformance.engine.exchange import Exchange, Outcome
from conformance.engine.probe import Expect
from conformance.requirements import Catalogue

__all__ = ["Refusals"]

_ENOUGH = 2  # requests, each with another body
_MOST = 5_000  # refusals that are remembered


@define
class Refusals:
    """Remembers what was accepted, and which valid requests were refused.

    A refusal is blamed on a listed value where all else that stands in the request was accepted in others, and never
    that value, however often it was tried. Anything else may have been about a text, a limit or a right.
    """

    catalogue: Catalogue
    count: int = field(default=0, init=False)
    _accepted: set[str] = field(factory=set, init=False, repr=False)
    _refused: list[tuple[frozenset[str], bytes, Exchange]] = field(factory=list, init=False, repr=False)

    def look_at(self, exchange: Exchange, small: Exchange) -> None:
        """Remember what came of a request; `small` is the same, fit to be kept."""
        probe = exchange.probe
        if probe.expect is not Expect.ACCEPT:
            return
        if exchange.outcome is Outcome.ACCEPTED:
            self._accepted.update(probe.decides)
        elif exchange.outcome is Outcome.REFUSED:
            self.count += 1
            if len(self._refused) < _MOST:
                digest = hashlib.sha256(probe.request.path.encode() + b"\0" + probe.request.body).digest()
                self._refused.append((frozenset(probe.decides), digest, small))

    def findings(self) -> Iterator[Finding]:
        """Say of each value that only refused requests hold what that tells."""
        blamed: dict[str, dict[bytes, Exchange]] = {}
        for names, digest, exchange in self._refused:
            unseen = names - self._accepted
            for name in unseen:
                yield open_(name, f"{_told(exchange)}, which may be about anything else in it", exchange)
            blamable = {name for name in unseen if not name.endswith("/request/minimal")}
            value = next((name for name in sorted(blamable) if "/value/" in name), None)
            if value is not None and blamable <= {value, f"{value.partition('/value/')[0]}/accepted"}:
                blamed.setdefault(value, {}).setdefault(digest, exchange)
        for name, seen in blamed.items():
            if len(seen) >= _ENOUGH:
                smallest = min(seen.values(), key=lambda exchange: len(exchange.probe.request.body))
                yield failed(self._about(name), self._message(name, len(seen), smallest), smallest)

    def _about(self, name: str) -> str:
        """Return what a value breaks that is never taken: a model need not be offered, any other value has to be."""
        offered = f"{name.partition('/value/')[0]}/offered"
        return offered if offered in self.catalogue else name

    def _message(self, name: str, count: int, exchange: Exchange) -> str:
        value = name.partition("/value/")[2]
        return f"{count} requests were refused with `{value}`, and all else in them was accepted: {_told(exchange)}"


def _told(exchange: Exchange) -> str:
    return f"a valid request was answered with {exchange.status}"
