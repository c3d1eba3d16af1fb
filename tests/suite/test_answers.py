"""What answers mean, what they leave behind, and what is no fault though it looks like one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from email.utils import formatdate
from typing import Any

import pytest
from attrs import evolve

from conformance.bodies.part import Part
from conformance.checks import CHECKS, RUN_CHECKS, Context, Finding, Mark
from conformance.contract import Contract
from conformance.contract.instance import instance
from conformance.engine.exchange import Answer, Exchange
from conformance.engine.probe import Expect
from conformance.probes.builder import Builder
from conformance.requirements import catalogue

_NOW = 1_764_000_000.0
_JSON = ("Content-Type", "application/json")
_DATE = ("Date", formatdate(_NOW, usegmt=True))


def _exchange(
    contract: Contract,
    status: int,
    body: Any = None,
    headers: Sequence[tuple[str, str]] = (_JSON, _DATE),
    *,
    extra: Sequence[Part] = (),
    name: str = "a-probe",
    started: float = 0.0,
) -> Exchange:
    builder = Builder(contract, contract.billable[0])
    probe = builder.probe(name, (*builder.required(), *extra), Expect.EITHER, "a-group")
    written = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
    return Exchange(probe, Answer(status, tuple(headers), written), None, "", started, 0.01, wall=_NOW)


def _job(contract: Contract, **members: Any) -> dict[str, Any]:
    """Return a job that was made now; members are given by their roles, with underscores."""
    success = contract.billable[0].success
    assert success.schema is not None
    body = dict(instance(success.schema))
    told: Mapping[str, Any] = {"created-time": int(_NOW), **{key.replace("_", "-"): members[key] for key in members}}
    for role, value in told.items():
        found = success.by_role(role)
        assert found is not None
        body[found.name] = value
    return body


def _context(contract: Contract, url: str = "") -> Context:
    return Context(contract, catalogue(contract), {}, url=url)


def _broken(found: Iterable[Finding]) -> set[str]:
    return {finding.requirement for finding in found if finding.mark is Mark.FAIL}


def _judged(contract: Contract, check: str, exchange: Exchange) -> set[str]:
    return _broken(CHECKS[check](_context(contract), exchange))


def _together(contract: Contract, check: str, exchanges: Sequence[Exchange]) -> set[str]:
    return _broken(RUN_CHECKS[check](_context(contract), exchanges))


@pytest.mark.parametrize(
    "body",
    [
        {"success": True, "message": "x"},
        {"status": "success", "message": "x"},
        {"code": 0, "message": "x"},
        {"error": {"message": "ok", "code": None}},
        {"ok": True, "error": "x"},
    ],
)
def test_a_refusal_that_says_success_is_seen(contract: Contract, body: Any) -> None:
    """Words, flags and codes of success in a refusal mislead clients that look at the body."""
    assert _judged(contract, "consistency", _exchange(contract, 400, body)) == {"meaning/refusal-says-failure"}


@pytest.mark.parametrize(
    "body",
    [
        {"success": False, "code": 400, "message": "success is not a model"},
        {"error": {"code": "", "message": "x", "param": "status"}},
        {"status": "error", "code": "0x1", "detail": [{"msg": "x", "input": "fine"}]},
        {"id": "req-1", "status": 400, "error": {"message": "x"}},
        {"code": False, "message": "x"},
    ],
)
def test_an_ordinary_refusal_is_consistent(contract: Contract, body: Any) -> None:
    """Refusals of other schools, with an id or a status of their own, contradict nothing."""
    assert _judged(contract, "consistency", _exchange(contract, 400, body)) == set()


def test_a_refusal_that_describes_a_job_is_seen(contract: Contract) -> None:
    """A failed job that comes with a 4xx is a job all the same: somebody may be billed for it."""
    body = {**_job(contract), "error": {"message": "x"}}
    assert _judged(contract, "consistency", _exchange(contract, 400, body)) == {"meaning/refusal-shows-no-job"}


@pytest.mark.parametrize(
    ("member", "broken"),
    [
        ({"success": False}, True),
        ({"code": 500}, True),
        ({"result": "error"}, True),
        ({"success": True, "code": 0}, False),
        ({"code": 200, "msg": "created"}, False),
    ],
)
def test_a_job_with_words_of_failure_is_seen(contract: Contract, member: dict[str, Any], *, broken: bool) -> None:
    """What comes with a job says that it was accepted, and nothing else."""
    found = _judged(contract, "consistency", _exchange(contract, 200, {**_job(contract), **member}))
    assert found == ({"meaning/acceptance-says-success"} if broken else set())


@pytest.mark.parametrize(
    ("body", "broken"),
    [
        ({"error": {"message": "", "type": "x"}}, True),
        ({"error": "  "}, True),
        ({"error": {}}, True),
        ({"message": "\n", "code": "x"}, True),
        ({"detail": []}, True),
        ({"error": {"code": "bad_request"}}, False),
        ({"error": None, "message": "x"}, False),
        ({"detail": [{"msg": "x"}]}, False),
    ],
)
def test_a_blank_reason_is_no_reason(contract: Contract, body: Any, *, broken: bool) -> None:
    """An empty text where a reason belongs tells a caller nothing; one reason is enough, if only a code."""
    found = {name for name in _judged(contract, "suggested", _exchange(contract, 400, body)) if "/reason" in name}
    assert bool(found) is broken


def test_a_field_that_nobody_documents_sets_nothing(contract: Contract) -> None:
    """A value that comes back under the name of an unknown field was taken from the caller."""
    identity = contract.billable[0].success.by_role("id")
    assert identity is not None
    extra = (Part(identity.name, b"chosen-by-the-caller"),)
    taken = _exchange(contract, 200, _job(contract, id="chosen-by-the-caller"), extra=extra)
    ignored = _exchange(contract, 200, _job(contract, id="video_1"), extra=extra)
    assert _judged(contract, "assignment", taken) == {"meaning/not-assigned"}
    assert _judged(contract, "assignment", ignored) == set()


@pytest.mark.parametrize("offset", [-28_800, -60, 60, 3_600])
def test_times_are_held_to_the_date_of_the_answer(contract: Contract, offset: int) -> None:
    """By the server's own clock a job is made when it is asked for, in whatever unit it says so."""
    for unit in (1, 1000):
        off = _exchange(contract, 200, _job(contract, created_time=int((_NOW + offset) * unit)))
        right = _exchange(contract, 200, _job(contract, created_time=int((_NOW - 2) * unit)))
        assert _judged(contract, "plausible", off) == {"job/created-plausible"}
        assert _judged(contract, "plausible", right) == set()


