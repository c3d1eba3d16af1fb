"""The check before a run that every requirement can fail: one that nothing could break would be a silent gap."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache

from conformance.campaign.order import assumed
from conformance.campaign.planning import Options, accepted, alternatives, authored, effects, on_the_wire, whole
from conformance.checks import COVERS
from conformance.contract import Contract, Operation
from conformance.contract.resources import Resources
from conformance.engine.probe import Probe
from conformance.errors import ContractError
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls, controls
from conformance.requirements import Catalogue, Requirement

__all__ = ["check_for_gaps", "undecidable"]

# What generated forms and compared answers decide is known without drawing or sending them.
_COMPARED = ("*/fuzz/refused", "*/fuzz/no-server-error", "*/robust", "*/offered")


def check_for_gaps(contract: Contract, requirements: Catalogue) -> None:
    """Refuse a contract with an element that cannot be tested yet.

    Raises:
        ContractError: there is one; the message names it.
    """
    for operation in contract.operations:
        _check_credentials(contract, operation)
        _check_paths(contract, operation)
        _check_body(contract, operation)
    gap = next(undecidable(contract, requirements), None)
    if gap is not None:
        message = f"{gap.id} cannot be tested: no probe and no check can make it fail"
        place = gap.source.reference
        if place.startswith("#"):
            raise contract.document.error(place, message)
        raise ContractError(message, path=contract.path)


def undecidable(contract: Contract, requirements: Catalogue) -> Iterator[Requirement]:
    """Yield the requirements that no planned probe and no check can make fail."""
    planned = _decided(contract)
    patterns = (*_COMPARED, *(pattern for patterns in COVERS.values() for pattern in patterns))
    for requirement in requirements:
        if requirement.id not in planned and not any(fnmatchcase(requirement.id, pattern) for pattern in patterns):
            yield requirement


@lru_cache(maxsize=8)
def _decided(contract: Contract) -> frozenset[str]:
    """Return the ids of the requirements that planned probes can make fail."""
    return frozenset(
        name for probe in _planned(contract) for name in (*probe.decides, *probe.guards, *probe.if_accepted)
    )


def _planned(contract: Contract) -> Iterator[Probe]:
    """Yield one run's probes, but for those that are drawn or tried by the dozen."""
    options = Options(max_creates=0)
    for operation in contract.operations:
        builder = Builder(contract, operation, assumed(contract))
        taught = Controls.assumed(builder)
        yield from controls(builder)
        for probe in authored(builder, taught):
            yield from (probe, probe.confirm) if probe.confirm is not None else (probe,)
        for row in accepted(builder, options):
            yield whole(builder, row)
        yield from alternatives(builder)
        yield from effects(builder)
    yield from on_the_wire(contract, apart=True)


def _check_credentials(contract: Contract, operation: Operation) -> None:
    scheme = operation.scheme
    if scheme is not None and scheme.kind == "unknown":
        message = "this security scheme cannot be tested yet; bearer, basic and apiKey can"
        raise contract.document.error(scheme.pointer, message)
    if scheme is not None and all(len(alternative) > 1 for alternative in operation.security):
        message = "several credentials at once cannot be tested yet; offer one of them alone"
        raise contract.document.error(f"{operation.pointer}/security", message)


def _check_paths(contract: Contract, operation: Operation) -> None:
    """A path parameter has values that somebody makes, or that the contract shows."""
    named = Resources(contract).names(operation)
    for declared in operation.inputs_in("path"):
        known = (
            declared.schema.enum or declared.schema.examples or {"default", "const"} & declared.schema.keywords.keys()
        )
        if declared.name not in named and not known:
            message = (
                f"nothing tells which values `{declared.name}` may have: give it an example, or the role `id` to the"
                " property by which the operation that makes such things answers"
            )
            raise contract.document.error(declared.pointer, message)


def _check_body(contract: Contract, operation: Operation) -> None:
    media = operation.media
    if media is None or media.kind != "octets" or media.schema is None:
        return
    if media.schema.types and not media.schema.types <= {"string"}:
        message = f"a body of {media.name} cannot be written yet; JSON, forms and bytes can"
        raise contract.document.error(media.pointer, message)
