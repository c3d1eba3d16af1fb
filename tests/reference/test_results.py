"""Results of the reference server: ranges of them, their heads, and whose they are."""

from __future__ import annotations

import httpx
import pytest

from conformance.contract import Contract
from conformance.contract.lives import Life, lives
from tests.reference.caller import Caller, Serve, value_of

SECOND = "sk-of-another-test"


@pytest.fixture(scope="module")
def life(contract: Contract) -> Life:
    return lives(contract)[0]


def _made(caller: Caller, life: Life, looks: int) -> tuple[str, str]:
    """Make a job, look at it so often, and return where it is shown and where its result is."""
    job = value_of(caller.create(), caller.contract, "id")
    places = [operation.path.replace(f"{{{life.name}}}", job) for operation in (life.reader, *life.fetchers)]
    for _ in range(looks):
        caller.http.get(places[0])
    return places[0], places[1]


@pytest.mark.parametrize(
    ("asked", "status", "piece", "place"),
    [
        (None, 200, slice(None), None),
        ("bytes=0-0", 206, slice(0, 1), "bytes 0-0/{}"),
        ("bytes=2-5", 206, slice(2, 6), "bytes 2-5/{}"),
        ("bytes=2-", 206, slice(2, None), "bytes 2-{last}/{}"),
        ("bytes=2-99999", 206, slice(2, None), "bytes 2-{last}/{}"),
        ("bytes=-3", 206, slice(-3, None), "bytes {third}-{last}/{}"),
        ("bytes=-99999", 206, slice(None), "bytes 0-{last}/{}"),
        ("bytes=99999-", 416, None, "bytes */{}"),
        ("bytes=-0", 416, None, "bytes */{}"),
        ("bytes=5-2", 200, slice(None), None),
        ("bytes=0-1,3-4", 200, slice(None), None),
        ("lines=1-2", 200, slice(None), None),
        ("bytes=", 200, slice(None), None),
    ],
)
def test_ranges(
    serve: Serve, life: Life, asked: str | None, status: int, piece: slice | None, place: str | None
) -> None:
    """A range is answered by its bytes and their place; what is no range, or several, by the whole (RFC 9110, 14)."""
    caller = serve()
    _, result = _made(caller, life, 4)
    whole = caller.http.get(result).content
    answer = caller.http.get(result, headers={"Range": asked} if asked is not None else {})
    size = len(whole)
    assert answer.status_code == status
    assert piece is None or answer.content == whole[piece]
    told = None if place is None else place.format(size, last=size - 1, third=size - 3)
    assert answer.headers.get("content-range") == told
    assert status == 416 or answer.headers["content-type"] == life.fetchers[0].success.media_types[0]


def test_the_head_of_a_result(serve: Serve, life: Life) -> None:
    """HEAD says what GET would, and sends nothing, whatever range it asks for."""
    caller = serve()
    _, result = _made(caller, life, 4)
    whole, head = caller.http.get(result), caller.http.head(result, headers={"Range": "bytes=0-1"})
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-length", "content-type", "accept-ranges"):
        assert head.headers[name] == whole.headers[name]


def test_accounts_are_kept_apart(serve: Serve, life: Life) -> None:
    """Neither account sees, or gets, what the other one made; both see their own."""
    caller = serve(second_token=SECOND)
    shown, result = _made(caller, life, 4)
    others = {"Authorization": f"Bearer {SECOND}"}
    assert [caller.http.get(place).status_code for place in (shown, result)] == [200, 200]
    refused = [caller.http.get(place, headers=others) for place in (shown, result)]
    assert {answer.status_code for answer in refused} == {404}
    unknown = caller.http.get(f"{shown}-unknown", headers=others)
    assert _said(unknown) == _said(refused[0])
    own = value_of(caller.create(**others), caller.contract, "id")
    place = life.reader.path.replace(f"{{{life.name}}}", own)
    assert caller.http.get(place, headers=others).status_code == 200
    assert caller.http.get(place).status_code == 404


def test_without_a_second_account_its_token_opens_nothing(serve: Serve) -> None:
    """A server has one account unless it is given two."""
    assert serve().create(Authorization=f"Bearer {SECOND}").status_code == 401


def test_jobs_can_live_by_the_clock(serve: Serve, life: Life, contract: Contract) -> None:
    """However often such a job is looked at, it stays where its time has brought it."""
    caller = serve("takes-its-time")
    shown, result = _made(caller, life, 9)
    assert value_of(caller.http.get(shown), contract, "progress") == 0
    assert caller.http.get(result).is_client_error


def _said(answer: httpx.Response) -> object:
    return answer.status_code, answer.json()