def test_a_server_with_another_clock_is_not_wrong(contract: Contract) -> None:
    """Where answer and job agree on the time, nobody asks whether it is ours; without a date, a day is allowed."""
    ahead = (("Date", formatdate(_NOW + 7_200, usegmt=True)), _JSON)
    job = _job(contract, created_time=int(_NOW + 7_200))
    assert _judged(contract, "plausible", _exchange(contract, 200, job, ahead)) == set()
    assert _judged(contract, "plausible", _exchange(contract, 200, job, (_JSON,))) == set()
    late = _job(contract, created_time=int(_NOW + 200_000))
    assert _judged(contract, "plausible", _exchange(contract, 200, late, (_JSON,))) == {"job/created-plausible"}


def test_a_clock_that_stands_still_is_seen(contract: Contract) -> None:
    """Jobs made seconds apart have different times; in the same second they may have the same."""

    def made(spacing: float) -> list[Exchange]:
        job = _job(contract)
        return [_exchange(contract, 200, job, name=f"p{i}", started=i * spacing) for i in range(4)]

    assert _together(contract, "moving", made(1.0)) == {"job/times-move"}
    assert _together(contract, "moving", made(0.1)) == set()


def test_ids_are_compared_over_all_answers(contract: Contract) -> None:
    """One id for two jobs is seen whether they were made in turn, at once, or one of each; and for equal requests."""
    fields = [Part("conformance", str(index).encode()) for index in range(2)]
    one, other = (_exchange(contract, 200, _job(contract, id="a"), extra=(part,)) for part in fields)
    at_once = [evolve(exchange, concurrent=True) for exchange in (one, other)]
    assert _together(contract, "unique_ids", [one, other]) == {"job/id-unique"}
    assert _together(contract, "unique_ids", [at_once[0], other]) == {"job/id-unique"}
    assert _together(contract, "unique_ids", at_once) == {"job/id-unique-concurrent"}
    assert _together(contract, "unique_ids", [one, one]) == {"job/repeated-create"}


def _with_text(contract: Contract, text: str, answer: Any, started: float) -> Exchange:
    exchange = _exchange(contract, 400, answer, extra=(Part("conformance", text.encode()),), started=started)
    return evolve(exchange, probe=evolve(exchange.probe, sent={"conformance": text}))


@pytest.mark.parametrize(
    ("text", "shown", "broken"),
    [
        ("a quiet harbour at dawn", "a quiet harbour at dawn", True),
        ("9223372036854775807", "at most 9223372036854775807", False),
        ("aaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaa", False),
        ("too short", "too short", False),
    ],
)
def test_a_text_of_another_request_is_a_leak(contract: Contract, text: str, shown: str, *, broken: bool) -> None:
    """What some requests have said shows in no answer to another; what anybody could say is no proof."""
    first = _with_text(contract, text, {"message": "no"}, 0.0)
    second = _with_text(contract, "another", {"message": shown}, 1.0)
    assert _together(contract, "leaks", [first, second]) == ({"state/no-leak"} if broken else set())


