"""Compares the operations of two contracts: who may call them, and whether they are offered and billed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import evolve

from conformance.contract import Contract, Operation, SecurityScheme
from conformance.contract.document import pointer
from scripts.contract_diff.answers import answer_findings
from scripts.contract_diff.changes import PlaceDifference, Walk, shown
from scripts.contract_diff.inputs import input_findings
from scripts.contract_diff.places import PlacePair, below, extension, step

__all__ = ["findings"]

Visited = tuple[set[str], set[str]]


def findings(old: Contract, new: Contract, visited: Visited) -> Iterator[PlaceDifference]:
    """Yield what is different in two contracts, and note which schemas were looked at."""
    before, after = ({_key(operation): operation for operation in each.operations} for each in (old, new))
    for key in dict.fromkeys((*before, *after)):
        if key not in before:
            operation = after[key]
            optional = extension(new, operation.pointer, "x-optional") is True
            rule = "operation-added-optional" if optional else "operation-added"
            at = PlacePair(None, operation.pointer)
            yield PlaceDifference(rule, at, subject=_line(operation), advice=_advises(new, operation))
        elif key not in after:
            yield PlaceDifference("operation-removed", PlacePair(before[key].pointer, None), subject=_line(before[key]))
        else:
            yield from _operation(old, new, before[key], after[key], visited)


def _key(operation: Operation) -> tuple[str, str]:
    """Return what makes it the same operation: its method, and its path whatever the parameters are called."""
    return operation.method, re.sub(r"\{[^{}]*\}", "{}", operation.path)


def _line(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def _marks(contract: Contract) -> bool:
    """Tell whether a contract says of its elements where they come from."""
    return b"x-provenance" in contract.document.raw


def _advises(contract: Contract, operation: Operation) -> bool:
    return _marks(contract) and operation.provenance != "documented"


def _operation(
    old: Contract, new: Contract, before: Operation, after: Operation, visited: Visited
) -> Iterator[PlaceDifference]:
    use, subject = after.id, _line(after)
    if before.id != after.id:
        at = below(before.pointer, after.pointer, "operationId")
        yield PlaceDifference("operation-renamed", at, use, before=shown(before.id), after=shown(after.id))
    for key, gained, lost in (
        ("x-optional", "operation-now-optional", "operation-now-offered"),
        ("x-billable", "operation-now-billed", "operation-now-free"),
    ):
        was, is_now = (
            extension(contract, each.pointer, key) is True for contract, each in ((old, before), (new, after))
        )
        if was != is_now:
            at = below(before.pointer, after.pointer, key)
            advice = key == "x-optional" and _advises(new, after)
            yield PlaceDifference(gained if is_now else lost, at, use, subject=subject, advice=advice)
    yield from _renamed_parameters(before, after)
    yield from _security(old, new, before, after)
    marks = _marks(new)
    request = Walk("request", f"{use} request", "", marks, visited)
    yield from input_findings(before, after, request)
    yield from answer_findings(before, after, Walk("answer", use, "", marks, visited))


def _renamed_parameters(before: Operation, after: Operation) -> Iterator[PlaceDifference]:
    pairs = zip(*(re.findall(r"\{([^{}]*)\}", operation.path) for operation in (before, after)), strict=True)
    for one, other in pairs:
        if one != other:
            at = PlacePair(*(pointer(("paths", operation.path)) for operation in (before, after)))
            yield PlaceDifference(
                "parameter-renamed", at, after.id, before=shown(one), after=shown(other), is_whole=False
            )


def _security(old: Contract, new: Contract, before: Operation, after: Operation) -> Iterator[PlaceDifference]:
    """Yield what is different in how callers identify themselves."""
    known, wanted = _ways(before), _ways(after)
    for one, other in _changed_schemes(before, after):
        way = frozenset({(one.kind, one.location, one.parameter)})
        put = (other.kind, other.location, other.parameter)
        at = PlacePair(one.pointer, other.pointer)
        said = _way(way), _way(frozenset({put}))
        yield PlaceDifference("security-scheme-changed", at, after.id, before=said[0], after=said[1])
        known = frozenset(frozenset(put if each in way else each for each in alternative) for alternative in known)
    asked = PlaceDifference("security-dropped", PlacePair(_asking(old, before), _asking(new, after)), after.id)
    asked = evolve(asked, subject=_line(after))
    was, is_now = (bool(ways) and frozenset() not in ways for ways in (known, wanted))
    if was and not is_now:
        yield asked
    elif is_now and not was:
        value = " or ".join(sorted(_way(each) for each in wanted))
        yield evolve(asked, rule="security-demanded", value=value)
    nobody: frozenset[tuple[str, str, str]] = frozenset()
    offered = evolve(asked, rule="security-alternative-added")
    if known - {nobody}:
        yield from (evolve(offered, value=_way(each)) for each in sorted(wanted - known - {nobody}, key=_way))
    if wanted - {nobody}:
        gone = evolve(offered, rule="security-alternative-removed")
        yield from (evolve(gone, value=_way(each)) for each in sorted(known - wanted - {nobody}, key=_way))


def _changed_schemes(before: Operation, after: Operation) -> Iterator[tuple[SecurityScheme, SecurityScheme]]:
    """Yield the schemes that both operations name, and that put the credential elsewhere."""
    named = [
        {scheme.name: scheme for alternative in operation.security for scheme in alternative}
        for operation in (before, after)
    ]
    for name, one in named[0].items():
        other = named[1].get(name)
        if other is not None and (one.kind, one.location, one.parameter) != (
            other.kind,
            other.location,
            other.parameter,
        ):
            yield one, other


def _ways(operation: Operation) -> frozenset[frozenset[tuple[str, str, str]]]:
    """Return the alternatives, each as what a request carries: kind, place and name."""
    return frozenset(
        frozenset((scheme.kind, scheme.location, scheme.parameter) for scheme in alternative)
        for alternative in operation.security
    )


def _way(alternative: frozenset[tuple[str, str, str]]) -> str:
    return " and ".join(f"{kind} in the {place} `{name}`" for kind, place, name in sorted(alternative))


def _asking(contract: Contract, operation: Operation) -> str:
    """Return where a contract says how callers of an operation identify themselves."""
    own = extension(contract, operation.pointer, "security") is not None
    return step(operation.pointer if own else "#", "security")
