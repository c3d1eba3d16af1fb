"""The probes that can be written again from the contract alone, whichever defect a run had to hide behind."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define, field

from conformance.campaign.planning import Options, plan
from conformance.contract import Contract
from conformance.contract.resources import Resources
from conformance.engine.probe import Probe
from conformance.requirements.known_defects import known_defects

__all__ = ["PlannedBodies", "all_planned"]

_ANY_CREATES = 10_000


def all_planned(contract: Contract, seed: int = 1) -> Iterator[Probe]:
    """Yield every probe that some run would send, with what may follow it."""
    options = Options(max_creates=_ANY_CREATES, seed=seed)
    resources = Resources(contract)
    defects = [defect for operation in contract.operations for defect in known_defects(operation, resources)]
    for defect in (*defects, None):
        for probe in plan(contract, options, defect):
            yield probe
            if probe.confirm is not None:
                yield probe.confirm


@define
class PlannedBodies:
    """Tells of a probe whether its body can be written again; the plan is made when it is first asked for."""

    contract: Contract
    _bodies: dict[str, bytes] | None = field(default=None, init=False, repr=False)

    def holds(self, probe: Probe) -> bool:
        """Tell whether the plan has this probe with this very body."""
        if self._bodies is None:
            self._bodies = {}
            for planned in all_planned(self.contract):
                self._bodies.setdefault(planned.id, planned.request.body)
        return self._bodies.get(probe.id) == probe.request.body
