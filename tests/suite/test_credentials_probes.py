"""Credentials: what proves that bad ones are refused, what does not, and that the token goes nowhere else."""

from __future__ import annotations

import json
import re

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from conformance.campaign import Options, plan
from conformance.checks.authentication import schemes
from conformance.contract import Contract
from conformance.engine.head import head
from conformance.engine.probe import Expect
from conformance.engine.target import Target
from conformance.reports.curl import curl
from tests.suite.runs import ENV, OFF_THE_WIRE, TOKEN, Run, carry_out
from tests.suite.servers import Recorder, serving
from tests.suite.serving import Serve

_NAME = re.compile(rb'[; ]name="([a-z]+)"')


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Bearer", ("bearer",)),
        ('Bearer realm="videos"', ("bearer",)),
        ('Bearer realm="a, \\"b\\"" , error=invalid_token', ("bearer",)),
        ('Basic realm="x", charset="UTF-8", Negotiate, Bearer', ("basic", "negotiate", "bearer")),
        ("Negotiate YII=", ("negotiate",)),
        ("NTLM TlRMTVNTUAAC==, Bearer scope=a", ("ntlm", "bearer")),
        (", Bearer ,", ("bearer",)),
        ("Bearer realm=the videos", None),
        ('Bearer realm="open', None),
        ("Bearer realm=", ("bearer",)),
        ("Bearer realm=,", ("bearer",)),
        ("Bearer realm==x", None),
        ("Bearer: realm=x", None),
        ("please log in", None),
        ("", None),
    ],
)
def test_challenges_are_read_by_the_grammar(value: str, expected: tuple[str, ...] | None) -> None:
    """RFC 9110, 11.6.1: schemes with a token or with parameters, in a list; what breaks it is told apart."""
    assert schemes(value) == expected


def _against(contract: Contract, stranger: Response) -> Run:
    """A run against a server that refuses every form, and answers who is not the user in one way."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        names = sorted({name.decode() for name in _NAME.findall(await request.body())})
        refusal = JSONResponse({"error": {"message": f"{names} will not do"}}, 400)
        known = request.headers.get("authorization", "").partition(" ")
        answer = refusal if known[0].lower() == "bearer" and known[2] == TOKEN else stranger
        await answer(scope, receive, send)

    with serving(application) as url:
        # A redirect excludes nothing, so that it is booked.
        return carry_out(contract, url, 40, tier="free", selection=OFF_THE_WIRE)


@pytest.mark.parametrize(
    ("stranger", "told"),
    [
        (JSONResponse({"error": "no"}, 403), True),
        (JSONResponse({"error": "no credit"}, 402), False),
        (RedirectResponse("/login", 302), True),
    ],
    ids=["forbidden", "no-credit", "redirect"],
)
def test_what_says_nothing_about_credentials_decides_nothing(
    small: Contract,
    stranger: Response,
    told: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """402, 403 and a redirect do not prove that bad credentials are refused; the status is told where it is wrong."""
    made = _against(small, stranger)
    op = small.billable[0].id
    for kind in ("missing", "invalid", "malformed"):
        assert made.verdict(f"{op}/auth/{kind}").decision.value == "inconclusive", kind
    assert (made.verdict(f"{op}/auth/status").decision.value == "fail") is told


def test_a_malformed_header_may_be_a_bad_request(serve: Serve, small: Contract) -> None:
    """RFC 6750, 3.1: 400 to credentials that break the syntax is as good as 401."""
    made = carry_out(small, serve("malformed-credentials-are-a-bad-request", contract=small).url, 0, tier="free")
    op = small.billable[0].id
    assert made.failed("MUST") == set()
    assert made.verdict(f"{op}/auth/status").decision.value == "pass"
    assert made.verdict(f"{op}/auth/malformed").decision.value == "pass"


def test_the_token_stands_where_it_is_tried_and_nowhere_else(small: Contract) -> None:
    """A probe whose credentials are missing or made up carries no token; every probe carries it as often as planned."""
    target = Target("http://127.0.0.1", TOKEN)
    for probe in plan(small, Options(10_000)):
        credentials = probe.request.credentials
        path, headers = head(target, probe.request)
        written = f"{path} {headers}"
        template = credentials.template or ""
        if not credentials.elsewhere and "{" not in template:
            assert TOKEN not in written
        assert TOKEN not in repr(probe)


def test_what_is_made_of_the_token_reaches_no_report(small: Contract) -> None:
    """A server that shows all that it was sent puts no token, and nothing made of it, into what a run writes."""

    async def showing(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await request.body()
        shown = {"error": {"message": f"{request.url} {request.headers.items()}"}}
        await JSONResponse(shown, 401, {"WWW-Authenticate": f'Bearer realm="{TOKEN}"'})(scope, receive, send)

    with serving(recorder := Recorder(showing)) as url:
        target = Target(url, TOKEN, ENV)
        for probe in plan(small, Options(40)):
            if probe.expect in (Expect.UNAUTHENTICATED, Expect.DIFFERENT):
                path, headers = head(target, probe.request)
                text = target.redact(json.dumps([path, [value.decode("latin-1") for _, value in headers]]))
                assert TOKEN not in text
                assert TOKEN[len(TOKEN) // 2 :] not in text
    assert recorder.requests == []


def test_a_bad_one_after_a_good_one_is_one_failure(serve: Serve, small: Contract) -> None:
    """Where a token is always taken, only that is told; where it is taken after a good one, that."""
    op = small.billable[0].id
    always = carry_out(small, serve("compares-the-token-without-case", contract=small).url, 10)
    assert always.failed("MUST") == {f"{op}/auth/invalid"}
    assert always.verdict(f"{op}/auth/state").decision.value != "fail"
    after = carry_out(small, serve("keeps-headers-without-case", contract=small).url, 10)
    assert f"{op}/auth/state" in after.failed("MUST")


def test_the_places_are_tried_together_then_apart(serve: Serve, small: Contract) -> None:
    """One request tries every place; where the token was found, one for each place names the one that counts."""
    op = small.billable[0].id
    right = carry_out(small, serve(contract=small).url, 0, tier="free")
    assert sum("/auth/elsewhere/" in exchange.probe.id for exchange in right.exchanges) == 1
    wrong = carry_out(small, serve("takes-the-token-from-a-cookie", contract=small).url, 0, tier="free")
    assert sum("/auth/elsewhere/" in exchange.probe.id for exchange in wrong.exchanges) > 10
    finding = wrong.verdict(f"{op}/auth/elsewhere").finding
    assert finding is not None
    assert finding.exchange is not None
    assert finding.exchange.probe.id.endswith("elsewhere/cookie-session")
    where = Target("http://127.0.0.1", TOKEN, ENV)
    assert TOKEN not in curl(where, finding.exchange, lambda _: True, "videos-conformance body")
