"""Keeps of the findings of any number of exchanges those few that the verdicts rest on.

A verdict needs the first thing that was seen to hold and the smallest that broke it. What is blocked by what needs
more: whether one requirement broke only where another one did. For that, one exchange for each set of requirements
that broke together says as much as all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from attrs import define, evolve, field

from conformance.checks.findings import Finding, Mark
from conformance.engine.exchange import Exchange

__all__ = ["Keeper"]

_MOST = 2_000  # sets of requirements that broke together

Shorten = Callable[[Exchange], Exchange]


@define
class Keeper:
    """What is kept so far."""

    _first: dict[tuple[str, Mark], Finding] = field(factory=dict, init=False, repr=False)
    _broken: dict[frozenset[str], tuple[int, tuple[Finding, ...]]] = field(factory=dict, init=False, repr=False)

    def take(self, found: Iterable[Finding], shorten: Shorten) -> None:
        """Keep what is needed of some findings.

        Args:
            found: of whole exchanges: all that they broke is among it.
            shorten: makes an exchange small, and fit to be shown.
        """
        failing: dict[int, list[Finding]] = {}
        for finding in found:
            if finding.mark is Mark.FAIL and finding.exchange is not None:
                failing.setdefault(id(finding.exchange), []).append(finding)
            elif (finding.requirement, finding.mark) not in self._first:
                small = shorten(finding.exchange) if finding.exchange is not None else None
                self._first[finding.requirement, finding.mark] = evolve(finding, exchange=small)
        for together in failing.values():
            self._take_broken(together, shorten)

    def _take_broken(self, together: list[Finding], shorten: Shorten) -> None:
        names = frozenset(finding.requirement for finding in together)
        exchange = together[0].exchange
        if exchange is None or (names not in self._broken and len(self._broken) >= _MOST and names <= self._known()):
            return
        size = len(exchange.probe.request.path) + len(exchange.probe.request.body)
        if names not in self._broken or size < self._broken[names][0]:
            small = shorten(exchange)
            self._broken[names] = size, tuple(evolve(finding, exchange=small) for finding in together)

    def _known(self) -> frozenset[str]:
        return frozenset().union(*self._broken)

    def kept(self) -> Iterator[Finding]:
        """Yield what is kept."""
        yield from self._first.values()
        for _, findings in self._broken.values():
            yield from findings
