"""Refusals teach only where they tell causes apart: a server that refuses all alike gives no verdict, true or false."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from conformance.bodies.part import Part
from conformance.campaign import Options
from conformance.campaign.planning import free
from conformance.checks.findings import Context, Mark
from conformance.checks.verdicts import findings
from conformance.contract import Contract, load
from conformance.engine.exchange import Answer, Exchange
from conformance.engine.fingerprint import fingerprint
from conformance.engine.probe import Cost, Expect, Probe
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls, controls, read_controls
from conformance.requirements import catalogue
from tests.suite.runs import OFF_THE_WIRE, carry_out
from tests.suite.servers import serving
from tests.suite.serving import Serve


def _exchange(contract: Contract, body: object, status: int = 400) -> Exchange:
    builder = Builder(contract, contract.billable[0])
    probe = builder.probe("a/control/b/1", builder.required(), Expect.REFUSE, "a-group")
    answer = Answer(status, (("Content-Type", "application/json"),), json.dumps(body).encode())
    return Exchange(probe, answer, None, "", 0, 0)


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ({"error": "no prompt"}, {"error": "no prompt"}, True),
        ({"error": "no prompt"}, {"error": "no model"}, False),
        ({"error": "no prompt (request id: 20261122)"}, {"error": "no prompt (request id: 77)"}, True),
        ({"id": "0f8fad5b-d9cb-469f-a165-70867728950e"}, {"id": "7c9e6679-7425-40de-944b-e07fc1f90ae7"}, True),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ({"a": "x"}, {"b": "x"}, False),
    ],
)
def test_what_changes_from_answer_to_answer_is_no_cause(
    contract: Contract, first: object, second: object, *, alike: bool
) -> None:
    """Numbers and identifiers of a request differ between answers of one cause; words do not."""
    one, other = (fingerprint([_exchange(contract, body)]) for body in (first, second))
    assert one.matches(other) is alike
    assert other.matches(one) is alike


def test_another_status_is_another_cause(contract: Contract) -> None:
    """The same words with another status are not the same refusal."""
    one, other = (fingerprint([_exchange(contract, {"error": "no"}, status)]) for status in (400, 422))
    assert not one.matches(other)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda leaf: st.lists(leaf, max_size=3) | st.dictionaries(st.text(), leaf, max_size=3),
        max_leaves=6,
    )
)
@settings(max_examples=40, deadline=None, database=None)
def test_an_answer_matches_itself(body: object) -> None:
    """Whatever a refusal looks like, it has the same cause as itself."""
    exchange = _exchange(load(), body)
    assert fingerprint([exchange]).matches(fingerprint([exchange]))
    assert fingerprint([exchange, exchange]).matches(fingerprint([exchange]))


Refuse = Callable[[int], tuple[int, object]]


def _verdicts(contract: Contract, refuse: Refuse) -> dict[str, set[Mark]]:
    """What the checks say of all free probes where every form is answered by a function of its number."""
    builder = Builder(contract, contract.billable[0])

    def answered(probe: Probe, number: int) -> Exchange:
        status, body = refuse(number)
        return evolve(_exchange(contract, body, status), probe=probe)

    asked = [answered(probe, number) for number, probe in enumerate(controls(builder))]
    taught = read_controls(builder, asked)
    probes = free(builder, taught, Options(0, "free"))
    unpaid = [answered(probe, number) for number, probe in enumerate(probes, 1000)]
    context = Context(contract, catalogue(contract), {contract.billable[0].id: taught})
    found: dict[str, set[Mark]] = {}
    for finding in findings(context, [*asked, *unpaid]):
        found.setdefault(finding.requirement, set()).add(finding.mark)
    return found


@pytest.mark.parametrize(
    "refuse",
    [
        lambda _: (400, {"error": {"message": "Bad request."}}),
        lambda number: (400, {"error": {"message": f"Bad request (request id: {number})"}}),
        lambda _: (422, "no"),
        lambda _: (403, {"error": "no"}),
        lambda _: (503, {"error": "later"}),
    ],
    ids=["the-same", "with-a-number", "a-word", "forbidden", "later"],
)
def test_a_server_that_refuses_all_alike(small: Contract, refuse: Refuse) -> None:
    """Where every form is refused with the same words, likeness and objections decide nothing, neither way."""
    found = _verdicts(small, refuse)
    builder = Builder(small, small.billable[0])
    assumed = Controls.assumed(builder)
    likened = {
        name
        for probe in free(builder, assumed, Options(0, "free"))
        if probe.expect is Expect.SAME
        for name in probe.decides
    }
    assert len(likened) > 10
    also = {
        name
        for probe in free(builder, assumed, Options(0, "free"))
        if probe.expect is not Expect.SAME
        for name in probe.decides
    }
    for name in likened - also:
        assert found.get(name, {Mark.OPEN}) == {Mark.OPEN}, name


@pytest.mark.parametrize("status", [400, 422])
def test_a_generic_server_end_to_end(small: Contract, status: int) -> None:
    """Over HTTP too: a server that knows one refusal breaks nothing by it, and passes nothing by likeness."""

    async def generic(scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive).body()
        authorized = b"authorization" in dict(scope["headers"])
        refused = status if authorized else 401
        response = JSONResponse({"error": {"message": "Bad request."}}, refused, {"WWW-Authenticate": "Bearer"})
        await response(scope, receive, send)

    with serving(generic) as url:
        made = carry_out(small, url, 0, tier="free", selection=OFF_THE_WIRE)
    alike = [e.probe for e in made.exchanges if e.probe.expect is Expect.SAME and e.probe.contrast is None]
    likened = {name for probe in alike for name in probe.decides}
    likened -= {name for e in made.exchanges if e.probe.expect is not Expect.SAME for name in e.probe.decides}
    assert len(likened) > 10
    assert {made.verdict(name).decision.value for name in likened} == {"inconclusive"}
    assert made.failed("MUST") == set()


def test_the_generic_variant_end_to_end(serve: Serve, small: Contract) -> None:
    """A correct server with one message for everything breaks nothing, and what refusals cannot tell creates do."""
    server = serve("one-message-for-everything", contract=small)
    made = carry_out(small, server.url, 40)
    assert made.failed("MUST") == made.failed("SHOULD") == set()
    billed = {name for e in made.exchanges if e.probe.cost is Cost.BILLABLE for name in e.probe.decides}
    assert {made.verdict(name).decision.value for name in billed} == {"pass"}


def test_a_form_that_is_repeated_is_no_cause(contract: Contract) -> None:
    """FastAPI repeats the whole form in a refusal, files described: what was in it besides is no other reason."""
    builder = Builder(contract, contract.billable[0])
    file = next(declared for declared in builder.operation.fields if declared.schema.is_file)
    required = builder.required()
    said = {str(part.name): part.value.decode() for part in required}

    def refused(more: tuple[Part, ...], repeated: dict[str, object], **error: object) -> Exchange:
        probe = builder.probe("a/control/b/1", (*required, *more), Expect.REFUSE, "a-group")
        body = {"detail": [{"msg": "no", **error, "input": {**said, **repeated}}]}
        answer = Answer(422, (("Content-Type", "application/json"),), json.dumps(body).encode())
        return Exchange(probe, answer, None, "", 0, 0)

    plain = fingerprint([refused((), {})])
    uploaded = refused((*builder.ordinary(file),), {file.name: {"filename": "a.png", "file": {}}})
    unknown = refused((Part("Unknown", b"1"),), {"Unknown": "1"})
    assert plain.matches(fingerprint([uploaded]))
    assert plain.matches(fingerprint([unknown]))
    blamed = {name: ["is required"] for name in said}
    assert not plain.matches(fingerprint([refused((), {}, fields=blamed)]))
