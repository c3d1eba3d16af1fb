"""What changes nothing is tried together, and one by one only where the answer is another."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest
from attrs import evolve
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.bodies.multipart import Framing
from conformance.campaign.planning import authored
from conformance.contract import BodyKind, Contract
from conformance.engine.probe import Expect
from conformance.errors import SuiteError
from conformance.probes.builder import Builder
from conformance.probes.controls import Controls
from conformance.probes.framings import FramingCase, framing_cases, joined
from conformance.requirements import Level, catalogue
from tests.suite.runs import OFF_THE_WIRE, TOKEN, Run, carry_out
from tests.suite.servers import serving

MOST = 250
_NAME = re.compile(rb'[; ]name="([a-z]+)"', re.IGNORECASE)


def test_the_authored_probes_are_few(contract: Contract) -> None:
    """A correct server gets so many requests of the kinds that stand for a rule each, and no more."""
    builder = Builder(contract, contract.billable[0])
    assert len(list(authored(builder, Controls.assumed(builder)))) <= MOST


@pytest.mark.parametrize("body", ["multipart", "json"])
def test_every_case_is_in_what_is_tried_together(contract: Contract, body: BodyKind) -> None:
    """What is tried together sets all that its cases set, and decides all that they decide."""
    together: dict[str, list[FramingCase]] = {}
    for case in framing_cases(body):
        if case.together is not None:
            together.setdefault(case.together, []).append(case)
    for cases in together.values():
        whole = joined(cases)
        assert {edit for case in cases for edit in case.edits} == set(whole.edits)
        assert {header for case in cases for header in case.headers} == set(whole.headers)
        assert whole.may == ()
        assert len({case.expect for case in cases}) == 1
    builder = Builder(contract, contract.billable[0])
    for probe in authored(builder, Controls.assumed(builder)):
        if probe.apart:
            assert {name for single in probe.apart for name in single.decides} == set(probe.decides)
            assert {single.expect for single in probe.apart} <= {probe.expect, Expect.EITHER}


def test_two_that_set_the_same_cannot_be_tried_together() -> None:
    """One would hide the other: that is a defect of ours, and says so."""
    case = FramingCase("a/b", "", Expect.SAME, Framing(boundary="one"), together="both")
    with pytest.raises(SuiteError, match="boundary"):
        joined([case, evolve(case, framing=Framing(boundary="two"))])


def _picky(picks: Callable[[Mapping[str, str]], int | None]) -> ASGIApp:
    """A server that reads forms, and answers some heads of requests in another way."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if request.headers.get("authorization", "").partition(" ")[2] != TOKEN:
            refusal = JSONResponse({"error": {"message": "who?"}}, 401, {"WWW-Authenticate": "Bearer"})
            await refusal(scope, receive, send)
            return
        status = picks(request.headers)
        names = sorted({name.decode().lower() for name in _NAME.findall(await request.body())})
        answer = JSONResponse({"error": {"message": f"{names} will not do"}}, 400)
        if status is not None:
            answer = JSONResponse({"error": {"message": "not so"}}, status)
        await answer(scope, receive, send)

    return application


def _verdicts(made: Run, prefix: str) -> dict[str, str]:
    lines = {line.id: line.verdict for line in made.report.verdicts}
    return {name: verdict for name, verdict in lines.items() if name.startswith(prefix)}


@pytest.mark.parametrize(
    ("picks", "failed"),
    [
        (lambda _: None, set()),
        (lambda headers: 400 if "user-agent" not in headers else None, {"http/user-agent"}),
        (lambda headers: 400 if "q=" in headers.get("accept", "") else None, {"http/accept"}),
        (lambda headers: 406 if "x-conformance" in headers.get("accept", "") else None, set()),
        (lambda headers: 403 if "origin" in headers else None, set()),
        (lambda headers: 417 if "expect" in headers else None, set()),
        (lambda headers: 431 if len(headers.get("x-conformance", "")) > 4000 else None, set()),
        (lambda headers: 415 if "content-encoding" in headers else None, set()),
        (lambda headers: 422 if "traceparent" in headers else None, {"http/trace-context"}),
    ],
    ids=["nothing", "agent", "qualities", "unknown", "origin", "expect", "long", "coding", "trace"],
)
def test_the_head_that_makes_the_difference_is_named(
    small: Contract, picks: Callable[[Mapping[str, str]], int | None], failed: set[str]
) -> None:
    """Of a dozen header fields in one request the one that the server minds is blamed, and none that it may mind."""
    with serving(_picky(picks)) as url:
        made = carry_out(small, url, 0, tier="free", selection=OFF_THE_WIRE)
    ids = {"http/user-agent", "http/accept", "http/forwarded", "http/trace-context", "http/accept-encoding"}
    ids |= {"http/content-encoding", "http/expect", "http/long-header", "http/origin", "http/unknown-header"}
    found = _verdicts(made, "http/")
    assert {name for name in ids if found[name] == "fail"} == failed
    assert {found[name] for name in ids - failed} <= {"pass", "inconclusive"}


def test_every_must_of_a_standard_quotes_it(contract: Contract) -> None:
    """A MUST that rests on a standard shows the sentence that demands it."""
    for requirement in catalogue(contract):
        if requirement.source.provenance == "standard" and requirement.level is Level.MUST:
            assert len(requirement.quote) > 30, requirement.id
