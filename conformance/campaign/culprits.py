"""Culprits: what a server did not take of what the contract allows, and the requirements that this breaks."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence

from attrs import field, frozen

from conformance.checks.findings import Finding, failed, open_, passed
from conformance.engine.exchange import Exchange
from conformance.probes.builder import Builder
from conformance.probes.filling import Filling
from conformance.requirements.ids import input_prefix

__all__ = ["Culprit", "culprit_findings"]


@frozen
class Culprit:
    """What was not taken; each was seen refused with it, and accepted without it.

    Attributes:
        fillings: refused only together where there are several; none where it is the framing, or the smallest request.
        exchange: the smallest request that was refused, or that broke the server.
        framing: the requirement about the framing that was not taken.
        needs: what the server demands beside it, though the contract does not.
        only_with: the listed value that it is refused with, where it was accepted with another one.
        breaks: the server failed where it could have refused.
    """

    fillings: tuple[Filling, ...]
    exchange: Exchange = field(repr=False)
    framing: str | None = None
    needs: Filling | None = None
    only_with: Filling | None = None
    breaks: bool = False

    @property
    def words(self) -> str:
        """What it is, for people."""
        what = " together with ".join(filling.words for filling in self.fillings)
        return what if self.only_with is None else f"{what} with {self.only_with.words}"


def culprit_findings(
    builder: Builder,
    culprits: Sequence[Culprit],
    unserved: Sequence[Culprit],
    offers: Mapping[str, Exchange],
    read: Container[str],
) -> Iterator[Finding]:
    """Say of each culprit which requirement it breaks.

    Args:
        builder: of the operation.
        culprits: what was not taken.
        unserved: listed values of a role that a server need not offer, refused as it refuses one that is not listed.
        offers: an acceptance of such a value, by the prefix of its input.
        read: prefixes of inputs of which something was accepted.
    """
    for culprit in culprits:
        yield from _findings(builder, culprit)
    yield from _refused_inputs(builder, culprits, read)
    yield from _unserved(unserved)
    missing = {culprit.fillings[0].prefix for culprit in unserved}
    yield from (passed(f"{prefix}/offered", offer) for prefix, offer in offers.items() if prefix not in missing)


def _findings(builder: Builder, culprit: Culprit) -> Iterator[Finding]:
    op, exchange = builder.operation.id, culprit.exchange
    if culprit.framing is not None and culprit.breaks:
        yield failed(culprit.framing, f"the server fails where it is written so: {_shown(exchange)}", exchange)
    elif culprit.framing is not None:
        yield failed(culprit.framing, "the request was accepted only when it was written plainly", exchange)
    elif culprit.needs is not None:
        what = culprit.words or "the smallest request"
        yield failed(f"{op}/request/minimal", f"{what} is refused without `{culprit.needs.field}`", exchange)
    elif not culprit.fillings:
        yield from _hopeless(builder, exchange)
    elif culprit.breaks:
        last = culprit.fillings[-1]
        aspect = f"value/{last.name}" if last.is_listed else "robust"
        yield failed(f"{last.prefix}/{aspect}", f"{culprit.words} makes the server fail: {_shown(exchange)}", exchange)
    else:
        yield from _narrow(builder, culprit)


def _hopeless(builder: Builder, exchange: Exchange) -> Iterator[Finding]:
    """Even the smallest request was refused, and nothing tells why."""
    op = builder.operation
    named = [declared for declared in op.parameters if declared.name in builder.named]
    for declared in named:
        yield failed(f"{input_prefix(op, declared)}/known", "what was just made was not found", exchange)
    if not named or op.body is not None:
        yield failed(f"{op.id}/request/minimal", "even the smallest valid request was refused", exchange)
    for declared in (declared for declared in op.inputs if declared.required and declared not in named):
        reason = "even the smallest valid request was refused, for a reason that names nothing"
        yield open_(f"{input_prefix(op, declared)}/accepted", reason, exchange)


def _narrow(builder: Builder, culprit: Culprit) -> Iterator[Finding]:
    exchange, last = culprit.exchange, culprit.fillings[-1]
    if any(filling.is_unusual for filling in culprit.fillings):
        return  # a server may well refuse what hardly anybody sends
    if last.is_listed:
        yield failed(f"{last.prefix}/value/{last.name}", f"{last.words} was refused in every form", exchange)
        return
    message = f"{culprit.words} is refused"
    for filling in culprit.fillings[:1] if len(culprit.fillings) == 1 or culprit.only_with else culprit.fillings:
        yield failed(f"{filling.prefix}/unrestricted", message, exchange)
        way = filling.way
        several = way is not None and len(builder.ways(way.field)) > 1 and filling.name == way.kind
        if several and len(culprit.fillings) == 1 and culprit.only_with is None and way is not None:
            yield failed(f"{filling.prefix}/form/{way.kind}", message, exchange)


def _refused_inputs(builder: Builder, culprits: Sequence[Culprit], read: Container[str]) -> Iterator[Finding]:
    """An input is refused where nothing in it was taken, in any way to fill it, with any listed value."""
    alone = {
        culprit.fillings[0].key: culprit.exchange
        for culprit in culprits
        if len(culprit.fillings) == 1 and culprit.needs is None and culprit.only_with is None
    }
    for declared in builder.operation.inputs:
        prefix = input_prefix(builder.operation, declared)
        names = [str(value) for value in declared.schema.enum] or [way.kind for way in builder.ways(declared)]
        ways = {(prefix, name) for name in names}
        if prefix not in read and ways <= alone.keys():
            message = f"`{declared.name}` was refused in every documented form"
            yield failed(f"{prefix}/accepted", message, alone[min(ways)])


def _unserved(unserved: Sequence[Culprit]) -> Iterator[Finding]:
    """One cause, one line: values that a server does not offer."""
    by_prefix: dict[str, list[Culprit]] = {}
    for culprit in unserved:
        by_prefix.setdefault(culprit.fillings[0].prefix, []).append(culprit)
    for prefix, found in by_prefix.items():
        names = ", ".join(culprit.fillings[0].words for culprit in found)
        yield failed(f"{prefix}/offered", f"not offered: {names}", found[0].exchange)
        for culprit in found:
            reason = "not offered: it is refused as a value is that is not listed"
            yield open_(f"{prefix}/value/{culprit.fillings[0].name}", reason, culprit.exchange)


def _shown(exchange: Exchange) -> str:
    return exchange.detail if exchange.answer is None else str(exchange.answer.status)
