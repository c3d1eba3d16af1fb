"""What stands on a road that the contract does not name: looked for at no cost, and told where it was found."""

from __future__ import annotations

import pytest

from conformance.contract import Contract
from conformance.engine.probe import Expect
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls
from conformance.probes.other_roads import elsewhere_probes, other_road_probes
from conformance.probes.words import said
from conformance.requirements.selection import Selection
from tests.suite.runs import carry_out
from tests.suite.serving import Serve


@pytest.mark.parametrize(
    ("behaviour", "roads"),
    [
        ("prefers-the-query", {"query"}),
        ("fills-in-from-headers", {"header", "cookie"}),
        ("fills-in-from-metadata", {"member"}),
    ],
)
def test_the_road_is_found_apart(contract: Contract, serve: Serve, behaviour: str, roads: set[str]) -> None:
    """Of all roads in one request those that the server takes are found apart: their refusal is for the value."""
    chosen = Selection(only=("*/request/elsewhere", "*/request/names"))
    made = carry_out(contract, serve(behaviour).url, 0, tier="free", selection=chosen)
    requirement = f"{contract.billable[0].id}/request/elsewhere"
    assert made.failed("SHOULD") == {requirement}
    reason = next(line.reason for line in made.report.verdicts if line.id == requirement)
    assert reason.startswith("a form without `model`, which stands in ")
    apart = {e.probe.id.rpartition("/")[2]: e.status for e in made.exchanges if f"{requirement}/" in e.probe.id}
    assert {road for road, status in apart.items() if status == 422} == roads


def test_what_has_listed_values_is_looked_for_by_one_that_is_not(contract: Contract) -> None:
    """The probe that is answered otherwise where a road is taken, is refused there too, so that it costs nothing."""
    builder = Builder(contract, contract.billable[0])
    (together,) = other_road_probes(builder)
    for probe in (together, *together.apart):
        assert probe.expect is Expect.SAME
        assert probe.control is not None
        assert probe.contrast is not None
        assert b"sora" not in probe.request.body
    assert {name for single in together.apart for name in single.decides} == set(together.decides)


def test_every_other_required_field_is_looked_for_at_once(contract: Contract) -> None:
    """A field without listed values is left out, and said to stand in every place that could hold it."""
    builder = Builder(contract, contract.billable[0])
    missing = {
        probe.id.rpartition("/")[2]: said(probe) for probe in elsewhere_probes(builder, Controls.assumed(builder))
    }
    required = {declared.name for declared in builder.operation.fields if declared.required}
    listed = {declared.name for declared in builder.operation.fields if declared.schema.enum}
    assert missing.keys() == required - listed
    for name, words in missing.items():
        assert words.startswith(f"a form without `{name}`, which stands in the query, the header `X-")
        assert "a cookie" in words
