"""Dealing: what several inputs have in common goes to some of each, evenly."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest

from conformance.campaign.planning import Options, accepted, grouped
from conformance.contract import Contract, Input
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls
from conformance.probes.dealing import dealt
from conformance.probes.grouped import names_of_nothing
from conformance.probes.unusual import unusual


def _integers(contract: Contract) -> list[Input]:
    return [declared for declared in contract.billable[0].fields if declared.schema.types == {"integer"}]


@pytest.mark.parametrize(("things", "share"), list(product((1, 5, 12, 13), (1, 2, 3, 99))))
def test_each_input_gets_as_much_as_the_others(contract: Contract, things: int, share: int) -> None:
    """Each thing goes to as many inputs as it should, to none twice, and no input gets two more than another."""
    inputs = _integers(contract)
    names = [f"thing-{index}" for index in range(things)]
    given = dealt(
        [(declared, names) for declared in inputs], lambda _, name: name, lambda _, holders: min(share, holders)
    )
    assert dict(Counter(name for _, name in given)) == dict.fromkeys(names, min(share, len(inputs)))
    loads = Counter(declared.name for declared, _ in given)
    assert max(loads.values()) - min(loads[declared.name] for declared in inputs) <= 1


def test_what_one_input_alone_has_goes_to_it(contract: Contract) -> None:
    """Whoever is the only one that could get something gets it, however much it has."""
    first, second, *_ = _integers(contract)
    given = dealt([(first, ["a", "b", "c"]), (second, ["a"])], lambda _, name: name, lambda *_: 1)
    assert {name: declared.name for declared, name in given} == {"a": first.name, "b": first.name, "c": first.name}


def test_several_inputs_carry_every_edge_case_behind_a_defect(contract: Contract) -> None:
    """Every edge case is in some form, in all of up to three inputs that can carry it and in most of more."""
    builder = Builder(contract, contract.billable[0])
    options = Options(max_creates=0, tier="free")
    forms = list(grouped(builder, Controls.assumed(builder), accepted(builder, options), options))
    carried = {filling.key for form in forms for filling in form.carried}
    able: dict[tuple[str, str, bool], list[bool]] = {}
    for declared in builder.operation.inputs:
        for filling in unusual(builder, declared):
            key = filling.kind, filling.name, declared.required
            able.setdefault(key, []).append(filling.key in carried)
    assert all(sum(found) >= min(3, len(found)) for found in able.values())
    assert all(sum(found) * 2 > len(found) for found in able.values())


def test_reads_share_the_names_that_nothing_has(contract: Contract) -> None:
    """Reads that name the same thing try every odd name between them: alone, or in one name that is taken apart."""
    tried: Counter[bytes] = Counter()
    odd: set[bytes] = set()
    reads = [Builder(contract, operation) for operation in contract.operations if operation.optional]
    assert len(reads) > 1
    for builder in reads:
        (declared,) = builder.operation.inputs_in("path")
        odd = {part.value for filling in unusual(builder, declared)[:24] for part in filling.parts}
        for probe in names_of_nothing(builder, Controls.assumed(builder)):
            values = [str(one.sent[declared.name]).encode() for one in (probe.apart or (probe,))]
            assert not probe.apart or str(probe.sent[declared.name]).encode() == b"".join(values)
            tried.update(values)
    assert {*tried} == odd
    assert set(tried.values()) == {1}
