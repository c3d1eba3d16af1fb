"""Credentials of every kind that a contract may ask for."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from conformance.errors import UsageError
from conformance.reference import ReferenceServer
from tests.reference.caller import Connect
from tests.reference.contracts import contract_named, contract_of

ACCOUNTS, LOANS = contract_named("accounts"), contract_named("loans")
TOKEN = "me:secret"
FORM = {"owner": "me", "limit": "5"}


@pytest.fixture
def bank(connect: Connect) -> httpx.Client:
    return connect(ACCOUNTS, token=TOKEN)


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {"Authorization": "Basic bWU6c2VjcmV0"}),
        ("", {"Authorization": "basic bWU6c2VjcmV0"}),
        ("?key=me:secret", {}),
        ("?key=me%3Asecret", {}),
        ("", {"Cookie": "a=b; visit=me:secret"}),
        ("?key=wrong", {"Authorization": "Basic bWU6c2VjcmV0"}),
    ],
)
def test_each_documented_way_is_enough(bank: httpx.Client, query: str, headers: dict[str, str]) -> None:
    """User and password, a key in the query, a cookie: any one of the alternatives lets in."""
    assert bank.post(f"/accounts{query}", data=FORM, headers=headers).status_code == 201


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("", {}),
        ("", {"Authorization": "Basic"}),
        ("", {"Authorization": "Basic me:secret"}),
        ("", {"Authorization": "Basic bWU6d3Jvbmc="}),
        ("", {"Authorization": "Bearer me:secret"}),
        ("", {"Authorization": "Bearer bWU6c2VjcmV0"}),
        ("?key=", {}),
        ("?key=me:secre", {}),
        ("?key=me:secret&key=me:secret", {}),
        ("?keys=me:secret", {}),
        ("", {"Cookie": "visits=me:secret"}),
        ("", {"visit": "me:secret"}),
    ],
)
def test_nothing_else_is(bank: httpx.Client, query: str, headers: dict[str, str]) -> None:
    """A wrong, misplaced or repeated credential is refused with a challenge for each kind that there is."""
    answer = bank.post(f"/accounts{query}", data=FORM, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="videos", ApiKey realm="videos"'
    assert "secret" not in answer.text


def test_what_asks_for_no_credential_takes_none(bank: httpx.Client) -> None:
    """An empty alternative lets anyone in."""
    answer = bank.get("/health")
    assert (answer.status_code, answer.text, answer.headers["content-type"]) == (200, "up", "text/plain")


def test_a_key_in_a_header_is_known_in_any_case(connect: Connect) -> None:
    """Names of headers have no case; the key has."""
    http = connect(LOANS)
    assert http.get("/loans?limit=1", headers={"x-LIBRARY-card": "sk-of-a-test"}).status_code == 200
    refused = http.get("/loans?limit=1", headers={"x-library-card": "SK-OF-A-TEST"})
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'ApiKey realm="videos"')


def test_a_refusal_may_be_documented_without_a_body(bank: httpx.Client) -> None:
    """Then it has none, and declares no media type."""
    answer = bank.post("/accounts", data=FORM)
    assert (answer.status_code, answer.content, "content-type" in answer.headers) == (401, b"", False)


def test_a_refusal_may_be_documented_as_plain_text(bank: httpx.Client) -> None:
    """Then it is a line that says why."""
    answer = bank.post("/accounts", data={**FORM, "limit": "4"}, params={"key": TOKEN})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "text/plain")
    assert answer.text.startswith("limit: ")


def test_parameters_in_headers_and_cookies_are_judged(bank: httpx.Client) -> None:
    """Where they are given they have to be right."""
    number = bank.post("/accounts", data=FORM, params={"key": TOKEN}).json()["number"]
    for headers, status in (
        ({"X-Detail": "long", "Cookie": "theme=7"}, 200),
        ({"x-detail": "longer"}, 400),
        ({"Cookie": "theme=dark"}, 400),
    ):
        assert bank.get(f"/accounts/{number}", params={"key": TOKEN}, headers=headers).status_code == status


def test_an_unknown_kind_of_credential_is_a_usage_error(tmp_path: Path) -> None:
    """It is named with file, line and pointer, before the server starts."""

    def digest(document: dict[str, object]) -> None:
        document["components"]["securitySchemes"]["password"]["scheme"] = "digest"  # type: ignore[index]  # parsed YAML

    contract = contract_of("accounts", digest, tmp_path / "openapi.yaml")
    with pytest.raises(UsageError, match=r"openapi\.yaml:\d+: #/components/securitySchemes/password"):
        ReferenceServer(contract)
