"""Many values in one request, halved where the answer differs: the smallest request that shows it is the evidence."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.bodies.part import Part
from conformance.bodies.requests import read_body
from conformance.campaign.reduction import UndecidedError, UnsteadyError, smallest
from conformance.contract import Contract
from conformance.engine.exchange import Exchange, Outcome
from conformance.probes.builder import Builder
from conformance.probes.unusual import unusual
from tests.suite.runs import Run, carry_out
from tests.suite.serving import Serve, Shared

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def _parts(exchange: Exchange) -> tuple[Part, ...]:
    """What a request carried, as its bytes say."""
    request = exchange.probe.request
    media_type = next(value for name, value in request.headers if name.lower() == "content-type")
    return read_body(exchange.probe.operation, media_type, request.body)[1]


def _creates(made: Run) -> list[Exchange]:
    return [exchange for exchange in made.exchanges if exchange.probe.id.split("/")[1] == "create"]


def test_a_full_run_is_small(shared: Shared) -> None:
    """A correct server gets at most 420 requests, 40 of them creates."""
    assert shared.requests <= 420
    assert shared.creates <= 40


def test_creates_carry_what_is_unusual(serve: Serve, contract: Contract) -> None:
    """In the middle, each create holds a dozen inputs, and each text has had a dozen strange values."""
    made = carry_out(contract, serve().url)
    sizes = sorted(len({part.name for part in _parts(exchange)}) for exchange in _creates(made))
    assert sizes[len(sizes) // 2] >= 12
    operation = contract.billable[0]
    builder = Builder(contract, operation)
    for declared in operation.fields:
        if not declared.schema.is_text or declared.required:
            continue
        strange = {part.value for filling in unusual(builder, declared) for part in filling.parts}
        sent = {
            p.value
            for e in _creates(made)
            if e.outcome is Outcome.ACCEPTED
            for p in _parts(e)
            if p.name == declared.name
        }
        assert len(sent & strange) >= 12, declared.name


def test_with_few_creates_the_likeliest_values_go_first(serve: Serve, contract: Contract) -> None:
    """Six creates carry what is mishandled most often: digits, braces, and much that is awkward in one text."""
    made = carry_out(contract, serve().url, 6)
    values = {part.value for exchange in _creates(made) for part in _parts(exchange)}
    assert {b"2024", b"{}"} <= values
    mixed = ("🎬".encode(), b"'dog'", b"\\", b"100%", b"\r\n")
    assert any(all(piece in value for piece in mixed) for value in values)


@pytest.mark.parametrize("explore", [0, 40])
def test_nothing_that_could_be_accepted_is_dearer_than_the_examples(
    serve: Serve, contract: Contract, explore: int
) -> None:
    """No number in an input that multiplies the bill exceeds the largest example, unless a known defect guards it."""
    dear = {declared.name: declared for declared in contract.billable[0].fields if declared.schema.multiplies_cost}
    assert dear
    limits = {
        name: max(float(found) for shown in declared.schema.examples for found in _NUMBER.findall(str(shown)))
        for name, declared in dear.items()
    }
    made = carry_out(contract, serve().url, explore=explore)
    looked = 0
    for exchange in made.exchanges:
        probe = exchange.probe
        if not probe.can_create or probe.if_accepted or exchange.outcome is Outcome.UNAUTHENTICATED:
            continue
        try:
            parts = _parts(exchange)
        except (ValueError, StopIteration):
            continue  # no form at all: nobody could bill it
        for part in parts:
            for found in _NUMBER.findall(part.value.decode("utf-8", "replace")) if part.name in limits else ():
                looked += 1
                assert float(found) <= limits[str(part.name)], probe.id
    assert looked > 100


@pytest.mark.parametrize(
    "fault", ["breaks-down-over-deep-json", "breaks-down-over-63-bits", "breaks-down-over-invalid-utf-8"]
)
def test_a_value_behind_a_defect_is_named_alone(serve: Serve, contract: Contract, fault: str) -> None:
    """The evidence of a breakdown is the smallest form that shows it: one value beside what is required."""
    made = carry_out(contract, serve(fault).url, tier="free")
    broken = [
        v for v in made.result.verdicts if v.requirement.id in made.failed("SHOULD") and "/robust" in v.requirement.id
    ]
    assert broken
    required = {declared.name for declared in contract.billable[0].fields if declared.required}
    for verdict in broken:
        assert verdict.finding is not None
        assert verdict.finding.exchange is not None
        assert len({part.name for part in _parts(verdict.finding.exchange)} - required) <= 1


class _Counter:
    """Asks whether all of some culprits are there, and counts how often it was asked."""

    def __init__(self, culprits: set[int]) -> None:
        self.culprits = culprits
        self.asked = 0

    async def __call__(self, items: Sequence[int]) -> bool:
        self.asked += 1
        return self.culprits <= set(items)


@settings(deadline=None)
@given(
    st.integers(1, 64).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1), min_size=1, max_size=3)))
)
def test_the_smallest_part_is_found(case: tuple[int, set[int]]) -> None:
    """Whatever shows only together is found, and nothing beside it."""
    count, culprits = case
    assert set(asyncio.run(smallest(range(count), _Counter(culprits)))) == culprits


@pytest.mark.parametrize("culprit", range(64))
def test_one_of_many_is_found_by_halving(culprit: int) -> None:
    """The price grows with the logarithm of what is tried."""
    asks = _Counter({culprit})
    asyncio.run(smallest(range(64), asks))
    assert asks.asked <= 12


def test_an_undecided_answer_ends_the_search_with_what_is_known() -> None:
    """The smallest part that was seen to show it is kept."""
    asked = 0

    async def shows(items: Sequence[int]) -> bool:
        nonlocal asked
        asked += 1
        if asked > 2:
            raise UndecidedError
        return 2 in items

    assert set(asyncio.run(smallest(range(8), shows))) == {0, 1, 2, 3}


def test_what_shows_by_chance_is_blamed_on_nothing() -> None:
    """Where the whole does not show it again, no part of it can be the cause."""

    async def shows(_: Sequence[int]) -> bool:
        return False

    with pytest.raises(UnsteadyError):
        asyncio.run(smallest(range(8), shows))
