"""Who is let in, which methods and paths there are, and what is said to everything else."""

from __future__ import annotations

import httpx
import pytest

from conformance.contract import Contract
from tests.reference.caller import TOKEN, Caller, create_of, minimal, problems


@pytest.mark.parametrize(
    "credential",
    [None, "", "Bearer", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}",
     f"Bearer {TOKEN.upper()}", f"Bearer {TOKEN} {TOKEN}", f"Token {TOKEN}", "Bearer \xff\xfe"],
)  # fmt: skip
def test_nobody_else_is_let_in(caller: Caller, contract: Contract, credential: str | None) -> None:
    """Every other credential is refused with a challenge, before the form is looked at."""
    headers = {} if credential is None else {"Authorization": credential.encode("latin-1")}
    answer = httpx.post(caller.server.url + caller.path, headers=headers)  # type: ignore[arg-type]  # bytes are what goes over the wire
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert problems(contract, answer) == []
    assert TOKEN not in answer.text
    assert caller.server.creates == 0


def test_two_credentials_are_none(caller: Caller) -> None:
    """A second Authorization header is not quietly ignored."""
    headers = [("Authorization", f"Bearer {TOKEN}"), ("Authorization", "Bearer other")]
    assert httpx.post(caller.server.url + caller.path, headers=headers).status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR", "Bearer  "])
def test_the_scheme_is_known_in_any_case(caller: Caller, scheme: str) -> None:
    """RFC 9110: the scheme is case-insensitive."""
    assert caller.create(Authorization=f"{scheme} {TOKEN}").status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(caller: Caller, contract: Contract, method: str) -> None:
    """What the contract does not document is not allowed, and the answer says what is."""
    answer = caller.http.request(method, caller.path)
    assert answer.status_code == 405
    assert answer.headers["allow"] == create_of(contract).method
    assert f'"{method} is not allowed here; use {create_of(contract).method}"' in answer.text
    assert problems(contract, answer) == []


def test_a_refused_head_has_no_body(caller: Caller) -> None:
    """Its headers are those of the refusal."""
    answer = caller.http.head(caller.path)
    assert (answer.status_code, answer.content) == (405, b"")
    assert answer.headers["allow"] == create_of(caller.contract).method


def test_other_paths_are_not_found(caller: Caller, contract: Contract) -> None:
    """Neither below nor beside the documented path is anything."""
    for path in (
        "/",
        "/x",
        caller.path + "/",
        caller.path + "/x/y/z",
        caller.path.upper(),
        "/%2e%2e",
        "//",
        "/%00",
        "/%ff",
    ):
        answer = caller.http.post(path)
        assert answer.status_code == 404, path
        assert problems(contract, answer) == []


def test_queries_and_unknown_headers_are_ignored(caller: Caller) -> None:
    """They change nothing."""
    target = f"{caller.path}?model=x&%ff=%00&"
    parts = {part.name or "": (None, part.value) for part in minimal(caller.contract)}
    answer = caller.http.post(target, files=parts, headers={"X-Unknown": "y" * 1000, "Expect": "nothing"})
    assert answer.status_code == 200


def test_answers_carry_a_request_id(caller: Caller) -> None:
    """Accepted or refused, each answer has an id of its own, in the header that the contract names."""
    name = create_of(caller.contract).success.header_by_role("request-id")
    assert name is not None
    answers = [caller.create(), caller.create(), caller.http.get("/"), caller.http.get(caller.path)]
    assert len({answer.headers[name] for answer in answers}) == 4


def test_what_is_no_http_is_refused_in_json(caller: Caller) -> None:
    """Garbage, and headers without end, get an answer that can be read."""
    for sent, status in (
        (b"garbage\r\n\r\n", b"400"),
        (b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 200_000, b"431"),
    ):
        answer = caller.raw(sent)
        assert answer.startswith(b"HTTP/1.1 " + status)
        assert b'{"error"' in answer
