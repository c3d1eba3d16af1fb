"""The ledger by itself: no order of requests and answers gets more jobs made than the ceiling allows."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.contract import load
from conformance.engine.exchange import Answer, Exchange, Silence
from conformance.engine.ledger import Ledger
from conformance.engine.probe import Expect, Probe
from conformance.probes.builder import Builder

_CONTRACT = load()
_BUILDER = Builder(_CONTRACT, _CONTRACT.billable[0])
_MEANT = _BUILDER.probe("a/meant", _BUILDER.required(), Expect.ACCEPT, "meant")
_UNMEANT = _BUILDER.probe("an/unmeant", _BUILDER.required(), Expect.REFUSE, "unmeant")

_Step = tuple[bool, int, int | None]
"""One turn: whether the next request is meant to be accepted, which one under way is answered, and how."""

_steps = st.lists(
    st.tuples(
        st.booleans(),
        st.integers(0, 20),
        st.sampled_from([200, 202, 303, 400, 401, 404, 422, 429, 500, 501, 502, 504, None]),
    ),
    max_size=60,
)


def _answered(probe: Probe, status: int | None) -> Exchange:
    if status is None:
        return Exchange(probe, None, Silence.TIMEOUT, "", 0, 0)
    return Exchange(probe, Answer(status, (), b""), None, "", 0, 0)


def _is_made(status: int | None) -> bool:
    """Whether the worst server has a job now: it has one of every form, but where it says that it has none."""
    return status is None or not (400 <= status < 500 or status == 501)


@given(ceiling=st.integers(0, 5), width=st.integers(1, 8), steps=_steps)
@settings(max_examples=300, deadline=None, database=None)
def test_no_order_of_events_gets_past_the_ceiling(ceiling: int, width: int, steps: Sequence[_Step]) -> None:
    """At every moment the jobs made, and those that may yet be made, stay at the ceiling; the books hold them all."""
    ledger = Ledger(ceiling)
    under_way: list[Probe] = []
    jobs = meant = sent = 0
    for is_meant, choice, status in steps:
        probe = _MEANT if is_meant else _UNMEANT
        if len(under_way) < width and ledger.has_room(probe):
            ledger.sending(probe)
            under_way.append(probe)
            sent += 1
        assert jobs + len(under_way) <= max(ceiling, 1)
        assert meant + under_way.count(_MEANT) <= ceiling
        if under_way and choice % 2:
            answered = under_way.pop(choice % len(under_way))
            ledger.answered(_answered(answered, status))
            jobs += _is_made(status)
            meant += _is_made(status) and answered is _MEANT
    spend = ledger.spend()
    assert spend.requests == sent
    assert spend.creates + spend.possible_creates == jobs + len(under_way)
    assert spend.ceiling == ceiling


@given(ceiling=st.integers(0, 5), steps=_steps)
@settings(max_examples=100, deadline=None, database=None)
def test_what_is_refused_is_not_withheld(ceiling: int, steps: Sequence[_Step]) -> None:
    """Refusals use nothing up: after any number of them as much may be sent as at the beginning."""
    ledger = Ledger(ceiling)
    for is_meant, _, status in steps:
        probe = _MEANT if is_meant else _UNMEANT
        assert ledger.has_room(probe) is ledger.allows(probe) is (ceiling > 0 or not is_meant)
        if ledger.has_room(probe):
            ledger.sending(probe)
            ledger.answered(_answered(probe, 400 if _is_made(status) else status))
    spend = ledger.spend()
    assert spend.creates == spend.possible_creates == 0


@pytest.mark.parametrize("probe", [_MEANT, _UNMEANT], ids=["meant", "unmeant"])
def test_a_job_that_nobody_meant_is_told(probe: Probe) -> None:
    """The runner stops a group where the ledger says that an acceptance was against expectation."""
    ledger = Ledger(3)
    ledger.sending(probe)
    assert ledger.answered(_answered(probe, 200)) is (probe is _UNMEANT)