def test_what_a_server_says_by_itself_is_no_leak(contract: Contract) -> None:
    """Words that stand in the contract, that the server knew before, or that the request said too, are nobody's."""
    text = "a quiet harbour at dawn"
    known = str(next(field.schema.enum[-1] for field in contract.billable[0].fields if field.schema.enum))
    before = _with_text(contract, "something else", {"message": text}, 0.0)
    sent = _with_text(contract, text, {"message": text}, 1.0)
    again = _with_text(contract, f"{text} again", {"message": text}, 2.0)
    listed = _with_text(contract, known, {"message": "no"}, 3.0)
    listing = _with_text(contract, "another thing", {"message": f"one of {known}"}, 4.0)
    assert _together(contract, "leaks", [before, sent, again]) == set()
    assert _together(contract, "leaks", [sent, again]) == set()
    assert _together(contract, "leaks", [listed, listing]) == set()


@pytest.mark.parametrize(
    ("headers", "broken"),
    [
        ((_JSON, ("Content-Type", "text/html")), "http/single-fields"),
        ((_JSON, ("Retry-After", "soon")), "http/field-syntax"),
        ((_JSON, ("Cache-Control", "no-store; private")), "http/field-syntax"),
        ((("Content-Type", "json"),), "http/field-syntax"),
        ((_JSON, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Vary", "Origin"), ("Vary", "Accept")), None),
        ((_JSON, ("Expires", "0"), ("Pragma", "no-cache"), ("Keep-Alive", "timeout=5")), None),
        ((("Content-Type", "application/json;charset=ISO-8859-1"), ("Allow", "")), None),
        ((_JSON, ("WWW-Authenticate", 'Basic realm="x", Bearer'), ("Retry-After", "120")), None),
        ((_JSON, ("Strict-Transport-Security", "max-age=1; x"), ("Report-To", "{"), ("X-Frame-Options", "?")), None),
    ],
)
def test_header_fields_keep_their_grammar(
    contract: Contract, headers: tuple[tuple[str, str], ...], broken: str | None
) -> None:
    """Fields that clients act on are read strictly; old habits and fields for browsers are let be."""
    exchange = _exchange(contract, 400, {"message": "x"}, (*headers, _DATE))
    assert _judged(contract, "headers", exchange) == ({broken} if broken else set())


@pytest.mark.parametrize(
    ("told", "broken"),
    [
        ("public, max-age=60", True),
        ("max-age=60", True),
        ("s-maxage=5", True),
        ("private, max-age=60", False),
        ("no-store", False),
        ("max-age=0, must-revalidate", False),
    ],
)
def test_a_job_is_for_its_caller_alone(contract: Contract, told: str, *, broken: bool) -> None:
    """An accepted create that invites shared caches may be answered to somebody else."""
    exchange = _exchange(contract, 200, _job(contract), (_JSON, _DATE, ("Cache-Control", told)))
    assert _judged(contract, "storing", exchange) == ({"http/not-shared"} if broken else set())
    refused = _exchange(contract, 404, {"message": "x"}, (_JSON, _DATE, ("Cache-Control", told)))
    assert _judged(contract, "storing", refused) == set()


def test_request_ids_name_one_request_each(contract: Contract) -> None:
    """An id that is empty, or that another answer has, helps nobody to find a request."""
    success = contract.billable[0].success
    name = success.header_by_role("request-id")
    assert name is not None
    one, same, other, empty = (
        _exchange(contract, 200, _job(contract), (_JSON, (name, value))) for value in ("1", "1", "2", " ")
    )
    assert _together(contract, "request_ids", [one, other]) == set()
    assert _together(contract, "request_ids", [one, same]) == {"http/request-id"}
    assert _together(contract, "request_ids", [one, empty]) == {"http/request-id"}


@pytest.mark.parametrize("status", [403, 413, 414, 431, 502, 504])
def test_a_page_of_a_server_in_front_is_one_finding(contract: Contract, status: int) -> None:
    """What a firewall, a limit or a gateway answers is not held to the API's schema, nor to its statuses."""
    page = _exchange(contract, status, b"<html>no</html>", (("Content-Type", "text/html"), _DATE))
    found = {name for check in CHECKS for name in _judged(contract, check, page)}
    # What is said of the message itself is said before there is an API whose words it could use.
    expected = set() if status in (414, 431) else {"http/error-in-front"}
    assert found - {"createVideo/valid/no-server-error"} == expected


def test_a_page_in_place_of_a_plain_refusal_is_the_apis(contract: Contract) -> None:
    """A 400 is the API's own answer, and held to what it documents."""
    page = _exchange(contract, 400, b"<html>no</html>", (("Content-Type", "text/html"), _DATE))
    assert _judged(contract, "shape", page) == {"createVideo/response/error/content-type"}


def test_an_answer_that_was_cut_is_not_called_broken(contract: Contract) -> None:
    """Of an answer that was too long to keep, only the head is judged."""
    exchange = _exchange(contract, 200, b'{"preview": "AAAA')
    cut = evolve(exchange, answer=Answer(200, (_JSON, _DATE), b'{"preview": "AAAA', cut=True))
    for check in ("shape", "json_text"):
        assert _judged(contract, check, exchange) != set()
        assert _judged(contract, check, cut) == set()


def test_answers_of_other_resources_say_nothing_of_the_operation(contract: Contract) -> None:
    """A job, or a shape, at another path or method is none of the operation's."""
    exchange = _exchange(contract, 200, {"id": 5})
    elsewhere = evolve(
        exchange, probe=evolve(exchange.probe, request=evolve(exchange.probe.request, path="/elsewhere"))
    )
    for check in ("shape", "suggested", "echoes", "coherence", "plausible", "consistency", "assignment"):
        assert _judged(contract, check, elsewhere) == set()
    assert _judged(contract, "shape", exchange) != set()


def test_a_charset_beside_json_has_no_effect(contract: Contract) -> None:
    """What counts is whether the bytes are UTF-8 (RFC 8259, 8.1 and 11)."""
    declared = (("Content-Type", "application/json; charset=ISO-8859-1"), _DATE)
    assert _judged(contract, "json_text", _exchange(contract, 400, '{"message":"é"}'.encode(), declared)) == set()
    assert _judged(contract, "json_text", _exchange(contract, 400, b'{"message":"\xe9"}', declared)) == {"json/utf-8"}


def test_the_first_value_that_was_sent_is_the_one_to_echo(contract: Contract) -> None:
    """Where two fields may be repeated, the preferred one counts, and only of a form that is valid."""
    operation = contract.billable[0]
    found = next(each for each in operation.success.properties if len(each.echoes) > 1)
    first, second = found.echoes
    exchange = _exchange(contract, 200, {**_job(contract), found.name: "4"})
    valid = evolve(exchange, probe=evolve(exchange.probe, sent={first: "8", second: "4"}))
    right = evolve(exchange, probe=evolve(exchange.probe, sent={first: "4", second: "8"}))
    alone = evolve(exchange, probe=evolve(exchange.probe, sent={second: 4}))
    assert _judged(contract, "echoes", valid) == {f"{operation.id}/response/200/{found.name}/echo"}
    assert _judged(contract, "echoes", right) == _judged(contract, "echoes", alone) == set()
    unspecified = _exchange(contract, 200, {**_job(contract), found.name: "4"}, extra=(Part("conformance", b"1"),))
    unspecified = evolve(unspecified, probe=evolve(unspecified.probe, sent={first: "8"}))
    assert _judged(contract, "echoes", unspecified) == set()


@pytest.mark.parametrize(
    ("sent", "told", "broken"),
    [("", "8", False), ("\x01x\x7f", " x ", False), (" x\t", "x", False), ("x", "y", True), ("x y", "xy", True)],
)
def test_an_echo_is_of_text_that_says_something(contract: Contract, sent: str, told: str, *, broken: bool) -> None:
    """An empty field counts as left out, and control characters and white space around are taken out, by frameworks."""
    operation = contract.billable[0]
    found = next(each for each in operation.success.properties if len(each.echoes) > 1)
    exchange = _exchange(contract, 200, {**_job(contract), found.name: told})
    exchange = evolve(exchange, probe=evolve(exchange.probe, sent={found.echoes[0]: sent}))
    assert bool(_judged(contract, "echoes", exchange)) is broken


def test_a_request_id_is_missed_where_others_have_one(contract: Contract) -> None:
    """A server that gives no ids lacks none; one that gives some owes one to every answer."""
    name = contract.billable[0].success.header_by_role("request-id")
    assert name is not None
    without, given = (_exchange(contract, 200, _job(contract), (_JSON, *more)) for more in ((), ((name, "1"),)))
    assert _together(contract, "kept_request_ids", [without, without]) == set()
    assert _together(contract, "kept_request_ids", [given, given]) == set()
    assert _together(contract, "kept_request_ids", [without, given]) == {"http/request-id-kept"}
